"""Import names to distributions."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

import pytest

from nb2pipe.pipeline.model import Pipeline
from nb2pipe.targets import environment
from nb2pipe.targets.environment import missing_modules, normalize, requirements
from tests.unit.targets.example import small_pipeline


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages, in front of all others."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    return folder


def install(site: Path, name: str, version: str, *files: str, top_level: str = "") -> None:
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    own = f"{info.name}/METADATA,,\n{info.name}/RECORD,,\n"
    (info / "RECORD").write_text(own + "".join(f"{file},sha256=x,1\n" for file in files))
    if top_level:
        (info / "top_level.txt").write_text(top_level)


def asked(tmp_path: Path, *imports: str) -> list[str]:
    pipeline = small_pipeline(tmp_path, imports=imports)
    return [str(each) for each in requirements(pipeline, {})]


@pytest.mark.parametrize(
    ("module", "distribution"),
    [
        ("numpy", "numpy"),
        ("sklearn", "scikit-learn"),
        ("yaml", "pyyaml"),
        ("dateutil", "python-dateutil"),
        ("mpl_toolkits", "matplotlib"),  # a namespace package of matplotlib's
        ("_pytest", "pytest"),
        ("six", "six"),  # one file
    ],
)
def test_real_packages(tmp_path: Path, module: str, distribution: str) -> None:
    version = metadata.version(distribution).partition("+")[0]
    assert asked(tmp_path, module) == [f"{distribution}=={version}"]


def test_agrees_with_importlib_metadata() -> None:
    """Every importable top-level module here gets one of the distributions that `packages_distributions` names."""
    names = metadata.packages_distributions()
    modules = [m for m in names if m.isidentifier() and m not in sys.stdlib_module_names and not m.startswith("_")]
    for module, found in environment._providers(modules).items():
        assert found, module
        assert {normalize(name) for name in found} <= {normalize(name) for name in names[module]}, module


def test_runtime_packages_are_asked_for_once(tmp_path: Path) -> None:
    pipeline = small_pipeline(tmp_path, imports=("yaml", "cloudpickle"))
    names = [each.name for each in requirements(pipeline)]
    assert names == ["cloudpickle", "ipykernel", "jupytext", "papermill", "ploomber", "pyyaml"]
    assert all(each.specifier == f"=={each.version}" for each in requirements(pipeline))


def test_what_a_library_imports_by_itself_is_asked_for_too(tmp_path: Path) -> None:
    pipeline = small_pipeline(tmp_path, imports=("numpy",), optional=("no-such-reader", "numpy", "pyyaml"))
    names = ["no-such-reader", "numpy", "pyyaml"]
    assert [each.name for each in requirements(pipeline, {"pyyaml": ">=6.0"})] == names
    assert str(requirements(pipeline, {})[0]) == "no-such-reader"


def test_runtime_package_that_is_not_installed_has_its_oldest_version(tmp_path: Path) -> None:
    pipeline = small_pipeline(tmp_path, imports=())
    assert [str(each) for each in requirements(pipeline, {"no-such-engine": ">=2"})] == ["no-such-engine>=2"]


def test_module_that_is_not_installed_is_noted_and_unpinned(tmp_path: Path) -> None:
    assert asked(tmp_path, "no_such_module", "numpy")[0] == "no-such-module"
    notes = missing_modules(small_pipeline(tmp_path, imports=("no_such_module", "numpy")))
    assert [(note.code, note.name) for note in notes] == [("NB603", "no_such_module")]


def test_own_modules_are_no_packages(tmp_path: Path) -> None:
    pipeline = small_pipeline(tmp_path, imports=("helpers", "lib", "small"), own_modules=frozenset({"helpers", "lib"}))
    assert requirements(pipeline, {}) == ()
    assert missing_modules(pipeline) == ()


def test_distribution_of_the_modules_name_wins(site: Path, tmp_path: Path) -> None:
    install(site, "aaa-fork", "1.0", "zzmod/__init__.py")
    install(site, "zzmod", "2.0", "zzmod/__init__.py")
    assert asked(tmp_path, "zzmod") == ["zzmod==2.0"]


def test_else_the_first_in_the_alphabet(site: Path, tmp_path: Path) -> None:
    install(site, "zz-headless", "1.0", "zzmod/__init__.py")
    install(site, "zz-full", "2.0", "zzmod/__init__.py")
    assert asked(tmp_path, "zzmod") == ["zz-full==2.0"]


def test_every_part_of_a_namespace_package(site: Path, tmp_path: Path) -> None:
    install(site, "zz-storage", "1.0", "zzspace/storage/__init__.py")
    install(site, "zz-auth", "2.0", "zzspace/auth.py")
    install(site, "zz-docs", "3.0", "zzspace/readme.txt")
    assert asked(tmp_path, "zzspace") == ["zz-auth==2.0", "zz-storage==1.0"]


def test_compiled_module(site: Path, tmp_path: Path) -> None:
    install(site, "zz-fast", "1.0", "zzfast.cpython-311-x86_64-linux-gnu.so")
    install(site, "zz-fast-extra", "1.0", "zzfast_extra/__init__.py", "other/zzfast.py")
    assert asked(tmp_path, "zzfast") == ["zz-fast==1.0"]


def test_editable_install(site: Path, tmp_path: Path) -> None:
    install(site, "zz-mine", "0.1", "__editable___zz_mine_0_1_finder.py", top_level="zzmine\n")
    install(site, "zzother", "0.2", "_zzother.pth")
    assert asked(tmp_path, "zzmine", "zzother") == ["zz-mine==0.1", "zzother==0.2"]


def test_local_part_of_a_version_is_left_out(site: Path, tmp_path: Path) -> None:
    install(site, "zz-gpu", "2.4.0+cpu", "zzgpu/__init__.py")
    assert asked(tmp_path, "zzgpu") == ["zz-gpu==2.4.0"]


def test_name_that_is_no_identifier_of_pythons_is_no_pattern(tmp_path: Path) -> None:
    pipeline: Pipeline = small_pipeline(tmp_path, imports=("a.b", "x+y"))
    assert [note.name for note in missing_modules(pipeline)] == ["a.b", "x+y"]
