"""Names that engines accept."""

from __future__ import annotations

import re
from collections.abc import Iterable


def distinct_names(names: Iterable[str], *, lower: bool = False, separator: str = "_") -> dict[str, str]:
    """Gives each name one of ASCII letters, digits and separators that begins with a letter, different from the others'.

    Args:
        names: What must be told apart.
        lower: Whether only lower case is allowed.
        separator: What stands for other characters, and before the number of a name that was taken.

    Returns:
        Name to chosen name; names that are fine as they are keep them, and two differ in more than case.
    """
    wanted = tuple(names)
    chosen: dict[str, str] = {}
    taken: set[str] = set()
    for name in sorted(wanted, key=lambda name: _clean(name, lower, separator) != name):
        clean = _clean(name, lower, separator)
        number, candidate = 1, clean
        while candidate.lower() in taken:
            number += 1
            candidate = f"{clean}{separator}{number}"
        taken.add(candidate.lower())
        chosen[name] = candidate
    return {name: chosen[name] for name in wanted}


def _clean(name: str, lower: bool, separator: str) -> str:
    text = re.sub(r"[^A-Za-z0-9]+", separator, name.lower() if lower else name).strip(separator)
    return text if text[:1].isalpha() else f"x{separator}{text}".rstrip(separator)
