"""Tags written into files: nothing else changes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nb2pipe.notebook.json_places import Place, parse_places
from nb2pipe.notebook.read import read_notebook
from nb2pipe.notebook.write_tags import set_tags, write_tags

NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Ümlaut"]},
        {"cell_type": "code", "execution_count": None, "metadata": {"collapsed": True}, "outputs": [], "source": "x=1"},
        {"cell_type": "code", "metadata": {"tags": ["old"], "z": 1}, "source": ["y = 2"]},
    ],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}  # fmt: skip
TAGS = {1: ["stage:größe"], 2: ["a", 'b"c'], 3: ["old", "new"]}
INDENTS = [1, 2, 4, "\t", None]


def tagged() -> dict[str, object]:
    notebook = json.loads(json.dumps(NOTEBOOK))
    for number, tags in TAGS.items():
        notebook["cells"][number - 1]["metadata"]["tags"] = tags
    # Tags that were there keep their place among the keys; new ones come last.
    return notebook


@pytest.mark.parametrize("indent", INDENTS)
@pytest.mark.parametrize("plain", [True, False], ids=["escaped", "unicode"])
def test_the_result_is_what_json_itself_would_write(indent: int | str | None, plain: bool) -> None:
    text = json.dumps(NOTEBOOK, indent=indent, ensure_ascii=plain) + "\n"
    assert set_tags(text, TAGS) == json.dumps(tagged(), indent=indent, ensure_ascii=plain) + "\n"


@pytest.mark.parametrize(
    "text",
    [
        '{"cells": [{"metadata": {"tags": ["a"]}}], "x": 1E5, "y": "\\u00e9\\/"}',
        '{"cells": [{}]}',
        '{\n "cells": [\n  {\n   "metadata": {}\n  }\n ]\n}',
    ],
)
def test_the_tags_that_it_has_change_no_byte(text: str) -> None:
    has = json.loads(text)["cells"][0].get("metadata", {}).get("tags", [])
    assert set_tags(text, {1: has}) == text


def test_numbers_escapes_and_odd_spacing_elsewhere_stay() -> None:
    text = '{"cells":[ {"metadata":{},"source":"\\u00e9\\/"} ],\n\n  "big": 1.50E+05}'
    assert set_tags(text, {1: ["a"]}) == text.replace('"metadata":{}', '"metadata":{"tags": ["a"]}')


def test_windows_newlines_stay() -> None:
    text = json.dumps(NOTEBOOK, indent=1).replace("\n", "\r\n")
    written = set_tags(text, TAGS)
    assert "\n" not in written.replace("\r\n", "")
    assert json.loads(written) == tagged()


def test_a_cell_without_metadata_gets_some() -> None:
    assert (
        set_tags('{"cells": [{"source": ""}]}', {1: ["a"]})
        == '{"cells": [{"source": "", "metadata": {"tags": ["a"]}}]}'
    )


def test_a_cell_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="no cell 2"):
        set_tags('{"cells": [{}]}', {2: ["a"]})
    with pytest.raises(ValueError, match="no cells"):
        set_tags('{"worksheets": []}', {1: ["a"]})


def test_the_file_keeps_its_mode_its_byte_order_mark_and_its_link(tmp_path: Path) -> None:
    path, link = tmp_path / "n.ipynb", tmp_path / "link.ipynb"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(NOTEBOOK, indent=1).encode())
    path.chmod(0o640)
    link.symlink_to(path)
    assert write_tags(link, {2: ["stage:load"]}) is True
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert path.read_bytes().startswith(b"\xef\xbb\xbf{\n")
    assert read_notebook(path).cells[1].tags == ("stage:load",)
    assert sorted(os.listdir(tmp_path)) == ["link.ipynb", "n.ipynb"]


def test_nothing_to_do_leaves_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    path.write_text(json.dumps(NOTEBOOK))
    before = path.stat().st_mtime_ns
    assert write_tags(path, {3: ["old"]}) is False
    assert path.stat().st_mtime_ns == before


SCRIPTS = {
    "percent.py": (
        "# %%\nx = 1\n\n# %% [markdown]\n# hi\n\n# %%\n# !ls\ny=2\n",
        '# %% tags=["stage:load"]\nx = 1\n\n# %% [markdown]\n# hi\n\n# %%\n# !ls\ny=2\n',
    ),
    "percent_with_header.py": (
        "# ---\n# jupyter:\n#   kernelspec:\n#     display_name: Python 3\n#     name: python3\n# ---\n\n# %%\nx = 1\n",
        "# ---\n# jupyter:\n#   kernelspec:\n#     display_name: Python 3\n#     name: python3\n# ---\n\n"
        '# %% tags=["stage:load"]\nx = 1\n',
    ),
    "light.py": ("import os\n\n# # hi\n\nx = 1\n", '# + tags=["stage:load"]\nimport os\n# -\n\n# # hi\n\nx = 1\n'),
    "markdown.md": ("```python\nx = 1\n```\n", '```python tags=["stage:load"]\nx = 1\n```\n'),
    "rmarkdown.Rmd": ("```{python}\nx = 1\n```\n", '```{python tags=c("stage:load")}\nx = 1\n```\n'),
    "no_newline_at_the_end.py": ("# %%\nx = 1", '# %% tags=["stage:load"]\nx = 1'),
}  # fmt: skip


@pytest.mark.parametrize("name", SCRIPTS)
def test_formats_of_jupytext(name: str, tmp_path: Path) -> None:
    before, after = SCRIPTS[name]
    path = tmp_path / name
    path.write_text(before)
    assert write_tags(path, {1: ["stage:load"]})
    assert path.read_text() == after
    assert read_notebook(path).cells[0].tags == ("stage:load",)
    assert write_tags(path, {1: []})
    assert read_notebook(path).cells[0].tags == ()


def test_quarto_is_refused_with_the_line_to_write(tmp_path: Path) -> None:
    path = tmp_path / "n.qmd"
    path.write_text("```{python}\nx = 1\n```\n")
    with pytest.raises(ValueError, match=r"#\| tags: \[stage:load\]"):
        write_tags(path, {1: ["stage:load"]})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


def plain(place: Place, text: str) -> object:
    if text[place.start] == "{":
        return {key: plain(inner, text) for key, inner in place.members.items()}
    if text[place.start] == "[":
        return [plain(inner, text) for inner in place.items]
    return place.value


@given(JSON, st.sampled_from(INDENTS), st.booleans())
def test_places_hold_what_json_reads(value: object, indent: int | str | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    place = parse_places(text)
    assert plain(place, text) == value
    assert (place.start, place.end) == (0, len(text))


@pytest.mark.parametrize("text", ["", "{", "[1,", '{"a" 1}', "{1: 2}", "[1 2]", "x", "[] []", '"abc', "[" * 100_000])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_places(text)
