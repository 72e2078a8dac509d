"""Decides which stages must run: Ploomber's rules, and looks through what changes nothing.

Ploomber runs a stage when a product or its metadata is missing, its code or parameters differ from those kept, or a stage
that it needs is stale or ended later (`ploomber.products.product`, 0.23.3). On top of that, where nb2pipe ran the stage:
code that differs only in comments or layout is the same code; files that it read, the project's modules that it loaded
without declaring them, and the packages that it loaded count, too.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nb2pipe.run import fingerprint
from nb2pipe.run.metadata import Input, OwnRecord, Record, read_record
from nb2pipe.run.model import Project, RunError, Task, Verdict
from nb2pipe.run.stage_source import StageSource, read_source


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a stage before it runs.

    Attributes:
        record: Its metadata; None where some is missing.
        text: Its file.
        verdict: Whether it must run.
    """

    record: Record | None
    text: str
    verdict: Verdict


class Freshness:
    """Looks at every stage of a project once; a module or file that several stages share is read once."""

    def __init__(self, project: Project, installed: fingerprint.Installed | None = None) -> None:
        self._project = project
        self.installed = installed or fingerprint.Installed()
        self._texts: dict[Path, str] = {}
        self._md5: dict[Path, str] = {}
        self._codes: dict[Path, str] = {}
        self._sources: dict[str, StageSource] = {}
        self._written: set[str] = set()

    def source(self, task: Task) -> StageSource:
        """The stage's notebook.

        Raises:
            RunError: It is not there, or no notebook.
        """
        if task.name not in self._sources:
            self._sources[task.name] = read_source(task.source, self.text(task.source))
        return self._sources[task.name]

    def text(self, path: Path) -> str:
        """A file of the project's code.

        Raises:
            RunError: It is not there.
        """
        if path not in self._texts:
            try:
                self._texts[path] = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                said = getattr(error, "strerror", None) or "it is not UTF-8"
                raise RunError(
                    f"{os.path.relpath(path, self._project.root)} cannot be read: {said}",
                    place=str(self._project.root / "pipeline.yaml"),
                    help="convert the notebook again, or take the file out of pipeline.yaml",
                ) from error
        return self._texts[path]

    def params(self, task: Task) -> dict[str, Any]:
        """The stage's parameters as Ploomber keeps them.

        Raises:
            RunError: A module that pipeline.yaml lists is not there.
        """
        found: dict[str, Any] = {}
        if task.resources:
            found["resources_"] = {key: self._sum(path) for key, path in task.resources.items()}
        return found | dict(task.params)

    def _sum(self, path: Path) -> str:
        if path not in self._md5:
            try:
                self._md5[path] = fingerprint.md5_file(path)
            except OSError:
                self.text(path)
                raise
        return self._md5[path]

    def code(self, path: Path) -> str:
        """A module's code, or what stands for a module that is gone."""
        if path not in self._codes:
            try:
                self._codes[path] = fingerprint.hash_module(path.read_text(encoding="utf-8"))
            except (OSError, UnicodeDecodeError):
                self._codes[path] = ""
        return self._codes[path]

    def look(self) -> dict[str, Known]:
        """Looks at all stages, in their order.

        Raises:
            RunError: A file of the project cannot be read.
        """
        tasks = self._project.tasks
        records = {name: read_record(task) for name, task in tasks.items()}
        self._written = {path for r in records.values() if r and r.own for path in r.own.written}
        found: dict[str, Known] = {}
        for name, task in tasks.items():
            text = self.text(task.source)
            verdict = self._judge(task, records[name], records, found)
            found[name] = Known(records[name], text, verdict)
        return found

    def _judge(
        self, task: Task, record: Record | None, records: Mapping[str, Record | None], earlier: Mapping[str, Known]
    ) -> Verdict:
        if record is None:
            missing = next((p for p in task.products.values() if not p.exists()), None)
            return Verdict(True, f"{missing.name} is not there" if missing else "it did not end")
        for name in task.upstream:
            if earlier[name].verdict.stale:
                return Verdict(True, f"{name} runs")
            upstream = records[name]
            if upstream is None or upstream.timestamp > record.timestamp:
                return Verdict(True, f"{name} ran later")
        own = record.own
        verdicts = [self._judge_params(task, record), self._judge_code(task, record)]
        if own is not None:
            verdicts += [self._judge_own(task, own)]
        stale = next((v for v in verdicts if v.stale), None)
        if stale is not None:
            return stale
        refresh = [v.reason for v in verdicts if v.refresh]
        return Verdict(False, refresh[0] if refresh else "", bool(refresh) or not record.agree)

    def _judge_code(self, task: Task, record: Record) -> Verdict:
        own = record.own
        if own is not None and record.agree and own.source == fingerprint.hash_text(self.text(task.source)):
            return Verdict(False)
        source = self.source(task)
        if source.text == record.code:
            return Verdict(False)
        if own is not None and fingerprint.hash_code(source) == own.code:
            return Verdict(False, "comments only", refresh=True)
        return Verdict(True, f"{task.source.name} changed")

    def _judge_params(self, task: Task, record: Record) -> Verdict:
        kept, now = dict(record.params), self.params(task)
        sums, current = kept.pop("resources_", {}), now.pop("resources_", {})
        if kept != now:
            return Verdict(True, _difference(kept, now))
        if not isinstance(sums, dict) or sums.keys() != current.keys():
            return Verdict(True, "its modules are others")
        changed = [key for key in current if sums[key] != current[key]]
        for key in changed:
            path = task.resources[key]
            known = record.own.modules.get(self._relative(path)) if record.own else None
            if known is None or known != self.code(path):
                return Verdict(True, f"{path.name} changed")
        return Verdict(False, "comments only", refresh=True) if changed else Verdict(False)

    def _judge_own(self, task: Task, own: OwnRecord) -> Verdict:
        declared = {self._relative(p) for p in task.resources.values()}
        for path, code in own.modules.items():
            if path not in declared and self.code(self._project.root / path) != code:
                return Verdict(True, f"{path} changed")
        for key, product in task.products.items():
            if own.sizes.get(key, 0) != product.stat().st_size:
                return Verdict(True, f"{product.name} is not as it was made")
        if own.python != fingerprint.python_version():
            return Verdict(True, f"it ran on {own.python}")
        installed = self.installed.names()
        if missing := next((p for p in own.packages if p not in installed), None):
            return Verdict(True, f"{missing} is no longer installed")
        return self._judge_inputs(own)

    def _judge_inputs(self, own: OwnRecord) -> Verdict:
        touched = False
        for path, known in own.inputs.items():
            if path in self._written:
                continue
            now = look_at(self._project.root / path, known)
            if now is None or now.digest != known.digest:
                return Verdict(True, f"{path} changed")
            touched = touched or now != known
        return Verdict(False, "", refresh=touched)

    def _relative(self, path: Path) -> str:
        return relative(path, self._project.root)


def relative(path: Path, root: Path) -> str:
    """A path as it is kept: relative to the project, with slashes."""
    return os.path.relpath(path, root).replace(os.sep, "/")


def look_at(path: Path, known: Input | None = None) -> Input | None:
    """A file as it is now; read only where its size or time differ from what is known. None where it is gone."""
    try:
        status = path.stat()
        if known is not None and (status.st_size, status.st_mtime_ns) == (known.size, known.changed):
            return known
        return Input(status.st_size, status.st_mtime_ns, fingerprint.hash_file(path))
    except OSError:
        return None


def refreshed(own: OwnRecord, root: Path) -> OwnRecord:
    """Our part of the record with sizes and times as they are now."""
    inputs = {path: look_at(root / path, known) or known for path, known in own.inputs.items()}
    return replace(own, inputs=inputs)


def _difference(kept: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    for name in now:
        if name not in kept:
            return f"{name} is new"
        if kept[name] != now[name]:
            return f"{name}: {_short(kept[name])} → {_short(now[name])}"
    return f"{next(n for n in kept if n not in now)} is gone"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 30 else f"{text[:29]}…"
