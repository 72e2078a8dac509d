"""Writes a project: all of it or nothing, only what changed, and never over a person's edits."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nb2pipe.diagnostics import Diagnostic, Nb2pipeError
from nb2pipe.pipeline.model import Copy, Link, Project
from nb2pipe.project import swap
from nb2pipe.project.place import check_inside, check_place, explain_failure
from nb2pipe.project.plan import Action, expand_copies, plan_files
from nb2pipe.project.record import FOLDER, Entry, base_path, read_record, render_record

__all__ = ["Written", "check_place", "read_project", "write_project"]


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


def write_project(
    project: Project,
    out: Path,
    *,
    notebook_folder: Path | None = None,
    force: str = "",
    own: Mapping[str, str] | None = None,
) -> Written:
    """Writes a project to a folder.

    What was emitted last is kept in `<out>/.nb2pipe/`; with it, a person's edits are told from nb2pipe's own text and merged
    with what changed (last emitted, theirs, new). Files that a person added stay, and so does `products/`.

    Args:
        project: Relative path to content.
        out: The folder: new, empty, or written by nb2pipe before.
        notebook_folder: Folder of the notebook; the project cannot be written there.
        force: Which side wins in a file where a person's edit and the new conversion disagree: "theirs"
            leaves the file as it is, "new" replaces it; empty refuses.
        own: What else is kept in `.nb2pipe/`: name to text.

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
                return _write(project, out, real, notebook_folder, force, own or {})
        return _write(project, out, real, notebook_folder, force, own or {})
    except OSError as error:
        raise Nb2pipeError([explain_failure(out, error)]) from error


def read_project(out: Path) -> Project | None:
    """Reads what was emitted last into a folder, without what a person changed; `None` where nothing was.

    Raises:
        Nb2pipeError: NB502, the record cannot be read, or lost a text.
    """
    record = read_record(out)
    return None if record is None else {path: _emitted(out, path, entry) for path, entry in record.items()}


def _emitted(out: Path, path: str, entry: Entry) -> str | Copy | Link:
    if entry.kind == "link":
        return Link(entry.digest)
    if entry.kind == "copy":
        return Copy(os.path.abspath(out / path))
    if entry.text is None:
        message = f"`{base_path(path)}` in `{out}` is lost"
        remedy = "take it from the repository's history, or convert the notebook again"
        raise Nb2pipeError([Diagnostic("NB502", message, help=remedy)])
    return entry.text


def _write(
    project: Project, out: Path, real: Path, notebook_folder: Path | None, force: str, own: Mapping[str, str]
) -> Written:
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
    kept = {f"{FOLDER}/{name}": text for name, text in own.items()}
    if real.is_dir():
        record, gone = _record_changes(real, before, after)
        record |= {path: text for path, text in kept.items() if _differs(real / path, text)}
        if contents or removed or record or gone:
            swap.change_files(real, {**contents, **record}, [*removed, *gone])
    else:
        swap.create_folder(real, {**contents, **render_record(after), **kept})
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
