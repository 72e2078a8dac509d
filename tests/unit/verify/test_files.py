"""Files: what may differ in bytes first, then what must not."""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nb2pipe.pipeline.files import levels_up
from nb2pipe.record.places import copy_place, read_state, written
from nb2pipe.verify.file_contents import compare_bytes, compare_files


def archive(date: int, text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(zipfile.ZipInfo("a.txt", (1980 + date, 1, 1, 0, 0, 0)), text)
    return buffer.getvalue()


def npy(*values: float, version: tuple[int, int] = (1, 0)) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.array(values), version)
    return buffer.getvalue()


SAME = {
    "quotes and line ends": (".csv", b'a,"b"\r\n1,2\r\n', b"a,b\n1,2\n"),
    "spaces": (".json", b'{"a": [1, 2]}', b'{"a":[1,2]}'),
    "versions": (".npy", npy(1, np.nan), npy(1, np.nan, version=(2, 0))),
    "protocols": (".pkl", pickle.dumps({"a": 1}, 4), pickle.dumps({"a": 1}, 5)),
    "dates in an archive": (".zip", archive(1, "x"), archive(2, "x")),
    "dates in a compressed file": (".gz", gzip.compress(b"x", mtime=1), gzip.compress(b"x", mtime=2)),
    "addresses": (".txt", b"<f at 0x7f0102>", b"<f at 0x7f0103>"),
}

DIFFERENT = {
    "cell": (".csv", b"a,b\n1,2\n", b"a,b\n1,3\n", "row 2, column 2 (b)"),
    "digits of a cell": (".csv", b"a\n1.0\n", b"a\n1\n", "row 2, column 1 (a)"),
    "row": (".csv", b"a\n1\n", b"a\n", ""),
    "value": (".json", b'{"a": [1, 2]}', b'{"a": [1, 3]}', "['a'][1]"),
    "order of keys": (".json", b'{"a": 1, "b": 2}', b'{"b": 2, "a": 1}', ""),
    "not JSON": (".json", b"{", b"[", ""),
    "element": (".npy", npy(1, 2), npy(1, 3), "[1]"),
    "object": (".pkl", pickle.dumps({"a": 1}), pickle.dumps({"a": 2}), "['a']"),
    "member": (".zip", archive(1, "x"), archive(1, "y"), "a.txt line 1"),
    "line": (".txt", b"a\nb\n", b"a\nc\n", "line 2"),
    "line more": (".txt", b"a\n", b"a\nb\n", ""),
    "bytes": (".bin", b"\xff\x00", b"\xff\x01", ""),
}


@pytest.mark.parametrize("name", SAME)
def test_same(name: str) -> None:
    suffix, a, b = SAME[name]
    assert a != b
    assert compare_bytes(a, b, suffix) == []


@pytest.mark.parametrize("name", DIFFERENT)
def test_different(name: str) -> None:
    suffix, a, b, path = DIFFERENT[name]
    assert compare_bytes(a, b, suffix)[0]["path"] == path


def test_a_file_that_one_side_does_not_write(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    assert compare_files(None, None, "", str) == []
    (difference,) = compare_files(str(tmp_path / "a"), None, "", str)
    assert (difference["left"], difference["right"]) == ("written", "not written")


def test_environments_are_not_copied(tmp_path: Path) -> None:
    for name in ("venv", ".venv", "data"):
        (tmp_path / "nb" / name).mkdir(parents=True)
    place = copy_place(tmp_path / "nb", tmp_path / "copy", 0, None)
    assert [path.name for path in place.folder.iterdir()] == ["data"]


def test_what_was_written_is_told_by_time_and_size(tmp_path: Path) -> None:
    for name in ("kept", "grown", "touched", "gone", "left_out/x", "__pycache__/x"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    before = read_state(tmp_path, ["left_out"])
    (tmp_path / "grown").write_text("xx")
    os.utime(tmp_path / "touched", ns=(1, 1))
    (tmp_path / "gone").unlink()
    (tmp_path / "sub").mkdir()
    for name in ("sub/new", "left_out/y", "__pycache__/y"):
        (tmp_path / name).write_text("x")
    assert written(before, read_state(tmp_path, ["left_out"])) == ("gone", "grown", "sub/new", "touched")


def test_a_copy_has_all_but_the_project(tmp_path: Path) -> None:
    for name in ("data/a.csv", "nb/x.ipynb", "nb/project/pipeline.yaml", "nb/other/project/y"):
        (tmp_path / "root" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "root" / name).write_text("x")
    place = copy_place(tmp_path / "root" / "nb", tmp_path / "copy", 1, tmp_path / "root" / "nb" / "project")
    found = sorted(str(p.relative_to(place.root)) for p in place.root.rglob("*") if p.is_file())
    assert found == ["data/a.csv", "nb/other/project/y", "nb/x.ipynb"]
    assert place.folder == place.root / "nb"


def test_large_folders_are_linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nb2pipe.record.places.MOST_BYTES", 10)
    (tmp_path / "nb").mkdir()
    (tmp_path / "nb" / "big").write_bytes(b"x" * 2_000_000)
    (tmp_path / "nb" / "small").write_text("x")
    place = copy_place(tmp_path / "nb", tmp_path / "copy", 0, None)
    assert place.linked == ("big",)
    assert (place.folder / "big").is_symlink()
    assert not (place.folder / "small").is_symlink()


@pytest.mark.parametrize(
    ("source", "levels"),
    [
        ("open('a/b')", 0),
        ("x = 1. ..2", 0),
        ("open('../a')", 1),
        ("'../../a'", 2),
        ("Path('..') / 'a'", 1),
        ("'a../b'", 0),
    ],
)
def test_folders_above_are_seen_in_the_code(source: str, levels: int) -> None:
    assert levels_up([source]) == levels


def test_json_of_a_notebook_is_json() -> None:
    a = json.dumps({"cells": []}, indent=1).encode()
    make: Callable[[], list[dict[str, str]]] = lambda: compare_bytes(a, b'{"cells": []}', ".ipynb")  # noqa: E731
    assert make() == []
