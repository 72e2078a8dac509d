"""What docs/generate.py says of tags is what the grammar does."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from nb2pipe.notebook.grammar import CellTags, parse_tags
from nb2pipe.notebook.model import Cell, CellKind


def load_generator() -> ModuleType:
    path = Path(__file__).resolve().parents[2] / "docs" / "generate.py"
    spec = importlib.util.spec_from_file_location("generate_docs", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("row", load_generator().TAGS, ids=lambda row: row[1])
def test_each_tag_of_the_table_says_something(row: tuple[str, str, str, str]) -> None:
    tags = parse_tags(Cell(1, CellKind.CODE, "x = 1", (row[1],)))
    assert tags.diagnostics == ()
    assert tags != CellTags()
