"""Long work in the background: converting, running, verifying; each can be watched and cancelled."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: Ended tasks that are remembered, for those who ask late.
_REMEMBERED = 50
#: Seconds that a cancelled task has to tidy up before it is killed.
_GRACE = 5.0
#: Of what a task printed, how much is kept to explain a failure.
_KEPT_LINES = 12


@dataclass(slots=True)
class Task:
    """One piece of work.

    Attributes:
        id: Names it in the routes.
        kind: `convert`, `run` or `verify`.
        path: The notebook, as the front end calls it.
        out: The project's folder, as the front end calls it.
        state: `running`, `done`, `refused`, `failed` or `cancelled`.
        message: What is being done, or how it ended.
        started: When, by the clock of `time.monotonic`.
        ended: When, or None.
        diagnostics: As payloads.
        result: As a payload.
    """

    id: str
    kind: str
    path: str
    out: str
    state: str = "running"
    message: str = "starting"
    started: float = field(default_factory=time.monotonic)
    ended: float | None = None
    diagnostics: list[dict[str, Any]] = field(default_factory=list)
    result: dict[str, Any] = field(default_factory=lambda: {"files": [], "report": "", "stages": [], "verdict": ""})
    process: asyncio.subprocess.Process | None = None
    ending: asyncio.Task[None] | None = None

    def data(self) -> dict[str, Any]:
        """The `Task` payload."""
        return {
            "id": self.id,
            "kind": self.kind,
            "path": self.path,
            "out": self.out,
            "state": self.state,
            "message": self.message,
            "seconds": round((self.ended or time.monotonic()) - self.started, 3),
            "diagnostics": self.diagnostics,
            "result": self.result,
        }


class Tasks:
    """All tasks of a server."""

    def __init__(self) -> None:
        self._tasks: dict[str, Task] = {}

    def find(self, identifier: str) -> Task | None:
        """The task of that id, if it is remembered."""
        return self._tasks.get(identifier)

    def is_busy(self, out: str) -> bool:
        """Whether a task works on that project."""
        return any(task.out == out and task.state == "running" for task in self._tasks.values())

    async def start(self, kind: str, path: str, out: str, request: Mapping[str, Any]) -> Task:
        """Starts work; returns at once."""
        task = Task(uuid.uuid4().hex, kind, path, out)
        self._tasks[task.id] = task
        ended = [key for key, t in self._tasks.items() if t.state != "running"]
        for key in ended[:-_REMEMBERED]:
            del self._tasks[key]
        task.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # modules beside the notebook are not for this process
            "-m",
            "nb2pipe.lab.worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=str(Path(request["notebook"]).parent),
            start_new_session=True,
            limit=2**24,
        )
        task.ending = asyncio.ensure_future(self._watch(task, dict(request)))
        return task

    async def cancel(self, task: Task) -> None:
        """Stops work and waits until it has ended: politely, then not."""
        if task.state != "running" or task.process is None or task.ending is None:
            return
        task.state = "cancelled"
        started: set[Any] = set()  # a kernel has a session of its own, and a group's signal does not reach it
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            started |= _descendants(task.process.pid)
            _signal_group(task.process, number)
            if number is signal.SIGKILL:
                _kill(started)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(task.ending), _GRACE)
                break
        _kill(started)
        await asyncio.to_thread(_wait, started)
        task.message = "cancelled"

    def close(self) -> None:
        """Kills what still runs: the server ends."""
        for task in self._tasks.values():
            if task.state == "running" and task.process is not None:
                started = _descendants(task.process.pid)
                _signal_group(task.process, signal.SIGKILL)
                _kill(started)

    async def _watch(self, task: Task, request: dict[str, Any]) -> None:
        process = task.process
        assert process is not None and process.stdin and process.stdout and process.stderr
        printed = asyncio.ensure_future(process.stderr.read())
        with contextlib.suppress(ConnectionError):
            process.stdin.write(json.dumps(request).encode())
            await process.stdin.drain()
            process.stdin.close()
        ending: dict[str, Any] = {}
        async for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "progress":
                _show_progress(task, event)
            else:
                ending = event
        code = await process.wait()
        tail = (await printed).decode("utf-8", errors="replace").strip().split("\n")[-_KEPT_LINES:]
        task.ended = time.monotonic()
        if task.state == "running" and ending:
            _end(task, ending, request)
        elif task.state == "running":
            task.state = "failed"
            task.message = "\n".join(tail) or f"the work ended with exit code {code} and said nothing"


def _show_progress(task: Task, event: Mapping[str, Any]) -> None:
    if task.state == "running":
        task.message = str(event["message"])
        task.result["stages"] = event.get("stages", task.result["stages"])


def _end(task: Task, event: Mapping[str, Any], request: Mapping[str, Any]) -> None:
    task.state = str(event["event"])
    task.diagnostics = list(event.get("diagnostics", []))
    task.message = str(event.get("message", "refused: nothing was written"))
    task.result = {
        "files": event.get("files", []),
        "report": request["shown_report"] if event.get("report") else "",
        "stages": event.get("stages", task.result["stages"]),
        "verdict": event.get("verdict", ""),
    }


def _descendants(pid: int) -> set[Any]:
    """The processes below one, whatever their groups."""
    import psutil

    with contextlib.suppress(psutil.Error):
        return set(psutil.Process(pid).children(recursive=True))
    return set()


def _kill(processes: set[Any]) -> None:
    """Kills those that still run; psutil sees to it that none is another of the same number."""
    import psutil

    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill()


def _wait(processes: set[Any]) -> None:
    """Waits until killed processes are gone."""
    import psutil

    psutil.wait_procs(processes, timeout=_GRACE)


def _signal_group(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
