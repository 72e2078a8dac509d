"""The graph for a terminal, drawn with lanes as `git log --graph` does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nb2pipe.graph.links import Link, describe_cells, describe_count, group_links, shorten_names
from nb2pipe.pipeline.model import Pipeline, Stage

_ASCII = str.maketrans(
    {
        "●": "*",
        "│": "|",
        "├": "+",
        "┤": "+",
        "╰": "`",
        "╯": "'",
        "─": "-",
        "–": "-",
        "…": "~",
        "←": "<-",
        "·": "-",
    }
)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the picture: the lanes, and the stage that stands on it."""

    lanes: str
    stage: Stage


def render_text(pipeline: Pipeline, ascii_only: bool = False) -> str:
    """One line a stage, from first to last: lanes, name with parameters, cells, and what it reads from whom.

    A lane runs from a stage to the last one that needs it::

        ● load(path)     cells 2–4
        ├─● clean        cells 5–8   ← load.df
        ● │ plot         cell 9      ← load.df
          ● train(lr)    cells 10–12 ← clean.df_clean

    Args:
        pipeline: What to draw.
        ascii_only: Use no character that an old terminal lacks.
    """
    rows = draw_lanes(pipeline)
    heads = [_head(row.stage) for row in rows]
    cells = [describe_cells(row.stage.cells) for row in rows]
    reads = [_reads(row.stage, pipeline) for row in rows]
    widths = [max((len(x) for x in column), default=0) for column in ([r.lanes for r in rows], heads, cells)]
    lines = [
        f"{row.lanes:<{widths[0]}} {head:<{widths[1]}}  {cell:<{widths[2]}}  {read}".rstrip()
        for row, head, cell, read in zip(rows, heads, cells, reads, strict=True)
    ]
    lines += ["", describe_pipeline(pipeline)]
    text = "\n".join(lines) + "\n"
    return text.translate(_ASCII) if ascii_only else text


def describe_pipeline(pipeline: Pipeline) -> str:
    """The size in words: "5 stages, 4 edges, 2 parameters"."""
    parts = [
        describe_count(len(pipeline.stages), "stage"),
        describe_count(len(group_links(pipeline)), "edge"),
    ]
    if pipeline.parameters:
        parts.append(describe_count(len(pipeline.parameters), "parameter"))
    return ", ".join(parts)


def draw_lanes(pipeline: Pipeline) -> tuple[Row, ...]:
    """The lanes of every stage, in the pipeline's order, so that each edge runs downwards."""
    place = {stage.name: n for n, stage in enumerate(pipeline.stages)}
    links = group_links(pipeline)
    last = _last_targets(links, place)
    lanes: list[str] = []  # the stage whose lane it is, or empty
    rows: list[Row] = []
    for n, stage in enumerate(pipeline.stages):
        feeding = {lanes.index(link.source) for link in links if link.target == stage.name and link.source in lanes}
        closing = {lane for lane in feeding if last[lanes[lane]] == n}
        own = _own_lane(lanes, closing)
        if own == len(lanes):
            lanes.append("")
        rows.append(Row(_draw(lanes, own, feeding, closing), stage))
        for lane in closing:
            lanes[lane] = ""
        lanes[own] = stage.name if last.get(stage.name, n) > n else ""
        while lanes and not lanes[-1]:
            lanes.pop()
    return tuple(rows)


def _last_targets(links: Sequence[Link], place: Mapping[str, int]) -> dict[str, int]:
    last: dict[str, int] = {}
    for link in links:
        last[link.source] = max(last.get(link.source, 0), place[link.target])
    return last


def _own_lane(lanes: Sequence[str], closing: set[int]) -> int:
    """The lane of a stage: the first that ends here, else the first free one."""
    if closing:
        return min(closing)
    return next((n for n, name in enumerate(lanes) if not name), len(lanes))


def _draw(lanes: Sequence[str], own: int, feeding: set[int], closing: set[int]) -> str:
    joined = feeding | {own}
    left, right = min(joined), max(joined)
    text = ""
    for n, name in enumerate(lanes):
        if n == own:
            text += "●"
        elif n in feeding:
            text += ("╰" if n < own else "╯") if n in closing else ("├" if n < own else "┤")
        elif name:
            text += "│"
        else:
            text += "─" if left < n < right else " "
        text += "─" if left <= n < right else " "
    return text.rstrip()


def _head(stage: Stage) -> str:
    return stage.name + (f"({shorten_names(stage.parameters)})" if stage.parameters else "")


def _reads(stage: Stage, pipeline: Pipeline) -> str:
    """What a stage reads: `← load.df, clean.x`; stages it waits for without data stand in parentheses."""
    names = [f"{i.stage}.{i.name}" for i in stage.inputs]
    waits = [name for name in stage.upstream if name not in {i.stage for i in stage.inputs}]
    parts = [shorten_names(names, most=4)] if names else []
    parts += [f"(after {shorten_names(waits)})"] if waits else []
    return "← " + " ".join(parts) if parts else ""
