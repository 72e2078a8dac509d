"""Notebooks whose hazards the shells of the other tests do not have: those have modules loaded, and no kernel."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Completed
from tests.run.test_verify import Cells, write_notebook

NOTEBOOKS: dict[str, Cells] = {
    # It has the notebook's module under a second name, `__mp_main__`.
    "containers where multiprocessing is loaded": [
        (
            "stage:a",
            "import multiprocessing\nimport matplotlib.pyplot as plt\nparams = plt.rcParams\nrows = [1]\nby = {}",
        ),
        ("stage:b", "rows.append(2)\nprint(rows, by, params is plt.rcParams)"),
    ],
    "a module that shows something, which an object needs": [
        ("stage:a", "import beside\nx = beside.Kept(3)"),
        ("stage:b", "print(x.value)"),
        ("stage:c", "import beside\nprint(beside.Kept(4).value)"),
    ],
    "the zen of Python": [
        ("stage:a", "print('before')\nimport this"),
        ("stage:b", "import this\nprint(len(this.s))"),
    ],
    "containers of the notebook's own, and iterators": [
        (
            "stage:a",
            "class Bag(dict):\n    def __init__(self, *a):\n        super().__init__(*a)\n        self.__dict__ = self\n"
            "    def __setitem__(self, key, value):\n        super().__setitem__(key, value * 2)\n"
            "bag = Bag()\nbag['a'] = 1\nit = iter({'p': 1, 'q': 2})\nprint(next(it))\nback = reversed([1, 2])\nlast = list(back)",
        ),
        ("stage:b", "print(bag, bag.a, type(it).__name__, list(it), type(back).__name__, last)\nbag.b = 3"),
        ("stage:c", "print(bag['b'], bag.__dict__ is bag)"),
    ],
    "functions of a namespace of exec": [
        ("stage:a", "space = {'off': 1}\nexec('def add(x):\\n    return x + off', space)\nadd = space['add']"),
        ("stage:b", "space['off'] = 10\nprint(add(1), space['add'] is add)"),
    ],
}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_what_only_real_processes_have_comes_out_the_same(
    tmp_path: Path, run_command: Callable[..., Completed], name: str
) -> None:
    folder = write_notebook(tmp_path, NOTEBOOKS[name]).parent
    (folder / "beside.py").write_text(
        "class Kept:\n    print('making Kept')\n\n    def __init__(self, value):\n        self.value = value\n"
    )
    for arguments in (
        ("convert", "shop.ipynb", "-o", "p"),
        ("verify", "shop.ipynb", "p", "--runner", "nb2pipe", "--json"),
    ):
        done = run_command("nb2pipe", *arguments, cwd=folder, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["verdict"] == "same"
