"""Notebooks that cost the analysis much: it ends, and what it leaves out is taken for granted."""

from __future__ import annotations

from pathlib import Path

from nb2pipe.convert import analyze
from tests.property.judging import Cell, write_notebook

#: Functions that a list holds, each of which puts another one into it, and a chain of calls at whose end they are called.
HELD, LONG = 70, 45
CALLS = "\n".join(
    [
        *(f"def g{i}(given):\n    given.append(g{(i + 1) % HELD})\n    return lambda: given\n" for i in range(HELD)),
        *(f"def f{i}(given):\n    return f{i + 1}(given)\n" for i in range(LONG)),
        f"def f{LONG}(given):\n    return [each(given) for each in given]\n",
    ]
)


def test_what_is_called_below_a_long_chain_of_calls_ends(tmp_path: Path) -> None:
    held = f"held = [{', '.join(f'g{i}' for i in range(HELD))}]\nmade = f0(held)"
    cells = [
        Cell(("functions",), CALLS),
        Cell(("stage:make",), held),
        Cell(("stage:show",), "print(len(held), len(made))"),
    ]
    write_notebook(cells, tmp_path / "notebook.ipynb")
    pipeline = analyze(tmp_path / "notebook.ipynb").pipeline
    assert pipeline is not None
    assert {i.name: i.stage for i in pipeline.stage("show").inputs} == {"held": "make", "made": "make"}
