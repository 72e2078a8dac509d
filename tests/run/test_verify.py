"""`nb2pipe verify`: runs notebooks and projects for real."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from tests.conftest import Completed

Cli = Callable[..., Completed]
Cells = list[tuple[str, str]]

#: Two classes, a draw, a file, what nobody can repeat: one notebook for most of what verify looks at.
SHOP: Cells = [
    ("imports", "import dataclasses\nimport json\nimport os\nimport random"),
    (
        "functions",
        "@dataclasses.dataclass\nclass Item:\n    price: float\n\n    def gross(self):\n        return self.price * 2",
    ),
    (
        "stage:make",
        "random.seed(1)\nitems = [Item(random.random()) for _ in range(3)]\nfirst = items[0]\nprint(len(items))",
    ),
    ("stage:make", "limit = 40\nticket = os.urandom(8).hex()"),
    ("stage:use", "first.price += limit\nprint(random.random(), ticket)\nitems"),
    (
        "stage:use",
        "total = sum(i.gross() for i in items)\nwith open('total.json', 'w') as f:\n    json.dump({'total': total}, f)",
    ),
    ("stage:tell", "print(total, type(items[0]).__name__)"),
]


#: What belongs to its process: loggers, open figures, results, files, locks, a database, an array that is a file.
PROCESS: Cells = [
    (
        "imports",
        "import logging\nimport sqlite3\nimport sys\nimport threading\n\nimport matplotlib\nimport numpy as np\n\n"
        'matplotlib.use("Agg")\nimport matplotlib.pyplot as plt',
    ),
    (
        "functions",
        "class Compact(logging.Formatter):\n    def format(self, record):\n        return f'{record.levelname[0]} {record.getMessage()}'",
    ),
    (
        "stage:start",
        "log = logging.getLogger('sales')\nhandler = logging.StreamHandler(sys.stdout)\nhandler.setFormatter(Compact())\n"
        "log.addHandler(handler)\nlog.addHandler(logging.FileHandler('sales.log', mode='w'))\nlog.setLevel('INFO')\n"
        "log.propagate = False\nlog.info('started')",
    ),
    (
        "stage:load",
        "np.save('sales.npy', np.arange(12.0))\nmapped = np.load('sales.npy', mmap_mode='r')\ntail = mapped[6:]\n"
        "lock = threading.Lock()\nbase = sqlite3.connect(':memory:')\nbase.execute('create table t(a)')\n"
        "base.execute('insert into t values (3)')\nbase.commit()\nlines = open('sales.txt', 'w+')\nlines.write('one two')\nlines.seek(4)",
    ),
    ("stage:plot", "plt.figure(3, figsize=(2, 1))\nplt.plot(tail)\n{'mean': float(mapped.mean())}"),
    (
        "stage:finish",
        "handler.setLevel('WARNING')\nplt.title('Sales')\nlog.info('hidden')\nlog.warning('%s', _['mean'])\nprint(lines.read())",
    ),
    (
        "stage:report",
        "print(open('sales.log').read(), plt.gca().get_title(), plt.get_fignums(), log.handlers[0] is handler)\n"
        "print(In[2][:5], lock.locked(), base.execute('select a from t').fetchall(), float(tail.sum()), lines.tell())",
    ),
]


def write_notebook(folder: Path, cells: Cells) -> Path:
    node = nbformat.v4.new_notebook()
    node.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for tag, source in cells:
        cell = nbformat.v4.new_code_cell(source)
        cell.metadata["tags"] = tag.split()
        node.cells.append(cell)
    folder.mkdir(exist_ok=True)
    nbformat.write(node, folder / "shop.ipynb")
    return folder / "shop.ipynb"


def verify(folder: Path, run_cli: Cli, cells: Cells, *options: str) -> Completed:
    """Converts a notebook of these cells to `project`, and verifies it."""
    write_notebook(folder, cells)
    converted = run_cli("convert", "shop.ipynb", "-o", "project", cwd=folder)
    assert converted.returncode == 0, converted.stderr
    return run_cli("verify", "shop.ipynb", "project", *options, cwd=folder)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, run_cli: Cli) -> Path:
    """A folder with the notebook and its project, and what `convert --verify --json` said."""
    folder = tmp_path_factory.mktemp("shop")
    write_notebook(folder, SHOP)
    done = run_cli("convert", "shop.ipynb", "-o", "project", "--verify", "--json", cwd=folder)
    (folder / "converted.json").write_text(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_an_example_is_the_same(copy_example: Callable[[str], Path], run_cli: Cli) -> None:
    notebook = copy_example("recommender")
    assert run_cli("convert", notebook, "-o", "project", cwd=notebook.parent).returncode == 0
    before = {p: p.stat().st_mtime_ns for p in notebook.parent.rglob("*")}
    done = run_cli("verify", notebook, "project", "--html", "page.html", cwd=notebook.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("Same: ")
    page = notebook.parent / "page.html"
    after = {p: p.stat().st_mtime_ns for p in notebook.parent.rglob("*") if p != page}
    assert {p: t for p, t in after.items() if p.is_file()} == {p: t for p, t in before.items() if p.is_file()}
    text = page.read_text()
    assert all(part in text for part in ("Content-Security-Policy", "<table", "data:image/png;base64,", 'lang="en"'))
    assert "http" not in text.replace("http-equiv", "")
    assert "<folder>/products/" in html.unescape(text), "where it ran is of no interest"
    assert "nb2pipe-" not in text


def test_what_the_notebook_does_not_repeat_is_not_counted(shop: Path) -> None:
    report = json.loads((shop / "converted.json").read_text())["verification"]
    assert (report["verdict"], report["exit_code"], report["runs"], report["first"]) == ("same", 0, 2, None)
    findings = [f for stage in report["stages"] for f in stage["findings"]]
    assert {(f["verdict"], f["kind"], f["name"]) for f in findings} == {
        ("nondeterministic", "value", "ticket"),
        ("nondeterministic", "output", "text"),
    }
    stages = {stage["name"]: stage for stage in report["stages"]}
    assert stages["use"]["files"]["same"] == 1
    assert stages["make"]["values"]["same"] >= 3


@pytest.mark.parametrize("runner", ["ploomber", "nb2pipe"])
def test_a_changed_constant_is_found(shop: Path, run_cli: Cli, runner: str) -> None:
    module = shop / "project" / "src" / "shop" / "make.py"
    text = module.read_text()
    assert "limit = 40" in text
    module.write_text(text.replace("limit = 40", "limit = 41"))
    try:
        done = run_cli("verify", "shop.ipynb", "project", "--quick", "--json", "--runner", runner, cwd=shop)
    finally:
        module.write_text(text)
    assert done.returncode == 1, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert (report["verdict"], report["runs"]) == ("different", 1)
    first = report["first"]
    assert (first["stage"], first["name"], first["notebook"], first["pipeline"]) == ("make", "limit", "40", "41")
    assert (first["cell"], first["line"]) == (4, 1)
    files = [f for stage in report["stages"] for f in stage["findings"] if f["kind"] == "file"]
    assert [(f["name"], f["path"]) for f in files] == [("total.json", "['total']")]


@pytest.mark.parametrize("runner", ["ploomber", "nb2pipe"])
def test_a_pipeline_that_fails_cannot_be_compared(shop: Path, run_cli: Cli, runner: str) -> None:
    module = shop / "project" / "src" / "shop" / "make.py"
    text = module.read_text()
    module.write_text(text.replace("limit = 40", "limit = int('forty')"))
    try:
        done = run_cli("verify", "shop.ipynb", "project", "--runner", runner, cwd=shop)
    finally:
        module.write_text(text)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "the pipeline fails in stage make: ValueError: invalid literal" in done.stderr
    assert "src/shop/make.py" in done.stderr


def test_its_own_runner_is_the_same_too(shop: Path, run_cli: Cli) -> None:
    done = run_cli("verify", "shop.ipynb", "project", "--json", "--runner", "nb2pipe", cwd=shop)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["verdict"] == "same"
    assert {stage["name"] for stage in report["stages"]} == {"make", "use", "tell"}


@pytest.mark.parametrize("runner", ["nb2pipe", pytest.param("ploomber", marks=pytest.mark.nightly)])
def test_what_belongs_to_the_process_is_the_same(tmp_path: Path, run_cli: Cli, runner: str) -> None:
    done = verify(tmp_path, run_cli, PROCESS, "--runner", runner, "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["verdict"]) == (0, "same"), done.stdout[-3000:]
    assert {stage["name"]: stage["values"]["same"] for stage in report["stages"]}["load"] >= 7


def test_time_that_two_runs_show_alike_is_not_counted(tmp_path: Path, run_cli: Cli) -> None:
    cells = [
        ("stage:start", "import time\n\nstart = time.time()"),
        (
            "stage:tell",
            "from time import time as now\n\ntook = round(now() - start)\nprint('took', took, 's')\nprint('done')",
        ),
        ("stage:end", "print(took >= 0)"),
    ]
    done = verify(tmp_path, run_cli, cells, "--runner", "ploomber", "--json")
    report = json.loads(done.stdout)
    findings = [(f["verdict"], f["kind"], f["name"]) for stage in report["stages"] for f in stage["findings"]]
    unsteady = [
        ("nondeterministic", "value", "start"),
        ("nondeterministic", "output", "text"),
        ("nondeterministic", "value", "took"),
    ]
    assert (done.returncode, sorted(findings)) == (0, sorted(unsteady)), done.stdout


def test_what_is_handed_over_beside_variables_is_the_same(tmp_path: Path, run_cli: Cli) -> None:
    """Settings of libraries, and a builtin that was hidden for a while."""
    cells = [
        (
            "stage:set",
            "import decimal\n\nid = 3\ntry:\n    1 / 0\nexcept ZeroDivisionError as id:\n    decimal.getcontext().prec = 5",
        ),
        ("stage:use", "print(decimal.Decimal(1) / 3, callable(id))"),
    ]
    done = verify(tmp_path, run_cli, cells, "--quick", "--runner", "nb2pipe")
    assert done.returncode == 0, done.stdout
    assert "process-wide settings that stages hand over are seen in what they show only: set" in done.stdout


@pytest.mark.parametrize("runner", ["nb2pipe", "ploomber"])
def test_a_cell_that_may_fail_does_not_fail_its_stage(tmp_path: Path, run_cli: Cli, runner: str) -> None:
    cells = [
        ("stage:a", "xs = []\nxs"),
        ("stage:use raises-exception", "for i in range(5):\n    xs.append(10 // (2 - i))"),
        ("stage:use", "try:\n    {}['k']\nexcept KeyError as error:\n    print(xs, _)"),
        ("stage:tell", "print(xs, len(In), In[2][:7], _1)"),
    ]
    done = verify(tmp_path, run_cli, cells, "--quick", "--json", "--runner", runner)
    report = json.loads(done.stdout)
    assert (done.returncode, report["verdict"]) == (0, "same"), done.stdout
    assert {stage["name"]: stage["outputs"]["same"] for stage in report["stages"]} == {"a": 1, "use": 2, "tell": 1}
    stage = next((tmp_path / "project").rglob("use.py"))
    stage.write_text(stage.read_text().replace("10 //", "10 %"))
    done = run_cli("verify", "shop.ipynb", "project", "--quick", "--json", "--runner", runner, cwd=tmp_path)
    findings = [f for stage in json.loads(done.stdout)["stages"] for f in stage["findings"]]
    errors = [(f["notebook"], f["pipeline"]) for f in findings if f["name"] == "error"]
    assert errors == [
        ("ZeroDivisionError: integer division or modulo by zero", "ZeroDivisionError: integer modulo by zero")
    ]


@pytest.mark.parametrize("runner", ["nb2pipe", pytest.param("ploomber", marks=pytest.mark.nightly)])
def test_a_figure_of_an_earlier_stage_is_shown_as_a_picture(tmp_path: Path, run_cli: Cli, runner: str) -> None:
    cells = [
        ("stage:a", "import matplotlib.pyplot as plt\n\nfig, axes = plt.subplots(1, 2)"),
        ("stage:b", "axes[0].plot([1, 2])\nprint(len(axes))"),
        ("stage:c", "fig"),
    ]
    done = verify(tmp_path, run_cli, cells, "--quick", "--runner", runner)
    assert done.returncode == 0, done.stdout


def test_a_notebook_that_fails_is_told_as_such(tmp_path: Path, run_cli: Cli) -> None:
    notebook = write_notebook(tmp_path, [("stage:a", "x = 1"), ("stage:b", "y = x\nprint({}['key'])")])
    assert run_cli("convert", notebook, "-o", "project", cwd=tmp_path).returncode == 0
    done = run_cli("verify", notebook, "project", "--json", cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    failure = json.loads(done.stdout)["failure"]
    assert (failure["where"], failure["stage"], failure["cell"], failure["line"]) == ("notebook", "b", 2, 2)
    assert failure["exception"] == "KeyError"


def test_a_project_of_another_kind_is_refused(tmp_path: Path, run_cli: Cli) -> None:
    notebook = write_notebook(tmp_path, [("stage:a", "x = 1"), ("stage:b", "print(x)")])
    done = run_cli("verify", notebook, tmp_path / "nothing", cwd=tmp_path)
    assert done.returncode == 2
    assert "is not a project that nb2pipe wrote" in done.stderr
    assert "nb2pipe convert" in done.stderr


def test_classes_are_as_they_were_and_found_where_the_notebook_looks(tmp_path: Path, run_cli: Cli) -> None:
    folder = tmp_path / "work" / "notebooks"
    (tmp_path / "work" / "shapes").mkdir(parents=True)
    (tmp_path / "work" / "shapes" / "square.py").write_text(
        "class Square:\n    def __init__(self, side):\n        self.side = side\n"
    )
    cells: Cells = [
        ("stage:make", "import sys\nsys.path.append('../shapes')\nfrom square import Square\nsquare = Square(2)"),
        ("stage:make", "class Circle:\n    pass\n\ncircle = Circle()\ncircle.radius = 1"),
        ("stage:show", "print(square.side, [name for name in dir(circle) if 'slot' in name])\nsquare.side = 3"),
        ("stage:end", "print(square.side, dir(Circle) == dir(circle)[:-1])"),
    ]
    done = verify(folder, run_cli, cells, "--quick", "--runner", "nb2pipe")
    assert done.returncode == 0, done.stdout + done.stderr
