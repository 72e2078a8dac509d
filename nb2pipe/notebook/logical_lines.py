"""Finds where logical lines of Python end, in text that may hold what is no Python.

The tokenizer of the standard library stops at, or reports differently from version to version, what
IPython adds to the language; this one goes on. See
https://docs.python.org/3/reference/lexical_analysis.html#line-structure.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass

#: Since Python 3.12 (PEP 701) an f-string may hold its own quotes and newlines inside braces.
_NESTED_QUOTES = sys.version_info >= (3, 12)
_FORMATTED_PREFIXES = frozenset({"f", "fr", "rf", "t", "tr", "rt"})

_PLAIN_STRINGS = {
    "'": re.compile(r"'(?:\\.|[^\\\n'])*'?", re.DOTALL),
    '"': re.compile(r'"(?:\\.|[^\\\n"])*"?', re.DOTALL),
    "'''": re.compile(r"'''(?:\\.|[^\\])*?(?:'''|\Z)", re.DOTALL),
    '"""': re.compile(r'"""(?:\\.|[^\\])*?(?:"""|\Z)', re.DOTALL),
}


@dataclass(frozen=True, slots=True)
class LogicalLine:
    """One logical line of Python.

    Attributes:
        end: Place of the newline that ends it, or of the end of the text.
        last: Its last character that is not blank, a quote for a string; empty before a comment.
        value: Place of what follows its first `=` outside brackets, or -1.
    """

    end: int
    last: str
    value: int


def scan_logical_line(text: str, pos: int) -> LogicalLine:
    """Finds the end of the logical line that begins at `pos`.

    Strings, brackets, comments and backslashes at the end of a line are known. What is no Python is
    read as far as it goes: a string that is not closed ends with its line, or with the text.

    Args:
        text: The text.
        pos: Place where a logical line begins.

    Returns:
        Where it ends, and what matters about it for magics.
    """
    depth, last, value = 0, "", -1
    while pos < len(text) and (depth or text[pos] != "\n"):
        char = text[pos]
        if char == "#":
            pos = _line_end(text, pos)
            last = "" if depth == 0 else last
            continue
        if char in "'\"":
            pos, last = _string_end(text, pos), char
            continue
        if char == "\\" and text[pos + 1 : pos + 3].lstrip("\r")[:1] == "\n":
            pos = text.index("\n", pos) + 1
            continue
        if char == "=" and depth == 0 and value < 0 and _is_assignment(text, pos):
            value = pos + 1
        depth = _depth(depth, char)
        last = last if char.isspace() else char
        pos += 1
    return LogicalLine(min(pos, len(text)), last if depth == 0 else "", value)


def _is_assignment(text: str, pos: int) -> bool:
    return text[pos + 1 : pos + 2] != "=" and text[pos - 1 : pos] not in set("=!<>:+-*/%&|^@~")


def _depth(depth: int, char: str) -> int:
    if char in "([{":
        return depth + 1
    return max(0, depth - 1) if char in ")]}" else depth


def _string_end(text: str, pos: int, nested: bool = _NESTED_QUOTES) -> int:
    """Place after the string whose quote stands at `pos`."""
    quote = text[pos] * 3 if text.startswith(text[pos] * 3, pos) else text[pos]
    prefix = re.search(r"\w*\Z", text[max(0, pos - 3) : pos])
    if nested and prefix and prefix[0].lower() in _FORMATTED_PREFIXES:
        return _formatted_end(text, pos + len(quote), quote, "r" in prefix[0].lower())
    match = _PLAIN_STRINGS[quote].match(text, pos)
    return match.end() if match else len(text)


def _formatted_end(text: str, pos: int, quote: str, raw: bool) -> int:
    while pos < len(text):
        if text.startswith(quote, pos):
            return pos + len(quote)
        if text[pos] == "\n" and len(quote) == 1:
            return pos
        if text.startswith("\\N{", pos) and not raw:
            pos = _after(text, "}", pos)
        elif text[pos] == "\\":
            pos += 1 if text[pos + 1 : pos + 2] in ("{", "}") else 2
        elif text.startswith("{{", pos):
            pos += 2
        elif text[pos] == "{":
            pos = _field_end(text, pos + 1, quote)
        else:
            pos += 1
    return len(text)


def _field_end(text: str, pos: int, quote: str) -> int:
    """Place after the `}` of a replacement field."""
    depth = 0
    while pos < len(text):
        char = text[pos]
        if char in "'\"":
            pos = _string_end(text, pos, True)
            continue
        if char == "#":
            pos = _line_end(text, pos)
            continue
        if char == "}" and depth == 0:
            return pos + 1
        if char == ":" and depth == 0:
            return _spec_end(text, pos + 1, quote)
        depth = _depth(depth, char)
        pos += 1
    return len(text)


def _spec_end(text: str, pos: int, quote: str) -> int:
    """Place after the `}` that ends a format specification, which may hold fields of its own."""
    while pos < len(text):
        if text[pos] == "}":
            return pos + 1
        if text[pos] == "{":
            pos = _field_end(text, pos + 1, quote)
        elif text.startswith(quote, pos) or (text[pos] == "\n" and len(quote) == 1):
            return pos
        else:
            pos += 1
    return len(text)


def _line_end(text: str, pos: int) -> int:
    end = text.find("\n", pos)
    return len(text) if end < 0 else end


def _after(text: str, mark: str, pos: int) -> int:
    end = text.find(mark, pos)
    return len(text) if end < 0 else end + len(mark)
