"""Makes stage names from tags and headings: Python identifiers that are also file names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

#: Longest name in bytes: file systems stop at 255, and suffixes are to come.
MAX_BYTES = 120

#: What no module may be called.
_TAKEN = frozenset({"__init__", "__main__"})


def stage_identifier(text: str, prefix: str = "step_") -> str:
    """The identifier for a stage of that name.

    A text that is an identifier stays as it is, keywords and builtins included: codegen finds other names for modules and
    functions where it must. Blanks, hyphens
    and dots become underscores one by one (blanks in a row are one), other characters go. Letters
    of any script stay; Python reads identifiers in NFKC (PEP 3131), so they are kept in that form.

    Args:
        text: The words of a tag or heading.
        prefix: What goes before a first character that cannot be one, such as a digit.

    Returns:
        The identifier, or an empty text where no letter or digit is left.
    """
    words = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).strip())
    name = "".join(_character(char) for char in words)
    if not words.isidentifier() and not re.fullmatch(r"[\w .-]+", words):
        name = re.sub(r"__+", "_", name).strip("_")
    if not any(char.isalnum() for char in name) and not words.isidentifier():
        return ""
    if not name.isidentifier():
        name = prefix + name.lstrip("_")
    return name + "_" if name in _TAKEN else name


def unique_names(texts: Iterable[str], names: Mapping[str, str]) -> dict[str, str]:
    """Gives every text a name of its own.

    Texts that are their own name come first, so that a tag that needs no change gets none; then
    the others, in order.

    Args:
        texts: The words of tags or headings, each once, in order.
        names: The name that each would have if it were alone.

    Returns:
        The name of each text; where one is taken, the next gets `_2`, `_3`, and so on.
    """
    taken: set[str] = set()
    found: dict[str, str] = {}
    for text in sorted(texts, key=lambda t: names[t] != t):
        name, count = names[text], 1
        while name in taken:
            count += 1
            name = f"{names[text].rstrip('_')}_{count}"
        taken.add(name)
        found[text] = name
    return found


def _character(char: str) -> str:
    if ("_" + char).isidentifier():
        return char
    if char in "'\u2019":
        return ""
    folded = unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode()
    return folded if folded.isalnum() else "_"
