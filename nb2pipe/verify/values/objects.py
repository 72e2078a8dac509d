"""Objects by structure: attributes, slots, the content of the built-in type below, else what pickle would store."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from nb2pipe.verify.capture import COMPUTED_BY
from nb2pipe.verify.values.builtin import RULES as BUILTIN
from nb2pipe.verify.values.comparer import Comparer
from nb2pipe.verify.values.short import short_repr

#: Caches that libraries fill when they like; what is in them follows from the rest.
_CACHES = frozenset({"_cache", "_item_cache", "_cacher"})
_EQUALS = {
    "polars.dataframe.frame.DataFrame": "equals",
    "polars.series.series.Series": "equals",
    "pyarrow.lib.Table": "equals",
    "pyarrow.lib.RecordBatch": "equals",
    "xarray.core.dataarray.DataArray": "identical",
    "xarray.core.dataset.Dataset": "identical",
    "networkx.utils.misc.Dummy": "equals",
}
_MISSING = object()


def compare_object(c: Comparer, a: Any, b: Any, path: str) -> None:
    """Compares two objects of one class, or of the notebook's and the project's class of one name."""
    cls = type(a)
    known = _EQUALS.get(f"{cls.__module__}.{cls.__qualname__}")
    if known is not None:
        if not getattr(a, known)(b):
            c.differ(path, "value", a, b)
        return
    if cls.__module__.partition(".")[0] == "torch" and hasattr(a, "numpy"):
        _compare_tensor(c, a, b, path)
        return
    base = _builtin_base(cls)
    if base is not None:
        _compare_base(c, a, b, path, base)
    mine, theirs = attributes(a), attributes(b)
    if mine is not None and theirs is not None:
        _compare_attributes(c, _with_cached(a, mine, theirs), _with_cached(b, theirs, mine), path)
        if base is None and _has_hidden_state(cls):
            _compare_reduced(c, a, b, path)
    elif base is None:
        _compare_reduced(c, a, b, path)


def attributes(value: Any) -> dict[str, Any] | None:
    """An object's attributes, slots included; None where it has neither `__dict__` nor slots of Python's."""
    found: dict[str, Any] = {}
    any_place = False
    for cls in reversed(type(value).__mro__):
        slots = cls.__dict__.get("__slots__")
        if slots is None:
            continue
        any_place = True
        for slot in (slots,) if isinstance(slots, str) else tuple(slots):
            name = f"_{cls.__name__.lstrip('_')}{slot}" if slot.startswith("__") and not slot.endswith("__") else slot
            if name in ("__dict__", "__weakref__"):
                continue
            try:
                found[name] = getattr(value, name)
            except AttributeError:
                continue
    own = getattr(value, "__dict__", None)
    if isinstance(own, dict):
        any_place = True
        found.update(own)
    return found if any_place else None


def _with_cached(value: Any, mine: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    """An object's attributes, with the values of cached properties that only the other one has been asked for yet.

    Whoever asks this one next gets them computed, so what it gives then is what there is to compare.
    """
    found = dict(mine)
    for name in theirs.keys() - mine.keys():
        if isinstance(inspect.getattr_static(type(value), name, None), functools.cached_property):
            with contextlib.suppress(Exception):
                found[name] = getattr(value, name)
    return found


def _compare_attributes(c: Comparer, a: dict[str, Any], b: dict[str, Any], path: str) -> None:
    names = sorted({*a, *b} - _CACHES, key=str)
    for name in names:
        x, y = a.get(name, _MISSING), b.get(name, _MISSING)
        if x is _MISSING or y is _MISSING:
            c.differ_text(
                f"{path}.{name}",
                "attribute",
                "it is not there" if x is _MISSING else short_repr(x),
                "it is not there" if y is _MISSING else short_repr(y),
            )
        else:
            c.compare(x, y, f"{path}.{name}")


def _builtin_base(cls: type) -> type | None:
    """The built-in type with content of its own that a class derives from."""
    for base in cls.__mro__[1:]:
        if base in BUILTIN or base in (int, bytes):
            return base
    return None


def _compare_base(c: Comparer, a: Any, b: Any, path: str, base: type) -> None:
    from nb2pipe.verify.values.rules import find_rule

    if base in (int, bytes, float, str):
        # A subclass may show and compare itself as it likes; the number or text below is what it is.
        method = {
            int: int.__int__,
            bytes: bytes.__bytes__ if hasattr(bytes, "__bytes__") else bytes,
            float: float.__float__,
            str: str.__str__,
        }[base]
        a, b = method(a), method(b)
    find_rule(base)[0](c, a, b, path)


def _has_hidden_state(cls: type) -> bool:
    """Whether a class has a way of its own to be stored: there may be more to it than its attributes."""
    own = {name for base in cls.__mro__[:-1] if base is not SimpleNamespace for name in vars(base)}
    return bool(own & {"__reduce__", "__reduce_ex__", "__getstate__"})


def _compare_reduced(c: Comparer, a: Any, b: Any, path: str) -> None:
    """By what pickle would store."""
    try:
        left, right = _reduced(a), _reduced(b)
    except Exception as error:
        if "__eq__" in {n for cls in type(a).__mro__[:-1] for n in vars(cls)}:
            _compare_by_equality(c, a, b, path)
        else:
            c.give_up(path, f"`{type(a).__qualname__}` has no parts to see and cannot be stored ({error})")
        return
    if isinstance(left, str) or isinstance(right, str):
        if left != right:
            c.differ(path, "value", a, b)
        return
    for x, y in zip(left, right, strict=True):
        before = len(c.differences)
        c.compare(x, y, path)
        if len(c.differences) > before:
            return


def _reduced(value: Any) -> str | list[Any]:
    reduced = value.__reduce_ex__(4)
    if isinstance(reduced, str):
        return reduced
    parts = [*reduced, None, None, None][:5]
    return [*parts[:3], _listed(parts[3]), _listed(parts[4])]


def _listed(items: Iterator[Any] | None) -> list[Any] | None:
    return None if items is None else list(items)


def _compare_by_equality(c: Comparer, a: Any, b: Any, path: str) -> None:
    same = a == b
    if not isinstance(same, bool):
        c.give_up(path, f"`==` of two `{type(a).__qualname__}` gives no truth value")
    elif not same:
        c.differ(path, "value", a, b)


def _compare_tensor(c: Comparer, a: Any, b: Any, path: str) -> None:
    c.compare(str(a.dtype), str(b.dtype), f"{path}.dtype")
    c.compare(a.requires_grad, b.requires_grad, f"{path}.requires_grad")
    mine, theirs = _computed_by(a), _computed_by(b)
    c.compare(mine, theirs, f"{path}.grad_fn")
    if not mine and not theirs:  # torch warns who asks others
        c.compare(a.grad, b.grad, f"{path}.grad")
    c.compare(a.detach().cpu().numpy(), b.detach().cpu().numpy(), path)


def _computed_by(tensor: Any) -> str:
    """The name of what computed a tensor, as `repr` has it; empty where it is a leaf."""
    by: str = getattr(tensor, COMPUTED_BY, "") or (type(tensor.grad_fn).__name__ if tensor.grad_fn is not None else "")
    return by
