"""Writes tags of cells into a notebook's file and changes nothing else in it."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nb2pipe.notebook.json_places import Place, parse_places


def write_tags(path: str | os.PathLike[str], tags: Mapping[int, Sequence[str]]) -> bool:
    """Gives cells of a notebook the tags that are named, in place, atomically.

    Args:
        path: An .ipynb file, or one of jupytext's formats.
        tags: Number of the cell, from 1, to all the tags that it has afterwards.

    Returns:
        Whether the file changed.

    Raises:
        ValueError: The file is not a notebook or has no such cell.
        OSError: The file cannot be read or written.
    """
    target = Path(os.path.realpath(path))
    before = target.read_bytes()
    text = before.decode("utf-8")
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix(mark)
    after = set_tags(text, tags) if target.suffix == ".ipynb" else _set_tags_jupytext(text, tags, target)
    content = (mark + after).encode("utf-8")
    if content == before:
        return False
    _replace(target, content)
    return True


def set_tags(text: str, tags: Mapping[int, Sequence[str]]) -> str:
    """The text of an .ipynb file with the tags set; every other byte stays as it is.

    Before and after, for `{1: ("stage:load",)}`::

        {"cell_type": "code", "metadata": {}, …        {"cell_type": "code", "metadata": {"tags": ["stage:load"]}, …

    written over several lines where the file is indented.
    """
    cells = parse_places(text).members.get("cells")
    if cells is None:
        raise ValueError("the file is not a notebook: it has no cells")
    for number in sorted(tags, reverse=True):
        if not 1 <= number <= len(cells.items):
            raise ValueError(f"the notebook has no cell {number}")
        text = _set_cell_tags(text, cells.items[number - 1], list(tags[number]))
    return text


def _set_cell_tags(text: str, cell: Place, tags: list[str]) -> str:
    metadata = cell.members.get("metadata")
    if metadata is None:
        return _add_member(text, cell, "metadata", {"tags": tags}) if tags else text
    old = metadata.members.get("tags")
    if old is None:
        return _add_member(text, metadata, "tags", tags) if tags else text
    if [item.value for item in old.items] == tags:
        return text
    return text[: old.start] + _render(tags, text, old.start) + text[old.end :]


def _add_member(text: str, place: Place, key: str, value: object) -> str:
    """The text with one more member in an object, at its end, indented as its siblings are."""
    step = _indent_step(text)
    if place.members:
        last = list(place.members.values())[-1]
        between = _line_start(text, place.members, place) if step is not None else " "
        member = f"{json.dumps(key)}: " + _render(value, text, last.start, between)
        return text[: last.end] + "," + between + member + text[last.end :]
    if step is None:
        inner, outer = "", ""
    else:
        outer = _newline(text) + _indent_of_line(text, place.start)
        inner = outer + step
    member = f"{json.dumps(key)}: " + _render(value, text, place.start, inner)
    return text[: place.start + 1] + inner + member + outer + text[place.end - 1 :]


def _line_start(text: str, members: Mapping[str, Place], place: Place) -> str:
    """What stands between two members: a newline and their indentation, or a space on one line."""
    first = next(iter(members.values()))
    lead = re.match(r"\{(\s*)", text[place.start : first.start])
    return lead.group(1) if lead and "\n" in lead.group(1) else " "


def _render(value: object, text: str, at: int, lead: str | None = None) -> str:
    """JSON of a value in the file's own way: on one line, or indented below the line that it starts on."""
    step = _indent_step(text)
    plain = all(ord(c) < 128 for c in text)
    if step is None or (lead is not None and "\n" not in lead):
        return json.dumps(value, ensure_ascii=plain)
    indent = _indent_of_line(text, at) if lead is None else lead.rpartition("\n")[2]
    lines = json.dumps(value, ensure_ascii=plain, indent=step).split("\n")
    return (_newline(text) + indent).join(lines)


def _indent_step(text: str) -> str | None:
    """One level of the file's indentation; None where all stands on one line."""
    found = re.match(r"\s*\{\r?\n([ \t]+)", text)
    return found.group(1) if found else None


def _indent_of_line(text: str, at: int) -> str:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip())]


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _set_tags_jupytext(text: str, tags: Mapping[int, Sequence[str]], path: Path) -> str:
    if path.suffix.lower() == ".qmd":
        raise ValueError("add tags to a .qmd file by hand, as `#| tags: [stage:load]` in a chunk")
    import jupytext

    notebook = jupytext.reads(text, fmt=path.suffix)
    for number, wanted in sorted(tags.items()):
        if not 1 <= number <= len(notebook.cells):
            raise ValueError(f"the notebook has no cell {number}")
        metadata = notebook.cells[number - 1].metadata
        if wanted:
            metadata["tags"] = list(wanted)
        else:
            metadata.pop("tags", None)
    representation = _keep_header(notebook.metadata, text)
    suffix = path.suffix.lstrip(".")
    written: str = jupytext.writes(notebook, fmt=f"{suffix}:{representation}" if representation else suffix)
    return written.rstrip("\n") + text[len(text.rstrip("\n")) :]


def _keep_header(metadata: dict[str, Any], text: str) -> str:
    """Lets jupytext write tags, and no more of the header than the file had; returns the format's name.

    Jupytext filters cell metadata out that the file did not have when it was read, tags included, and adds itself
    to a header that does not mention it.
    """
    settings = metadata.setdefault("jupytext", {})
    representation = str(settings.get("text_representation", {}).get("format_name", ""))
    if settings.get("cell_metadata_filter") == "-all":
        settings["cell_metadata_filter"] = "tags,-all"
    if not re.search(r"^\W*jupytext:", text, re.MULTILINE):
        kept = sorted(key for key in metadata if key != "jupytext")
        settings["notebook_metadata_filter"] = ",".join([*kept, "-all"])
    return representation


def _replace(target: Path, content: bytes) -> None:
    """Writes beside the file, then takes its place, so that nobody ever sees half of it."""
    handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        shutil.copymode(target, temporary)
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise
