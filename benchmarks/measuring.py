"""Runs commands and measures them: wall time, CPU seconds of the whole process tree, peak memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Usage:
    """What one run took: wall and CPU in seconds, the largest process's peak memory in bytes."""

    wall: float
    cpu: float
    peak: int


@dataclass(slots=True)
class Contender:
    """One of the commands that are measured in turns.

    Attributes:
        name: As the table shows it.
        run: Prepares and runs it once; what it took.
        taken: What each run took.
    """

    name: str
    run: Callable[[], Usage]
    taken: list[Usage] = field(default_factory=list)

    def median(self, what: str) -> float:
        """The median of `wall`, `cpu` or `peak`."""
        return statistics.median(getattr(u, what) for u in self.taken)


def measure(command: Sequence[str | Path], cwd: Path, **variables: str) -> Usage:
    """Runs a command to its end.

    Raises:
        RuntimeError: It fails; its last lines are in the message.
    """
    environment = {k: v for k, v in os.environ.items() if k not in ("MPLBACKEND", "PYTHONPATH")}
    program = Path(command[0])
    if program.is_absolute():
        environment["PATH"] = os.pathsep.join([str(program.parent), environment["PATH"]])
    environment |= {"PLOOMBER_STATS_ENABLED": "false", "NO_COLOR": "1"} | variables
    log = cwd / ".bench.log"
    with open(log, "w+b") as file:
        begin = time.monotonic()
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
    said = log.read_text(encoding="utf-8", errors="replace")
    log.unlink()
    if process.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} fails ({process.returncode}):\n{said[-2000:]}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Usage(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit)


def take_turns(contenders: Sequence[Contender], rounds: int, tell: Callable[[str], None], warm: bool = False) -> None:
    """Runs all, one after the other, as often as there are rounds; with `warm` once before, which does not count."""
    if warm:
        for contender in contenders:
            contender.run()
    for number in range(rounds):
        for contender in contenders:
            contender.taken.append(contender.run())
            last = contender.taken[-1]
            tell(f"  {number + 1}/{rounds} {contender.name}: {last.wall:.2f} s wall, {last.cpu:.2f} s CPU")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the results.

    Attributes:
        what: What was measured.
        against: What it is compared with.
        measure: `wall`, `cpu`, or what else the figures are.
        ours: Our figure, with its unit.
        theirs: The other figure.
        ratio: Ours as a multiple of the other.
        reach: The ratio to reach; None where there is none.
    """

    what: str
    against: str
    measure: str
    ours: str
    theirs: str
    ratio: float
    reach: float | None = None


def compare(
    what: str,
    ours: Contender,
    theirs: Contender,
    measure: str,
    reach: float | None,
    values: Mapping[str, str] | None = None,
) -> Row:
    """A row from two contenders' medians."""
    mine, other = ours.median(measure), theirs.median(measure)
    label = {"wall": "wall time", "cpu": "CPU", "peak": "peak memory"}[measure]
    return Row(what, theirs.name, label, _show(mine, measure), _show(other, measure), mine / other, reach)


def _show(value: float, measure: str) -> str:
    return f"{value / 2**20:.0f} MiB" if measure == "peak" else f"{value:.2f} s"
