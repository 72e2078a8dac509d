"""The text of dvc.yaml; tests/targets/test_dvc.py lets DVC run it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml

from nb2pipe.targets.dvc import data_dependencies, render_files
from nb2pipe.targets.workflow import TaskHint
from tests.unit.targets.workflows import small_workflow


def test_a_stage_a_folder() -> None:
    document = yaml.safe_load(render_files(small_workflow(), {}, "")["dvc.yaml"])
    assert list(document["stages"]) == ["load", "total"]
    assert document["stages"]["total"] == {
        "desc": "Total",
        "cmd": "python engines/run_stage.py total --input load=products/load --output products/total"
        " --plots products/total/plots",
        "deps": ["stages/total.ipynb", "src/small/artifacts.py", "products/load"],
        "params": ["factor"],
        "outs": ["products/total"],
    }
    assert document["metrics"] == ["products/total/total.metrics.json"]
    assert document["plots"] == ["products/total/plots"]
    assert "numbers.csv" in document["stages"]["load"]["deps"]


def test_a_stage_that_must_not_be_cached_always_runs() -> None:
    workflow = small_workflow(hints=(TaskHint("cache", "", "disabled"),))
    stages = yaml.safe_load(render_files(workflow, {}, "")["dvc.yaml"])["stages"]
    assert stages["load"]["always_changed"] is True
    assert "always_changed" not in stages["total"]


@pytest.mark.parametrize(
    ("reads", "found"),
    [
        ((), []),
        (("numbers.csv",), ["numbers.csv"]),
        (("data",), ["data/a.csv"]),
        (("dat",), []),
        (("*",), ["data/a.csv", "numbers.csv"]),
    ],
)
def test_data_that_a_stage_depends_on(reads: tuple[str, ...], found: list[str]) -> None:
    workflow = small_workflow(data_files=("data/a.csv", "numbers.csv"))
    assert data_dependencies(replace(workflow.task("load"), reads=reads), workflow) == found


def test_the_page_speaks_of_what_there_is() -> None:
    page = render_files(small_workflow(), {}, "")["engines/dvc.md"]
    assert "dvc exp run -S file_name=VALUE" in page
    assert "dvc metrics show" in page
    bare = replace(small_workflow().task("total"), products=(), plots=False, parameters=())
    page = render_files(small_workflow(tasks=(bare,), parameters=()), {}, "")["engines/dvc.md"]
    assert "exp run" not in page
    assert "metrics" not in page
