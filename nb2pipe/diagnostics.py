"""What nb2pipe tells its users: where, what, and what to do about it.

User mistakes are `Diagnostic` values, collected, sorted by position and shown together. Exceptions are for
bugs and I/O; `Nb2pipeError` carries diagnostics out of a pass that cannot go on.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a notebook: a cell counted from 1 (markdown included) and, inside it, lines and columns.

    Attributes:
        cell: Number of the cell, from 1; 0 means the notebook as a whole.
        line: First line inside the cell, from 1; 0 means the whole cell.
        column: First column, from 1; 0 means the whole line.
        end_line: Last line, inclusive; 0 means `line`.
        end_column: Column after the last character, from 1; 0 means to the end of the line.
    """

    cell: int = 0
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0

    def __str__(self) -> str:
        parts = [f"cell {self.cell}" if self.cell else "notebook"]
        if self.cell and self.line:
            parts.append(str(self.line))
            if self.column:
                parts.append(str(self.column))
        return ":".join(parts)


class Severity(enum.Enum):
    """What a diagnostic means for the conversion: `ERROR` refuses it, the others let it go on."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Code:
    """A row of the table of diagnostics: the code, how bad it is, and a title for its page."""

    code: str
    severity: Severity
    title: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing to tell the user about the notebook.

    Attributes:
        code: A code of `CODES`, such as `NB201`.
        message: What is wrong, in one sentence, names in backticks.
        span: Where it is.
        label: What stands under the marked text, such as "defined only in cell 14".
        help: What to do about it.
        related: Other places that take part, each with a word about its role.
        name: The variable, stage or parameter that it is about, where there is one.
    """

    code: str
    message: str
    span: Span = Span()
    label: str = ""
    help: str = ""
    related: tuple[tuple[Span, str], ...] = ()
    name: str = ""

    @property
    def severity(self) -> Severity:
        """How bad it is, as the table of codes says."""
        return CODES[self.code].severity

    @property
    def is_error(self) -> bool:
        """Whether it refuses the conversion."""
        return self.severity is Severity.ERROR


def sort_diagnostics(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sorts by place, then code, and drops repeats."""
    unique = dict.fromkeys(diagnostics)
    return tuple(sorted(unique, key=lambda d: (d.span, d.code, d.message)))


class Nb2pipeError(Exception):
    """The conversion is refused: at least one of `diagnostics` is an error."""

    def __init__(self, diagnostics: Iterable[Diagnostic]):
        self.diagnostics = sort_diagnostics(diagnostics)
        super().__init__("; ".join(f"{d.code} {d.span}: {d.message}" for d in self.diagnostics))


def _table(*rows: tuple[str, Severity, str]) -> dict[str, Code]:
    return {code: Code(code, severity, title) for code, severity, title in rows}


_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

#: Every diagnostic that there is. 1xx reading, 2xx names and values, 3xx stages and tags, 4xx files and effects,
#: 5xx the emitted project, 6xx notes about how a stage was emitted.
CODES: dict[str, Code] = _table(
    ("NB101", _E, "The file is not a notebook"),
    ("NB102", _E, "The notebook's language is not Python"),
    ("NB103", _E, "The cell does not parse"),
    ("NB104", _E, "The notebook has no code"),
    ("NB105", _E, "The file cannot be read"),
    ("NB106", _N, "The cell is in another language"),
    ("NB201", _E, "A name is used before it is defined"),
    ("NB202", _E, "A name is never defined"),
    ("NB203", _E, "A value cannot be handed from stage to stage"),
    ("NB204", _E, "A name may hold the result of skipped code"),
    ("NB205", _E, "Code reaches names that cannot be known before it runs"),
    ("NB206", _E, "A definition cannot be repeated in another stage"),
    ("NB207", _E, "IPython's history is read across stages"),
    ("NB301", _E, "The stages depend on each other in a circle"),
    ("NB302", _E, "A stage stands in two places that cannot be joined"),
    ("NB303", _E, "A stage's name cannot be used"),
    ("NB304", _W, "A tag looks like a misspelt one"),
    ("NB305", _E, "`after:` names a stage that does not exist"),
    ("NB306", _N, "Cells before the first stage opened it"),
    ("NB307", _N, "The notebook was split by its headings"),
    ("NB308", _E, "The notebook has no stages"),
    ("NB309", _E, "A cell has two stages"),
    ("NB310", _W, "A hint cannot be honoured by this target"),
    ("NB312", _E, "A parameter cannot be a parameter"),
    ("NB313", _N, "A value in the parameters cell is computed"),
    ("NB314", _W, "A tag has no effect"),
    ("NB315", _W, "Workers of an engine may not see the files"),
    ("NB401", _N, "Stages run in the notebook's folder"),
    ("NB402", _E, "An effect cannot be repeated or handed over"),
    ("NB501", _E, "The output folder holds something else"),
    ("NB502", _E, "The project cannot be written"),
    ("NB503", _E, "A person's edit and the new conversion disagree"),
    ("NB504", _E, "The output folder is not a usable place"),
    ("NB505", _E, "The notebook cannot be recorded"),
    ("NB506", _W, "The notebook was recorded in its own folder"),
    ("NB601", _N, "A stage's code stays in its notebook"),
    ("NB602", _N, "A stage is taken to do what a run showed"),
    ("NB603", _N, "An imported package is not installed here"),
    ("NB604", _N, "A stage makes a value again"),
)
