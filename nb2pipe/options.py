"""What a user can choose, merged from the command line, the notebook and `[tool.nb2pipe]`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """Choices for one conversion; the defaults are the ones that the documentation shows.

    Attributes:
        style: "function" moves code into modules where that is the same; "notebook" keeps it inline.
        target: Engines to emit for; "ploomber" is always the first.
        name: The project's name; empty means the notebook's.
        line_length: Of emitted code, as black counts.
        templates: Folder whose templates win over the built-in ones; empty means none.
    """

    style: str = "function"
    target: tuple[str, ...] = ("ploomber",)
    name: str = ""
    line_length: int = 88
    templates: str = ""
