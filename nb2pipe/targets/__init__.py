"""Engines that a pipeline can be emitted for: one module each, found by name.

A package adds an engine by an entry point of the group `nb2pipe.targets` that names a module with a function
`render_project(pipeline, sources, options) -> Project`, or the function. A module may also have a function
`check_project(pipeline) -> tuple[Diagnostic, ...]` that says what the engine cannot honour.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TypeAlias, cast

from nb2pipe.diagnostics import Diagnostic
from nb2pipe.options import Options
from nb2pipe.pipeline.model import Pipeline, Project, Sources

#: What a target is: it turns a pipeline and its Python sources into a project.
RenderProject: TypeAlias = Callable[[Pipeline, Sources, Options], Project]

#: What a target may have as well: it warns of what the engine cannot honour.
CheckProject: TypeAlias = Callable[[Pipeline], tuple[Diagnostic, ...]]

GROUP = "nb2pipe.targets"

#: The built-in targets; an entry point cannot take one of these names.
BUILT_IN = ("ploomber",)


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


def target_names() -> tuple[str, ...]:
    """Lists the names of all targets, the built-in ones first."""
    return BUILT_IN + tuple(sorted(set(_plugins()) - set(BUILT_IN)))


def find_target(name: str) -> RenderProject:
    """Finds a target.

    Args:
        name: Of the target, such as `ploomber`.

    Returns:
        Its `render_project`.

    Raises:
        UnknownTargetError: There is none of that name.
    """
    loaded = _load(name)
    return cast(RenderProject, getattr(loaded, "render_project", loaded))


def find_check(name: str) -> CheckProject:
    """Finds a target's `check_project`; of one that has none, a check that finds nothing.

    Raises:
        UnknownTargetError: There is no target of that name.
    """
    return cast(CheckProject, getattr(_load(name), "check_project", lambda _pipeline: ()))


def _load(name: str) -> object:
    if name in BUILT_IN:
        return importlib.import_module(f"{__name__}.{name}")
    plugins = _plugins()
    if name not in plugins:
        raise UnknownTargetError(name, target_names())
    return plugins[name]()


def _plugins() -> dict[str, Callable[[], object]]:
    from importlib import metadata

    return {point.name: point.load for point in metadata.entry_points(group=GROUP)}
