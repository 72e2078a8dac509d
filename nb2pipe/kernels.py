"""What clients of kernels need, and what in them is mended."""

from __future__ import annotations

import tempfile
from typing import Any

#: As many of the first lines, and of the last, are told when a kernel ended by itself.
_TOLD = 10


class KernelOutput:
    """What a kernel's process itself writes to standard output and error, which are not those of the notebook's cells.

    It is kept off the caller's terminal: a kernel that ends may write a traceback about its own closed sockets there
    (https://github.com/ipython/ipykernel/pull/1518), and callers that write JSON want nothing else on theirs. Where a
    kernel cannot start or dies it is the only one who knows why, so what it said is told then.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115

    def close(self) -> None:
        """Forgets what was said."""
        self._file.close()

    @property
    def streams(self) -> dict[str, Any]:
        """Arguments for whoever starts the kernel (`jupyter_client.launcher.launch_kernel`)."""
        return {"stdout": self._file, "stderr": self._file}

    def tell(self) -> str:
        """Its first and last lines, without blank ones; empty where it said nothing."""
        self._file.seek(0)
        text = self._file.read().decode("utf-8", "replace")
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) > 2 * _TOLD:
            lines[_TOLD:-_TOLD] = ["..."]
        return "\n".join(lines)


def hear_replies() -> None:
    """Makes clients notice a reply that arrives while they tell a kernel what became of a widget.

    A message that is sent past the event loop takes away the sign that another one has arrived, which nbclient then waits for
    for ever, with each notebook that shows something in an `Output` widget: https://github.com/jupyter/nbclient/issues/312.
    The loop is told to look again, as pyzmq asks of those who use a socket past it.
    """
    from jupyter_client.channels import AsyncZMQSocketChannel

    plain = AsyncZMQSocketChannel.send
    if getattr(plain, "hears_replies", False):
        return

    def send(self: Any, message: dict[str, Any]) -> None:
        plain(self, message)
        if (look := getattr(self.socket, "_schedule_remaining_events", None)) is not None:
            look()

    send.hears_replies = True  # type: ignore[attr-defined]
    AsyncZMQSocketChannel.send = send  # type: ignore[assignment,method-assign]
