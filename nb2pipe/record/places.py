"""Temporary copies to run in, and which files a run wrote."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

#: Folders that are copied whole: up to this many bytes and files. Of larger ones, big files become links.
MOST_BYTES = 200 * 1024 * 1024
MOST_FILES = 20_000
_BIG = 1024 * 1024
#: Names of folders that no copy takes along.
LEFT_OUT = frozenset(
    {"__pycache__", ".ipynb_checkpoints", ".git", ".venv", "venv", "node_modules", ".mypy_cache", ".ruff_cache"}
)

#: Relative path to what tells whether a file was written: time of change and size.
State = Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Place:
    """A copy to run in.

    Attributes:
        root: The folder that was copied: the notebook's, or one above it where its code goes there.
        folder: The notebook's folder, in the copy.
        linked: Big files that are links to the originals, not copies.
    """

    root: Path
    folder: Path
    linked: tuple[str, ...] = ()


def copy_place(folder: Path, target: Path, levels: int, without: Path | None) -> Place:
    """Copies a notebook's folder.

    Args:
        folder: The notebook's folder.
        target: The folder to copy into; the copy has the name of what is copied.
        levels: How many folders above to take along, where they are small enough.
        without: A folder that is left out: the project.
    """
    root = folder
    for above in list(folder.parents)[:levels]:
        if above == Path(above.anchor) or above == Path.home() or _measure(above) is None:
            break
        root = above
    target.mkdir(parents=True, exist_ok=True)
    linked = _copy(root, target / root.name, without)
    return Place(target / root.name, target / root.name / folder.relative_to(root), linked)


def _measure(folder: Path) -> int | None:
    """Bytes in a folder; None where it is too large."""
    total = files = 0
    for path, folders, names in os.walk(folder):
        folders[:] = [f for f in folders if f not in LEFT_OUT]
        for name in names:
            files += 1
            try:
                total += os.lstat(os.path.join(path, name)).st_size
            except OSError:
                continue
        if total > MOST_BYTES or files > MOST_FILES:
            return None
    return total


def _copy(source: Path, target: Path, without: Path | None) -> tuple[str, ...]:
    small = _measure(source) is not None
    linked: list[str] = []
    left_out = without.resolve() if without else None

    def ignore(path: str, names: list[str]) -> set[str]:
        here = Path(path)
        return {
            n
            for n in names
            if n in LEFT_OUT or (left_out is not None and n == left_out.name and (here / n).resolve() == left_out)
        }

    def copy(origin: str, copied: str) -> str:
        if not small and os.path.getsize(origin) > _BIG:
            os.symlink(os.path.abspath(origin), copied)
            linked.append(os.path.relpath(origin, source))
            return copied
        return str(shutil.copy2(origin, copied))

    shutil.copytree(source, target, symlinks=True, ignore=ignore, copy_function=copy, ignore_dangling_symlinks=True)
    return tuple(sorted(linked))


def read_state(folder: Path, without: Iterable[str] = ()) -> State:
    """Every file below a folder, with what tells whether it was written since.

    Args:
        folder: Where to look.
        without: Relative paths of files and folders to leave out.
    """
    left_out = set(without)
    state: dict[str, tuple[int, int]] = {}
    for path, folders, names in os.walk(folder):
        inside = os.path.relpath(path, folder).replace(os.sep, "/")
        prefix = "" if inside == "." else f"{inside}/"
        folders[:] = sorted(f for f in folders if f not in LEFT_OUT and f"{prefix}{f}" not in left_out)
        for name in sorted(names):
            relative = f"{prefix}{name}"
            if relative in left_out:
                continue
            try:
                found = os.lstat(os.path.join(path, name))
            except OSError:
                continue
            state[relative] = (found.st_mtime_ns, found.st_size)
    return state


def written(before: State, after: State) -> tuple[str, ...]:
    """Files that are new, changed or gone, sorted."""
    return tuple(sorted(p for p in {*before, *after} if before.get(p) != after.get(p)))
