"""A stage as a module: one typed function with its inputs, parameters and outputs in the open.

Before: the cells of `clean`. After: `def clean(df: pd.DataFrame, *, min_age: int) -> CleanOutputs`.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Collection, Mapping, Sequence

from nb2pipe.codegen.imports import render_imports
from nb2pipe.codegen.layout import (
    comment_above,
    drop_lines,
    ends_with_semicolon,
    indent,
    replace_segment,
    statement_lines,
)
from nb2pipe.codegen.names import StageNames, free_name
from nb2pipe.dataflow.facts import Item, ProgramCell
from nb2pipe.dataflow.scopes import free_names, read_names
from nb2pipe.notebook.model import MagicKind
from nb2pipe.pipeline.model import Input, Output, Parameter, Pipeline, Stage
from nb2pipe.pipeline.plan import FunctionsPlan, StagePlan

#: Calls that show by themselves and return nothing.
_SILENT = frozenset({"print", "display"})


def render_module(
    stage: Stage,
    plan: StagePlan,
    pipeline: Pipeline,
    names: StageNames,
    hoisted: Collection[str],
    stable: Collection[str],
    taken: Collection[str],
) -> str:
    """The stage's module, not yet formatted."""
    show, figures = free_name("show", taken), free_name("show_figures", taken)
    body, own_imports, used, reads = _body(plan, hoisted, stable, show, figures)
    reads |= plan.facts.text_reads | set(plan.hoisted)
    repeated = [i for i in (*plan.definitions, *plan.late) if i.kind not in ("seed", "setting")]
    for item in repeated:
        if item.node is not None:
            reads |= read_names([item.node])
    parameters = {p.name: p for p in pipeline.parameters}
    imports = [
        i for i in [*plan.imports, *own_imports] if i.kind == "import" and (i.binds[0] in reads or _is_future(i))
    ]
    annotations, extra = _annotations(stage, imports, taken)
    lines = [f'"""{_docstring(stage)}"""', ""]
    typing = _typing(stage, annotations, parameters)
    lines += _merge(render_imports(imports), typing, extra, used, dataclass=bool(stage.returned))
    compound = [i for i in plan.definitions if i.kind == "compound" and not i.reads]
    for item in compound:
        lines += ["", item.source]
    if own := sorted(n for n in reads if n in hoisted):
        lines += ["", f"from {pipeline.package}.functions import {', '.join(own)}"]
    shown = [f"{o} as {n}" if o != n else n for o, n, key in
             (("show", show, "show"), ("show_figures", figures, "figures")) if used[key]]  # fmt: skip
    if shown:
        lines += ["", f"from {pipeline.package}.display import {', '.join(shown)}"]
    lines += _outputs_class(stage, names, annotations)
    lines += ["", "", *_signature(stage, names, annotations, parameters)]
    lines.append(f'    """{_function_docstring(stage, parameters)}"""')
    for item in repeated:
        if item not in compound:
            lines += [indent(textwrap.dedent(item.source), ast.parse(textwrap.dedent(item.source))), ""]
    lines += body
    if stage.returned:
        pairs = ", ".join(f"{o.name}={o.name}" for o in stage.returned)
        lines += ["", f"    return {names.outputs}({pairs})"]
    return "\n".join(lines) + "\n"


def _is_future(item: Item) -> bool:
    return item.alias is not None and item.alias[0] == "__future__"


def _merge(
    lines: list[str], typing: Collection[str], extra: Collection[str], used: Mapping[str, bool], *, dataclass: bool
) -> list[str]:
    future = [line for line in lines if line.startswith("from __future__")]
    result = [line for line in lines if line not in future]
    first: list[str] = []
    if dataclass:
        first.append("from dataclasses import dataclass")
    if typing:
        first.append(f"from typing import {', '.join(sorted(typing))}")
    if used["display"]:
        result.append("from IPython.display import display")
    result += sorted(extra)
    return [*future, *first, "", *result] if future or first else result


def _docstring(stage: Stage) -> str:
    title = stage.title.strip().rstrip(".")
    text = title[:1].upper() + title[1:] + "."
    notes = [c.source for c in stage.cells if not c.is_code][:1]
    first = notes[0] if notes and stage.cells and stage.cells[0].source == notes[0] else ""
    prose = "\n".join(x for x in first.split("\n") if not x.lstrip().startswith("#")).strip()
    if prose:
        text += "\n\n" + prose + "\n"
    return text.replace("\\", "\\\\").replace('"""', "'''")


def _function_docstring(stage: Stage, parameters: Mapping[str, Parameter]) -> str:
    title = stage.summary or stage.title
    text = title.strip().rstrip(".") + "."
    rows = [f"{i.name}: From stage `{i.stage}`." for i in stage.inputs]
    for name in stage.parameters:
        comment = parameters[name].comment.strip().rstrip(".")
        rows.append(
            f"{name}: {comment[:1].upper() + comment[1:]}." if comment else f"{name}: A parameter of the pipeline."
        )
    if rows:
        text += "\n\nArgs:\n" + "\n".join(f"    {r}" for r in rows)
    if stage.outputs:
        text += "\n\nReturns:\n    " + _wrap(
            "What later stages read: " + ", ".join(f"`{o.name}`" for o in stage.outputs) + "."
        )
    text = text.replace("\\", "\\\\").replace('"""', "'''")
    lines = text.split("\n")
    return "\n".join([lines[0], *(f"    {x}" if x.strip() else x for x in lines[1:])]) + (
        "\n    " if len(lines) > 1 else ""
    )


def _wrap(text: str) -> str:
    return "\n    ".join(textwrap.wrap(text, 76))


def _annotations(stage: Stage, imports: Sequence[Item], taken: Collection[str]) -> tuple[dict[str, str], set[str]]:
    """Annotation of each input and output; imports that they need beyond those that are there."""
    bound = {name: i.alias[0] for i in imports if i.alias and not i.alias[1] for name in i.binds}
    extra: set[str] = set()
    chosen: dict[str, str] = {}
    modules = {"pd": "pandas", "np": "numpy"}
    variables: tuple[Input | Output, ...] = (*stage.inputs, *stage.returned)
    for variable in variables:
        root = variable.type.split(".")[0]
        annotation = variable.type
        if root in modules and bound.get(root) != modules[root]:
            if root in taken and root not in bound:
                extra.add(f"import {modules[root]} as {root}")
            else:
                annotation = "Any"
        if root in taken and root not in modules:
            annotation = "Any"
        previous = chosen.get(variable.name)
        chosen[variable.name] = annotation if previous in (None, annotation) else "Any"
    return chosen, extra


def _typing(stage: Stage, annotations: Mapping[str, str], parameters: Mapping[str, Parameter]) -> set[str]:
    found = {"Any"} if "Any" in annotations.values() else set()
    found |= {"Any"} if any("Any" in json_type(parameters[n].value) for n in stage.parameters) else set()
    return found


def json_type(value: object) -> str:
    """The annotation of a parameter."""
    if value is None:
        return "Any"
    if isinstance(value, list):
        kinds = {json_type(v) for v in value}
        return f"list[{kinds.pop()}]" if len(kinds) == 1 else "list[Any]"
    if isinstance(value, dict):
        kinds = {json_type(v) for v in value.values()}
        return f"dict[str, {kinds.pop()}]" if len(kinds) == 1 else "dict[str, Any]"
    return type(value).__name__


def _outputs_class(stage: Stage, names: StageNames, annotations: Mapping[str, str]) -> list[str]:
    if not stage.returned:
        return []
    lines = [
        "",
        "",
        "@dataclass(frozen=True)",
        f"class {names.outputs}:",
        f'    """What `{stage.name}` hands over."""',
        "",
    ]
    return lines + [f"    {o.name}: {annotations[o.name]}" for o in stage.returned]


def _signature(
    stage: Stage, names: StageNames, annotations: Mapping[str, str], parameters: Mapping[str, Parameter]
) -> list[str]:
    arguments = [f"{i.name}: {annotations[i.name]}" for i in stage.inputs]
    if stage.parameters:
        arguments.append("*")
        arguments += [f"{n}: {json_type(parameters[n].value)}" for n in stage.parameters]
    returns = names.outputs if stage.returned else "None"
    return [f"def {names.function}({', '.join(arguments)}) -> {returns}:"]


def _body(
    plan: StagePlan, hoisted: Collection[str], stable: Collection[str], show: str, figures: str
) -> tuple[list[str], list[Item], dict[str, bool], set[str]]:
    """The function's body, the imports that went to the top, which helpers it calls, and the names that it reads."""
    reads: set[str] = set()
    used = {"show": False, "figures": False, "display": False}
    imports: list[Item] = []
    lines: list[str] = []
    parts = {p.cell.number: p for p in plan.code}
    for number, cell in enumerate(plan.cells):
        if not cell.is_code:
            if cell.source.strip() and number != 0:
                lines += ["", *_comment(cell.source)]
            continue
        part = parts.get(cell.number)
        if part is None:
            continue
        text, moved = _cell_code(part, plan, hoisted, stable, show, used, reads)
        imports += moved
        if text.strip():
            lines += ["", text]
        if plan.cell_facts[cell.number].plots and not _ends_with_show(part.tree):
            lines.append(f"    {figures}()")
            used["figures"] = True
    return lines, imports, used, reads


def _comment(source: str) -> list[str]:
    rows: list[str] = []
    for line in source.strip().split("\n"):
        wrapped = textwrap.wrap(line, 82) if len(line) > 84 and not line.lstrip().startswith(("|", "```")) else [line]
        rows += [f"    # {x}".rstrip() for x in (wrapped or [""])]
    return rows


def _cell_code(
    part: ProgramCell,
    plan: StagePlan,
    hoisted: Collection[str],
    stable: Collection[str],
    show: str,
    used: dict[str, bool],
    reads: set[str],
) -> tuple[str, list[Item]]:
    lines = part.python.text.split("\n")
    drop: set[int] = set()
    kept_lines: set[int] = set()
    moved: list[Item] = []
    magic_lines = {m.line for m in part.python.magics if m.kind is MagicKind.LINE}
    by_node: dict[int, list[Item]] = {}
    for item in plan.facts.items:
        if item.node is not None:
            by_node.setdefault(id(item.node), []).append(item)
    for statement in part.tree.body:
        items = by_node.get(id(statement), [])
        is_import = bool(items) and all(i.kind == "import" and i.binds[0] in stable for i in items)
        is_hoisted = bool(items) and items[0].kind in ("def", "class") and items[0].binds[0] in hoisted
        if is_import or is_hoisted or statement.lineno in magic_lines:
            numbers = statement_lines(statement)
            first = comment_above(lines, numbers.start) if is_hoisted else numbers.start
            drop.update(range(first, numbers.stop))
            moved += items if is_import else []
        else:
            kept_lines.update(statement_lines(statement))
            reads |= read_names([statement]) | _words_in_strings(statement)
    if drop & kept_lines:  # several statements on one line: keep the whole line
        drop -= kept_lines
    last = part.tree.body[-1] if part.tree.body else None
    is_last = last is not None and last.lineno not in drop and not ends_with_semicolon(part.python.text)
    if is_last and isinstance(last, ast.Expr) and not _is_silent(last.value, plan):
        pair = ("((", "))") if isinstance(last.value, ast.Tuple) else ("(", ")")
        replace_segment(lines, last.value, f"{show}{pair[0]}", pair[1])
        used["show"] = True
    if any(isinstance(n, ast.Name) and n.id == "display" for n in ast.walk(part.tree)):
        used["display"] = True
    tree = ast.parse("\n".join(lines))
    text = indent("\n".join(lines), tree)
    return "\n".join(drop_lines(text.split("\n"), drop)).strip("\n"), moved


def _words_in_strings(statement: ast.stmt) -> set[str]:
    """Names that a string may mean: formulas and queries are evaluated by libraries."""
    texts = [n.value for n in ast.walk(statement) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return {w for t in texts if len(t) < 1000 for w in re.findall(r"[^\W\d]\w*", t)} if texts else set()


def _is_silent(value: ast.expr, plan: StagePlan) -> bool:
    """Calls of `print` and `display`, and `plt.show()`: they show by themselves and give nothing back."""
    if not isinstance(value, ast.Call):
        return False
    if isinstance(value.func, ast.Name):
        name = value.func.id
        return name in _SILENT and name not in plan.facts.env and name not in plan.hoisted
    return _is_show(value)


def _is_show(value: ast.Call) -> bool:
    return (
        isinstance(value.func, ast.Attribute)
        and value.func.attr == "show"
        and isinstance(value.func.value, ast.Name)
        and value.func.value.id in ("plt", "pyplot")
    )


def _ends_with_show(tree: ast.Module) -> bool:
    last = tree.body[-1] if tree.body else None
    return (
        isinstance(last, ast.Expr) and isinstance(last.value, ast.Call) and _is_show(last.value) and not last.value.args
    )


def render_functions(functions: FunctionsPlan, sources: Mapping[int, str]) -> str:
    """The module of functions and classes that the notebook defines."""
    lines = ['"""Functions and classes that the notebook defines, for every stage."""', ""]
    lines += render_imports(functions.imports)
    names = {n for i in functions.definitions for n in i.binds}
    uses_display = any(
        i.node is not None and "display" in free_names(i.node).reads and "display" not in names  # type: ignore[arg-type]
        for i in functions.definitions
    )
    if uses_display and not any("display" in i.binds for i in functions.imports):
        lines += ["from IPython.display import display"]
    for item in functions.definitions:
        assert item.node is not None
        cell_lines = sources[item.span.cell].split("\n")
        numbers = statement_lines(item.node)
        first = comment_above(cell_lines, numbers.start)
        lines += ["", "", *cell_lines[first - 1 : numbers.stop - 1]]
    return "\n".join(lines) + "\n"
