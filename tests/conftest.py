"""Fixtures that tests of several rooms share."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
EXAMPLES = REPOSITORY / "example_notebooks"
#: Whether there is time for everything: `make nightly`.
NIGHTLY = os.environ.get("NB2PIPE_PROFILE") == "nightly"

Completed = subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def run_command() -> Callable[..., Completed]:
    """Runs a command as a shell in this environment would, quietly: `run_command("ploomber", "build", cwd=folder)`.

    Programs of the environment that runs the tests are found first. Keyword arguments but `cwd` and `timeout` are
    environment variables.
    """

    def run(*command: str | Path, cwd: Path, timeout: float = 300, **variables: str) -> Completed:
        environment = dict(
            os.environ,
            NO_COLOR="1",
            OMP_NUM_THREADS="1",
            OPENBLAS_NUM_THREADS="1",
            PLOOMBER_STATS_ENABLED="false",
            PYTHONHASHSEED="0",
            PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        )
        environment.pop("MPLBACKEND", None)  # where it is set, figures are not shown
        environment.pop("PYTHONPATH", None)
        return subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env=environment | variables,
            capture_output=True,
            text=True,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
        )

    return run


@pytest.fixture(scope="session")
def run_cli(run_command: Callable[..., Completed]) -> Callable[..., Completed]:
    """Runs the checkout's `nb2pipe` in a process of its own: `run_cli("convert", "nb.ipynb", cwd=folder)`."""

    def run(*arguments: str | Path, cwd: Path, timeout: float = 300) -> Completed:
        start = "import sys; sys.argv[0] = 'nb2pipe'; from nb2pipe.cli import main; sys.exit(main())"
        command = [sys.executable, "-P", "-c", start, *arguments]
        return run_command(*command, cwd=cwd, timeout=timeout, PYTHONPATH=str(REPOSITORY))

    return run


@pytest.fixture
def copy_example(tmp_path: Path) -> Callable[[str], Path]:
    """Copies an example's folder to where a test may write; returns the notebook in the copy."""

    def copy(name: str) -> Path:
        folder = tmp_path / name
        shutil.copytree(EXAMPLES / name, folder, ignore=shutil.ignore_patterns("__pycache__"))
        return folder / f"{name}.ipynb"

    return copy


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that show a known defect are run and reported as expected failures; tests/known_defects.txt lists them.

    A line without brackets stands for all cases of a test. Tests that are marked `nightly` run in that profile only.
    """
    if not NIGHTLY:
        late = [item for item in items if item.get_closest_marker("nightly")]
        config.hook.pytest_deselected(items=late)
        items[:] = [item for item in items if item not in late]
    known = {
        line.strip()
        for line in (REPOSITORY / "tests" / "known_defects.txt").read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.startswith("#")
    }
    for item in items:
        if item.nodeid in known or item.nodeid.partition("[")[0] in known:
            item.add_marker(pytest.mark.xfail(reason="a known defect: see docs/known-defects.md", strict=False))
