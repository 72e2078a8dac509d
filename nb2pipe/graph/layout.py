"""Where boxes and lines go: a layered drawing after Sugiyama, Tagawa and Toda (1981), from top to bottom.

Layers by longest path, order inside a layer by barycentres, horizontal places by isotonic regression. All lines that
leave one box share a trunk through the layers that they pass, so that a value that everybody reads is one line with
branches, not fifty lines.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

BOX_HEIGHT = 46.0
LAYER_GAP = 58.0
BOX_GAP = 26.0
TRUNK_WIDTH = 6.0
MARGIN = 16.0
_SWEEPS = 12
_SETTLING = 24

# A knot is a box (name, its layer) or the place where a trunk passes a layer (name of its source, that layer).
_Knot = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Box:
    """A box, by its left upper corner."""

    name: str
    x: float
    y: float
    width: float
    height: float = BOX_HEIGHT

    @property
    def center(self) -> float:
        """Its horizontal middle."""
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class Route:
    """A line from the bottom of one box to the top of another.

    Attributes:
        source: The box above.
        target: The box below.
        points: Stations, from top to bottom; straight down where two stand below each other at one x, else a curve
            that leaves and arrives vertically.
    """

    source: str
    target: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """Boxes and lines, and the size of the picture that holds them."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    routes: tuple[Route, ...]


def compute_drawing(widths: Mapping[str, float], links: Sequence[tuple[str, str]]) -> Drawing:
    """Places boxes and lines.

    Args:
        widths: Names of the boxes in an order that respects the links, each with its width.
        links: (source, target) pairs of names; no circles, no repeats.

    Returns:
        The drawing; the same for the same arguments.
    """
    layer = assign_layers(list(widths), links)
    segments = _segments(layer, links)
    rows = _order_rows(_first_rows(layer, segments, list(widths)), segments)
    xs = _place_rows(rows, segments, widths, layer)
    left = min((xs[k] - _width(k, widths, layer) / 2 for k in xs), default=0.0) - MARGIN
    boxes = {
        name: Box(name, round(xs[name, layer[name]] - left - width / 2, 1), _top(layer[name]), width)
        for name, width in widths.items()
    }
    right = max((xs[k] - left + _width(k, widths, layer) / 2 for k in xs), default=0.0)
    height = _top(max(layer.values(), default=0)) + BOX_HEIGHT + MARGIN
    knots = {knot: round(x - left, 1) for knot, x in xs.items()}
    return Drawing(round(right + MARGIN, 1), height, tuple(boxes.values()), _routes(links, layer, boxes, knots))


def assign_layers(names: Sequence[str], links: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The longest path from any start; a start moves down to just above the first box that needs it."""
    upstream: dict[str, list[str]] = {name: [] for name in names}
    downstream: dict[str, list[str]] = {name: [] for name in names}
    for source, target in links:
        upstream[target].append(source)
        downstream[source].append(target)
    layer: dict[str, int] = {}
    for name in names:
        layer[name] = 1 + max((layer[u] for u in upstream[name]), default=-1)
    for name in names:
        if not upstream[name] and downstream[name]:
            layer[name] = min(layer[d] for d in downstream[name]) - 1
    return layer


def _top(layer: int) -> float:
    return MARGIN + layer * (BOX_HEIGHT + LAYER_GAP)


def _width(knot: _Knot, widths: Mapping[str, float], layer: Mapping[str, int]) -> float:
    return widths[knot[0]] if layer[knot[0]] == knot[1] else TRUNK_WIDTH


def _segments(layer: Mapping[str, int], links: Sequence[tuple[str, str]]) -> tuple[tuple[_Knot, _Knot], ...]:
    """Links cut at every layer, the parts of one trunk once."""
    found: dict[tuple[_Knot, _Knot], None] = {}
    for source, target in links:
        for row in range(layer[source], layer[target] - 1):
            found[(source, row), (source, row + 1)] = None
        found[(source, layer[target] - 1), (target, layer[target])] = None
    return tuple(found)


def _first_rows(
    layer: Mapping[str, int], segments: Sequence[tuple[_Knot, _Knot]], names: Sequence[str]
) -> list[list[_Knot]]:
    place = {name: n for n, name in enumerate(names)}
    knots = {(name, layer[name]) for name in names} | {knot for segment in segments for knot in segment}
    rows: list[list[_Knot]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for knot in sorted(knots, key=lambda k: (k[1], place[k[0]])):
        rows[knot[1]].append(knot)
    return rows


def _neighbours(
    segments: Sequence[tuple[_Knot, _Knot]],
) -> tuple[dict[_Knot, list[_Knot]], dict[_Knot, list[_Knot]]]:
    above: dict[_Knot, list[_Knot]] = {}
    below: dict[_Knot, list[_Knot]] = {}
    for upper, lower in segments:
        above.setdefault(lower, []).append(upper)
        below.setdefault(upper, []).append(lower)
    return above, below


def _order_rows(rows: list[list[_Knot]], segments: Sequence[tuple[_Knot, _Knot]]) -> list[list[_Knot]]:
    """Sweeps down and up, each row sorted by the mean place of its neighbours; keeps the order that crosses least."""
    above, below = _neighbours(segments)
    best, fewest = [list(row) for row in rows], count_crossings(rows, segments)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        down = sweep % 2 == 0
        order = range(1, len(rows)) if down else range(len(rows) - 2, -1, -1)
        beside = above if down else below
        for n in order:
            place = {knot: i for i, knot in enumerate(rows[n - 1 if down else n + 1])}
            now = {knot: i for i, knot in enumerate(rows[n])}
            rows[n].sort(key=lambda k: (_mean([place[b] for b in beside.get(k, ())], now[k]), now[k]))
        crossings = count_crossings(rows, segments)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
    return best


def _mean(values: Sequence[float], default: float) -> float:
    return sum(values) / len(values) if values else default


def count_crossings(rows: Sequence[Sequence[_Knot]], segments: Sequence[tuple[_Knot, _Knot]]) -> int:
    """How many pairs of segments cross: inversions, counted row by row."""
    place = {knot: i for row in rows for i, knot in enumerate(row)}
    by_row: dict[int, list[tuple[int, int]]] = {}
    for upper, lower in segments:
        by_row.setdefault(upper[1], []).append((place[upper], place[lower]))
    total = 0
    for ends in by_row.values():
        seen: list[int] = []
        for _, lower_place in sorted(ends):
            total += len(seen) - bisect_left(seen, lower_place + 1)
            insort(seen, lower_place)
    return total


def _place_rows(
    rows: Sequence[Sequence[_Knot]],
    segments: Sequence[tuple[_Knot, _Knot]],
    widths: Mapping[str, float],
    layer: Mapping[str, int],
) -> dict[_Knot, float]:
    """Centres: each knot as near to its neighbours' mean as the row allows; trunks pull hard, to be straight."""
    above, below = _neighbours(segments)
    xs = {
        knot: float(x)
        for row in rows
        for knot, x in zip(row, _settle(row, [0.0] * len(row), widths, layer), strict=True)
    }
    for turn in range(_SETTLING):
        for row in rows if turn % 2 == 0 else tuple(reversed(rows)):
            wanted = []
            for knot in row:
                beside = above.get(knot, []) + below.get(knot, [])
                pulls = [(20.0 if b[0] == knot[0] else 1.0, xs[b]) for b in beside]
                weight = sum(w for w, _ in pulls)
                wanted.append(sum(w * x for w, x in pulls) / weight if weight else xs[knot])
            xs.update(zip(row, _settle(row, wanted, widths, layer), strict=True))
    return xs


def _settle(
    row: Sequence[_Knot],
    wanted: Sequence[float],
    widths: Mapping[str, float],
    layer: Mapping[str, int],
) -> list[float]:
    """The places nearest to `wanted` (least squares) that keep the order and the distances between neighbours.

    With the distances subtracted this is isotonic regression, solved by pooling adjacent violators.
    """
    offsets = [0.0]
    for left, right in pairwise(row):
        gap = BOX_GAP if layer[left[0]] == left[1] or layer[right[0]] == right[1] else TRUNK_WIDTH
        half = (_width(left, widths, layer) + _width(right, widths, layer)) / 2
        offsets.append(offsets[-1] + half + gap)
    pools: list[tuple[float, int]] = []  # (mean, how many)
    for want, offset in zip(wanted, offsets, strict=False):
        mean, count = want - offset, 1
        while pools and pools[-1][0] > mean:
            before, many = pools.pop()
            mean = (before * many + mean * count) / (many + count)
            count += many
        pools.append((mean, count))
    means = [mean for mean, count in pools for _ in range(count)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=False)]


def _routes(
    links: Sequence[tuple[str, str]],
    layer: Mapping[str, int],
    boxes: Mapping[str, Box],
    xs: Mapping[_Knot, float],
) -> tuple[Route, ...]:
    arrivals: dict[str, list[str]] = {}
    for source, target in links:
        arrivals.setdefault(target, []).append(source)
    routes = []
    for source, target in links:
        start, end = boxes[source], boxes[target]
        points = [(round(start.center, 1), start.y + start.height)]
        for row in range(layer[source] + 1, layer[target]):
            points += [(xs[source, row], _top(row)), (xs[source, row], _top(row) + BOX_HEIGHT)]
        ordered = sorted(arrivals[target], key=lambda s: (xs[s, layer[target] - 1], s))
        points.append((_port(end, ordered.index(source), len(ordered)), end.y))
        routes.append(Route(source, target, tuple(points)))
    return tuple(routes)


def _port(box: Box, place: int, count: int) -> float:
    """Where the line number `place` of `count` meets the top of a box."""
    step = min(18.0, (box.width - 24) / max(1, count - 1))
    return round(box.center + (place - (count - 1) / 2) * step, 1)
