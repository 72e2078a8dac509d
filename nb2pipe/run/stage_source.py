"""Reads a stage's notebook, and puts the run's values into it as Ploomber and papermill do.

Before: a cell with the tag `parameters` that says `n_trees = 150`. After: behind it, a cell with the tag
`injected-parameters` that says `n_trees = 500`. A file that nb2pipe wrote is read here; one that only jupytext is sure to
understand is read by jupytext.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nb2pipe.codegen.percent import is_plain
from nb2pipe.run.model import Project, RunError, Task

_HEADER = re.compile(
    r"# ---\n# jupyter:\n#   jupytext:\n#     formats: (?P<formats>[^\n]+)\n#     text_representation:\n"
    r"#       extension: \.py\n#       format_name: percent\n#   kernelspec:\n#     display_name: (?P<display>[^\n'\"#]+)\n"
    r"#     language: python\n#     name: (?P<name>[\w.-]+)\n# ---\n\n"
)
_MARK = re.compile(r"# %%(?: \[(?P<kind>markdown|raw)\])?(?: tags=(?P<tags>\[.*\]))?")
_COMMENTED_MAGIC = re.compile(r"^# (%[A-Za-z].*)$", re.M)
_INJECTED = {"injected-parameters", "debugging-settings"}


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: `kind` is code, markdown or raw; `metadata` without papermill's."""

    kind: str
    source: str
    metadata: Mapping[str, Any]

    @property
    def tags(self) -> tuple[str, ...]:
        """Its tags."""
        return tuple(self.metadata.get("tags", ()))


@dataclass(frozen=True, slots=True)
class StageSource:
    """A stage's notebook as it is on disk: its cells, and the notebook's own metadata."""

    cells: tuple[Cell, ...]
    metadata: Mapping[str, Any]

    @property
    def text(self) -> str:
        """What Ploomber keeps as the stage's code: all cells, one after the other."""
        return "\n".join(c.source for c in self.cells)


def read_source(path: Path, text: str) -> StageSource:
    """Reads a stage's notebook.

    Args:
        path: The file, for its format and for messages.
        text: What is in it.

    Raises:
        RunError: jupytext cannot read it, or it has no parameters cell.
    """
    found = _read_percent(text) if path.suffix == ".py" else None
    source = found or _read_by_jupytext(path, text)
    if not any("parameters" in c.tags for c in source.cells):
        raise RunError(
            f"{path.name} has no cell with the tag `parameters`",
            place=str(path),
            help='write `# %% tags=["parameters"]` above the cell that sets `upstream` and `product`',
        )
    return source


def _read_percent(text: str) -> StageSource | None:
    """Reads what nb2pipe writes; None for what only jupytext is sure to understand."""
    header = _HEADER.match(text)
    if header is None or "\r" in text or "\t# %%" in text:
        return None
    cells = []
    parts = re.split(r"^(?=# %%)", text[header.end() :], flags=re.M)
    if parts[0].strip():
        return None
    for part in parts[1:]:
        first, _, body = part.partition("\n")
        mark = _MARK.fullmatch(first)
        cell = None if mark is None else _read_cell(mark["kind"] or "code", mark["tags"], body)
        if cell is None:
            return None
        cells.append(cell)
    metadata = {
        "jupytext": {
            "formats": header["formats"],
            "text_representation": {"extension": ".py", "format_name": "percent"},
        },
        "kernelspec": {"display_name": header["display"], "language": "python", "name": header["name"]},
    }
    return StageSource(tuple(cells), metadata)


def _read_cell(kind: str, tags: str | None, body: str) -> Cell | None:
    body = body.removesuffix("\n").removesuffix("\n")
    if body.startswith("\n") or body.endswith("\n"):
        return None
    if kind == "code":
        if body.count('"""') % 2 or body.count("'''") % 2:
            return None  # a string that may go on in the next cell
        body = _COMMENTED_MAGIC.sub(r"\1", body)
        if not is_plain(body):
            return None
    else:
        lines = body.split("\n")
        if any(line != "#" and not line.startswith("# ") for line in lines):
            return None
        body = "\n".join(line[2:] for line in lines)
    try:
        names = json.loads(tags) if tags else []
    except ValueError:
        return None
    return Cell(kind, body, {"tags": names} if names else {})


def _read_by_jupytext(path: Path, text: str) -> StageSource:
    import jupytext

    try:
        notebook = jupytext.reads(text, fmt=path.suffix[1:])
    except Exception as error:
        said = str(error).partition("\n")[0]
        raise RunError(f"{path.name} is not a notebook: {said}", place=str(path), help="mend the file") from error
    cells = [
        Cell(c["cell_type"], c["source"], json.loads(json.dumps(c["metadata"])))
        for c in notebook["cells"]
        if not _INJECTED & set(c["metadata"].get("tags", ()))
    ]
    return StageSource(tuple(cells), json.loads(json.dumps(notebook["metadata"])))


def parameters_of(task: Task, project: Project) -> dict[str, Any]:
    """The values that Ploomber would put into the stage's notebook, in its order."""
    found: dict[str, Any] = {}
    if task.resources:
        found["resources_"] = {k: str(v) for k, v in task.resources.items()}
    found.update(task.params)
    if task.upstream:
        found["upstream"] = {u: _paths(project.tasks[u]) for u in task.upstream}
    found["product"] = _paths(task)
    return found


def _paths(task: Task) -> dict[str, str]:
    return {k: str(v) for k, v in task.products.items()}


def render_notebook(
    source: StageSource, parameters: Mapping[str, Any], kernelspec: Mapping[str, Any]
) -> dict[str, Any]:
    """The notebook to execute, as a document of nbformat 4.5.

    Args:
        source: The stage's notebook.
        parameters: What to put in behind its parameters cell.
        kernelspec: As Jupyter knows the kernel; what the file says counts where this is empty.
    """
    cells = list(source.cells)
    place = next(i for i, c in enumerate(cells) if "parameters" in c.tags) + 1
    cells.insert(place, Cell("code", write_parameters(parameters), {"tags": ["injected-parameters"]}))
    metadata = {**source.metadata, "papermill": {"parameters": dict(parameters)}}
    if kernelspec:
        metadata["kernelspec"] = dict(kernelspec)
    return {"cells": render_cells(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def render_cells(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """Cells of a document; their ids come from place and text."""
    rows = []
    for number, cell in enumerate(cells):
        identity = hashlib.sha256(f"{number}\0{cell.kind}\0{cell.source}".encode(errors="replace")).hexdigest()[:8]
        row: dict[str, Any] = {"cell_type": cell.kind, "id": identity, "metadata": {"tags": [], **cell.metadata}}
        if cell.kind == "code":
            row |= {"execution_count": None, "outputs": []}
        rows.append(row | {"source": cell.source})
    return rows


def write_parameters(values: Mapping[str, Any]) -> str:
    """The cell that papermill writes (`papermill.translators.PythonTranslator`, 2.7), formatted by black as there."""
    text = "# Parameters\n" + "".join(f"{name} = {_literal(value)}\n" for name, value in values.items())
    try:
        import black
    except ImportError:
        return text
    return black.format_str(text, mode=black.FileMode(string_normalization=False))


def _literal(value: Any) -> str:
    if isinstance(value, float):
        if math.isfinite(value):
            return str(value)
        return "float('nan')" if math.isnan(value) else f"float('{'-' if value < 0 else ''}inf')"
    if value is None or isinstance(value, bool | int):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quote(k)}: {_literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_literal(v) for v in value) + "]"
    return _quote(value)


def _quote(value: Any) -> str:
    if isinstance(value, str):
        value = value.encode("unicode_escape").decode("utf-8").replace('"', r"\"")
    return f'"{value}"'
