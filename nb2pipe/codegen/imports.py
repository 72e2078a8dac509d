"""Import lines for generated files: grouped, each name once, in the notebook's order where order may matter."""

from __future__ import annotations

import ast
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


def sort_imports(statements: Iterable[str], package: str) -> list[str]:
    """Import statements of a module as isort orders them: by group, each module and each name once.

    Args:
        statements: One import statement each.
        package: The project's own package, whose modules come last.
    """
    plain: dict[tuple[int, str], None] = {}
    grouped: dict[tuple[int, str], set[str]] = {}
    for node in ast.parse("\n".join(statements)).body:
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            names = {alias.name + (f" as {alias.asname}" if alias.asname else "") for alias in node.names}
            grouped.setdefault((_group(module, package), module), set()).update(names)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                text = alias.name + (f" as {alias.asname}" if alias.asname else "")
                plain[(_group(alias.name, package), f"import {text}")] = None
    lines: list[str] = []
    for group in sorted({group for group, _ in (*plain, *grouped)}):
        block = [text for g, text in plain if g == group]
        block += [
            f"from {module} import {', '.join(sorted(names, key=_by_type))}"
            for (g, module), names in grouped.items()
            if g == group
        ]
        lines += ["", *_sorted(block)] if lines else _sorted(block)
    return lines


def _group(module: str, package: str) -> int:
    root = module.split(".", maxsplit=1)[0]
    return -1 if root == "__future__" else 3 if root == package else _rank(module)


def _by_type(name: str) -> tuple[int, str, str]:
    """Constants, then classes, then the others."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2, name.lower(), name)


def _sorted(lines: Sequence[str]) -> list[str]:
    return sorted(lines, key=lambda t: (t.startswith("from"), t.split()[1].lower()))


def _rank(module: str) -> int:
    root = module.split(".", maxsplit=1)[0]
    return 2 if not root else 0 if root in sys.stdlib_module_names else 1
