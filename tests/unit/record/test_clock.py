"""Fast clocks: the notebook sees them, libraries do not."""

from __future__ import annotations

import subprocess
import sys

SEEN = """
import asyncio, pickle, time, timeit
from time import perf_counter_ns
def spent(read, unit=1):
    start = read()
    end = asyncio_loop.time() + 0.02
    while asyncio_loop.time() < end:
        pass
    return (read() - start) / unit
asyncio_loop = asyncio.new_event_loop()
clocks = [time.time, time.perf_counter, time.monotonic, timeit.default_timer]
print([spent(read) > 15 for read in clocks], spent(perf_counter_ns, 1e9) > 15, spent(asyncio_loop.time) < 5)
print(pickle.loads(pickle.dumps(time.time)) is time.time)
"""


def test_the_notebook_sees_them_and_libraries_do_not() -> None:
    text = f"from nb2pipe.record import clock\nspace = {{'__name__': '__main__'}}\nclock.hurry(space)\nexec({SEEN!r}, space)"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines() == ["[True, True, True, True] True True", "True"]
