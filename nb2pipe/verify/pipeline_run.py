"""Runs a project's pipeline in a copy, and reads what its stages showed and handed over."""

from __future__ import annotations

import importlib
import json
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from nb2pipe.literals import read_workdir
from nb2pipe.record.places import State, read_state
from nb2pipe.verify.model import CannotRunError, Conditions, Failure
from nb2pipe.verify.noise import without_colors
from nb2pipe.verify.notebook_run import tail

#: What can run a pipeline, each with the Python that starts it and its arguments: all stages anew.
RUNNERS = {
    "ploomber": (
        "import sys; from ploomber_cli.cli import cmd_router; sys.argv[0] = 'ploomber'; sys.exit(cmd_router())",
        "build",
        "--force",
    ),
    "nb2pipe": ("from nb2pipe.cli import main; main(prog_name='nb2pipe')", "run", "--force", "--json"),
}
_TASK_ERROR = re.compile(r"(?:Error building task|Error when executing task) [\"']([^\"']+)[\"']")
#: The exit code that coreutils' `timeout` gives.
_TIME_IS_UP = 124
_BY_NAME = re.compile(r"by_name=\[([^\]]*)\]")


@dataclass(frozen=True, slots=True)
class Task:
    """A task of pipeline.yaml.

    Attributes:
        name: The stage.
        source: Its notebook, relative to the project.
        notebook: Where the executed notebook is written.
        data: Where what it hands over is written; empty where it hands over nothing.
        metrics: Where its metrics are written, or empty.
        modules: The project's modules that it imports.
    """

    name: str
    source: str
    notebook: str
    data: str
    metrics: str
    modules: tuple[str, ...]

    @property
    def products(self) -> tuple[str, ...]:
        """Every file that it makes."""
        return tuple(p for p in (self.notebook, self.data, self.metrics) if p)


@dataclass(frozen=True, slots=True)
class ProjectLayout:
    """What verification needs to know of a project.

    Attributes:
        package: Its import package.
        tasks: In the order of pipeline.yaml.
        variable: The environment variable that moves its working folder; empty where there is none.
        workdir: The working folder, relative to the project.
    """

    package: str
    tasks: tuple[Task, ...]
    variable: str
    workdir: str

    @property
    def runs_in_place(self) -> bool:
        """It runs in the notebook's folder, outside of the project."""
        return self.workdir.startswith("..") or os.path.isabs(self.workdir)


@dataclass(slots=True)
class PipelineRun:
    """What a run of the pipeline left.

    Attributes:
        project: The copy.
        workdir: Where its stages ran.
        before: Files there before.
        after: Files there afterwards.
        outputs: Stage to the executed notebook's code cells: source and outputs.
        seconds: How long it took.
        sees_files: Whether it shows which files its stages wrote.
    """

    project: Path
    workdir: Path
    before: State
    after: State
    outputs: Mapping[str, list[Any]]
    seconds: float
    sees_files: bool = True


def read_project(project: Path) -> ProjectLayout:
    """Reads a project's pipeline.yaml and artifacts.py.

    Raises:
        CannotRunError: It is not a project that nb2pipe wrote for Ploomber.
    """
    yaml = importlib.import_module("yaml")
    file = project / "pipeline.yaml"
    if not file.is_file():
        raise _not_a_project(project, f"{file} does not exist")
    try:
        rows = yaml.safe_load(file.read_text(encoding="utf-8"))["tasks"]
        tasks = tuple(_read_task(row) for row in rows)
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, UnicodeDecodeError) as error:
        raise _not_a_project(project, f"{file} does not list tasks ({type(error).__name__})") from error
    found = sorted((project / "src").glob("*/artifacts.py"))
    if not found:
        raise _not_a_project(project, "it has no src/*/artifacts.py")
    variable, workdir = read_workdir(found[0].read_text(encoding="utf-8"))
    return ProjectLayout(found[0].parent.name, tasks, variable, workdir)


def _not_a_project(project: Path, why: str) -> CannotRunError:
    return CannotRunError(
        Failure(
            "pipeline",
            f"{project} is not a project that nb2pipe wrote: {why}",
            help="write it with: nb2pipe convert NOTEBOOK -o PROJECT",
        )
    )


def _read_task(row: Mapping[str, Any]) -> Task:
    product = row["product"] if isinstance(row["product"], dict) else {"nb": row["product"]}
    notebook = next((str(p) for p in product.values() if str(p).endswith(".ipynb")), "")
    resources = (row.get("params") or {}).get("resources_") or {}
    return Task(
        name=str(row.get("name") or Path(str(row["source"])).stem),
        source=str(row["source"]),
        notebook=notebook,
        data=str(product.get("data", "")),
        metrics=str(product.get("metrics", "")),
        modules=tuple(sorted(str(p) for p in resources.values())),
    )


def choose_runner(name: str) -> str:
    """What runs the pipeline: the one that is asked for, else Ploomber where it is installed, else nb2pipe itself.

    Raises:
        CannotRunError: Ploomber is asked for and not installed.
        ValueError: There is no such runner.
    """
    if name and name not in RUNNERS:
        raise ValueError(f"no runner is called {name!r}; there is {' and '.join(RUNNERS)}")
    has_ploomber = find_spec("ploomber") is not None
    if name == "ploomber" and not has_ploomber:
        raise CannotRunError(
            Failure(
                "environment",
                "Ploomber must be installed to run the project's pipeline with it",
                help="pip install 'nb2pipe[ploomber]', or verify with: --runner nb2pipe",
            )
        )
    return name or ("ploomber" if has_ploomber else "nb2pipe")


def copy_project(project: Path, target: Path, layout: ProjectLayout) -> None:
    """Copies a project without what it made, its history and its environments."""
    products = {(project / p).resolve() for task in layout.tasks for p in task.products}
    products |= {p.with_name(f".{p.name}.metadata") for p in products}
    never = {".git", ".venv", "venv", "__pycache__", ".ipynb_checkpoints", ".nb2pipe", ".mypy_cache", ".pytest_cache"}

    def ignore(path: str, names: list[str]) -> set[str]:
        here = Path(path).resolve()
        return {n for n in names if n in never or here / n in products}

    shutil.copytree(project, target, symlinks=True, ignore=ignore)


def run_pipeline(
    project: Path, layout: ProjectLayout, workdir: Path, conditions: Conditions, runner: str
) -> PipelineRun:
    """Runs every stage of a project.

    Args:
        project: The copy to run.
        layout: What it is made of.
        workdir: The folder that its stages run in.
        conditions: Under which it runs.
        runner: What runs it, one of `RUNNERS`.

    Raises:
        CannotRunError: A stage fails, or the time is up.
    """
    own = own_files(project, workdir, layout)
    before = read_state(workdir, own)
    variables = dict(conditions.environment)
    if layout.variable:
        variables[layout.variable] = str(workdir)
    start = time.monotonic()
    code, log = _build(project, layout, variables, conditions, RUNNERS[runner])
    seconds = time.monotonic() - start
    if code:
        explain = _explain_report if runner == "nb2pipe" and code != _TIME_IS_UP else _explain
        raise CannotRunError(explain(code, log, project, layout, conditions.timeout))
    return PipelineRun(project, workdir, before, read_state(workdir, own), read_outputs(project, layout), seconds)


def own_files(project: Path, workdir: Path, layout: ProjectLayout) -> tuple[str, ...]:
    """What the runner writes below the working folder, relative to it."""
    paths = [p for task in layout.tasks for p in task.products]
    paths += [f"{os.path.dirname(p)}/.{os.path.basename(p)}.metadata" for p in paths]
    paths += [task.source for task in layout.tasks]
    paths += [os.path.splitext(task.source)[0] + ".ipynb" for task in layout.tasks]
    return tuple(os.path.relpath(project / p, workdir).replace(os.sep, "/") for p in paths)


def _build(
    project: Path,
    layout: ProjectLayout,
    variables: Mapping[str, str],
    conditions: Conditions,
    runner: tuple[str, ...],
) -> tuple[int, str]:
    """Runs the runner; its exit code (124 where the time was up) and what it printed."""
    command = [sys.executable, "-c", *runner]
    begin = time.monotonic()
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        process = subprocess.Popen(
            command,
            cwd=project,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = process.poll()
            while code is None:
                done = sum((project / t.notebook).exists() for t in layout.tasks if t.notebook)
                conditions.tell(f"pipeline: {done} of {len(layout.tasks)} stages")
                if time.monotonic() - begin > conditions.timeout:
                    code = _TIME_IS_UP
                    break
                try:
                    code = process.wait(0.3)
                except subprocess.TimeoutExpired:
                    continue
        finally:
            _stop(process)
        log.seek(0)
        return code, without_colors(log.read())


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ends the runner and the kernels that it started."""
    if process.poll() is not None:
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(10)
        except (ProcessLookupError, PermissionError):
            return
        except subprocess.TimeoutExpired:
            continue
        return


def _explain(code: int, log: str, project: Path, layout: ProjectLayout, timeout: float) -> Failure:
    if code == _TIME_IS_UP:
        return Failure(
            "pipeline",
            f"the pipeline was not done after {timeout:g} seconds",
            detail=tail(log),
            help="give it more time with --timeout",
        )
    match = _TASK_ERROR.search(log)
    stage = match[1] if match else ""
    task = next((t for t in layout.tasks if t.name == stage), None)
    name = value = ""
    detail = tail(log)
    if task is not None and (project / task.notebook).is_file():
        for cell in _read_cells(project / task.notebook):
            for output in cell.get("outputs", ()):
                if output.get("output_type") == "error":
                    name, value = output.get("ename", ""), output.get("evalue", "")
                    detail = tail(without_colors("\n".join(output.get("traceback", ()))))
    said = f"{name}: {value}" if name else next(iter(reversed(log.strip().splitlines())), f"exit code {code}")
    return Failure(
        "pipeline",
        f"the pipeline fails in stage {stage}: {said}" if stage else f"the pipeline fails: {said}",
        stage=stage,
        exception=name,
        detail=detail.replace(str(project), "."),
    )


def _explain_report(code: int, log: str, project: Path, layout: ProjectLayout, timeout: float) -> Failure:
    """What the report of `nb2pipe run --json` says of the first stage that failed."""
    try:
        stages = json.loads(log[log.index("{") : log.rindex("}") + 1])["stages"]
        failed = next(stage for stage in stages if stage["state"] == "failed")
    except (ValueError, KeyError, TypeError, StopIteration):
        return _explain(code, log, project, layout, timeout)
    said = failed.get("failure") or {}
    name = said.get("exception", "")
    message = f"{name}: {said.get('message', '')}" if name else said.get("message", "")
    return Failure(
        "pipeline",
        f"the pipeline fails in stage {failed['name']}: {message}",
        stage=failed["name"],
        exception=name,
        detail=tail(without_colors(said.get("traceback", ""))).replace(str(project), "."),
    )


def _read_cells(path: Path) -> list[Any]:
    nbformat = importlib.import_module("nbformat")
    return [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]


def read_outputs(project: Path, layout: ProjectLayout) -> dict[str, list[Any]]:
    """Stage to the code cells of its executed notebook."""
    return {t.name: _read_cells(project / t.notebook) for t in layout.tasks if t.notebook}


def read_definitions(source: Path) -> tuple[str, ...]:
    """Classes and functions that a stage's hand-over refers to by name, as its source says."""
    try:
        text = source.read_text(encoding="utf-8")
    except OSError:
        return ()
    found = {name for match in _BY_NAME.finditer(text) for name in re.findall(r"\w+", match[1])}
    return tuple(sorted(found))


def read_bundles(path: Path) -> tuple[tuple[str, ...], ...] | None:
    """Which variables a hand-over file holds, in groups that were stored together; None where it cannot be told."""

    class Plain(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            raise pickle.UnpicklingError("an index holds names and numbers only")

    try:
        with open(path, "rb") as file:
            file.seek(-8, os.SEEK_END)
            size = int.from_bytes(file.read(8), "big")
            file.seek(-8 - size, os.SEEK_END)
            index: dict[str, int] = Plain(file).load()
        groups: dict[int, list[str]] = {}
        for name, start in index.items():
            groups.setdefault(start, []).append(name)
        return tuple(tuple(names) for _, names in sorted(groups.items()))
    except (OSError, pickle.UnpicklingError, EOFError, ValueError, AttributeError, TypeError):
        return None
