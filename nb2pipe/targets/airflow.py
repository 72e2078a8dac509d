"""Apache Airflow 3: a DAG with a task for each stage (https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/dags.html).

The file imports Airflow alone. Stages run in the project's own environment, and products go through a place that all workers
see, so that it is the same with the executors Local, Celery and Kubernetes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nb2pipe.pipeline.model import JsonValue
from nb2pipe.targets import Setting, Support
from nb2pipe.targets.kubernetes import limits, secret_pairs
from nb2pipe.targets.naming import distinct_names
from nb2pipe.targets.workflow import Task, TaskParameter, Workflow
from nb2pipe.templating import format_python, render_template

SUPPORT = Support(
    engine="Apache Airflow",
    tested="apache-airflow 3.3.2",
    parameters="Params of the DAG with types, in the form of `Trigger` or as `--conf`",
    caching="",
    resources="`limit:`, `image:`, `label:` and `annotation:` in the pod of the Kubernetes executor; `limit:timeout` everywhere",
    secrets="a Kubernetes secret as environment variables, with the Kubernetes executor",
    schedule="of the DAG",
    retries="of each task, with growing pauses",
    artifacts="any place that fsspec reads, a folder for each run",
    proof="api-server, scheduler and DAG processor with LocalExecutor run the DAG; one stage fails once",
    hints=frozenset({"limit", "image", "secret", "label", "annotation"}),
)

SETTINGS = (
    Setting("schedule", "", "When it runs: a cron expression or a preset such as @daily; empty waits for a trigger."),
    Setting("start_date", "2025-01-01", "First day of the schedule."),
    Setting("retries", "2", "How often a task is tried again.", "whole"),
    Setting("retry_minutes", "1", "Pause before the first retry, in minutes; later ones are longer.", "real"),
    Setting("products", "", "Where products go, such as s3://bucket/churn; empty is products/airflow of the project."),
    Setting("python", "python", "The Python that runs the stages."),
)


def render_files(workflow: Workflow, settings: Mapping[str, str], templates: str) -> dict[str, str]:
    """Renders the DAG and the page that says how to use it."""
    (dag_id,) = distinct_names((workflow.name,)).values()
    tasks = [_task(task, workflow) for task in workflow.tasks]
    context = {
        "workflow": workflow,
        "settings": settings,
        "dag_id": dag_id,
        "prefix": workflow.package.upper(),
        "parameters": [_parameter(each) for each in workflow.parameters],
        "tasks": tasks,
        "has_pods": any(row["pod"] for row in tasks),
        "retries": int(settings["retries"]),
        "retry_minutes": float(settings["retry_minutes"]),
    }
    dag = render_template("airflow", "engines/airflow_dag.py", context, folder=templates)
    return {
        "engines/airflow_dag.py": format_python(dag, 88),
        "engines/airflow.md": render_template("airflow", "engines/airflow.md", context, folder=templates),
    }


def _parameter(parameter: TaskParameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "value": parameter.value,
        "type": schema_type(parameter.value),
        "comment": parameter.comment,
    }


def schema_type(value: JsonValue) -> str:
    """The type of a value in a JSON schema; empty for `null`, which may become anything."""
    if isinstance(value, bool):
        return "boolean"
    names = {int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "")


def _task(task: Task, workflow: Workflow) -> dict[str, Any]:
    pod = {
        "image": task.image,
        "limits": limits(task),
        "secrets": secret_pairs(task),
        "labels": dict(task.values_of("label")),
        "annotations": dict(task.values_of("annotation")),
    }
    return {
        "name": task.name,
        "what": task.summary or task.title,
        "upstream": task.upstream,
        "parameters": {name: workflow.parameter(name).is_text for name in task.parameters},
        "timeout": int(task.limits.get("timeout", 0)),
        "pod": {key: value for key, value in pod.items() if value},
    }
