"""Brings a stage whose cells do not touch into one piece, where data flow allows it.

Before: load, clean, load. After: load, load, clean; or NB302 where clean stands between for a reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from nb2pipe.dataflow.facts import RANDOM_KINDS, SKIP, EffectKind, Facts, Item, LocalModules, ProgramCell, StageFacts
from nb2pipe.dataflow.interpret import Interpreter
from nb2pipe.diagnostics import Diagnostic, Span

_Fragment = tuple[str, tuple[ProgramCell, ...]]


def join_stages(
    program: Sequence[ProgramCell],
    hoisted: dict[str, Item],
    stable: dict[str, tuple[Item, ...]],
    local: LocalModules | None = None,
) -> tuple[tuple[ProgramCell, ...], tuple[Diagnostic, ...]]:
    """Reorders cells so that each stage is contiguous; `local` are the modules beside the notebook.

    Returns:
        The program, and NB302 for every stage that cannot be joined (both places named).
    """
    fragments = _fragments(program)
    names = [name for name, _ in fragments]
    if len(set(names)) == len(names):
        return tuple(program), ()
    facts = _fragment_facts(fragments, hoisted, stable, local or LocalModules())
    order = list(range(len(fragments)))
    diagnostics: list[Diagnostic] = []
    repeated = [n for n in dict.fromkeys(names) if names.count(n) > 1]
    for name in sorted(repeated, key=lambda n: not n.startswith("#")):  # what is shared comes first
        _join(name, fragments, order, facts, stable, diagnostics)
    joined = tuple(cell for index in order for cell in fragments[index][1])
    return (tuple(program) if diagnostics else joined), tuple(diagnostics)


def _fragments(program: Sequence[ProgramCell]) -> list[_Fragment]:
    fragments: list[tuple[str, list[ProgramCell]]] = []
    for part in program:
        if fragments and fragments[-1][0] == part.stage:
            fragments[-1][1].append(part)
        else:
            fragments.append((part.stage, [part]))
    return [(name, tuple(cells)) for name, cells in fragments]


def _fragment_facts(
    fragments: list[_Fragment], hoisted: dict[str, Item], stable: dict[str, tuple[Item, ...]], local: LocalModules
) -> tuple[list[StageFacts], Facts]:
    numbered = [
        ProgramCell(f"{index}#{name}", c.cell, c.python, c.tree, c.raises, c.metrics)
        for index, (name, cells) in enumerate(fragments)
        for c in cells
    ]
    facts = Interpreter(hoisted, stable, local=local).run(numbered)
    if facts.changing:
        facts = Interpreter(hoisted, stable, local=local, changing=facts.changing).run(numbered)
    return [facts.stages[f"{index}#{name}"] for index, (name, _) in enumerate(fragments)], facts


def _join(
    name: str,
    fragments: list[_Fragment],
    order: list[int],
    facts: tuple[list[StageFacts], Facts],
    stable: dict[str, tuple[Item, ...]],
    diagnostics: list[Diagnostic],
) -> None:
    while True:
        places = [p for p, index in enumerate(order) if fragments[index][0] == name]
        gap = next(((a, b) for a, b in pairwise(places) if b > a + 1), None)
        if gap is None:
            return
        first, second = gap
        between = order[first + 1 : second]
        moving = order[second]
        reason_up = next((r for i in between if (r := _conflict(i, moving, facts, stable))), "")
        if not reason_up:
            order.insert(first + 1, order.pop(second))
            continue
        staying = order[first]
        reason_down = next((r for i in between if (r := _conflict(staying, i, facts, stable))), "")
        if not reason_down and first == places[0]:
            order.insert(second - 1, order.pop(first))
            continue
        start, end = fragments[staying][1][0].cell.number, fragments[moving][1][0].cell.number
        diagnostics.append(
            Diagnostic(
                "NB302",
                _message(name, start, end),
                Span(end),
                reason_up,
                f"give the cells from cell {end} on a stage of their own, or move them up to cell {start}",
                ((Span(start), "the stage begins here"),),
                name,
            )
        )
        order.insert(first + 1, order.pop(second))


def _message(name: str, start: int, end: int) -> str:
    what = f"stage `{name}` stands" if not name.startswith("#") else "code that every stage shares stands"
    return f"{what} in cell {start} and again in cell {end}, and what is between must run between"


def _conflict(
    earlier: int,
    later: int,
    facts: tuple[list[StageFacts], Facts],
    stable: dict[str, tuple[Item, ...]],
) -> str:
    """Why two fragments cannot change places; empty where they can."""
    stages, whole = facts
    a, b = stages[earlier], stages[later]
    bound_a, bound_b = set(a.bound) | set(a.deleted), set(b.bound) | set(b.deleted)
    for name in sorted((bound_a & (set(b.needs) | bound_b)) | (set(a.needs) & bound_b)):
        if not (name in stable and name in bound_a and name in bound_b):
            return f"`{name}` is defined in one and used in the other"
    for x, y in ((a, b), (b, a)):
        for name, (_, binding) in sorted(y.needs.items()):
            changed = [x.mutated[r] for r in whole.regions.reach(binding.value.region) if r in x.mutated]
            if changed:
                return f"`{changed[0][2] or name}` is changed in one and used in the other"
    effects_a = {e.kind for e in a.effects} - {EffectKind.CLOCK}
    effects_b = {e.kind for e in b.effects} - {EffectKind.CLOCK}
    if effects_a & RANDOM_KINDS and effects_b & RANDOM_KINDS:
        return "both draw random numbers"
    if a.draws_in_page and b.draws_in_page:
        return "both draw into figures that stay open"
    if EffectKind.SETTING in effects_a | effects_b:
        return "a process-wide setting is changed"
    if EffectKind.WRITE in effects_a and effects_b & {EffectKind.READ, EffectKind.WRITE}:
        return "both use files"
    if EffectKind.WRITE in effects_b and EffectKind.READ in effects_a:
        return "both use files"
    return ""


def is_skipped(stage: str) -> bool:
    """Whether the pseudo-stage is that of a skipped cell."""
    return stage.startswith(SKIP)
