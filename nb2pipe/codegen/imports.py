"""Import lines for generated files: grouped, each name once, in the notebook's order where order may matter."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from nb2pipe.dataflow.facts import Item


def render_imports(items: Iterable[Item]) -> list[str]:
    """Import statements for items, standard library first, `from m import a, b` joined."""
    future: dict[str, None] = {}
    plain: dict[tuple[int, str], None] = {}
    grouped: dict[tuple[int, str], dict[str, None]] = {}
    for item in items:
        assert item.alias is not None
        module, attribute, name = item.alias
        if module == "__future__":
            future[attribute] = None
        elif attribute:
            part = attribute if attribute == name else f"{attribute} as {name}"
            grouped.setdefault((_rank(module), module), {})[part] = None
        else:
            plain[(_rank(module), item.source)] = None
    lines: list[str] = []
    if future:
        lines += [f"from __future__ import {', '.join(sorted(future))}", ""]
    for rank in (0, 1, 2):
        block = [text for r, text in plain if r == rank]
        block += [f"from {module} import {', '.join(parts)}" for (r, module), parts in grouped.items() if r == rank]
        if block:
            lines += [*_sorted(block), ""]
    return lines[:-1] if lines and not lines[-1] else lines


def _sorted(lines: Sequence[str]) -> list[str]:
    return sorted(lines, key=lambda t: (t.startswith("from"), t.split()[1].lower()))


def _rank(module: str) -> int:
    root = module.split(".", maxsplit=1)[0]
    return 2 if not root else 0 if root in sys.stdlib_module_names else 1
