"""The environments that are compared: each tool in one of its own, so that none slows another down."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]

#: Environment → what is installed in it. `plain` is what a user's JupyterLab has, `project` what runs a project.
PACKAGES = {
    "plain": [str(REPOSITORY)],
    "project": [f"{REPOSITORY}[ploomber,run,examples]"],
    "soorgeon": ["soorgeon==0.0.20"],
    "kale": ["kubeflow-kale==2.3.0"],
}


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment of Python."""

    name: str
    folder: Path

    def program(self, name: str) -> Path:
        """A program in it."""
        return self.folder / "bin" / name

    def version(self, package: str) -> str:
        """The version of a package in it."""
        code = f"from importlib.metadata import version; print(version({package!r}))"
        return subprocess.run(
            [self.program("python"), "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()


def make_environments(folder: Path, tell: Callable[[str], None]) -> dict[str, Environment]:
    """Makes those that are not there yet.

    Raises:
        subprocess.CalledProcessError: Something cannot be installed.
    """
    return {name: _make(Environment(name, folder / name), packages, tell) for name, packages in PACKAGES.items()}


def _make(environment: Environment, packages: list[str], tell: Callable[[str], None]) -> Environment:
    stamp = environment.folder / "installed.txt"
    wanted = "\n".join(packages) + _sources(packages)
    if stamp.exists() and stamp.read_text() == wanted:
        return environment
    tell(f"installing {', '.join(packages)} into {environment.folder} …")
    shutil.rmtree(environment.folder, ignore_errors=True)
    python = environment.program("python")
    if shutil.which("uv") and subprocess.run(["uv", "--version"], capture_output=True, check=False).returncode == 0:
        subprocess.run(["uv", "venv", "--quiet", "--python", sys.executable, environment.folder], check=True)
        subprocess.run(
            ["uv", "pip", "install", "--quiet", "--compile-bytecode", "--python", python, *packages], check=True
        )
    else:
        subprocess.run([sys.executable, "-m", "venv", environment.folder], check=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages], check=True
        )
    stamp.write_text(wanted)
    return environment


def _sources(packages: list[str]) -> str:
    """What stands for the checkout's state, where it is installed."""
    if not any(str(REPOSITORY) in p for p in packages):
        return ""
    digest = hashlib.sha256()
    for folder in ("nb2pipe", "templates"):
        for path in sorted((REPOSITORY / folder).rglob("*")):
            if path.is_file() and path.suffix in (".py", ".jinja"):
                digest.update(path.read_bytes())
    return f"\n{digest.hexdigest()}"
