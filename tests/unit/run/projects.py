"""Small projects in the form that nb2pipe writes, without a notebook to convert."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from nb2pipe.run.model import RunReport, StageReport
from nb2pipe.run.runner import Choice, make_plan, run
from nb2pipe.run.spec import read_project

HEADER = """\
# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

"""

SETUP = """\
import sys
from pathlib import Path
sys.path.insert(0, str(Path.cwd() / "src"))
"""


@dataclass(frozen=True)
class Stage:
    """A stage: its cells, and what it needs. `data` says that it writes `product["data"]`."""

    cells: Sequence[str]
    upstream: Sequence[str] = ()
    params: Sequence[str] = ()
    modules: Sequence[str] = ()
    data: bool = True
    tags: Mapping[int, Sequence[str]] = field(default_factory=dict)


def write_project(
    root: Path,
    stages: Mapping[str, Stage],
    params: Mapping[str, Any] | None = None,
    modules: Mapping[str, str] | None = None,
) -> Path:
    """Writes a project; `modules` are files of `src/pack/`."""
    params = params or {}
    (root / "stages").mkdir(parents=True)
    (root / "src" / "pack").mkdir(parents=True)
    (root / "src" / "pack" / "__init__.py").write_text("")
    for name, text in (modules or {}).items():
        (root / "src" / "pack" / name).write_text(textwrap.dedent(text))
    (root / "params.yaml").write_text(yaml.safe_dump(dict(params)) if params else "{}\n")
    (root / "env.yaml").symlink_to("params.yaml")
    tasks = []
    for name, stage in stages.items():
        write_stage(root, name, stage, params)
        product = {"nb": f"products/{name}.ipynb"} | ({"data": f"products/{name}.txt"} if stage.data else {})
        resources = {f"pack.{m[:-3]}": f"src/pack/{m}" for m in stage.modules}
        task: dict[str, Any] = {"source": f"stages/{name}.py", "name": name, "static_analysis": "disable"}
        task |= {"upstream": list(stage.upstream)} if stage.upstream else {}
        task |= {"product": product}
        values = ({"resources_": resources} if resources else {}) | {p: "{{" + p + "}}" for p in stage.params}
        tasks.append(task | ({"params": values} if values else {}))
    document = {"meta": {"extract_upstream": False}, "tasks": tasks}
    (root / "pipeline.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    return root


def write_stage(root: Path, name: str, stage: Stage, params: Mapping[str, Any]) -> None:
    """Writes a stage's notebook."""
    defaults = "".join(f"{p} = {params[p]!r}\n" for p in stage.params)
    cells = [
        f"# %% [markdown]\n# # {name}\n",
        f'# %% tags=["parameters"]\nupstream = {{}}\nproduct = {{}}\n{defaults}',
        f"# %%\n{SETUP}",
    ]
    for number, cell in enumerate(stage.cells):
        tags = f" tags={json.dumps(list(stage.tags[number]))}" if number in stage.tags else ""
        cells.append(f"# %%{tags}\n{textwrap.dedent(cell).strip()}\n")
    (root / "stages" / f"{name}.py").write_text(HEADER + "\n".join(cells))


def write_text(value: str) -> str:
    """A cell that hands an expression's text over."""
    return f'Path(product["data"]).write_text(str({value}))'


def run_project(root: Path, *, listen: Any = None, params: Mapping[str, str] | None = None, **choice: Any) -> RunReport:
    """Brings a project up to date; keyword arguments are those of `Choice`."""
    chosen = Choice(**choice)
    return run(make_plan(read_project(root, params or {}), chosen), chosen, listen or (lambda _report: None))


def states(report: RunReport) -> dict[str, str]:
    """Stage to what became of it."""
    return {s.name: s.state.value for s in report.stages}


def stage_of(report: RunReport, name: str) -> StageReport:
    """A stage of a report."""
    return next(s for s in report.stages if s.name == name)


def read_outputs(path: Path) -> list[list[dict[str, Any]]]:
    """The outputs of each code cell of an executed notebook."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [c["outputs"] for c in cells if c["cell_type"] == "code"]
