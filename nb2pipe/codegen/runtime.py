"""The small modules that every emitted project has: hand-overs and display."""

from __future__ import annotations

import json

from nb2pipe.dataflow.facts import FIGURES, HIDDEN, LOGS, MODULES
from nb2pipe.options import Options
from nb2pipe.pipeline.model import Pipeline

#: What needs a way of its own to be stored.
_SPECIAL = (
    "generators",
    "views",
    "iterators",
    "locks",
    "matches",
    "files",
    "databases",
    "engines",
    "rows",
    "archives",
    "zips",
    "asyncio",
    "vectorized",
)


def render_runtime(pipeline: Pipeline, base: str, options: Options) -> dict[str, str]:
    """`artifacts.py`, `display.py` and, where something is watched, `watch.py`: no more than the project needs."""
    from nb2pipe.codegen.sources import format_code, format_template
    from nb2pipe.templating import render_template

    context = {
        "env": pipeline.package.upper(),
        "workdir": f'"{pipeline.workdir}"',
        "random": any(s.endswith(" state") for stage in pipeline.stages for s in stage.state),
        "fakes": any("faker state" in stage.state for stage in pipeline.stages),
        "pages": "pages" in pipeline.stored,
        "workbooks": "workbooks" in pipeline.stored,
        "measured": "measured" in pipeline.stored,
        "keras": "keras" in pipeline.stored,
        "settings": any("settings" in stage.state for stage in pipeline.stages),
        "numbers": "numbers" in pipeline.stored,
        "errors": "errors" in pipeline.stored,
        "displays": "displays" in pipeline.stored,
        "loggers": any(LOGS in stage.state for stage in pipeline.stages),
        "figures": any(FIGURES in stage.state for stage in pipeline.stages),
        "module_state": _module_state(pipeline),
        "handlers": not {LOGS, "loggers", "log handler"}.isdisjoint(pipeline.stored),
        "maps": "mapped array" in pipeline.stored,
        "hidden": any(HIDDEN.keys() & set(stage.state) for stage in pipeline.stages),
        "generators": "lazy" in pipeline.stored,
        "sets": "sets" in pipeline.stored,
        "views": "dict view" in pipeline.stored,
        "locks": "locks" in pipeline.stored,
        "matches": "match" in pipeline.stored,
        "files": "open file" in pipeline.stored,
        "databases": not {"database", "cursor"}.isdisjoint(pipeline.stored),
        "rows": "rows" in pipeline.stored,
        "archives": "archive" in pipeline.stored,
        "zips": "zip file" in pipeline.stored,
        "engines": "engine" in pipeline.stored,
        "tensors": "tensors" in pipeline.stored,
        "late": "late" in pipeline.stored,
        "getattr": "__getattr__" in pipeline.stored,
        "constructors": "constructors" in pipeline.stored,
        "shared_dicts": "shared dicts" in pipeline.stored,
        "namespaces": "names" in pipeline.stored,
        "iterators": "iterators" in pipeline.stored,
        "vectorized": "vectorized" in pipeline.stored,
        "talks": "talks" in pipeline.stored,
        "argparse": "argparse" in pipeline.stored,
        "asyncio": "asyncio" in pipeline.stored,
        "addresses": "addresses" in pipeline.stored,
        "folders": "folders" in pipeline.stored,
        "threads": "threads" in pipeline.stored,
        "copyreg": "copyreg" in pipeline.stored,
        "object_dicts": "object dict" in pipeline.stored,
        "library_objects": "library objects" in pipeline.stored,
        "compressed": options.compress,
        "tables": parquet_tables(pipeline, options),
        "metrics": any(stage.metrics for stage in pipeline.stages),
    }
    context["special"] = any(context[kind] for kind in _SPECIAL)
    texts = {
        name: render_template("ploomber", f"src/{name}", context, folder=options.templates)
        for name in ("artifacts.py", "display.py", *(("watch.py",) if pipeline.assumed else ()))
    }
    return {
        f"{base}/{name}": (format_template if name == "artifacts.py" else format_code)(text, options)
        for name, text in texts.items()
    }


def _module_state(pipeline: Pipeline) -> str:
    """The modules whose state is handed over, with the names of that, as a literal; empty for none."""
    if not any(MODULES in stage.state for stage in pipeline.stages):
        return ""
    lines = ["{"]
    for module, names in pipeline.module_state.items():
        lines += [f"    {json.dumps(module)}: [", *(f"        {json.dumps(n)}," for n in names), "    ],"]
    return "\n".join([*lines, "}"])


def parquet_tables(pipeline: Pipeline, options: Options) -> str:
    """Which variables are written as Parquet, as the project's code has it: `None` for all tables; empty for no table."""
    if options.products == "parquet":
        return "None"
    names = sorted({hint.value for stage in pipeline.stages for hint in stage.hints if hint.kind == "parquet"})
    return f"frozenset({{{', '.join(map(json.dumps, names))}}})" if names else ""
