"""Stages name the kernel of the environment that they run in, not the one of the notebook's author."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nb2pipe.convert import convert
from nb2pipe.options import Options
from nb2pipe.pipeline.kernels import kernel_of


@pytest.mark.parametrize("name", ["python3", "conda-env-ml-py", "py36-mooc", "venv", ".venv", "python-3.9", "a b: c"])
def test_an_environments_kernel_is_not_kept(name: str) -> None:
    assert kernel_of(name) == "python3"


@pytest.mark.parametrize(
    "name", ["xpython", "xeus-python", "pysparkkernel", "PySpark3", "sagemath-10.2", "glue_pyspark"]
)
def test_a_kernel_of_another_kind_is(name: str) -> None:
    assert kernel_of(name) == name


@pytest.mark.parametrize(
    ("kernel", "options", "expected"),
    [
        ("conda-env-ml-py", Options(), "python3"),
        ("conda-env-ml-py", Options(kernel="conda-env-ml-py"), "conda-env-ml-py"),
        ("xpython", Options(), "xpython"),
        ("xpython", Options(kernel="python3"), "python3"),
    ],
)
def test_each_stage_names_it(tmp_path: Path, kernel: str, options: Options, expected: str) -> None:
    cells = [
        {"cell_type": "code", "id": name, "metadata": {"tags": [f"stage:{name}"]}, "source": source, "outputs": []}
        for name, source in (("a", "x = 1"), ("b", "print(x)"))
    ]
    spec = {"name": kernel, "display_name": "Mine", "language": "python"}
    notebook = tmp_path / "sales.ipynb"
    notebook.write_text(
        json.dumps({"cells": cells, "metadata": {"kernelspec": spec}, "nbformat": 4, "nbformat_minor": 5})
    )
    out = convert(notebook, options=options).out
    for stage in ("a", "b"):
        assert json.loads((out / "stages" / f"{stage}.ipynb").read_text())["metadata"]["kernelspec"]["name"] == expected
        assert f"#     name: {expected}\n" in (out / "stages" / f"{stage}.py").read_text()
    said = f"`{expected}`, which must be installed" in (out / "README.md").read_text()
    assert said == (expected != "python3")
