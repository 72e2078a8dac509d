"""Which stage each cell belongs to, as the tags, or else the headings, say."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from nb2pipe.diagnostics import Diagnostic, Span


@dataclass(frozen=True, slots=True)
class Hint:
    """A hint for engines: `limit:cpu=2` is kind `limit`, key `cpu`, value `2`."""

    kind: str
    key: str
    value: str
    span: Span

    @property
    def tag(self) -> str:
        """The tag as it is written."""
        return f"{self.kind}:{self.key}{'=' if self.key and self.value else ''}{self.value}"


class Role(enum.Enum):
    """What a cell is for."""

    STAGE = "stage"
    IMPORTS = "imports"
    FUNCTIONS = "functions"
    PARAMETERS = "parameters"
    SHARED = "shared"  # untagged, before the first stage, only imports, definitions or configuration
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class CellLayout:
    """The place of one cell in the pipeline.

    Attributes:
        number: The cell, from 1.
        role: What it is for.
        stage: The stage's name (an identifier) where `role` is `STAGE`, else empty.
        metrics: It is tagged `metrics`.
        raises: It is tagged `raises-exception`.
    """

    number: int
    role: Role
    stage: str = ""
    metrics: bool = False
    raises: bool = False


@dataclass(frozen=True, slots=True)
class StageLayout:
    """A stage as tagged.

    Attributes:
        name: A Python identifier, unique; keywords and builtins are allowed.
        title: The words of the tag or heading.
        span: The first cell that names it.
        after: Names of stages that an `after:` tag names, each with the cell that says so.
        hints: For engines.
    """

    name: str
    title: str
    span: Span
    after: tuple[tuple[str, Span], ...] = ()
    hints: tuple[Hint, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """All cells with their places, and the stages in the order of their first cells.

    Markdown and raw cells join the stage of the code cell that follows them (the one before, at the end).
    """

    cells: tuple[CellLayout, ...]
    stages: tuple[StageLayout, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
