"""What hints mean on Kubernetes."""

from __future__ import annotations

import pytest

from nb2pipe.targets.kubernetes import limits, mebibytes, secret_pairs
from nb2pipe.targets.workflow import TaskHint
from tests.unit.targets.workflows import small_workflow


@pytest.mark.parametrize(
    ("amount", "size"),
    [
        ("4Gi", 4096),
        ("512Mi", 512),
        ("500M", 477),
        ("1G", 954),
        ("1.5Gi", 1536),
        ("1024", 1),
        ("64Ki", 1),
        ("2GB", 1908),
    ],
)
def test_memory(amount: str, size: int) -> None:
    assert mebibytes(amount) == size


@pytest.mark.parametrize("amount", ["", "much", "4 gigabytes", "-1Gi", "Gi"])
def test_no_amount(amount: str) -> None:
    with pytest.raises(ValueError, match="is no amount of memory"):
        mebibytes(amount)


def test_names() -> None:
    pairs = {"cpu": "2", "mem": "4Gi", "gpu": "1", "amd.com/gpu": "2", "timeout": "60"}
    task = small_workflow(hints=tuple(TaskHint("limit", k, v) for k, v in pairs.items())).task("load")
    assert limits(task) == {"cpu": "2", "memory": "4Gi", "nvidia.com/gpu": "1", "amd.com/gpu": "2"}


def test_secrets() -> None:
    hints = (TaskHint("secret", "database", ""), TaskHint("secret", "store", "TOKEN"))
    assert secret_pairs(small_workflow(hints=hints).task("load")) == [("database", ""), ("store", "TOKEN")]
