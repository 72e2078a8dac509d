"""A small workflow for the tests of targets: two stages in a row, with a parameter, a data file and a metric."""

from __future__ import annotations

from dataclasses import replace

from nb2pipe.targets.workflow import Task, TaskHint, TaskParameter, Workflow


def small_workflow(hints: tuple[TaskHint, ...] = (), **changes: object) -> Workflow:
    """`load` hands over `numbers`, `total` adds them up; `hints` are those of `load`."""
    load = Task(
        name="load",
        title="Load",
        summary="Reads the numbers: all of them.",
        stem="load",
        upstream=(),
        products=("data",),
        outputs=(("numbers", "list[int]"),),
        parameters=("file_name", "min_value"),
        sources=("stages/load.ipynb", "src/small/artifacts.py", "src/small/load.py"),
        reads=("numbers.csv",),
        hints=hints,
    )
    total = Task(
        name="total",
        title="Total",
        summary="",
        stem="total",
        upstream=("load",),
        products=("metrics",),
        outputs=(),
        parameters=("factor",),
        sources=("stages/total.ipynb", "src/small/artifacts.py"),
        plots=True,
    )
    workflow = Workflow(
        name="small",
        package="small",
        title="A small notebook",
        description='Adds numbers, "quoted".',
        tasks=(load, total),
        parameters=(
            TaskParameter("file_name", "file_name", "numbers.csv"),
            TaskParameter("min_value", "min_value", 2, "smallest number that counts"),
            TaskParameter("factor", "factor", 0.5),
        ),
        workdir=".",
        carries_files=True,
        data_files=("numbers.csv",),
        python="3.11",
        requirements=("cloudpickle==3.1.3", "papermill==2.7.0"),
    )
    return replace(workflow, **changes)  # type: ignore[arg-type]
