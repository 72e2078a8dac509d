"""The emitted modules that describe and compare values: what must be the same comes first, then what must not."""

from __future__ import annotations

import copy
import datetime
import enum
import json
import pickle
from collections import Counter, OrderedDict
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from nb2pipe.record.describing import load_module

describing = load_module("describing", "shop", "")
comparing = load_module("comparing", "shop", "")


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Point:
    def __init__(self, x: float, y: float) -> None:
        self.x, self.y = x, y


def fit(model: Any, shift: float = 0.0) -> Any:
    values = np.random.default_rng(0).normal(size=(60, 3))
    return model.fit(values + shift, values[:, 0] > 0.1 * shift)


FRAME = pd.DataFrame(
    {
        "n": [1, 2, 3],
        "x": [0.5, np.nan, 2.0],
        "when": pd.to_datetime(["2024-01-01", None, "2024-03-01"]),
        "word": ["a", "b", None],
        "kind": pd.Categorical(["u", "v", "u"]),
    },
    index=pd.Index(["p", "q", "r"], name="key"),
)

VALUES = {
    "None": None,
    "int": 3,
    "big": 10**30,
    "float": 0.1,
    "nan": float("nan"),
    "text": "äö",
    "long": "x" * 5000,
    "bytes": b"\x00\xff",
    "list": [1, [2, "a"], None],
    "dict": {"b": 1, "a": [2.5]},
    "keys": {1: "a", "1": "b", (2, 3): "c"},
    "set": {"b", "a", "c"},
    "counter": Counter("hello"),
    "ordered": OrderedDict(b=1, a=2),
    "date": datetime.datetime(2024, 5, 6, tzinfo=datetime.UTC),
    "decimal": Decimal("1.10"),
    "path": Path("data/x.csv"),
    "enum": Color.RED,
    "object": Point(1.0, 2.0),
    "array": np.arange(12.0).reshape(3, 4),
    "holes": np.array([1.0, np.nan, np.inf]),
    "words": np.array(["a", "bb"]),
    "objects": np.array([1, "a", None], dtype=object),
    "records": np.array([(1, 2.0)], dtype=[("a", int), ("b", float)]),
    "scalar": np.float32(1.5),
    "frame": FRAME,
    "grouped": FRAME.set_index("word", append=True),
    "series": FRAME["x"],
    "range": pd.RangeIndex(3),
    "times": pd.date_range("2024-01-01", periods=3, freq="D"),
    "nothing": pd.NA,
    "large": pd.DataFrame(np.arange(30_000.0).reshape(10_000, 3), columns=list("abc")),
    "logistic": fit(LogisticRegression()),
    "forest": fit(RandomForestClassifier(20, random_state=0)),
}


def same(one: object, other: object, most: int = 500, *, values: bool = True) -> bool:
    """Whether the tests would call two values the same; the second one comes from a file."""
    kept = json.loads(json.dumps(describing.describe_all({"value": other}, most), allow_nan=False))
    try:
        comparing.assert_same(describing.describe_all({"value": one}, most), kept, values=values)
    except AssertionError:
        return False
    return True


@pytest.mark.parametrize("most", [20, 500])
@pytest.mark.parametrize("name", VALUES)
def test_a_value_is_the_same_as_itself_a_copy_and_what_pickle_kept(name: str, most: int) -> None:
    value = VALUES[name]
    assert same(value, value, most)
    assert same(copy.deepcopy(value), value, most)
    assert same(pickle.loads(pickle.dumps(value)), value, most)


@pytest.mark.parametrize("name", VALUES)
def test_a_value_is_no_other(name: str) -> None:
    assert [other for other in VALUES if other != name and same(VALUES[name], VALUES[other])] == []


def test_noise_of_another_machine_is_no_difference() -> None:
    values = np.random.default_rng(0).normal(size=5000)
    for most in (20, 10_000):
        assert same(values * (1 + 1e-12), values, most)
    assert same({"a": 0.1 + 0.2}, {"a": 0.3})
    assert same({"b": 1, "a": 2}, {"a": 2, "b": 1})


def change(frame: pd.DataFrame, row: int, column: str, value: object) -> pd.DataFrame:
    changed = frame.copy()
    changed.iloc[row, changed.columns.get_loc(column)] = value
    return changed


LARGE = VALUES["large"]

DIFFERENT = {
    "one number": (FRAME, change(FRAME, 2, "x", 2.001)),
    "one integer": (FRAME, change(FRAME, 0, "n", 9)),
    "a hole": (FRAME, change(FRAME, 0, "x", np.nan)),
    "a date": (FRAME, change(FRAME, 0, "when", pd.Timestamp("2024-01-02"))),
    "a column's name": (FRAME, FRAME.rename(columns={"n": "m"})),
    "order of columns": (FRAME, FRAME[["x", "n", "when", "word", "kind"]]),
    "order of rows": (FRAME, FRAME.iloc[::-1]),
    "index": (FRAME, FRAME.reset_index(drop=True)),
    "index's name": (FRAME, FRAME.rename_axis("other")),
    "dtype": (FRAME, FRAME.astype({"n": "float64"})),
    "series for frame": (FRAME["x"], FRAME[["x"]]),
    "shape": (np.zeros((2, 3)), np.zeros((3, 2))),
    "dtype of array": (np.zeros(3), np.zeros(3, dtype="float32")),
    "int for float": (3, 3.0),
    "bool for int": (True, 1),
    "tuple for list": ((1, 2), [1, 2]),
    "type of object": (Point(1.0, 2.0), fit(LogisticRegression())),
    "attribute": (Point(1.0, 2.0), Point(1.0, 2.1)),
    "parameter of a model": (fit(LogisticRegression()), fit(LogisticRegression(C=0.5))),
    "data of a model": (fit(LogisticRegression()), fit(LogisticRegression(), shift=1.0)),
    "seed of a forest": (
        fit(RandomForestClassifier(20, random_state=0)),
        fit(RandomForestClassifier(20, random_state=1)),
    ),
    "one of 10000 numbers": (LARGE, change(LARGE, 7000, "b", LARGE.iloc[7000, 1] * 1.2)),
    "two of 10000 rows": (LARGE, LARGE.iloc[[5000, *range(1, 5000), 0, *range(5001, 10_000)]].reset_index(drop=True)),
    "one row less": (LARGE, LARGE.iloc[:-1]),
    "word in a long list": (["a"] * 3000, ["a"] * 2999 + ["b"]),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_a_difference_is_seen(name: str) -> None:
    one, other = DIFFERENT[name]
    assert not same(one, other)
    assert not same(other, one)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (np.zeros(3), np.ones(3), True),
        (FRAME, FRAME.iloc[:2], True),
        (1.5, 2.5, True),
        (FRAME, FRAME.rename(columns={"n": "m"}), False),
        (FRAME, FRAME.astype({"n": "float64"}), False),
        (np.zeros((2, 3)), np.zeros((2, 4)), False),
        (1.5, "a", False),
        ([1], (1,), False),
    ],
)
def test_without_values_only_the_structure_counts(one: object, other: object, expected: bool) -> None:
    assert same(one, other, values=False) is expected


def test_looking_at_a_value_does_not_change_it() -> None:
    numbers = iter([1, 2, 3])
    lines = (line for line in "abc")
    describing.describe([numbers, lines])
    assert (list(numbers), list(lines)) == ([1, 2, 3], ["a", "b", "c"])


def test_a_description_ends_where_objects_refer_to_each_other() -> None:
    ring: list[Any] = [1]
    ring.append(ring)
    assert describing.describe(ring) == describing.describe(ring)
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]
    assert same(deep, deep)


def test_a_description_knows_no_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = json.dumps(describing.describe({"path": tmp_path / "x.csv", "text": f"read {tmp_path}/x.csv"}))
    assert str(tmp_path) not in text


def test_a_figure_is_described_by_what_it_shows() -> None:
    from matplotlib.figure import Figure

    def draw(title: str = "sales", height: float = 2.0) -> Any:
        axes = Figure().subplots()
        axes.bar([1, 2], [1.0, height], label="units")
        axes.set_title(title)
        return axes.figure

    assert same(draw(), draw())
    assert not same(draw(), draw(title="cost"))
    assert not same(draw(), draw(height=2.5))


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        ("a\nb\n", ["a", "b"]),
        ("a  \n\n\nb", ["a", "b"]),
        ("score 0.1234567891", ["score 0.1234567890"]),
        ("<__main__.Model at 0x7f12ab34cd56>", ["<Model at 0x>"]),
        ("shop.functions.Model()", ["Model()"]),
        ("<function main.<locals>.f at 0x7f12ab34cd56>", ["<function f at 0x7f99ab34cd56>"]),
        ("Date:   Fri, 27 Nov 2026   AIC: 701.9", ["Date:   Thu, 01 Jan 2026   AIC: 701.9"]),
        ("Time:   09:05:59   BIC: 711.1", ["Time:   23:55:00   BIC: 711.1"]),
        ("CPU times: user 2 ms, sys: 0 ns, total: 2 ms", ["CPU times: user 1.5 s, sys: 20 µs, total: 1.52 s"]),
        (
            "1.2 ms ± 3 µs per loop (mean ± std. dev. of 7 runs)",
            ["850 µs ± 1 ns per loop (mean ± std. dev. of 7 runs)"],
        ),
    ],
)
def test_text_is_the_same(actual: str, expected: list[str]) -> None:
    comparing.assert_same_text(actual, expected)


@pytest.mark.parametrize(
    ("actual", "expected", "message"),
    [
        ("a\nb", ["a", "c"], "line 2"),
        ("a", ["a", "b"], "1 lines of text, expected 2"),
        ("a\nb", ["a"], "2 lines of text, expected 1"),
        ("score 0.124", ["score 0.123"], "line 1"),
        ("1 row", ["1 column"], "line 1"),
        ("", ["a"], "0 lines"),
        ("Date: Fri, 27 Nov 2026 AIC: 701.9", ["Date: Thu, 01 Jan 2026 AIC: 650.1"], "line 1"),
        ("Time: 3 hours", ["Time: 4 hours"], "line 1"),
    ],
)
def test_text_is_different(actual: str, expected: list[str], message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        comparing.assert_same_text(actual, expected)


def test_a_message_names_the_place() -> None:
    one, other = ({"frame": describing.describe(frame)} for frame in (FRAME, FRAME.rename(columns={"x": "y"})))
    with pytest.raises(AssertionError, match=r"frame\.columns\[1\]: 'x', expected 'y'"):
        comparing.assert_same(one, other)
