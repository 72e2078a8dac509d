"""The graph as an SVG picture that needs nothing else, in light and dark."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from nb2pipe.graph.colors import stage_color
from nb2pipe.graph.layout import Box, Drawing, Route, compute_drawing
from nb2pipe.graph.links import Link, describe_cells, describe_place, group_links, shorten_names
from nb2pipe.graph.text import describe_pipeline
from nb2pipe.pipeline.model import Pipeline, Stage

_TITLE_LENGTH = 30
_DETAIL_LENGTH = 34

_STYLE = """
.nb2p { --ink: #1f2328; --muted: #59636e; --card: #ffffff; --line: #c3cad1; --page: #ffffff; color-scheme: light dark; }
@media (prefers-color-scheme: dark) {
  .nb2p { --ink: #e6edf3; --muted: #9aa4ae; --card: #1b2129; --line: #3d4650; --page: #0d1117; }
}
.nb2p text { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: var(--ink); }
.nb2p .page { fill: var(--page); }
.nb2p .card { fill: var(--card); stroke: var(--line); }
.nb2p .title { font-size: 13px; font-weight: 600; }
.nb2p .detail { font-size: 11px; fill: var(--muted); }
.nb2p .line { fill: none; stroke-width: 1.6; stroke-opacity: .75; }
.nb2p .reach { fill: none; stroke: transparent; stroke-width: 12; }
.nb2p .quiet .line { stroke-dasharray: 5 4; }
.nb2p .label { font-size: 11px; paint-order: stroke; stroke: var(--page); stroke-width: 4px; stroke-linejoin: round; }
.nb2p .link:hover .line { stroke-width: 3; stroke-opacity: 1; }
""".strip()


@dataclass(frozen=True, slots=True)
class _Look:
    """How one part is drawn: its colour, its number among its kind, and whether it is a button."""

    color: str
    number: int
    interactive: bool

    def attributes(self, kind: str, name: str) -> str:
        if not self.interactive:
            return ""
        return (
            f' data-detail="{kind}-{self.number}" tabindex="0" role="button" aria-pressed="false"'
            f' aria-label="{escape(name)}"'
        )


@dataclass(frozen=True, slots=True)
class _Label:
    text: str
    x: float
    y: float


def render_svg(pipeline: Pipeline) -> str:
    """A standalone SVG file; boxes are stages, lines carry variables, and `<title>` gives the details on hover.

    A line has the colour of the stage that it leaves; lines that hand over no data are dashed. A label that would
    lie on something else is left out: its text is in the tooltip. The text ends with a newline.
    """
    return draw_svg(pipeline, interactive=False) + "\n"


def draw_svg(pipeline: Pipeline, interactive: bool) -> str:
    """The picture as one `<svg>` element.

    Args:
        pipeline: What to draw.
        interactive: Make stages and links reachable by keyboard, as buttons with `data-detail="stage-0"`,
            `"link-0"`, … for a page around it.
    """
    links = group_links(pipeline)
    titles = {stage.name: _cut(stage.title or stage.name, _TITLE_LENGTH) for stage in pipeline.stages}
    details = {stage.name: _cut(_detail(stage), _DETAIL_LENGTH) for stage in pipeline.stages}
    widths = {
        name: round(max(104.0, text_width(title, 13, bold=True) + 34, text_width(details[name], 11) + 34), 1)
        for name, title in titles.items()
    }
    drawing = compute_drawing(widths, [(link.source, link.target) for link in links])
    colors = {stage.name: stage_color(n) for n, stage in enumerate(pipeline.stages)}
    labels = _place_labels(links, drawing)
    width, height = _number(drawing.width), _number(drawing.height)
    name = escape(f"{pipeline.title or pipeline.name}: {describe_pipeline(pipeline)}")
    role = "group" if interactive else "img"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="nb2p" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" role="{role}" aria-label="{name}">',
        f"<title>{name}</title>" if not interactive else "",
        f"<style>\n{_STYLE}\n</style>",
        f'<rect class="page" width="{width}" height="{height}"/>',
    ]
    for n, (link, route) in enumerate(zip(links, drawing.routes, strict=True)):
        look = _Look(colors[link.source], n, interactive)
        parts.append(_link(link, route, labels.get(n), look))
    for n, (stage, box) in enumerate(zip(pipeline.stages, drawing.boxes, strict=True)):
        look = _Look(colors[stage.name], n, interactive)
        parts.append(_stage(stage, box, titles[stage.name], details[stage.name], look))
    return "\n".join([*filter(None, parts), "</svg>"])


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Width of a text in pixels, estimated: no font is at hand; wide characters count double."""
    total = 0.0
    for char in text:
        if unicodedata.combining(char):
            continue
        if unicodedata.east_asian_width(char) in "WF":
            total += 1.0
        elif char in "iljtfrI.,:;'|!()[] ":
            total += 0.36
        else:
            total += 0.86 if char in "mwMW@%" else 0.61
    return total * size * (1.06 if bold else 1.0)


def _cut(text: str, length: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _detail(stage: Stage) -> str:
    return " · ".join(filter(None, (describe_cells(stage.cells), shorten_names(stage.parameters))))


def _number(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _stage(stage: Stage, box: Box, title: str, detail: str, look: _Look) -> str:
    x, y, w, h = (_number(v) for v in (box.x, box.y, box.width, box.height))
    left = _number(box.x + 16)
    lines = [stage.title or stage.name]
    lines += [f"name: {stage.name}"] if stage.title and stage.title != stage.name else []
    lines += [describe_cells(stage.cells)] if stage.cells else []
    lines += [f"parameters: {', '.join(stage.parameters)}"] if stage.parameters else []
    lines += [f"reads: {', '.join(f'{i.stage}.{i.name}' for i in stage.inputs)}"] if stage.inputs else []
    lines += [f"hands over: {', '.join(o.name for o in stage.outputs)}"] if stage.outputs else []
    title_y = box.y + (20 if detail else 28)
    return "\n".join(
        [
            f'<g class="stage"{look.attributes("stage", f"Stage {stage.title or stage.name}")}>',
            _tooltip(lines),
            f'<rect class="card" x="{x}" y="{y}" width="{w}" height="{h}" rx="6"/>',
            f'<path fill="{look.color}" d="M{_number(box.x + 6)} {y}h-0a6 6 0 0 0-6 6v{_number(box.height - 12)}'
            'a6 6 0 0 0 6 6z"/>',
            f'<text class="title" x="{left}" y="{_number(title_y)}">{escape(title)}</text>',
            *([f'<text class="detail" x="{left}" y="{_number(box.y + 36)}">{escape(detail)}</text>'] if detail else []),
            "</g>",
        ]
    )


def _link(link: Link, route: Route, label: _Label | None, look: _Look) -> str:
    lines = [f"{link.source} → {link.target}"]
    for edge in link.edges:
        places = [describe_place(edge.defined), describe_place(edge.used)]
        lines.append(f"{edge.kind.value} {edge.name}".rstrip() + f" ({' → '.join(filter(None, places))})")
    path = path_of(route)
    x, y = route.points[-1]
    quiet = "" if link.carries_data else " quiet"
    parts = [
        f'<g class="link{quiet}"{look.attributes("link", f"Edge {lines[0]}: {link.label}".rstrip(": "))}>',
        _tooltip(lines),
        f'<path class="reach" d="{path}"/>',
        f'<path class="line" stroke="{look.color}" d="{path}"/>',
        f'<path fill="{look.color}" d="M{_number(x - 4)} {_number(y - 8)}h8l-4 8z"/>',
    ]
    if label:
        parts.append(
            f'<text class="label" text-anchor="middle" x="{_number(label.x)}" y="{_number(label.y)}">'
            f"{escape(label.text)}</text>"
        )
    return "\n".join([*parts, "</g>"])


def _tooltip(lines: Sequence[str]) -> str:
    return f"<title>{escape(chr(10).join(lines))}</title>"


def path_of(route: Route) -> str:
    """A route as SVG path data: vertical lines past boxes, curves between layers."""
    (x, y), *_ = route.points
    parts = [f"M{_number(x)} {_number(y)}"]
    for (x0, y0), (x1, y1) in pairwise(route.points):
        if x0 == x1:
            parts.append(f"V{_number(y1)}")
        else:
            bend = (y1 - y0) * 0.55
            parts.append(
                f"C{_number(x0)} {_number(y0 + bend)} {_number(x1)} {_number(y1 - bend)} {_number(x1)} {_number(y1)}"
            )
    return "".join(parts)


def _place_labels(links: Sequence[Link], drawing: Drawing) -> Mapping[int, _Label]:
    """Labels that fit, greedily: near the target first, as there each link has a line of its own."""
    taken = [(b.x - 2, b.y - 2, b.x + b.width + 2, b.y + b.height + 2) for b in drawing.boxes]
    placed: dict[int, _Label] = {}
    for n, (link, route) in enumerate(zip(links, drawing.routes, strict=True)):
        text = _cut(link.label, _TITLE_LENGTH)
        width = text_width(text, 11)
        for x, y in _stations(route) if text else ():
            area = (x - width / 2 - 3, y - 11, x + width / 2 + 3, y + 4)
            inside = area[0] >= 2 and area[2] <= drawing.width - 2
            if inside and not any(_overlap(area, other) for other in taken):
                taken.append(area)
                placed[n] = _Label(text, round(x, 1), round(y, 1))
                break
    return placed


def _stations(route: Route) -> list[tuple[float, float]]:
    """Points of the last curve, then of the first, where a label may stand (its baseline)."""
    segments = [*pairwise(route.points)]
    points = []
    for (x0, y0), (x1, y1) in dict.fromkeys((segments[-1], segments[0])):
        for t in (0.5, 0.62, 0.38, 0.74):
            bend = 0.55
            y = y0 + (y1 - y0) * (3 * (1 - t) ** 2 * t * bend + 3 * (1 - t) * t * t * (1 - bend) + t**3)
            x = x0 + (x1 - x0) * (3 * (1 - t) * t * t + t**3)
            points.append((x, y + 4))
    return points


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
