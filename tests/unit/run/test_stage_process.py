"""What a stage shows in a forked shell is what it shows in a real kernel."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from nb2pipe.run.model import State
from tests.unit.run.projects import Stage, read_outputs, run_project, stage_of, states, write_project, write_text

#: Cells that are run one after the other, in a shell and in a kernel.
CELLS = {
    "value": "1 + 1",
    "hidden value": "1 + 1;",
    "text without an end": "print('a', end='')",
    "both streams": "print('a'); print('b', file=sys.stderr); print('c')",
    "streams in turns": "import time\nprint('a'); time.sleep(0.4); print('b', file=sys.stderr); time.sleep(0.4); print('c')",
    "a command's output among prints": "import os\nprint('a'); os.system('echo b'); time.sleep(0.4); print('c')",
    # A kernel's threads that watch descriptors may be later than the cell's result: a cell that shows a result waits for them.
    "output of child processes": "import subprocess\nchild = subprocess.run(['sh', '-c', 'echo out; echo err >&2']); time.sleep(0.5); child.returncode",
    "bytes on a descriptor": "os.write(1, 'é☃\\n'.encode()); time.sleep(0.5)",
    "much at once": "os.system('head -c 300000 /dev/zero | tr \"\\\\0\" x'); time.sleep(1); print('end')",
    "a thread prints": "import threading\nt = threading.Thread(target=print, args=('thread',)); t.start(); t.join()",
    "a forked child prints": "if (pid := os.fork()) == 0:\n    print('child'); os._exit(0)\nos.waitpid(pid, 0)[1]",
    "shell command": "get_ipython().system('echo shell')",
    "shell command with a value": "get_ipython().getoutput('echo shell {1 + 1}')",
    "script magic": "get_ipython().run_cell_magic('bash', '', 'echo bash; echo err >&2')",
    "help": "get_ipython().run_line_magic('pinfo', 'os.getcwd')",
    "capture": "get_ipython().run_cell_magic('capture', 'got', 'print(5)')\ngot.stdout",
    "display": "from IPython.display import *\ndisplay(HTML('<b>x</b>'), Markdown('*y*'), {'a': 1})",
    "json": "display(JSON({'a': [1, None, 1.5]}), Latex('$x$'))",
    "bytes of an image": "Image(data=b'\\x89PNG\\r\\n\\x1a\\n', format='png', embed=True)",
    "update": "shown = display('first', display_id='one'); print('mid'); shown.update('second')",
    "update from another cell": "update_display('third', display_id='one')",
    "clear": "print('gone'); display('gone'); clear_output(); print('kept')",
    "clear later": "for i in range(3):\n    print(i); clear_output(wait=True)\nprint('end')",
    "rich value": "class R:\n    def _repr_html_(self): return '<i>r</i>'\n    def __repr__(self): return 'R()'\nR()",
    "top-level await": "import asyncio\nasync def f(n):\n    await asyncio.sleep(0.01); print('f', n); return n\nawait asyncio.gather(f(1), f(2))",
    "a loop runs": "try:\n    asyncio.run(c := f(3))\nexcept RuntimeError as error:\n    print(error); c.close()",
    "a task goes on": "task = asyncio.create_task(f(4))\nawait asyncio.sleep(0.05)\ntask.done()",
    "history": "In[4], Out[4], _, len(In) > 20, _i[:10]",
    "warning": "import warnings\nwarnings.warn('so')",
    "deprecation": "warnings.warn('old', DeprecationWarning)",
    "logging": "import logging\nlogging.warning('root'); logging.getLogger('x').error('x'); logging.info('no')",
    "traceback of a caught error": "import traceback\ntry:\n    1 / 0\nexcept ZeroDivisionError:\n    traceback.print_exc()",
    "shell's names": "type(get_ipython()).__name__, __name__, hasattr(get_ipython(), 'kernel'), 'IPKernelApp' in get_ipython().config",
    "streams": "sys.stdout.isatty(), sys.stdout.encoding, sys.stdin.read(), sys.stdout.fileno() > 2",
    "arguments and path": "sys.argv[1::2], os.path.basename(sys.argv[0]), '' in sys.path, os.getcwd() == str(Path('.').resolve())",
    "variables": "[os.environ[k] for k in ('TERM', 'CLICOLOR', 'FORCE_COLOR', 'PAGER', 'GIT_PAGER', 'MPLBACKEND')]",
    "signals": "import signal\nsignal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGCHLD), os.getpgid(0) == os.getpid()",
    "what a cell shows before it fails": "print('a')\nraise SystemExit(0)",
}
BARE = {
    "modules that every kernel has": "[m in sys.modules for m in ('ipyk' + 'ernel.zmqshell', 'importlib.metadata', 'sqlite3')]"
}
FIGURES = {
    "figure": "import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.title('é')",
    "two figures": "plt.figure(figsize=(2, 1)); plt.plot([2, 1]); plt.figure(figsize=(1, 1)); plt.plot([0, 1]); plt.show(); print('x')",
    "no figure is left": "plt.get_fignums()",
    "frame": "import numpy as np, pandas as pd\npd.DataFrame(np.arange(60).reshape(2, 30), columns=list(range(30)))",
    "options": "pd.get_option('display.max_columns'), pd.get_option('display.width'), plt.rcParams['figure.dpi']",
    "encoding": "pd.get_option('display.encoding')",
    "categories": "print(pd.Series(['a', 'b'], dtype='category'))",
}


def shown(root: Path, name: str) -> list[list[dict[str, Any]]]:
    """Outputs with streams joined, and without what differs from run to run: processes' numbers, how text was cut."""
    found = []
    for outputs in read_outputs(root / "products" / f"{name}.ipynb"):
        row: list[dict[str, Any]] = []
        for output in json.loads(re.sub(r"ipykernel_\d+/\d+", "cell", json.dumps(outputs))):
            if "text" in output:
                output["text"] = "".join(output["text"])
            if row and "text" in output and row[-1].get("name") == output["name"]:
                row[-1]["text"] += output["text"]
            else:
                row.append(output)
        found.append(row)
    return found


@pytest.mark.parametrize(("name", "cells"), [("cells", CELLS), ("bare", BARE), ("figures", FIGURES)])
def test_a_stage_shows_what_a_kernel_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, cells: Mapping[str, str]
) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # a kernel of tests does not watch descriptors
    root = write_project(tmp_path / "p", {name: Stage(list(cells.values()), data=False)})
    report = run_project(root)
    assert states(report) == {name: "ran"}, report
    assert stage_of(report, name).notes == ()
    ours = shown(root, name)
    assert states(run_project(root, kernel=True, force=True)) == {name: "ran"}
    kernels = shown(root, name)
    assert len(ours) == len(kernels) == len(cells) + 3
    for title, mine, theirs in zip(cells, ours[3:], kernels[3:], strict=True):
        assert mine == theirs, title


def test_the_notebook_has_the_form_that_papermill_gives_it(tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    root = write_project(tmp_path / "p", {"a": Stage(["1", "# only a comment", ""], data=False)})
    path = root / "products" / "a.ipynb"
    run_project(root)
    ours = json.loads(path.read_text())
    nbformat.validate(nbformat.from_dict(ours))
    assert path.read_text() == nbformat.writes(nbformat.from_dict(ours)) + "\n"
    run_project(root, kernel=True, force=True)
    kernels = json.loads(path.read_text())
    assert _form(ours) == _form(kernels)
    assert ours["metadata"].keys() == kernels["metadata"].keys()
    assert ours["metadata"]["language_info"] == kernels["metadata"]["language_info"]
    assert ours["metadata"]["kernelspec"] == kernels["metadata"]["kernelspec"]
    papermills = {
        k: v for k, v in kernels["metadata"]["papermill"].items() if k not in ("start_time", "end_time", "duration")
    }
    assert papermills.items() <= ours["metadata"]["papermill"].items()


def _form(document: Mapping[str, Any]) -> list[Any]:
    """Cells without what differs from run to run."""
    rows = []
    for cell in document["cells"]:
        notes = cell["metadata"]["papermill"]
        kept = {k: cell[k] for k in ("cell_type", "source") if k in cell} | {"count": cell.get("execution_count")}
        timing = sorted(cell["metadata"].get("execution", {}))
        rows.append(
            (kept, notes["status"], notes["exception"], sorted(notes), timing, sorted(cell), cell["metadata"]["tags"])
        )
    return rows


def test_files_that_are_left_open_are_written_and_exit_functions_run(tmp_path: Path) -> None:
    cells = [
        "import atexit\natexit.register(lambda: Path('ended.txt').write_text('yes'))",
        "left = open('left.txt', 'w')\nleft.write('text');",
    ]
    root = write_project(tmp_path / "p", {"a": Stage(cells, data=False), "b": Stage(cells[:1], data=False)})
    assert states(run_project(root, jobs=1)) == {"a": "ran", "b": "ran"}
    assert (root / "left.txt").read_text() == "text"
    assert (root / "ended.txt").read_text() == "yes"


def test_stages_do_not_see_each_other(tmp_path: Path) -> None:
    stages = {
        "a": Stage(["import json, os\njson.mark = 1\nos.environ['MARK'] = '1'\nleft = 1", write_text("1")]),
        "b": Stage(
            ["import json, os", write_text("(hasattr(json, 'mark'), os.environ.get('MARK'), 'left' in globals())")],
            ["a"],
        ),
    }
    root = write_project(tmp_path / "p", stages)
    run_project(root)
    assert (root / "products" / "b.txt").read_text() == "(False, None, False)"


def test_random_numbers_are_not_the_same_in_each_stage(tmp_path: Path) -> None:
    draw = "import random, numpy"
    stage = Stage([draw, write_text("(random.random(), numpy.random.rand())")])
    root = write_project(tmp_path / "p", {"a": stage, "b": stage})
    run_project(root)
    drawn = [eval((root / "products" / f"{n}.txt").read_text(), {"np": __import__("numpy")}) for n in "ab"]
    assert drawn[0][0] != drawn[1][0]
    assert drawn[0][1] != drawn[1][1]


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("def ask():\n    return input('name')", "input"),
        ("import getpass", "getpass"),
        ("def bye():\n    exit()", "exit"),
        ("kernel = get_ipython().kernel", "get_ipython().kernel"),
        ("%pdb off", "%pdb"),
    ],
)
def test_a_stage_that_needs_a_kernel_gets_one_and_says_so(tmp_path: Path, cell: str, why: str) -> None:
    root = write_project(tmp_path / "p", {"a": Stage([cell, write_text("type(get_ipython()).__module__")])})
    report = run_project(root)
    assert stage_of(report, "a").notes == (f"runs in a real kernel, because of {why}",)
    assert stage_of(report, "a").state is State.RAN
    assert (root / "products" / "a.txt").read_text() == "ipykernel.zmqshell"


@pytest.mark.parametrize("kernel", [False, True])
def test_a_magic_that_is_not_there_fails_the_stage(tmp_path: Path, kernel: bool) -> None:
    """The shell shows a line on stderr and no error."""
    cells = ["get_ipython().run_cell_magic('nosuch', '', 'x')", write_text("'not reached'")]
    root = write_project(tmp_path / "p", {"a": Stage(cells, data=False)})
    report = run_project(root, kernel=kernel)
    assert states(report) == {"a": "failed"}
    failure = stage_of(report, "a").result
    assert failure is not None
    assert failure.exception == "UsageError"
    assert "`%%nosuch` not found" in failure.message
    assert failure.place.cell == 4
    assert not (root / "products" / "a.ipynb").exists()


def test_startup_files_of_ipython_are_run_by_a_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("mark = 'from the start'")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    root = write_project(tmp_path / "p", {"a": Stage([write_text("mark")])})
    report = run_project(root)
    assert "00.py" in stage_of(report, "a").notes[0]
    assert (root / "products" / "a.txt").read_text() == "from the start"
