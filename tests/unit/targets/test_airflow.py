"""The text of the DAG; tests/targets/test_airflow.py lets Airflow run it."""

from __future__ import annotations

import ast

import pytest

from nb2pipe.pipeline.model import JsonValue
from nb2pipe.targets import choose_settings
from nb2pipe.targets.airflow import render_files, schema_type
from nb2pipe.targets.workflow import TaskHint
from tests.unit.targets.workflows import small_workflow


def dag(*hints: TaskHint, **settings: str) -> str:
    chosen = choose_settings("airflow", {f"airflow.{key}": value for key, value in settings.items()})
    return render_files(small_workflow(hints=hints), chosen, "")["engines/airflow_dag.py"]


def test_it_imports_airflow_alone() -> None:
    tree = ast.parse(dag())
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    own = {"__future__", "os", "datetime", "pathlib", "typing"}
    assert {str(m).split(".")[0] for m in modules - own} == {"airflow"}
    assert "pod_override" not in dag()


def test_texts_go_as_they_are_and_the_rest_as_json() -> None:
    text = dag()
    assert '"PARAM_file_name": "{{ params[\'file_name\'] }}"' in text
    assert '"PARAM_min_value": "{{ params[\'min_value\'] | tojson }}"' in text
    assert "[task_load] >> task_total" in text


@pytest.mark.parametrize(
    ("value", "kind"),
    [(True, "boolean"), (1, "integer"), (1.5, "number"), ("a", "string"), ([], "array"), ({}, "object"), (None, "")],
)
def test_types(value: JsonValue, kind: str) -> None:
    assert schema_type(value) == kind


def test_hints_go_into_the_pod() -> None:
    text = dag(
        TaskHint("limit", "cpu", "2"),
        TaskHint("limit", "gpu", "1"),
        TaskHint("limit", "timeout", "60"),
        TaskHint("image", "", "example.org/own:1"),
        TaskHint("secret", "database", ""),
        TaskHint("secret", "store", "TOKEN"),
    )
    assert 'limits={"cpu": "2", "nvidia.com/gpu": "1"}' in text
    assert 'secrets=[("database", ""), ("store", "TOKEN")]' in text
    assert 'image="example.org/own:1"' in text
    assert "execution_timeout=timedelta(seconds=60)" in text


def test_settings() -> None:
    text = dag(schedule="0 6 * * *", retries="5", products="s3://bucket/small")
    assert 'schedule="0 6 * * *"' in text
    assert '"retries": 5' in text
    assert '"s3://bucket/small"' in text
    assert "schedule=None" in dag()
