"""Libraries that draw from a process-wide generator when they are imported: once, and where the notebook imports them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY, Completed
from tests.run.test_verify import Cells, write_notebook

#: Where a library that draws is installed for these tests.
_DRAWING = "import random\n\nimport numpy\n\nDRAWN = random.random(), numpy.random.random()\n\n\ndef double(x):\n    return 2 * x\n"
_SEEDS = ("stage:a", "import random\nimport numpy as np\nrandom.seed(0)\nnp.random.seed(0)")
_SHOWS = "print(random.random(), np.random.random())"

NOTEBOOKS: dict[str, Cells] = {
    "first in the middle": [
        _SEEDS,
        ("stage:b", "from drawing import double\nx = double(2)"),
        ("stage:c", f"{_SHOWS}\nprint(x)"),
        ("stage:d", f"from drawing import double\nprint(double(x))\n{_SHOWS}"),
    ],
    "named by nobody": [_SEEDS, ("stage:a", "import drawing"), ("stage:b", _SHOWS)],
    "before the seed": [
        ("stage:a", "import drawing\nprint(drawing.double(2))"),
        _SEEDS,
        ("stage:b", f"from drawing import double\n{_SHOWS}\nprint(double(1))"),
    ],
    "again, after another seed": [
        _SEEDS,
        ("stage:a", f"import drawing\nx = drawing.double(1)\n{_SHOWS}"),
        ("stage:b", f"random.seed(1)\nfrom drawing import double\n{_SHOWS}\nprint(double(x))"),
    ],
    "in a function": [
        ("stage:a", "def double(x):\n    import drawing\n    return drawing.double(x)"),
        _SEEDS,
        ("stage:b", f"print(double(2))\n{_SHOWS}"),
        ("stage:c", f"print(double(3))\n{_SHOWS}"),
    ],
    "in a function of the notebook that is used later": [
        _SEEDS,
        ("stage:a", "from drawing import double\ndef fourfold(x):\n    return double(double(x))"),
        ("stage:b", f"x = fourfold(2)\n{_SHOWS}"),
        ("stage:c", f"print(fourfold(x))\n{_SHOWS}"),
    ],
    "by a module beside the notebook": [
        _SEEDS,
        ("stage:b", "import beside\nprint(beside.fourfold(2))"),
        ("stage:c", f"print(beside.fourfold(3))\n{_SHOWS}"),
    ],
    "by a module beside the notebook itself": [
        _SEEDS,
        ("stage:b", "import own\nprint(own.DRAWN)"),
        ("stage:c", f"print(own.DRAWN)\n{_SHOWS}"),
    ],
    "where all stages start": [
        (
            "imports",
            "import random\nimport numpy as np\nrandom.seed(0)\nfrom sklearn.tree import DecisionTreeRegressor",
        ),
        ("stage:a", "print(DecisionTreeRegressor())\nprint(random.random())"),
        ("stage:b", "print(DecisionTreeRegressor())\nprint(random.random())"),
    ],
    "by scikit-learn": [
        _SEEDS,
        (
            "stage:b",
            "from sklearn import linear_model\nm = linear_model.LinearRegression().fit([[0], [1]], [0, 1])",
        ),
        ("stage:c", f"{_SHOWS}\nprint(m.coef_)"),
        ("stage:d", f"from sklearn.tree import DecisionTreeRegressor as Tree\nprint(Tree())\n{_SHOWS}"),
    ],
}


#: Those that are run always; the others, and these with the other style, in the nightly profile.
_ALWAYS = {
    "first in the middle": "notebook",
    "again, after another seed": "notebook",
    "in a function": "function",
    "by a module beside the notebook": "function",
    "by a module beside the notebook itself": "function",
    "where all stages start": "function",
    "by scikit-learn": "function",
}


@pytest.mark.parametrize(
    ("name", "style"),
    [
        pytest.param(name, style, marks=() if _ALWAYS.get(name) == style else pytest.mark.nightly)
        for name in NOTEBOOKS
        for style in ("function", "notebook")
    ],
)
def test_what_an_import_draws_is_drawn_once(
    tmp_path: Path, run_command: Callable[..., Completed], name: str, style: str
) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "drawing.py").write_text(_DRAWING)
    folder = write_notebook(tmp_path / "nb", NOTEBOOKS[name]).parent
    (folder / "beside.py").write_text(
        "from drawing import double\n\n\ndef fourfold(x):\n    return double(double(x))\n"
    )
    (folder / "own.py").write_text("import random\n\nDRAWN = random.random()\n")
    start = "import sys; sys.argv[0] = 'nb2pipe'; from nb2pipe.cli import main; sys.exit(main())"
    words = (
        ("convert", "shop.ipynb", "-o", "p", "--style", style),
        ("verify", "shop.ipynb", "p", "--runner", "nb2pipe", "--json", "--quick"),
    )
    for arguments in words:
        command = [sys.executable, "-P", "-c", start, *arguments]
        done = run_command(*command, cwd=folder, timeout=300, PYTHONPATH=f"{REPOSITORY}:{tmp_path / 'lib'}")
        assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["verdict"] == "same"
