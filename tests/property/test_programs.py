"""Random notebooks come out the same or are refused; see strategies.py for what they do.

`NB2PIPE_PROFILE=nightly` runs thousands instead of what fits into a few minutes.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from nb2pipe.convert import Conversion, convert
from nb2pipe.diagnostics import CODES, Span
from nb2pipe.options import Options
from tests.conftest import NIGHTLY
from tests.property.judging import (
    STYLES,
    Cell,
    Verdict,
    judge,
    quick,
    run_notebook,
    scratch,
    write_notebook,
    write_percent,
)
from tests.property.shells import Shells
from tests.property.strategies import notebooks

COMMON = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    "phases": [Phase.explicit, Phase.reuse, Phase.generate, Phase.target, Phase.shrink],  # explaining takes minutes
}
settings.register_profile("nb2pipe-ci", max_examples=250, derandomize=True, database=None, **COMMON)
settings.register_profile("nb2pipe-nightly", max_examples=4000, **COMMON)
PROFILE = settings.get_profile("nb2pipe-nightly" if NIGHTLY else "nb2pipe-ci")

#: At most so many of the programs may be refused, in percent.
REFUSED_AT_MOST = 10


@pytest.fixture(scope="module")
def shells() -> Iterator[Shells]:
    with Shells() as made:
        yield made


@settings(PROFILE)
@given(cells=notebooks(), style=st.sampled_from(STYLES))
def check_program(shells: Shells, verdicts: Counter[str], cells: list[Cell], style: str) -> None:
    with scratch() as folder:
        (folder / "original").mkdir()
        write_notebook(cells, folder / "original" / "notebook.ipynb")
        wanted = run_notebook(shells, cells, folder / "original")
        assume(not wanted.failed)
        for each in STYLES if NIGHTLY else (style,):
            verdict = judge(shells, cells, folder, each, wanted)
            verdicts[verdict.kind] += 1
            assert verdict.kind in ("same", "refused"), f"{each}: {verdict.why}\n\n{write_percent(cells)}"
            check_refusal(verdict, cells)
            if verdict.conversion is not None:
                check_pipeline(verdict.conversion, cells)
                check_again(verdict.conversion, folder, each)


def test_programs_say_the_same_and_few_are_refused(shells: Shells) -> None:
    verdicts: Counter[str] = Counter()
    check_program(shells=shells, verdicts=verdicts)
    print(f"random programs: {dict(verdicts)}", file=sys.stderr)
    assert verdicts.total()
    assert verdicts["refused"] * 100 <= REFUSED_AT_MOST * verdicts.total()


def check_refusal(verdict: Verdict, cells: list[Cell]) -> None:
    """A refusal can be explained: it has a code with a page, a cell of the notebook, a name or a remedy."""
    for refusal in verdict.refusals:
        assert refusal.code in CODES
        assert 1 <= refusal.span.cell <= len(cells)
        assert refusal.message and (refusal.name or refusal.help), refusal


def check_pipeline(conversion: Conversion, cells: list[Cell]) -> None:
    """Stages stand in an order that respects their edges, and each edge points into the notebook."""
    pipeline = conversion.analysis.pipeline
    assert pipeline is not None
    place = {stage.name: number for number, stage in enumerate(pipeline.stages)}
    for stage in pipeline.stages:
        assert all(place[name] < place[stage.name] for name in stage.upstream)
    for edge in pipeline.edges:
        assert place[edge.source] < place[edge.target]
        assert edge.source in pipeline.stage(edge.target).upstream
        for span in (edge.defined, edge.used):
            check_span(span, cells)


def check_span(span: Span, cells: list[Cell]) -> None:
    """The place is in the notebook: 1 ≤ line ≤ lines of the cell, columns inside their lines (counted in UTF-8 at most)."""
    if not span.cell:
        return
    assert 1 <= span.cell <= len(cells)
    lines = cells[span.cell - 1].source.split("\n")
    assert 0 <= span.line <= len(lines)
    assert span.end_line == 0 or span.line <= span.end_line <= len(lines)
    if span.column:
        assert span.column <= len(lines[span.line - 1]) + 1
    if span.end_column:
        assert span.end_column <= len(lines[(span.end_line or span.line) - 1]) + 1


def check_again(conversion: Conversion, folder: Path, style: str) -> None:
    """Converting again writes nothing; converting a copy writes the same bytes."""
    notebook = folder / style / "notebook.ipynb"
    made = {f.relative_to(conversion.out): f.read_bytes() for f in conversion.out.rglob("*") if _is_ours(f, conversion)}
    with quick():
        again = convert(notebook, conversion.out, Options(style=style))
    assert not again.written and not again.removed and not again.conflicts
    place = folder / "again" / style
    place.mkdir(parents=True)
    shutil.copy(notebook, place)
    with quick():
        other = convert(place / "notebook.ipynb", place / "project", Options(style=style))
    assert other.written == conversion.written
    assert [n for n in other.written if (other.out / n).read_bytes() != made[Path(n)]] == []


def _is_ours(file: Path, conversion: Conversion) -> bool:
    return file.is_file() and str(file.relative_to(conversion.out)).replace(os.sep, "/") in set(conversion.written)


def test_the_programs_can_do_what_they_should() -> None:
    """The strategies reach every kind of statement that they are there for."""
    found: set[str] = set()
    wanted = {
        *("global", "nonlocal", "lambda", "class", "def ", "for ", "if ", "try:", "del ", " is ", ".append("),
        *("random.", "np.random", "pd.DataFrame", "open(", "os.environ"),
    }

    @settings(max_examples=1_500, derandomize=True, database=None, **COMMON)
    @given(notebooks())
    def look(cells: list[Cell]) -> None:
        found.update(w for w in wanted if any(w in c.source for c in cells))

    look()
    assert wanted <= found
