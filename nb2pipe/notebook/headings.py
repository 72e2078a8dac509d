"""Splits a notebook without stage tags at its markdown headings.

Before: `## 1. Load data`, two code cells, `## 2. Clean *it*`, one code cell.
After: stage `load_data` with two code cells, stage `clean_it` with one.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

from nb2pipe.notebook.model import Cell, CellKind, Notebook
from nb2pipe.notebook.names import stage_identifier

_MAX_NAME = 60

_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(?!#+[ \t]*$)(.*?))?(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_NO_PARAGRAPH = re.compile(r"(?: {4}|\t)| {0,3}(?:[>|]|[-*+][ \t]|\d+[.)][ \t]|(?:[-*_][ \t]*){3,}$)")

_IMAGE_OR_LINK = re.compile(r"!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])?")
_HTML = re.compile(r"</?[A-Za-z][^>]*>|<!--.*?-->")
_EMPHASIS = re.compile(r"(?<!\w)(\*{1,3}|_{1,3}|~~|`+)(?=\S)(.+?)(?<=\S)\1(?!\w)")
_STARS = re.compile(r"(\*{1,3}|~~|`+)(?=\S)(.+?)(?<=\S)\1")
_NUMBERING = re.compile(
    r"\(?\d{1,3}(?:\.\d{1,3})*[.):\]](?=\s|$|[^\W\d])\s*"
    r"|\d{1,3}(?:\.\d{1,3})+\s+|\d{1,2}\s+[-\u2013\u2014]\s+|\d{1,2}(?:\s{2,}|\xa0+)"
)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: level 1 to 6, its words without markup and numbering, the cell that holds it."""

    level: int
    title: str
    cell: int


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the notebook that a heading opens.

    Attributes:
        title: The heading's words, or `Section N` where it has none.
        name: The identifier that they make, not yet unique.
        cell: The markdown cell that holds the heading.
    """

    title: str
    name: str
    cell: int


@dataclass(frozen=True, slots=True)
class Split:
    """How headings split a notebook: at those of `level`, into `sections` that hold code."""

    level: int
    sections: tuple[Section, ...]


def split_by_headings(notebook: Notebook, code: Mapping[int, bool]) -> Split | None:
    """Finds the highest level of headings that gives two or more sections with code.

    A heading of a higher level that stands after the first of that level opens a section too. What
    stands before the first belongs to no section.

    Args:
        notebook: The notebook.
        code: For each cell by its number, whether it is code that belongs into a stage.

    Returns:
        The split, or nothing where no level gives two sections.
    """
    headings = [h for cell in notebook.cells for h in read_headings(cell)]
    for level in range(1, 7):
        first = next((i for i, h in enumerate(headings) if h.level == level), len(headings))
        opening = [h for h in headings[first:] if h.level <= level]
        sections = _sections(opening, code)
        if len(sections) > 1:
            return Split(level, sections)
    return None


def read_headings(cell: Cell) -> tuple[Heading, ...]:
    """The headings of a markdown cell in order: `#` and underlined ones of one line, none inside code fences.

    The syntax is CommonMark's (https://spec.commonmark.org/0.31.2/#atx-headings), but for
    underlined paragraphs of several lines: those are mostly text above a line that was meant as a
    rule.
    """
    if cell.kind is not CellKind.MARKDOWN:
        return ()
    found: list[Heading] = []
    fence = ""
    paragraph: list[str] = []
    for line in cell.source.splitlines():
        mark = _FENCE.match(line)
        if fence:
            closes = mark and mark[1][0] == fence[0] and len(mark[1]) >= len(fence)
            fence = "" if closes and not line.strip().strip(fence[0]) else fence
        elif mark:
            fence, paragraph = mark[1], []
        elif heading := _ATX.match(line):
            found.append(Heading(len(heading[1]), heading_title(heading[2] or ""), cell.number))
            paragraph = []
        elif paragraph and (under := _UNDERLINE.match(line)):
            if len(paragraph) == 1:
                level = 1 if under[1][0] == "=" else 2
                found.append(Heading(level, heading_title(paragraph[0]), cell.number))
            paragraph = []
        elif not line.strip() or (not paragraph and _NO_PARAGRAPH.match(line)):
            paragraph = []
        else:
            paragraph = [*paragraph, line]
    return tuple(found)


def heading_title(text: str) -> str:
    """The words of a heading: emphasis, links, images, HTML and numbering are left out."""
    text = _HTML.sub(" ", text)
    text = _IMAGE_OR_LINK.sub(r"\1", text)
    for pattern in (_EMPHASIS, _STARS, _EMPHASIS):
        text = pattern.sub(r"\2", text)
    text = html.unescape(re.sub(r"\\([^\w\s])", r"\1", text))
    text = text.strip()
    number = _NUMBERING.match(text)
    return " ".join(text[number.end() if number else 0 :].split()).strip(" :")


def _sections(opening: list[Heading], code: Mapping[int, bool]) -> tuple[Section, ...]:
    """The sections that hold code; of several headings in a cell, the last has what follows."""
    numbers = sorted(code)
    last = max(numbers, default=0)
    sections: list[Section] = []
    for index, heading in enumerate(opening):
        end = opening[index + 1].cell if index + 1 < len(opening) else last + 1
        if any(code[n] for n in numbers if heading.cell < n < end):
            name = _name(heading.title)
            title = heading.title if name else f"Section {index + 1}"
            sections.append(Section(title, name or f"section_{index + 1}", heading.cell))
    return tuple(sections)


def _name(title: str) -> str:
    """In lower case, its underscores single, cut between words where it is long."""
    words = re.sub(r"[-.\s]+", " ", title.lower())
    while len(words) > _MAX_NAME and " " in words:
        words = words.rpartition(" ")[0]
    return re.sub(r"(?<=[^_])__+(?=[^_])", "_", stage_identifier(words.strip()))[:_MAX_NAME]
