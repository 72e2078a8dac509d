"""Which line of the file a line of a cell is, so that machines can annotate the file."""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence

from nb2pipe.notebook.json_places import parse_places
from nb2pipe.notebook.model import Cell


def physical_lines(text: str, cells: Sequence[Cell], file: str) -> Mapping[tuple[int, int], int]:
    """Maps (cell, line inside the cell) to the line of the file, both from 1.

    Args:
        text: The file's text.
        cells: The notebook's cells, as read from it.
        file: Its name; `.ipynb` is read as JSON, others as text that holds the cells' lines in order.

    Returns:
        As many lines as can be found; a file that is not what its name says gives none.
    """
    if not file.endswith(".ipynb"):
        return _lines_of_script(text, cells)
    try:
        return _lines_of_json(text)
    except ValueError:
        return {}


def _lines_of_json(text: str) -> Mapping[tuple[int, int], int]:
    """The pieces of `source` mostly stand one a line; a source that is one string stands on one line."""
    starts = [0, *(i + 1 for i, c in enumerate(text) if c == "\n")]
    found: dict[tuple[int, int], int] = {}
    cells = parse_places(text).members.get("cells")
    for number, cell in enumerate(cells.items if cells else (), 1):
        source = cell.members.get("source")
        if source is None:
            continue
        line = 1
        found[number, line] = bisect.bisect_right(starts, source.start)
        for piece in source.items or (source,):
            content = piece.value if isinstance(piece.value, str) else ""
            where = bisect.bisect_right(starts, piece.start)
            for offset in range(len(content.split("\n"))):
                if offset or content:
                    found[number, line + offset] = where
            line += content.count("\n")
    return found


def _lines_of_script(text: str, cells: Sequence[Cell]) -> Mapping[tuple[int, int], int]:
    """Looks for each cell's lines in order, after the cell before; what is written otherwise is left out."""
    lines = [_bare(line) for line in text.split("\n")]
    found: dict[tuple[int, int], int] = {}
    at = 0
    for cell in cells:
        for number, line in enumerate(cell.source.split("\n"), 1):
            wanted = _bare(line)
            if not wanted:
                continue
            try:
                at = lines.index(wanted, at)
            except ValueError:
                continue
            found[cell.number, number] = at + 1
            at += 1
    return found


def _bare(line: str) -> str:
    """The line without what jupytext puts before commented text and magics."""
    return line.strip().removeprefix("# ").removeprefix("#").strip()
