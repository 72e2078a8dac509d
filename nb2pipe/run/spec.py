"""Reads a project: pipeline.yaml as nb2pipe writes it for Ploomber, and the values in env.yaml.

Placeholders get their values the way Ploomber gives them (`ploomber.env.expand`, 0.23.3): rendered to text, and the text read
as a Python literal where it is one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nb2pipe.literals import read_as_ploomber
from nb2pipe.run.model import Project, RunError, Task

_PLAIN = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_TEXT = re.compile(r"\{\{\s*(\w+) if \1 is none else \1\|string\|pprint\s*\}\}")
_TASK_KEYS = {"source", "name", "static_analysis", "upstream", "product", "params", "class", "nb_product_key"}
_META_KEYS = {"extract_upstream", "extract_product"}


def find_root(start: Path) -> Path:
    """The folder with pipeline.yaml: this one or the nearest above it.

    Raises:
        RunError: There is none.
    """
    here = start.resolve()
    for folder in (here, *here.parents):
        if (folder / "pipeline.yaml").is_file():
            return folder
    raise RunError(
        "there is no pipeline.yaml here or above",
        place=str(start),
        help="go to a project's folder, or write one with: nb2pipe convert NOTEBOOK -o FOLDER",
        usage=True,
    )


def read_project(root: Path, overrides: Mapping[str, str]) -> Project:
    """Reads a project.

    Args:
        root: Its folder.
        overrides: Parameters to change for this run: name to text, read as Ploomber reads `--env--name TEXT`.

    Raises:
        RunError: A file is missing or says what only Ploomber can do, or an override names no parameter.
    """
    env = _read_env(root)
    for name, text in overrides.items():
        if name not in env:
            raise RunError(
                f"there is no parameter `{name}`",
                place="--param",
                help=f"params.yaml has {_list(env)}" if env else "this project has no parameters",
                usage=True,
            )
        env[name] = read_as_ploomber(text)
    document = _load_yaml(root / "pipeline.yaml")
    if not isinstance(document, dict) or not isinstance(document.get("tasks"), list):
        raise RunError("pipeline.yaml does not list tasks", place=str(root / "pipeline.yaml"), help=_PLOOMBER)
    _check_document(document, root)
    tasks = [_read_task(row, root, env) for row in document["tasks"]]
    return Project(root, _in_order(tasks, root), env)


_PLOOMBER = "nb2pipe run reads what nb2pipe writes; for more than that: ploomber build"


def _load_yaml(path: Path) -> Any:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
    except FileNotFoundError as error:
        raise RunError(f"{path.name} does not exist", place=str(path), help=_PLOOMBER) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        place = getattr(error, "problem_mark", None)
        where = f"{path}:{place.line + 1}:{place.column + 1}" if place else str(path)
        said = getattr(error, "problem", None) or str(error)
        raise RunError(f"{path.name} is not YAML: {said}", place=where, help="mend the line") from error


def _read_env(root: Path) -> dict[str, Any]:
    path = root / "env.yaml"
    if not path.exists():
        path = root / "params.yaml"
        if not path.exists():
            return {}
    content = _load_yaml(path)
    if isinstance(content, str) and (root / content).is_file():  # a link, checked out as a text file
        content = _load_yaml(root / content)
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise RunError(
            f"{path.name} does not map names to values", place=str(path), help="write one `name: value` a line"
        )
    return {str(k): _expand(v, path) for k, v in content.items()}


def _expand(value: Any, path: Path) -> Any:
    if isinstance(value, str):
        if "{{" in value or "{%" in value:
            raise RunError(
                f"{path.name} has a placeholder: {value}",
                place=str(path),
                help="write the value in its place, or run ploomber build",
            )
        return read_as_ploomber(value)
    if isinstance(value, dict):
        return {k: _expand(v, path) for k, v in value.items()}
    if isinstance(value, list):
        return [_expand(v, path) for v in value]
    return value


def _render(value: Any, env: Mapping[str, Any], place: str) -> Any:
    """A value of pipeline.yaml with its placeholders filled in."""
    if isinstance(value, dict):
        return {k: _render(v, env, place) for k, v in value.items()}
    if isinstance(value, list):
        return [_render(v, env, place) for v in value]
    if not isinstance(value, str):
        return value
    if "{{" not in value:
        return read_as_ploomber(value)
    if match := _PLAIN.fullmatch(value):
        return read_as_ploomber(str(_value(match[1], env, place)))
    if match := _TEXT.fullmatch(value):
        found = _value(match[1], env, place)
        return None if found is None else str(found)
    return _render_by_jinja(value, env, place)


def _render_by_jinja(value: str, env: Mapping[str, Any], place: str) -> Any:
    from jinja2 import StrictUndefined, Template
    from jinja2.exceptions import TemplateError

    try:
        return read_as_ploomber(Template(value, undefined=StrictUndefined).render(**env))
    except TemplateError as error:
        raise RunError(f"the placeholder {value} cannot be filled in: {error}", place=place, help=_PLOOMBER) from error


def _value(name: str, env: Mapping[str, Any], place: str) -> Any:
    if name not in env:
        raise RunError(
            f"`{name}` has no value in params.yaml",
            place=place,
            help=f"add a line `{name}: VALUE` to params.yaml" + (f"; it has {_list(env)}" if env else ""),
        )
    return env[name]


def _check_document(document: Mapping[str, Any], root: Path) -> None:
    place = str(root / "pipeline.yaml")
    for key in document:
        if key not in ("tasks", "meta"):
            raise RunError(f"pipeline.yaml has `{key}`, which only Ploomber understands", place=place, help=_PLOOMBER)
    meta = document.get("meta") or {}
    for key, value in meta.items():
        if key not in _META_KEYS or value:
            raise RunError(
                f"pipeline.yaml has `meta: {key}`, which only Ploomber understands", place=place, help=_PLOOMBER
            )


def _read_task(row: Any, root: Path, env: Mapping[str, Any]) -> Task:
    place = str(root / "pipeline.yaml")
    if not isinstance(row, dict) or "source" not in row or "product" not in row:
        raise RunError("a task of pipeline.yaml lacks `source` or `product`", place=place, help=_PLOOMBER)
    row = {k: v if k == "params" else _render(v, env, place) for k, v in row.items()}
    name = str(row.get("name") or Path(str(row["source"])).stem)
    place = f"{place}: {name}"
    if unknown := sorted(set(row) - _TASK_KEYS):
        raise RunError(f"task {name} has `{unknown[0]}`, which only Ploomber understands", place=place, help=_PLOOMBER)
    source = root / str(row["source"])
    if source.suffix not in (".py", ".ipynb") or row.get("class", "NotebookRunner") != "NotebookRunner":
        raise RunError(f"task {name} is not a notebook", place=place, help=_PLOOMBER)
    product = row["product"] if isinstance(row["product"], dict) else {"nb": row["product"]}
    key = str(row.get("nb_product_key", "nb"))
    if not str(product.get(key, "")).endswith(".ipynb"):
        raise RunError(f"task {name} has no product `{key}` that is an .ipynb file", place=place, help=_PLOOMBER)
    params = row.get("params") or {}
    resources = params.get("resources_") or {}
    upstream = row.get("upstream") or []
    return Task(
        name=name,
        source=source,
        products={str(k): Path(os.path.abspath(root / str(v))) for k, v in product.items()},
        notebook=key,
        upstream=tuple([upstream] if isinstance(upstream, str) else map(str, upstream)),
        params={k: _render(v, env, place) for k, v in params.items() if k != "resources_"},
        resources={str(k): (root / str(v)).resolve() for k, v in resources.items()},
    )


def _in_order(tasks: Sequence[Task], root: Path) -> dict[str, Task]:
    """The tasks by name, each after those that it needs, else in the order of the file."""
    place = str(root / "pipeline.yaml")
    named: dict[str, Task] = {}
    for task in tasks:
        if task.name in named:
            raise RunError(f"two tasks have the name {task.name}", place=place, help="rename one of them")
        named[task.name] = task
    for task in tasks:
        for name in task.upstream:
            if name not in named:
                raise RunError(
                    f"task {task.name} needs {name}, which is not there",
                    place=place,
                    help=f"pipeline.yaml has {_list(named)}",
                )
    order: dict[str, Task] = {}
    waiting = list(tasks)
    while waiting:
        ready = next((t for t in waiting if all(u in order for u in t.upstream)), None)
        if ready is None:
            names = ", ".join(t.name for t in waiting)
            raise RunError(f"these tasks need each other: {names}", place=place, help="take one `upstream` out")
        order[ready.name] = ready
        waiting.remove(ready)
    return order


def _list(names: Mapping[str, Any]) -> str:
    return ", ".join(sorted(names))
