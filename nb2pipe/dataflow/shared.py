"""Whether a cell above the first stage only imports, defines or configures, so that every stage may share it."""

from __future__ import annotations

import ast

from nb2pipe.dataflow import knowledge as known
from nb2pipe.notebook.magics import python_source
from nb2pipe.notebook.model import MagicKind

_DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Pass)
_SETTERS = frozenset(name.rsplit(".", 1)[-1] for name in known.SETTING_CALLS) | {"seed", "manual_seed"}


def is_shared_cell(source: str) -> bool:
    """True for cells of imports, definitions, constants and settings."""
    python = python_source(source)
    try:
        tree = ast.parse(python.text)
    except (SyntaxError, ValueError):
        return False
    lines = set()
    for magic in python.magics:
        if magic.kind is not MagicKind.LINE or magic.target or magic.name not in known.SETTING_MAGICS:
            return False
        lines.add(magic.line)
    return all(s.lineno in lines or _is_shared(s) for s in tree.body)


def _is_shared(node: ast.stmt) -> bool:
    if isinstance(node, _DEFINITIONS):
        return True
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if node.value is None:
            return True
        if all(isinstance(t, ast.Name) for t in targets):
            return _is_constant(node.value)
        return _is_setting_target(targets[0]) and _is_constant(node.value)
    if isinstance(node, ast.Expr):
        value = node.value
        if isinstance(value, ast.Constant):
            return False
        if isinstance(value, ast.Call):
            name = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
            return name in _SETTERS and all(_is_constant(a) for a in value.args)
    if isinstance(node, ast.Try):
        parts = [*node.body, *node.orelse, *node.finalbody, *(s for h in node.handlers for s in h.body)]
        return all(_is_shared(s) for s in parts)
    return False


def _is_constant(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        return isinstance(node, ast.Lambda)
    return True


def _is_setting_target(node: ast.expr) -> bool:
    text = ast.unparse(node)
    return sets_shell(text) or any(word in text for word in ("rcParams", "options.", "environ"))


def sets_shell(text: str) -> bool:
    """Whether code speaks of what IPython's shell does with each cell, as what it shows of it."""
    return "InteractiveShell" in text or "ast_node_interactivity" in text
