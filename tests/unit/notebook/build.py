"""Builds notebooks for tests from short rows."""

from __future__ import annotations

from nb2pipe.notebook.model import Cell, CellKind, Notebook

KINDS = {"code": CellKind.CODE, "md": CellKind.MARKDOWN, "raw": CellKind.RAW}


def notebook(*rows: str | tuple[str, ...]) -> Notebook:
    """A notebook of rows: `(kind, source, *tags)`, or just the source of an untagged code cell."""
    cells: list[Cell] = []
    for number, row in enumerate(rows, 1):
        kind, source, *tags = ("code", row) if isinstance(row, str) else row
        cells.append(Cell(number, KINDS[kind], source, tuple(tags)))
    return Notebook("sales", "/data", "sales.ipynb", tuple(cells))


def code(source: str, *tags: str) -> tuple[str, ...]:
    return ("code", source, *tags)


def md(source: str, *tags: str) -> tuple[str, ...]:
    return ("md", source, *tags)
