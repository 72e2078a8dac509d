"""Imports that are needed for what they do: they register accessors and colormaps, set styles, patch classes.

What a stage imports only it has. Where the import itself does something, stages that never name the module need it, too.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from nb2pipe.dataflow import knowledge as known
from nb2pipe.dataflow.facts import Item, ProgramCell

#: Decorators that only make something of what they decorate.
_PLAIN_DECORATORS = frozenset(
    [
        "dataclass",
        "lru_cache",
        "cache",
        "cached_property",
        "contextmanager",
        "wraps",
        "total_ordering",
        "njit",
        "jit",
        "vectorize",
        "staticmethod",
        "classmethod",
        "property",
    ]
)


@dataclass(frozen=True, slots=True)
class ImportEffects:
    """Which imports do something by themselves.

    Attributes:
        read: Names that the notebook's code reads.
        acting: Modules beside the notebook whose import does more than define.
        quiet: Those whose import only defines.
    """

    read: frozenset[str]
    acting: frozenset[str]
    quiet: frozenset[str]

    def matters(self, item: Item, parts: Sequence[ProgramCell]) -> bool:
        """Whether an import of an earlier cell does something for a stage that does not name what it binds."""
        if item.alias is None:
            return False
        module, _, name = item.alias
        root = module.split(".")[0]
        if any(module == m or module.startswith(m + ".") for m in known.IMPORTS_WITH_EFFECTS):
            return True
        if root in known.REGISTERED_NAMES:
            names = re.compile(rf"['\"](?:{known.REGISTERED_NAMES[root]})['\"]")
            return any(names.search(part.cell.source) for part in parts)
        if root in self.acting:
            return True
        if root in self.quiet or root in known.ARGUMENT_SAFE_ROOTS or root in sys.stdlib_module_names:
            return False
        accessors = {root, name, module.rsplit(".", 1)[-1]}
        attributes = (n.attr for p in parts for n in ast.walk(p.tree) if isinstance(n, ast.Attribute))
        return name not in self.read or any(attribute in accessors for attribute in attributes)


def read_import_effects(
    program: Sequence[ProgramCell], acting: Collection[str], quiet: Collection[str]
) -> ImportEffects:
    """Looks which names the program reads."""
    nodes = (n for part in program for n in ast.walk(part.tree))
    read = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    return ImportEffects(frozenset(read), frozenset(acting), frozenset(quiet))


def acts(tree: ast.Module) -> bool:
    """Whether importing a module does more than define names: a call, a change of something, a decorator that registers."""
    return any(map(_acts, tree.body))


def _acts(node: ast.stmt) -> bool:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        names = (d.func if isinstance(d, ast.Call) else d for d in node.decorator_list)
        return any(getattr(n, "attr", getattr(n, "id", "")) not in _PLAIN_DECORATORS for n in names)
    if isinstance(node, ast.Assign):
        return not all(isinstance(t, (ast.Name, ast.Tuple)) for t in node.targets)
    if isinstance(node, ast.If) and "__name__" in ast.unparse(node.test):
        return False
    if isinstance(node, (ast.If, ast.Try)):
        handlers = [s for h in getattr(node, "handlers", ()) for s in h.body]
        return any(map(_acts, [*node.body, *handlers, *node.orelse, *getattr(node, "finalbody", ())]))
    if isinstance(node, ast.Expr):
        return not isinstance(node.value, ast.Constant)
    return not isinstance(node, (ast.Import, ast.ImportFrom, ast.AnnAssign, ast.Pass))
