"""Big arrays and frames lie beside the pickle and are mapped: they come back as they were, and as the process's own."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import jinja2
import jinja2.meta
import numpy as np
import pandas as pd
import pytest

from nb2pipe.verify.pipeline_run import read_bundles
from tests.conftest import REPOSITORY

TEMPLATE = REPOSITORY / "templates" / "ploomber" / "src" / "artifacts.py.jinja"


def render(whole: bool, *, compressed: bool = False) -> str:
    """The module that projects get: with all that any project may need in it, or with what each needs."""
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, autoescape=False)
    text = TEMPLATE.read_text(encoding="utf-8")
    names = jinja2.meta.find_undeclared_variables(environment.parse(text))
    assert {"env", "workdir", "random", "settings", "metrics"} <= names
    # what is compressed is not mapped
    chosen = {
        "compressed": compressed,
        "tables": 'frozenset({"table"})' if whole else "",
        "module_state": "{}" if whole else "",
    }
    values = dict.fromkeys(names, whole) | {"env": "PROJECT", "workdir": '"."'} | chosen
    return environment.from_string(text).render(values)


@pytest.fixture(params=[(True, 1), (False, 1 << 16)], ids=["all beside", "large beside"])
def artifacts(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    whole, large = request.param
    path = tmp_path / "project" / "src" / "pack" / "artifacts.py"
    path.parent.mkdir(parents=True)
    path.write_text(render(whole), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("written_artifacts", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "written_artifacts", module)  # what is stored names its functions by it
    spec.loader.exec_module(module)
    assert module.LARGE == 1 << 16
    module.LARGE = large
    return module


def through(artifacts: ModuleType, path: Path, *bundles: dict[str, Any]) -> dict[str, Any]:
    """What a stage behind gets."""
    artifacts.save(path, *bundles)
    names = [name for bundle in bundles for name in bundle]
    return dict(artifacts.load_bound(path, *names))


ARRAYS = {
    "plain": np.arange(30_000.0),
    "columns first": np.asfortranarray(np.arange(60_000.0).reshape(200, 300)),
    "every other": np.arange(60_000.0)[::2],
    "read-only": np.frombuffer(bytes(range(256)) * 500, dtype=np.uint8),
    "structured": np.zeros(20_000, dtype=[("a", "i4"), ("b", "f8")]),
    "big-endian": np.arange(20_000, dtype=">i8"),
    "dates": np.arange("2020-01", "2021-01", dtype="datetime64[m]"),
    "empty": np.zeros((0, 5)),
    "objects": np.array([{"a": 1}, None, "x"] * 10_000, dtype=object),
    "no dimension": np.array(3.5),
    "texts": np.array(["ab", "c"] * 20_000),
}


@pytest.mark.parametrize("value", ARRAYS.values(), ids=ARRAYS)
def test_an_array_comes_back_as_it_was(artifacts: ModuleType, tmp_path: Path, value: np.ndarray[Any, Any]) -> None:
    first = through(artifacts, tmp_path / "a.pkl", {"x": value})["x"]
    again = through(artifacts, tmp_path / "b.pkl", {"x": first})["x"]
    for found in (first, again):
        np.testing.assert_array_equal(found, value)
        assert found.dtype == value.dtype
        assert found.flags.writeable == value.flags.writeable
        if value.flags.c_contiguous or value.flags.f_contiguous:
            assert (found.flags.c_contiguous, found.flags.f_contiguous) == (
                value.flags.c_contiguous,
                value.flags.f_contiguous,
            )


def test_views_and_second_names_still_share_memory_through_two_stages(artifacts: ModuleType, tmp_path: Path) -> None:
    x = np.arange(40_000.0).reshape(200, 200)
    values: dict[str, Any] = {
        "x": x,
        "same": x,
        "rows": x[10:20],
        "turned": x.T,
        "flat": x.reshape(-1),
        "other": x.copy(),
    }
    for stage in range(3):
        values = through(artifacts, tmp_path / f"{stage}.pkl", values)
        x = values["x"]
        assert values["same"] is x
        assert not np.shares_memory(values["other"], x)
        x[10, 0] = -1.0 - stage
        assert values["rows"][0, 0] == values["turned"][0, 10] == values["flat"][2000] == x[10, 0]
        assert values["other"][10, 0] == 2000


def test_what_a_stage_changes_stays_its_own(artifacts: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "a.pkl"
    artifacts.save(path, {"x": np.zeros(20_000)})
    content = path.read_bytes()
    first = artifacts.load(path, "x")
    first[:] = 1
    assert artifacts.load(path, "x").sum() == 0
    assert path.read_bytes() == content


def test_a_file_may_be_replaced_while_its_arrays_are_in_use(artifacts: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "a.pkl"
    artifacts.save(path, {"x": np.full(20_000, 1.0)})
    old = artifacts.load(path, "x")
    artifacts.save(path, {"x": np.full(20_000, 2.0)})
    assert (old.sum(), artifacts.load(path, "x").sum()) == (20_000, 40_000)
    os.unlink(path)
    assert old.sum() == 20_000


def frames() -> dict[str, pd.DataFrame]:
    rows = 9_000
    plain = pd.DataFrame(np.arange(rows * 4.0).reshape(rows, 4), columns=list("abcd"))
    mixed = plain.assign(
        n=range(rows),
        text=["x", "yy", None] * (rows // 3),
        kind=pd.Categorical(["u", "v", "u"] * (rows // 3), ordered=True),
        when=pd.date_range("2020", periods=rows, freq="h", tz="Europe/Berlin"),
        maybe=pd.array([1, None, 3] * (rows // 3), dtype="Int64"),
        objects=[[1], (2,), {}] * (rows // 3),
    )
    levels = plain.set_index(["a", "b"])
    named = plain.rename_axis("row").rename_axis(columns="column")
    named.attrs["source"] = {"file": "a.csv"}
    double = plain.set_axis(["a", "a", "b", "b"], axis=1)
    every = plain[::2]
    return {
        "plain": plain,
        "mixed": mixed,
        "levels": levels,
        "named": named,
        "double": double,
        "every other row": every,
    } | {
        "turned": plain.T,
        "empty": plain[:0],
    }


@pytest.mark.parametrize("name", frames())
def test_a_frame_comes_back_as_it_was(artifacts: ModuleType, tmp_path: Path, name: str) -> None:
    value = frames()[name]
    first = through(artifacts, tmp_path / "a.pkl", {"x": value})["x"]
    again = through(artifacts, tmp_path / "b.pkl", {"x": first})["x"]
    for found in (first, again):
        pd.testing.assert_frame_equal(found, value, check_freq=True)
        assert found.attrs == value.attrs
        assert found.columns.name == value.columns.name
        assert list(found.dtypes) == list(value.dtypes)


def test_frames_that_pandas_lets_share_memory_do_not_change_each_other(artifacts: ModuleType, tmp_path: Path) -> None:
    x = pd.DataFrame({"a": np.arange(20_000.0), "b": np.arange(20_000.0)})
    values: dict[str, Any] = {"x": x, "shallow": x.copy(deep=False), "column": x["a"], "part": x[["a"]], "same": x}
    before = x.copy()
    for stage in range(3):
        values = through(artifacts, tmp_path / f"{stage}.pkl", values)
        assert values["same"] is values["x"]
        values["x"].loc[0, "a"] = -1.0
        values["x"]["b"] += 1
        for name in ("shallow", "part"):
            pd.testing.assert_frame_equal(values[name], before[values[name].columns])
        pd.testing.assert_series_equal(values["column"], before["a"])
        values["x"].loc[0, "a"] = 0.0
        values["x"]["b"] -= 1


def test_the_frame_that_is_stored_is_not_changed_by_it(artifacts: ModuleType, tmp_path: Path) -> None:
    value = frames()["mixed"]
    before = value.copy()
    view = value["a"]
    artifacts.save(tmp_path / "a.pkl", {"x": value})
    value.loc[0, "a"] = 7.0
    assert view[0] == 0.0
    pd.testing.assert_frame_equal(value.drop(index=0), before.drop(index=0))


def test_each_bundle_has_its_own_arrays_and_the_index_can_be_read_as_before(
    artifacts: ModuleType, tmp_path: Path
) -> None:
    x, y = np.arange(20_000.0), np.arange(20_000.0, 40_000.0)
    path = tmp_path / "a.pkl"
    found = through(artifacts, path, {"x": x}, {"y": y, "x2": y[5:]}, {"small": 1})
    assert read_bundles(path) == (("x",), ("y", "x2"), ("small",))
    np.testing.assert_array_equal(found["x"], x)
    assert np.shares_memory(found["y"], found["x2"])
    assert artifacts.load(path, "small") == 1


def test_without_mapping_arrays_are_read(
    artifacts: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise OSError("cannot be mapped")

    monkeypatch.setattr(artifacts.mmap, "mmap", refuse)
    x = np.arange(40_000.0)
    values: dict[str, Any] = {"x": x, "part": x[5:]}
    for stage in range(2):
        values = through(artifacts, tmp_path / f"{stage}.pkl", values)
        np.testing.assert_array_equal(values["x"], x)
        values["x"][5] = -1
        assert values["part"][0] == -1
        values["x"][5] = 5
