"""Edits of a notebook: what quick fixes and proposals would change, as the front end makes them too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from nb2pipe.notebook.model import Notebook


@dataclass(frozen=True, slots=True)
class TagEdit:
    """Takes tags off a cell and gives it others.

    Attributes:
        cell: Its number, from 1.
        remove: Tags to take off; one that it lacks is no mistake.
        add: Tags to give it, at the end; one that it has stays where it is.
    """

    cell: int
    remove: tuple[str, ...] = ()
    add: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As the payloads have it."""
        return {"kind": "tags", "cell": self.cell, "remove": list(self.remove), "add": list(self.add)}


@dataclass(frozen=True, slots=True)
class MoveEdit:
    """Moves a cell to where another stands now."""

    cell: int
    to: int

    def as_json(self) -> dict[str, Any]:
        """As the payloads have it."""
        return {"kind": "move", "cell": self.cell, "to": self.to}


Edit = TagEdit | MoveEdit


def parse_edit(data: dict[str, Any]) -> Edit:
    """An edit from its JSON, which fits the schema."""
    if data["kind"] == "move":
        return MoveEdit(data["cell"], data["to"])
    return TagEdit(data["cell"], tuple(data["remove"]), tuple(data["add"]))


def apply_edits(notebook: Notebook, edits: Iterable[Edit]) -> Notebook:
    """The notebook with the edits made, one after the other, cells numbered anew.

    Raises:
        IndexError: An edit names a cell that is not there.
    """
    cells = list(notebook.cells)
    for edit in edits:
        last = max(edit.cell, edit.to if isinstance(edit, MoveEdit) else 0)
        if last > len(cells):
            raise IndexError(f"the notebook has no cell {last}")
        if isinstance(edit, MoveEdit):
            cells.insert(edit.to - 1, cells.pop(edit.cell - 1))
        else:
            cell = cells[edit.cell - 1]
            kept = tuple(tag for tag in cell.tags if tag not in edit.remove)
            added = tuple(tag for tag in dict.fromkeys(edit.add) if tag not in kept)
            cells[edit.cell - 1] = replace(cell, tags=kept + added)
    return replace(notebook, cells=tuple(replace(cell, number=n) for n, cell in enumerate(cells, 1)))
