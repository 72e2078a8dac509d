"""Imports that do something by themselves reach the stages that need it, and say so where nothing names them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from nb2pipe.convert import convert
from nb2pipe.pipeline.imports import acts
from tests.property.judging import Cell, write_notebook


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"""Text."""\nimport os\nN = 3\n\n\ndef f(x):\n    return x\n', False),
        ("from functools import cache\n\n\n@cache\ndef f(x):\n    return x\n", False),
        ('def f():\n    print(1)\n\n\nif __name__ == "__main__":\n    f()\n', False),
        ("try:\n    import ujson as json\nexcept ImportError:\n    import json\n", False),
        ("import matplotlib as mpl\n\nmpl.rcParams['lines.linewidth'] = 7\n", True),
        ("import seaborn as sns\n\nsns.set_theme()\n", True),
        ("import pandas as pd\n\n\n@pd.api.extensions.register_series_accessor('geo')\nclass Geo:\n    pass\n", True),
        ("try:\n    import numba\nexcept ImportError:\n    print('slow')\n", True),
        ("for name in 'ab':\n    globals()[name] = 1\n", True),
    ],
)
def test_what_a_modules_text_does_when_it_is_imported(text: str, *, expected: bool) -> None:
    assert acts(ast.parse(text)) == expected


def stage_module(folder: Path, first: str, second: str) -> str:
    """The module of the second of two stages."""
    cells = [Cell(("stage:one",), first), Cell(("stage:two",), second)]
    write_notebook(cells, folder / "two_stages.ipynb")
    done = convert(folder / "two_stages.ipynb", folder / "project")
    return (done.out / "src/two_stages/two.py").read_text(encoding="utf-8")


def test_a_colormap_brings_the_library_that_registers_it(tmp_path: Path) -> None:
    first = "import seaborn as sns\nimport matplotlib.pyplot as plt\nx = [1]"
    text = stage_module(tmp_path, first, "plt.scatter(x, x, c=x, cmap='rocket')")
    assert "import seaborn as sns  # noqa: F401  for what the import does\n" in text


def test_without_one_it_does_not(tmp_path: Path) -> None:
    first = "import seaborn as sns\nimport matplotlib.pyplot as plt\nx = [1]"
    assert "seaborn" not in stage_module(tmp_path, first, "plt.scatter(x, x, c=x, cmap='viridis')")


def test_a_module_that_only_defines_is_not_imported_again(tmp_path: Path) -> None:
    (tmp_path / "helpers.py").write_text("def f(x):\n    return x\n", encoding="utf-8")
    assert "helpers" not in stage_module(tmp_path, "from helpers import f\nx = f(1)", "print(x)")


def test_one_that_sets_something_is(tmp_path: Path) -> None:
    (tmp_path / "helpers.py").write_text("import warnings\nwarnings.simplefilter('ignore')\n", encoding="utf-8")
    text = stage_module(tmp_path, "import helpers\nx = 1", "print(x)")
    assert "import helpers  # noqa: F401  for what the import does\n" in text
