"""The tests that a project comes with: green on a fresh conversion, red where a stage's code changes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
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
    name: str,
    copy_example: Callable[[str], Path],
    run_cli: Callable[..., Completed],
    run_command: Callable[..., Completed],
) -> None:
    notebook = copy_example(name)
    converted = run_cli("convert", notebook.name, "-o", "project", "--record", cwd=notebook.parent)
    assert converted.returncode == 0, converted.stdout + converted.stderr
    project = notebook.parent / "project"
    data = list((project / "tests" / "data").iterdir())
    assert sum(path.stat().st_size for path in data) < 1 << 20
    assert not any(str(notebook.parent) in path.read_text(encoding="utf-8") for path in data)

    built = run_cli("run", cwd=project) if name == "energy_forecast" else run_command("ploomber", "build", cwd=project)
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


@pytest.fixture
def small_project(tmp_path: Path, run_cli: Callable[..., Completed]) -> Path:
    """A project of two stages, converted without a record; its libraries are quick to import."""
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "rows.txt").write_text("3\n1\n2\n", encoding="utf-8")
    cells = {
        "parameters": "factor = 2",
        "stage:load": "rows = [factor * int(line) for line in open('rows.txt')]\nprint(len(rows), 'rows')",
        "stage:sort": "largest = max(rows)\nordered = sorted(rows)\nordered",
    }
    nodes = [nbformat.v4.new_code_cell(s, id=f"c{n}", metadata={"tags": [t]}) for n, (t, s) in enumerate(cells.items())]
    nbformat.write(nbformat.v4.new_notebook(cells=nodes), folder / "rows.ipynb")
    converted = run_cli("convert", "rows.ipynb", "-o", "project", cwd=folder)
    assert converted.returncode == 0, converted.stdout + converted.stderr
    return folder / "project"


def edit(project: Path, file: str, text: str, other: str) -> None:
    (module,) = project.glob(f"src/*/{file}")
    source = module.read_text(encoding="utf-8")
    assert text in source
    module.write_text(source.replace(text, other), encoding="utf-8")


def test_without_a_record_the_tests_run_the_pipeline_in_a_copy(
    small_project: Path, run_command: Callable[..., Completed]
) -> None:
    done = run_tests(run_command, small_project)
    assert done.returncode == 0, done.stdout[-6000:]
    assert "passed" in done.stdout
    assert not (small_project / "products").exists()


def test_files_above_the_notebook_are_there_when_the_tests_run(
    tmp_path: Path, run_cli: Callable[..., Completed], run_command: Callable[..., Completed]
) -> None:
    (tmp_path / "work" / "notebooks").mkdir(parents=True)
    (tmp_path / "work" / "rows.txt").write_text("3\n1\n", encoding="utf-8")
    nodes = [
        nbformat.v4.new_code_cell(source, id=name, metadata={"tags": [f"stage:{name}"]})
        for name, source in (("load", "rows = open('../rows.txt').readlines()"), ("count", "print(len(rows))"))
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=nodes), tmp_path / "work" / "notebooks" / "rows.ipynb")
    run_cli("convert", "rows.ipynb", "-o", "project", cwd=tmp_path / "work" / "notebooks")
    done = run_tests(run_command, tmp_path / "work" / "notebooks" / "project")
    assert done.returncode == 0, done.stdout[-6000:]


def test_without_a_record_the_tests_see_what_does_not_repeat(
    small_project: Path, run_command: Callable[..., Completed]
) -> None:
    edit(small_project, "load.py", "    print(len(rows)", "    import os\n    print(os.getpid(), len(rows)")
    done = run_tests(run_command, small_project, "tests/test_stages.py")
    assert done.returncode == 1, done.stdout[-3000:]
    assert "test_load" in done.stdout
    assert "1 failed, 1 passed" in done.stdout


def test_a_stage_that_fails_is_told_with_its_traceback(
    small_project: Path, run_command: Callable[..., Completed]
) -> None:
    edit(small_project, "sort.py", "max(rows)", "max(rows) / 0")
    done = run_tests(run_command, small_project, "-x", "tests/test_pipeline.py")
    assert done.returncode == 1
    assert "ploomber build failed" in done.stdout
    assert "ZeroDivisionError" in done.stdout


def test_an_edge_that_the_readme_does_not_show_is_told(
    small_project: Path, run_command: Callable[..., Completed]
) -> None:
    path = small_project / "README.md"
    path.write_text(path.read_text(encoding="utf-8").replace("load -->", "sort -->"), encoding="utf-8")
    done = run_tests(run_command, small_project, "tests/test_pipeline.py", "-k", "readme or declare")
    assert done.returncode == 1
    assert "1 failed, 1 passed" in done.stdout
