"""What PyTorch, TensorFlow and Keras keep in their process: handed over where it can be, else refused. None is installed here."""

from __future__ import annotations

from pathlib import Path

import pytest

from nb2pipe.convert import convert
from nb2pipe.diagnostics import Nb2pipeError
from tests.property.judging import Cell, write_notebook

IMPORTS = "import tensorflow as tf\nfrom tensorflow import keras"


def convert_stages(folder: Path, *sources: str) -> Path:
    cells = [Cell(("imports",), IMPORTS), *(Cell((f"stage:s{n}",), source) for n, source in enumerate(sources, 1))]
    write_notebook(cells, folder / "notebook.ipynb")
    return convert(folder / "notebook.ipynb").out


def test_seeds_and_the_names_of_layers_go_on_in_the_next_stage(tmp_path: Path) -> None:
    out = convert_stages(
        tmp_path, "tf.random.set_seed(0)\nlayer = keras.layers.Dense(1)", "other = keras.layers.Dense(1)"
    )
    first, second = ((out / "stages" / f"s{n}.py").read_text() for n in (1, 2))
    assert 'artifacts.random_state("keras")' in first
    assert 'artifacts.restore_random_state(upstream["s1"]["data"], "keras")' in second


def test_one_call_seeds_all_generators(tmp_path: Path) -> None:
    seeds = "keras.utils.set_random_seed(0)"
    out = convert_stages(tmp_path, seeds, "import random\nprint(random.random(), tf.random.normal([1]))")
    assert (
        'restore_random_state(upstream["s1"]["data"], "random", "numpy.random", "keras")'
        in (out / "stages" / "s2.py").read_text()
    )


def test_notebooks_without_them_know_nothing_of_it(tmp_path: Path) -> None:
    write_notebook(
        [Cell(("stage:a",), "import helpers\nhelpers.do()"), Cell(("stage:b",), "helpers.do()")], tmp_path / "a.ipynb"
    )
    out = convert(tmp_path / "a.ipynb").out
    assert not any("keras" in path.read_text() for path in out.rglob("*.py"))


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        ("with tf.GradientTape() as tape:\n    y = tf.Variable(1.0) ** 2", "print(tape.watched_variables())", "tape"),
        ("rows = tf.data.Dataset.from_tensor_slices([1, 2]).batch(2)", "print(list(rows))", "rows"),
        ("rows = keras.utils.image_dataset_from_directory('cats')", "rows = rows.prefetch(1)", "rows"),
        (
            "class Net(keras.Model):\n    def call(self, x):\n        return x\nnet = Net()",
            "net.compile(loss='mse')",
            "net",
        ),
    ],
)
def test_what_no_file_can_hold_is_refused(tmp_path: Path, first: str, second: str, name: str) -> None:
    with pytest.raises(Nb2pipeError) as caught:
        convert_stages(tmp_path, first, second)
    (error,) = (d for d in caught.value.diagnostics if d.is_error)
    assert (error.code, error.name, error.span.cell) == ("NB203", name, 3)


def test_elements_of_a_dataset_are_handed_over(tmp_path: Path) -> None:
    source = "rows = tf.data.Dataset.from_tensor_slices([1, 2])\nvalues = [row for row in rows]"
    out = convert_stages(tmp_path, source, "print(values)")
    assert '"values"' in (out / "stages" / "s1.py").read_text()


def test_a_class_that_says_its_configuration_is_handed_over(tmp_path: Path) -> None:
    code = "class Net(keras.Model):\n    def call(self, x):\n        return x\n    def get_config(self):\n        return {}\nnet = Net()"
    out = convert_stages(tmp_path, code, "print(net)")
    assert '"net"' in (out / "stages" / "s1.py").read_text()


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("import torch", True),
        ("import os, torch.nn as nn", True),
        ("from transformers import pipeline", True),
        ("    import torch", True),
        ("from sklearn import datasets", False),
        ("import torchless", False),
        ("from . import torch", False),
        ("text = 'import torch'", False),
    ],
)
def test_only_its_import_says_that_a_library_is_there(tmp_path: Path, statement: str, expected: bool) -> None:
    source = f"def f():\n{statement}\n" if statement.startswith(" ") else f"{statement}\nx = 1"
    write_notebook([Cell(("stage:a",), source), Cell(("stage:b",), "print(2)")], tmp_path / "a.ipynb")
    assert (
        "_reduce_tensor" in (convert(tmp_path / "a.ipynb").out / "src" / "a" / "artifacts.py").read_text()
    ) == expected


TRAINING = """import pandas as pd
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 1)

    def forward(self, x):
        return torch.sigmoid(self.layer(x)).t()

def train(net, x, steps=2):
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(steps):
        loss = net(x).mean()
        loss.backward()
        optimizer.step()
    return loss.item()
"""


def read_folder(folder: Path, first: str, *others: str) -> list[str]:
    """Of a notebook that reads a file and trains: the codes of what is told of files, and the files that the project has."""
    cells = [
        Cell(("stage:load",), first + "\ntable = pd.read_csv('table.csv')"),
        Cell(("stage:train",), "net = Net()\nprint(train(net, torch.tensor(table.values)))"),
        *(Cell((f"stage:s{n}",), source) for n, source in enumerate(others, 1)),
    ]
    write_notebook(cells, folder / "notebook.ipynb")
    (folder / "table.csv").write_text("a,b\n1.0,2.0\n", encoding="utf-8")
    conversion = convert(folder / "notebook.ipynb")
    told = [d.code for d in conversion.analysis.diagnostics if d.code == "NB401"]
    return [*told, *(str(path.relative_to(conversion.out)) for path in conversion.out.rglob("*.csv"))]


@pytest.mark.parametrize(
    "others", [(), ("torch.save(net.state_dict(), 'net.pt')", "net.load_state_dict(torch.load('net.pt'))")]
)
def test_tensors_networks_and_optimizers_touch_no_file(tmp_path: Path, others: tuple[str, ...]) -> None:
    assert read_folder(tmp_path, TRAINING, *others) == ["table.csv"]


@pytest.mark.parametrize(
    "first",
    [
        TRAINING + "from torchvision.datasets import MNIST",
        TRAINING + "from torch.utils.tensorboard import SummaryWriter",
        TRAINING + "import trainers",
        TRAINING + "def keep(net):\n    torch.save(net, 'net.pt')",
        TRAINING + "def save(net):\n    torch.save(net, 'net.pt')",
        TRAINING + "keepers = [torch.save]",
        TRAINING + "from torch import save as keep",
        TRAINING + "weights = torch.hub.load('org/net', 'net')",
    ],
)
def test_what_may_touch_any_file_keeps_the_notebooks_folder(tmp_path: Path, first: str) -> None:
    assert read_folder(tmp_path, first) == ["NB401"]


def test_a_library_that_is_not_installed_is_no_module_that_the_notebook_writes(tmp_path: Path) -> None:
    out = convert_stages(
        tmp_path,
        "def make(n):\n    return keras.Sequential([keras.layers.Dense(n)])\nmodel = make(3)",
        "open('log.txt', 'w').write('x')\nmodel = make(4)\nmodel.summary()",
    )
    assert "def make(n)" in (out / "src" / "notebook" / "functions.py").read_text()
