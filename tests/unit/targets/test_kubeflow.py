"""The text of the pipeline; tests/targets/test_kubeflow.py lets Kubeflow's SDK compile and run it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nb2pipe.targets import choose_settings
from nb2pipe.targets.kubeflow import argument_names, artifact_type, render_files
from nb2pipe.targets.workflow import TaskHint, TaskParameter
from tests.unit.targets.workflows import small_workflow


def pipeline(*hints: TaskHint, **settings: str) -> str:
    chosen = choose_settings("kubeflow", {f"kubeflow.{key}": value for key, value in settings.items()})
    return render_files(small_workflow(hints=hints), chosen, "")["engines/kubeflow_pipeline.py"]


@pytest.mark.parametrize(
    ("kinds", "artifact"),
    [
        (("pd.DataFrame",), "Dataset"),
        (("pd.DataFrame", "RandomForestClassifier"), "Dataset"),
        (("RandomForestClassifier",), "Model"),
        (("dict", "int"), "Artifact"),
        ((), "Artifact"),
    ],
)
def test_artifacts_have_types(kinds: tuple[str, ...], artifact: str) -> None:
    task = replace(small_workflow().task("load"), outputs=tuple((f"v{n}", kind) for n, kind in enumerate(kinds)))
    assert artifact_type(task) == artifact


def test_arguments_do_not_hide_what_the_functions_need() -> None:
    assert argument_names(["seed", "products", "os", "task_load", "Seed"]) == {
        "seed": "seed",
        "products": "param_products",
        "os": "param_os",
        "task_load": "param_task_load",
        "Seed": "seed_2",
    }


def test_texts_go_as_they_are_and_the_rest_as_json() -> None:
    text = pipeline()
    assert 'f"--param=file_name={file_name}"' in text
    assert 'f"--param=min_value={json.dumps(min_value)}"' in text
    assert "metrics: Output[Metrics]" in text


def test_lists_and_null_are_json() -> None:
    workflow = small_workflow(parameters=(TaskParameter("file_name", "file_name", [1.0, None]),))
    tasks = (replace(workflow.task("load"), parameters=("file_name",)),)
    files = render_files(replace(workflow, tasks=tasks), choose_settings("kubeflow", {}), "")
    assert 'file_name: str = "[1.0, null]"' in files["engines/kubeflow_pipeline.py"]


def test_hints_and_settings() -> None:
    text = pipeline(TaskHint("limit", "cpu", "2"), TaskHint("cache", "", "disabled"), image="example.org/own:2")
    assert 'set_cpu_request("2").set_cpu_limit("2")' in text
    assert text.count("set_caching_options(False)") == 1
    assert 'IMAGE = "example.org/own:2"' in text
    assert "from kfp import kubernetes" not in text
    assert "kubernetes.set_timeout(task_load, 60)" in pipeline(TaskHint("limit", "timeout", "60"))


def test_the_image_has_the_project_and_the_sdk() -> None:
    files = render_files(small_workflow(), choose_settings("kubeflow", {}), "")
    assert "RUN pip install --no-cache-dir --editable . fsspec kfp kfp-kubernetes\n" in files["engines/Dockerfile"]
    assert "ENV SMALL_PROJECT=/app" in files["engines/Dockerfile"]
