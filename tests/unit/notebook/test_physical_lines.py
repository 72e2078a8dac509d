"""Lines of cells as lines of the file."""

from __future__ import annotations

import json
from pathlib import Path

from nb2pipe.notebook.physical_lines import physical_lines
from nb2pipe.notebook.read import read_notebook


def lines_of(path: Path) -> dict[tuple[int, int], str]:
    """(cell, line) to the text of the line of the file."""
    text = path.read_text()
    found = physical_lines(text, read_notebook(path).cells, path.name)
    return {place: text.split("\n")[line - 1].strip() for place, line in found.items()}


def test_an_indented_notebook(tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Title"]},
        {"cell_type": "code", "metadata": {}, "source": ["x = 1\n", "\n", 'y = "\\n"'], "outputs": [], "execution_count": 1},
        {"cell_type": "code", "metadata": {}, "source": [], "outputs": [], "execution_count": None},
    ]  # fmt: skip
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1))
    assert lines_of(path) == {
        (1, 1): '"# Title"',
        (2, 1): '"x = 1\\n",',
        (2, 2): '"\\n",',
        (2, 3): '"y = \\"\\\\n\\""',
        (3, 1): '"source": [],',
    }


def test_a_source_in_one_string_and_a_file_in_one_line() -> None:
    text = '{"cells": [{"source": "a\\nb"}]}'
    assert physical_lines(text, (), "n.ipynb") == {(1, 1): 1, (1, 2): 1}


def test_a_script(tmp_path: Path) -> None:
    path = tmp_path / "n.py"
    path.write_text("# %%\nx = 1\n\n# %% [markdown]\n# # Title\n# text\n\n# %%\n# !ls\nif x:\n    x = 1\n")
    assert lines_of(path) == {
        (1, 1): "x = 1",
        (2, 1): "# # Title",
        (2, 2): "# text",
        (3, 1): "# !ls",
        (3, 2): "if x:",
        (3, 3): "x = 1",
    }


def test_a_broken_file_has_no_lines() -> None:
    assert physical_lines("{", (), "n.ipynb") == {}
