"""Puts new files in the place of old ones: all of them, or none.

A folder cannot be exchanged as a whole while it also holds a person's files, so this works as a database does: new files
are first written completely beside the old ones, in `.nb2pipe/staging/`, with a link to each old one; then a journal
says what is about to happen; then files are renamed into place. A failure before the journal leaves the old state,
one after it is undone. A process that dies while files are renamed (a few milliseconds) leaves the journal, from which
the next call goes on; one that dies before leaves the old state.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nb2pipe.pipeline.model import Copy, Link
from nb2pipe.project.record import FOLDER

if sys.platform != "win32":
    import fcntl

Content = str | Copy | Link

_STAGING = f"{FOLDER}/staging"
_OLD = f"{_STAGING}/old"
_JOURNAL = f"{FOLDER}/journal.json"
_UNDO = f"{FOLDER}/undo.json"


@dataclass(frozen=True, slots=True)
class _Step:
    """One change: the file `path` is replaced by `staged` (in the staging folder), or, where empty, removed."""

    path: str
    staged: str
    had_old: bool

    def to_json(self) -> list[object]:
        return [self.path, self.staged, self.had_old]


class UnfinishedError(OSError):
    """A change stopped half way, and undoing it did, too."""


def create_folder(folder: Path, contents: Mapping[str, Content]) -> None:
    """Makes a new folder with its files; it appears complete or not at all.

    Args:
        folder: Where; nothing is there yet.
        contents: Relative path to content.

    Raises:
        OSError: It could not be made; what was begun is removed.
    """
    made = [parent for parent in folder.parents if not parent.exists()]
    staging = folder.parent / f".{folder.name}.nb2pipe-new"
    with contextlib.ExitStack() as stack:
        stack.push(_remove_on_error(made))
        folder.parent.mkdir(parents=True, exist_ok=True)
        staging.mkdir(exist_ok=True)  # it may be there from a process that died
        stack.enter_context(lock(staging))
        try:
            _clear(staging)
            for path, content in contents.items():
                _write(staging / path, content)
            _sync_parents(staging, contents)
            staging.rename(folder)
        except BaseException:
            shutil.rmtree(staging, ignore_errors=True)
            raise
    with contextlib.suppress(OSError):  # the folder is there, complete
        _sync(folder.parent)


def change_files(folder: Path, contents: Mapping[str, Content], removed: Sequence[str]) -> None:
    """Replaces, adds and removes files of a folder that exists.

    Args:
        folder: The folder, without traces of a process that died (see `recover`).
        contents: Relative path to new content.
        removed: Relative paths of files to remove; folders that this empties go as well.

    Raises:
        UnfinishedError: It could be neither done nor undone; `recover` goes on from there.
        OSError: It could not be done; every file is as it was.
    """
    own = folder / FOLDER
    had_own = own.exists()
    made: list[Path] = []
    try:
        (folder / _OLD).mkdir(parents=True)
        steps = _stage(folder, contents, removed)
        journal = folder / _STAGING / "journal.json"
        _write(journal, json.dumps([step.to_json() for step in steps], indent=1) + "\n")
        _sync(folder / _STAGING)
        os.replace(journal, folder / _JOURNAL)
        _sync(own)
        _apply(folder, steps, made)
    except BaseException:
        try:
            _undo(folder)
        except OSError as error:
            raise UnfinishedError(error.errno, error.strerror, error.filename) from error
        for parent in sorted(made, reverse=True):
            _remove_empty(parent)
        if not had_own:
            shutil.rmtree(own, ignore_errors=True)
        raise
    _finish(folder, steps)


def recover(folder: Path) -> None:
    """Finishes what a process that died had begun in a folder, or clears it away.

    Raises:
        OSError: That could not be done; calling it again goes on from there.
    """
    if (folder / _UNDO).exists():
        _undo(folder)
    elif (folder / _JOURNAL).exists():
        steps = _read_steps(folder / _JOURNAL)
        _apply(folder, steps, [])
        _finish(folder, steps)
    elif (folder / _STAGING).exists():
        shutil.rmtree(folder / _STAGING)
    _remove_empty(folder / FOLDER)


@contextlib.contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Holds a folder, so that two conversions do not write into it at once; the second fails with BlockingIOError."""
    if sys.platform == "win32":
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def _stage(folder: Path, contents: Mapping[str, Content], removed: Sequence[str]) -> list[_Step]:
    """Writes the new files, keeps the old ones under a second name, and gives the steps that remain."""
    steps = [_Step(path, "", os.path.lexists(folder / path)) for path in removed]
    for number, (path, content) in enumerate(contents.items()):
        target, staged = folder / path, folder / _STAGING / str(number)
        _write(staged, content)
        if not isinstance(content, Link) and target.is_file() and not target.is_symlink():
            shutil.copymode(target, staged)
        steps.append(_Step(path, str(number), os.path.lexists(target) and not _is_folder(target)))
    for number, step in enumerate(steps):
        if step.had_old:
            _keep(folder / step.path, folder / _OLD / str(number))
    return steps


def _keep(path: Path, kept: Path) -> None:
    """Gives a file a second name: a hard link, or a copy where the file system has none."""
    try:
        os.link(path, kept, follow_symlinks=False)
    except (OSError, NotImplementedError) as error:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        shutil.copy2(path, kept, follow_symlinks=False)


def _apply(folder: Path, steps: Sequence[_Step], made: list[Path]) -> None:
    """Renames files into place; steps that are done already are passed over."""
    for step in steps:
        target, staged = folder / step.path, folder / _STAGING / step.staged
        if not step.staged:
            target.unlink(missing_ok=True)
        elif os.path.lexists(staged):
            made += [parent for parent in target.parents if not parent.exists()]
            target.parent.mkdir(parents=True, exist_ok=True)
            if _is_folder(target):
                target.rmdir()
            os.replace(staged, target)
    _sync_parents(folder, [step.path for step in steps])


def _undo(folder: Path) -> None:
    """Gives every file its old content back, by renames alone, as there may be no space."""
    with contextlib.suppress(FileNotFoundError):
        os.replace(folder / _JOURNAL, folder / _UNDO)  # whoever finds it must not go forward any more
    if (folder / _UNDO).exists():
        for number, step in enumerate(_read_steps(folder / _UNDO)):
            target, kept = folder / step.path, folder / _OLD / str(number)
            if not step.had_old:
                if not _is_folder(target):
                    target.unlink(missing_ok=True)
            elif os.path.lexists(kept):
                target.parent.mkdir(parents=True, exist_ok=True)
                os.replace(kept, target)  # does nothing where both are names of the same file
        (folder / _UNDO).unlink()
    shutil.rmtree(folder / _STAGING, ignore_errors=True)


def _finish(folder: Path, steps: Sequence[_Step]) -> None:
    """Removes the traces of a change that is complete, and the folders that it emptied."""
    (folder / _JOURNAL).unlink(missing_ok=True)
    shutil.rmtree(folder / _STAGING, ignore_errors=True)
    for step in steps:
        if not step.staged:
            for parent in Path(step.path).parents[:-1]:
                _remove_empty(folder / parent)


def _read_steps(journal: Path) -> list[_Step]:
    return [_Step(*fields) for fields in json.loads(journal.read_text(encoding="utf-8"))]


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _remove_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()


def _remove_on_error(folders: Sequence[Path]) -> Callable[..., None]:
    def leave(kind: object, *_: object) -> None:
        if kind is not None:
            for folder in folders:
                _remove_empty(folder)

    return leave


def _write(path: Path, content: Content) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, Link):
        path.symlink_to(content.target)
        return
    with path.open("wb") as file:
        if isinstance(content, Copy):
            with open(content.source, "rb") as source:
                shutil.copyfileobj(source, file, 1 << 20)
        else:
            file.write(content.encode("utf-8"))
        file.flush()
        os.fsync(file.fileno())


def _clear(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _sync_parents(root: Path, paths: Iterable[str]) -> None:
    folders = {(root / path).parent for path in paths}
    for folder in sorted(folders):
        if folder.is_dir():
            _sync(folder)


def _sync(folder: Path) -> None:
    """Makes names in a folder last: https://man7.org/linux/man-pages/man2/fsync.2.html."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
