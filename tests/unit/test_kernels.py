"""Clients of kernels hear a reply that arrives while they send."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from typing import Any

import pytest

from tests.conftest import REPOSITORY

_BOTH = """
import sys, asyncio
from tests.unit.test_kernels import ask
if sys.argv[1] == "mended":
    from nb2pipe.kernels import hear_replies
    hear_replies()
    hear_replies()
print(asyncio.run(ask()))
"""


async def ask() -> str:
    """Waits for a message that arrives just before another is sent; what came of it."""
    import zmq
    import zmq.asyncio
    from jupyter_client.channels import AsyncZMQSocketChannel
    from jupyter_client.session import Session

    session = Session(key=b"")
    kernel = zmq.Context.instance().socket(zmq.DEALER)
    port = kernel.bind_to_random_port("tcp://127.0.0.1")
    socket: Any = zmq.asyncio.Context.instance().socket(zmq.DEALER)
    socket.connect(f"tcp://127.0.0.1:{port}")
    channel = AsyncZMQSocketChannel(socket, session)
    channel.send(session.msg("hello"))
    await asyncio.sleep(0.2)
    waiting = asyncio.ensure_future(channel.get_msg())
    await asyncio.sleep(0.2)
    session.send(kernel, "execute_reply")
    time.sleep(0.3)  # it arrives while the loop does something else
    channel.send(session.msg("comm_msg"))
    try:
        message = await asyncio.wait_for(waiting, 2)
    except TimeoutError:
        return "nothing"
    return str(message["msg_type"])


@pytest.mark.parametrize(("client", "heard"), [("plain", "nothing"), ("mended", "execute_reply")])
def test_a_reply_that_arrives_while_a_widget_is_answered_is_heard(client: str, heard: str) -> None:
    """Where a plain client hears it, too, `hear_replies` is needed no longer."""
    done = subprocess.run(
        [sys.executable, "-c", _BOTH, client], cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip() == heard, done.stderr
