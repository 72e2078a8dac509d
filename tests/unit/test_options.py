"""Options: who wins, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nb2pipe.options import Options, OptionsError, merge_options, read_options


def test_nothing_chosen_gives_the_defaults() -> None:
    assert merge_options({}, {}, {}) == Options()
    assert merge_options({"style": None, "target": None}, {}, {}) == Options()


def test_the_command_line_wins_over_the_notebook_over_pyproject() -> None:
    pyproject = {"style": "notebook", "line-length": 100, "name": "one"}
    notebook = {"line_length": 79, "name": "two"}
    assert merge_options({"name": "three"}, notebook, pyproject) == Options(
        style="notebook", line_length=79, name="three"
    )


@pytest.mark.parametrize(
    ("value", "target"),
    [
        ("argo", ("ploomber", "argo")),
        (["argo", "ploomber"], ("ploomber", "argo")),
        (("ploomber",), ("ploomber",)),
    ],
)
def test_ploomber_is_always_the_first_target(value: object, target: tuple[str, ...]) -> None:
    assert merge_options({"target": value}, {}, {}).target == target


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"linelength": 1}, "unknown option `linelength` in [tool.nb2pipe]; did you mean `line_length`?"),
        (
            {"banana": 1},
            "unknown option `banana` in [tool.nb2pipe]; known are compress, kernel, line_length, name, products, settings, style, target, templates",
        ),
        ({"line-length": "88"}, "`line_length` in [tool.nb2pipe] must be a number from 20 to 1000, not '88'"),
        ({"line-length": True}, "`line_length` in [tool.nb2pipe] must be a number from 20 to 1000, not True"),
        ({"style": "class"}, "`style` in [tool.nb2pipe] must be function or notebook, not 'class'"),
        ({"target": []}, "`target` in [tool.nb2pipe] must be a name or a list of names, not []"),
        (
            {"kernel": "Python 3"},
            "`kernel` in [tool.nb2pipe] must be the name of a kernel, such as python3, not 'Python 3'",
        ),
        ({"name": 3}, "`name` in [tool.nb2pipe] must be text, not 3"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(table: dict[str, object], message: str) -> None:
    with pytest.raises(OptionsError) as caught:
        merge_options({}, {}, table)
    assert str(caught.value) == message


def test_the_nearest_pyproject_with_a_table_counts(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("[tool.nb2pipe]\nstyle = 'notebook'\ntemplates = 'mine'\n")
    (tmp_path / "a" / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    options = read_options(folder / "n.ipynb", {}, {})
    assert options == Options(style="notebook", templates=str(tmp_path / "mine"))
    (folder / "pyproject.toml").write_text("[tool.nb2pipe]\nline-length = 100\n")
    assert read_options(folder / "n.ipynb", {}, {}) == Options(line_length=100)


def test_templates_are_relative_to_where_they_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    notebook = tmp_path / "a" / "n.ipynb"
    assert read_options(notebook, {}, {"templates": "t"}).templates == str(tmp_path / "a" / "t")
    assert read_options(notebook, {"templates": "t"}, {}).templates == str(tmp_path / "t")


def test_a_broken_pyproject_is_named(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.nb2pipe\n")
    with pytest.raises(OptionsError, match=r"pyproject\.toml does not parse"):
        read_options(tmp_path / "n.ipynb", {}, {})


def test_settings_of_targets_merge_key_by_key() -> None:
    merged = merge_options(
        {"settings": {"airflow": {"schedule": "@daily"}}},
        {"settings": {"airflow": {"retries": 3}}},
        {"settings": {"airflow": {"schedule": "@hourly", "retry-minutes": 0.5}, "argo": {"secret": "store"}}},
    )
    assert merged.settings == (
        ("airflow.retries", "3"),
        ("airflow.retry_minutes", "0.5"),
        ("airflow.schedule", "@daily"),
        ("argo.secret", "store"),
    )


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"settings": 1}, "must be a table for each target"),
        ({"settings": {"airflow": "x"}}, "must be a table for each target"),
        (
            {"settings": {"airflow": {"schedule": True}}},
            "`settings.airflow.schedule` in [tool.nb2pipe] must be text or a number",
        ),
    ],
)
def test_settings_that_cannot_be(table: dict[str, object], said: str) -> None:
    with pytest.raises(OptionsError, match=re.escape(said)):
        merge_options({}, {}, table)
