"""Source text by lines: which lines a statement has, what may be indented, what stands above it."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Collection, Sequence


def statement_lines(node: ast.stmt) -> range:
    """Lines of a statement, decorators included, from 1."""
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    return range(first, (node.end_lineno or node.lineno) + 1)


def comment_above(lines: Sequence[str], first: int) -> int:
    """First line of the comment block that touches line `first`."""
    while first > 1 and lines[first - 2].startswith("#"):
        first -= 1
    return first


def string_lines(tree: ast.AST) -> set[int]:
    """Lines that begin inside a string: indenting them would change it."""
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.JoinedStr, ast.Constant)) and (
            isinstance(node, ast.JoinedStr) or isinstance(node.value, (str, bytes))
        ):
            inside.update(range(node.lineno + 1, (node.end_lineno or node.lineno) + 1))
    return inside


def indent(text: str, tree: ast.AST, prefix: str = "    ") -> str:
    """Indents code without touching its strings."""
    inside = string_lines(tree)
    return "\n".join(
        line if number in inside or not line.strip() else prefix + line
        for number, line in enumerate(text.split("\n"), 1)
    )


def ends_with_semicolon(text: str) -> bool:
    """Whether the code's last token, comments aside, is `;`: IPython then shows nothing."""
    last = ""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type not in (
                tokenize.COMMENT,
                tokenize.NL,
                tokenize.NEWLINE,
                tokenize.ENDMARKER,
                tokenize.DEDENT,
                tokenize.INDENT,
            ):
                last = token.string
    except (tokenize.TokenError, IndentationError, SyntaxError):
        return text.rstrip().endswith(";")
    return last == ";"


def replace_segment(lines: list[str], node: ast.expr, before: str, after: str) -> None:
    """Puts text around an expression; columns of `ast` count bytes of UTF-8."""
    end_line = (node.end_lineno or node.lineno) - 1
    end = len(lines[end_line].encode()[: node.end_col_offset].decode())
    lines[end_line] = lines[end_line][:end] + after + lines[end_line][end:]
    start = len(lines[node.lineno - 1].encode()[: node.col_offset].decode())
    lines[node.lineno - 1] = lines[node.lineno - 1][:start] + before + lines[node.lineno - 1][start:]


def drop_lines(lines: Sequence[str], numbers: Collection[int]) -> list[str]:
    """The lines without those numbers (from 1)."""
    return [line for number, line in enumerate(lines, 1) if number not in numbers]
