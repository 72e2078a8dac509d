"""Takes the products of a run that an engine made, in place of running the pipeline.

They stand where the engine left them, in one of the ways in which the project's `engines/run_stage.py` writes them: all in one
folder (`clean.pkl`), a folder for each stage (`clean/clean.pkl`), or in a store, where `clean/manifest.json` says which attempt counts.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from nb2pipe.record.places import read_state
from nb2pipe.verify.model import CannotRunError, Conditions, Failure
from nb2pipe.verify.notebook_run import tail
from nb2pipe.verify.pipeline_run import PipelineRun, ProjectLayout, Task, own_files, read_outputs


def take_products(
    place: str, project: Path, layout: ProjectLayout, workdir: Path, conditions: Conditions
) -> PipelineRun:
    """Lays an engine's products into a copy of the project, as if its pipeline had run there.

    Args:
        place: Where they are: a folder or a URL.
        project: The copy.
        layout: What it is made of.
        workdir: The folder in which its stages would run.
        conditions: How long it may take, and who is told.

    Raises:
        CannotRunError: A product is missing, or the place cannot be read.
    """
    conditions.tell("fetching the products")
    start = time.monotonic()
    own = own_files(project, workdir, layout)
    before = read_state(workdir, own)
    with tempfile.TemporaryDirectory(prefix="nb2pipe-") as scratch:
        source = Path(place)
        if "://" in place or any((source / task.name / "manifest.json").is_file() for task in layout.tasks):
            source = Path(scratch)
            _fetch(place, project, source, conditions)
        folders = {task.name: source / task.name if (source / task.name).is_dir() else source for task in layout.tasks}
        for task in layout.tasks:
            _copy(task, folders[task.name], project)
        sees_files = not layout.runs_in_place and source not in folders.values()
        if sees_files:
            _lay_files(folders.values(), [task.name for task in layout.tasks], workdir)
    seconds = time.monotonic() - start
    after = read_state(workdir, own)
    return PipelineRun(project, workdir, before, after, read_outputs(project, layout), seconds, sees_files)


def _fetch(place: str, project: Path, folder: Path, conditions: Conditions) -> None:
    """Lets the project's own code fetch them."""
    script = project / "engines" / "store.py"
    if not script.is_file():
        raise _failure(f"{place} is a store, and the project has no engines/store.py", "nb2pipe target add NAME")
    try:
        done = subprocess.run(
            [sys.executable, str(script), place, str(folder)],
            env=dict(conditions.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=conditions.timeout,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _failure(f"the products at {place} did not come within {conditions.timeout:g} seconds", "") from error
    if done.returncode:
        said = done.stdout.decode(errors="replace")
        last = said.strip().rpartition("\n")[2]
        raise CannotRunError(
            Failure("pipeline", f"the products at {place} cannot be fetched: {last}", detail=tail(said))
        )


def _copy(task: Task, folder: Path, project: Path) -> None:
    for product in task.products:
        source = folder / Path(product).name
        if not source.is_file():
            raise _failure(
                f"the product {Path(product).name} of stage {task.name} is not in {folder}",
                "let the engine run the stage, or compare without --products",
            )
        (project / product).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, project / product)


def _lay_files(folders: Iterable[Path], order: list[str], workdir: Path) -> None:
    """Does to the working folder what the stages did to files; of several, the last stage's counts."""
    done: dict[str, tuple[int, Path]] = {}
    for folder in folders:
        listing = folder / "files.json"
        for path, stage in json.loads(listing.read_text(encoding="utf-8")).items() if listing.is_file() else ():
            place = order.index(stage)
            if path not in done or place > done[path][0]:
                done[path] = (place, folder / "files" / path)
    for path, (_, source) in sorted(done.items()):
        target = workdir / path
        if source.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        elif source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        elif target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)


def _failure(message: str, remedy: str) -> CannotRunError:
    return CannotRunError(Failure("pipeline", message, help=remedy))
