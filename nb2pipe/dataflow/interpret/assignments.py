"""Statements that bind, change and delete."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import replace

from nb2pipe.dataflow import knowledge as known
from nb2pipe.dataflow.facts import Effect, EffectKind, Value
from nb2pipe.dataflow.interpret.base import Base
from nb2pipe.dataflow.interpret.model import SCALAR
from nb2pipe.dataflow.interpret.syntax import as_load, is_decorated, names_a_lambda, root_name
from nb2pipe.dataflow.scopes import free_names
from nb2pipe.diagnostics import Span


class Assignments(Base):
    """Statements that bind, change and delete."""

    def do_Assign(self, node: ast.Assign) -> None:
        self.discard, outer = False, self.discard
        value = self.eval(node.value)
        self.discard = outer
        if self._makes_context(node.value):
            value = Value("context", self.pack("context", [value]), value.code)
        if names_a_lambda(node) and not self.frames:
            for number in value.code:
                self.codes[number].name = root_name(node.targets[0])
                if self.codes[number].name in self.values:
                    value = self.own_value(self.codes[number], value)
        remembered = self.remembered(node.value)
        for target in node.targets:
            self.assign(target, value, self.at(target))
        self.remember(node.targets, remembered)

    def _makes_context(self, node: ast.expr) -> bool:
        """Whether a function made by `contextlib.contextmanager` is called: what it gives holds a generator."""
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in self.env:
            return False
        return any(is_decorated(self.codes[n].node, "contextmanager") for n in self.env[node.func.id].value.code)

    def do_AnnAssign(self, node: ast.AnnAssign) -> None:
        if not self.future_annotations:
            if not self.frames and any(isinstance(part, ast.Call) for part in ast.walk(node.annotation)):
                self.inline(self.at(node), "the annotation calls something, which it does not in a function")
            self.eval(node.annotation)
        if self.keeps_annotations and isinstance(node.target, ast.Name) and not self.frames:
            self._annotate(self.at(node))
        if node.value is not None:
            value, remembered = self.eval(node.value), self.remembered(node.value)
            self.assign(node.target, value, self.at(node.target))
            self.remember([node.target], remembered)

    def _annotate(self, span: Span) -> None:
        """The notebook's own `__annotations__`, which it reads somewhere, gets one more."""
        self.inline(span, "the notebook reads its annotations")
        if "__annotations__" not in self.env:
            self.bind("__annotations__", Value("dict", self.regions.new("dict")), span)
        elif (known := self.read_name("__annotations__", span)) is not None:
            self.mutate(known, span, "__annotations__")

    def do_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            old = self.load(ast.copy_location(ast.Name(node.target.id, ast.Load()), node.target))
        else:
            old = self.eval(as_load(node.target))
        value = self.eval(node.value)
        self.touch(old, self.at(node))
        if old.kind in ("scalar", "str"):
            const = old.const + value.const if old.const is not None and value.const is not None else None
            kind = old.kind if value.kind in ("scalar", "str") else "unknown"
            result = Value(kind, code=old.code | value.code, const=const)  # members of an enum give one again
            if value.kind not in ("scalar", "str"):
                result = (
                    Value(region=value.region, part=True)
                    if value.region is not None
                    else Value(region=self.regions.new())
                )
        else:
            if not self._is_setting(old, self.at(node), value):
                self.mutate(old, self.at(node), root_name(node.target))
            if old.kind not in known.TABLE_KINDS:
                self.attach(old, [value])
            result = replace(old, const=None, elements=None)
        remembered = self.remembered(ast.BinOp(node.target, node.op, node.value))
        self.assign(node.target, result, self.at(node.target))
        self.remember([node.target], remembered)

    def assign(self, target: ast.expr, value: Value, span: Span) -> None:
        """Binds a target, or changes the object that it is part of."""
        if isinstance(target, ast.Name):
            self.bind(target.id, value, span)
        elif isinstance(target, (ast.Tuple, ast.List)):
            self._assign_parts(target, value, span)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, Value("list", self.pack("list", [value])), span)
        elif isinstance(target, ast.Attribute):
            self._assign_attribute(target, value, span)
            if target.attr == "requires_grad":
                self.keep_gradients(target.value)
        elif isinstance(target, ast.Subscript) and (name := self._namespace_item(target)) is not None:
            self.bind(name, value, span)
        elif isinstance(target, ast.Subscript):
            self.look_up(target.value, binds=True)
            base = self.eval(target.value)
            key = self.eval(target.slice)
            if self._is_setting(base, span, value):
                return
            self.look_up_labels(value, span)  # a column is put where its labels are
            self.touch(base, span)
            if base.kind in ("ndarray", "unknown"):  # an array converts what it is given
                self.touch(value, span)
            self.mutate(base, span, root_name(target))
            if self.keeps_key(key) or (base.kind == "dict" and self._finds_objects(key)):
                self.attach(base, self.kept([key]))
            if base.kind != "ndarray" or value.kind in ("list", "dict", "set", "instance"):
                self.attach(base, self.kept([value]))

    def keeps_key(self, key: Value) -> bool:
        """Whether a container keeps an object with the key, whatever the container is."""
        return not known.KEPT_KEYS.isdisjoint((key.kind, *(part.kind for part in key.elements or ())))

    def _finds_objects(self, key: Value) -> bool:
        """Whether a key may be, or hold, an object of the notebook's, a NaN, or what `id` gave of one."""
        if key.region is None and not key.code:
            return False
        kinds = {self.regions.kind(r) for r in self.regions.reach(key.region)}
        return bool(self._classes_of(key)) or not kinds.isdisjoint((known.IDENTITY, known.NAN))

    def tell_apart(self, sought: Iterable[Value], *others: Value) -> None:
        """Values are looked for among others: objects without `__eq__` are told apart by which they are."""
        if found := [value for value in sought if self._finds_objects(value)]:
            for value in (*found, *others):
                self.stage.identity |= self.regions.reach(value.region)
                self.identities += 1

    def _assign_parts(self, target: ast.Tuple | ast.List, value: Value, span: Span) -> None:
        known_parts = value.elements
        starred = any(isinstance(e, ast.Starred) for e in target.elts)
        if known_parts is not None and len(known_parts) == len(target.elts) and not starred:
            for element, part in zip(target.elts, known_parts, strict=True):
                self.assign(element, part, self.at(element))
            return
        self.consume(value, span)
        self.touch(value, span)
        for element in target.elts:
            self.assign(element, self.element_of(value), self.at(element))

    def _assign_attribute(self, target: ast.Attribute, value: Value, span: Span) -> None:
        base = self.eval(target.value)
        if base.kind == "logger":
            self.set_up_logs([value], span)
            return
        if base.kind == "library" and base.dotted == "__main__":
            self.bind_in_notebook(target.attr, value, span, "`__main__` is the notebook")
            return
        if base.kind == "library" and base.dotted in self.scopes:
            self.set_member(base.dotted, target.attr, value, span)
            return
        if base.kind in ("library", "builtin"):
            self._is_setting(replace(base, dotted=f"{base.dotted}.{target.attr}"), span, value, force=True)
            return
        if base.dotted == "decimal.getcontext" and self._is_setting(base, span):
            return
        if base.kind == "shell":  # `get_ipython().ast_node_interactivity = "all"`
            self.set_for_process("IPython", f"IPython.{target.attr}", [value], span)
            return
        if base.kind in ("class", "function") or (base.kind == "scalar" and base.code):
            self.set_on_definition(base, target.attr, value, span, root_name(target))
            return
        self.set_on_object(base, target.attr, value, span, root_name(target))

    def set_on_object(self, base: Value, attribute: str, value: Value, span: Span, name: str = "") -> None:
        """An object gets an attribute, of an empty name where it is not known: properties, descriptors and `__setattr__` run."""
        for number in sorted(self.codes_of(base)):
            for key, method in self.methods_of(number).items():
                if key == f"{attribute}.setter" or (not attribute and key.endswith(".setter")):
                    for instance in self.instances(base, number):
                        self.apply_any(method, instance, value, span)
        descriptors = self.class_state(base, attribute) or Value()
        for number in sorted(descriptors.code):
            if (setter := self.find_method(number, "__set__")) is not None:
                given = Value("unknown", self.pack("unknown", [base, value]), part=True)
                self.apply_methods([setter], self.instances(descriptors, number), given, span)
        self.touch(base, span)
        self.note_stale_keys(base, attribute)
        self.mutate(base, span, name)
        self.attach(base, self.kept([value]))
        if attribute == "__dict__":  # its attributes are that dict's values from here on
            self.attach(value, [base])
            self.note_object_dict(base, value)

    def note_stale_keys(self, base: Value, attribute: str) -> None:
        """An attribute of which a hash is computed changes: tables that have the object keep it where it was put."""
        numbers = (self.find_method(n, "__hash__") for n in self._classes_of(base))
        nodes = [self.codes[n].node for n in numbers if n is not None]
        if not any(
            isinstance(n, ast.Attribute) and attribute in (n.attr, "") for node in nodes for n in ast.walk(node)
        ):
            return
        for region in range(len(self.regions)):
            if self.regions.kind(region) in ("dict", "set") and base.region in self.regions.parts(region):
                self.regions.link(region, self.regions.new("stale keys"))

    def set_on_definition(self, base: Value, attribute: str, value: Value, span: Span, name: str = "") -> None:
        """A class or function gets an attribute, of an empty name where it is not known."""
        for number in base.code:
            code = self.codes[number]
            self.note_mutation(code.region, span, code.name or name)
            self.regions.link(code.region, value.region)
            self.regions.add_code(code.region, value.code)
            if value.region is not None or value.code:
                code.state |= {attribute}

    def _is_setting(self, base: Value, span: Span, value: Value = SCALAR, *, force: bool = False) -> bool:
        """Whether the object is process-wide state of a library; then the change is a setting."""
        for held in sorted(self.regions.functions(base.region) & known.SETTING_TARGETS.keys()) if base.part else ():
            self.act(held, span)
        if base.kind != "library" and base.dotted != "decimal.getcontext":
            return False
        dotted = base.dotted
        if (root := dotted.split(".")[0]) in self.local.stateful:
            self.use_state(root, span)
            return True
        if dotted in ("sys.stdout", "sys.stderr"):
            self.inline(span, f"`{dotted}` is replaced")
            restored = value.dotted.startswith(("sys.std", "sys.__std"))
            self.replaced.pop(dotted, None)
            if not restored:
                self.replaced[dotted] = Effect(EffectKind.SETTING, dotted, span)
            return True
        if dotted == "sys.argv":
            self.inline(span, f"`{dotted}` is replaced")
            self.effect(EffectKind.SETTING, dotted, span)
            return True
        for prefix in sorted(known.SETTING_TARGETS, key=len, reverse=True):
            if dotted == prefix or dotted.startswith(prefix + "."):
                family = known.SETTING_TARGETS[prefix]
                if prefix in known.WHOLE_MODULES and dotted != prefix:  # an attribute that nobody hands over
                    family = dotted
                self.set_for_process(family, dotted, [value], span)
                return True
        if force or base.kind == "library":
            self.set_for_process(dotted, dotted, [value], span)
            return True
        return False

    def set_for_process(self, family: str, dotted: str, values: Iterable[Value], span: Span) -> None:
        """A setting; where it is a function that reads variables, not only as one that can be handed over."""
        self.effect(EffectKind.SETTING, family, span)
        pending = {n for v in values for n in self.codes_of(v)}
        if any(not self.is_closed(self.codes[n]) for n in pending):
            self.effect(EffectKind.SETTING, dotted, span)
        seen: set[int] = set()
        while pending:  # a library may call it whenever it likes
            number = pending.pop()
            seen.add(number)
            for name in sorted(free_names(self.codes[number].node).reads):
                value = self.read_name(name, span, hoisted=self.codes[number].hoisted)
                pending |= value.code - seen if value is not None else frozenset()

    def do_Delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                old = self.load(ast.copy_location(ast.Name(target.id, ast.Load()), target))
                self.finalize(old, self.at(target))
                frame = self.frames[-1] if self.frames else None
                if frame is not None and target.id in frame.names:
                    frame.local.pop(target.id, None)
                else:
                    self.stage.deleted[target.id] = self.at(target)
                    self.deleted[target.id] = self.at(target)
                    self.set_env(target.id, None)
            elif isinstance(target, (ast.Subscript, ast.Attribute)):
                base = self.eval(target.value)
                if isinstance(target, ast.Subscript):
                    self.eval(target.slice)
                if isinstance(target, ast.Attribute) and base.kind == "library" and base.dotted in self.scopes:
                    self.set_member(base.dotted, target.attr, SCALAR, self.at(target))
                elif not self._is_setting(base, self.at(target)):
                    self.touch(base, self.at(target))
                    self.mutate(base, self.at(target), root_name(target))
            elif isinstance(target, (ast.Tuple, ast.List)):
                self.do_Delete(ast.copy_location(ast.Delete(target.elts), node))
