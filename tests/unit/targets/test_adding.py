"""Engines that are added to a project, changed and taken away."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nb2pipe import Options, convert
from nb2pipe.cli import main


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


@pytest.fixture
def project(copy_example: Callable[[str], Path], tmp_path: Path) -> Path:
    notebook = copy_example("churn")
    notebook = notebook if notebook.suffix else notebook / "churn.ipynb"
    return convert(notebook, tmp_path / "project").out


def files(project: Path) -> set[str]:
    return {path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file()}


def test_adding_needs_no_notebook_and_removing_leaves_what_was_there(project: Path) -> None:
    before = files(project)
    added = run("target", "add", "airflow", "-C", project, "--set", "airflow.schedule=@daily")
    assert added.exit_code == 0, added.output
    assert "How to run it: engines/airflow.md" in added.output
    assert 'schedule="@daily"' in (project / "engines/airflow_dag.py").read_text()
    run("target", "add", "dvc", "-C", project)
    assert {"dvc.yaml", "engines/airflow_dag.py", "engines/run_stage.py"} < files(project)
    run("target", "remove", "airflow", "-C", project)
    assert "engines/airflow_dag.py" not in files(project)
    assert "engines/run_stage.py" in files(project)  # DVC needs it
    run("target", "remove", "dvc", "-C", project)
    assert files(project) == before


def test_it_is_the_same_as_converting_for_it(project: Path, tmp_path: Path) -> None:
    example = Path(__file__).parents[3] / "example_notebooks" / "churn" / "churn.ipynb"
    other = convert(example, tmp_path / "other", Options(target=("ploomber", "kubeflow"))).out
    run("target", "add", "kubeflow", "-C", project)
    for path in sorted(files(other)):
        assert (project / path).read_text() == (other / path).read_text(), path


def test_settings_and_edits_stay(project: Path) -> None:
    run("target", "add", "airflow", "-C", project, "--set", "airflow.retries=5")
    dag = project / "engines/airflow_dag.py"
    dag.write_text(dag.read_text().replace('tags=["nb2pipe"]', 'tags=["ours"]'))
    changed = run("target", "add", "airflow", "-C", project, "--set", "airflow.schedule=@daily")
    assert changed.exit_code == 0, changed.output
    text = dag.read_text()
    assert ('"retries": 5' in text, 'schedule="@daily"' in text, 'tags=["ours"]' in text) == (True, True, True)


def test_converting_again_keeps_what_was_added(project: Path) -> None:
    example = Path(__file__).parents[3] / "example_notebooks" / "churn" / "churn.ipynb"
    run("target", "add", "airflow", "-C", project, "--set", "airflow.retries=5")
    convert(example, project)
    assert '"retries": 5' in (project / "engines/airflow_dag.py").read_text()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("add", "airfow"), 2, "there is no target `airfow`; there are dvc, "),
        (("add", "ploomber"), 2, "there is no target `ploomber`"),
        (("add", "airflow", "--set", "airflow.shedule=@daily"), 2, "has no setting `shedule`; it has "),
        (
            ("add", "airflow", "--set", "airflow.retries=many"),
            2,
            "`airflow.retries` must be a whole number, not 'many'",
        ),
        (("add", "airflow", "--set", "dvc.remote=x"), 2, "settings of airflow begin with `airflow.`"),
        (("add", "airflow", "--set", "schedule"), 2, "is not NAME.KEY=VALUE"),
        (("remove", "dvc"), 1, "has no target `dvc`; it has ploomber alone"),
    ],
)
def test_what_cannot_be(project: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    before = files(project)
    result = run("target", *arguments, "-C", project)
    assert result.exit_code == code, result.output
    assert said in " ".join(result.output.split())
    assert files(project) == before


def test_a_folder_that_is_no_project(tmp_path: Path) -> None:
    result = run("target", "add", "dvc", "-C", tmp_path)
    assert result.exit_code == 1
    assert "is no project that nb2pipe wrote" in result.output


def test_json(project: Path) -> None:
    report = json.loads(run("target", "add", "dvc", "-C", project, "--json").output)
    assert report["targets"] == ["dvc"]
    assert "dvc.yaml" in report["written"]
    listed = json.loads(run("target", "list", "--json").output)
    assert {row["name"] for row in listed} >= {"airflow", "azureml", "dvc", "kubeflow"}
    assert all(row["proof"] and row["tested"] for row in listed)


def test_the_list_shows_settings(project: Path) -> None:
    plain, full = run("target", "list").output, run("-v", "target", "list").output
    assert "airflow" in plain
    assert "--set airflow.schedule=…" in full
    assert len(plain.splitlines()) < len(full.splitlines())
