"""What a reader sees of a stage, as a row of pieces, and where two rows differ."""

from __future__ import annotations

import base64
import binascii
import difflib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nb2pipe.verify.images import describe_pixels, image_key
from nb2pipe.verify.noise import markup_without_noise, without_colors, without_noise
from nb2pipe.verify.values.short import short_repr

Output = Mapping[str, Any]
Plain = Callable[[str], str]

#: How IPython begins to tell of an exception, and the names of those that it tells of: the last one ended the cell.
_RULE = re.compile(r"^-{20,}\n(?=\w+ +Traceback \(most recent call last\)$)", re.MULTILINE)
_RAISED = re.compile(r"^(\w+) +Traceback \(most recent call last\)$", re.MULTILINE)
#: What it tells of code that does not parse, and where that is.
_SYNTAX = re.compile(
    r"^ +(?:Cell In ?\[\d+\]|File .+), line \d+\n(?:.*\n)??.*\n +\^.*\n((?:Syntax|Indentation|Tab)Error: .*)$",
    re.MULTILINE,
)
_PLACE = re.compile(r"(?<=Error: )(.*?) \(\S+, line \d+\)$")
#: Pieces whose ids are drawn at random.
_NOT_COMPARED = ("application/vnd.jupyter.widget-view+json", "application/javascript")


@dataclass(frozen=True, slots=True)
class Piece:
    """A line of text, a table, an image, an error.

    Attributes:
        kind: `text`, `error` or a media type.
        key: What it is compared by.
        text: What it says, for people.
        cell: Number of the cell that shows it; 0 where it is not known.
    """

    kind: str
    key: str
    text: str
    cell: int = 0


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Pieces that differ; `unsteady` where the notebook differs from itself there."""

    kind: str
    cell: int
    what: str
    notebook: str
    pipeline: str
    unsteady: bool = False


def read_pieces(cells: Iterable[tuple[int, Sequence[Output]]], package: str = "", plain: Plain = str) -> list[Piece]:
    """The pieces of a stage, in order; standard error is not among them.

    Texts on standard output that follow each other are one text, however they are spread over cells and prints: a
    stage that became a function shows in one cell what the notebook showed in several.

    Args:
        cells: Number and outputs of each cell.
        package: The project's package.
        plain: Applied to all texts: what remains after it counts.
    """
    pieces: list[Piece] = []
    stream: list[tuple[int, str]] = []

    def flush() -> None:
        for cell, line in _lines(stream):
            pieces.append(Piece("text", without_noise(plain(line), package).rstrip(), line, cell))
        stream.clear()

    for cell, outputs in cells:
        for output in outputs:
            kind = output.get("output_type")
            if kind == "stream":
                text = _text(output.get("text", ""))
                if output.get("name") == "stdout":
                    stream.append((cell, text))
                    continue
                for error in _errors(text):
                    flush()
                    pieces.append(Piece("error", without_noise(plain(error), package), error, cell))
                continue
            flush()
            if kind == "error":
                text = _PLACE.sub(r"\1", f"{output.get('ename')}: {output.get('evalue')}".partition("\n")[0])
                pieces.append(Piece("error", without_noise(plain(text), package), text, cell))
            elif kind in ("execute_result", "display_data"):
                pieces += _bundle(output.get("data", {}), cell, package, plain)
    flush()
    return [p for p in pieces if p.key or p.kind != "text"]


def _errors(text: str) -> Iterator[str]:
    """The errors that a stage wrote as text, each in one line: those of cells that may fail."""
    for number, part in enumerate(_RULE.split(without_colors(text))):
        if number:
            name = _RAISED.findall(part)[-1]
            yield next((line for line in reversed(part.split("\n")) if line.startswith(name)), name)
        yield from _SYNTAX.findall(part)


def read_stderr(cells: Iterable[Sequence[Output]]) -> str:
    """What a stage wrote to standard error."""
    return "".join(
        _text(o.get("text", ""))
        for outputs in cells
        for o in outputs
        if o.get("output_type") == "stream" and o.get("name") == "stderr"
    )


def _lines(stream: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Lines of joined texts, each with the cell in which it begins."""
    lines: list[tuple[int, str]] = []
    open_line = False
    for cell, text in stream:
        for line in text.splitlines(keepends=True):
            if open_line:
                lines[-1] = (lines[-1][0], lines[-1][1] + line)
            else:
                lines.append((cell, line))
            open_line = not line.endswith("\n")
    return [(cell, line.rstrip("\n")) for cell, line in lines]


def _bundle(data: Mapping[str, Any], cell: int, package: str, plain: Plain) -> list[Piece]:
    """Pieces of what was displayed: its text line by line, then every other form."""
    pieces = []
    for kind in sorted(data, key=lambda k: (k != "text/plain", k)):
        value = data[kind]
        if kind in _NOT_COMPARED:
            continue
        text = _text(value)
        if kind == "text/plain":
            for line in text.splitlines():
                pieces.append(Piece("text", without_noise(plain(line), package).rstrip(), line, cell))
        elif kind.startswith("image/") and kind != "image/svg+xml":
            pieces.append(Piece(kind, text.strip(), text, cell))
        else:
            pieces.append(Piece(kind, markup_without_noise(plain(text), package).strip(), text, cell))
    return pieces


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(x, str) for x in value):
        return "".join(value)
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def compare_pieces(
    notebook: Sequence[Piece], pipeline: Sequence[Piece], again: Sequence[Piece] | None = None
) -> list[Mismatch]:
    """Where what the pipeline shows differs from what the notebook shows.

    Args:
        notebook: Of its first run.
        pipeline: Of the pipeline.
        again: Of the notebook's second run, where there was one.
    """
    left, right = _keys(notebook, pipeline)
    unsteady: set[int] = set()
    if again is not None:
        mine, second = _keys(notebook, again)
        for tag, i1, i2, _, _ in difflib.SequenceMatcher(None, mine, second, autojunk=False).get_opcodes():
            if tag != "equal":
                unsteady.update(range(i1, i2) if i2 > i1 else (i1 - 1, i1))
    found = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        if i2 - i1 == j2 - j1:
            for i, j in zip(range(i1, i2), range(j1, j2), strict=True):
                found.append(_mismatch(notebook[i : i + 1], pipeline[j : j + 1], i in unsteady, notebook, i))
        else:
            places = range(i1, i2) if i2 > i1 else (i1 - 1, i1)
            known = all(i in unsteady for i in places) if i2 > i1 else any(i in unsteady for i in places)
            found.append(_mismatch(notebook[i1:i2], pipeline[j1:j2], known, notebook, i1))
    return found


def _keys(a: Sequence[Piece], b: Sequence[Piece]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What to compare by; images are decoded where they are not equal byte by byte."""
    images = [[p.key for p in side if p.kind.startswith("image/png")] for side in (a, b)]
    decode = images[0] != images[1]

    def key(piece: Piece) -> tuple[str, str]:
        if decode and piece.kind == "image/png":
            return piece.kind, image_key(_decode(piece.text))
        return piece.kind, piece.key

    return [key(p) for p in a], [key(p) for p in b]


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return text.encode()


def _mismatch(a: Sequence[Piece], b: Sequence[Piece], unsteady: bool, row: Sequence[Piece], at: int) -> Mismatch:
    near = a or row[max(0, at - 1) : at] or row[at : at + 1]
    cell = near[0].cell if near else 0
    kind = (a or b)[0].kind
    if len(a) == len(b) == 1 and a[0].kind == b[0].kind:
        if kind == "image/png":
            sizes = describe_pixels(_decode(a[0].text), _decode(b[0].text))
            if sizes:
                return Mismatch(kind, cell, "image", *sizes, unsteady)
        left, right = _around(a[0].text, b[0].text)
        return Mismatch(kind, cell, "text" if kind == "text" else kind, left, right, unsteady)
    return Mismatch(kind, cell, "shown", _list(a), _list(b), unsteady)


def _around(a: str, b: str) -> tuple[str, str]:
    """Both texts, cut to where they differ."""
    at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    start = max(0, at - 60) if max(len(a), len(b)) > 160 else 0
    left, right = ("…" if start else "") + a[start : start + 160], ("…" if start else "") + b[start : start + 160]
    return left, right


def _list(pieces: Sequence[Piece]) -> str:
    if not pieces:
        return "nothing"
    words = [p.text if p.kind == "text" else f"<{p.kind}>" for p in pieces[:3]]
    more = f" … and {len(pieces) - 3} more" if len(pieces) > 3 else ""
    return short_repr(" ⏎ ".join(words), 240).strip("'\"") + more
