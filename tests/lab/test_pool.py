"""Worker processes: who waits, who is replaced, and what happens to an analysis without end."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator

import pytest

from nb2pipe.lab.pool import SupersededError, TooSlowError, WorkerPool


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    made = WorkerPool(2, time_limit=3.0)
    yield made
    made.close()


async def test_work_is_done_in_other_processes(pool: WorkerPool) -> None:
    assert await pool.run("a", os.getpid) != os.getpid()


async def test_exceptions_come_back(pool: WorkerPool) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        await pool.run("a", int, "x")


async def test_an_analysis_without_end_is_stopped_and_the_worker_replaced(pool: WorkerPool) -> None:
    with pytest.raises(TooSlowError, match="more than 3 seconds"):
        await pool.run("a", time.sleep, 60)
    assert await pool.run("a", abs, -1) == 1


async def test_of_those_that_wait_only_the_newest_is_answered(pool: WorkerPool) -> None:
    first = asyncio.ensure_future(pool.run("a", time.sleep, 0.5))
    await asyncio.sleep(0.1)
    second = asyncio.ensure_future(pool.run("a", abs, -2))
    third = asyncio.ensure_future(pool.run("a", abs, -3))
    other = asyncio.ensure_future(pool.run("b", abs, -4))
    results = await asyncio.gather(first, second, third, other, return_exceptions=True)
    assert results[0] is None
    assert isinstance(results[1], SupersededError)
    assert results[2:] == [3, 4]


async def test_nothing_is_remembered_of_what_has_ended(pool: WorkerPool) -> None:
    await pool.run("a", abs, -1)
    assert pool._locks == {} and pool._newest == {}
