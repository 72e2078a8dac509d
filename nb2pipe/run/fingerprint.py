"""Fingerprints of what a stage depends on: code without comments and layout, files, installed packages."""

from __future__ import annotations

import ast
import hashlib
import io
import os
import re
import sys
import tokenize
import warnings
from collections.abc import Collection, Iterable
from pathlib import Path

from nb2pipe.run.stage_source import StageSource


def hash_text(text: str) -> str:
    """A text, to the character."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def hash_file(path: Path) -> str:
    """A file's content.

    Raises:
        OSError: It cannot be read.
    """
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()


def md5_file(path: Path) -> str:
    """A file's content as Ploomber keeps it for `resources_`.

    Raises:
        OSError: It cannot be read.
    """
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def hash_module(text: str) -> str:
    """A module's code: comments and layout do not count, docstrings do."""
    return hash_text(_normalize(text))


def hash_code(source: StageSource) -> str:
    """A stage's code cells with their tags: comments, layout and prose do not count."""
    parts = []
    for cell in source.cells:
        if cell.kind == "code":
            parts.append(f"{sorted(cell.tags)}\0{_hides_value(cell.source)}\0{_normalize(cell.source)}")
    return hash_text("\0\0".join(parts))


def _normalize(text: str) -> str:
    """The syntax tree as text; for what is not plain Python (magics) the text itself."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            return ast.dump(compile(text, "<stage>", "exec", flags, dont_inherit=True))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text


def _hides_value(text: str) -> bool:
    """Whether the cell ends with `;`, so that its last value is not shown."""
    last = ""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type not in (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER, tokenize.DEDENT):
                last = token.string
    except (tokenize.TokenError, SyntaxError, IndentationError):
        return text.rstrip().endswith(";")
    return last == ";"


def python_version() -> str:
    """The interpreter that stages run in."""
    return f"{sys.implementation.name} {'.'.join(map(str, sys.version_info[:3]))}"


class Installed:
    """The packages that are installed where this process finds them; read when they are asked for."""

    def __init__(self, folders: Iterable[str] | None = None) -> None:
        self._folders = [Path(f) for f in (sys.path if folders is None else folders) if f and os.path.isdir(f)]
        self._names: dict[str, Path] | None = None
        self._by_module: dict[str, str] | None = None

    def names(self) -> Collection[str]:
        """Name and version of each: `pandas-3.0.0`."""
        return self._found().keys()

    def of_modules(self, modules: Iterable[str]) -> tuple[str, ...]:
        """The packages that top-level modules belong to; modules that belong to none are left out."""
        plain = {_plain(name.rpartition("-")[0]): name for name in self.names()}
        found: set[str] = set()
        left: set[str] = set()
        for module in modules:
            name = plain.get(_plain(module))
            (found if name else left).add(name or module)
        if left:
            by_module = self._modules()
            found.update(by_module[m] for m in left if m in by_module)
        return tuple(sorted(found))

    def _found(self) -> dict[str, Path]:
        if self._names is None:
            self._names = {}
            for folder in self._folders:
                for name in os.listdir(folder):
                    if name.endswith(".dist-info"):
                        self._names.setdefault(name.removesuffix(".dist-info"), folder / name)
        return self._names

    def _modules(self) -> dict[str, str]:
        if self._by_module is None:
            self._by_module = {}
            for name, folder in sorted(self._found().items()):
                for module in _top_level(folder):
                    self._by_module.setdefault(module, name)
        return self._by_module


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _top_level(folder: Path) -> set[str]:
    try:
        listed = (folder / "top_level.txt").read_text(encoding="utf-8").split()
        return set(listed)
    except OSError:
        pass
    try:
        record = (folder / "RECORD").read_text(encoding="utf-8")
    except OSError:
        return set()
    found = {line.partition(",")[0].partition("/")[0] for line in record.splitlines()}
    return {name.removesuffix(".py").partition(".")[0] for name in found if not name.endswith(".dist-info")}
