"""pipeline.yaml and env.yaml are read as Ploomber reads them, and what only Ploomber can do is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from nb2pipe.literals import read_as_ploomber
from nb2pipe.run.model import RunError
from nb2pipe.run.spec import find_root, read_project
from tests.unit.run.projects import Stage, write_project, write_text

LINE = {"a": Stage([write_text("n")], params=["n"]), "b": Stage([write_text("1")], upstream=["a"])}


def make(tmp_path: Path, **values: Any) -> Path:
    return write_project(tmp_path / "p", LINE, {"n": 1, **values})


def edit(root: Path, **changes: Any) -> None:
    """Changes the first task of pipeline.yaml."""
    document = yaml.safe_load((root / "pipeline.yaml").read_text())
    document["tasks"][0] |= changes
    (root / "pipeline.yaml").write_text(yaml.safe_dump(document, sort_keys=False))


TEXTS = ["1", "1.5", "True", "true", "none", "NULL", "'2024'", "2024", "[1, 2]", "{'a': 1}", "a b", "", "1_000", "0x10"]
TEXTS += ["x=", "(1, 2)", "'it''s'", "b'x'", "-1e-3", "nan", "1 + 2", "None ", "é", "[1,", "{}", "1e400"]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_read_as_ploomber_reads_it(text: str) -> None:
    expand = pytest.importorskip("ploomber.env.expand")
    wanted = expand.cast_if_possible(text)
    assert read_as_ploomber(text) == wanted
    assert type(read_as_ploomber(text)) is type(wanted)


@pytest.mark.parametrize(
    ("value", "placeholder", "wanted"),
    [
        (3, "{{n}}", 3),
        (0.1, "{{n}}", 0.1),
        (True, "{{ n }}", True),
        (None, "{{n}}", None),
        ([1, "a"], "{{n}}", [1, "a"]),
        ({"a": [1]}, "{{n}}", {"a": [1]}),
        ("'true'", "{{n if n is none else n|string|pprint}}", "true"),
        ("2024", "{{n if n is none else n|string|pprint}}", "2024"),
        ("a'b\"c", "{{n if n is none else n|string|pprint}}", "a'b\"c"),
        (None, "{{n if n is none else n|string|pprint}}", None),
        ("x" * 200 + " y", "{{n if n is none else n|string|pprint}}", "x" * 200 + " y"),
        (4, "{{n + 1}}", 5),
        (4, "n is {{n}}", "n is 4"),
        (4, 7, 7),
    ],
)
def test_a_placeholder_gives_what_ploomber_gives(tmp_path: Path, value: Any, placeholder: Any, wanted: Any) -> None:
    root = make(tmp_path)
    (root / "params.yaml").write_text(yaml.safe_dump({"n": value}))
    edit(root, params={"n": placeholder})
    found = read_project(root, {}).tasks["a"].params["n"]
    assert found == wanted
    assert type(found) is type(wanted)
    specs = pytest.importorskip("ploomber.spec")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        dag = specs.DAGSpec(str(root / "pipeline.yaml"), env=str(root / "env.yaml")).to_dag()
    assert dag["a"].params["n"] == wanted


def test_an_override_counts_for_this_run_only(tmp_path: Path) -> None:
    root = make(tmp_path)
    assert read_project(root, {"n": "[1, 2]"}).tasks["a"].params == {"n": [1, 2]}
    assert read_project(root, {}).tasks["a"].params == {"n": 1}


def test_a_link_that_was_checked_out_as_a_text_is_followed(tmp_path: Path) -> None:
    root = make(tmp_path)
    (root / "env.yaml").unlink()
    (root / "env.yaml").write_text("params.yaml")
    assert read_project(root, {}).env == {"n": 1}


def test_tasks_come_after_those_that_they_need(tmp_path: Path) -> None:
    stages = {"b": Stage([write_text("1")], upstream=["a"]), "a": Stage([write_text("1")])}
    project = read_project(write_project(tmp_path / "p", stages), {})
    assert list(project.tasks) == ["a", "b"]
    assert project.downstream("a") == {"b"}
    assert project.needed_by("b") == {"a"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"on_finish": "hooks.done"}, "has `on_finish`"),
        ({"class": "SQLDump"}, "is not a notebook"),
        ({"source": "stages/a.sql"}, "is not a notebook"),
        ({"product": "products/a.csv"}, "no product `nb`"),
        ({"upstream": ["c"]}, "needs c, which is not there"),
        ({"upstream": ["b"]}, "need each other: a, b"),
        ({"name": "b"}, "two tasks have the name b"),
        ({"params": {"x": "{{m}}"}}, "`m` has no value"),
        ({"params": {"x": "{{n|nothing}}"}}, "cannot be filled in"),
    ],
)
def test_what_only_ploomber_can_do_is_refused(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    root = make(tmp_path)
    edit(root, **changes)
    with pytest.raises(RunError) as caught:
        read_project(root, {})
    assert said in str(caught.value)
    assert caught.value.place.startswith(str(root / "pipeline.yaml"))
    assert caught.value.help


def test_an_unknown_parameter_names_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(RunError) as caught:
        read_project(make(tmp_path), {"m": "1"})
    assert str(caught.value) == "there is no parameter `m`"
    assert caught.value.help == "params.yaml has n"
    assert caught.value.usage


def test_broken_yaml_names_the_line(tmp_path: Path) -> None:
    root = make(tmp_path)
    (root / "params.yaml").write_text("n: 1\nm: [1\n")
    with pytest.raises(RunError) as caught:
        read_project(root, {})
    assert caught.value.place == f"{root / 'env.yaml'}:3:1"


def test_the_project_is_found_from_a_folder_in_it(tmp_path: Path) -> None:
    root = make(tmp_path)
    assert find_root(root / "src" / "pack") == root.resolve()
    with pytest.raises(RunError, match=r"no pipeline\.yaml here or above"):
        find_root(tmp_path)
