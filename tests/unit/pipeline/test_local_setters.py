"""A function of a module beside the notebook that does nothing but change known settings is called in later stages, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from nb2pipe.convert import convert
from tests.property.judging import Cell, write_notebook

CELLS = [
    Cell(("stage:look",), "from looks import set_looks\nset_looks()\nx = 1.5"),
    Cell(("stage:show",), "import matplotlib.pyplot as plt\nprint(plt.rcParams['lines.linewidth'], x)"),
]
BODY = 'import matplotlib.pyplot as plt\nimport pandas as pd\nWIDTH = 7\n\n\ndef set_looks():\n    """Sets."""\n'


def write(folder: Path, body: str) -> Path:
    (folder / "looks.py").write_text(BODY + body, encoding="utf-8")
    write_notebook(CELLS, folder / "look.ipynb")
    return folder / "look.ipynb"


def test_it_is_called_again(tmp_path: Path) -> None:
    notebook = write(
        tmp_path, "    plt.rcParams['lines.linewidth'] = WIDTH\n    pd.set_option('display.precision', 2)\n"
    )
    done = convert(notebook, tmp_path / "project")
    text = (done.out / "stages/show.py").read_text(encoding="utf-8")
    assert "from looks import set_looks\n\nset_looks();\n" in text


@pytest.mark.parametrize("more", ["    print('set')\n", "    plt.rcParams['lines.markersize'] = float('9')\n"])
def test_one_that_does_more_is_not(more: str, tmp_path: Path) -> None:
    notebook = write(tmp_path, "    plt.rcParams['lines.linewidth'] = WIDTH\n" + more)
    done = convert(notebook, tmp_path / "project")
    text = (done.out / "stages/show.py").read_text(encoding="utf-8")
    assert "set_looks" not in text
    assert "artifacts.restore_settings(" in text
