"""Three-way merge of texts: the last emitted one, a person's, the new one.

The algorithm is diff3's (Khanna, Kunal, Pierce: A Formal Investigation of Diff3, 2007): the changes of both sides
against the base are laid side by side; where they overlap and differ, the merge conflicts.
"""

from __future__ import annotations

import ast
import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

#: Formats in which each line says something of its own, so that changes of neighbouring lines do not meddle.
_LINE_FORMATS = frozenset({".yaml", ".yml", ".toml", ".gitignore", ".gitattributes"})

#: Parts of a cell's metadata that Jupyter and papermill write when a notebook runs.
_RUN_METADATA = frozenset({"ExecuteTime", "collapsed", "execution", "papermill", "scrolled", "trusted"})


@dataclass(frozen=True, slots=True)
class Merge:
    """What became of a merge.

    Attributes:
        text: The merged text; None where the sides disagree.
        lines: Lines of the person's text that disagree with the new one, as first and last, from 1.
    """

    text: str | None
    lines: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class _Change:
    """Lines `low` to `high` (exclusive) of the base become `lines`."""

    low: int
    high: int
    lines: tuple[str, ...]


def merge_texts(path: str, base: str, theirs: str, new: str) -> Merge:
    """Merges a person's changes of a file and those of the new conversion.

    Args:
        path: The file's path; its suffix says how it is read.
        base: What was emitted last.
        theirs: What a person made of it.
        new: What is emitted now.

    Returns:
        The merged text, never one that cannot be read where both sides can.
    """
    if PurePosixPath(path).suffix == ".ipynb":
        merged = _merge_notebooks(base, theirs, new)
    else:
        merged = merge_lines(base, theirs, new, touching=_suffix(path) in _LINE_FORMATS)
    if merged.text is None or _reads(path, merged.text):
        return merged
    return merged if not (_reads(path, theirs) and _reads(path, new)) else Merge(None)


def same_content(path: str, one: str, other: str) -> bool:
    """Tells whether two texts of a file say the same: of a notebook, outputs and traces of a run do not count."""
    if one == other:
        return True
    if PurePosixPath(path).suffix != ".ipynb":
        return False
    left, right = _read_notebook(one), _read_notebook(other)
    if left is None or right is None:
        return False
    for notebook in (left, right):
        notebook["metadata"] = {k: v for k, v in notebook["metadata"].items() if k != "language_info"}
        notebook["metadata"]["kernelspec"] = notebook["metadata"].get("kernelspec", {}).get("name")
        notebook.pop("nbformat_minor", None)
        for cell in notebook["cells"]:
            cell.pop("id", None)
    return left == right


def merge_lines(base: str, theirs: str, new: str, *, touching: bool = False) -> Merge:
    """Merges line by line.

    Args:
        base: The common text.
        theirs: One side.
        new: The other side.
        touching: Changes of neighbouring lines are independent of each other.
    """
    if theirs in (base, new):
        return Merge(new)
    if new == base:
        return Merge(theirs)
    old, mine, other = (text.split("\n") for text in (base, theirs, new))
    result: list[str] = []
    conflicts: list[tuple[int, int]] = []
    position = shift = 0  # shift: how far lines of `theirs` stand below those of `base`
    for low, high, left, right in _regions(_changes(old, mine), _changes(old, other), touching):
        result += old[position:low]
        left_lines, right_lines = _apply(old, low, high, left), _apply(old, low, high, right)
        if left and right and left_lines != right_lines:
            conflicts.append((low + shift + 1, max(low + shift + len(left_lines), low + shift + 1)))
        result += left_lines if left else right_lines
        shift += len(left_lines) - (high - low)
        position = high
    if conflicts:
        return Merge(None, tuple(conflicts))
    return Merge("\n".join(result + old[position:]))


def _changes(old: Sequence[str], new: Sequence[str]) -> list[_Change]:
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return [
        _Change(low, high, tuple(new[start:end]))
        for tag, low, high, start, end in matcher.get_opcodes()
        if tag != "equal"
    ]


def _regions(
    left: list[_Change], right: list[_Change], touching: bool
) -> list[tuple[int, int, list[_Change], list[_Change]]]:
    """Groups changes of both sides that meet: each group with its range in the base and each side's share."""
    tagged = sorted([(c.low, c.high, 0, c) for c in left] + [(c.low, c.high, 1, c) for c in right], key=lambda t: t[:3])
    regions: list[tuple[int, int, list[_Change], list[_Change]]] = []
    for low, high, side, change in tagged:
        if regions and _meets(regions[-1], low, high, touching):
            start, end, *sides = regions.pop()
        else:
            start, end, sides = low, high, [[], []]
        sides[side].append(change)
        regions.append((start, max(end, high), sides[0], sides[1]))
    return regions


def _meets(region: tuple[int, int, list[_Change], list[_Change]], low: int, high: int, touching: bool) -> bool:
    start, end = region[:2]
    if not touching:
        return low <= end
    return low < end or (low == high == start == end)


def _apply(old: Sequence[str], low: int, high: int, changes: list[_Change]) -> list[str]:
    lines: list[str] = []
    for change in changes:
        lines += [*old[low : change.low], *change.lines]
        low = change.high
    return lines + list(old[low:high])


def _suffix(path: str) -> str:
    pure = PurePosixPath(path)
    return pure.suffix or pure.name


def _reads(path: str, text: str) -> bool:
    """Tells whether a text is what its suffix says; texts of other formats always are."""
    try:
        match PurePosixPath(path).suffix:
            case ".py":
                ast.parse(text)
            case ".ipynb" | ".json":
                json.loads(text)
            case ".toml":
                import tomllib

                tomllib.loads(text)
            case ".yaml" | ".yml":
                import yaml

                yaml.safe_load(text)
    except Exception:  # each parser has errors of its own, and none of them is ours to handle
        return False
    return True


def _merge_notebooks(base: str, theirs: str, new: str) -> Merge:
    """Merges the cells of notebooks, line by line; the person's metadata and the new format's version stay."""
    notebooks = [_read_notebook(text) for text in (base, theirs, new)]
    if any(notebook is None for notebook in notebooks):
        return merge_lines(base, theirs, new)
    cells = [_write_json({"cells": notebook["cells"]}) for notebook in notebooks if notebook]
    merged = merge_lines(cells[0], cells[1], cells[2])
    try:
        parts = json.loads(merged.text) if merged.text else None
    except ValueError:
        parts = None
    if parts is None or notebooks[1] is None or notebooks[2] is None:
        return Merge(None)  # lines of the cells alone would point nowhere
    whole = {**notebooks[2], "metadata": notebooks[1]["metadata"], "cells": parts["cells"]}
    return Merge(_write_json(whole))


def _read_notebook(text: str) -> dict[str, Any] | None:
    """Reads a notebook, without outputs and what else a run adds to cells; None where it is not one."""
    try:
        notebook: dict[str, Any] = json.loads(text)
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell["outputs"], cell["execution_count"] = [], None
            kept = {k: v for k, v in cell.get("metadata", {}).items() if k not in _RUN_METADATA}
            cell["metadata"] = {k: v for k, v in kept.items() if k != "tags" or v}
            if isinstance(cell["source"], str):
                cell["source"] = cell["source"].splitlines(keepends=True)
        metadata = notebook["metadata"]
        notebook["metadata"] = {k: v for k, v in metadata.items() if k not in _RUN_METADATA}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return notebook


def _write_json(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
