"""What a run may show in place of an assumption: what it may not comes first."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from nb2pipe.convert import Analysis, analyze, analyze_notebook
from nb2pipe.options import Options
from nb2pipe.pipeline.model import Observation, Pipeline
from nb2pipe.record.sharpen import sharpest, watched_variables

MAKE = ("stage:make", "from markupsafe import escape as look\nrows = [3, 1, 2]\nwords = ['a']")


def analyze_cells(folder: Path, *cells: tuple[str, str]) -> Analysis:
    nodes = [nbformat.v4.new_code_cell(source, metadata={"tags": [tag]}) for tag, source in cells]
    nbformat.write(nbformat.v4.new_notebook(cells=nodes), folder / "rows.ipynb")
    return analyze(folder / "rows.ipynb")


def observe(**changes: object) -> Observation:
    found = {"unchanged": frozenset(), "drawn": frozenset(), "reads": (), "writes": (), "sees_files": False}
    return Observation(**{**found, **changes})  # type: ignore[arg-type]


def edges(analysis: Analysis) -> set[tuple[str, str]]:
    assert analysis.pipeline is not None, [d.message for d in analysis.diagnostics]
    return {(e.source, e.target) for e in analysis.pipeline.edges}


@pytest.mark.parametrize(
    "code",
    [
        "rows.append(len(words))",
        "rows[0] = 7",
        "rows += [4]",
        "del rows[0]",
        "if look(words) > 9:\n    rows.sort()",
        "other = rows\nother[0] = look(rows)",
        "print(rows)",
    ],
)
def test_what_code_says_itself_is_not_left_to_a_run(code: str, tmp_path: Path) -> None:
    analysis = analyze_cells(tmp_path, MAKE, ("stage:use", code), ("stage:show", "print(rows)"))
    assert analysis.plan is not None
    assert "rows" not in watched_variables(analysis.plan).get("use", ())


USES = (MAKE, ("stage:one", "n = look(rows)"), ("stage:two", "m = look(rows)"), ("stage:end", "print(n, m)"))


def test_an_argument_of_an_unknown_function_is_watched(tmp_path: Path) -> None:
    analysis = analyze_cells(tmp_path, *USES)
    assert analysis.plan is not None
    assert watched_variables(analysis.plan)["one"] == ("rows",)
    assert ("one", "two") in edges(analysis)


def test_what_a_run_shows_takes_the_place_of_an_assumption(tmp_path: Path) -> None:
    analysis = analyze_cells(tmp_path, *USES)
    seen = observe(unchanged=frozenset({"rows", "n"}), sees_files=True)
    sharper = analyze_notebook(analysis.notebook, Options(), {"one": seen, "two": seen})
    assert edges(sharper) == {("make", "one"), ("make", "two"), ("one", "end"), ("two", "end")}
    assert sharper.pipeline is not None
    assert [(a.stage, a.unchanged, a.reads, a.writes) for a in sharper.pipeline.assumed] == [
        ("one", ("rows",), (), ()),
        ("two", ("rows",), (), ()),
    ]


@pytest.mark.parametrize(
    "seen",
    [
        observe(sees_files=True),  # `rows` changed
        observe(unchanged=frozenset({"rows", "n"})),  # nobody saw the files
        observe(unchanged=frozenset({"rows", "n"}), sees_files=True, writes=("shared.txt",), reads=("shared.txt",)),
    ],
)
def test_an_edge_stays_where_the_run_shows_it(seen: Observation, tmp_path: Path) -> None:
    analysis = analyze_cells(tmp_path, *USES)
    assert ("one", "two") in edges(analyze_notebook(analysis.notebook, Options(), {"one": seen, "two": seen}))


def test_draws_that_were_seen_stay_where_they_stand(tmp_path: Path) -> None:
    cells = (
        ("stage:make", "import random\nfrom markupsafe import escape as look\nrandom.seed(1)\nx = random.random()"),
        ("stage:one", "n = look(x)\nrandom.seed(2)\nprint(random.random())"),
        ("stage:two", "print(n, look(x))"),
    )
    analysis = analyze_cells(tmp_path, *cells)
    drawn = observe(drawn=frozenset({"random"}), sees_files=True)
    states = {
        (e.source, e.target)
        for e in (
            analyze_notebook(analysis.notebook, Options(), {"one": drawn, "two": drawn}).pipeline or _none()
        ).edges
        if e.name == "random state"
    }
    assert states == {("make", "one"), ("one", "two")}
    still = observe(sees_files=True)
    found = analyze_notebook(analysis.notebook, Options(), {"two": still}).pipeline
    assert found is not None
    assert [a.still for a in found.assumed] == [("random", "numpy.random", "torch")]
    assert not [e for e in found.edges if (e.source, e.target, e.name) == ("one", "two", "random state")]


def _none() -> Pipeline:
    raise AssertionError("no pipeline")


def test_only_what_frees_a_stage_is_relied_on(tmp_path: Path) -> None:
    analysis = analyze_cells(tmp_path, *USES)
    assert analysis.pipeline is not None
    all_seen = observe(unchanged=frozenset({"rows", "n"}), sees_files=True)

    def plan_again(observed: object) -> Pipeline | None:
        return analyze_notebook(analysis.notebook, Options(), observed).pipeline  # type: ignore[arg-type]

    found = sharpest(analysis.pipeline, {"one": all_seen, "two": all_seen}, plan_again)
    assert found["one"].unchanged >= {"rows"}
    assert found["two"].drawn == {"random", "numpy.random", "torch"}, "nothing depends on what is not drawn"
    assert sharpest(analysis.pipeline, {"one": observe(), "two": observe()}, plan_again) == {}
    assert sharpest(analysis.pipeline, {}, plan_again) == {}


def test_an_order_that_others_give_is_no_edge(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("1", encoding="utf-8")
    cells = (
        ("stage:make", "from markupsafe import escape as look\nrows = open('x.txt').readlines()\nother = 1"),
        ("stage:count", "n = len(rows)"),
        ("stage:look", "m = look(n)"),
        ("stage:alone", "k = look(2)"),
    )
    assert edges(analyze_cells(tmp_path, *cells)) == {("make", "count"), ("count", "look"), ("look", "alone")}
