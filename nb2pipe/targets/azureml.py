"""Azure Machine Learning: a pipeline job and a command component for each stage, for its command line (v2).

The schemas are those of https://learn.microsoft.com/azure/machine-learning/reference-yaml-overview. Names are lower case and told
apart without regard to case, as Azure ML does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from nb2pipe.pipeline.model import JsonValue
from nb2pipe.targets import Setting, Support
from nb2pipe.targets.naming import distinct_names
from nb2pipe.targets.workflow import Task, TaskParameter, Workflow
from nb2pipe.templating import dump_yaml, render_template

SUPPORT = Support(
    engine="Azure Machine Learning",
    tested="azure-ai-ml 1.35.0",
    parameters="inputs of the pipeline job, typed; lists, mappings and `null` as JSON",
    caching="by Azure ML, of deterministic components; `cache:disabled` always runs",
    resources="`limit:gpu` takes the GPU compute, `limit:timeout` is in seconds; amounts of CPU and memory are those of the compute",
    schedule="`schedule.yml`, by a cron expression",
    retries="by Azure ML, of its own failures",
    artifacts="a typed output folder for each stage, on the datastore of a setting",
    proof="the SDK loads and validates every file; each component's command is run as its YAML says, with folders mounted",
    hints=frozenset({"image", "limit", "cache", "label"}),
    limits=frozenset({"gpu", "nvidia.com/gpu", "amd.com/gpu", "timeout"}),
)

SETTINGS = (
    Setting("compute", "cpu-cluster", "Name of the compute target that runs the stages."),
    Setting("gpu_compute", "gpu-cluster", "Name of the compute target for stages with a `limit:gpu` tag."),
    Setting("image", "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:latest", "Base image of the environment."),
    Setting(
        "products",
        "azureml://datastores/workspaceblobstore/paths/{name}",
        "Where products go, below it a folder for each run; `{name}` is the project's.",
    ),
    Setting("schedule", "", "When it runs, as a cron expression; empty emits no schedule."),
    Setting("time_zone", "UTC", "Time zone of the schedule."),
)

#: The folder of the target's files in the project, and the way back.
_FOLDER = "engines/azureml"
_SCHEMA = "https://azuremlschemas.azureedge.net/latest/{}.schema.json"
_GPU = ("gpu", "nvidia.com/gpu", "amd.com/gpu")


def render_files(workflow: Workflow, settings: Mapping[str, str], templates: str) -> dict[str, str]:
    """Renders the pipeline job, its components, their environment, the schedule and the page that says how to use them."""
    names = distinct_names((task.name for task in workflow.tasks), lower=True)
    context = {
        "workflow": workflow,
        "settings": settings,
        "names": names,
        "inputs": _parameter_names(workflow),
    }
    files = {
        f"{_FOLDER}/pipeline.yml": _yaml(_pipeline(workflow, settings, names)),
        f"{_FOLDER}/environment.yml": _yaml(_environment(workflow)),
        ".amlignore": render_template("azureml", ".amlignore", context, folder=templates),
        "engines/azureml.md": render_template("azureml", "engines/azureml.md", context, folder=templates),
    }
    for task in workflow.tasks:
        component = _component(task, workflow, settings, names)
        files[f"{_FOLDER}/components/{names[task.name]}.yml"] = _yaml(component)
    if settings["schedule"]:
        files[f"{_FOLDER}/schedule.yml"] = _yaml(_schedule(workflow, settings))
    return files


def _pipeline(workflow: Workflow, settings: Mapping[str, str], names: Mapping[str, str]) -> dict[str, Any]:
    inputs = _parameter_names(workflow)
    place = settings["products"].replace("{name}", _slug(workflow.name)).rstrip("/")
    outputs = {
        names[task.name]: {
            "type": "uri_folder",
            "mode": "rw_mount",
            "path": f"{place}/${{{{name}}}}/{task.name}/",
        }
        for task in workflow.tasks
    }
    document: dict[str, Any] = {
        "$schema": _SCHEMA.format("pipelineJob"),
        "type": "pipeline",
        "display_name": workflow.title,
        "experiment_name": _slug(workflow.name),
        "description": workflow.description or workflow.title,
        "settings": {"default_compute": f"azureml:{settings['compute']}", "continue_on_step_failure": False},
    }
    if workflow.parameters:
        document["inputs"] = {inputs[each.name]: _input_value(each.value) for each in workflow.parameters}
    document["outputs"] = outputs
    document["jobs"] = {names[task.name]: _job(task, settings, names, inputs) for task in workflow.tasks}
    return document


def _job(
    task: Task, settings: Mapping[str, str], names: Mapping[str, str], inputs: Mapping[str, str]
) -> dict[str, Any]:
    bound = {inputs[name]: f"${{{{parent.inputs.{inputs[name]}}}}}" for name in task.parameters}
    for name in task.upstream:
        bound[f"from_{names[name]}"] = f"${{{{parent.jobs.{names[name]}.outputs.products}}}}"
    job: dict[str, Any] = {"type": "command", "component": f"./components/{names[task.name]}.yml"}
    if bound:
        job["inputs"] = bound
    job["outputs"] = {"products": f"${{{{parent.outputs.{names[task.name]}}}}}"}
    if any(key in _GPU for key in task.limits):
        job["compute"] = f"azureml:{settings['gpu_compute']}"
    if "timeout" in task.limits:
        job["limits"] = {"timeout": int(task.limits["timeout"])}
    return job


def _component(task: Task, workflow: Workflow, settings: Mapping[str, str], names: Mapping[str, str]) -> dict[str, Any]:
    inputs = _parameter_names(workflow)
    declared: dict[str, Any] = {}
    words = ["python engines/run_stage.py", task.name]
    for name in task.parameters:
        declared[inputs[name]] = _declared_input(workflow.parameter(name))
        words.append(f"--param {name}='${{{{inputs.{inputs[name]}}}}}'")
    for name in task.upstream:
        declared[f"from_{names[name]}"] = {"type": "uri_folder", "description": f"Products of stage {name}."}
        words.append(f"--input {name}='${{{{inputs.from_{names[name]}}}}}'")
    words.append("--output '${{outputs.products}}'")
    document: dict[str, Any] = {
        "$schema": _SCHEMA.format("commandComponent"),
        "type": "command",
        "name": f"{_slug(workflow.name)}_{names[task.name]}",
        "display_name": task.title,
        "description": task.summary or task.title,
    }
    if labels := dict(task.values_of("label")):
        document["tags"] = labels
    if declared:
        document["inputs"] = declared
    document["outputs"] = {"products": {"type": "uri_folder", "description": _what_it_makes(task)}}
    document["code"] = "../../.."
    document["environment"] = {"image": task.image or settings["image"], "conda_file": "../environment.yml"}
    document["command"] = " ".join(words)
    document["is_deterministic"] = task.may_cache
    return document


def _declared_input(parameter: TaskParameter) -> dict[str, Any]:
    declared: dict[str, Any] = {"type": _input_type(parameter.value), "default": _input_value(parameter.value)}
    return declared | ({"description": parameter.comment} if parameter.comment else {})


def _input_type(value: JsonValue) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    return "number" if isinstance(value, float) else "string"


def _input_value(value: JsonValue) -> bool | int | float | str:
    return value if isinstance(value, bool | int | float | str) else json.dumps(value)


def _what_it_makes(task: Task) -> str:
    made = [f"`{name}` ({kind})" for name, kind in task.outputs]
    return "The executed notebook" + (f", and what it hands over: {', '.join(made)}." if made else ".")


def _environment(workflow: Workflow) -> dict[str, Any]:
    needed = run_requirements(workflow)
    return {
        "name": _slug(workflow.name),
        "channels": ["conda-forge"],
        "dependencies": [f"python={workflow.python}", "pip", {"pip": needed}],
    }


def run_requirements(workflow: Workflow) -> list[str]:
    """What running a stage needs, without what only Ploomber or a person at a desk does."""
    return [each for each in workflow.requirements if not each.startswith(("ploomber", "jupytext"))]


def _schedule(workflow: Workflow, settings: Mapping[str, str]) -> dict[str, Any]:
    return {
        "$schema": _SCHEMA.format("schedule"),
        "name": f"{_slug(workflow.name)}_schedule",
        "display_name": workflow.title,
        "trigger": {"type": "cron", "expression": settings["schedule"], "time_zone": settings["time_zone"]},
        "create_job": "./pipeline.yml",
    }


def _parameter_names(workflow: Workflow) -> dict[str, str]:
    """Parameter to the name of its input; `from_…` is for products."""
    names = distinct_names((each.name for each in workflow.parameters), lower=True)
    return {name: f"param_{chosen}" if chosen.startswith("from_") else chosen for name, chosen in names.items()}


def _slug(name: str) -> str:
    (chosen,) = distinct_names((name,), lower=True).values()
    return chosen


def _yaml(document: Mapping[str, Any], comments: Iterable[str] = ()) -> str:
    head = "".join(f"# {line}\n" for line in comments)
    return head + dump_yaml(document, width=10**9)
