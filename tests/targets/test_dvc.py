"""DVC, really run: repro, experiments, a remote on disk."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.targets.conftest import Environment, assert_same, convert_example, with_stages

pytestmark = pytest.mark.xdist_group("dvc")


@pytest.fixture(scope="module")
def dvc(environment: Callable[[str], Environment]) -> Environment:
    return with_stages(environment("dvc"), environment("stores"))


def set_up(dvc: Environment, project: Path) -> None:
    """A repository with DVC in it, and everything that is there committed."""
    for command in (
        ("git", "init", "-q"),
        ("git", "config", "user.email", "developer@example.org"),
        ("git", "config", "user.name", "A developer"),
        ("dvc", "init", "-q"),
        ("dvc", "config", "core.analytics", "false"),
        ("git", "add", "-A"),
        ("git", "commit", "-q", "-m", "As converted"),
    ):
        dvc.check(*command, cwd=project)


def metrics(project: Path) -> dict[str, object]:
    return dict(json.loads((project / "products/compare/compare.metrics.json").read_text()))


@pytest.fixture(scope="module")
def churn(dvc: Environment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, run once."""
    project = convert_example("churn", tmp_path_factory.mktemp("dvc") / "churn", "--target", "dvc")
    set_up(dvc, project)
    dvc.check("dvc", "repro", cwd=project)
    return project


def test_the_example_is_the_same_and_up_to_date(dvc: Environment, churn: Path) -> None:
    assert_same("churn", churn, churn / "products")
    assert "up to date" in dvc.check("dvc", "status", cwd=churn)
    assert "best_auc" in dvc.check("dvc", "metrics", "show", cwd=churn)
    pictures = [path.parent.parent.name for path in churn.glob("products/*/plots/*.png")]
    assert "compare" in pictures
    page = dvc.check("dvc", "plots", "show", cwd=churn)
    assert Path(page.strip().removeprefix("file://")).exists()


@pytest.mark.nightly
def test_the_recommender_is_the_same(dvc: Environment, tmp_path: Path) -> None:
    project = convert_example("recommender", tmp_path / "recommender", "--target", "dvc")
    set_up(dvc, project)
    dvc.check("dvc", "repro", cwd=project)
    assert_same("recommender", project, project / "products")


def test_a_comment_elsewhere_or_a_touched_file_runs_nothing_and_a_parameter_what_it_reaches(
    dvc: Environment, churn: Path, tmp_path: Path
) -> None:
    project = tmp_path / "churn"
    shutil.copytree(churn, project, symlinks=True)
    (project / "README.md").write_text("Changed.\n")
    (project / "data/customers.csv").touch()
    assert "up to date" in dvc.check("dvc", "status", cwd=project)
    params = project / "params.yaml"
    params.write_text(params.read_text().replace("threshold: 0.3", "threshold: 0.35"))
    said = dvc.check("dvc", "repro", cwd=project)
    ran = [line.split("'")[1] for line in said.splitlines() if line.startswith("Running stage")]
    assert ran == ["compare", "call_list"]


def test_an_experiment_with_another_value(dvc: Environment, churn: Path, tmp_path: Path) -> None:
    project = tmp_path / "churn"
    shutil.copytree(churn, project, symlinks=True)
    dvc.check("git", "add", "-A", cwd=project)
    dvc.check("git", "commit", "-q", "-m", "With its results", cwd=project)
    before = metrics(project)
    dvc.check("dvc", "exp", "run", "-S", "penalty=0.0001", cwd=project)
    assert metrics(project) != before
    [shown] = json.loads(dvc.check("dvc", "params", "diff", "--json", cwd=project))["params.yaml"].items()
    assert shown == ("penalty", {"old": 0.5, "new": 0.0001, "diff": pytest.approx(-0.4999)})


def test_a_colleague_pulls_what_was_pushed(dvc: Environment, churn: Path, tmp_path: Path) -> None:
    project, colleague = tmp_path / "churn", tmp_path / "colleague"
    shutil.copytree(churn, project, symlinks=True)
    dvc.check("dvc", "remote", "add", "--default", "storage", tmp_path / "storage", cwd=project)
    dvc.check("git", "add", "-A", cwd=project)
    dvc.check("git", "commit", "-q", "-m", "With its results", cwd=project)
    dvc.check("dvc", "push", cwd=project)
    dvc.check("git", "clone", "-q", project, colleague, cwd=tmp_path)
    assert not (colleague / "products").exists()
    dvc.check("dvc", "pull", cwd=colleague)
    assert_same("churn", colleague, colleague / "products")
    assert "up to date" in dvc.check("dvc", "repro", cwd=colleague)
