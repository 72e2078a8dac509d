"""Starts JupyterLab on a folder, with a notebook open and the pipeline's panel beside it.

usage: python demo.py FOLDER NOTEBOOK PORT [OPTION …]
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from jupyterlab_server.workspaces_handler import WorkspacesManager


def main() -> None:
    """Writes a workspace that shows both, and becomes JupyterLab."""
    folder, notebook, port = Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3]
    workspaces = folder.with_name(f"{folder.name}-workspaces")
    workspaces.mkdir(exist_ok=True)
    name = f"notebook:{notebook}"
    layout = {
        "main": {"dock": {"type": "tab-area", "currentIndex": 0, "widgets": [name]}, "current": name},
        "left": {"collapsed": True, "visible": True, "widgets": []},
        "right": {"collapsed": False, "visible": True, "current": "nb2pipe-panel", "widgets": ["nb2pipe-panel"]},
        "relativeSizes": [0, 0.7, 0.3],
    }
    data = {"layout-restorer:data": layout, name: {"data": {"path": notebook, "factory": "Notebook"}}}
    manager = WorkspacesManager(str(workspaces))
    manager.save("pipeline", json.dumps({"data": data, "metadata": {"id": "pipeline"}}))
    os.environ["JUPYTERLAB_WORKSPACES_DIR"] = str(workspaces)
    options = [f"--port={port}", f"--ServerApp.root_dir={folder}", "--LabApp.default_url=/lab/workspaces/pipeline"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--allow-root")  # in a container
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", *options, *sys.argv[4:]])


if __name__ == "__main__":
    main()
