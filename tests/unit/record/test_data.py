"""A recording as files: what they hold, that they stay small, and which stages count as unstable."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import Any

import pytest

from nb2pipe.notebook.model import Cell, CellKind
from nb2pipe.pipeline.model import Output, Pipeline, Stage
from nb2pipe.record.data import LARGEST, render_json, render_record
from nb2pipe.record.describing import load_module
from nb2pipe.record.project import unstable_stages
from nb2pipe.record.run import Recording, StageRecord

describing = load_module("describing", "shop", "")
comparing = load_module("comparing", "shop", "")


def record(value: Any, text: str = "", figures: tuple[Any, ...] = ()) -> StageRecord:
    outputs = MappingProxyType({"x": json.loads(json.dumps(describing.describe(value)))})
    return StageRecord(outputs, figures, tuple(text.splitlines()))


def recording(**stages: StageRecord) -> Recording:
    return Recording(MappingProxyType(stages))


def pipeline(*names: str) -> Pipeline:
    cell = Cell(1, CellKind.CODE, "x = 1")
    stages = tuple(Stage(name, name, "", (cell,), (), (Output("x"),), (), ()) for name in names)
    return Pipeline("shop", "shop", "shop.ipynb", "Shop", "", stages, (), (), (), (), (), False, ".", "python3", "3.11")


@pytest.mark.parametrize(
    "value",
    [
        None,
        1,
        "ä",
        [],
        {},
        [1, 2.5],
        {"a": [1] * 200, "b": {"c": ["x" * 30] * 10}},
        [{"a": "x" * 200}, [[1], [2]] * 40],
    ],
)
def test_rendered_json_is_the_same_json(value: Any) -> None:
    assert json.loads(render_json(value)) == value


def test_a_list_of_numbers_is_one_line() -> None:
    assert render_json({"values": [0.123456] * 100}).count("\n") == 2


def test_files_hold_what_the_stages_gave() -> None:
    files = render_record(recording(load=record([1, 2], "two rows\n")), pipeline("load"), describing)
    data = json.loads(files["tests/data/load.json"])
    assert data["outputs"] == {"x": {"type": "list", "shape": [2], "values": [1, 2]}}
    assert (data["stage"], data["text"], data["figures"]) == ("load", ["two rows"], [])


def test_all_files_together_stay_small() -> None:
    names = [f"s{n}" for n in range(30)]
    stages = {
        name: record({f"v{n}": [n + k / 7 for k in range(900)] for n in range(60)}, "line\n" * 5000) for name in names
    }
    files = render_record(recording(**stages), pipeline(*names), describing)
    assert sum(len(text.encode()) for text in files.values()) < LARGEST
    text = json.loads(files["tests/data/s0.json"])["text"]
    comparing.assert_same_text("line\n" * 5000, text)
    with pytest.raises(AssertionError):
        comparing.assert_same_text("line\n" * 5001, text)


def test_the_same_recording_gives_the_same_bytes() -> None:
    one, other = ({"b": 2, "a": {3, 1}}, {"a": {1, 3}, "b": 2})
    texts = [render_record(recording(load=record(v)), pipeline("load"), describing) for v in (one, other)]
    assert json.loads(texts[0]["tests/data/load.json"]) == json.loads(texts[1]["tests/data/load.json"])


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (record(0.5, "a"), set()),
        (record(0.5 + 1e-12, "a"), set()),
        (record(0.6, "a"), {"draw"}),
        (record(0.5, "b"), {"draw"}),
        (record(0.5, "a", ({"type": "Figure"},)), {"draw"}),
    ],
)
def test_a_stage_is_unstable_where_a_second_run_differs(other: StageRecord, expected: set[str]) -> None:
    first, second = recording(load=record(1), draw=record(0.5, "a")), recording(load=record(1), draw=other)
    assert unstable_stages(first, second, comparing) == expected
