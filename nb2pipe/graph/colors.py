"""The colours of stages, the same in every picture: SVG, HTML, DOT and the JupyterLab extension."""

from __future__ import annotations

import colorsys

# Each differs from its neighbours in hue and lightness and has a contrast of at least 3:1 with white and with the
# dark themes of GitHub and JupyterLab (WCAG 2.2, 1.4.11 non-text contrast); a test computes it.
_PALETTE = (
    "#3b7dd8",
    "#c4690a",
    "#2e8b57",
    "#c2448f",
    "#7a6bd1",
    "#0f8b94",
    "#d1493f",
    "#7d7f12",
    "#8f5fa8",
    "#8a6a4f",
)
_GOLDEN_RATIO = 0.618033988749895
_LUMINANCE = 0.19


def stage_color(index: int) -> str:
    """The colour of the stage at `index` (from 0) as `#rrggbb`; the first ten are chosen by hand, all are stable."""
    if index < len(_PALETTE):
        return _PALETTE[index]
    hue = (index * _GOLDEN_RATIO) % 1.0
    low, high = 0.0, 1.0
    for _ in range(20):  # the lightness at which this hue has the wanted luminance
        middle = (low + high) / 2
        if relative_luminance(_hex(hue, middle)) < _LUMINANCE:
            low = middle
        else:
            high = middle
    return _hex(hue, high)


def relative_luminance(color: str) -> float:
    """Luminance of `#rrggbb` from 0 (black) to 1 (white), as WCAG 2.2 defines it."""
    channels = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _hex(hue: float, lightness: float) -> str:
    return "#" + "".join(f"{round(c * 255):02x}" for c in colorsys.hls_to_rgb(hue, lightness, 0.55))
