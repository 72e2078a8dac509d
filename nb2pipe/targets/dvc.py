"""DVC: versions of data, models, parameters and metrics beside the code (https://dvc.org/doc/user-guide/project-structure/dvcyaml-files).

Every stage has a folder of its own below `products/`, which is its one output: DVC caches it, restores it and sends it to a
remote as a whole, with the files that the stage wrote.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from nb2pipe.targets import Setting, Support
from nb2pipe.targets.workflow import Task, Workflow
from nb2pipe.templating import dump_yaml, render_template

SUPPORT = Support(
    engine="DVC",
    tested="dvc 3.67.1",
    parameters="`params.yaml`; one run: `dvc exp run -S NAME=VALUE`",
    caching="by content of code, data and parameters; `cache:disabled` always runs",
    schedule="",
    retries="",
    artifacts="cache and remote of DVC",
    proof="`dvc repro`, `dvc exp run -S`, `dvc push` and `dvc pull` with a remote on disk",
    hints=frozenset({"cache"}),
)

SETTINGS: tuple[Setting, ...] = ()


def render_files(workflow: Workflow, settings: Mapping[str, str], templates: str) -> dict[str, str]:
    """Renders `dvc.yaml` and the page that says how to use it."""
    context = {
        "workflow": workflow,
        "document": dump_yaml(_document(workflow), width=10**9),
        "metrics": any("metrics" in task.products for task in workflow.tasks),
        "plots": any(task.plots for task in workflow.tasks),
    }
    return {
        "dvc.yaml": render_template("dvc", "dvc.yaml", context, folder=templates),
        "engines/dvc.md": render_template("dvc", "engines/dvc.md", context, folder=templates),
    }


def _document(workflow: Workflow) -> dict[str, Any]:
    document: dict[str, Any] = {"stages": {task.name: _stage(task, workflow) for task in workflow.tasks}}
    metrics = [f"products/{t.name}/{t.stem}.metrics.json" for t in workflow.tasks if "metrics" in t.products]
    plots = [f"products/{t.name}/plots" for t in workflow.tasks if t.plots]
    return document | ({"metrics": metrics} if metrics else {}) | ({"plots": plots} if plots else {})


def _stage(task: Task, workflow: Workflow) -> dict[str, Any]:
    words = ["python engines/run_stage.py", task.name]
    words += [f"--input {name}=products/{name}" for name in task.upstream]
    words += [f"--output products/{task.name}"]
    words += [f"--plots products/{task.name}/plots"] if task.plots else []
    deps = [*task.sources, *data_dependencies(task, workflow)]
    deps += [f"products/{name}" for name in task.upstream]
    stage: dict[str, Any] = {"desc": task.summary or task.title, "cmd": " ".join(words), "deps": deps}
    if keys := [workflow.parameter(name).key for name in task.parameters]:
        stage["params"] = keys
    stage["outs"] = [f"products/{task.name}"]
    return stage if task.may_cache else stage | {"always_changed": True}


def data_dependencies(task: Task, workflow: Workflow) -> list[str]:
    """The project's data files that a task may read, relative to the project."""
    if not workflow.carries_files:
        return []

    def may_read(path: str) -> bool:
        return any(read in ("*", path) or path.startswith(f"{read}/") for read in task.reads)

    return [
        posixpath.normpath(posixpath.join(workflow.workdir, path)) for path in workflow.data_files if may_read(path)
    ]
