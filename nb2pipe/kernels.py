"""What clients of kernels need mended."""

from __future__ import annotations

from typing import Any


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
