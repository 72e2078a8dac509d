"""A pipeline as engines see it: tasks with names, order, parameters, files and hints; plain values that JSON holds.

A project keeps it in `.nb2pipe/workflow.json`, so that `nb2pipe target add` can add an engine without the notebook.
"""

from __future__ import annotations

import dataclasses
import json
import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nb2pipe.pipeline.model import JsonValue, Parameter, Pipeline, Sources, Stage

_VERSION = 1


#: How amounts are written: cores or thousandths of one, memory as Kubernetes has it, whole devices, whole seconds.
_AMOUNTS = {"cpu": r"\d+(\.\d+)?|\d+m", "memory": r"\d+(\.\d+)?\s*[kKMGT]?i?B?", "gpu": r"\d+", "timeout": r"\d+"}


def is_amount(resource: str, text: str) -> bool:
    """Whether a text is an amount of a resource, such as `4Gi` of `memory`; of resources by other names any text is."""
    return resource not in _AMOUNTS or re.fullmatch(_AMOUNTS[resource], text) is not None


@dataclass(frozen=True, slots=True)
class TaskParameter:
    """A parameter of the workflow.

    Attributes:
        name: The variable.
        key: Its name in params.yaml.
        value: Its value in the notebook.
        comment: What the notebook says of it, or empty.
    """

    name: str
    key: str
    value: JsonValue
    comment: str = ""

    @property
    def is_text(self) -> bool:
        """Whether it is a text, which engines hand over as it is, not as JSON."""
        return isinstance(self.value, str)


@dataclass(frozen=True, slots=True)
class TaskHint:
    """A hint of a tag: `limit:cpu=2` is kind `limit`, key `cpu`, value `2`."""

    kind: str
    key: str
    value: str

    @property
    def tag(self) -> str:
        """The tag as it is written."""
        return f"{self.kind}:{self.key}{'=' if self.key and self.value else ''}{self.value}"


@dataclass(frozen=True, slots=True)
class Task:
    """A stage as engines see it.

    Attributes:
        name: Its name, a Python identifier.
        title: For people.
        summary: What it does, in a sentence, or empty.
        stem: Name of its files, without suffix.
        upstream: Names of the tasks that it waits for, in order.
        products: What it makes beside the executed notebook: `data`, `metrics`.
        outputs: Variables that it hands over, each with its type.
        parameters: Names of its parameters.
        sources: Files of the project that its result depends on.
        reads: Files that it reads, relative to the working folder; `*` for any.
        writes: Files that it writes, in the same way.
        hints: Of its tags.
        plots: It may show pictures.
    """

    name: str
    title: str
    summary: str
    stem: str
    upstream: tuple[str, ...]
    products: tuple[str, ...]
    outputs: tuple[tuple[str, str], ...]
    parameters: tuple[str, ...]
    sources: tuple[str, ...]
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    hints: tuple[TaskHint, ...] = ()
    plots: bool = False

    def values_of(self, kind: str) -> tuple[tuple[str, str], ...]:
        """Key and value of each hint of a kind."""
        return tuple((hint.key, hint.value) for hint in self.hints if hint.kind == kind)

    @property
    def image(self) -> str:
        """The container image that a tag asks for, or empty."""
        return next((value for _, value in self.values_of("image")), "")

    @property
    def limits(self) -> Mapping[str, str]:
        """Resource to amount, as the tags say: `cpu`, `memory`, `gpu`, `timeout` or a Kubernetes name; amounts that are none left out."""
        return {key: value for key, value in self.values_of("limit") if is_amount(key, value)}

    @property
    def secrets(self) -> tuple[str, ...]:
        """Names of the secrets that it needs."""
        return tuple(f"{key}={value}" if key and value else key or value for key, value in self.values_of("secret"))

    @property
    def may_cache(self) -> bool:
        """False where a tag says that its results must not be reused."""
        words = {value.lower() for _, value in self.values_of("cache")}
        return not words & {"disabled", "disable", "false", "off", "no", "never", "0", "p0d"}


@dataclass(frozen=True, slots=True)
class Workflow:
    """A whole pipeline as engines see it.

    Attributes:
        name: The project's name.
        package: Its import package.
        title: For people.
        description: What it is for, or empty.
        tasks: Each after those that it waits for.
        parameters: Those that some task reads.
        workdir: Working folder of the tasks, relative to the project.
        carries_files: The working folder is inside the project, so that a worker that has the project has it.
        data_files: Files that the project carries, relative to the working folder.
        python: Version of Python, such as `3.11`.
        requirements: What pyproject.toml asks for.
    """

    name: str
    package: str
    title: str
    description: str
    tasks: tuple[Task, ...]
    parameters: tuple[TaskParameter, ...]
    workdir: str
    carries_files: bool
    data_files: tuple[str, ...]
    python: str
    requirements: tuple[str, ...]

    def task(self, name: str) -> Task:
        """The task of that name. Raises KeyError where there is none."""
        return {task.name: task for task in self.tasks}[name]

    def parameter(self, name: str) -> TaskParameter:
        """The parameter of that name. Raises KeyError where there is none."""
        return {parameter.name: parameter for parameter in self.parameters}[name]

    def ancestors(self, name: str) -> tuple[str, ...]:
        """Names of all tasks that must run before one, in order."""
        wanted = set(self.task(name).upstream)
        for task in reversed(self.tasks):
            if task.name in wanted:
                wanted |= set(task.upstream)
        return tuple(task.name for task in self.tasks if task.name in wanted)

    @property
    def final_tasks(self) -> tuple[Task, ...]:
        """The tasks that no other waits for."""
        needed = {name for task in self.tasks for name in task.upstream}
        return tuple(task for task in self.tasks if task.name not in needed)


def make_workflow(
    pipeline: Pipeline, sources: Sources, keys: Mapping[str, str], requirements: Iterable[str]
) -> Workflow:
    """Gives what engines see of a pipeline.

    Args:
        pipeline: All that is known of it.
        sources: The Python that was rendered for it.
        keys: Each parameter that can be handed over, and its key in params.yaml.
        requirements: What pyproject.toml asks for.
    """
    return Workflow(
        name=pipeline.name,
        package=pipeline.package,
        title=pipeline.title,
        description=" ".join(pipeline.description.split()),
        tasks=tuple(_task(stage, sources, keys) for stage in pipeline.stages),
        parameters=tuple(_parameter(each, keys) for each in pipeline.parameters if each.name in keys),
        workdir=pipeline.workdir,
        carries_files=not pipeline.runs_in_place,
        data_files=tuple(sorted(posixpath.normpath(each.path) for each in pipeline.data_files)),
        python=pipeline.python,
        requirements=tuple(requirements),
    )


def _task(stage: Stage, sources: Sources, keys: Mapping[str, str]) -> Task:
    products = (*(("data",) if stage.hands_over else ()), *(("metrics",) if stage.metrics else ()))
    return Task(
        name=stage.name,
        title=stage.title,
        summary=stage.summary,
        stem=stage.stem,
        upstream=stage.upstream,
        products=products,
        outputs=tuple((each.name, each.type) for each in stage.outputs),
        parameters=tuple(name for name in stage.parameters if name in keys),
        sources=(f"stages/{stage.stem}.ipynb", *sources.uses.get(stage.name, ())),
        reads=stage.reads,
        writes=stage.writes,
        hints=tuple(TaskHint(hint.kind, hint.key, hint.value) for hint in stage.hints),
        plots=stage.plots,
    )


def _parameter(parameter: Parameter, keys: Mapping[str, str]) -> TaskParameter:
    return TaskParameter(parameter.name, keys[parameter.name], parameter.value, " ".join(parameter.comment.split()))


def write_workflow(workflow: Workflow) -> str:
    """Writes a workflow as JSON."""
    return json.dumps({"version": _VERSION, **dataclasses.asdict(workflow)}, indent=1, ensure_ascii=False) + "\n"


def read_workflow(text: str) -> Workflow:
    """Reads what `write_workflow` wrote.

    Raises:
        ValueError: It is of another version, or not a workflow.
    """
    data = json.loads(text)
    if not isinstance(data, dict) or data.pop("version", None) != _VERSION:
        raise ValueError(f"it is not a workflow of version {_VERSION}")
    try:
        tasks = tuple(_read_task(each) for each in data.pop("tasks"))
        parameters = tuple(TaskParameter(**each) for each in data.pop("parameters"))
        return Workflow(tasks=tasks, parameters=parameters, **_with_tuples(data))
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"it is not a workflow: {error}") from error


def _read_task(data: dict[str, Any]) -> Task:
    hints = tuple(TaskHint(**each) for each in data.pop("hints"))
    outputs = tuple((str(name), str(kind)) for name, kind in data.pop("outputs"))
    return Task(hints=hints, outputs=outputs, **_with_tuples(data))


def _with_tuples(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
