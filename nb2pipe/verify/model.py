"""What a verification found, as data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: Findings of a kind, in the order in which a reader wants them where they share a cell.
KINDS = ("stage", "value", "output", "file")

SAME = "same"
DIFFERENT = "different"
#: The notebook differs from itself there; it does not count.
NONDETERMINISTIC = "nondeterministic"
#: Numbers that differ in their last digits, as sums do that are added up in another order; it does not count.
ROUNDING = "rounding"
#: There is no way to compare it; it never counts as the same.
UNPROVEN = "unproven"
#: Something could not be run.
FAILED = "failed"

#: Exit codes; what is not shown to be the same is no success.
EXIT_CODES: Mapping[str, int] = {SAME: 0, DIFFERENT: 1, UNPROVEN: 1, FAILED: 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not simply the same.

    Attributes:
        kind: One of `KINDS`.
        verdict: `different`, `rounding`, `nondeterministic` or `unproven`.
        stage: The stage; empty for files that no stage wrote in the notebook.
        name: The variable, the file, or the kind of output such as `text` or `image/png`.
        path: Where inside it, as an expression: `model.coef_[0]`; empty for the whole.
        what: In which respect: `value`, `dtype`, `length`, `text`, …
        notebook: What the notebook has, in short.
        pipeline: What the pipeline has, in short.
        cell: The notebook's cell, from 1; 0 where it is not known.
        line: Its line inside the cell, from 1; 0 where it is not known.
    """

    kind: str
    verdict: str
    stage: str
    name: str
    path: str
    what: str
    notebook: str
    pipeline: str
    cell: int = 0
    line: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """How many were compared, and how many of them came out how."""

    total: int = 0
    different: int = 0
    nondeterministic: int = 0
    unproven: int = 0
    rounding: int = 0

    @property
    def same(self) -> int:
        """How many are simply the same."""
        return self.total - self.different - self.nondeterministic - self.unproven - self.rounding


@dataclass(frozen=True, slots=True)
class StageReport:
    """One stage.

    Attributes:
        name: The stage.
        title: Its words.
        cells: Numbers of its cells.
        outputs: Lines of text, tables and images that it shows.
        files: Files that it writes.
        values: Variables that it hands over, and metrics.
        findings: What is not the same, in order.
    """

    name: str
    title: str
    cells: tuple[int, ...]
    outputs: Tally
    files: Tally
    values: Tally
    findings: tuple[Finding, ...] = ()

    @property
    def verdict(self) -> str:
        """The worst of its findings."""
        return _worst(f.verdict for f in self.findings)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run came to no end.

    Attributes:
        where: `notebook`, `pipeline`, `environment` or `comparison`.
        message: In one sentence.
        stage: The pipeline's stage, or that of the notebook's cell.
        cell: The notebook's cell.
        line: Its line.
        exception: Name of the exception, such as `KeyError`.
        detail: The end of the traceback or log.
        help: What to do.
    """

    where: str
    message: str
    stage: str = ""
    cell: int = 0
    line: int = 0
    exception: str = ""
    detail: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows of one stage on one side: pieces of code with what they put out.

    Attributes:
        label: Such as `cell 4` or `src/churn/clean.py`.
        kind: `code` or `markdown`.
        source: The text.
        outputs: Outputs as nbformat has them.
    """

    label: str
    kind: str
    source: str
    outputs: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The result of `verify`.

    Attributes:
        notebook: The notebook's file as named.
        project: The project's folder as named.
        verdict: `same`, `different`, `unproven` (nothing differs, something could not be compared) or `failed`.
        stages: In the order of the notebook.
        notes: What to know beside, such as texts on standard error that differ.
        runs: How often the notebook was run.
        seconds: Time of the `notebook` (its first run) and of the `pipeline`.
        failure: Why there is no comparison, where `verdict` is `failed`.
        left: Stage to what the notebook's side of a page shows.
        right: The same for the pipeline's.
    """

    notebook: str
    project: str
    verdict: str
    stages: tuple[StageReport, ...] = ()
    notes: tuple[str, ...] = ()
    runs: int = 0
    seconds: Mapping[str, float] = field(default_factory=dict)
    failure: Failure | None = None
    left: Mapping[str, tuple[Shown, ...]] = field(default_factory=dict)
    right: Mapping[str, tuple[Shown, ...]] = field(default_factory=dict)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, in order."""
        return tuple(f for stage in self.stages for f in stage.findings)

    @property
    def first(self) -> Finding | None:
        """The first difference; where there is none, the first that could not be compared."""
        for verdict in (DIFFERENT, UNPROVEN):
            for finding in self.findings:
                if finding.verdict == verdict:
                    return finding
        return None

    @property
    def exit_code(self) -> int:
        """0 same, 1 different or not compared, 2 not run."""
        return EXIT_CODES[self.verdict]


@dataclass(frozen=True, slots=True)
class Conditions:
    """Under which notebook and pipeline run.

    Attributes:
        environment: Variables of the process.
        timeout: Seconds for one run.
        tell: Is told how far it is.
    """

    environment: Mapping[str, str]
    timeout: float
    tell: Callable[[str], None]


class CannotRunError(Exception):
    """A run that is needed came to no end; carries the `Failure`."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure.message)


def judge(stages: tuple[StageReport, ...]) -> str:
    """The verdict on all stages."""
    worst = _worst(stage.verdict for stage in stages)
    return SAME if worst in (NONDETERMINISTIC, ROUNDING) else worst


def _worst(verdicts: Iterable[str]) -> str:
    found = set(verdicts)
    return next((v for v in (DIFFERENT, UNPROVEN, NONDETERMINISTIC, ROUNDING) if v in found), SAME)
