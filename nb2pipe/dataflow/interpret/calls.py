"""Calls: which callee, and the notebook's own functions followed into their bodies."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from nb2pipe.dataflow import knowledge as known
from nb2pipe.dataflow.facts import EffectKind, Value
from nb2pipe.dataflow.interpret.base import Base
from nb2pipe.dataflow.interpret.model import CONSTRUCTORS, MODULE, SCALAR, Code, Frame, Texts
from nb2pipe.dataflow.interpret.syntax import (
    acts,
    attributes_used,
    canonical_name,
    changes_argument,
    is_decorated,
    is_unknown_library,
    mutable_defaults,
    root_name,
    setting_of,
    shows_its_end,
)
from nb2pipe.dataflow.scopes import (
    FunctionNode,
    argument_names,
    function_body_free,
    imported_modules,
    local_names,
    own_nodes,
    runs_later,
)
from nb2pipe.diagnostics import Diagnostic, Span

_TURNS = 4  # how often the body of a function that calls itself is followed
_DEEP = 12  # calls in calls that are followed as long as the budget allows
_DEEPEST = 40  # those that are followed at all
_FEW = 50  # functions that may be called, after which all that are followed are looked at
_REPEATS = 4  # how often code that a value carries is followed in one statement
_PLACES = 5  # how many arguments `*values` stands for where a library's function is called
#: What a module's function with one of these names may read is not in its text.
_SEES_ALL = frozenset({"globals", "locals", "vars", "eval", "exec", "__import__"})
_MAGIC_CALLS = frozenset({"run_line_magic", "run_cell_magic", "system", "getoutput"})


class Calls(Base):
    """Calls: which callee, and the notebook's own functions followed into their bodies."""

    def ev_Call(self, node: ast.Call) -> Value:
        discard, self.discard = self.discard, False
        span = self.at(node)
        receiver: Value | None = None
        self._look_up_in_call(node)
        if isinstance(node.func, ast.Attribute):
            receiver = self.eval(node.func.value)
        else:
            callee = self.eval(node.func)
        args = [value for a in node.args for value in self.arguments(a)]
        keywords = {k.arg or f"**{i}": self.eval(k.value) for i, k in enumerate(node.keywords)}
        self.discard = discard
        values = [*args, *keywords.values()]
        for value in values:
            self.write_stream(value, span)
            self.call_back(value, values, span)
            self.draw_from(value, span)
        if receiver is not None and receiver.kind not in ("list", "dict", "set", "tuple", "rng", "str", "library"):
            self.draw_from(receiver, span)
        names = self.string_names(node, values, span)
        if any(a.spread for a in args) and (receiver or callee).kind in ("library", "builtin"):
            args = self._spread_out(args)
        with self.given_back() as given:
            if receiver is not None:
                assert isinstance(node.func, ast.Attribute)
                result = self.call_attribute(node, receiver, node.func.attr, args, keywords, span)
            elif callee.kind == "builtin":
                result = self.call_builtin(node, callee.dotted, args, keywords, span)
            else:
                result = self.call_value(node, callee, args, keywords, span)
        if given and not self.discard and result.kind not in ("scalar", "str"):
            result = replace(result, region=self.pack(result.kind, [result, *given]), part=True)
        if "out" in keywords and keywords["out"].region is not None:  # NumPy's functions give back what they write to
            result = self.join_values(result, keywords["out"])
        self.regions.add_texts(result.region, names)
        return result

    @contextmanager
    def given_back(self) -> Iterator[list[Value]]:
        """What functions of the notebook that are called below give back to whoever calls them."""
        outer, self.called_back = self.called_back, []
        yield self.called_back
        self.called_back = outer

    def _spread_out(self, args: Sequence[Value]) -> list[Value]:
        """Arguments for a callee that tells them by their places: from `*values` on, each place may have any of them."""
        sure = next(i for i, a in enumerate(args) if a.spread)
        any_of = replace(self.join_all(args[sure:]), const=None, elements=None)
        return [*args[:sure], *([any_of] * _PLACES)]

    def arguments(self, node: ast.expr) -> Sequence[Value]:
        """What an argument gives to a callee: of `*values`, each where they are known, else one for any number."""
        if not isinstance(node, ast.Starred):
            return (self.eval(node),)
        value = self.eval(node.value)
        known_parts = value.elements if value.kind != "iterator" else None
        return known_parts or (replace(self.unpack(value, self.at(node)), spread=True),)

    def call_back(self, value: Value, others: Sequence[Value], span: Span) -> None:
        """A library's function is handed to a callee, which may call it with what else it gets."""
        if value.dotted == known.PARTIAL_CHANGE:
            self.mutate(value, span, deep=True)
            self.attach(replace(value, part=True), [other for other in others if other is not value])
        if value.kind not in ("library", "builtin") or not value.dotted or len(others) < 1:
            return
        if value.kind == "library" and "." in value.dotted and value.dotted.rsplit(".", 1)[-1][:1].islower():
            if acts(value.dotted):  # first: what is seeded perhaps may go on from where it was
                self.act(value.dotted, span)
            self.library_effects(value.dotted, [Value("str")] * 3 if value.dotted in known.FILE_CALLS else [], {}, span)
            owner, _, method = value.dotted.rpartition(".")
            if owner == "pathlib.Path" and method in known.READING_METHODS | known.WRITING_METHODS:
                self.file_effect(Value("path"), method in known.WRITING_METHODS, span)
        if changes_argument(value.dotted):
            rest = [other for other in others if other is not value]
            for other in rest:
                self.mutate(other, span, deep=True)
                self.attach(replace(other, part=True), [each for each in rest if each is not other])

    def call_value(
        self, node: ast.Call, callee: Value, args: list[Value], keywords: dict[str, Value], span: Span
    ) -> Value:
        """Calls a value that is not an attribute."""
        if callee.kind == "library":
            return self.call_library(node, callee.dotted, args, keywords, span)
        if callee.kind in ("function", "class") and callee.code:
            return self.call_code(callee, args, keywords, span)
        calls = [m for n in sorted(callee.code) if (m := self.find_method(n, "__call__")) is not None]
        if callee.kind == "instance" and calls:
            return self.join_all([self.apply(m, [callee, *args], keywords, span) for m in calls])
        lazy = callee.dotted == known.LAZY_PARALLEL
        if (lazy or callee.dotted == "joblib.Parallel") and len(args) == 1 and not keywords:
            results = self._run_tasks(args[0], span, root_name(node.func))
            return Value("generator", self.pack("generator", [results])) if lazy else results
        if callee.dotted == "functools.lru_cache" and args and args[0].code:  # `lru_cache(maxsize=None)(f)`
            return self.cached(args[0])
        if self.codes_of(callee):
            self.may_execute(callee, span, [*args, *keywords.values()], constructs=True)
        if callee.dotted in ("collections.namedtuple", "typing.NamedTuple"):
            return Value("tuple", self.pack("tuple", [callee, *self.kept([*args, *keywords.values()])]))
        fileless = self.fileless and callee.kind in ("unknown", "instance")
        self.attach(replace(callee, part=True), [*args, *keywords.values()])  # what it holds may keep them
        return self.call_unknown([callee, *args, *keywords.values()], span, root_name(node.func), fileless=fileless)

    def cached(self, function: Value) -> Value:
        """A function of the notebook with a cache around it, which is no definition."""
        return Value("cache", self.pack("cache", [function]), function.code)

    def _run_tasks(self, tasks: Value, span: Span, name: str) -> Value:
        """Joblib calls functions with their arguments, and lists what they give; the tasks themselves are not kept."""
        self.consume(tasks, span)
        task = self.element_of(tasks)
        self.mutate_unknown(task, span, name)
        with self.given_back() as given:
            self.may_execute(task, span)
        self.effect(EffectKind.WRITE, "", span)
        self.effect(EffectKind.DRAW, "", span)
        self.may_draw(span)
        return Value("list", self.pack("list", [task, *given]), part=True)

    def call_attribute(
        self, node: ast.Call, receiver: Value, name: str, args: list[Value], keywords: dict[str, Value], span: Span
    ) -> Value:
        """Calls `receiver.name(…)`."""
        if receiver.dotted == "IPython" and name in _MAGIC_CALLS:
            return self.nested_magic(name, args, span)
        if receiver.kind == "library" and (member := self.member(receiver.dotted, name, span)) is not None:
            return self.call_value(node, member, args, keywords, span)
        if receiver.dotted == known.TYPE and receiver.kind == "scalar" and args:  # `type(x).append(x, 1)`
            return self.call_unknown([*args, *keywords.values()], span, name)
        if receiver.kind in ("library", "builtin"):
            return self.call_library(node, canonical_name(f"{receiver.dotted}.{name}"), args, keywords, span)
        if receiver.kind == "function" and name == "register":  # of `functools.singledispatch`
            for number in sorted(receiver.code):
                self.note_mutation(self.codes[number].region, span, self.codes[number].name)
                self.attach(Value("function", self.codes[number].region), [*args, *keywords.values()])
        if receiver.kind == "class":
            if (inner := self.inner_class(receiver, name)) is not None:
                return self.call_code(inner, args, keywords, span)
            member = self.attribute(receiver, name, span)
            if (state := self.class_state(receiver, name)) is not None:
                self.may_execute(state, span, [*args, *keywords.values()], constructs=True)
                self.mutate(state, span, deep=True)
            if member.kind == "function" and member.code:
                number = min(member.code)
                decorators = getattr(self.codes[number].node, "decorator_list", [])
                if any(isinstance(d, ast.Name) and d.id == "classmethod" for d in decorators):
                    args = [receiver, *args]
                return self.apply(number, args, keywords, span)
            if name not in ("mro", "__subclasses__", "keys", "items", "values", "get"):
                for number in receiver.code:
                    if (self.codes[number].state or name == "register") and name not in known.PURE_METHODS:
                        self.note_mutation(self.codes[number].region, span, self.codes[number].name)
                        self.attach(Value("class", self.codes[number].region), args)
            if name == "register":
                return args[0] if args else SCALAR
            for value in args if member.kind == "unknown" and name not in known.PURE_METHODS else ():
                self.mutate_unknown(value, span)  # `type(x.items).append(x.items, 1)`
            if name == "__subclasses__":
                self.diagnostics.append(
                    Diagnostic(
                        "NB205",
                        "`__subclasses__` reaches classes that only a run knows",
                        span,
                        "which classes are there differs from stage to stage",
                        "keep the classes in a list or a dict, and read that",
                        (),
                        "__subclasses__",
                    )
                )
            return Value(region=self.pack("unknown", args), code=receiver.code)
        return self.call_method(node, receiver, name, args, keywords, span)

    def call_code(self, callee: Value, args: list[Value], keywords: dict[str, Value], span: Span) -> Value:
        """Calls functions or classes of the notebook."""
        results = []
        for number in sorted(callee.code):
            code = self.codes[number]
            if isinstance(code.node, ast.ClassDef):
                results.append(self.instantiate(code, args, keywords, span))
            elif callee.dotted == "#bound":
                results.append(self.apply(number, [Value("unknown", callee.region), *args], keywords, span))
            elif self.has_library_decorator(code.node, "delayed"):  # it runs when what it gives is computed
                region = self.pack("unknown", [*args, *keywords.values()])
                self.regions.add_code(region, frozenset({number}))
                results.append(Value("opaque", region, frozenset({number}), "dask", part=True))
            else:
                results.append(self.apply(number, args, keywords, span))
        return self.join_all(results)

    def instantiate(self, code: Code, args: list[Value], keywords: dict[str, Value], span: Span) -> Value:
        """Makes an instance: runs `__init__` and keeps what it was given."""
        if code.metaclass is not None:
            for number in sorted(code.metaclass.code):
                call = self.find_method(number, "__call__")
                if call is not None:
                    self.apply(call, [Value("class", None, frozenset({code.number})), *args], keywords, span)
        values = [*args, *keywords.values()]
        instance = Value("instance", self.pack("instance", self.kept(values)), frozenset({code.number}))
        self.regions.add_code(instance.region, instance.code)
        if instance.region is not None and self._fills_itself(code):
            self.filling.add(instance.region)
        if is_decorated(code.node, "jitclass"):
            self.regions.link(instance.region, self.regions.new("compiled"))
        for base in sorted(self.base_names(code.number)):
            if kind := known.UNSTORABLE_CALLS.get(base, "opaque" if base.startswith("ipywidgets.") else ""):
                self.regions.link(instance.region, self.regions.new(kind))
        ran = False
        for name in ("__new__", "__init__", "__post_init__"):
            method = self.find_method(code.number, name)
            if method is not None:
                ran = True
                first = instance if name != "__new__" else Value("class", None, instance.code)
                made = self.apply(method, [first, *(args if name != "__post_init__" else [])],
                                  keywords if name != "__post_init__" else {}, span)  # fmt: skip
                if name == "__new__":  # it may give an object that was there
                    instance = Value("instance", self.pack("instance", [instance, made]), instance.code, part=True)
        if not ran:
            self._start_fields(code, instance, span)
        if not ran and self.has_library_decorator(code.node, "s|attrs|define|mutable|frozen"):
            self.may_execute(instance, span, values)  # validators, and what makes defaults
        if not ran and any(is_unknown_library(b) and b.dotted.split(".")[0] != "torch" for b in code.bases):
            self.call_unknown([instance, *values], span, code.name, fileless=self.fileless)
        return instance

    def _fills_itself(self, code: Code) -> bool:
        """Whether the class is a `defaultdict`."""
        return "collections.defaultdict" in self.base_names(code.number)

    def _start_fields(self, code: Code, instance: Value, span: Span) -> None:
        """A dataclass's fields start with what their defaults are, or what their factories make."""
        for value in code.fields:
            self.attach(instance, [value])
            with self.given_back() as given:
                self.may_execute(value, span, [instance])
            self.attach(instance, given)

    def _is_cached(self, node: ast.AST) -> bool:
        """Whether a decorator of a library keeps what the function gives; the notebook's own are followed."""
        found = [d for d in getattr(node, "decorator_list", []) if re.search("cache|memoize", ast.unparse(d))]
        roots = [self.env.get(root_name(decorator)) for decorator in found]
        return any(root is None or root.value.kind not in ("function", "class") for root in roots)

    def _callable(self, value: Value) -> frozenset[int]:
        """The functions that run where a function or an instance of the notebook is called."""
        if value.kind == "instance":
            return frozenset(m for n in value.code if (m := self.find_method(n, "__call__")) is not None)
        return frozenset(n for n in value.code if not isinstance(self.codes[n].node, ast.ClassDef))

    def _find_by_instances(self, code: Code, args: list[Value], keywords: dict[str, Value], span: Span) -> None:
        """A cache finds results by instances of the notebook's classes as long as they live, whatever becomes of them."""
        if is_decorated(code.node, "cached_property"):
            return  # it is kept in the instance
        keeper = self.codes[code.owner] if code.owner >= 0 else code
        keeper = self.codes[keeper.within] if keeper.within >= 0 else keeper
        for value in (*args, *keywords.values()):
            if value.kind == "instance" or any(
                isinstance(self.codes[n].node, ast.ClassDef) for n in self.codes_of(value)
            ):
                keeper.given.setdefault(self.stage.name, set()).update(self.regions.changeable(value.region))
                keeper.computed.setdefault(self.stage.name, self.step_place)
                if keeper.name in self.values:
                    self.note_mutation(keeper.region, span, keeper.name)

    def apply(self, number: int, args: list[Value], keywords: dict[str, Value], span: Span) -> Value:
        """Follows a call into a function of the notebook."""
        code = self.codes[number]
        node = code.node
        if self.told_calls and not code.hoisted:
            self.inline(self.step_place, "an error may say in which function a function was made")
        if code.bound is not None:
            self.mutate(code.bound, span, deep=True)
            self.attach(code.bound, [*args, *keywords.values()])
            return Value(region=code.bound.region, part=True)
        assert not isinstance(node, ast.ClassDef)
        wrapper = code.wrapper
        if wrapper is not None and (callees := self._callable(wrapper)) and callees.isdisjoint(self.active):
            given = [wrapper, *args] if wrapper.kind == "instance" else args
            return self.join_all([self.apply(n, given, keywords, span) for n in sorted(callees)])
        cached = self._is_cached(node)
        if cached and number in self.active:  # the call that is followed does all that this one does
            return Value(region=code.region, part=True)
        frame = self.running.get(number)
        if frame is not None and ((not self.maybe and self.budget > 0) or self._is_given(frame, args, keywords)):
            return self._recur(frame, args, keywords)
        if number in self.active or len(self.active) > _DEEPEST or (self._is_spent() and self._was_followed(number)):
            return self.apply_cut_off(code, args, keywords, span)
        self.followed.setdefault(number)
        self.followed_nodes.setdefault(id(node))
        self.maybe_followed += self.maybe > 0
        looks = id(node) not in self.doings if self.exhausted else self.maybe or self.maybe_followed > _FEW
        before = self.look() if looks else None
        result = self._follow(code, args, keywords, span)
        if before is not None:
            self.note_doing(node, before, known=not self._is_cached(node))
        self.followed[number] = self.followed_nodes[id(node)] = self.ever_followed[id(node)] = result
        return result

    def _was_followed(self, number: int) -> bool:
        """Whether the statement has called the function, or one of the same text that was made by another call."""
        node = id(self.codes[number].node)
        if node in self.followed_nodes:
            return True
        return self.exhausted and self.maybe > 0 and node in self.ever_followed and self.whole_doing(node) is not None

    def _gave_before(self, code: Code) -> Value | None:
        """What the function, or one of the same text, gave where it was followed."""
        node = id(code.node)
        before = self.followed.get(code.number) or self.followed_nodes.get(node)
        return before or (self.ever_followed.get(node) if self.exhausted else None)

    def _follow(self, code: Code, args: list[Value], keywords: dict[str, Value], span: Span) -> Value:
        node, number = code.node, code.number
        assert not isinstance(node, ast.ClassDef)
        cached = self._is_cached(node)
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        self.budget -= 4 * len(body) + 4
        if cached and self.cache_statistics:
            self.note_mutation(code.region, span, code.name)
        local = self._bind_arguments(code, node.args, args, keywords)
        start, known_before = dict(local), len(self.regions)
        frame = Frame(local, local_names(node), code.closure, code.hoisted, number, given=start)
        frames, self.frames = self.frames, [frame]
        journal_frames = self.site
        self.site = span
        self.active.append(number)
        discard, self.discard = self.discard, False
        before = (len(self.stage.effects), self.changes, self.prints)
        variables = self.variable_reads
        self.running[number] = frame
        later, manager = runs_later(node), is_decorated(node, "contextmanager")
        with self.watch(wanted=later or manager) as seen:
            self._run_body(frame, node)
            if frame.again:
                self._run_again(frame, node, start, known_before, span)
        del self.running[number]
        quiet = before == (len(self.stage.effects), self.changes, self.prints)
        self.discard = discard
        self.active.pop()
        self.site = journal_frames
        self.frames = frames
        result = self.join_all(frame.returns or [SCALAR])
        computed = self.variable_reads > variables
        if cached and (not quiet or (computed and code.name in self.values)):  # not done again, or not with what is new
            self.note_mutation(code.region, span, code.name)
        elif cached and computed:
            code.computed.setdefault(self.stage.name, self.step_place)
        if cached:
            self._find_by_instances(code, args, keywords, span)
        if cached and result.region is not None:
            self.regions.link(code.region, result.region)  # the cache keeps what it gives back
            code.filled.setdefault(self.stage.name, span)
            result = Value("unknown", code.region, result.code, part=True)
        given = [*args, *keywords.values(), *frame.sent]
        if manager:
            return replace(self.suspend("unknown", given, frame.returns, seen), part=True)
        if not later:
            return result
        ends = isinstance(node, ast.FunctionDef) and shows_its_end(node)
        if quiet and ends and not self.sends:
            return self.suspend("iterator", given, frame.returns, seen)
        made = replace(self.suspend("generator", given, frame.returns, seen), code=frozenset({number}))
        assert made.region is not None
        self.regions.add_code(made.region, made.code)
        self.bodies[made.region] = number
        return made

    def _run_body(self, frame: Frame, node: FunctionNode) -> None:
        if isinstance(node, ast.Lambda):
            frame.returns.append(self.eval(node.body))
        elif runs_later(node):  # as far as it is asked to go on, if it is at all
            self.branches([functools.partial(self.block, node.body), lambda: None])
        else:
            self.block(node.body)

    def _is_given(self, frame: Frame, args: list[Value], keywords: dict[str, Value]) -> bool:
        """Whether a function that calls itself gives itself what it was given."""
        code = self.codes[frame.code]
        assert not isinstance(code.node, ast.ClassDef)
        again = self._bind_arguments(code, code.node.args, args, keywords)

        def key(value: Value | None) -> object:
            return value and (value.kind, self.regions.circle(value.region), value.code)

        return all(key(value) == key(frame.given.get(name)) for name, value in again.items())

    def _recur(self, frame: Frame, args: list[Value], keywords: dict[str, Value]) -> Value:
        """A function calls itself: the call that is followed runs once more with what this one is given."""
        node = self.codes[frame.code].node
        assert not isinstance(node, ast.ClassDef)
        deferred = runs_later(node)
        kind = "generator" if deferred else "unknown"
        if frame.result is None:
            frame.result = self.regions.new(kind)
            if deferred:
                self.bodies[frame.result] = frame.code
        frame.again.append((args, keywords))
        return Value(kind, frame.result, frozenset({frame.code}) if deferred else frozenset(), part=True)

    def _run_again(
        self, frame: Frame, node: FunctionNode, start: dict[str, Value], known_before: int, span: Span
    ) -> None:
        """The body with what it is given when it calls itself, until nothing that was there before the call is new in that.

        What a parameter reaches may be changed through it, so deeper calls, which get parts of it or what the body makes, are
        seen, too. `known_before`: the number of regions when the call began.
        """
        code = self.codes[frame.code]
        local, pending = start, frame.again
        for turn in range(_TURNS):
            given = [self._bind_arguments(code, node.args, *each) for each in pending]
            joined = {n: self._join_given(v, [each[n] for each in given if n in each]) for n, v in local.items()}
            if turn and not any(self._reaches_more(joined[n], v, known_before) for n, v in local.items()):
                for each in given:
                    for name in local.keys() & each.keys():
                        self.attach(replace(local[name], part=False), [each[name]])
                return
            local = joined
            self.budget -= 4
            again = Frame(
                dict(local),
                frame.names,
                frame.closure,
                frame.hoisted,
                frame.code,
                frame.returns,
                result=frame.result,
                given=local,
            )
            pending = again.again
            self._link_result(frame)
            self.frames = [again]
            self.running[frame.code] = again
            self._run_body(again, node)
            self._link_result(frame)
        frame.returns.append(self.apply_cut_off(code, list(local.values()), {}, span))
        self._link_result(frame)

    def _join_given(self, value: Value, others: Sequence[Value]) -> Value:
        """What a parameter is at any depth of calls: the value, another one, or a part of one."""
        values = [value, *others]
        kinds = {v.kind for v in values}
        region = self.pack("unknown", values, always=False)
        codes = frozenset(c for v in values for c in v.code)
        return Value(kinds.pop() if len(kinds) == 1 else "unknown", region, codes, part=region is not None)

    def _reaches_more(self, value: Value, than: Value, known_before: int) -> bool:
        new = self.regions.reach(value.region) - self.regions.reach(than.region)
        return any(region < known_before for region in new)

    def _link_result(self, frame: Frame) -> None:
        for value in frame.returns:
            self.regions.link(frame.result, value.region)
            self.regions.add_code(frame.result, self.kept_code(value))

    def _bind_arguments(
        self, code: Code, spec: ast.arguments, args: list[Value], keywords: dict[str, Value]
    ) -> dict[str, Value]:
        mutable, defaults, state = mutable_defaults(spec), code.defaults, code.region
        positional = [a.arg for a in [*spec.posonlyargs, *spec.args]]
        sure = next((i for i, a in enumerate(args) if a.spread), len(args))
        loose = [replace(a, spread=False) for a in args[sure:]]  # which parameter gets which only a run knows
        local = dict(zip(positional, args[:sure], strict=False))
        for name, value in keywords.items():
            if not name.startswith("**"):
                local[name] = value
        rest = [*args[len(positional) : sure], *loose]
        loose += [self.element_of(v) for n, v in keywords.items() if n.startswith("**")]
        if spec.vararg:
            local[spec.vararg.arg] = Value("tuple", self.pack("tuple", rest))
        if spec.kwarg:
            extra = [v for n, v in keywords.items() if n not in positional]
            local[spec.kwarg.arg] = Value("dict", self.pack("dict", extra))
        for name in argument_names(spec):
            if name not in local:
                default = defaults.get(name, Value(region=state if name in mutable else None))
                local[name] = self.join_all([*loose, default])
        return local

    def _is_spent(self) -> bool:
        """Whether only functions that the statement has not called yet are followed: nothing else tells all that they do."""
        return self.budget <= 0 or self.maybe > (0 if self.exhausted else 2) or len(self.active) > _DEEP

    def apply_cut_off(self, code: Code, args: list[Value], keywords: dict[str, Value], span: Span) -> Value:
        """A call that is not followed: assume all that the function's text allows."""
        node = code.node
        assert not isinstance(node, ast.ClassDef)
        values = [*args, *keywords.values()]
        self.do_again(node, values, span)
        hub = self._hub(code, span)
        deep = len(self.active) > _DEEPEST
        if (around := self._scope_around(code)) is not None and code.number not in self.followed:
            values.append(Value("scope", around, part=True))
        for value in values:
            new = [n for n in self.codes_of(value) if not self._was_followed(n)]
            if new and deep:
                self.flood(self._functions_in(new), values, span)
            elif new:
                self.may_execute(value, span, values)
            if value.kind not in ("function", "class", "library", "builtin"):
                self.regions.link(hub.region, value.region)
                self.regions.link(value.region, hub.region)
                self.mutate_unknown(value, span, code.name)
            self.regions.add_code(hub.region or 0, value.code)
        for name in sorted(self._texts_of(code.number).writes):
            binding = self.env.get(name)
            if binding is None or binding.value.region != hub.region:
                self.frames, frames = [], self.frames
                self.bind(name, hub, span)
                self.frames = frames
        before = self._gave_before(code)
        if before is not None:
            self.regions.link(before.region, hub.region)
        if runs_later(node):
            return Value("generator", self.pack("generator", [hub, *([before] if before else [])]))
        if before is None:
            return hub
        if (given := self.cut_off_gave.get(id(node))) is None or given[0] is not before:
            given = self.cut_off_gave[id(node)] = before, self.join_values(before, hub)
        return given[1]

    def _scope_around(self, code: Code) -> int | None:
        """The region of what an inner function keeps from the function around it; a module is none."""
        return None if code.closure and MODULE in code.closure[0] else self.closure_region(code)

    def _hub(self, code: Code, span: Span) -> Value:
        """All that functions which a statement does not follow again read: they may make each of it refer to all of it."""
        hub = self.hub
        if hub is None:
            hub = self.hub = Value(region=self.regions.new(), part=True)
            if not self.fileless:
                self.effect(EffectKind.WRITE, "", span)
            self.effect(EffectKind.DRAW, "", span)
            self.may_draw(span)
            self.regions.link(self.figures, hub.region)
        for name, value in self._read_texts(code.number, self.in_hub, span):
            if value.kind == "function" and value.region is not None:
                self.mutate(Value("scope", value.region, part=True), span, name, deep=True)  # what it has around it
            elif value.kind not in ("function", "class", "library", "builtin"):
                self.regions.link(hub.region, value.region)
                self.regions.link(value.region, hub.region)
                self.mutate_unknown(value, span, name)
        return hub

    def _read_texts(self, number: int, known: set[tuple[str, str, bool]], span: Span) -> list[tuple[str, Value]]:
        """What a function reads, with all that it may call, but for names that are known: they are from then on."""
        texts, found = self._texts_of(number), []
        for name, hoisted in texts.reads:
            if ("", name, hoisted) not in known:
                known.add(("", name, hoisted))
                if (value := self.read_name(name, span, hoisted=hoisted)) is not None:
                    found.append((name, value))
        for module, name in texts.members:
            if (module, name, False) in known:
                continue
            known.add((module, name, False))
            if not name:
                found.append((module, self.all_members(module, span)))
                continue
            value = self.scopes[module].get(name, SCALAR)
            self.use_member(module, name, span)
            if (module, name) in texts.rebound:
                self.rebinds(module, name, value, span)
            if value.kind != "function":  # which has the whole module around it
                found.append((name, value))
        return found

    def _texts_of(self, number: int) -> Texts:
        """The names that a function reads and binds, with all that it may call."""
        if number not in self.texts:
            texts = Texts()
            seen, pending = {number}, [number]
            while pending:
                code = self.codes[pending.pop()]
                if isinstance(code.node, ast.ClassDef):
                    called = set(code.methods.values())
                elif code.module:
                    called = self._texts_in_module(code, texts)
                else:
                    own, bound = self._names_in(code.node)
                    texts.writes |= bound
                    texts.reads |= dict.fromkeys((name, code.hoisted) for name in sorted(own))
                    values = [self.env[name].value for name in own if name in self.env]
                    called = set().union(*map(self.codes_of, values))
                pending += sorted(called - seen)
                seen |= called
            self.texts[number] = texts
        return self.texts[number]

    def _names_in(self, node: FunctionNode) -> tuple[frozenset[str], frozenset[str]]:
        """Free reads and global writes of a function's body."""
        if id(node) not in self.names_in:
            self.names_in[id(node)] = function_body_free(node)
        return self.names_in[id(node)]

    def _texts_in_module(self, code: Code, texts: Texts) -> set[int]:
        """The same for a function that stands in a module, or in another function there; gives what it may call itself."""
        assert not isinstance(code.node, ast.ClassDef)
        scope = self.scopes[code.module]
        own, bound = self._names_in(code.node)
        if (imported := self.imported_in.get(id(code.node))) is None:
            imported = self.imported_in[id(code.node)] = imported_modules(own_nodes(code.node))
        whole = {module for module in self.scopes if module.split(".")[-1] in imported} if imported else set()
        if own & _SEES_ALL:
            whole.add(code.module)
        read = [(code.module, name) for name in sorted(own | bound) if name in scope or name in bound]
        texts.rebound |= {(code.module, name) for name in bound}
        for name in sorted(own & scope.keys()):
            module = scope[name].dotted if scope[name].kind == "library" else ""
            if module in self.scopes:
                attributes = attributes_used(code.node, name)
                if attributes is None:
                    whole.add(module)
                else:
                    read += [(module, each) for each in sorted(attributes) if each in self.scopes[module]]
        values = [self.scopes[module].get(name, SCALAR) for module, name in read]
        for module in sorted(whole):
            read.append((module, ""))
            values += self.scopes[module].values()
        texts.members |= dict.fromkeys(read)
        return set().union(*(v.code if v.kind in ("function", "class") else self.codes_of(v) for v in values))

    def call_unknown(
        self, values: list[Value], span: Span, name: str, *, follow: bool = True, fileless: bool = False
    ) -> Value:
        """A callee of which nothing is known: it may change, keep and show anything that it reaches.

        With `fileless`, it is known to touch no file.
        """
        result = self.change_unknown(values, span, name, follow=follow)
        if not fileless:
            self.effect(EffectKind.WRITE, "", span)
        self.effect(EffectKind.DRAW, "", span)
        self.may_draw(span)
        self.regions.link(self.figures, result.region)
        return result

    def change_unknown(self, values: list[Value], span: Span, name: str, *, follow: bool = True) -> Value:
        """A callee that may change and keep anything that it is given, and reaches nothing else."""
        region = self.mix(values)
        for value in values:
            self.mutate_unknown(value, span, name)
            if follow:
                self.may_execute(value, span)
        return Value(region=region)

    def may_execute(self, value: Value, span: Span, given: Sequence[Value] = (), *, constructs: bool = False) -> None:
        """A callee that got the value may call any code of the notebook in it, with any of the given values.

        With `constructs`, the value itself is called: it may be a class.
        """
        self.act_by(value, span)
        codes = self.codes_of(value)
        if not codes:
            return
        rest = [v for v in given if v is not value and v.kind not in ("function", "class", "library", "builtin")]
        own = [value] if value.kind not in ("function", "class") and not rest else []
        if own and self.threads_in(value.region):  # its function gets what it was made with
            own = [Value(region=r) for r in sorted(self.regions.reach(value.region)) if not self.threads_in(r)]
        if value.kind in ("generator", "iterator"):  # what comes out of it is given, never itself
            own, rest = [self.element_of(v) for v in own], [v for v in rest if v.region != value.region]
        if value.kind not in ("function", "class") and self._is_spent():
            codes = self._flood_followed(codes, [*(own or [value]), *rest], span)
        argument: Value | None = None
        for number in sorted(codes):
            if number in self.active:
                continue
            if argument is None:
                region = self.pack("unknown", [*own, *rest], always=False)
                argument = Value("unknown", region, part=region is not None)
                if region is None and given:  # it gets objects that the callee makes, and may give back
                    argument = Value("unknown", self.regions.new())
                    self.called_back.append(argument)
            code = self.codes[number]
            if isinstance(code.node, ast.ClassDef):
                own_methods = self.methods_of(number).items()
                methods = [m for n, m in own_methods if (constructs or n not in CONSTRUCTORS) and m not in self.active]
                self.apply_methods(methods, self.instances(value, number), argument, span)
            elif self._is_running(value, number):  # with what it was made with, and it gives no new object
                made_with = [p for p in self.parts_of(value) if p.region not in self.bodies]
                region = self.pack("unknown", [self.element_of(value), *made_with], always=False)
                goes_on = Value("unknown", region, part=region is not None)
                self.apply_any(number, goes_on, goes_on, span, keeps=False)
            else:
                self.apply_any(number, argument, argument, span)

    def _flood_followed(self, codes: frozenset[int], values: Sequence[Value], span: Span) -> frozenset[int]:
        """Functions and classes that need not be followed again are not, all at once; gives the others, one of each text.

        What those of one text have around them is in the values.
        """
        if self._is_flooded(codes, values):
            return frozenset()
        texts = {id(self.codes[n].node): n for n in sorted(codes)}
        again = [n for n in texts.values() if all(map(self._was_followed, self._functions_in([n])))]
        functions = [n for n in self._functions_in(again) if n not in self.active]
        if functions:
            self.flood(functions, values, span)
        left = frozenset(texts.values()).difference(again)
        if not left:
            self.flooded_codes.add(codes)
        return left

    def _is_flooded(self, codes: frozenset[int], values: Sequence[Value]) -> bool:
        """Whether all of it was done in this statement."""
        return codes in self.flooded_codes and all(self._flood_key(v.region) in self.flooded for v in values)

    def act_by(self, value: Value, span: Span) -> None:
        """What the value holds of libraries that acts on the process may be called."""
        for dotted in sorted(self.regions.functions(value.region)):
            self.act(dotted, span)

    def act(self, dotted: str, span: Span) -> None:
        """A function of a library may be called, or what a module of one has."""
        for generator in known.SEED_CALLS.get(dotted, ()):
            self.effect(EffectKind.DRAW, generator, span)  # it goes on from where it was
            self.effect(EffectKind.SEED, generator, span)  # or from there
        if dotted == "random" or f"{dotted}.".startswith(("random.", "numpy.random.")):
            self.effect(EffectKind.DRAW, "random" if dotted.startswith("random") else "numpy.random", span)
        elif (family := setting_of(dotted)) is not None:
            if not self.restoring and family:
                self.set_loosely(family, span)
        else:
            self.effect(EffectKind.WRITE, "", span)

    def _is_running(self, value: Value, number: int) -> bool:
        """Whether the value leads to generators of a function, and not to the function: what goes on is no new call."""
        holders = self.regions.holders(value.region, number) if self.bodies else []
        named = number in value.code and value.kind != "generator"
        return bool(holders) and not named and all(self.bodies.get(r) == number for r in holders)

    def threads_in(self, region: int | None) -> bool:
        """Whether an object is, or leads to, a thread."""
        return self.concurrent and any(self.regions.kind(r) == "thread" for r in self.regions.reach(region))

    def apply_any(self, number: int, first: Value, given: Value, span: Span, *, keeps: bool = True) -> None:
        """Runs a function with arguments of which only the region is known; `keeps`: its result may be kept."""
        times = self.executing[number] = self.executing.get(number, 0) + 1
        if times > _REPEATS or (self._is_spent() and self._was_followed(number)):
            self.flood([number], (first, given), span)
            return
        node = self.codes[number].node
        assert not isinstance(node, ast.ClassDef)
        code = self.codes[number]
        most = len(node.args.posonlyargs) + len(node.args.args) if code.bound is None else 2
        least = most - len(node.args.defaults)  # a default may be a function that it calls, or what it changes
        kept = bool(code.defaults or (node.args.defaults and mutable_defaults(node.args)))
        for count in sorted({least} if code.held else {least, most} if kept else {most}):
            self.maybe += 1
            result = self.apply(number, [first, *([given] * (count - 1))][:count], {}, span)
            self.maybe -= 1
            if keeps and result.region is not None and result.region not in (first.region, given.region):
                self.called_back.append(result)

    def apply_methods(self, methods: Sequence[int], instances: Sequence[Value], given: Value, span: Span) -> None:
        """Runs methods of one class on each of its instances, with arguments of which only the region is known."""
        for place, instance in enumerate(instances):
            spent = self._is_spent() and all(map(self._was_followed, methods))
            if spent or all(self.executing.get(m, 0) >= _REPEATS for m in methods):
                self.flood(methods, (*instances[place:], given), span)
                return
            for method in methods:
                self.apply_any(method, instance, given, span)

    def _functions_in(self, numbers: Iterable[int]) -> list[int]:
        """The functions and the methods of the classes of these numbers."""
        found: dict[int, None] = {}
        methods: dict[int, None] = {}
        for number in sorted(numbers):
            if isinstance(self.codes[number].node, ast.ClassDef):
                methods |= dict.fromkeys(self.methods_of(number).values())
            else:
                found[number] = None
        return list(found | methods)

    def flood(self, numbers: Sequence[int], values: Sequence[Value], span: Span) -> None:
        """Functions that are not followed any more: they may change all that they are given, and read what their texts read."""
        self.regions.work += 100
        if not numbers:
            return
        given = {key: v for v in values if (key := self._flood_key(v.region)) not in self.flooded}
        left = [n for n in numbers if n not in self.flooded_texts or self._flood_key(self._kept(n)) not in self.flooded]
        if not left and not given:
            return
        self.flooded.update(given)
        for value in given.values():
            self.mutate(value, span, deep=True)
            if self.exhausted:  # no call of this statement was followed that would have shown what refers to what
                self._tie(value)
        for number in left:
            node = self.codes[number].node
            assert not isinstance(node, ast.ClassDef)
            self.do_again(node, values, span)
            self._flood_text(number, span)
        if not self.fileless:
            self.effect(EffectKind.WRITE, "", span)
        self.effect(EffectKind.DRAW, "", span)
        self.may_draw(span)

    def _tie(self, value: Value) -> None:
        """Whatever the statement gives to what it does not follow may refer to all of it, and be changed where it is a key."""
        if value.region is None or value.kind in ("function", "class", "library", "builtin"):
            return
        if self.tied is None:
            self.tied = self.regions.new()
        self.regions.link(self.tied, value.region)
        self.regions.link(value.region, self.tied)
        for number in sorted(self.codes_of(value)):
            if self.find_method(number, "__hash__") is not None:
                for instance in self.instances(value, number):
                    self.note_stale_keys(instance, "")

    def _flood_key(self, region: int | None) -> tuple[int | None, int]:
        """Stands for all that may be changed through a region."""
        return self.regions.circle(region), len(self.regions.changeable(region))

    def _kept(self, number: int) -> int | None:
        """The region of what a function keeps itself: the object that it is a method of, or its defaults."""
        code = self.codes[number]
        if code.bound is not None:
            return code.bound.region
        if (kept := self.has_defaults.get(id(code.node))) is None:
            assert not isinstance(code.node, ast.ClassDef)
            kept = self.has_defaults[id(code.node)] = bool(mutable_defaults(code.node.args))
        return code.region if kept or code.defaults else None

    def _flood_text(self, number: int, span: Span) -> None:
        code = self.codes[number]
        if (kept := self._kept(number)) is not None:
            self.mutate(Value(region=kept, part=True), span, code.name, deep=True)
        self.flooded.add(self._flood_key(kept))
        if number in self.flooded_texts:
            return
        self.flooded_texts.add(number)
        if (around := self._scope_around(code)) is not None:
            self.mutate(Value("scope", around, part=True), span, deep=True)
        for name, value in self._read_texts(number, self.flooded_names, span):
            self.mutate_unknown(value, span, name)
            if value.region is not None:
                self.called_back.append(replace(value, part=True))
        for name in sorted(self._texts_of(number).writes):
            if (read := self.read_name(name, span, hoisted=code.hoisted)) is not None:
                self.mutate_unknown(read, span, name)
