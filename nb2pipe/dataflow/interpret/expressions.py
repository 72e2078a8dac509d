"""Expressions but attributes and calls."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from nb2pipe.dataflow import knowledge as known
from nb2pipe.dataflow.facts import Value, join_paths, join_texts
from nb2pipe.dataflow.interpret.base import Base
from nb2pipe.dataflow.interpret.model import SCALAR, Frame
from nb2pipe.dataflow.interpret.syntax import is_namespace, is_singleton, root_name
from nb2pipe.dataflow.scopes import target_names
from nb2pipe.diagnostics import Span

_FINITE = frozenset({"list", "tuple", "dict", "set", "range", "str", "ndarray", "Series", "DataFrame", "dict view"})
#: Kinds of values that Python may make once for all places of a code object that say the same.
_CONSTANTS = frozenset({"scalar", "str", "tuple", "bytes"})


def _is_one_of_a_kind(node: ast.expr) -> bool:
    """`None`, `True` and the like: there is one of it."""
    return isinstance(node, ast.Constant) and (node.value is None or node.value is ... or isinstance(node.value, bool))


class Expressions(Base):
    """Expressions but attributes and calls."""

    def eval(self, node: ast.expr) -> Value:
        """The value of any expression."""
        method = getattr(self, f"ev_{type(node).__name__}", None)
        if method is not None:
            result: Value = method(node)
            return result
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.eval(child)
        return Value(region=self.regions.new())

    def ev_Constant(self, node: ast.Constant) -> Value:
        if isinstance(node.value, str):
            if "__main__" in node.value[:-1]:
                self.inline(self.at(node), "`__main__` is the notebook")
                if node.value.startswith("__main__."):  # the name of a variable, as `mock.patch` takes it
                    self.read_name(node.value.split(".")[1], self.at(node))
            return Value("str", const=node.value)
        return SCALAR

    def ev_Name(self, node: ast.Name) -> Value:
        return self.load(node)

    def ev_JoinedStr(self, node: ast.JoinedStr) -> Value:
        parts: list[Value] = []
        kind = "str"
        for part in node.values:
            if isinstance(part, ast.Constant):
                parts.append(Value("str", const=str(part.value)))
            elif isinstance(part, ast.FormattedValue):
                value = self.test(part.value)
                self.show(value)
                kind = known.ADDRESS if self.text_says_where(value) else kind
                if part.format_spec is not None:
                    self.eval(part.format_spec)
                parts.append(value if part.format_spec is None and part.conversion == -1 else SCALAR)
        return join_texts(kind, parts)

    def ev_List(self, node: ast.List | ast.Set | ast.Tuple) -> Value:
        parts = tuple(value for e in node.elts for value in self.arguments(e))
        if isinstance(node, ast.Tuple):
            region = self.pack("tuple", self.kept(parts), always=False)
            kind = "scalar" if region is None else "tuple"
            return Value(kind, region, elements=None if any(p.spread for p in parts) else parts)
        kind = "list" if isinstance(node, ast.List) else "set"
        for part in parts if kind == "set" else ():
            self.touch(part, self.at(node))
        return Value(kind, self.pack(kind, self.kept(parts)))

    def ev_Dict(self, node: ast.Dict) -> Value:
        parts = [self.test(k) for k in node.keys if k is not None]
        for key, node_of_value in zip(node.keys, node.values, strict=True):
            value = self.eval(node_of_value)
            parts.append(value if key is not None else self.unpack(value, self.at(node)))
        return Value("dict", self.pack("dict", self.kept(parts)))

    def ev_Subscript(self, node: ast.Subscript) -> Value:
        if (name := self._namespace_item(node)) is not None:
            return self.load(ast.copy_location(ast.Name(name, ast.Load()), node))
        self.look_up(node.value, binds=False)
        base = self.eval(node.value)
        key = self.eval(node.slice)
        for number in sorted(base.code) if base.kind == "class" else ():
            getter = self.find_method(number, "__class_getitem__")
            if getter is not None:
                return self.apply(getter, [base, key], {}, self.at(node))
        self.touch(base, self.at(node))
        self.touch(key, self.at(node))
        if not (base.kind == "DataFrame" and isinstance(node.slice, (ast.Constant, ast.List))):  # of columns
            finds = isinstance(node.value, ast.Attribute) and node.value.attr in ("loc", "at")
            self.look_up_labels(base, self.at(node), sure=finds)
        if key.kind == "function" or (key.kind == "tuple" and self.codes_of(key)):  # pandas calls it with the table
            self.may_execute(key, self.at(node), [base])
        self.tell_apart([key], base)
        if self.keeps_key(key) and base.kind in ("dict", "unknown"):  # a defaultdict keeps what it is asked for
            self.attach(base, self.kept([key]))
        if base.kind == "memoryview" and isinstance(node.slice, ast.Slice):
            return base
        self.fill(base, self.at(node), root_name(node))
        if base.kind == "str":
            return Value("str")
        if base.kind == known.ADDRESS:
            return base
        if base.kind == "library" and base.dotted in known.ARRAY_MAKERS:
            return Value("ndarray", self.regions.new(), dotted="numpy")
        if base.kind == "library":
            if base.dotted == "sys.modules" and key.dotted == "__name__":
                return Value("library", dotted="__main__")
            in_modules = base.dotted == "sys.modules" and (key.const in self.scopes or key.const == "__main__")
            return Value("library", dotted=key.const or "" if in_modules else base.dotted)
        place = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if base.elements and isinstance(place, int) and -len(base.elements) <= place < len(base.elements):
            return base.elements[place]
        if base.kind == "DataFrame":
            if isinstance(node.slice, (ast.List, ast.Compare, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.ListComp)):
                return self._selected(base)
            if isinstance(node.slice, ast.Constant):
                return Value("Series", base.region, dotted=base.dotted, part=True)
        if isinstance(node.slice, (ast.Compare, ast.UnaryOp)) and base.kind in ("Series", "ndarray"):
            return self._selected(base)
        kind = (
            base.kind if isinstance(node.slice, ast.Slice) and base.kind in ("list", "ndarray", "tuple") else "unknown"
        )
        if base.kind in ("axes", "figure"):
            kind = "axes"
        if kind in ("list", "tuple"):
            inner = [Value(region=r, part=True) for r in self.regions.parts(base.region)]
            return Value(kind, self.pack(kind, inner if not base.part else [base]), base.code, base.dotted)
        return Value(kind, base.region, base.code, base.dotted, part=True)

    def _selected(self, table: Value) -> Value:
        """A new table of some of the rows or columns; objects in its cells are those of the old one."""
        region = self.regions.new(table.kind)
        for cell in self.cells_of(table):
            self.regions.link(region, cell)
        return self.with_axes(Value(table.kind, region, dotted=table.dotted), table)

    def ev_Slice(self, node: ast.Slice) -> Value:
        for part in (node.lower, node.upper, node.step):
            if part is not None:
                self.test(part)
        return SCALAR

    def ev_Starred(self, node: ast.Starred) -> Value:
        return self.unpack(self.eval(node.value), self.at(node))

    def ev_BinOp(self, node: ast.BinOp) -> Value:
        if isinstance(node.op, ast.Mod):
            self.look_up(node.right, binds=False)
        left, right = self.eval(node.left), self.eval(node.right)
        self.touch(left, self.at(node))
        self.touch(right, self.at(node))
        if isinstance(node.op, ast.Mod) and left.kind in ("str", "unknown"):
            self.show(right)
            self.fill(right, self.at(node))
        kinds = {left.kind, right.kind}
        if kinds & {known.ADDRESS, known.IDENTITY}:
            return Value(known.ADDRESS)
        if left.kind == "str" and (right.kind in ("str", "scalar") or isinstance(node.op, ast.Mod)):
            return join_texts("str", (left, right)) if isinstance(node.op, ast.Add) else Value("str")
        if isinstance(node.op, ast.Div) and "path" in kinds:
            return join_paths("path", (left, right))
        if kinds <= {"scalar", "str"}:
            return replace(SCALAR, code=left.code | right.code)
        if self.tensors and "unknown" in kinds and not kinds & {"list", "tuple", "str"}:
            # A tensor may remember what it was computed from.
            return Value(region=self.pack("unknown", (left, right)), part=True)
        fresh = {"DataFrame", "Series", "ndarray"}
        if kinds & fresh:
            kind = next(k for k in ("DataFrame", "Series", "ndarray") if k in kinds)
            return self.with_axes(Value(kind, self.regions.new(), dotted=left.dotted or right.dotted), left, right)
        if isinstance(node.op, (ast.Div, ast.FloorDiv, ast.Pow, ast.MatMult)) and "instance" not in kinds:
            return Value(region=self.regions.new(), dotted=left.dotted or right.dotted)
        both = left.kind if left.kind == right.kind else "unknown"
        if kinds in ({"list", "scalar"}, {"tuple", "scalar"}, {"list", "unknown"}) and isinstance(node.op, ast.Mult):
            both = next(k for k in ("list", "tuple") if k in kinds) if "scalar" in kinds else "unknown"
        if both in ("list", "tuple"):  # a new object with the same elements
            return Value(both, self.pack(both, [self.element_of(v) for v in (left, right) if v.kind == both]))
        region = self.pack(both, [left, right])
        return Value(both, region, dotted=left.dotted or right.dotted)

    def ev_UnaryOp(self, node: ast.UnaryOp) -> Value:
        value = self.eval(node.operand)
        self.touch(value, self.at(node))
        if isinstance(node.op, ast.Not) or value.kind in ("scalar", "str"):
            return replace(SCALAR, code=value.code)
        if self.codes_of(value) or (self.tensors and value.kind == "unknown"):
            return Value(region=self.pack("unknown", [value]), part=True)
        return self.with_axes(Value(value.kind, self.regions.new(), dotted=value.dotted), value)

    def ev_BoolOp(self, node: ast.BoolOp) -> Value:
        result = self.test(node.values[0])
        for other in node.values[1:]:
            holder: list[Value] = []
            self.branches([lambda o=other, h=holder: h.append(self.test(o)), lambda: None])  # type: ignore[misc]
            result = self.join_values(result, holder[0])
        return result

    def _perhaps(self, node: ast.expr) -> Value:
        """What is evaluated on some paths only: what it binds may not be bound."""
        if not any(isinstance(part, ast.NamedExpr) for part in ast.walk(node)):
            return self.eval(node)
        found: list[Value] = []
        self.branches([lambda: found.append(self.eval(node)), lambda: None])
        return found[0]

    def ev_IfExp(self, node: ast.IfExp) -> Value:
        self.test(node.test)
        results: list[Value] = []
        self.branches([lambda: results.append(self.eval(node.body)), lambda: results.append(self.eval(node.orelse))])
        return self.join_values(results[0], results[1])

    def _addressed_name(self, node: ast.expr) -> ast.Name | None:
        """The variable of which `id(…)` gives the address, where it holds a number, a text or another such object."""
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "id"):
            return None
        name = node.args[0] if node.args and isinstance(node.args[0], ast.Name) else None
        binding = self.env.get(name.id) if name is not None else None
        held = binding is not None and binding.value.region is None and not is_singleton(binding.value)
        return name if held else None

    def ask_which(self, one: Value, other: Value, span: Span) -> None:
        """Numbers and texts are told apart: Python makes equal ones of a function once, and each statement of a cell its own."""
        kinds = {one.kind, other.kind}
        if kinds == {"unknown"} and self.frames:  # most are objects
            return
        if kinds <= _CONSTANTS | {"unknown"} and not is_singleton(one) and not is_singleton(other):
            self.inline(span, "which of equal numbers or texts it is depends on how the code is compiled")

    def ev_Compare(self, node: ast.Compare) -> Value:
        if len(node.ops) == 1 and isinstance(node.ops[0], (ast.In, ast.NotIn)) and is_namespace(node.comparators[0]):
            name = self.eval(node.left).const
            if name is not None and not self.frames:  # `"name" in globals()`
                self.inline(self.at(node), f"`{ast.unparse(node.comparators[0])}` is the notebook's namespace")
                self.guarded += 1
                if name in self.env:
                    self.read_name(name, self.at(node))
                self.guarded -= 1
                return SCALAR
        for operator, part in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, (ast.In, ast.NotIn)):
                self.look_up(part, binds=False)
        values = [self.eval(node.left), self.eval(node.comparators[0])]
        values += map(self._perhaps, node.comparators[1:])
        for operator, container in zip(node.ops, values[1:], strict=True):
            if isinstance(operator, (ast.In, ast.NotIn)):
                self.move_on(container, self.at(node))
                self.look_up_labels(container, self.at(node))
        nodes = [node.left, *node.comparators]
        for op, left, right in zip(node.ops, range(len(values)), range(1, len(values)), strict=False):
            addressed = [self._addressed_name(nodes[i]) for i in (left, right)]
            if all(addressed):  # `id(s) == id(t)`
                self.refuse_foreign(
                    [n for n in addressed if n], "is compared by its address", self.at(node), told_apart=True
                )
            if isinstance(op, (ast.Is, ast.IsNot)) and not any(_is_one_of_a_kind(nodes[i]) for i in (left, right)):
                pair = [(nodes[i], values[i]) for i in (left, right)]
                self.ask_which(values[left], values[right], self.at(node))
                if any(v.region is None or v.kind == "library" for _, v in pair) and not any(
                    is_singleton(v) for _, v in pair
                ):
                    self.refuse_foreign(
                        [n for n, _ in pair],
                        "is compared by identity with a number or string",
                        self.at(node),
                        told_apart=True,
                    )
                for value in (values[left], values[right]):
                    if value.region is not None:
                        self.stage.identity |= self.regions.reach(value.region)
                        self.identities += 1
        equals = any(isinstance(op, (ast.Eq, ast.NotEq, ast.In, ast.NotIn)) for op in node.ops)
        if equals:
            self.tell_apart([v for v in values if v.kind in ("instance", "unknown", "tuple")], *values)
        given = [made for value in values for made in self.touch(value, self.at(node))]
        if given:
            return Value(region=self.pack("unknown", given), part=True)
        fresh = next((v.kind for v in values if v.kind in ("DataFrame", "Series", "ndarray")), "")
        if fresh or any(v.kind == "unknown" and v.region is not None for v in values):
            return self.with_axes(Value(fresh or "unknown", self.regions.new(), dotted=values[0].dotted), *values)
        return SCALAR

    def ev_NamedExpr(self, node: ast.NamedExpr) -> Value:
        value = self.eval(node.value)
        comprehension = [f for f in self.frames if f.code == -2]
        if comprehension:  # PEP 572: binds in the scope that contains the comprehension
            kept, self.frames = self.frames, [f for f in self.frames if f.code != -2]
            self.bind(node.target.id, value, self.at(node))
            self.frames = kept
        else:
            self.bind(node.target.id, value, self.at(node))
        return value

    def ev_Await(self, node: ast.Await) -> Value:
        if not self.frames:
            self.cell.awaits = True
            self.inline(self.at(node), "the cell awaits at top level")
        value = self.eval(node.value)
        if value.dotted == "asyncio.wait":  # it gives the tasks themselves
            return replace(self.element_of(value), dotted="")
        if (given := self.outcome(value)) is not None:
            return given
        return self.element_of(value) if value.region is not None else Value(region=self.regions.new())

    def started(self, values: Sequence[Value]) -> Value:
        """A task of asyncio: it keeps what its coroutine gives."""
        return Value(
            "awaited", self.pack("awaited", [self.element_of(v) if v.kind == "generator" else v for v in values])
        )

    def outcome(self, value: Value) -> Value | None:
        """What tasks of asyncio that a value is, or holds, give when they are over; `None` where there are none."""
        tasks = [r for r in self.regions.reach(value.region) if self.regions.kind(r) == "awaited"]
        if not tasks:
            return None
        inner = [
            Value(region=r) for task in tasks for r in self.regions.parts(task) if self.regions.kind(r) != "awaited"
        ]
        codes = frozenset(n for task in tasks for n in self.regions.code(task))
        return Value("unknown", self.pack("unknown", inner), codes, part=True)

    def ev_Yield(self, node: ast.Yield) -> Value:
        if node.value is not None:
            value = self.eval(node.value)
            if self.frames:
                self.frames[-1].returns.append(value)
        sent = Value(region=self.regions.new())
        if self.sends and self.frames:
            self.frames[-1].sent.append(sent)
        return sent

    def ev_YieldFrom(self, node: ast.YieldFrom) -> Value:
        given = self.unpack(self.eval(node.value), self.at(node))
        if self.frames:
            self.frames[-1].returns.append(given)
        return given

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Value:
        names: set[str] = set()
        for generator in node.generators:
            names |= {n.id for n in target_names(generator.target)}
            if generator.is_async and not self.frames:
                self.cell.awaits = True
                self.inline(self.at(node), "the cell awaits at top level")
        first = self.eval(node.generators[0].iter)
        frame = Frame({}, frozenset(names), self.closure(), bool(self.frames) and self.frames[-1].hoisted, -2)
        parts: list[Value] = []
        before = (len(self.stage.effects), self.changes, self.prints)
        finite = True
        self.frames.append(frame)
        with self.watch(wanted=isinstance(node, ast.GeneratorExp)) as seen:
            site, self.site = self.site, self.at(node)
            for number, generator in enumerate(node.generators):
                source = first if number == 0 else self.eval(generator.iter)
                finite &= source.kind in _FINITE
                self.assign(generator.target, self.unpack(source, self.at(node)), self.at(node))
                for condition in generator.ifs:
                    self.touch(self._perhaps(condition), self.at(condition))
            self.site = site
            for part in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
                parts.append(self._perhaps(part))
        self.frames.pop()
        if isinstance(node, ast.GeneratorExp):
            quiet = before == (len(self.stage.effects), self.changes, self.prints)
            lazy = finite and quiet and not self.sends
            return self.suspend("iterator" if lazy else "generator", [first], parts, seen)
        kind = {ast.ListComp: "list", ast.SetComp: "set", ast.DictComp: "dict"}[type(node)]
        return Value(kind, self.pack(kind, self.kept(parts)))

    ev_Set = ev_Tuple = ev_List
    ev_ListComp = ev_SetComp = ev_DictComp = ev_GeneratorExp = _comprehension
