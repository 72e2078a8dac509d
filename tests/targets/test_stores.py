"""Products in one place that all workers see: a folder, S3, Azure; cut connections, killed workers, readers at the same time."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import jupytext
import pytest

from tests.conftest import REPOSITORY
from tests.targets.conftest import Environment
from tests.targets.servers import Wire, azure_server, azure_variables, s3_server, s3_variables

pytestmark = pytest.mark.xdist_group("stores")

#: Three stages that hand over a variable and a file; the second changes the file, makes a folder and removes another file.
NOTEBOOK = """\
# %% tags=["parameters"]
repeat = 3

# %% tags=["stage:collect"]
import os

words = open("words.txt").read().split() * repeat
with open("log.txt", "w") as log:
    log.write("collected\\n")
print(len(words), "words")

# %% tags=["stage:count"]
counts = {word: words.count(word) for word in sorted(set(words))}
large = bytes(3_000_000)
os.makedirs("out/empty")
with open("log.txt", "a") as log:
    log.write("counted\\n")
os.remove("words.txt")

# %% tags=["stage:report"]
print(counts, len(large))
print(open("log.txt").read(), os.path.exists("words.txt"), os.path.isdir("out/empty"))
"""


@dataclass
class Place:
    """A store that runs."""

    url: str
    port: int = 0
    variables: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def stores(environment: Callable[[str], Environment]) -> Environment:
    return environment("stores")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stores")
    (folder / "words.txt").write_text("to be or not to be")
    jupytext.write(jupytext.reads(NOTEBOOK, fmt="py:percent"), folder / "words.ipynb")
    command = [
        sys.executable,
        "-m",
        "nb2pipe",
        "convert",
        folder / "words.ipynb",
        "-o",
        folder / "words",
        "--target",
        "dvc",
    ]
    subprocess.run([str(part) for part in command], check=True, cwd=REPOSITORY)
    return folder / "words"


@contextlib.contextmanager
def place(kind: str, stores: Environment, folder: Path) -> Iterator[Place]:
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "folder":
        yield Place(str(folder / "store" / "run-1"))
    elif kind == "s3":
        with s3_server(stores, folder) as port:
            made = Place("s3://bucket/run-1", port, s3_variables(port))
            make = "import fsspec; fsspec.filesystem('s3').mkdir('bucket')"
            stores.check(stores.python, "-c", make, cwd=folder, variables=made.variables)
            yield made
    else:
        with azure_server(folder) as port:
            made = Place("az://bucket/run-1", port, azure_variables(port))
            make = "import fsspec; fsspec.filesystem('az').mkdir('bucket')"
            stores.check(stores.python, "-c", make, cwd=folder, variables=made.variables)
            yield made


def run_stage(stores: Environment, project: Path, stage: str, place: Place, *more: str, **variables: str) -> str:
    command = [stores.python, "engines/run_stage.py", stage, "--products", place.url, *more]
    return stores.check(*command, cwd=project, variables={**place.variables, **variables})


def fetch(stores: Environment, project: Path, place: Place, folder: Path) -> Path:
    stores.check(stores.python, "engines/store.py", place.url, folder, cwd=project, variables=place.variables)
    return folder


@pytest.mark.parametrize("kind", ["folder", "s3", "azure"])
def test_a_run_through_a_store_is_the_same(stores: Environment, project: Path, kind: str, tmp_path: Path) -> None:
    with place(kind, stores, tmp_path / "server") as store:
        for stage in ("collect", "count", "report"):
            run_stage(stores, project, stage, store)
        products = fetch(stores, project, store, tmp_path / "fetched")
    command = [
        sys.executable,
        "-m",
        "nb2pipe",
        "verify",
        project.with_suffix(".ipynb"),
        project,
        "--products",
        products,
    ]
    done = subprocess.run([str(c) for c in (*command, "--json")], capture_output=True, text=True, cwd=REPOSITORY)
    report = json.loads(done.stdout)
    assert (done.returncode, report["verdict"]) == (0, "same"), done.stdout[-3000:]
    assert sum(stage["files"]["same"] for stage in report["stages"]) > 0
    assert not (project / "log.txt").exists()  # no stage works in the project itself
    assert (project / "words.txt").exists()


def test_a_parameter_and_a_stage_that_is_run_twice(stores: Environment, project: Path, tmp_path: Path) -> None:
    store = Place(str(tmp_path / "store"))
    run_stage(stores, project, "collect", store)
    assert "12 words" in run_stage(stores, project, "collect", store, "--param", "repeat=2")
    for stage in ("count", "count", "report"):  # the second time begins where the first began
        said = run_stage(stores, project, stage, store)
    assert "{'be': 4, 'not': 2, 'or': 2, 'to': 4}" in said
    assert said.count("counted") == 1


def test_a_stage_before_the_one_that_it_needs(stores: Environment, project: Path, tmp_path: Path) -> None:
    command = [stores.python, "engines/run_stage.py", "count", "--products", tmp_path / "store"]
    done = stores.run(*command, cwd=project)
    assert done.returncode != 0
    assert "has no products of stage collect: run it first" in done.stderr


def test_a_cut_connection_is_tried_again(stores: Environment, project: Path, tmp_path: Path) -> None:
    """More connections are cut than the service's own client stands, so that the project's code has to try again.

    A transfer of s3fs survives up to ten: five tries, each of which aiohttp makes twice, where the cut is seen as a closed connection.
    Where it is seen as a failure to connect, each or every other cut reaches the project's code.
    """
    with place("s3", stores, tmp_path) as store:
        run_stage(stores, project, "collect", store)
        wire = Wire(store.port, cut=12, after=1_000_000)
        cut = Place(store.url, wire.port, s3_variables(wire.port))
        patience = {"PRODUCTS_TRIES": "13", "PRODUCTS_LONGEST_PAUSE": "0.4"}
        said = run_stage(stores, project, "count", cut, AWS_MAX_ATTEMPTS="1", **patience)
        wire.close()
        assert wire.cuts == 12
        assert "storing count/count.pkl failed" in said
        assert "counted" in run_stage(stores, project, "report", store)


def test_a_killed_worker_leaves_nothing_that_is_read(stores: Environment, project: Path, tmp_path: Path) -> None:
    with place("s3", stores, tmp_path) as store:
        run_stage(stores, project, "collect", store)
        wire = Wire(store.port, cut=1, after=1_000_000, stall=True)
        command = [str(stores.python), "engines/run_stage.py", "count", "--products", store.url]
        worker = subprocess.Popen(
            command,
            cwd=project,
            env=stores.variables(s3_variables(wire.port)),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        end = time.monotonic() + 60
        while not wire.cuts and time.monotonic() < end:
            time.sleep(0.05)
        assert wire.cuts == 1
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
        wire.close()
        failed = stores.run(
            stores.python,
            "engines/run_stage.py",
            "report",
            "--products",
            store.url,
            cwd=project,
            variables=store.variables,
        )
        assert "has no products of stage count: run it first" in failed.stderr
        run_stage(stores, project, "count", store)  # on another worker
        assert "counted" in run_stage(stores, project, "report", store)


def test_readers_see_one_attempt_or_another_never_parts_of_two(
    stores: Environment, project: Path, tmp_path: Path
) -> None:
    """One process publishes over and over, the other fetches over and over; each attempt's two files hold one number."""
    writer = """
import sys, tempfile
from pathlib import Path
sys.path.insert(0, "engines")
from store import Store
store = Store(sys.argv[1])
for number in range(60):
    with tempfile.TemporaryDirectory() as folder:
        for name in ("a", "b"):
            Path(folder, name).write_text(str(number) * 50_000)
        store.publish("stage", Path(folder))
"""
    reader = """
import sys, tempfile
from pathlib import Path
sys.path.insert(0, "engines")
from store import Store
store = Store(sys.argv[1])
seen = set()
while "59" not in seen:
    with tempfile.TemporaryDirectory() as folder:
        if store.manifest("stage") is None:
            continue
        store.fetch("stage", Path(folder))
        one, other = (Path(folder, name).read_text() for name in ("a", "b"))
        assert one == other
        seen.add(one[:2])
print(len(seen))
"""
    with place("s3", stores, tmp_path) as store:
        printed: list[str] = []

        def read() -> None:
            printed.append(stores.check(stores.python, "-c", reader, store.url, cwd=project, variables=store.variables))

        thread = threading.Thread(target=read)
        thread.start()
        stores.check(stores.python, "-c", writer, store.url, cwd=project, variables=store.variables)
        thread.join(120)
    assert int(printed[0]) > 3
