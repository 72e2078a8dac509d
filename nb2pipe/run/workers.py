"""The run's end of the processes that fork (see zygote.py)."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

_START = "from nb2pipe.run.zygote import main; main()"


class Worker:
    """A process that forks for stages."""

    def __init__(self, root: Path, log: Path, skip: Iterable[str] = ()) -> None:
        requests, self._to = os.pipe()
        self.answers, answers = os.pipe()
        life, self._life = os.pipe()
        options = {"requests": requests, "answers": answers, "life": life, "skip": sorted(skip)}
        with open(log, "ab") as file:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START, json.dumps(options)],
                cwd=root,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                pass_fds=(requests, answers, life),
                start_new_session=True,
            )
        for descriptor in (requests, answers, life):
            os.close(descriptor)
        self._buffer = b""
        self.pids: dict[str, int] = {}

    def load(self, modules: Iterable[str]) -> None:
        """Loads modules when there is nothing else to do."""
        self._send({"load": list(modules)})

    def start(self, job: Mapping[str, Any]) -> None:
        """Starts a stage as soon as its modules are loaded."""
        self._send(job)

    def _send(self, content: Mapping[str, Any]) -> None:
        data = json.dumps(content).encode() + b"\n"
        with contextlib.suppress(BrokenPipeError):
            while data:
                data = data[os.write(self._to, data) :]

    def read(self) -> list[dict[str, Any]] | None:
        """What it answered; None when it has ended."""
        chunk = os.read(self.answers, 65536)
        if not chunk:
            return None
        *lines, self._buffer = (self._buffer + chunk).split(b"\n")
        found = [json.loads(line) for line in lines]
        for answer in found:
            if answer["event"] == "started":
                self.pids[answer["name"]] = answer["pid"]
            elif answer["event"] == "ended":
                self.pids.pop(answer["name"], None)
        return found

    def close(self) -> None:
        """Ends it, and the stages that still run."""
        for descriptor in (self._to, self._life):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        for pid in self.pids.values():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        with contextlib.suppress(OSError):
            os.close(self.answers)
