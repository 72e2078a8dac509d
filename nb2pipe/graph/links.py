"""Edges as pictures show them: one link between two stages, however many reasons there are for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nb2pipe.diagnostics import Span
from nb2pipe.notebook.model import Cell
from nb2pipe.pipeline.model import Edge, EdgeKind, Pipeline

#: Names on an edge before they are cut off.
MOST_NAMES = 3


@dataclass(frozen=True, slots=True)
class Link:
    """All reasons for which `target` waits for `source`."""

    source: str
    target: str
    edges: tuple[Edge, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Variables first, then states and files, each once."""
        order = list(EdgeKind)
        ranked = sorted(self.edges, key=lambda e: order.index(e.kind))
        return tuple(dict.fromkeys(e.name for e in ranked if e.name))

    @property
    def label(self) -> str:
        """The names, at most three, then "…"."""
        return shorten_names(self.names)

    @property
    def carries_data(self) -> bool:
        """False where only hidden state or an order ties the two together."""
        return any(e.kind in (EdgeKind.DATA, EdgeKind.FILE) for e in self.edges)


def group_links(pipeline: Pipeline) -> tuple[Link, ...]:
    """One link a pair of stages, in the order of the stages.

    A pair that is in `upstream` only, without an edge that says why, is a link too: pictures show what will run.
    """
    place = {stage.name: n for n, stage in enumerate(pipeline.stages)}
    found: dict[tuple[str, str], list[Edge]] = {}
    for edge in pipeline.edges:
        found.setdefault((edge.source, edge.target), []).append(edge)
    for stage in pipeline.stages:
        for upstream in stage.upstream:
            found.setdefault((upstream, stage.name), [])
    known = (pair for pair in found if pair[0] in place and pair[1] in place)
    return tuple(Link(*pair, tuple(found[pair])) for pair in sorted(known, key=lambda p: (place[p[0]], place[p[1]])))


def shorten_names(names: Iterable[str], most: int = MOST_NAMES) -> str:
    """Names joined by commas; more than `most` end in "…"."""
    listed = list(names)
    return ", ".join(listed[:most]) + (", …" if len(listed) > most else "")


def describe_cells(cells: Iterable[Cell]) -> str:
    """Numbers of cells in words: "cell 4", "cells 2–5, 9"; empty without cells."""
    numbers = sorted({cell.number for cell in cells})
    if not numbers:
        return ""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    words = ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]}–{r[-1]}" for r in runs)
    return f"cell {words}" if len(numbers) == 1 else f"cells {words}"


def describe_place(span: Span) -> str:
    """A place as `cell 9:2`, or empty where an edge has none."""
    if not span.cell:
        return ""
    return f"cell {span.cell}:{span.line}" if span.line else f"cell {span.cell}"


def describe_count(number: int, word: str) -> str:
    """A number and its noun: "1 stage", "2 stages"."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def find_sources(pipeline: Pipeline) -> Mapping[int, str]:
    """Cell number to text, of the cells that belong to a stage."""
    return {cell.number: cell.source for stage in pipeline.stages for cell in stage.cells}
