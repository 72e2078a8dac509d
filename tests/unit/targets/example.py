"""A small pipeline and its sources, shaped as codegen makes them, for the tests of targets."""

from __future__ import annotations

from pathlib import Path

import jupytext
import nbformat

from nb2pipe.diagnostics import Diagnostic, Span
from nb2pipe.notebook.model import Cell, CellKind
from nb2pipe.pipeline.model import (
    DataFile,
    Edge,
    EdgeKind,
    Input,
    JsonValue,
    Output,
    Parameter,
    Pipeline,
    Sources,
    Stage,
)

HEADER = """\
# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

"""

LOAD = """\
# %% tags=["parameters"]
product = {"nb": "products/load.ipynb", "data": "products/load.pkl"}
upstream = None
file_name = "numbers.csv"
min_value = 2

# %%
import sys
from pathlib import Path

resources_ = None  # Ploomber watches these files, and warns of parameters that no code names
sys.path.insert(0, str(Path(product["data"]).resolve().parents[1] / "src"))
from small.artifacts import save
from small.load import load

# %%
folder = Path(product["data"]).resolve().parents[1]
numbers = load(folder / file_name, min_value=min_value)
print(numbers)

# %%
save({"numbers": numbers}, product["data"])
"""

TOTAL = """\
# %% tags=["parameters"]
product = {"nb": "products/total.ipynb", "metrics": "products/total.metrics.json"}
upstream = {"load": {"data": "products/load.pkl"}}
factor = 0.5

# %%
import json
import sys
from pathlib import Path

resources_ = None  # Ploomber watches these files, and warns of parameters that no code names
sys.path.insert(0, str(Path(product["metrics"]).resolve().parents[1] / "src"))
from small.artifacts import load as load_artifacts

numbers = load_artifacts(upstream["load"]["data"])["numbers"]

# %%
total = factor * sum(numbers)
print("total", total)

# %%
Path(product["metrics"]).write_text(json.dumps({"total": total}))
"""

ARTIFACTS = '''\
"""Saves and loads what stages hand over."""

import pickle
from pathlib import Path


def save(values, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(pickle.dumps(values))


def load(path):
    return pickle.loads(Path(path).read_bytes())
'''

LOAD_MODULE = '''\
"""Loads the numbers."""


def load(path, *, min_value):
    return [n for n in map(int, path.read_text().split()) if n >= min_value]
'''


def notebook_text(percent: str) -> str:
    """A stage's .ipynb, with the same cell ids each time."""
    notebook = jupytext.reads(percent, fmt="py:percent")
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
    return nbformat.writes(notebook) + "\n"


def small_pipeline(folder: Path, **changes: object) -> Pipeline:
    """Two stages, three parameters, one of which no stage reads; the data file is made in `folder`."""
    data = folder / "numbers.csv"
    if not data.exists():
        data.write_text("1\n2\n3\n")
    stages = (
        Stage(
            name="load",
            title="Load",
            summary="Reads the numbers | all of them.",
            cells=(Cell(2, CellKind.CODE, "numbers = ..."),),
            inputs=(),
            outputs=(Output("numbers", "list[int]"),),
            parameters=("file_name", "min_value"),
            upstream=(),
        ),
        Stage(
            name="total",
            title="Total",
            summary="",
            cells=(Cell(3, CellKind.CODE, "total = ..."),),
            inputs=(Input("numbers", "load", "list[int]"),),
            outputs=(),
            parameters=("factor",),
            upstream=("load",),
            metrics=("total",),
            style="notebook",
            reasons=(Diagnostic("NB601", "`total` is assigned by a magic", Span(3)),),
        ),
    )
    values: dict[str, object] = {
        "name": "small",
        "package": "small",
        "notebook": "small.ipynb",
        "title": "A small notebook",
        "description": 'Adds numbers, "quoted".',
        "stages": stages,
        "parameters": (
            Parameter("file_name", "numbers.csv", '"numbers.csv"', Span(1, 1)),
            Parameter("min_value", 2, "2", Span(1, 2), comment="smallest number that counts"),
            Parameter("factor", 0.5, "1 / 2", Span(1, 3)),
            Parameter("unread", None, "None", Span(1, 4), comment="for later"),
        ),
        "edges": (Edge("load", "total", EdgeKind.DATA, "numbers", Span(2, 1), Span(3, 1), "numbers"),),
        "imports": ("yaml", "no_such_module"),
        "local_modules": (),
        "data_files": (DataFile(str(data), "numbers.csv"),),
        "runs_in_place": False,
        "workdir": ".",
        "kernel": "python3",
        "python": "3.11",
    }
    return Pipeline(**{**values, **changes})  # type: ignore[arg-type]


def small_sources() -> Sources:
    stages = {"load": HEADER + LOAD, "total": HEADER + TOTAL}
    return Sources(
        modules={
            "src/small/__init__.py": '"""A small pipeline."""\n',
            "src/small/artifacts.py": ARTIFACTS,
            "src/small/load.py": LOAD_MODULE,
        },
        stages=stages,
        notebooks={name: notebook_text(text) for name, text in stages.items()},
        tests={"tests/test_load.py": "from small.load import load\n\n\ndef test_load():\n    assert load\n"},
        uses={
            "load": ("src/small/artifacts.py", "src/small/load.py"),
            "total": ("src/small/artifacts.py",),
        },
    )


def value_pipeline(folder: Path, values: dict[str, JsonValue]) -> tuple[Pipeline, Sources]:
    """One stage that prints `repr` of each of its parameters into products/show.pkl."""
    names = tuple(values)
    stage = Stage("show", "Show", "", (), (), (Output("shown"),), names, ())
    parameters = tuple(Parameter(name, values[name], repr(values[name]), Span(1)) for name in names)
    pipeline = small_pipeline(folder, stages=(stage,), parameters=parameters, edges=(), data_files=(), imports=())
    text = '# %% tags=["parameters"]\nproduct = {}\nupstream = None\n'
    text += "".join(f"{name} = {values[name]!r}\n" for name in names)
    text += "\n# %%\nfrom pathlib import Path\n\nshown = {}\n"
    text += "".join(f'shown["{name}"] = {name}\n' for name in names)
    text += 'Path(product["data"]).write_text(repr(shown), encoding="utf-8")\n'
    sources = Sources({}, {"show": HEADER + text}, {}, {}, {})
    return pipeline, sources


def write_plainly(project: object, folder: Path) -> None:
    """Writes a project the short way, for tests that are not about writing."""
    from nb2pipe.pipeline.model import Copy, Link

    for path, content in project.items():  # type: ignore[attr-defined]
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Copy):
            target.write_bytes(Path(content.source).read_bytes())
        elif isinstance(content, Link):
            target.symlink_to(content.target)
        else:
            target.write_text(content, encoding="utf-8")
