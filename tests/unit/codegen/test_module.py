"""Stages as modules: what a reviewer would not want to see, and that each is sound Python of its own."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import nbformat
import pytest

from nb2pipe.codegen.sources import render_sources
from nb2pipe.convert import analyze
from nb2pipe.options import Options
from nb2pipe.record.project import with_types

Cells = tuple[tuple[str, str], ...]


def render(
    folder: Path, *cells: tuple[str, str], types: Mapping[str, Mapping[str, str]] | None = None
) -> dict[str, str]:
    """The modules of a notebook's project, by file name; a cell whose tag is `md` is Markdown."""
    nodes = [
        nbformat.v4.new_markdown_cell(source)
        if tag == "md"
        else nbformat.v4.new_code_cell(source, metadata={"tags": [tag] if tag else []})
        for tag, source in cells
    ]
    path = folder / "shop.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=nodes), path)
    analysis = analyze(path)
    assert analysis.pipeline is not None, [d.message for d in analysis.diagnostics]
    assert analysis.plan is not None
    pipeline = with_types(analysis.pipeline, types or {})
    modules = render_sources(pipeline, analysis.plan, Options()).modules
    return {Path(name).name: text for name, text in modules.items()}


SHOP: Cells = (
    ("md", "# Who buys what?\n\nA shop's purchases, and what sells."),
    ("imports", "import numpy as np\nimport pandas as pd\nfrom sklearn.linear_model import Ridge, Lasso"),
    ("md", "## Weights\n\nLate sales count more."),
    ("functions", "def weigh(ages, half):\n    return 0.5 ** (ages / half)"),
    ("md", "## Settings"),
    ("parameters", "half = 30  # days"),
    ("md", "## Read"),
    ("stage:read", "sales = pd.DataFrame({'age': [1, 2], 'sold': [3, 4]})\nowned = {'a': ['x']}"),
    ("md", "### Weighted\n\nEach sale by its age."),
    ("stage:fit", "weights = weigh(sales['age'], half)\nmodel = Ridge().fit(sales[['age']], weights)\nweights"),
    ("stage:show", "print(model.coef_, owned, len(weights))"),
)


def test_a_module_reads_as_if_written_by_hand(tmp_path: Path) -> None:
    assert (
        render(tmp_path, *SHOP)["fit.py"]
        == '''"""Fit.

Each sale by its age.
"""

from dataclasses import dataclass

import pandas as pd
from sklearn.linear_model import Ridge

from shop.display import show
from shop.functions import weigh


@dataclass(frozen=True)
class FitOutputs:
    """What `fit` hands over."""

    model: Ridge
    weights: pd.Series


def fit(sales: pd.DataFrame, *, half: int) -> FitOutputs:
    """Each sale by its age.

    Args:
        sales: From stage `read`.
        half: Days.

    Returns:
        What later stages read: `model`, `weights`.
    """
    weights = weigh(sales["age"], half)
    model = Ridge().fit(sales[["age"]], weights)
    show(weights)

    return FitOutputs(model=model, weights=weights)
'''
    )


@pytest.mark.parametrize(
    ("last", "shows"),
    [
        ("items.append(1)", False),
        ("{}.update(a=1)", True),
        ("table.to_csv('table.csv')", False),
        ("table.to_csv()", True),
        ("table.info()", False),
        ("np.random.seed(1)", False),
        ("random.seed(1)", False),
        ("items.pop()", True),
        ("Items().append(1)", True),
        ("mine.append(1)", True),
        ("maybe.append(1)", True),
    ],
)
def test_a_last_line_that_gives_nothing_is_not_shown(tmp_path: Path, last: str, shows: bool) -> None:
    before = (
        "import random\nimport numpy as np\nimport pandas as pd\nitems = [0]\ntable = pd.DataFrame({'a': items})\n"
        "class Items(list):\n    def append(self, x):\n        return x\nmine = Items()\n"
        "maybe = [] if random.random() > 2 else mine\n"
    )
    module = render(tmp_path, ("stage:read", before + last), ("stage:use", "print(items)"))["read.py"]
    assert ("show(" in module) is shows


def test_recorded_types_say_what_the_analysis_does_not_know(tmp_path: Path) -> None:
    types = {"read": {"owned": "dict[str, list[str]]"}, "fit": {"weights": "pandas.Series", "model": "Any"}}
    modules = render(tmp_path, *SHOP, types=types)
    assert "owned: dict[str, list[str]]" in modules["read.py"]
    assert "weights: pd.Series" in modules["fit.py"]
    assert "model: Ridge" in modules["fit.py"], "what the analysis knows stays"
    assert "owned: dict[str, list[str]]" in modules["show.py"]
    assert "import pandas as pd" in modules["show.py"]
    assert not any("Any" in text for name, text in modules.items() if name not in ("artifacts.py", "display.py"))


def test_narrative_stands_with_its_code(tmp_path: Path) -> None:
    modules = render(tmp_path, *SHOP)
    assert modules["__init__.py"] == '"""Who buys what?"""\n'
    assert "# Weights\n#\n# Late sales count more.\n\n\ndef weigh(" in modules["functions.py"]
    assert not any("Late sales" in text for name, text in modules.items() if name != "functions.py")
    assert not any("Settings" in text for text in modules.values()), "a heading of nothing"
    assert "A shop's purchases, and what sells." in modules["read.py"]


def test_remarks_stay_even_where_no_code_follows(tmp_path: Path) -> None:
    cells: Cells = (
        ("stage:a", "x = 1\nprint(x)"),
        ("md", "## Seen\n\nIt is one."),
        ("md", "## Again"),
        ("stage:b", "print(x)"),
        ("md", "That is all."),
        ("md", "## Nothing"),
    )
    text = render(tmp_path, *cells)["b.py"]
    assert text.startswith('"""B.\n\nIt is one.\n"""')
    assert '    """\n    # Again\n\n    print(x)\n\n    # That is all.\n' in text
    assert "Nothing" not in text


def test_a_name_of_matplotlibs_is_not_taken_for_a_submodule(tmp_path: Path) -> None:
    """`plt.legend` is a function of `matplotlib.pyplot`, though there is a module `matplotlib.legend`."""
    cells: Cells = (
        ("imports", "import matplotlib.pyplot as plt\nimport scipy as sp\nimport os.path"),
        ("stage:a", "x = 1"),
        ("stage:b", "plt.plot([x])\nplt.legend()\nprint(sp.stats.norm.pdf(0), os.path.sep)"),
    )
    text = render(tmp_path, *cells)["b.py"]
    assert "import scipy.stats\n" in text
    assert "matplotlib.legend" not in text


@pytest.mark.parametrize("ending", ['"quoted"', 'a "', "back\\slash", 'three """ quotes'])
def test_docstrings_survive_any_prose(ending: str, tmp_path: Path) -> None:
    modules = render(tmp_path, ("md", f"## Say\n\nThis is {ending}"), ("stage:a", "x = 1"), ("stage:b", "print(x)"))
    docstring = ast.get_docstring(ast.parse(modules["a.py"]))
    assert docstring is not None
    assert docstring.startswith("A.\n\nThis is ")
    assert ending.replace('"""', "'''") in docstring


def test_modules_are_clean(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    for name, text in render(tmp_path, *SHOP).items():
        if name not in ("artifacts.py", "display.py"):  # the same in every project
            (folder / name).write_text(text, encoding="utf-8")
    rules = "F,I,UP,B,W,D403,D415,E501"
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select", rules, "shop"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_function_that_only_a_loaded_formula_needs_is_not_imported_by_the_module(tmp_path: Path) -> None:
    modules = render(
        tmp_path,
        ("imports", "import statsmodels.formula.api as smf\nimport pandas as pd"),
        ("functions", "def half(v):\n    return v / 2"),
        ("stage:fit", 'df = pd.DataFrame({"x": [1, 2, 4], "y": [1, 3, 4]})\nres = smf.ols("y ~ half(x)", df).fit()'),
        ("stage:show", "print(res.params)"),
    )
    assert "half" in modules["fit.py"]
    assert "half" not in modules["show.py"]
