"""Edits and tags, on cases that the extension's own tests read, too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nb2pipe.lab.edits import MoveEdit, TagEdit, apply_edits, parse_edit
from nb2pipe.notebook.grammar import name_problem, parse_tags
from nb2pipe.notebook.model import Cell, CellKind, Notebook

CASES = json.loads((Path(__file__).parent / "same_in_typescript.json").read_text(encoding="utf-8"))


def make(*tags: list[str]) -> Notebook:
    cells = tuple(Cell(n, CellKind.CODE, f"x = {n}", tuple(each)) for n, each in enumerate(tags, 1))
    return Notebook("n", "/", "n.ipynb", cells)


@pytest.mark.parametrize(("name", "good"), CASES["names"].items())
def test_names(name: str, good: bool) -> None:
    assert (name_problem(name) == "") is good


@pytest.mark.parametrize("case", CASES["tags"], ids=lambda case: " ".join(case["tags"]) or "none")
def test_tags(case: dict[str, Any]) -> None:
    found = parse_tags(Cell(1, CellKind.CODE, "", tuple(case["tags"])))
    role = found.role.value if found.role else "stage" if found.stages else ""
    stage = found.stages[0] if found.stages else ""
    assert [role, stage, list(found.after), found.metrics] == [case[k] for k in ("role", "stage", "after", "metrics")]


@pytest.mark.parametrize("case", CASES["edits"])
def test_edits(case: dict[str, Any]) -> None:
    edited = apply_edits(make(*case["before"]), [parse_edit(edit) for edit in case["edits"]])
    assert [list(cell.tags) for cell in edited.cells] == case["after"]
    assert [cell.number for cell in edited.cells] == list(range(1, len(case["after"]) + 1))


@pytest.mark.parametrize("edit", [TagEdit(3), MoveEdit(3, 1), MoveEdit(1, 3)])
def test_a_cell_that_is_not_there(edit: TagEdit | MoveEdit) -> None:
    with pytest.raises(IndexError, match="no cell 3"):
        apply_edits(make([], []), [edit])


@pytest.mark.parametrize("edit", [TagEdit(1, ("a",), ("b",)), MoveEdit(2, 1)])
def test_json_and_back(edit: TagEdit | MoveEdit) -> None:
    assert parse_edit(edit.as_json()) == edit
