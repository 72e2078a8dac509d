"""An executed notebook as papermill leaves it (2.7): what each cell showed, when it ran, and where it failed."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nb2pipe.run.stage_source import Cell

_SPLIT_MIMES = {"application/javascript", "image/svg+xml"}
_STYLE = 'style="color:red; font-family:Helvetica Neue, Helvetica, Arial, sans-serif; font-size:2em;"'
_MARKER = "papermill-error-cell-tag"


class Execution:
    """A notebook while its cells run: keeps papermill's notes in step."""

    def __init__(self, document: dict[str, Any], source: str, output: str) -> None:
        self.document = document
        self._start = _now()
        for cell in document["cells"]:
            cell["metadata"]["papermill"] = {
                "duration": None,
                "end_time": None,
                "exception": None,
                "start_time": None,
                "status": "pending",
            }
        document["metadata"]["papermill"] |= {
            "duration": None,
            "end_time": None,
            "exception": None,
            "input_path": source,
            "output_path": output,
            "start_time": self._start.isoformat(),
        }
        self._cell_start = self._start

    def start_cell(self, cell: dict[str, Any]) -> None:
        """A cell begins."""
        self._cell_start = _now()
        cell["metadata"]["papermill"] |= {
            "start_time": self._cell_start.isoformat(),
            "status": "running",
            "exception": False,
        }

    def end_cell(self, cell: dict[str, Any], count: int | None, failed: bool) -> None:
        """A cell ended; `count` is its execution count, None where there was nothing to execute."""
        end = _now()
        notes = cell["metadata"]["papermill"]
        notes |= {"end_time": end.isoformat(), "duration": (end - self._cell_start).total_seconds()}
        notes["status"] = "failed" if failed else "completed"
        if failed:
            notes["exception"] = True
            self.document["metadata"]["papermill"]["exception"] = True
        if count is not None:
            cell["execution_count"] = count
            start, stop = _stamp(self._cell_start), _stamp(end)
            cell["metadata"]["execution"] = {
                "iopub.execute_input": start,
                "iopub.status.busy": start,
                "iopub.status.idle": stop,
                "shell.execute_reply": stop,
            }

    def end(self) -> None:
        """The notebook ended."""
        end = _now()
        self.document["metadata"]["language_info"] = language_info()
        self.document["metadata"]["papermill"] |= {
            "end_time": end.isoformat(),
            "duration": (end - self._start).total_seconds(),
        }
        for cell in self.document["cells"]:
            notes = cell["metadata"]["papermill"]
            if notes["status"] == "failed":
                break
            if notes["status"] == "pending":
                notes["status"] = "completed"


def find_error(document: Mapping[str, Any]) -> tuple[int, Mapping[str, Any]] | None:
    """The first cell that failed, and its error; an exit with 0 is none (`papermill.execute`, 2.7)."""
    for number, cell in enumerate(document["cells"]):
        for output in cell.get("outputs", ()):
            if output["output_type"] == "error" and not (
                output["ename"] == "SystemExit" and output["evalue"] in ("", "0")
            ):
                return number, output
    return None


def make_error(name: str, text: str) -> dict[str, Any]:
    """The output of a cell that fails without one: IPython shows a `UsageError` as a line on stderr and no more."""
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": [f"{name}: {text}"]}


def mark_error(document: Mapping[str, Any], place: int) -> dict[str, Any]:
    """The document with papermill's marks: at its top, and above the cell that failed."""
    cells = list(document["cells"])
    count = cells[place].get("execution_count")
    anchor = (
        f'<span id="papermill-error-cell" {_STYLE}>'
        "Execution using papermill encountered an exception here and stopped:</span>"
    )
    link = f'<a href="#papermill-error-cell">In [{count}]</a>'
    top = f"<span {_STYLE}>An Exception was encountered at '{link}'.</span>"
    cells.insert(place, _marker("b", anchor))
    cells.insert(0, _marker("a", top))
    return {**document, "cells": cells}


def _marker(name: str, text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": f"failed-{name}", "metadata": {"tags": [_MARKER]}, "source": text}


def language_info() -> dict[str, Any]:
    """What a kernel says of its language (`ipykernel.ipkernel`, 6.29)."""
    return {
        "codemirror_mode": {"name": "ipython", "version": sys.version_info[0]},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": f"ipython{sys.version_info[0]}",
        "version": sys.version.split()[0],
    }


def write_document(document: Mapping[str, Any]) -> str:
    """The document as text, as nbformat writes it: keys sorted, long texts as lists of lines."""
    cells = []
    for cell in document["cells"]:
        row = dict(cell, source=cell["source"].splitlines(keepends=True))
        if "outputs" in row:
            row["outputs"] = [_split(output) for output in row["outputs"]]
        cells.append(row)
    return json.dumps({**document, "cells": cells}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _split(output: Mapping[str, Any]) -> dict[str, Any]:
    if output["output_type"] == "stream":
        return dict(output, text=output["text"].splitlines(keepends=True))
    if "data" not in output:
        return dict(output)
    data = {
        mime: value.splitlines(keepends=True)
        if isinstance(value, str) and (mime.startswith("text/") or mime in _SPLIT_MIMES)
        else value
        for mime, value in output["data"].items()
    }
    return dict(output, data=data)


def update_sources(path: Path, cells: tuple[Cell, ...], injected: str) -> str | None:
    """An executed notebook's text with the sources that its stage has now; None where the cells are others.

    Args:
        path: The executed notebook.
        cells: The stage's cells; their code is the same but for comments and layout.
        injected: What the run put in behind the parameters cell.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        kept = [c for c in document["cells"] if c["cell_type"] == "code"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    rows = []
    for cell in cells:
        rows.append(cell)
        if "parameters" in cell.tags:
            rows.append(Cell("code", injected, {"tags": ["injected-parameters"]}))
    if len(kept) != sum(c.kind == "code" for c in rows):
        return None
    found, code = [], iter(kept)
    for number, cell in enumerate(rows):
        if cell.kind == "code":
            row = deepcopy(next(code))
        else:
            row = {"cell_type": cell.kind, "id": f"text-{number}", "metadata": {"tags": [], **cell.metadata}}
        found.append(row | {"source": cell.source.splitlines(keepends=True)})
    return json.dumps(document | {"cells": found}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _now() -> datetime:
    return datetime.now(UTC)


def _stamp(time: datetime) -> str:
    return time.isoformat(timespec="microseconds").replace("+00:00", "Z")
