"""Argo: hera reads the workflow, and each container's command does what the notebook did, in the order of the DAG."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.targets.conftest import Environment, assert_same, convert_example

pytestmark = pytest.mark.xdist_group("argo")

_READ = """
import json, sys
from hera.workflows import CronWorkflow, Workflow
kind = CronWorkflow if sys.argv[2] == "CronWorkflow" else Workflow
read = kind.from_yaml(open(sys.argv[1]).read())
print(json.dumps([template.name for template in read.templates]))
"""


@pytest.fixture(scope="module")
def argo(environment: Callable[[str], Environment]) -> Environment:
    return environment("argo")


def read(argo: Environment, project: Path) -> dict[str, Any]:
    """The workflow, after hera has read it without a word."""
    file = project / "engines/argo_workflow.yaml"
    document: dict[str, Any] = yaml.safe_load(file.read_text())
    names = json.loads(argo.check(argo.python, "-c", _READ, file, document["kind"], cwd=project))
    specification = document["spec"].get("workflowSpec", document["spec"])
    assert names == [template["name"] for template in specification["templates"]]
    return document


def run(document: dict[str, Any], stages: Environment, project: Path, place: Path) -> None:
    """Runs the containers' commands, each after those that it depends on; images are the project and its environment."""
    specification = document["spec"].get("workflowSpec", document["spec"])
    values = {f"workflow.parameters.{p['name']}": p["value"] for p in specification["arguments"]["parameters"]}
    values["workflow.parameters.products"] = str(place)
    templates = {template["name"]: template for template in specification["templates"]}
    tasks = {task["name"]: task for task in templates[specification["entrypoint"]]["dag"]["tasks"]}
    done: list[str] = []
    while len(done) < len(tasks):
        ready = [n for n, t in tasks.items() if n not in done and set(t.get("dependencies", ())) <= set(done)]
        assert ready, "the tasks wait for each other"
        for name in ready:
            command = templates[tasks[name]["template"]]["container"]["command"]
            for key, value in values.items():
                command = [word.replace("{{" + key + "}}", value) for word in command]
            stages.check(*command, cwd=project)
            done.append(name)


@pytest.mark.parametrize("example", [pytest.param("churn", marks=pytest.mark.nightly), "recommender"])
def test_the_examples_are_the_same(
    argo: Environment, environment: Callable[[str], Environment], example: str, tmp_path: Path
) -> None:
    project = convert_example(example, tmp_path / example, "--target", "argo")
    run(read(argo, project), environment("stores"), project, tmp_path / "products")
    assert_same(example, project, tmp_path / "products")


def test_a_schedule(argo: Environment, tmp_path: Path) -> None:
    options = ("--target", "argo", "--set", "argo.schedule=0 6 * * *", "--set", "argo.secret=store")
    project = convert_example("churn", tmp_path / "churn", *options)
    document = read(argo, project)
    assert document["spec"]["schedules"] == ["0 6 * * *"]
    [load] = [t for t in document["spec"]["workflowSpec"]["templates"] if t["name"] == "load"]
    assert load["container"]["envFrom"] == [{"secretRef": {"name": "store"}}]
