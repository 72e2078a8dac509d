"""Diagnostics as text: for people, as JSON, as SARIF 2.1.0, and as annotations of GitHub Actions.

Nothing here prints. What people read looks like this, the second place only where there is one::

    error[NB201]: `df_clean` is used before it is defined
     --> sales.ipynb:cell 9:2:10
      2 | report = df_clean.groupby("region").sum()
        |          ^^^^^^^^ defined only in cell 14
     --> sales.ipynb:cell 14:1:1
      1 | df_clean = df.dropna()
        | -------- defined here
      = help: move cell 14 above cell 9
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import quote

from nb2pipe import __version__
from nb2pipe.diagnostics import CODES, Diagnostic, Severity, Span

#: The version of the JSON that `render_json` gives; it changes when a key changes its meaning or goes.
JSON_VERSION = 1

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

#: Columns of source shown at most; longer lines are cut around what is marked.
WIDTH = 96

_ORDER = (Severity.ERROR, Severity.WARNING, Severity.NOTE)
_STYLES = {"error": "1;31", "warning": "1;33", "note": "1;36", "gutter": "1;34", "bold": "1"}


@dataclass(frozen=True, slots=True)
class FileReport:
    """What was found in one notebook.

    Attributes:
        file: Path as the user gave it.
        diagnostics: In the order in which they are shown.
        sources: Cell number to the cell's text.
        lines: (cell, line inside it) to the line of the file, both from 1, where that is known. Machines that
            annotate files need it; without it they point to the file's first line.
    """

    file: str
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    lines: Mapping[tuple[int, int], int] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class _Place:
    """A place of a diagnostic as text shows it: marked by `^` (its own) or `-` (a related one)."""

    span: Span
    label: str
    mark: str
    style: str


def count_severities(diagnostics: Iterable[Diagnostic]) -> Mapping[Severity, int]:
    """How many errors, warnings and notes there are, in that order, zeros included."""
    counts = dict.fromkeys(_ORDER, 0)
    for diagnostic in diagnostics:
        counts[diagnostic.severity] += 1
    return counts


def render_summary(diagnostics: Iterable[Diagnostic]) -> str:
    """One line such as "2 errors, 1 warning"; "no problems" where there are none."""
    counts = count_severities(diagnostics)
    parts = [f"{n} {s.value}{'' if n == 1 else 's'}" for s, n in counts.items() if n]
    return ", ".join(parts) or "no problems"


def render_text(
    diagnostics: Iterable[Diagnostic],
    sources: Mapping[int, str],
    file: str,
    color: bool = False,
    summary: bool = True,
) -> str:
    """Diagnostics for people, each with its places in the source, and a summary line at the end.

    Args:
        diagnostics: What to show, in this order.
        sources: Cell number to the cell's text; a place without its text is named only.
        file: The notebook, as the user called it.
        color: Use ANSI colours.
        summary: End with a line that counts errors, warnings and notes.

    Returns:
        Text that ends with a newline; empty where there is nothing to say.
    """
    shown = tuple(diagnostics)
    if not shown:
        return ""
    blocks = [_text_block(d, sources, file, color) for d in shown]
    if summary:
        blocks.append(render_summary(shown))
    return "\n\n".join(blocks) + "\n"


def render_line(diagnostic: Diagnostic, file: str, color: bool = False) -> str:
    """A diagnostic in one line, such as `note[NB306] sales.ipynb:cell 2: …`."""
    head = _paint(f"{diagnostic.severity.value}[{diagnostic.code}]", diagnostic.severity.value, color)
    return f"{head} {_where(file, diagnostic.span)}: {_printable(diagnostic.message)}"


def render_json(reports: Iterable[FileReport]) -> str:
    """All that is known of every diagnostic, as JSON; the keys are documented in docs/reference."""
    shown = tuple(reports)
    everything = [d for report in shown for d in report.diagnostics]
    data = {
        "version": JSON_VERSION,
        "notebooks": [{"file": r.file, "diagnostics": [json_diagnostic(d) for d in r.diagnostics]} for r in shown],
        "summary": {f"{s.value}s": n for s, n in count_severities(everything).items()},
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def json_diagnostic(diagnostic: Diagnostic) -> dict[str, object]:
    """A diagnostic as plain data; numbers of cells, lines and columns count from 1, 0 means all of it."""
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "title": CODES[diagnostic.code].title,
        "message": diagnostic.message,
        "name": diagnostic.name,
        "place": json_span(diagnostic.span),
        "label": diagnostic.label,
        "help": diagnostic.help,
        "related": [{"place": json_span(s), "message": text} for s, text in diagnostic.related],
    }


def json_span(span: Span) -> dict[str, int]:
    """A place as plain data, its end written out."""
    return {
        "cell": span.cell,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line or span.line,
        "end_column": span.end_column,
    }


def render_sarif(reports: Iterable[FileReport]) -> str:
    """A SARIF 2.1.0 log, fit for GitHub's code scanning.

    The physical location is the line of the notebook's file; the cell is the logical location, and cell, line
    and column inside it are properties of the result (SARIF has no word for cells). The fingerprint leaves line
    numbers out, so that an alert survives edits elsewhere.
    See https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html.
    """
    shown = tuple(reports)
    codes = sorted({d.code for report in shown for d in report.diagnostics})
    results = [_sarif_result(d, r, codes.index(d.code)) for r in shown for d in r.diagnostics]
    run = {
        "tool": {
            "driver": {
                "name": "nb2pipe",
                "semanticVersion": __version__,
                "rules": [_sarif_rule(code) for code in codes],
            }
        },
        "artifacts": [{"location": {"uri": _uri(report.file)}} for report in shown],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    log = {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def render_github(reports: Iterable[FileReport]) -> str:
    """Workflow commands that GitHub Actions turns into annotations, one line a diagnostic.

    See https://docs.github.com/actions/reference/workflow-commands-for-github-actions; its runner wants `%`,
    carriage return and newline escaped everywhere, and `:` and `,` too inside properties.
    """
    return "".join(_github_line(d, report) + "\n" for report in reports for d in report.diagnostics)


def _paint(text: str, style: str, color: bool) -> str:
    return f"\033[{_STYLES[style]}m{text}\033[0m" if color and text else text


def _printable(text: str) -> str:
    """The text with control characters made visible, so that a notebook cannot steer the terminal."""
    return "".join(
        c if c in "\t\n" or unicodedata.category(c) not in ("Cc", "Cf") else f"\\x{ord(c):02x}" for c in text
    )


def _where(file: str, span: Span) -> str:
    return f"{file}:{span}" if span.cell else file


def _text_block(diagnostic: Diagnostic, sources: Mapping[int, str], file: str, color: bool) -> str:
    severity = diagnostic.severity.value
    head = _paint(f"{severity}[{diagnostic.code}]", severity, color)
    lines = [head + _paint(": " + _printable(diagnostic.message), "bold", color)]
    places = [_Place(diagnostic.span, diagnostic.label, "^", severity)]
    places += [_Place(span, label, "-", "gutter") for span, label in diagnostic.related]
    width = max(len(str(_shown_line(place.span, sources)[0])) for place in places)
    for place in places:
        lines.append(f"{_paint(' -->', 'gutter', color)} {_where(file, place.span)}")
        lines += _excerpt(place, sources, width, color)
    if diagnostic.help:
        first, *rest = _printable(diagnostic.help).split("\n")
        lines.append(f"{_paint('  =', 'gutter', color)} {_paint('help', 'bold', color)}: {first}")
        lines += [f"    {line}".rstrip() for line in rest]
    return "\n".join(lines)


def _shown_line(span: Span, sources: Mapping[int, str]) -> tuple[int, str]:
    """The line of source that stands for a span, and its text; (0, "") where there is none."""
    lines = sources.get(span.cell, "").split("\n")
    if span.line:
        return (span.line, lines[span.line - 1]) if span.line <= len(lines) else (0, "")
    return next(((n, line) for n, line in enumerate(lines, 1) if line.strip()), (0, ""))


def _excerpt(place: _Place, sources: Mapping[int, str], width: int, color: bool) -> list[str]:
    """The line of a place with what is marked in it, or its label alone where there is no source."""
    number, source = _shown_line(place.span, sources)
    label = _printable(place.label)
    bar = _paint("  " + " " * width + " |", "gutter", color)
    if not number:
        return [f"{bar} {label}"] if label else []
    source = source.rstrip()
    source, start, end = _cut(source, *_marked(place.span, source))
    shown = _printable(source).expandtabs(4)
    lines = [f"{_paint(f'  {number:>{width}} |', 'gutter', color)} {shown}".rstrip()]
    if place.span.line:
        marks = place.mark * max(1, _columns(source[:end]) - _columns(source[:start]))
        under = _paint(" ".join(filter(None, (marks, label))), place.style, color)
        lines.append(f"{bar} {' ' * _columns(source[:start])}{under}")
    elif label:  # the whole cell is meant, not the line that stands for it
        lines.append(f"{bar} {_paint(label, place.style, color)}")
    return lines


def _marked(span: Span, source: str) -> tuple[int, int]:
    """Start and end (offsets) of what is marked in the line; without columns, all but the indentation."""
    indent = len(source) - len(source.lstrip())
    if not span.column:
        return indent, len(source)
    start = min(span.column - 1, len(source))
    ends_here = span.end_line in (0, span.line) and span.end_column > span.column
    return start, min(span.end_column - 1, len(source)) if ends_here else len(source)


def _cut(source: str, start: int, end: int) -> tuple[str, int, int]:
    """The part of a long line around what is marked, with the marks' offsets in it."""
    if len(source) <= WIDTH:
        return source, start, end
    first = max(0, min(start - WIDTH // 4, len(source) - WIDTH))
    before = "…" if first else ""
    after = "…" if first + WIDTH < len(source) else ""
    shift = len(before) - first
    part = before + source[first : first + WIDTH] + after
    return part, start + shift, min(end + shift, len(part))


def _columns(text: str) -> int:
    """Columns that a text takes on a terminal; tabs go to the next multiple of four."""
    total = 0
    for char in text:
        if char == "\t":
            total += 4 - total % 4
        elif unicodedata.category(char) in ("Cc", "Cf"):
            total += len(_printable(char))
        elif unicodedata.combining(char):
            continue
        else:
            total += 2 if unicodedata.east_asian_width(char) in "WF" else 1
    return total


def _line_in_file(span: Span, lines: Mapping[tuple[int, int], int]) -> int:
    """Line of the file where a span starts; the cell's first where the line is not known, else 1."""
    return lines.get((span.cell, span.line or 1)) or lines.get((span.cell, 1)) or 1


def _words(span: Span) -> str:
    if not span.cell:
        return "notebook"
    return f"cell {span.cell}, line {span.line}" if span.line else f"cell {span.cell}"


def _uri(file: str) -> str:
    return quote(file.replace("\\", "/"), safe="/")


def _sarif_rule(code: str) -> dict[str, object]:
    row = CODES[code]
    return {
        "id": code,
        "name": "".join(w.capitalize() for w in re.findall(r"[A-Za-z0-9]+", row.title.replace("'", ""))),
        "shortDescription": {"text": row.title},
        "fullDescription": {"text": row.title},
        "help": {
            "text": f"Run: nb2pipe explain {code}",
            "markdown": f"Run `nb2pipe explain {code}`.",
        },
        "defaultConfiguration": {"level": row.severity.value},
    }


def _sarif_location(span: Span, report: FileReport) -> dict[str, object]:
    location: dict[str, object] = {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(report.file)},
            "region": {"startLine": _line_in_file(span, report.lines)},
        }
    }
    if span.cell:
        name = f"cell {span.cell}"
        location["logicalLocations"] = [{"name": name, "fullyQualifiedName": f"{report.file}:{name}", "kind": "module"}]
    return location


def _sarif_result(diagnostic: Diagnostic, report: FileReport, index: int) -> dict[str, object]:
    text = [f"{_words(diagnostic.span)}: {diagnostic.message}"]
    text += [f"{diagnostic.label}"] if diagnostic.label else []
    text += [f"help: {diagnostic.help}"] if diagnostic.help else []
    result: dict[str, object] = {
        "ruleId": diagnostic.code,
        "ruleIndex": index,
        "level": diagnostic.severity.value,
        "message": {"text": "\n".join(text)},
        "locations": [_sarif_location(diagnostic.span, report)],
        "partialFingerprints": {"nb2pipe/v1": _fingerprint(diagnostic, report)},
        "properties": {**json_span(diagnostic.span), "name": diagnostic.name},
    }
    if diagnostic.related:
        result["relatedLocations"] = [
            {
                "id": n,
                **_sarif_location(span, report),
                "message": {"text": f"{_words(span)}: {label}"},
            }
            for n, (span, label) in enumerate(diagnostic.related, 1)
        ]
    return result


def _fingerprint(diagnostic: Diagnostic, report: FileReport) -> str:
    source = _shown_line(diagnostic.span, report.sources)[1].strip()
    parts = (diagnostic.code, diagnostic.name, report.file.replace("\\", "/"), source)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _escape_github(text: str, extra: Sequence[tuple[str, str]] = ()) -> str:
    for char, code in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"), *extra):
        text = text.replace(char, code)
    return text


def _github_line(diagnostic: Diagnostic, report: FileReport) -> str:
    command = "notice" if diagnostic.severity is Severity.NOTE else diagnostic.severity.value
    properties = {
        "file": report.file,
        "line": str(_line_in_file(diagnostic.span, report.lines)),
        "title": diagnostic.code,
    }
    inside = ((":", "%3A"), (",", "%2C"))
    listed = ",".join(f"{key}={_escape_github(value, inside)}" for key, value in properties.items())
    message = f"{_words(diagnostic.span)}: {diagnostic.message}"
    message += f" ({diagnostic.label})" if diagnostic.label else ""
    message += f"\nhelp: {diagnostic.help}" if diagnostic.help else ""
    return f"::{command} {listed}::{_escape_github(message)}"
