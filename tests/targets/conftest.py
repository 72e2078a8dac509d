"""Engines, really run: each has an environment of its own in `.venv-targets/`, which the first test that needs it builds.

`make test` and `make test-targets` run these tests; elsewhere they are not collected, as the environments take minutes and gigabytes. An engine's
environment is named after it, and `environments/NAME.txt` says what is in it.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import EXAMPLES, REPOSITORY

if not os.environ.get("NB2PIPE_TEST_TARGETS"):
    collect_ignore_glob = ["test_*.py"]

ENVIRONMENTS = Path(__file__).parent / "environments"


@dataclass(frozen=True)
class Environment:
    """Where an engine is installed.

    Attributes:
        folder: Its own environment.
        stages: That of the project's stages, whose Python its commands find first; the engine's own where it is None.
    """

    folder: Path
    stages: Path | None = None

    def run(
        self, *command: str | Path, cwd: Path, timeout: float = 300, variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command with the environment's programs first, quietly."""
        return subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env=self.variables(variables),
            capture_output=True,
            text=True,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
        )

    def check(
        self, *command: str | Path, cwd: Path, timeout: float = 300, variables: Mapping[str, str] | None = None
    ) -> str:
        """Runs a command that must succeed; what it printed."""
        done = self.run(*command, cwd=cwd, timeout=timeout, variables=variables)
        assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    def variables(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment variables of its programs."""
        found = dict(
            os.environ,
            NO_COLOR="1",
            OMP_NUM_THREADS="1",
            OPENBLAS_NUM_THREADS="1",
            PYTHONHASHSEED="0",
            VIRTUAL_ENV=str(self.folder),
            PATH=os.pathsep.join(
                [*(str(each / "bin") for each in (self.stages, self.folder) if each), os.environ["PATH"]]
            ),
        )
        for name in ("MPLBACKEND", "PYTHONPATH", "NB2PIPE_TEST_TARGETS", "PYTHONDONTWRITEBYTECODE"):
            found.pop(name, None)
        return found | dict(more or {})

    @property
    def python(self) -> Path:
        """Its Python."""
        return self.folder / "bin" / "python"


@contextlib.contextmanager
def alone(name: str) -> Iterator[None]:
    """Lets one process at a time install something."""
    folder = REPOSITORY / ".venv-targets"
    folder.mkdir(exist_ok=True)
    with open(folder / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def build_environment(name: str) -> Environment:
    """Installs `environments/NAME.txt`, once as long as it does not change."""
    listing = ENVIRONMENTS / f"{name}.txt"

    def fill(python: Path) -> None:
        try:
            uv = (sys.executable, "-m", "uv", "pip", "install", "--quiet")
            install(*uv, "--python", python, "-r", listing)
        except subprocess.CalledProcessError:  # uv reads no settings of pip's
            install(python, "-m", "pip", "install", "--quiet", "-r", listing)

    return make_once(name, _requirements(listing), fill)


def make_once(name: str, wanted: str, fill: Callable[[Path], None]) -> Environment:
    """An environment that is made anew where what is wanted changes; `fill` is given its Python."""
    folder = REPOSITORY / ".venv-targets" / name
    stamp = folder / "stamp"
    with alone(name):
        mark = hashlib.sha256((wanted + sys.version).encode()).hexdigest()
        if not stamp.exists() or stamp.read_text() != mark:
            shutil.rmtree(folder, ignore_errors=True)
            try:
                install(sys.executable, "-m", "uv", "venv", "--quiet", "--seed", "--python", sys.executable, folder)
            except subprocess.CalledProcessError:  # slower, but needs no registry
                install(sys.executable, "-m", "venv", folder)
            fill(folder / "bin" / "python")
            stamp.write_text(mark)
    return Environment(folder)


def with_stages(engine: Environment, stages: Environment) -> Environment:
    """An engine whose commands run stages in another environment, as the first `python` on their path is that one's."""
    return Environment(engine.folder, stages.folder)


def install(*command: str | Path) -> None:
    """Runs a command that installs something and must succeed."""
    subprocess.run([str(part) for part in command], check=True, timeout=1200, stdin=subprocess.DEVNULL)


def _requirements(file: Path) -> str:
    text = file.read_text()
    included = (line.split()[1] for line in text.splitlines() if line.startswith("-r "))
    return text + "".join(_requirements(file.with_name(each)) for each in included)


@pytest.fixture(scope="session")
def environment() -> Callable[[str], Environment]:
    """Gives the environment of an engine."""
    return build_environment


def convert_example(example: str, out: Path, *arguments: str) -> Path:
    """Converts an example notebook; the project. The notebook stays where it is, so in-place projects find it."""
    command = [sys.executable, "-m", "nb2pipe", "convert", notebook(example), "-o", out, *arguments]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, cwd=REPOSITORY)
    assert done.returncode == 0, done.stderr
    return out


def notebook(example: str) -> Path:
    """The notebook of an example, or of that path."""
    return Path(example) if example.endswith(".ipynb") else EXAMPLES / example / f"{example}.ipynb"


def assert_same(example: str, project: Path, products: str | Path, variables: Mapping[str, str] | None = None) -> None:
    """What an engine left must say what the notebook says: every output, file and value."""
    command = [sys.executable, "-m", "nb2pipe", "verify", notebook(example), project, "--products", products, "--json"]
    environment = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", **(variables or {}))
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, cwd=REPOSITORY, env=environment
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    report = json.loads(done.stdout)
    assert report["verdict"] == "same"
    for what in ("outputs", "values"):
        assert sum(stage[what]["same"] for stage in report["stages"]) > 0
