"""The emitted command that runs a stage: parameters, and what stages do to files."""

from __future__ import annotations

import importlib.util
import json
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from nb2pipe.targets.stage_command import render_stage_command
from nb2pipe.targets.workflow import TaskParameter
from tests.unit.targets.workflows import small_workflow


@pytest.fixture
def command(tmp_path: Path) -> ModuleType:
    """`engines/run_stage.py` of a project with three stages in a row and parameters of every kind."""
    values = {"text": "2024", "number": 2, "flag": True, "many": ["a", [1]], "none": None}
    workflow = small_workflow(parameters=tuple(TaskParameter(n, f"{n}_key", v) for n, v in values.items()))
    load = replace(workflow.task("load"), name="a", stem="a", parameters=tuple(values), writes=("*",))
    middle = replace(load, name="b", stem="b", upstream=("a",))
    last = replace(load, name="c", stem="c", upstream=("a", "b"))
    files = render_stage_command(replace(workflow, tasks=(load, middle, last)), "")
    (tmp_path / "engines").mkdir()
    path = tmp_path / "engines" / "run_stage.py"
    path.write_text(files["engines/run_stage.py"])
    spec = importlib.util.spec_from_file_location("emitted_run_stage", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    stored = {"text_key": "2024", "number_key": 2, "flag_key": True, "many_key": "[ ['a'], 1]", "none_key": None}
    (tmp_path / "params.yaml").write_text(json.dumps(stored))
    return module


def test_values_of_params_yaml_are_read_as_ploomber_reads_them(command: ModuleType) -> None:
    found = command.read_parameters("a", {})
    assert found == {"text": "2024", "number": 2, "flag": True, "many": [["a"], 1], "none": None}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("text", "3", "3"),
        ("text", "null", "null"),
        ("text", "", ""),
        ("number", "3", 3),
        ("number", "1e-3", 0.001),
        ("flag", "false", False),
        ("flag", "False", False),  # as Azure ML and Python write it
        ("many", '["x", null]', ["x", None]),
        ("none", "null", None),
        ("none", "word", "word"),
    ],
)
def test_given_values(command: ModuleType, name: str, text: str, value: object) -> None:
    assert command.read_parameters("a", {name: text})[name] == value


def test_a_parameter_that_is_not_there(command: ModuleType) -> None:
    with pytest.raises(ValueError, match="stage a has no parameter size; it has text, number"):
        command.read_parameters("a", {"size": "1"})


def test_words_of_a_command_line_give_the_values_back(command: ModuleType) -> None:
    stored = {"text_key": "2024", "number_key": 2, "flag_key": True, "many_key": "[ ['a'], 1]", "none_key": None}
    given = dict(word.removeprefix("--param=").split("=", 1) for word in command.arguments("a", stored))
    assert command.read_parameters("a", given) == command.read_parameters("a", {})


def products(folder: Path, changes: dict[str, str], **files: str) -> Path:
    for name, text in files.items():
        path = folder / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "files.json").write_text(json.dumps(changes))
    return folder


def test_of_two_stages_that_changed_a_file_the_later_counts(command: ModuleType, tmp_path: Path) -> None:
    first = products(tmp_path / "1", {"log": "a", "only": "a"}, log="old", only="here")
    second = products(tmp_path / "2", {"log": "b"}, log="new")
    for order in ([first, second], [second, first]):
        merged = command.merge_changes(order)
        assert {path: by for path, (by, _) in merged.items()} == {"log": "b", "only": "a"}
        assert merged["log"][1].read_text() == "new"


def test_files_go_on_and_what_is_gone_stays_gone(command: ModuleType, tmp_path: Path) -> None:
    project, work, out = Path(command.PROJECT), tmp_path / "work", tmp_path / "out"
    (project / "data.csv").write_text("data")
    work.mkdir()
    (work / "data.csv").write_text("data")
    earlier = command.merge_changes([products(tmp_path / "1", {"log": "a", "data.csv": "a"}, log="one")])
    command.apply_changes(earlier, work)
    assert not (work / "data.csv").exists()  # stage `a` removed it
    before = command._snapshot(work)
    (work / "new").mkdir()
    (work / "new" / "table.csv").write_text("1")
    command.keep_changes("b", earlier, before, work, out)
    assert json.loads((out / "files.json").read_text()) == {
        "data.csv": "a",
        "log": "a",
        "new": "b",
        "new/table.csv": "b",
    }
    assert sorted(path.relative_to(out / "files").as_posix() for path in (out / "files").rglob("*")) == [
        "log",
        "new",
        "new/table.csv",
    ]


def test_the_project_s_own_folders_are_not_copied(command: ModuleType) -> None:
    names = ["data", "src", "stages", "products", ".venv", "engines", "__pycache__", "params.yaml"]
    assert command._ignore_own(str(command.PROJECT), names) == set(names) - {"data"}
    assert command._ignore_own(str(command.PROJECT / "data"), ["src", "__pycache__"]) == {"__pycache__"}
