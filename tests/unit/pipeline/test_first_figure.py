"""Matplotlib before 3.9 shows the first figure of a kernel with the cell after; each stage has a kernel of its own."""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path

import pytest

from nb2pipe.convert import analyze, convert
from nb2pipe.options import Options

IMPORT = ("draw", "import matplotlib.pyplot as plt")
FIRST, SECOND = ("draw", "plt.plot([1]);"), ("again", "plt.plot([2]);\nprint(2)")


def write(folder: Path, cells: list[tuple[str, str]]) -> Path:
    node = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {"tags": [f"stage:{stage}"]}, "source": source, "outputs": []}
        for n, (stage, source) in enumerate(cells)
    ]
    path = folder / "figures.ipynb"
    path.write_text(json.dumps({"cells": node, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")
    return path


def cells_of(project: Path, stage: str) -> list[str]:
    """The code cells of a stage's notebook."""
    node = json.loads((project / "stages" / f"{stage}.ipynb").read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in node["cells"] if cell["cell_type"] == "code"]


@pytest.fixture
def old_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda n: "3.7.5" if n == "matplotlib" else installed(n))


@pytest.mark.usefixtures("old_matplotlib")
@pytest.mark.parametrize("style", ["function", "notebook"])
def test_the_first_figure_is_shown_as_in_the_notebook_and_others_at_once(tmp_path: Path, style: str) -> None:
    notebook = write(tmp_path, [IMPORT, FIRST, ("draw", "print(1)"), SECOND])
    convert(notebook, tmp_path / "project", Options(style=style))
    first, second = (cells_of(tmp_path / "project", stage) for stage in ("draw", "again"))
    assert "%matplotlib" not in "".join(first)
    assert first[-2:] == ["plt.plot([1]);", "print(1)"], "its cells are those of the notebook"
    assert any("%matplotlib inline" in cell for cell in second[:-1])


@pytest.mark.usefixtures("old_matplotlib")
def test_a_figure_that_another_stage_would_show_is_refused(tmp_path: Path) -> None:
    found = analyze(write(tmp_path, [IMPORT, FIRST, SECOND])).diagnostics
    assert [(d.code, d.span.cell) for d in found if d.is_error] == [("NB402", 2)]
    assert "%matplotlib inline" in found[0].help


@pytest.mark.usefixtures("old_matplotlib")
@pytest.mark.parametrize(
    "cells",
    [
        [("draw", "%matplotlib inline"), IMPORT, FIRST, SECOND],
        [IMPORT, ("draw", "plt.plot([1])\nplt.show()"), SECOND],
        [IMPORT, ("draw", "print(1)"), ("again", "plt.plot([1]);")],
    ],
)
def test_what_shows_itself_or_is_last_is_not_late(tmp_path: Path, cells: list[tuple[str, str]]) -> None:
    assert not any(d.is_error for d in analyze(write(tmp_path, cells)).diagnostics)


def test_a_matplotlib_that_shows_it_at_once_needs_nothing(tmp_path: Path) -> None:
    convert(write(tmp_path, [IMPORT, FIRST, SECOND]), tmp_path / "project")
    assert "%matplotlib" not in "".join(cells_of(tmp_path / "project", "again"))
