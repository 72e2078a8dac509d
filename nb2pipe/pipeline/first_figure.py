"""The first figure of a notebook, where Matplotlib has IPython show it with the cell after.

Before 3.9, Matplotlib imports its backend when the first figure is made, and the inline backend then tells the kernel to show
figures from the next cell on (matplotlib_inline, `_enable_matplotlib_integration`), unless `%matplotlib` has done so before.
Each stage has a kernel of its own, so that without more each would show its first figure late, or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from nb2pipe.dataflow.facts import Facts, Item, ProgramCell
from nb2pipe.diagnostics import Diagnostic, Span
from nb2pipe.pipeline.handover import is_pseudo

#: What names a backend, or shows figures itself.
_NAMES_BACKEND = re.compile(
    r"%\s*(?:matplotlib|pylab)\b|magic\(.(?:matplotlib|pylab)\b|\.use\(|\bswitch_backend\(|\bion\("
)
_SHOWS = re.compile(r"\bshow\(")
_ON_TIME = (3, 9)


def follow_first_figure(program: Sequence[ProgramCell], facts: Facts) -> list[Diagnostic]:
    """Has the stage that makes the first figure show it as the notebook does, and all later ones show theirs at once.

    Args:
        program: The notebook's code.
        facts: Of the notebook; a reason to keep that cell in the stage's notebook is added, and `%matplotlib inline`, which
            later stages repeat.

    Returns:
        NB402 where the cell that shows the figure is another stage's.
    """
    place = next((n for n, part in enumerate(program) if facts.cells[part.cell.number].plotted), None)
    if place is None or is_pseudo(program[place].stage) or not _shows_late():
        return []
    if any(_NAMES_BACKEND.search(part.cell.source) for part in program[: place + 1]):
        return []
    part = program[place]
    span = Span(part.cell.number)
    stage = facts.stages[part.stage]
    order = max((item.order for item in stage.items), default=0)
    item = Item("magic", None, "%matplotlib inline", span, part.stage, (), (), order)
    facts.items.append(item)
    stage.items.append(item)
    if _SHOWS.search(part.cell.source):
        return []
    facts.cells[part.cell.number].inline.append((span, "this Matplotlib shows the first figure with the next cell"))
    following = program[place + 1].stage if place + 1 < len(program) else part.stage
    if following == part.stage:
        return []
    return [
        Diagnostic(
            "NB402",
            f"the first figure is shown with the next cell, and that is of stage `{following}`",
            span,
            "Matplotlib before 3.9 shows it late",
            "put `%matplotlib inline` above it",
            name="%matplotlib",
        )
    ]


def _shows_late() -> bool:
    """Whether the Matplotlib that is installed here imports its backend when the first figure is made."""
    from importlib import metadata  # which costs more than most analyses

    try:
        version = metadata.version("matplotlib")
    except metadata.PackageNotFoundError:
        return False
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2]) < _ON_TIME
