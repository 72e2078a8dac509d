"""Measures the hand-over of one big value, in the project's environment: python handover.py PROJECT KIND BYTES WORK."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

#: In one process: the first write of that size costs more than the next, whoever does it.
TURNS = 6


def main(project: Path, kind: str, size: int, work: Path) -> None:
    """Prints the seconds that saving, copying a file of that size, loading, and reading that file take."""
    sys.path.insert(0, str(next((project / "src").iterdir()).parent))
    package = next(p.parent.name for p in (project / "src").glob("*/artifacts.py"))
    artifacts = __import__(f"{package}.artifacts", fromlist=["artifacts"])
    import numpy as np
    import pandas as pd

    values = np.random.default_rng(0).random(size // 8)
    value = values if kind == "array" else pd.DataFrame(values.reshape(-1, 8), columns=list("abcdefgh"))
    plain, copied, saved = work / "plain.bin", work / "copied.bin", work / "saved.pkl"
    values.tofile(plain)
    taken: dict[str, list[float]] = {"copy": [], "save": [], "read": [], "load": []}

    def copy() -> None:
        taken["copy"].append(_time(lambda: subprocess.run(["cp", plain, copied], check=True)))
        taken["read"].append(_time(lambda: _read(copied)))
        copied.unlink()

    def hand_over() -> None:
        taken["save"].append(_time(lambda: artifacts.save(saved, {"value": value})))
        taken["load"].append(_time(lambda: artifacts.load(saved, "value")))
        saved.unlink()

    for turn in range(
        TURNS
    ):  # each is first as often as the other: the memory that the first one frees is fast for the next
        for action in (copy, hand_over) if turn % 2 else (hand_over, copy):
            action()
    artifacts.save(saved, {"value": value})
    loaded = artifacts.load(saved, "value")
    same = np.array_equal(loaded, value) if kind == "array" else loaded.equals(value)
    for path in (plain, saved):
        path.unlink()
    if not same:
        raise SystemExit("what was loaded is not what was saved")
    print(json.dumps({what: statistics.median(seconds) for what, seconds in taken.items()}))


def _time(action: object) -> float:
    os.sync()  # what was written before is not to be paid for now
    begin = time.monotonic()
    action()  # type: ignore[operator]
    return time.monotonic() - begin


def _read(path: Path) -> None:
    with open(path, "rb") as file:
        while file.read(1 << 24):
            pass


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
