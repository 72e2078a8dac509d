"""Where to cut a notebook without stage tags: at headings, where the work changes, where few variables cross."""

from __future__ import annotations

from dataclasses import dataclass

from nb2pipe.pipeline.propose_facts import BodyCell, NotebookFacts

_MOST_STAGES = 7
_FEWEST_STAGES = 3
_HEADING = {1: 3.0, 2: 3.0, 3: 2.0}
_CHANGE = 2.0
_SMALL_CHANGE = 1.0  # from cleaning to making features
_CROSSING = 0.3
_MOST_CROSSING = 10
_NEUTRAL = 1.5  # the work of the cell below is not known: it rather belongs to what is above
_SMALL = 2  # statements that a stage should have


@dataclass(frozen=True, slots=True)
class Cut:
    """A stage begins at the body's cell number `index` (from 0); `score` says how good a place that is."""

    index: int
    score: float


def choose_cuts(facts: NotebookFacts) -> tuple[Cut, ...]:
    """The best places for two to six cuts, in order; fewer where the notebook is short or values forbid it."""
    cuts = _rate(facts.body)
    chosen: list[Cut] = []
    sizes = _sizes(facts.body)
    for cut in sorted(cuts, key=lambda c: (-c.score, c.index)):
        if len(chosen) + 1 >= _MOST_STAGES or (cut.score <= 0 and len(chosen) + 1 >= _FEWEST_STAGES):
            break
        if _leaves_room(cut, chosen, sizes):
            chosen.append(cut)
    return tuple(sorted(chosen, key=lambda c: c.index))


def _rate(body: tuple[BodyCell, ...]) -> list[Cut]:
    """Every place where a cut is possible."""
    cuts = []
    above = body[0].work if body else ""  # cells that only look belong to what they look at
    for index in range(1, len(body)):
        cell, before = body[index], body[index - 1]
        score = _HEADING.get(cell.level, 1.0) if cell.level else 0.0
        score -= _CROSSING * min(len(before.live), _MOST_CROSSING)
        if not cell.work:
            score -= _NEUTRAL
        elif cell.work not in (above, "explore"):
            score += _SMALL_CHANGE if {cell.work, above} == {"clean", "features"} else _CHANGE
        above = above if cell.work in ("", "explore") else cell.work
        if not before.held:
            cuts.append(Cut(index, round(score, 6)))
    return cuts


def _sizes(body: tuple[BodyCell, ...]) -> list[int]:
    """Statements above each cell."""
    total = [0]
    for cell in body:
        total.append(total[-1] + cell.statements)
    return total


def _leaves_room(cut: Cut, chosen: list[Cut], sizes: list[int]) -> bool:
    """Whether the stages on both sides would have more than a line or two."""
    borders = [0, *(c.index for c in chosen), len(sizes) - 1]
    above = max(b for b in borders if b < cut.index)
    below = min(b for b in borders if b > cut.index)
    return sizes[cut.index] - sizes[above] >= _SMALL and sizes[below] - sizes[cut.index] >= _SMALL
