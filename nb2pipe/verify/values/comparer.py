"""Walks two values side by side and notes where they differ.

What is the same: type, content, order where order can be seen, and which parts are one object. Not the same: anything
else, also the sign of a zero. What no rule fits is given up on, which is said and never counts as the same.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nb2pipe.verify import capture
from nb2pipe.verify.values.short import short_repr

#: Numbers in double precision that differ by less, as a part of their size, differ by rounding: a value that comes out of
#: a file lies elsewhere in memory than it did in the notebook, and libraries add up in another order there.
ROUNDING = 1e-9

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}")

#: A rule compares two values of the same type.
Rule = Callable[["Comparer", Any, Any, str], None]


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference inside a value.

    Attributes:
        path: Where, as an expression after the variable: `["a"][3].coef_`; empty for the value itself.
        what: In which respect: `value`, `type`, `length`, `dtype`, `identity`, …
        left: What the notebook has, in short.
        right: What the pipeline has, in short.
        rounding: Numbers that differ in their last digits only.
    """

    path: str
    what: str
    left: str
    right: str
    rounding: bool = False


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A part that could not be compared, and why."""

    path: str
    why: str


class Comparer:
    """Compares values; differences gather in `differences`, what has no rule in `given_up`, iterators in `unseen`.

    Args:
        package: The project's package: its classes stand for those of the notebook's `__main__` with the same name.
        plain: Applied to both sides' texts that differ: what remains after it counts (paths of temporary folders).
        limit: How many differences are enough.
    """

    def __init__(self, package: str = "", plain: Callable[[str], str] = str, limit: int = 100) -> None:
        self.differences: list[Difference] = []
        self.given_up: list[GivenUp] = []
        self.unseen: list[str] = []  # places of iterators, of which nothing can be seen but their type
        self.plain = plain
        self._package = package
        self._limit = limit
        self._seen: set[tuple[int, int]] = set()
        self._left: dict[int, tuple[Any, str]] = {}
        self._right: dict[int, tuple[Any, str]] = {}
        self.memories: list[tuple[str, Any, Any]] = []
        self._alive: list[Any] = []  # ids are only good while the objects live

    def compare(self, a: Any, b: Any, path: str = "") -> None:
        """Compares two values."""
        from nb2pipe.verify.values.rules import find_rule

        if len(self.differences) >= self._limit:
            return
        if isinstance(a, capture.Seen):
            self._compare_seen(a, b, path)
            return
        if not self.same_class(type(a), type(b), path):
            self.differ(path, "type", name_type(a, b, left=True), name_type(a, b, left=False))
            return
        rule, atomic, tracked = find_rule(type(a))
        if not atomic:
            if tracked and not self.pair(a, b, path):
                return
            key = (id(a), id(b))
            if key in self._seen:
                return
            self._seen.add(key)
            self._alive += (a, b)
        try:
            rule(self, a, b, path)
        except RecursionError:
            self.give_up(path, "it is nested too deeply")
        except Exception as error:
            self.give_up(path, f"comparing raised {type(error).__name__}: {error}")

    def compare_apart(self, a: Any, b: Any, path: str) -> None:
        """Compares two values without regard to which objects they share with others."""
        left, right, self._left, self._right = self._left, self._right, {}, {}
        try:
            self.compare(a, b, path)
        finally:
            self._left, self._right = left, right

    def _compare_seen(self, a: capture.Seen, b: Any, path: str) -> None:
        """An object of the notebook's process by what was seen of it."""
        if (id(a), id(b)) in self._seen:
            return
        other = b.facts if isinstance(b, capture.Seen) else capture.describe(b)
        kind = b.kind if isinstance(b, capture.Seen) else capture.name_kind(b)
        if not a.facts and hasattr(b, "__next__"):  # it may come back as another kind of iterator
            other, kind = {}, a.kind
        if other is None or a.kind != kind:
            self.differ_text(path, "type", a.kind, kind)
        elif self.pair(a, b, path):
            if not a.facts and not other:
                self.unseen.append(path)
            self._seen.add((id(a), id(b)))
            self._alive += (a, b)
            for name in sorted({*a.facts, *other}):
                mine, theirs = a.facts.get(name), other.get(name)
                told = mine is not None and theirs is not None
                if told or name != "position":  # which a file does not tell whose lines are read in a loop
                    self.compare(mine, theirs, f"{path}.{name}")

    def pair(self, a: Any, b: Any, path: str) -> bool:
        """Notes that `a` stands for `b`; False, and a difference, where one of them already stands for another."""
        left, right = self._left.get(id(a)), self._right.get(id(b))
        if left is None and right is None:
            self._left[id(a)], self._right[id(b)] = (b, path), (a, path)
            self._alive += (a, b)
            return True
        if left is not None and left[0] is not b:
            self.differ_text(path, "identity", f"the same object as {left[1] or 'the whole'}", "another object")
            return False
        if right is not None and right[0] is not a:
            self.differ_text(path, "identity", "another object", f"the same object as {right[1] or 'the whole'}")
            return False
        return True

    def finish(self) -> None:
        """Compares what can only be seen when all values have been met: which arrays share memory."""
        from nb2pipe.verify.values.arrays import compare_memories

        if len(self.memories) > 1:
            compare_memories(self)

    def same_class(self, a: type, b: type, path: str) -> bool:
        """Whether two classes are one, or the notebook's and the project's of one name; their bodies are compared, too.

        So are classes that a library makes when it runs: they are stored with their bodies.
        """
        if a is b:
            return True
        own = self._own(a) and self._own(b) and own_name(a) == own_name(b)
        named = (a.__module__, a.__qualname__) == (b.__module__, b.__qualname__)
        if not own and not (named and not (_is_found(a) and _is_found(b))):
            return False
        from nb2pipe.verify.values.code import compare_class_bodies

        key = (id(a), id(b))
        if key not in self._seen:
            self._seen.add(key)
            self._alive += (a, b)
            compare_class_bodies(self, a, b, f"{path}.__class__")
        return True

    def _own(self, cls: type) -> bool:
        return self.is_own_module(cls.__module__)

    def is_own_module(self, module: str | None) -> bool:
        """Whether a module is the notebook itself or one of the project's."""
        package = self._package
        return module == "__main__" or bool(
            package and module and (module == package or module.startswith(f"{package}."))
        )

    def same_text(self, a: str, b: str) -> bool:
        """Whether two texts are equal, but for what means nothing."""
        return a == b or self.plain(a) == self.plain(b)

    def differ(self, path: str, what: str, a: Any, b: Any, *, rounding: bool = False) -> None:
        """Notes a difference between two values."""
        left, right = short_repr(a), short_repr(b)
        if left == right:
            left, right = short_repr(a, 2000), short_repr(b, 2000)
            if left == right and type(a) is not type(b):
                left, right = f"{left} ({type(a).__name__})", f"{right} ({type(b).__name__})"
        self.differ_text(path, what, left, right, rounding=rounding)

    def differ_text(self, path: str, what: str, left: str, right: str, *, rounding: bool = False) -> None:
        """Notes a difference in words."""
        if len(self.differences) < self._limit:
            self.differences.append(Difference(path, what, _clip(left), _clip(right), rounding))

    def give_up(self, path: str, why: str) -> None:
        """Notes that a part cannot be compared."""
        if len(self.given_up) < self._limit:
            self.given_up.append(GivenUp(path, why))


def compare_values(
    a: Any, b: Any, package: str = "", plain: Callable[[str], str] = str
) -> tuple[list[Difference], list[GivenUp]]:
    """Compares two values that stand alone.

    Args:
        a: The notebook's.
        b: The pipeline's.
        package: The project's package.
        plain: See `Comparer`.
    """
    comparer = Comparer(package, plain)
    comparer.compare(a, b)
    comparer.finish()
    return comparer.differences, comparer.given_up


def _is_found(cls: type) -> bool:
    """Whether a class is the one that its module has under its name."""
    found: Any = sys.modules.get(cls.__module__)
    for name in cls.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is cls


def own_name(thing: Any) -> str:
    """The name of a class or function without the functions around it: a stage's function is around its code."""
    return str(getattr(thing, "__qualname__", getattr(thing, "__name__", ""))).rpartition("<locals>.")[2]


class _Name:
    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def name_type(a: Any, b: Any, *, left: bool) -> _Name:
    """A type's name and the value, as a difference shows them; with the module where the names are the same."""
    value = a if left else b
    cls = type(value)
    same = type(a).__qualname__ == type(b).__qualname__
    name = f"{cls.__module__}.{cls.__qualname__}" if same else cls.__qualname__
    return _Name(f"{name}: {short_repr(value)}")


def loaded(module: str) -> Any:
    """A library's module where something has imported it, else None: without it there can be no value of its types."""
    return sys.modules.get(module)


def _clip(text: str, most: int = 300) -> str:
    text = _ADDRESS.sub("0x…", text)
    return text if len(text) <= most else text[: most - 1] + "…"
