"""Which tests are emitted for which stage, and that what is emitted is sound Python of its own."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import black
import nbformat
import pytest

from nb2pipe.codegen.sources import render_sources
from nb2pipe.codegen.tests import doubtful_stages
from nb2pipe.convert import Analysis, analyze
from nb2pipe.options import Options

LOAD = ("stage:load", "rows = [3, 1, 2]\nprint(len(rows))")
SORT = ("stage:sort", "rows.sort(reverse=descending)\nrows")
PARAMETERS = ("parameters", "descending = True")


def analyze_cells(folder: Path, *cells: tuple[str, str], options: Options | None = None) -> Analysis:
    nodes = [nbformat.v4.new_code_cell(source, metadata={"tags": [tag] if tag else []}) for tag, source in cells]
    path = folder / "rows.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=nodes), path)
    analysis = analyze(path, options)
    assert analysis.pipeline is not None, [d.message for d in analysis.diagnostics]
    return analysis


def emit(
    analysis: Analysis, unstable: frozenset[str] | None = None, options: Options | None = None
) -> Mapping[str, str]:
    assert analysis.pipeline is not None
    assert analysis.plan is not None
    keys = {p.name: p.name for p in analysis.pipeline.parameters}
    return render_sources(analysis.pipeline, analysis.plan, options or Options(), unstable, keys).tests


def functions(text: str) -> dict[str, str]:
    """Name to text of the functions of a module."""
    return {n.name: ast.unparse(n) for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)}


def test_a_stage_is_called_as_its_notebook_calls_it(tmp_path: Path) -> None:
    tests = functions(emit(analyze_cells(tmp_path, PARAMETERS, LOAD, SORT))["tests/test_stages.py"])
    assert set(tests) == {"test_load", "test_sort"}
    assert "rows = artifacts.load(upstream['load']['data'], 'rows')" in tests["test_sort"]
    assert "descending = pipeline_run.parameters('sort')['descending']" in tests["test_sort"]
    assert "descending=descending)" in tests["test_sort"]
    assert "assert_same(found, expected)" in tests["test_load"]
    assert "pipeline_run.text('sort')" in tests["test_sort"]


def test_with_a_record_a_stage_is_compared_with_the_notebook(tmp_path: Path) -> None:
    tests = functions(emit(analyze_cells(tmp_path, PARAMETERS, LOAD, SORT), frozenset())["tests/test_stages.py"])
    for name in ("load", "sort"):
        assert f"recorded('{name}')" in tests[f"test_{name}"]
        assert "assert_same_text(shown.text, expected['text'])" in tests[f"test_{name}"]
        assert "pipeline_run.text" not in tests[f"test_{name}"]


def test_settings_of_earlier_cells_are_set_before_a_stage_is_called(tmp_path: Path) -> None:
    setting = ("imports", "import pandas as pd\npd.set_option('display.precision', 2)")
    frame = ("stage:show", "frame = pd.DataFrame({'x': [1.2345]})\nframe")
    body = functions(emit(analyze_cells(tmp_path, setting, frame))["tests/test_stages.py"])["test_show"]
    assert body.index("pd.set_option('display.precision', 2)") < body.index("run_show()")


def test_inline_stages_are_compared_as_they_ran(tmp_path: Path) -> None:
    options = Options(style="notebook")
    analysis = analyze_cells(tmp_path, PARAMETERS, LOAD, SORT, options=options)
    for unstable, other in ((None, "second_run"), (frozenset[str](), "recorded")):
        emitted = emit(analysis, unstable, options)
        tests = functions(emitted["tests/test_stages.py"])
        assert set(tests) == {"test_executed_stage"}
        assert other in tests["test_executed_stage"]
        assert ("def second_run" in emitted["tests/conftest.py"]) is (unstable is None)


def test_a_stage_that_overwrites_what_it_reads_is_not_called_twice(tmp_path: Path) -> None:
    cell = ("stage:count", "n = int(open('n.txt').read())\nopen('n.txt', 'w').write(str(n + 1))\nprint(n)")
    tests = functions(emit(analyze_cells(tmp_path, cell))["tests/test_stages.py"])
    assert set(tests) == {"test_executed_stage"}


@pytest.mark.parametrize(
    "source",
    [
        "from IPython.display import clear_output\nprint(1)\nclear_output()",
        "handle = display(1, display_id=True)\nhandle.update(2)",
    ],
)
def test_a_stage_that_changes_what_it_showed_needs_its_notebook(source: str, tmp_path: Path) -> None:
    tests = functions(
        emit(analyze_cells(tmp_path, ("stage:show", source), ("stage:end", "print(1)")))["tests/test_stages.py"]
    )
    assert set(tests) == {"test_executed_stage", "test_end"}


def test_stages_whose_names_begin_alike_have_tests_of_their_own(tmp_path: Path) -> None:
    cells = [("stage:split", "x = 1\nprint(x)"), ("stage:test_split", "print(x + 1)")]
    tests = functions(emit(analyze_cells(tmp_path, *cells))["tests/test_stages.py"])
    assert set(tests) == {"test_split", "test_test_split"}


def test_imports_of_a_test_stand_together(tmp_path: Path) -> None:
    setting = ("imports", "import pandas as pd\npd.set_option('display.precision', 2)")
    cells = [setting, ("stage:make", "frame = pd.DataFrame({'x': [1.2345]})"), ("stage:show", "frame")]
    body = emit(analyze_cells(tmp_path, *cells))["tests/test_stages.py"]
    assert (
        """
    import pandas as pd

    from rows.show import run_show

    upstream = pipeline_run.upstream("make")

    pd.set_option("display.precision", 2)
"""
        in body
    )


def test_emitted_tests_are_clean(tmp_path: Path) -> None:
    for number, unstable in enumerate((None, frozenset[str](), frozenset({"load"}))):
        folder = tmp_path / str(number) / "tests"
        folder.mkdir(parents=True)
        analysis = analyze_cells(tmp_path, PARAMETERS, LOAD, SORT)
        for path, text in emit(analysis, unstable).items():
            (folder.parent / path).write_text(text, encoding="utf-8")
        (folder.parent / "src" / "rows").mkdir(parents=True)
        command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select", "F,I,B,UP,W", "tests"]
        done = subprocess.run(command, cwd=folder.parent, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("source", "doubt"),
    [
        ("x = sorted([3, 1])", ""),
        ("import random\nrandom.seed(1)\nx = random.random()", ""),
        ("import numpy as np\nnp.random.seed(1)\nx = np.random.rand()", ""),
        ("import random\nx = random.random()", "draws"),
        ("import random\nx = random.random()\nrandom.seed(1)", "draws"),
        ("import time\nx = time.time()", "draws"),
    ],
)
def test_doubt_is_where_a_second_run_may_differ(source: str, doubt: str, tmp_path: Path) -> None:
    analysis = analyze_cells(tmp_path, ("stage:draw", source), ("stage:use", "print(x)"))
    assert analysis.pipeline is not None
    assert analysis.plan is not None
    assert doubtful_stages(analysis.pipeline, analysis.plan).get("draw", "") == doubt


def test_values_that_a_clock_or_chance_decides_are_not_compared(tmp_path: Path) -> None:
    cells = [("stage:draw", "import random\nx = random.random()"), ("stage:use", "print(x)")]
    analysis = analyze_cells(tmp_path, *cells)
    tests = functions(emit(analysis)["tests/test_stages.py"])
    assert "assert_same(found, expected, values=False)" in tests["test_draw"]
    assert "assert_same_text" in tests["test_use"]  # called with the same inputs, it shows the same
    recorded = functions(emit(analysis, frozenset({"draw"}))["tests/test_stages.py"])
    assert "values=False" in recorded["test_draw"]
    assert "assert_same_text" not in recorded["test_use"]  # its inputs are another run's


@pytest.mark.parametrize("style", ["function", "notebook"])
@pytest.mark.parametrize("unstable", [None, frozenset[str](), frozenset({"load"})])
def test_emitted_tests_are_formatted_python_without_nb2pipe(
    style: str, unstable: frozenset[str] | None, tmp_path: Path
) -> None:
    options = Options(style=style)
    analysis = analyze_cells(tmp_path, PARAMETERS, LOAD, SORT, options=options)
    emitted = emit(analysis, unstable, options)
    assert emitted == emit(analysis, unstable, options)
    for path, text in emitted.items():
        tree = ast.parse(text)
        imported = {a.name.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        imported |= {(n.module or "").split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        assert "nb2pipe" not in imported, path
        assert black.format_str(text, mode=black.Mode(line_length=88)) == text, path


def test_every_emitted_test_asserts_something(tmp_path: Path) -> None:
    analysis = analyze_cells(tmp_path, PARAMETERS, LOAD, SORT)
    for unstable in (None, frozenset[str](), frozenset({"load", "sort"})):
        for path, text in emit(analysis, unstable).items():
            for name, body in functions(text).items():
                assert not name.startswith("test_") or "assert" in body, f"{path}: {name}"
