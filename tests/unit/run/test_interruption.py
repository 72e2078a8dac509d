"""However a run ends, no stage outlives it, no half product counts, and the next run goes on."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nb2pipe.run.metadata import metadata_path
from tests.unit.run.projects import Stage, run_project, states, write_project, write_text

#: Each stage writes its product in two steps, and a part of it before that: the state in which a kill may find it.
WORK = """
import os, time
Path(f"pid-{os.getpid()}").touch()
Path(product["data"]).write_text("half")
time.sleep(0.15)
Path(product["data"]).write_text("whole")
"""
STAGES = {
    "a": Stage([WORK]),
    "b": Stage([WORK], ["a"]),
    "c": Stage([WORK], ["a"]),
    "d": Stage([WORK], ["b", "c"]),
}


def start(root: Path, *options: str) -> subprocess.Popen[str]:
    heed = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"  # a shell's background jobs ignore it
    )
    code = f"{heed}; import sys; sys.argv[0] = 'nb2pipe'; from nb2pipe.cli import main; sys.exit(main())"
    return subprocess.Popen(
        [sys.executable, "-c", code, "run", "-C", str(root), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def alive(root: Path) -> list[int]:
    """Processes of stages that still run."""
    found = []
    for path in root.glob("pid-*"):
        pid = int(path.name[4:])
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z":
            found.append(pid)
    return found


def wait_for(condition: object, seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def check(root: Path) -> None:
    """Whatever has metadata is whole: its files are there, with the content that their stage gave them."""
    for name in STAGES:
        products = [root / "products" / f"{name}.txt", root / "products" / f"{name}.ipynb"]
        if all(metadata_path(p).exists() for p in products):
            assert products[0].read_text() == "whole"
            assert json.loads(products[1].read_text())["metadata"]["papermill"]["exception"] is None
            for product in products:
                json.loads(metadata_path(product).read_text())


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    yield write_project(tmp_path / "p", STAGES)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
@pytest.mark.parametrize("seed", range(6))
def test_kill_9_at_any_moment_leaves_no_half_product(project: Path, seed: int) -> None:
    delay = random.Random(seed).uniform(0.3, 2.2)
    run = start(project)
    time.sleep(delay)
    os.kill(run.pid, signal.SIGKILL)
    run.communicate()
    assert wait_for(lambda: not alive(project)), f"stages outlive the run that was killed after {delay:.2f} s"
    check(project)
    report = run_project(project)
    assert report.ok
    check(project)
    assert states(run_project(project)) == dict.fromkeys(STAGES, "cached")


def test_ctrl_c_stops_the_stages_and_says_so(project: Path) -> None:
    run = start(project)
    assert wait_for(lambda: alive(project))
    os.killpg(run.pid, signal.SIGINT)
    out, err = run.communicate(timeout=20)
    assert run.returncode == 130, err
    assert "Traceback" not in err
    assert "the next run goes on from here" in out
    assert wait_for(lambda: not alive(project))
    check(project)
    assert run_project(project).ok


def test_a_parameter_that_was_tried_and_killed_leaves_no_trace(tmp_path: Path) -> None:
    """The product of the other value is there already when the run is killed; going back must run the stage again."""
    stage = Stage([write_text("n"), "import time\ntime.sleep(60 if n == 2 else 0)"], params=["n"])
    root = write_project(tmp_path / "p", {"a": stage}, {"n": 1})
    run_project(root)
    run = start(root, "--param", "n=2")
    product = root / "products" / "a.txt"
    assert wait_for(lambda: product.read_text() == "2")
    os.kill(run.pid, signal.SIGKILL)
    run.communicate()
    assert states(run_project(root)) == {"a": "ran"}
    assert product.read_text() == "1"


def test_what_a_stage_started_ends_with_the_run(tmp_path: Path) -> None:
    cell = """
    import subprocess, time
    child = subprocess.Popen(["sleep", "600"])
    Path(f"pid-{child.pid}").touch()
    time.sleep(600)
    """
    root = write_project(tmp_path / "p", {"a": Stage([cell], data=False)})
    run = start(root)
    assert wait_for(lambda: alive(root))
    os.kill(run.pid, signal.SIGKILL)
    run.communicate()
    assert wait_for(lambda: not alive(root))


def test_a_stage_in_a_kernel_ends_with_the_run(tmp_path: Path) -> None:
    cell = "import os, time\nPath(f'pid-{os.getpid()}').touch()\ntime.sleep(600)"
    root = write_project(tmp_path / "p", {"a": Stage([cell], data=False)})
    run = start(root, "--kernel")
    assert wait_for(lambda: alive(root))
    os.kill(run.pid, signal.SIGKILL)
    run.communicate()
    assert wait_for(lambda: not alive(root), 40)
