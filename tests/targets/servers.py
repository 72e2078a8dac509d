"""Object stores on loopback, and a wire to them that can be cut."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.conftest import REPOSITORY
from tests.targets.conftest import Environment, alone

#: The account that Azurite always has; its key is public (https://learn.microsoft.com/azure/storage/common/storage-use-azurite).
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextlib.contextmanager
def running(command: list[str], port: int, log: Path, variables: Mapping[str, str] | None = None) -> Iterator[None]:
    """A server for as long as it is needed."""
    with open(log, "w") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, env=variables, cwd=log.parent)
        try:
            wait_for(port, process, log)
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path, seconds: float = 240) -> None:
    """Waits until a server accepts connections."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        assert process.poll() is None, log.read_text()[-4000:]
        time.sleep(0.1)
    raise AssertionError(f"nothing listens on {port}: {log.read_text()[-4000:]}")


@contextlib.contextmanager
def s3_server(environment: Environment, folder: Path) -> Iterator[int]:
    """moto's server, an S3 service in memory; its port."""
    port = free_port()
    command = [str(environment.folder / "bin" / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    with running(command, port, folder / "moto.log", environment.variables()):
        yield port


def s3_variables(port: int) -> dict[str, str]:
    """What S3's clients need to find a server on a port."""
    return {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
    }


@contextlib.contextmanager
def azure_server(folder: Path) -> Iterator[int]:
    """Azurite, Azure's blob storage; its port."""
    home = REPOSITORY / ".venv-targets" / "azurite"
    program = home / "node_modules" / ".bin" / "azurite-blob"
    with alone("azurite"):
        if not program.exists():
            home.mkdir(parents=True, exist_ok=True)
            install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(home), "azurite@3.37.0"]
            subprocess.run(install, check=True, timeout=600, stdin=subprocess.DEVNULL)
    port = free_port()
    options = ["--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", str(folder / "azurite")]
    command = [str(program), *options, "--skipApiVersionCheck", "--silent"]
    with running(command, port, folder / "azurite.log"):
        yield port


def azure_variables(port: int) -> dict[str, str]:
    """What Azure's clients need to find a server on a port."""
    parts = {
        "DefaultEndpointsProtocol": "http",
        "AccountName": ACCOUNT,
        "AccountKey": KEY,
        "BlobEndpoint": f"http://127.0.0.1:{port}/{ACCOUNT}",
    }
    text = ";".join(f"{key}={value}" for key, value in parts.items())
    return {"AZURE_STORAGE_CONNECTION_STRING": text}


class Wire:
    """Forwards connections to a server, and can cut them.

    Args:
        target: The server's port.
        cut: How many connections are cut after `after` bytes that the client sent.
        after: Bytes.
        stall: Instead of cutting, stop forwarding.
    """

    def __init__(self, target: int, cut: int, after: int, stall: bool = False) -> None:
        self.target, self.left, self.after, self.stall = target, cut, after, stall
        self.cuts = 0
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stops listening."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.target))
            threading.Thread(target=self._forward, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self._forward, args=(server, client, False), daemon=True).start()

    def _forward(self, source: socket.socket, sink: socket.socket, sends: bool) -> None:
        count = 0
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                count += len(data)
                if sends and count > self.after and self._may_cut():
                    if self.stall:
                        time.sleep(3600)
                    break
                sink.sendall(data)
        for each in (source, sink):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _may_cut(self) -> bool:
        with self._lock:
            if self.left == 0:
                return False
            self.left -= 1
            self.cuts += 1
            return True
