"""Stage notebooks as text: jupytext reads the very cells that were written."""

from __future__ import annotations

import itertools
import json

import jupytext
import pytest

from nb2pipe.codegen.percent import OutCell, render_ipynb, render_percent

#: Comments that editors and converters write, each a border of cells for some format of jupytext.
BORDERS = [
    "# %%",
    "#%%",
    "# %% [markdown]",
    "#  %% title",
    "# %% [raw]",
    "#%% md",
    "# In[3]:",
    "# In[ ]:",
    "# <codecell>",
]
#: Lines that look like borders or magics, and are none or can be written.
PLAIN = [
    "# +",
    "# -",
    "# + [markdown]",
    "# region x",
    "# endregion",
    "# ---",
    "# jupyter:",
    "# //",
    "#!shebang",
    "## %% x",
    "# # %%",
    "# text",
    "# %matplotlib inline",
    "# !ls",
    "#%time",
    "# %%time",
    "# escape",
    "# ls",
    "#cd x",
    "# x?",
    "# y = %pwd",
    "%time z = 3",
    "!ls",
    "x = 1",
    "s = '''\n# %%\n'''",
    '"""\n# %% [markdown]\ntext\n"""',
]
AROUND = ["{}", "a = 1\n{}\nb = 2", "{}\nb = 2", "a = 1\n\n{}", "# head\n{}\n# tail\nb = 2"]


def read_back(sources: list[str]) -> list[tuple[str, str]]:
    text = render_percent([OutCell("code", s) for s in sources], "python3")
    return [(c.cell_type, c.source) for c in jupytext.reads(text, fmt="py:percent").cells]


@pytest.mark.parametrize("around", AROUND)
def test_lines_that_look_like_borders_or_magics_stay_in_their_cell(around: str) -> None:
    sources = [around.format(line) for line in PLAIN]
    assert read_back(sources) == [("code", s) for s in sources]


@pytest.mark.parametrize("around", [*AROUND, "if x:\n    {}\n    y = 2", "!ls 'x\n{}\nb = 2"])
def test_a_comment_that_jupytext_cannot_write_gets_another_mark(around: str) -> None:
    sources = [around.format(line) for line in BORDERS]
    wanted = [("code", around.format(f"#{line}")) for line in BORDERS]
    assert read_back(sources) == wanted
    document = json.loads(render_ipynb([OutCell("code", s) for s in sources], "python3"))
    assert ["".join(c["source"]) for c in document["cells"]] == [source for _, source in wanted]


def test_all_pairs_of_such_lines_in_one_cell() -> None:
    sources = ["\n".join(pair) for pair in itertools.permutations(PLAIN, 2)]
    for first in range(0, len(sources), 50):
        some = sources[first : first + 50]
        assert read_back(some) == [("code", s) for s in some]
