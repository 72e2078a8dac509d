"""What objects refer to, which may change, and what they share."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterable, Sequence

from nb2pipe.dataflow import knowledge as known
from nb2pipe.dataflow.facts import Effect, EffectKind, Value
from nb2pipe.dataflow.interpret.base import Base
from nb2pipe.dataflow.interpret.model import CONSTRUCTORS, SCALAR, Code, span_of
from nb2pipe.dataflow.interpret.syntax import acts
from nb2pipe.diagnostics import Span

_HOLDERS = frozenset({"iterator", "rows", "list", "tuple", "set", "dict view"})
#: Kinds of what files can hold and whoever uses it moves on.
_GOING_ON = frozenset({"iterator", "rows", "database", "cursor", "engine", "zip file"})
#: Kinds of objects that are used up by whoever iterates over them, or over what was made of them.
_MOVING = frozenset({"generator", "iterator", "rows", "file", "open file"})
_CELL_KINDS = frozenset({"list", "dict", "set", "instance"})
#: Kinds that what is computed with an object does not get, so that its region does not say them.
_MARKED = frozenset({"opaque", "future", known.ADDRESS})
_IS_DISPLAY = re.compile(r"_repr_\w+_$|_ipython_display_$")
#: Methods that an operator, a subscript, a call of a built-in or a display runs.
_IS_SPECIAL = re.compile(rf"__|{_IS_DISPLAY.pattern}")
#: Kinds of containers.
_HOLDERS = frozenset({"list", "dict", "set", "tuple"})
_LOOSE_ROOTS = frozenset({"json", "copy", "pickle", "joblib", "collections", "itertools", "functools"})


#: What has an index, or is one.
_LABELLED = frozenset(["DataFrame", "Series", "Index"])


class Memory(Base):
    """What objects refer to, which may change, and what they share."""

    def at(self, node: ast.AST) -> Span:
        """The place of a node; inside followed functions, the place of the call."""
        return self.site or span_of(self.number, node)

    def mutate(self, value: Value, span: Span, name: str = "", *, deep: bool = False) -> None:
        """The value's own object may change; with `deep`, or for a part of another object, all that it reaches."""
        if value.region is None:
            return
        if not (deep or value.part):
            self.note_mutation(value.region, span, name)
            return
        noted, wholes = self.noted.setdefault(span, (set(), set()))
        regions = self.regions.changeable(value.region)
        if regions in wholes:
            return
        wholes.add(regions)
        new = regions - noted
        noted |= new
        for region in new:
            self.note_mutation(region, span, name)

    def note_mutation(self, region: int, span: Span, name: str) -> None:
        """Keeps the first and the last place that may change a region; what an import makes, it makes wherever it is repeated."""
        if self.importing and region >= self.known_before:
            return
        old = self.stage.mutated.get(region)
        self.stage.mutated[region] = (span, span, name) if old is None else (old[0], max(old[1], span), old[2])
        self.step_mutates.add(region)
        self.changed_late.add(region)
        if region in self.hidden and not self.stage.name.startswith("#"):
            self.keep_hidden(self.hidden[region], region, span)
        if (path := self.mapped.get(region, self.opened.get(region))) is not None:
            self.effect(EffectKind.WRITE, path, span)
        self.changes += 1
        if region in self.enclosed:
            code, place = self.enclosed[region]
            if place != self.step_place:
                self.note_mutation(code.region, span, code.name)
        for watch in self.watches:
            watch.changes.add(region)
        for held in self.object_dicts.get(region, ()):
            if held not in self.step_mutates:
                self.note_mutation(held, span, name)

    def note_object_dict(self, base: Value, value: Value) -> None:
        """An object has another one's dict for its attributes: the dict, and who keeps it, change with the object."""
        if base.region is not None:
            self.object_dicts.setdefault(base.region, set()).update(self.regions.reach(value.region) - {base.region})

    def mutate_fit(self, value: Value, span: Span, name: str) -> None:
        """An estimator is fitted: it and the estimators in it change, the data that it knows do not."""
        for region in self.regions.changeable(value.region, data=False):
            self.note_mutation(region, span, name)

    def mutate_unknown(self, value: Value, span: Span, name: str = "") -> None:
        """An unknown callee got the value: functions, classes and modules are not assumed to change."""
        if value.kind not in ("function", "class", "library", "builtin", "module"):
            self.mutate(value, span, name, deep=True)

    def pack(self, kind: str, values: Iterable[Value], *, always: bool = True) -> int | None:
        """A new object that refers to the values; `None` where nothing in it can change and `always` is off."""
        parts = [v for each in values if (v := self.module_object(each)).kind not in ("library", "builtin")]
        code = frozenset(c for v in parts for c in self.kept_code(v))
        inner = [v.region for v in parts if v.region is not None]
        if not always and not inner and not code:
            return None
        region = self.regions.new(kind)
        for part in inner:
            self.regions.link(region, part)
        self.regions.add_code(region, code)
        return region

    def attach(self, base: Value, values: Iterable[Value], *, reads_only: bool = False) -> None:
        """Objects of `base` keep the values."""
        if base.region is None:
            return
        owners = self.regions.circles(base.region) if base.part else (base.region,)
        for value in map(self.module_object, values):
            if value.kind in ("library", "builtin"):
                continue
            for owner in owners:
                self.regions.add_code(owner, self.kept_code(value))
                self.regions.link(owner, value.region, reads_only=reads_only)

    def kept_code(self, value: Value) -> frozenset[int]:
        """What an object that keeps the value refers to itself; to the function of a generator, only the generator does."""
        if value.kind != "generator" or value.region not in self.bodies:
            return value.code
        return value.code - {self.bodies[value.region]}

    def kept(self, values: Sequence[Value]) -> list[Value]:
        """What an object holds that is given these: also that no file can hold one of them, where only its kind says it."""
        return [*values, *(Value(region=self.regions.new(v.kind)) for v in values if v.kind in _MARKED)]

    def parts_of(self, value: Value) -> list[Value]:
        """What an object refers to directly."""
        return [Value(region=r) for r in self.regions.parts(value.region) if self.regions.kind(r) not in _MARKED]

    def mix(self, values: Sequence[Value]) -> int:
        """An unknown callee may make each of the values, and its result, refer to all of them."""
        region = self.pack("unknown", values)
        assert region is not None
        for value in values:
            if value.kind not in ("function", "class", "library", "builtin"):
                self.regions.link(value.region, region)
        return region

    def codes_of(self, value: Value) -> frozenset[int]:
        """The notebook's functions and classes that the value may refer to."""
        return value.code | self.regions.code(value.region)

    def join_values(self, a: Value, b: Value) -> Value:
        """Either of two values."""
        if a == b:
            return a
        for one, other in ((a, b), (b, a)):
            if one.kind == "library" and other.kind == "scalar" and not other.code:  # None where it is not installed
                return one
        if a.kind == b.kind == "library" and not self.scopes.keys().isdisjoint((a.dotted, b.dotted)):
            a, b = (v if (v := self.module_object(each)).kind != "library" else Value() for each in (a, b))
        if all(v.kind == "builtin" or v.dotted == known.TYPE for v in (a, b)):
            return Value("scalar", dotted=known.TYPE)
        kind = a.kind if a.kind == b.kind else "unknown"
        part = a.part or b.part
        if a.dotted != b.dotted and any(v.kind == "library" and acts(v.dotted) for v in (a, b)):
            return Value("unknown", self.pack("unknown", (a, b)), a.code | b.code, part=True)
        if a.region == b.region or a.region is None or b.region is None:
            region = a.region if b.region is None else b.region
        else:
            region, part = self.pack(kind, (a, b)), True
            if region is not None and kind in ("generator", "iterator"):
                self.either[region] = (a, b)
        return Value(
            kind,
            region,
            a.code | b.code,
            a.dotted if a.dotted == b.dotted else "",
            a.const if a.const == b.const else None,
            part=part,
        )

    def join_all(self, values: Sequence[Value]) -> Value:
        """Any of several values, at least one."""
        return functools.reduce(self.join_values, values)

    def effect(self, kind: EffectKind, key: str, span: Span, *, varies: bool = False) -> None:
        """Notes an effect; settings below a context manager that restores them are none."""
        if kind is EffectKind.SETTING and (self.restoring or not key):
            return
        if kind in (EffectKind.READ, EffectKind.WRITE) and self.changes_folder and not key.startswith("/"):
            key = ""  # from where it is seen differs
        if kind is EffectKind.SEED and self.journals:  # on some paths only: the old state may go on
            self.effect(EffectKind.DRAW, key, span)
        if kind is EffectKind.DRAW and self.undrawn:
            for generator in [key] if key else list(self.undrawn):
                self.meddling |= self.undrawn.pop(generator, set())
        elif kind is EffectKind.SEED:
            self.seeded.add(key)
            if not self.journals:
                self.undrawn.pop(key, None)
        if kind is EffectKind.READ and self.unflushed:
            self._check_flushed(key, span)
        self.effects_seen.add((kind, key))
        self.effects_done.append((kind, key))
        effect = Effect(kind, key, span, varies and bool(key))
        if not self.stage.effects or self.stage.effects[-1] != effect:
            self.stage.effects.append(effect)

    def set_loosely(self, family: str, span: Span) -> None:
        """A setting that no statement alone can repeat: what it is at the stage's end is handed over."""
        effect = Effect(EffectKind.SETTING, family, span)
        self.stage.effects.append(effect)
        self.stage.loose_settings.append(effect)

    def has_finalizer(self, value: Value) -> bool:
        """Whether a class of the notebook says what happens when the value goes away."""
        return any(self.find_method(n, "__del__") is not None for n in sorted(self.codes_of(value)))

    def finalize(self, value: Value, span: Span) -> None:
        """The last reference to the value may go: `__del__` runs."""
        for number in sorted(self.codes_of(value)):
            method = self.find_method(number, "__del__")
            if method is not None and number not in self.active:
                for instance in self.instances(value, number):
                    self.apply_any(method, instance, instance, span)

    def with_axes(self, made: Value, *sources: Value) -> Value:
        """A table made of others: it may have the very index and columns that they have."""
        for source in sources if self.names_axes or self.measures else ():
            if source.region is not None and made.region is not None and source.kind != "ndarray":
                if source.region not in self.axes:
                    self.axes[source.region] = self.regions.new("index")
                    self.regions.link(source.region, self.axes[source.region])
                self.regions.link(made.region, self.axes[source.region])
                self.axes.setdefault(made.region, self.axes[source.region])
        return made

    def look_up_labels(self, value: Value, span: Span, *, sure: bool = False) -> None:
        """An index that finds labels keeps how, which `df.info()` counts as memory of each table that has that index."""
        labelled = sure or value.kind in _LABELLED or value.region in self.axes
        if self.measures and value.region is not None and labelled:
            self.note_mutation(self.axes.get(value.region, value.region), span, "")

    def object_dict(self, base: Value) -> Value:
        """The dict that holds an object's attributes: what changes it changes the object."""
        return Value("object dict", self.pack("object dict", [base]), base.code, part=True)

    def _classes_of(self, value: Value) -> frozenset[int]:
        return frozenset(n for n in self.codes_of(value) if isinstance(self.codes[n].node, ast.ClassDef))

    def element_of(self, value: Value) -> Value:
        """An element, a part or an item of the value."""
        if value.kind in ("scalar", "range"):
            return SCALAR
        if value.kind == "iterator" and value.elements:  # of `enumerate`: pairs
            return Value("tuple", value.elements[1].region, elements=value.elements, part=True)
        if (given := self.given_by(value)) is not None:
            return given
        if value.region in self.either and value.kind in ("generator", "iterator") and not self.sends:
            return self.join_all([self.element_of(each) for each in self.either[value.region]])
        if value.kind == "str":
            return Value("str")
        if value.elements:
            return self.join_all(value.elements)
        if value.kind == "class" and value.code:  # of an enumeration, a member
            return self.join_all(
                [Value(region=self.codes[n].region, code=value.code, part=True) for n in sorted(value.code)]
            )
        kind = "axes" if value.kind in ("axes", "figure") else "str" if value.kind == "file" else "unknown"
        if kind == "str":
            return Value("str")
        if value.kind in ("cursor", "dataset"):
            return Value(region=self.regions.new())
        if value.kind in ("rows", "generator") and value.dotted in known.ROW_READERS:  # made for whoever takes it
            kind = known.ROW_READERS[value.dotted]
            return Value(kind, None if kind == "str" else self.regions.new(kind))
        if value.kind in ("socket", "connection", "database", "engine", "lock", "executor", "thread pool"):
            return value
        if value.dotted in known.FRESH_PARTS:
            own = self.regions.new()
            for cell in self.cells_of(value):
                self.regions.link(own, cell)
            return Value(region=own, dotted=value.dotted)
        if value.kind in known.UNSTORABLE_KINDS or value.kind in _HOLDERS:
            inner = self.parts_of(value)
            root, _, last = value.dotted.partition(".")
            if last.rpartition(".")[2] in known.FLAT_GENERATORS.get(root, ()):
                suspended = [self.suspended[r] for r in self.regions.parts(value.region) if r in self.suspended]
                inner = [part for part in inner if part.region not in self.suspended] + [s.gives for s in suspended]
            if value.kind in ("list", "tuple", "set") and not value.part and not inner and not self.codes_of(value):
                return Value("unknown")
            region = self.pack("unknown", inner)
            body = value.code - self.kept_code(value)  # of a generator: it does not come out of it
            self.regions.add_code(region, self.codes_of(value) - body)
            return Value(kind, region, value.code - body, value.dotted, part=True)
        return Value(kind, value.region, value.code, value.dotted, part=True)

    def consume(self, value: Value, span: Span) -> None:
        """Iterating over an iterator or a file moves it on; over what draws when it is taken, it draws."""
        self.move_on(value, span)
        self.may_shuffle(value, span)
        if self.drawing and not self.drawing.isdisjoint(self.regions.reach(value.region)):
            self.effect(EffectKind.DRAW, "numpy.random", span)

    def move_on(self, value: Value, span: Span) -> None:
        """Elements are taken out of an iterator, a generator or a file, where the value is one."""
        if value.kind in known.UNSTORABLE_KINDS or value.kind in _GOING_ON:
            self.mutate(value, span)
        if value.kind in _MOVING or value.dotted.startswith(("itertools.", "more_itertools.")):
            for region in sorted(self.regions.reach(value.region)):  # `zip` and others move what they were made of
                if self.regions.kind(region) in _MOVING:
                    self.note_mutation(region, span, "")
        self.resume(value, span)

    def may_shuffle(self, value: Value, span: Span) -> None:
        """Iterating over a `DataLoader` of PyTorch draws random numbers."""
        if self.tensors and value.kind == "unknown" and value.region is not None:
            self.effect(EffectKind.DRAW, "torch", span)

    def show(self, value: Value) -> None:
        """The value may be shown: a class, and an object without a `__repr__` of its own, say in which module it is."""
        kinds = {value.kind, self.regions.kind(value.region)} if value.region is not None else set()
        if not kinds.isdisjoint(("generator", "iterator")):
            self.inline(self.step_place, "a generator that is shown says in which function it was made")
        for number in sorted(self.codes_of(value)):
            code = self.codes[number]
            is_class, name = isinstance(code.node, ast.ClassDef), code.name or code.outer
            itself = value.kind == "class" or (
                value.kind in _HOLDERS and not self.regions.instances(value.region, number)
            )
            if is_class and name and (itself or self._shows_module(code)):
                self.shown.add(name)

    def text_says_where(self, value: Value) -> bool:
        """Whether the text of an object says where something is in memory."""
        if value.kind in (known.ADDRESS, known.IDENTITY):
            return True
        plain = (n for n in value.code if self.find_method(n, "__format__") is None)
        return value.kind == "instance" and any(self._shows_module(self.codes[n]) for n in plain)

    def _shows_module(self, code: Code) -> bool:
        if not isinstance(code.node, ast.ClassDef) or "dataclass" in " ".join(
            map(ast.unparse, code.node.decorator_list)
        ):
            return False
        if any(self.find_method(code.number, n) is not None for n in ("__repr__", "__str__")):
            return False
        return all(b.dotted in ("object", "abc.ABC") or any(self._shows_module(self.codes[n]) for n in b.code
                                                            if n != code.number) for b in code.bases)  # fmt: skip

    def touch(self, value: Value, span: Span) -> list[Value]:
        """An operator, a subscript or a display runs the special methods of the notebook's classes: what they give."""
        codes = self.codes_of(value)
        if not codes:
            return []
        with self.given_back() as given:
            self._run_special_methods(value, codes, span)
        # It comes out of the object as its elements do; of what `__iter__` gives, what that gives does.
        self.attach(value, [self.element_of(v) if v.kind in ("generator", "iterator") else v for v in given])
        return given

    def _run_special_methods(self, value: Value, codes: frozenset[int], span: Span) -> None:
        for number in sorted(codes):
            code = self.codes[number]
            if number in self.active or not isinstance(code.node, ast.ClassDef):
                continue
            own_methods = self.methods_of(number)
            methods = [m for name, m in own_methods.items() if _IS_SPECIAL.match(name) and name not in CONSTRUCTORS]
            self.stage.displays |= any(_IS_DISPLAY.match(name) for name in own_methods)
            if methods:
                self.apply_methods(methods, self.instances(value, number), value, span)
            for name in sorted(n for n in code.state if n[:2] == "__"):  # it was given to the class later
                if (special := self.class_state(value, name)) is not None:
                    self.may_execute(special, span, [value])

    def unpack(self, value: Value, span: Span) -> Value:
        """Iterates over a value to its end: an element."""
        self.consume(value, span)
        self.touch(value, span)
        return self.element_of(value)

    def fill(self, value: Value, span: Span, name: str = "") -> None:
        """A key is looked up: a `defaultdict` calls its factory and keeps what that gives."""
        if value.region is None or not self.filling or value.kind in ("list", "DataFrame", "Series", "ndarray"):
            return
        own = not value.part and (value.region in self.filling or value.kind == "dict")
        found = self.filling & ({value.region} if own else self.regions.reach(value.region))
        if not found:
            return
        with self.given_back() as given:
            self.may_execute(value, span, constructs=True)
        self.attach(value, given)
        for region in sorted(found):
            self.note_mutation(region, span, name)

    def copy_filling(self, copy: int, values: Iterable[Value]) -> None:
        """What is copied may be a `defaultdict`, or hold one."""
        if self.filling and any(not self.filling.isdisjoint(self.regions.reach(v.region)) for v in values):
            self.filling.add(copy)

    def instances(self, value: Value, number: int) -> list[Value]:
        """The instances of a class of the notebook that a value may be or reach."""
        code = frozenset({number})
        if value.kind == "instance" and number in value.code and not value.part:
            return [value]
        found = self.regions.instances(value.region, number)
        if not found:
            return [Value("instance", value.region, code, part=True)]
        circles: dict[int | None, list[int]] = {}
        for region in found:
            circles.setdefault(self.regions.circle(region), []).append(region)
        return [Value("instance", each[0], code, part=len(each) > 1) for each in circles.values()]

    def cells_of(self, value: Value) -> list[int]:
        """Objects that may stand in the cells of a table or an array: those below the containers that it was made of."""
        return [r for r in sorted(self.regions.reach(value.region)) if r != value.region and self._may_be_cell(r)]

    def _may_be_cell(self, region: int) -> bool:
        return self.regions.kind(region) in _CELL_KINDS

    def inner_of(self, values: Iterable[Value]) -> list[int]:
        """Objects inside of what a library copies, which the copy refers to as well."""
        found: dict[int, None] = {}
        for value in values:
            root = value.dotted.split(".")[0]
            if value.region is None or value.kind in ("function", "class", "library", "builtin"):
                continue
            if value.kind == "unknown" and not (
                root and root in known.ARGUMENT_SAFE_ROOTS and root not in _LOOSE_ROOTS
            ):
                found[value.region] = None
            found.update(dict.fromkeys(self.cells_of(value)))
        return list(found)
