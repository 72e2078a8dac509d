"""`nb2pipe run` and `ploomber build` leave the same project, whichever comes first, for every example notebook."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import EXAMPLES, Completed
from tests.property.judging import read_percent, write_notebook
from tests.run.conftest import Built

NAMES = sorted(p.name for p in EXAMPLES.iterdir() if (p / f"{p.name}.ipynb").exists() and p.name != "refused")

Run = Callable[..., Completed]


def make_project(run_cli: Run, folder: Path, name: str) -> Path:
    """The converted example; both runners run in the same folder, as paths are part of what a stage shows."""
    shutil.copytree(EXAMPLES / name, folder / name)
    done = run_cli("-q", "convert", f"{name}/{name}.ipynb", "-o", "project", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "project"


def read_products(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir() if not p.name.endswith(".metadata")}


def strip(document: Any) -> Any:
    """An executed notebook without what differs from run to run: times, identities, temporary places, how text was cut."""
    document = json.loads(re.sub(r"ipykernel_\d+/\d+", "cell", json.dumps(document)))
    for place in [document["metadata"], *(c["metadata"] for c in document["cells"])]:
        for key in ("start_time", "end_time", "duration", "input_path"):
            place["papermill"].pop(key, None)
        place["execution"] = sorted(place.get("execution", {}))
    for cell in document["cells"]:
        cell.pop("id")
        joined: list[Any] = []
        for output in cell.get("outputs", ()):
            if output["output_type"] == "stream":
                output["text"] = "".join(output["text"])
                if joined and joined[-1].get("name") == output["name"]:
                    joined[-1]["text"] += output["text"]
                    continue
            joined.append(output)
        cell["outputs"] = joined
    return document


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.xdist_group(n)) for n in NAMES])
def test_both_runners_make_the_same_and_either_may_follow_the_other(
    build_example: Callable[[str, str], Built], run_cli: Run, run_command: Run, tmp_path: Path, name: str
) -> None:
    example = build_example(name, "function")
    assert set(ran_by_ploomber(example.said).values()) == {"True"}, example.said
    project, products = example.project, example.project / "products"
    done = run_cli("run", "--json", cwd=project)
    assert {s["state"] for s in json.loads(done.stdout)["stages"]} == {"cached"}, done.stderr
    built = run_command("ploomber", "build", cwd=project)
    assert set(ran_by_ploomber(built.stdout).values()) == {"False"}, built.stdout + built.stderr
    theirs = read_products(products)

    products.rename(tmp_path / "theirs")
    done = run_cli("run", "--json", cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr
    stages = json.loads(done.stdout)["stages"]
    assert {s["state"] for s in stages} == {"ran"}
    assert [s["notes"] for s in stages] == [[]] * len(stages), "an example needs no kernel"
    built = run_command("ploomber", "build", cwd=project)
    assert built.returncode == 0, built.stdout + built.stderr
    assert ran_by_ploomber(built.stdout) == dict.fromkeys([s["name"] for s in stages], "False")
    ours = read_products(products)
    shutil.rmtree(products)
    (tmp_path / "theirs").rename(products)  # other tests look at what Ploomber built

    assert ours.keys() == theirs.keys()
    for file in ours:
        if file.endswith(".ipynb"):
            assert strip(json.loads(ours[file])) == strip(json.loads(theirs[file])), file
        else:
            assert ours[file] == theirs[file], file


def ran_by_ploomber(said: str) -> Mapping[str, str]:
    """Stage → whether it ran, as the table at the end says."""
    return dict(re.findall(r"^(\w+) +(True|False) ", said, re.M))


@pytest.fixture(scope="module")
def churn(run_cli: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that has run; tests copy it."""
    project = make_project(run_cli, tmp_path_factory.mktemp("churn"), "churn")
    done = run_cli("run", cwd=project)
    assert done.returncode == 0, done.stderr
    return project


@pytest.fixture
def project(churn: Path, tmp_path: Path) -> Path:
    copied = tmp_path / "churn"
    shutil.copytree(churn, copied, symlinks=True)
    return copied


def test_lines_say_what_became_of_each_stage(run_cli: Run, project: Path) -> None:
    done = run_cli("run", "--param", "threshold=0.4", cwd=project)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[:2] for line in lines[:-1]] == [
        ["load", "cached"],
        ["clean", "cached"],
        ["split", "cached"],
        ["train_logistic", "cached"],
        ["train_forest", "cached"],
        ["compare", "ran"],
        ["call_list", "ran"],
    ]
    assert re.fullmatch(r"compare +ran +\d+\.\d s +\d+ MB  threshold: 0.3 → 0.4", lines[5])
    assert re.fullmatch(r"5 cached, 2 ran in \d+\.\d s", lines[-1])
    assert "\x1b" not in done.stdout


def test_a_dry_run_says_why_and_runs_nothing(run_cli: Run, project: Path) -> None:
    (project / "products" / "clean.pkl").unlink()
    before = {p: p.stat().st_mtime_ns for p in (project / "products").iterdir()}
    done = run_cli("run", "--dry-run", "--to", "split", cwd=project)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "load   cached",
        "clean  would run  clean.pkl is not there",
        "split  would run  clean runs",
        "2 of 3 stages would run",
    ]
    assert {p: p.stat().st_mtime_ns for p in (project / "products").iterdir()} == before


def test_a_failed_stage_is_shown_with_cell_line_and_log(run_cli: Run, project: Path) -> None:
    module = project / "src" / "churn" / "compare.py"
    end = "    return CompareOutputs("
    assert end in module.read_text()
    module.write_text(module.read_text().replace(end, f'    print("so far")\n    raise ValueError("no")\n{end}'))
    text = module.read_text()
    assert 'raise ValueError("no")' in text
    line = text.split("\n").index('    raise ValueError("no")') + 1
    done = run_cli("run", cwd=project)
    assert done.returncode == 1
    assert re.search(r"^compare +failed ", done.stdout, re.M)
    assert re.search(r"^call_list +blocked +compare failed$", done.stdout, re.M)
    said = done.stderr.splitlines()
    assert said[0] == "error: stage compare failed: ValueError: no"
    assert re.fullmatch(r" --> stages/compare.py:cell \d+:1", said[1])
    assert re.fullmatch(r" +1 \| (outputs = )?compare\(.*\)", said[2])
    assert said[3] == f"  in src/churn/compare.py:{line}"
    assert "    so far" in said
    assert said[-1] == "  = the notebook up to there: products/compare.failed.ipynb"
    assert json.loads((project / "products" / "compare.failed.ipynb").read_text())["nbformat"] == 4
    assert "in nb2pipe" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nothing"], 2, "there is no stage `nothing`"),
        (["--param", "n_trees"], 2, "'n_trees' is not NAME=VALUE"),
        (["--param", "trees=3"], 2, "there is no parameter `trees`"),
        (["-C", "src"], 0, ""),
        (["--jobs", "0"], 2, "0 is not in the range"),
    ],
)
def test_what_cannot_be_is_refused_with_the_remedy(
    run_cli: Run, project: Path, arguments: list[str], code: int, said: str
) -> None:
    done = run_cli("run", *arguments, cwd=project)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr


def test_outside_of_a_project_it_says_where_one_comes_from(run_cli: Run, tmp_path: Path) -> None:
    done = run_cli("run", cwd=tmp_path)
    assert done.returncode == 2
    assert "there is no pipeline.yaml here or above" in done.stderr
    assert "nb2pipe convert NOTEBOOK -o FOLDER" in done.stderr


def test_a_terminal_gets_a_line_a_stage_that_is_written_over(project: Path, repository: Path) -> None:
    import os
    import pty

    (project / "products" / "call_list.ipynb").unlink()
    code = "import sys; sys.argv[0] = 'nb2pipe'; from nb2pipe.cli import main; sys.exit(main())"
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", code, "run"],
        cwd=project,
        env=dict(os.environ, PYTHONPATH=str(repository), TERM="xterm", COLUMNS="100", LINES="40"),
        stdin=follower,
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    said = b""
    while True:
        try:
            chunk = os.read(leader, 65536)
        except OSError:
            break
        if not chunk:
            break
        said += chunk
    os.close(leader)
    assert process.wait(60) == 0
    text = said.decode()
    assert "\x1b[7A" in text
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h") == 1
    assert re.search(r"call_list +running", text)
    last = text.rpartition("\x1b[7A")[2]
    assert re.search(r"call_list +ran +\d+\.\d s", last)
    assert "1 ran in" in last


def test_kernels_make_the_same(run_cli: Run, project: Path) -> None:
    ours = {p.name: p.read_bytes() for p in (project / "products").iterdir() if p.suffix == ".pkl"}
    done = run_cli("run", "--kernel", "--force", "--to", "split", cwd=project)
    assert done.returncode == 0, done.stderr
    for name in ("load.pkl", "clean.pkl", "split.pkl"):
        assert (project / "products" / name).read_bytes() == ours[name]


SETTINGS = """
# %% tags=["stage:a"]
import matplotlib.pyplot as plt
plt.figure(figsize=(2, 2));

# %% tags=["stage:b"]
print(plt.rcParams["figure.dpi"], plt.rcParams["lines.linewidth"]){asks}
"""


@pytest.mark.parametrize("asks", ["", '\nprint(open("".join(["n", "ote.txt"])).read())'])
def test_settings_of_matplotlib_beside_the_notebook_hold_in_each_stage(
    run_cli: Run, run_command: Run, tmp_path: Path, asks: str
) -> None:
    write_notebook(read_percent(SETTINGS.format(asks=asks).strip() + "\n"), tmp_path / "notebook.ipynb")
    (tmp_path / "matplotlibrc").write_text("figure.dpi: 300\nlines.linewidth: 7\n")
    (tmp_path / "note.txt").write_text("read")
    done = run_cli("-q", "convert", "notebook.ipynb", "-o", "project", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    project = tmp_path / "project"
    assert (project / "matplotlibrc").exists() == (not asks)  # carried along, or found where the stages run
    for runner in (
        lambda: run_cli("run", cwd=project),
        lambda: run_command("ploomber", "build", "--force", cwd=project),
    ):
        assert runner().returncode == 0
        shown = (project / "products" / "a.ipynb").read_text(encoding="utf-8")
        assert "<Figure size 600x600 with 0 Axes>" in shown
        assert "300.0 7.0" in (project / "products" / "b.ipynb").read_text(encoding="utf-8")
        shutil.rmtree(project / "products")
