"""The type of a value as it is recorded: what has no name first."""

from __future__ import annotations

import collections
import datetime
import pathlib
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline

from nb2pipe.record.naming import type_name


class Local:
    pass


def test_what_cannot_be_imported_has_no_name() -> None:
    class Nested:
        pass

    assert type_name(Nested()) == "Any"
    assert type_name(iter([])) == "Any"
    assert type_name(type("Made", (), {"__module__": "numpy"})()) == "Any"  # numpy has none
    assert type_name(type("Hidden", (), {"__module__": "_thread.x"})()) == "Any"


def test_looking_calls_nothing() -> None:
    class Loud:
        def __getattribute__(self, name: str) -> Any:
            raise AssertionError(name)

    assert type_name(Loud()) == "Any"


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "None"),
        (True, "bool"),
        (1, "int"),
        ("", "str"),
        ([], "list"),
        ([1, 2], "list[int]"),
        ([1, None], "list[int | None]"),
        ([1, "a"], "list[Any]"),
        ([[1], [2]], "list[list[int]]"),
        ([[1], ["a"]], "list[list]"),
        ([[[1]]], "list[list[list]]"),
        ({}, "dict"),
        ({"a": 1.0}, "dict[str, float]"),
        ((1, "a"), "tuple[int, str]"),
        ((), "tuple"),
        ((1, 2, 3, 4, 5), "tuple[int, ...]"),
        ({1}, "set[int]"),
        (len, "collections.abc.Callable"),
        (lambda: 1, "collections.abc.Callable"),
        (collections.Counter("a"), "collections.Counter"),
        (pathlib.PurePosixPath("a"), "pathlib.PurePosixPath"),
        (datetime.date(2024, 1, 1), "datetime.date"),
        (np.float64(1), "numpy.float64"),
        (np.zeros(1), "numpy.ndarray"),
        (pd.DataFrame(), "pandas.DataFrame"),
        ([pd.Series([1])], "list[pandas.Series]"),
        (pd.Timestamp("2024-01-01"), "pandas.Timestamp"),
        (Pipeline([]), "sklearn.pipeline.Pipeline"),
        (Local(), f"{__name__}.Local"),
    ],
    ids=lambda part: part if isinstance(part, str) else type(part).__name__,
)
def test_names(value: object, name: str) -> None:
    assert type_name(value) == name
