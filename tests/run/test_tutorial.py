"""The tutorial does what it says: its files are written, its commands run, and what it shows comes out.

A fence after `<!-- file: NAME -->` is a file. In a `console` fence, `$ ` begins a command and the lines below it are its
output: each must come, in this order; `…` stands for any text, on a line of its own for any lines. Blanks may differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY, Completed

TUTORIAL = REPOSITORY / "docs" / "tutorial.md"
_FENCE = re.compile(r"(?:<!-- file: (?P<file>\S+) -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)```", re.DOTALL)


@dataclass
class Step:
    """A command and the lines that it must print, or a file to write."""

    command: str = ""
    lines: list[str] = field(default_factory=list)
    file: str = ""
    text: str = ""


def read_steps(text: str) -> Iterator[Step]:
    for fence in _FENCE.finditer(text):
        if fence["file"]:
            yield Step(file=fence["file"], text=fence["text"])
        elif fence["kind"] == "console":
            step: Step | None = None
            for line in fence["text"].splitlines():
                if line.startswith("$ "):
                    if step:
                        yield step
                    step = Step(command=line[2:])
                elif step and line.strip():
                    step.lines.append(line)
            if step:
                yield step


def find_missing(expected: list[str], output: str) -> str:
    """The first expected line that does not come after those before it; empty where all come."""
    position = 0
    for line in expected:
        if line.strip() == "…":
            continue
        words = re.escape(" ".join(line.split())).replace("…", ".*?").replace(r"\ ", " ")
        found = re.compile(rf"^{words}$", re.MULTILINE).search(output, position)
        if found is None:
            return line
        position = found.end()
    return ""


def tidy(output: str) -> str:
    output = re.sub(r"\x1b\[[0-9;]*m", "", output)
    return "\n".join(" ".join(line.split()) for line in re.split(r"[\r\n]", output))


@pytest.mark.parametrize(
    ("expected", "output", "missing"),
    [
        (["a", "…", "c"], "a\nb\nc", ""),
        (["b", "a"], "a\nb", "a"),
        (["x … z"], "x y z", ""),
        (["x"], "x y", "x"),
    ],
)
def test_a_line_that_is_missing_is_found(expected: list[str], output: str, missing: str) -> None:
    assert find_missing(expected, output) == missing


def test_the_tutorial(tmp_path: Path, run_cli: Callable[..., Completed], run_command: Callable[..., Completed]) -> None:
    folder, commands = tmp_path, 0
    person = {
        f"GIT_{who}_{what}": "someone@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    for step in read_steps(TUTORIAL.read_text(encoding="utf-8")):
        if step.file:
            (folder / step.file).write_text(step.text, encoding="utf-8")
            continue
        commands += 1
        if step.command.startswith("cd "):
            folder = (folder / step.command[3:]).resolve()
            continue
        words = step.command.split()
        if words[0] == "nb2pipe":
            done = run_cli(*words[1:], cwd=folder)
        else:
            done = run_command("bash", "-c", step.command, cwd=folder, **person)
        output = tidy(done.stdout + "\n" + done.stderr)
        refused = any(line.startswith("error[") for line in step.lines)
        assert done.returncode == (1 if refused else 0), f"$ {step.command}\n{output}"
        missing = find_missing(step.lines, output)
        assert not missing, f"$ {step.command}\nmissing: {missing}\n{output}"
        if not step.lines:
            assert not done.stdout.strip(), f"$ {step.command}\n{output}"
    assert commands > 15
