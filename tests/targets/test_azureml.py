"""Azure ML: its SDK reads every emitted file, and every component's command does what the notebook did."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import jupytext
import pytest

from tests.targets.azureml_runner import Job
from tests.targets.conftest import EXAMPLES, Environment, assert_same, convert_example
from tests.targets.servers import azure_server, azure_variables

pytestmark = pytest.mark.xdist_group("azureml")

_VALIDATE = """
import json, sys
from pathlib import Path
from azure.ai.ml import load_component, load_job
from azure.ai.ml.entities._load_functions import load_schedule
folder = Path(sys.argv[1])
found = {"pipeline.yml": load_job(folder / "pipeline.yml")._validate()}
for file in sorted((folder / "components").glob("*.yml")):
    found[file.name] = load_component(file)._validate()
if (folder / "schedule.yml").exists():
    found["schedule.yml"] = load_schedule(folder / "schedule.yml")._validate()
print(json.dumps({name: result.error_messages for name, result in found.items()}))
"""


@pytest.fixture(scope="module")
def azureml(environment: Callable[[str], Environment]) -> Environment:
    return environment("azureml")


@pytest.fixture(scope="module")
def stages(environment: Callable[[str], Environment]) -> Environment:
    """What environment.yml would install, and a client of blob storage."""
    return environment("stores")


def validate(azureml: Environment, project: Path) -> dict[str, dict[str, str]]:
    """Each file, and what the SDK has against it."""
    said = azureml.check(azureml.python, "-c", _VALIDATE, project / "engines/azureml", cwd=project)
    return dict(json.loads(said.strip().splitlines()[-1]))


@pytest.fixture(scope="module")
def churn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("azureml") / "churn"
    return convert_example("churn", out, "--target", "azureml", "--set", "azureml.schedule=0 6 * * 1")


def test_the_sdk_takes_every_file(azureml: Environment, churn: Path) -> None:
    found = validate(azureml, churn)
    assert len(found) == 9
    assert {name: errors for name, errors in found.items() if errors} == {}


def test_the_sdk_sees_what_is_wrong(azureml: Environment, churn: Path, tmp_path: Path) -> None:
    """The test above would not pass whatever the files said."""
    project = tmp_path / "churn"
    shutil.copytree(churn, project, symlinks=True)
    component = project / "engines/azureml/components/clean.yml"
    component.write_text(component.read_text().replace("type: uri_folder", "type: folder", 1))
    done = azureml.run(azureml.python, "-c", _VALIDATE, project / "engines/azureml", cwd=project)
    assert "folder" in done.stdout + done.stderr
    assert done.returncode or json.loads(done.stdout.strip().splitlines()[-1])["clean.yml"]


def test_hints_and_odd_names(azureml: Environment, stages: Environment, tmp_path: Path) -> None:
    """Names that Azure ML does not tell apart, parameters of every type, hints: the SDK takes them, and they run."""
    notebook = """\
# %% tags=["parameters"]
From_it = "two words"
X = 1
x = 2.5
many = ["a", 1]
none = None
flag = True

# %% tags=["stage:Fit", "image:example.org/own:1", "limit:gpu=1", "limit:timeout=600", "cache:disabled", "label:team=data"]
shown = [From_it, X, x, many, none, flag]
print(shown)

# %% tags=["stage:fit"]
print(shown[::-1], X)
"""
    path = tmp_path / "odd.ipynb"
    jupytext.write(jupytext.reads(notebook, fmt="py:percent"), path)
    project = convert_example(str(path), tmp_path / "project", "--target", "azureml")
    assert {name: errors for name, errors in validate(azureml, project).items() if errors} == {}
    with azure_server(tmp_path) as port:
        job = make_job(stages, project, tmp_path, azure_variables(port))
        first = job.document["jobs"]["fit_2"]  # `fit` is taken
        assert (first["compute"], first["limits"]) == ("azureml:gpu-cluster", {"timeout": 600})
        component = job.component(first)
        assert component["environment"]["image"] == "example.org/own:1"
        assert (component["is_deterministic"], component["tags"]) == (False, {"team": "data"})
        products = fetch(stages, project, job.run("run-1"), azure_variables(port), tmp_path / "fetched")
    assert_same(str(path), project, products)


def make_job(stages: Environment, project: Path, scratch: Path, variables: dict[str, str]) -> Job:
    make = "import fsspec; fsspec.filesystem('az').mkdir('workspace')"
    stages.check(stages.python, "-c", make, cwd=scratch, variables=variables)
    return Job(project / "engines/azureml/pipeline.yml", stages, scratch, "az://workspace", variables)


def fetch(stages: Environment, project: Path, place: str, variables: dict[str, str], folder: Path) -> Path:
    stages.check(stages.python, "engines/store.py", place, folder, cwd=project, variables=variables)
    return folder


@pytest.mark.parametrize("example", [pytest.param("churn", marks=pytest.mark.nightly), "recommender"])
def test_the_steps_do_what_the_notebook_did(stages: Environment, example: str, tmp_path: Path) -> None:
    project = convert_example(example, tmp_path / example, "--target", "azureml")
    assert (EXAMPLES / example).exists()
    with azure_server(tmp_path) as port:
        job = make_job(stages, project, tmp_path, azure_variables(port))
        place = job.run("run-1")
        assert place == f"az://workspace/{example}/run-1"
        products = fetch(stages, project, place, azure_variables(port), tmp_path / "fetched")
    assert_same(example, project, products)
    assert not (project / "products").exists()
