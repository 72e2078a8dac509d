"""The small modules that every project has are formatted, whatever a project needs of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import black
import pytest

from nb2pipe.codegen.runtime import render_runtime
from nb2pipe.codegen.sources import FORMATTED_WIDTH, format_code
from nb2pipe.convert import analyze, convert
from nb2pipe.options import Options
from nb2pipe.pipeline.model import Pipeline

KINDS = (
    "sets",
    "lazy",
    "dict view",
    "locks",
    "match",
    "open file",
    "late",
    "__getattr__",
    "argparse",
    "vectorized",
    "talks",
    "iterators",
    "names",
    "shared dicts",
    "asyncio",
    "addresses",
    "folders",
    "threads",
    "object dict",
    "library objects",
    "database",
    "rows",
    "archive",
    "zip file",
    "engine",
    "log handler",
    "mapped array",
    "copyreg",
    "tensors",
    "keras",
    "pages",
    "workbooks",
    "measured",
    "numbers",
    "errors",
    "displays",
    "constructors",
)
STATE = ("numpy.random state", "faker state", "settings", "logging handlers", "open figures", "state of modules")


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    found = analyze(Path(__file__).parents[3] / "example_notebooks/churn/churn.ipynb").pipeline
    assert found is not None
    return found


def with_needs(pipeline: Pipeline, kinds: tuple[str, ...], state: tuple[str, ...], metrics: bool) -> Pipeline:
    stages = tuple(replace(s, state=state, metrics=s.metrics if metrics else ()) for s in pipeline.stages)
    return replace(pipeline, stored=frozenset(kinds), stages=stages, module_state={"helper": ("count", "total")})


@pytest.mark.parametrize("products", ["parquet", "pickle"])
def test_what_writes_tables_is_written_as_black_formats_it(pipeline: Pipeline, products: str) -> None:
    options = Options(products=products)
    text = render_runtime(pipeline, "src/churn", options)["src/churn/artifacts.py"]
    assert text == format_code(text, options)
    assert ("_save_tables" in text) == (products == "parquet")


@pytest.mark.parametrize("kinds", [(), KINDS])
def test_what_compresses_is_written_as_black_formats_it(pipeline: Pipeline, kinds: tuple[str, ...]) -> None:
    options = Options(compress=True)
    text = render_runtime(with_needs(pipeline, kinds, (), False), "src/churn", options)["src/churn/artifacts.py"]
    assert text == format_code(text, options)
    assert "gzip" in text


@pytest.mark.parametrize(
    ("need", "left_out"),
    [
        # All but one take seconds each: always without one in eight, and with all; nightly without each.
        pytest.param(need, left_out, marks=pytest.mark.nightly if left_out and number % 8 else ())
        for number, need in enumerate(["", *KINDS, *STATE, "metrics"])
        for left_out in (False, True)
    ],
)
def test_artifacts_are_written_as_black_formats_them(pipeline: Pipeline, need: str, left_out: bool) -> None:
    def chosen(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(n for n in names if (n == need) != left_out)

    needing = with_needs(pipeline, chosen(KINDS), chosen(STATE), metrics=bool(chosen(("metrics",))))
    text = render_runtime(needing, "src/churn", Options())["src/churn/artifacts.py"]
    assert text == format_code(text, Options())
    compile(text, "artifacts.py", "exec")


@pytest.mark.parametrize("name", ["churn", "energy_forecast", "kale_passengers", "recommender", "ridge_diabetes"])
def test_tests_are_written_as_black_formats_them(name: str, tmp_path: Path) -> None:
    convert(Path(__file__).parents[3] / f"example_notebooks/{name}/{name}.ipynb", tmp_path / name)
    for path in sorted((tmp_path / name / "tests").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        mode = black.Mode(line_length=FORMATTED_WIDTH, target_versions={black.TargetVersion.PY311})
        assert text == black.format_str(text, mode=mode), path.name


def test_another_width_is_heeded(pipeline: Pipeline) -> None:
    texts = render_runtime(pipeline, "src/churn", Options(line_length=60))
    lines = texts["src/churn/artifacts.py"].splitlines()
    assert sum(len(line) > 60 for line in lines) < sum(
        len(line) > 60
        for line in render_runtime(pipeline, "src/churn", Options())["src/churn/artifacts.py"].splitlines()
    )
