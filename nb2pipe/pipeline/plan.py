"""What codegen needs to know of each stage beyond the `Pipeline`: what to repeat, load and save, in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from nb2pipe.dataflow.facts import CellFacts, Item, ProgramCell, StageFacts
from nb2pipe.diagnostics import Diagnostic, Span
from nb2pipe.notebook.model import Cell
from nb2pipe.pipeline.replay import Replay


@dataclass(frozen=True, slots=True)
class StagePlan:
    """How one stage starts and ends.

    Attributes:
        name: The stage.
        cells: Its cells, markdown included, in order.
        code: Its code cells, parsed, in order.
        imports: Imports of earlier cells that its code needs, in the notebook's order.
        definitions: Definitions of earlier cells that it repeats; those in the functions module are not among them.
        settings: Process-wide settings of earlier cells.
        late: Items that read variables and so come after loading.
        hoisted: Names that it takes from the functions module.
        loads: Stage name and the variables to load from its product.
        saves: Groups of variables to save; a group may share objects and is stored as one.
        uncertain: Saved variables that some paths leave unbound.
        parameters: Names of the parameters that it reads.
        random_in: Generators whose state it takes over, and from which stage.
        random_out: Generators whose state it hands over.
        settings_in: The stage whose process-wide settings it takes over, or empty.
        settings_out: It hands its process-wide settings over.
        facts: What the analysis found.
        cell_facts: The same for each cell, by number.
        maybe: Loaded variables that the stage they come from may leave unbound.
        formulas: Imports that formulas inside loaded values name: they are evaluated again as they are loaded.
        formula_functions: Functions of the functions module of which the same is true.
        carries: Names of non-hoisted functions and classes of the notebook that what it saves refers to.
        late_bound: Variables that functions in what it saves read when they are called, from wherever they are loaded.
        numbers: Its code cells to how many cells the notebook had executed with them, where IPython's history is read.
        quiet: Imports of what shows something when it is imported, which an earlier stage has shown.
        inputs: The texts of the notebook's code cells, where it reads those that IPython keeps.
        replay: What it makes again because it cannot be loaded.
        remade: The note that says so (NB604).
        namespace: Functions that it loads read variables of the stage notebook.
        tells_errors: Errors that end no cell are shown, which papermill would take for failures.
        lined: Definitions stand in the lines in which the notebook's cells have them.
        acting: Names that imports bind which are needed for what the import does, be the names read or not.
    """

    name: str
    cells: tuple[Cell, ...]
    code: tuple[ProgramCell, ...]
    imports: tuple[Item, ...]
    definitions: tuple[Item, ...]
    settings: tuple[Item, ...]
    late: tuple[Item, ...]
    hoisted: tuple[str, ...]
    loads: tuple[tuple[str, tuple[str, ...]], ...]
    saves: tuple[tuple[str, ...], ...]
    uncertain: tuple[str, ...]
    parameters: tuple[str, ...]
    random_in: tuple[tuple[str, str], ...]
    random_out: tuple[str, ...]
    settings_in: str
    settings_out: bool
    facts: StageFacts
    cell_facts: Mapping[int, CellFacts]
    carries: tuple[str, ...]
    maybe: tuple[str, ...] = ()
    formulas: tuple[Item, ...] = ()
    formula_functions: tuple[str, ...] = ()
    late_bound: tuple[str, ...] = ()
    namespace: bool = False
    lined: bool = False
    tells_errors: bool = False
    acting: frozenset[str] = frozenset()
    replay: Replay | None = None
    remade: Diagnostic | None = None
    quiet: tuple[Item, ...] = ()
    inputs: tuple[str, ...] = ()
    numbers: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class FunctionsPlan:
    """The module of functions and classes that every stage may use.

    Attributes:
        imports: Imports that they need.
        definitions: In the notebook's order.
        notes: Markdown above the cell that defines them, by cell number.
    """

    imports: tuple[Item, ...]
    definitions: tuple[Item, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All stages' plans, and what they share."""

    stages: Mapping[str, StagePlan]
    functions: FunctionsPlan
    names: frozenset[str]
    spans: Mapping[str, Span]
    sources: Mapping[int, str]
    hoisted: frozenset[str]
    stable: frozenset[str]
