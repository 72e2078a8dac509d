"""Whether a stage's code can live in a function without changing meaning, and if not, why."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Mapping

from nb2pipe.dataflow.facts import Item
from nb2pipe.dataflow.program import same_import
from nb2pipe.dataflow.scopes import bound_names, function_body_free, read_names
from nb2pipe.dataflow.shared import sets_shell
from nb2pipe.diagnostics import Diagnostic, Span
from nb2pipe.pipeline.plan import StagePlan

_POOLS = frozenset({"multiprocessing", "concurrent", "pickle", "cloudpickle", "dill", "dask", "ray", "inspect"})
_BUILTINS = frozenset(dir(builtins)) | {"display", "get_ipython"}


def inline_reasons(plan: StagePlan, plans: Mapping[str, StagePlan], hoisted: Collection[str]) -> tuple[Diagnostic, ...]:
    """The reasons, as NB601 notes; empty where a function is the same."""
    found: list[tuple[Span, str]] = []
    for part in plan.code:
        facts = plan.cell_facts.get(part.cell.number)
        found += facts.inline if facts is not None else []
        found += _scope_reasons(part.tree, part.cell.number, plan, hoisted)
    start = Span(plan.code[0].cell.number) if plan.code else Span()
    for item in (*plan.definitions, *plan.late):
        if item.node is not None and item.kind != "setting":
            repeated_tree = ast.Module([item.node], [])
            found += [(start, why) for _, why in _scope_reasons(repeated_tree, item.span.cell, plan, hoisted)]
    if _local_functions(plan, hoisted) and any(_catches_names(part.tree) for part in plan.code):
        found.append((start, "it catches `NameError`"))
    if plan.uncertain:
        found.append((start, f"{_names(plan.uncertain)} may be unbound at its end"))
    if plan.maybe:
        found.append((start, f"{_names(plan.maybe)} may be unbound at its start"))
    private = sorted(n for group in plan.saves for n in group if n.startswith("__"))
    if private:
        found.append((start, f"{_names(private)} cannot be a field"))
    postponed = [
        i
        for i in (*plan.imports, *plan.facts.items)
        if i.alias is not None and i.alias[:2] == ("__future__", "annotations")
    ]
    if postponed:
        found.append((postponed[0].span, "`from __future__ import annotations` holds from its cell on"))
    shell = [i for i in (*plan.settings, *plan.facts.items) if i.kind in ("magic", "setting") and sets_shell(i.source)]
    if shell:
        found.append((shell[0].span, "IPython is told to show more than a cell's last value"))
    made = sorted(n for i in plan.imports for n in i.binds if i.span.cell in plan.cell_facts and is_made(i, plan))
    if made:
        found.append((start, f"{_names(made)} comes from a module that is not there before the notebook runs"))
    dropped = sorted(n for i in (*plan.imports, *plan.definitions) for n in i.binds if n in plan.facts.deleted)
    if dropped:
        found.append((plan.facts.deleted[dropped[0]], f"it deletes {_names(dropped)}, which it repeats"))
    pools = sorted(_POOLS & _modules(plan))
    repeated_code = any(i.kind in ("def", "class") for i in (*plan.definitions, *plan.late))
    if pools and (repeated_code or _local_functions(plan, hoisted)):
        found.append((start, f"{_names(pools)} needs functions that can be found by name"))
    if plan.carries:
        found.append((start, f"what it hands over refers to {_names(plan.carries)}, which other stages define again"))
    for source, _names_loaded in plan.loads:
        repeated = {n for item in (*plan.definitions, *plan.late) for n in item.binds}
        shared = sorted(set(plans[source].carries) & repeated)
        if shared:
            found.append((start, f"what it loads refers to {_names(shared)}, defined in the notebook"))
    if any(item.kind in ("star", "magic") and _is_star(item.source) for item in (*plan.imports, *plan.settings)):
        found.append((start, "it uses names of a star import"))
    places = {**plan.facts.deleted, **{n: span for n, (span, _) in plan.facts.bound.items()}}
    if shadowed := sorted(places.keys() & _BUILTINS):
        found.append((places[shadowed[0]], f"{_names(shadowed)} hides a builtin"))
    repeated_names = {n for i in (*plan.imports, *plan.definitions) for n in i.binds} | set(plan.hoisted)
    bound_anew = (repeated_names & set(plan.facts.bound)) - imported_again(plan)
    if rebound := sorted(bound_anew & plan.facts.needs.keys()):
        found.append(
            (plan.facts.bound[rebound[0]][0], f"{_names(rebound)} is used with its old meaning and then bound again")
        )
    unique = dict.fromkeys(found)
    return tuple(
        Diagnostic(
            "NB601", f"stage `{plan.name}` keeps its code in the stage notebook: {why}", span, "", "", (), plan.name
        )
        for span, why in unique
    )


def _modules(plan: StagePlan) -> set[str]:
    items = (*plan.imports, *plan.facts.items)
    return {i.alias[0].split(".")[0] for i in items if i.kind == "import" and i.alias is not None}


def is_made(item: Item, plan: StagePlan) -> bool:
    """Whether an import's module is written by the notebook itself."""
    facts = plan.cell_facts[item.span.cell]
    return any(span == item.span and "is not there before" in why for span, why in facts.inline)


def _local_functions(plan: StagePlan, hoisted: Collection[str]) -> bool:
    """Whether the stage has functions that would be nested in its function."""
    return any(n not in hoisted for i in plan.definitions for n in i.binds if i.kind == "def") or any(
        isinstance(node, (ast.Lambda, ast.FunctionDef, ast.ClassDef)) and getattr(node, "name", "") not in hoisted
        for part in plan.code
        for statement in part.tree.body
        for node in ast.walk(statement)
    )


def _catches_names(tree: ast.AST) -> bool:
    return any(
        isinstance(n, ast.ExceptHandler) and n.type is not None and "NameError" in ast.unparse(n.type)
        for n in ast.walk(tree)
    )


def _is_star(source: str) -> bool:
    return source.endswith("*") or source.startswith("%pylab")


def imported_again(plan: StagePlan) -> frozenset[str]:
    """Names that the stage gets from an import of an earlier one, and binds by that import alone: one at its top does."""
    own = [i for i in plan.facts.items if i.kind == "import"]
    nodes = {id(i.node) for i in own}
    others = bound_names(s for part in plan.code for s in part.tree.body if id(s) not in nodes)
    names = {n for i in plan.imports if i.kind == "import" for n in i.binds} & {n for i in own for n in i.binds}
    return frozenset(n for n in names - others if same_import([i for i in (*own, *plan.imports) if n in i.binds]))


def _names(names: object) -> str:
    return ", ".join(f"`{n}`" for n in names)  # type: ignore[attr-defined]


def _scope_reasons(tree: ast.Module, cell: int, plan: StagePlan, hoisted: Collection[str]) -> list[tuple[Span, str]]:
    found: list[tuple[Span, str]] = []
    for statement in tree.body:
        if any(i.node is statement and i.binds and i.binds[0] in hoisted for i in plan.facts.items):
            continue
        for node in ast.walk(statement):
            span = Span(cell, getattr(node, "lineno", 0))
            if isinstance(node, (ast.FunctionDef, ast.Lambda)):
                lost = function_body_free(node)[0] & set(plan.facts.deleted)
                if lost:
                    found.append((span, f"a function reads {_names(sorted(lost))}, which is deleted"))
            elif isinstance(node, ast.Global):
                found.append((span, f"a function writes the global {_names(node.names)}"))
            elif isinstance(node, ast.ClassDef):
                both = bound_names(node.body) & read_names(node.body) & (set(plan.facts.bound) | set(plan.facts.needs))
                if both:
                    found.append((span, f"the class body of `{node.name}` reads and binds {_names(sorted(both))}"))
    return found
