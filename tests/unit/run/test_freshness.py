"""What makes a stage stale, and what does not; Ploomber agrees wherever it can know."""

from __future__ import annotations

import json
import os
import shutil
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nb2pipe.run.freshness import Freshness
from nb2pipe.run.metadata import metadata_path
from nb2pipe.run.model import Verdict
from nb2pipe.run.spec import read_project
from tests.unit.run.projects import Stage, run_project, states, write_project, write_text

MODULES = {
    "first.py": "import json\nfrom pack import second\n\n\ndef double(n):\n    '''Twice.'''\n    return second.add(n, n)\n"
}
MODULES |= {"second.py": "def add(a, b):\n    return a + b  # plain\n"}

STAGES = {
    "a": Stage(
        ["from pack.first import double", "rows = Path('data.csv').read_text()", write_text("double(n)")],
        params=["n"],
        modules=["first.py"],
    ),
    "b": Stage([write_text("Path('products/a.txt').read_text() + '!'")], upstream=["a"]),
    "c": Stage([write_text("'alone'")]),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project that has run."""
    root = write_project(tmp_path_factory.mktemp("built") / "p", STAGES, {"n": 2}, MODULES)
    (root / "data.csv").write_text("1\n")
    report = run_project(root)
    assert states(report) == {"a": "ran", "b": "ran", "c": "ran"}
    assert (root / "products" / "b.txt").read_text() == "4!"
    yield root


@pytest.fixture
def project(built: Path, tmp_path: Path) -> Path:
    """A copy of it; its metadata says where it was, so it is moved there by name only."""
    root = tmp_path / "p"
    shutil.copytree(built, root, symlinks=True)
    return root


def look(root: Path) -> dict[str, Verdict]:
    known = Freshness(read_project(root, {})).look()
    return {name: k.verdict for name, k in known.items()}


def edit(path: str, old: str, new: str) -> Callable[[Path], object]:
    def change(root: Path) -> None:
        text = (root / path).read_text()
        assert old in text
        (root / path).write_text(text.replace(old, new, 1))

    return change


def touch_everything(root: Path) -> None:
    for path in root.rglob("*"):
        if path.is_file() and "products" not in path.parts:
            os.utime(path, ns=(time.time_ns(), time.time_ns()))


NOTHING = [
    (lambda root: None, "nothing changed"),
    (touch_everything, "times do not count"),
    (edit("stages/a.py", "rows = ", "# read\nrows   =   "), "comments and layout of a stage"),
    (edit("stages/a.py", "# # a", "# # A title\n#\n# And a text."), "prose"),
    (edit("src/pack/first.py", "return", "# so\n    return"), "comments of a module"),
    (edit("src/pack/second.py", "  # plain", ""), "comments of a module that nobody declared"),
    (edit("pipeline.yaml", "static_analysis: disable", "static_analysis: regular"), "how Ploomber checks"),
]

CHANGES = [
    (edit("stages/a.py", "double(n)", "double(n + 1)"), "a.py changed"),
    (edit("stages/a.py", "write_text(str(double(n)))", "write_text(str(double(n)));"), "a.py changed"),
    (edit("params.yaml", "n: 2", "n: 3"), "n: 2 → 3"),
    (edit("params.yaml", "n: 2", "n: 2.5"), "n: 2 → 2.5"),
    (edit("src/pack/first.py", "Twice", "Doubled"), "first.py changed"),
    (edit("src/pack/second.py", "a + b", "b + a"), "src/pack/second.py changed"),
    (edit("data.csv", "1", "2"), "data.csv changed"),
    (lambda root: (root / "data.csv").unlink(), "data.csv changed"),
    (lambda root: (root / "products" / "a.txt").unlink(), "a.txt is not there"),
    (lambda root: (root / "products" / "a.txt").write_text("half a"), "a.txt is not as it was made"),
    (lambda root: metadata_path(root / "products" / "a.txt").unlink(), "it did not end"),
    (lambda root: metadata_path(root / "products" / "a.txt").write_text('{"timestamp": '), "it did not end"),
    (lambda root: change_record(root, "python", "cpython 3.9.1"), "it ran on cpython 3.9.1"),
    (lambda root: change_record(root, "packages", ["pandas-0.1"]), "pandas-0.1 is no longer installed"),
]


def change_record(root: Path, key: str, value: object) -> None:
    for product in ("a.txt", "a.ipynb"):
        path = metadata_path(root / "products" / product)
        content = json.loads(path.read_text())
        content["nb2pipe"][key] = value
        path.write_text(json.dumps(content))


@pytest.mark.parametrize(("change", "why"), NOTHING, ids=[why for _, why in NOTHING])
def test_what_changes_nothing_makes_nothing_stale(project: Path, change: Callable[[Path], object], why: str) -> None:
    change(project)
    assert not any(v.stale for v in look(project).values()), why


@pytest.mark.parametrize(("change", "reason"), CHANGES, ids=[reason for _, reason in CHANGES])
def test_a_change_makes_its_stage_stale_and_what_follows(
    project: Path, change: Callable[[Path], object], reason: str
) -> None:
    change(project)
    found = look(project)
    assert found["a"] == Verdict(True, reason)
    assert found["b"] == Verdict(True, "a runs")
    assert found["c"] == Verdict(False)


def test_a_stage_that_ran_later_makes_those_behind_it_stale(project: Path) -> None:
    report = run_project(project, stages=("a",), force=True)
    assert states(report) == {"a": "ran"}
    found = look(project)
    assert not found["a"].stale
    assert found["b"] == Verdict(True, "a ran later")


def test_after_comments_the_records_and_the_notebook_say_what_the_files_say(project: Path) -> None:
    edit("stages/a.py", "rows = ", "# read\nrows = ")(project)
    edit("stages/a.py", "# # a", "# # Another title")(project)
    edit("src/pack/first.py", "return", "# so\n    return")(project)
    before = json.loads((project / "products" / "a.ipynb").read_text())
    assert states(run_project(project)) == {"a": "cached", "b": "cached", "c": "cached"}
    after = json.loads((project / "products" / "a.ipynb").read_text())
    sources = ["".join(c["source"]) for c in after["cells"]]
    assert sources[0] == "# Another title"
    assert "# read\nrows = Path('data.csv').read_text()" in sources
    assert [c.get("outputs") for c in before["cells"]] == [c.get("outputs") for c in after["cells"]]
    assert all(v == Verdict(False) for v in look(project).values())


def test_a_file_that_a_later_stage_overwrites_does_not_make_its_reader_stale(tmp_path: Path) -> None:
    stages = {
        "reads": Stage(["Path('log.txt').read_text()", write_text("1")]),
        "writes": Stage(
            ["import subprocess", "subprocess.run('echo new > log.txt', shell=True)", write_text("1")], ["reads"]
        ),
    }
    root = write_project(tmp_path / "p", stages)
    (root / "log.txt").write_text("old")
    assert states(run_project(root)) == {"reads": "ran", "writes": "ran"}
    assert (root / "log.txt").read_text() == "new\n"
    assert states(run_project(root)) == {"reads": "cached", "writes": "cached"}


@pytest.mark.parametrize(("change", "why"), NOTHING, ids=[why for _, why in NOTHING])
def test_ploomber_finds_nothing_to_do_after_a_run(project: Path, change: Callable[[Path], object], why: str) -> None:
    change(project)
    run_project(project)
    assert ploomber_would_run(project) == set()


@pytest.mark.parametrize(
    "change",
    [CHANGES[0][0], CHANGES[2][0], CHANGES[4][0], CHANGES[8][0], CHANGES[10][0]],
    ids=["code", "parameter", "module", "product", "metadata"],
)
def test_ploomber_and_we_agree_on_what_is_stale(project: Path, change: Callable[[Path], object]) -> None:
    change(project)
    assert ploomber_would_run(project) == {n for n, v in look(project).items() if v.stale} == {"a", "b"}


def test_what_ploomber_built_is_fresh_by_its_own_rules(project: Path) -> None:
    for path in (project / "products").glob(".*.metadata"):  # Ploomber's files lack our part
        content = json.loads(path.read_text())
        del content["nb2pipe"]
        path.write_text(json.dumps(content))
    assert all(v == Verdict(False) for v in look(project).values())
    edit("stages/a.py", "rows = ", "# read\nrows = ")(project)
    assert look(project)["a"] == Verdict(True, "a.py changed")
    assert ploomber_would_run(project) == {"a", "b"}


@pytest.fixture(autouse=True)
def _quiet_ploomber() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def ploomber_would_run(root: Path) -> set[str]:
    """The stages that `ploomber build` would run."""
    specs = pytest.importorskip("ploomber.spec")
    from ploomber.constants import TaskStatus

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        dag = specs.DAGSpec(str(root / "pipeline.yaml"), env=str(root / "env.yaml")).to_dag()
        dag.render(show_progress=False)
        return {name for name in dag if dag[name].exec_status != TaskStatus.Skipped}
