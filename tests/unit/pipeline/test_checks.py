"""What is noted of a program before it is built."""

from __future__ import annotations

import ast

import pytest

from nb2pipe.dataflow.facts import SKIP, ProgramCell
from nb2pipe.notebook.magics import python_source
from nb2pipe.notebook.model import Cell, CellKind
from nb2pipe.pipeline.checks import note_languages


def program(source: str, stage: str = "load") -> tuple[ProgramCell, ...]:
    python = python_source(source)
    return (ProgramCell(stage, Cell(3, CellKind.CODE, source), python, ast.parse(python.text)),)


@pytest.mark.parametrize(
    ("source", "language"),
    [
        ("%%bash\nls", "bash"),
        ("%%HTML\n<b>", "HTML"),
        ("\n%%R -i df\nsummary(df)", "R"),
        ("%%script node\n1", "a script"),
    ],
)
def test_other_languages_are_noted(source: str, language: str) -> None:
    (found,) = note_languages(program(source))
    assert found.code == "NB106"
    assert found.message.startswith(f"the cell is in {language}")
    assert found.span.cell == 3
    assert source.split("\n")[found.span.line - 1].startswith(found.name)


@pytest.mark.parametrize("source", ["x = 1", "%%time\nx = 1", "%%capture\nx = 1", "%%writefile a.py\nx = 1", "!ls"])
def test_python_is_not(source: str) -> None:
    assert note_languages(program(source)) == ()


def test_skipped_cells_are_not() -> None:
    assert note_languages(program("%%bash\nls", f"{SKIP}3")) == ()
