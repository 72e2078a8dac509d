"""Adds an engine to a project that was emitted before, or takes one away; the notebook is not needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from nb2pipe.diagnostics import Diagnostic, Nb2pipeError
from nb2pipe.targets import CORE, check_targets, find_target, render_targets
from nb2pipe.targets.emitted import FILE, Emitted, read_emitted, write_emitted


@dataclass(frozen=True, slots=True)
class Change:
    """The files of a project's engines after a change.

    Attributes:
        emitted: What the project remembers from now on.
        files: All that its targets add: relative path to text.
        before: The paths that they added before.
        diagnostics: What the targets cannot honour.
    """

    emitted: Emitted
    files: Mapping[str, str]
    before: frozenset[str]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def own(self) -> Mapping[str, str]:
        """What the project keeps in `.nb2pipe/`."""
        return {FILE: write_emitted(self.emitted)}


def add_target(project: Path, name: str, settings: Mapping[str, str], templates: str = "") -> Change:
    """Plans what a project gets with one more engine, or with other settings of one that it has.

    Args:
        project: Its folder.
        name: The target.
        settings: `NAME.KEY` to value; those chosen before stay.
        templates: The user's folder of templates, or empty.

    Raises:
        Nb2pipeError: NB502, the folder holds no project of this nb2pipe.
        UnknownTargetError: There is no target of that name.
        SettingError: It has no setting of a name that was chosen for it.
    """
    find_target(name)
    before = _read(project)
    targets = tuple(dict.fromkeys((*before.targets, name)))
    return _change(before, replace(before, targets=targets, settings={**before.settings, **settings}), templates)


def remove_target(project: Path, name: str, templates: str = "") -> Change:
    """Plans what a project keeps without an engine.

    Raises:
        Nb2pipeError: NB502, the folder holds no project of this nb2pipe, or it has no such target.
    """
    before = _read(project)
    if name not in before.targets:
        has = f"it has {', '.join(before.targets)}" if before.targets else f"it has {CORE} alone"
        raise Nb2pipeError([Diagnostic("NB502", f"`{project}` has no target `{name}`; {has}")])
    settings = {key: value for key, value in before.settings.items() if key.partition(".")[0] != name}
    targets = tuple(each for each in before.targets if each != name)
    return _change(before, replace(before, targets=targets, settings=settings), templates)


def _read(project: Path) -> Emitted:
    found = read_emitted(project)
    if found is None:
        message = f"`{project}` is no project that nb2pipe wrote, or an older nb2pipe wrote it"
        remedy = "name the project's folder with -C, or convert the notebook again"
        raise Nb2pipeError([Diagnostic("NB502", message, help=remedy)])
    return found


def _change(before: Emitted, after: Emitted, templates: str) -> Change:
    paths = render_targets(before.workflow, before.targets, before.settings, templates)
    files = render_targets(after.workflow, after.targets, after.settings, templates)
    found = check_targets(after.workflow, after.targets, after.settings) if after.targets else ()
    return Change(after, files, frozenset(paths), found)
