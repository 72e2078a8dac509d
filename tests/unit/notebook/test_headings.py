"""Headings: what is none, their words, and the level that splits."""

from __future__ import annotations

import pytest

from nb2pipe.notebook.headings import heading_title, read_headings, split_by_headings
from nb2pipe.notebook.model import Notebook
from tests.unit.notebook.build import md, notebook

NO_HEADINGS = {
    "text": "Load data",
    "no blank after the hash": "#Load",
    "hashtag in text": "see # Load",
    "seven hashes": "####### Load",
    "code fence": "```\n# Load\n```",
    "fence with language": "```python\n# Load\n```",
    "tilde fence with backticks inside": "~~~\n```\n# Load\n~~~",
    "fence that is not closed": "````\n# Load\n```\n# Load",
    "indented code": "    # Load",
    "rule": "text\n\n---\n",
    "list above a rule": "- a\n---",
    "table": "a | b\n--- | ---\n1 | 2",
    "paragraph of several lines above a rule": "one\ntwo\n---",
}


@pytest.mark.parametrize("source", NO_HEADINGS.values(), ids=NO_HEADINGS)
def test_what_is_no_heading(source: str) -> None:
    assert read_headings(notebook(md(source)).cells[0]) == ()


def test_only_markdown_has_headings() -> None:
    cells = notebook("# a comment", ("raw", "# raw")).cells
    assert [read_headings(cell) for cell in cells] == [(), ()]


HEADINGS = {
    "hashes": ("# A\n## B ##\n   ### C #\n###### D", [(1, "A"), (2, "B"), (3, "C"), (6, "D")]),
    "underlined": ("A\n===\n\nB\n-", [(1, "A"), (2, "B")]),
    "under text": ("text\n## A\ntext", [(2, "A")]),
    "after a fence": ("```\n# no\n```\n# A", [(1, "A")]),
    "empty": ("#\n## ##", [(1, ""), (2, "")]),
    "windows": ("# A\r\n## B\r\n", [(1, "A"), (2, "B")]),
}


@pytest.mark.parametrize(("source", "found"), HEADINGS.values(), ids=HEADINGS)
def test_headings(source: str, found: list[tuple[int, str]]) -> None:
    assert [(h.level, h.title) for h in read_headings(notebook(md(source)).cells[0])] == found


TITLES = {
    "Load data": "Load data",
    "2019 sales": "2019 sales",
    "3 models": "3 models",
    "snake_case_name": "snake_case_name",
    "2.5D model": "2.5D model",
    "1. Load data": "Load data",
    "2) Clean *it*": "Clean it",
    "(3) Fit": "Fit",
    "1.2.3 Deep": "Deep",
    "1.2. Deep": "Deep",
    "1  Toc": "Toc",
    "5 - Dash": "Dash",
    "4.Fit": "Fit",
    "Step 1: Load": "Step 1: Load",
    "**Bold** and __strong__ and ~~old~~": "Bold and strong and old",
    "***both***": "both",
    "[A link](http://x.org) `code`": "A link code",
    "![picture](a.png) Plot": "picture Plot",
    "<a id='load'></a> Load": "Load",
    "Q &amp; A": "Q & A",
    "Data:": "Data",
    "1.": "",
    "": "",
}


@pytest.mark.parametrize(("text", "title"), TITLES.items(), ids=TITLES)
def test_titles(text: str, title: str) -> None:
    assert heading_title(text) == title


def split(book: Notebook) -> tuple[int, list[tuple[str, str, int]]] | None:
    code = {cell.number: cell.is_code for cell in book.cells}
    found = split_by_headings(book, code)
    return found and (found.level, [(s.name, s.title, s.cell) for s in found.sections])


NO_SPLIT = {
    "no headings": notebook("a", "b"),
    "a title alone": notebook(md("# Title"), "a", "b"),
    "one section with code": notebook(md("## A"), "a", md("## B"), md("text")),
    "no code": notebook(md("## A"), md("## B")),
    "nothing": notebook(),
    "one heading of each level": notebook(md("# A"), md("## B"), "a", md("### C"), md("x")),
}


@pytest.mark.parametrize("book", NO_SPLIT.values(), ids=NO_SPLIT)
def test_no_split(book: Notebook) -> None:
    assert split(book) is None


SPLITS = {
    "highest level with two": (
        notebook(md("# Title"), "a", md("## Load"), "b", md("### Deep"), "c", md("## Clean"), "d"),
        (2, [("load", "Load", 3), ("clean", "Clean", 7)]),
    ),
    "level one": (
        notebook(md("# Load"), "a", md("## x"), "b", md("# Clean"), "c"),
        (1, [("load", "Load", 1), ("clean", "Clean", 5)]),
    ),
    "sections without code are none": (
        notebook(md("## A"), md("## B"), "b", md("## C"), "c", md("## D")),
        (2, [("b", "B", 2), ("c", "C", 4)]),
    ),
    "several headings in one cell": (
        notebook(md("# T\n## A\ntext\n## B"), "b", md("## C"), "c"),
        (2, [("b", "B", 1), ("c", "C", 3)]),
    ),
    "higher heading further down": (
        notebook(md("## A"), "a", md("## B"), "b", md("# End"), "c"),
        (2, [("a", "A", 1), ("b", "B", 3), ("end", "End", 5)]),
    ),
    "no words": (
        notebook(md("## 1."), "a", md("## ---"), "b", md("## 🚀"), "c"),
        (2, [("section_1", "Section 1", 1), ("section_2", "Section 2", 3), ("section_3", "Section 3", 5)]),
    ),
    "letters of any script": (
        notebook(md("## Données brutes"), "a", md("## 数据清洗"), "b"),
        (2, [("données_brutes", "Données brutes", 1), ("数据清洗", "数据清洗", 3)]),
    ),
    "keywords and digits": (
        notebook(md("## Import"), "a", md("## 3 models"), "b"),
        (2, [("import", "Import", 1), ("step_3_models", "3 models", 3)]),
    ),
}


@pytest.mark.parametrize(("book", "found"), SPLITS.values(), ids=SPLITS)
def test_split(book: Notebook, found: tuple[int, list[tuple[str, str, int]]]) -> None:
    assert split(book) == found


def test_long_headings_are_cut_between_words() -> None:
    book = notebook(md("## " + "load the data " * 9), "a", md("## " + "x" * 200), "b")
    names = [name for name, *_ in (split(book) or (0, []))[1]]
    assert names == ["load_the_data_load_the_data_load_the_data_load_the_data_load", "x" * 60]
