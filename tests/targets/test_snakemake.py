"""Snakemake, really run."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.targets.conftest import Environment, assert_same, convert_example, with_stages

pytestmark = pytest.mark.xdist_group("snakemake")


@pytest.fixture(scope="module")
def snakemake(environment: Callable[[str], Environment]) -> Environment:
    return with_stages(environment("snakemake"), environment("stores"))


def rules(snakemake: Environment, project: Path, *more: str) -> list[str]:
    """The rules that would run."""
    done = snakemake.run("snakemake", "--cores", "2", "--dry-run", *more, cwd=project)
    assert done.returncode == 0, done.stderr
    return re.findall(r"^rule (\w+):", done.stdout + done.stderr, re.MULTILINE)


def test_churn_is_the_same_and_what_runs_again_is_what_changed(snakemake: Environment, tmp_path: Path) -> None:
    project = convert_example("churn", tmp_path / "churn", "--target", "snakemake")
    snakemake.check("snakemake", "--cores", "2", cwd=project)
    assert_same("churn", project, project / "products")
    assert rules(snakemake, project) == []
    assert rules(snakemake, project, "--config", "threshold=0.5") == ["compare", "call_list", "all"]
    (project / "data/customers.csv").touch()
    assert rules(snakemake, project) == []
    source = project / "src/churn/train_forest.py"
    source.write_text(source.read_text() + "\n")
    assert "train_forest" in rules(snakemake, project)
    assert "train_logistic" not in rules(snakemake, project)


@pytest.mark.nightly
def test_the_recommender_is_the_same(snakemake: Environment, tmp_path: Path) -> None:
    project = convert_example("recommender", tmp_path / "recommender", "--target", "snakemake")
    snakemake.check("snakemake", "--cores", "2", cwd=project)
    assert_same("recommender", project, project / "products")
