"""Numbers, texts, containers, and the types of the standard library."""

from __future__ import annotations

import array
import collections
import datetime
import decimal
import enum
import fractions
import functools
import math
import pathlib
import re
import types
import uuid
from collections.abc import Iterable
from typing import Any

from nb2pipe.verify.values.comparer import ROUNDING, Comparer, Rule
from nb2pipe.verify.values.short import short_repr

#: Sets larger than this are matched by their repr, not member by member.
_MATCHED = 200


def compare_equal(c: Comparer, a: Any, b: Any, path: str) -> None:
    """By `==`."""
    if a is not b and not bool(a == b):
        c.differ(path, "value", a, b)


def compare_repr(c: Comparer, a: Any, b: Any, path: str) -> None:
    """By `==` and by what it shows: `Decimal("1.0")` and `Decimal("1.00")` are equal and look different."""
    if a is not b and not (repr(a) == repr(b) and (a == b or _is_nan(a))):
        c.differ(path, "value", a, b)


def compare_float(c: Comparer, a: float, b: float, path: str) -> None:
    """NaN is NaN; the zeros have signs."""
    if not same_float(a, b):
        c.differ(path, "value", a, b, rounding=a != b and math.isclose(a, b, rel_tol=ROUNDING))


def same_float(a: float, b: float) -> bool:
    """Whether two floats are the same number."""
    if a == b:
        return a != 0 or math.copysign(1, a) == math.copysign(1, b)
    return math.isnan(a) and math.isnan(b)


def _is_nan(value: Any) -> bool:
    return isinstance(value, decimal.Decimal) and value.is_nan()


def compare_complex(c: Comparer, a: complex, b: complex, path: str) -> None:
    """Part by part."""
    if not (same_float(a.real, b.real) and same_float(a.imag, b.imag)):
        c.differ(path, "value", a, b)


def compare_text(c: Comparer, a: str, b: str, path: str) -> None:
    """Character by character, but for the names of temporary folders."""
    if not c.same_text(a, b):
        c.differ(path, "value", a, b)


def compare_path(c: Comparer, a: pathlib.PurePath, b: pathlib.PurePath, path: str) -> None:
    """As text."""
    if not c.same_text(str(a), str(b)):
        c.differ(path, "value", a, b)


def compare_sequence(c: Comparer, a: Any, b: Any, path: str) -> None:
    """Item by item, in order."""
    if len(a) != len(b):
        c.differ_text(path, "length", f"{len(a)}: {short_repr(a)}", f"{len(b)}: {short_repr(b)}")
        return
    for i, (x, y) in enumerate(zip(list(a), list(b), strict=True)):
        c.compare(x, y, f"{path}[{i}]")


def compare_deque(c: Comparer, a: Any, b: Any, path: str) -> None:
    """As a sequence; its greatest length, too."""
    c.compare(a.maxlen, b.maxlen, f"{path}.maxlen")
    compare_sequence(c, a, b, path)


def compare_dict(c: Comparer, a: Any, b: Any, path: str) -> None:
    """Keys in order, then values."""
    mine, theirs = list(a), list(b)
    if len(mine) != len(theirs) or not _same_keys(c, mine, theirs, path):
        _explain_keys(c, mine, theirs, path)
        return
    for x, y in zip(mine, theirs, strict=True):
        c.compare(a[x], b[y], f"{path}[{short_repr(x, 60)}]")


def _same_keys(c: Comparer, mine: list[Any], theirs: list[Any], path: str) -> bool:
    trial = type(c)(c._package, c.plain, limit=1)
    for x, y in zip(mine, theirs, strict=True):
        trial.compare(x, y, path)
    return not trial.differences and not trial.given_up


def _explain_keys(c: Comparer, mine: list[Any], theirs: list[Any], path: str) -> None:
    try:
        left = [k for k in mine if k not in set(theirs)]
        right = [k for k in theirs if k not in set(mine)]
    except TypeError:
        left, right = mine, theirs
    if left or right:
        c.differ_text(
            path,
            "keys",
            f"also has {short_repr(left)}" if left else "lacks them",
            f"also has {short_repr(right)}" if right else "lacks them",
        )
    else:
        c.differ(path, "order of keys", mine, theirs)


def compare_defaultdict(c: Comparer, a: Any, b: Any, path: str) -> None:
    """As a dict; what makes its defaults, too."""
    c.compare(a.default_factory, b.default_factory, f"{path}.default_factory")
    compare_dict(c, a, b, path)


def compare_set(c: Comparer, a: Any, b: Any, path: str) -> None:
    """Whatever the order; members that are objects are matched by structure."""
    left, right = _unmatched(a, b), _unmatched(b, a)
    if len(a) != len(b):
        c.differ_text(path, "members", f"also has {short_repr(left)}", f"also has {short_repr(right)}")
        return
    if len(left) > _MATCHED:
        c.differ(path, "members", sorted(map(repr, left)), sorted(map(repr, right)))
        return
    for x in left:
        for k, y in enumerate(right):
            trial = type(c)(c._package, c.plain, limit=1)
            trial.compare(x, y)
            if not trial.differences and not trial.given_up:
                del right[k]
                break
        else:
            c.differ(path, "members", x, right)
            return


def _unmatched(a: Any, b: Any) -> list[Any]:
    """Members of `a` that `b` has not: 1, 1.0 and True are equal, and not the same."""
    kinds = {x: type(x) for x in b}
    return [x for x in a if kinds.get(x) is not type(x)]


def compare_slice(c: Comparer, a: slice, b: slice, path: str) -> None:
    """Its three parts."""
    for name in ("start", "stop", "step"):
        c.compare(getattr(a, name), getattr(b, name), f"{path}.{name}")


def compare_array_array(c: Comparer, a: Any, b: Any, path: str) -> None:
    """Type code and items."""
    c.compare(a.typecode, b.typecode, f"{path}.typecode")
    compare_sequence(c, a, b, path)


def compare_partial(c: Comparer, a: Any, b: Any, path: str) -> None:
    """Function, arguments, attributes."""
    for name in ("func", "args", "keywords", "__dict__"):
        c.compare(getattr(a, name), getattr(b, name), f"{path}.{name}")


def compare_enum(c: Comparer, a: Any, b: Any, path: str) -> None:
    """Name and value; the class was compared."""
    if a.name != b.name:
        c.differ(path, "value", a, b)
    else:
        c.compare(a.value, b.value, f"{path}.value")


def compare_mapping_proxy(c: Comparer, a: Any, b: Any, path: str) -> None:
    """As the dict behind it."""
    compare_dict(c, dict(a), dict(b), path)


def compare_exception(c: Comparer, a: BaseException, b: BaseException, path: str) -> None:
    """Arguments and attributes."""
    c.compare(a.args, b.args, f"{path}.args")
    compare_dict(c, dict(sorted(vars(a).items())), dict(sorted(vars(b).items())), path)


def compare_module(c: Comparer, a: types.ModuleType, b: types.ModuleType, path: str) -> None:
    """By name."""
    if a.__name__ != b.__name__:
        c.differ(path, "value", a, b)


def compare_cell(c: Comparer, a: Any, b: Any, path: str) -> None:
    """A closure's variable: its content."""
    for x, y in zip(_content(a), _content(b), strict=False):
        c.compare(x, y, path)


def _content(cell: Any) -> tuple[Any, ...]:
    try:
        return (cell.cell_contents,)
    except ValueError:
        return ()


def _value(rule: Rule) -> tuple[Rule, bool, bool]:
    return rule, True, False


def _parts(rule: Rule, tracked: bool = True) -> tuple[Rule, bool, bool]:
    return rule, False, tracked


def _table(rule: Rule, types_: Iterable[type]) -> dict[type, tuple[Rule, bool, bool]]:
    return dict.fromkeys(types_, _value(rule))


RULES: dict[type, tuple[Rule, bool, bool]] = {
    float: _value(compare_float),
    complex: _value(compare_complex),
    str: _value(compare_text),
    list: _parts(compare_sequence),
    tuple: _parts(compare_sequence, tracked=False),
    dict: _parts(compare_dict),
    collections.OrderedDict: _parts(compare_dict),
    collections.Counter: _parts(compare_dict),
    collections.defaultdict: _parts(compare_defaultdict),
    collections.deque: _parts(compare_deque),
    set: _parts(compare_set),
    frozenset: _parts(compare_set, tracked=False),
    bytearray: _parts(compare_equal),
    slice: _parts(compare_slice, tracked=False),
    array.array: _parts(compare_array_array),
    functools.partial: _parts(compare_partial, tracked=False),
    types.MappingProxyType: _parts(compare_mapping_proxy, tracked=False),
    types.ModuleType: _value(compare_module),
    types.CellType: _parts(compare_cell),
    **_table(
        compare_repr,
        (
            decimal.Decimal,
            fractions.Fraction,
            datetime.date,
            datetime.datetime,
            datetime.time,
            datetime.timedelta,
            datetime.timezone,
            uuid.UUID,
            re.Pattern,
        ),
    ),
}


def find_rule(cls: type) -> tuple[Rule, bool, bool] | None:
    """Rules for families of types."""
    if issubclass(cls, enum.Enum):
        return compare_enum, False, False
    if issubclass(cls, pathlib.PurePath):
        return _value(compare_path)
    if issubclass(cls, BaseException):
        return _parts(compare_exception)
    if issubclass(cls, types.ModuleType):
        return _value(compare_module)
    return None
