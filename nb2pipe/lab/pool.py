"""Worker processes for analyses: one slow notebook holds up one of them, for a limited time, and nobody else."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

#: Seconds after which an analysis is given up.
TIME_LIMIT = 60.0


class SupersededError(Exception):
    """A newer request for the same notebook came in while this one waited."""


class TooSlowError(Exception):
    """An analysis took longer than the limit and was stopped."""


class WorkerPool:
    """A few processes, each with one analysis at a time.

    Requests that share a key (a notebook, and what is asked about it) are answered one after the other; of those that
    wait, only the newest is.
    """

    def __init__(self, size: int | None = None, time_limit: float = TIME_LIMIT):
        self._time_limit = time_limit
        self._free: asyncio.Queue[_Worker] = asyncio.Queue()
        self._workers = [_Worker() for _ in range(size or max(2, min(4, os.cpu_count() or 2)))]
        for worker in self._workers:
            self._free.put_nowait(worker)
        self._locks: dict[str, asyncio.Lock] = {}
        self._newest: dict[str, object] = {}

    async def run(self, key: str, function: Callable[..., Any], *arguments: Any) -> Any:
        """Calls a function of a module in a worker.

        Args:
            key: Of requests that replace each other.
            function: Can be pickled, as its arguments and result can.
            arguments: Of the function.

        Raises:
            SupersededError: A newer request has the same key.
            TooSlowError: It took too long.
            Exception: Whatever the function raises.
        """
        mine = self._newest[key] = object()
        lock = self._locks.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                if self._newest.get(key) is not mine:
                    raise SupersededError
                worker = await self._free.get()
                try:
                    return await worker.call(self._time_limit, function, *arguments)
                finally:
                    self._free.put_nowait(worker)
        finally:
            if self._newest.get(key) is mine:
                del self._newest[key]
                self._locks.pop(key, None)

    def close(self) -> None:
        """Ends the processes."""
        for worker in self._workers:
            worker.stop()


class _Worker:
    """One process, started when it is first needed and again after it was stopped."""

    def __init__(self) -> None:
        self._executor: ProcessPoolExecutor | None = None

    async def call(self, limit: float, function: Callable[..., Any], *arguments: Any) -> Any:
        loop = asyncio.get_running_loop()
        if self._executor is None:
            self._executor = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
        try:
            return await asyncio.wait_for(loop.run_in_executor(self._executor, function, *arguments), limit)
        except TimeoutError as error:
            self.stop()
            raise TooSlowError(f"the analysis took more than {limit:g} seconds and was stopped") from error
        except BrokenProcessPool:
            self.stop()
            raise
        except asyncio.CancelledError:
            self.stop()
            raise

    def stop(self) -> None:
        executor, self._executor = self._executor, None
        if executor is None:
            return
        for process in list((getattr(executor, "_processes", None) or {}).values()):
            process.kill()
        executor.shutdown(wait=False, cancel_futures=True)
