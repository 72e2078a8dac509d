"""The built extension is in the repository: it must be the one that the sources give, and load in JupyterLab 4."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]
SOURCES = REPOSITORY / "labextension"
BUILT = REPOSITORY / "nb2pipe" / "lab" / "labextension"


def test_it_is_current() -> None:
    files = ["package.json", "package-lock.json", "tsconfig.json"]
    for folder in ("schema", "src", "style"):
        files += [f"{folder}/{path.name}" for path in (SOURCES / folder).iterdir()]
    digest = hashlib.sha256()
    for file in sorted(name for name in files if ".test." not in name):
        digest.update(f"{file}\0".encode() + (SOURCES / file).read_bytes())
    built = (BUILT / "built-from.txt").read_text(encoding="utf-8").strip()
    assert built == digest.hexdigest(), "build it again: make labextension"


def test_it_names_files_that_are_there() -> None:
    package = json.loads((BUILT / "package.json").read_text(encoding="utf-8"))
    assert package["name"] == "nb2pipe"
    assert (BUILT / package["jupyterlab"]["_build"]["load"]).is_file()
    assert (BUILT / "schemas" / "nb2pipe" / "plugin.json").is_file()


def test_the_lock_file_records_no_addresses() -> None:
    lock = json.loads((SOURCES / "package-lock.json").read_text(encoding="utf-8"))
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]


def test_versions_agree() -> None:
    from nb2pipe import __version__

    assert json.loads((SOURCES / "package.json").read_text(encoding="utf-8"))["version"] == __version__
