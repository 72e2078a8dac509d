"""Engines that a pipeline can be emitted for: one module each, found by name.

The core of a project is rendered by `ploomber`, and knows no other engine. A target adds files beside it. Its module has

- `SUPPORT`, a `Support`: what the engine can honour;
- `SETTINGS`, a tuple of `Setting`: what a user can choose, by `--set NAME.KEY=VALUE` or in `[tool.nb2pipe.targets.NAME]`;
- `render_files(workflow, settings, templates)`: the files, relative path to text;
- and it may have `check_workflow(workflow, settings)`: diagnostics of what it cannot honour beyond hints.

A package adds a target by an entry point of the group `nb2pipe.targets` that names such a module.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from nb2pipe.diagnostics import Diagnostic, Span
from nb2pipe.targets.workflow import TaskHint, Workflow, is_amount

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "nb2pipe.targets"

#: The target that renders the core of every project; it is no engine to add.
CORE = "ploomber"

#: The built-in targets; an entry point cannot take one of these names.
BUILT_IN = (CORE, "dvc", "azureml", "kubeflow", "airflow", "argo", "dagster", "dask", "snakemake", "slurm")


@dataclass(frozen=True, slots=True)
class Setting:
    """Something that a user can choose of a target.

    Attributes:
        name: Its key, such as `schedule`.
        default: Its value where none is chosen; empty means none.
        help: What it is, in a sentence.
        number: `whole` or `real` where it is a number that is not negative; empty for texts.
    """

    name: str
    default: str
    help: str
    number: str = ""

    def accepts(self, value: str) -> bool:
        """Whether a value can be chosen."""
        patterns = {"": ".*", "whole": r"\d+", "real": r"\d+(\.\d+)?"}
        return re.fullmatch(patterns[self.number], value, re.DOTALL) is not None


@dataclass(frozen=True, slots=True)
class Support:
    """What a target can do; the table in docs/reference/targets.md is made of it. An empty text means that it cannot.

    Attributes:
        engine: The engine's name for people, such as `Apache Airflow`.
        tested: The versions that CI runs, such as `apache-airflow 3.3.2`.
        parameters: How parameters reach it.
        caching: Who decides that a result is reused.
        resources: What becomes of `limit:` tags.
        secrets: What becomes of `secret:` tags.
        schedule: How it runs by the clock.
        retries: Who tries again.
        artifacts: Where products go.
        proof: What CI runs, without a cluster.
        hints: The kinds of hints that it honours; of others it warns (NB310).
        limits: The keys of `limit:` that it honours; None for all.
    """

    engine: str
    tested: str
    parameters: str = ""
    caching: str = ""
    resources: str = ""
    secrets: str = ""
    schedule: str = ""
    retries: str = ""
    artifacts: str = ""
    proof: str = ""
    hints: frozenset[str] = frozenset()
    limits: frozenset[str] | None = None


class Target(Protocol):
    """A target's module."""

    SUPPORT: Support
    SETTINGS: tuple[Setting, ...]

    def render_files(self, workflow: Workflow, settings: Mapping[str, str], templates: str) -> Mapping[str, str]:
        """Renders the files that the target adds: relative path to text; `templates` is the user's folder or empty."""
        ...


class UnknownTargetError(Exception):
    """There is no such target.

    Attributes:
        name: What was asked for.
        known: The names that there are.
    """

    def __init__(self, name: str, known: tuple[str, ...]):
        self.name = name
        self.known = known
        super().__init__(f"there is no target `{name}`; there are {', '.join(known)}")


class SettingError(Exception):
    """A setting that no target has; the message says what there is."""


def target_names() -> tuple[str, ...]:
    """Lists the names of all targets, the built-in ones first."""
    return BUILT_IN + tuple(sorted(set(_plugins()) - set(BUILT_IN)))


def engine_names() -> tuple[str, ...]:
    """Lists the names of the targets that add an engine to the core."""
    return tuple(name for name in target_names() if name != CORE)


def find_target(name: str) -> Target:
    """Finds the module of a target that adds an engine.

    Raises:
        UnknownTargetError: There is none of that name.
    """
    if name in BUILT_IN and name != CORE:
        return cast(Target, importlib.import_module(f"{__name__}.{name}"))
    plugin = _plugins().get(name)
    if plugin is None or name == CORE:
        raise UnknownTargetError(name, engine_names())
    return cast(Target, plugin.load())


def choose_settings(name: str, chosen: Mapping[str, str]) -> dict[str, str]:
    """Gives every setting of a target its value: what was chosen, else the default.

    Args:
        name: The target.
        chosen: `NAME.KEY` to value, of any targets.

    Raises:
        SettingError: The target has no setting of a name that was chosen for it, or not of that value.
        UnknownTargetError: There is no target of that name.
    """
    known_settings = {setting.name: setting for setting in find_target(name).SETTINGS}
    values = {setting.name: setting.default for setting in known_settings.values()}
    for key, value in chosen.items():
        target, _, setting = key.partition(".")
        if target == name:
            if setting not in values:
                known = f"it has {', '.join(sorted(values))}" if values else "it has none"
                raise SettingError(f"the target `{name}` has no setting `{setting}`; {known}")
            if not known_settings[setting].accepts(value):
                kind = "a whole number" if known_settings[setting].number == "whole" else "a number"
                raise SettingError(f"`{name}.{setting}` must be {kind}, not {value!r}")
            values[setting] = value
    return values


def render_targets(
    workflow: Workflow, names: Iterable[str], chosen: Mapping[str, str], templates: str = ""
) -> dict[str, str]:
    """Renders what targets add to a project, and the stage command that they share.

    Args:
        workflow: What to run.
        names: The targets; the core is none of them.
        chosen: `NAME.KEY` to value, of any targets.
        templates: The user's folder of templates, or empty.

    Returns:
        Relative path to text; nothing where there are no targets.

    Raises:
        SettingError: A target has no setting of a name that was chosen for it.
        UnknownTargetError: There is no target of that name.
        Nb2pipeError: NB502, for a template of the user's that is broken.
    """
    from nb2pipe.targets.stage_command import render_stage_command

    files: dict[str, str] = {}
    for name in names:
        if name != CORE:
            files |= find_target(name).render_files(workflow, choose_settings(name, chosen), templates)
    return {**render_stage_command(workflow, templates), **files} if files else {}


def check_targets(
    workflow: Workflow,
    names: Iterable[str],
    chosen: Mapping[str, str],
    places: Mapping[tuple[str, str], Span] | None = None,
) -> tuple[Diagnostic, ...]:
    """Says what targets cannot honour: hints (NB310), and what each finds itself.

    Args:
        workflow: What to run.
        names: The targets; where the core is the only one, it is the one that cannot honour any hint.
        chosen: `NAME.KEY` to value, of any targets.
        places: Where the tag of a stage stands, by both their names.

    Raises:
        SettingError: A target has no setting of a name that was chosen for it.
        UnknownTargetError: There is no target of that name.
    """
    engines = [name for name in names if name != CORE]
    found: list[Diagnostic] = []
    for name in engines or [CORE]:
        support = find_target(name).SUPPORT if name != CORE else Support("Ploomber", "")
        for task in workflow.tasks:
            for hint in task.hints:
                if hint.kind != "parquet" and not _honours(support, hint):
                    found.append(
                        Diagnostic(
                            "NB310",
                            f"the target `{name}` cannot honour `{hint.tag}`",
                            (places or {}).get((task.name, hint.tag), Span()),
                            help="take the tag off, or emit for an engine that can: nb2pipe target list",
                            name=task.name,
                        )
                    )
    if engines and not workflow.carries_files:
        found.append(
            Diagnostic(
                "NB315",
                "the stages run in the notebook's folder, which is outside the project: workers must see it at the same place",
                help="name files by literal relative paths (NB401), so that the project carries them",
            )
        )
    for name in engines:
        check = getattr(find_target(name), "check_workflow", None)
        found += check(workflow, choose_settings(name, chosen)) if check else ()
    return tuple(found)


def _honours(support: Support, hint: TaskHint) -> bool:
    if hint.kind == "limit" and not is_amount(hint.key, hint.value):
        return False
    known = support.limits is None or hint.kind != "limit" or hint.key in support.limits
    return known and hint.kind in support.hints


def _plugins() -> dict[str, EntryPoint]:
    from importlib import metadata

    return {point.name: point for point in metadata.entry_points(group=GROUP)}
