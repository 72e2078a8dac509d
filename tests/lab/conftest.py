"""A Jupyter server with nb2pipe's routes, and a folder with an example in it.

These tests need pytest-jupyter, which `make test-lab` installs beside JupyterLab, apart from Ploomber; elsewhere they are
not collected.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

if importlib.util.find_spec("pytest_jupyter"):
    from pytest_jupyter.jupyter_server import *  # noqa: F403  # fixtures; a plugin can be named in the top folder only
else:
    collect_ignore_glob = ["test_*.py"]

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def jp_server_config() -> dict[str, Any]:
    return {"ServerApp": {"jpserver_extensions": {"nb2pipe.lab": True}}}


@pytest.fixture
def churn(jp_root_dir: Path) -> str:
    """The example in the server's root; gives its path as the front end calls it."""
    shutil.copytree(REPOSITORY / "example_notebooks" / "churn", jp_root_dir / "work" / "churn")
    return "work/churn/churn.ipynb"


@pytest.fixture
def churn_document(churn: str, jp_root_dir: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((jp_root_dir / churn).read_text(encoding="utf-8"))
    for cell in document["cells"]:
        cell["source"] = "".join(cell["source"])
    return document
