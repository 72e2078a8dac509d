"""Values in one short line."""

from __future__ import annotations

import reprlib
from typing import Any


def short_repr(value: Any, most: int = 160) -> str:
    """A value's repr on one line, cut where it gets long; never raises."""
    writer = reprlib.Repr()
    writer.maxstring = writer.maxother = writer.maxlong = most
    writer.maxlist = writer.maxtuple = writer.maxset = writer.maxfrozenset = writer.maxdict = writer.maxdeque = 8
    writer.maxarray = 8
    writer.maxlevel = 4
    try:
        kind = type(value)
        if kind.__module__.startswith("pandas"):
            shape = getattr(value, "shape", None)
            if isinstance(shape, tuple) and shape:
                return _describe_table(value, shape)
        text = writer.repr(value)
    except Exception as error:
        return f"<{type(value).__qualname__}, whose repr raises {type(error).__name__}>"
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"


def _describe_table(value: Any, shape: tuple[int, ...]) -> str:
    name = type(value).__name__
    if name == "DataFrame":
        columns = [str(c) for c in value.columns[:6]]
        more = ", …" if shape[1] > len(columns) else ""
        return f"DataFrame of {shape[0]} × {shape[1]} ({', '.join(columns)}{more})"
    first = ", ".join(short_repr(v, 30) for v in list(value[:6] if name.endswith("Index") else value.iloc[:6]))
    return f"{name} of {shape[0]} {value.dtype}: {first}{', …' if shape[0] > 6 else ''}"
