"""The type of a value as an annotation with full names. Its text runs in the notebook's kernel, too: no other import."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterable
from typing import Any

#: Of a container, this many items are looked at, this deep.
MOST_ITEMS, LEVELS = 1000, 2


def type_name(value: Any, depth: int = LEVELS) -> str:
    """A type such as `dict[str, pandas.DataFrame]`; `__main__.X` is the notebook's own class, `Any` has no name.

    Args:
        value: Any object; nothing in it is called.
        depth: How many levels of containers to look into.
    """
    kind = type(value)
    if value is None:
        return "None"
    if kind in (types.FunctionType, types.BuiltinFunctionType, types.MethodType):
        return "collections.abc.Callable"
    name = class_name(kind)
    if not depth or kind not in (list, set, frozenset, tuple, dict):
        return name
    if kind is dict:
        keys, items = (_common(part, depth) for part in (value, value.values()))
        return f"dict[{keys}, {items}]" if value else name
    if kind is tuple and 0 < len(value) <= 4:
        return f"tuple[{', '.join(type_name(item, depth - 1) for item in value)}]"
    inner = _common(value, depth) if value else ""
    return f"{name}[{inner}{', ...' if kind is tuple else ''}]" if inner else name


def _common(items: Iterable[Any], depth: int) -> str:
    """What the items have in common, by the first of them."""
    names = {type_name(item, depth - 1) for item, _ in zip(items, range(MOST_ITEMS))}  # noqa: B905  # of different lengths
    if len(names) > 1:
        names = {name.split("[")[0] for name in names}
    if len(names) == 2 and "None" in names:
        return " | ".join(sorted(names, key=lambda name: name == "None"))
    return names.pop() if len(names) == 1 else "Any"


def class_name(kind: type) -> str:
    """The shortest public name under which a class can be imported, such as `pandas.DataFrame`."""
    module, name = kind.__module__, kind.__qualname__
    if module == "builtins":
        return name if getattr(sys.modules["builtins"], name, None) is kind else "Any"
    if "." in name or not name.isidentifier():
        return "Any"
    if module == "__main__":
        return f"__main__.{name}" if getattr(sys.modules["__main__"], name, None) is kind else "Any"
    parts = module.split(".")
    for count in range(1, len(parts) + 1):
        place = ".".join(parts[:count])
        if parts[count - 1].startswith("_"):
            break
        if vars(sys.modules.get(place, object)).get(name) is kind:
            return f"{place}.{name}"
    return "Any"
