"""The record of a notebook as a part of its project."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from nb2pipe.codegen.tests import doubtful_stages
from nb2pipe.diagnostics import Diagnostic
from nb2pipe.pipeline.model import Observation, Pipeline
from nb2pipe.pipeline.plan import Plan
from nb2pipe.record.data import render_record
from nb2pipe.record.describing import load_module
from nb2pipe.record.run import Recording, Subject, record_notebook


@dataclass(frozen=True, slots=True)
class Record:
    """What was recorded.

    Attributes:
        files: Path in the project to text, below tests/data/.
        unstable: Stages that gave something else when the notebook ran again.
        types: Stage to the types that its variables had at its end.
        observed: What else the run showed of the stages that were watched.
        diagnostics: What to tell of the run.
    """

    files: Mapping[str, str]
    unstable: frozenset[str]
    types: Mapping[str, Mapping[str, str]]
    observed: Mapping[str, Observation]
    diagnostics: tuple[Diagnostic, ...]


def record_project(subject: Subject, plan: Plan, tell: Callable[[str], None]) -> Record:
    """Runs the notebook, and a second time where only that shows whether its stages repeat.

    Args:
        subject: What to run.
        plan: Says which stages may draw random numbers or read a clock.
        tell: Is told which cell is running.

    Raises:
        Nb2pipeError: NB505: the notebook cannot run, or fails.
    """
    package, templates = subject.pipeline.package, subject.templates
    first = record_notebook(subject, tell)
    observed = {name: stage.seen for name, stage in first.stages.items() if stage.seen is not None}
    unstable: frozenset[str] = frozenset()
    if doubtful_stages(subject.pipeline, plan):
        again = "recording once more, as stages may draw random numbers:"
        second = record_notebook(subject, tell, again, fast_clocks=True)
        unstable = unstable_stages(first, second, load_module("comparing", package, templates))
        others = {name: stage.seen for name, stage in second.stages.items()}
        observed = {name: _both(seen, other) for name, seen in observed.items() if (other := others[name]) is not None}
    describing = load_module("describing", package, templates)
    types = {name: stage.types for name, stage in first.stages.items()}
    return Record(render_record(first, subject.pipeline, describing), unstable, types, observed, first.diagnostics)


def _both(one: Observation, other: Observation) -> Observation:
    """What two runs showed."""
    return Observation(
        one.unchanged & other.unchanged,
        one.drawn | other.drawn,
        tuple(sorted({*one.reads, *other.reads})),
        tuple(sorted({*one.writes, *other.writes})),
        one.sees_files and other.sees_files,
    )


def with_types(pipeline: Pipeline, types: Mapping[str, Mapping[str, str]]) -> Pipeline:
    """The pipeline with the types that its variables had in a run, where the analysis does not know more.

    Args:
        pipeline: The pipeline.
        types: Stage to the types that its variables had at its end.
    """

    def seen(stage: str, name: str, known: str) -> str:
        found = types.get(stage, {}).get(name, "Any")
        return known if found == "Any" else found

    stages = (
        replace(
            stage,
            inputs=tuple(replace(i, type=seen(i.stage, i.name, i.type)) for i in stage.inputs),
            outputs=tuple(replace(o, type=seen(stage.name, o.name, o.type)) for o in stage.outputs),
        )
        for stage in pipeline.stages
    )
    return replace(pipeline, stages=tuple(stages))


def unstable_stages(first: Recording, second: Recording, comparing: Any) -> frozenset[str]:
    """Stages that gave something else in a second run of the same notebook, as the tests compare.

    Args:
        first: One run.
        second: The other.
        comparing: The module of the emitted tests that says what is the same.
    """
    found = set()
    for name, one in first.stages.items():
        other = second.stages[name]
        try:
            comparing.assert_same(dict(one.outputs), dict(other.outputs))
            comparing.assert_same(list(one.figures), list(other.figures))
            comparing.assert_same_text("\n".join(one.text), comparing.lines_of("\n".join(other.text)))
        except AssertionError:
            found.add(name)
    return frozenset(found)
