"""Runs inside the notebook's kernel: the notebook's own clocks run fast, so that what depends on them can be seen to.

Two runs may take the same time by chance, most of all where it is shown with few digits ("0.02 min"). The second run of a
notebook is there to learn what is not deterministic in it; with clocks a thousand times as fast it learns this too. Libraries
see the real clocks, and the text of this module is all that the kernel gets.
"""

from __future__ import annotations

import sys
import time
import timeit
from pathlib import Path
from typing import Any

#: How much faster.
FACTOR = 1000

_CLOCKS = ("time", "perf_counter", "monotonic", "process_time")


def hurry_code() -> str:
    """An expression for a kernel that makes its notebook's clocks run fast; it binds no name of the notebook."""
    source = Path(__file__).read_text(encoding="utf-8")
    inner = f"exec({source!r}, space := {{}}); space['hurry'](__import__('IPython').get_ipython().user_ns)"
    return f"__import__('builtins').exec({inner!r}, {{}})"


def hurry(namespace: dict[str, Any]) -> None:
    """Makes the clocks of `time` run fast for code whose global variables are `namespace`."""
    for name in _CLOCKS:
        for each in (name, f"{name}_ns"):
            setattr(time, each, _fast(getattr(time, each), namespace))
    timeit.default_timer = time.perf_counter


def _fast(real: Any, namespace: dict[str, Any]) -> Any:
    start = real()

    def clock() -> Any:
        now = real()
        return start + (now - start) * FACTOR if sys._getframe(1).f_globals is namespace else now

    clock.__name__, clock.__qualname__, clock.__module__ = real.__name__, real.__qualname__, "time"
    return clock
