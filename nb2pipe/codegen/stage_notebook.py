"""The papermill-executable notebook of a stage: parameters, load, run, save."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Collection, Mapping
from dataclasses import replace

from nb2pipe.codegen.eligible import is_made
from nb2pipe.codegen.imports import render_imports
from nb2pipe.codegen.layout import comment_above, drop_lines, statement_lines
from nb2pipe.codegen.names import StageNames, free_name
from nb2pipe.codegen.percent import OutCell
from nb2pipe.dataflow.facts import HIDDEN, Item, ProgramCell
from nb2pipe.dataflow.shared import sets_shell
from nb2pipe.pipeline.handover import is_pseudo
from nb2pipe.pipeline.model import Assumed, Pipeline, Stage
from nb2pipe.pipeline.plan import StagePlan
from nb2pipe.pipeline.replay import Replay

_OWN = ("artifacts", "product", "upstream", "project", "sys", "Path")
#: Between the lines of a cell and those of the next.
_NEXT_CELL = "# %%"


def render_stage(
    stage: Stage,
    plan: StagePlan,
    pipeline: Pipeline,
    names: StageNames,
    taken: Collection[str],
    hoisted: Collection[str],
) -> list[OutCell]:
    """The stage's notebook: thin where its code is a function, with all code where it stays inline."""
    inline = stage.style == "notebook"
    here = (
        set(taken)
        if inline
        else {v for _, names_ in plan.loads for v in names_} | set(stage.parameters) | {names.function}
    )
    if inline and any(i.kind == "star" for i in (*plan.imports, *plan.settings, *plan.facts.items)):
        here.update(_OWN)  # what a star import binds only a run knows
    artifacts = free_name("artifacts", here)
    cells = [
        OutCell("markdown", _heading(stage, pipeline)),
        OutCell("code", _parameters(stage, pipeline), ("parameters",)),
    ]
    product, upstream, outputs = "product", "upstream", free_name("outputs", here)
    setup: list[str] = []
    if {"product", "upstream"} & here:
        product, upstream = free_name("_product", here), free_name("_upstream", here)
        setup += [f"{product}, {upstream} = product, upstream"]
    project = free_name("project", here)
    setup += [
        "resources_ = None  # Ploomber watches these files",
        "upstream = upstream or {}",
        "",
        "import sys",
        "from pathlib import Path",
        "",
        f'{project} = next(p for p in [Path.cwd(), *Path.cwd().parents] if (p / "pipeline.yaml").exists())',
        f'sys.path.insert(0, str({project} / "src"))',
        "",
        f"from {pipeline.package} import artifacts" + (f" as {artifacts}" if artifacts != "artifacts" else ""),
        "",
        f"{artifacts}.enter_workdir()",
    ]
    if plan.facts.displays:
        setup.append(f"{artifacts}.show_failed_displays_as_text()")
    cells.append(OutCell("code", "\n".join(setup)))
    own_magics = [] if inline else [i for i in plan.facts.items if i.kind == "magic"]
    settings = [i for i in (*plan.settings, *own_magics) if not sets_shell(i.source)]
    shell = [i for i in plan.settings if sets_shell(i.source)]
    prologue = _prologue(plan, settings, pipeline, hoisted, inline=inline)
    if plan.settings_in:
        restored = f"{artifacts}.restore_settings({_path(upstream, plan.settings_in)})"
        made = inline and any(i.kind == "import" and is_made(i, plan) for i in plan.imports)
        # Before imports of the notebook's own modules, which the settings may lead to, and after what such imports set.
        prologue = [*([restored, ""] if made else []), *prologue, restored]
    cells += _cells_of(prologue)
    if not inline:
        cells.append(OutCell("code", f"from {pipeline.package}.{names.module} import {names.function}"))
    hidden = {name: free_name(variable, here) for name, variable in HIDDEN.items()}
    cells += _load(plan, pipeline.package, artifacts, upstream, hidden, inline=inline)
    assumed = pipeline.assumption(stage.name)
    watch = free_name("watch", here)
    if assumed is not None:
        cells.append(OutCell("code", _watch(assumed, plan, watch, free_name("Watch", here), pipeline.package)))
    first = min(plan.numbers.values(), default=0)
    if first:
        cells.append(OutCell("code", _number_next(first, plan, artifacts)))
    if shell:  # last, as it changes what the cells below show
        imports = [i for i in plan.imports if i.kind == "import" and any(i.binds[0] in s.reads for s in shell)]
        lines = [*render_imports(imports), *(line for i in shell for line in _setting_lines(i))]
        cells.append(OutCell("code", "\n".join(lines)))
    if inline:
        cells += _code(plan, hoisted, artifacts)
    else:
        cells.append(OutCell("code", _call(stage, names, outputs)))
    if assumed is not None:
        cells.append(OutCell("code", _check(assumed, watch)))
    save = _save(stage, plan, artifacts, product, "" if inline else f"{outputs}.")
    if save:
        cells.append(OutCell("code", save))
    return [c for c in cells if c.source.strip()]


def _heading(stage: Stage, pipeline: Pipeline) -> str:
    text = f"# {stage.title[:1].upper() + stage.title[1:]}\n\nStage `{stage.name}` of {pipeline.title}."
    return text + (f" {stage.summary}" if stage.summary and stage.style == "function" else "")


def data_path(stage: Stage) -> str:
    """Where a stage's hand-over is written, relative to the project."""
    return f"products/{stage.stem}.pkl"


def _parameters(stage: Stage, pipeline: Pipeline) -> str:
    """Defaults with which the notebook runs by plain papermill; Ploomber puts in its own."""
    sources = [s for s in map(pipeline.stage, stage.upstream) if s.hands_over]
    upstream = {s.name: {"data": data_path(s)} for s in sources}
    product = {"nb": f"products/{stage.stem}.ipynb"}
    if stage.hands_over:
        product["data"] = data_path(stage)
    if stage.metrics:
        product["metrics"] = f"products/{stage.stem}.metrics.json"
    lines = [
        "# Ploomber and papermill put their values in here.",
        f"upstream = {_literal(upstream)}",
        f"product = {_literal(product)}",
    ]
    parameters = {p.name: p for p in pipeline.parameters}
    for name in stage.parameters:
        parameter = parameters[name]
        comment = f"  # {parameter.comment}" if parameter.comment else ""
        lines.append(f"{name} = {parameter.source}{comment}")
    return "\n".join(lines)


def _literal(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


def _path(upstream: str, stage: str) -> str:
    return f'{upstream}["{stage}"]["data"]'


def _prologue(
    plan: StagePlan, settings: list[Item], pipeline: Pipeline, hoisted: Collection[str], *, inline: bool
) -> list[str]:
    """Imports, definitions and settings of earlier cells, in the notebook's order."""
    lines: list[str] = []
    if inline:
        future = [i for i in plan.imports if i.alias is not None and i.alias[0] == "__future__"]
        lines += [*render_imports(future), ""] if future else []
        own = {n for i in plan.facts.items if i.kind in ("def", "class") for n in i.binds if n in hoisted}
        if names := sorted({*plan.hoisted, *own, *plan.formula_functions}):
            lines += [f"from {pipeline.package}.functions import {', '.join(names)}", ""]
        formulas = [i for i in plan.formulas if i not in plan.imports]
        rest = [i for i in (*plan.quiet, *formulas, *plan.imports, *plan.definitions, *settings) if i not in future]
        every = sorted(rest, key=lambda i: i.order)
        return lines + _in_order(every, plan)
    else:
        late = [i for i in plan.late if i.kind == "setting"]
        needed = {name for item in (*settings, *late) for name in item.reads}
        if defined := sorted(needed & set(hoisted)):
            lines.append(f"from {pipeline.package}.functions import {', '.join(defined)}")
        lines += render_imports(
            [i for i in (*plan.imports, *plan.facts.items) if i.kind == "import" and i.binds[0] in needed]
        )
        seeds = [i for i in plan.definitions if i.kind == "seed"]
        missing = {n for i in seeds for n in i.reads} - needed
        lines += render_imports([i for i in plan.imports if i.kind == "import" and i.binds[0] in missing])
        lines += [i.source for i in seeds]
    acting = [] if inline else _acting_modules(plan, pipeline)
    if settings or plan.quiet or (acting and plan.settings_in):
        lines += [""] if lines else []
        for item in sorted([*plan.quiet, *settings, *acting], key=lambda i: i.order):
            if item.kind == "import":
                lines += _quietly(item) if item in plan.quiet else render_imports([item])
            else:
                lines += _setting_lines(item)
    return lines


def _acting_modules(plan: StagePlan, pipeline: Pipeline) -> list[Item]:
    """Imports of modules beside the notebook that set something: what is set later must not be overwritten by them."""
    return [
        replace(item, alias=(item.alias[0], "", item.alias[0].split(".")[0]), source=f"import {item.alias[0]}")
        for item in plan.imports
        if item.alias is not None
        and item.binds[0] in plan.acting
        and item.alias[0].split(".")[0] in pipeline.own_modules
    ]


def _in_order(items: list[Item], plan: StagePlan) -> list[str]:
    """Items as the notebook has them: a setting may decide what a later import finds."""
    lines: list[str] = []
    run: list[Item] = []
    for item in [*items, None]:
        if item is not None and item.kind == "import" and item not in plan.quiet and not is_made(item, plan):
            run.append(item)
            continue
        if run:
            lines += [*render_imports(run), ""]
            run = []
        if item is None:
            break
        if item.kind == "import":
            lines += _quietly(item)
        elif item.kind in ("setting", "magic") or item.source.startswith("%"):
            lines += _setting_lines(item)
        else:
            lines += [item.source] if item.kind == "star" else ["", *_placed(item, plan), ""]
    return lines


def _quietly(item: Item) -> list[str]:
    """An import that may show something, which the stage that imports the module first shows."""
    return _captured([f"    {item.source}"], "" if is_pseudo(item.stage) else f"  # it was shown by stage {item.stage}")


def _captured(below: list[str], comment: str = "") -> list[str]:
    """Indented lines, such that what they show is kept back."""
    return ["from IPython.utils.capture import capture_output", f"with capture_output():{comment}", *below]


def _placed(item: Item, plan: StagePlan) -> list[str]:
    """A definition of an earlier cell; in a cell of its own where the notebook asks in which line it stands."""
    if item.shows and item.node is not None:
        return _captured(_indented(item.source, item.node))
    if not plan.lined or item.node is None:
        return [item.source]
    first = min([item.node.lineno, *(d.lineno for d in getattr(item.node, "decorator_list", []))])
    return [_NEXT_CELL, *["#"] * (first - 1), item.source, _NEXT_CELL]


def _cells_of(lines: list[str]) -> list[OutCell]:
    found: list[list[str]] = [[]]
    for line in lines:
        if line == _NEXT_CELL:
            found.append([])
        else:
            found[-1].append(line)
    return [OutCell("code", "\n".join(each)) for each in found if any(each)]


def _setting_lines(item: Item) -> list[str]:
    """A setting of an earlier cell, such that it shows nothing again."""
    if not item.source.startswith("%"):
        return [item.source] if item.binds else [_quiet(item.source)]
    name, _, arguments = item.source[1:].partition(" ")
    if name in ("env", "set_env") and "=" in arguments:
        key, _, value = arguments.partition("=")
        return ["import os", f"os.environ[{_literal(key.strip())}] = {_literal(value.strip())}"]
    if name in ("matplotlib", "config", "load_ext", "reload_ext", "autoreload", "aimport"):
        return [item.source]
    call = f"get_ipython().run_line_magic({_literal(name)}, {_literal(arguments)})"
    return _captured([f"    {call}"])


def _quiet(source: str) -> str:
    """A setting shows nothing: the cell's last line must not be a value."""
    return source if source.rstrip().endswith(";") else f"{source};"


def _load(
    plan: StagePlan, package: str, artifacts: str, upstream: str, hidden: Mapping[str, str], *, inline: bool
) -> list[OutCell]:
    lines: list[str] = []
    if not inline and (plan.formulas or plan.formula_functions):
        lines += [
            "# Formulas inside what is loaded are evaluated again and need these names.",
            *render_imports(plan.formulas),
        ]
        if plan.formula_functions:
            lines.append(f"from {package}.functions import {', '.join(plan.formula_functions)}")
        lines.append("")
    namespace = ", namespace=globals()" if plan.namespace else ""
    for source, variables in plan.loads:
        if HIDDEN.keys() >= set(variables):
            names = ", ".join(f'"{v}"' for v in variables)
            lines.append(f"{artifacts}.restore({_path(upstream, source)}, {names})")
            continue
        names = ", ".join(f'"{v}"' for v in variables)
        if any(v in plan.maybe for v in variables):  # in one call, as objects may be shared
            found = f"{artifacts}.load_bound({_path(upstream, source)}, {names}{namespace})"
            if HIDDEN.keys() & set(variables):
                found = f"{{name: value for name, value in {found}.items() if name.isidentifier()}}"
            lines.append(f"globals().update({found})")
        else:
            targets = ", ".join(hidden.get(v, v) for v in variables)
            lines.append(f"{targets} = {artifacts}.load({_path(upstream, source)}, {names}{namespace})")
    if plan.replay is not None:
        lines += [*([""] if lines else []), *_made_again(plan.replay)]
    if inline:
        lines += [line for i in plan.late if i.kind != "setting" for line in _placed(i, plan)]
    lines += [_quiet(i.source) for i in plan.late if i.kind == "setting"]
    for source in dict.fromkeys(s for _, s in plan.random_in if not s.startswith("#")):
        generators = ", ".join(f'"{g}"' for g, s in plan.random_in if s == source)
        lines.append(f"{artifacts}.restore_random_state({_path(upstream, source)}, {generators})")
    return _cells_of(lines)


def _made_again(replay: Replay) -> list[str]:
    """The statements that a stage repeats, such that they show nothing again."""
    cells = sorted({step.span.cell for step in replay.steps})
    places = f"cell{'s' if len(cells) > 1 else ''} {', '.join(map(str, cells))}"
    lines = [f"# No file can hold {replay.names}: made again as in {places} of the notebook."]
    if all(_binds_constants(step.node) for step in replay.steps):
        return [*lines, *(step.source for step in replay.steps)]  # each by itself, which tells equal ones apart
    imports, *rest = _captured([line for step in replay.steps for line in _indented(step.source, step.node)])
    return [*lines, imports, "", *rest]


def _indented(source: str, node: ast.stmt) -> list[str]:
    """The lines of a statement below `with`."""
    if any(isinstance(n, ast.Constant | ast.JoinedStr) and n.end_lineno != n.lineno for n in ast.walk(node)):
        source = ast.unparse(node)  # a text of several lines must not be indented
    return textwrap.indent(textwrap.dedent(source), "    ").split("\n")


def _binds_constants(node: ast.stmt) -> bool:
    """Whether a statement gives names numbers and texts, and nothing else."""
    parts = (ast.Assign, ast.Name, ast.Store, ast.Load, ast.Constant, ast.Tuple, ast.unaryop, ast.UnaryOp)
    return isinstance(node, ast.Assign) and all(isinstance(part, parts) for part in ast.walk(node))


def _call(stage: Stage, names: StageNames, outputs: str) -> str:
    arguments = [i.name for i in stage.inputs] + [f"{p}={p}" for p in stage.parameters]
    call = f"{names.function}({', '.join(arguments)})"
    return f"{outputs} = {call}" if stage.returned else call


def _watch(assumed: Assumed, plan: StagePlan, watch: str, kind: str, package: str) -> str:
    """Starts to watch what a run of the notebook showed."""
    certain = [f"{name}={name}" for name in assumed.unchanged if name not in plan.maybe]
    if maybe := [name for name in assumed.unchanged if name in plan.maybe]:
        certain.append(f"**{{name: globals()[name] for name in {_literal(maybe)} if name in globals()}}")
    alias = f" as {kind}" if kind != "Watch" else ""
    lines = [
        f"from {package}.watch import Watch{alias}",
        "",
        "# Seen in a run of the notebook and not proven: watched.",
    ]
    return "\n".join([*lines, f"{watch} = {kind}({', '.join(certain)})"])


def _check(assumed: Assumed, watch: str) -> str:
    """Stops where the stage did what it did not in the run."""
    arguments = [
        f"{name}={_literal(list(v))}" for name in ("reads", "writes") if (v := getattr(assumed, name)) is not None
    ]
    arguments += [f"still={_literal(list(assumed.still))}"] if assumed.still else []
    return f"{watch}.check({', '.join(arguments)})"


def _code(plan: StagePlan, hoisted: Collection[str], artifacts: str) -> list[OutCell]:
    """The cells as they are, without definitions that live in the functions module."""
    parts = {p.cell.number: p for p in plan.code}
    cells = [OutCell("code", f"{artifacts}.show_errors_as_text()")] if plan.tells_errors else []
    for cell in plan.cells:
        part = parts.get(cell.number)
        source = cell.source if part is None else without_definitions(part, plan, hoisted)
        number = plan.numbers.get(cell.number)
        fails = part is not None and part.raises and bool(source.strip())
        told = fails and not plan.tells_errors
        before = [f"{artifacts}.show_errors_as_text()"] if told else []
        after = [f"{artifacts}.show_errors()"] if told else []
        begins = number and number - 1 not in plan.numbers.values() and number != min(plan.numbers.values())
        if number and (begins or fails):
            before.append(_number_next(number, plan, artifacts))
        if number and fails:
            after.append(_number_next(number + 1, plan, artifacts))
        cells += [
            OutCell("code", "\n".join(before)),
            OutCell(cell.kind.value, source, ("raises-exception",) if fails else ()),
            OutCell("code", "\n".join(after)),
        ]
    return [c for c in cells if c.source.strip()]


def _number_next(number: int, plan: StagePlan, artifacts: str) -> str:
    """IPython is told where in the notebook the next cell stands."""
    if not plan.inputs:
        return f"{artifacts}.number_next({number})"
    texts = [f"        {_literal(text)}," for text in plan.inputs[: number - 1]]
    given = ["    [", *texts, "    ],"] if texts else ["    [],"]
    comment = "# Cells of the notebook are read as texts here: those before the next one."
    return "\n".join([comment, f"{artifacts}.number_next(", f"    {number},", *given, ")"])


def without_definitions(part: ProgramCell, plan: StagePlan, hoisted: Collection[str]) -> str:
    """The cell's text without definitions that the functions module has."""
    lines = part.cell.source.split("\n")
    drop: set[int] = set()
    moved = {id(i.node) for i in plan.facts.items if i.kind in ("def", "class") and i.binds[0] in hoisted}
    kept = [s for s in part.tree.body if id(s) not in moved]
    for statement in part.tree.body:
        if id(statement) in moved:
            numbers = statement_lines(statement)
            drop.update(range(comment_above(lines, numbers.start), numbers.stop))
    for statement in kept:
        drop -= set(statement_lines(statement))
    if not drop:
        return part.cell.source
    text = "\n".join(drop_lines(lines, drop)).strip("\n")
    if kept and isinstance(kept[-1], ast.Expr) and part.tree.body[-1] is not kept[-1]:
        text += "\nNone"  # the definition was the cell's last line: it shows nothing
    return text


def _save(stage: Stage, plan: StagePlan, artifacts: str, product: str, prefix: str) -> str:
    bundles = []
    for group in plan.saves:
        maybe = [v for v in group if v in plan.uncertain]
        variables = [v for v in group if v not in HIDDEN]
        hidden = [f"**{artifacts}.{HIDDEN[v]}()" for v in group if v in HIDDEN]
        if maybe:
            names = ", ".join(f'"{v}"' for v in variables)
            found = f"{{name: globals()[name] for name in [{names}] if name in globals()}}"
            bundles.append("{" + ", ".join([f"**{found}", *hidden]) + "}" if hidden else found)
        elif not variables and len(hidden) == 1:
            bundles.append(hidden[0].removeprefix("**"))
        else:
            bundles.append("{" + ", ".join([*(f'"{v}": {prefix}{v}' for v in variables), *hidden]) + "}")
    if plan.random_out:
        bundles.append(f"{artifacts}.random_state({', '.join(repr_double(g) for g in plan.random_out)})")
    if plan.settings_out:
        bundles.append(f"{artifacts}.settings()")
    lines = []
    if bundles:
        by_name = f", by_name={_literal(list(plan.carries))}" if plan.carries else ""
        late = f", late_bound={_literal(list(plan.late_bound))}" if plan.late_bound else ""
        lines.append(f'{artifacts}.save({product}["data"], {", ".join(bundles)}{by_name}{late})')
    if stage.metrics:
        values = ", ".join(f'"{m}": {prefix}{m}' for m in stage.metrics)
        lines.append(f'{artifacts}.save_metrics({product}["metrics"], {{{values}}})')
    return "\n".join(lines)


def repr_double(text: str) -> str:
    """A string literal in double quotes."""
    return _literal(text)


def used_modules(
    plan: StagePlan, pipeline: Pipeline, names: Mapping[str, StageNames], stage: Stage, text: str
) -> tuple[str, ...]:
    """Paths of the project's own modules that a stage imports, transitively."""
    base = f"src/{pipeline.package}"
    paths = [f"{base}/artifacts.py"]
    if stage.style == "function":
        paths.append(f"{base}/{names[stage.name].module}.py")
    if f"{pipeline.package}.functions" in text:
        paths.append(f"{base}/functions.py")
    if f"{pipeline.package}.watch" in text:
        paths.append(f"{base}/watch.py")
    if f"{pipeline.package}.display" in text:
        paths.append(f"{base}/display.py")
    paths += [f"src/{m.path}" for m in pipeline.local_modules]
    return tuple(sorted(paths))
