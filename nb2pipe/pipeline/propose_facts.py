"""What a proposal of stages rests on: which cells all stages can share, and what crosses from cell to cell.

The analysis runs with every cell as a stage of its own; a variable crosses a border where a cell below needs what a cell
above made.
"""

from __future__ import annotations

import ast
import builtins
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nb2pipe.dataflow import knowledge as known
from nb2pipe.dataflow.facts import Facts, Item, ProgramCell, StageFacts
from nb2pipe.dataflow.interpret import Interpreter
from nb2pipe.dataflow.program import find_definitions, parse_program
from nb2pipe.dataflow.scopes import bound_names
from nb2pipe.dataflow.shared import is_shared_cell
from nb2pipe.notebook.layout import CellLayout, Layout, Role
from nb2pipe.notebook.model import Cell, Notebook
from nb2pipe.pipeline.handover import is_definition, is_pseudo
from nb2pipe.pipeline.parameters import split_parameters

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_SHOWN_NAMES = 4
_MAKING = ("load", "features", "clean")
_CONTAINERS = ("list", "dict", "set", "tuple", "instance")


@dataclass(frozen=True, slots=True)
class BodyCell:
    """A code cell that belongs into a stage.

    Attributes:
        number: The cell, from 1.
        work: The kind of work that it does; empty where its calls do not tell.
        statements: How many statements it has.
        heading: Words of the heading right above it, or empty.
        level: That heading's level, 0 where there is none.
        binds: Variables that it binds, and those that it changes and a cell below needs.
        live: Variables bound up to here that a cell below needs.
        held: Those of `live` that cannot be handed over.
    """

    number: int
    work: str
    statements: int
    heading: str
    level: int
    binds: frozenset[str]
    live: frozenset[str]
    held: frozenset[str]


@dataclass(frozen=True, slots=True)
class NotebookFacts:
    """Tags for cells that stages share, with reasons, by cell number; and the cells that stages are made of."""

    shared: Mapping[int, tuple[str, str]]
    body: tuple[BodyCell, ...]


def read_facts(notebook: Notebook, *, late: bool = True) -> NotebookFacts | None:
    """Reads them; nothing for a notebook that has stage tags already, or no code.

    Args:
        notebook: The notebook.
        late: Look for cells that stages share below the first that does some work, too.
    """
    from nb2pipe.notebook.grammar import parse_tags

    tags = {cell.number: parse_tags(cell) for cell in notebook.cells}
    if any(t.stages for t in tags.values()):
        return None
    roles = {number: t.role for number, t in tags.items() if t.role is not None}
    layout = Layout(
        tuple(CellLayout(c.number, Role.SKIP if roles.get(c.number) is Role.SKIP else Role.STAGE, f"cell {c.number}") for c in notebook.cells),
        (),
    )  # fmt: skip
    program, _ = parse_program(notebook, layout)
    code = [c for c in notebook.cells if c.is_code and not c.is_empty and c.number not in roles]
    if not code:
        return None
    shared = _shared_cells(code, program)
    if not late:
        first = len(_leading(code))
        shared = {n: found for n, found in shared.items() if n in {c.number for c in code[:first]}}
    body = [c for c in code if c.number not in shared]
    leading = _leading(code)
    body = [c for c in body if c not in leading] or [body[-1] if body else code[-1]]
    shared.pop(body[-1].number, None)
    return NotebookFacts(shared, _body_cells(notebook, body, shared, roles))


# --- cells that stages share ---------------------------------------------------------------------------------------


def _leading(code: Sequence[Cell]) -> list[Cell]:
    """The cells above the first that does more than import, define or configure."""
    found = []
    for cell in code:
        if not is_shared_cell(cell.source):
            break
        found.append(cell)
    return found


def _shared_cells(code: Sequence[Cell], program: Sequence[ProgramCell]) -> dict[int, tuple[str, str]]:
    """Cells that are the same wherever they stand: those at the top, and below them what nothing binds again."""
    hoisted, stable = find_definitions(tuple(program))
    trees = {part.cell.number: part for part in program}
    binders = Counter(name for part in program for s in part.tree.body for name in bound_names([s]))
    leading = {cell.number for cell in _leading(code)}
    stars = any(isinstance(s, ast.ImportFrom) and s.names[0].name == "*" for p in program for s in p.tree.body)
    shared: dict[int, tuple[str, str]] = {}
    parameters = False
    for cell in code:
        part = trees.get(cell.number)
        if part is None or "raises-exception" in cell.tags:
            continue
        early = cell.number in leading
        names = _constants(part, binders, early=early or not stars)
        if names and not parameters:
            parameters = True
            shared[cell.number] = ("parameters", f"assigns constants only: {_listed(names)}")
        elif early or _is_fixed(part, hoisted, stable):
            found = _role(part)
            if found:
                shared[cell.number] = found
    return shared


def _constants(part: ProgramCell, binders: Mapping[str, int], *, early: bool) -> list[str]:
    """The names of a cell of literal constants that nothing changes later; empty for any other cell."""
    if not early or part.python.magics:
        return []
    _, rest, _ = split_parameters([ProgramCell("#parameters", part.cell, part.python, part.tree)])
    literal = rest[0].tree.body if len(rest) == 1 else []
    names: list[str] = []
    for statement in literal:
        value = statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None
        if isinstance(value, (ast.List, ast.Dict)) and not ast.unparse(value).strip("[]{}"):
            return []  # an empty list is there to be filled
        names += sorted(bound_names([statement]))
    if any(binders[name] != 1 or hasattr(builtins, name) for name in names):
        return []
    return names


def _is_fixed(part: ProgramCell, hoisted: Mapping[str, Item], stable: Mapping[str, tuple[Item, ...]]) -> bool:
    """Whether a cell only imports and defines what is never bound again and takes nothing from elsewhere."""
    if part.python.magics or not part.tree.body:
        return False
    for statement in part.tree.body:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            modules = (
                [a.name for a in statement.names] if isinstance(statement, ast.Import) else [statement.module or ""]
            )
            effects = any(m == k or m.startswith(k + ".") for m in modules for k in known.IMPORTS_WITH_EFFECTS)
            if effects or not all((a.asname or a.name.split(".")[0]) in stable for a in statement.names):
                return False
        elif not (isinstance(statement, _DEFINITIONS) and statement.name in hoisted):
            return False
    return True


def _role(part: ProgramCell) -> tuple[str, str] | None:
    """`imports` or `functions`, and why; nothing for cells of values."""
    definitions = [s.name for s in part.tree.body if isinstance(s, _DEFINITIONS)]
    imports = any(isinstance(s, (ast.Import, ast.ImportFrom, ast.Try)) for s in part.tree.body)
    values = any(isinstance(s, (ast.Assign, ast.AnnAssign)) and _binds_name(s) for s in part.tree.body)
    if definitions:
        return "functions", f"defines {_listed(definitions)}"
    if imports:
        return "imports", "imports and configures" if len(part.tree.body) > len(_imports(part)) else "imports only"
    if values or not (part.tree.body or part.python.magics):
        return None
    return "imports", "sets options that hold for all that follows"


def _imports(part: ProgramCell) -> list[ast.stmt]:
    return [s for s in part.tree.body if isinstance(s, (ast.Import, ast.ImportFrom))]


def _binds_name(statement: ast.Assign | ast.AnnAssign) -> bool:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return any(isinstance(t, ast.Name) for t in targets)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN_NAMES])
    return shown + (" …" if len(names) > _SHOWN_NAMES else "")


# --- cells that stages are made of ----------------------------------------------------------------------------------


def _body_cells(
    notebook: Notebook, body: Sequence[Cell], shared: Mapping[int, tuple[str, str]], roles: Mapping[int, Role]
) -> tuple[BodyCell, ...]:
    from nb2pipe.pipeline.work import work_of, work_of_functions

    program, facts = _run(notebook, body, shared, roles)
    trees = {part.cell.number: part.tree for part in program}
    functions = work_of_functions(trees.values())
    headings = _headings(notebook, body)
    live = _live(facts)
    cells = []
    for cell in body:
        name = f"cell {cell.number}"
        tree = trees.get(cell.number)
        stage = facts.stages.get(name)
        statements = tree.body if tree is not None else []
        crossing = live.get(name, frozenset())
        heading, level = headings.get(cell.number, ("", 0))
        work = work_of(statements, functions)
        binds = _variables(stage, crossing)
        if work in _MAKING and not binds & crossing:
            work = "explore"  # what it computes, it only shows
        cells.append(
            BodyCell(
                cell.number,
                work,
                len(statements),
                heading,
                level,
                binds,
                crossing,
                frozenset(n for n in crossing if _is_held(n, name, facts)),
            )
        )
    return tuple(cells)


def _run(
    notebook: Notebook, body: Sequence[Cell], shared: Mapping[int, tuple[str, str]], roles: Mapping[int, Role]
) -> tuple[tuple[ProgramCell, ...], Facts]:
    """The analysis with every cell as a stage of its own."""
    inside = {cell.number for cell in body}
    tagged = {"imports": Role.IMPORTS, "functions": Role.FUNCTIONS, "parameters": Role.PARAMETERS}

    def place(cell: Cell) -> CellLayout:
        raises = "raises-exception" in cell.tags
        if cell.number in inside:
            return CellLayout(cell.number, Role.STAGE, f"cell {cell.number}", raises=raises)
        role = roles.get(cell.number)
        if role is None:
            role = tagged[shared[cell.number][0]] if cell.number in shared else Role.SHARED
        return CellLayout(cell.number, role, raises=raises)

    program, _ = parse_program(notebook, Layout(tuple(map(place, notebook.cells)), ()))
    _, program, _ = split_parameters(program)
    program = (*(p for p in program if is_pseudo(p.stage)), *(p for p in program if not is_pseudo(p.stage)))
    hoisted, stable = find_definitions(program)
    return program, Interpreter(hoisted, stable).run(program)


def _variables(stage: StageFacts | None, crossing: frozenset[str]) -> frozenset[str]:
    """What a cell binds, its functions and classes aside, and what it changes of that which is needed below."""
    if stage is None:
        return frozenset()
    bound = frozenset(n for n in stage.bound if n in stage.env and not is_definition(stage.env[n]))
    return bound | {n for n in crossing if not stage.mutated.keys().isdisjoint(stage.reach.get(n, ()))}


def _live(facts: Facts) -> dict[str, frozenset[str]]:
    """For each cell, the variables of stages that cross its lower border."""
    live: dict[str, frozenset[str]] = {}
    below: frozenset[str] = frozenset()
    for name in reversed(facts.stages):
        stage = facts.stages[name]
        made = (n for n in below if n in stage.env and not is_definition(stage.env[n]))
        live[name] = frozenset(n for n in made if not all(is_pseudo(o) for o, _ in stage.env[n].origins))
        needs = frozenset(n for n, (_, b) in stage.needs.items() if not n.startswith("*") and not is_definition(b))
        below = needs | (below - frozenset(n for n, (_, always) in stage.bound.items() if always))
    return live


def _is_held(variable: str, stage: str, facts: Facts) -> bool:
    """Whether no file can hold the variable as it is at the end of a cell."""
    value = facts.stages[stage].env[variable].value
    if value.kind in known.UNSTORABLE_KINDS:
        return True
    return value.kind in _CONTAINERS and bool(facts.regions.unstorable(value.region))


def _headings(notebook: Notebook, body: Sequence[Cell]) -> dict[int, tuple[str, int]]:
    """For each cell the last heading of the highest level between it and the code above; the notebook's title aside."""
    from nb2pipe.notebook.headings import read_headings

    inside = {cell.number for cell in body}
    found: dict[int, tuple[str, int]] = {}
    best: tuple[str, int] | None = None
    titles = 0
    for heading_cell, cell in _with_headings(notebook, inside):
        if heading_cell:
            for heading in read_headings(cell):
                titles += heading.level == 1
                if heading.level == 1 and titles == 1 and not found:
                    continue
                if heading.title and (best is None or heading.level <= best[1]):
                    best = (heading.title, heading.level)
        elif best is not None:
            found[cell.number], best = best, None
    return found


def _with_headings(notebook: Notebook, inside: set[int]) -> Iterator[tuple[bool, Cell]]:
    for cell in notebook.cells:
        if not cell.is_code:
            yield True, cell
        elif cell.number in inside:
            yield False, cell
