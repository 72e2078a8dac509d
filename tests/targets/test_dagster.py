"""Dagster, really run; the stages in another environment."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.targets.conftest import Environment, assert_same, convert_example

pytestmark = pytest.mark.xdist_group("dagster")


@pytest.fixture(scope="module")
def dagster(environment: Callable[[str], Environment]) -> Environment:
    return environment("dagster")


@pytest.fixture(scope="module")
def stages(environment: Callable[[str], Environment]) -> Environment:
    return environment("stores")


def execute(dagster: Environment, stages: Environment, project: Path, config: object = None) -> str:
    """Executes the job; its log."""
    home = project.parent / "dagster-home"
    home.mkdir(exist_ok=True)
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    (project.parent / "config.yaml").write_text(json.dumps(config or {}))
    done = dagster.run(
        *("dagster", "job", "execute", "--python-file", "engines/dagster_definitions.py", "--job", project.name),
        *("--config", project.parent / "config.yaml"),
        cwd=project,
        variables={"DAGSTER_HOME": str(home), f"{project.name.upper()}_PYTHON": str(stages.python)},
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


@pytest.mark.parametrize("example", [pytest.param("churn", marks=pytest.mark.nightly), "recommender"])
def test_the_examples_are_the_same(dagster: Environment, stages: Environment, example: str, tmp_path: Path) -> None:
    project = convert_example(example, tmp_path / example, "--target", "dagster")
    assert "RUN_SUCCESS" in execute(dagster, stages, project)
    assert_same(example, project, project / "products/dagster")
    if example == "recommender":
        said = execute(dagster, stages, project, {"ops": {"popularity": {"config": {"half_life": 10.5}}}})
        assert "--param=half_life=10.5" in said
