"""Three-way merge of texts."""

from __future__ import annotations

import json

import pytest

from nb2pipe.project.merge import merge_lines, merge_texts, same_content

BASE = "a\nb\nc\nd\ne\n"


@pytest.mark.parametrize(
    ("theirs", "new", "merged"),
    [
        pytest.param(BASE, BASE, BASE, id="nothing changed"),
        pytest.param("a\nB\nc\nd\ne\n", BASE, "a\nB\nc\nd\ne\n", id="only theirs"),
        pytest.param(BASE, "a\nB\nc\nd\ne\n", "a\nB\nc\nd\ne\n", id="only new"),
        pytest.param("a\nB\nc\nd\ne\n", "a\nB\nc\nd\ne\n", "a\nB\nc\nd\ne\n", id="the same change"),
        pytest.param("A\nb\nc\nd\ne\n", "a\nb\nc\nd\nE\n", "A\nb\nc\nd\nE\n", id="far apart"),
        pytest.param("x\na\nb\nc\nd\ne\n", "a\nb\nc\nd\ne\ny\n", "x\na\nb\nc\nd\ne\ny\n", id="added at the ends"),
        pytest.param("a\nc\nd\ne\n", "a\nb\nc\nd\nE\n", "a\nc\nd\nE\n", id="theirs removes a line"),
        pytest.param("A\nb\nc\nd\nE\n", "A\nb\nC\nd\ne\n", "A\nb\nC\nd\nE\n", id="one same, two apart"),
        pytest.param("a\nB\nc\nd\ne\n", "a\nX\nc\nd\ne\n", None, id="the same line"),
        pytest.param("a\nB\nc\nd\ne\n", "a\nc\nd\ne\n", None, id="changed and removed"),
        pytest.param("a\nb\nx\nc\nd\ne\n", "a\nb\ny\nc\nd\ne\n", None, id="added at the same place"),
        pytest.param("a\nB\nc\nd\ne\n", "a\nb\nC\nd\ne\n", None, id="neighbours"),
        pytest.param("", "a\nb\nc\nd\nE\n", None, id="emptied"),
        pytest.param("a\nb\nc\nd\ne", "A\nb\nc\nd\ne\n", "A\nb\nc\nd\ne", id="no line end at the end"),
        pytest.param("a\r\nb\nc\nd\ne\n", "a\nb\nc\nd\nE\n", "a\r\nb\nc\nd\nE\n", id="odd line ends"),
    ],
)
def test_lines(theirs: str, new: str, merged: str | None) -> None:
    assert merge_lines(BASE, theirs, new).text == merged


def test_merge_is_the_same_from_both_sides() -> None:
    theirs, new = "A\nb\nc\nd\ne\nf\n", "a\nb\nd\ne\n"
    assert merge_lines(BASE, theirs, new).text == merge_lines(BASE, new, theirs).text == "A\nb\nd\ne\nf\n"


def test_conflict_names_the_lines_of_the_persons_text() -> None:
    theirs = "new first line\na\nb\nmine\nd\ne\n"
    assert merge_lines(BASE, theirs, "a\nb\ntheirs\nd\ne\n").lines == ((4, 4),)


def test_neighbouring_lines_of_yaml_are_independent() -> None:
    base, theirs, new = "a: 1\nb: 2\n", "a: 5\nb: 2\n", "a: 1\nb: 3\nc: 4\n"
    assert merge_texts("params.yaml", base, theirs, new).text == "a: 5\nb: 3\nc: 4\n"
    assert merge_texts("module.py", base, theirs, new).text is None


def test_two_values_at_the_same_place_of_yaml_conflict() -> None:
    assert merge_texts("params.yaml", "a: 1\n", "a: 1\nb: 2\n", "a: 1\nc: 3\n").text is None


def test_what_would_not_parse_is_a_conflict() -> None:
    base, theirs, new = "if a:\n    b\n\n\nc\n", "if a:\n    b\n\n\n    c\n", "b\n\n\nc\n"
    assert merge_lines(base, theirs, new).text == "b\n\n\n    c\n"
    assert merge_texts("m.py", base, theirs, new).text is None
    assert merge_texts("m.txt", base, theirs, new).text == "b\n\n\n    c\n"


def notebook(*sources: str, outputs: bool = False) -> str:
    cells = [
        {
            "cell_type": "code",
            "execution_count": 3 if outputs else None,
            "id": f"c{n}",
            "metadata": {"execution": {"at": "noon"}} if outputs else {},
            "outputs": [{"name": "stdout", "output_type": "stream", "text": ["1\n"]}] if outputs else [],
            "source": source.splitlines(keepends=True),
        }
        for n, source in enumerate(sources)
    ]
    metadata: dict[str, object] = {"kernelspec": {"display_name": "Python 3", "name": "python3"}}
    if outputs:
        metadata = {"kernelspec": {"display_name": "Mine", "name": "python3"}, "language_info": {"version": "3.11"}}
    whole = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=None if outputs else 1)


def test_a_notebook_that_was_run_says_the_same() -> None:
    assert same_content("a.ipynb", notebook("x = 1\nx"), notebook("x = 1\nx", outputs=True))
    assert not same_content("a.ipynb", notebook("x = 1\nx"), notebook("x = 2\nx", outputs=True))
    assert not same_content("a.json", notebook("x"), notebook("x", outputs=True))
    assert not same_content("a.ipynb", notebook("x"), "no notebook")


def test_notebooks_merge_by_cell_and_stay_notebooks() -> None:
    base = notebook("x = 1", "y = 1\ny", "z = 1")
    theirs = notebook("x = 2", "y = 1\ny", "z = 1", outputs=True)
    merged = merge_texts("a.ipynb", base, theirs, notebook("x = 1", "y = 1\ny", "z = 3")).text
    assert merged is not None
    whole = json.loads(merged)
    assert ["".join(cell["source"]) for cell in whole["cells"]] == ["x = 2", "y = 1\ny", "z = 3"]
    assert (whole["nbformat"], whole["nbformat_minor"]) == (4, 5)
    assert whole["metadata"]["kernelspec"]["display_name"] == "Mine"
    assert merge_texts("a.ipynb", base, theirs, notebook("x = 3", "y = 1\ny", "z = 1")).text is None
