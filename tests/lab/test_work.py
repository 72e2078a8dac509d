"""Converting, running and verifying through the routes, with nothing replaced."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from nb2pipe.lab import tasks
from nb2pipe.lab.payloads import check_payload

Fetch = Callable[..., Awaitable[Any]]

SLOW = """import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)", {marker!r}])
open({started!r}, "w").close()
time.sleep(300)
"""


def write(path: Path, *rows: tuple[str, list[str]]) -> None:
    made = [
        {
            "cell_type": "code",
            "id": f"c{n}",
            "source": s,
            "metadata": {"tags": t},
            "outputs": [],
            "execution_count": None,
        }
        for n, (s, t) in enumerate(rows)
    ]
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    document = {"cells": made, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(document), encoding="utf-8")


async def start(jp_fetch: Fetch, kind: str, path: str, out: str, **more: Any) -> dict[str, Any]:
    payload = json.dumps({"kind": kind, "path": path, "out": out, **more})
    response = await jp_fetch("nb2pipe", "tasks", method="POST", body=payload)
    assert response.code == 201
    task: dict[str, Any] = json.loads(response.body)
    check_payload(task, "Task")
    return task


async def follow(jp_fetch: Fetch, task: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The task when it has ended, and the messages on the way."""
    messages: list[str] = []
    while task["state"] == "running":
        response = await jp_fetch("nb2pipe", "tasks", task["id"], params={"wait": "1"})
        task = json.loads(response.body)
        check_payload(task, "Task")
        messages.append(task["message"])
    return task, messages


async def work(jp_fetch: Fetch, kind: str, path: str, out: str, **more: Any) -> dict[str, Any]:
    return (await follow(jp_fetch, await start(jp_fetch, kind, path, out, **more)))[0]


async def test_convert_then_run(jp_fetch: Fetch, jp_root_dir: Path) -> None:
    write(jp_root_dir / "n.ipynb", ("x = 20", ["stage:make"]), ("print(x + 1)", ["stage:show"]))
    done = await work(jp_fetch, "convert", "n.ipynb", "projects/n")
    assert done["state"] == "done"
    assert {"path": "pipeline.yaml", "fate": "written"} in done["result"]["files"]
    project = jp_root_dir / "projects" / "n"
    assert all((project / file["path"]).exists() for file in done["result"]["files"])

    again = await work(jp_fetch, "convert", "n.ipynb", "projects/n")
    assert {file["fate"] for file in again["result"]["files"]} == {"unchanged"}

    ran = await work(jp_fetch, "run", "n.ipynb", "projects/n")
    assert ran["state"] == "done", ran["message"]
    assert [(s["name"], s["state"]) for s in ran["result"]["stages"]] == [("make", "ran"), ("show", "ran")]
    assert all(stage["seconds"] >= 0 for stage in ran["result"]["stages"])
    fresh = await work(jp_fetch, "run", "n.ipynb", "projects/n")
    assert {stage["state"] for stage in fresh["result"]["stages"]} == {"cached"}


async def test_a_module_beside_the_notebook_hides_none_of_pythons(jp_fetch: Fetch, jp_root_dir: Path) -> None:
    write(jp_root_dir / "n.ipynb", ("print(1)", ["stage:a"]))
    for name in ("json.py", "signal.py"):
        (jp_root_dir / name).write_text("raise SystemExit('mine')\n", encoding="utf-8")
    task = await work(jp_fetch, "convert", "n.ipynb", "n")
    assert task["state"] == "done", task["message"]


async def test_style_is_the_one_that_was_chosen(jp_fetch: Fetch, jp_root_dir: Path) -> None:
    write(jp_root_dir / "n.ipynb", ("x = 20", ["stage:make"]), ("print(x + 1)", ["stage:show"]))
    await work(jp_fetch, "convert", "n.ipynb", "n", style="notebook")
    assert "x = 20" in (jp_root_dir / "n" / "stages" / "make.py").read_text(encoding="utf-8")


async def test_a_refusal_has_its_diagnostics(jp_fetch: Fetch, jp_root_dir: Path) -> None:
    write(jp_root_dir / "n.ipynb", ("print(x)", ["stage:a"]))
    task = await work(jp_fetch, "convert", "n.ipynb", "n")
    assert (task["state"], [d["code"] for d in task["diagnostics"]]) == ("refused", ["NB202"])
    assert not (jp_root_dir / "n").exists()


async def test_a_folder_with_other_files_is_left_alone(jp_fetch: Fetch, jp_root_dir: Path) -> None:
    write(jp_root_dir / "n.ipynb", ("print(1)", ["stage:a"]))
    (jp_root_dir / "n").mkdir()
    (jp_root_dir / "n" / "mine.txt").write_text("mine", encoding="utf-8")
    task = await work(jp_fetch, "convert", "n.ipynb", "n")
    assert (task["state"], task["diagnostics"][0]["code"]) == ("refused", "NB501")
    assert [path.name for path in (jp_root_dir / "n").iterdir()] == ["mine.txt"]


async def test_a_persons_edit_is_a_conflict_until_a_side_is_chosen(jp_fetch: Fetch, jp_root_dir: Path) -> None:
    write(jp_root_dir / "n.ipynb", ("x = 20\nprint(x)", ["stage:make"]))
    await work(jp_fetch, "convert", "n.ipynb", "n")
    module = jp_root_dir / "n" / "src" / "n" / "make.py"
    mine = module.read_text(encoding="utf-8").replace("20", "99")
    module.write_text(mine, encoding="utf-8")
    write(jp_root_dir / "n.ipynb", ("x = 30\nprint(x)", ["stage:make"]))
    task = await work(jp_fetch, "convert", "n.ipynb", "n")
    assert (task["state"], task["diagnostics"][0]["code"]) == ("refused", "NB503")
    assert module.read_text(encoding="utf-8") == mine
    task = await work(jp_fetch, "convert", "n.ipynb", "n", force="new")
    assert task["state"] == "done"
    assert "30" in module.read_text(encoding="utf-8")


async def test_a_stage_that_fails_is_named(jp_fetch: Fetch, jp_root_dir: Path) -> None:
    write(jp_root_dir / "n.ipynb", ("x = 0\nprint(x)", ["stage:make"]), ("print(1 / x)", ["stage:divide"]))
    await work(jp_fetch, "convert", "n.ipynb", "n")
    task = await work(jp_fetch, "run", "n.ipynb", "n")
    assert task["state"] == "failed"
    assert "stage divide failed: ZeroDivisionError" in task["message"]
    assert [(s["name"], s["state"]) for s in task["result"]["stages"]] == [("make", "ran"), ("divide", "failed")]


async def test_running_what_is_no_project_says_so(jp_fetch: Fetch, jp_root_dir: Path) -> None:
    write(jp_root_dir / "n.ipynb", ("print(1)", ["stage:a"]))
    task = await work(jp_fetch, "run", "n.ipynb", "n")
    assert task["state"] == "failed"
    assert "n" in task["message"] and "Traceback" not in task["message"]


async def test_recording_shows_progress_and_can_be_cancelled(
    jp_fetch: Fetch, jp_root_dir: Path, tmp_path: Path
) -> None:
    started = tmp_path / "started"
    source = SLOW.format(marker="nb2pipe-cancel-test", started=str(started))
    write(jp_root_dir / "n.ipynb", (source, ["stage:a"]))
    task = await start(jp_fetch, "convert", "n.ipynb", "n", record=True)
    for _ in range(600):
        if started.exists():
            break
        await asyncio.sleep(0.1)
    assert started.exists()
    with pytest.raises(HTTPClientError) as caught:
        await start(jp_fetch, "convert", "n.ipynb", "n")
    assert caught.value.code == 409
    response = await jp_fetch("nb2pipe", "tasks", task["id"], method="DELETE")
    data = json.loads(response.body)
    check_payload(data, "Task")
    assert data["state"] == "cancelled"
    assert not (jp_root_dir / "n" / "pipeline.yaml").exists()
    await _assert_gone("nb2pipe-cancel-test")


async def test_a_run_is_cancelled_with_all_that_it_started(jp_fetch: Fetch, jp_root_dir: Path, tmp_path: Path) -> None:
    started = tmp_path / "started"
    write(jp_root_dir / "n.ipynb", (SLOW.format(marker="nb2pipe-run-test", started=str(started)), ["stage:a"]))
    assert (await work(jp_fetch, "convert", "n.ipynb", "n"))["state"] == "done"
    task = await start(jp_fetch, "run", "n.ipynb", "n")
    for _ in range(600):
        if started.exists():
            break
        await asyncio.sleep(0.1)
    assert _running("nb2pipe-run-test")
    response = await jp_fetch("nb2pipe", "tasks", task["id"], method="DELETE")
    assert json.loads(response.body)["state"] == "cancelled"
    await _assert_gone("nb2pipe-run-test")


async def _assert_gone(marker: str) -> None:
    """A signal takes a moment to end a process."""
    for _ in range(50):
        if not _running(marker):
            return
        await asyncio.sleep(0.1)
    assert not _running(marker)


def _running(marker: str) -> list[str]:
    """Processes whose command line holds a marker."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if marker in command:
            found.append(f"{folder.name}: {command}")
    return found


async def test_verify_says_why_it_cannot(jp_fetch: Fetch, jp_root_dir: Path) -> None:
    write(jp_root_dir / "n.ipynb", ("x = 20\nprint(x)", ["stage:make"]), ("print(x + 1)", ["stage:show"]))
    about = json.loads((await jp_fetch("nb2pipe", "about")).body)
    await work(jp_fetch, "convert", "n.ipynb", "n")
    if about["can_verify"]:
        with pytest.raises(HTTPClientError) as caught:
            await start(jp_fetch, "verify", "n.ipynb", "n")
        assert caught.value.code == 501
        assert json.loads(caught.value.response.body)["message"] == about["can_verify"]
        return
    task = await work(jp_fetch, "verify", "n.ipynb", "n")
    assert (task["state"], task["result"]["verdict"]) == ("done", "same")
    report = (jp_root_dir / task["result"]["report"]).read_text(encoding="utf-8")
    assert "n.ipynb" in report and str(jp_root_dir) not in report


async def test_what_ignores_signals_and_has_left_its_group_is_killed_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a kernel that is busy: it has a session of its own, and outlives the process that started it."""
    monkeypatch.setattr(tasks, "_GRACE", 0.3)
    child = "import time; time.sleep(300)  # nb2pipe-stubborn-test"
    source = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN); signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"subprocess.Popen([sys.executable, '-c', {child!r}], start_new_session=True)\n"
        "print('started', flush=True); time.sleep(300)"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", source, stdout=asyncio.subprocess.PIPE, start_new_session=True
    )
    assert process.stdout
    assert await process.stdout.readline() == b"started\n"
    task = tasks.Task("1", "convert", "n.ipynb", "n", process=process)
    task.ending = asyncio.ensure_future(process.wait())  # type: ignore[arg-type]
    await tasks.Tasks().cancel(task)
    assert task.state == "cancelled"
    await _assert_gone("nb2pipe-stubborn-test")
