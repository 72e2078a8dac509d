"""Markdown as docstrings and comments: sentences, paragraphs of a width, headings without their marks."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence

#: Lines that mean something by themselves: lists, tables, quotes, fences, HTML, formulas, indented code.
_OWN_LINE = re.compile(r"\s*([-*+|>]|\d+[.)]|```|~~~|<|\$\$|!\[|:::)|\s{4}|\t")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(.*?)\s*#*\s*$")
_RULE = re.compile(r"\s{0,3}([-*_])(\s*\1){2,}\s*$")  # a line across the page


def sentence(text: str) -> str:
    """One sentence: with a capital where its first word is a plain one, and with a mark at its end."""
    text = " ".join(text.split())
    first = re.split(r"[\s,.;:]", text, maxsplit=1)[0]
    if first.isalpha() and first.islower():
        text = text[:1].upper() + text[1:]
    return text if not text or text.endswith((".", "!", "?", "…", ":")) else f"{text}."


def without_headings(source: str) -> str:
    """Markdown without its headings and the rules between its parts."""
    lines = (line for line in source.split("\n") if not _HEADING.match(line) and not _RULE.match(line))
    return "\n".join(lines).strip()


def has_prose(source: str) -> bool:
    """Whether markdown says more than its headings and rules do."""
    return bool(without_headings(source))


def comment_lines(source: str, width: int) -> list[str]:
    """Markdown as lines for a comment, at most `width` wide where words allow; headings lose their marks."""
    lines: list[str] = []
    is_code = False
    for line in source.strip().split("\n"):
        is_code ^= line.lstrip().startswith(("```", "~~~"))
        heading = None if is_code else _HEADING.match(line)
        lines += [heading[1], ""] if heading else [line]
    return fill(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n"), width)


def fill(text: str, width: int) -> list[str]:
    """The text with each paragraph that is too wide broken again; what is not a paragraph stays."""
    found: list[str] = []
    for lines, is_paragraph in _blocks(text.split("\n")):
        is_narrow = all(len(line) <= width for line in lines)
        if not is_paragraph or is_narrow or any(line.endswith("  ") for line in lines):
            found += lines
        else:
            found += textwrap.wrap(" ".join(lines), width, break_long_words=False, break_on_hyphens=False)
    return [line.rstrip() for line in found]


def _blocks(lines: Sequence[str]) -> Iterator[tuple[list[str], bool]]:
    """Lines that belong together, and whether they are a paragraph; lists, tables, code and blank lines are not."""
    paragraph: list[str] = []
    is_code = False
    for line in lines:
        is_fence = line.lstrip().startswith(("```", "~~~"))
        if is_code or is_fence or not line.strip() or _OWN_LINE.match(line):
            if paragraph:
                yield paragraph, True
            paragraph = []
            yield [line], False
        else:
            paragraph.append(line)
        is_code ^= is_fence
    if paragraph:
        yield paragraph, True
