"""Dask: stages as tasks of workers, on one machine or on many (https://distributed.dask.org)."""

from __future__ import annotations

from collections.abc import Mapping

from nb2pipe.targets import Setting, Support
from nb2pipe.targets.workflow import Workflow
from nb2pipe.templating import format_python, render_template

SUPPORT = Support(
    engine="Dask",
    tested="distributed 2026.8.0",
    parameters="`params.yaml`; one run: `--param NAME=VALUE`",
    resources="`limit:gpu` as a resource that workers declare",
    retries="of each stage, also when its worker is lost",
    artifacts="a folder that all workers see, or any place that fsspec reads",
    proof="several workers run branches at the same time; a worker is killed, and its stage runs again",
    hints=frozenset({"limit"}),
    limits=frozenset({"gpu"}),
)

SETTINGS = (Setting("retries", "2", "How often a stage is tried again.", "whole"),)


def render_files(workflow: Workflow, settings: Mapping[str, str], templates: str) -> dict[str, str]:
    """Renders the program that submits the stages, and the page that says how to use it."""
    resources = {task.name: {"GPU": float(task.limits["gpu"])} for task in workflow.tasks if "gpu" in task.limits}
    context = {
        "workflow": workflow,
        "settings": settings,
        "resources": resources,
        "retries": int(settings["retries"]),
        "example": workflow.tasks[-1].name,
    }
    program = render_template("dask", "engines/dask_run.py", context, folder=templates)
    return {
        "engines/dask_run.py": format_python(program, 88),
        "engines/dask.md": render_template("dask", "engines/dask.md", context, folder=templates),
    }
