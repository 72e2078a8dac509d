"""SLURM: a job for each stage, with dependencies between them (https://slurm.schedmd.com/sbatch.html)."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from nb2pipe.targets import Setting, Support
from nb2pipe.targets.kubernetes import mebibytes
from nb2pipe.targets.workflow import Task, Workflow
from nb2pipe.templating import render_template

SUPPORT = Support(
    engine="SLURM",
    tested="slurm 22.05",
    parameters="`params.yaml`; one run: `NAME=VALUE` after the script",
    resources="`limit:cpu`, `limit:memory`, `limit:gpu`, `limit:timeout` as options of `sbatch`",
    schedule="`scrontab`",
    retries="requeued when a node fails",
    artifacts="a folder on the cluster's file system, or any place that fsspec reads",
    proof="a controller and a node on one machine run the jobs",
    hints=frozenset({"limit"}),
    limits=frozenset({"cpu", "memory", "gpu", "timeout"}),
)

SETTINGS = (
    Setting("partition", "", "Partition of the jobs; empty is the cluster's default."),
    Setting("account", "", "Account that is charged; empty is the user's."),
    Setting("python", "python", "The Python that runs the stages."),
)


def render_files(workflow: Workflow, settings: Mapping[str, str], templates: str) -> dict[str, str]:
    """Renders the script that submits the jobs, and the page that says how to use it."""
    tasks = [_task(task) for task in workflow.tasks]
    common = [f"--{key}={settings[key]}" for key in ("partition", "account") if settings[key]]
    context = {
        "workflow": workflow,
        "settings": settings,
        "prefix": workflow.package.upper(),
        "tasks": tasks,
        "common": shlex.join(common),
    }
    return {
        name: render_template("slurm", name, context, folder=templates)
        for name in ("engines/slurm.sh", "engines/slurm.md")
    }


def _task(task: Task) -> dict[str, Any]:
    options = []
    limits = task.limits
    if "cpu" in limits:
        options.append(f"--cpus-per-task={max(1, round(_cores(limits['cpu']) + 0.499))}")
    if "memory" in limits:
        options.append(f"--mem={mebibytes(limits['memory'])}M")
    if "gpu" in limits:
        options.append(f"--gres=gpu:{limits['gpu']}")
    if "timeout" in limits:
        options.append(f"--time={-(-int(limits['timeout']) // 60)}")
    return {
        "name": task.name,
        "variable": f"job_{task.name}",
        "options": shlex.join(options),
        "upstream": task.upstream,
        "parameters": task.parameters,
    }


def _cores(amount: str) -> float:
    return float(amount[:-1]) / 1000 if amount.endswith("m") else float(amount)
