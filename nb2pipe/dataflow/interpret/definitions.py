"""Functions and classes of the notebook."""

from __future__ import annotations

import ast
import functools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from nb2pipe.dataflow import knowledge as known
from nb2pipe.dataflow.facts import Value
from nb2pipe.dataflow.interpret.base import Base
from nb2pipe.dataflow.interpret.model import MODULE, SCALAR, SCOPE, Code, Frame
from nb2pipe.dataflow.interpret.syntax import acts, default_pairs, is_decorated, method_key, mutable_defaults, root_name
from nb2pipe.dataflow.scopes import DefinitionNode, bound_names, free_names, target_names
from nb2pipe.diagnostics import Span

#: Kinds of what decorators make of a function or class that is neither any more.
_OBJECTS = frozenset({"instance", "list", "dict", "set", "tuple"})

#: Functions of pandas and its relatives that give all their objects an attribute which is an object of a class.
_ACCESSOR = re.compile(r"\bregister_\w*accessor$")


class Definitions(Base):
    """Functions and classes of the notebook."""

    def do_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        code = self.define(node)
        value = Value("function", None if self._is_member() else self.closure_region(code), frozenset({code.number}))
        if code.name in self.values or (self.frames and not self._is_member()):
            value = self.own_value(code, value)
        self.keep_defaults(code, node.args)
        for argument in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]:
            if argument.annotation is not None and not self.future_annotations:
                self.eval(argument.annotation)
        if node.returns is not None and not self.future_annotations:
            self.eval(node.returns)
        for decorator in reversed(node.decorator_list):
            before = len(self.regions)
            value = self.decorate(decorator, value, node)
            self._enclose(code, before)  # variables of the decorator are the function's state
        self.bind(node.name, value, self.at(node))

    def _is_member(self) -> bool:
        """Whether what is defined is found by its name in a module beside the notebook."""
        return bool(self.frames) and MODULE in self.frames[-1].local

    def _enclose(self, code: Code, before: int) -> None:
        """What was made since there were so many regions is the definition's own, where it stands at top level."""
        if not self.frames:
            self.enclosed.update((r, (code, self.step_place)) for r in range(before, len(self.regions)))

    def own_value(self, code: Code, value: Value) -> Value:
        """A definition that is handed over as a value: its state is the value's memory."""
        self.regions.own[code.number] = code.region
        if value.region is not None:
            self.regions.link(code.region, value.region)
        return replace(value, region=code.region)

    def is_closed(self, code: Code, seen: frozenset[int] = frozenset()) -> bool:
        """Whether a function or class reads nothing that changes, so that a repeated one does the same."""
        if code.number in seen:
            return True
        free, seen = free_names(code.node), seen | {code.number}
        names = [n for n in free.reads if n in self.env and n not in self.stable]
        bound = [self.env[n].value for n in names]
        closed = all(v.kind in ("function", "class") and v.code for v in bound) and self._bound_once.issuperset(names)
        closed = closed and not free.writes
        return closed and all(self.is_closed(self.codes[n], seen) for v in bound for n in v.code)

    @functools.cached_property
    def _bound_once(self) -> frozenset[str]:
        """Names that one statement of the notebook binds, and no other."""
        counts = Counter(n for tree in self.trees for statement in tree.body for n in bound_names([statement]))
        return frozenset(n for n, count in counts.items() if count == 1)

    def _is_plain_code(self, code: Code) -> bool:
        node = code.node
        if isinstance(node, ast.ClassDef):
            hooks = any(
                self.find_method(code.number, n) is not None for n in ("__init_subclass__", "__class_getitem__")
            )
            kept = is_decorated(node, "jitclass") or any(b.dotted in known.KEEPING_BASES for b in code.bases)
            plain = code.metaclass is None and not hooks and not kept and not self._is_enum(code)
            bases = {n for b in code.bases for n in b.code if n != code.number}
            methods = [self.codes[n] for n in code.methods.values() if not isinstance(self.codes[n].node, ast.ClassDef)]
            return plain and all(map(self._is_plain_code, [*(self.codes[n] for n in bases), *methods]))
        if is_decorated(node, "cached_property"):
            return True
        return not any(is_decorated(node, word) for word in ("cache", "memoize", "dispatch", "register"))

    def keep_defaults(self, code: Code, spec: ast.arguments) -> None:
        """Evaluates the defaults of parameters; an object that can change stays the function's own state."""
        own = mutable_defaults(spec)
        for argument, default in default_pairs(spec):
            value = self.eval(default)
            codes = self.codes_of(value)
            code.held |= codes
            if argument in own:  # made by the definition: nobody else has it
                self.regions.add_code(code.region, codes)
                continue
            if codes or (value.region is not None and value.kind not in ("library", "builtin")):
                code.defaults[argument] = value
                self.regions.link(code.region, value.region)

    def has_library_decorator(self, node: ast.AST, names: str) -> bool:
        """Whether a function or class has a decorator of a library with one of the names, which `|` separates."""
        found = (d for d in getattr(node, "decorator_list", []) if re.match(rf"(\w+\.)?({names})\b", ast.unparse(d)))
        roots = [self.env.get(root_name(decorator)) for decorator in found]
        return any(root is not None and root.value.kind == "library" for root in roots)

    def decorate(self, decorator: ast.expr, value: Value, node: ast.AST) -> Value:
        """Applies a decorator: library ones give back what they got, the notebook's own are followed."""
        wrapper = self.eval(decorator)
        root = self.env.get(root_name(decorator))
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if root is not None and isinstance(called, ast.Attribute) and root.value.kind in ("function", "class"):
            for number in root.value.code:  # `@f.register` changes `f`
                self.note_mutation(self.codes[number].region, self.at(node), self.codes[number].name)
            return value
        if wrapper.kind == "function" and any(
            self.has_library_decorator(self.codes[n].node, "decorator") for n in wrapper.code
        ):
            return replace(value, kind="function", code=value.code | wrapper.code)  # it runs with each call
        if wrapper.kind in ("function", "class") and wrapper.code:
            result = self.call_code(wrapper, [value], {}, self.at(node))
            kind = result.kind if result.kind in _OBJECTS else "function"
            return replace(result, code=result.code | value.code, kind=kind)
        return value

    def do_ClassDef(self, node: ast.ClassDef) -> None:
        bases = tuple(self.eval(b) for b in node.bases)
        keywords = {k.arg or "**": self.eval(k.value) for k in node.keywords}
        code = self.define(node)
        code.bases = bases
        code.metaclass = keywords.pop("metaclass", None) or self._inherited_metaclass(bases)
        for parent in (*bases, *([code.metaclass] if code.metaclass is not None else [])):
            for number in sorted(parent.code):
                self.regions.link(code.region, self.codes[number].region)
        names = frozenset(bound_names(node.body))
        frame = Frame({}, names, self.closure(), code.hoisted, code.number)
        self.frames.append(frame)
        dataclass, before = is_decorated(node, "dataclass"), len(self.regions)
        self.defining += 1
        self.tables.clear()
        for statement in node.body:
            self.statement(statement)
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                method = self.codes[max(frame.local[statement.name].code, default=code.number)]
                for number in frame.local[statement.name].code:
                    if self.codes[number].node is statement:
                        method = self.codes[number]
                method.owner = code.number
                method.wrapper = self._wrapper_of(method, frame.local[statement.name])
                if method.wrapper is not None:  # the class holds what the decorator's variables hold
                    self.regions.link(code.region, method.wrapper.region)
                if frame.local[statement.name].kind not in _OBJECTS - {"instance"}:
                    code.methods[method_key(statement)] = method.number
            elif isinstance(statement, ast.Assign):
                assigned = {n.id for t in statement.targets for n in target_names(t)}
                maker = statement.value.func if isinstance(statement.value, ast.Call) else None
                is_property = isinstance(maker, ast.Name) and maker.id == "property"
                if is_property:
                    code.properties |= assigned
                for name in sorted(assigned):
                    made = frame.local.get(name, SCALAR)
                    if made.code and (is_property or (made.kind == "function" and maker is None)):
                        code.methods[name] = max(made.code)
            elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                code.fields += [v for n in [statement.target.id] if (v := frame.local.get(n)) is not None]
        self.defining -= 1
        code.state = frozenset(
            name
            for name, made in frame.local.items()
            if made.kind not in ("library", "builtin", "class")
            and name not in code.methods
            and made.dotted not in ("enum.auto", "dataclasses.field")
            and (made.region is not None or made.code)
            and not (dataclass and made.region is None)
        ).union(n for n, made in frame.local.items() if made.kind == "library" and acts(made.dotted))
        self.frames.pop()
        code.inner = {n: v for n, v in frame.local.items() if v.kind == "class" and v.code}
        for name, part in frame.local.items():
            if part.kind == "function" and name in code.state:  # `m = staticmethod(f)`
                self.regions.add_code(code.region, part.code)
            if part.kind not in ("function", "class", "library", "builtin"):
                self.regions.link(code.region, part.region)
            elif part.kind == "library" and acts(part.dotted):
                self.regions.link(code.region, self.module_object(part).region)
        inner = [self.codes[n].region for v in code.inner.values() for n in sorted(v.code) if not self.codes[n].name]
        for region in inner:  # what a class inside keeps is kept by this one
            self.regions.link(code.region, region)
        self._enclose(code, before)  # so is what a method keeps, in a cache or its decorator's variables
        value = Value("class", None, frozenset({code.number}))
        if code.name in self.values or (self.frames and not self._is_member()):
            value = self.own_value(code, value)
            self.regions.link(code.region, self.closure_region(code))
        self._announce_class(code, value, frame.local.values(), keywords, self.at(node))
        for decorator in reversed(node.decorator_list):
            wrapper, before = self.eval(decorator), len(self.regions)
            if isinstance(decorator, ast.Call) and _ACCESSOR.search(ast.unparse(decorator.func)):
                self.accessors |= {n: value for a in decorator.args if (n := self.eval(a).const) is not None}
            if wrapper.kind in ("function", "class") and wrapper.code:
                result = self.call_code(wrapper, [value], {}, self.at(node))
                if result.kind in _OBJECTS or (result.kind in ("class", "function") and result.code - value.code):
                    value = replace(result, code=result.code | value.code)
                    if code.name in self.values:
                        value = self.own_value(code, value)
                self._enclose(code, before)
        self.bind(node.name, value, self.at(node))

    @staticmethod
    def _wrapper_of(method: Code, decorated: Value) -> Value | None:
        """What is called where the method is, if decorators of the notebook made something else of it."""
        if decorated.kind == "instance":
            return decorated
        others = decorated.code - {method.number}
        return replace(decorated, code=others) if others and decorated.kind == "function" else None

    def _inherited_metaclass(self, bases: Sequence[Value]) -> Value | None:
        return next((m for b in bases for n in sorted(b.code) if (m := self.codes[n].metaclass) is not None), None)

    def _announce_class(
        self, code: Code, value: Value, parts: Iterable[Value], keywords: dict[str, Value], span: Span
    ) -> None:
        """Making a class runs `__init_subclass__` of its bases, the methods of its metaclass and `__set_name__` of what it has."""
        for part in parts:
            for number in sorted(part.code if part.kind == "instance" else ()):
                if (hook := self.find_method(number, "__set_name__")) is not None:
                    self.apply(hook, [part, value, Value("str")], {}, span)
        for base in code.bases:
            for number in sorted(base.code):
                hook = self.find_method(number, "__init_subclass__")
                if hook is not None:
                    self.apply(hook, [value], keywords, span)
        for number in sorted(code.metaclass.code) if code.metaclass is not None else ():
            for name in ("__new__", "__init__"):
                hook = self.find_method(number, name)
                if hook is not None:
                    self.apply(hook, [code.metaclass or value, SCALAR, Value(), Value()], keywords, span)

    def closure(self) -> tuple[dict[str, Value], ...]:
        """The scopes that a definition made here can see; class bodies are not among them."""
        if not self.frames:
            return ()
        frame = self.frames[-1]
        if frame.code >= 0 and isinstance(self.codes[frame.code].node, ast.ClassDef):
            return frame.closure
        return (frame.local, *frame.closure)

    def define(self, node: DefinitionNode | ast.Lambda) -> Code:
        """Registers a function, lambda or class."""
        name = "" if isinstance(node, ast.Lambda) or self.frames else node.name
        hoisted = name in self.hoisted if name else bool(self.frames) and self.frames[-1].hoisted
        code = Code(len(self.codes), node, self.closure(), name, hoisted, self.regions.new(), module=self.own_module())
        around = self.frames[0].code if self.frames else -1
        if around >= 0:
            code.outer = self.codes[around].name or self.codes[around].outer
            in_classes = all(f.code >= 0 and isinstance(self.codes[f.code].node, ast.ClassDef) for f in self.frames)
            if in_classes and not isinstance(node, ast.Lambda):
                code.within = around
        self.codes.append(code)
        return code

    def closure_region(self, code: Code) -> int | None:
        """The region of the variables that an inner function keeps from the function around it."""
        for scope in code.closure[:1]:
            if SCOPE not in scope:
                region = self.regions.new("scope")
                for value in list(scope.values()):
                    self.attach(Value("scope", region), [value])
                scope[SCOPE] = Value("scope", region)
            return scope[SCOPE].region
        return None

    def ev_Lambda(self, node: ast.Lambda) -> Value:
        code = self.define(node)
        self.keep_defaults(code, node.args)
        return Value("function", self.closure_region(code), frozenset({code.number}))

    def find_method(self, number: int, name: str) -> int | None:
        """The method of a class of the notebook, looked up along its bases."""
        code = self.codes[number]
        if not isinstance(code.node, ast.ClassDef):
            return None
        if name in code.methods:
            return code.methods[name]
        for base in code.bases:
            for other in sorted(base.code):
                if other != number:
                    method = self.find_method(other, name)
                    if method is not None:
                        return method
        return None

    do_AsyncFunctionDef = do_FunctionDef
