"""Libraries of some years ago, which many notebooks want: what they pickle otherwise than today's comes out the same, too.

The cases of `tests/cases` that are about random numbers and about figures are judged in one process that has those libraries.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.libraries.conftest import build_on_top
from tests.run.test_cases import CASES, read_case
from tests.targets.conftest import Environment

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.xdist_group("older"),
    pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="NumPy 1.24 is built for Python 3.11 and before"),
]

OLDER = (
    "ipykernel==6.29.5",
    "ipython==8.20.0",
    "matplotlib==3.7.5",
    "numpy==1.24.4",
    "pandas==1.5.3",
    "scikit-learn==1.2.2",
    "scipy==1.10.1",
    "seaborn==0.12.2",
)


@pytest.fixture(scope="module")
def environment() -> Environment:
    return build_on_top("older", *OLDER)


@pytest.mark.parametrize("family", ["14_random_state", "19_shown", "15_settings"])
def test_cases_come_out_as_with_the_libraries_of_today(environment: Environment, family: str) -> None:
    text = environment.check(
        environment.python,
        *("-m", "tests.libraries.judge", CASES / family),
        cwd=REPOSITORY,
        timeout=1200,
        variables={"PYTHONPATH": str(REPOSITORY)},
    )
    wrong = {}
    for found in map(json.loads, text.splitlines()):
        _, expected = read_case(Path(found["path"]))
        if found["said"] not in (expected, ["# fails"]):  # some notebooks fail there, and so do their pipelines
            wrong[Path(found["path"]).stem, found["style"]] = found["said"], found["why"]
    assert text
    assert not wrong
