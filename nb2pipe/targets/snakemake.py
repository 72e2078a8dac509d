"""Snakemake: a rule for each stage (https://snakemake.readthedocs.io/en/stable/snakefiles/rules.html)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nb2pipe.targets import Setting, Support
from nb2pipe.targets.dvc import data_dependencies
from nb2pipe.targets.kubernetes import mebibytes
from nb2pipe.targets.workflow import Task, Workflow
from nb2pipe.templating import render_template

SUPPORT = Support(
    engine="Snakemake",
    tested="snakemake 9.27.1",
    parameters="`params.yaml`; one run: `--config NAME=VALUE`",
    caching="by time and content of code, data and parameters",
    resources="`limit:cpu` as threads, `limit:memory`, `limit:gpu`, `limit:timeout` as resources",
    retries="of each rule",
    artifacts="a folder for each stage; Snakemake's storage plugins",
    proof="Snakemake runs it, branches at the same time",
    hints=frozenset({"limit", "image"}),
    limits=frozenset({"cpu", "memory", "gpu", "timeout"}),
)

SETTINGS = (Setting("retries", "0", "How often a rule is tried again.", "whole"),)


def render_files(workflow: Workflow, settings: Mapping[str, str], templates: str) -> dict[str, str]:
    """Renders the Snakefile and the page that says how to use it."""
    context = {
        "workflow": workflow,
        "tasks": [_rule(task, workflow) for task in workflow.tasks],
        "final": [task.name for task in workflow.final_tasks],
        "retries": int(settings["retries"]),
    }
    return {
        name: render_template("snakemake", name, context, folder=templates)
        for name in ("Snakefile", "engines/snakemake.md")
    }


def _rule(task: Task, workflow: Workflow) -> dict[str, Any]:
    limits = task.limits
    resources = {}
    if "memory" in limits:
        resources["mem_mb"] = mebibytes(limits["memory"])
    if "gpu" in limits:
        resources["gpu"] = int(limits["gpu"])
    if "timeout" in limits:
        resources["runtime"] = -(-int(limits["timeout"]) // 60)
    return {
        "name": task.name,
        "what": " ".join((task.summary or task.title).split()),
        "sources": [*task.sources, *data_dependencies(task, workflow)],
        "upstream": task.upstream,
        "parameters": task.parameters,
        "threads": max(1, int(float(limits.get("cpu", "1")))) if limits.get("cpu", "1")[-1:] != "m" else 1,
        "resources": resources,
        "image": task.image,
    }
