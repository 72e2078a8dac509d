"""The tests that a project comes with: green on a fresh conversion, red where a stage's code changes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Completed

#: Example → (file, text, other text) of its project: each must turn a test of a stage red.
MUTATIONS = {
    "energy_forecast": [
        ("a_first_look.py", "rolling(28", "rolling(29"),  # only the figure shows it
        ("features.py", "shift(lag)", "shift(lag + 1)"),
    ],
    "recommender": [
        ("functions.py", "return", "return 2 *"),
        ("split.py", "<", "<="),
    ],
}


def run_tests(run_command: Callable[..., Completed], project: Path, *arguments: str) -> Completed:
    options = ["-q", "-p", "no:cacheprovider", "--color=no"]
    return run_command(sys.executable, "-B", "-m", "pytest", *options, *arguments, cwd=project, timeout=600)


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.xdist_group(f"emitted-{n}")) for n in MUTATIONS])
def test_recorded_tests_are_green_until_a_stage_changes(
    name: str, copy_example: Callable[[str], Path], run_cli: Callable[..., Completed], run_command: Callable[..., Completed]
) -> None:
    notebook = copy_example(name)
    converted = run_cli("convert", notebook.name, "-o", "project", "--record", cwd=notebook.parent)
    assert converted.returncode == 0, converted.stdout + converted.stderr
    project = notebook.parent / "project"
    data = list((project / "tests" / "data").iterdir())
    assert sum(path.stat().st_size for path in data) < 1 << 20
    assert not any(str(notebook.parent) in path.read_text(encoding="utf-8") for path in data)

    built = run_command("ploomber", "build", cwd=project)
    assert built.returncode == 0, built.stdout[-3000:] + built.stderr[-3000:]
    done = run_tests(run_command, project, "--products", ".")
    assert done.returncode == 0, done.stdout[-6000:]
    assert "passed" in done.stdout
    assert "skipped" not in done.stdout

    for file, text, other in MUTATIONS[name]:
        (module,) = project.glob(f"src/*/{file}")
        source = module.read_text(encoding="utf-8")
        assert text in source, f"{file} has no `{text}`"
        module.write_text(source.replace(text, other), encoding="utf-8")
        done = run_tests(run_command, project, "--products", ".", "-x", "tests/test_stages.py")
        assert done.returncode == 1, f"{file}: {text} → {other} was not noticed\n{done.stdout[-3000:]}"
        assert "1 failed" in done.stdout
        module.write_text(source, encoding="utf-8")


@pytest.mark.xdist_group("emitted-without-record")
def test_tests_without_a_record_run_the_pipeline_and_see_what_does_not_repeat(
    copy_example: Callable[[str], Path], run_cli: Callable[..., Completed], run_command: Callable[..., Completed]
) -> None:
    notebook = copy_example("recommender")
    converted = run_cli("convert", notebook.name, "-o", "project", cwd=notebook.parent)
    assert converted.returncode == 0, converted.stdout + converted.stderr
    project = notebook.parent / "project"
    done = run_tests(run_command, project)
    assert done.returncode == 0, done.stdout[-6000:]
    assert not (project / "products").exists(), "the tests ran the pipeline in a copy"

    (module,) = project.glob("src/*/split.py")
    source = module.read_text(encoding="utf-8")
    changed = source.replace("    return ", "    before = before.sample(frac=0.9)\n    return ")
    assert changed != source
    module.write_text(changed, encoding="utf-8")
    done = run_tests(run_command, project, "tests/test_stages.py", "-k", "split")
    assert done.returncode == 1, done.stdout[-3000:]


@pytest.mark.xdist_group("emitted-without-record")
def test_a_stage_that_fails_is_told_with_its_traceback(
    copy_example: Callable[[str], Path], run_cli: Callable[..., Completed], run_command: Callable[..., Completed]
) -> None:
    notebook = copy_example("recommender")
    run_cli("convert", notebook.name, "-o", "project", cwd=notebook.parent)
    project = notebook.parent / "project"
    (module,) = project.glob("src/*/load.py")
    text = module.read_text(encoding="utf-8")
    module.write_text(text.replace("read_csv(", "read_csv(1 / 0, "), encoding="utf-8")
    done = run_tests(run_command, project, "-x", "tests/test_pipeline.py")
    assert done.returncode == 1
    assert "ploomber build failed" in done.stdout
    assert "ZeroDivisionError" in done.stdout
