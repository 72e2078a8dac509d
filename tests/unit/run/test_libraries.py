"""Libraries that are loaded ahead change nothing that a stage can see."""

from __future__ import annotations

from pathlib import Path

import pytest

from nb2pipe.run import preload
from nb2pipe.run.model import Project
from nb2pipe.run.spec import read_project
from nb2pipe.run.stage_source import Cell, StageSource
from tests.unit.run.projects import Stage, read_outputs, run_project, states, write_project, write_text

PROJECT = Project(Path("nowhere"), {}, {})


def source(*cells: str) -> StageSource:
    return StageSource(tuple(Cell("code", c, {}) for c in cells), {})


def test_filters_of_warnings_come_when_a_library_is_imported(tmp_path: Path) -> None:
    cells = [
        "import warnings\nwarnings.filterwarnings('ignore')",
        "import sys; before = [m in sys.modules for m in ('numpy', 'sklearn')]",
        "import numpy as np\nnp.polyfit([1, 1], [1, 2], 1);",
        "import sklearn.linear_model\nprint(before, 'sklearn' in sys.modules)",
        "import pickle\nprint(pickle.loads(pickle.dumps(np.arange(3))), type(np.arange(2)).__module__)",
    ]
    stages = {"loads": Stage(["import sklearn.linear_model"], data=False), "a": Stage(cells, data=False)}
    root = write_project(tmp_path / "p", stages)
    assert states(run_project(root, jobs=1)) == {"loads": "ran", "a": "ran"}
    ours = read_outputs(root / "products" / "a.ipynb")[3:]
    assert "RankWarning" in "".join(ours[2][0]["text"])  # numpy's own filter is younger than the notebook's
    assert "".join(ours[3][0]["text"]) == "[False, False] True\n"
    run_project(root, kernel=True, force=True, stages=("a",))
    kernels = read_outputs(root / "products" / "a.ipynb")[3:]
    assert [[o.get("text") for o in c][1:] for c in ours] == [[o.get("text") for o in c][1:] for c in kernels]


def test_what_a_library_says_when_it_is_imported_is_shown(tmp_path: Path) -> None:
    pytest.importorskip("tqdm")
    cells = ["import numpy, tqdm.auto", write_text("tqdm.auto.tqdm.__module__")]  # it misses ipywidgets, and says so
    root = write_project(tmp_path / "p", {"a": Stage(cells), "b": Stage(cells)})
    assert states(run_project(root, jobs=2)) == {"a": "ran", "b": "ran"}
    for name in "ab":
        ours = [[(o["name"], o["text"]) for o in c] for c in read_outputs(root / "products" / f"{name}.ipynb")[3:4]]
        run_project(root, kernel=True, force=True, stages=(name,))
        kernels = [[(o["name"], o["text"]) for o in c] for c in read_outputs(root / "products" / f"{name}.ipynb")[3:4]]
        assert ours == kernels


def test_a_module_of_the_project_hides_a_library_of_the_same_name(tmp_path: Path) -> None:
    root = write_project(tmp_path / "p", {"a": Stage(["import numpy", write_text("numpy.mine")])})
    (root / "numpy.py").write_text("mine = 'own'")
    assert preload.modules_to_load(["numpy"], read_project(root, {})) == ["cloudpickle"]


@pytest.mark.parametrize(
    "code",
    [
        "import os\nos.environ['OMP_NUM_THREADS'] = '1'\nimport numpy",
        "os.environ.update(A='1')",
        "%env A=1",
        "import sys\n'pandas' in sys.modules",
        "import importlib",
        "import matplotlib\nmatplotlib.use('svg')",
        "import sklearn\nsklearn.tree.DecisionTreeClassifier()",
        "import statsmodels as sm\nsm.api.OLS",
        "import random\nrandom.seed(0)\nfrom sklearn.tree import DecisionTreeClassifier",
        "artifacts.restore_random_state(upstream['a']['data'], 'random')\nimport lightgbm",
    ],
)
def test_a_stage_that_could_see_loaded_libraries_starts_without(code: str) -> None:
    assert preload.must_be_bare(source(code), [], preload.imported_modules([code]), PROJECT)


@pytest.mark.parametrize(
    "code",
    [
        "import os\nos.environ.get('A')\nos.environ['A'] == '1'",
        "import pandas as pd\npd.plotting.scatter_matrix",
        "import sklearn.tree\nimport sklearn\nsklearn.tree.DecisionTreeClassifier()",
        "import scipy\nscipy.stats.norm",
        "from sklearn import tree",
        "import numpy as np\nnp.random.seed(0)\nfrom sklearn import tree",
        "import random\nrandom.seed(0)\nimport pandas",
        "environment = 1",
    ],
)
def test_others_start_with_them(code: str) -> None:
    assert not preload.must_be_bare(source(code), [], preload.imported_modules([code]), PROJECT)


@pytest.mark.parametrize(
    "code",
    [
        "sys.exit(0)",
        "self.input(3)",
        "df.exit()",
        "inputs = 1",
        "%matplotlib inline",
        "%runs",
        "kernel='rbf'",
        "# nothing",
        "x.kernel",
    ],
)
def test_no_kernel_is_needed_for(code: str) -> None:
    assert preload.needs_kernel(source(code), []) == ""
