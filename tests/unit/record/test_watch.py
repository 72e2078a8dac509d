"""What is a change of an object, and what a process does with files and chance: what is none comes first."""

from __future__ import annotations

import functools
import importlib
import json
import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

from nb2pipe.record.describing import load_module


class Shelf:
    """A class that the module under test takes for the notebook's own."""

    made = 0
    kept: list[int] = []  # noqa: RUF012  # shared on purpose

    def __init__(self) -> None:
        self.books = ["a"]


@functools.lru_cache
def remember(number: int) -> int:
    return number + 1


def append_to(found: list[int] = []) -> None:  # noqa: B006  # shared on purpose
    found.append(1)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    module = load_module("watch", "tests", "")
    monkeypatch.setitem(module.__dict__, "__name__", "tests.watch")  # tests.* is then of the notebook
    yield module
    module._watching.clear()


UNTOUCHED: dict[str, tuple[Callable[[], Any], Callable[[Any], object]]] = {
    "a list that is read": (lambda: [1, [2]], lambda v: sum(v[:1])),
    "a list that is bound to another name": (lambda: [1], lambda v: [*v, 2]),
    "a frame that is summarized": (lambda: pd.DataFrame({"x": [1, 2]}), lambda v: v.describe()),
    "a frame of which a column is changed in a copy": (lambda: pd.DataFrame({"x": [1, 2]}), lambda v: v.assign(x=0)),
    "an array that is added to another": (lambda: np.arange(3), lambda v: v + 1),
    "a model that predicts": (lambda: Ridge().fit([[1], [2]], [1, 2]), lambda v: v.predict([[3]])),
    "an object of a class": (Shelf, lambda v: v.books),
}
CHANGED: dict[str, tuple[Callable[[], Any], Callable[[Any], object]]] = {
    "an item that is added": (lambda: [1], lambda v: v.append(2)),
    "an item far inside": (lambda: {"a": [{"b": [1]}]}, lambda v: v["a"][0]["b"].clear()),
    "a column": (lambda: pd.DataFrame({"x": [1, 2]}), lambda v: v.insert(0, "y", 0)),
    "one cell": (lambda: pd.DataFrame({"x": [1, 2]}), lambda v: v.__setitem__("x", [1, 3])),
    "an element": (lambda: np.arange(3), lambda v: v.__setitem__(0, 9)),
    "a model that is fitted again": (lambda: Ridge().fit([[1], [2]], [1, 2]), lambda v: v.fit([[1], [2]], [2, 1])),
    "an attribute": (Shelf, lambda v: v.books.append("b")),
    "an attribute of its class": (Shelf, lambda v: setattr(type(v), "made", type(v).made + 1)),
    "a list of its class": (Shelf, lambda v: v.kept.append(1)),
    "a default argument": (lambda: append_to, lambda v: v()),
    "what cannot be stored": (threading.Lock, lambda v: None),
    "a cache of the notebook's": (lambda: [remember], lambda v: v[0](1)),
}


@pytest.mark.parametrize("name", UNTOUCHED)
def test_no_change(name: str, watch: Any) -> None:
    make, use = UNTOUCHED[name]
    value = make()
    seen = watch.Watch(value=value)
    use(value)
    assert seen.changed() == []
    seen.check(reads=[], writes=[], still=["random", "numpy.random"])


@pytest.mark.parametrize("name", CHANGED)
def test_change(name: str, watch: Any) -> None:
    make, use = CHANGED[name]
    value = make()
    seen = watch.Watch(value=value, other=1)
    use(value)
    assert seen.changed() == ["value"]
    with pytest.raises(RuntimeError, match=r"it changes `value`; convert the notebook again"):
        seen.check()


def test_any_name_can_be_watched(watch: Any) -> None:
    assert watch.Watch(self=1, values=2).changed() == []


def test_chance(watch: Any) -> None:
    seen = watch.Watch()
    np.random.default_rng(1).random()
    assert seen.drawn() == []
    np.random.rand()
    assert seen.drawn() == ["numpy.random"]
    random.random()
    seen.check(still=["torch"])
    with pytest.raises(RuntimeError, match="it draws from `random`"):
        seen.check(still=["random"])


def test_files_are_heard_by_their_place(tmp_path: Path, watch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x.csv").write_text("x\n1\n")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path)
    seen = watch.Watch()
    pd.read_csv("data/x.csv")
    Path("made.txt").write_text("1")
    os.rename("made.txt", "moved.txt")
    os.listdir("data")
    seen.stop()
    Path("later.txt").write_text("1")
    assert seen.reads == {"data/x.csv", "data"}
    assert seen.writes == {"made.txt", "moved.txt"}
    assert seen.sees_files()
    seen.check(reads=["data"], writes=["m*.txt"])
    for reads, writes, problem in (
        ([], ["m*.txt"], "reads `data`; it reads `data/x.csv`"),
        (["data"], [], "writes `made"),
        (["data/*", "data"], ["made.txt"], "writes `moved.txt`"),
    ):
        with pytest.raises(RuntimeError, match=problem):
            seen.check(reads=reads, writes=writes)


def test_imports_and_versions_are_no_files_of_the_notebook(
    tmp_path: Path, watch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fresh_helper.py").write_text("x = 1\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    seen = watch.Watch()
    importlib.import_module("fresh_helper")
    importlib.import_module("importlib.metadata").version("numpy")
    importlib.import_module("sklearn.tree")
    seen.check(reads=[], writes=[])


def test_another_process_may_use_any_file(watch: Any) -> None:
    seen = watch.Watch()
    subprocess.run([sys.executable, "-c", ""], check=True)
    assert not seen.sees_files()
    seen.check()
    with pytest.raises(RuntimeError, match="it starts another process"):
        seen.check(writes=[])


def test_two_at_a_time(tmp_path: Path, watch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    first = watch.Watch()
    second = watch.Watch()
    second.stop()
    Path("a.json").write_text(json.dumps(1))
    assert (first.writes, second.writes) == ({"a.json"}, set())
