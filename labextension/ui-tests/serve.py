"""Starts JupyterLab for the tests in the browser: a root folder, settings and workspaces of its own, all thrown away.

usage: python serve.py PORT ROOT
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parents[1] / "example_notebooks"
#: Settings that keep JupyterLab from asking the network for news.
QUIET = {"fetchNews": "false", "checkForUpdates": False}


def notebook(*cells: tuple[str, list[str]]) -> str:
    """A notebook of code cells: (source, tags)."""
    rows = [
        {
            "cell_type": "code",
            "id": f"cell-{n}",
            "source": source,
            "metadata": {"tags": tags} if tags else {},
            "outputs": [],
            "execution_count": None,
        }
        for n, (source, tags) in enumerate(cells)
    ]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return json.dumps({"cells": rows, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5})


def fifty_stages() -> str:
    """Fifty stages, each reading from one to three of those before it."""
    cells = [("x0 = 1", ["stage:s00_start"])]
    for n in range(1, 50):
        reads = sorted({n // 2, max(0, n - 1 - n % 7), n - 1} if n % 5 else {n // 2})
        cells.append(
            (
                f"x{n} = " + " + ".join(f"x{r}" for r in reads),
                [f"stage:s{n:02}_{['clean', 'fit', 'plot', 'score'][n % 4]}"],
            )
        )
    return notebook(*cells)


def fill(root: Path) -> None:
    """The notebooks that the tests open, one or more for each."""
    shutil.copytree(EXAMPLES / "churn", root / "churn")
    shutil.copytree(EXAMPLES / "ridge_diabetes", root / "ridge")
    untagged = json.loads((EXAMPLES / "churn" / "churn.ipynb").read_text(encoding="utf-8"))
    for cell in untagged["cells"]:
        cell["metadata"].pop("tags", None)
    shutil.copytree(EXAMPLES / "churn", root / "untagged")
    (root / "untagged" / "churn.ipynb").write_text(json.dumps(untagged), encoding="utf-8")
    files = {
        "tag.ipynb": notebook(("x = 1", []), ("y = x + 1", []), ("print(y)", [])),
        "misspelt.ipynb": notebook(
            ("n = 1", ["paramters"]), ("x = n", ["stage:load"]), ("print(x)", ["stage:show", "after:laod"])
        ),
        "order.ipynb": notebook(("print(total)", ["stage:report"]), ("total = 1 + 2", ["stage:add"])),
        "half_read.ipynb": notebook(
            ("import time", ["imports"]),
            ("stamps = (time.time() for _ in range(9))\nfirst = next(stamps)", ["stage:make"]),
            ("print(sum(1 for _ in stamps), time.timezone)", ["stage:use"]),
        ),
        "skip.ipynb": notebook(("x = 1", ["stage:a"]), ("x.bit_length()", []), ("print(x)", ["stage:b"])),
        "slow.ipynb": notebook(("import time\ntime.sleep(60)\nx = 1", ["stage:wait"]), ("print(x)", ["stage:show"])),
        "outside.ipynb": notebook(("x = 1", ["stage:a"]), ("print(x)", ["stage:b"])),
        "fifty.ipynb": fifty_stages(),
    }
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "secret.ipynb").write_text(files["tag.ipynb"], encoding="utf-8")
    (root / "link").symlink_to(outside)


def main() -> None:
    """Fills the root and becomes the server."""
    port, folder = sys.argv[1], Path(sys.argv[2]).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    root, settings = folder / "root", folder / "settings"
    root.mkdir(parents=True)
    fill(root)
    quiet = settings / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    quiet.parent.mkdir(parents=True)
    quiet.write_text(json.dumps(QUIET), encoding="utf-8")
    os.environ |= {
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "PLOOMBER_STATS_ENABLED": "false",
    }
    # --LabApp.expose_app_in_browser lets tests run commands and read the notebook's model.
    options = ["--no-browser", "--allow-root", "--LabApp.expose_app_in_browser=True", "--ServerApp.port_retries=0"]
    options += [f"--port={port}", "--IdentityProvider.token=ui-tests", f"--ServerApp.root_dir={root}"]
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", *options])


if __name__ == "__main__":
    main()
