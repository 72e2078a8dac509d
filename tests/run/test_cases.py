"""One hazard a case: it comes out the same in both styles, or is refused with the cell and the name.

A case of `tests/cases/<family of hazards>/` is a text file: the notebook in percent form, then files beside it
(`# %% [file] tags=["helper.py"]`), values that the run gives parameters instead of their own (`# %% [given]`), then what must
come out:

    # same                          each stage shows what the notebook shows
    # refused NB203 cell 2 lock     nothing is written; an error with this code names this cell and this name (one line each)
    # fails                         the notebook fails when it runs, and so does the pipeline

`python tests/run/test_cases.py` rewrites the cases that were refused and come out the same by now; nothing else does.
Nightly (`NB2PIPE_PROFILE=nightly`) each case runs in both styles, otherwise in one: the styles take turns.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from nb2pipe.dataflow.interpret import top_level
from tests.conftest import NIGHTLY
from tests.property.judging import (
    STYLES,
    Cell,
    Verdict,
    judge,
    read_percent,
    run_notebook,
    scratch,
    split_statements,
    write_notebook,
    write_percent,
)
from tests.property.shells import Shells

CASES = Path(__file__).resolve().parents[1] / "cases"
ALL = sorted(CASES.glob("*/*.txt"))
#: Cases that must not come out different either when every statement, or every two, are a stage: case, statements, style.
#: Nightly all in both styles, otherwise one in 24, in turns.
SPLIT = [
    (path, size, style)
    for number, path in enumerate(ALL)
    for turn, (size, style) in enumerate(itertools.product((1, 2), STYLES))
    if NIGHTLY or number % 96 == 24 * turn + 5
]
#: Cases that must not come out different either when calls are followed as little as may be, as they are in very long chains.
CUT_OFF = [(path, STYLES[number % 2]) for number, path in enumerate(ALL) if NIGHTLY or number % 48 == 7]
#: The same where what only may be called is followed by one statement of a notebook, as in those with very much of it.
EXHAUSTED = [(path, STYLES[number % 2]) for number, path in enumerate(ALL) if NIGHTLY or number % 48 == 31]
OUTCOMES = ("# same", "# fails", "# refused ")


def with_styles(cases: Sequence[Path]) -> list[tuple[Path, str]]:
    """Each case with the styles in which it runs: nightly both, otherwise one, and the styles take turns."""
    return [
        (path, each) for number, path in enumerate(cases) for each in (STYLES if NIGHTLY else (STYLES[number % 2],))
    ]


@pytest.fixture(scope="module")
def shells() -> Iterator[Shells]:
    with Shells() as made:
        yield made


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch() as made:
        yield made


def read_case(path: Path) -> tuple[list[Cell], list[str]]:
    """The notebook of a case and the lines that say what must come out."""
    lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    end = len(lines)
    while end and lines[end - 1].startswith(OUTCOMES):
        end -= 1
    assert end < len(lines), f"{path.name} does not say what must come out"
    return read_percent("\n".join(lines[:end])), lines[end:]


def check_form(path: Path) -> None:
    """A case is written in the only form that it has."""
    cells, expected = read_case(path)
    assert path.read_text(encoding="utf-8") == write_percent(cells) + "\n" + "\n".join(expected) + "\n", path


def judge_case(shells: Shells, cells: Sequence[Cell], folder: Path, *styles: str) -> dict[str, Verdict]:
    """Style → verdict."""
    (folder / "original").mkdir()
    write_notebook(cells, folder / "original" / "notebook.ipynb")
    wanted = run_notebook(shells, cells, folder / "original")
    return {style: judge(shells, cells, folder, style, wanted) for style in styles}


def describe(verdict: Verdict) -> list[str]:
    """The lines of a case that say this."""
    if verdict.kind != "refused":
        return [f"# {verdict.kind}"]
    return list(dict.fromkeys(f"# refused {d.code} cell {d.span.cell} {d.name}".rstrip() for d in verdict.refusals))


@pytest.mark.parametrize(
    ("path", "style"),
    [pytest.param(*chosen, id=f"{chosen[0].parent.name}-{chosen[0].stem}-{chosen[1]}") for chosen in with_styles(ALL)],
)
def test_case(shells: Shells, path: Path, style: str, folder: Path) -> None:
    cells, expected = read_case(path)
    verdict = judge_case(shells, cells, folder, style)[style]
    assert describe(verdict) == expected, f"{verdict.kind}: {verdict.why}"


@pytest.mark.parametrize(
    ("path", "size", "style"),
    SPLIT,
    ids=[f"{path.parent.name}-{path.stem}-{size}-{style}" for path, size, style in SPLIT],
)
def test_every_statement_a_stage(shells: Shells, path: Path, size: int, style: str, folder: Path) -> None:
    verdict = judge_case(shells, split_statements(read_case(path)[0], size), folder, style)[style]
    assert verdict.fine, f"{verdict.kind}: {verdict.why}"


@pytest.mark.parametrize(
    ("path", "style"), CUT_OFF, ids=[f"{path.parent.name}-{path.stem}-{style}" for path, style in CUT_OFF]
)
def test_no_call_is_followed_twice(
    shells: Shells, path: Path, style: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(top_level, "BUDGET", 0)
    verdict = judge_case(shells, read_case(path)[0], folder, style)[style]
    assert verdict.fine, f"{verdict.kind}: {verdict.why}"


@pytest.mark.parametrize(
    ("path", "style"), EXHAUSTED, ids=[f"{path.parent.name}-{path.stem}-{style}" for path, style in EXHAUSTED]
)
def test_nothing_that_may_be_called_is_followed_twice(
    shells: Shells, path: Path, style: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(top_level, "MOST_WORK", 0)
    verdict = judge_case(shells, read_case(path)[0], folder, style)[style]
    assert verdict.fine, f"{verdict.kind}: {verdict.why}"


def test_every_family_has_cases() -> None:
    assert {path.parent.name[:2] for path in ALL} == {f"{number:02}" for number in range(1, 21)}


@pytest.mark.parametrize("family", sorted({path.parent for path in ALL}), ids=lambda path: path.name)
def test_cases_are_written_in_their_only_form(family: Path) -> None:
    for path in family.glob("*.txt"):
        check_form(path)


def main() -> int:
    """Rewrites what was refused and comes out the same in both styles."""
    changed = 0
    with Shells() as shells:
        for path in ALL:
            cells, expected = read_case(path)
            if not expected[0].startswith("# refused"):
                continue
            with scratch() as folder:
                verdicts = judge_case(shells, cells, folder, *STYLES)
            if {v.kind for v in verdicts.values()} == {"same"}:
                path.write_text(f"{write_percent(cells)}\n# same\n", encoding="utf-8")
                print(path.relative_to(CASES))
                changed += 1
    print(f"{changed} cases come out the same by now")
    return 0


if __name__ == "__main__":
    sys.exit(main())
