"""Where each value stands in a JSON text: for edits that change nothing else, and for lines of the file.

`json.loads` forgets positions, and writing a notebook anew changes what nobody asked to change (number formats,
escapes, indentation). So tags are edited in the text itself, and diagnostics can name the line of the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_SPACE = re.compile(r"[ \t\n\r]*")
_SCALAR = re.compile(r"[-+.\w]+")
_STRINGS = json.JSONDecoder(strict=False)


@dataclass(frozen=True, slots=True)
class Place:
    """A JSON value and where it stands.

    Attributes:
        start: Offset of its first character.
        end: Offset after its last character.
        value: The text, number, boolean or null, for scalars; None for arrays and objects.
        items: The items of an array.
        members: The members of an object, in order.
    """

    start: int
    end: int
    value: object = None
    items: tuple[Place, ...] = ()
    members: Mapping[str, Place] = field(default_factory=lambda: MappingProxyType({}))


def parse_places(text: str) -> Place:
    """Reads a JSON text with the places of all its values.

    Raises:
        ValueError: The text is not JSON.
    """
    try:
        place = _value(text, _skip(text, 0))
    except (IndexError, RecursionError) as error:
        raise ValueError("the JSON ends too early or is nested too deeply") from error
    if _skip(text, place.end) != len(text):
        raise ValueError(f"unexpected text at offset {place.end}")
    return place


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _value(text: str, at: int) -> Place:
    char = text[at]
    if char == "{":
        return _object(text, at)
    if char == "[":
        return _array(text, at)
    if char == '"':
        value, end = _STRINGS.raw_decode(text, at)
        return Place(at, end, value)
    found = _SCALAR.match(text, at)
    if not found:
        raise ValueError(f"unexpected {char!r} at offset {at}")
    return Place(at, found.end(), json.loads(found.group()))


def _array(text: str, start: int) -> Place:
    items: list[Place] = []
    at = _skip(text, start + 1)
    while text[at] != "]":
        items.append(_value(text, at))
        at = _separator(text, items[-1].end, "]")
    return Place(start, at + 1, items=tuple(items))


def _object(text: str, start: int) -> Place:
    members: dict[str, Place] = {}
    at = _skip(text, start + 1)
    while text[at] != "}":
        if text[at] != '"':
            raise ValueError(f"expected a key at offset {at}")
        key, end = _STRINGS.raw_decode(text, at)
        at = _skip(text, end)
        if text[at] != ":":
            raise ValueError(f"expected `:` at offset {at}")
        members[key] = _value(text, _skip(text, at + 1))
        at = _separator(text, members[key].end, "}")
    return Place(start, at + 1, members=MappingProxyType(members))


def _separator(text: str, at: int, close: str) -> int:
    at = _skip(text, at)
    if text[at] == ",":
        return _skip(text, at + 1)
    if text[at] != close:
        raise ValueError(f"expected `,` or `{close}` at offset {at}")
    return at
