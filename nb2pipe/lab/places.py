"""Where on disk a path of the front end is: always below the server's root, symbolic links followed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


class OutsideError(Exception):
    """A path leads out of the server's root, or to where its contents manager does not let anybody look."""


def find_root(manager: Any) -> str:
    """The root folder of a contents manager, without symbolic links.

    Raises:
        OutsideError: The manager does not keep its files on this machine's disk.
    """
    root = getattr(manager, "root_dir", "")
    if not root or not hasattr(manager, "_get_os_path"):
        raise OutsideError("this server does not keep its files on a local disk, so nb2pipe cannot work on them")
    return os.path.realpath(str(root))


async def find_place(manager: Any, path: str) -> Path:
    """The absolute place of a path of the front end, which need not exist yet.

    Args:
        manager: The server's contents manager: it says what is below its root, and what is hidden.
        path: Relative to the root, parts divided by `/`.

    Returns:
        The place, symbolic links kept as they are.

    Raises:
        OutsideError: The path leads out of the root, by `..`, as an absolute path or by a symbolic link, or is hidden.
    """
    from jupyter_core.utils import ensure_async
    from tornado.web import HTTPError

    root = find_root(manager)
    outside = OutsideError(f"`{path}` is outside of the folder that this server shows")
    if (
        "\0" in path
        or os.path.isabs(path)
        or path.startswith(("/", "\\"))
        or ".." in path.replace("\\", "/").split("/")
    ):
        raise outside
    try:
        place = str(manager._get_os_path(path))
    except HTTPError as error:
        raise outside from error
    if not is_below(place, root):
        raise outside
    if not manager.allow_hidden and await ensure_async(manager.is_hidden(_existing(manager, path))):
        raise OutsideError(f"`{path}` is hidden, and this server does not show hidden files")
    if not manager.allow_hidden and any(part.startswith(".") for part in path.split("/") if part):
        raise OutsideError(f"`{path}` is hidden, and this server does not show hidden files")
    return Path(os.path.abspath(place))


def is_below(place: str, root: str) -> bool:
    """Whether a place is inside of a folder, symbolic links followed on the way to both."""
    real, real_root = os.path.realpath(place), os.path.realpath(root)
    return real == real_root or real.startswith(real_root.rstrip(os.sep) + os.sep)


def _existing(manager: Any, path: str) -> str:
    """The longest beginning of a path that exists: a manager may ask the disk whether a file is hidden."""
    parts = [part for part in path.split("/") if part]
    while parts and not os.path.lexists(str(manager._get_os_path("/".join(parts)))):
        parts.pop()
    return "/".join(parts)
