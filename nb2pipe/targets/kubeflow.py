"""Kubeflow Pipelines 2: a component for each stage (https://www.kubeflow.org/docs/components/pipelines/).

A component's code is three lines that call the stage in the project's image; the code of the stage is where it is reviewed and tested.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from nb2pipe.pipeline.model import JsonValue
from nb2pipe.targets import Setting, Support
from nb2pipe.targets.containers import PROJECT, image_name, render_image
from nb2pipe.targets.kubernetes import limits, secret_pairs
from nb2pipe.targets.naming import distinct_names
from nb2pipe.targets.workflow import Task, Workflow
from nb2pipe.templating import format_python, render_template

SUPPORT = Support(
    engine="Kubeflow Pipelines",
    tested="kfp 2.17.3",
    parameters="parameters of the pipeline, typed; lists, mappings and `null` as JSON",
    caching="by Kubeflow, of image, code, inputs and parameters; `cache:disabled` always runs",
    resources="`limit:cpu`, `limit:memory`, `limit:gpu` as requests and limits, `limit:timeout`",
    secrets="Kubernetes secrets, as environment variables or files (kfp-kubernetes)",
    schedule="recurring runs, by a cron expression",
    retries="of each step",
    artifacts="typed artifacts of Kubeflow: Dataset, Model, Metrics",
    proof="the SDK compiles it, and `kfp.local` with SubprocessRunner runs it",
    hints=frozenset({"image", "limit", "secret", "cache", "label", "annotation"}),
)

SETTINGS = (
    Setting("image", "", "Image with the project, made with engines/Dockerfile; empty is the project's name."),
    Setting("retries", "2", "How often a step is tried again.", "whole"),
    Setting("schedule", "", "When it runs, as a cron expression with seconds; empty waits to be started."),
)

_MODELS = ("Regress", "Classifier", "Estimator", "Pipeline", "Model", "Ridge", "Forest", "KMeans")


def render_files(workflow: Workflow, settings: Mapping[str, str], templates: str) -> dict[str, str]:
    """Renders the pipeline as the SDK reads it, the image, and the page that says how to use them."""
    names = distinct_names((task.name for task in workflow.tasks), lower=True)
    (slug,) = distinct_names((workflow.name,), lower=True, separator="-").values()
    arguments = argument_names(each.name for each in workflow.parameters)
    tasks = [_task(task, workflow, settings, names, arguments) for task in workflow.tasks]
    artifacts = {row["artifact"] for row in tasks} | ({"Metrics"} if any(row["metrics"] for row in tasks) else set())
    context = {
        "workflow": workflow,
        "settings": settings,
        "slug": slug,
        "project": PROJECT,
        "variable": f"{workflow.package.upper()}_PROJECT",
        "image": image_name(workflow, settings["image"]),
        "artifacts": sorted(artifacts),
        "parameters": [{"name": arguments[each.name], **_typed(each.value)} for each in workflow.parameters],
        "tasks": tasks,
        "on_kubernetes": any(row["kubernetes"] for row in tasks),
        "retries": int(settings["retries"]),
    }
    pipeline = render_template("kubeflow", "engines/kubeflow_pipeline.py", context, folder=templates)
    return {
        "engines/kubeflow_pipeline.py": format_python(pipeline, 88),
        "engines/kubeflow.md": render_template("kubeflow", "engines/kubeflow.md", context, folder=templates),
        **render_image(workflow, templates, ("kfp", "kfp-kubernetes")),
    }


def _typed(value: JsonValue) -> dict[str, str]:
    """A parameter's type and default; lists, mappings and `null` are JSON: Kubeflow's own lose `null` and `1.0`."""
    names = {bool: "bool", int: "int", float: "float", str: "str"}
    if type(value) not in names:
        return {"type": "str", "default": repr(json.dumps(value))}
    return {"type": names[type(value)], "default": repr(value)}


def argument_names(names: Iterable[str]) -> dict[str, str]:
    """Parameter to the name of the argument that carries it.

    It is in lower case, as Kubeflow takes the names of inputs for that, and none that the emitted functions need themselves.
    """
    taken = {"IMAGE", "dsl", "file", "json", "kubernetes", "metrics", "name", "os", "products", "project"}
    taken |= {"run_stage", "sys", "value", "open", "float", "int", "isinstance", "str"}
    chosen = distinct_names(names, lower=True)
    free = {each: not (each in taken or each.startswith(("from_", "run_", "task_"))) for each in chosen.values()}
    return {name: each if free[each] else f"param_{each}" for name, each in chosen.items()}


def _task(
    task: Task, workflow: Workflow, settings: Mapping[str, str], names: Mapping[str, str], arguments: Mapping[str, str]
) -> dict[str, Any]:
    parameters = []
    for name in task.parameters:
        value = workflow.parameter(name).value
        plain = not isinstance(value, bool | int | float)
        parameters.append({"name": name, "argument": arguments[name], "type": _typed(value)["type"], "plain": plain})
    wanted = limits(task)
    secrets = secret_pairs(task)
    row = {
        "name": task.name,
        "function": f"run_{names[task.name]}",
        "variable": f"task_{names[task.name]}",
        "what": task.summary or task.title,
        "artifact": artifact_type(task),
        "stem": task.stem,
        "parameters": parameters,
        "inputs": [
            {"stage": name, "name": f"from_{names[name]}", "type": artifact_type(workflow.task(name))}
            for name in task.upstream
        ],
        "metrics": "metrics" in task.products,
        "image": task.image or image_name(workflow, settings["image"]),
        "may_cache": task.may_cache,
        "cpu": wanted.pop("cpu", ""),
        "memory": wanted.pop("memory", ""),
        "accelerators": wanted,
        "timeout": int(task.limits.get("timeout", 0)),
        "secrets": secrets,
        "labels": dict(task.values_of("label")),
        "annotations": dict(task.values_of("annotation")),
    }
    row["kubernetes"] = bool(secrets or row["labels"] or row["annotations"] or row["timeout"])
    return row


def artifact_type(task: Task) -> str:
    """The artifact that a stage's products are: a model where it hands over nothing else, a data set where it has a table."""
    kinds = [kind for _, kind in task.outputs]
    if kinds and all(any(word in kind for word in _MODELS) for kind in kinds):
        return "Model"
    return (
        "Dataset" if any("DataFrame" in kind or "Series" in kind or "ndarray" in kind for kind in kinds) else "Artifact"
    )
