"""How a value gets through Ploomber's `env.yaml` unchanged.

Ploomber reads every text of `env.yaml`, and every rendered placeholder of `pipeline.yaml`, in this way
(`ploomber.env.expand.cast_if_possible`, 0.23.3): `none`, `null`, `true` and `false` in any case are values, and so is
all that `ast.literal_eval` reads. The text `2024` becomes a number, `'a'` loses its quotes; `{{`, `{%`, `{#` and `[[` open
a Jinja tag, also where a list begins with a list; a key with `__` is refused. Numbers, booleans, other lists and mappings
survive.

Two rules keep every value that JSON has:

- A text that would be changed is written as the Python literal that gives it back: `"'true'"`.
- A parameter whose value is a text has the placeholder `{{x if x is none else x|string|pprint}}`, which gives the second
  reading a literal; so `x: "2024"` in params.yaml, and `--env--x 2024`, is still the text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from nb2pipe.literals import read_as_ploomber
from nb2pipe.pipeline.model import JsonValue

_OPENERS = ("{{", "{%", "{#", "[[")

#: Keys with a meaning of their own: `path` makes folders, `meta` is configuration, the others are Jinja's.
_RESERVED = frozenset(
    {"path", "meta", "none", "true", "false"} | {"range", "dict", "lipsum", "cycler", "joiner", "namespace"}
)

#: Names that Ploomber puts into a task's parameters itself, and one that its rendering of products cannot take.
_TASK_RESERVED = frozenset({"product", "upstream", "resources_", "self"})


def write_literal(value: JsonValue) -> str:
    """Writes a value as the Python literal that `ast.literal_eval` reads back, free of Jinja tags."""
    if isinstance(value, str):
        text = repr(value)
        if any(opener in text for opener in _OPENERS):
            text = text.replace("{", "\\x7b").replace("[", "\\x5b")
        return text
    if isinstance(value, list):
        inner = ", ".join(write_literal(each) for each in value)
        return f"[ {inner}]" if inner.startswith("[") else f"[{inner}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{write_literal(k)}: {write_literal(v)}" for k, v in value.items()) + "}"
    return repr(value)


def write_value(value: JsonValue) -> JsonValue:
    """Gives what must stand in YAML so that Ploomber reads `value` from it; most values stand as they are."""
    if isinstance(value, str):
        same = _is_plain(value) and read_as_ploomber(value) == value
        return value if same else write_literal(value)
    if isinstance(value, list):
        if value and isinstance(value[0], list):  # Ploomber looks for tags in the printed list: `[[` is one
            return write_literal(value)
        return [write_value(each) for each in value]
    if isinstance(value, dict):
        if any("__" in key or not _is_plain(key) for key in value):
            return write_literal(value)
        return {key: write_value(each) for key, each in value.items()}
    return value


def write_parameter(value: JsonValue) -> JsonValue:
    """Gives what must stand in params.yaml for a parameter, to go with `write_placeholder`.

    A text may stand as it is where reading it and writing the result gives the same text: `"2024"`.
    """
    if isinstance(value, str) and _is_plain(value):
        read = read_as_ploomber(value)
        if read is not None and str(read) == value:
            return value
        return write_literal(value)
    return write_value(value)


def write_placeholder(key: str, value: JsonValue) -> str:
    """Gives the placeholder of pipeline.yaml that hands a parameter to a task.

    Args:
        key: Its name in params.yaml.
        value: Its value in the notebook, which says whether it is a text.
    """
    if isinstance(value, str):
        return "{{" + f"{key} if {key} is none else {key}|string|pprint" + "}}"
    return "{{" + key + "}}"


def can_pass(name: str, value: JsonValue) -> bool:
    """Tells whether Ploomber can hand a parameter to a task at all.

    It cannot where it would import the value (`module::function`), and for infinity and NaN, which no literal gives.
    """
    if name in _TASK_RESERVED or not _is_finite(value):
        return False
    if isinstance(value, dict):
        return "dotted_path" not in value
    return not (isinstance(value, str) and re.match(r"[\w.]+::\w+", value))


def choose_keys(names: Iterable[str]) -> dict[str, str]:
    """Chooses each parameter's key in params.yaml: its name, unless Ploomber refuses that as a key."""
    names = tuple(names)
    keys = {name: name for name in names if _key(name) == name}
    for name in names:
        if name not in keys:
            keys[name] = _unique(_key(name), set(keys.values()))
    return {name: keys[name] for name in names}


def _key(name: str) -> str:
    key = re.sub(r"__+", "_", name).lstrip("_") or "parameter"
    return f"{key}_" if key in _RESERVED else key


def _unique(key: str, taken: set[str]) -> str:
    number = 2
    chosen = key
    while chosen in taken:
        chosen = f"{key.rstrip('_')}_{number}"
        number += 1
    return chosen


def _is_plain(text: str) -> bool:
    """Tells that a text has no Jinja tag and that UTF-8 can hold it."""
    return not any(opener in text for opener in _OPENERS) and not re.search("[\ud800-\udfff]", text)


def _is_finite(value: JsonValue) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, list):
        return all(_is_finite(each) for each in value)
    if isinstance(value, dict):
        return all(_is_finite(each) for each in value.values())
    return True
