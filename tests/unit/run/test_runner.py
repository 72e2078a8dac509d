"""Which stages run, at what time, and what happens when one fails."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from nb2pipe.run.model import RunError, State
from nb2pipe.run.runner import Choice, make_plan
from nb2pipe.run.spec import read_project
from tests.unit.run.projects import Stage, read_outputs, run_project, stage_of, states, write_project, write_text

DIAMOND = {
    "a": Stage([write_text("1")]),
    "b": Stage([write_text("2")], ["a"]),
    "c": Stage([write_text("3")], ["a"]),
    "d": Stage([write_text("4")], ["b", "c"]),
    "e": Stage([write_text("5")]),
}


def chosen(root: Path, **choice: object) -> list[str]:
    return list(make_plan(read_project(root, {}), Choice(**choice)).stale)  # type: ignore[arg-type]


def test_stages_are_chosen_by_what_needs_what(tmp_path: Path) -> None:
    root = write_project(tmp_path / "p", DIAMOND)
    assert chosen(root) == ["a", "b", "c", "d", "e"]
    assert chosen(root, stages=("b",)) == ["a", "b"]
    assert chosen(root, stages=("b", "e")) == ["a", "b", "e"]
    run_project(root)
    assert chosen(root) == []
    assert chosen(root, force=True) == ["a", "b", "c", "d", "e"]
    assert chosen(root, start=("c",), force=True) == ["c", "d"]
    assert chosen(root, start=("a",), stages=("b",), force=True) == ["a", "b"]


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"stages": ("x",)}, "there is no stage `x`"),
        ({"start": ("x",)}, "there is no stage `x`"),
        ({"start": ("c",)}, "c needs a, whose products are not there"),
        ({"start": ("d",), "stages": ("b",)}, "no stage lies between d and b"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(tmp_path: Path, choice: dict[str, object], said: str) -> None:
    root = write_project(tmp_path / "p", DIAMOND)
    with pytest.raises(RunError) as caught:
        chosen(root, **choice)
    assert said in str(caught.value)
    assert caught.value.usage


def test_one_stage_changed_runs_it_and_what_follows_it(tmp_path: Path) -> None:
    root = write_project(tmp_path / "p", DIAMOND)
    run_project(root)
    path = root / "stages" / "b.py"
    path.write_text(path.read_text().replace("str(2)", "str(20)"))
    assert states(run_project(root)) == {"a": "cached", "b": "ran", "c": "cached", "d": "ran", "e": "cached"}


def test_independent_stages_run_at_the_same_time(tmp_path: Path) -> None:
    wait = """
    import time
    Path(f"began-{name}").touch()
    end = time.time() + 20
    while not Path(f"began-{other}").exists() and time.time() < end:
        time.sleep(0.01)
    """
    stages = {
        n: Stage([f"name, other = {n!r}, {o!r}", wait, write_text("Path(f'began-{other}').exists()")])
        for n, o in (("b", "c"), ("c", "b"))
    }
    root = write_project(tmp_path / "p", stages)
    run_project(root, jobs=2)
    assert [(root / "products" / f"{n}.txt").read_text() for n in "bc"] == ["True", "True"]


def test_no_more_stages_run_at_once_than_jobs(tmp_path: Path) -> None:
    count = """
    import os, time
    mark = Path(f"running-{os.getpid()}")
    mark.touch()
    time.sleep(0.2)
    seen = len(list(Path(".").glob("running-*")))
    mark.unlink()
    """
    root = write_project(tmp_path / "p", {n: Stage([count, write_text("seen")]) for n in "abc"})
    run_project(root, jobs=1)
    assert [(root / "products" / f"{n}.txt").read_text() for n in "abc"] == ["1", "1", "1"]


def test_a_failed_stage_says_where_and_the_rest_goes_on(tmp_path: Path) -> None:
    modules = {"work.py": "def halve(n):\n    return 1 / n\n"}
    stages = DIAMOND | {
        "b": Stage(
            ["print('before')", "from pack.work import halve\n\nprint('so far')\nvalue = halve(0)", write_text("2")],
            ["a"],
            modules=["work.py"],
        )
    }
    root = write_project(tmp_path / "p", stages, modules=modules)
    seen = []
    report = run_project(root, listen=seen.append)
    assert states(report) == {"a": "ran", "b": "failed", "c": "ran", "d": "blocked", "e": "ran"}
    assert not report.ok
    assert stage_of(report, "d").reason == "b failed"
    result = stage_of(report, "b").result
    assert result is not None
    assert (result.exception, result.message) == ("ZeroDivisionError", "division by zero")
    place = result.place
    assert (place.file, place.cell, place.line, place.source) == ("stages/b.py", 5, 4, "value = halve(0)")
    assert (place.module, place.module_line) == ("src/pack/work.py", 2)
    assert result.output == "so far\n"
    assert "ZeroDivisionError: division by zero" in result.traceback
    assert "\x1b" not in result.traceback
    assert not (root / "products" / "b.ipynb").exists()
    failed = root / result.notebook
    assert failed == root / "products" / "b.failed.ipynb"
    assert [o["output_type"] for o in read_outputs(failed)[4]] == ["stream", "error"]
    assert [s.state for s in seen if s.name == "b"] == [State.RUNNING, State.FAILED]
    path = root / "src" / "pack" / "work.py"
    path.write_text(path.read_text().replace("1 / n", "n"))
    assert states(run_project(root)) == {"a": "cached", "b": "ran", "c": "cached", "d": "ran", "e": "cached"}
    assert not failed.exists()


@pytest.mark.parametrize("kernel", [False, True])
def test_a_failure_is_told_alike_by_shell_and_kernel(tmp_path: Path, kernel: bool) -> None:
    root = write_project(tmp_path / "p", {"a": Stage(["x = 1\n\nprint('said')\n{}['key']"], data=False)})
    result = stage_of(run_project(root, kernel=kernel), "a").result
    assert result is not None
    place = result.place
    assert (result.exception, result.message, result.output) == ("KeyError", "'key'", "said\n")
    assert (place.file, place.cell, place.line, place.source) == ("stages/a.py", 4, 4, "{}['key']")
    assert (root / "products" / "a.failed.ipynb").exists()


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "its process was ended by SIGKILL"),
        ("import ctypes\nctypes.string_at(0)", "its process was ended by SIGSEGV"),
        ("import os\nos._exit(3)", "its process ended with exit code 3"),
        ("pass", "the stage ended, but did not write products/a.txt"),
        ("def f(:", "invalid syntax"),
    ],
    ids=["killed", "crash", "exit", "no product", "syntax"],
)
def test_a_stage_that_ends_badly_is_reported(tmp_path: Path, cell: str, said: str) -> None:
    root = write_project(tmp_path / "p", {"a": Stage([cell]), "b": Stage([write_text("1")])})
    report = run_project(root)
    assert states(report) == {"a": "failed", "b": "ran"}
    result = stage_of(report, "a").result
    assert result is not None
    assert said in result.message
    assert sorted(p.name for p in (root / "products").iterdir() if "a." in p.name) == (
        ["a.failed.ipynb"] if said == "invalid syntax" else []
    )


def test_a_worker_that_dies_takes_its_stages_and_no_more(tmp_path: Path) -> None:
    stages = {
        "a": Stage(["import os, signal, time\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(60)"], data=False),
        "b": Stage([write_text("1")], ["a"]),
        "c": Stage([write_text("2")]),
    }
    root = write_project(tmp_path / "p", stages)
    report = run_project(root, jobs=1)
    assert states(report) == {"a": "failed", "b": "blocked", "c": "ran"}


def test_an_exit_with_0_ends_a_stage_well_as_papermill_has_it(tmp_path: Path) -> None:
    root = write_project(tmp_path / "p", {"a": Stage([write_text("1"), "import sys\nsys.exit(0)", "1 / 0"])})
    assert states(run_project(root)) == {"a": "ran"}


def test_a_cell_that_may_fail_makes_the_stage_fail_at_its_end_as_papermill_has_it(tmp_path: Path) -> None:
    stage = Stage(["1 / 0", write_text("1")], tags={0: ["raises-exception"]})
    root = write_project(tmp_path / "p", {"a": stage})
    assert states(run_project(root)) == {"a": "failed"}
    assert (root / "products" / "a.txt").read_text() == "1"
    assert states(run_project(root, kernel=True)) == {"a": "failed"}


def test_an_override_makes_stale_what_reads_it(tmp_path: Path) -> None:
    stages = {"a": Stage([write_text("n")], params=["n"]), "b": Stage([write_text("1")])}
    root = write_project(tmp_path / "p", stages, {"n": 1})
    run_project(root)
    assert states(run_project(root, params={"n": "2"})) == {"a": "ran", "b": "cached"}
    assert (root / "products" / "a.txt").read_text() == "2"
    assert states(run_project(root)) == {"a": "ran", "b": "cached"}
    assert (root / "products" / "a.txt").read_text() == "1"


def test_two_runs_of_one_project_are_one_too_many(tmp_path: Path) -> None:
    root = write_project(tmp_path / "p", {"a": Stage([write_text("1")])})
    caught = []

    def run_again(_report: object) -> None:
        if not caught:
            try:
                run_project(root)
            except RunError as error:
                caught.append(str(error))

    run_project(root, listen=run_again)
    assert caught == ["another nb2pipe run is at work on this project"]


def test_peak_memory_and_time_are_reported(tmp_path: Path) -> None:
    root = write_project(
        tmp_path / "p", {"a": Stage(["import time\nx = bytearray(300_000_000)\ntime.sleep(0.2)"], data=False)}
    )
    stage = stage_of(run_project(root), "a")
    assert stage.result is not None
    assert 300_000_000 < stage.result.peak < 600_000_000
    assert stage.seconds > 0.2


def test_a_thread_that_never_ends_does_not_hold_the_run_up(tmp_path: Path) -> None:
    cell = "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()"
    root = write_project(tmp_path / "p", {"a": Stage([cell, write_text("1")])})
    began = time.monotonic()
    assert states(run_project(root)) == {"a": "ran"}
    assert time.monotonic() - began < 60


def test_leftovers_of_a_killed_run_are_removed(tmp_path: Path) -> None:
    root = write_project(tmp_path / "p", {"a": Stage([write_text("1")])})
    (root / "products").mkdir()
    left = [".a.txt.4711", "..a.txt.metadata.4711", ".a.4711.tmp.ipynb", ".a.4711.tmp.given.ipynb"]
    for name in [*left, ".ab.txt.4711", "a.txt.4711"]:
        (root / "products" / name).write_text("")
    run_project(root)
    found = set(os.listdir(root / "products"))
    assert not found & set(left)
    assert {".ab.txt.4711", "a.txt.4711"} <= found
