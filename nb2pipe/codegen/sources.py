"""All generated Python of a project."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from types import MappingProxyType

from nb2pipe.codegen.eligible import inline_reasons
from nb2pipe.codegen.module import render_functions, render_module
from nb2pipe.codegen.names import stage_names
from nb2pipe.codegen.percent import render_ipynb, render_percent
from nb2pipe.codegen.prose import sentence
from nb2pipe.codegen.stage_notebook import render_stage, used_modules
from nb2pipe.options import Options
from nb2pipe.pipeline.model import Pipeline, Sources
from nb2pipe.pipeline.plan import Plan
from nb2pipe.templating import format_python

#: The width to which the templates of emitted modules are formatted.
FORMATTED_WIDTH = 88


def choose_styles(pipeline: Pipeline, plan: Plan, options: Options) -> Pipeline:
    """Decides for each stage whether its code becomes a function, and says why where it does not."""
    stages = []
    notes = list(pipeline.diagnostics)
    for stage in pipeline.stages:
        if options.style == "notebook":
            stages.append(replace(stage, style="notebook"))
            continue
        reasons = inline_reasons(plan.stages[stage.name], plan.stages, plan.hoisted)
        notes += reasons
        if (remade := plan.stages[stage.name].remade) is not None:
            reasons = (*reasons, remade)
        stages.append(replace(stage, style="notebook" if reasons else "function", reasons=reasons))
    return replace(pipeline, stages=tuple(stages), diagnostics=tuple(notes))


def render_sources(
    pipeline: Pipeline,
    plan: Plan,
    options: Options,
    unstable: Collection[str] | None = None,
    keys: Mapping[str, str] | None = None,
) -> Sources:
    """Renders modules, stage notebooks, tests and what each stage uses; for `unstable` and `keys` see `render_tests`."""
    from nb2pipe.codegen.runtime import render_runtime
    from nb2pipe.codegen.tests import StageNotebook, render_tests

    hoisted, stable = plan.hoisted, plan.stable
    taken = plan.names | hoisted | stable
    names = stage_names(pipeline.stages, taken)
    base = f"src/{pipeline.package}"
    modules: dict[str, str] = {f"{base}/__init__.py": f'"""{_one_line(pipeline.title)}"""\n'}
    modules |= render_runtime(pipeline, base, options)
    stages: dict[str, str] = {}
    notebooks: dict[str, str] = {}
    uses: dict[str, tuple[str, ...]] = {}
    rendered: dict[str, StageNotebook] = {}
    noted = {cell.number for cell in plan.functions.cells}
    if plan.functions.definitions:
        modules[f"{base}/functions.py"] = format_code(
            render_functions(plan.functions, plan.sources, pipeline.package), options
        )
    for stage in pipeline.stages:
        stage_plan = plan.stages[stage.name]
        text = ""
        if stage.style == "function":
            raw = render_module(stage, stage_plan, pipeline, names[stage.name], hoisted, stable, taken, noted)
            text = modules[f"{base}/{names[stage.name].module}.py"] = format_code(raw, options)
        cells = render_stage(stage, stage_plan, pipeline, names[stage.name], taken, hoisted)
        rendered[stage.name] = StageNotebook(names[stage.name], cells)
        stages[stage.stem] = render_percent(cells, pipeline.kernel)
        notebooks[stage.stem] = render_ipynb(cells, pipeline.kernel)
        uses[stage.name] = used_modules(stage_plan, pipeline, names, stage, text + stages[stage.stem])
    if not any(f"{pipeline.package}.display" in t for t in modules.values()):
        modules.pop(f"{base}/display.py", None)
    tests = render_tests(pipeline, plan, rendered, options, unstable, keys or {})
    return Sources(
        MappingProxyType(modules),
        MappingProxyType(stages),
        MappingProxyType(notebooks),
        MappingProxyType(tests),
        MappingProxyType(uses),
    )


def _one_line(text: str) -> str:
    return sentence(text).replace("\\", "\\\\").replace('"', "'")


def format_code(text: str, options: Options) -> str:
    """The text as black formats it, in this process; generated code only."""
    return format_python(text, options.line_length)


def format_template(text: str, options: Options) -> str:
    """The text of a template that is written as black formats it, whatever is left out of it; black takes longest on these.

    Only where nobody chose another width or other templates: elsewhere black formats it.
    """
    if options.line_length != FORMATTED_WIDTH or options.templates:
        return format_code(text, options)
    return re.sub(r"\n{4,}", "\n\n\n", text).rstrip() + "\n"
