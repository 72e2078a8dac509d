"""Which of what a run showed is worth relying on: only what lets more stages run at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from nb2pipe.dataflow import knowledge as known
from nb2pipe.diagnostics import Diagnostic
from nb2pipe.pipeline.model import Observation, Pipeline
from nb2pipe.pipeline.observed import find_suspects, may_be_sharpened
from nb2pipe.pipeline.plan import Plan

#: With more stages than this, everything that was seen is relied on: looking for less would take long.
MOST_STAGES = 20
_NOTHING = Observation(frozenset(), frozenset(known.GENERATORS) - known.UNSEEN_GENERATORS, (), (), sees_files=False)


def watched_variables(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Stages of which a run may show more than the code does, each with the variables whose objects to watch."""
    return {
        name: tuple(sorted({v for names in find_suspects(stage.facts, stage.code).values() for v in names}))
        for name, stage in plan.stages.items()
        if may_be_sharpened(stage.facts, stage.code)
    }


def sharpest(
    pipeline: Pipeline,
    observed: Mapping[str, Observation],
    plan_again: Callable[[Mapping[str, Observation]], Pipeline | None],
) -> dict[str, Observation]:
    """The least that gives the freest order of stages; empty where the run frees none.

    Args:
        pipeline: As planned without a run.
        observed: Stage to what the run showed of it.
        plan_again: Plans the stages with what a run showed; `None` where they cannot be planned so.
    """
    before = _waits(pipeline)
    best = plan_again(observed) if observed else None
    if best is None or not _waits(best) < before:
        return {}
    wanted, kept = _waits(best), dict(observed)
    for name, less in _weaker(observed) if len(pipeline.stages) <= MOST_STAGES else ():
        fewer = kept | {name: less(kept[name])}
        found = plan_again(fewer)
        if found is not None and _waits(found) == wanted:
            kept = fewer
    return {name: seen for name, seen in kept.items() if seen != _NOTHING}


def note_assumed(pipeline: Pipeline) -> tuple[Diagnostic, ...]:
    """NB602 for each stage of which something is taken from a run."""
    notes = []
    for assumed in pipeline.assumed:
        parts = []
        if assumed.unchanged:
            names = ", ".join(f"`{name}`" for name in assumed.unchanged)
            parts.append(f"leave {names} as {'it is' if len(assumed.unchanged) == 1 else 'they are'}")
        if assumed.reads is not None:
            paths = ", ".join(f"`{path}`" for path in dict.fromkeys((*assumed.reads, *(assumed.writes or ()))))
            parts.append(f"use no files but {paths}" if paths else "use no files")
        if assumed.still:
            parts.append(f"draw nothing from {', '.join(f'`{generator}`' for generator in assumed.still)}")
        message = f"`{assumed.stage}` is taken to {' and to '.join(parts)}: a run showed it, and nothing proves it"
        remedy = "nothing, as the stage watches itself; convert without --record to rely on the code alone"
        span = pipeline.stage(assumed.stage).span
        notes.append(Diagnostic("NB602", message, span, "", remedy, (), assumed.stage))
    return tuple(notes)


def _weaker(observed: Mapping[str, Observation]) -> Iterator[tuple[str, Callable[[Observation], Observation]]]:
    """For each stage, ways to rely on less of what was seen of it."""
    for name in observed:
        yield name, lambda seen: replace(seen, sees_files=False, reads=(), writes=())
        yield name, lambda seen: replace(seen, drawn=_NOTHING.drawn)
        yield name, lambda seen: replace(seen, unchanged=frozenset())


def _waits(pipeline: Pipeline) -> set[tuple[str, str]]:
    """Each stage with each that it waits for, directly or not."""
    above: dict[str, set[str]] = {}
    for stage in pipeline.stages:
        above[stage.name] = {s for up in stage.upstream for s in ({up} | above[up])}
    return {(source, name) for name, sources in above.items() for source in sources}
