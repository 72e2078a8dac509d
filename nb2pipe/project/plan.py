"""What to do with each file of a project: last emitted, theirs, new."""

from __future__ import annotations

import hashlib
import os
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from nb2pipe.diagnostics import Diagnostic
from nb2pipe.pipeline.model import Copy, Link, Project
from nb2pipe.project.merge import merge_texts, same_content
from nb2pipe.project.record import FOLDER, Entry, text_entry

Content = str | Copy | Link


@dataclass(frozen=True, slots=True)
class Action:
    """What to do with one file.

    Attributes:
        path: Relative to the project.
        what: Words of `Written`: written, unchanged, removed, kept, merged, forced.
        content: What to write; None leaves the file.
        remove: The file goes.
        entry: What the record says of the file from now on; None forgets it.
        conflict: NB503, where a person's edit and the new conversion disagree.
    """

    path: str
    what: frozenset[str]
    content: Content | None = None
    remove: bool = False
    entry: Entry | None = None
    conflict: Diagnostic | None = None


@dataclass(frozen=True, slots=True)
class _Theirs:
    """What is on disk: an entry to compare with, or something else (a folder, a text that is not UTF-8)."""

    exists: bool
    entry: Entry | None = None


def plan_files(
    root: Path, before: Mapping[str, Entry], project: Mapping[str, Content], force: str
) -> tuple[Action, ...]:
    """Decides about every file, sorted by path.

    Args:
        root: The project's folder, which need not exist.
        before: What was emitted last.
        project: What is emitted now; every copy is of one file.
        force: "theirs", "new" or empty, as `write_project` takes it.
    """
    paths = sorted({*before, *project})
    return tuple(_plan(root, path, before.get(path), project.get(path), force) for path in paths)


def expand_copies(project: Project, root: Path) -> dict[str, Content]:
    """Replaces each copy of a folder by copies of its files, and checks every path.

    Args:
        project: Relative path to content.
        root: The project's folder, which is left out where it is inside a copied one.

    Raises:
        FileNotFoundError: The source of a copy is gone.
        ValueError: A path leads out of the project, or into nb2pipe's own folder.
    """
    expanded: dict[str, Content] = {}
    for path, content in sorted(project.items()):
        if posixpath.normpath(path) != path or path.startswith(("/", "..")) or path.split("/")[0] == FOLDER:
            raise ValueError(f"{path!r} is not a path inside the project")
        if isinstance(content, Copy) and os.path.isdir(content.source):
            for file in _files_below(Path(content.source), root):
                below = file.relative_to(content.source).as_posix()
                expanded.setdefault(f"{path}/{below}", Copy(str(file)))
        else:
            expanded[path] = content
    return expanded


def _files_below(folder: Path, root: Path) -> list[Path]:
    found = []
    for where, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if Path(where, each).resolve() != root and each not in _SKIPPED)
        found += [Path(where, file) for file in sorted(files)]
    return found


#: Folders that tools make, which are no data.
_SKIPPED = frozenset({".git", ".ipynb_checkpoints", "__pycache__"})


def _plan(root: Path, path: str, base: Entry | None, new: Content | None, force: str) -> Action:
    is_text = isinstance(new, str) or (base is not None and base.kind == "text")
    theirs = _read_theirs(root / path, is_text)
    if new is None:
        return _plan_removal(path, base, theirs, force)
    entry = _entry(new)
    if _same(theirs.entry, entry):
        return Action(path, frozenset({"unchanged"}), entry=entry)
    if base is None:
        if not theirs.exists:
            return Action(path, frozenset({"written"}), new, entry=entry)
        return _decide(path, new, entry, force, "was not written by nb2pipe, and now stands where a new file goes")
    if not theirs.exists:
        return _plan_deleted(path, base, new, entry, force)
    if _same(theirs.entry, base):
        return Action(path, frozenset({"written"}), new, entry=entry)
    if _same(entry, base):
        return Action(path, frozenset({"kept"}), entry=entry)
    if _alike(path, theirs.entry, entry):
        return Action(path, frozenset({"unchanged"}), entry=entry)
    if _alike(path, theirs.entry, base):
        return Action(path, frozenset({"written"}), new, entry=entry)
    return _plan_merge(path, base, theirs.entry, new, force)


def _plan_removal(path: str, base: Entry | None, theirs: _Theirs, force: str) -> Action:
    if not theirs.exists:
        return Action(path, frozenset())
    if base is None or _same(theirs.entry, base) or _alike(path, theirs.entry, base):
        return Action(path, frozenset({"removed"}), remove=True)
    if force == "theirs":
        return Action(path, frozenset({"kept", "forced"}))
    if force == "new" and theirs.entry is not None:
        return Action(path, frozenset({"removed", "forced"}), remove=True)
    return Action(path, frozenset(), conflict=_conflict(path, "was edited, and the new conversion no longer has it"))


def _plan_deleted(path: str, base: Entry, new: Content, entry: Entry, force: str) -> Action:
    """A person deleted the file: that stands as long as the conversion does not change it."""
    if force == "new":
        return Action(path, frozenset({"written", "forced"}), new, entry=entry)
    if base.deleted or force == "theirs":
        return Action(path, frozenset({"kept"}), entry=replace(entry, deleted=True))
    if _same(entry, base):
        return Action(path, frozenset({"kept"}), entry=entry)
    return Action(path, frozenset(), conflict=_conflict(path, "was deleted, and the new conversion changes it"))


def _plan_merge(path: str, base: Entry, mine: Entry | None, new: Content, force: str) -> Action:
    where, entry = "", _entry(new)
    if mine is not None and mine.text is not None and base.text is not None and isinstance(new, str):
        merge = merge_texts(path, base.text, mine.text, new)
        if merge.text is not None:
            if merge.text == mine.text:
                return Action(path, frozenset({"kept"}), entry=entry)
            return Action(path, frozenset({"written", "merged"}), merge.text, entry=entry)
        where = _lines(merge.lines)
    return _decide(path, new, entry, force, f"was edited{where}, and the new conversion changes the same place")


def _decide(path: str, new: Content, entry: Entry, force: str, why: str) -> Action:
    if force == "theirs":
        return Action(path, frozenset({"kept", "forced"}), entry=entry)
    if force == "new":
        return Action(path, frozenset({"written", "forced"}), new, entry=entry)
    return Action(path, frozenset(), conflict=_conflict(path, why))


def _conflict(path: str, why: str) -> Diagnostic:
    remedy = (
        f"move your edit of `{path}` elsewhere, or choose: `--force theirs` leaves the file as it is, "
        "`--force new` replaces it"
    )
    return Diagnostic("NB503", f"`{path}` {why}", help=remedy, name=path)


def _lines(lines: tuple[tuple[int, int], ...]) -> str:
    if not lines:
        return ""
    parts = [str(first) if first == last else f"{first}-{last}" for first, last in lines]
    return f" at line {', '.join(parts)}"


def _same(one: Entry | None, other: Entry | None) -> bool:
    """Tells whether two states of a file are equal, byte by byte."""
    if one is None or other is None:
        return False
    if one.text is not None and other.text is not None:
        return one.text == other.text
    return one.digest == other.digest and (one.kind == "link") == (other.kind == "link")


def _alike(path: str, one: Entry | None, other: Entry | None) -> bool:
    """Tells whether two states of a file say the same, though they are not equal: a notebook that was run."""
    if one is None or other is None or one.text is None or other.text is None:
        return False
    return same_content(path, one.text, other.text)


def _entry(content: Content) -> Entry:
    if isinstance(content, Link):
        return Entry("link", content.target)
    if isinstance(content, Copy):
        return Entry("copy", _digest(Path(content.source)))
    return text_entry(content)


def _read_theirs(path: Path, is_text: bool) -> _Theirs:
    if path.is_symlink():
        return _Theirs(True, Entry("link", os.readlink(path)))
    if not path.exists():
        return _Theirs(False)
    if not path.is_file():
        return _Theirs(True)
    if is_text:
        try:
            # A checkout on Windows may have changed the line ends; that is no edit.
            return _Theirs(True, text_entry(path.read_bytes().decode("utf-8").replace("\r\n", "\n")))
        except UnicodeDecodeError:
            pass
    return _Theirs(True, Entry("copy", _digest(path)))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
