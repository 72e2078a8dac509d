"""Small pipelines for tests of pictures, built by hand."""

from __future__ import annotations

import random

from nb2pipe.diagnostics import Span
from nb2pipe.notebook.model import Cell, CellKind
from nb2pipe.pipeline.model import Edge, EdgeKind, Input, Output, Parameter, Pipeline, Stage


def make_pipeline(
    stages: tuple[Stage, ...],
    edges: tuple[Edge, ...] = (),
    parameters: tuple[Parameter, ...] = (),
    title: str = "Sales",
) -> Pipeline:
    return Pipeline(
        name="sales",
        package="sales",
        notebook="sales.ipynb",
        title=title,
        description="",
        stages=stages,
        parameters=parameters,
        edges=edges,
        imports=(),
        local_modules=(),
        data_files=(),
        runs_in_place=False,
        workdir=".",
        kernel="python3",
        python="3.11",
    )


def make_stage(
    name: str,
    *cells: tuple[int, str],
    title: str = "",
    reads: tuple[str, ...] = (),
    gives: tuple[str, ...] = (),
    parameters: tuple[str, ...] = (),
    upstream: tuple[str, ...] = (),
) -> Stage:
    """A stage; `reads` holds `stage.variable`."""
    inputs = tuple(Input(r.partition(".")[2], r.partition(".")[0]) for r in reads)
    waits = dict.fromkeys([i.stage for i in inputs] + list(upstream))
    return Stage(
        name=name,
        title=title or name,
        summary="",
        cells=tuple(Cell(n, CellKind.CODE, source) for n, source in cells),
        inputs=inputs,
        outputs=tuple(Output(g) for g in gives),
        parameters=parameters,
        upstream=tuple(waits),
    )


NOWHERE = Span()


def data(source: str, target: str, name: str, defined: Span = NOWHERE, used: Span = NOWHERE) -> Edge:
    return Edge(source, target, EdgeKind.DATA, name, defined, used, f"`{target}` reads `{name}`")


def diamond() -> Pipeline:
    """`load` feeds `clean` and `plot`; `clean` feeds `train`; a state leads from `plot` to `train`."""
    return make_pipeline(
        (
            make_stage("load", (2, "df = read(path)"), title="Load", gives=("df",), parameters=("path",)),
            make_stage("clean", (3, "x = df.dropna()"), title="Clean", reads=("load.df",), gives=("x",)),
            make_stage("plot", (4, "\ndf.plot()"), title="Plot", reads=("load.df",)),
            make_stage("train", (5, "fit(x)"), (6, "score(x)"), title="Train", reads=("clean.x",), upstream=("plot",)),
        ),
        (
            data("clean", "train", "x", Span(3, 1), Span(5, 1)),
            data("load", "clean", "df", Span(2, 1), Span(3, 1)),
            data("load", "plot", "df", Span(2, 1), Span(4, 2)),
            Edge("plot", "train", EdgeKind.STATE, "matplotlib", Span(4, 2), Span(5, 1), "the figure goes on"),
        ),
        (Parameter("path", "a.csv", "'a.csv'", Span(1, 1), "where it lies"),),
    )  # fmt: skip


def hostile() -> Pipeline:
    """Titles and names that mean something to HTML, Mermaid, DOT and shells."""
    first = make_stage("end", (1, "a = '<b>'"), title='Load "the" <data> & `more` #1;', gives=("größe",))
    second = make_stage("été", (2, "print(größe)"), title="A\\n|pipe|\nline", reads=("end.größe",))
    edge = Edge("end", "été", EdgeKind.DATA, "größe", Span(1, 1), Span(2, 1), "because `a` < `b` & <i>")
    return make_pipeline((first, second), (edge,), title="</title><script>alert(1)</script>")


def large(count: int = 50, seed: int = 7) -> Pipeline:
    """Many stages with edges of all lengths, the same for the same arguments."""
    chance = random.Random(seed)
    stages: list[Stage] = []
    edges: list[Edge] = []
    for n in range(count):
        above = (
            {max(0, n - 1 - int(chance.expovariate(0.5))) for _ in range(chance.choice((1, 1, 2, 3)))} if n else set()
        )
        if n and chance.random() < 0.15:
            above.add(0)
        reads = tuple(f"s{u}.v{u}" for u in sorted(above))
        edges += [data(f"s{u}", f"s{n}", f"v{u}") for u in sorted(above)]
        stages.append(make_stage(f"s{n}", (n + 1, f"v{n} = 1"), title=f"Stage {n}", reads=reads, gives=(f"v{n}",)))
    return make_pipeline(tuple(stages), tuple(edges))
