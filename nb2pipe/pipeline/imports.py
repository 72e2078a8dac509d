"""Imports that are needed for what they do: they register accessors and colormaps, set styles, patch classes.

What a stage imports only it has. Where the import itself does something, stages that never name the module need it, too.
"""

from __future__ import annotations

import ast
import functools
import re
import sys
from collections.abc import Mapping, Sequence

from nb2pipe.dataflow import knowledge as known
from nb2pipe.dataflow.facts import Item, LocalModules, ProgramCell

#: Decorators that only make something of what they decorate.
_PLAIN_DECORATORS = frozenset(
    {"dataclass", "lru_cache", "cache", "cached_property", "contextmanager", "wraps", "total_ordering"}
    | {"njit", "jit", "vectorize", "staticmethod", "classmethod", "property"}
)


class ImportEffects:
    """Which imports do something by themselves, and for which stages."""

    def __init__(self, parts: Mapping[str, Sequence[ProgramCell]], local: LocalModules) -> None:
        """Takes each stage's code, and what is known of the modules beside the notebook."""
        self._parts, self._local = parts, local
        self._attributes: dict[str, frozenset[str]] = {}

    def may_act(self, item: Item) -> bool:
        """Whether an import may do something at all: nobody knows that it only defines."""
        if item.alias is None:
            return False
        module, root = item.alias[0], item.alias[0].split(".")[0]
        if _is_listed(module) or root in known.REGISTERED_NAMES or root in self._local.acting:
            return True
        quiet = (known.ARGUMENT_SAFE_ROOTS, sys.stdlib_module_names, self._local.trees)
        return not any(root in roots for roots in quiet)

    def matters(self, item: Item, stage: str) -> bool:
        """Whether an import does something for a stage that does not name what it binds."""
        if item.alias is None or not self.may_act(item):
            return False
        module, _, name = item.alias
        root = module.split(".")[0]
        if _is_listed(module):
            return True
        if root in known.REGISTERED_NAMES:
            names = re.compile(rf"['\"](?:{known.REGISTERED_NAMES[root]})['\"]")
            return any(names.search(part.cell.source) for part in self._parts[stage])
        if root in self._local.acting:
            return True
        accessors = {root, name, module.rsplit(".", 1)[-1]}
        return name not in self._read or not accessors.isdisjoint(self._attributes_of(stage))

    @functools.cached_property
    def _read(self) -> frozenset[str]:
        """Names that the notebook's code reads."""
        nodes = (n for parts in self._parts.values() for part in parts for n in ast.walk(part.tree))
        return frozenset(n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))

    def _attributes_of(self, stage: str) -> frozenset[str]:
        """Attributes that a stage's code names."""
        if stage not in self._attributes:
            nodes = (n for part in self._parts[stage] for n in ast.walk(part.tree))
            self._attributes[stage] = frozenset(n.attr for n in nodes if isinstance(n, ast.Attribute))
        return self._attributes[stage]


def _is_listed(module: str) -> bool:
    return any(module == m or module.startswith(m + ".") for m in known.IMPORTS_WITH_EFFECTS)


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
