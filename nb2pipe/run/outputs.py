"""Outputs of cells as nbclient collects them from a kernel (0.11), without the kernel.

Before: `print("a")`, `display(figure)`, `frame.head()` in a cell. After: `{"output_type": "stream", "name": "stdout", …}`,
`{"output_type": "display_data", …}`, `{"output_type": "execute_result", …}` in its outputs. Texts on one stream that
follow each other become one output.
"""

from __future__ import annotations

import codecs
import fcntl
import io
import math
import os
import select
import termios
import threading
import time
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

#: A kernel sends what was printed when this much time has passed, in seconds: so stdout and stderr keep their order.
_INTERVAL = 0.2


class Outputs:
    """Collects what cells show, in order; safe to be used from threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._outputs: list[dict[str, Any]] = []
        self._pending: dict[str, list[str]] = {"stdout": [], "stderr": []}
        self._since: dict[str, float] = {}
        self._clear = False
        self._shown: dict[str, list[dict[str, Any]]] = {}
        self.before_write: Callable[[], None] = lambda: None

    def start_cell(self, outputs: list[dict[str, Any]]) -> None:
        """What comes from now on belongs to another cell; `outputs` grows."""
        with self._lock:
            self.flush()
            self._outputs = outputs
            self._clear = False

    def write(self, name: str, text: str) -> None:
        """Text on a stream, `stdout` or `stderr`."""
        if not text:
            return
        with self._lock:
            now = time.monotonic()
            for due in sorted(self._since, key=lambda n: self._since[n]):
                if now - self._since[due] >= _INTERVAL:
                    self._flush_stream(due)
            self._since.setdefault(name, now)
            self._pending[name].append(text)

    def flush(self) -> None:
        """Brings what was printed into the outputs."""
        with self._lock:
            for name in self._pending:
                self._flush_stream(name)

    def _flush_stream(self, name: str) -> None:
        self._since.pop(name, None)
        if not self._pending[name]:
            return
        text = "".join(self._pending[name])
        self._pending[name].clear()
        self._clear_if_asked()
        last = self._outputs[-1] if self._outputs else {}
        if last.get("output_type") == "stream" and last["name"] == name:
            last["text"] += text
        else:
            self._outputs.append({"name": name, "output_type": "stream", "text": text})

    def show(self, data: Mapping[str, Any], metadata: Mapping[str, Any], display_id: str | None, update: bool) -> None:
        """Something displayed, or shown anew where `update` is true."""
        self.before_write()
        with self._lock:
            self.flush()
            output = {"data": clean(encode(data)), "metadata": clean(metadata), "output_type": "display_data"}
            if display_id is not None:
                for shown in self._shown.get(display_id, ()):
                    shown.update(data=output["data"], metadata=output["metadata"])
            if not update:
                self._append(output, display_id)

    def result(self, data: Mapping[str, Any], metadata: Mapping[str, Any], count: int) -> None:
        """The value of a cell's last line."""
        self.before_write()
        with self._lock:
            self.flush()
            if data:
                self._append(
                    {
                        "data": clean(encode(data)),
                        "execution_count": count,
                        "metadata": clean(metadata),
                        "output_type": "execute_result",
                    }
                )

    def error(self, name: str, value: str, traceback: list[str]) -> None:
        """An exception that ended a cell."""
        self.before_write()
        with self._lock:
            self.flush()
            self._append({"ename": name, "evalue": value, "output_type": "error", "traceback": list(traceback)})

    def clear(self, wait: bool) -> None:
        """Takes away what the cell has shown, now or when it shows something else."""
        self.before_write()
        with self._lock:
            self.flush()
            self._clear = True
            if not wait:
                self._clear_if_asked()

    def _append(self, output: dict[str, Any], display_id: str | None = None) -> None:
        self._clear_if_asked()
        self._outputs.append(output)
        if display_id is not None:
            self._shown.setdefault(display_id, []).append(output)

    def _clear_if_asked(self) -> None:
        if self._clear:
            self._outputs.clear()
            self._clear = False


class Stream(io.TextIOBase):
    """What `sys.stdout` and `sys.stderr` are in a kernel: text goes into the outputs.

    Libraries that are loaded before the stage's process exists may keep a stream; it serves that process, too.
    """

    encoding = "UTF-8"
    errors = "strict"

    def __init__(self, name: str, outputs: Outputs) -> None:
        self.name = name
        self._outputs = outputs
        self.attach(1 if name == "stdout" else 2)

    def attach(self, original: int) -> None:
        """This process is the one whose outputs are collected; `original` is where its stream led before."""
        self._original = original
        self._master = os.getpid()

    def write(self, text: str) -> int:
        """Writes text; in a process that the stage forked, to what it inherited as its stream."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if os.getpid() != self._master:
            os.write(1 if self.name == "stdout" else 2, text.encode("utf-8", "replace"))
        else:
            self._outputs.before_write()
            self._outputs.write(self.name, text)
        return len(text)

    def flush(self) -> None:
        """Does nothing: order is kept where it matters."""

    def fileno(self) -> int:
        """The descriptor that the stream had at first."""
        return self._original

    def isatty(self) -> bool:
        """It is no terminal."""
        return False

    def writable(self) -> bool:
        """It is."""
        return True


class Descriptors:
    """Catches what is written to descriptors 1 and 2 by other means than Python's streams: C code, child processes."""

    def __init__(self, outputs: Outputs) -> None:
        self._outputs = outputs
        self.originals = {"stdout": os.dup(1), "stderr": os.dup(2)}
        self._mark = f"\0{os.urandom(8).hex()}\0".encode()
        self._seen = {"stdout": threading.Event(), "stderr": threading.Event()}
        self._reading: dict[str, int] = {}
        self._draining = threading.Lock()
        self._arriving = threading.Lock()
        for name, number in (("stdout", 1), ("stderr", 2)):
            read, write = os.pipe()
            os.dup2(write, number)
            os.close(write)
            self._reading[name] = read
            threading.Thread(target=self._watch, args=(name, read), daemon=True).start()

    def _watch(self, name: str, read: int) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        waiting = b""
        while True:
            select.select([read], [], [])
            with self._arriving:
                chunk = os.read(read, 65536)
                if not chunk:
                    return
                *parts, waiting = (waiting + chunk).split(self._mark)
                for part in parts:
                    self._outputs.write(name, decoder.decode(part))
                    self._seen[name].set()
                end = len(waiting) - _overlap(waiting, self._mark)
                self._outputs.write(name, decoder.decode(waiting[:end]))
                waiting = waiting[end:]

    def drain(self) -> None:
        """Waits until all that was written so far has arrived."""
        with self._draining:
            for name, number in (("stdout", 1), ("stderr", 2)):
                self._seen[name].clear()
                os.write(number, self._mark)
                self._seen[name].wait(5)

    def drain_if_waiting(self) -> None:
        """The same, where something waits: so that it comes before what is shown next."""
        with self._arriving:  # what has been read is in the outputs
            waiting = any(any(fcntl.ioctl(read, termios.FIONREAD, b"\0\0\0\0")) for read in self._reading.values())
        if waiting:
            self.drain()


def _overlap(text: bytes, mark: bytes) -> int:
    """How many bytes at the end of a text may be the beginning of a mark."""
    for size in range(min(len(text), len(mark) - 1), 0, -1):
        if text.endswith(mark[:size]):
            return size
    return 0


def encode(data: Mapping[str, Any]) -> dict[str, Any]:
    """Images and documents that are bytes, as base64."""
    return {k: _encode_bytes(v) if isinstance(v, bytes) else v for k, v in data.items()}


def _encode_bytes(value: bytes) -> str:
    """Base64 as the client of kernels that is installed writes it: with an end of line or without."""
    from jupyter_client.jsonutil import json_default

    return str(json_default(value))  # type: ignore[no-untyped-call, unused-ignore]


def clean(value: Any) -> Any:
    """What JSON can hold, as a kernel sends it (`ipykernel.jsonutil.json_clean`, 6.29)."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else repr(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, bytes):
        return _encode_bytes(value)
    if isinstance(value, Mapping):
        return {str(k): clean(v) for k, v in value.items()}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if hasattr(value, "__iter__"):
        return [clean(v) for v in value]
    if hasattr(value, "item"):
        return clean(value.item())
    raise ValueError(f"can't clean for JSON: {value!r}")
