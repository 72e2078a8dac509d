"""What of a process's own objects is seen in the notebook's kernel, and found in the pipeline's."""

from __future__ import annotations

import csv
import dataclasses
import datetime
import io
import logging
import os
import pickle
import queue
import random
import re
import sqlite3
import sys
import threading
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import openpyxl.worksheet.table
import pytest
import sqlalchemy
from bs4 import BeautifulSoup

from nb2pipe.verify import capture
from nb2pipe.verify.values.comparer import Comparer, compare_values

Make = Callable[[Path], Any]

#: Classes as a notebook has them.
OWN: dict[str, Any] = {"__name__": "__main__"}
exec(
    """
from collections import Counter

class Pair(tuple):
    def __new__(cls, a, b):
        return super().__new__(cls, (a, b))

class Words(Counter):
    def __init__(self, text, name):
        super().__init__(text.split())
        self.name = name

class Closed:
    __slots__ = ("value",)

    def __init__(self, value):
        object.__setattr__(self, "value", value)

    def __setattr__(self, name, value):
        raise AttributeError(name)

class Node:
    def __init__(self, name):
        self.name, self.near = name, set()

    def __hash__(self):
        return hash(self.name)

    def __eq__(self, other):
        return self.name == other.name

def circle(*names):
    nodes = [Node(name) for name in names]
    for node in nodes:
        node.near.update(n for n in nodes if n is not node)
    return nodes
""",
    OWN,
)


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, capture.NAME, capture)


def handler(level: int = 10, text: str = "%(message)s", stream: Any = sys.stderr) -> logging.Handler:
    made = logging.StreamHandler(stream)
    made.setLevel(level)
    made.setFormatter(logging.Formatter(text))
    return made


def logger(*handlers: logging.Handler, level: int = 0) -> logging.Logger:
    made = logging.Logger("apart", level)
    made.handlers[:] = handlers
    return made


def database(number: int) -> sqlite3.Connection:
    made = sqlite3.connect(":memory:")
    made.execute("create table t(a)")
    made.execute("insert into t values (?)", (number,))
    made.commit()
    return made


def opened(folder: Path, position: int) -> Any:
    (folder / "file.txt").write_text("0123456789")
    file = open(folder / "file.txt")  # noqa: SIM115
    file.seek(position)
    return file


def mapped(folder: Path, last: int, mode: Any = "r") -> Any:
    np.save(folder / "a.npy", np.array([1, 2, last]))
    return np.load(folder / "a.npy", mmap_mode=mode)


def counting(times: int) -> Any:
    def count() -> Any:
        for each in range(3):  # noqa: UP028
            yield each

    made = count()
    for _ in range(times):
        next(made, None)
    return made


def in_file(folder: Path, name: str) -> sqlite3.Connection:
    made = sqlite3.connect(folder / name)
    made.row_factory = lambda cursor, row: {"row": row}
    return made


def schema(name: str) -> Any:
    metadata = sqlalchemy.MetaData()
    return [sqlalchemy.Table("t", metadata, sqlalchemy.Column(name, sqlalchemy.Integer)), metadata]


def boxed() -> Any:
    """A function of the notebook, which is stored with its default."""
    space: dict[str, Any] = {"dataclasses": dataclasses, "__name__": "__main__"}
    exec("def f(x=dataclasses.MISSING): return x", space)
    return space["f"]


class Refusal(Exception):
    def __init__(self, number: int) -> None:
        super().__init__(f"refused {number}")
        self.number = number


def slotted(value: int) -> Any:
    space: dict[str, Any] = {"__name__": "__main__"}
    exec("import dataclasses\n@dataclasses.dataclass(slots=True)\nclass A:\n    x: int", space)
    return space["A"](value)


def filled(item: int) -> queue.Queue[int]:
    made: queue.Queue[int] = queue.Queue()
    made.put(item)
    return made


def part(text: str) -> Any:
    return BeautifulSoup(text, "html.parser").i


def header(text: str) -> Any:
    made = EmailMessage()
    made["Subject"] = text
    return made["Subject"]


def locked(yes: bool) -> Any:
    made = threading.Lock()
    if yes:
        made.acquire()
    return made


def tables(number: int) -> Any:
    book = openpyxl.Workbook()
    book.properties.created = book.properties.modified = datetime.datetime(2026, 1, 1)
    sheet = book.active
    sheet.append(["a", "b"])
    sheet.append([1, 2])
    sheet.add_table(openpyxl.worksheet.table.Table(displayName="T", ref=f"A1:B{number}"))
    return [sheet.tables, sheet["A1"].font, sheet.row_dimensions]


CASES: dict[str, tuple[Make, Make]] = {
    "a handler's level": (lambda _: handler(), lambda _: handler(20)),
    "a handler's format": (lambda _: handler(), lambda _: handler(text="%(levelname)s")),
    "a handler's stream": (lambda _: handler(), lambda _: handler(stream=sys.stdout)),
    "a handler's buffer": (lambda _: handler(stream=io.StringIO("a")), lambda _: handler(stream=io.StringIO("b"))),
    "a logger's level": (lambda _: logger(), lambda _: logger(level=10)),
    "a logger's handlers": (lambda _: logger(handler()), lambda _: logger(handler(), handler())),
    "which handler": (lambda _: [h := handler(), logger(h)], lambda _: [handler(), logger(handler())]),
    "a lock": (lambda _: locked(False), lambda _: locked(True)),
    "a reentrant lock": (lambda _: threading.RLock(), lambda _: threading.Lock()),
    "a database": (lambda _: database(1), lambda _: database(2)),
    "an open file": (lambda folder: opened(folder, 3), lambda folder: opened(folder, 4)),
    "an array that is a file": (lambda folder: mapped(folder, 3), lambda folder: mapped(folder, 4)),
    "an array that writes to its file": (lambda folder: mapped(folder, 3, "r+"), lambda folder: mapped(folder, 3, "c")),
    "a view of a dict": (lambda _: {"a": [1], "b": 2}.values(), lambda _: {"a": [1], "b": 3}.values()),
    "a view of a dict's items": (lambda _: {"a": 1}.items(), lambda _: {"b": 1}.items()),
    "a generator": (lambda _: counting(1), lambda _: [1]),
    "a condition": (lambda _: threading.Condition(threading.Lock()), lambda _: threading.Condition(locked(True))),
    "a queue": (lambda _: filled(1), lambda _: filled(2)),
    "an engine": (
        lambda _: sqlalchemy.create_engine("sqlite:///a.db"),
        lambda _: sqlalchemy.create_engine("sqlite:///b.db"),
    ),
    "a database in a file": (lambda folder: in_file(folder, "a.db"), lambda folder: in_file(folder, "b.db")),
    "a table of a schema": (lambda _: schema("x"), lambda _: schema("y")),
    "a mark of a library": (lambda _: [dataclasses.MISSING, boxed()], lambda _: [type(dataclasses.MISSING)(), boxed()]),
    "a namespace and its dict": (
        lambda _: [n := SimpleNamespace(a=1), vars(n)],
        lambda _: [n := SimpleNamespace(a=2), vars(n)],
    ),
    "a draw of the process": (lambda _: np.random.rand, lambda _: np.random.RandomState(1).rand),
    "a choice of the process": (lambda _: {"c": random.choice}, lambda _: {"c": random.Random(1).choice}),
    "the environment": (lambda _: [os.environ], lambda _: [dict(os.environ)]),
    "an object with slots": (lambda _: slotted(1), lambda _: slotted(2)),
    "an exception": (lambda _: Refusal(3), lambda _: Refusal(4)),
    "a match": (lambda _: re.search("a", "ba"), lambda _: re.search("a", "aa")),
    "a part of a page": (lambda _: part("<p><b>1</b><i>2</i></p>"), lambda _: part("<p><u>0</u><b>1</b><i>2</i></p>")),
    "a class that a library made": (lambda _: header("a"), lambda _: header("b")),
    "tables of a workbook": (lambda _: tables(2), lambda _: tables(3)),
    "a cursor": (lambda _: database(1).cursor(), lambda _: database(2).cursor()),
    "a tuple with a constructor": (lambda _: OWN["Pair"](1, [2]), lambda _: OWN["Pair"](1, [3])),
    "a counter with a constructor": (lambda _: OWN["Words"]("a b a", "x"), lambda _: OWN["Words"]("a b a", "y")),
    "slots that refuse to be set": (lambda _: OWN["Closed"](1), lambda _: OWN["Closed"](2)),
    "nodes in a circle of sets": (lambda _: OWN["circle"]("a", "b"), lambda _: OWN["circle"]("a", "c")),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_seen_in_one_process_is_found_in_another(tmp_path: Path, name: str) -> None:
    same, other = CASES[name]
    folders = [tmp_path / n for n in ("notebook", "pipeline", "again", "other")]
    for folder in folders:
        folder.mkdir()
    seen = []
    for make, folder in ((same, folders[0]), (same, folders[2])):
        capture._write({"value": make(folder)}, str(folder / "value.pkl"))
        seen.append(pickle.loads((folder / "value.pkl").read_bytes())["value"])
    assert compare_values(seen[0], same(folders[1])) == ([], [])
    assert compare_values(seen[0], seen[1]) == ([], [])
    differences, given_up = compare_values(seen[0], other(folders[3]))
    assert differences and not given_up


def test_seeing_changes_nothing(tmp_path: Path) -> None:
    file, base = opened(tmp_path, 5), database(1)
    base.execute("insert into t values (2)")
    capture.describe(file)
    capture.describe(base)
    assert (file.tell(), file.read(), base.in_transaction) == (5, "56789", True)


def test_what_a_later_stage_writes_to_an_arrays_file_is_the_files(tmp_path: Path) -> None:
    array = mapped(tmp_path, 3, "r+")
    capture._write({"value": array}, str(tmp_path / "value.pkl"))
    seen = pickle.loads((tmp_path / "value.pkl").read_bytes())["value"]
    array[0] = 5
    assert compare_values(seen, array) == ([], [])


def test_a_file_that_is_read_in_a_loop_tells_no_position(tmp_path: Path) -> None:
    (tmp_path / "file.txt").write_text("a\nb\nc\n")
    with open(tmp_path / "file.txt") as read, open(tmp_path / "file.txt") as other:
        assert next(read) == "a\n"
        capture._write({"value": read}, str(tmp_path / "value.pkl"))
        seen = pickle.loads((tmp_path / "value.pkl").read_bytes())["value"]
        other.seek(2)
        assert compare_values(seen, other) == ([], [])


@pytest.mark.parametrize(
    "make",
    [lambda: counting(1), lambda: csv.reader(["a"]), lambda: re.finditer("a", "aa")],
    ids=["generator", "csv", "matches"],
)
def test_iterators_are_told_and_not_consumed(tmp_path: Path, make: Callable[[], Any]) -> None:
    iterator = make()
    capture._write({"value": [iterator]}, str(tmp_path / "value.pkl"))
    comparer = Comparer()
    comparer.compare(pickle.loads((tmp_path / "value.pkl").read_bytes())["value"], [make()], "value")
    assert (comparer.differences, comparer.given_up, comparer.unseen) == ([], [], ["value[0]"])
    assert list(iterator)


def test_a_class_in_a_class_keeps_its_name(tmp_path: Path) -> None:
    space: dict[str, Any] = {"__name__": "__main__"}
    exec(
        "class A:\n    class B:\n        pass\ndef make():\n    class Inner: pass\n    Inner.__name__ = 'X'\n    return Inner",
        space,
    )
    capture._write({"value": [space["A"].B(), space["make"]()]}, str(tmp_path / "value.pkl"))
    inner, made = pickle.loads((tmp_path / "value.pkl").read_bytes())["value"]
    assert (type(inner).__qualname__, made.__name__, made.__qualname__) == ("A.B", "X", "make.<locals>.Inner")


def test_the_state_of_fakers_generator_is_what_stages_hand_over(tmp_path: Path) -> None:
    """Its module has none of the functions that the others have: all variables of the stage were lost."""
    pytest.importorskip("faker").Faker.seed(3)
    request = '{"bundles": [["faker state"], ["x"]], "definitions": []}'
    assert capture.capture({"x": 1}, str(tmp_path / "captured"), request) == "ok"
    stored = pickle.loads((tmp_path / "captured" / "0.pkl").read_bytes())
    assert stored["faker state"] == random.Random(3).getstate()
