"""The notebooks that are measured besides the examples: generated, so that their size and work are known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

#: Work of a known length on one core, in pure Python: libraries would use as many cores as there are.
_WORK = """def work(seed, steps):
    value = seed
    for _ in range(steps):
        value = (value * 1103515245 + 12345) % 2147483648
    return value"""


def write_notebook(path: Path, cells: Sequence[tuple[str, str, Sequence[str]]]) -> Path:
    """Writes cells (kind, source, tags) as a notebook of format 4.5."""
    rows = []
    for number, (kind, source, tags) in enumerate(cells):
        row: dict[str, object] = {
            "cell_type": kind,
            "id": f"c{number}",
            "metadata": {"tags": list(tags)} if tags else {},
        }
        if kind == "code":
            row |= {"execution_count": None, "outputs": []}
        rows.append(row | {"source": source})
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    document = {"cells": rows, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def write_long(path: Path, size: int, stage_size: int = 20) -> Path:
    """A notebook of that many cells, that nb2pipe (tags), Kale (tags) and Soorgeon (headings) all cut into the same stages.

    Each stage reads a frame that the one before it made, changes a copy and prints.
    """
    cells: list[tuple[str, str, Sequence[str]]] = [
        ("code", "import numpy as np\nimport pandas as pd", ("imports",)),
        ("markdown", "## s0", ()),
        (
            "code",
            'frame0 = pd.DataFrame({"a": np.arange(50), "b": np.arange(50) % 7})\nprint(len(frame0))',
            ("step:s0",),
        ),
    ]
    stage = 0
    while len(cells) < size:
        stage += 1
        tags = (f"step:s{stage}", f"prev:s{stage - 1}")
        cells.append(("markdown", f"## s{stage}", ()))
        cells.append(("code", f"frame{stage} = frame{stage - 1}.copy()", tags))
        for step in range(min(stage_size - 2, size - len(cells))):
            cells.append(("code", _step(stage, step), ()))
    return write_notebook(path, cells[:size])


def _step(stage: int, step: int) -> str:
    frame = f"frame{stage}"
    return (
        f'{frame}["c{step}"] = {frame}["a"] * {step + 1} + {frame}["b"]',
        f'total_{stage}_{step} = {frame}.groupby("b")["a"].sum()\nprint(total_{stage}_{step}.max())',
        f"for row_{stage}_{step} in range(3):\n    print(row_{stage}_{step}, {frame}.shape)",
        f'best_{stage}_{step} = [x for x in {frame}["a"] if x > {step}]\nprint(len(best_{stage}_{step}))',
    )[step % 4]


def write_line(path: Path, steps: int, stages: int = 5) -> Path:
    """Stages in a line: each works and hands a frame over."""
    cells: list[tuple[str, str, Sequence[str]]] = [
        ("code", "import pandas as pd\nfrom sklearn.linear_model import LinearRegression", ("imports",)),
        ("code", _WORK, ("functions",)),
        ("code", 'frame = pd.DataFrame({"x": range(1000)})', ("stage:start",)),
    ]
    for number in range(stages - 1):
        code = f'column = work({number}, {steps})\nframe = frame.assign(y{number}=frame["x"] * (column % 10))'
        cells.append(("code", f"{code}\nprint(frame.sum().sum())", (f"stage:step{number}",)))
    fit = 'model = LinearRegression().fit(frame[["x"]], frame["x"])\nprint(model.coef_.round(3))'
    return write_notebook(path, [*cells, ("code", fit, ("stage:fit",))])


def write_branches(path: Path, steps: int) -> Path:
    """Two branches of the same length that need nothing of each other."""
    cells: list[tuple[str, str, Sequence[str]]] = [
        ("code", "import pandas as pd", ("imports",)),
        ("code", _WORK, ("functions",)),
        ("code", 'frame = pd.DataFrame({"x": range(1000)})\nprint(len(frame))', ("stage:load",)),
        ("code", f'left = frame["x"].sum() + work(1, {steps})\nprint(left)', ("stage:left",)),
        ("code", f'right = frame["x"].sum() + work(2, {steps})\nprint(right)', ("stage:right",)),
        ("code", "print(left + right)", ("stage:both",)),
    ]
    return write_notebook(path, cells)


def write_trivial(path: Path, stages: int) -> Path:
    """Many stages that do next to nothing, all behind one."""
    cells: list[tuple[str, str, Sequence[str]]] = [("code", "start = 1", ("stage:start",))]
    cells += [("code", f"value{n} = start + {n}\nprint(value{n})", (f"stage:s{n}",)) for n in range(1, stages)]
    return write_notebook(path, cells)
