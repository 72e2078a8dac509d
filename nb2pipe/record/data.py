"""A recording as the files of tests/data/: small, sorted, one line for each list of numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from nb2pipe.pipeline.model import Pipeline
from nb2pipe.record.run import Recording, StageRecord

#: Bytes of all files together, at most.
LARGEST = 1_000_000
#: How many numbers and words are kept of a variable: the first that fits.
_STEPS = (1000, 300, 100, 30)
#: Lines of text that are kept of a stage.
_LINES = 400


def render_record(recording: Recording, pipeline: Pipeline, describing: Any) -> dict[str, str]:
    """The files, `tests/data/<stage>.json`; the larger the values, the shorter their descriptions.

    Args:
        recording: What the notebook gave.
        pipeline: Its stages.
        describing: The module with which it was described.
    """
    share = LARGEST // max(1, len(pipeline.stages))
    files = {}
    for stage in pipeline.stages:
        record = recording.stages[stage.name]
        texts = (_render_stage(stage.name, record, describing, most) for most in _STEPS)
        last = ""
        for last in texts:
            if len(last.encode()) <= share:
                break
        files[f"tests/data/{stage.stem}.json"] = last
    return files


def _render_stage(name: str, record: StageRecord, describing: Any, most: int) -> str:
    data = {
        "stage": name,
        "most": most,
        "outputs": {key: describing.compact(value, most) for key, value in sorted(record.outputs.items())},
        "text": _shorten(record.text),
        "figures": [describing.compact(figure, most) for figure in record.figures],
    }
    return render_json(data) + "\n"


def _shorten(lines: Sequence[str]) -> list[str]:
    """The first lines, and how many more there are, as the tests' `comparing.py` has it."""
    more = len(lines) - _LINES
    return [*lines[:_LINES], f"[{more} more lines]"] if more > 0 else list(lines)


def render_json(value: Any, indent: int = 0) -> str:
    """JSON that a diff shows well: what is short, and each list of plain values, on one line."""
    flat = json.dumps(value, ensure_ascii=False)
    items = value.items() if isinstance(value, Mapping) else None
    if len(flat) + indent <= 110 or not isinstance(value, (dict, list)):
        return flat
    if items is None and not any(
        isinstance(each, (dict, list)) or (isinstance(each, str) and len(each) > 20) for each in value
    ):
        return flat
    inner = "  " + " " * indent
    if items is None:
        rows = [render_json(each, indent + 2) for each in value]
        return "[\n" + ",\n".join(inner + row for row in rows) + "\n" + " " * indent + "]"
    rows = [f"{json.dumps(key, ensure_ascii=False)}: {render_json(each, indent + 2)}" for key, each in items]
    return "{\n" + ",\n".join(inner + row for row in rows) + "\n" + " " * indent + "}"
