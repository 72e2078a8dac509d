"""Kubeflow Pipelines: the SDK compiles the pipeline, and runs it on this machine."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jupytext
import pytest
import yaml

from tests.targets.conftest import Environment, assert_same, convert_example

pytestmark = pytest.mark.xdist_group("kubeflow")

_RUN = """
import sys
sys.path.insert(0, "engines")
from kfp import local
from kubeflow_pipeline import pipeline
local.init(local.SubprocessRunner(use_venv=False), pipeline_root=sys.argv[1])
pipeline(**eval(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def kubeflow(environment: Callable[[str], Environment]) -> Environment:
    return environment("kubeflow")


def run(kubeflow: Environment, project: Path, folder: Path, **parameters: object) -> Path:
    """Runs a pipeline; a folder with the products of each stage."""
    variables = {f"{project.name.upper()}_PROJECT": str(project)}
    root = folder / "root"
    said = kubeflow.check(kubeflow.python, "-c", _RUN, root, repr(parameters), cwd=project, variables=variables)
    assert "finished with status SUCCESS" in said.replace("\x1b[92m", "").replace("\x1b[0m", "")
    [products] = root.iterdir()
    collected = folder / "collected"
    collected.mkdir()
    tasks = json.loads((project / ".nb2pipe/workflow.json").read_text())["workflow"]["tasks"]
    stages = {task["stem"]: task["name"] for task in tasks}
    for path in products.glob("*/products"):
        shutil.copytree(path, collected / stages[next(path.glob("*.ipynb")).stem])
    return collected


def compile_pipeline(kubeflow: Environment, project: Path) -> list[dict[str, Any]]:
    """The documents of the compiled pipeline: its specification, and what Kubernetes is asked for."""
    kubeflow.check(kubeflow.python, "engines/kubeflow_pipeline.py", cwd=project)
    return list(yaml.safe_load_all((project / "engines/kubeflow_pipeline.yaml").read_text()))


@pytest.mark.parametrize("example", ["churn", pytest.param("recommender", marks=pytest.mark.nightly)])
def test_the_examples_are_the_same(kubeflow: Environment, example: str, tmp_path: Path) -> None:
    project = convert_example(example, tmp_path / example, "--target", "kubeflow")
    [specification] = compile_pipeline(kubeflow, project)
    assert specification["pipelineInfo"]["name"] == example
    products = run(kubeflow, project, tmp_path)
    assert_same(example, project, products)
    if example == "churn":
        outputs = specification["components"]["comp-run-compare"]["outputDefinitions"]["artifacts"]
        assert outputs["metrics"]["artifactType"]["schemaTitle"] == "system.Metrics"


NOTEBOOK = """\
# %% tags=["parameters"]
products = "it's two words"
X = 1
x = 2.5
many = ["a", 1]
none = None
flag = True
table = {"a": [1, None]}

# %% tags=["stage:Fit", "image:example.org/own:1", "limit:cpu=2", "limit:memory=4Gi", "limit:gpu=1", "limit:timeout=600", "cache:disabled", "label:team=data", "annotation:owner=anna", "secret:database", "secret:store=TOKEN"]
shown = [products, X, x, many, none, flag, table]
print(shown)

# %% tags=["stage:fit"]
print(shown[::-1], X)
"""


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    path = tmp_path / "odd.ipynb"
    jupytext.write(jupytext.reads(NOTEBOOK, fmt="py:percent"), path)
    return path


def test_hints_are_in_what_is_compiled(kubeflow: Environment, odd: Path, tmp_path: Path) -> None:
    project = convert_example(str(odd), tmp_path / "odd", "--target", "kubeflow")
    specification, platform = compile_pipeline(kubeflow, project)
    executors = specification["deploymentSpec"]["executors"]
    [name] = [key for key, each in executors.items() if each["container"]["image"] == "example.org/own:1"]
    resources = executors[name]["container"]["resources"]
    assert resources["resourceCpuLimit"] == "2"
    assert resources["resourceMemoryLimit"] == "4Gi"
    assert resources["accelerator"]["resourceType"] == "nvidia.com/gpu"
    asked = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"][name]
    assert asked["podMetadata"] == {"annotations": {"owner": "anna"}, "labels": {"team": "data"}}
    assert asked["secretAsEnv"][0]["keyToEnv"] == [{"envVar": "TOKEN", "secretKey": "TOKEN"}]
    assert asked["secretAsVolume"][0]["mountPath"] == "/secrets/database"
    assert asked["activeDeadlineSeconds"] == "600"
    tasks = specification["root"]["dag"]["tasks"].values()
    assert sorted(bool(task["cachingOptions"].get("enableCache")) for task in tasks) == [False, True]
    assert all(task["retryPolicy"]["maxRetryCount"] == 2 for task in tasks)


def test_parameters_of_every_type(kubeflow: Environment, odd: Path, tmp_path: Path) -> None:
    project = convert_example(str(odd), tmp_path / "odd", "--target", "kubeflow")
    products = run(kubeflow, project, tmp_path)
    assert_same(str(odd), project, products)
    other = run(kubeflow, project, tmp_path / "other", x_2=5, many="[2]")
    shown = [path for path in other.glob("*/*.ipynb") if "[5," in path.read_text() or ", 5," in path.read_text()]
    assert shown
    assert json.loads(shown[0].read_text())["cells"]
