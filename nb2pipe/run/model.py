"""What a run is about: tasks, what is known of them, and what became of them. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any


class RunError(Exception):
    """A project that cannot be run as asked.

    Attributes:
        place: The file (and what in it) that is meant.
        help: What to do about it.
        usage: The command was wrong, not the project.
    """

    def __init__(self, message: str, *, place: str = "", help: str = "", usage: bool = False) -> None:
        super().__init__(message)
        self.place = place
        self.help = help
        self.usage = usage


@dataclass(frozen=True, slots=True)
class Task:
    """A task of pipeline.yaml.

    Attributes:
        name: The stage.
        source: Its notebook: an absolute path.
        products: Key to absolute path, in the order of pipeline.yaml.
        notebook: The key of the executed notebook.
        upstream: Stages that it needs, in the order of pipeline.yaml.
        params: Parameters with their values, without `resources_`.
        resources: Modules that it is made of: name to absolute path.
    """

    name: str
    source: Path
    products: Mapping[str, Path]
    notebook: str
    upstream: tuple[str, ...]
    params: Mapping[str, Any]
    resources: Mapping[str, Path]

    @property
    def notebook_path(self) -> Path:
        """Where the executed notebook is written."""
        return self.products[self.notebook]

    @property
    def failed_path(self) -> Path:
        """Where the notebook of a run that failed is written."""
        path = self.notebook_path
        return path.with_name(f"{path.stem}.failed{path.suffix}")


@dataclass(frozen=True, slots=True)
class Project:
    """A project as pipeline.yaml and env.yaml describe it.

    Attributes:
        root: Its folder.
        tasks: By name, each after those that it needs.
        env: The values of placeholders, as this run has them.
    """

    root: Path
    tasks: Mapping[str, Task]
    env: Mapping[str, Any]

    def downstream(self, name: str) -> set[str]:
        """The stages that need `name`, directly or not."""
        found: set[str] = set()
        for task in self.tasks.values():
            if task.name != name and any(u == name or u in found for u in task.upstream):
                found.add(task.name)
        return found

    def needed_by(self, name: str) -> set[str]:
        """The stages that `name` needs, directly or not."""
        found: set[str] = set()
        waiting = list(self.tasks[name].upstream)
        while waiting:
            each = waiting.pop()
            if each not in found:
                found.add(each)
                waiting += self.tasks[each].upstream
        return found


class State(Enum):
    """What became, or will become, of a stage."""

    WAITING = "waiting"
    RUNNING = "running"
    RAN = "ran"
    CACHED = "cached"
    FAILED = "failed"
    BLOCKED = "blocked"  # something that it needs failed
    STOPPED = "stopped"  # by Ctrl-C


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a stage must run.

    Attributes:
        stale: It must.
        reason: Why, in a few words; for a fresh one, what was looked through (such as comments), or empty.
        refresh: Fresh, but its text changed: metadata and notebook must be brought up to date.
    """

    stale: bool
    reason: str = ""
    refresh: bool = False


@dataclass(frozen=True, slots=True)
class FailurePlace:
    """Where a stage failed.

    Attributes:
        cell: Its number in the stage's notebook (from 1, markdown included), 0 where none is known.
        line: The line in that cell, 0 where none is known.
        source: The line's text.
        file: The stage's notebook, relative to the project.
        module: The module of the project in which it failed, where it was called from the cell.
        module_line: The line there.
    """

    cell: int = 0
    line: int = 0
    source: str = ""
    file: str = ""
    module: str = ""
    module_line: int = 0


@dataclass(frozen=True, slots=True)
class StageResult:
    """What a stage's process reports.

    Attributes:
        ok: It ran to its end.
        exception: The exception's class, where it failed.
        message: What the exception says.
        traceback: Text for a terminal, without colours.
        output: What the failing cell had printed.
        place: Where it failed.
        notebook: The executed notebook up to there, relative to the project; empty where there is none.
        peak: Peak memory of the process in bytes.
        modules: Local modules that were loaded: absolute paths.
        inputs: Local files that were read: absolute paths.
        packages: Top-level packages that were loaded from elsewhere.
    """

    ok: bool
    exception: str = ""
    message: str = ""
    traceback: str = ""
    output: str = ""
    place: FailurePlace = field(default_factory=FailurePlace)
    notebook: str = ""
    peak: int = 0
    modules: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StageReport:
    """What became of a stage.

    Attributes:
        name: The stage.
        state: What became of it.
        reason: Why it ran or not.
        seconds: How long it took.
        result: What its process reported; None where there was none.
        notes: What a user should know, such as that a real kernel was used.
    """

    name: str
    state: State
    reason: str = ""
    seconds: float = 0.0
    result: StageResult | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunReport:
    """What became of a run.

    Attributes:
        stages: In the order of the project.
        seconds: How long all of it took.
        interrupted: Ctrl-C ended it.
    """

    stages: tuple[StageReport, ...]
    seconds: float
    interrupted: bool = False

    @property
    def ok(self) -> bool:
        """Every stage that was asked for is there and fresh."""
        return not self.interrupted and all(s.state in (State.RAN, State.CACHED) for s in self.stages)
