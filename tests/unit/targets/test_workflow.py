"""Pipelines as engines see them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from nb2pipe.diagnostics import Span
from nb2pipe.notebook.layout import Hint
from nb2pipe.targets.ploomber import parameter_keys
from nb2pipe.targets.workflow import Task, TaskHint, Workflow, make_workflow, read_workflow, write_workflow
from tests.unit.targets.example import small_pipeline, small_sources
from tests.unit.targets.workflows import small_workflow


def test_a_pipeline_becomes_plain_values(tmp_path: Path) -> None:
    pipeline = small_pipeline(tmp_path)
    load, total = pipeline.stages
    load = replace(load, reads=("numbers.csv",), hints=(Hint("limit", "cpu", "2", Span(2)),))
    pipeline = replace(pipeline, stages=(load, total))
    workflow = make_workflow(pipeline, small_sources(), parameter_keys(pipeline), ["papermill"])
    assert [task.name for task in workflow.tasks] == ["load", "total"]
    assert workflow.task("load").sources == ("stages/load.ipynb", "src/small/artifacts.py", "src/small/load.py")
    assert workflow.task("load").limits == {"cpu": "2"}
    assert workflow.task("load").products == ("data",)
    assert workflow.task("total").products == ("metrics",)
    assert [p.name for p in workflow.parameters] == ["file_name", "min_value", "factor"]  # `unread` is left out
    assert workflow.data_files == ("numbers.csv",)


def test_json_gives_it_back() -> None:
    workflow = small_workflow(hints=(TaskHint("label", "team", "data"),))
    assert read_workflow(write_workflow(workflow)) == workflow


@pytest.mark.parametrize(
    "text", ["{}", "[]", '{"version": 2}', '{"version": 1}', '{"version": 1, "tasks": [{}]}', "no"]
)
def test_other_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_workflow(text)


def chain(**upstream: tuple[str, ...]) -> Workflow:
    task = small_workflow().task("total")
    tasks: tuple[Task, ...] = tuple(replace(task, name=name, upstream=needs) for name, needs in upstream.items())
    return small_workflow(tasks=tasks)


def test_order() -> None:
    workflow = chain(a=(), b=("a",), c=("a",), d=("b", "c"), e=())
    assert workflow.ancestors("d") == ("a", "b", "c")
    assert workflow.ancestors("e") == ()
    assert [task.name for task in workflow.final_tasks] == ["d", "e"]


@pytest.mark.parametrize(
    ("value", "may"),
    [("disabled", False), ("False", False), ("never", False), ("P0D", False), ("enabled", True), ("P7D", True)],
)
def test_cache_hints(value: str, may: bool) -> None:
    assert small_workflow(hints=(TaskHint("cache", "", value),)).task("load").may_cache is may


def test_what_hints_say() -> None:
    hints = (
        TaskHint("image", "", "python:3.12"),
        TaskHint("secret", "token", ""),
        TaskHint("limit", "nvidia.com/gpu", "1"),
    )
    task = small_workflow(hints=hints).task("load")
    assert (task.image, task.secrets, task.limits) == ("python:3.12", ("token",), {"nvidia.com/gpu": "1"})
    assert json.loads(write_workflow(small_workflow(hints=hints)))["tasks"][0]["hints"][0]["kind"] == "image"
