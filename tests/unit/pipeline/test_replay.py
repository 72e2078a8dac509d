"""What no file can hold is made again, and only where repeating cannot differ (tests/cases has what comes out)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from nb2pipe.convert import convert
from nb2pipe.dataflow.facts import ProgramCell
from nb2pipe.dataflow.world import World, look_at_world, uses_unordered
from nb2pipe.diagnostics import Nb2pipeError
from nb2pipe.notebook.magics import python_source
from nb2pipe.notebook.model import Cell, CellKind
from tests.property.judging import read_percent, write_notebook

NAMES = """
# %% tags=["parameters"]
start = 3

# %% tags=["stage:load"]
def count(n):
    while True:
        n += 1
        yield n
numbers = count(start)
pair = (next(numbers), \"\"\"two
  lines\"\"\")
print(pair)

# %% tags=["stage:use"]
third = next(numbers)
print(third, pair)
"""


def look(source: str) -> World:
    cell = Cell(1, CellKind.CODE, source)
    python = python_source(source)
    return look_at_world([ProgramCell("use", cell, python, ast.parse(python.text))])


def stage_of(text: str, folder: Path, stage: str) -> str:
    """The text of a converted stage."""
    write_notebook(read_percent(text.strip() + "\n"), folder / "notebook.ipynb")
    convert(folder / "notebook.ipynb", folder / "project")
    return (folder / "project" / "stages" / f"{stage}.py").read_text()


def test_a_stage_repeats_what_made_the_value_and_says_why(tmp_path: Path) -> None:
    text = stage_of(NAMES, tmp_path, "use")
    assert "# No file can hold `numbers`: made again as in cell 2 of the notebook." in text
    assert "with capture_output():\n" in text
    assert "    numbers = count(start)\n" in text
    assert "    pair = (next(numbers), 'two\\n  lines')\n" in text  # a text of several lines is not indented
    assert "print(pair)\n    " not in text  # nothing that only shows
    assert "start = 3\n" in text


def test_what_need_not_be_made_again_is_loaded(tmp_path: Path) -> None:
    source = NAMES.replace("print(pair)", 'best = len("abc" * 3)\nsecond = next(numbers) + best')
    text = stage_of(source, tmp_path, "use")
    assert "best" in text.split("with capture_output():")[0]
    assert "best = len" not in text


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("import time; numbers = count(int(time.time()))", "the clock"),
        ("import random; numbers = count(random.randint(0, 9))", "a draw without a seed"),
        ("from helper import begin; numbers = count(begin())", "unknown code"),
        ("import sys; print = sys.stdout.write; numbers = count(0)", "the process's streams"),
        ("numbers = count(len([w for w in {'a', 'b'}]))", "a set"),
        ("import socket; s = socket.socket(); numbers = count(s.fileno())", "a socket"),
    ],
)
def test_it_is_refused_where_repeating_could_differ(line: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(Nb2pipeError) as caught:
        stage_of(NAMES.replace("numbers = count(start)", line), tmp_path, "use")
    assert {"NB203"} == {d.code for d in caught.value.diagnostics if d.is_error}, why
    assert not (tmp_path / "project").exists()


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\nx = np.arange(3).cumsum()",
        "import sqlite3\ncon = sqlite3.connect(':memory:')\ncon.execute('select 1')",
        "from functools import cache\n@cache\ndef f(x): return x",
        "names = ['read', 'write', 'load']",
    ],
)
def test_a_closed_notebook(source: str) -> None:
    assert look(source).closed


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\nx = np.random.rand()",
        "import pandas as pd\ndf = pd.read_csv('a.csv')",
        "def f(df): return df.to_csv('a.csv')",
        "import os",
        "from helper import f",
        "from math import *",
        "open('a')",
        "getattr(f, 'to_' + kind)()",
        "df.agg('sample')",
        "import sqlite3\ncon = sqlite3.connect('a.db')",
        "import sqlite3\ncon = sqlite3.connect(':memory:')\ncon.execute(\"attach 'a.db' as other\")",
        "%run other.py",
        "!ls",
    ],
)
def test_a_notebook_that_reaches_out(source: str) -> None:
    assert not look(source).closed


def test_the_text_of_a_module_beside_the_notebook_counts() -> None:
    source = "open('counter.py', 'w').write('n = 0')\nimport counter\ncounter.tick()"
    cell = Cell(1, CellKind.CODE, source)
    program = [ProgramCell("use", cell, python_source(source), ast.parse(source))]
    text = "n = 0\ndef tick():\n    global n\n    n += 1\n"
    assert look_at_world(program, {"counter": ast.parse(text)}).closed
    assert not look_at_world(program, {"counter": ast.parse("import time\n" + text)}).closed
    assert not look_at_world(program, {"counter": ast.parse(text + "print(open('a').read())\n")}).closed
    assert not look_at_world(program).closed


def test_a_module_that_does_not_parse_is_foreign(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("def f(:\n")
    with pytest.raises(Nb2pipeError) as caught:
        stage_of(NAMES.replace("numbers = count(start)", "import helper\nnumbers = count(helper.f())"), tmp_path, "use")
    assert "NB203" in {d.code for d in caught.value.diagnostics if d.is_error}


def test_what_else_a_notebook_can_reach() -> None:
    assert look("import matplotlib.pyplot as plt").draws
    assert look("df.plot()").draws
    assert not look("x = 1").draws
    assert look("import sys\nsys.stdout.write('x')").placed
    assert look("n = sys.getrefcount(x)").placed
    assert not look("h = hash('x')").placed
    assert look("def f():\n    return list({'a', 'b'})").unordered
    assert not look("def f(xs):\n    return sorted(set(xs)), len({1, 2})").unordered
    assert uses_unordered(ast.parse("for x in frozenset(xs): pass"))
