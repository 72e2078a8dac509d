"""Writes a project: all of it or nothing, only what changed, and never over a person's edits."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nb2pipe.diagnostics import Nb2pipeError
from nb2pipe.pipeline.model import Project
from nb2pipe.project import swap
from nb2pipe.project.place import check_inside, check_place, explain_failure
from nb2pipe.project.plan import Action, expand_copies, plan_files
from nb2pipe.project.record import Entry, read_record, render_record

__all__ = ["Written", "check_place", "write_project"]


@dataclass(frozen=True, slots=True)
class Written:
    """What writing a project did; relative paths, sorted.

    Attributes:
        written: Files that are new or have new content.
        unchanged: Files that were already right; not touched.
        removed: Files that the project no longer has.
        kept: Files that a person edited or deleted, left as they are.
        merged: Those of `written` that hold a person's edits as well.
        conflicts: Files where both disagreed and `force` chose a side.
    """

    written: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()


def write_project(project: Project, out: Path, *, notebook_folder: Path | None = None, force: str = "") -> Written:
    """Writes a project to a folder.

    What was emitted last is kept in `<out>/.nb2pipe/`; with it, a person's edits are told from nb2pipe's own text and merged
    with what changed (last emitted, theirs, new). Files that a person added stay, and so does `products/`.

    Args:
        project: Relative path to content.
        out: The folder: new, empty, or written by nb2pipe before.
        notebook_folder: Folder of the notebook; the project cannot be written there.
        force: Which side wins in a file where a person's edit and the new conversion disagree: "theirs"
            leaves the file as it is, "new" replaces it; empty refuses.

    Returns:
        What was done.

    Raises:
        Nb2pipeError: NB501, NB502, NB503 (one for each file) or NB504; then nothing was changed.
        ValueError: A path of `project` leads out of it.
    """
    if force not in ("", "theirs", "new"):
        raise ValueError(f'force is "theirs", "new" or empty, not {force!r}')
    real = Path(os.path.realpath(out))
    try:
        if real.is_dir():
            with swap.lock(real):
                swap.recover(real)
                return _write(project, out, real, notebook_folder, force)
        return _write(project, out, real, notebook_folder, force)
    except OSError as error:
        raise Nb2pipeError([explain_failure(out, error)]) from error


def _write(project: Project, out: Path, real: Path, notebook_folder: Path | None, force: str) -> Written:
    if problems := check_place(out, notebook_folder):
        raise Nb2pipeError(problems)
    before = read_record(real) or {}
    actions = plan_files(real, before, expand_copies(project, real), force)
    if conflicts := [action.conflict for action in actions if action.conflict]:
        raise Nb2pipeError(conflicts)
    contents = {action.path: action.content for action in actions if action.content is not None}
    removed = [action.path for action in actions if action.remove]
    for path in (*contents, *removed):
        check_inside(real, path, removed)
    after = {action.path: action.entry for action in actions if action.entry is not None}
    if real.is_dir():
        record, gone = _record_changes(real, before, after)
        if contents or removed or record or gone:
            swap.change_files(real, {**contents, **record}, [*removed, *gone])
    else:
        swap.create_folder(real, {**contents, **render_record(after)})
    return _summarize(actions)


def _record_changes(
    real: Path, before: Mapping[str, Entry], after: Mapping[str, Entry]
) -> tuple[dict[str, str], list[str]]:
    """Gives the files of the record that differ from what is on disk, and those to remove."""
    wanted = render_record(after)
    changed = {path: text for path, text in wanted.items() if _differs(real / path, text)}
    gone = [path for path in render_record(before) if path not in wanted and (real / path).is_file()]
    return changed, gone


def _differs(path: Path, text: str) -> bool:
    try:
        return path.read_bytes().replace(b"\r\n", b"\n") != text.encode("utf-8")
    except FileNotFoundError:
        return True


def _summarize(actions: tuple[Action, ...]) -> Written:
    def paths(what: str) -> tuple[str, ...]:
        return tuple(action.path for action in actions if what in action.what)

    return Written(*(paths(field) for field in ("written", "unchanged", "removed", "kept", "merged", "forced")))
