"""Dask's workers, really run: branches at the same time, and one that is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import jupytext
import pytest

from tests.targets.conftest import Environment, assert_same, convert_example

pytestmark = pytest.mark.xdist_group("dask")

#: Two branches.
NOTEBOOK = """\
# %% tags=["stage:begin"]
numbers = list(range(100))

# %% tags=["stage:left"]
total = sum(numbers)

# %% tags=["stage:right"]
largest = max(numbers)

# %% tags=["stage:join"]
print(total, largest)
"""

#: A Python that writes down which stages it runs; the branches wait for each other, and the first try of one of them for its end.
_MEETING = """\
#!/bin/sh
echo "$PPID" >> "{place}/$2"
wait_for() {{ n=0; while [ ! -e "{place}/$1" ] && [ $n -lt 600 ]; do sleep 0.1; n=$((n + 1)); done; [ -e "{place}/$1" ] || exit 1; }}
case "$2" in
  left) wait_for right; [ -e "{place}/go" ] || sleep 60 ;;
  right) wait_for left ;;
esac
exec "{python}" "$@"
"""


@pytest.fixture(scope="module")
def dask(environment: Callable[[str], Environment]) -> Environment:
    return environment("dask")


@pytest.fixture(scope="module")
def stages(environment: Callable[[str], Environment]) -> Environment:
    return environment("stores")


@pytest.mark.parametrize("example", [pytest.param("churn", marks=pytest.mark.nightly), "recommender"])
def test_the_examples_are_the_same(dask: Environment, stages: Environment, example: str, tmp_path: Path) -> None:
    project = convert_example(example, tmp_path / example, "--target", "dask")
    command = (dask.python, "engines/dask_run.py", "--workers", "2", "--python", stages.python)
    said = dask.check(*command, cwd=project)
    assert "finished" in said
    assert_same(example, project, project / "products/dask")


def test_branches_meet_and_a_killed_worker_s_stage_runs_again(
    dask: Environment, stages: Environment, tmp_path: Path
) -> None:
    """`left` and `right` wait for each other, so they run at the same time; the worker of `left` is killed meanwhile."""
    notebook = tmp_path / "branches.ipynb"
    jupytext.write(jupytext.reads(NOTEBOOK, fmt="py:percent"), notebook)
    project = convert_example(str(notebook), tmp_path / "branches", "--target", "dask")
    place, wrapper = tmp_path / "meeting", tmp_path / "python"
    place.mkdir()
    wrapper.write_text(_MEETING.format(place=place, python=stages.python))
    wrapper.chmod(0o755)
    process = subprocess.Popen(
        [str(dask.python), "engines/dask_run.py", "--workers", "2", "--python", str(wrapper)],
        cwd=project,
        env=dask.variables(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        end = time.monotonic() + 60
        while not ((place / "left").exists() and (place / "right").exists()) and time.monotonic() < end:
            time.sleep(0.1)
        workers = {stage: int((place / stage).read_text()) for stage in ("left", "right")}
        assert workers["left"] != workers["right"]
        (place / "go").touch()
        os.kill(workers["left"], signal.SIGKILL)
        said = process.communicate(timeout=120)[0]
    finally:
        process.kill()
    assert process.returncode == 0, said
    tries = {path.name: len(path.read_text().splitlines()) for path in place.iterdir() if path.name != "go"}
    assert tries == {"begin": 1, "left": 2, "right": 1, "join": 1}
    assert_same(str(notebook), project, project / "products/dask")
