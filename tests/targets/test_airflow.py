"""Airflow 3, really run: api-server, scheduler and DAG processor with LocalExecutor; the stages in another environment."""

from __future__ import annotations

import contextlib
import json
import stat
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext
import pytest

from tests.targets.conftest import Environment, assert_same, convert_example
from tests.targets.servers import free_port, running

pytestmark = pytest.mark.xdist_group("airflow")

#: Fails when it first runs the stage, and is the real Python afterwards.
_FAILS_ONCE = """\
#!/bin/sh
if [ "$2" = "{stage}" ] && [ ! -e "{mark}" ]; then touch "{mark}"; echo "the worker was lost"; exit 9; fi
exec "{python}" "$@"
"""


@dataclass
class Airflow:
    """A running Airflow."""

    port: int
    token: str
    products: Path
    churn: Path
    recommender: Path
    mark: Path

    def ask(self, path: str, body: object = None, method: str = "") -> Any:
        """A call of its REST interface."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v2/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
            method=method or ("GET" if body is None else "POST"),
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)

    def wait_for_dags(self, *names: str) -> None:
        """Waits until the DAG processor has read them."""
        end = time.monotonic() + 480
        while time.monotonic() < end:
            found = {dag["dag_id"] for dag in self.ask("dags")["dags"]}
            errors = self.ask("importErrors")["import_errors"]
            assert errors == []
            if found >= set(names):
                return
            time.sleep(0.5)
        raise AssertionError(f"no {names}")

    def run(self, dag: str, run: str, conf: dict[str, object] | None = None) -> Path:
        """Triggers a DAG and waits until it has succeeded; the place of the run's products."""
        self.ask(f"dags/{dag}", {"is_paused": False}, "PATCH")
        self.ask(f"dags/{dag}/dagRuns", {"dag_run_id": run, "logical_date": None, "conf": conf or {}})
        end = time.monotonic() + 480
        while time.monotonic() < end:
            state = self.ask(f"dags/{dag}/dagRuns/{run}")["state"]
            if state in ("success", "failed"):
                break
            time.sleep(0.5)
        assert state == "success", self.tries(dag, run)
        return self.products / dag / run

    def tries(self, dag: str, run: str) -> dict[str, tuple[int, str]]:
        """How often each task was tried, and how it ended."""
        rows = self.ask(f"dags/{dag}/dagRuns/{run}/taskInstances")["task_instances"]
        return {row["task_id"]: (row["try_number"], row["state"]) for row in rows}


@pytest.fixture(scope="module")
def airflow(environment: Callable[[str], Environment], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airflow]:
    own, stages = environment("airflow"), environment("stores")
    folder = tmp_path_factory.mktemp("airflow")
    projects = {}
    (folder / "dags").mkdir()
    for example in ("churn", "recommender"):
        options = ("--target", "airflow", "--set", "airflow.retry_minutes=0.02")
        projects[example] = convert_example(example, folder / example, *options)
        (folder / "dags" / f"{example}.py").symlink_to(projects[example] / "engines" / "airflow_dag.py")
    wrapper, mark = folder / "python-of-a-worker", folder / "failed-once"
    wrapper.write_text(_FAILS_ONCE.format(stage="split", mark=mark, python=stages.python))
    wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)
    port = free_port()
    variables = own.variables(
        {
            "AIRFLOW_HOME": str(folder / "home"),
            "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dags"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__PARALLELISM": "2",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
            "AIRFLOW__API_AUTH__JWT_SECRET": "only for a test on this machine, long enough to be one",
            "AIRFLOW__API__SECRET_KEY": "only for a test on this machine, too",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            "CHURN_PYTHON": str(wrapper),
            "CHURN_PRODUCTS": str(folder / "products" / "churn"),
            "RECOMMENDER_PYTHON": str(stages.python),
            "RECOMMENDER_PRODUCTS": str(folder / "products" / "recommender"),
        }
    )
    program = str(own.folder / "bin" / "airflow")
    migrate = [program, "db", "migrate"]
    subprocess.run(migrate, env=variables, check=True, capture_output=True, timeout=600, cwd=folder)
    server = [program, "api-server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    with contextlib.ExitStack() as stack:
        stack.enter_context(running(server, port, folder / "api-server.log", variables))
        for part in ("scheduler", "dag-processor"):
            log = stack.enter_context(open(folder / f"{part}.log", "w"))
            process = subprocess.Popen([program, part], env=variables, stdout=log, stderr=log, cwd=folder)
            stack.callback(process.wait, 90)
            stack.callback(process.terminate)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/auth/token", timeout=120) as answer:
            token = json.load(answer)["access_token"]
        yield Airflow(port, token, folder / "products", projects["churn"], projects["recommender"], mark)


_PODS = """
import json, sys
sys.path.insert(0, "engines")
from airflow_dag import dag
pod = dag.get_task("fit").executor_config["pod_override"]
[container] = pod.spec.containers
print(json.dumps({
    "image": container.image,
    "limits": container.resources.limits,
    "whole": [each.secret_ref.name for each in container.env_from],
    "parts": [[each.name, each.value_from.secret_key_ref.name] for each in container.env],
    "labels": pod.metadata.labels,
    "seconds": dag.get_task("fit").execution_timeout.total_seconds(),
}))
"""


def test_hints_are_in_the_pod_that_the_kubernetes_executor_is_given(
    environment: Callable[[str], Environment], tmp_path: Path
) -> None:
    tags = ["image:example.org/own:1", "limit:cpu=2", "limit:gpu=1", "limit:timeout=60", "label:team=data"]
    tags = ["stage:fit", *tags, "secret:database", "secret:store=TOKEN"]
    cell = f"# %% tags={json.dumps(tags)}\nprint(1)\n"
    jupytext.write(jupytext.reads(cell, fmt="py:percent"), tmp_path / "pods.ipynb")
    project = convert_example(str(tmp_path / "pods.ipynb"), tmp_path / "pods", "--target", "airflow")
    own = environment("airflow")
    said = own.check(own.python, "-c", _PODS, cwd=project, variables={"AIRFLOW_HOME": str(tmp_path / "home")})
    assert json.loads(said.strip().splitlines()[-1]) == {
        "image": "example.org/own:1",
        "limits": {"cpu": "2", "nvidia.com/gpu": "1"},
        "whole": ["database"],
        "parts": [["TOKEN", "store"]],
        "labels": {"team": "data"},
        "seconds": 60.0,
    }


def test_a_run_with_a_stage_that_fails_once_is_the_same(airflow: Airflow) -> None:
    airflow.wait_for_dags("churn", "recommender")
    place = airflow.run("churn", "run-1")
    assert airflow.mark.exists()
    tries = airflow.tries("churn", "run-1")
    assert tries["split"] == (2, "success")
    assert set(tries.values()) == {(1, "success"), (2, "success")}
    assert_same("churn", airflow.churn, place)


@pytest.mark.nightly
def test_the_recommender_is_the_same(airflow: Airflow) -> None:
    airflow.wait_for_dags("churn", "recommender")
    place = airflow.run("recommender", "run-1")
    assert_same("recommender", airflow.recommender, place)


def test_a_run_with_another_value(airflow: Airflow) -> None:
    airflow.wait_for_dags("churn", "recommender")
    params = airflow.ask("dags/churn/details")["params"]
    assert params["n_trees"]["schema"]["type"] == "integer"
    with pytest.raises(urllib.error.HTTPError):
        airflow.run("churn", "wrong", {"n_trees": "many"})
    place = airflow.run("churn", "run-2", {"n_trees": 3})
    [notebook] = (place / "train_forest").glob("*/train_forest.ipynb")
    [injected] = [
        c for c in json.loads(notebook.read_text())["cells"] if "injected-parameters" in c["metadata"]["tags"]
    ]
    assert "n_trees = 3\n" in "".join(injected["source"]) + "\n"
