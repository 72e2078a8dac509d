"""Attributes of objects, classes and modules."""

from __future__ import annotations

import ast
import functools
import itertools
from collections.abc import Iterable
from dataclasses import replace

from nb2pipe.dataflow import knowledge as known
from nb2pipe.dataflow.facts import Value
from nb2pipe.dataflow.interpret.base import Base
from nb2pipe.dataflow.interpret.model import SCALAR, Code
from nb2pipe.dataflow.interpret.syntax import canonical_name, identifiers_in, is_decorated, is_property
from nb2pipe.dataflow.scopes import bound_names
from nb2pipe.diagnostics import Span

_NOTHING = ast.Lambda(
    ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[]), ast.Constant(None)
)

#: Functions that make classes, with the names of their objects' attributes in texts or keywords.
_MAKING_CLASSES = frozenset({"namedtuple", "make_dataclass", "NamedTuple", "TypedDict", "type", "define", "make_class"})


class Attributes(Base):
    """Attributes of objects, classes and modules."""

    def ev_Attribute(self, node: ast.Attribute) -> Value:
        base = self.eval(node.value)
        if node.attr in ("__traceback__", "flags", "__array_interface__", "tb_frame") or (
            node.attr == "base" and base.kind in ("ndarray", "unknown") and base.dotted.startswith("numpy")
        ):
            self.refuse_foreign([node.value], f"is asked for `.{node.attr}`", self.at(node))
        if node.attr in ("__array_interface__", "ctypes") and base.kind in ("ndarray", "unknown"):
            return Value(known.ADDRESS)
        changes = node.attr in known.CHANGING_METHODS and base.region is not None
        if changes and base.kind not in ("class", "function") and not self._has_method(base, node.attr):
            return self.bound_method(base, node.attr)
        return self.attribute(base, node.attr, self.at(node))

    def attribute(self, base: Value, name: str, span: Span) -> Value:
        """The value of an attribute."""
        if base.kind in ("library", "builtin"):
            if base.dotted == "sys" and name.startswith("last_"):
                self.refuse_history(f"sys.{name}", span)
            if (base.dotted, name) == ("sys", "modules") and not self.own_module():
                self._read_imports(span)
            if base.dotted in self.local.stateful:
                self.use_state(base.dotted, span)
            if base.dotted == "__main__" and name == "__dict__":
                self.dynamic(span, "`__main__.__dict__`", binds=True)
                return Value("dict", self.everything(), part=True)
            if base.dotted == "__main__" and name in self.env:
                self.inline(span, "`__main__` is the notebook")
                return self.read_name(name, span) or Value()
            if (found := self.member(base.dotted, name, span)) is not None:
                return found
            if (base.dotted, name) == ("logging", "root"):
                return self.call_logging("getLogger", [], {}, span) or Value()
            return Value("library", dotted=canonical_name(f"{base.dotted}.{name}"))
        if base.kind == known.ADDRESS:
            return base
        if base.kind == "shell":
            self.use_shell(name, span)
        if base.kind == "opaque":
            base = replace(base, kind="unknown")
        if base.kind == "logger":
            plain = name in ("name", "level", "propagate", "disabled")
            return SCALAR if plain else replace(base, kind="logger" if name in ("parent", "root") else "unknown")
        if name == "__qualname__":
            self.inline(span, "`__qualname__` names the function that a definition stands in")
        if name == "__module__":
            self.shown |= {c.name for c in (self.codes[n] for n in base.code) if c.name}
            self.show(replace(base, kind="class" if self._classes_of(base) else base.kind))
        if base.kind in ("class", "function"):
            if name in ("__name__", "__qualname__", "__doc__"):
                return Value("str")
            if name == "__self__" and base.dotted == "#bound":
                return Value("unknown", base.region, part=True)
            if name in ("cache_info", "cache_clear"):
                for number in base.code:
                    self.note_mutation(self.codes[number].region, span, self.codes[number].name)
            for number in sorted(base.code):
                method = self.find_method(number, name)
                if method is not None:
                    return Value("function", self.regions.own.get(number), frozenset({method}))
            if (inner := self.inner_class(base, name)) is not None:
                return inner
            self._use_classes(base.code)
            code = self.codes[min(base.code)] if base.code else None
            if code is not None and self._is_enum(code):
                return self.class_state(base, name) or Value("scalar", code=base.code)
            return Value(region=code.region if code else None, code=base.code, part=True)
        if name == "__class__" and (classes := self._classes_of(base)):
            return Value("class", None, classes)
        if name == "__class__" and not self.may_be_set_on_objects(name):
            return Value("scalar", dotted=known.TYPE)
        state = self.class_state(base, name)
        for number in sorted(self.codes_of(base)):
            method = self.find_method(number, name)
            if method is not None:
                node = self.codes[method].node
                made = name in self.codes[number].properties
                if made or any(is_property(d) for d in getattr(node, "decorator_list", [])):
                    return self._read_property(method, base, span)
                if state is not None or self.is_set_on_objects(name):
                    region = self.pack("unknown", [base, state or base])
                    return Value(region=region, code=base.code | {method}, part=True)
                return Value("function", base.region, frozenset({method}), dotted="#bound")
            if (fallback := self.find_method(number, "__getattr__")) is not None and base.kind == "instance":
                return self.join_values(
                    self.apply(fallback, [base, Value("str", const=name)], {}, span),
                    Value(region=base.region, part=True),
                )
        if (inner := self.inner_class(base, name)) is not None and not self.may_be_set_on_objects(name):
            return inner
        if state is not None:
            own = Value(region=base.region, code=base.code, part=True)
            certain = base.kind == "instance" and not base.part and not self.may_be_set_on_objects(name)
            return state if certain else self.join_values(own, state)
        array = base.kind == "ndarray" or base.dotted.startswith("numpy.")
        if (name == "flags" and (array or base.kind in known.TABLE_KINDS)) or (name == "data" and array):
            kind = "memoryview" if name == "data" else "opaque"
            return Value(kind, self.pack(kind, [base]), dotted=base.dotted, part=True)
        if (accessor := self.accessors.get(name)) is not None and base.kind != "instance":
            if not all(self.is_closed(self.codes[n]) for n in accessor.code):
                self.inline(span, f"`.{name}` is of a class that reads variables of the notebook")
            return self.call_code(accessor, [base], {}, span)
        if base.kind == "rng":
            return base
        if self._is_scalar(base, name):
            return SCALAR
        if name == "__dict__":
            return self.object_dict(base)
        if name == "flat" and base.region is not None and base.kind not in ("axes", "figure"):
            return Value("array iterator", self.pack("array iterator", [base]), dotted="numpy", part=True)
        if name in known.PAGE_ITERATORS and base.dotted.startswith("bs4."):
            return Value("generator", self.pack("generator", [base]))
        if name == "style" and base.kind == "DataFrame":
            return Value("styler", self.pack("styler", [base]), dotted=base.dotted)
        if name == "style" and base.kind == "unknown" and base.dotted.split(".")[0] in ("", "pandas"):
            return replace(base, kind="styler", part=True)  # of a table perhaps, or a part of any other object
        for region in self._foreign_in(base):  # a property may keep what it computed
            self.note_mutation(region, span, "")
        kind = {"values": "ndarray", "T": base.kind}.get(name, "unknown")
        if base.kind in ("axes", "figure"):
            kind = "axes"
        return Value(kind, base.region, base.code, base.dotted, part=True)

    def _is_scalar(self, base: Value, name: str) -> bool:
        """Whether an attribute is a number, a text or another object that cannot change."""
        if base.kind in known.SCALAR_ATTRIBUTES_OF:
            return name in known.SCALAR_ATTRIBUTES_OF[base.kind]
        if base.kind == "instance" or base.dotted.startswith(known.OPEN_OBJECTS):
            return False
        if name not in known.SCALAR_ATTRIBUTES:
            return False
        given = self.may_be_set_on_objects(name) or name in self._fields or self._classes_of(base)
        return name.startswith("__") or not given

    @functools.cached_property
    def _fields(self) -> frozenset[str]:
        """Names that the notebook gives attributes of objects where it makes them or their classes."""
        found: set[str] = set()
        for node in itertools.chain.from_iterable(map(ast.walk, self.trees)):
            if isinstance(node, ast.ClassDef):
                found |= bound_names(node.body)
            elif isinstance(node, ast.Call):
                called = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if called[:1].isupper() or called in _MAKING_CLASSES:
                    found |= {k.arg for k in node.keywords if k.arg}
                if called in _MAKING_CLASSES:
                    texts = (
                        p.value for p in ast.walk(node) if isinstance(p, ast.Constant) and isinstance(p.value, str)
                    )
                    found |= {word for text in texts for word in identifiers_in(text)}
        return frozenset(found)

    def _read_imports(self, span: Span) -> None:
        """Which modules are loaded is asked for: those that the notebook has imported are."""
        self.inline(span, "`sys.modules` has what is imported, used or not")
        for name, binding in sorted(self.env.items()):
            if binding.value.kind == "library":
                self.read_name(name, span)

    def use_shell(self, name: str, span: Span) -> None:
        """A part of IPython's shell that knows the notebook's names, or the numbers of its cells."""
        if name in known.SHELL_NAMES:
            self.dynamic(span, f"`{name}`", binds=name != "ev")
        if name in known.SHELL_NAMES or name == "execution_count":
            self.stage.inputs = True

    def _foreign_in(self, value: Value) -> list[int]:
        """Regions of objects of libraries of which nothing is known, where the value may be one."""
        if not self.foreign or value.kind != "unknown" or value.region is None:
            return []
        root = value.dotted.split(".")[0]
        if root in known.ARGUMENT_SAFE_ROOTS:
            return []
        return sorted(self.foreign & self.regions.reach(value.region))

    def _use_classes(self, numbers: Iterable[int]) -> None:
        """Code reads what classes keep: the state of the modules beside the notebook that have them is needed."""
        for code in (self.codes[number] for number in numbers):
            if code.module and isinstance(code.node, ast.ClassDef):
                self.use_member(code.module, code.node.name, self.step_place)

    def class_state(self, value: Value, name: str) -> Value | None:
        """An attribute of classes that can change, of the notebook's classes of which the value may be an instance."""
        if value.kind in ("DataFrame", "Series", "ndarray", "str"):
            return None
        classes = [n for c in sorted(self.codes_of(value)) for n in self.lineage(c)]
        owners = [n for n in classes if not self.codes[n].state.isdisjoint((name, ""))]
        if not owners:
            return None
        self._use_classes(owners)
        regions = [Value(region=self.codes[n].region) for n in dict.fromkeys(owners)]
        codes = value.code.union(*(self.regions.code(r.region) for r in regions))
        return Value(region=self.pack("unknown", regions), code=codes, part=True)

    def inner_class(self, value: Value, name: str) -> Value | None:
        """A class that stands in the class of which the value may be an instance."""
        numbers = [n for c in sorted(self.codes_of(value)) for n in self.lineage(c) if name in self.codes[n].inner]
        return self.join_all([self.codes[n].inner[name] for n in numbers]) if numbers else None

    def lineage(self, number: int) -> list[int]:
        """A class and its bases."""
        bases = self.codes[number].bases
        return [number, *(each for b in bases for n in sorted(b.code) if n != number for each in self.lineage(n))]

    def methods_of(self, number: int) -> dict[str, int]:
        """A class's methods, those of its bases too."""
        if (known := self.tables.get(number)) is not None:
            return known
        found: dict[str, int] = {}
        for each in self.lineage(number):
            for name, method in self.codes[each].methods.items():
                found.setdefault(name, method)
        if not self.defining:
            self.tables[number] = found
        return found

    def base_names(self, number: int) -> frozenset[str]:
        """Dotted names of what libraries have among the bases of a class, its bases' own too."""
        return frozenset(base.dotted for each in self.lineage(number) for base in self.codes[each].bases)

    def is_set_on_objects(self, name: str) -> bool:
        """Whether the notebook's text sets an attribute of that name on any object."""
        if self.stored is None:
            nodes = list(itertools.chain.from_iterable(ast.walk(tree) for tree in self.trees))
            self.stored = frozenset(
                n.attr for n in nodes if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)
            )
            self.stores_any = any(
                (isinstance(n, ast.Name) and n.id in ("setattr", "vars"))
                or (isinstance(n, ast.Attribute) and n.attr == "__dict__")
                for n in nodes
            )
        return name in self.stored

    def may_be_set_on_objects(self, name: str) -> bool:
        """The same, or by means that do not name it."""
        return self.is_set_on_objects(name) or self.stores_any

    def _is_enum(self, code: Code) -> bool:
        return any(b.dotted.startswith("enum.") for n in self.lineage(code.number) for b in self.codes[n].bases)

    def _read_property(self, method: int, base: Value, span: Span) -> Value:
        result = self.apply(method, [base], {}, span)
        if is_decorated(self.codes[method].node, "cached_property"):
            self.mutate(base, span)
            self.attach(base, [result])
        return result

    def _has_method(self, value: Value, name: str) -> bool:
        return any(self.find_method(n, name) is not None for n in sorted(self.codes_of(value)))

    def bound_method(self, base: Value, name: str) -> Value:
        """A library's method that changes its object, kept to be called later by whoever gets it."""
        code = Code(len(self.codes), _NOTHING, (), "", False, self.regions.new(), bound=base)
        self.codes.append(code)
        region = self.pack("unknown", [base])
        self.regions.add_code(region, frozenset({code.number}))
        return Value("unknown", region, frozenset({code.number}), part=True)
