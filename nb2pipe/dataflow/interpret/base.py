"""The state of the interpreter, and the methods by which its rooms ask each other."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from types import MappingProxyType

from nb2pipe.dataflow.facts import (
    Binding,
    CellFacts,
    Effect,
    EffectKind,
    FirstImport,
    Item,
    LocalModules,
    Missing,
    StageFacts,
    Step,
    Value,
)
from nb2pipe.dataflow.interpret.model import (
    BUDGET,
    SCALAR,
    Code,
    Doing,
    Frame,
    Look,
    Remembered,
    Suspended,
    Texts,
    Watch,
)
from nb2pipe.dataflow.regions import Regions
from nb2pipe.dataflow.scopes import FunctionNode
from nb2pipe.diagnostics import Diagnostic, Span
from nb2pipe.notebook.model import Magic


class Base(ABC):
    """The state of one pass, and what the rooms ask of each other."""

    def __init__(
        self,
        hoisted: dict[str, Item],
        stable: dict[str, tuple[Item, ...]],
        *,
        missing: frozenset[str] = frozenset(),
        local: LocalModules | None = None,
        values: frozenset[str] = frozenset(),
        results: bool = False,
        changing: Mapping[str, frozenset[str]] = MappingProxyType({}),
        placed: frozenset[str] = frozenset(),
    ) -> None:
        self.missing, self.local = missing, local or LocalModules()
        self.values = values  # names of definitions that are handed over as values instead of being repeated
        self.importers: dict[str, str] = {}  # missing module to the stage that imports it first
        self.module_users: dict[str, str] = {}  # stateful module to the stage that used it first
        self.changing = changing  # modules beside the notebook to those of their variables that change after the import
        self.scopes: dict[
            str, dict[str, Value]
        ] = {}  # modules beside the notebook that were imported to their variables
        self.module_stars: dict[str, list[str]] = {}  # those to the libraries whose names they have from star imports
        self.importing: list[str] = []  # the modules that are imported, inside the code of the last
        self.rebound_members: dict[
            str, set[str]
        ] = {}  # modules to their variables that were bound again after the import
        self.whole_modules: dict[str, Value] = {}  # modules to all that their code may read, in the statement that runs
        self.effects_seen: set[tuple[EffectKind, str]] = (
            set()
        )  # kinds and keys, of the statement of a module that is run
        self.volatile: dict[
            str, set[str]
        ] = {}  # modules to their variables that importing them again may give other values
        self.import_reads: dict[str, list[str]] = {}  # modules to the files that importing them reads
        self.module_stages: set[tuple[str, str]] = set()  # (stage, module) where the stage uses it
        self.gets_state = False  # the statement uses or imports such a variable
        self.changes_environment = False
        self.cell_texts: list[str] = []
        self.known_before = 0  # how many regions there were before the import
        self.meddling: set[str] = set()  # those whose import changes what was there before
        self.placed = placed  # modules that are imported where the notebook does so
        self.seeded: set[str] = set()  # generators that were
        self.loaded: set[str] = set()  # packages that have drawn when they were imported, if they do
        # Generators that were seeded to the modules whose import may have drawn since, with nothing drawn yet.
        self.undrawn: dict[str, set[str]] = {}
        self.loud: set[str] = set()  # those that show something when they are imported
        self.object_dicts: dict[int, set[int]] = {}  # objects to the dicts that they were given for their attributes
        self.keeps_annotations = False  # the notebook reads its own `__annotations__`
        self.telling: set[str] = set()  # functions and classes whose definition shows something
        self.telling_shared: set[str] = set()  # those of shared cells
        self.lasting: dict[str, str] = {}  # those that leave more than an import may, and what
        self.imports_of: dict[str, set[str]] = {}  # modules to those that importing them imports
        self.first_imports: dict[str, FirstImport] = {}
        self.members: int | None = None  # the region of all that changes of them
        self.changed_late: set[int] = set()  # regions that something else than an import may change
        self.regions = Regions()
        self.env: dict[str, Binding] = {}
        self.last_stage = StageFacts("")  # the one before
        self.rebound: set[str] = set()  # names that were bound or deleted since then
        self.hoisted, self.stable = hoisted, stable
        self.codes: list[Code] = []
        self.frames: list[Frame] = []
        self.journals: list[dict[str, Binding | None]] = []
        self.active: list[int] = []
        self.defining = 0  # classes whose bodies run
        self.stages: dict[str, StageFacts] = {}
        self.cells: dict[int, CellFacts] = {}
        self.items: list[Item] = []
        self.diagnostics: list[Diagnostic] = []
        self.pending: list[tuple[str, Span, bool]] = []  # reads of names that were not bound
        self.deleted: dict[str, Span] = {}
        self.reads: list[str] | None = None
        self.steps: list[Step] = []
        self.wrapped = False  # the cell is run by a magic, or may end in an exception
        self.step_reads: dict[str, set[int]] = {}  # names to regions, of the top-level statement that runs
        self.step_binds: set[str] = set()  # names that it binds, also in functions that it calls
        self.step_modules: set[str] = set()  # modules beside the notebook whose state it uses
        self.step_place = Span()  # of the statement itself
        self.step_mutates: set[int] = set()  # regions that it may change
        self.makers: dict[int, Step] = {}  # regions of generators and the like to the statements that made them
        self.apart: list[Missing] = []
        self.lost: list[Missing] = []
        self.temporary = False  # something makes files or folders that go away with their objects
        self.star_items: list[Item] = []
        self.wildcard: list[tuple[str, Span]] = []  # (stage, place) that may bind any name
        self.running: dict[int, Frame] = {}  # functions that are followed to where they are
        self.bound_unseen = Value()  # what it may have bound to names that no statement names
        self.fileless = False  # only calls whose names say so touch files, in a notebook that computes with tensors
        self.families: frozenset[str] = frozenset()  # of `known.FAMILIES`: whose objects there may be
        self.networks: set[str] = set()  # variables that are modules of PyTorch with parameters
        # Variables that remember how they were computed to the stages of that, each to the variable there: none for parameters.
        self.graphs: dict[str, dict[str, str]] = {}
        self.without_gradients = 0  # inside blocks that compute without
        self.restoring = 0
        self.stacks: frozenset[int] = frozenset()  # regions of stacks of contexts that are left with a block
        self.guarded = 0  # inside `try` that may catch NameError
        self.told = 0  # inside one that may tell what it says
        self.told_calls = 0  # inside `try` that may tell what TypeError says
        self.discard = False
        self.budget = BUDGET
        self.site: Span | None = None
        self.executing: dict[int, int] = {}
        self.flooded: set[tuple[int | None, int]] = set()
        self.tied: int | None = None  # the region of all that the statement gives to what it does not follow
        self.flooded_codes: set[frozenset[int]] = set()
        self.has_defaults: dict[int, bool] = {}  # whether functions keep objects as defaults
        self.tables: dict[int, dict[str, int]] = {}  # the methods of classes
        self.followed: dict[int, Value | None] = {}  # functions that the statement has called, to what they gave
        self.followed_nodes: dict[int, Value | None] = {}  # their texts, to what they gave last
        self.doings: dict[int, Doing | None] = {}  # what else texts did; `None` where not all of it is known
        self.whole_doings: dict[int, Doing | None] = {}  # the same, with those that they may call
        self.left_texts: list[int] = []  # texts that the statement does not follow, or not again
        self.effects_done: list[tuple[EffectKind, str]] = []  # by the statement
        self.identities = 0  # how often objects were compared by identity
        self.ever_followed: dict[int, Value | None] = {}  # texts that any statement has called, to what they gave last
        self.maybe_followed = 0  # how often what may be called was followed
        self.exhausted = False  # it is not any more, but the first time
        self.texts: dict[int, Texts] = {}
        self.names_in: dict[
            int, tuple[frozenset[str], frozenset[str]]
        ] = {}  # free reads and global writes of functions
        self.imported_in: dict[int, frozenset[str]] = {}  # the last parts of the modules that functions import
        self.cut_off_gave: dict[int, tuple[Value, Value]] = {}  # what a text gave last, to that or what the hub reaches
        self.flooded_names: set[tuple[str, str, bool]] = set()
        self.flooded_texts: set[int] = set()
        self.hub: Value | None = None
        self.in_hub: set[tuple[str, str, bool]] = set()
        self.stage = StageFacts("")
        self.cell = CellFacts()
        self.number = 0
        self.order = 0
        self.changes = 0
        self.cache_statistics = False
        self.future_annotations = False
        self.called_back: list[Value] = []  # what functions of the notebook gave back to the library that called them
        # Places of the statement to what they change with all that it reaches: each region, and each whole.
        self.noted: dict[Span, tuple[set[int], set[frozenset[int]]]] = {}
        self.lazy: dict[int, frozenset[str]] = {}
        self.drawing: set[int] = set()  # regions of splits that draw from NumPy's generator when they go on
        self.either: dict[int, tuple[Value, Value]] = {}  # regions of a generator that is one of two
        self.trees: list[ast.Module] = []  # of all cells
        self.stored: frozenset[str] | None = None  # attributes that the text sets anywhere
        self.stores_any = False  # it may set others
        self.enclosed: dict[int, tuple[Code, Span]] = {}  # regions of a decorator, or in a class, to whose they are
        self.foreign: set[int] = set()  # regions of objects that libraries make of which nothing is known
        self.filling: set[int] = set()  # regions of objects that add a key when it is looked up
        self.suspended: dict[int, Suspended] = {}  # regions of generators to the code that goes on
        self.bodies: dict[int, int] = {}  # regions of generators to the function whose body goes on
        self.waiting: dict[str, list[Suspended]] = {}  # names to the code that reads them when it goes on
        self.watches: list[Watch] = []  # of code that is followed now and runs later
        self.shown: set[str] = set()
        self.prints = 0
        self.variable_reads = 0
        self.makes_generators = False  # random ones
        self.unflushed: dict[str, str] = {}  # path to the stage that wrote to it through a file that is still open
        self.moves_files = self.changes_folder = False
        self.results = self.regions.new("results") if results else None  # what cells have shown, where that is read
        self.reads_results = False
        self.hidden: dict[int, str] = {}  # region of what the process keeps to the name under which it is handed over
        self.accessors: dict[str, Value] = {}  # attributes of all frames to the notebook's class that makes them
        self.mapped: dict[int, str] = {}  # region of an array to the file that is its content
        self.opened: dict[int, str] = {}  # region of a file that is open for writing to its path
        self.replaced: dict[str, Effect] = {}  # streams of the process that are others now
        self.replaces_streams = False  # `sys.stdout` may be another one at times
        self.logs: int | None = None  # the region of loggers and what they keep
        self.root_has_handler = self.configures_files = False
        self.log_files: set[str] = set()  # where messages go; an empty path may be any
        self.result_cells: list[
            tuple[str, int]
        ] = []  # stages and cells that show a result or read one, as they are run
        self.names_axes = False  # an index or columns get a name in place
        self.measures = False  # the memory of tables is told in this cell or a later one
        self.axes: dict[int, int] = {}  # region of a table to that of its index and columns
        self.keeps_connections = False  # a connection's own state is asked for, beside the data
        self.connects = self.engines = 0  # how many connections the text makes
        self.database_file = ""  # the file that the one connection is to
        self.reads_all_rows = False  # what a database is asked for is read in the same cell
        self.counts_lines = False  # a reader of rows is asked for its line
        self.observes = False  # functions of the notebook are called when a widget changes
        self.in_page = self.page_figure_in = ""
        self.drawn_in_page: set[str] = set()  # stages
        self.displays: dict[str, str] = {}  # names under which something is shown, to the stages that show it
        self.sends = self.threads = self.concurrent = self.names_threads = self.keeps_more = False
        self.looked_up: dict[int, bool] = {}  # calls of `globals` that get or set one variable: may they bind
        self.raised: list[Value] = []  # what the notebook raises, to be caught anywhere
        self.keeps_figures = False  # from cell to cell
        self.closes_figures = True  # what the inline backend does at a cell's end
        self.draws = 0  # how often something may have been drawn
        self.drawn_before = 0  # where the stage starts
        self.plotted = 0  # how often something surely was
        self.figures: int | None = None  # the region of those that are open
        self.nested = False  # inside a statement that is not an import itself
        self.maybe = 0  # inside code that may run or not
        self.last_value: Value | None = None  # of the expression statement that ran last

    @property
    def tensors(self) -> bool:
        """Whether objects may be PyTorch's."""
        return "tensors" in self.families

    # memory.py

    @abstractmethod
    def at(self, node: ast.AST) -> Span: ...

    @abstractmethod
    def kept(self, values: Sequence[Value]) -> list[Value]: ...

    @abstractmethod
    def kept_code(self, value: Value) -> frozenset[int]: ...

    @abstractmethod
    def parts_of(self, value: Value) -> list[Value]: ...

    @abstractmethod
    def mutate(self, value: Value, span: Span, name: str = "", *, deep: bool = False) -> None: ...

    @abstractmethod
    def note_mutation(self, region: int, span: Span, name: str) -> None: ...

    @abstractmethod
    def mutate_fit(self, value: Value, span: Span, name: str) -> None: ...

    @abstractmethod
    def mutate_unknown(self, value: Value, span: Span, name: str = "") -> None: ...

    @abstractmethod
    def pack(self, kind: str, values: Iterable[Value], *, always: bool = True) -> int | None: ...

    @abstractmethod
    def attach(self, base: Value, values: Iterable[Value], *, reads_only: bool = False) -> None: ...

    @abstractmethod
    def mix(self, values: Sequence[Value]) -> int: ...

    @abstractmethod
    def codes_of(self, value: Value) -> frozenset[int]: ...

    @abstractmethod
    def join_values(self, a: Value, b: Value) -> Value: ...

    @abstractmethod
    def join_all(self, values: Sequence[Value]) -> Value: ...

    @abstractmethod
    def effect(self, kind: EffectKind, key: str, span: Span, *, varies: bool = False) -> None: ...

    @abstractmethod
    def set_loosely(self, family: str, span: Span) -> None: ...

    @abstractmethod
    def has_finalizer(self, value: Value) -> bool: ...

    @abstractmethod
    def finalize(self, value: Value, span: Span) -> None: ...

    @abstractmethod
    def with_axes(self, made: Value, *sources: Value) -> Value: ...

    @abstractmethod
    def object_dict(self, base: Value) -> Value: ...

    @abstractmethod
    def _classes_of(self, value: Value) -> frozenset[int]: ...

    @abstractmethod
    def element_of(self, value: Value) -> Value: ...

    @abstractmethod
    def started(self, values: Sequence[Value]) -> Value: ...

    @abstractmethod
    def outcome(self, value: Value) -> Value | None: ...

    @abstractmethod
    def consume(self, value: Value, span: Span) -> None: ...

    @abstractmethod
    def may_shuffle(self, value: Value, span: Span) -> None: ...

    @abstractmethod
    def show(self, value: Value) -> None: ...

    @abstractmethod
    def look_up_labels(self, value: Value, span: Span, *, sure: bool = False) -> None: ...

    @abstractmethod
    def touch(self, value: Value, span: Span) -> list[Value]: ...

    @abstractmethod
    def move_on(self, value: Value, span: Span) -> None: ...

    @abstractmethod
    def unpack(self, value: Value, span: Span) -> Value: ...

    @abstractmethod
    def fill(self, value: Value, span: Span, name: str = "") -> None: ...

    @abstractmethod
    def copy_filling(self, copy: int, values: Iterable[Value]) -> None: ...

    @abstractmethod
    def instances(self, value: Value, number: int) -> list[Value]: ...

    @abstractmethod
    def cells_of(self, value: Value) -> list[int]: ...

    @abstractmethod
    def inner_of(self, values: Iterable[Value]) -> list[int]: ...

    # suspended.py

    @abstractmethod
    def watch(self, *, wanted: bool) -> AbstractContextManager[Watch]: ...

    @abstractmethod
    def suspend(self, kind: str, values: Sequence[Value], gives: Sequence[Value], seen: Watch) -> Value: ...

    @abstractmethod
    def bound_late(self, name: str, value: Value, span: Span, scope: dict[str, Value] | None = None) -> None: ...

    @abstractmethod
    def resume(self, value: Value, span: Span) -> None: ...

    @abstractmethod
    def send(self, receiver: Value, values: Sequence[Value], span: Span) -> Value: ...

    @abstractmethod
    def given_by(self, value: Value) -> Value | None: ...

    # names.py

    @abstractmethod
    def inline(self, span: Span, why: str) -> None: ...

    @abstractmethod
    def set_env(self, name: str, binding: Binding | None) -> None: ...

    @abstractmethod
    def bind(self, name: str, value: Value, span: Span, items: tuple[Item, ...] = ()) -> None: ...

    @abstractmethod
    def bind_in_notebook(self, name: str, value: Value, span: Span, why: str) -> None: ...

    @abstractmethod
    def read_name(self, name: str, span: Span, *, hoisted: bool = False) -> Value | None: ...

    @abstractmethod
    def load(self, node: ast.Name) -> Value: ...

    @abstractmethod
    def need_star(self, name: str) -> None: ...

    @abstractmethod
    def keep_hidden(self, name: str, region: int, span: Span) -> None: ...

    @abstractmethod
    def change_hidden(self, name: str, region: int, span: Span, *, deep: bool = False) -> None: ...

    @abstractmethod
    def refuse_history(self, name: str, span: Span) -> None: ...

    @abstractmethod
    def check_known_names(self, span: Span, what: str) -> None: ...

    @abstractmethod
    def dynamic(self, span: Span, what: str, *, binds: bool, looks: bool = False) -> None: ...

    @abstractmethod
    def _check_flushed(self, path: str, span: Span) -> None: ...

    @abstractmethod
    def _namespace_item(self, node: ast.Subscript) -> str | None: ...

    @abstractmethod
    def refuse_foreign(self, nodes: Iterable[ast.AST], what: str, span: Span, *, told_apart: bool = False) -> None: ...

    @abstractmethod
    def _look_up_in_call(self, node: ast.Call) -> None: ...

    @abstractmethod
    def everything(self) -> int: ...

    @abstractmethod
    def _in_namespace(self, node: ast.Call) -> bool: ...

    @abstractmethod
    def use_shell(self, name: str, span: Span) -> None: ...

    @abstractmethod
    def keeps_key(self, key: Value) -> bool: ...

    @abstractmethod
    def tell_apart(self, sought: Iterable[Value], *others: Value) -> None: ...

    @abstractmethod
    def ask_which(self, one: Value, other: Value, span: Span) -> None: ...

    @abstractmethod
    def note_display(self, args: list[Value], keywords: dict[str, Value], span: Span, *, updates: bool) -> Value: ...

    @abstractmethod
    def text_says_where(self, value: Value) -> bool: ...

    @abstractmethod
    def in_function(self) -> bool: ...

    @abstractmethod
    def look_up(self, node: ast.expr, *, binds: bool) -> None: ...

    @abstractmethod
    def string_names(self, node: ast.Call, values: Sequence[Value], span: Span) -> frozenset[str]: ...

    # flow.py

    @abstractmethod
    def branches(self, arms: Sequence[Callable[[], None]]) -> None: ...

    @abstractmethod
    def block(self, statements: Sequence[ast.stmt]) -> None: ...

    @abstractmethod
    def statement(self, node: ast.stmt) -> None: ...

    @abstractmethod
    def test(self, node: ast.expr) -> Value: ...

    # assignments.py

    @abstractmethod
    def assign(self, target: ast.expr, value: Value, span: Span) -> None: ...

    @abstractmethod
    def set_on_object(self, base: Value, attribute: str, value: Value, span: Span, name: str = "") -> None: ...

    @abstractmethod
    def note_stale_keys(self, base: Value, attribute: str) -> None: ...

    @abstractmethod
    def set_on_definition(self, base: Value, attribute: str, value: Value, span: Span, name: str = "") -> None: ...

    @abstractmethod
    def _is_setting(self, base: Value, span: Span, value: Value = SCALAR, *, force: bool = False) -> bool: ...

    @abstractmethod
    def set_for_process(self, family: str, dotted: str, values: Iterable[Value], span: Span) -> None: ...

    # modules.py

    @abstractmethod
    def import_module(self, name: str, span: Span, part: str = "") -> None: ...

    @abstractmethod
    def module_object(self, value: Value) -> Value: ...

    @abstractmethod
    def own_module(self) -> str: ...

    @abstractmethod
    def outside(self, name: str, module: str) -> Value: ...

    @abstractmethod
    def imported(self, module: str, name: str, span: Span) -> Value | None: ...

    @abstractmethod
    def import_names(self, node: ast.ImportFrom) -> None: ...

    @abstractmethod
    def all_members(self, module: str, span: Span) -> Value: ...

    @abstractmethod
    def public_members(self, module: str) -> list[str] | None: ...

    @abstractmethod
    def member(self, module: str, name: str, span: Span) -> Value | None: ...

    @abstractmethod
    def set_member(self, module: str, name: str, value: Value, span: Span) -> None: ...

    @abstractmethod
    def rebinds(self, module: str, name: str, value: Value, span: Span) -> None: ...

    @abstractmethod
    def use_member(self, module: str, name: str, span: Span) -> None: ...

    @abstractmethod
    def use_definitions(self, value: Value, span: Span) -> None: ...

    @abstractmethod
    def changes_modules(self) -> bool: ...

    @abstractmethod
    def note_state(self) -> None: ...

    # top_level.py

    @abstractmethod
    def top_level(self, node: ast.stmt, source: str, magics: dict[int, Magic]) -> None: ...

    @abstractmethod
    def read_module(self, module: str, span: Span) -> None: ...

    @abstractmethod
    def add_star(self, item: Item, module: str) -> None: ...

    @abstractmethod
    def _dotted(self, node: ast.expr) -> str: ...

    # gradients.py

    @abstractmethod
    def refuse_gradients(self, node: ast.AST, span: Span) -> None: ...

    @abstractmethod
    def remembered(self, value: ast.expr) -> Remembered | None: ...

    @abstractmethod
    def remember(self, targets: Iterable[ast.expr], what: Remembered | None) -> None: ...

    @abstractmethod
    def forget_graph(self, name: str) -> None: ...

    @abstractmethod
    def keep_gradients(self, node: ast.expr) -> None: ...

    @abstractmethod
    def leave_gradients(self, node: ast.With | ast.AsyncWith) -> bool: ...

    # magics.py

    @abstractmethod
    def run_magic(self, magic: Magic, node: ast.stmt | None = None) -> None: ...

    @abstractmethod
    def nested_magic(self, method: str, args: Sequence[Value], span: Span) -> Value: ...

    # definitions.py

    @abstractmethod
    def closure(self) -> tuple[dict[str, Value], ...]: ...

    @abstractmethod
    def has_library_decorator(self, node: ast.AST, names: str) -> bool: ...

    @abstractmethod
    def closure_region(self, code: Code) -> int | None: ...

    @abstractmethod
    def own_value(self, code: Code, value: Value) -> Value: ...

    @abstractmethod
    def is_closed(self, code: Code) -> bool: ...

    @abstractmethod
    def _is_plain_code(self, code: Code) -> bool: ...

    @abstractmethod
    def find_method(self, number: int, name: str) -> int | None: ...

    # expressions.py

    @abstractmethod
    def eval(self, node: ast.expr) -> Value: ...

    # attributes.py

    @abstractmethod
    def attribute(self, base: Value, name: str, span: Span) -> Value: ...

    @abstractmethod
    def is_set_on_objects(self, name: str) -> bool: ...

    @abstractmethod
    def inner_class(self, value: Value, name: str) -> Value | None: ...

    @abstractmethod
    def lineage(self, number: int) -> list[int]: ...

    @abstractmethod
    def methods_of(self, number: int) -> dict[str, int]: ...

    @abstractmethod
    def base_names(self, number: int) -> frozenset[str]: ...

    @abstractmethod
    def class_state(self, value: Value, name: str) -> Value | None: ...

    @abstractmethod
    def _is_enum(self, code: Code) -> bool: ...

    # once.py

    @abstractmethod
    def look(self) -> Look: ...

    @abstractmethod
    def note_doing(self, node: FunctionNode, before: Look, *, known: bool) -> None: ...

    @abstractmethod
    def whole_doing(self, text: int) -> Doing | None: ...

    @abstractmethod
    def do_again(self, node: FunctionNode, values: Iterable[Value], span: Span) -> None: ...

    # calls.py

    @abstractmethod
    def act_by(self, value: Value, span: Span) -> None: ...

    @abstractmethod
    def act(self, dotted: str, span: Span) -> None: ...

    @abstractmethod
    def cached(self, function: Value) -> Value: ...

    @abstractmethod
    def given_back(self) -> AbstractContextManager[list[Value]]: ...

    @abstractmethod
    def arguments(self, node: ast.expr) -> Sequence[Value]: ...

    @abstractmethod
    def call_code(self, callee: Value, args: list[Value], keywords: dict[str, Value], span: Span) -> Value: ...

    @abstractmethod
    def apply(self, number: int, args: list[Value], keywords: dict[str, Value], span: Span) -> Value: ...

    @abstractmethod
    def call_unknown(
        self, values: list[Value], span: Span, name: str, *, follow: bool = True, fileless: bool = False
    ) -> Value: ...

    @abstractmethod
    def change_unknown(self, values: list[Value], span: Span, name: str, *, follow: bool = True) -> Value: ...

    @abstractmethod
    def may_execute(
        self, value: Value, span: Span, given: Sequence[Value] = (), *, constructs: bool = False
    ) -> None: ...

    @abstractmethod
    def apply_any(self, number: int, first: Value, given: Value, span: Span, *, keeps: bool = True) -> None: ...

    @abstractmethod
    def apply_methods(self, methods: Sequence[int], instances: Sequence[Value], given: Value, span: Span) -> None: ...

    # builtin_calls.py

    @abstractmethod
    def call_builtin(
        self, node: ast.Call, name: str, args: list[Value], keywords: dict[str, Value], span: Span
    ) -> Value: ...

    @abstractmethod
    def parents_effect(self, path: Value, span: Span) -> None: ...

    @abstractmethod
    def file_effect(self, path: Value, writes: bool, span: Span) -> None: ...

    @abstractmethod
    def opening_effect(self, path: Value, mode: Value, span: Span) -> bool: ...

    # library_calls.py

    @abstractmethod
    def use_state(self, root: str, span: Span) -> None: ...

    @abstractmethod
    def call_library(
        self, node: ast.Call, dotted: str, args: list[Value], keywords: dict[str, Value], span: Span
    ) -> Value: ...

    @abstractmethod
    def database_effect(self, span: Span) -> None: ...

    # figures.py

    @abstractmethod
    def set_backend(self, name: str | None, span: Span) -> None: ...

    @abstractmethod
    def keep_figures(self) -> None: ...

    @abstractmethod
    def may_draw(self, span: Span, receiver: Value | None = None) -> None: ...

    @abstractmethod
    def note_object_dict(self, base: Value, value: Value) -> None: ...

    @abstractmethod
    def drawn(self, result: Value, before: int) -> Value: ...

    @abstractmethod
    def figure_call(self, node: ast.Call, name: str, result: Value, span: Span) -> Value: ...

    # logs.py

    @abstractmethod
    def read_logs(self, span: Span) -> None: ...

    @abstractmethod
    def set_up_logs(self, values: list[Value], span: Span) -> None: ...

    @abstractmethod
    def library_logs(self, dotted: str, span: Span) -> None: ...

    @abstractmethod
    def call_logging(self, name: str, args: list[Value], keywords: dict[str, Value], span: Span) -> Value | None: ...

    @abstractmethod
    def call_logger(self, receiver: Value, name: str, values: list[Value], span: Span) -> Value | None: ...

    @abstractmethod
    def library_effects(self, dotted: str, args: list[Value], keywords: dict[str, Value], span: Span) -> None: ...

    # method_calls.py

    @abstractmethod
    def draw_from(self, value: Value, span: Span) -> None: ...

    @abstractmethod
    def write_stream(self, value: Value, span: Span) -> None: ...

    @abstractmethod
    def call_method(
        self, node: ast.Call, receiver: Value, name: str, args: list[Value], keywords: dict[str, Value], span: Span
    ) -> Value: ...

    # program.py

    @abstractmethod
    def local_block(self, statements: Sequence[ast.stmt]) -> None: ...
