"""What is stored says which object something is: NaN, what `id` gave; and how deeply it is nested does not matter."""

from __future__ import annotations

import importlib.util
import math
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tests.unit.run.test_large_handover import render, through

NUMPYS, MATHS = id(np.nan), id(math.nan)


class Node:
    def __init__(self, value: int, following: Node | None) -> None:
        self.value, self.following = value, following
        self.key = id(self)


def make(folder: Path, monkeypatch: pytest.MonkeyPatch, *, whole: bool, compressed: bool = False) -> ModuleType:
    path = folder / "project" / "src" / "pack" / "artifacts.py"
    path.parent.mkdir(parents=True)
    path.write_text(render(whole, compressed=compressed), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("exact_artifacts", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "exact_artifacts", module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=[(False, False), (True, False), (False, True)], ids=["least", "most", "compressed"])
def artifacts(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    whole, compressed = request.param
    return make(tmp_path, monkeypatch, whole=whole, compressed=compressed)


def test_nan_is_found_by_identity(artifacts: ModuleType, tmp_path: Path) -> None:
    own = float("nan")
    negative = math.copysign(math.nan, -1.0)
    given = {
        "own": own,
        "several": [own, 1.0, np.nan, math.nan, negative, float("nan")],
        "counts": {np.nan: 1, own: 2},
        "objects": np.array([own, "x", np.nan], dtype=object),
    }
    found = through(artifacts, tmp_path / "a.pkl", given, {"apart": [2.5]})
    several = found["several"]
    assert several[0] is found["own"] and [id(n) for n in several[2:4]] == [NUMPYS, MATHS]
    assert math.isnan(several[4]) and math.copysign(1.0, several[4]) == -1.0
    assert several[5] is not found["own"] and id(several[5]) != NUMPYS
    assert found["counts"][np.nan] == 1 and found["counts"][found["own"]] == 2
    assert found["objects"][0] is found["own"] and id(found["objects"][2]) == NUMPYS
    assert found["apart"] == [2.5]


def test_what_is_nested_deeply_comes_back(artifacts: ModuleType, tmp_path: Path) -> None:
    node: Node | None = None
    for value in range(5_000):
        node = Node(value, node)
    limit = sys.getrecursionlimit()
    found = through(artifacts, tmp_path / "a.pkl", {"node": node, "nan": [math.nan]}, {"x": [1]})
    assert sys.getrecursionlimit() == limit
    assert found["x"] == [1] and id(found["nan"][0]) == MATHS
    count, at = 0, found["node"]
    while at is not None:
        count, at = count + 1, at.following
    assert count == 5_000


def test_an_error_that_has_nothing_to_do_with_depth_is_raised(artifacts: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="cannot pickle"):
        artifacts.save(tmp_path / "a.pkl", {"x": (i for i in [1]).gi_frame})
    assert not list(tmp_path.glob("*.pkl"))


@pytest.mark.parametrize("compressed", [False, True])
def test_what_id_gave_is_the_address_of_the_object_that_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compressed: bool
) -> None:
    artifacts = make(tmp_path, monkeypatch, whole=True, compressed=compressed)
    items: list[Any] = [[1], {"a": 2}, 10**9 + 7]
    node = Node(1, None)
    node.following = node
    given = {
        "items": items,
        "ids": {id(i): n for n, i in enumerate(items)},
        "node": node,
        "number": 10**12,
        "gone": id(object()),
    }
    found = through(artifacts, tmp_path / "a.pkl", given)
    assert [found["ids"][id(i)] for i in found["items"]] == [0, 1, 2]
    assert found["items"] == items and found["node"].key == id(found["node"]) and found["number"] == 10**12


def test_an_address_is_not_that_of_an_object_that_comes_to_lie_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Processes that are forked from one allocate alike: another object is likely to lie where the first one lay."""
    artifacts = make(tmp_path, monkeypatch, whole=True)
    elsewhere, number = Node(1, None), 10**12
    address = id(elsewhere)
    first = through(artifacts, tmp_path / "a.pkl", {"address": address, "number": number})
    assert first["address"] != address and first["number"] == number
    # The same in all that is loaded, also over several stages.
    again = through(artifacts, tmp_path / "b.pkl", {"address": first["address"]}, {"other": {address: 1}})
    assert again["address"] == first["address"] and again["other"] == {first["address"]: 1}


def test_storing_an_array_does_not_import_random_generators(tmp_path: Path) -> None:
    place = tmp_path / "project" / "src" / "pack"
    place.mkdir(parents=True)
    (place / "artifacts.py").write_text(render(False), encoding="utf-8")
    code = (
        "import sys, numpy\nfrom pack import artifacts\nbefore = 'numpy.random' in sys.modules\n"
        "artifacts.save('a.pkl', {'a': numpy.arange(3), 'b': numpy.float64(2)})\n"
        "print(before, 'numpy.random' in sys.modules)"
    )
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, cwd=place.parent, capture_output=True, text=True, check=True)
    before, after = done.stdout.split()
    assert after == before
