"""Loading templates, and the filters that they use."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from nb2pipe import templating
from nb2pipe.diagnostics import Nb2pipeError
from nb2pipe.templating import (
    dump_yaml,
    markdown_cell,
    render_template,
    template_folders,
    toml_string,
    yaml_scalar,
)

TEXTS = [
    "",
    "a",
    'a "b"',
    "a\\b",
    "a\nb\t\r",
    "ü😀",
    "\x00\x1b\x7f\x85\u2028\ufeff",
    "it's",
    "no",
    "12",
    "# x",
    "{a}",
    "- a",
]


def test_users_template_wins_and_the_others_stay(tmp_path: Path) -> None:
    (tmp_path / "ploomber").mkdir()
    (tmp_path / "ploomber" / ".gitignore.jinja").write_text("mine: {{ x }}\n\n")
    assert render_template("ploomber", ".gitignore", {"x": 1}, folder=str(tmp_path)) == "mine: 1\n"
    assert "products/" in render_template("ploomber", ".gitignore")
    assert "*.py text" in render_template("ploomber", ".gitattributes", folder=str(tmp_path))


@pytest.mark.parametrize(
    ("text", "why"),
    [("{{ nothing }}", "undefined"), ("{% if %}", "Expected"), ("{{ 1 | nofilter }}", "nofilter"), (b"\xff", "")],
)
def test_broken_template_of_the_users(tmp_path: Path, text: str | bytes, why: str) -> None:
    (tmp_path / "ploomber").mkdir()
    file = tmp_path / "ploomber" / "README.md.jinja"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(Nb2pipeError) as error:
        render_template("ploomber", "README.md", {}, folder=str(tmp_path))
    assert error.value.diagnostics[0].code == "NB502"
    assert "README.md.jinja" in error.value.diagnostics[0].message
    assert why in error.value.diagnostics[0].message


def test_folders_of_a_checkout_and_of_a_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert template_folders("ploomber")[0] == Path(templating.__file__).parents[1] / "templates" / "ploomber"
    monkeypatch.setattr(templating, "_PACKAGE", tmp_path)
    (tmp_path / "_templates").mkdir()
    assert template_folders("dvc", "mine") == (Path("mine/dvc"), tmp_path / "_templates" / "dvc")


@pytest.mark.parametrize("text", TEXTS)
def test_texts_survive_toml(text: str) -> None:
    assert tomllib.loads(f"x = {toml_string(text)}") == {"x": text}


@pytest.mark.parametrize("value", [*TEXTS, None, True, -1, 1e-10, 1e22, [1, "a"], {"b": [], "a": {"x": "1"}}])
def test_values_survive_yaml(value: object) -> None:
    assert yaml.safe_load(f"x: {yaml_scalar(value)}") == {"x": value}
    assert "\n" not in yaml_scalar(value)
    for flow in (None, False, True):
        assert list(yaml.safe_load(dump_yaml({"z": value, "a": value}, flow=flow)).items()) == [
            ("z", value),
            ("a", value),
        ]


def test_yaml_uses_double_quotes_and_no_anchors() -> None:
    shared = [1, [2]]
    assert dump_yaml({"a": "12", "b": shared, "c": shared}, flow=None) == 'a: "12"\nb:\n- 1\n- [2]\nc:\n- 1\n- [2]\n'


def test_cell_of_a_table() -> None:
    assert markdown_cell("a |\n b") == "a \\| b"


def test_compiled_templates_are_kept_where_they_can_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "templates" / "ploomber").mkdir(parents=True)
    template = tmp_path / "templates" / "ploomber" / "own.jinja"
    for text in ("one {{ n }}", "two {{ n }}"):
        template.write_text(text)
        templating._environment.cache_clear()
        assert render_template("ploomber", "own", {"n": 1}, folder=str(tmp_path / "templates")) == f"{text[:3]} 1\n"
    if sys.platform == "linux":
        assert list((tmp_path / "cache" / "nb2pipe" / "templates").iterdir())
    (tmp_path / "no folder").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "no folder"))
    templating._environment.cache_clear()
    assert render_template("ploomber", "own", {"n": 1}, folder=str(tmp_path / "templates")) == "two 1\n"
    templating._environment.cache_clear()
