"""Measures nb2pipe against what people would use instead, side by side, and writes RESULTS.md.

    python benchmarks/bench.py                       everything, medians of five
    python benchmarks/bench.py --quick               one round, smaller sizes
    python benchmarks/bench.py --only convert,run    some of it
    python benchmarks/bench.py --out -               to the screen

What is compared runs in turns in one session: convert, Soorgeon, Kale, convert, … CPU seconds are those of the whole process
tree. Each tool has an environment of its own under --environments, made by the first run. Figures of different sessions or
machines cannot be compared; the ratios can.
"""

from __future__ import annotations

import argparse
import datetime
import itertools
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from environments import REPOSITORY, Environment, make_environments
from measuring import Contender, Row, Usage, compare, measure, take_turns
from notebooks import write_branches, write_line, write_long, write_trivial

EXAMPLES = REPOSITORY / "example_notebooks"


class Bench:
    """One session."""

    def __init__(self, environments: dict[str, Environment], work: Path, rounds: int, quick: bool) -> None:
        self.environments = environments
        self.work = work
        self.rounds = rounds
        self.quick = quick
        self._number = 0

    def program(self, environment: str, name: str) -> Path:
        return self.environments[environment].program(name)

    def folder(self) -> Path:
        """A new folder."""
        self._number += 1
        folder = self.work / f"{self._number:04}"
        folder.mkdir()
        return folder

    def turns(self, title: str, *contenders: Contender, warm: bool = False) -> None:
        tell(title)
        take_turns(contenders, self.rounds, tell, warm)

    def command(self, name: str, *command: str | Path, given: Path | None = None) -> Contender:
        """A command that runs in a new folder, with a copy of a file or folder in it."""

        def run() -> Usage:
            folder = self.folder()
            if given is not None:
                _copy(given, folder / given.name)
            try:
                return measure(command, folder)
            finally:
                shutil.rmtree(folder, ignore_errors=True)

        return Contender(name, run)

    def in_project(
        self, name: str, project: Path, *command: str | Path, change: Callable[[Path], None] | None = None
    ) -> Contender:
        """A command that runs in a copy of a project; the copy keeps its place, as paths are part of what a stage shows."""

        def run() -> Usage:
            place = self.place(project)
            if change is not None:
                change(place)
            return measure(command, place)

        return Contender(name, run)

    def place(self, project: Path) -> Path:
        """A copy of a folder with what is beside it: projects may run in the folder of their notebook."""
        place = self.work / "place"
        shutil.rmtree(place, ignore_errors=True)
        _copy(project.parent, place)
        return place / project.name

    def convert(self, notebook: Path) -> Path:
        """A project, beside a copy of its notebook's folder."""
        folder = self.folder()
        _copy(notebook.parent, folder / notebook.parent.name)
        copied = folder / notebook.parent.name / notebook.name
        measure([self.program("project", "nb2pipe"), "-q", "convert", copied, "-o", folder / "out"], folder)
        return folder / "out"


def tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copy2(source, target)


def bench_start(bench: Bench) -> Iterator[Row]:
    """How long the command takes to start."""
    ours = bench.command("nb2pipe --help", bench.program("plain", "nb2pipe"), "--help")
    python = bench.command("python -c pass", bench.program("plain", "python"), "-c", "pass")
    kale = bench.command("kale --help", bench.program("kale", "kale"), "--help")
    soorgeon = bench.command("soorgeon --help", bench.program("soorgeon", "soorgeon"), "--help")
    bench.turns("start", ours, python, kale, soorgeon, warm=True)
    yield compare("`nb2pipe --help`", ours, python, "cpu", 5)
    yield compare("`nb2pipe --help`", ours, kale, "cpu", None)
    yield compare("`nb2pipe --help`", ours, soorgeon, "cpu", None)


def bench_convert(bench: Bench) -> Iterator[Row]:
    """A notebook of 40 cells, which all three tools cut into stages."""
    notebook = write_long(bench.work / "long40" / "notebook.ipynb", 40)
    ours = bench.command(
        "nb2pipe convert",
        bench.program("plain", "nb2pipe"),
        "-q",
        "convert",
        "notebook.ipynb",
        "-o",
        "out",
        given=notebook,
    )
    soorgeon = bench.command(
        "soorgeon refactor", bench.program("soorgeon", "soorgeon"), "refactor", "notebook.ipynb", given=notebook
    )
    kale = bench.command(
        "kale --nb", bench.program("kale", "kale"), "--nb", "notebook.ipynb", "--pipeline_name", "bench", given=notebook
    )
    bench.turns("convert, 40 cells", ours, soorgeon, kale, warm=True)
    yield compare("`nb2pipe convert`, 40 cells", ours, soorgeon, "cpu", 1 / 6)
    yield compare("`nb2pipe convert`, 40 cells", ours, kale, "cpu", 1 / 5)


def bench_growth(bench: Bench) -> Iterator[Row]:
    """Ten times the cells, twice."""
    sizes = (100, 1000) if bench.quick else (100, 1000, 10_000)
    contenders = []
    for size in sizes:
        notebook = write_long(bench.work / f"long{size}" / "notebook.ipynb", size)
        command = (bench.program("plain", "nb2pipe"), "-q", "convert", "notebook.ipynb", "-o", "out")
        contenders.append(bench.command(f"convert, {size:,} cells", *command, given=notebook))
    bench.turns("convert as the notebook grows", *contenders)
    for small, large in itertools.pairwise(contenders):
        yield compare(f"`nb2pipe {large.name}`", large, small, "cpu", 12)
    largest = contenders[-1]
    limit = 512 * 2**20
    peak = largest.median("peak")
    reach = 1.0 if largest.name.startswith("convert, 10,000") else None
    yield Row(
        f"`nb2pipe {largest.name}`", "512 MiB", "peak memory", f"{peak / 2**20:.0f} MiB", "512 MiB", peak / limit, reach
    )


def bench_run(bench: Bench) -> Iterator[Row]:
    """Cold runs, against papermill on the notebook and Ploomber on the same project."""
    steps = 1_000_000 if bench.quick else 10_000_000
    line = write_line(bench.work / "line" / "line.ipynb", steps // 4)
    branches = write_branches(bench.work / "branches" / "branches.ipynb", steps * 2)
    names = ("ridge_diabetes",) if bench.quick else ("ridge_diabetes", "churn", "energy_forecast")
    for notebook, reach in [(line, 1.1), (branches, 0.65), *((EXAMPLES / n / f"{n}.ipynb", None) for n in names)]:
        yield from _bench_cold(bench, notebook, reach)


def _bench_cold(bench: Bench, notebook: Path, reach: float | None) -> Iterator[Row]:
    project = bench.convert(notebook)
    name = notebook.stem
    ours = bench.in_project("nb2pipe run", project, bench.program("project", "nb2pipe"), "-q", "run")
    papermill = bench.in_project(
        "papermill on the notebook",
        project.parent / notebook.parent.name,
        *(bench.program("project", "papermill"), "--no-progress-bar", notebook.name, "executed.ipynb"),
    )
    ploomber = bench.in_project("ploomber build", project, bench.program("project", "ploomber"), "build")
    bench.turns(f"cold run of {name}", ours, papermill, ploomber)
    what = {"line": "stages in a line", "branches": "two equal branches"}.get(name, name)
    yield compare(f"cold run, {what}", ours, papermill, "wall", reach)
    yield compare(f"cold run, {what}", ours, ploomber, "wall", 1 / 2)
    yield compare(f"cold run, {what}", ours, ploomber, "cpu", 1 / 2)


def bench_again(bench: Bench) -> Iterator[Row]:
    """Nothing to do, and one stage changed."""
    project = bench.convert(EXAMPLES / "churn" / "churn.ipynb")
    place = bench.place(project)
    measure([bench.program("project", "nb2pipe"), "-q", "run"], place)
    shutil.rmtree(project)
    _copy(place, project)
    run = bench.program("project", "nb2pipe"), "run"
    ours = bench.in_project("nb2pipe run", project, *run)
    ploomber = bench.in_project("ploomber build, nothing to do", project, bench.program("project", "ploomber"), "build")
    bench.turns("nothing to do", ours, ploomber)
    yield compare("run with nothing to do", ours, ploomber, "cpu", 1 / 15)
    yield compare("run with nothing to do", ours, ploomber, "wall", None)
    yield _count_stages(bench, project)


def _count_stages(bench: Bench, built: Path) -> Row:
    """Changes the code of one stage; how many run."""
    place = bench.place(built)
    module = place / "src" / "churn" / "compare.py"
    end = "    return CompareOutputs("
    module.write_text(module.read_text().replace(end, f'    print("changed")\n{end}'))
    command = [bench.program("project", "nb2pipe"), "run", "--json"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    ran = [s["name"] for s in json.loads(done.stdout)["stages"] if s["state"] == "ran"]
    return Row(
        "one stage changed (churn's compare)",
        "it and what follows it: compare, call_list",
        "stages that ran",
        ", ".join(ran),
        "compare, call_list",
        float(len(ran)) / 2,
        1.0,
    )


def bench_handover(bench: Bench) -> Iterator[Row]:
    """One big value."""
    size = (1 << 28) if bench.quick else 10**9 // 64 * 64
    project = bench.convert(EXAMPLES / "ridge_diabetes" / "ridge_diabetes.ipynb")
    script = Path(__file__).resolve().parent / "handover.py"
    for kind in ("array", "frame"):
        tell(f"hand-over of a {kind} of {size / 1e9:.1f} GB")
        taken: list[dict[str, float]] = []
        for number in range(bench.rounds):
            command = [bench.program("project", "python"), script, project, kind, str(size), bench.work]
            done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(done.stderr)
            taken.append(json.loads(done.stdout))
            tell(f"  {number + 1}/{bench.rounds} " + ", ".join(f"{k} {v:.3f} s" for k, v in taken[-1].items()))
        medians = {k: statistics.median(t[k] for t in taken) for k in taken[0]}
        what = f"hand-over of a {size / 1e9:.1f} GB {kind}"
        for ours, theirs, against, reach in (
            ("save", "copy", "`cp` of a file of that size", 1.3),
            ("load", "read", "reading that file", 0.1),
        ):
            mine, other = medians[ours], medians[theirs]
            yield Row(f"{what}: {ours}", against, "wall time", f"{mine:.3f} s", f"{other:.3f} s", mine / other, reach)


def bench_stages(bench: Bench) -> Iterator[Row]:
    """Ten times the stages, twice: what a stage costs that does nothing."""
    sizes = (10, 50) if bench.quick else (10, 100, 1000)
    contenders = []
    for size in sizes:
        notebook = write_trivial(bench.work / f"trivial{size}" / "trivial.ipynb", size)
        project = bench.convert(notebook)
        command = (bench.program("project", "nb2pipe"), "-q", "run")
        contenders.append(bench.in_project(f"run, {size:,} trivial stages", project, *command))
    bench.turns("run as stages are added", *contenders)
    for small, large, factor in zip(contenders, contenders[1:], _factors(sizes), strict=False):
        row = compare(f"`nb2pipe {large.name}`", large, small, "cpu", None)
        yield row
        yield Row(
            f"`nb2pipe {large.name}`, for each stage",
            small.name,
            "CPU",
            f"{large.median('cpu') / factor[1]:.3f} s",
            f"{small.median('cpu') / factor[0]:.3f} s",
            row.ratio * factor[0] / factor[1],
            None,
        )


def _factors(sizes: Sequence[int]) -> list[tuple[int, int]]:
    return list(itertools.pairwise(sizes))


GROUPS: dict[str, Callable[[Bench], Iterator[Row]]] = {
    "start": bench_start,
    "convert": bench_convert,
    "growth": bench_growth,
    "run": bench_run,
    "again": bench_again,
    "handover": bench_handover,
    "stages": bench_stages,
}


def render(rows: Sequence[Row], environments: dict[str, Environment], rounds: int, groups: Sequence[str]) -> str:
    """The page."""
    versions = {
        "nb2pipe": ("plain", "nb2pipe"),
        "Ploomber": ("project", "ploomber"),
        "papermill": ("project", "papermill"),
        "ipykernel": ("project", "ipykernel"),
        "NumPy": ("project", "numpy"),
        "pandas": ("project", "pandas"),
        "Soorgeon": ("soorgeon", "soorgeon"),
        "Kale": ("kale", "kubeflow-kale"),
    }
    known = [f"{name} {environments[place].version(package)}" for name, (place, package) in versions.items()]
    whole = f"all of: {', '.join(GROUPS)}" if list(groups) == list(GROUPS) else f"only: {', '.join(groups)}"
    lines = [
        "<!-- Written by benchmarks/bench.py; no figure in here is typed by hand. -->",
        "",
        "# Benchmarks",
        "",
        f"Measured on {datetime.datetime.now(datetime.UTC):%Y-%m-%d}: {_machine()}. "
        f"Medians of {rounds}, in turns, in one session ({whole}).",
        "",
        f"{', '.join(known)}.",
        "",
        "`make bench` measures again. CPU seconds are those of the whole process tree. Times on a shared machine mean little;",
        "the ratios are what to compare.",
        "",
        "| what | against | measure | ours | theirs | ratio | reach | |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        reach = "" if row.reach is None else f"≤ {row.reach:.3g}"
        mark = "" if row.reach is None else ("yes" if row.ratio <= row.reach else "**no**")
        lines.append(
            f"| {row.what} | {row.against} | {row.measure} | {row.ours} | {row.theirs} | {row.ratio:.3g} | {reach} | {mark} |"
        )
    return "\n".join(lines) + "\n"


def _machine() -> str:
    """What kind of machine this is; not which."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    return (
        f"{platform.system()} on {platform.machine()}, {cores} cores, {memory:.0f} GiB, Python {platform.python_version()}, "
        f"load at the end {load:.1f}"
    )


def main() -> None:
    """Measures and writes."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="one round, smaller sizes")
    parser.add_argument("--rounds", type=int, help="how often; 5, or 1 with --quick")
    parser.add_argument("--only", help=f"groups, with commas between: {', '.join(GROUPS)}")
    parser.add_argument(
        "--out", default=str(REPOSITORY / "benchmarks" / "RESULTS.md"), help="a file, or - for the screen"
    )
    parser.add_argument("--environments", type=Path, default=REPOSITORY / ".venv" / "bench", help="where they are made")
    arguments = parser.parse_args()
    groups = arguments.only.split(",") if arguments.only else list(GROUPS)
    if unknown := [g for g in groups if g not in GROUPS]:
        parser.error(f"there is no group {unknown[0]}; there are {', '.join(GROUPS)}")
    rounds = arguments.rounds or (1 if arguments.quick else 5)
    environments = make_environments(arguments.environments.resolve(), tell)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="nb2pipe-bench-") as folder:
        bench = Bench(environments, Path(folder).resolve(), rounds, arguments.quick)
        for number, group in enumerate(groups, 1):
            rows += GROUPS[group](bench)
            page = render(rows, environments, rounds, groups[:number])
            if arguments.out != "-":  # what is measured is kept, should a later group fail
                Path(arguments.out).write_text(page, encoding="utf-8")
    print(page if arguments.out == "-" else f"wrote {arguments.out}")


if __name__ == "__main__":
    main()
