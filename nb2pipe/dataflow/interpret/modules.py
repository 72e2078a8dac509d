"""Modules beside the notebook: their code is run as the notebook's is, in namespaces of their own.

A module's variables are those of a scope that its functions are closed over. What of them changes after the import
(`changed_members`) is, in the next pass, one object that the process keeps and no variable names: a stage that changes it, or
gets a part of it, hands it over.
"""

from __future__ import annotations

import ast
import functools
import re
from dataclasses import replace

from nb2pipe.dataflow import knowledge as known
from nb2pipe.dataflow.facts import MODULES, RANDOM_KINDS, EffectKind, FirstImport, Item, Value
from nb2pipe.dataflow.interpret.base import Base
from nb2pipe.dataflow.interpret.model import BUDGET, MODULE, SCALAR, SCOPE, Frame
from nb2pipe.dataflow.interpret.syntax import acts, canonical_name, drawn_by_import
from nb2pipe.dataflow.scopes import BUILTINS, alias_name, bound_names
from nb2pipe.diagnostics import Span

_ENVIRONMENT = re.compile(r"\b(?:environb?|getenvb?)\b")


_WRITING = re.compile(
    r"\.write|\bfile=|\.to_\w+\(|\bdump\(|savefig\(|\bsave\w*\(|\bcopy\w*\(|\bmove\(|\brename\(|\bremove\(|unlink\("
)
_MAKING = re.compile(r"\b(?:makedirs|mkdir)\((?!.*exist_ok=True)")


def _adds_to_files(statement: ast.stmt) -> bool:
    """Whether a module's statement that uses files leaves something else when it is executed again."""
    text = ast.unparse(statement)
    return bool(_WRITING.search(text) or (_MAKING.search(text) and not isinstance(statement, (ast.If, ast.Try))))


class LocalCode(Base):
    """The code of modules beside the notebook."""

    def import_module(self, name: str, span: Span, part: str = "") -> None:
        """A module is imported, or a part of it: it and the packages that it is in are run where nobody has imported them before."""
        self._import_draws(name, part, span)
        parts = name.split(".")
        if parts[0] in known.LOUD_IMPORTS and parts[0] not in self.missing and parts[0] not in self.local.trees:
            self.loud |= {parts[0], name}
            self._note_import(parts[0], span)
        for end in range(1, len(parts) + 1):
            module = ".".join(parts[:end])
            if module not in self.local.modules:
                continue
            self._note_import(module, span)
            if module not in self.scopes:
                self._run_module(module, span)

    def _note_import(self, module: str, span: Span) -> None:
        """A stage imports a module, which may show something where it is the first to do so."""
        for outer in self.importing:
            self.imports_of.setdefault(outer, set()).add(module)
        self.stage.modules.setdefault(module, span)
        certain = not (self.journals or self.maybe or self.guarded)
        self.first_imports.setdefault(module, FirstImport(module, self.stage.name, span, self.order, certain))
        if module in self.loud:
            self.prints += 1  # in the next stage, the same call may show nothing

    def _import_draws(self, module: str, part: str, span: Span) -> None:
        """A library that may draw when it is imported, from a generator that was seeded.

        Such an import stays where the notebook has it, where something is drawn after it.
        """
        root = module.split(".", maxsplit=1)[0]
        generators = drawn_by_import(root)
        if not generators or root in self.missing or root in self.local.trees:
            return
        if (self.frames or self.nested) and not self.importing:
            self._note_nested(module, part, root, span)
        if root in self.loaded:
            return
        if f"{module}.{part}".strip(".") not in known.QUIET_PARTS and not self.journals:
            self.loaded.add(root)
        for generator in generators:
            if generator in self.seeded and module in self.placed:
                self.effect(EffectKind.DRAW, generator, span)
            elif generator in self.seeded:
                self.undrawn.setdefault(generator, set()).update([module, *self.importing])

    def _note_nested(self, module: str, part: str, root: str, span: Span) -> None:
        if part:
            text, alias = f"from {module} import {part}", (module, part, part)
        else:
            text, alias = f"import {module}", (module, "", root)
        certain = not (self.journals or self.maybe)
        item = Item("import", None, text, span, self.stage.name, alias[2:], (), self.order, alias, pure=certain)
        self.stage.nested_imports.setdefault(text, item)

    def _run_module(self, name: str, span: Span) -> None:
        tree = self.local.modules[name].tree
        body = [s for s in tree.body if not (isinstance(s, ast.If) and "__name__" in ast.unparse(s.test))]
        declared = self._declared[name]
        names = frozenset(bound_names(body).union(declared))
        scope = self.scopes[name] = {
            MODULE: Value("str", const=name),
            SCOPE: Value("scope", self.regions.new("scope")),
        }
        kept = self.frames, self.site, self.budget, self.discard
        self.frames, self.site, self.budget = [Frame(scope, names, (), True, -1)], span, BUDGET
        if not self.importing:
            self.known_before = len(self.regions)
        self.importing.append(name)
        shown, plotted, changes, outer = self.prints, self.plotted, self.changes, self.effects_seen
        draws = self.seeded | {e.key for e in self.stage.effects if e.kind in RANDOM_KINDS}
        every: set[tuple[EffectKind, str]] = set()
        for statement in body:
            self.effects_seen = set()
            self.statement(statement)
            every |= self.effects_seen
            written = sorted(key for kind, key in self.effects_seen if kind is EffectKind.WRITE and key)
            if written and _adds_to_files(statement):
                self.lasting[name] = f"writes `{written[0]}`"
            if self._may_come_out_different(statement):
                self.volatile.setdefault(name, set()).update(bound_names([statement]))
        self.effects_seen = outer | every
        self.import_reads[name] = sorted(key for kind, key in every if kind is EffectKind.READ and key)
        if self.changes > changes or any(
            kind in RANDOM_KINDS and (key in draws if key else draws) for kind, key in every
        ):
            self.meddling.add(name)
        if self.prints > shown:
            self.loud.add(name)
        if self.plotted > plotted:
            self.lasting[name] = "leaves a figure"
        self.loud |= self.lasting.keys()
        self.importing.pop()
        self.frames, self.site, self.budget, self.discard = kept
        for other in declared:
            scope.setdefault(other, SCALAR)
        for changing in sorted(self.changing.get(name, ())):
            self._keep_state(scope.get(changing, SCALAR))
            self.gets_state |= changing in self.volatile.get(name, ())

    def _may_come_out_different(self, statement: ast.stmt) -> bool:
        """Whether a module's statement gives something else when it is run again: it asks a clock, draws, or reads what changes."""
        if any(kind in (EffectKind.CLOCK, EffectKind.DRAW) for kind, _ in self.effects_seen):
            return True
        body = statement.body if isinstance(statement, ast.ClassDef) else [statement]
        run = (s for s in body if not isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef)))
        if self.changes_environment and any(_ENVIRONMENT.search(ast.unparse(s)) for s in run):
            return True
        read = {key for kind, key in self.effects_seen if kind is EffectKind.READ and key}
        return any(key in text for key in read for text in self.cell_texts) or not self._said_in_functions.isdisjoint(
            read
        )

    @functools.cached_property
    def _said_in_functions(self) -> frozenset[str]:
        """The texts in what modules' functions do when they are called."""
        nodes = (
            node
            for module in self.local.modules.values()
            for definition in module.tree.body
            if isinstance(definition, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            for node in ast.walk(definition)
        )
        return frozenset(n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str))

    @functools.cached_property
    def _declared(self) -> dict[str, list[str]]:
        """Modules to the names that their functions bind by `global`."""
        return {
            name: sorted({n for node in ast.walk(module.tree) if isinstance(node, ast.Global) for n in node.names})
            for name, module in self.local.modules.items()
        }

    def _repeat_import(self, module: str, span: Span) -> None:
        """A stage that uses a module imports it, whoever imported it before: it reads what that reads."""
        if (self.stage.name, module) in self.module_stages or self.importing:
            return
        self.module_stages.add((self.stage.name, module))
        for key in self.import_reads.get(module, ()):
            self.effect(EffectKind.READ, key, span)

    @property
    def _state(self) -> Value:
        """All that changes of modules: what variables have of it is stored with it."""
        if self.members is None:
            self.members = self.regions.new("modules")
        return Value(MODULES, self.members)

    def _keep_state(self, value: Value) -> None:
        foreign = frozenset(n for n in value.code if not self.codes[n].module)
        self.attach(self._state, [replace(value, code=foreign)])
        if not self.opened.keys().isdisjoint(self.regions.reach(value.region)):  # importing the module opens it anew
            self.regions.link(self.members, self.regions.new("file"))
        for number in value.code if value.kind in ("function", "class") else ():
            for code in (self.codes[number], *(self.codes[n] for n in self.codes[number].methods.values())):
                self.regions.link(self.members, code.region)
                plain = (
                    self._is_plain_code(code) if not isinstance(code.node, ast.ClassDef) else not self._is_enum(code)
                )
                if not plain:
                    self.regions.link(self.members, self.regions.new("cache"))

    def changes_modules(self) -> bool:
        """Whether the statement that runs has changed the state of modules so far."""
        return self.members is not None and not self.step_mutates.isdisjoint(self.regions.reach(self.members))

    def note_state(self) -> None:
        """A statement is over: the stage hands the state of modules over if it changed it, or has parts of it now."""
        if self.members is None or self.stage.name.startswith("#"):
            return
        state = self.regions.reach(self.members)
        gets, self.gets_state = self.gets_state, False
        if self.changes_modules():
            self.change_hidden(MODULES, self.members, self.step_place)
            return
        bound = {b.value.region for n in self.step_binds if (b := self.env.get(n)) is not None and not b.items}
        if gets or any(not state.isdisjoint(self.regions.reach(region)) for region in self.step_mutates | bound):
            self.keep_hidden(MODULES, self.members, self.step_place)

    def module_object(self, value: Value) -> Value:
        """A module that is kept in an object: whoever gets it from there may change all that the module keeps."""
        if value.kind != "library":
            return value
        if value.dotted not in self.scopes:
            return Value(region=self.regions.new_function(value.dotted)) if acts(value.dotted) else value
        for name, member in self.scopes[value.dotted].items():
            if not name.startswith("#") and member.kind not in ("function", "class", "library", "builtin"):
                self.rebinds(value.dotted, name, member, self.step_place)
        codes = frozenset(n for member in self.scopes[value.dotted].values() for n in member.code)
        return Value("unknown", self.members, codes, part=True)

    def own_module(self) -> str:
        """The module whose code is run; empty for the notebook's own."""
        if not self.frames:
            return ""
        frame = self.frames[-1]
        return next((s[MODULE].const or "" for s in (frame.local, *frame.closure) if MODULE in s), "")

    def outside(self, name: str, module: str) -> Value:
        """A name in a module's code that the module does not bind."""
        if name in BUILTINS and name not in ("__name__", "__file__", "__doc__"):
            return Value("builtin", dotted=name)
        for source in reversed(self.module_stars.get(module, [])):
            return Value("library", dotted=canonical_name(f"{source}.{name}"))
        return SCALAR if name.startswith("__") else Value(region=self.regions.new())

    def resolve(self, module: str, level: int) -> str:
        """The full name of a module that is imported relatively to the one that is run."""
        own = self.own_module()
        if not level or not own:
            return "." * level + module
        up = level - self.local.modules[own].package
        package = own.split(".")[: len(own.split(".")) - up]
        return ".".join([*package, *([module] if module else [])])

    def imported(self, module: str, name: str, span: Span) -> Value | None:
        """What `from module import name` binds; `None` where the module is not one beside the notebook."""
        self.import_module(module, span, name)
        full = f"{module}.{name}"
        if full in self.local.modules and name not in self.scopes.get(module, ()):
            self.import_module(full, span)
            return Value("library", dotted=full)
        return self.member(module, name, span)

    def import_names(self, node: ast.ImportFrom) -> None:
        """`from a import b, c` inside a function, or in a module's code."""
        module = self.resolve(node.module or "", node.level)
        span = self.at(node)
        for alias in node.names:
            if alias.name == "*":
                self._import_all(module, span)
                continue
            dotted = canonical_name(f"{module}.{alias.name}")
            value = self.imported(module, alias.name, span) or Value("library", dotted=dotted)
            self.bind(alias_name(alias), value, span)

    def _import_all(self, module: str, span: Span) -> None:
        self.import_module(module, span)
        if module not in self.scopes:
            self.module_stars.setdefault(self.own_module(), []).append(module)
            return
        frame = self.frames[-1]
        every = self.public_members(module) or [n for n in self.scopes[module] if not n.startswith(("_", "#"))]
        frame.names |= set(every)
        for name in every:
            self.bind(name, self.scopes[module][name], span)

    def public_members(self, module: str) -> list[str] | None:
        """What a star import of a module binds; `None` where not all that is known."""
        if module not in self.scopes or self.module_stars.get(module):
            return None
        names = [n for n in self.scopes[module] if not n.startswith("#")]
        if "__all__" not in names:
            return [n for n in names if not n.startswith("_")]
        for node in self.local.modules[module].tree.body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
                listed = getattr(node.value, "elts", [])
                if all(isinstance(e, ast.Constant) and e.value in names for e in listed):
                    return [e.value for e in listed]
        return None

    def member(self, module: str, name: str, span: Span) -> Value | None:
        """The value of a module's variable; `None` where it is not known to have one."""
        scope = self.scopes.get(module, {})
        if name not in scope:
            return None
        self._repeat_import(module, span)
        self.use_member(module, name, span)
        return scope[name]

    def set_member(self, module: str, name: str, value: Value, span: Span) -> None:
        """A module's variable gets another value."""
        scope = self.scopes[module]
        scope[name] = self.join_values(scope[name], value) if name in scope else value
        self.rebinds(module, name, value, span)

    def rebinds(self, module: str, name: str, value: Value, span: Span) -> None:
        """A variable of a module was bound again, by whoever."""
        self.regions.link(self.scopes[module][SCOPE].region, value.region)
        if self.importing:
            return
        self.rebound_members.setdefault(module, set()).add(name)
        if name in self.changing.get(module, ()):
            self._keep_state(value)
            self.use_member(module, name, span)
            self.note_mutation(self.members or 0, span, name)

    def use_member(self, module: str, name: str, span: Span) -> None:
        """Code reads or binds a module's variable: its state is needed if it is among what changes."""
        if name in self.changing.get(module, ()) and not self.importing and not self.stage.name.startswith("#"):
            self.read_name(MODULES, span)
            if name in self.volatile.get(module, ()):
                self.gets_state = True

    def use_definitions(self, value: Value, span: Span) -> None:
        """The notebook's code reads a variable: its state is needed if it is a module's function or class that has some."""
        for number in value.code if value.kind in ("function", "class") else ():
            code = self.codes[number]
            if MODULE in (code.closure[0] if code.closure else ()) and not isinstance(code.node, ast.Lambda):
                self.use_member(code.module, code.node.name, span)

    def all_members(self, module: str, span: Span) -> Value:
        """All that code of a module may read, and may bind again where it says `global`: for code that is not followed."""
        if module not in self.whole_modules:
            scope = self.scopes[module]
            for name in self._declared[module]:
                self.rebinds(module, name, scope.get(name, SCALAR), span)
            for name in scope:
                self.use_member(module, name, span)
            found = [v for n, v in scope.items() if not n.startswith("#") and v.kind not in ("function", "class")]
            self.whole_modules[module] = Value(region=self.pack("unknown", found), part=True)
        return self.whole_modules[module]

    def changed_members(self) -> dict[str, frozenset[str]]:
        """Modules to those of their variables that change after the import."""
        found: dict[str, frozenset[str]] = {}
        for module, scope in self.scopes.items():
            names = {*self.rebound_members.get(module, ()), *self.volatile.get(module, ())}
            names |= {n for n, v in scope.items() if not n.startswith("#") and self._is_changed(v)}
            if names:
                found[module] = frozenset(names)
        return found

    def _is_changed(self, value: Value) -> bool:
        if value.kind in ("library", "builtin"):
            return False
        regions = {value.region}
        if value.kind in ("function", "class"):
            methods = {m for n in value.code for m in self.codes[n].methods.values()}
            regions |= {self.codes[n].region for n in value.code | methods}
        return any(not self.changed_late.isdisjoint(self.regions.reach(region)) for region in regions)
