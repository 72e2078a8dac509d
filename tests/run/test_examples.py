"""Every example notebook is converted, its pipeline is run, and each stage shows what the notebook shows."""

from __future__ import annotations

import functools
import hashlib
import json
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType

import nbformat
import pytest

from tests.conftest import EXAMPLES, Completed
from tests.run.compare import compare_shown, count_figures, read_shown, run_notebook
from tests.run.conftest import Built

#: Example → stage → some stages that it must wait for, through others or not.
WAITS_FOR = MappingProxyType(
    {
        "ridge_diabetes": {
            "load": [],
            "split": ["load"],
            "train": ["split"],
            "evaluate": ["train", "split"],
            "compare": ["split"],
        },
        "churn": {
            "load": [],
            "clean": ["load"],
            "split": ["clean"],
            "train_logistic": ["split"],
            "train_forest": ["split"],
            "compare": ["train_logistic", "train_forest"],
            "call_list": ["compare"],
        },
        "recommender": {
            "load": [],
            "split": ["load"],
            "popularity": ["split"],
            "cooccurrence": ["split"],
            "evaluate": ["popularity", "cooccurrence"],
        },
        "energy_forecast": {
            "readings": [],
            "a_first_look": ["readings"],
            "features": ["readings"],
            "forecasts": ["features"],
            "verdict": ["forecasts"],
        },
        "kale_passengers": {
            "load_data": [],
            "features": ["load_data"],
            "random_forest": ["features"],
            "logistic_regression": ["features"],
            "naive_bayes": ["features"],
            "results": ["random_forest", "logistic_regression", "naive_bayes"],
        },
    }
)

#: Example → stages of which none may wait for another: they can run at the same time.
BRANCHES = MappingProxyType(
    {
        "ridge_diabetes": ["train", "compare"],
        "churn": ["train_logistic", "train_forest"],
        "recommender": ["popularity", "cooccurrence"],
        "energy_forecast": ["a_first_look", "features"],
        "kale_passengers": ["random_forest", "logistic_regression", "naive_bayes"],
    }
)

#: Example → what it shows in figures, text and names; a comparison of nothing with nothing proves nothing.
FIGURES = MappingProxyType(
    {"ridge_diabetes": 2, "churn": 2, "recommender": 2, "energy_forecast": 2, "kale_passengers": 1}
)

STYLES = ["function", "notebook"]
#: Examples that come out in the second style in the nightly tests only.
LATE = ("ridge_diabetes", "recommender", "energy_forecast", "kale_passengers")
CONVERTED = [
    pytest.param(
        name,
        style,
        id=f"{name}-{style}",
        marks=[pytest.mark.xdist_group(name), *([pytest.mark.nightly] if style == "notebook" and name in LATE else [])],
    )
    for name in WAITS_FOR
    for style in STYLES
]

#: Prints the pipeline as Ploomber reads it: task → tasks that it names as upstream.
PRINT_UPSTREAM = """
import json
from ploomber.spec import DAGSpec
dag = DAGSpec("pipeline.yaml").to_dag().render(show_progress=False)
print(json.dumps({name: sorted(dag[name].upstream) for name in dag}))
"""


@functools.cache
def show_notebook(name: str) -> MappingProxyType[str, tuple[str, ...]]:
    """What the example's notebook shows, by stage; run once a test process."""
    return MappingProxyType(read_shown(run_notebook(EXAMPLES / name / f"{name}.ipynb")))


def digest(folder: Path) -> dict[str, str]:
    """Relative path → hash, of all files below a folder."""
    files = (p for p in sorted(folder.rglob("*")) if p.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def reach(upstream: dict[str, list[str]], stage: str) -> set[str]:
    """All stages that a stage waits for, directly or through others."""
    direct = upstream[stage]
    return set(direct).union(*(reach(upstream, other) for other in direct))


@pytest.mark.parametrize(("name", "style"), CONVERTED)
def test_pipeline_shows_what_the_notebook_shows(
    name: str, style: str, build_example: Callable[[str, str], Built], run_command: Callable[..., Completed]
) -> None:
    built = build_example(name, style)
    project = built.project
    rows = compare_shown(show_notebook(name), project)
    assert [row.stage for row in rows] == list(WAITS_FOR[name])
    different = [row.describe_difference() for row in rows if not row.same]
    assert not different, "\n\n".join(different)
    assert sum(count_figures(row.pipeline) for row in rows) == FIGURES[name]

    path = str(built.without_nb2pipe)
    printed = run_command(sys.executable, "-c", PRINT_UPSTREAM, cwd=project, PYTHONPATH=path)
    assert printed.returncode == 0, printed.stderr
    upstream = json.loads(printed.stdout.splitlines()[-1])
    waits = {stage: reach(upstream, stage) for stage in upstream}
    for stage, others in WAITS_FOR[name].items():
        assert set(others) <= waits[stage], f"{stage} must wait for {others}, waits for {waits[stage]}"
    for stage in BRANCHES[name]:
        assert not waits[stage] & set(BRANCHES[name]), f"{stage} waits for a stage of another branch"


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", WAITS_FOR)
def test_same_notebook_gives_same_bytes(
    name: str, style: str, copy_example: Callable[[str], Path], run_cli: Callable[..., Completed]
) -> None:
    notebook = copy_example(name)
    before = digest(notebook.parent)
    for out in ("first", "second"):
        # The project's name comes from the notebook, so the name of the folder does not show.
        done = run_cli("convert", notebook.name, "-o", f"{out}/project", "--style", style, cwd=notebook.parent)
        assert done.returncode == 0, done.stdout + done.stderr
    after = {path: at for path, at in digest(notebook.parent).items() if not path.startswith(("first/", "second/"))}
    assert after == before, "conversion changed its input"
    first = digest(notebook.parent / "first" / "project")
    assert "pipeline.yaml" in first
    assert first == digest(notebook.parent / "second" / "project")


@pytest.mark.parametrize("style", STYLES)
def test_half_read_generator_is_refused(
    style: str, copy_example: Callable[[str], Path], run_cli: Callable[..., Completed]
) -> None:
    notebook = copy_example("refused")
    before = digest(notebook.parent)
    done = run_cli("convert", notebook.name, "-o", "project", "--style", style, cwd=notebook.parent)
    message = done.stdout + done.stderr
    assert done.returncode == 1, message
    assert digest(notebook.parent) == before, "a refused conversion wrote something"
    assert not (notebook.parent / "project").exists()
    assert "error[NB" in message
    assert "`lines`" in message
    assert "cell 5" in message or "cell 7" in message, "it must name the cell that makes or the one that reads `lines`"
    assert "help:" in message, "it must say what to do"
    assert "Traceback" not in message


def test_remedy_of_the_refused_example_works(
    copy_example: Callable[[str], Path], run_cli: Callable[..., Completed]
) -> None:
    notebook = copy_example("refused")
    node = nbformat.read(notebook, as_version=4)
    preamble, summary = (c for c in node.cells if any(t.startswith("stage:") for t in c.metadata.get("tags", [])))
    preamble.source += "\nreadings = list(lines)"
    summary.source = summary.source.replace("in lines]", "in readings]")
    nbformat.write(node, notebook)
    done = run_cli("convert", notebook.name, "-o", "project", cwd=notebook.parent)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_example_is_tested_here() -> None:
    folders = {path.name for path in EXAMPLES.iterdir() if path.is_dir()}
    assert folders == {*WAITS_FOR, "refused"}


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*/*.ipynb")), ids=lambda path: path.stem)
def test_example_is_stored_without_outputs(path: Path) -> None:
    node = nbformat.read(path, as_version=4)
    nbformat.validate(node)
    code = [cell for cell in node.cells if cell.cell_type == "code"]
    assert code
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


@pytest.mark.parametrize("script", sorted(EXAMPLES.glob("*/make_data.py")), ids=lambda path: path.parent.name)
def test_shipped_data_is_what_its_script_makes(script: Path, copy_example: Callable[[str], Path]) -> None:
    folder = copy_example(script.parent.name).parent
    shipped = digest(folder / "data")
    assert shipped
    for path in (folder / "data").iterdir():
        path.unlink()
    runpy.run_path(str(folder / script.name), run_name="__main__")
    assert digest(folder / "data") == shipped
