"""PyTorch: gradients, memory that tensors and arrays share, random state and settings come out as in the notebook.

Each case of `torch/` is written as those of `tests/cases`; all are judged in one process that has torch.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.libraries.conftest import build_on_top
from tests.property.judging import read_percent, write_notebook
from tests.run.test_cases import check_form, read_case, with_styles
from tests.targets.conftest import Environment

pytestmark = pytest.mark.xdist_group("torch")

CASES = sorted((Path(__file__).parent / "torch").glob("*.txt"))

Verdicts = dict[tuple[str, str], tuple[list[str], str]]


#: What `verify` must see in the notebook's kernel: gradients, what was computed, a class whose module another cell imports.
NOTEBOOK = """# %% tags=["stage:setup"]
import torch
import torch.nn.functional as F

# %%
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 2)

    def forward(self, x):
        return F.softmax(self.layer(x), dim=1)

# %% tags=["stage:train"]
torch.manual_seed(1)
net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
cost = net(torch.ones(3, 2))[:, 0].sum()
cost.backward()

# %% tags=["stage:step"]
optimizer.step()
print(net.layer.weight.grad, cost)

# %% tags=["stage:again"]
optimizer.step()
print(net.layer.weight, cost)
"""


@pytest.fixture(scope="module")
def environment() -> Environment:
    return build_on_top("torch", "torch==2.13.0")


@pytest.fixture(scope="module")
def verdicts(environment: Environment) -> Verdicts:
    """Case and style to what the verdict says, and why."""
    folder = Path(__file__).parent
    text = environment.check(
        environment.python,
        "-m",
        "tests.libraries.judge",
        folder / "torch",
        "torch",
        cwd=REPOSITORY,
        timeout=600,
        variables={"PYTHONPATH": str(REPOSITORY)},
    )
    found = map(json.loads, text.splitlines())
    return {(Path(f["path"]).stem, f["style"]): (f["said"], f["why"]) for f in found}


@pytest.mark.parametrize(
    ("path", "style"), [pytest.param(path, style, id=f"{path.stem}-{style}") for path, style in with_styles(CASES)]
)
def test_case(verdicts: Verdicts, path: Path, style: str) -> None:
    said, why = verdicts[path.stem, style]
    assert said == read_case(path)[1], why


def test_cases_are_written_in_their_only_form() -> None:
    for path in CASES:
        check_form(path)


@pytest.mark.parametrize("style", ["function", pytest.param("notebook", marks=pytest.mark.nightly)])
def test_verify_sees_gradients(environment: Environment, tmp_path: Path, style: str) -> None:
    write_notebook(read_percent(NOTEBOOK), tmp_path / "net.ipynb")
    command = environment.python, "-m", "nb2pipe"
    environment.check(*command, "convert", "net.ipynb", "-o", "project", "--style", style, cwd=tmp_path)
    verify = *command, "verify", "net.ipynb", "project", "--quick", "--runner", "nb2pipe"
    assert environment.check(*verify, cwd=tmp_path, timeout=300).splitlines()[-1].startswith("Same: 4 stages")

    (changed,) = (
        p for p in (tmp_path / "project").rglob("train.py") if "cost.backward()" in p.read_text(encoding="utf-8")
    )
    changed.write_text(
        changed.read_text(encoding="utf-8").replace("cost.backward()", "(2 * cost).backward()"), encoding="utf-8"
    )
    with pytest.raises(AssertionError, match=r"\.grad"):
        environment.check(*verify, cwd=tmp_path, timeout=300)
