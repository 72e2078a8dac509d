"""Statements at the top of a cell: what other stages can repeat, and imports."""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import replace

from nb2pipe.dataflow import knowledge as known
from nb2pipe.dataflow.facts import (
    HIDDEN,
    MODULES,
    SHARED,
    Binding,
    Effect,
    EffectKind,
    Item,
    Step,
    Value,
    module_files,
    setting_name,
    text_of,
)
from nb2pipe.dataflow.interpret.base import Base
from nb2pipe.dataflow.interpret.model import BUDGET, MAYBE_WORK, MOST_WORK, WHOLE_WORK, span_of
from nb2pipe.dataflow.interpret.syntax import (
    canonical_name,
    from_text,
    is_decorated,
    names_a_lambda,
    names_the_shell,
    only_definitions,
    only_sets,
    root_name,
)
from nb2pipe.dataflow.scopes import BUILTINS, alias_name, bound_names, free_names
from nb2pipe.diagnostics import Diagnostic, Span
from nb2pipe.notebook.model import Magic, MagicKind

#: Built-in functions that only make something of what they are given.
_MAKERS = frozenset(
    ["property", "staticmethod", "classmethod", "bool", "int", "float", "str", "bytes", "tuple", "frozenset"]
)
_DEFINING = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class TopLevel(Base):
    """Statements at the top of a cell: what other stages can repeat, and imports."""

    def top_level(self, node: ast.stmt, source: str, magics: dict[int, Magic]) -> None:
        """One statement of a cell: analyzed, and kept as an item where other stages can repeat it."""
        self.exhausted = self.regions.work + self.maybe_followed * MAYBE_WORK >= MOST_WORK
        self.budget = BUDGET if self.regions.work < WHOLE_WORK else BUDGET // 10
        self.order += 1
        self.executing.clear()
        self.flooded.clear()
        self.flooded_codes.clear()
        self.effects_done.clear()
        self.left_texts.clear()
        self.texts.clear()
        self.flooded_texts.clear()
        self.flooded_names.clear()
        self.cut_off_gave.clear()
        self.hub = self.tied = None
        self.in_hub.clear()
        self.followed.clear()
        self.followed_nodes.clear()
        self.whole_modules.clear()
        self.step_reads, self.step_binds, self.step_mutates, self.step_modules = {}, set(), set(), set()
        self.noted, self.step_place = {}, span_of(self.number, node)
        effects, deleted = len(self.stage.effects), dict(self.stage.deleted)
        first = len(self.regions)
        unseen = len(self.stage.wildcard), len(self.stage.history), len(self.stage.loose_settings)
        self._top_level(node, source, magics.get(node.lineno))
        self.note_state()
        seen = len(self.stage.wildcard), len(self.stage.history), len(self.stage.loose_settings)
        lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        opaque = self.wrapped or seen != unseen or any(line in magics for line in lines)
        step = Step(
            node,
            source,
            span_of(self.number, node),
            self.stage.name,
            self.order,
            frozenset(self.step_binds).union(bound_names([node])),
            frozenset(n for n, place in self.stage.deleted.items() if deleted.get(n) != place),
            {name: frozenset(regions) for name, regions in self.step_reads.items()},
            frozenset(self.step_mutates),
            tuple(self.stage.effects[effects:]),
            frozenset(self.step_modules),
            opaque,
        )
        self.steps.append(step)
        made = range(first, len(self.regions))
        self.makers.update((r, step) for r in made if self.regions.kind(r) in known.DEFERRED_KINDS)

    def _top_level(self, node: ast.stmt, source: str, magic: Magic | None) -> None:
        if magic is not None and magic.kind is not MagicKind.CELL and self._is_magic(node):
            self.run_magic(magic, node)
            return
        if isinstance(node, ast.Import):
            for alias in node.names:
                self.import_alias(node, alias, alias.name, "")
            return
        if isinstance(node, ast.ImportFrom):
            self.import_from(node)
            return
        span = span_of(self.number, node)
        outer, self.reads = self.reads, []
        fresh = not any(n in self.env for n in bound_names([node])) if isinstance(node, (ast.Try, ast.If)) else False
        effects, changes, prints = len(self.stage.effects), self.changes, self.prints
        before_deleted = len(self.stage.deleted)
        self.nested = True
        self.statement(node)
        self.nested = False
        shows = self.prints > prints
        if shows and (isinstance(node, _DEFINING[2:]) or names_a_lambda(node)):
            (self.telling_shared if self.stage.name == SHARED else self.telling).update(bound_names([node]))
        reads = tuple(sorted(set(self.reads)))
        self.reads = outer
        new_effects = self.stage.effects[effects:]
        deletes = len(self.stage.deleted) > before_deleted
        item = self._item(node, source, span, reads, new_effects, self.changes > changes, deletes, fresh)
        if item is not None:
            item = replace(item, shows=True) if shows else item
            self.items.append(item)
            self.stage.items.append(item)
            if item.kind in ("def", "class", "compound", "shared", "setting"):
                for name in item.binds:
                    if (binding := self.env.get(name)) is not None:
                        self.set_env(name, replace(binding, items=(item,)))

    @staticmethod
    def _is_magic(node: ast.stmt) -> bool:
        value = getattr(node, "value", None)
        return (
            isinstance(value, ast.Call)
            and isinstance(value.func, ast.Attribute)
            and isinstance(value.func.value, ast.Call)
            and isinstance(value.func.value.func, ast.Name)
            and value.func.value.func.id == "get_ipython"
        )

    def _item(
        self,
        node: ast.stmt,
        source: str,
        span: Span,
        reads: tuple[str, ...],
        effects: list[Effect],
        mutated: bool,
        deletes: bool,
        fresh: bool,
    ) -> Item | None:
        is_definition = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        binds = (node.name,) if is_definition else tuple(sorted(bound_names([node])))  # type: ignore[attr-defined]
        families = {e.key for e in effects if e.kind is EffectKind.SETTING}
        text = text_of(node, source)
        own = (
            tuple(sorted(n for n in reads if n in self.env and self.env[n].value.region is not None)) if mutated else ()
        )

        def make(kind: str, *, pure: bool = True) -> Item:
            pure = pure and not set(binds) & set(reads)  # what reads the name that it binds differs the second time
            stars = tuple(self.star_items) if kind == "setting" and self._is_star_call(node) else ()
            return Item(
                kind, node, text, span, self.stage.name, binds, reads, self.order, pure=pure, mutates=own, stars=stars
            )

        if not self.values.isdisjoint(binds) and (is_definition or isinstance(node, (ast.Assign, ast.Try, ast.If))):
            if self.stage.name == SHARED:
                return make("shared")
            return None
        quiet = not mutated and not any(e.kind is not EffectKind.SETTING for e in effects) and not deletes
        registers = is_decorated(node, "register")
        if registers and quiet:
            roots = {root_name(d) for d in node.decorator_list}  # type: ignore[attr-defined]
            return make("setting") if roots.isdisjoint(self.values) else None
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            bound = self.env.get(node.name)
            if bound is not None and bound.value.kind == "instance" and self.stage.name != SHARED:
                return None  # a decorator made an object of it
            return make("def", pure=quiet)
        if isinstance(node, ast.ClassDef):
            return make("class", pure=quiet)
        if names_a_lambda(node) or names_the_shell(node):
            return make("def", pure=quiet)
        logs = "logging" in families and self.stage.name != SHARED  # handlers are objects, handed over as they are
        if not mutated and not deletes and self._sets_constants(node, families):
            quiet = all(e.kind is EffectKind.SETTING or not e.key for e in effects)
        another = setting_name(span) in self.values or any(map(self._is_rebound_import, reads))
        other = MODULES in reads or (another and families <= known.HANDED_OVER_SETTINGS)
        handed = other and self.stage.name != SHARED  # what it reads may be another later
        if families and not binds and quiet and not logs and not handed and self._is_plain_setting(node):
            return make("setting")
        if self.changes_modules() and self.stage.name == SHARED and not binds and not deletes:
            return make("setting")
        if families == {"logging"} and self.stage.name == SHARED and not binds and not deletes:
            return make("setting")
        if families:
            loose = (e for e in effects if e.kind is EffectKind.SETTING)
            self.stage.loose_settings += [e for e in loose if e.key != "logging"]  # handed over as an object
        if isinstance(node, (ast.Try, ast.If)) and binds and quiet and fresh and only_definitions(node):
            defines = any(isinstance(s, _DEFINING) for s in ast.walk(node))
            if defines and all(n in self.stable or n in self.hoisted for n in reads):
                return make("compound")
        if self.stage.name == SHARED and (binds or own):
            return make("shared", pure=not any(e.kind in (EffectKind.DRAW, EffectKind.CLOCK) for e in effects))
        if self.stage.name == SHARED and any(e.kind is EffectKind.SEED for e in effects):
            return make("seed")
        return None

    def _is_rebound_import(self, name: str) -> bool:
        """Whether a name of a module is bound otherwise somewhere: `import pylab as plt`."""
        return name in self.env and self.env[name].value.kind == "library" and name not in self.stable

    def _is_plain_setting(self, node: ast.stmt) -> bool:
        """A call or an assignment that does nothing but set: what it is given is computed without calls of its own."""
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            owner, _, function = self._dotted(node.value.func).rpartition(".")
            if owner in known.PROCESS_CONTAINERS and function not in known.GROWING_METHODS | {"insert"}:
                return False  # what was taken away cannot be taken away again
            if re.search("seed|rng|bit_generator", function, re.IGNORECASE):
                return False  # draws of other stages would come again
            parts: list[ast.expr] = [*node.value.args, *(k.value for k in node.value.keywords)]
            if (local := self._local_function(node.value.func)) is not None:
                if local not in self.local.setters:  # it may show something, or change more
                    return False
            elif not isinstance(node.value.func, ast.Attribute):
                binding = self.env.get(node.value.func.id) if isinstance(node.value.func, ast.Name) else None
                if (binding is None or binding.value.kind != "library") and not self._is_star_call(node):
                    return False
        elif isinstance(node, (ast.Assign, ast.AugAssign)):
            parts = [node.value]
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            set_names = [self._dotted(t.value if isinstance(t, ast.Subscript) else t) for t in targets]
            if "sys.modules" in set_names:  # what it imports later is not there earlier
                return False
            if any(name.endswith("random_state") for name in set_names):  # a generator goes on, and would start again
                return False
            roots = [self.env.get(root_name(target)) for target in targets]
            if any(root is not None and root.value.kind != "library" for root in roots):
                return False  # what a variable refers to is handed over, as the current decimal context
        else:
            return isinstance(node, ast.Delete)
        return all(self._is_computed_alike(p) for p in parts)

    def _local_function(self, node: ast.expr) -> str | None:
        """The full name of a function of a module beside the notebook; `None` for all else."""
        binding = self.env.get(node.id) if isinstance(node, ast.Name) else None
        for code in (self.codes[n] for n in (binding.value.code if binding is not None else ())):
            if module := code.module:
                return f"{module}.{getattr(code.node, 'name', '')}"
        dotted = self._dotted(node)
        return dotted if dotted.rpartition(".")[0] in self.scopes else None

    def _is_star_call(self, node: ast.stmt) -> bool:
        """Whether the statement calls a function that only a star import can have bound."""
        function = node.value.func if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else None
        return bool(self.star_items) and isinstance(function, ast.Name) and function.id not in self.env

    def _is_computed_alike(self, node: ast.AST) -> bool:
        """Whether an expression gives the same wherever it is evaluated again: it calls nothing, or what only computes."""
        if isinstance(node, ast.Lambda):
            return self._is_closed_lambda(node)
        if isinstance(node, ast.Name):
            value = self.env[node.id].value if node.id in self.env else Value()
            return all(self.is_closed(self.codes[n]) for n in value.code)
        if isinstance(node, ast.Call):
            dotted = self._dotted(node.func)
            root, last = dotted.split(".")[0], dotted.rsplit(".", 1)[-1]
            makes = root in known.ARGUMENT_SAFE_ROOTS and (last[:1].isupper() or dotted == "functools.partial")
            if isinstance(node.func, ast.Name) and node.func.id not in self.env:
                makes = node.func.id in _MAKERS
            if not dotted.startswith("os.path.") and not makes:
                return False
            return all(map(self._is_computed_alike, [*node.args, *(k.value for k in node.keywords)]))
        if isinstance(node, (ast.Await, ast.NamedExpr)):
            return False
        return all(map(self._is_computed_alike, ast.iter_child_nodes(node)))

    def _is_closed_lambda(self, node: ast.Lambda) -> bool:
        """Whether a lambda reads nothing but builtins, imports and definitions of the functions module."""
        free = free_names(node)
        return not free.writes and all(
            n in self.stable or n in self.hoisted or (n in BUILTINS and n not in self.env) for n in free.reads
        )

    def _dotted(self, node: ast.expr) -> str:
        """The full name of a library's function as it is written; empty for all else."""
        if isinstance(node, ast.Attribute):
            base = self._dotted(node.value)
            return f"{base}.{node.attr}" if base else ""
        binding = self.env.get(node.id) if isinstance(node, ast.Name) else None
        return binding.value.dotted if binding is not None and binding.value.kind == "library" else ""

    def _sets_constants(self, node: ast.stmt, families: set[str]) -> bool:
        """Whether the statement calls a setter of the standard library, or one known by name, with constants: it does nothing else."""
        if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call) or not families:
            return False
        given = [*node.value.args, *(k.value for k in node.value.keywords)]
        called = self._dotted(node.value.func)
        sets = called not in known.FILE_CALLS and (called in known.SETTING_CALLS or only_sets(called))
        return (sets or all(key.split(".")[0] in sys.stdlib_module_names for key in families)) and all(
            isinstance(part, ast.Constant)
            or (isinstance(part, ast.Lambda) and self._is_closed_lambda(part))
            or (isinstance(part, ast.Name) and part.id in self.hoisted)
            for part in given
        )

    def import_alias(self, node: ast.Import | ast.ImportFrom, alias: ast.alias, module: str, attribute: str) -> None:
        """`import a.b`, `import a.b as c`, `from a import b as c`: one item a name."""
        name = alias_name(alias)
        if attribute:
            dotted, text = f"{module}.{attribute}", from_text(node, alias)  # type: ignore[arg-type]
        else:
            dotted = module if alias.asname else module.split(".", maxsplit=1)[0]
            text = f"import {module}" + (f" as {alias.asname}" if alias.asname else "")
        span = span_of(self.number, node)
        item = Item(
            "import", node, text, span, self.stage.name, (name,), (), self.order, (module, attribute, name),
            getattr(node, "level", 0) or 0,
        )  # fmt: skip
        self.future_annotations |= (module, attribute) == ("__future__", "annotations")
        root = module.split(".", maxsplit=1)[0]
        if root in self.missing:
            self.inline(span, f"the module `{root}` is not there before the notebook runs")
            self.read_module(module, span)
            first = self.importers.setdefault(root, self.stage.name)
            written = any(
                e.kind is EffectKind.WRITE and e.key.removeprefix("./") == f"{root}.py"
                for stage in self.stages.values()
                for e in stage.effects
            )
            if written and first != self.stage.name and not self.frames and root not in self.local.modules:
                self.diagnostics.append(
                    Diagnostic(
                        "NB402",
                        f"the module `{root}` is imported again, and what its import does happens again",
                        span,
                        f"stage `{first}` imports it first",
                        f"import `{root}` in one cell only",
                        (),
                        root,
                    )
                )
        if not self.frames and not self.nested:
            self.items.append(item)
            self.stage.items.append(item)
        previous = self.env.get(name)
        earlier = tuple(
            i
            for i in (previous.items if previous else ())
            if i.alias and not i.alias[1] and not attribute and not alias.asname
        )
        items = () if self.nested else (*earlier, item)
        value = Value("library", dotted=canonical_name(dotted))
        if attribute and (found := self.imported(module, attribute, span)) is not None:
            value = found
            if attribute in self.changing.get(module, ()) and found.kind not in ("function", "class", "library"):
                items = ()  # what it is when it is imported
        elif not attribute:
            self.import_module(module, span)
        self.bind(name, value, span, items=items)

    def read_module(self, module: str, span: Span) -> None:
        """The import of a module that is not there before the notebook runs reads its files."""
        root = module.split(".", maxsplit=1)[0]
        for path in module_files(root, self.stages.values()) if root in self.missing else ():
            self.effect(EffectKind.READ, path, span)

    def import_from(self, node: ast.ImportFrom) -> None:
        """`from a import b, c` and `from a import *`."""
        module = "." * (node.level or 0) + (node.module or "")
        span = span_of(self.number, node)
        for alias in node.names:
            if module == "__main__" and alias.name in self.env:
                self.inline(span, "`__main__` is the notebook")
                self.bind(alias.asname or alias.name, self.read_name(alias.name, span) or Value(), span)
            elif alias.name == "*":
                self.inline(span, f"`from {module} import *` cannot stand in a function")
                item = Item(
                    "star", node, f"from {module} import *", span, self.stage.name, (), (), self.order, level=node.level or 0
                )  # fmt: skip
                self.read_module(module, span)
                if not self._import_members(node, module, item):
                    self.add_star(item, module)
            else:
                self.import_alias(node, alias, module, alias.name)

    def _import_members(self, node: ast.ImportFrom, module: str, item: Item) -> bool:
        """A star import of a module of which all variables are known imports each of them; whether that is so."""
        self.import_module(module, item.span)
        names = self.public_members(module)
        if names is None or self.frames:
            return False
        self.items.append(item)
        self.stage.items.append(item)
        for name in names:
            self.import_alias(node, ast.alias(name), module, name)
        return True

    def add_star(self, item: Item, module: str) -> None:
        """A star import may bind again any name that is bound."""
        if self.frames:
            return
        self.items.append(item)
        self.stage.items.append(item)
        self.star_items.append(item)
        for name in sorted(self.env):
            if name not in HIDDEN:
                binding = self.env[name]
                if binding.items and all(i.kind == "import" for i in binding.items):
                    continue
                self.read_name(name, item.span)
                value = self.join_values(binding.value, Value(region=self.regions.new()))
                origins = binding.origins | {(self.stage.name, item.span)}
                items = (*binding.items, item) if binding.items else ()  # a value is handed over, whichever it is
                self.set_env(name, Binding(value, origins, binding.certain, items))

    def do_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if self.frames:
                self.import_module(alias.name, self.at(node))
            if self.frames and alias_name(alias) in self.frames[-1].names:
                dotted = alias.name if alias.asname else alias.name.split(".")[0]
                self.frames[-1].local[alias_name(alias)] = Value("library", dotted=canonical_name(dotted))
            else:
                self.import_alias(node, alias, alias.name, "")

    def do_ImportFrom(self, node: ast.ImportFrom) -> None:
        if self.frames:
            self.import_names(node)
        else:
            self.import_from(node)
