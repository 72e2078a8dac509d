"""Reads which stage each cell belongs to: from tags or, where no tag names a stage, from headings.

Before: `import pandas`, `df = load()` [stage:load], `df.head()`, `df = clean(df)` [stage:clean]
After:  shared, load, load, clean
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from nb2pipe.diagnostics import Diagnostic, Span, sort_diagnostics
from nb2pipe.notebook.grammar import CellTags, name_problem, parse_tags
from nb2pipe.notebook.headings import split_by_headings
from nb2pipe.notebook.layout import CellLayout, Hint, Layout, Role, StageLayout
from nb2pipe.notebook.model import Cell, Notebook
from nb2pipe.notebook.names import stage_identifier, unique_names

_TAG_IT = "tag cells with `stage:NAME`, or put markdown headings above the parts, or let `nb2pipe tag` propose stages"


def read_layout(notebook: Notebook, is_shared: Callable[[Cell], bool]) -> Layout:
    """Gives every cell its place in the pipeline.

    Args:
        notebook: The notebook.
        is_shared: Whether an untagged code cell that stands before the first stage only imports,
            defines or configures. Not asked about empty cells, which are shared.

    Returns:
        The layout. Its diagnostics hold errors where the stages cannot be read: then its stages
        are not complete.
    """
    tags = {cell.number: parse_tags(cell) for cell in notebook.cells}
    diagnostics = [d for cell_tags in tags.values() for d in cell_tags.diagnostics]
    empty = _check_code(notebook, tags)
    if any(t.stages for t in tags.values()) or any(d.code == "NB303" for d in diagnostics):
        openings, found = _tag_openings(tags), _check_one_stage(tags)
    else:
        openings, found = _heading_openings(notebook, tags, is_shared)
    if empty:
        found = [empty]
    diagnostics += found
    walk = _walk(notebook, tags, openings, is_shared)
    if not walk.order and not any(d.is_error for d in diagnostics):
        help_text = "leave code in at least one stage: what all stages share is no stage"
        diagnostics.append(Diagnostic("NB308", "no stage holds any code", help=help_text))
    diagnostics += walk.diagnostics
    stages, found = _stages(walk, openings, tags)
    diagnostics += [*found, *_check_effect(walk, openings, tags)]
    cells = tuple(walk.cells[cell.number] for cell in notebook.cells)
    return Layout(cells, stages, sort_diagnostics(diagnostics))


# --- Where stages open ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Openings:
    """Where stages are named.

    Attributes:
        opens: Cell number to the text of the tag or heading; the cells below belong to it until
            the next.
        names: That text to the stage's name.
        titles: That text to the words for people.
    """

    opens: Mapping[int, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)


def _tag_openings(tags: Mapping[int, CellTags]) -> _Openings:
    texts = list(dict.fromkeys(text for t in tags.values() for text in t.stages))
    names = unique_names(texts, {text: stage_identifier(text) for text in texts})
    opens = {number: t.stages[0] for number, t in tags.items() if t.stages}
    return _Openings(opens, names, {text: _words(text) for text in texts})


def _words(text: str) -> str:
    return " ".join(text.replace("_", " ").replace("-", " ").split()) or text


def _heading_openings(
    notebook: Notebook, tags: Mapping[int, CellTags], is_shared: Callable[[Cell], bool]
) -> tuple[_Openings, list[Diagnostic]]:
    """A section at the beginning that only imports, defines or configures is no stage, but shared."""
    code: dict[int, bool] = {}
    begun = False
    for cell in notebook.cells:
        own = cell.is_code and not cell.is_empty and tags[cell.number].role is None
        begun = begun or (own and not is_shared(cell))
        code[cell.number] = own and begun
    split = split_by_headings(notebook, code)
    if split is None:
        message = "no cell is tagged `stage:NAME`, and no two headings of one level have code below"
        return _Openings(), [Diagnostic("NB308", message, help=_TAG_IT)]
    keys = {section.cell: f"heading {section.cell}" for section in split.sections}
    sections = {keys[section.cell]: section for section in split.sections}
    names = unique_names(keys.values(), {key: s.name for key, s in sections.items()})
    first = split.sections[0].cell
    note = Diagnostic(
        "NB307",
        f"split into {len(sections)} stages at the headings of level {split.level}",
        Span(first),
        "the first of them",
        "tag cells with `stage:NAME` to choose the stages yourself",
    )
    titles = {key: section.title for key, section in sections.items()}
    return _Openings(keys, names, titles), [note]


def _check_code(notebook: Notebook, tags: Mapping[int, CellTags]) -> Diagnostic | None:
    code = [cell for cell in notebook.cells if cell.is_code and not cell.is_empty]
    if not code:
        message = f"`{notebook.file}` has no code cells"
        return Diagnostic("NB104", message, help="add code, or convert another notebook")
    if all(tags[cell.number].role is Role.SKIP for cell in code):
        message = "every code cell is tagged `skip`, so the pipeline would be empty"
        span = Span(code[0].number)
        return Diagnostic("NB104", message, span, help="take `skip` off the cells to convert")
    return None


def _check_one_stage(tags: Mapping[int, CellTags]) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    for number, cell_tags in tags.items():
        if len(cell_tags.stages) > 1:
            names = " and ".join(f"`{text}`" for text in cell_tags.stages)
            found.append(
                Diagnostic(
                    "NB309",
                    f"the cell is in the stages {names}",
                    Span(number),
                    help="take one of the tags off, or split the cell",
                    name=cell_tags.stages[1],
                )
            )
    return found


# --- From cell to cell ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Walk:
    """Every cell's place, the texts of the stages that hold code in order, and notes."""

    cells: Mapping[int, CellLayout]
    order: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]


def _walk(
    notebook: Notebook,
    tags: Mapping[int, CellTags],
    openings: _Openings,
    is_shared: Callable[[Cell], bool],
) -> _Walk:
    roles: dict[int, Role] = {}
    texts: dict[int, str] = {}
    early: list[Cell] = []
    current = ""
    for cell in notebook.cells:
        current = openings.opens.get(cell.number, current)
        if not cell.is_code:
            continue
        cell_tags = tags[cell.number]
        if cell_tags.role is not None:
            roles[cell.number] = cell_tags.role
        elif current:
            roles[cell.number], texts[cell.number] = Role.STAGE, current
        elif cell.is_empty or (not cell_tags.metrics and is_shared(cell)):
            roles[cell.number] = Role.SHARED
        else:
            roles[cell.number] = Role.STAGE
            early.append(cell)
    first = next(iter(texts.values()), "")
    texts.update({cell.number: first for cell in early})
    _place_narrative(notebook.cells, tags, openings, roles, texts)
    cells = {
        cell.number: CellLayout(
            number=cell.number,
            role=roles[cell.number],
            stage=openings.names.get(texts.get(cell.number, ""), ""),
            metrics=tags[cell.number].metrics,
            raises=tags[cell.number].raises,
        )
        for cell in notebook.cells
    }
    code = [cell.number for cell in notebook.cells if cell.is_code]
    order = tuple(dict.fromkeys(texts[n] for n in code if texts.get(n)))
    notes = _note_early(early, openings.names[first]) if early and first else ()
    return _Walk(cells, order, notes)


def _place_narrative(
    cells: Sequence[Cell],
    tags: Mapping[int, CellTags],
    openings: _Openings,
    roles: dict[int, Role],
    texts: dict[int, str],
) -> None:
    """Markdown and raw cells stay with the code that they explain: that of the next stage cell, at the end the last.

    What is tagged `skip`, or stands right above a skipped code cell, is skipped with it.
    """
    with_code = set(texts.values())
    following, above_skip = "", False
    last = next((texts[c.number] for c in reversed(cells) if texts.get(c.number)), "")
    for cell in reversed(cells):
        number = cell.number
        if cell.is_code:
            following = texts.get(number, "") or following
            above_skip = roles[number] is Role.SKIP
            continue
        tagged = tags[number].stages[0] if tags[number].stages else ""
        if tags[number].role is Role.SKIP or (above_skip and not tagged):
            roles[number] = Role.SKIP
            continue
        roles[number] = Role.STAGE
        texts[number] = tagged if tagged in with_code else following or last


def _note_early(early: Sequence[Cell], name: str) -> tuple[Diagnostic, ...]:
    """One note for all cells before the first stage that are not shared."""
    numbers = ", ".join(str(cell.number) for cell in early)
    cells, stand, do = ("cell", "stands", "does") if len(early) == 1 else ("cells", "stand", "do")
    return (
        Diagnostic(
            "NB306",
            f"{cells} {numbers} {stand} before the first stage and {do} more than import, define "
            f"or configure: the stage `{name}` begins there",
            Span(early[0].number),
            help="tag them `stage:NAME` for a stage of their own, `skip` to leave them out, "
            "or `imports` or `functions` to share them",
            related=tuple((Span(cell.number), "this one too") for cell in early[1:]),
            name=name,
        ),
    )


# --- Stages --------------------------------------------------------------------------------------


def _stages(
    walk: _Walk, openings: _Openings, tags: Mapping[int, CellTags]
) -> tuple[tuple[StageLayout, ...], list[Diagnostic]]:
    found: list[Diagnostic] = []
    stages: list[StageLayout] = []
    known = _known_names(walk.order, openings)
    opened_at: dict[str, int] = {}
    for number, text in openings.opens.items():
        opened_at[text] = min(number, opened_at.get(text, number))
    cells: dict[str, list[int]] = {}
    for number, cell in walk.cells.items():
        if cell.role is Role.STAGE:
            cells.setdefault(cell.stage, []).append(number)
    for text in walk.order:
        name = openings.names[text]
        after: dict[str, Span] = {}
        hints: list[Hint] = []
        for number in cells.get(name, ()):
            hints += tags[number].hints
            for wanted in tags[number].after:
                names, problems = _resolve(wanted, Span(number), name, known, walk.order, openings)
                found += problems
                after.update({n: after.get(n, Span(number)) for n in names})
        span = Span(opened_at[text])
        stages.append(StageLayout(name, openings.titles[text], span, tuple(after.items()), tuple(hints)))
    return tuple(stages), found


def _resolve(
    wanted: str, span: Span, own: str, known: Mapping[str, str], order: Sequence[str], openings: _Openings
) -> tuple[list[str], list[Diagnostic]]:
    """The stages that an `after:` tag means."""
    identifier = stage_identifier(wanted)
    name = next((known[k] for k in (wanted, identifier, identifier.lower()) if k in known), "")
    if name == own:
        message = f"`after:{wanted}` makes the stage `{own}` wait for itself"
        help_text = "name the stage that must run before it, or take the tag off"
        return [], [Diagnostic("NB314", message, span, help=help_text, name=own)]
    if name:
        return [name], []
    likely = difflib.get_close_matches(wanted, known, 1, 0.5)
    stages = ", ".join(f"`{openings.names[text]}`" for text in order)
    help_text = f"write `after:{known[likely[0]]}`" if likely else f"the stages are {stages}"
    message = f"there is no stage `{wanted}` to run after" if wanted else "`after:` names no stage"
    return [], [Diagnostic("NB305", message, span, "no such stage", help_text, name=wanted)]


def _known_names(order: Sequence[str], openings: _Openings) -> dict[str, str]:
    """What a stage can be called, the surer ways first, to its name."""
    ways: tuple[Callable[[str], str], ...] = (
        lambda text: text,
        lambda text: openings.names[text],
        lambda text: openings.titles[text],
        lambda text: stage_identifier(openings.titles[text]),
        lambda text: stage_identifier(openings.titles[text]).lower(),
    )
    known: dict[str, str] = {}
    for way in ways:
        for text in order:
            known.setdefault(way(text), openings.names[text])
    return known


def _check_effect(walk: _Walk, openings: _Openings, tags: Mapping[int, CellTags]) -> list[Diagnostic]:
    """Tags that nothing comes of: of a stage on cells outside it, or of a stage without code."""
    found: list[Diagnostic] = []
    for number, cell in walk.cells.items():
        if cell.role in (Role.STAGE, Role.SKIP):
            continue
        for tag in (
            *(f"after:{n}" for n in tags[number].after),
            *(hint.tag for hint in tags[number].hints),
        ):
            message = f"the tag `{tag}` stands on a cell that belongs to no stage"
            help_text = "move it to a cell of the stage that it is meant for"
            found.append(Diagnostic("NB314", message, Span(number), help=help_text))
    for number, text in openings.opens.items():
        if text not in walk.order and not name_problem(text) and walk.order:
            message = f"the stage `{text}` has no code"
            help_text = "tag a code cell with it, or take the tag off"
            found.append(Diagnostic("NB314", message, Span(number), help=help_text, name=text))
    return found
