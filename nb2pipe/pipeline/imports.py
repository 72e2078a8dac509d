"""Imports that are needed for what they do: they register accessors and colormaps, set styles, patch classes.

What a stage imports only it has. Where the import itself does something, stages that never name the module need it, too.
"""

from __future__ import annotations

import ast
import functools
import re
import sys
from collections.abc import Collection, Mapping, Sequence

from nb2pipe.dataflow import knowledge as known
from nb2pipe.dataflow.facts import RANDOM_KINDS, EffectKind, Facts, Item, ProgramCell
from nb2pipe.dataflow.interpret.syntax import drawn_by_import
from nb2pipe.diagnostics import Diagnostic

#: Decorators that only make something of what they decorate.
_PLAIN_DECORATORS = frozenset(
    {"dataclass", "lru_cache", "cache", "cached_property", "contextmanager", "wraps", "total_ordering"}
    | {"njit", "jit", "vectorize", "staticmethod", "classmethod", "property"}
)


class ImportEffects:
    """Which imports do something by themselves, and for which stages."""

    def __init__(self, parts: Mapping[str, Sequence[ProgramCell]], facts: Facts, *, placed: bool) -> None:
        """Takes each stage's code, what is known of it, and whether all imports stay where the notebook has them."""
        self._parts, self._facts, self._local, self._placed = parts, facts, facts.local, placed
        self._attributes: dict[str, frozenset[str]] = {}

    def may_act(self, item: Item) -> bool:
        """Whether an import may do something at all: nobody knows that it only defines."""
        if item.alias is None:
            return False
        module, root = item.alias[0], item.alias[0].split(".")[0]
        if _is_listed(module) or root in known.REGISTERED_NAMES or root in self._local.acting:
            return True
        if self._draws(root):
            return True
        quiet = (known.ARGUMENT_SAFE_ROOTS, sys.stdlib_module_names, self._local.trees)
        return not any(root in roots for roots in quiet)

    def matters(self, item: Item, stage: str) -> bool:
        """Whether an import does something for a stage that does not name what it binds."""
        if item.alias is None or not self.may_act(item):
            return False
        module, _, name = item.alias
        root = module.split(".")[0]
        if _is_listed(module) or (stage in self._drawing and self._draws(root)):
            return True
        if root in known.REGISTERED_NAMES:
            names = re.compile(rf"['\"](?:{known.REGISTERED_NAMES[root]})['\"]")
            return any(names.search(part.cell.source) for part in self._parts[stage])
        if root in self._local.acting:
            return True
        accessors = {root, name, module.rsplit(".", 1)[-1]}
        return name not in self._read or not accessors.isdisjoint(self._attributes_of(stage))

    @functools.cached_property
    def _seeded(self) -> frozenset[str]:
        """The generators that the notebook seeds."""
        stages = self._facts.stages.values()
        return frozenset(e.key for stage in stages for e in stage.effects if e.kind is EffectKind.SEED)

    @functools.cached_property
    def _drawing(self) -> frozenset[str]:
        """Stages that use seeded generators, and import in the middle what draws from them where it is imported first.

        What has done so in an earlier stage is imported before they go on with the generators' state.
        """
        return frozenset(
            name
            for name, stage in self._facts.stages.items()
            if any(e.kind in RANDOM_KINDS and (not e.key or e.key in self._seeded) for e in stage.effects)
            if any(map(self._draws, self._imported_late(name)))
        )

    def _draws(self, root: str) -> bool:
        """Whether importing a package may draw from a generator that the notebook seeds."""
        if root in self._local.trees:
            return root in self._facts.meddling
        return not self._seeded.isdisjoint(drawn_by_import(root))

    def _imported_late(self, stage: str) -> frozenset[str]:
        """Packages that a stage imports where its code does so."""
        facts = self._facts.stages[stage]
        found = {item.alias[0].split(".")[0] for item in facts.nested_imports.values() if item.alias}
        inline = any(self._facts.cells[part.cell.number].inline for part in self._parts[stage])
        for item in facts.items:
            if item.alias and (self._placed or inline or item.alias[2] not in self._facts.stable):
                found.add(item.alias[0].split(".")[0])
        return frozenset(found)

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


def repeated_imports(facts: Facts, stage: str, modules: Collection[str]) -> list[Item]:
    """Imports of modules that show something, and that an earlier stage has imported, in the order in which that happened.

    Args:
        facts: What is known of the notebook.
        stage: The stage that needs the modules.
        modules: Their names; what importing them imports comes with them.
    """
    needed: set[str] = set()
    waiting = [".".join(parts[:end]) for m in modules for parts in [m.split(".")] for end in range(1, len(parts) + 1)]
    while waiting:
        module = waiting.pop()
        if module not in needed:
            needed.add(module)
            waiting += facts.imports_of.get(module, ())
    first = [facts.first_imports[m] for m in sorted(needed & facts.loud & facts.first_imports.keys())]
    return [
        Item("import", None, f"import {f.module}", f.span, f.stage, (root,), (), f.order, (f.module, "", root))
        for f in sorted(first, key=lambda f: f.order)
        for root in [f.module.split(".")[0]]
        if f.stage != stage
    ]


def imported_modules(node: ast.AST) -> set[str]:
    """Modules that a statement and all that is in it import."""
    found: set[str] = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Import):
            found.update(alias.name for alias in each.names)
        elif isinstance(each, ast.ImportFrom) and each.module:
            found.update(f"{each.module}.{alias.name}" for alias in each.names)
    return found


def check_quiet_imports(facts: Facts, quiet: Mapping[str, Sequence[Item]]) -> list[Diagnostic]:
    """NB402 where nobody knows whether an earlier stage has shown what an import shows, or where the import does more."""
    found: dict[str, Diagnostic] = {}
    for stage, items in quiet.items():
        for item in items:
            assert item.alias is not None
            first = facts.first_imports[item.alias[0]]
            what = facts.lasting.get(first.module, "" if first.certain else "shows something")
            if not what:
                continue
            found.setdefault(
                first.module,
                Diagnostic(
                    "NB402",
                    f"the module `{first.module}` {what} when it is imported, and stage `{stage}` imports it again",
                    first.span,
                    f"stage `{first.stage}` imports it first" + ("" if first.certain else ", on some paths only"),
                    "let its functions do so, when they are called",
                    (),
                    first.module,
                ),
            )
    return list(found.values())


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
