"""The command by which engines run a stage, and the place for products that all workers see; in every project with a target."""

from __future__ import annotations

from pathlib import PurePosixPath

from nb2pipe.targets.workflow import Task, Workflow
from nb2pipe.templating import format_python, render_template

#: What stands in the working folder beside the notebook's files, where that is the project's.
OWN = (
    *(
        "README.md",
        "engines",
        "env.yaml",
        "params.yaml",
        "pipeline.yaml",
        "products",
        "pyproject.toml",
        "src",
        "stages",
    ),
    *("tests", "venv"),
)


def render_stage_command(workflow: Workflow, templates: str, line_length: int = 88) -> dict[str, str]:
    """Renders `engines/run_stage.py` and `engines/store.py`."""
    context = {
        "example": workflow.tasks[-1].name,
        "tasks": [_row(task, workflow) for task in workflow.tasks],
        "carries_files": workflow.carries_files,
        "workdir": workflow.workdir,
        "workdir_variable": f"{workflow.package.upper()}_WORKDIR",
        "own": OWN,
    }
    return {
        f"engines/{name}": format_python(render_template("engines", name, context, folder=templates), line_length)
        for name in ("run_stage.py", "store.py")
    }


def _row(task: Task, workflow: Workflow) -> dict[str, object]:
    parameters = (workflow.parameter(name) for name in task.parameters)
    return {
        "name": task.name,
        "stem": task.stem,
        "upstream": task.upstream,
        "products": task.products,
        "parameters": {each.name: (each.key, each.is_text) for each in parameters},
        "reads_files": bool(task.reads),
        "writes_files": bool(task.writes),
    }


def module_name(path: str) -> str:
    """The dotted name by which a module of the project is imported: `src/churn/clean.py` is `churn.clean`."""
    parts = PurePosixPath(path).with_suffix("").parts
    return ".".join(parts[1:] if parts[0] == "src" else parts)
