"""Stage notebooks are read as jupytext reads them, and get the cell that papermill writes."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from nb2pipe.codegen.percent import OutCell, render_percent
from nb2pipe.run import stage_source
from nb2pipe.run.model import RunError
from nb2pipe.run.stage_source import read_source, render_notebook, write_parameters
from tests.unit.run.projects import HEADER

PARAMETERS = OutCell("code", "n = 1", ("parameters",))

#: Cells that are read without jupytext; they must come out as jupytext reads them.
PLAIN = [
    [OutCell("code", "x = 1")],
    [OutCell("code", "%matplotlib inline\nx = 1")],
    [OutCell("code", "x = 1\n\n\ny = 2\n\n\ndef f():\n    return x")],
    [OutCell("code", "def f():\n    pass"), OutCell("code", "class A:\n    pass"), OutCell("code", "# only a comment")],
    [OutCell("markdown", "# Title\n\nText `x`.\n\n- a\n-  b"), OutCell("code", "x = 1")],
    [OutCell("code", 'text = """a\n\nb"""')],
    [OutCell("code", "1/0", ("raises-exception", "keep"))],
    [OutCell("raw", "raw text"), OutCell("code", "x = 1")],
    [OutCell("code", "s = 'é ☃ 𝒳'")],
]

#: Texts that only jupytext is sure to understand.
DELICATE = [
    "# %%\n# !ls\n",
    '# %%\ntext = """\n# %% not a cell\n"""\n',
    '# %% [markdown]\n"""\ntext\n"""\n',
    "# %% a title\nx = 1\n",
    "# %%\nx = 1\n\n\n\n# %%\ny = 2\n",
    "# %%\n# %%time\n# x = 1\n",
    "x = 1\n",
]


@pytest.mark.parametrize("cells", PLAIN, ids=lambda cells: cells[0].source.split("\n")[0][:30])
def test_what_nb2pipe_writes_is_read_as_jupytext_reads_it(cells: list[OutCell]) -> None:
    text = render_percent([PARAMETERS, *cells], "python3")
    found = stage_source._read_percent(text)
    assert found is not None
    wanted = stage_source._read_by_jupytext(Path("a.py"), text)
    assert found.text == wanted.text
    assert [(c.kind, c.tags) for c in found.cells] == [(c.kind, c.tags) for c in wanted.cells]
    assert found.metadata == wanted.metadata
    assert found.text == "\n".join(c.source for c in [PARAMETERS, *cells])


@pytest.mark.parametrize("text", DELICATE)
def test_other_texts_are_left_to_jupytext(text: str) -> None:
    whole = HEADER + '# %% tags=["parameters"]\nn = 1\n\n' + text
    assert stage_source._read_percent(whole) is None or text == "x = 1\n"
    assert read_source(Path("a.py"), whole).text == stage_source._read_by_jupytext(Path("a.py"), whole).text


def test_cells_that_a_person_injected_do_not_count() -> None:
    text = HEADER + '# %% tags=["parameters"]\nn = 1\n\n# %% tags=["injected-parameters"]\nn = 2\n\n# %%\nn\n'
    assert read_source(Path("a.py"), text.replace(HEADER, "")).text == "n = 1\nn"


def test_a_stage_without_parameters_cell_is_refused() -> None:
    with pytest.raises(RunError, match="no cell with the tag `parameters`"):
        read_source(Path("a.py"), HEADER + "# %%\nx = 1\n")


@pytest.mark.parametrize(
    "values",
    [
        {"a": 1, "b": -2.5, "c": True, "d": None, "e": "text"},
        {"a": math.inf, "b": -math.inf, "c": [math.nan, 1e300]},
        {"a": 'it\'s "quoted"\n\ttab \\ back é ☃'},
        {"a": [1, [2, {"b": None}], {}], "c": [], "d": {"x": {"y": [True]}}},
        {"resources_": {"a": "/x/" + "long/" * 30}, "upstream": {"a": {"nb": "/p/a.ipynb", "data": "/p/a.pkl"}}},
        {"a": "x" * 300, "b": ["y" * 100, "z" * 100], "c": {str(n): n for n in range(40)}},
        {"t": (1, 2)},
        {},
    ],
    ids=str,
)
def test_the_injected_cell_is_papermills(values: dict[str, Any]) -> None:
    translators = pytest.importorskip("papermill.translators")
    assert write_parameters(values) == translators.PythonTranslator.codify(values)


def test_the_injected_cell_comes_behind_the_parameters() -> None:
    nbformat = pytest.importorskip("nbformat")
    source = read_source(Path("a.py"), render_percent([PARAMETERS, OutCell("code", "n")], "python3"))
    document = render_notebook(source, {"n": 2}, {"name": "python3", "display_name": "P", "language": "python"})
    assert [c["source"] for c in document["cells"]] == ["n = 1", "# Parameters\nn = 2\n", "n"]
    assert [c["metadata"]["tags"] for c in document["cells"]] == [["parameters"], ["injected-parameters"], []]
    assert document["metadata"]["papermill"] == {"parameters": {"n": 2}}
    nbformat.validate(nbformat.from_dict(document))
