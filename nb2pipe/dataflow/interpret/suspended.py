"""Code that runs later than it is called: bodies of generators and coroutines, generator expressions.

Such code is followed where it is made. When it goes on it sees what its names stand for then, and it changes what it changes
then (Python Language Reference, 6.2.9 Yield expressions; 8.9 Coroutines).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from nb2pipe.dataflow.facts import Value
from nb2pipe.dataflow.interpret.base import Base
from nb2pipe.dataflow.interpret.model import SCALAR, Suspended, Watch
from nb2pipe.diagnostics import Span


class SuspendedCode(Base):
    """Code that runs later than it is called."""

    @contextmanager
    def watch(self, *, wanted: bool) -> Iterator[Watch]:
        """What is read and changed below, if it is wanted."""
        made = Watch()
        if wanted:
            self.watches.append(made)
        yield made
        if wanted:
            self.watches.pop()

    def suspend(self, kind: str, values: Sequence[Value], gives: Sequence[Value], seen: Watch) -> Value:
        """A generator, a coroutine or the like: its code goes on later than it is followed.

        Args:
            kind: `iterator` for a generator without effects and with an end: its rest can be computed ahead.
            values: What it refers to, beside what comes out of it.
            gives: What comes out of it.
            seen: What its code read and changed when it was followed.
        """
        region = self.pack(kind, [*values, *gives])
        assert region is not None
        if kind == "iterator":
            self.lazy[region] = frozenset(seen.names & self.env.keys())
        code = self.suspended[region] = Suspended(
            region,
            self.stage.name,
            seen,
            self.join_all(gives or [SCALAR]),
            {name: self.env[name].origins for name in sorted(seen.names & self.env.keys())},
        )
        for name in sorted(seen.names.union(n for n, _ in seen.scopes)):
            self.waiting.setdefault(name, []).append(code)
        return Value(kind, region)

    def bound_late(self, name: str, value: Value, span: Span, scope: dict[str, Value] | None = None) -> None:
        """A variable gets another object: code that is suspended and reads the name sees that when it goes on."""
        for code in tuple(self.waiting.get(name, ())):
            reads = name in code.seen.names if scope is None else (name, id(scope)) in code.seen.scopes
            # A function that another stage's generator calls is refused where the generator goes on.
            elsewhere = code.stage != self.stage.name
            if not reads or value.kind in ("library", "builtin") or (elsewhere and value.code):
                continue
            self.regions.link(code.region, value.region)
            self.regions.add_code(code.region, value.code)
            code.gives = self.join_values(code.gives, replace(value, part=value.region is not None))
            if code.seen.changes and value.region is not None:
                code.seen.changes |= self.regions.changeable(value.region)
                self.mutate(value, span, name, deep=True)
            if value.code:
                with self.given_back() as given:
                    self.may_execute(value, span, [Value(region=code.region)])
                code.gives = self.join_all([code.gives, *given])

    def resume(self, value: Value, span: Span) -> None:
        """Code that the value may reach goes on: it changes what it changes."""
        if value.region is None or not self.suspended:
            return
        for region in sorted(self.suspended.keys() & self.regions.reach(value.region)):
            code = self.suspended[region]
            noted, _ = self.noted.setdefault(span, (set(), set()))
            for changed in sorted(code.seen.changes - noted):
                self.note_mutation(changed, span, "")
            noted |= code.seen.changes
            for name, before in code.bound.items() if code.stage != self.stage.name else ():
                binding = self.env.get(name)
                if binding is not None and binding.origins != before:
                    self.read_name(name, span)

    def send(self, receiver: Value, values: Sequence[Value], span: Span) -> Value:
        """A generator or a coroutine is given values: it may keep them in all that it reaches, change and give them."""
        self.attach(replace(receiver, part=True), values)
        for value in (receiver, *values):
            self.mutate_unknown(value, span)
            self.may_execute(value, span, values)
        return Value(region=self.mix([receiver, *values]), part=True)

    def given_by(self, value: Value) -> Value | None:
        """What comes out of a generator whose code is known."""
        code = None if value.part or value.region is None or self.sends else self.suspended.get(value.region)
        return None if code is None else code.gives
