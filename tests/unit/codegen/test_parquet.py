"""Tables that stages hand over as Parquet files, too; those that would come back changed are refused."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nb2pipe.codegen.runtime import parquet_tables, render_runtime
from nb2pipe.convert import analyze
from nb2pipe.diagnostics import Span
from nb2pipe.notebook.layout import Hint
from nb2pipe.options import Options
from tests.conftest import EXAMPLES, Completed


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The emitted module of a project that writes all tables."""
    pipeline = analyze(EXAMPLES / "churn/churn.ipynb").pipeline
    assert pipeline
    path = tmp_path_factory.mktemp("parquet") / "src" / "churn" / "artifacts.py"
    path.parent.mkdir(parents=True)
    path.write_text(render_runtime(pipeline, "src/churn", Options(products="parquet"))["src/churn/artifacts.py"])
    spec = importlib.util.spec_from_file_location("parquet_artifacts", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


SAME: dict[str, Callable[[], Any]] = {
    "numbers with gaps": lambda: pd.DataFrame({"a": [1.5, np.nan], "b": [1, 2]}),
    "texts with a gap": lambda: pd.DataFrame({"a": pd.array(["x", None], dtype="string")}),
    "times with a zone": lambda: pd.DataFrame({"t": pd.to_datetime(["2024-01-01", None]).tz_localize("Europe/Rome")}),
    "categories in order": lambda: pd.DataFrame({"c": pd.Categorical(["b", "a"], ["b", "a"], ordered=True)}),
    "an index with a name": lambda: pd.DataFrame({"a": [1, 2]}, index=pd.Index([5, 7], name="key")),
    "two levels of an index": lambda: pd.DataFrame(
        {"a": [1]}, index=pd.MultiIndex.from_tuples([(1, "x")], names=["n", "t"])
    ),
    "nullable integers": lambda: pd.DataFrame({"a": pd.array([1, None], dtype="Int64")}),
    "no rows": lambda: pd.DataFrame({"a": pd.Series([], dtype="float32")}),
}

CHANGED: dict[str, Callable[[], Any]] = {
    "a mixture of types": lambda: pd.DataFrame({"a": [1, "x"]}, dtype=object),
    "lists in cells": lambda: pd.DataFrame({"a": [[1, 2], [3]]}),
    "tuples in cells": lambda: pd.DataFrame({"a": [(1, 2), (3, 4)]}),
    "objects of the notebook": lambda: pd.DataFrame({"a": [object()]}),
    "two columns of one name": lambda: pd.DataFrame([[1, 2]], columns=["a", "a"]),
    "complex numbers": lambda: pd.DataFrame({"a": [1j]}),
    "an index with a frequency": lambda: pd.DataFrame({"a": [1, 2]}, index=pd.date_range("2024-01-01", periods=2)),
    "a class of its own": lambda: type("Own", (pd.DataFrame,), {})({"a": [1]}),
    "attributes that JSON does not hold": lambda: with_attributes(pd.DataFrame({"a": [1]}), {"made": object()}),
}


def with_attributes(table: pd.DataFrame, attributes: dict[str, object]) -> pd.DataFrame:
    table.attrs.update(attributes)
    return table


@pytest.mark.parametrize("what", SAME)
def test_a_table_that_comes_back_is_written(artifacts: ModuleType, what: str, tmp_path: Path) -> None:
    table = SAME[what]()
    artifacts.save(tmp_path / "load.pkl", {"table": table, "other": 1})
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "load.tables" / "table.parquet"), table)
    pd.testing.assert_frame_equal(artifacts.load(tmp_path / "load.pkl", "table"), table)
    assert [path.name for path in (tmp_path / "load.tables").iterdir()] == ["table.parquet"]


@pytest.mark.parametrize("what", CHANGED)
def test_a_table_that_would_change_is_refused_by_name(artifacts: ModuleType, what: str, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="`table` cannot be a Parquet file"):
        artifacts.save(tmp_path / "load.pkl", {"table": CHANGED[what]()})
    assert not (tmp_path / "load.pkl").exists()
    assert list((tmp_path / "load.tables").iterdir()) == []


def test_what_is_no_table_any_more_leaves_no_file(artifacts: ModuleType, tmp_path: Path) -> None:
    artifacts.save(tmp_path / "load.pkl", {"table": pd.DataFrame({"a": [1]})})
    artifacts.save(tmp_path / "load.pkl", {"table": [1]})
    assert list((tmp_path / "load.tables").iterdir()) == []


def test_tags_choose_variables() -> None:
    pipeline = analyze(EXAMPLES / "churn/churn.ipynb").pipeline
    assert pipeline
    first, *others = pipeline.stages
    hint = Hint("parquet", "", "customers", Span(1))
    tagged = replace(pipeline, stages=(replace(first, hints=(hint,)), *others))
    assert parquet_tables(pipeline, Options()) == ""
    assert parquet_tables(tagged, Options()) == 'frozenset({"customers"})'
    assert parquet_tables(tagged, Options(products="parquet")) == "None"


def test_a_project_with_tables(copy_example: Callable[[str], Path], run_cli: Callable[..., Completed]) -> None:
    notebook = copy_example("churn")
    done = run_cli("convert", notebook, "-o", "project", "--products", "parquet", cwd=notebook.parent)
    assert done.returncode == 0, done.stderr
    project = notebook.parent / "project"
    assert "pyarrow" in (project / "pyproject.toml").read_text()
    done = run_cli("run", "--to", "clean", cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr
    customers = pd.read_parquet(project / "products/clean.tables/customers.parquet")
    assert len(customers) > 100


def test_compressed_products_hold_the_same(
    copy_example: Callable[[str], Path], run_cli: Callable[..., Completed]
) -> None:
    notebook = copy_example("churn")
    sizes = []
    for name, options in (("plain", ()), ("small", ("--compress",))):
        done = run_cli("convert", notebook, "-o", name, *options, cwd=notebook.parent)
        assert done.returncode == 0, done.stderr
        if options:
            done = run_cli("verify", notebook, name, "--runner", "nb2pipe", "--quick", cwd=notebook.parent)
            assert done.returncode == 0, done.stdout
        assert run_cli("run", "--to", "split", cwd=notebook.parent / name).returncode == 0
        first = (notebook.parent / name / "products/split.pkl").read_bytes()
        assert run_cli("run", "--to", "split", "--force", cwd=notebook.parent / name).returncode == 0
        assert (notebook.parent / name / "products/split.pkl").read_bytes() == first
        sizes.append(len(first))
    assert sizes[1] < sizes[0] / 2
