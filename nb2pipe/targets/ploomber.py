"""The default target: a project that Ploomber runs (https://docs.ploomber.io/en/latest/api/spec.html)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from nb2pipe.options import Options
from nb2pipe.pipeline.model import Copy, Link, Parameter, Pipeline, Project, Sources, Stage
from nb2pipe.targets import ploomber_values
from nb2pipe.templating import dump_yaml, render_template

#: Files that are rendered from a template of the same name.
_FILES = (
    ".gitattributes",
    ".github/workflows/ci.yml",
    ".gitignore",
    ".pre-commit-config.yaml",
    "README.md",
    "pipeline.yaml",
    "pyproject.toml",
)

#: Tools that pre-commit runs, each with the release to ask for where it is not installed here.
_HOOKS: Mapping[str, str] = {"black": "25.1.0", "jupytext": "1.16.7"}


def render_project(pipeline: Pipeline, sources: Sources, options: Options) -> Project:
    """Renders a project that `ploomber build` runs.

    Args:
        pipeline: What is known of the notebook's pipeline.
        sources: The Python that codegen rendered for it.
        options: Line length and the user's templates are heeded.

    Returns:
        Relative POSIX path to content, sorted by path. `env.yaml`, where Ploomber looks for parameters, is a
        link to `params.yaml`: one file holds the values, under the name by which other tools know it.

    Raises:
        Nb2pipeError: NB502, for a template of the user's that is broken.
        ValueError: A data file or local module would land outside the project.
    """
    context = project_context(pipeline, sources, options)
    project: dict[str, str | Copy | Link] = {}
    names = (*_FILES, "params.yaml") if context["parameters"] else _FILES
    for name in names:
        project[name] = render_template("ploomber", name, context, folder=options.templates)
    if context["parameters"]:
        project["env.yaml"] = Link("params.yaml")
    for stage, text in sources.stages.items():
        project[f"stages/{stage}.py"] = text
    for stage, text in sources.notebooks.items():
        project[f"stages/{stage}.ipynb"] = text
    project.update(sources.modules)
    project.update(sources.tests)
    for folder, files in ((pipeline.workdir, pipeline.data_files), ("src", pipeline.local_modules)):
        for file in files:
            project[_inside(posixpath.join(folder, file.path))] = Copy(file.source)
    for written in pipeline.folders:
        project[_inside(posixpath.join(pipeline.workdir, written, ".gitkeep"))] = ""
    return {path: project[path] for path in sorted(project)}


def parameter_keys(pipeline: Pipeline) -> dict[str, str]:
    """Maps each parameter that Ploomber hands to a stage to its key in params.yaml."""
    read = {name for stage in pipeline.stages for name in stage.parameters}
    return ploomber_values.choose_keys(
        parameter.name
        for parameter in pipeline.parameters
        if parameter.name in read and ploomber_values.can_pass(parameter.name, parameter.value)
    )


def project_context(pipeline: Pipeline, sources: Sources, options: Options) -> dict[str, Any]:
    """Collects what the templates of a project see: plain values, ready to be written."""
    from nb2pipe.graph.mermaid import render_mermaid
    from nb2pipe.targets import environment

    keys = parameter_keys(pipeline)
    needed = environment.requirements(pipeline, with_parquet=writes_parquet(pipeline, options))
    return {
        "pipeline": pipeline,
        "distribution": _distribution_name(pipeline),
        "summary": " ".join((pipeline.description or pipeline.title).split()),
        "options": options,
        "mermaid": _fenced(render_mermaid(pipeline)),
        "stages": [_stage_row(stage, pipeline, sources) for stage in pipeline.stages],
        "tasks": [_task(stage, pipeline, sources, keys) for stage in pipeline.stages],
        "parameters": [
            _parameter(parameter, keys[parameter.name], pipeline)
            for parameter in pipeline.parameters
            if parameter.name in keys
        ],
        "has_text": any(isinstance(each.value, str) for each in pipeline.parameters),
        "left_out": [_left_out(each, pipeline) for each in pipeline.parameters if each.name not in keys],
        "requirements": [str(each) for each in needed],
        "unpinned": [each.name for each in needed if not each.specifier],
        "hooks": {name: environment.installed_version(name) or oldest for name, oldest in _HOOKS.items()},
        "py_modules": sorted(
            PurePosixPath(each.path).stem
            for each in pipeline.local_modules
            if each.path.endswith(".py") and "/" not in each.path
        ),
        "has_tests": bool(sources.tests),
    }


def writes_parquet(pipeline: Pipeline, options: Options) -> bool:
    """Whether the project writes tables as Parquet files."""
    return options.products == "parquet" or any(h.kind == "parquet" for s in pipeline.stages for h in s.hints)


def _task(stage: Stage, pipeline: Pipeline, sources: Sources, keys: Mapping[str, str]) -> dict[str, Any]:
    """The task of pipeline.yaml for a stage; every text is safe from Ploomber's reading of texts."""
    values = {parameter.name: parameter.value for parameter in pipeline.parameters}
    product = {"nb": f"products/{stage.stem}.ipynb"}
    if stage.hands_over:
        product["data"] = f"products/{stage.stem}.pkl"
    if stage.metrics:
        product["metrics"] = f"products/{stage.stem}.metrics.json"
    return {
        "name": ploomber_values.write_value(stage.name),
        "source": f"stages/{stage.stem}.py",
        "upstream": [ploomber_values.write_value(name) for name in stage.upstream],
        "product": product,
        "resources": {_module_name(path): path for path in sources.uses.get(stage.name, ())},
        "params": {
            name: ploomber_values.write_placeholder(keys[name], values[name])
            for name in stage.parameters
            if name in keys
        },
    }


def _module_name(path: str) -> str:
    """The dotted name by which a module of the project is imported: `src/churn/clean.py` is `churn.clean`."""
    parts = PurePosixPath(path).with_suffix("").parts
    parts = parts[1:] if parts[0] == "src" else parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def _stage_row(stage: Stage, pipeline: Pipeline, sources: Sources) -> dict[str, Any]:
    module = _stage_module(stage, pipeline, sources)
    return {
        "name": stage.name,
        "what": stage.summary or (stage.title if stage.title != stage.name else ""),
        "notebook": f"stages/{stage.stem}.py",
        "inputs": [f"`{each.name}` ({each.stage})" for each in stage.inputs],
        "outputs": [f"`{each.name}`" for each in stage.outputs] + list(stage.state),
        "parameters": [f"`{name}`" for name in stage.parameters],
        "metrics": [f"`{name}` (metric)" for name in stage.metrics],
        "module": module,
        "reasons": [f"{reason.message} ({reason.span})" for reason in stage.reasons],
    }


def _stage_module(stage: Stage, pipeline: Pipeline, sources: Sources) -> str:
    """The module that holds the stage's function; empty where the code stays in the stage."""
    folder = f"src/{pipeline.package}/"
    others = {f"{folder}{each.name}.py" for each in pipeline.stages if each.name != stage.name}
    own = [
        path
        for path in sources.uses.get(stage.name, ())
        if path.startswith(f"{folder}{stage.name}") and path in sources.modules and path not in others
    ]
    return min(own, key=len) if own and stage.style == "function" else ""


def _parameter(parameter: Parameter, key: str, pipeline: Pipeline) -> dict[str, Any]:
    value = ploomber_values.write_parameter(parameter.value)
    # Lists and mappings of scalars on one line, deeper ones as a block.
    style = None if isinstance(value, list | dict) and value else False
    text = dump_yaml({key: value}, flow=style).rstrip("\n")
    return {
        "name": parameter.name,
        "key": key,
        "text": text,
        "one_line": "\n" not in text,
        "comment": _one_line(parameter.comment),
        "source": _one_line(parameter.source),
        "stages": _readers(parameter.name, pipeline),
    }


def _left_out(parameter: Parameter, pipeline: Pipeline) -> dict[str, Any]:
    readers = _readers(parameter.name, pipeline)
    return {
        "name": parameter.name,
        "source": _one_line(parameter.source),
        "comment": _one_line(parameter.comment),
        "stages": readers,
        "why": "Ploomber cannot hand it over; it is set in the stages" if readers else "no stage reads it",
    }


def _readers(name: str, pipeline: Pipeline) -> list[str]:
    return [stage.name for stage in pipeline.stages if name in stage.parameters]


def _one_line(text: str) -> str:
    """A text as it may stand in a comment: one line, printable."""
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))


def _fenced(text: str) -> str:
    """A Mermaid graph as GitHub draws it."""
    text = text.strip("\n")
    return text if text.startswith("```") else f"```mermaid\n{text}\n```"


def _distribution_name(pipeline: Pipeline) -> str:
    """A name that packaging accepts (https://packaging.python.org/specifications/name-normalization/)."""
    for name in (pipeline.name, pipeline.package):
        cleaned = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._")
        if cleaned:
            return cleaned
    return "pipeline"


def _inside(path: str) -> str:
    """Normalises a path of the project; raises ValueError for one that leads out of it."""
    normal = posixpath.normpath(path)
    if normal.startswith(("../", "/")) or normal in ("..", "."):
        raise ValueError(f"{path!r} is not inside the project")
    return normal
