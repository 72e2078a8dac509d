"""Argo Workflows: a template for each stage and a DAG (https://argo-workflows.readthedocs.io/en/latest/fields/)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from nb2pipe.pipeline.model import JsonValue
from nb2pipe.targets import Setting, Support
from nb2pipe.targets.containers import image_name, render_image
from nb2pipe.targets.kubernetes import limits, secret_pairs
from nb2pipe.targets.naming import distinct_names
from nb2pipe.targets.workflow import Task, Workflow
from nb2pipe.templating import dump_yaml, render_template

SUPPORT = Support(
    engine="Argo Workflows",
    tested="hera 7.1.0",
    parameters="arguments of the workflow",
    resources="`limit:` as requests and limits of the container, `limit:timeout`",
    secrets="Kubernetes secrets as environment variables",
    schedule="a CronWorkflow",
    retries="of each step, with growing pauses",
    artifacts="any place that fsspec reads, a folder for each run",
    proof="hera reads the workflow; each container's command is run as the YAML says, in the order of the DAG",
    hints=frozenset({"limit", "image", "secret", "label", "annotation"}),
)

SETTINGS = (
    Setting("image", "", "Image with the project, made with engines/Dockerfile; empty is the project's name."),
    Setting("products", "s3://products", "Where products go; a folder for the project and one for the run below it."),
    Setting(
        "secret", "", "Kubernetes secret whose keys every step has in its environment, such as those of the store."
    ),
    Setting("retries", "2", "How often a step is tried again.", "whole"),
    Setting("schedule", "", "When it runs, as a cron expression; empty emits a Workflow to submit."),
    Setting("time_zone", "UTC", "Time zone of the schedule."),
)


def render_files(workflow: Workflow, settings: Mapping[str, str], templates: str) -> dict[str, str]:
    """Renders the workflow, the image, and the page that says how to use them."""
    document = _document(workflow, settings)
    context = {
        "workflow": workflow,
        "settings": settings,
        "image": image_name(workflow, settings["image"]),
        "place": f"{settings['products'].rstrip('/')}/{_slug(workflow.name)}",
    }
    return {
        "engines/argo_workflow.yaml": dump_yaml(document, width=10**9),
        "engines/argo.md": render_template("argo", "engines/argo.md", context, folder=templates),
        **render_image(workflow, templates, ("s3fs", "adlfs", "gcsfs")),
    }


def _document(workflow: Workflow, settings: Mapping[str, str]) -> dict[str, Any]:
    slug = _slug(workflow.name)
    names = distinct_names((task.name for task in workflow.tasks), lower=True, separator="-")
    place = f"{settings['products'].rstrip('/')}/{slug}/{{{{workflow.name}}}}"
    parameters = [{"name": "products", "value": place}]
    parameters += [{"name": _argument(each.name), "value": _text(each.value)} for each in workflow.parameters]
    specification = {
        "entrypoint": "pipeline",
        "arguments": {"parameters": parameters},
        "templates": [
            {"name": "pipeline", "dag": {"tasks": [_dag_task(task, names) for task in workflow.tasks]}},
            *(_template(task, settings, names, image_name(workflow, settings["image"])) for task in workflow.tasks),
        ],
    }
    if not settings["schedule"]:
        metadata = {"generateName": f"{slug}-"}
        return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": metadata, "spec": specification}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "CronWorkflow",
        "metadata": {"name": slug},
        "spec": {
            "schedules": [settings["schedule"]],
            "timezone": settings["time_zone"],
            "concurrencyPolicy": "Forbid",
            "workflowSpec": specification,
        },
    }


def _dag_task(task: Task, names: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {"name": names[task.name], "template": names[task.name]}
    return found | ({"dependencies": [names[name] for name in task.upstream]} if task.upstream else {})


def _template(task: Task, settings: Mapping[str, str], names: Mapping[str, str], image: str) -> dict[str, Any]:
    words = ["python", "engines/run_stage.py", task.name, "--products={{workflow.parameters.products}}"]
    for name in task.parameters:
        words.append(f"--param={name}={{{{workflow.parameters.{_argument(name)}}}}}")
    container: dict[str, Any] = {"image": task.image or image, "command": words}
    if wanted := limits(task):
        container["resources"] = {"requests": wanted, "limits": wanted}
    whole = [name for name, key in secret_pairs(task) if not key]
    whole = [settings["secret"], *whole] if settings["secret"] else whole
    if whole:
        container["envFrom"] = [{"secretRef": {"name": name}} for name in whole]
    if parts := [(name, key) for name, key in secret_pairs(task) if key]:
        container["env"] = [{"name": k, "valueFrom": {"secretKeyRef": {"name": name, "key": k}}} for name, k in parts]
    template: dict[str, Any] = {"name": names[task.name], "container": container}
    labels, annotations = dict(task.values_of("label")), dict(task.values_of("annotation"))
    if labels or annotations:
        template["metadata"] = {k: v for k, v in (("labels", labels), ("annotations", annotations)) if v}
    if "timeout" in task.limits:
        template["activeDeadlineSeconds"] = int(task.limits["timeout"])
    if int(settings["retries"]):
        template["retryStrategy"] = {
            "limit": settings["retries"],
            "retryPolicy": "Always",
            "backoff": {"duration": "10s", "factor": "2", "maxDuration": "10m"},
        }
    return template


def _argument(name: str) -> str:
    """`products` is the workflow's own."""
    return "param-products" if name == "products" else name


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _slug(name: str) -> str:
    (chosen,) = distinct_names((name,), lower=True, separator="-").values()
    return chosen
