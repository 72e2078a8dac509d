"""`convert --record`: the notebook runs once, in a copy of its folder, and what it gives is in tests/data/."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from nb2pipe.convert import convert
from nb2pipe.diagnostics import Diagnostic, Nb2pipeError
from nb2pipe.record import run
from tests.conftest import Completed

pytestmark = pytest.mark.xdist_group("record")


def write(folder: Path, *cells: tuple[str, str], kernel: str = "python3") -> Path:
    folder.mkdir(exist_ok=True)
    nodes = [nbformat.v4.new_code_cell(s, id=f"c{n}", metadata={"tags": t.split()}) for n, (t, s) in enumerate(cells)]
    kernelspec = {"name": kernel, "display_name": kernel, "language": "python"}
    path = folder / "sales.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=nodes, metadata={"kernelspec": kernelspec}), path)
    return path


def read_data(project: Path, stage: str) -> dict[str, object]:
    found: dict[str, object] = json.loads((project / "tests" / "data" / f"{stage}.json").read_text(encoding="utf-8"))
    return found


def refuse(notebook: Path) -> Diagnostic:
    out = notebook.parent / "out"
    with pytest.raises(Nb2pipeError) as caught:
        convert(notebook, out, record=True)
    assert not out.exists()
    (found,) = caught.value.diagnostics
    return found


def test_values_text_and_figures_are_recorded_by_stage(tmp_path: Path) -> None:
    notebook = write(
        tmp_path / "work",
        ("imports", "import matplotlib.pyplot as plt\nimport os"),
        ("parameters", "factor = 2"),
        ("stage:load", "rows = [1, 2, 3]\nprint('loaded')\nrows"),
        ("skip", "print('not of a stage')"),
        ("stage:scale", "rows = [factor * r for r in rows]"),
        ("", "print(sum(rows), os.getcwd())\nplt.plot(rows)\nplt.title('rows');"),
        ("stage:end", "open('made.txt', 'w').write('x')\nprint(rows[-1], get_ipython().execution_count)"),
    )
    told: list[str] = []
    conversion = convert(notebook, tmp_path / "work" / "out", record=True, progress=told.append)
    out = conversion.out
    load, scale, end = (read_data(out, name) for name in ("load", "scale", "end"))
    assert load["outputs"] == {"rows": {"type": "list", "shape": [3], "values": [1, 2, 3]}}
    assert load["text"] == ["loaded", "[1, 2, 3]"]
    assert scale["outputs"] == {"rows": {"type": "list", "shape": [3], "values": [2, 4, 6]}}
    assert scale["text"] == ["12 .", "<Figure size 640x480 with 1 Axes>"]
    assert '"rows"' in json.dumps(scale["figures"])
    # nb2pipe's own questions are not in the notebook's history; IPython counts a cell before or, of old, after it runs.
    assert end["text"] in (["6 7"], ["6 8"])
    assert (out / "tests" / "data" / "params.yaml").read_bytes() == (out / "params.yaml").read_bytes()
    assert sorted(p.name for p in notebook.parent.iterdir()) == ["out", "sales.ipynb"], "it ran in a copy"
    assert "recording the notebook: cell 7 of 7" in told


def test_a_failing_cell_is_named_with_its_line(tmp_path: Path) -> None:
    notebook = write(tmp_path / "work", ("stage:a", "x = 1"), ("stage:b", "y = x\nz = 1 / (y - 1)\nprint(z)"))
    found = refuse(notebook)
    assert (found.code, found.span.cell, found.span.line) == ("NB505", 2, 2)
    assert "ZeroDivisionError" in found.message
    assert found.help


def test_a_cell_that_may_fail_does_not_stop_the_record(tmp_path: Path) -> None:
    cells = [("stage:a raises-exception", "print('before')\n1 / 0"), ("stage:b", "print('after')")]
    out = convert(write(tmp_path / "work", *cells), tmp_path / "out", record=True).out
    assert read_data(out, "a")["text"] == ["before"]
    assert read_data(out, "b")["text"] == ["after"]


def test_an_unknown_kernel_of_another_kind_is_named(tmp_path: Path) -> None:
    found = refuse(write(tmp_path / "work", ("stage:a", "x = 1"), kernel="xpython-none"))
    assert found.code == "NB505"
    assert "`xpython-none`" in found.message


def install_kernel(folder: Path, first: str) -> str:
    """A kernel that runs a line before it starts; the folder is one of JUPYTER_PATH."""
    start = "from ipykernel.kernelapp import launch_new_instance; launch_new_instance()"
    argv = [sys.executable, "-c", f"{first}\n{start}", "-f", "{connection_file}"]
    spec = folder / "kernels" / "talks" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text(json.dumps({"argv": argv, "display_name": "talks", "language": "python"}), encoding="utf-8")
    return "talks"


def test_what_a_kernel_itself_says_is_not_on_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_cli: Callable[..., Completed]
) -> None:
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    kernel = install_kernel(tmp_path, "import sys; print('of the kernel'); print('of the kernel', file=sys.stderr)")
    notebook = write(tmp_path / "work", ("stage:a", "x = 1"), ("stage:b", "print(x)"), kernel=kernel)
    done = run_cli("convert", notebook.name, "-o", "out", "--record", "--verify", cwd=notebook.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "of the kernel" not in done.stdout + done.stderr


def test_a_kernel_that_does_not_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_cli: Callable[..., Completed]
) -> None:
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    kernel = install_kernel(tmp_path, "raise SystemExit('its licence is out of date')")
    notebook = write(tmp_path / "work", ("stage:a", "x = 1"), ("stage:b", "print(x)"), kernel=kernel)
    found = refuse(notebook)
    assert (found.code, found.message) == ("NB505", "the notebook's kernel does not start")
    assert "its licence is out of date" in found.help
    convert(notebook, notebook.parent / "out")
    done = run_cli("verify", notebook.name, "out", cwd=notebook.parent)
    assert done.returncode == 2
    assert "the notebook's kernel `talks` does not start" in done.stdout + done.stderr
    assert "its licence is out of date" in done.stdout + done.stderr


def test_a_kernel_that_dies_names_the_cell_and_says_why(tmp_path: Path, run_cli: Callable[..., Completed]) -> None:
    crash = "import faulthandler\nfaulthandler.enable()\nfaulthandler._sigsegv()"
    notebook = write(tmp_path / "work", ("stage:a", "x = 1"), ("stage:b", f"print(x)\n{crash}"))
    found = refuse(notebook)
    assert (found.message, found.span.cell) == ("the notebook's kernel died", 2)
    assert "Segmentation fault" in found.help
    convert(notebook, notebook.parent / "out")
    done = run_cli("verify", notebook.name, "out", cwd=notebook.parent)
    assert done.returncode == 2
    assert "the kernel died in cell 2" in done.stdout + done.stderr
    assert "Segmentation fault" in done.stdout + done.stderr


def test_where_an_environments_kernel_is_not_installed_the_own_one_runs(tmp_path: Path) -> None:
    cells = (("stage:a", "x = 1\nprint(x)"), ("stage:b", "print(x + 1)"))
    out = convert(write(tmp_path / "work", *cells, kernel="conda-env-ml-py"), tmp_path / "out", record=True).out
    assert read_data(out, "b")["text"] == ["2"]


def test_files_above_the_notebook_are_there_when_it_is_recorded(tmp_path: Path) -> None:
    (tmp_path / "data.txt").write_text("7", encoding="utf-8")
    notebook = write(tmp_path / "work", ("stage:a", "x = int(open('../data.txt').read())"), ("stage:b", "print(x)"))
    assert read_data(convert(notebook, record=True).out, "b")["text"] == ["7"]


def test_a_large_folder_is_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "LARGEST_COPY", -1)
    notebook = write(tmp_path / "work", ("stage:a", "open('made.txt', 'w').write('x')"))
    conversion = convert(notebook, tmp_path / "out", record=True)
    assert [d.code for d in conversion.analysis.diagnostics if d.code == "NB506"] == ["NB506"]
    assert (notebook.parent / "made.txt").exists()


def test_chance_is_found_by_a_second_run(tmp_path: Path) -> None:
    cells = [("stage:a", "import random\nx = random.random()"), ("stage:b", "print(type(x))"), ("stage:c", "print(1)")]
    told: list[str] = []
    out = convert(write(tmp_path / "work", *cells), tmp_path / "out", record=True, progress=told.append).out
    assert any("once more" in step for step in told)
    tests = (out / "tests" / "test_stages.py").read_text(encoding="utf-8").split("\n\n\n")
    (draw,) = (t for t in tests if t.startswith("def test_a("))
    (other,) = (t for t in tests if t.startswith("def test_c("))
    assert "values=False" in draw
    assert "assert_same_text" in other


def test_time_that_two_runs_show_alike_is_no_fact(tmp_path: Path) -> None:
    cells = [
        ("stage:a", "import time\n\nstart = time.time()\nprint(round(time.time() - start, 2))"),
        ("stage:b", "print(1)"),
    ]
    out = convert(write(tmp_path / "work", *cells), tmp_path / "out", record=True).out
    tests = (out / "tests" / "test_stages.py").read_text(encoding="utf-8").split("\n\n\n")
    assert ["assert_same_text" in next(t for t in tests if t.startswith(f"def test_{name}(")) for name in "ab"] == [
        False,
        True,
    ]


def test_the_command_records(tmp_path: Path, run_cli: Callable[..., Completed]) -> None:
    notebook = write(tmp_path / "work", ("stage:a", "x = 1"), ("stage:b", "print(x / 0)"))
    done = run_cli("convert", notebook.name, "-o", "out", "--record", cwd=notebook.parent)
    assert done.returncode == 1
    assert "error[NB505]: the notebook stops with ZeroDivisionError" in done.stderr
    assert "sales.ipynb:cell 2:1" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert not (notebook.parent / "out").exists()


#: As far as nb2pipe knows, `look` may change what it is given, use files and draw.
LOOKING = "from markupsafe import escape as look\n"
LOOKS = (
    ("stage:make", "import random\nfrom helper import look\nrandom.seed(1)\nrows = [3, 1, 2]"),
    ("stage:one", "n = look(rows)\nprint(n)"),
    ("stage:two", "m = look(rows)\nprint(m)"),
    ("stage:end", "print(n + m)"),
)


def write_looks(folder: Path, helper: str = LOOKING) -> Path:
    notebook = write(folder, *LOOKS)
    (folder / "helper.py").write_text(helper, encoding="utf-8")
    return notebook


def test_what_was_seen_frees_stages_and_is_watched(tmp_path: Path, run_command: Callable[..., Completed]) -> None:
    notebook = write_looks(tmp_path / "work")
    without = convert(notebook, tmp_path / "work" / "without").analysis.pipeline
    told: list[str] = []
    conversion = convert(notebook, tmp_path / "work" / "out", record=True, progress=told.append)
    found = conversion.analysis.pipeline
    assert without is not None
    assert found is not None
    assert without.stage("two").upstream == ("one",)
    assert found.stage("two").upstream == ("make",)
    assert any("planning the stages again" in step for step in told)
    text = (conversion.out / "README.md").read_text(encoding="utf-8")
    assert "Seen in a run of the notebook, and not proven: `one` does not change `rows`" in text
    assert "watch.check(" in (conversion.out / "tests" / "test_stages.py").read_text(encoding="utf-8")
    assert not (tmp_path / "work" / "without" / "src" / "sales" / "watch.py").exists()

    command = ["ploomber", "build"]
    done = run_command(*command, cwd=conversion.out)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    helper = conversion.out / "src" / "helper.py"
    assert helper.is_file()
    helper.write_text("def look(rows):\n    rows.append(0)\n    return len(rows)\n", encoding="utf-8")
    done = run_command(*command, "--force", cwd=conversion.out)
    assert done.returncode == 1, done.stdout[-3000:]
    assert "this stage does what it did not in the recorded run: it changes `rows`" in done.stdout + done.stderr


@pytest.mark.parametrize(
    "helper",
    [
        "def look(rows):\n    rows.append(0)\n    return len(rows)\n",
        "def look(rows):\n    open('count.txt', 'a').write('x')\n    return len(open('count.txt').read())\n",
        "import random\ndef look(rows):\n    return random.random()\n",
        "import os\ndef look(rows):\n    os.system('true')\n    return len(rows)\n",
    ],
    ids=["changes", "file", "chance", "process"],
)
def test_what_was_seen_to_happen_keeps_its_edge(helper: str, tmp_path: Path) -> None:
    conversion = convert(write_looks(tmp_path / "work", helper), tmp_path / "work" / "out", record=True)
    pipeline = conversion.analysis.pipeline
    assert pipeline is not None
    assert "one" in pipeline.stage("two").upstream
