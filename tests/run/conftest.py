"""Example projects that Ploomber has built, once for all tests that look at them."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import EXAMPLES, Completed


@dataclass(frozen=True)
class Built:
    """An example that was converted and built.

    Attributes:
        project: The project, with its products.
        said: What Ploomber said.
        without_nb2pipe: A folder for PYTHONPATH in which importing nb2pipe fails: what is emitted must run without it.
    """

    project: Path
    said: str
    without_nb2pipe: Path


@pytest.fixture(scope="session")
def build_example(
    tmp_path_factory: pytest.TempPathFactory, run_cli: Callable[..., Completed], run_command: Callable[..., Completed]
) -> Callable[[str, str], Built]:
    """Converts an example in a style and builds it with Ploomber, where nb2pipe cannot be imported."""

    @functools.cache
    def build(name: str, style: str) -> Built:
        folder = tmp_path_factory.mktemp(f"{name}-{style}")
        blocked = folder / "without" / "nb2pipe"
        blocked.mkdir(parents=True)
        (blocked / "__init__.py").write_text("raise ImportError('the emitted project imports nb2pipe')\n")
        shutil.copytree(EXAMPLES / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        arguments = ("convert", f"{name}/{name}.ipynb", "-o", "project", "--style", style)
        converted = run_cli(*arguments, cwd=folder)
        assert converted.returncode == 0, converted.stdout + converted.stderr
        built = run_command("ploomber", "build", cwd=folder / "project", PYTHONPATH=str(blocked.parent))
        assert built.returncode == 0, (built.stdout + built.stderr)[-6000:]
        return Built(folder / "project", built.stdout, blocked.parent)

    return build
