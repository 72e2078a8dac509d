"""Prepares a stage for its process, and puts what came out in its place: metadata goes first, and comes back last."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nb2pipe.run import fingerprint
from nb2pipe.run.document import update_sources
from nb2pipe.run.files import sync, sync_folder, write_atomically
from nb2pipe.run.freshness import Freshness, look_at, refreshed, relative
from nb2pipe.run.kernelspec import read_kernelspec
from nb2pipe.run.metadata import OwnRecord, Record, delete_record, read_record, write_record
from nb2pipe.run.model import FailurePlace, Project, StageResult, Task
from nb2pipe.run.stage_source import StageSource, parameters_of, render_notebook, write_parameters


@dataclass(frozen=True, slots=True)
class Job:
    """A stage on its way.

    Attributes:
        task: The stage.
        source: Its notebook, as it was when the stage began.
        record: Its metadata but for what only the end of the run knows.
        temporary: Where its process writes the notebook.
        report: Where its process writes what happened.
        log: Where its process writes what goes past the notebook.
        started: When it began, in seconds of the monotonic clock.
    """

    task: Task
    source: StageSource
    record: Record
    temporary: Path
    report: Path
    log: Path
    started: float


class Jobs:
    """Stages of one run of one project."""

    def __init__(self, project: Project, freshness: Freshness, folder: Path) -> None:
        self._project = project
        self._freshness = freshness
        self._folder = folder
        self._specs: dict[str, dict[str, Any]] = {}
        self._temporary: dict[Path, list[str]] = {}

    def kernelspec(self, source: StageSource) -> dict[str, Any]:
        """The kernel that a stage's notebook names."""
        name = str(source.metadata.get("kernelspec", {}).get("name", "python3"))
        if name not in self._specs:
            self._specs[name] = {"name": name, **read_kernelspec(name)}
        return self._specs[name]

    def prepare(self, task: Task) -> tuple[Job, Path]:
        """Takes the stage's metadata away, and writes what its process needs to know.

        Returns:
            The job, and the file for its process.

        Raises:
            OSError: The disk refuses.
        """
        source = self._freshness.source(task)
        own = OwnRecord(
            source=fingerprint.hash_text(self._freshness.text(task.source)),
            code=fingerprint.hash_code(source),
            modules={},
            inputs={},
            written=(),
            sizes={},
            python=fingerprint.python_version(),
            packages=(),
        )
        record = Record(0.0, source.text, self._freshness.params(task), own)
        spec = self.kernelspec(source)
        shown: dict[str, Any] = (
            {k: spec[k] for k in ("display_name", "language", "name") if k in spec} if "argv" in spec else {}
        )
        document = render_notebook(source, parameters_of(task, self._project), shown)
        delete_record(task)
        for product in task.products.values():
            product.parent.mkdir(parents=True, exist_ok=True)
            self._remove_leftovers(product)
        notebook = task.notebook_path
        job = Job(
            task=task,
            source=source,
            record=record,
            temporary=notebook.with_name(f".{notebook.stem}.{os.getpid()}.tmp.ipynb"),
            report=self._folder / f"{_file_name(task.name)}.report.json",
            log=self._folder / f"{_file_name(task.name)}.log",
            started=time.monotonic(),
        )
        job.report.unlink(missing_ok=True)
        file = self._folder / f"{_file_name(task.name)}.job.json"
        content = {
            "root": str(self._project.root),
            "document": document,
            "source": str(task.source),
            "output": str(notebook),
            "temporary": str(job.temporary),
            "failed": str(task.failed_path),
            "report": str(job.report),
        }
        file.write_text(json.dumps(content), encoding="utf-8")
        return job, file

    def _remove_leftovers(self, product: Path) -> None:
        """Removes what was left beside a product before this run began."""
        folder = product.parent
        if folder not in self._temporary:
            self._temporary[folder] = [n for n in os.listdir(folder) if re.match(r"\..+\.\d+(\.|$)", n)]
        for name in self._temporary[folder]:
            if _is_leftover(name, product):
                (folder / name).unlink(missing_ok=True)

    def finish(self, job: Job, status: int) -> StageResult:
        """Puts the products of a stage whose process ended in their places, if it was well.

        Raises:
            OSError: The disk refuses.
        """
        result, written = self._read_report(job, status)
        if result.ok:
            missing = [p for k, p in job.task.products.items() if k != job.task.notebook and not p.exists()]
            if missing:
                message = f"the stage ended, but did not write {relative(missing[0], self._project.root)}"
                result = StageResult(False, "", message, place=FailurePlace(file=str(job.task.source)))
        if not result.ok:
            job.temporary.unlink(missing_ok=True)
            return result
        for key, product in job.task.products.items():
            if key != job.task.notebook:
                sync(product)
        os.replace(job.temporary, job.task.notebook_path)
        for folder in {p.parent for p in job.task.products.values()}:
            sync_folder(folder)
        job.task.failed_path.unlink(missing_ok=True)
        write_record(job.task, self._complete(job, result, written))
        return result

    def _complete(self, job: Job, result: StageResult, written: tuple[str, ...]) -> Record:
        assert job.record.own is not None
        root = self._project.root
        products = {str(p) for t in self._project.tasks.values() for p in t.products.values()}
        modules = {*map(Path, result.modules), *job.task.resources.values()}
        inputs = {}
        for path in result.inputs:
            if path not in products and (seen := look_at(Path(path))) is not None:
                inputs[relative(Path(path), root)] = seen
        own = OwnRecord(
            source=job.record.own.source,
            code=job.record.own.code,
            modules={relative(p, root): self._freshness.code(p) for p in sorted(modules) if p != job.task.source},
            inputs=inputs,
            written=tuple(relative(Path(p), root) for p in written if p not in products),
            sizes={k: p.stat().st_size for k, p in job.task.products.items()},
            python=job.record.own.python,
            packages=self._freshness.installed.of_modules(result.packages),
        )
        return Record(time.time(), job.record.code, job.record.params, own)

    def _read_report(self, job: Job, status: int) -> tuple[StageResult, tuple[str, ...]]:
        try:
            content = json.loads(job.report.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return self._explain_death(job, status), ()
        place = content.pop("place", {})
        written = tuple(content.pop("written", ()))
        known: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in content.items()}
        notebook = "" if known["ok"] else relative(job.task.failed_path, self._project.root)
        return StageResult(**known, place=FailurePlace(**place), notebook=notebook), written

    def _explain_death(self, job: Job, status: int) -> StageResult:
        """What is known of a process that ended without a report."""
        import signal

        try:
            log = job.log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            log = ""
        message = f"its process ended with exit code {status}"
        if status < 0:
            name = signal.Signals(-status).name
            more = " (the system does that when memory runs out)" if name == "SIGKILL" else ""
            message = f"its process was ended by {name}{more}"
        place = FailurePlace(file=relative(job.task.source, self._project.root))
        return StageResult(False, "", message, traceback=log.strip(), place=place)

    def refresh(self, task: Task) -> None:
        """Brings the metadata and the text of the notebook of a fresh stage up to date, without running it.

        Raises:
            OSError: The disk refuses.
        """
        record = read_record(task)
        if record is None:
            return
        source = self._freshness.source(task)
        if source.text != record.code:
            injected = write_parameters(parameters_of(task, self._project))
            text = update_sources(task.notebook_path, source.cells, injected)
            if text is not None:
                write_atomically(task.notebook_path, text)
        own = record.own
        if own is not None:
            sizes = {k: p.stat().st_size for k, p in task.products.items()}
            code = fingerprint.hash_text(self._freshness.text(task.source))
            kept = refreshed(own, self._project.root)
            own = OwnRecord(code, own.code, own.modules, kept.inputs, own.written, sizes, own.python, own.packages)
        write_record(task, Record(record.timestamp, source.text, self._freshness.params(task), own))

    def forget_overwritten(self, tasks: Mapping[str, Task]) -> None:
        """Takes files out of what stages read that a later stage of this run has changed.

        Raises:
            OSError: The disk refuses.
        """
        for task in tasks.values():
            record = read_record(task)
            if record is None or record.own is None:
                continue
            kept = {p: i for p, i in record.own.inputs.items() if look_at(self._project.root / p, i) == i}
            if kept.keys() != record.own.inputs.keys():
                own = record.own
                own = OwnRecord(
                    own.source, own.code, own.modules, kept, own.written, own.sizes, own.python, own.packages
                )
                write_record(task, Record(record.timestamp, record.code, record.params, own))


def _file_name(stage: str) -> str:
    return re.sub(r"\W", "-", stage) + "-" + fingerprint.hash_text(stage)[:6]


def _is_leftover(name: str, product: Path) -> bool:
    """Whether a file is what a run that was killed left beside a product."""
    whole = re.compile(
        rf"\.\.?{re.escape(product.name)}(\.metadata)?\.\d+|\.{re.escape(product.stem)}\.\d+\.tmp(\.given)?\.ipynb"
    )
    return bool(whole.fullmatch(name))
