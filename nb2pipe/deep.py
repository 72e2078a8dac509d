"""Room for code that is nested deeply: long sums, chains of methods and of `elif`."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")
#: Calls in each other, and bytes of a thread's stack: what compiles in Python needs a tenth of it.
_DEPTH, _STACK = 100_000, 512 * 1024 * 1024


def with_room(work: Callable[[], _T]) -> _T:
    """Does the work; where it needs more calls in each other than Python allows, again in a thread that has room for them.

    It must have no effect that would be there twice.
    """
    try:
        return work()
    except RecursionError:
        pass
    done: list[_T] = []
    raised: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:
            raised.append(error)

    limit, size = sys.getrecursionlimit(), threading.stack_size(_STACK)
    sys.setrecursionlimit(_DEPTH)
    try:
        thread = threading.Thread(target=run, name="nb2pipe-deep")
        thread.start()
        thread.join()
    finally:
        sys.setrecursionlimit(limit)
        threading.stack_size(size)
    if raised:
        raise raised[0]
    return done[0]
