"""Which rule fits which type."""

from __future__ import annotations

import functools
from typing import Any

from nb2pipe.verify.values import arrays, builtin, code, figures, frames, objects
from nb2pipe.verify.values.comparer import Rule

#: Compared by `==`; which object it is cannot matter.
_PLAIN = (type(None), bool, int, bytes, type(Ellipsis), type(NotImplemented), range)


def find_rule(cls: type) -> tuple[Rule, bool, bool]:
    """The rule for a type; whether it is atomic (has no parts); whether it can matter which object it is."""
    return _find_rule(cls)


@functools.lru_cache(maxsize=4096)
def _find_rule(cls: Any) -> tuple[Rule, bool, bool]:
    for table in (builtin.RULES, code.RULES):
        if cls in table:
            return table[cls]
    if cls in _PLAIN:
        return builtin.compare_equal, True, False
    for find in (arrays.find_rule, frames.find_rule, figures.find_rule, code.find_rule, builtin.find_rule):
        found = find(cls)
        if found is not None:
            return found
    return objects.compare_object, False, not _is_value(cls)


def _is_value(cls: type) -> bool:
    """An object with a hash of its own is a value: which of two equal ones it is cannot be told by what it is for."""
    own: Any = cls.__hash__
    return own is not None and own is not object.__hash__
