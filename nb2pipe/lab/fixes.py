"""Quick fixes: edits of tags and of the order of cells, offered only where a second analysis shows that they help.

For each diagnostic there are a few candidates. Each is tried on the notebook in memory: it is offered if the diagnostic
is gone afterwards and there is no error that was not there before.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nb2pipe.diagnostics import Diagnostic, Nb2pipeError
from nb2pipe.lab.analysis import find_layout, read_document
from nb2pipe.lab.edits import Edit, MoveEdit, TagEdit, apply_edits
from nb2pipe.notebook.grammar import near_miss, parse_tags
from nb2pipe.notebook.layout import Layout, Role
from nb2pipe.notebook.model import Cell, Notebook
from nb2pipe.notebook.names import stage_identifier

if TYPE_CHECKING:
    from nb2pipe.options import Options

#: Seconds after which no more candidates are tried.
TIME_LIMIT = 8.0
#: Fixes offered for one diagnostic at most.
MOST_FIXES = 3

_STAGE_TAG = re.compile(r"\s*(?:stage|step|block)\s*:")
_FIRST_CODE = re.compile(r"`([^`]*)`")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Edits that may help, and what they do in words.

    Attributes:
        title: For a button: "Rename the tag to `parameters`".
        edits: In order.
        stays: The diagnostic is a hint that stays; only new errors speak against the candidate.
    """

    title: str
    edits: tuple[Edit, ...]
    stays: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """A notebook with what was found in it."""

    notebook: Notebook
    layout: Layout

    def cell(self, number: int) -> Cell | None:
        """The cell of that number; None for 0 and beyond the end."""
        return self.notebook.cells[number - 1] if 0 < number <= len(self.notebook.cells) else None

    def stage(self, number: int) -> str:
        """The stage that a cell belongs to, or empty."""
        return self.layout.cells[number - 1].stage if 0 < number <= len(self.layout.cells) else ""


def fix_document(file: str, document: dict[str, Any], edits: list[dict[str, Any]]) -> dict[str, Any]:
    """The `Fixes` payload of a notebook; raises as `read_document` does."""
    from nb2pipe.convert import analyze_notebook

    try:
        notebook, options = read_document(file, document, edits)
        diagnostics = analyze_notebook(notebook, options).diagnostics
    except Nb2pipeError:
        return {"superseded": False, "fixes": []}  # not a notebook: no edit of its tags helps
    found = find_fixes(Subject(notebook, find_layout(notebook)), options, diagnostics)
    return {
        "superseded": False,
        "fixes": [{"diagnostic": n, "title": c.title, "edits": [edit.as_json() for edit in c.edits]} for n, c in found],
    }


def find_fixes(
    subject: Subject, options: Options, diagnostics: Sequence[Diagnostic]
) -> tuple[tuple[int, Candidate], ...]:
    """Candidates that help, each with the place of its diagnostic; errors are looked at first."""
    end = time.monotonic() + TIME_LIMIT
    found = []
    for n, diagnostic in sorted(enumerate(diagnostics), key=lambda pair: (not pair[1].is_error, pair[0])):
        good = 0
        for candidate in list_candidates(subject, diagnostic):
            if good == MOST_FIXES or time.monotonic() > end:
                break
            if _helps(subject.notebook, options, diagnostics, diagnostic, candidate):
                found.append((n, candidate))
                good += 1
    return tuple(sorted(found, key=lambda pair: pair[0]))


def list_candidates(subject: Subject, diagnostic: Diagnostic) -> tuple[Candidate, ...]:
    """What may help against a diagnostic, the likeliest first; not yet tried."""
    make = _CANDIDATES.get(diagnostic.code)
    return tuple(dict.fromkeys(make(subject, diagnostic))) if make else ()


def _helps(
    notebook: Notebook,
    options: Options,
    before: Sequence[Diagnostic],
    diagnostic: Diagnostic,
    candidate: Candidate,
) -> bool:
    from nb2pipe.convert import analyze_notebook

    after = analyze_notebook(apply_edits(notebook, candidate.edits), options).diagnostics
    known = Counter((d.code, d.name) for d in before if d.is_error)
    left = Counter((d.code, d.name) for d in after if d.is_error)
    if left - known:
        return False
    if candidate.stays:
        return True
    same = (diagnostic.code, diagnostic.name, diagnostic.message)
    return sum((d.code, d.name, d.message) == same for d in after) < sum(
        (d.code, d.name, d.message) == same for d in before
    )


# --- tags that say something else than they should ------------------------------------------------------------------


def _rename(cell: int, old: str, new: str) -> Candidate:
    return Candidate(f"Rename the tag to `{new}`", (TagEdit(cell, (old,), (new,)),))


def _remove(cell: int, tag: str) -> Candidate:
    return Candidate(f"Remove the tag `{tag}`", (TagEdit(cell, (tag,)),))


def _unusable_name(subject: Subject, diagnostic: Diagnostic) -> Iterator[Candidate]:
    cell = subject.cell(diagnostic.span.cell)
    for tag in cell.tags if cell else ():
        if _STAGE_TAG.match(tag):
            name = stage_identifier(tag.partition(":")[2].strip().strip("./\\"))
            if name:
                yield _rename(diagnostic.span.cell, tag, f"stage:{name}")
            yield _remove(diagnostic.span.cell, tag)


def _misspelt_tag(subject: Subject, diagnostic: Diagnostic) -> Iterator[Candidate]:
    cell = subject.cell(diagnostic.span.cell)
    for tag in cell.tags if cell else ():
        meant = near_miss(tag.strip())
        if meant and "NAME" not in meant and f"`{tag.strip()}`" in diagnostic.message:
            yield _rename(diagnostic.span.cell, tag, meant)
            yield _remove(diagnostic.span.cell, tag)


def _unknown_after(subject: Subject, diagnostic: Diagnostic) -> Iterator[Candidate]:
    cell = subject.cell(diagnostic.span.cell)
    likely = re.search(r"write `(after:[^`]+)`", diagnostic.help)
    for tag in cell.tags if cell else ():
        prefix, _, rest = tag.strip().partition(":")
        if prefix in ("after", "prev") and rest.strip() == diagnostic.name:
            if likely:
                yield _rename(diagnostic.span.cell, tag, likely[1])
            yield _remove(diagnostic.span.cell, tag)


def _two_stages(subject: Subject, diagnostic: Diagnostic) -> Iterator[Candidate]:
    cell = subject.cell(diagnostic.span.cell)
    tags = [tag for tag in (cell.tags if cell else ()) if _STAGE_TAG.match(tag) or tag.startswith("same_step_")]
    for kept in tags:
        others = tuple(tag for tag in tags if tag != kept)
        yield Candidate(f"Keep `{kept}` only", (TagEdit(diagnostic.span.cell, others),))


def _idle_tag(subject: Subject, diagnostic: Diagnostic) -> Iterator[Candidate]:
    cell = subject.cell(diagnostic.span.cell)
    found = _FIRST_CODE.search(diagnostic.message)
    for tag in cell.tags if cell and found else ():
        assert found is not None
        same = tag.strip() == found[1] or (_STAGE_TAG.match(tag) and tag.partition(":")[2].strip() == found[1])
        own = tag.strip().startswith(("after:", "prev:")) and tag.partition(":")[2].strip() == found[1]
        if same or own:
            yield _remove(diagnostic.span.cell, tag)


def _circle(subject: Subject, diagnostic: Diagnostic) -> Iterator[Candidate]:
    spans = [diagnostic.span, *(span for span, _ in diagnostic.related)]
    for number in dict.fromkeys(span.cell for span in spans):
        cell = subject.cell(number)
        for tag in cell.tags if cell else ():
            if tag.strip().startswith(("after:", "prev:")):
                yield _remove(number, tag)


# --- cells without a tag that should have one -----------------------------------------------------------------------


def _early_cells(subject: Subject, diagnostic: Diagnostic) -> Iterator[Candidate]:
    number = diagnostic.span.cell
    yield Candidate(
        f"Tag cell {number} `stage:{diagnostic.name}`", (TagEdit(number, (), (f"stage:{diagnostic.name}",)),)
    )


def _headings(subject: Subject, diagnostic: Diagnostic) -> Iterator[Candidate]:
    firsts: dict[str, int] = {}
    for cell, place in zip(subject.notebook.cells, subject.layout.cells, strict=True):
        if cell.is_code and place.role is Role.STAGE:
            firsts.setdefault(place.stage, cell.number)
    edits = tuple(TagEdit(number, (), (f"stage:{name}",)) for name, number in firsts.items())
    shared = [
        TagEdit(c.number, (), ("imports",))
        for c, p in zip(subject.notebook.cells, subject.layout.cells, strict=True)
        if c.is_code and p.role is Role.SHARED and not c.is_empty and c.number > min(firsts.values(), default=0)
    ]
    yield Candidate(f"Write the {len(edits)} stages into the cells' tags", (*edits, *shared))


def _no_stages(subject: Subject, diagnostic: Diagnostic) -> Iterator[Candidate]:
    from nb2pipe.pipeline.propose import propose_stages

    proposals = propose_stages(subject.notebook)
    stages = sum(p.tag.startswith("stage:") for p in proposals)
    if proposals:
        edits = tuple(TagEdit(p.cell, (), (p.tag,)) for p in proposals)
        yield Candidate(f"Tag the cells: {stages} {'stage' if stages == 1 else 'stages'}", edits)


def _skipped(subject: Subject, diagnostic: Diagnostic) -> Iterator[Candidate]:
    for span, _ in diagnostic.related:
        cell = subject.cell(span.cell)
        if cell and "skip" in cell.tags:
            yield Candidate(f"Take `skip` off cell {span.cell}", (TagEdit(span.cell, ("skip",)),))
    yield Candidate(f"Skip cell {diagnostic.span.cell}, too", (TagEdit(diagnostic.span.cell, (), ("skip",)),))


def _no_code(subject: Subject, diagnostic: Diagnostic) -> Iterator[Candidate]:
    skipped = tuple(TagEdit(c.number, ("skip",)) for c in subject.notebook.cells if c.is_code and "skip" in c.tags)
    if skipped:
        yield Candidate("Take `skip` off every cell", skipped)


def _shared_effect(subject: Subject, diagnostic: Diagnostic) -> Iterator[Candidate]:
    cell = subject.cell(diagnostic.span.cell)
    if cell is None:
        return
    roles = tuple(tag for tag in cell.tags if tag.strip() in ("imports", "functions"))
    if subject.layout.stages:
        first = subject.layout.stages[0].name
        edits = _assign(subject, cell.number, first, roles)
        yield Candidate(f"Move cell {cell.number} to stage `{first}`", edits)


def _computed_parameter(subject: Subject, diagnostic: Diagnostic) -> Iterator[Candidate]:
    cell = subject.cell(diagnostic.span.cell)
    for tag in cell.tags if cell else ():
        if tag.strip() in ("parameters", "pipeline-parameters"):
            yield _remove(diagnostic.span.cell, tag)


def _other_language(subject: Subject, diagnostic: Diagnostic) -> Iterator[Candidate]:
    """What a cell in another language does to files is not known: let it wait for the stage above."""
    number = diagnostic.span.cell
    cell, own = subject.cell(number), subject.stage(number)
    if cell is None or not own:
        return
    names = [stage.name for stage in subject.layout.stages]
    place = names.index(own) if own in names else 0
    known = {name for stage in subject.layout.stages if stage.name == own for name, _ in stage.after}
    if place and names[place - 1] not in known:
        above = names[place - 1]
        edits = (TagEdit(number, (), (f"after:{above}",)),)
        yield Candidate(f"Add `after:{above}`: stage `{own}` waits for it", edits, stays=True)


# --- cells in another stage, or another place -----------------------------------------------------------------------


def _assign(subject: Subject, number: int, stage: str, drop: tuple[str, ...] = ()) -> tuple[Edit, ...]:
    """Puts one cell into a stage; the cells below that followed it stay in theirs."""
    cell = subject.notebook.cells[number - 1]
    old = subject.stage(number)
    own = (*drop, *(t for t in cell.tags if _STAGE_TAG.match(t) or t.startswith("same_step_")))
    edits: list[Edit] = [TagEdit(number, own, (f"stage:{stage}",))]
    following = next((c for c in subject.notebook.cells[number:] if c.is_code and subject.stage(c.number)), None)
    if following is not None and old and subject.stage(following.number) == old and not parse_tags(following).stages:
        edits.append(TagEdit(following.number, (), (f"stage:{old}",)))
    return tuple(edits)


def _between_stages(subject: Subject, diagnostic: Diagnostic) -> Iterator[Candidate]:
    """A value that cannot travel: the cell that needs it, or the one that makes it, changes its stage; or stages join."""
    user = diagnostic.span.cell
    to = subject.stage(user)
    for span, _ in diagnostic.related:
        source = subject.stage(span.cell)
        if not source or not to or source == to:
            continue
        yield Candidate(f"Move cell {user} to stage `{source}`", _assign(subject, user, source))
        yield Candidate(f"Move cell {span.cell} to stage `{to}`", _assign(subject, span.cell, to))
        yield Candidate(f"Join stage `{to}` to `{source}`", _join(subject, to, source))


def _join(subject: Subject, stage: str, into: str) -> tuple[Edit, ...]:
    edits: list[Edit] = []
    for cell in subject.notebook.cells:
        own = tuple(t for t in cell.tags if _STAGE_TAG.match(t) or t.startswith("same_step_"))
        if subject.stage(cell.number) == stage and own:
            edits.append(TagEdit(cell.number, own, (f"stage:{into}",)))
        for tag in cell.tags:
            if tag.strip() == f"after:{stage}":
                edits.append(
                    TagEdit(cell.number, (tag,), () if subject.stage(cell.number) == into else (f"after:{into}",))
                )
    return tuple(edits)


def _two_places(subject: Subject, diagnostic: Diagnostic) -> Iterator[Candidate]:
    """The second part of a stage in two places gets a name of its own."""
    number, name = diagnostic.span.cell, diagnostic.name
    taken = {stage.name for stage in subject.layout.stages}
    count = 2
    while f"{name}_{count}" in taken:
        count += 1
    new = f"{name}_{count}"
    edits = []
    for cell in subject.notebook.cells[number - 1 :]:
        own = tuple(t for t in cell.tags if _STAGE_TAG.match(t))
        if own and subject.stage(cell.number) == name:
            edits.append(TagEdit(cell.number, own, (f"stage:{new}",)))
    if edits:
        yield Candidate(f"Call the part from cell {number} on `{new}`", tuple(edits))


def _used_early(subject: Subject, diagnostic: Diagnostic) -> Iterator[Candidate]:
    """The cell that defines a name moves above the one that uses it."""
    user = diagnostic.span.cell
    places = [span.cell for span, _ in diagnostic.related if span.cell > user]
    places += [int(n) for n in re.findall(r"cell (\d+)", diagnostic.label) if int(n) > user]
    for number in dict.fromkeys(places):
        yield Candidate(f"Move cell {number} above cell {user}", (MoveEdit(number, user),))


_CANDIDATES: Mapping[str, Callable[[Subject, Diagnostic], Iterator[Candidate]]] = {
    "NB104": _no_code,
    "NB106": _other_language,
    "NB201": _used_early,
    "NB202": _used_early,
    "NB203": _between_stages,
    "NB204": _skipped,
    "NB205": _between_stages,
    "NB206": _between_stages,
    "NB207": _between_stages,
    "NB301": _circle,
    "NB302": _two_places,
    "NB303": _unusable_name,
    "NB304": _misspelt_tag,
    "NB305": _unknown_after,
    "NB306": _early_cells,
    "NB307": _headings,
    "NB308": _no_stages,
    "NB309": _two_stages,
    "NB312": _computed_parameter,
    "NB313": _computed_parameter,
    "NB314": _idle_tag,
    "NB402": _shared_effect,
}
