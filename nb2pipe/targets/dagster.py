"""Dagster: an asset for each stage (https://docs.dagster.io/guides/build/assets)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nb2pipe.pipeline.model import JsonValue
from nb2pipe.targets import Setting, Support
from nb2pipe.targets.naming import distinct_names
from nb2pipe.targets.workflow import Task, Workflow
from nb2pipe.templating import format_python, render_template

SUPPORT = Support(
    engine="Dagster",
    tested="dagster 1.13.29",
    parameters="configuration of each asset, typed",
    schedule="of the job",
    retries="of each asset",
    artifacts="any place that fsspec reads",
    proof="Dagster executes the job, each step in a process of its own",
    hints=frozenset({"label"}),
)

SETTINGS = (
    Setting("schedule", "", "When it runs, as a cron expression; empty emits no schedule."),
    Setting("retries", "1", "How often a step is tried again.", "whole"),
    Setting("products", "", "Where products go, such as s3://bucket/churn; empty is products/dagster of the project."),
    Setting("python", "python", "The Python that runs the stages."),
)


def render_files(workflow: Workflow, settings: Mapping[str, str], templates: str) -> dict[str, str]:
    """Renders the definitions and the page that says how to use them."""
    (slug,) = distinct_names((workflow.name,)).values()
    words = {task.name: "".join(word.capitalize() for word in task.name.split("_")) for task in workflow.tasks}
    distinct = distinct_names(dict.fromkeys(words.values()))
    configs = {name: distinct[word] for name, word in words.items()}
    if len(set(words.values())) < len(words):
        configs = {name: f"Stage{number}" for number, name in enumerate(words, 1)}
    context = {
        "workflow": workflow,
        "settings": settings,
        "slug": slug,
        "prefix": workflow.package.upper(),
        "tasks": [_task(task, workflow, configs) for task in workflow.tasks],
        "retries": int(settings["retries"]),
    }
    definitions = render_template("dagster", "engines/dagster_definitions.py", context, folder=templates)
    return {
        "engines/dagster_definitions.py": format_python(definitions, 88),
        "engines/dagster.md": render_template("dagster", "engines/dagster.md", context, folder=templates),
    }


def _typed(value: JsonValue) -> tuple[str, JsonValue]:
    """The type and default of a field; `null` is JSON, which goes to the stage as it is."""
    names = {bool: "bool", int: "int", float: "float", str: "str", list: "list", dict: "dict"}
    return (names[type(value)], value) if type(value) in names else ("str", "null")


def _field(name: str) -> str:
    """A name that a model of pydantic can have as a field."""
    taken = {"construct", "copy", "dict", "fields", "from_orm", "json", "schema", "validate"}
    return f"param_{name}" if name in taken or name.startswith(("_", "model_", "parse_", "schema_")) else name


def _task(task: Task, workflow: Workflow, configs: Mapping[str, str]) -> dict[str, Any]:
    parameters = []
    for each in (workflow.parameter(name) for name in task.parameters):
        kind, value = _typed(each.value)
        plain = kind == "str"
        parameters.append(
            {
                "name": each.name,
                "field": _field(each.name).replace("param__", "param_"),
                "type": kind,
                "value": value,
                "comment": each.comment,
                "plain": plain,
            }
        )
    return {
        "name": task.name,
        "function": f"asset_{task.name}",
        "config": f"{configs[task.name]}Config",
        "what": task.summary or task.title,
        "upstream": task.upstream,
        "parameters": parameters,
        "labels": dict(task.values_of("label")),
    }
