"""Types that the code says: what it does not say comes first."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from nb2pipe.convert import analyze

START = "import pandas as pd\nfrom sklearn.model_selection import train_test_split\nframe = pd.read_csv('x.csv')\n"


def types_of(folder: Path, *cells: str) -> dict[str, dict[str, str]]:
    """Stage to variable to type, of what stages hand over; the last cell reads all."""
    nodes = [nbformat.v4.new_code_cell(source, metadata={"tags": [f"stage:s{n}"]}) for n, source in enumerate(cells)]
    (folder / "x.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    nbformat.write(nbformat.v4.new_notebook(cells=nodes), folder / "n.ipynb")
    pipeline = analyze(folder / "n.ipynb").pipeline
    assert pipeline is not None
    return {s.name: {o.name: o.type for o in s.outputs} for s in pipeline.stages}


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("x = unknown_thing", "nothing is known of it"),
        ("x = 1\nx = 'a'\nx = open_it(x)", "it is bound more than once"),
        ("for x in [1, 2]:\n    pass", "a loop binds it"),
        ("if frame.empty:\n    x = 1\nelse:\n    x = open_it(2)", "it depends"),
        ("x, y = open_it(frame)", "a tuple of who knows what"),
        ("x = frame[open_it(1)]", "a column, or a frame"),
        ("len = open_it\nx = len(frame)", "the notebook's own `len`"),
        ("x = open_it(1)", "an unknown function"),
    ],
)
def test_what_is_not_said_is_any(code: str, why: str, tmp_path: Path) -> None:
    helper = "from helper import open_it, unknown_thing\n"
    (tmp_path / "helper.py").write_text(
        "from markupsafe import escape as open_it\nunknown_thing = open_it(1)\n", encoding="utf-8"
    )
    assert types_of(tmp_path, START + helper + code, "print(x)")["s0"]["x"] == "Any", why


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = frame", "pd.DataFrame"),
        ("x = frame['a']", "pd.Series"),
        ("x = frame[['a', 'b']]", "pd.DataFrame"),
        ("x = frame[frame['a'] > 1]", "pd.DataFrame"),
        ("x = frame.drop(columns='a')", "pd.DataFrame"),
        ("y = frame['a']\nx, z = train_test_split(y)", "pd.Series"),
        ("y = frame['a']\nz, x, u, v = train_test_split(frame, y)", "pd.DataFrame"),
        ("y = frame['a']\nz, w, u, x = train_test_split(frame, y)", "pd.Series"),
        ("x = frame.loc['2024':]", "pd.DataFrame"),
        ("x = frame['a'].iloc[:3]", "pd.Series"),
        ("from sklearn.datasets import load_iris\niris = load_iris(as_frame=True)\nx = iris.frame", "pd.DataFrame"),
        ("x = len(frame)", "int"),
        ("x = float(frame['a'].max())", "float"),
        ("x = f'{len(frame)} rows'", "str"),
        ("x = [1, 2]", "list"),
        ("x = {n: 1 for n in 'ab'}", "dict"),
    ],
)
def test_what_is_said(code: str, expected: str, tmp_path: Path) -> None:
    assert types_of(tmp_path, START + code, "print(x)")["s0"]["x"] == expected


def test_types_are_known_across_stages(tmp_path: Path) -> None:
    cells = (START, "y = frame['a']", "x = y.dropna()", "print(frame, x, y)")
    found = types_of(tmp_path, *cells)
    assert (found["s1"]["y"], found["s2"]["x"]) == ("pd.Series", "pd.Series")
    cells = (START, "x = frame.loc[:'b']\nframe = frame.loc['b':]", "print(frame, x)")
    assert types_of(tmp_path, *cells)["s1"] == {"frame": "pd.DataFrame", "x": "pd.DataFrame"}


def test_a_stage_that_passes_a_variable_on_keeps_its_type(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("def change(value):\n    value.pop()\n", encoding="utf-8")
    cells = ("from helper import change\nx = len('ab')\nrows = [3, x]", "change(rows)\nprint(x)", "print(rows, x)")
    assert types_of(tmp_path, *cells)["s1"]["rows"] == "list"
