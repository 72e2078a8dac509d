"""What hints mean on Kubernetes, for the engines that run there."""

from __future__ import annotations

import math
import re

from nb2pipe.targets.workflow import Task

#: Short names of resources, as tags may have them.
_RESOURCES = {"gpu": "nvidia.com/gpu", "mem": "memory"}
#: Limits that are no resource of a pod.
_OTHERS = frozenset({"timeout"})


def limits(task: Task) -> dict[str, str]:
    """Resource to amount, by the names that Kubernetes has: `cpu`, `memory`, `nvidia.com/gpu`."""
    return {_RESOURCES.get(key, key): value for key, value in task.limits.items() if key not in _OTHERS}


def secret_pairs(task: Task) -> list[tuple[str, str]]:
    """Each secret that a task needs, and its key; an empty key stands for all of its keys."""
    return [(key or value, value if key else "") for key, value in task.values_of("secret")]


def mebibytes(amount: str) -> int:
    """A Kubernetes amount of memory, such as `4Gi` or `500M`, in mebibytes, rounded up.

    Raises:
        ValueError: It is no such amount.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kKMGT]?)(i?)B?", amount.strip())
    if not match:
        raise ValueError(f"{amount!r} is no amount of memory, such as 4Gi or 500M")
    number, unit, binary = match.groups()
    power: int = " kMGT".index(unit.replace("K", "k") or " ")
    size = float(number) * float(1024 if binary else 1000) ** power
    return max(1, math.ceil(size / 1024**2))
