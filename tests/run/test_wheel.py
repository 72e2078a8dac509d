"""The built wheel works on its own: away from the checkout, with nothing but what it declares."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import sys
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from nb2pipe.diagnostics import CODES
from tests.conftest import Completed

pytestmark = pytest.mark.xdist_group("wheel")

#: What a start of the command may not import: each costs more than the whole of a small conversion.
HEAVY = [
    "black",
    "jupytext",
    "nbconvert",
    "nbformat",
    "papermill",
    "ploomber",
    "jinja2",
    "pandas",
    "numpy",
]


@pytest.fixture(scope="session")
def wheel(
    repository: Path,
    tmp_path_factory: pytest.TempPathFactory,
    run_command: Callable[..., Completed],
) -> Path:
    """The wheel, built by the declared build backend from a copy of what a release would contain."""
    source = tmp_path_factory.mktemp("source") / "nb2pipe"
    names = ["nb2pipe", "templates", "docs", "jupyter-config", "pyproject.toml", "README.md", "LICENSE"]
    source.mkdir()
    for name in names:
        path = repository / name
        if path.is_dir():
            shutil.copytree(path, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(path, source / name)
    out = tmp_path_factory.mktemp("dist")
    built = run_command(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", out, cwd=source)
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = out.glob("nb2pipe-*.whl")
    return path


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory, run_command: Callable[..., Completed]) -> Path:
    """The `bin` of a fresh virtual environment with the wheel, its dependencies, and theirs.

    The wheel is installed by pip. Its dependencies are those that this environment has, linked one by one: it is as fast
    as it is offline, and a package that nb2pipe imports but does not declare is missing, as it would be for a user.
    """
    folder = tmp_path_factory.mktemp("venv") / "fresh"
    venv.create(folder, with_pip=True)
    scripts = folder / "bin"
    pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--disable-pip-version-check",
    ]
    done = run_command(scripts / "python", *pip, wheel, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    (site,) = folder.glob("lib/python*/site-packages")
    for distribution in find_dependencies(wheel):
        link_distribution(distribution, site)
    return scripts


def find_dependencies(wheel: Path) -> list[importlib.metadata.Distribution]:
    """The installed distributions that the wheel requires without extras, and what they require in turn."""
    version = wheel.name.split("-")[1]
    metadata = zipfile.Path(wheel, f"nb2pipe-{version}.dist-info/")
    waiting = parse_requirements(importlib.metadata.PathDistribution(metadata).requires, extra="")
    found: dict[str, importlib.metadata.Distribution] = {}
    seen: set[tuple[str, str]] = set()
    while waiting:
        requirement = waiting.pop()
        found.setdefault(requirement.name, importlib.metadata.distribution(requirement.name))
        for extra in {"", *requirement.extras} - {extra for name, extra in seen if name == requirement.name}:
            seen.add((requirement.name, extra))
            waiting += parse_requirements(found[requirement.name].requires, extra)
    return list(found.values())


def parse_requirements(lines: list[str] | None, extra: str) -> list[Requirement]:
    """The requirements that hold on this machine, for one extra or (empty) for none."""
    requirements = [Requirement(line) for line in lines or []]
    return [r for r in requirements if r.marker is None or r.marker.evaluate({"extra": extra})]


def link_distribution(distribution: importlib.metadata.Distribution, site: Path) -> None:
    """Links a distribution's top-level files and folders into another `site-packages`."""
    tops = {file.parts[0] for file in distribution.files or () if file.parts[0] not in ("..", "__pycache__")}
    for top in sorted(tops):
        source = Path(str(distribution.locate_file(top)))
        if source.exists() and not (site / top).exists():
            os.symlink(source, site / top)


def list_files(folder: Path) -> set[str]:
    """Relative paths of all files below a folder, without caches."""
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix() for path in files if "__pycache__" not in path.parts}


def test_wheel_carries_code_templates_and_pages_and_nothing_else(wheel: Path, repository: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    expected = {f"nb2pipe/{path}" for path in list_files(repository / "nb2pipe")}
    expected |= {f"nb2pipe/_templates/{path}" for path in list_files(repository / "templates")}
    expected |= {f"nb2pipe/_docs/diagnostics/{path}" for path in list_files(repository / "docs" / "diagnostics")}
    data = f"{wheel.name.removesuffix('-py3-none-any.whl')}.data/data"
    extension = f"{data}/share/jupyter/labextensions/nb2pipe"
    expected |= {f"{extension}/{path}" for path in list_files(repository / "nb2pipe" / "lab" / "labextension")}
    expected |= {f"{extension}/install.json", f"{data}/etc/jupyter/jupyter_server_config.d/nb2pipe.json"}
    assert names == expected
    assert any(name.startswith("nb2pipe/_templates/ploomber/") for name in names)


def test_dependencies_are_light(wheel: Path) -> None:
    names = {distribution.name.lower() for distribution in find_dependencies(wheel)}
    assert "papermill" in names
    assert not names & {"ploomber", "notebook", "jupyterlab", "pandas", "numpy", "ipykernel"}


def test_package_comes_from_the_wheel(installed: Path, tmp_path: Path, run_command: Callable[..., Completed]) -> None:
    command = "import nb2pipe; print(nb2pipe.__file__)"
    done = run_command(installed / "python", "-c", command, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(installed.parent)


def test_start_imports_nothing_heavy(installed: Path, tmp_path: Path, run_command: Callable[..., Completed]) -> None:
    command = f"import sys, nb2pipe.cli; print([name for name in {HEAVY} if name in sys.modules])"
    done = run_command(installed / "python", "-c", command, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_wheel_knows_its_version(
    installed: Path, wheel: Path, tmp_path: Path, run_command: Callable[..., Completed]
) -> None:
    done = run_command(installed / "nb2pipe", "--version", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert wheel.name.split("-")[1] in done.stdout


@pytest.mark.parametrize("style", ["function", "notebook"])
def test_wheel_converts_as_the_checkout_does(
    style: str,
    installed: Path,
    copy_example: Callable[[str], Path],
    run_command: Callable[..., Completed],
) -> None:
    notebook = copy_example("churn")
    convert = ["convert", notebook.name, "-o", "project", "--style", style]
    done = run_command(installed / "nb2pipe", *convert, cwd=notebook.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    project = notebook.parent / "project"
    for name in (
        "README.md",
        "pipeline.yaml",
        "params.yaml",
        "pyproject.toml",
        "stages/train_forest.py",
    ):
        assert (project / name).read_text(encoding="utf-8").strip(), name
    compiled = run_command(installed / "python", "-m", "compileall", "-q", ".", cwd=project)
    assert compiled.returncode == 0, compiled.stdout + compiled.stderr


def test_wheel_refuses_as_the_checkout_does(
    installed: Path, copy_example: Callable[[str], Path], run_command: Callable[..., Completed]
) -> None:
    notebook = copy_example("refused")
    done = run_command(installed / "nb2pipe", "convert", notebook.name, "-o", "project", cwd=notebook.parent)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "`lines`" in done.stdout + done.stderr
    assert not (notebook.parent / "project").exists()


def test_wheel_explains_every_code(
    installed: Path, tmp_path: Path, repository: Path, run_command: Callable[..., Completed]
) -> None:
    for code in CODES:
        page = (repository / "docs" / "diagnostics" / f"{code}.md").read_text(encoding="utf-8")
        done = run_command(installed / "nb2pipe", "explain", code, cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        assert CODES[code].title in done.stdout
        longest = max(page.splitlines(), key=len)
        assert " ".join(longest.split()[:5]) in " ".join(done.stdout.split()), code
