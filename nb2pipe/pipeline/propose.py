"""Proposes stages for a notebook without stage tags, from its data flow.

Before: imports, constants, `df = pd.read_csv(…)`, `df = df.dropna()`, `model.fit(df[X], df[y])`
After:  `imports`, `parameters`, `stage:load`, `stage:clean`, `stage:train`, each with the reason in words
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nb2pipe.deep import with_room
from nb2pipe.diagnostics import Diagnostic
from nb2pipe.notebook.model import Cell, Notebook
from nb2pipe.pipeline.propose_cuts import Cut, choose_cuts
from nb2pipe.pipeline.propose_facts import NotebookFacts, read_facts
from nb2pipe.pipeline.work import KINDS

_LONGEST_NAME, _MOST_WORDS = 28, 4
_SHOWN_NAMES = 5


@dataclass(frozen=True, slots=True)
class Proposal:
    """A tag for a cell, and why.

    Attributes:
        cell: The cell, from 1.
        tag: The tag, such as `stage:clean`.
        why: The reason in words: "reads data; 2 variables cross into it: df, y".
    """

    cell: int
    tag: str
    why: str


def propose_stages(notebook: Notebook) -> tuple[Proposal, ...]:
    """Proposes tags from the data flow: shared cells, parameters, and three to seven stages.

    Stages begin where few variables cross and where the kind of work changes, at headings rather than elsewhere, and
    never where a value would have to be handed over that no file can hold. If the notebook converts as one stage, it
    converts with what is proposed.

    Args:
        notebook: The notebook; one that has stage tags gets no proposals.

    Returns:
        The proposals, by cell. Tags that cells have already are not proposed again.
    """
    return with_room(lambda: _propose(notebook))


def _propose(notebook: Notebook) -> tuple[Proposal, ...]:
    facts = read_facts(notebook)
    if facts is None:
        return ()
    known = _errors(notebook, facts, ())
    if known:
        plain = read_facts(notebook, late=False)
        if plain is not None and len(less := _errors(notebook, plain, ())) < len(known):
            facts, known = plain, less  # a cell that was to be shared had to stay in its place
    cuts = _cuts_that_convert(notebook, facts, known)
    shared = [Proposal(number, tag, why) for number, (tag, why) in facts.shared.items()]
    return tuple(sorted((*shared, *_stages(facts, cuts)), key=lambda p: p.cell))


# --- stages that convert ------------------------------------------------------------------------------------------


def _cuts_that_convert(notebook: Notebook, facts: NotebookFacts, known: Sequence[Diagnostic]) -> tuple[Cut, ...]:
    """Takes cuts away until there is no error that the notebook as one stage would not have."""
    cuts = choose_cuts(facts)
    places = {(d.code, d.span) for d in known}
    while cuts:
        new = [d for d in _errors(notebook, facts, cuts) if (d.code, d.span) not in places]
        if not new:
            break
        blamed = {c for d in new for c in _between(facts, cuts, d)} or {min(cuts, key=lambda c: (c.score, -c.index))}
        cuts = tuple(c for c in cuts if c not in blamed)
    return cuts


def _errors(notebook: Notebook, facts: NotebookFacts, cuts: tuple[Cut, ...]) -> list[Diagnostic]:
    from nb2pipe.dataflow.shared import is_shared_cell
    from nb2pipe.notebook.tags import read_layout
    from nb2pipe.options import Options
    from nb2pipe.pipeline.build import build_pipeline

    tags = {number: tag for number, (tag, _) in facts.shared.items()}
    tags |= {p.cell: p.tag for p in _stages(facts, cuts)}

    def tagged(cell: Cell) -> Cell:
        return replace(cell, tags=(*cell.tags, tags[cell.number])) if cell.number in tags else cell

    candidate = replace(notebook, cells=tuple(tagged(cell) for cell in notebook.cells))
    layout = read_layout(candidate, lambda cell: is_shared_cell(cell.source))
    _, _, diagnostics = build_pipeline(candidate, layout, Options(), "")
    return [d for d in diagnostics if d.is_error]


def _between(facts: NotebookFacts, cuts: tuple[Cut, ...], diagnostic: Diagnostic) -> list[Cut]:
    """The cuts between the places that take part in an error."""
    cells = [diagnostic.span.cell, *(span.cell for span, _ in diagnostic.related)]
    return [cut for cut in cuts if min(cells) < facts.body[cut.index].number <= max(cells)]


# --- names and reasons --------------------------------------------------------------------------------------------


def _stages(facts: NotebookFacts, cuts: tuple[Cut, ...]) -> list[Proposal]:
    """The stages that the cuts make, named and explained."""
    starts = [0, *(cut.index for cut in cuts)]
    ends = [*starts[1:], len(facts.body)]
    names: list[str] = []
    proposals = []
    for start, end in zip(starts, ends, strict=True):
        kinds = [facts.body[i].work for i in range(start, end)]
        name = _name(facts.body[start].heading, kinds, names)
        names.append(name)
        why = _why(facts, start, end, kinds)
        proposals.append(Proposal(facts.body[start].number, f"stage:{name}", why))
    return proposals


def _name(heading: str, kinds: Sequence[str], taken: Sequence[str]) -> str:
    """The heading's words where they are few, else a word for the work."""
    from nb2pipe.notebook.names import stage_identifier

    name = stage_identifier(heading.lower())
    if not 0 < len(name) <= _LONGEST_NAME or len(heading.split()) > _MOST_WORDS or heading.endswith(("?", "!")):
        kind = _main_kind(kinds)
        name = {"write": "report"}.get(kind, kind) or "step"
    unique, count = name, 1
    while unique.casefold() in {t.casefold() for t in taken}:
        count += 1
        unique = f"{name}_{count}"
    return unique


def _main_kind(kinds: Sequence[str]) -> str:
    """The kind of work that names a stage: the weightiest one, those that only look aside."""
    return next((k.stage for k in KINDS if k.stage in kinds), "")


def _why(facts: NotebookFacts, start: int, end: int, kinds: Sequence[str]) -> str:
    parts = []
    if facts.body[start].heading:
        parts.append(f'below the heading "{facts.body[start].heading}"')
    crossing = sorted(facts.body[end - 1].live) if end < len(facts.body) else []
    bound = {name for i in range(start, end) for name in facts.body[i].binds}
    main = _main_kind(kinds)
    if main == "explore" and bound & set(crossing):
        main = ""  # it makes something too
    done = [k.words for k in KINDS if k.stage in kinds and k.stage in (main, "write")]
    if done:
        parts.append(" and ".join(done))
    inside = len(bound - set(crossing))
    own = [name for name in crossing if name in bound]
    if own:
        shown = ", ".join(own[:_SHOWN_NAMES]) + (" …" if len(own) > _SHOWN_NAMES else "")
        word = "variable stays" if inside == 1 else "variables stay"
        stay = f"{inside} {word} inside, " if inside else ""
        cross = f"{len(own)} cross" if inside else f"{len(own)} variable{'s' * (len(own) > 1)} cross"
        parts.append(f"{stay}{cross + 'es' * (len(own) == 1)}: {shown}")
    elif end < len(facts.body):
        parts.append("nothing that it makes is needed later")
    return "; ".join(parts) or "the rest of the notebook"
