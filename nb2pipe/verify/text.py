"""A report for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nb2pipe.verify.model import (
    DIFFERENT,
    FAILED,
    NONDETERMINISTIC,
    ROUNDING,
    SAME,
    UNPROVEN,
    Failure,
    Finding,
    Report,
    StageReport,
    Tally,
)

#: Puts a style on a text: the text, then what it says (`same`, `different`, `quiet`, `strong`).
Paint = Callable[[str, str], str]

WORDS = {
    SAME: "same",
    DIFFERENT: "DIFFERENT",
    UNPROVEN: "not compared",
    NONDETERMINISTIC: "same, but for chance",
    ROUNDING: "same, but for rounding",
}
_STYLES = {SAME: "same", ROUNDING: "same", NONDETERMINISTIC: "same", DIFFERENT: "different", UNPROVEN: "different"}


def _plain(text: str, _style: str) -> str:
    return text


def render_text(report: Report, paint: Paint = _plain, verbose: bool = False) -> str:
    """The table of stages, the first difference, how much else there is, and the verdict.

    Args:
        report: What was found.
        paint: Colours, where they are wanted.
        verbose: Every finding, not the first only.
    """
    if report.verdict == FAILED and report.failure is not None:
        return render_failure(report.failure, report.notebook, paint)
    head = paint(f"{report.notebook} ↔ {report.project}", "strong")
    lines = [f"{head}  {paint(_times(report), 'quiet')}", "", *_table(report.stages, paint), ""]
    first = report.first
    if first is not None:
        lines += [*render_finding(first, paint, "first difference" if first.verdict == DIFFERENT else ""), ""]
    rest = [f for f in report.findings if f is not first]
    shown = rest if verbose else []
    for finding in shown:
        lines += [*render_finding(finding, paint), ""]
    for word, told in (
        (DIFFERENT, "more differences"),
        (UNPROVEN, "more that could not be compared"),
    ):
        count = sum(f.verdict == word for f in rest)
        if count and not verbose:
            lines.append(f"{count} {told}; -v shows them")
    for note in (*_excused(report, verbose), *report.notes):
        lines.append(f"{paint('note', 'quiet')}: {note}")
    if lines[-1]:
        lines.append("")
    lines.append(paint(summarize(report), _STYLES.get(report.verdict, "different")))
    return "\n".join(lines) + "\n"


def summarize(report: Report) -> str:
    """The verdict in one sentence."""
    stages = report.stages
    bad = [s for s in stages if s.verdict == DIFFERENT]
    if bad:
        return f"Different: {len(bad)} of {_count(len(stages), 'stage')} ({', '.join(s.name for s in bad)})."
    unproven = sum(s.values.unproven + s.files.unproven for s in stages)
    if report.verdict == UNPROVEN:
        return f"Nothing differs, but {_count(unproven, 'value')} could not be compared."
    total = [sum(getattr(s, kind).total for s in stages) for kind in ("outputs", "files", "values")]
    return (
        f"Same: {_count(len(stages), 'stage')}, {_count(total[0], 'output')}, {_count(total[1], 'file')}, "
        f"{_count(total[2], 'value')}."
    )


def _times(report: Report) -> str:
    runs = "" if report.runs == 1 else f" (run {report.runs} times)"
    return f"notebook {report.seconds['notebook']:.1f} s{runs} · pipeline {report.seconds['pipeline']:.1f} s"


def _excused(report: Report, verbose: bool) -> list[str]:
    """What does not count, in a line each."""
    notes = []
    for verdict, words in (
        (NONDETERMINISTIC, "not deterministic in the notebook itself, and not counted"),
        (ROUNDING, "equal up to rounding (a value from a file lies elsewhere in memory, and sums come out otherwise)"),
    ):
        names = list(dict.fromkeys(f"{f.name} ({f.stage})" for f in report.findings if f.verdict == verdict))
        if names and not verbose:
            more = f" and {len(names) - 6} more" if len(names) > 6 else ""
            notes.append(f"{words}: {', '.join(names[:6])}{more}")
    return notes


def _table(stages: Sequence[StageReport], paint: Paint) -> list[str]:
    rows = [("stage", "outputs", "files", "values", "verdict")]
    rows += [(s.name, _cell(s.outputs), _cell(s.files), _cell(s.values), WORDS[s.verdict]) for s in stages]
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    lines = []
    for number, row in enumerate(rows):
        cells = [f"{text:<{width}}" for text, width in zip(row, widths, strict=True)]
        style = "quiet" if not number else _STYLES[stages[number - 1].verdict]
        last = cells[-1].rstrip()
        lines.append("  " + "  ".join(cells[:-1]) + "  " + paint(last, style))
    return lines


def _cell(tally: Tally) -> str:
    if not tally.total:
        return "–"
    return str(tally.total) if tally.same == tally.total else f"{tally.same} of {tally.total}"


def place(finding: Finding) -> str:
    """Where a finding is: stage, cell, line."""
    parts = [f"stage {finding.stage}"] if finding.stage else []
    if finding.cell:
        parts.append(f"cell {finding.cell}")
        if finding.line:
            parts.append(f"line {finding.line}")
    return ", ".join(parts)


def subject(finding: Finding) -> str:
    """What a finding is about, in words."""
    name = finding.path or finding.name
    if finding.kind == "output":
        return "text" if finding.name == "text" else f"output {finding.name}"
    if finding.kind == "file":
        return f"file {finding.name}" + (f", {finding.path}" if finding.path else "")
    return f"the stage {finding.name}" if finding.kind == "stage" else name


def render_finding(finding: Finding, paint: Paint = _plain, title: str = "") -> list[str]:
    """A finding in some lines: where, what, both sides."""
    word = (
        title
        or {
            DIFFERENT: "different",
            UNPROVEN: "cannot be compared",
            NONDETERMINISTIC: "not deterministic",
            ROUNDING: "rounding",
        }[finding.verdict]
    )
    style = _STYLES[finding.verdict]
    respect = "" if finding.what in (finding.name, "") else f" ({finding.what})"
    lines = [f"{paint(word, style)}: {place(finding)}: {paint(subject(finding), 'strong')}{respect}"]
    if finding.notebook or finding.pipeline:
        lines += [f"  notebook  {finding.notebook}", f"  pipeline  {finding.pipeline}"]
    return lines


def render_failure(failure: Failure, notebook: str, paint: Paint = _plain) -> str:
    """Why there is no comparison."""
    lines = [f"{paint('error', 'different')}: {failure.message}"]
    if failure.cell:
        where = f"{notebook}:cell {failure.cell}" + (f":{failure.line}" if failure.line else "")
        lines.append(f" --> {where}" + (f" (stage {failure.stage})" if failure.stage else ""))
    if failure.detail:
        lines += ["", *(f"  {line}" for line in failure.detail.splitlines()), ""]
    if failure.help:
        lines.append(f"  = help: {failure.help}")
    return "\n".join(lines) + "\n"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
