"""Statements that branch, loop, raise and end: both ways are followed and joined."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from nb2pipe.dataflow import knowledge as known
from nb2pipe.dataflow.facts import Binding, Value
from nb2pipe.dataflow.interpret.base import Base
from nb2pipe.dataflow.interpret.model import SCALAR, Code
from nb2pipe.dataflow.interpret.syntax import may_catch_name_error, may_catch_type_error, never_empty
from nb2pipe.diagnostics import Span

#: What a handler asks for the error that it does not name.
_TELLS = re.compile(r"\b(?:exc_info|format_exc|print_exc|exception|last_value|showtraceback)\b")


class Flow(Base):
    """Statements that branch, loop, raise and end: both ways are followed and joined."""

    def branches(self, arms: Sequence[Callable[[], None]]) -> None:
        """Runs each arm from the same state and joins what they leave."""
        results: list[dict[str, Binding | None]] = []
        scope = self.frames[-1].local if self.frames else {}  # the same one throughout: inner functions refer to it
        scope_before = dict(scope)
        scopes_after: list[dict[str, Value]] = []
        for arm in arms:
            journal: dict[str, Binding | None] = {}
            self.journals.append(journal)
            arm()
            self.journals.pop()
            results.append({name: self.env.get(name) for name in journal})
            for name, old in journal.items():
                if old is None:
                    self.env.pop(name, None)
                else:
                    self.env[name] = old
            scopes_after.append(dict(scope))
            scope.clear()
            scope.update(scope_before)
        for name in dict.fromkeys(n for r in results for n in r):
            before = self.env.get(name)
            self.set_env(name, self._join_bindings([r.get(name, before) if name in r else before for r in results]))
        for name in dict.fromkeys(n for after in scopes_after for n in after):
            scope[name] = self.join_all([after[name] for after in scopes_after if name in after])

    def _join_bindings(self, bindings: list[Binding | None]) -> Binding | None:
        present = [b for b in bindings if b is not None]
        if not present:
            return None
        first = present[0]
        value, origins, items = first.value, first.origins, list(first.items)
        certain = all(b is not None and b.certain for b in bindings)
        same = all(b is first for b in bindings)
        if same:
            return first
        for other in present[1:]:
            value = self.join_values(value, other.value)
            origins |= other.origins
            items += [i for i in other.items if i not in items]
        replayable = len(present) == len(bindings) and all(b.items for b in present)
        return Binding(value, origins, certain, tuple(items) if replayable else ())

    def block(self, statements: Sequence[ast.stmt]) -> None:
        """Statements in order; those after one that may leave the block may not run."""
        for number, statement in enumerate(statements, 1):
            self.statement(statement)
            if number < len(statements) and _may_leave(statement):
                self.branches([functools.partial(self.block, statements[number:]), lambda: None])
                return

    def statement(self, node: ast.stmt) -> None:
        """Any statement."""
        method = getattr(self, f"do_{type(node).__name__}", None)
        if method is not None:
            method(node)

    def do_Expr(self, node: ast.Expr) -> None:
        called = node.value.value if isinstance(node.value, ast.Await) else node.value
        self.discard, outer = isinstance(called, ast.Call), self.discard
        value = self.eval(node.value)
        self.discard = outer
        if value.kind in ("instance", "unknown") or not self.frames:  # what a container holds is shown, too
            self.touch(value, self.at(node))
        if value.kind == "styler" and not self.frames:  # it paints when it is shown
            self.may_execute(value, self.at(node), [])
        if not self.frames:
            self.show(value)
            self.last_value = value

    def test(self, node: ast.expr) -> Value:
        """A condition: `__bool__` or `__len__` of the notebook's classes run."""
        value = self.eval(node)
        self.touch(value, self.at(node))
        return value

    def do_If(self, node: ast.If) -> None:
        self.test(node.test)
        self.branches([lambda: self.block(node.body), lambda: self.block(node.orelse)])

    def do_For(self, node: ast.For | ast.AsyncFor) -> None:
        self._check_await(node)
        source = self.eval(node.iter)
        self.consume(source, self.at(node.iter))
        self.touch(source, self.at(node.iter))

        def once() -> None:
            self.assign(node.target, self.element_of(source), self.at(node.target))
            self.block(node.body)

        self.loop(once, certain=never_empty(node.iter))
        self._after_loop(node)

    def do_While(self, node: ast.While) -> None:
        def once() -> None:
            self.test(node.test)
            self.block(node.body)

        self.test(node.test)
        endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
        self.loop(once, certain=endless)
        self._after_loop(node)

    def _after_loop(self, node: ast.For | ast.AsyncFor | ast.While) -> None:
        """What runs where the loop was not left by `break`."""
        if node.orelse and _may_break(node):
            self.branches([lambda: self.block(node.orelse), lambda: None])
        else:
            self.block(node.orelse)

    def loop(self, once: Callable[[], None], *, certain: bool) -> None:
        """A body that runs any number of times; `certain`: at least once."""
        if certain:
            once()
            self.branches([once, lambda: None])
        else:

            def twice() -> None:
                once()
                self.branches([once, lambda: None])

            self.branches([twice, lambda: None])

    def entered(self, value: Value, span: Span) -> Value:
        """What `with … as` gets of a context manager."""
        if value.kind == known.TEMPORARY:  # its path
            return Value("str")
        if value.dotted == known.TEMPORARY_FILE:  # it is gone after the statement
            return replace(value, dotted=known.KEPT_FILE)
        if value.dotted in known.RESTORING_CONTEXTS and value.kind == "context":  # what it was given, or has made
            dotted = "decimal.getcontext" if value.dotted == "decimal.localcontext" else ""
            return Value("unknown", self.pack("unknown", self.parts_of(value)), dotted=dotted, part=True)
        methods = [
            m
            for n in sorted(value.code if value.kind == "instance" else ())
            for name in ("__enter__", "__aenter__")
            if (m := self.find_method(n, name)) is not None
        ]
        return self.join_all([self.apply(m, [value], {}, span) for m in methods]) if methods else value

    def do_With(self, node: ast.With | ast.AsyncWith) -> None:
        self._check_await(node)
        restoring = 0
        files: list[Value] = []
        stacks, swallows = self.stacks, False
        for item in node.items:
            call = item.context_expr
            if isinstance(call, ast.Call) and self._dotted(call.func) in known.SETTING_CONTEXTS:
                parts = [call.func, *call.args, *(k.value for k in call.keywords)]
                value = self.join_all([self.eval(part) for part in parts])
            else:
                value = self.eval(call)
            if value.kind == "file":
                files.append(value)
            dotted = value.dotted
            swallows |= self._may_swallow(call, value)
            if dotted in known.RESTORING_CONTEXTS:
                restoring = 1
            if dotted == "contextlib.ExitStack" and value.region is not None:
                self.stacks = self.stacks | {value.region}
            self.touch(value, self.at(item.context_expr))
            if item.optional_vars is not None:
                self.assign(item.optional_vars, self.entered(value, self.at(node)), self.at(item.optional_vars))
        without = self.leave_gradients(node)
        outer, self.restoring = self.restoring, self.restoring + restoring
        self.without_gradients += without
        if swallows:
            self.branches([lambda: self.block(node.body), lambda: None])
        else:
            self.block(node.body)
        self.without_gradients -= without
        self.restoring, self.stacks = outer, stacks  # also what a stack has entered is left
        for value in files:
            self.unflushed.pop((value.const or "")[2:], None)

    def _may_swallow(self, node: ast.expr, value: Value) -> bool:
        """Whether a context manager may keep an error to itself: then what stands after the error did not run."""
        called = self._dotted(node.func) if isinstance(node, ast.Call) else ""
        if value.dotted in known.SWALLOWING_CONTEXTS or called.rpartition(".")[2] in known.SWALLOWING_METHODS:
            return True
        return any(map(self._catches, sorted(self.codes_of(value))))

    def _catches(self, number: int) -> bool:
        """Whether a function catches errors, as one with `@contextmanager` may, or `__exit__` of a class says that it did."""
        leave = self.find_method(number, "__exit__")
        node = self.codes[number if leave is None else leave].node
        if isinstance(node, ast.ClassDef):
            return False
        return any(
            isinstance(part, ast.ExceptHandler)
            or (leave is not None and isinstance(part, ast.Return) and part.value is not None)
            for part in ast.walk(node)
        )

    def _check_await(self, node: ast.AST) -> None:
        if isinstance(node, (ast.AsyncFor, ast.AsyncWith)) and not self.frames:
            self.cell.awaits = True
            self.inline(self.at(node), "the cell awaits at top level")

    def do_Try(self, node: ast.Try) -> None:
        catches = any(map(may_catch_name_error, node.handlers))
        telling = [h for h in node.handlers if h.name or _TELLS.search(ast.unparse(h))]
        told = any(map(may_catch_name_error, telling))
        told_calls = any(map(may_catch_type_error, telling))

        def body() -> None:
            self.guarded += catches
            self.told += told
            self.told_calls += told_calls
            self.block(node.body)
            self.guarded -= catches
            self.told -= told
            self.told_calls -= told_calls

        def normal() -> None:
            body()
            self.block(node.orelse)

        def handled(handler: ast.ExceptHandler) -> Callable[[], None]:
            def run() -> None:
                self.branches([body, lambda: None])
                caught = self.eval(handler.type) if handler.type is not None else Value()
                if handler.name:
                    own = frozenset(c.number for c in self.codes if self._is_exception(c))
                    codes = caught.code | frozenset(c for e in caught.elements or () for c in e.code) | own
                    region = self.regions.new("instance" if codes else "unknown")
                    self.regions.add_code(region, codes)
                    self.attach(Value(region=region), self.raised)
                    hides = handler.name in self.env
                    self.bind(handler.name, Value(region=region, code=codes), self.at(handler))
                self.block(handler.body)
                if handler.name:
                    if self.frames and handler.name in self.frames[-1].names:
                        self.frames[-1].local.pop(handler.name, None)
                    else:
                        self.set_env(handler.name, None)
                        if hides:  # what had the name before is gone
                            self.stage.deleted[handler.name] = self.deleted[handler.name] = self.at(handler)

            return run

        if node.handlers:
            self.branches([normal, *(handled(h) for h in node.handlers)])
        else:
            normal()
        self.block(node.finalbody)

    def _is_exception(self, code: Code) -> bool:
        """Whether the class may be raised: it is made of a builtin, or of another such class."""
        return isinstance(code.node, ast.ClassDef) and any(
            (b.kind == "builtin" and b.dotted.endswith(("Error", "Exception", "Warning")))
            or any(self._is_exception(self.codes[n]) for n in b.code if n != code.number)
            for b in code.bases
        )

    def do_Match(self, node: ast.Match) -> None:
        subject = self.eval(node.subject)

        def arm(case: ast.match_case) -> Callable[[], None]:
            def run() -> None:
                for part in ast.walk(case.pattern):
                    if isinstance(part, ast.MatchValue):
                        self.eval(part.value)
                    elif isinstance(part, ast.MatchClass):
                        self.eval(part.cls)
                        self._read_attributes(subject, part)
                for name, values in self._captures(case.pattern, subject).items():
                    self.bind(name, self.join_all(values), self.at(case.pattern))
                if case.guard is not None:
                    self.eval(case.guard)
                self.block(case.body)

            return run

        total = any(
            isinstance(c.pattern, ast.MatchAs) and c.pattern.pattern is None and c.guard is None for c in node.cases
        )
        arms = [arm(case) for case in node.cases]
        self.branches(arms if total else [*arms, lambda: None])

    def _captures(self, pattern: ast.pattern, value: Value) -> dict[str, list[Value]]:
        """The names that a pattern binds, each to what it may capture of the value."""
        found: dict[str, list[Value]] = {}
        inner = self.element_of(value)
        parts: list[tuple[ast.pattern, Value]] = []
        match pattern:
            case ast.MatchAs(pattern=part, name=name):
                if name is not None:
                    found[name] = [value]
                parts = [(part, value)] if part is not None else []
            case ast.MatchStar(name=str(name)):
                found[name] = [Value("list", self.pack("list", [value]))]
            case ast.MatchMapping(patterns=below, rest=rest):
                parts = [(part, inner) for part in below]
                if rest is not None:
                    found[rest] = [Value("dict", self.pack("dict", [inner]))]
            case ast.MatchSequence(patterns=below):
                known_parts = value.elements if len(value.elements or ()) == len(below) else None
                starred = any(isinstance(part, ast.MatchStar) for part in below)
                each = known_parts if known_parts and not starred else [inner] * len(below)
                parts = list(zip(below, each, strict=True))
            case ast.MatchClass(patterns=below, kwd_patterns=named):
                whole = self.join_values(value, inner)  # `list(x)` captures the list itself
                parts = [(part, whole) for part in (*below, *named)]
            case ast.MatchOr(patterns=below):
                parts = [(part, value) for part in below]
        for part, held in parts:
            for name, values in self._captures(part, held).items():
                found.setdefault(name, []).extend(values)
        return found

    def _read_attributes(self, subject: Value, pattern: ast.MatchClass) -> None:
        """A pattern of a class asks for attributes: those that it names, and those that the class has in an order."""
        span = self.at(pattern)
        for name in pattern.kwd_attrs:
            self.attribute(subject, name, span)
        if pattern.patterns:
            self.may_execute(subject, span)

    def do_Return(self, node: ast.Return) -> None:
        if node.value is not None:
            value = self.eval(node.value)
            if self.frames:
                self.frames[-1].returns.append(value)
        elif self.frames:
            self.frames[-1].returns.append(SCALAR)

    def do_Raise(self, node: ast.Raise) -> None:
        for part in (node.exc, node.cause):
            value = self.eval(part) if part is not None else SCALAR
            if value.region is not None:
                self.raised.append(value)

    def do_Assert(self, node: ast.Assert) -> None:
        self.test(node.test)
        if (message := node.msg) is not None:

            def say() -> None:
                self.eval(message)

            self.branches([say, lambda: None])

    def do_Global(self, node: ast.Global) -> None:
        """`global` inside a function: its names are left out of the frame."""

    do_AsyncFor = do_For
    do_AsyncWith = do_With
    do_TryStar = do_Try


@functools.lru_cache(maxsize=4096)
def _may_leave(statement: ast.AST) -> bool:
    """Whether the statements after it may not run, as it returns, or leaves or goes on with the loop around it."""
    return _leaves(statement, (ast.Return, ast.Break, ast.Continue))


@functools.lru_cache(maxsize=4096)
def _may_break(loop: ast.For | ast.AsyncFor | ast.While) -> bool:
    """Whether a loop may be left by a `break` of its own."""
    return any(_leaves(statement, (ast.Break,)) for statement in loop.body)


def _leaves(node: ast.AST, ways: tuple[type[ast.AST], ...]) -> bool:
    if isinstance(node, ways):
        return True
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.expr)):
        return False
    if isinstance(node, (ast.For, ast.AsyncFor, ast.While)):  # only `return` leaves more than the loop
        inner = tuple(way for way in ways if way is ast.Return)
        return any(_leaves(each, inner) for each in node.body) or any(_leaves(each, ways) for each in node.orelse)
    return any(_leaves(each, ways) for each in ast.iter_child_nodes(node))
