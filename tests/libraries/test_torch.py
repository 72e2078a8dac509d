"""PyTorch: gradients, memory that tensors and arrays share, random state and settings come out as in the notebook.

Each case of `torch/` is written as those of `tests/cases`; all are judged in one process that has torch.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.libraries.conftest import build_on_top
from tests.property.judging import STYLES, write_percent
from tests.run.test_cases import read_case

pytestmark = pytest.mark.xdist_group("torch")

CASES = sorted((Path(__file__).parent / "torch").glob("*.txt"))

Verdicts = dict[tuple[str, str], tuple[list[str], str]]


@pytest.fixture(scope="module")
def verdicts() -> Verdicts:
    """Case and style to what the verdict says, and why."""
    environment = build_on_top("torch", "torch==2.13.0")
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


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_case(verdicts: Verdicts, path: Path, style: str) -> None:
    said, why = verdicts[path.stem, style]
    assert said == read_case(path)[1], why


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_a_case_is_written_in_its_only_form(path: Path) -> None:
    cells, expected = read_case(path)
    assert path.read_text(encoding="utf-8") == write_percent(cells) + "\n" + "\n".join(expected) + "\n"
