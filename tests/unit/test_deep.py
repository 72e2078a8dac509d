"""Code that is nested deeply: what Python compiles is converted."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
import pytest

from nb2pipe.convert import convert
from nb2pipe.deep import with_room

DEEP = {
    "a long sum": "z = " + " + ".join(["y"] * 900),
    "a long chain of methods": "z = x" + ".replace('a', 'b')" * 400,
    "a long chain of conditions": "if y == 0:\n    z = 0\n"
    + "".join(f"elif y == {n}:\n    z = {n}\n" for n in range(1, 400)),
}


@pytest.mark.parametrize("name", DEEP)
def test_deep_code_converts(tmp_path: Path, name: str) -> None:
    cells = {"stage:a": "x = 'a'\ny = 2", "stage:b": DEEP[name], "stage:c": "print(z)"}
    notebook = tmp_path / "deep.ipynb"
    nodes = [nbformat.v4.new_code_cell(source, metadata={"tags": [tag]}) for tag, source in cells.items()]
    nbformat.write(nbformat.v4.new_notebook(cells=nodes), notebook)
    out = convert(notebook, tmp_path / "out").out
    compile((out / "src" / "deep" / "b.py").read_text(encoding="utf-8"), "b.py", "exec")


def test_work_that_ends_in_an_error_of_its_own_raises_that(recursion_limit: int) -> None:
    def work() -> None:
        if sys.getrecursionlimit() == recursion_limit:
            raise RecursionError
        raise KeyError("its own")

    with pytest.raises(KeyError, match="its own"):
        with_room(work)
    assert sys.getrecursionlimit() == recursion_limit


@pytest.fixture
def recursion_limit() -> int:
    return sys.getrecursionlimit()
