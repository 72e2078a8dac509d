"""Stages that are proposed for notebooks without tags."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nb2pipe.convert import analyze_notebook
from nb2pipe.notebook.model import Cell, CellKind, Notebook
from nb2pipe.notebook.read import read_notebook
from nb2pipe.options import Options
from nb2pipe.pipeline.propose import Proposal, propose_stages
from nb2pipe.pipeline.propose_facts import read_facts
from tests.conftest import EXAMPLES


def make(*sources: str, tags: dict[int, tuple[str, ...]] | None = None) -> Notebook:
    """A notebook; a source that begins with `#` and a space is markdown."""
    tagged = tags or {}
    cells = tuple(
        Cell(n, CellKind.MARKDOWN if s.startswith("# ") or s.startswith("## ") else CellKind.CODE, s, tagged.get(n, ()))
        for n, s in enumerate(sources, 1)
    )
    return Notebook("nb", "/nowhere", "nb.ipynb", cells)


def tagged(notebook: Notebook, proposals: tuple[Proposal, ...]) -> Notebook:
    new = {p.cell: p.tag for p in proposals}
    return replace(
        notebook,
        cells=tuple(replace(c, tags=(*c.tags, new[c.number])) if c.number in new else c for c in notebook.cells),
    )


def errors(notebook: Notebook, proposals: tuple[Proposal, ...]) -> list[str]:
    found = analyze_notebook(tagged(notebook, proposals), Options()).diagnostics
    return [f"{d.code} {d.message}" for d in found if d.is_error]


def tags(notebook: Notebook) -> dict[int, str]:
    return {p.cell: p.tag for p in propose_stages(notebook)}


PLAIN = (
    "import pandas as pd\nfrom sklearn.linear_model import Ridge",
    "alpha = 0.5\npath = 'data.csv'",
    "def shout(text):\n    return text.upper()",
    "df = pd.read_csv(path)\nprint(shout('read'))",
    "df.head()",
    "df = df.dropna()\ndf['z'] = df['x'] * 2",
    "df.describe()",
    "model = Ridge(alpha=alpha)\nmodel.fit(df[['x', 'z']], df['y'])",
    "score = model.score(df[['x', 'z']], df['y'])\nprint(score)",
)


@pytest.mark.parametrize(
    ("notebook", "why"),
    [
        (make("x = 1", "print(x)", tags={1: ("stage:a",)}), "it has stage tags"),
        (make("x = 1", "print(x)", tags={2: ("block:a",)}), "it has Kale's"),
        (make("# A title"), "it has no code"),
        (make(), "it is empty"),
        (make("x = 1", tags={1: ("skip",)}), "its code is skipped"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_nothing_to_propose(notebook: Notebook, why: str) -> None:
    assert propose_stages(notebook) == (), why


def test_stages_begin_where_the_work_changes() -> None:
    found = tags(make(*PLAIN))
    assert found.pop(9, "stage:evaluate") == "stage:evaluate"  # one line: a stage of its own or not
    assert found == {
        1: "imports",
        2: "parameters",
        3: "functions",
        4: "stage:load",
        6: "stage:clean",
        8: "stage:train",
    }


def test_each_proposal_says_why() -> None:
    why = {p.tag: p.why for p in propose_stages(make(*PLAIN))}
    assert why["imports"] == "imports only"
    assert why["parameters"] == "assigns constants only: alpha, path"
    assert why["functions"] == "defines shout"
    assert why["stage:load"] == "reads data; 1 variable crosses: df"
    assert why["stage:clean"].startswith("cleans data; ")
    assert "model" in why["stage:train"] or why["stage:train"].startswith("fits a model")


def test_headings_give_places_and_names() -> None:
    notebook = make(
        "# Churn",
        "import pandas as pd",
        "## Customers",
        "a = pd.read_csv('a.csv')",
        "b = a.dropna()",
        "## Over the years",
        "c = b.groupby('year').sum()\nd = c * 2",
        "## Why is it that they leave us so soon?",
        "e = d.fillna(0)\ne.plot()",
    )
    found = tags(notebook)
    assert found[4] == "stage:customers"
    assert found[7] == "stage:over_the_years"
    assert found[9].startswith("stage:"), "a long heading gives a place but no name"
    assert "why" not in found[9]
    assert not errors(notebook, propose_stages(notebook))


def test_names_are_unique() -> None:
    notebook = make(
        "# A",
        "x = open('a').read()",
        "y = len(x)",
        "## Again",
        "x = open('b').read()\ny = 2",
        "## Again",
        "x = 1\nz = y",
    )
    names = [t for t in tags(notebook).values() if t.startswith("stage:")]
    assert len(names) == len(set(names)) > 1


@pytest.mark.parametrize(
    "first",
    ["lines = (x for x in open('a.txt'))\nnext(lines)", "file = open('a.txt')\nhead = file.readline()"],
    ids=["generator", "open file"],
)
def test_no_cut_where_a_value_cannot_be_handed_over(first: str) -> None:
    name = first.split(" ", 1)[0]
    notebook = make(
        "import json",
        "## Read",
        first,
        "## Rest",
        f"rest = list({name})\nn = len(rest)",
        "## Show",
        "print(rest)\nprint(n)",
    )
    found = tags(notebook)
    assert 5 not in found, "the reader of the rest must stay with the reader of the beginning"
    assert 7 in found
    assert errors(notebook, propose_stages(notebook)) == []


def test_what_cannot_be_seen_in_advance_is_merged() -> None:
    # A stored function that reads a global which changes later is refused by the conversion, not by the kind of a value.
    notebook = make(
        "## Make",
        "factor = 2\nthings = [3]\nscale = [lambda x: x * factor]",
        "print(scale[0](1))\nthings.append(1)",
        "## Change",
        "factor = 3\nprint(factor)",
        "## Use",
        "print(scale[0](1))\nprint(things)",
    )
    assert errors(notebook, propose_stages(notebook)) == []


def test_an_error_of_the_notebook_itself_does_not_stop_the_proposal() -> None:
    notebook = make("a = open('x').read()", "b = missing + a", "c = sorted(b)\nd = c", "print(c)\nprint(d)")
    proposals = propose_stages(notebook)
    assert proposals
    assert [e[:5] for e in errors(notebook, proposals)] == ["NB202"]


def test_a_cell_that_does_not_parse_is_no_obstacle() -> None:
    assert propose_stages(make("a = 1\nprint(a)", "b = = 2", "c = a + 1\nprint(c)"))


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (("n = 3", "print(n)", "n = 4", "print(n)"), "it is bound again"),
        (("found = []", "found.append(1)\nprint(found)"), "an empty list is there to be filled"),
        (("n = 3\nm = n + 1", "print(n, m)"), "one of its values is computed"),
        (("max = 3", "print(max)"), "it hides a builtin"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_no_parameters(cells: tuple[str, ...], why: str) -> None:
    assert "parameters" not in tags(make(*cells)).values(), why


@pytest.mark.parametrize(
    ("late", "why"),
    [
        ("def f():\n    return df", "it reads a variable"),
        ("import seaborn as sns\nsns.set_theme()", "it configures: cells above would look otherwise"),
        ("def g():\n    return 1\ng()", "it does something"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_later_cells_that_are_not_shared(late: str, why: str) -> None:
    notebook = make("df = open('a').read()\nprint(df)", late, "print(1)\nprint(2)")
    assert tags(notebook).get(2, "stage:") not in ("imports", "functions"), why


def test_later_cells_that_are_shared() -> None:
    notebook = make(
        "df = open('a').read()\nprint(df)",
        "import math",
        "def f(x):\n    return math.sqrt(x)",
        "print(f(4))\nprint(f(9))",
    )
    facts = read_facts(notebook)
    assert facts is not None
    assert {number: tag for number, (tag, _) in facts.shared.items()} == {2: "imports", 3: "functions"}
    assert errors(notebook, propose_stages(notebook)) == []


def test_a_function_that_is_defined_twice_stays_where_it_is() -> None:
    notebook = make("x = 1\nprint(x)", "def f():\n    return 1", "print(f())", "def f():\n    return 2", "print(f())")
    assert "functions" not in tags(notebook).values()


def test_a_cell_that_has_to_stay_in_its_place_is_not_shared() -> None:
    setting = "import matplotlib.pyplot as plt\nplt.style.use('ggplot')\nprint(plt)"
    notebook = make(
        "x = open('a').read()\nprint(x)", setting, "def f():\n    plt.figure()", "y = f()\nprint(y)", "print(y, x)"
    )
    assert errors(notebook, propose_stages(notebook)) == []


def test_tags_that_are_there_stay() -> None:
    notebook = make(
        "import os", "n = 3", "x = open('a').read()\ny = n", "print(x)", tags={2: ("parameters",), 4: ("skip",)}
    )
    found = tags(notebook)
    assert found[1] == "imports"
    assert 2 not in found
    assert 4 not in found


def test_a_notebook_of_definitions_only_gets_a_stage() -> None:
    notebook = make("import os", "n = 3")
    assert [t for t in tags(notebook).values() if t.startswith("stage:")]
    assert errors(notebook, propose_stages(notebook)) == []


def test_many_cells_give_at_most_seven_stages() -> None:
    cells = [f"## Part {n}\n" if n % 2 else f"x{n} = open('f{n}').read()\nprint(x{n})" for n in range(1, 81)]
    notebook = make(*cells)
    stages = [t for t in tags(notebook).values() if t.startswith("stage:")]
    assert 3 <= len(stages) <= 7
    assert errors(notebook, propose_stages(notebook)) == []


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*/*.ipynb")), ids=lambda path: path.stem)
def test_examples_convert_after_the_proposal(path: object) -> None:
    notebook = read_notebook(path)  # type: ignore[arg-type]
    bare = replace(notebook, cells=tuple(replace(c, tags=()) for c in notebook.cells))
    proposals = propose_stages(bare)
    assert proposals == propose_stages(bare)
    assert errors(bare, proposals) == []
    stages = sum(p.tag.startswith("stage:") for p in proposals)
    assert stages == 1 if notebook.name == "refused" else 3 <= stages <= 7
