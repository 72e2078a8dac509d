"""Where a project may be written."""

from __future__ import annotations

import errno
import os
from collections.abc import Collection
from pathlib import Path

from nb2pipe.diagnostics import Diagnostic, Nb2pipeError
from nb2pipe.project.record import MANIFEST
from nb2pipe.project.swap import UnfinishedError

#: What may stand in a folder that counts as empty: a repository that was just made.
_NOTHING = frozenset({".git"})

_NO_PERMISSION = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_NO_PLACE = frozenset({errno.ENOTDIR, errno.ENAMETOOLONG, errno.EINVAL, errno.ELOOP}) | _NO_PERMISSION


def check_place(out: Path, notebook_folder: Path | None = None) -> tuple[Diagnostic, ...]:
    """Tells why a project cannot be written to a folder, before any work is done.

    Args:
        out: The folder.
        notebook_folder: Folder of the notebook that is converted.

    Returns:
        Nothing, or one error: NB501 where the folder holds something else, NB504 where it is not a usable place.
    """
    try:
        return _check(out, Path(os.path.realpath(out)), notebook_folder)
    except OSError as error:
        return (explain_failure(out, error),)


def _check(out: Path, real: Path, notebook_folder: Path | None) -> tuple[Diagnostic, ...]:
    special = {Path(real.anchor): "the root of the file system", Path(os.path.expanduser("~")): "your home folder"}
    if notebook_folder is not None:
        special[Path(os.path.realpath(notebook_folder))] = "the notebook's own folder"
    for folder, what in special.items():
        if real in (folder, Path(os.path.realpath(folder))):
            return (_unusable(f"`{out}` is {what}", "name a folder of its own for the project"),)
    above = next((parent for parent in (real, *real.parents) if os.path.lexists(parent)), real)
    if not above.is_dir():
        return (_unusable(f"`{above}` is not a folder", "choose another place"),)
    if not os.access(above, os.W_OK | os.X_OK):
        return (_unusable(f"`{above}` may not be written to", "choose another place, or change its permissions"),)
    if real.is_dir() and not (real / MANIFEST).exists():
        others = sorted(set(os.listdir(real)) - _NOTHING)
        if others:
            message = f"`{out}` holds files that nb2pipe did not write, such as `{others[0]}`"
            return (Diagnostic("NB501", message, help="name a folder that is empty or does not exist yet"),)
    return ()


def explain_failure(out: Path, error: OSError) -> Diagnostic:
    """Says why writing failed: NB504 for a place that cannot be written to, else NB502."""
    why = error.strerror or str(error)
    if isinstance(error, FileNotFoundError) and error.filename:
        why += f": `{error.filename}`"
    if isinstance(error, UnfinishedError):
        remedy = "remove the cause, then convert again: that first completes what this conversion had begun"
        return Diagnostic("NB502", f"writing the project to `{out}` stopped half way: {why}", help=remedy)
    if isinstance(error, BlockingIOError):
        remedy = "wait until the other conversion into this folder has ended, then convert again"
        return Diagnostic("NB502", f"another conversion is writing to `{out}`", help=remedy)
    if error.errno in _NO_PLACE:
        place = error.filename or out
        return _unusable(f"`{place}` cannot be written to: {why}", "choose another place, or change its permissions")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        remedy = "free some space on that disk, then convert again; the folder is as it was"
    else:
        remedy = "remove the cause, then convert again; the folder is as it was"
    return Diagnostic("NB502", f"the project cannot be written to `{out}`: {why}", help=remedy)


def check_inside(real: Path, path: str, removed: Collection[str] = ()) -> None:
    """Makes sure that writing a file of a project changes nothing outside of it.

    Args:
        real: The project's folder.
        path: Of the file, relative to it.
        removed: Files that will be gone by then.

    Raises:
        Nb2pipeError: NB504, a folder on the way is a symbolic link or a file.
    """
    for above in Path(path).parents[:-1]:
        parent = real / above
        if parent.is_symlink():
            message = f"`{parent}` is a symbolic link, so `{path}` would be written elsewhere"
            raise Nb2pipeError([_unusable(message, "replace the link by a folder, or convert into a new folder")])
        if parent.is_file() and above.as_posix() not in removed:
            message = f"`{parent}` is a file, where the project has a folder"
            raise Nb2pipeError([_unusable(message, "move the file away, or convert into a new folder")])


def _unusable(message: str, remedy: str) -> Diagnostic:
    return Diagnostic("NB504", message, help=remedy)
