"""From what was seen to a report: findings by stage, tallies, and both sides for a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nb2pipe.diagnostics import Span
from nb2pipe.pipeline.model import EdgeKind, Pipeline, Stage
from nb2pipe.record.places import written
from nb2pipe.verify.model import (
    DIFFERENT,
    KINDS,
    NONDETERMINISTIC,
    ROUNDING,
    UNPROVEN,
    Finding,
    Report,
    Shown,
    StageReport,
    Tally,
    judge,
)
from nb2pipe.verify.notebook_run import NotebookRun
from nb2pipe.verify.pipeline_run import PipelineRun
from nb2pipe.verify.shown import compare_pieces, read_pieces, read_stderr

if TYPE_CHECKING:
    from nb2pipe.verify.verifier import Evidence

#: Of one variable or stage, so many differences are told.
_TOLD = 20


def make_report(evidence: Evidence, notebook: str, project: str, notes: Sequence[str]) -> Report:
    """Puts together what was found."""
    stages = sorted(evidence.pipeline.stages, key=lambda s: (s.span.cell, s.name))
    known = {s.name for s in stages}
    made = {t.name for t in evidence.layout.tasks}
    reports = [_report_stage(stage, evidence, stage.name in made) for stage in stages]
    for task in evidence.layout.tasks:
        if task.name not in known:
            finding = Finding("stage", DIFFERENT, task.name, task.name, "", "stage", "no such stage", "a stage")
            reports.append(StageReport(task.name, task.name, (), Tally(), Tally(), Tally(), (finding,)))
    told = [*notes, *_settings_notes(evidence), *_iterator_notes(evidence), *_stderr_notes(evidence)]
    run = evidence.notebooks[0]
    return Report(
        notebook,
        project,
        judge(tuple(reports)),
        tuple(reports),
        tuple(told),
        len(evidence.notebooks),
        {"notebook": round(run.seconds, 2), "pipeline": round(evidence.run.seconds, 2)},
        left={s.name: _left(s, run) for s in stages},
        right={t.name: _right(t.name, evidence) for t in evidence.layout.tasks},
    )


def written_by_pipeline(run: PipelineRun) -> frozenset[str]:
    """Files below the working folder that the pipeline wrote, changed or deleted."""
    return frozenset(written(run.before, run.after))


def written_files(pipeline: Pipeline, run: PipelineRun, runs: Sequence[NotebookRun]) -> tuple[str, ...]:
    """Files that either side wrote, without those that only skipped cells write."""
    stages = {cell.number for stage in pipeline.stages for cell in stage.cells}
    if not run.sees_files:
        return ()
    theirs = written_by_pipeline(run)
    ours = {name for each in runs for name, cell in each.written.items() if cell in stages or name in theirs}
    return tuple(sorted({*ours, *theirs}))


def _report_stage(stage: Stage, evidence: Evidence, is_made: bool) -> StageReport:
    cells = tuple(cell.number for cell in stage.cells)
    if not is_made:
        finding = Finding(
            "stage", DIFFERENT, stage.name, stage.name, "", "stage", "a stage", "no such stage", stage.span.cell
        )
        return StageReport(stage.name, stage.title, cells, Tally(), Tally(), Tally(), (finding,))
    outputs, shown = _compare_outputs(stage, evidence)
    values = [row for row in evidence.values if row["stage"] == stage.name]
    files = [row for row in evidence.files if _stage_of_file(row["name"], evidence) == stage.name]
    findings = [*_value_findings(stage, values, evidence.pipeline), *shown, *_file_findings(stage, files, evidence)]
    order = {kind: place for place, kind in enumerate(KINDS)}
    findings.sort(key=lambda f: (f.cell or len(evidence.pipeline.stages) + max(cells), order[f.kind], f.line))
    return StageReport(stage.name, stage.title, cells, outputs, _tally(files), _tally(values), tuple(findings))


def _tally(rows: Sequence[Mapping[str, Any]]) -> Tally:
    verdicts = [row["verdict"] for row in rows]
    return Tally(len(rows), *(verdicts.count(v) for v in (DIFFERENT, NONDETERMINISTIC, UNPROVEN, ROUNDING)))


def _compare_outputs(stage: Stage, evidence: Evidence) -> tuple[Tally, list[Finding]]:
    def pieces(run: NotebookRun) -> Any:
        shown = ((c.number, run.outputs.get(c.number, ())) for c in stage.cells if c.is_code)
        return read_pieces(shown, evidence.package, evidence.plain)

    first, *again = [pieces(run) for run in evidence.notebooks]
    theirs = read_pieces(
        ((0, cell.get("outputs", ())) for cell in evidence.run.outputs.get(stage.name, ())),
        evidence.package,
        evidence.plain,
    )
    found = compare_pieces(first, theirs, again[0] if again else None)
    unsteady = sum(m.unsteady for m in found)
    tally = Tally(max(len(first), len(theirs), len(found)), len(found) - unsteady, unsteady)
    findings = [
        Finding(
            "output",
            NONDETERMINISTIC if m.unsteady else DIFFERENT,
            stage.name,
            m.kind,
            "",
            m.what,
            m.notebook,
            m.pipeline,
            m.cell,
        )
        for m in found[:_TOLD]
    ]
    return tally, findings


def _value_findings(stage: Stage, rows: Sequence[Mapping[str, Any]], pipeline: Pipeline) -> list[Finding]:
    findings = []
    for row in rows:
        span = _definition(stage, row["name"], pipeline)
        findings += _findings("value", stage.name, row, span)
    return findings


def _findings(kind: str, stage: str, row: Mapping[str, Any], span: Span) -> list[Finding]:
    found = []
    for key, verdict in (("differences", DIFFERENT), ("rounding", ROUNDING), ("unsteady", NONDETERMINISTIC)):
        for d in row[key][:_TOLD]:
            found.append(
                Finding(
                    kind, verdict, stage, row["name"], d["path"], d["what"], d["left"], d["right"], span.cell, span.line
                )
            )
    for given_up in row["given_up"][:_TOLD]:
        found.append(
            Finding(kind, UNPROVEN, stage, row["name"], given_up["path"], given_up["why"], "", "", span.cell, span.line)
        )
    return found


def _definition(stage: Stage, name: str, pipeline: Pipeline) -> Span:
    """Where a stage last defines or changes what it hands over."""
    for output in stage.outputs:
        if output.name == name:
            return output.span
    for edge in pipeline.edges:
        if (
            edge.source == stage.name
            and edge.kind is EdgeKind.STATE
            and edge.name in (name, name.removesuffix(" state"))
        ):
            return edge.defined
    return stage.span


def _file_findings(stage: Stage, rows: Sequence[Mapping[str, Any]], evidence: Evidence) -> list[Finding]:
    findings = []
    for row in rows:
        cell = evidence.notebooks[0].written.get(row["name"], 0)
        findings += _findings("file", stage.name, row, Span(cell))
    return findings


def _stage_of_file(name: str, evidence: Evidence) -> str:
    """The stage that wrote a file: in the notebook by its cell, in the pipeline by the time."""
    stages = {cell.number: stage.name for stage in evidence.pipeline.stages for cell in stage.cells}
    for run in evidence.notebooks:
        if name in run.written and run.written[name] in stages:
            return stages[run.written[name]]
    first = min(evidence.pipeline.stages, key=lambda s: s.span.cell).name
    written_at = evidence.run.after.get(name, (0, 0))[0]
    ends = []
    for task in evidence.layout.tasks:
        path = evidence.run.project / task.notebook
        if task.notebook and path.is_file() and task.name in stages.values():
            ends.append((path.stat().st_mtime_ns, task.name))
    return next((stage for end, stage in sorted(ends) if end >= written_at), first)


def _settings_notes(evidence: Evidence) -> list[str]:
    names = [s.name for s in evidence.pipeline.stages if any("settings" in state for state in s.state)]
    if not names:
        return []
    return [f"process-wide settings that stages hand over are seen in what they show only: {', '.join(names)}"]


def _iterator_notes(evidence: Evidence) -> list[str]:
    names = [f"{row['stage']}.{row['name']}" for row in evidence.values if row.get("unseen")]
    return [f"iterators that stages hand over are seen in what they give only: {', '.join(names)}"] if names else []


def _stderr_notes(evidence: Evidence) -> list[str]:
    """Standard error is told, not counted: warnings carry line numbers."""
    notes = []
    for stage in sorted(evidence.pipeline.stages, key=lambda s: s.span.cell):
        ours = read_stderr(evidence.notebooks[0].outputs.get(c.number, ()) for c in stage.cells if c.is_code)
        theirs = read_stderr(cell.get("outputs", ()) for cell in evidence.run.outputs.get(stage.name, ()))
        if bool(ours.strip()) != bool(theirs.strip()):
            side = "notebook" if ours.strip() else "pipeline"
            text = (ours or theirs).strip().splitlines()[0][:160]
            notes.append(f"only the {side} writes to standard error in stage {stage.name}: {text}")
    return notes


def _left(stage: Stage, run: NotebookRun) -> tuple[Shown, ...]:
    return tuple(
        Shown(f"cell {c.number}", c.kind.value, c.source, run.outputs.get(c.number, ()))
        for c in stage.cells
        if not c.is_empty
    )


def _right(name: str, evidence: Evidence) -> tuple[Shown, ...]:
    task = next(t for t in evidence.layout.tasks if t.name == name)
    shared = {"artifacts", "display", "functions", "__init__"}
    shown = []
    for module in task.modules:
        path = evidence.run.project / module
        if path.is_file() and Path(module).stem not in shared and module.startswith(f"src/{evidence.package}/"):
            shown.append(Shown(module, "code", path.read_text(encoding="utf-8").strip("\n")))
    for cell in evidence.run.outputs.get(name, ()):
        if cell.source.strip():
            shown.append(Shown(task.source, "code", evidence.plain(cell.source), tuple(cell.get("outputs", ()))))
    return tuple(shown)
