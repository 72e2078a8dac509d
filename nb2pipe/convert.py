"""The passes of a conversion, in order; nothing else knows the order.

read → layout → analyze → build → choose styles → render → write. Everything up to the last is a pure function of the
notebook's text and the options; the notebook's code is never executed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nb2pipe.deep import with_room
from nb2pipe.diagnostics import Diagnostic, Nb2pipeError, sort_diagnostics
from nb2pipe.notebook.model import Cell, Notebook
from nb2pipe.options import Options
from nb2pipe.pipeline.model import Observation, Pipeline, Sources
from nb2pipe.pipeline.plan import Plan

if TYPE_CHECKING:
    from nb2pipe.record import Record
    from nb2pipe.targets.emitted import Emitted


#: Nothing is rendered while a notebook is only analyzed.
_NO_SOURCES = Sources({}, {}, {}, {}, {})


@dataclass(frozen=True, slots=True)
class Analysis:
    """What is known of a notebook before anything is rendered.

    Attributes:
        notebook: As read.
        pipeline: The pipeline, `None` where a diagnostic is an error.
        plan: What codegen needs beyond the pipeline, `None` in the same case.
        diagnostics: Everything to tell, sorted by place.
    """

    notebook: Notebook
    pipeline: Pipeline | None
    plan: Plan | None
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Conversion:
    """What a conversion did.

    Attributes:
        analysis: Of the notebook.
        out: The project's folder.
        written: Files that are new or have new content.
        unchanged: Files that were already right.
        removed: Files that the project no longer has.
        kept: Files that a person edited, left as they are.
        merged: Those of `written` that hold a person's edits as well.
        conflicts: Files where both disagreed and `force` chose a side.
    """

    analysis: Analysis
    out: Path
    written: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()


def analyze(path: str | Path, options: Options | None = None) -> Analysis:
    """Reads and analyzes a notebook.

    Raises:
        Nb2pipeError: The file cannot be read as a notebook. What is wrong inside a notebook is in `diagnostics`.
    """
    from nb2pipe.notebook.read import read_notebook

    return analyze_notebook(read_notebook(path), options or Options())


def analyze_notebook(
    notebook: Notebook, options: Options, observed: Mapping[str, Observation] | None = None
) -> Analysis:
    """Analyzes a notebook that was read; `observed` is what a run showed of its stages."""
    return with_room(lambda: _analyze(notebook, options, observed))


def _analyze(notebook: Notebook, options: Options, observed: Mapping[str, Observation] | None) -> Analysis:
    from nb2pipe.codegen.sources import choose_styles
    from nb2pipe.dataflow.shared import is_shared_cell
    from nb2pipe.notebook.automagic import name_magics
    from nb2pipe.notebook.tags import read_layout
    from nb2pipe.pipeline.build import build_pipeline
    from nb2pipe.targets import check_targets
    from nb2pipe.targets.ploomber import parameter_keys
    from nb2pipe.targets.workflow import make_workflow

    def is_shared(cell: Cell) -> bool:
        return is_shared_cell(cell.source)

    notebook = name_magics(notebook)
    layout = read_layout(notebook, is_shared)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    pipeline, plan, diagnostics = build_pipeline(notebook, layout, options, version, observed)
    if pipeline is not None and plan is not None:
        pipeline = choose_styles(pipeline, plan, options)
        workflow = make_workflow(pipeline, _NO_SOURCES, parameter_keys(pipeline), ())
        places = {(stage.name, hint.tag): hint.span for stage in pipeline.stages for hint in stage.hints}
        checked = check_targets(workflow, options.target, dict(options.settings), places)
        diagnostics = sort_diagnostics((*pipeline.diagnostics, *checked))
        pipeline = replace(pipeline, diagnostics=diagnostics)
    return Analysis(notebook, pipeline, plan, diagnostics)


def convert(
    path: str | Path,
    out: str | Path | None = None,
    options: Options | None = None,
    progress: Callable[[str], None] | None = None,
    force: str = "",
    record: bool = False,
) -> Conversion:
    """Converts a notebook to a pipeline project.

    Args:
        path: The notebook.
        out: The project's folder; by default one named after the notebook, beside it.
        options: Choices; the defaults where none are given.
        progress: Is told what is being done.
        force: Which side wins where a person's edit and the new conversion disagree: "theirs" or "new".
        record: Run the notebook in its own kernel: the project's tests compare with what it gave, its functions have the
            types that were seen, and stages that were seen not to depend on each other do not wait (NB602).

    Raises:
        Nb2pipeError: The notebook is refused, fails while it is recorded, or the project cannot be written; nothing was
            changed.
    """
    from nb2pipe.codegen.sources import render_sources
    from nb2pipe.project import check_place, write_project
    from nb2pipe.targets import render_targets
    from nb2pipe.targets.emitted import FILE, Emitted, read_emitted, write_emitted
    from nb2pipe.targets.environment import missing_modules, requirements
    from nb2pipe.targets.ploomber import parameter_keys, render_project, writes_parquet
    from nb2pipe.targets.workflow import make_workflow

    tell = progress or (lambda _message: None)
    chosen = options or Options()
    tell("reading the notebook")
    analysis = analyze(path, chosen)
    if analysis.pipeline is None or analysis.plan is None:
        raise Nb2pipeError(analysis.diagnostics)
    folder = Path(analysis.notebook.folder)
    target = Path(out) if out is not None else folder / analysis.notebook.name
    if problems := check_place(target, notebook_folder=folder):
        raise Nb2pipeError(problems)
    chosen = _with_added_targets(chosen, read_emitted(target))
    kept: Record | None = None
    if record:
        analysis, kept = _record(analysis, tell, target, chosen)
    pipeline, plan = analysis.pipeline, analysis.plan
    assert pipeline is not None
    assert plan is not None
    if pipeline.runs_in_place:
        workdir = os.path.relpath(folder, target.resolve()).replace(os.sep, "/")
        pipeline = replace(pipeline, workdir=workdir)
    tell(f"rendering {len(pipeline.stages)} stages")
    unstable = kept.unstable if kept else None
    keys = parameter_keys(pipeline)
    sources = with_room(lambda: render_sources(pipeline, plan, chosen, unstable, keys))
    project: dict[str, object] = dict(with_room(lambda: render_project(pipeline, sources, chosen)))
    needed = requirements(pipeline, with_parquet=writes_parquet(pipeline, chosen))
    workflow = make_workflow(pipeline, sources, keys, map(str, needed))
    project |= render_targets(workflow, chosen.target, dict(chosen.settings), chosen.templates)
    emitted = write_emitted(Emitted(workflow, chosen.target[1:], dict(chosen.settings)))
    if kept is not None:
        project |= kept.files
        if "params.yaml" in project:  # the values with which the notebook ran, whatever becomes of params.yaml
            project["tests/data/params.yaml"] = project["params.yaml"]
    noticed = (*missing_modules(pipeline), *(kept.diagnostics if kept else ()))
    analysis = replace(analysis, diagnostics=sort_diagnostics((*analysis.diagnostics, *noticed)))
    tell("writing the project")
    own = {FILE: emitted}
    written = write_project(project, target, notebook_folder=folder, force=force, own=own)  # type: ignore[arg-type]
    analysis = replace(analysis, pipeline=pipeline)
    return Conversion(
        analysis,
        target,
        written.written,
        written.unchanged,
        written.removed,
        written.kept,
        written.merged,
        written.conflicts,
    )


def _with_added_targets(options: Options, before: Emitted | None) -> Options:
    """The options, with the targets that `nb2pipe target add` added to the project since."""
    if before is None:
        return options
    settings = {**before.settings, **dict(options.settings)}
    return replace(
        options,
        target=tuple(dict.fromkeys((*options.target, *before.targets))),
        settings=tuple(sorted(settings.items())),
    )


def _record(analysis: Analysis, tell: Callable[[str], None], target: Path, options: Options) -> tuple[Analysis, Record]:
    """Runs the notebook for the project's tests; where that shows that fewer edges do, the stages are planned again."""
    from nb2pipe.record import Subject, note_assumed, record_project, sharpest, watched_variables, with_types

    def run(found: Analysis) -> Record:
        assert found.pipeline is not None
        assert found.plan is not None
        watch = watched_variables(found.plan)
        return record_project(
            Subject(found.notebook, found.pipeline, target, options.templates, watch), found.plan, tell
        )

    def plan_again(observed: Mapping[str, Observation]) -> Pipeline | None:
        return analyze_notebook(analysis.notebook, options, observed).pipeline

    kept = run(analysis)
    assert analysis.pipeline is not None
    if observed := sharpest(analysis.pipeline, kept.observed, plan_again):
        tell("planning the stages again with what the run showed")
        analysis = analyze_notebook(analysis.notebook, options, observed)
        kept = run(analysis)
    pipeline = analysis.pipeline
    assert pipeline is not None
    diagnostics = (*analysis.diagnostics, *note_assumed(pipeline))
    return replace(analysis, pipeline=with_types(pipeline, kept.types), diagnostics=diagnostics), kept
