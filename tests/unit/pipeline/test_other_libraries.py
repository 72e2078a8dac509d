"""Libraries that the development environment does not have: what stages hand over and refuse (seen to be so where they are)."""

from __future__ import annotations

from pathlib import Path

from nb2pipe.convert import Analysis, analyze, convert
from nb2pipe.options import Options
from tests.property.judging import read_percent, write_notebook

DELAYED = """
# %% tags=["stage:a"]
import dask
log = []
@dask.delayed
def f(x):
    log.append(x)
    return x
d = f(3)

# %% tags=["stage:b"]
print(d.compute())

# %% tags=["stage:c"]
print(log)
"""
MEMOIZED = """
# %% tags=["stage:a"]
from funcy import memoize
calls = []
@memoize
def f(n):
    calls.append(n)
    return n

# %% tags=["stage:b"]
f(1)

# %% tags=["stage:c"]
print(f(1), calls)
"""
SIGNAL = """
# %% tags=["stage:a"]
from blinker import signal
log = []
s = signal("x")
def h(sender):
    log.append(sender)
s.connect(h)

# %% tags=["stage:b"]
s.send(3)

# %% tags=["stage:c"]
print(log)
"""
DOWNLOADED = """
# %% tags=["stage:a"]
from pathlib import Path
from urllib.request import urlretrieve
if not Path("helper.py").exists():
    urlretrieve("https://example.org/helper.py", "helper.py")
from helper import draw

# %% tags=["stage:b"]
draw(1)

# %% tags=["stage:c"]
draw(2)
"""

SETTERS = """
# %% tags=["stage:a"]
import cufflinks as cf
import datashader.transfer_functions as tf
import holoviews as hv
import nltk
cf.set_config_file(theme="pearl")
cf.go_offline(connected=True)
hv.extension("bokeh", width=80)
nltk.data.path.append("./data")
image = tf.set_background(tf.shade(3), "black")

# %% tags=["stage:b"]
print(image)
"""

EVALUATED = """
# %% tags=["stage:a"]
import numpy as np
x, y, z = np.ones(3), np.ones(3), np.ones(3)

# %% tags=["stage:b"]
import numexpr as ne
print(ne.evaluate("x + 2 * y"))
"""


def look(text: str, folder: Path) -> Analysis:
    write_notebook(read_percent(text.strip() + "\n"), folder / "notebook.ipynb")
    return analyze(folder / "notebook.ipynb", Options())


def edges(text: str, folder: Path) -> set[tuple[str, str, str]]:
    pipeline = look(text, folder).pipeline
    assert pipeline is not None
    return {(edge.source, edge.target, edge.name) for edge in pipeline.edges}


def refusals(text: str, folder: Path) -> list[tuple[str, str, str]]:
    found = look(text, folder)
    assert found.pipeline is None
    return [(each.code, each.message, each.help) for each in found.diagnostics if each.code != "NB401"]


def test_what_dask_delays_runs_where_it_is_computed(tmp_path: Path) -> None:
    assert ("b", "c", "log") in edges(DELAYED, tmp_path)


def test_numexpr_reads_the_variables_of_its_text(tmp_path: Path) -> None:
    assert edges(EVALUATED, tmp_path) == {("a", "b", "x"), ("a", "b", "y")}


def test_a_memoized_function_is_filled_again(tmp_path: Path) -> None:
    found = look(MEMOIZED, tmp_path)
    assert found.pipeline is not None
    notes = [each.message for each in found.diagnostics if each.name == "f"]
    assert [message.partition(" makes ")[0] for message in notes] == ["stage `b`", "stage `c`"]


def test_signals_are_refused(tmp_path: Path) -> None:
    code, message, _ = refusals(SIGNAL, tmp_path)[0]
    assert (code, "`s` is an object" in message) == ("NB203", True)


def test_setters_with_constants_are_called_in_each_stage(tmp_path: Path) -> None:
    write_notebook(read_percent(SETTERS.strip() + "\n"), tmp_path / "notebook.ipynb")
    convert(tmp_path / "notebook.ipynb", tmp_path / "project", Options())
    text = (tmp_path / "project" / "stages" / "b.ipynb").read_text(encoding="utf-8")
    calls = ("set_config_file(", "go_offline(", "extension(", "path.append(")
    assert [call for call in calls if call not in text] == []
    assert "set_background" not in text


def test_a_module_that_is_fetched_later_is_asked_for(tmp_path: Path) -> None:
    code, message, remedy = refusals(DOWNLOADED, tmp_path)[0]
    assert code == "NB402"
    assert message == "the module `helper` is not here yet, and may keep state that changes, and stage `b` uses it too"
    assert remedy == "put `helper.py` beside the notebook before you convert: its text says what it keeps"
    (tmp_path / "helper.py").write_text("def draw(n):\n    print(n)\n")
    assert not {edge for edge in edges(DOWNLOADED, tmp_path) if edge[2] == "state of modules"}
