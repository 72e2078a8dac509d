"""Quick fixes: each that is offered makes its diagnostic go away, on the notebooks of tests/diagnostics."""

from __future__ import annotations

from pathlib import Path

import jupytext
import pytest

from nb2pipe.convert import analyze_notebook
from nb2pipe.diagnostics import Nb2pipeError
from nb2pipe.lab import fixes
from nb2pipe.lab.analysis import find_layout
from nb2pipe.lab.edits import MoveEdit, TagEdit, apply_edits
from nb2pipe.lab.fixes import Candidate, Subject, find_fixes, fix_document
from nb2pipe.notebook.model import Notebook
from nb2pipe.notebook.read import make_notebook
from nb2pipe.options import Options

CASES = Path(__file__).parents[2] / "diagnostics"

#: Diagnostics that only a change of the code removes, or that are news rather than mistakes.
WITHOUT = ["NB103_missing_bracket", "NB202_misspelt", "NB205_globals", "NB310_limit", "NB601_star"]

#: Case to the titles of its fixes.
WITH = {
    "NB201_wrong_order": ["Move cell 2 above cell 1"],
    "NB203_generator": ["Move cell 2 to stage `load`", "Move cell 1 to stage `wait`", "Join stage `wait` to `load`"],
    "NB204_skipped_definition": ["Take `skip` off cell 2", "Skip cell 3, too"],
    "NB301_after": ["Remove the tag `after:report`"],
    "NB302_two_places": ["Call the part from cell 3 on `load_2`"],
    "NB303_path": ["Rename the tag to `stage:clean`"],
    "NB304_misspelt": ["Rename the tag to `metrics`", "Remove the tag `metrcs`"],
    "NB305_unknown_stage": ["Rename the tag to `after:load`", "Remove the tag `after:laod`"],
    "NB306_before_the_first": ["Tag cell 1 `stage:load`"],
    "NB307_headings": ["Write the 2 stages into the cells' tags"],
    "NB308_no_structure": ["Tag the cells: 1 stage"],
    "NB309_two_stages": ["Keep `stage:load` only", "Keep `stage:clean` only"],
    "NB312_ploombers_name": ["Remove the tag `parameters`"],
    "NB313_computed": ["Remove the tag `parameters`"],
    "NB314_no_value": ["Remove the tag `limit:cpu`"],
    "NB402_shared_draw": ["Move cell 1 to stage `a`"],
}


def read(case: str) -> Notebook:
    text = (CASES / f"{case}.txt").read_text(encoding="utf-8").partition("# expect\n")[0]
    return make_notebook(Path("/nowhere/notebook.ipynb"), jupytext.reads(text, fmt="py:percent"))


def from_percent(text: str) -> Notebook:
    return make_notebook(Path("/nowhere/notebook.ipynb"), jupytext.reads(text, fmt="py:percent"))


def fixes_of(notebook: Notebook) -> tuple[tuple[int, Candidate], ...]:
    found = analyze_notebook(notebook, Options()).diagnostics
    return find_fixes(Subject(notebook, find_layout(notebook)), Options(), found)


@pytest.mark.parametrize("case", WITHOUT)
def test_none_where_tags_do_not_help(case: str) -> None:
    assert fixes_of(read(case)) == ()


@pytest.mark.parametrize("case", WITH)
def test_titles(case: str) -> None:
    assert [fix.title for _, fix in fixes_of(read(case))] == WITH[case]


@pytest.mark.parametrize("case", sorted(path.stem for path in CASES.glob("NB[2-6]*.txt")))
def test_what_is_offered_helps(case: str) -> None:
    notebook = read(case)
    before = analyze_notebook(notebook, Options()).diagnostics
    for n, fix in fixes_of(notebook):
        after = analyze_notebook(apply_edits(notebook, fix.edits), Options()).diagnostics
        left = [(d.code, d.message) for d in after]
        assert left.count((before[n].code, before[n].message)) == 0 or fix.stays
        assert {d.code for d in after if d.is_error} <= {d.code for d in before if d.is_error}


def test_a_cell_in_another_language_can_wait_for_the_stage_above() -> None:
    notebook = from_percent('# %% tags=["stage:write"]\nx = 1\nprint(x)\n\n# %% tags=["stage:shell"]\n%%bash\nls\n')
    ((_, fix),) = [pair for pair in fixes_of(notebook) if pair[1].stays]
    assert fix.title == "Add `after:write`: stage `shell` waits for it"
    fixed = apply_edits(notebook, fix.edits)
    pipeline = analyze_notebook(fixed, Options()).pipeline
    assert pipeline is not None and pipeline.stage("shell").upstream == ("write",)
    assert not [fix for _, fix in fixes_of(fixed) if fix.stays]


def test_cells_that_followed_a_moved_one_stay_where_they_are() -> None:
    notebook = from_percent(
        '# %% tags=["stage:make"]\nimport time\nlines = (time.time() for _ in range(9))\nfirst = next(lines)\n\n'
        '# %% tags=["stage:use"]\nn = sum(1 for _ in lines)\n\n# %%\nprint(n)\n'
    )
    fix = next(fix for _, fix in fixes_of(notebook) if fix.title == "Move cell 2 to stage `make`")
    assert fix.edits == (TagEdit(2, ("stage:use",), ("stage:make",)), TagEdit(3, (), ("stage:use",)))


def test_a_notebook_that_is_none_has_no_fixes() -> None:
    document = {"cells": [{"cell_type": "odd", "source": ""}], "metadata": {}}
    with pytest.raises(Nb2pipeError):
        make_notebook(Path("/nowhere/n.ipynb"), document)
    assert fix_document("/nowhere/n.ipynb", document, []) == {"superseded": False, "fixes": []}


def test_the_search_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fixes, "TIME_LIMIT", -1.0)
    assert fixes_of(read("NB201_wrong_order")) == ()


def test_every_code_in_the_table_exists() -> None:
    from nb2pipe.diagnostics import CODES

    assert set(fixes._CANDIDATES) <= set(CODES)
    assert MoveEdit(2, 1) in {e for _, fix in fixes_of(read("NB201_wrong_order")) for e in fix.edits}
