"""Figures by what they look like: drawn, then pixel by pixel."""

from __future__ import annotations

import importlib
from typing import Any

from nb2pipe.verify.values.comparer import Comparer, Rule, loaded
from nb2pipe.verify.values.objects import compare_object


def find_rule(cls: type) -> tuple[Rule, bool, bool] | None:
    """Rules for matplotlib's figures and what is in them, and for pictures of Pillow."""
    pillow = loaded("PIL.Image")
    if pillow is not None and issubclass(cls, pillow.Image):
        return compare_picture, False, True
    mpl = loaded("matplotlib")
    if mpl is None or loaded("matplotlib.figure") is None:
        return None
    if issubclass(cls, loaded("matplotlib.figure").FigureBase):
        return compare_figure, False, True
    if issubclass(cls, loaded("matplotlib.artist").Artist):
        return compare_artist, False, True
    return None


def compare_figure(c: Comparer, a: Any, b: Any, path: str) -> None:
    """Size and pixels."""
    if hasattr(a, "get_size_inches"):
        c.compare(a.get_size_inches(), b.get_size_inches(), f"{path}.get_size_inches()")
    left, right = _draw(a), _draw(b)
    if left.shape != right.shape:
        c.differ_text(path, "size in pixels", str(left.shape), str(right.shape))
        return
    pixels = int((left != right).any(axis=-1).sum())
    if pixels:
        c.differ_text(path, f"pixels ({pixels} of {left.shape[0] * left.shape[1]})", repr(a), repr(b))


def _draw(figure: Any) -> Any:
    import_module = importlib.import_module
    root = figure.get_figure(root=True) if hasattr(figure, "get_figure") and figure.get_figure() else figure
    canvas = import_module("matplotlib.backends.backend_agg").FigureCanvasAgg(root)
    canvas.draw()
    return import_module("numpy").asarray(canvas.buffer_rgba()).copy()


def compare_artist(c: Comparer, a: Any, b: Any, path: str) -> None:
    """By its figure, and by which of the figure's axes it is."""
    left, right = a.get_figure(), b.get_figure()
    if left is None or right is None:
        compare_object(c, a, b, path)
        return
    c.compare(left, right, f"{path}.figure")
    axes = loaded("matplotlib.axes")
    if axes is not None and isinstance(a, axes.Axes):
        c.compare(_place(left.axes, a), _place(right.axes, b), f"{path}.figure.axes.index(…)")


def _place(axes: list[Any], one: Any) -> int:
    return next((i for i, each in enumerate(axes) if each is one), -1)


def compare_picture(c: Comparer, a: Any, b: Any, path: str) -> None:
    """Mode, size and pixels."""
    c.compare(a.mode, b.mode, f"{path}.mode")
    c.compare(a.size, b.size, f"{path}.size")
    if a.mode == b.mode and a.size == b.size and a.tobytes() != b.tobytes():
        c.differ(path, "pixels", a, b)
