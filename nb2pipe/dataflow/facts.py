"""What the analysis finds out, as data."""

from __future__ import annotations

import ast
import enum
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from nb2pipe.dataflow.layers import Snapshot
from nb2pipe.dataflow.regions import Regions
from nb2pipe.diagnostics import Diagnostic, Span
from nb2pipe.notebook.model import Cell, PythonSource

#: The pseudo-stage of cells that every stage shares.
SHARED = "#shared"
#: The pseudo-stage of the parameters cell.
PARAMETERS = "#parameters"
#: Prefix of the pseudo-stages of skipped cells.
SKIP = "#skip"
#: Among the names of variables, what the process keeps and no statement binds: what loggers keep, what cells have shown, the
#: figures that pyplot has open, and what changes of the modules beside the notebook.
LOGS = "logging handlers"
RESULTS = "shown results"
FIGURES = "open figures"
MODULES = "state of modules"
#: Those, each with the function of `artifacts.py` that stores it.
HIDDEN = MappingProxyType({LOGS: "loggers", RESULTS: "results", FIGURES: "figures", MODULES: "modules"})


@dataclass(frozen=True, slots=True)
class Value:
    """What is known of an expression's value.

    Attributes:
        kind: A type such as `DataFrame`, `list`, `scalar`, `module`, `function`; `unknown` where it is not known.
        region: The memory that it may share, `None` for what cannot change.
        code: Functions and classes of the notebook that it is or directly refers to.
        dotted: Full name of what was imported, such as `numpy.random`, or of the library function that made it.
        const: Its text, for strings and paths that are known.
        elements: The values of a tuple's or list's elements where they are known.
        part: It may be any object that the region reaches, not the region's own.
        spread: As an argument, it stands for any number of them.
        default: Its text as the notebook has it, where a parameter may give another.
    """

    kind: str = "unknown"
    region: int | None = None
    code: frozenset[int] = frozenset()
    dotted: str = ""
    const: str | None = None
    elements: tuple[Value, ...] | None = None
    part: bool = False
    spread: bool = False
    default: str | None = None


def setting_name(span: Span) -> str:
    """What stands for a statement that sets something among the names of definitions that are handed over as values."""
    return f"setting in {span}"


def join_texts(
    kind: str, parts: Sequence[Value], join: Callable[[list[str]], str] = "".join, dotted: str = ""
) -> Value:
    """The text that the parts' texts make."""
    texts = [part.default if part.const is None else part.const for part in parts]
    known = [text for text in texts if text is not None]
    text = join(known) if len(known) == len(texts) else None
    certain = all(part.const is not None for part in parts)
    return Value(kind, const=text if certain else None, default=None if certain else text, dotted=dotted)


def join_paths(kind: str, parts: Sequence[Value], dotted: str = "") -> Value:
    """The path that the parts' texts make, as `os.path.join` puts them together."""
    return join_texts(kind, parts, lambda texts: posixpath.join(*texts), dotted)


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """A top-level statement that other stages can repeat: an import, a definition, a setting.

    Attributes:
        kind: "import", "def", "class", "compound" (imports and definitions under try or if), "setting", "magic",
            "star", "shared" (any statement of a shared cell).
        node: Its syntax tree, `None` for magics.
        source: Its text.
        span: Where it stands.
        stage: In which stage.
        binds: Names that it binds.
        reads: Names that it reads when it is executed (not when a function that it defines is called).
        order: Its place in the program.
        alias: For imports: (module, attribute or empty, name bound), one item for each alias.
        level: Relative-import level.
        pure: False where executing it again would not be the same.
        mutates: Names whose objects it changes.
        stars: The star imports that bound the function that it calls.
        shows: It shows something.
    """

    kind: str
    node: ast.stmt | None
    source: str
    span: Span
    stage: str
    binds: tuple[str, ...]
    reads: tuple[str, ...]
    order: int
    alias: tuple[str, str, str] | None = None
    level: int = 0
    pure: bool = True
    mutates: tuple[str, ...] = ()
    stars: tuple[Item, ...] = ()
    shows: bool = False


def text_of(node: ast.stmt, cell: str) -> str:
    """The text of a statement in its cell, decorators included."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.decorator_list:
        first = min(d.lineno for d in node.decorator_list)
        return "\n".join(cell.split("\n")[first - 1 : node.end_lineno])
    return ast.get_source_segment(cell, node, padded=True) or ""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A top-level statement as it was executed: what it takes to execute it again elsewhere.

    Attributes:
        node: Its syntax tree.
        cell: The Python of its cell.
        span: Where it stands.
        stage: In which stage.
        order: Its place in the program.
        binds: Names that it binds, on some paths at least, itself or in the functions that it calls.
        deletes: Names that it deletes.
        reads: Names that it reads, also in the functions that it calls, to the regions of their values at that time.
        mutates: Regions that it may change.
        effects: What it shares with others beside variables.
        modules: Modules beside the notebook whose state it uses.
        opaque: It is more than its text: a magic, or what reaches names or results that only a run knows.
    """

    node: ast.stmt
    cell: str
    span: Span
    stage: str
    order: int
    binds: frozenset[str]
    deletes: frozenset[str]
    reads: Mapping[str, frozenset[int]]
    mutates: frozenset[int]
    effects: tuple[Effect, ...]
    modules: frozenset[str]
    opaque: bool

    @property
    def source(self) -> str:
        """Its text, decorators included."""
        return text_of(self.node, self.cell)


@dataclass(frozen=True, slots=True)
class Binding:
    """A name's value at a point of the program.

    Attributes:
        value: What it may be.
        origins: The stages and places whose definitions may reach this point.
        certain: It is bound on every path.
        items: Statements that make it again elsewhere, empty where it must be handed over.
    """

    value: Value
    origins: frozenset[tuple[str, Span]]
    certain: bool = True
    items: tuple[Item, ...] = ()


class EffectKind(enum.Enum):
    """What a stage shares with others beside variables."""

    DRAW = "draw"  # takes random numbers from a process-wide generator
    SEED = "seed"  # sets its state, whatever it was
    SETTING = "setting"  # changes a process-wide setting
    READ = "read"  # reads a file
    WRITE = "write"  # writes a file
    CLOCK = "clock"  # reads the time, the process id, fresh entropy


#: What a process-wide random generator is used for.
RANDOM_KINDS = frozenset({EffectKind.DRAW, EffectKind.SEED})


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect; `key` is the generator, the setting's family, or the path; empty means any.

    With `varies`, the path is the one that the notebook's parameters give; others may give any.
    """

    kind: EffectKind
    key: str
    span: Span
    varies: bool = False


@dataclass(frozen=True, slots=True)
class FirstImport:
    """Where the notebook imports a module first.

    Attributes:
        module: Its name.
        stage: The stage that does.
        span: The place in the notebook, also where a module or a function imports it.
        order: Of the statement, among all.
        certain: It does so whatever path it takes.
    """

    module: str
    stage: str
    span: Span
    order: int
    certain: bool


@dataclass(slots=True)
class CellFacts:
    """What matters for emitting one cell.

    Attributes:
        plots: A figure may be open at its end.
        plotted: It has surely made or changed one.
        inline: Reasons for which the cell cannot live in a function: (span, why).
        dynamic: It reaches names that are only known at run time.
        awaits: It awaits at top level.
        silent: Its last line is a call that gives `None`, which a notebook does not show.
    """

    plots: bool = False
    plotted: bool = False
    inline: list[tuple[Span, str]] = field(default_factory=list)
    dynamic: bool = False
    awaits: bool = False
    silent: bool = False


@dataclass(slots=True)
class StageFacts:
    """Facts of one stage, in the order of the program.

    Attributes:
        name: The stage.
        needs: Names read before the stage binds them: place of the first read, and the binding at that time.
        bound: Names that it binds: place of the last binding, and whether every path binds.
        deleted: Names that it deletes.
        texts: Names inside formulas that they evaluate again when they are loaded.
        mutated: Regions that it may change, with the first and last place and the name through which it is changed.
        identity: Regions whose identity is tested (`is`, `id`).
        effects: In order.
        items: Items that stand in the stage.
        nested_imports: Imports inside functions and blocks that may draw, by their texts.
        modules: Modules beside the notebook that it imports, and others that show something then, with the first place.
        env: Bindings at its end.
        reach: Regions that the variables reach at its end.
        codes: Functions and classes of the notebook that they refer to, for those that do.
        wildcard: It reaches names that only a run knows (`exec`, `%run`): place and what.
        loose_settings: Settings that it changes in ways that no statement alone can repeat.
        draws_in_page: Whether it draws into figures that live in the notebook's page.
        text_reads: Names inside strings that a library evaluates.
        history: What it reads of IPython's results (`_`, `Out`), and where.
        inputs: It reads the texts of cells that IPython keeps (`In`, `_i`).
        displays: It may show objects whose classes in the notebook say how IPython shows them.
        certain: Names of `needs` that it reads whatever path it takes.
    """

    name: str
    needs: dict[str, tuple[Span, Binding]] = field(default_factory=dict)
    bound: dict[str, tuple[Span, bool]] = field(default_factory=dict)
    deleted: dict[str, Span] = field(default_factory=dict)
    mutated: dict[int, tuple[Span, Span, str]] = field(default_factory=dict)
    identity: set[int] = field(default_factory=set)
    effects: list[Effect] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    nested_imports: dict[str, Item] = field(default_factory=dict)
    modules: dict[str, Span] = field(default_factory=dict)
    env: Snapshot[str, Binding] = field(default_factory=Snapshot)
    reach: Snapshot[str, frozenset[int]] = field(default_factory=Snapshot)
    codes: Snapshot[str, frozenset[int]] = field(default_factory=Snapshot)
    texts: Snapshot[str, frozenset[str]] = field(default_factory=Snapshot)
    wildcard: list[tuple[Span, str]] = field(default_factory=list)
    loose_settings: list[Effect] = field(default_factory=list)
    draws_in_page: bool = False
    certain: set[str] = field(default_factory=set)
    history: list[tuple[str, Span]] = field(default_factory=list)
    inputs: bool = False
    displays: bool = False
    text_reads: set[str] = field(default_factory=set)


def files_written(root: str, stages: Iterable[StageFacts]) -> list[str]:
    """The files that stages write and that a module of that name can be read from, wherever they are."""
    own = re.compile(rf"(?:.*/)?{re.escape(root)}(?:\.py|/.*)")
    found = {e.key for stage in stages for e in stage.effects if e.kind is EffectKind.WRITE and own.fullmatch(e.key)}
    return sorted(found)


def module_files(root: str, stages: Iterable[StageFacts]) -> list[str]:
    """The files of a module that is not there before the notebook runs."""
    return files_written(root, stages) or [f"{root}.py"]


@dataclass(frozen=True, slots=True)
class ProgramCell:
    """A code cell ready to be analyzed: which stage it is in, its text and its tree."""

    stage: str
    cell: Cell
    python: PythonSource
    tree: ast.Module
    raises: bool = False
    metrics: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """What a stage needs and cannot load.

    Attributes:
        stage: The stage.
        name: A variable of an earlier stage, or a module whose state is meant.
        diagnostic: What to say where it cannot be made again either.
        told_apart: The stage asks whether it is the same object.
    """

    stage: str
    name: str
    diagnostic: Diagnostic
    told_apart: bool = False


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """A function, lambda or class that the notebook defines.

    Attributes:
        name: Its top-level name in the notebook, empty for nested ones and lambdas.
        hoisted: It can live in a module of its own.
        region: The region of its state: class attributes, mutable defaults, attributes of a function.
        reads: Names that it takes from outside.
        writes: Names that it binds outside.
        is_class: It is a class.
        pickles: It says itself how its instances are pickled.
        finalizes: It says what happens when an instance goes away (`__del__`).
        held: Functions and classes that its parameters have as defaults.
        plain: It can be stored with its state: no metaclass, no hook and no decorator of a library keeps some elsewhere.
        filled: Stage to the place where it first puts an object into the function's cache.
        computed: Stage to the statement with which it first puts there what was computed with variables.
        within: Number of the top-level class of which it is a method or a class, or -1: its name begins with that one's.
        given: Stages to regions of the notebook's instances by which caches of the function, or of the class's methods,
            find results.
        title: Its name for people, that of a module beside the notebook included.
        module: The module beside the notebook that defines it, or empty.
    """

    name: str
    hoisted: bool
    region: int
    reads: frozenset[str]
    writes: frozenset[str]
    is_class: bool
    pickles: bool = False
    finalizes: bool = False
    plain: bool = True
    held: frozenset[int] = frozenset()
    filled: Mapping[str, Span] = field(default_factory=dict)
    computed: Mapping[str, Span] = field(default_factory=dict)
    within: int = -1
    given: Mapping[str, frozenset[int]] = field(default_factory=dict)
    title: str = ""
    module: str = ""


@dataclass(frozen=True, slots=True)
class LocalModule:
    """The text of a module beside the notebook, or of one that it writes.

    Attributes:
        tree: Its syntax tree.
        package: It is the `__init__` of a package.
    """

    tree: ast.Module
    package: bool = False


@dataclass(frozen=True, slots=True)
class LocalModules:
    """What the texts of modules beside the notebook, and of those that it writes, say.

    Attributes:
        modules: Those whose text is known for sure, also those that they import, by their full names.
        stateful: Those whose text is not known, or whose functions change its variables: state that stages would not share.
        trees: Their syntax trees, of those whose text is known for sure.
        setters: Functions that do nothing but change settings that are known, by their dotted names, to these.
        acting: Importing them does more than define.
        scripts: What `%run` runs, as it names it, to the names that it binds, of those whose text is known.
    """

    modules: Mapping[str, LocalModule] = field(default_factory=dict)
    stateful: frozenset[str] = frozenset()
    trees: Mapping[str, ast.Module] = field(default_factory=dict)
    setters: Mapping[str, frozenset[str]] = field(default_factory=dict)
    acting: frozenset[str] = frozenset()
    scripts: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Facts:
    """The facts of a whole notebook.

    Attributes:
        stages: In the program's order, pseudo-stages included.
        cells: By cell number.
        items: All items in order.
        hoisted: Names of functions and classes that can live in a module of their own.
        stable: Imported names that are bound by one import only.
        diagnostics: What is wrong.
        codes: The functions and classes of the notebook; `Value.code` counts them.
        regions: Who may share memory with whom, at the end of the program.
        values: Names of definitions that are handed over as values.
        results: Results that IPython keeps are read.
        missing: Modules that are not there before the notebook runs.
        local: Those beside the notebook, and those that it writes.
        shown: Hoisted classes whose module may be shown: that of the notebook.
        lazy: Regions of generators whose rest can be computed ahead, to the names that they read.
        steps: Every top-level statement, in order.
        makers: Regions of generators and the like to the statements that made them: when they go on, their code may read and
            change what the statement reads.
        apart: NB402 where a stage uses state of a module beside the notebook that an earlier one used.
        lost: NB203 where a stage asks for what a stored value does not keep.
        families: Those of `knowledge.FAMILIES` that it imports, and `measured` where it tells how much memory tables take.
        temporary: It makes files or folders that go away with their objects.
        changing: Modules beside the notebook to those of their variables that change after the import.
        loud: Those that show something when they are imported.
        meddling: Those whose import changes what was there before.
        telling: Functions and classes whose definition in a stage shows something.
        telling_shared: Those of shared cells.
        lasting: Modules whose import leaves what another import would leave again, and what that is.
        imports_of: Modules to those that importing them imports.
        first_imports: Modules to where they are imported first.
    """

    stages: dict[str, StageFacts]
    cells: dict[int, CellFacts]
    items: list[Item]
    hoisted: dict[str, Item]
    stable: dict[str, tuple[Item, ...]]
    diagnostics: list[Diagnostic]
    codes: list[CodeFacts]
    regions: Regions
    values: frozenset[str] = frozenset()
    lazy: dict[int, frozenset[str]] = field(default_factory=dict)
    shown: frozenset[str] = frozenset()
    results: bool = False
    missing: frozenset[str] = frozenset()
    local: LocalModules = field(default_factory=LocalModules)
    steps: list[Step] = field(default_factory=list)
    makers: dict[int, Step] = field(default_factory=dict)
    apart: list[Missing] = field(default_factory=list)
    lost: list[Missing] = field(default_factory=list)
    families: frozenset[str] = frozenset()
    temporary: bool = False
    changing: Mapping[str, frozenset[str]] = field(default_factory=dict)
    loud: frozenset[str] = frozenset()
    meddling: frozenset[str] = frozenset()
    telling: frozenset[str] = frozenset()
    telling_shared: frozenset[str] = frozenset()
    lasting: Mapping[str, str] = field(default_factory=dict)
    imports_of: Mapping[str, set[str]] = field(default_factory=dict)
    first_imports: Mapping[str, FirstImport] = field(default_factory=dict)
