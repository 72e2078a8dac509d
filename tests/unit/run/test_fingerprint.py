"""What does not change what a stage does does not change its fingerprint; the rest does."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from nb2pipe.run.fingerprint import Installed, hash_code, hash_module, md5_file
from nb2pipe.run.stage_source import Cell, StageSource

SAME = [
    ("x = 1", "x = 1  # one"),
    ("x = 1", "# a\n\nx   =   1\n"),
    ("f(a, b)", "f(\n    a,\n    b,\n)"),
    ("x = 'a'", 'x = "a"'),
    ("await f()", "await f()  # top level"),
]
OTHER = [
    ("x = 1", "x = 2", "a value"),
    ("x", "x;", "it is shown or not"),
    ("def f():\n    'a'", "def f():\n    'b'", "a docstring"),
    ("%matplotlib inline", "%matplotlib  inline", "magics are not Python: any change counts"),
    ("!ls # a", "!ls # b", "a command's comment"),
    ("x = [1, 2]", "x = [2, 1]", "order"),
    ("x = 1.0", "x = 1", "a type"),
    ("(a, b)", "a, b, c", "another value"),
]


def code(*sources: str, tags: tuple[str, ...] = ()) -> str:
    return hash_code(StageSource(tuple(Cell("code", s, {"tags": list(tags)}) for s in sources), {}))


@pytest.mark.parametrize(("before", "after"), SAME)
def test_comments_and_layout_do_not_count(before: str, after: str) -> None:
    assert code(before) == code(after)
    assert hash_module(before) == hash_module(after)


@pytest.mark.parametrize(("before", "after", "why"), OTHER)
def test_the_rest_counts(before: str, after: str, why: str) -> None:
    assert code(before) != code(after), why


def test_where_cells_begin_counts_and_prose_does_not() -> None:
    assert code("x = 1\ny = 2") != code("x = 1", "y = 2")
    prose = StageSource((Cell("markdown", "a", {}), Cell("code", "x", {})), {})
    other = StageSource((Cell("code", "x", {}), Cell("markdown", "b", {})), {})
    assert hash_code(prose) == hash_code(other)


def test_tags_count() -> None:
    assert code("x") != code("x", tags=("raises-exception",))


def test_code_that_is_not_python_is_taken_as_it_is() -> None:
    assert hash_module("def") == hash_module("def")
    assert hash_module("def") != hash_module("def ")


def test_md5_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    assert md5_file(tmp_path / "a") == "0cc175b9c0f1b6a831c399e269772661"


def test_modules_are_led_to_their_packages() -> None:
    from importlib.metadata import version

    installed = Installed()
    found = installed.of_modules(["pytest", "yaml", "_pytest", "sys", "not_there"])
    assert any(p.lower() == f"pyyaml-{version('pyyaml')}" for p in found)
    assert f"pytest-{version('pytest')}" in found
    assert len(found) == 2
    assert set(found) <= set(installed.names())


def test_packages_are_found_where_they_are_listed(tmp_path: Path) -> None:
    (tmp_path / "Some_Thing-1.0.dist-info").mkdir()
    (tmp_path / "Some_Thing-1.0.dist-info" / "RECORD").write_text("thing/__init__.py,,\nthing_c.cpython-311.so,,\n")
    (tmp_path / "other-2.dist-info").mkdir()
    (tmp_path / "other-2.dist-info" / "top_level.txt").write_text("unlike\n")
    installed = Installed([str(tmp_path)])
    assert installed.of_modules(["thing"]) == ("Some_Thing-1.0",)
    assert installed.of_modules(["thing_c", "unlike"]) == ("Some_Thing-1.0", "other-2")
    assert installed.of_modules(list(sys.stdlib_module_names)[:3]) == ()
