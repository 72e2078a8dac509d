"""`nb2pipe run`: runs a project's stages, and shows how they get on."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nb2pipe.cli.console import EXIT_REFUSED, EXIT_USAGE, Console, error_line

if TYPE_CHECKING:
    from nb2pipe.run.model import RunError, RunReport, StageReport
    from nb2pipe.run.runner import Plan

_EXIT_INTERRUPTED = 130
_LOG_LINES = 30
_COLORS = {"ran": "green", "cached": "bright_black", "failed": "red", "running": "cyan", "stopped": "yellow"}


@click.command(
    short_help="Run the stages of a project that are stale.",
    epilog="""\b
Examples:
  nb2pipe run                        all that is stale, on all cores
  nb2pipe run train_forest           that stage, and what it needs
  nb2pipe run --from split           split and what follows it, nothing before
  nb2pipe run --param n_trees=500    with another value, this once
  nb2pipe run --dry-run              what would run, and why

\b
Exit codes:
  0  every stage is there and fresh
  1  a stage failed, or the project cannot be run
  2  wrong usage
  130  Ctrl-C
""",
)
@click.argument("stages", nargs=-1, metavar="[STAGE]...")
@click.option(
    "-C",
    "--project",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
    metavar="FOLDER",
    help="The project, or a folder in it.  [default: this folder]",
)
@click.option("--from", "start", multiple=True, metavar="STAGE", help="Only this stage and those that need it.")
@click.option("--to", "end", multiple=True, metavar="STAGE", help="Only this stage and those that it needs.")
@click.option("-p", "--param", "params", multiple=True, metavar="NAME=VALUE", help="Another value, for this run only.")
@click.option("-f", "--force", is_flag=True, help="Run stages although they are fresh.")
@click.option("-n", "--dry-run", is_flag=True, help="Say what would run, and why; run nothing.")
@click.option("--kernel", is_flag=True, help="Run every stage in a Jupyter kernel of its own.")
@click.option(
    "-j", "--jobs", type=click.IntRange(1), metavar="N", help="Stages at the same time.  [default: as many as cores]"
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.make_pass_decorator(Console)
def run(  # noqa: PLR0913
    console: Console,
    /,
    stages: tuple[str, ...],
    project: Path,
    start: tuple[str, ...],
    end: tuple[str, ...],
    params: tuple[str, ...],
    force: bool,
    dry_run: bool,
    kernel: bool,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Run the stages of a project that are stale: the products, notebooks and rules of `ploomber build`, in less time.

    A stage is stale when its code, a parameter, a file that it reads or a stage that it needs has changed since it ran.
    Comments, layout and the time of a file do not count. Either command may follow the other.
    """
    if os.name != "posix":
        raise click.UsageError("nb2pipe run forks processes, which Windows cannot: use ploomber build, or WSL.")
    from nb2pipe.run.model import RunError
    from nb2pipe.run.runner import Choice, make_plan
    from nb2pipe.run.runner import run as run_plan
    from nb2pipe.run.spec import find_root, read_project

    choice = Choice((*stages, *end), start, force, kernel, jobs or 0)
    context = click.get_current_context()
    try:
        plan = make_plan(read_project(find_root(project), _split(params)), choice)
        if dry_run:
            _show_plan(console, plan, as_json)
            return
        show = _choose_display(console, plan, as_json)
        with show:
            report = run_plan(plan, choice, show.changed, show.tick)
    except RunError as error:
        _refuse(console, error)
        context.exit(EXIT_USAGE if error.usage else EXIT_REFUSED)
    if as_json:
        import json

        console.result(json.dumps(report_data(report), indent=2, ensure_ascii=False))
    else:
        _show_report(console, report, plan.project.root)
    if report.interrupted:
        context.exit(_EXIT_INTERRUPTED)
    context.exit(0 if report.ok else EXIT_REFUSED)


def _split(params: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for text in params:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--param")
        found[name.strip()] = value
    return found


def _refuse(console: Console, error: RunError) -> None:
    lines = [error_line(str(error))]
    if error.place:
        lines.append(f" --> {error.place}")
    if error.help:
        lines.append(f"  = help: {error.help}")
    console.err("\n".join(lines))


def _show_plan(console: Console, plan: Plan, as_json: bool) -> None:
    rows = [
        {
            "name": n,
            "state": "stale" if n in plan.stale else "cached",
            "reason": plan.stale.get(n) or plan.known[n].verdict.reason,
        }
        for n in plan.chosen
    ]
    if as_json:
        import json

        console.result(json.dumps({"stages": rows}, indent=2, ensure_ascii=False))
        return
    width = max((len(r["name"]) for r in rows), default=0)
    for row in rows:
        state = "would run" if row["state"] == "stale" else "cached"
        console.out(f"{row['name']:{width}}  {state:9}  {row['reason']}".rstrip())
    console.out(f"{len(plan.stale)} of {len(rows)} stages would run")


class _Silent:
    """Shows nothing while stages run."""

    def __enter__(self) -> _Silent:
        return self

    def __exit__(self, *_error: object) -> None:
        """Ends."""

    def changed(self, report: StageReport) -> None:
        """A stage changed its state."""

    def tick(self) -> None:
        """Time has passed."""


class _Lines(_Silent):
    """A line for each stage that ended: for pipes and logs."""

    def __init__(self, console: Console, width: int) -> None:
        self._console = console
        self._width = width

    def changed(self, report: StageReport) -> None:
        """Prints the stage's line when nothing more will happen to it."""
        if report.state.value not in ("running", "waiting"):
            self._console.out(_line(report, self._width, report.seconds, self._console.paints()))


class _Live(_Silent):
    """A line for each stage on a terminal, written over as time goes by."""

    def __init__(self, console: Console, plan: Plan) -> None:
        self._paint = console.paints()
        self._width = max(len(n) for n in plan.chosen)
        self._reports: dict[str, StageReport | None] = dict.fromkeys(plan.chosen)
        self._began: dict[str, float] = {}
        self._drawn = 0

    def __enter__(self) -> _Live:
        sys.stdout.write("\x1b[?25l")
        return self

    def __exit__(self, *_error: object) -> None:
        self._draw()
        sys.stdout.write("\x1b[?25h")
        sys.stdout.flush()

    def changed(self, report: StageReport) -> None:
        """Draws the lines anew."""
        self._reports[report.name] = report
        if report.state.value == "running":
            self._began[report.name] = time.monotonic()
        self._draw()

    def tick(self) -> None:
        """Draws the lines anew: time goes by for those that run."""
        self._draw()

    def _draw(self) -> None:
        columns = _terminal_size()[0]
        text = f"\x1b[{self._drawn}A" if self._drawn else ""
        for name, report in self._reports.items():
            if report is None:
                line = f"{name:{self._width}}  waiting"
            else:
                running = report.state.value == "running"
                seconds = time.monotonic() - self._began[name] if running else report.seconds
                line = _line(report, self._width, seconds, False)[: columns - 1]
                line = _painted(line, report.state.value) if self._paint else line
            text += f"\r\x1b[K{line}\n"
        sys.stdout.write(text)
        sys.stdout.flush()
        self._drawn = len(self._reports)


def _terminal_size() -> tuple[int, int]:
    """Columns and lines."""
    import shutil

    return shutil.get_terminal_size()


def _choose_display(console: Console, plan: Plan, as_json: bool) -> _Silent:
    if as_json or console.quiet or not plan.chosen:
        return _Silent()
    if sys.stdout.isatty() and len(plan.chosen) < _terminal_size()[1] - 2:
        return _Live(console, plan)
    return _Lines(console, max(len(n) for n in plan.chosen))


def _line(report: StageReport, width: int, seconds: float, paint: bool) -> str:
    state = report.state.value
    took = f"{seconds:7.1f} s" if state in ("running", "ran", "failed", "stopped") else " " * 9
    peak = report.result.peak if report.result is not None else 0
    memory = f"{peak / 2**20:6.0f} MB" if peak else " " * 9
    about = "; ".join((*([report.reason] if report.reason else []), *report.notes))
    line = f"{report.name:{width}}  {state:7}  {took}  {memory}  {about}".rstrip()
    return _painted(line, state) if paint else line


def _painted(line: str, state: str) -> str:
    return click.style(line, fg=_COLORS[state]) if state in _COLORS else line


def _show_report(console: Console, report: RunReport, root: Path) -> None:
    for stage in report.stages:
        if stage.state.value == "failed":
            console.err(_describe_failure(stage, root, console.verbose))
    counts: dict[str, int] = {}
    for stage in report.stages:
        counts[stage.state.value] = counts.get(stage.state.value, 0) + 1
    said = ", ".join(f"{number} {state}" for state, number in counts.items())
    if report.interrupted:
        said = f"interrupted: {said}; the next run goes on from here"
    console.out(f"{said or 'no stages'} in {report.seconds:.1f} s")


def _describe_failure(stage: StageReport, root: Path, verbose: bool) -> str:
    result = stage.result
    assert result is not None
    said = f"{result.exception}: {result.message}" if result.exception else result.message
    place = result.place
    where = place.file
    if place.cell:
        where += f":cell {place.cell}" + (f":{place.line}" if place.line else "")
    lines = [error_line(f"stage {stage.name} failed: {said}"), f" --> {where}"]
    if place.source:
        lines.append(f"{place.line:5} | {place.source}")
    if place.module:
        lines.append(f"  in {place.module}:{place.module_line}")
    for title, text in (("printed by this cell", result.output), ("traceback", result.traceback)):
        shown = text.rstrip().split("\n") if text.strip() else []
        if len(shown) > _LOG_LINES and not verbose:
            shown = [f"… {len(shown) - _LOG_LINES} lines more with --verbose", *shown[-_LOG_LINES:]]
        if shown:
            lines += [f"  {title}:", *(f"    {line}" for line in shown)]
    failed = result.notebook
    if failed:
        lines.append(f"  = the notebook up to there: {failed}")
    return "\n".join(lines)


def report_data(report: RunReport) -> dict[str, Any]:
    """The report as JSON holds it."""
    return {
        "ok": report.ok,
        "interrupted": report.interrupted,
        "seconds": round(report.seconds, 3),
        "stages": [_stage_data(stage) for stage in report.stages],
    }


def _stage_data(stage: StageReport) -> Mapping[str, Any]:
    row: dict[str, Any] = {
        "name": stage.name,
        "state": stage.state.value,
        "reason": stage.reason,
        "seconds": round(stage.seconds, 3),
        "notes": list(stage.notes),
    }
    result = stage.result
    if result is not None:
        row["peak_memory_bytes"] = result.peak
        if not result.ok:
            place = result.place
            row["failure"] = {
                "exception": result.exception,
                "message": result.message,
                "file": place.file,
                "cell": place.cell,
                "line": place.line,
                "module": place.module,
                "module_line": place.module_line,
                "traceback": result.traceback,
                "output": result.output,
                "notebook": result.notebook,
            }
    return row
