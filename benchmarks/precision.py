"""How many of the edges that nb2pipe emits does a run need? Precision of the analysis, with and without --record.

    python benchmarks/precision.py                                     the examples; writes benchmarks/PRECISION.md
    python benchmarks/precision.py --cases CASES.jsonl --root FOLDER   and notebooks of other repositories, cut at random
    python benchmarks/precision.py churn --out -

A case is a line of JSON: {"nb": path below FOLDER, "k": number of stages, "seed": any text}; one case of each notebook is
taken. The reference is a dynamic slice, stage by stage: the notebook runs once, and an edge A → B is needed where
  - A made, bound or changed a variable of the edge (its object is another one, or holds something else), and B fails or gives
    something else in a process that is forked before B and in which that variable is deleted; or
  - A changed the state of a generator, and B gives something else with another state; or
  - A wrote a file that B read or wrote, or read one that B wrote.
What B gives: its text, and the variables that it hands over. Edges that a tag asks for (`after:`) are not counted, and edges
of process-wide settings count as needed. A probe that takes too long counts as needed.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import platform
import random
import shutil
import signal
import sys
import tempfile
import time
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
EXAMPLES = REPOSITORY / "example_notebooks"
LARGEST_FOLDER = 100_000_000
Pair = tuple[str, str]


@dataclass
class Result:
    """Of one notebook: the edges of both plans, those that a run needs, or why there is nothing to say."""

    name: str
    stages: int = 0
    static: list[Pair] = field(default_factory=list)
    recorded: list[Pair] = field(default_factory=list)
    needed: list[Pair] = field(default_factory=list)
    error: str = ""


def measure(name: str, notebook: Path, limit: float) -> Result:
    """Plans and runs one notebook."""
    from nb2pipe.convert import analyze, convert
    from nb2pipe.diagnostics import Nb2pipeError

    result = Result(name)
    try:
        static = analyze(notebook)
        if static.pipeline is None:
            result.error = "refused: " + next(d.code for d in static.diagnostics if d.is_error)
            return result
        found = convert(notebook, notebook.parent / "precision_project", record=True).analysis.pipeline
        shutil.rmtree(notebook.parent / "precision_project")
    except Nb2pipeError as error:
        result.error = f"not recorded: {error.diagnostics[0].message[:60]}"
        return result
    assert found is not None
    result.stages = len(static.pipeline.stages)
    result.static, result.recorded = edges_of(static.pipeline), edges_of(found)
    answer = in_fork(lambda: run_and_probe(static, found, notebook.parent, limit), limit * 10)
    if answer is None or "error" in answer:
        result.error = "not run: " + (answer["error"] if answer else "no answer")
    else:
        result.needed = [(a, b) for a, b in answer["needed"]]
    return result


def edges_of(pipeline: Any) -> list[Pair]:
    """Pairs of stages with an edge that nobody asked for."""
    return sorted({(e.source, e.target) for e in pipeline.edges if not is_tagged(e)})


def is_tagged(edge: Any) -> bool:
    """Whether a tag asks for the edge."""
    return edge.kind.value == "order" and edge.why.startswith("tagged")


class Run:
    """A notebook that runs in this process, cell by cell."""

    def __init__(self, folder: Path) -> None:
        from IPython.core.interactiveshell import InteractiveShell

        class Shell(InteractiveShell):  # type: ignore[misc]
            def enable_gui(self, gui: object = None) -> None:
                """Figures are not shown."""

        from nb2pipe.record.describing import load_module

        os.chdir(folder)
        sys.path.insert(0, str(folder))
        os.environ["MPLBACKEND"] = "agg"
        self.main = types.ModuleType("__main__")
        sys.modules["__main__"] = self.main
        self.shell = Shell.instance(user_module=self.main, user_ns=self.main.__dict__)
        self.describing = load_module("describing", "project", "")
        self.watching = load_module("watch", "project", "")

    def cells(self, cells: Iterable[Any]) -> tuple[str, str]:
        """Runs cells; the text that they show, and the error at which they stop, empty where there is none."""
        text = io.StringIO()
        for cell in cells:
            with contextlib.redirect_stdout(text), contextlib.redirect_stderr(io.StringIO()):
                done = self.shell.run_cell(cell.source)
            error = done.error_before_exec or done.error_in_exec
            if error is not None and "raises-exception" not in cell.tags:
                return text.getvalue(), f"{type(error).__name__} in cell {cell.number}"
        return text.getvalue(), ""

    def gives(self, cells: Iterable[Any], names: Iterable[str]) -> dict[str, Any]:
        """What cells show, and the variables after them."""
        text, error = self.cells(cells)
        space = self.main.__dict__
        lines = [" ".join(line.split()) for line in text.splitlines() if " at 0x" not in line]
        return {
            "text": lines,
            "error": error,
            "values": self.describing.describe_all({n: space[n] for n in names if n in space}, 4000),
        }


def run_and_probe(static: Any, found: Any, folder: Path, limit: float) -> dict[str, Any]:
    """Runs the notebook; before each stage, tries it without what each of its edges brings."""
    run = Run(folder)
    pipeline = static.pipeline
    stage_of = {c.number: s for s in pipeline.stages for c in s.cells if c.is_code}
    code = [c for c in static.notebook.cells if c.is_code and not c.is_empty]
    every = [*pipeline.edges, *found.edges]
    names = sorted({e.name for e in every if e.kind.value == "data"})
    started: dict[str, Any] = {}
    touched: dict[str, set[str]] = {}
    files: dict[str, tuple[set[str], set[str]]] = {}
    needed: set[Pair] = set()
    ends = {
        s.name: max(c.number for c in s.cells if c.is_code) for s in pipeline.stages if any(c.is_code for c in s.cells)
    }
    for cell in code:
        stage = stage_of.get(cell.number)
        if stage is not None and stage.name not in started:
            rest = [c for c in code if stage_of.get(c.number) is stage]
            into = [e for e in every if e.target == stage.name]
            needed |= probe(run, stage, rest, into, touched, limit)
            space = run.main.__dict__
            started[stage.name] = (
                run.watching.Watch(**{n: space[n] for n in names if n in space}),
                set(names) & space.keys(),
            )
        error = run.cells([cell])[1]
        if error:
            return {"error": error}
        if stage is not None and cell.number == ends[stage.name]:
            watch, bound = started[stage.name]
            watch.stop()
            space = run.main.__dict__
            fresh = {n for n in names if n in space and (n not in bound or space[n] is not watch.values[n])}
            touched[stage.name] = {*watch.changed(), *fresh, *(f"{g} state" for g in watch.drawn())}
            files[stage.name] = (watch.reads, watch.writes)
    for edge in every:
        (reads, writes), (later_reads, later_writes) = (
            files.get(edge.source, ((), ())),
            files.get(edge.target, ((), ())),
        )
        if edge.kind.value in ("file", "order") and {*writes} & {*later_reads, *later_writes} | {*reads} & {
            *later_writes
        }:
            needed.add((edge.source, edge.target))
        if edge.kind.value == "state" and edge.name == "settings":
            needed.add((edge.source, edge.target))
    return {"needed": sorted(needed)}


def probe(
    run: Run, stage: Any, cells: list[Any], edges: list[Any], touched: Mapping[str, set[str]], limit: float
) -> set[Pair]:
    """The edges into a stage that it needs for variables or chance."""
    outputs = [o.name for o in stage.outputs]
    base: dict[str, Any] | None = None
    needed: set[Pair] = set()
    for source in sorted({e.source for e in edges}):
        mine = {e.name for e in edges if e.source == source and e.kind.value in ("data", "state")} & touched.get(
            source, set()
        )
        if not mine:
            continue
        if base is None:
            base = in_fork(lambda: run.gives(cells, outputs), limit)
            again = in_fork(lambda: run.gives(cells, outputs), limit)
            if base is None or again != base:
                base = {"error": "differs by itself"}

        def without(mine: set[str] = mine) -> dict[str, Any]:
            for name in mine:
                if name.endswith(" state"):
                    disturb(name.removesuffix(" state"))
                else:
                    run.main.__dict__.pop(name, None)
            return run.gives(cells, outputs)

        other = in_fork(without, limit)
        if other is None or (other["error"] if base["error"] else other != passing_on(base, other, mine)):
            needed.add((source, stage.name))
    return needed


def passing_on(base: dict[str, Any], other: dict[str, Any], deleted: set[str]) -> dict[str, Any]:
    """What a stage gives, without variables that it only passes on: they are gone where they were deleted before it."""
    gone = deleted - other["values"].keys()
    return base | {"values": {name: value for name, value in base["values"].items() if name not in gone}}


def disturb(generator: str) -> None:
    """Gives a generator another state."""
    if generator == "random":
        random.seed(20_241_124)
    elif generator == "numpy.random":
        import numpy

        numpy.random.seed(20_241_124)


def in_fork(work: Callable[[], dict[str, Any]], limit: float) -> dict[str, Any] | None:
    """The answer of a forked process, as JSON; `None` where it gives none within `limit` seconds."""
    handle, path = tempfile.mkstemp(suffix=".json")
    os.close(handle)
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            null = os.open(os.devnull, os.O_RDWR)
            for number in (0, 1, 2):
                os.dup2(null, number)
            answer = json.dumps(work())
            Path(path).write_text(answer, encoding="utf-8")
        finally:
            os._exit(0)
    end = time.monotonic() + limit
    while time.monotonic() < end and not os.waitpid(child, os.WNOHANG)[0]:
        time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(child, 0)
    text = Path(path).read_text(encoding="utf-8")
    os.unlink(path)
    return json.loads(text) if text else None


def cut(notebook: Path, count: int, seed: str) -> None:
    """Tags a notebook's code cells as `count` stages that follow each other, cut at random."""
    import nbformat

    node = nbformat.read(notebook, as_version=4)
    code = [c for c in node.cells if c.cell_type == "code" and c.source.strip()]
    places = set(random.Random(seed).sample(range(1, len(code)), min(count, len(code)) - 1))
    number = 0
    for place, cell in enumerate(code):
        number += place in places
        cell.metadata["tags"] = [*cell.metadata.get("tags", []), f"stage:step_{chr(97 + number)}"]
    nbformat.write(node, notebook)


def read_cases(path: Path, root: Path) -> list[tuple[str, Path, int, str]]:
    """One case of each notebook whose folder is small."""
    found: dict[str, tuple[str, Path, int, str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        found.setdefault(case["nb"], (case["nb"], root / case["nb"], int(case["k"]), str(case["seed"])))
    return [c for c in found.values() if size_of(c[1].parent) < LARGEST_FOLDER]


def size_of(folder: Path) -> int:
    return sum(p.lstat().st_size for p in folder.rglob("*") if p.is_file())


def render_report(examples: list[Result], public: list[Result], command: str) -> str:
    """The table, written by this program."""
    lines = [
        "# Edges that a run needs",
        "",
        "Written by `benchmarks/precision.py`, whose docstring says what is measured.",
        "",
        f"    {command}",
        "",
        "*Needed* is the share of the emitted edges that a dynamic slice of one run shows to be needed. Edges that a run does not",
        "need may be needed by another: static slices are known to be 54 % to 66 % larger than dynamic ones.",
        "",
        "| Notebooks | Stages | Edges | Needed | Edges with `--record` | Needed |",
        "|---|---|---|---|---|---|",
    ]
    for title, results in (("examples", examples), ("public notebooks", public)):
        if good := [r for r in results if not r.error]:
            lines.append(f"| {title}, {len(good)} | {sum(r.stages for r in good)} | {shares(good)} |")
    lines += [
        "",
        "| Notebook | Stages | Edges | Needed | Edges with `--record` | Needed |",
        "|---|---|---|---|---|---|",
    ]
    lines += [f"| {r.name} | {r.stages} | {shares([r])} |" for r in (*examples, *public) if not r.error]
    if without := [r for r in (*examples, *public) if r.error]:
        lines += ["", "Without figures:", "", *(f"- {r.name}: {r.error}" for r in without)]
    surplus = [
        (r.name, a, b) for r in (*examples, *public) for a, b in r.static if not r.error and (a, b) not in r.needed
    ]
    lines += ["", "Edges that were not needed (* also with `--record`):", ""]
    kept = {(r.name, a, b) for r in (*examples, *public) for a, b in r.recorded}
    lines += [f"- {name}: {a} → {b}{' *' if (name, a, b) in kept else ''}" for name, a, b in surplus] or ["- none"]
    return "\n".join([*lines, "", f"Python {platform.python_version()}"]) + "\n"


def shares(results: list[Result]) -> str:
    cells = []
    for kind in ("static", "recorded"):
        every = [(r.name, pair) for r in results for pair in getattr(r, kind)]
        needed = {(r.name, pair) for r in results for pair in r.needed}
        hit = sum(each in needed for each in every)
        cells += [str(len(every)), f"{hit} ({hit / len(every):.0%})" if every else "–"]
    return " | ".join(cells)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = sorted(p.name for p in EXAMPLES.iterdir() if p.is_dir() and p.name != "refused")
    parser.add_argument("examples", nargs="*", metavar="EXAMPLE", help="[default: all]")
    parser.add_argument(
        "--cases", type=Path, metavar="FILE", help="notebooks of other repositories, a line of JSON each"
    )
    parser.add_argument("--root", type=Path, metavar="FOLDER", help="where they are")
    parser.add_argument("--most", type=int, default=20, metavar="N", help="of these, the smallest [default: 20]")
    parser.add_argument("--limit", type=float, default=60, metavar="S", help="seconds for one probe [default: 60]")
    parser.add_argument("--out", default=str(REPOSITORY / "benchmarks" / "PRECISION.md"), help="`-` prints")
    arguments = parser.parse_args()
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    cases = read_cases(arguments.cases, arguments.root) if arguments.cases else []
    cases = sorted(cases, key=lambda c: c[1].stat().st_size)[: arguments.most]
    examples: list[Result] = []
    public: list[Result] = []
    for name in arguments.examples or names:
        examples.append(measure_copy(name, EXAMPLES / name / f"{name}.ipynb", arguments.limit))
    for name, path, count, seed in cases:
        public.append(measure_copy(name, path, arguments.limit, (count, seed)))
    command = " ".join(["python", "benchmarks/precision.py", *map(shown_argument, sys.argv[1:])])
    text = render_report(examples, public, command)
    if arguments.out == "-":
        print(text)
    else:
        Path(arguments.out).write_text(text, "utf-8")


def shown_argument(argument: str) -> str:
    """A path as it would be called elsewhere."""
    return Path(argument).name if os.path.isabs(argument) else argument


def measure_copy(name: str, notebook: Path, limit: float, stages: tuple[int, str] | None = None) -> Result:
    """Measures a notebook in a copy of its folder."""
    with tempfile.TemporaryDirectory(prefix="nb2pipe-precision-") as scratch:
        folder = Path(scratch) / "work"
        shutil.copytree(notebook.parent, folder, ignore=shutil.ignore_patterns("__pycache__", ".git"))
        copy = folder / notebook.name
        if stages is not None:
            cut(copy, *stages)
        result = measure(name, copy, limit)
    needed = sum(pair in result.needed for pair in result.static)
    print(f"{name}: {result.error or f'{needed} of {len(result.static)} edges needed'}", file=sys.stderr)
    return result


if __name__ == "__main__":
    main()
