"""A stage as a module: one typed function with its inputs, parameters and outputs in the open.

Before: the cells of `clean`. After: `def clean(df: pd.DataFrame, *, min_age: int) -> CleanOutputs`.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Collection, Iterable, Mapping, Sequence

from nb2pipe.codegen.annotations import annotate_stage, make_annotator
from nb2pipe.codegen.eligible import imported_again
from nb2pipe.codegen.imports import render_imports, sort_imports
from nb2pipe.codegen.layout import (
    comment_above,
    drop_lines,
    ends_with_semicolon,
    indent,
    replace_segment,
    statement_lines,
)
from nb2pipe.codegen.names import StageNames, free_name
from nb2pipe.codegen.prose import comment_lines, fill, has_prose, sentence, without_headings
from nb2pipe.dataflow.facts import EffectKind, Item, ProgramCell
from nb2pipe.dataflow.scopes import free_names, read_names
from nb2pipe.notebook.model import Cell, MagicKind
from nb2pipe.pipeline.model import Parameter, Pipeline, Stage
from nb2pipe.pipeline.plan import FunctionsPlan, StagePlan

#: Columns of prose in docstrings.
_WIDTH = 88
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
    noted: Collection[int] = (),
) -> str:
    """The stage's module, not yet formatted; `noted` are the markdown cells that stand in the functions module."""
    show, figures = free_name("show", taken), free_name("show_figures", taken)
    body, own_imports, used, reads = _body(plan, hoisted, stable, show, figures, noted)
    reads |= plan.facts.text_reads | set(plan.hoisted)
    repeated = [i for i in (*plan.definitions, *plan.late) if i.kind not in ("seed", "setting")]
    for item in repeated:
        if item.node is not None:
            reads |= read_names([item.node])
    parameters = {p.name: p for p in pipeline.parameters}
    wanted = reads | plan.acting
    imports = [
        i for i in [*plan.imports, *own_imports] if i.kind == "import" and (i.binds[0] in wanted or _is_future(i))
    ]
    own = {names.function, names.outputs, show, figures, "dataclass", "Any"}
    annotator = make_annotator(plan, pipeline, imports, taken, hoisted, stable, own)
    inputs, outputs = annotate_stage(stage, annotator)
    signature = _signature(stage, names, inputs, parameters)
    fields = _outputs_class(stage, names, outputs)
    statements = [*render_imports(imports), *annotator.imports]
    if stage.returned:
        statements.append("from dataclasses import dataclass")
    if any(re.search(r"\bAny\b", line) for line in (*signature, *fields)):
        statements.append("from typing import Any")
    if used["display"] and "display" not in plan.facts.env:
        statements.append("from IPython.display import display")
    if functions := sorted({n for n in reads if n in hoisted} | annotator.own):
        statements.append(f"from {pipeline.package}.functions import {', '.join(functions)}")
    shown = [f"{o} as {n}" if o != n else n for o, n, key in
             (("show", show, "show"), ("show_figures", figures, "figures")) if used[key]]  # fmt: skip
    if shown:
        statements.append(f"from {pipeline.package}.display import {', '.join(shown)}")
    acting = plan.acting - reads
    lines = [f'"""{_docstring(stage)}"""', ""]
    lines += [_say_why(line, acting) for line in sort_imports(statements, pipeline.package)]
    compound = [i for i in plan.definitions if i.kind == "compound" and not i.reads]
    for item in compound:
        lines += ["", item.source]
    lines += [*fields, "", "", *signature, f'    """{_function_docstring(stage, parameters)}"""']
    lines += _repeated([item for item in repeated if item not in compound])
    lines += body
    if stage.returned:
        pairs = ", ".join(f"{o.name}={o.name}" for o in stage.returned)
        lines += ["", f"    return {names.outputs}({pairs})"]
    return "\n".join(lines) + "\n"


def _repeated(items: Sequence[Item]) -> list[str]:
    """Definitions of earlier cells; what has one line stands together."""
    lines: list[str] = []
    for item in items:
        text = textwrap.dedent(item.source)
        if lines and ("\n" in text or "\n" in lines[-1]):
            lines.append("")
        lines.append(indent(text, ast.parse(text)))
    return [*lines, ""] if lines else []


def _is_future(item: Item) -> bool:
    return item.alias is not None and item.alias[0] == "__future__"


def _docstring(stage: Stage) -> str:
    text = sentence(stage.title)
    first = stage.cells[0] if stage.cells else None
    prose = without_headings(first.source) if first is not None and not first.is_code else ""
    if prose:
        text += "\n\n" + "\n".join(fill(prose, _WIDTH)) + "\n"
    return _quotable(text)


def _function_docstring(stage: Stage, parameters: Mapping[str, Parameter]) -> str:
    text = "\n".join(textwrap.wrap(sentence(stage.summary or stage.title), _WIDTH - 8))
    rows = [f"{i.name}: From stage `{i.stage}`." for i in stage.inputs]
    for name in stage.parameters:
        rows.append(f"{name}: {sentence(parameters[name].comment) or 'A parameter of the pipeline.'}")
    if rows:
        text += "\n\nArgs:\n" + "\n".join(f"    {r}" for r in rows)
    handed = [f"What later stages read: {_list(o.name for o in stage.outputs)}."] if stage.outputs else []
    if stage.metrics:
        handed.append(f"Metrics: {_list(stage.metrics)}.")
    if handed:
        text += "\n\nReturns:\n    " + "\n    ".join(textwrap.wrap(" ".join(handed), 76))
    lines = _quotable(text).split("\n")
    return "\n".join([lines[0], *(f"    {x}" if x.strip() else x for x in lines[1:])]) + (
        "\n    " if len(lines) > 1 else ""
    )


def _quotable(text: str) -> str:
    """As it stands between three double quotes."""
    return text.replace("\\", "\\\\").replace('"""', "'''").removesuffix('"') + ('\\"' if text.endswith('"') else "")


def _list(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


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


def _say_why(line: str, acting: frozenset[str]) -> str:
    """An import that nothing names says that it is there for what it does."""
    if not line or line.startswith("from __future__"):
        return line
    names = [part.split()[-1] for part in line.partition("import ")[2].split(", ")]
    bound = {n if " as " in line else n.split(".")[0] for n in names}
    return f"{line}  # noqa: F401  for what the import does" if bound <= acting else line


def _body(
    plan: StagePlan, hoisted: Collection[str], stable: Collection[str], show: str, figures: str, noted: Collection[int]
) -> tuple[list[str], list[Item], dict[str, bool], set[str]]:
    """The function's body, the imports that went to the top, which helpers it calls, and the names that it reads."""
    reads: set[str] = set()
    used = {"show": False, "figures": False, "display": False}
    imports: list[Item] = []
    blocks: list[tuple[Cell, list[str]]] = []
    parts = {p.cell.number: p for p in plan.code}
    for number, cell in enumerate(plan.cells):
        if not cell.is_code:
            if cell.source.strip() and number != 0:
                blocks.append((cell, [f"    # {x}".rstrip() for x in comment_lines(cell.source, 82)]))
            continue
        part = parts.get(cell.number)
        if part is None:
            continue
        text, moved = _cell_code(part, plan, hoisted, stable, show, used, reads)
        imports += moved
        code = [text] if text.strip() else []
        if plan.cell_facts[cell.number].plots and not _ends_with_show(part.tree):
            code.append(f"    {figures}()")
            used["figures"] = True
        if code:
            blocks.append((cell, code))
    kept = [lines for place, (_, lines) in enumerate(blocks) if _says_something(blocks, place, noted)]
    body = [line for lines in kept for line in ("", *lines)][1:]
    return body, imports, used, reads


def _says_something(blocks: Sequence[tuple[Cell, list[str]]], place: int, noted: Collection[int]) -> bool:
    """False for markdown above code that stands elsewhere: it is there too, or it is a heading of nothing."""
    cell = blocks[place][0]
    below = blocks[place + 1][0] if place + 1 < len(blocks) else None
    if cell.is_code or (below is not None and below.is_code and below.number == cell.number + 1):
        return True
    if cell.number in noted:
        return False
    return has_prose(cell.source) or (below is not None and below.is_code)


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
    at_top = {*stable, *imported_again(plan)}
    by_node: dict[int, list[Item]] = {}
    for item in plan.facts.items:
        if item.node is not None:
            by_node.setdefault(id(item.node), []).append(item)
    for statement in part.tree.body:
        items = by_node.get(id(statement), [])
        is_import = bool(items) and all(i.kind == "import" and i.binds[0] in at_top for i in items)
        is_hoisted = bool(items) and items[0].kind in ("def", "class") and items[0].binds[0] in hoisted
        if is_import or is_hoisted or statement.lineno in magic_lines:
            numbers = statement_lines(statement)
            first = comment_above(lines, numbers.start) if is_hoisted else numbers.start
            drop.update(range(first, numbers.stop))
            moved += items if is_import else []
        else:
            kept_lines.update(statement_lines(statement))
            _say_what_draws(lines, statement, part, plan)
            reads |= read_names([statement]) | _words_in_strings(statement)
    if drop & kept_lines:  # several statements on one line: keep the whole line
        drop -= kept_lines
    last = part.tree.body[-1] if part.tree.body else None
    is_last = last is not None and last.lineno not in drop and not ends_with_semicolon(part.python.text)
    silent = plan.cell_facts[part.cell.number].silent
    if is_last and isinstance(last, ast.Expr) and not silent and not _is_silent(last.value, plan):
        pair = ("((", "))") if isinstance(last.value, ast.Tuple) else ("(", ")")
        replace_segment(lines, last.value, f"{show}{pair[0]}", pair[1])
        used["show"] = True
    if any(isinstance(n, ast.Name) and n.id == "display" for n in ast.walk(part.tree)):
        used["display"] = True
    tree = ast.parse("\n".join(lines))
    text = indent("\n".join(lines), tree)
    return "\n".join(drop_lines(text.split("\n"), drop)).strip("\n"), moved


def _say_what_draws(lines: list[str], statement: ast.stmt, part: ProgramCell, plan: StagePlan) -> None:
    """An import that stays where the notebook has it because it may draw random numbers says so, where there is room."""
    if not isinstance(statement, ast.Import | ast.ImportFrom) or statement.lineno != statement.end_lineno:
        return
    generators = [
        e.key
        for e in plan.facts.effects
        if e.kind is EffectKind.DRAW and (e.span.cell, e.span.line) == (part.cell.number, statement.lineno)
    ]
    line = lines[statement.lineno - 1]
    said = f"{line}  # may draw from {generators[0]}" if generators and ";" not in line and "#" not in line else ""
    if said and len(said) + 4 <= _WIDTH:
        lines[statement.lineno - 1] = said


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


def render_functions(functions: FunctionsPlan, sources: Mapping[int, str], package: str) -> str:
    """The module of functions and classes that the notebook defines, below the markdown that stands above them there."""
    statements = render_imports(functions.imports)
    names = {n for i in functions.definitions for n in i.binds}
    uses_display = any(
        i.node is not None and "display" in free_names(i.node).reads and "display" not in names  # type: ignore[arg-type]
        for i in functions.definitions
    )
    if uses_display and not any("display" in i.binds for i in functions.imports):
        statements.append("from IPython.display import display")
    lines = ['"""Functions and classes that the notebook defines, for every stage."""', ""]
    lines += sort_imports(statements, package)
    notes = {cell.number + 1: cell.source for cell in functions.cells if has_prose(cell.source)}
    for item in functions.definitions:
        assert item.node is not None
        cell_lines = sources[item.span.cell].split("\n")
        numbers = statement_lines(item.node)
        first = comment_above(cell_lines, numbers.start)
        if note := notes.pop(item.span.cell, ""):
            lines += ["", "", *(f"# {x}".rstrip() for x in comment_lines(note, 86))]
        lines += ["", "", *cell_lines[first - 1 : numbers.stop - 1]]
    return "\n".join(lines) + "\n"
