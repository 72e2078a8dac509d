"""Cells with their stages to a program: parsed, in an order in which each stage is in one piece.

Before: `Notebook` and `Layout`. After: `ProgramCell`s that `interpret` runs, and the names that can live in modules.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from nb2pipe.dataflow import knowledge as known
from nb2pipe.dataflow.facts import PARAMETERS, SHARED, SKIP, Item, ProgramCell
from nb2pipe.dataflow.scopes import BUILTINS, bound_names, free_names, is_history
from nb2pipe.diagnostics import Diagnostic, Span
from nb2pipe.notebook.layout import CellLayout, Layout, Role
from nb2pipe.notebook.magics import python_source
from nb2pipe.notebook.model import Notebook

_FLAGS = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


def parse_program(notebook: Notebook, layout: Layout) -> tuple[tuple[ProgramCell, ...], tuple[Diagnostic, ...]]:
    """Parses every code cell.

    Returns:
        The code cells that are not empty, in the notebook's order, and NB103 for those that do not parse.
    """
    cells: list[ProgramCell] = []
    diagnostics: list[Diagnostic] = []
    for cell, place in zip(notebook.cells, layout.cells, strict=True):
        if not cell.is_code or cell.is_empty:
            continue
        python = python_source(cell.source)
        try:
            tree = compile(python.text, f"<cell {cell.number}>", "exec", flags=_FLAGS, dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            if place.role is not Role.SKIP:
                diagnostics.append(_syntax_error(cell.number, error))
            continue
        assert isinstance(tree, ast.Module)
        cells.append(ProgramCell(_stage_of(place), cell, python, tree, place.raises, place.metrics))
    return tuple(cells), tuple(diagnostics)


def _stage_of(place: CellLayout) -> str:
    if place.role is Role.STAGE:
        return place.stage
    if place.role is Role.PARAMETERS:
        return PARAMETERS
    if place.role is Role.SKIP:
        return f"{SKIP}{place.number}"
    return SHARED


def _syntax_error(cell: int, error: SyntaxError | ValueError) -> Diagnostic:
    line = getattr(error, "lineno", 0) or 0
    column = getattr(error, "offset", 0) or 0
    return Diagnostic(
        "NB103",
        f"the cell does not parse: {getattr(error, 'msg', error)}",
        Span(cell, line, column),
        "here",
        "correct the cell, or tag it `skip`",
    )


def find_definitions(
    program: tuple[ProgramCell, ...],
    values: frozenset[str] = frozenset(),
    missing: frozenset[str] = frozenset(),
    changing: Mapping[str, frozenset[str]] = MappingProxyType({}),
    placed: frozenset[str] = frozenset(),
) -> tuple[dict[str, Item], dict[str, tuple[Item, ...]]]:
    """Which functions and classes can live in a module, and which imported names never change.

    A definition can be hoisted when it is the only binding of its name, stands at top level, and takes from outside
    nothing but builtins, unchanging imports and other definitions of that kind.

    Args:
        program: All cells.
        values: Names of definitions that are handed over as values, and so never hoisted.
        missing: Modules that are not there before the notebook runs: what needs them cannot live in a module.
        changing: Modules beside the notebook to those of their variables that change: importing them again gives another value.
        placed: Those that show something, or change what was there, when they are imported: they stay where the notebook has them.

    Returns:
        Hoisted names to their items, and stable imports to theirs.
    """
    binders: Counter[str] = Counter()
    imports: dict[str, list[Item]] = {}
    definitions: dict[str, Item] = {}
    order = 0
    stars = False
    for part in program:
        lines = part.python.text.split("\n")
        if part.stage.startswith(SKIP):
            for statement in part.tree.body:
                if not isinstance(statement, (ast.Import, ast.ImportFrom)):
                    binders.update(bound_names([statement]))
            continue
        stars = stars or any(m.name == "pylab" for m in part.python.magics)
        for magic in part.python.magics:
            if magic.target.isidentifier():
                binders[magic.target] += 1
        for statement in part.tree.body:
            order += 1
            span = Span(part.cell.number, statement.lineno, statement.col_offset + 1, statement.end_lineno or 0)
            if isinstance(statement, (ast.Import, ast.ImportFrom)) and not part.raises:
                level = getattr(statement, "level", 0) or 0
                for alias in statement.names:
                    if alias.name == "*":
                        stars = True
                        continue
                    name = alias.asname or alias.name.split(".")[0]
                    module = (
                        "." * level + (statement.module or "") if isinstance(statement, ast.ImportFrom) else alias.name
                    )
                    attribute = alias.name if isinstance(statement, ast.ImportFrom) else ""
                    text = f"from {module} import {alias.name}" if attribute else f"import {module}"
                    text += f" as {alias.asname}" if alias.asname else ""
                    item = Item(
                        "import",
                        statement,
                        text,
                        span,
                        part.stage,
                        (name,),
                        (),
                        order,
                        (module, attribute, name),
                        level,
                    )
                    imports.setdefault(name, []).append(item)
                continue
            names = bound_names([statement])
            binders.update(names)
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and not part.raises:
                first = min([statement.lineno, *(d.lineno for d in statement.decorator_list)])
                text = "\n".join(lines[first - 1 : statement.end_lineno])
                kind = "class" if isinstance(statement, ast.ClassDef) else "def"
                definitions[statement.name] = Item(
                    kind, statement, text, span, part.stage, (statement.name,), (), order
                )
    stable = {
        name: tuple({item.source: item for item in reversed(items)}.values())
        for name, items in imports.items()
        if name not in binders
        and same_import(items)
        and not any(i.alias and (i.alias[1] in changing.get(i.alias[0], ()) or i.alias[0] in placed) for i in items)
    }
    keeping = {n for n, items in imports.items() if any(i.alias and _keeps_state(i.alias, changing) for i in items)}
    hoisted = {
        name: item
        for name, item in definitions.items()
        if binders[name] == 1 and name not in imports and name not in BUILTINS and name not in values
        if keeping.isdisjoint(_used_by_definition(item.node))
    }
    there = {
        n for n, items in stable.items() if not any(i.alias and i.alias[0].split(".")[0] in missing for i in items)
    }
    known_names = (BUILTINS - set(binders) - set(imports)) | there
    while True:
        outside = known_names | set(hoisted)
        dropped = [name for name, item in hoisted.items() if not _is_closed(item, outside, stars=stars)]
        if not dropped:
            return hoisted, stable
        for name in dropped:
            del hoisted[name]


def _keeps_state(alias: tuple[str, str, str], changing: Mapping[str, frozenset[str]]) -> bool:
    """Whether an import is of a module beside the notebook, or of a part of one, that keeps state."""
    module, attribute, _ = alias
    return module in changing or f"{module}.{attribute}" in changing


def _used_by_definition(node: ast.stmt | None) -> set[str]:
    """Names whose code may run where a function or class is defined: decorators and bases."""
    assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
    parts = [*node.decorator_list, *(node.bases if isinstance(node, ast.ClassDef) else ())]
    return {n.id for part in parts for n in ast.walk(part) if isinstance(n, ast.Name)}


def same_import(items: Sequence[Item]) -> bool:
    """Whether imports give their name the same module or the same part of one."""
    aliases = {item.alias for item in items}
    if len(aliases) == 1:
        return True
    return all(a is not None and not a[1] and a[0].split(".")[0] == a[2] for a in aliases)


def _is_closed(item: Item, outside: set[str] | frozenset[str], *, stars: bool) -> bool:
    node = item.node
    assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
    free = free_names(node)
    if free.writes or not free.reads <= outside or free.reads & known.DYNAMIC_BUILTINS:
        return False
    if stars and free.reads & BUILTINS - {"print", "range", "len", "str", "int", "float", "list", "dict", "super"}:
        return False
    if any(is_history(name) for name in free.reads) or free.reads & {
        "get_ipython",
        "__name__",
        "__file__",
        "__builtins__",
        "exit",
        "quit",
    }:
        return False
    return not _computes_at_definition(node)


def _computes_at_definition(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    """Whether the definition calls anything that may have an effect when it is executed."""
    if isinstance(node, ast.ClassDef):
        return any(isinstance(s, (ast.For, ast.While, ast.With, ast.Try, ast.Delete)) for s in node.body) or any(
            isinstance(s, ast.Expr) and not isinstance(s.value, ast.Constant) for s in node.body
        )
    defaults = [d for d in [*node.args.defaults, *node.args.kw_defaults] if d is not None]
    return any(isinstance(sub, ast.Call) for d in defaults for sub in ast.walk(d))
