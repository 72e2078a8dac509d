"""Runs a notebook over facts instead of values: one pass, cell after cell.

Before: cells with their stages and syntax trees. After: for each stage the names that it needs from before, those that
it binds, the regions that it may change, its effects, and the statements that other stages can repeat.

Calls of the notebook's own functions are followed into their bodies with the values at the call, so that late-bound
globals, mutation of arguments and `global` come out as they would at run time. Recursion and very long chains are cut
off, and what is cut off is assumed to do anything that its text allows.
"""

from __future__ import annotations

import ast
import functools
import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from nb2pipe.dataflow import knowledge as known
from nb2pipe.dataflow.facts import (
    SHARED,
    SKIP,
    Binding,
    CellFacts,
    CodeFacts,
    Effect,
    EffectKind,
    Facts,
    Item,
    ProgramCell,
    StageFacts,
    Value,
)
from nb2pipe.dataflow.regions import Regions
from nb2pipe.dataflow.scopes import (
    BUILTINS,
    DefinitionNode,
    alias_name,
    argument_names,
    bound_names,
    free_names,
    function_body_free,
    is_generator,
    is_history,
    own_nodes,
    pattern_names,
    read_names,
    target_names,
)
from nb2pipe.diagnostics import Diagnostic, Span
from nb2pipe.notebook.model import Magic, MagicKind

SCALAR = Value("scalar")
_REPEATS = 4  # how often code that a value carries is followed in one statement
_CONSTRUCTORS = frozenset({"__init__", "__new__", "__post_init__", "__init_subclass__", "__class_getitem__"})
_NAMES_AXES = re.compile(r"\.names?\s*=[^=]|set_names\(|(?:index|columns|axis)\.rename\(|setattr\(")
_BUDGET = 1500  # syntax nodes that calls of one top-level statement may be followed into


@dataclass(slots=True, eq=False)
class Code:
    """A function, lambda or class of the notebook."""

    number: int
    node: DefinitionNode | ast.Lambda
    closure: tuple[dict[str, Value], ...]
    name: str
    hoisted: bool
    region: int
    owner: int = -1
    methods: dict[str, int] = field(default_factory=dict)
    bases: tuple[Value, ...] = ()
    state: frozenset[str] = frozenset()  # class attributes that can change in place
    properties: set[str] = field(default_factory=set)  # made by calls of `property`
    held: set[int] = field(default_factory=set)  # functions and classes among the defaults
    defaults: dict[str, Value] = field(default_factory=dict)  # parameters to the objects that their defaults are
    fields: list[Value] = field(default_factory=list)  # what a dataclass's fields start with
    bound: Value | None = None  # the object whose library method this is
    metaclass: Value | None = None
    outer: str = ""  # the top-level definition that it stands in


@dataclass(slots=True, eq=False)
class Frame:
    """The local scope of a function that is followed."""

    local: dict[str, Value]
    names: frozenset[str]
    closure: tuple[dict[str, Value], ...]
    hoisted: bool
    code: int
    returns: list[Value] = field(default_factory=list)
    region: int | None = None  # of the cells that inner functions keep


def span_of(cell: int, node: ast.AST) -> Span:
    """The place of a syntax node."""
    line = getattr(node, "lineno", 0)
    if not line:
        return Span(cell)
    return Span(cell, line, node.col_offset + 1, node.end_lineno or line, (node.end_col_offset or 0) + 1)  # type: ignore[attr-defined]


class Interpreter:
    """One pass over a program; `run` gives the facts."""

    def __init__(
        self,
        hoisted: dict[str, Item],
        stable: dict[str, tuple[Item, ...]],
        *,
        missing: frozenset[str] = frozenset(),
        stateful: frozenset[str] = frozenset(),
        values: frozenset[str] = frozenset(),
    ) -> None:
        self.missing, self.stateful = missing, stateful
        self.values = values  # names of definitions that are handed over as values instead of being repeated
        self.importers: dict[str, str] = {}  # missing module to the stage that imports it first
        self.module_users: dict[str, str] = {}  # stateful module to the stage that used it first
        self.regions = Regions()
        self.env: dict[str, Binding] = {}
        self.hoisted, self.stable = hoisted, stable
        self.codes: list[Code] = []
        self.frames: list[Frame] = []
        self.journals: list[dict[str, Binding | None]] = []
        self.active: list[int] = []
        self.stages: dict[str, StageFacts] = {}
        self.cells: dict[int, CellFacts] = {}
        self.items: list[Item] = []
        self.diagnostics: list[Diagnostic] = []
        self.pending: list[tuple[str, Span, bool]] = []  # reads of names that were not bound
        self.deleted: dict[str, Span] = {}
        self.reads: list[str] | None = None
        self.star_items: list[Item] = []
        self.wildcard: list[tuple[str, Span]] = []  # (stage, place) that may bind any name
        self.restoring = 0
        self.guarded = 0  # inside `try` that may catch NameError
        self.discard = False
        self.budget = _BUDGET
        self.site: Span | None = None
        self.executing: dict[int, int] = {}
        self.flooded: set[tuple[int | None, ...]] = set()
        self.stage = StageFacts("")
        self.cell = CellFacts()
        self.number = 0
        self.order = 0
        self.changes = 0
        self.cache_statistics = False
        self.future_annotations = False
        self.called_back: list[Value] = []  # what functions of the notebook gave back to the library that called them
        self.noted: dict[int, tuple[Span, int, str]] = {}  # what was changed last through a region
        self.lazy: dict[int, frozenset[str]] = {}
        self.shown: set[str] = set()
        self.prints = 0
        self.makes_generators = False  # random ones
        self.unflushed: dict[str, str] = {}  # path to the stage that wrote to it through a file that is still open
        self.moves_files = False
        self.results: int | None = None  # the region of what cells have shown
        self.last_shown: list[tuple[str, Span, Value]] = []
        self.names_axes = False  # an index or columns get a name in place
        self.axes: dict[int, int] = {}  # region of a table to that of its index and columns
        self.sends = self.threads = self.configures_logging = self.keeps_more = False
        self.looked_up: dict[int, bool] = {}  # calls of `globals` that get or set one variable: may they bind
        self.raised: list[Value] = []  # what the notebook raises, to be caught anywhere
        self.keeps_figures = False
        self.nested = False  # inside a statement that is not an import itself
        self.maybe = 0  # inside code that may run or not

    # --- the program ------------------------------------------------------------------------------------------

    def run(self, program: Sequence[ProgramCell]) -> Facts:
        """Analyzes all cells in order."""

        def says(*words: str) -> bool:
            return any(w in part.python.text for part in program for w in words)

        self.names_axes = any(_NAMES_AXES.search(part.python.text) for part in program)
        self.sends = says(".send(", ".throw(", ".gi_", "inspect")
        self.threads = says("Thread", "Executor", "multiprocessing", "asyncio")
        moving = ("remove(", "unlink(", "rename(", "replace(", "rmtree(", "chdir", "%cd", "!")
        self.moves_files = any(w in part.cell.source for part in program for w in moving)
        self.keeps_more = says("InteractiveShell", "ast_node")
        self.configures_logging = says("basicConfig")
        self.cache_statistics = says("cache_info")
        for index, part in enumerate(program):
            self.stage = self.stages.setdefault(part.stage, StageFacts(part.stage))
            self.cell = self.cells.setdefault(part.cell.number, CellFacts())
            self.number = part.cell.number
            self.run_cell(part)
            if index + 1 == len(program) or program[index + 1].stage != part.stage:
                self.close_stage()
        self.report_unbound()
        self.check_results()
        codes = [
            CodeFacts(
                c.name,
                c.hoisted,
                c.region,
                free.reads,
                free.writes,
                isinstance(c.node, ast.ClassDef),
                not _PICKLING.isdisjoint(c.methods),
                self.find_method(c.number, "__del__") is not None,
                self._is_plain_code(c),
                frozenset(c.held),
            )
            for c in self.codes
            for free in [free_names(c.node)]
        ]
        return Facts(
            self.stages,
            self.cells,
            self.items,
            self.hoisted,
            self.stable,
            self.diagnostics,
            codes,
            self.regions,
            self.values,
            self.lazy,
            frozenset(self.shown),
            self.results,
        )

    def check_results(self) -> None:
        """NB207 where the results that IPython keeps are more than values of their own."""
        if self.results is None:
            return
        first = next((s, s.history[0]) for s in self.stages.values() if s.history)
        name, span = first[1]
        reach = {
            r for b in self.env.values() if b.value.region != self.results for r in self.regions.reach(b.value.region)
        }
        shared = any(not self.regions.reach(v.region).isdisjoint(reach) for _, _, v in self.last_shown)
        pseudo = any(stage.startswith("#") for stage, _, _ in self.last_shown) or first[0].name.startswith("#")
        skipped = any(n.startswith(SKIP) for n in self.stages)
        bound = any(n in s.bound for n in ("_", "__", "___") for s in self.stages.values())
        changed = any(self.results in s.mutated for s in self.stages.values())
        if shared or pseudo or skipped or bound or changed or self.keeps_more:
            self.refuse_history(name, span)

    def report_unbound(self) -> None:
        """Names that are read where nothing binds them."""
        later = {name: span for stage in self.stages.values() for name, (span, _) in stage.bound.items()}
        for name, span, definite in self.pending:
            if name in self.stable or name in self.hoisted:
                later.setdefault(name, (self.stable.get(name) or (self.hoisted[name],))[0].span)
            if not definite:
                continue
            if name in later and later[name] > span:
                self.diagnostics.append(
                    Diagnostic(
                        "NB201",
                        f"`{name}` is used before it is defined",
                        span,
                        f"defined only in {later[name]}",
                        f"move cell {later[name].cell} above cell {span.cell}",
                        ((later[name], "the definition"),),
                        name,
                    )
                )
            elif name in self.deleted:
                place = self.deleted[name]
                self.diagnostics.append(
                    Diagnostic(
                        "NB202",
                        f"`{name}` was deleted in {place}",
                        span,
                        "not defined any more",
                        f"remove `del {name}` from cell {place.cell}",
                        ((place, "deleted here"),),
                        name,
                    )
                )
            else:
                self.diagnostics.append(
                    Diagnostic(
                        "NB202",
                        f"`{name}` is never defined",
                        span,
                        "no cell binds this name",
                        f"define `{name}` in a cell above cell {span.cell}, or correct its spelling",
                        (),
                        name,
                    )
                )

    def close_stage(self) -> None:
        """Keeps the bindings at the stage's end and which of them may share memory."""
        self.stage.env = dict(self.env)
        for name, binding in self.env.items():
            value = binding.value
            if value.region is not None:
                self.stage.reach[name] = self.regions.reach(value.region)
            codes = value.code | self.regions.code(value.region)
            if codes:
                self.stage.codes[name] = codes
            if texts := self.regions.texts(value.region):
                self.stage.texts[name] = texts

    def run_cell(self, part: ProgramCell) -> None:
        """Analyzes one cell; a `raises-exception` cell may stop anywhere."""
        magics = {m.line: m for m in part.python.magics}
        source = part.python.text
        if part.raises:
            self.inline(Span(self.number), "the cell may end in an exception (`raises-exception`)")
        cell_magic = part.python.cell_magic

        def body() -> None:
            if cell_magic is not None:
                self.run_magic(cell_magic)
            if cell_magic is not None and cell_magic.name == "timeit":
                self.local_block(part.tree.body)
                return
            for statement in part.tree.body:
                self.top_level(statement, source, magics)

        self.last_value: Value | None = None
        if part.raises:
            self.branches([body, lambda: None])
        else:
            body()
        if part.tree.body and isinstance(part.tree.body[-1], ast.Expr):
            place = span_of(self.number, part.tree.body[-1])
            self.last_shown.append((part.stage, place, self.last_value or SCALAR))

    def local_block(self, statements: Sequence[ast.stmt]) -> None:
        """Code whose names stay its own, as `%timeit` runs it."""
        self.frames.append(Frame({}, frozenset(bound_names(statements)), (), False, -1))
        self.block(statements)
        self.frames.pop()

    def inline(self, span: Span, why: str) -> None:
        """Notes why the cell cannot move into a function."""
        self.cell.inline.append((span, why))

    # --- top-level statements ---------------------------------------------------------------------------------

    def top_level(self, node: ast.stmt, source: str, magics: dict[int, Magic]) -> None:
        """One statement of a cell: analyzed, and kept as an item where other stages can repeat it."""
        self.budget, self.order = _BUDGET, self.order + 1
        self.executing.clear()
        self.flooded.clear()
        magic = magics.get(node.lineno)
        if magic is not None and magic.kind is not MagicKind.CELL and self._is_magic(node):
            self.run_magic(magic, node)
            return
        if isinstance(node, ast.Import):
            for alias in node.names:
                self.import_alias(node, alias, alias.name, "")
            return
        if isinstance(node, ast.ImportFrom):
            self.import_from(node)
            return
        span = span_of(self.number, node)
        outer, self.reads = self.reads, []
        fresh = not any(n in self.env for n in bound_names([node])) if isinstance(node, (ast.Try, ast.If)) else False
        effects, changes = len(self.stage.effects), self.changes
        before_deleted = len(self.stage.deleted)
        self.nested = True
        self.statement(node)
        self.nested = False
        reads = tuple(sorted(set(self.reads)))
        self.reads = outer
        new_effects = self.stage.effects[effects:]
        deletes = len(self.stage.deleted) > before_deleted
        item = self._item(node, source, span, reads, new_effects, self.changes > changes, deletes, fresh)
        if item is not None:
            self.items.append(item)
            self.stage.items.append(item)
            if item.kind in ("def", "class", "compound", "shared", "setting"):
                for name in item.binds:
                    if (binding := self.env.get(name)) is not None:
                        self.env[name] = replace(binding, items=(item,))

    @staticmethod
    def _is_magic(node: ast.stmt) -> bool:
        value = getattr(node, "value", None)
        return (
            isinstance(value, ast.Call)
            and isinstance(value.func, ast.Attribute)
            and isinstance(value.func.value, ast.Call)
            and isinstance(value.func.value.func, ast.Name)
            and value.func.value.func.id == "get_ipython"
        )

    def _item(
        self,
        node: ast.stmt,
        source: str,
        span: Span,
        reads: tuple[str, ...],
        effects: list[Effect],
        mutated: bool,
        deletes: bool,
        fresh: bool,
    ) -> Item | None:
        is_definition = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        binds = (node.name,) if is_definition else tuple(sorted(bound_names([node])))  # type: ignore[attr-defined]
        families = {e.key for e in effects if e.kind is EffectKind.SETTING}
        text = ast.get_source_segment(source, node, padded=True) or ""
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.decorator_list:
            first = min(d.lineno for d in node.decorator_list)
            text = "\n".join(source.split("\n")[first - 1 : node.end_lineno])
        own = (
            tuple(sorted(n for n in reads if n in self.env and self.env[n].value.region is not None)) if mutated else ()
        )

        def make(kind: str, *, pure: bool = True) -> Item:
            pure = pure and not set(binds) & set(reads)  # what reads the name that it binds differs the second time
            return Item(kind, node, text, span, self.stage.name, binds, reads, self.order, pure=pure, mutates=own)

        if not self.values.isdisjoint(binds) and (is_definition or isinstance(node, (ast.Assign, ast.Try, ast.If))):
            if self.stage.name == SHARED:
                return make("shared")
            return None
        quiet = not mutated and not any(e.kind is not EffectKind.SETTING for e in effects) and not deletes
        registers = any("register" in ast.unparse(d) for d in getattr(node, "decorator_list", []))
        if registers and quiet:
            return make("setting")
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            bound = self.env.get(node.name)
            if bound is not None and bound.value.kind == "instance" and self.stage.name != SHARED:
                return None  # a decorator made an object of it
            return make("def", pure=quiet)
        if isinstance(node, ast.ClassDef):
            return make("class", pure=quiet)
        if _names_a_lambda(node):
            return make("def", pure=quiet)
        # Handlers are objects, handed over as they are; what `copyreg` changes is how they are handed over.
        logs = bool({"logging", "copyreg"} & families) and self.stage.name != SHARED
        if families and not binds and quiet and not logs and self._is_plain_setting(node):
            return make("setting")
        if families:
            self.stage.loose_settings += [e for e in effects if e.kind is EffectKind.SETTING]
        if isinstance(node, (ast.Try, ast.If)) and binds and quiet and fresh and _only_definitions(node):
            defines = any(isinstance(s, _DEFINING) for s in ast.walk(node))
            if defines and all(n in self.stable or n in self.hoisted for n in reads):
                return make("compound")
        if self.stage.name == SHARED and (binds or own):
            return make("shared", pure=not any(e.kind in (EffectKind.DRAW, EffectKind.CLOCK) for e in effects))
        if self.stage.name == SHARED and any(e.kind is EffectKind.SEED for e in effects):
            return make("seed")
        return None

    def _is_plain_setting(self, node: ast.stmt) -> bool:
        """A call or an assignment that does nothing but set: what it is given is computed without calls of its own."""
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            parts: list[ast.expr] = [*node.value.args, *(k.value for k in node.value.keywords)]
            if not isinstance(node.value.func, ast.Attribute):
                binding = self.env.get(node.value.func.id) if isinstance(node.value.func, ast.Name) else None
                if binding is None or binding.value.kind != "library":
                    return False
        elif isinstance(node, (ast.Assign, ast.AugAssign)):
            parts = [node.value]
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any("sys.modules" in ast.unparse(t) for t in targets):  # what it imports later is not there earlier
                return False
        else:
            return isinstance(node, ast.Delete)
        return not any(_has_call(p) for p in parts)

    # --- imports ----------------------------------------------------------------------------------------------

    def import_alias(self, node: ast.Import | ast.ImportFrom, alias: ast.alias, module: str, attribute: str) -> None:
        """`import a.b`, `import a.b as c`, `from a import b as c`: one item a name."""
        name = alias_name(alias)
        if attribute:
            dotted, text = f"{module}.{attribute}", _from_text(node, alias)  # type: ignore[arg-type]
        else:
            dotted = module if alias.asname else module.split(".", maxsplit=1)[0]
            text = f"import {module}" + (f" as {alias.asname}" if alias.asname else "")
        span = span_of(self.number, node)
        item = Item(
            "import", node, text, span, self.stage.name, (name,), (), self.order, (module, attribute, name),
            getattr(node, "level", 0) or 0,
        )  # fmt: skip
        self.future_annotations |= (module, attribute) == ("__future__", "annotations")
        root = module.split(".", maxsplit=1)[0]
        if root in self.missing:
            self.inline(span, f"the module `{root}` is not there before the notebook runs")
            self.effect(EffectKind.READ, f"{root}.py", span)
            first = self.importers.setdefault(root, self.stage.name)
            written = any(
                e.kind is EffectKind.WRITE and e.key.removeprefix("./") == f"{root}.py"
                for stage in self.stages.values()
                for e in stage.effects
            )
            if written and first != self.stage.name and not self.frames:
                self.diagnostics.append(
                    Diagnostic(
                        "NB402",
                        f"the module `{root}` is imported again, and what its import does happens again",
                        span,
                        f"stage `{first}` imports it first",
                        f"import `{root}` in one cell only",
                        (),
                        root,
                    )
                )
        if not self.frames and not self.nested:
            self.items.append(item)
            self.stage.items.append(item)
        previous = self.env.get(name)
        earlier = tuple(
            i
            for i in (previous.items if previous else ())
            if i.alias and not i.alias[1] and not attribute and not alias.asname
        )
        items = () if self.nested else (*earlier, item)
        self.bind(name, Value("library", dotted=_canonical(dotted)), span, items=items)

    def import_from(self, node: ast.ImportFrom) -> None:
        """`from a import b, c` and `from a import *`."""
        module = "." * (node.level or 0) + (node.module or "")
        span = span_of(self.number, node)
        for alias in node.names:
            if alias.name == "*":
                self.inline(span, f"`from {module} import *` cannot stand in a function")
                item = Item(
                    "star", node, f"from {module} import *", span, self.stage.name, (), (), self.order, level=node.level or 0
                )  # fmt: skip
                self.add_star(item, module)
            else:
                self.import_alias(node, alias, module, alias.name)

    def add_star(self, item: Item, module: str) -> None:
        """A star import may bind again any name that is bound."""
        if self.frames:
            return
        self.items.append(item)
        self.stage.items.append(item)
        self.star_items.append(item)
        exported = star_exports(module)
        for name in sorted(self.env):
            if exported is None or name in exported:
                binding = self.env[name]
                if binding.items and all(i.kind == "import" for i in binding.items) and exported is None:
                    continue
                self.read_name(name, item.span)
                value = self.join_values(binding.value, Value(region=self.regions.new()))
                origins = binding.origins | {(self.stage.name, item.span)}
                self.set_env(name, Binding(value, origins, binding.certain, (*binding.items, item)))

    # --- magics -----------------------------------------------------------------------------------------------

    def run_magic(self, magic: Magic, node: ast.stmt | None = None) -> None:
        """The effect of a magic, by IPython's documentation."""
        span = Span(self.number, magic.line)
        text = f"{magic.arguments}\n{magic.body}" if magic.kind is MagicKind.CELL else magic.arguments
        name = magic.name.lower() if magic.name != "HTML" else magic.name
        for used in _shell_names(text) if name not in known.PYTHON_MAGICS else ():
            if used in self.env:
                self.read_name(used, span)
        if magic.kind is MagicKind.HELP or name in known.SHOWING_MAGICS:
            self.inline(span, "IPython's help and display commands work in notebooks only")
            root = magic.arguments.strip().strip("?").split(".")[0].strip()
            if root.isidentifier() and root in self.env:
                self.read_name(root, span)
        elif name in known.SETTING_MAGICS and magic.kind is MagicKind.LINE and not magic.target:
            self.setting_magic(magic, span)
        elif name in known.PYTHON_MAGICS:
            self.inline(span, f"`%{name}` works in notebooks only")
            self.effect(EffectKind.CLOCK, "", span)
            if magic.kind is MagicKind.LINE:
                self.python_magic(magic, span)
        elif name == "capture" and magic.kind is MagicKind.CELL:
            self.inline(span, "`%%capture` works in notebooks only")
            words = [w for w in magic.arguments.split() if not w.startswith("-")]
            for word in words[:1]:
                if word.isidentifier():
                    self.bind(word, Value(region=self.regions.new(), dotted="IPython.utils.capture"), span)
        elif name == "writefile" or (name == "file" and magic.kind is MagicKind.CELL):
            self.inline(span, "`%%writefile` works in notebooks only")
            words = [w for w in magic.arguments.split() if not w.startswith("-")]
            self.effect(EffectKind.WRITE, words[0] if words else "", span)
        elif name in known.DYNAMIC_MAGICS:
            self.inline(span, f"`%{name}` works in notebooks only")
            if name in (
                "who",
                "whos",
                "who_ls",
                "reset",
                "reset_selective",
                "xdel",
                "history",
                "hist",
                "recall",
                "rerun",
                "notebook",
            ):
                self.diagnostics.append(
                    Diagnostic(
                        "NB205",
                        f"`%{name}` shows or changes names that only a run knows",
                        span,
                        "",
                        "remove it, or tag the cell `skip`",
                        (),
                        f"%{name}",
                    )
                )
            self.dynamic(span, f"`%{name}`", binds=name in ("run", "load", "macro", "store", "recall", "rerun"))
        else:  # shell commands, other languages, unknown magics
            what = f"`%{name}`" if name else "a shell command"
            self.inline(span, f"{what} works in notebooks only")
            self.effect(EffectKind.WRITE, "", span)
            self.effect(EffectKind.CLOCK, "", span)
            words = magic.arguments.split()
            for flag, word in itertools.pairwise(words):  # `%%bash --out name`
                if flag in ("--out", "--err") and word.isidentifier():
                    self.bind(word, Value("str"), span)
            if name and name not in ("bash", "sh", "script", "system", "sx"):
                self.cell.plots = True
        if magic.target:
            try:
                target = ast.parse(f"{magic.target} = 0").body[0]
            except SyntaxError:
                return
            if isinstance(target, ast.Assign) and name not in known.PYTHON_MAGICS:
                for part in target.targets:
                    self.assign(part, Value("list", self.regions.new()), span)

    def nested_magic(self, method: str, args: Sequence[Value], span: Span) -> Value:
        """A magic inside a block: what it sets cannot be repeated by itself."""
        first = args[0].const if args and args[0].const is not None else ""
        rest = args[1].const if len(args) > 1 and args[1].const is not None else ""
        kind = MagicKind.SHELL if method in ("system", "getoutput") else MagicKind.LINE
        name, arguments = ("", first) if kind is MagicKind.SHELL else (first, rest)
        if kind is MagicKind.LINE and name in known.SETTING_MAGICS:
            self.inline(span, f"`%{name}` works in notebooks only")
            self.effect(EffectKind.SETTING, f"%{name}", span)
        else:
            self.run_magic(Magic(kind, name, arguments, span.line), None)
        return Value("list", self.regions.new("list")) if method == "getoutput" else SCALAR

    def setting_magic(self, magic: Magic, span: Span) -> None:
        """`%matplotlib inline` and the like hold for all that follows."""
        line = f"%{magic.name} {magic.arguments}".rstrip()
        if magic.name not in known.NOTEBOOK_ONLY_MAGICS:
            self.inline(span, f"`%{magic.name}` works in notebooks only")
        elif magic.name in ("load_ext", "reload_ext", "pprint", "precision"):
            self.inline(span, f"`%{magic.name}` holds in the notebook only")
        kind = "star" if magic.name == "pylab" else "magic"
        item = Item(kind, None, line, span, self.stage.name, (), (), self.order)
        if kind == "star":
            self.add_star(item, "pylab")
        else:
            self.items.append(item)
            self.stage.items.append(item)

    def python_magic(self, magic: Magic, span: Span) -> None:
        """`%time x = f()` runs in the notebook's namespace; `%timeit` keeps its names to itself."""
        words = magic.arguments
        while words.startswith("-"):
            parts = words.split(None, 1)
            words = parts[1] if len(parts) > 1 else ""
            if parts[0] in ("-n", "-r", "-p", "-t", "-s", "-l", "-T", "-D", "-f"):
                words = words.split(None, 1)[1] if len(words.split(None, 1)) > 1 else ""
        try:
            tree = ast.parse(words)
        except SyntaxError:
            self.dynamic(span, f"`%{magic.name}`", binds=True)
            return
        self.site, outer = span, self.site
        if magic.name == "timeit":
            self.local_block(tree.body)
        else:
            self.block(tree.body)
        self.site = outer
        if magic.target:
            try:
                target = ast.parse(f"{magic.target} = 0").body[0]
            except SyntaxError:
                return
            assert isinstance(target, ast.Assign)
            for part in target.targets:
                self.assign(part, Value(region=self.regions.new()), span)

    # --- names ------------------------------------------------------------------------------------------------

    def at(self, node: ast.AST) -> Span:
        """The place of a node; inside followed functions, the place of the call."""
        return self.site or span_of(self.number, node)

    def set_env(self, name: str, binding: Binding | None) -> None:
        """Changes a binding so that a branch can be taken back."""
        if self.journals:
            journal = self.journals[-1]
            if name not in journal:
                journal[name] = self.env.get(name)
        if binding is None:
            self.env.pop(name, None)
        else:
            self.env[name] = binding

    def bind(self, name: str, value: Value, span: Span, items: tuple[Item, ...] = ()) -> None:
        """Binds a name in the scope that is current."""
        for frame in reversed(self.frames[-1:]):
            if name in frame.names:
                frame.local[name] = value
                if _SCOPE in frame.local:
                    self.regions.link(frame.local[_SCOPE].region, value.region)
                return
            for scope in frame.closure:
                if name in scope:
                    scope[name] = self.join_values(scope[name], value)
                    if _SCOPE in scope:
                        self.note_mutation(scope[_SCOPE].region or 0, span, name)
                        self.regions.link(scope[_SCOPE].region, value.region)
                    return
        old = self.env.get(name)
        if old is not None and self.has_finalizer(old.value):  # its object may go away here
            self.read_name(name, span)
            self.finalize(old.value, span)
        self.stage.bound[name] = (span, True)
        self.deleted.pop(name, None)
        self.set_env(name, Binding(value, frozenset({(self.stage.name, span)}), True, items))

    def read_name(self, name: str, span: Span, *, hoisted: bool = False) -> Value | None:
        """Reads a global name: notes the need of an earlier stage's definition."""
        binding = self.env.get(name)
        if binding is None:
            return None
        if self.reads is not None:
            self.reads.append(name)
        if hoisted and (name in self.hoisted or name in self.stable):
            return binding.value
        stage = self.stage.name
        if any(origin != stage for origin, _ in binding.origins):
            self.stage.needs.setdefault(name, (span, binding))
            if not self.journals and not self.guarded:
                self.stage.certain.add(name)
        return binding.value

    def load(self, node: ast.Name) -> Value:
        """The value of a name in the scope that is current."""
        name = node.id
        if self.frames:
            frame = self.frames[-1]
            in_class = frame.code >= 0 and isinstance(self.codes[frame.code].node, ast.ClassDef)
            if name in frame.local or (name in frame.names and not in_class):
                return frame.local.get(name, Value(region=None))
            for scope in frame.closure:
                if name in scope:
                    return scope[name]
        hoisted = bool(self.frames) and self.frames[-1].hoisted
        value = self.read_name(name, self.at(node), hoisted=hoisted)
        if value is not None:
            return value
        if name in self.hoisted and hoisted and name in BUILTINS:
            return Value()
        if is_history(name):
            self.inline(self.at(node), f"`{name}` is IPython's history")
            return self.history(name, self.at(node))
        if name in BUILTINS:
            if self.star_items:
                self.need_star(name)
            if name in ("__name__", "__file__", "__doc__"):
                self.inline(self.at(node), f"`{name}` differs in a module")
            if name in ("get_ipython", "In", "Out"):
                self.inline(self.at(node), f"`{name}` works in notebooks only")
            return Value("builtin", dotted=name)
        if self.star_items:
            self.need_star(name)
            return Value("library", dotted=_star_dotted(name, self.star_items))
        if self.wildcard:
            stage, place = self.wildcard[-1]
            if stage != self.stage.name:
                binding = Binding(Value(region=self.regions.new()), frozenset({(stage, place)}), False)
                names = list(self.stages)
                for later in names[names.index(stage) :]:
                    if later != self.stage.name:
                        self.stages[later].env[name] = binding
                        self.stages[later].reach[name] = self.regions.reach(binding.value.region)
                self.set_env(name, binding)
                return self.read_name(name, self.at(node)) or Value()
            return Value(region=self.regions.new())
        if not self.guarded:
            self.pending.append((name, self.at(node), not self.journals and not self.maybe))
        return Value(region=self.regions.new())

    def need_star(self, name: str) -> None:
        """A name that only a star import can have bound: the stage repeats the star imports."""
        for item in self.star_items:
            if item.stage != self.stage.name:
                origin = frozenset({(item.stage, item.span)})
                self.stage.needs.setdefault(f"*{item.source}", (item.span, Binding(SCALAR, origin, True, (item,))))

    def history(self, name: str, span: Span) -> Value:
        """`_` and `Out[n]` are handed over; `In` and the like are refused: each stage has its own."""
        if name in _RESULTS or name[1:].isdigit():
            if self.results is None:
                self.results = self.regions.new("results")
            self.stage.history.append((name, span))
            return Value(region=self.results, part=True)
        self.refuse_history(name, span)
        return Value(region=self.regions.new())

    def refuse_history(self, name: str, span: Span) -> None:
        """NB207."""
        self.diagnostics.append(
            Diagnostic(
                "NB207",
                f"`{name}` reads IPython's history, which each stage has for itself",
                span,
                "what was shown before",
                "assign the value to a name in the cell that shows it, and read that name here",
                name=name,
            )
        )

    def dynamic(self, span: Span, what: str, *, binds: bool, looks: bool = False) -> None:
        """Code that may read, change and bind anything; with `looks`, it gets one variable that only a run knows."""
        self.cell.dynamic = True
        if what.startswith(("`exec", "`eval")) or (looks and not binds):
            self._check_known_names(span, what)
        self.inline(span, f"{what} reaches names that only a run knows")
        self.stage.wildcard.append((span, what))
        for name in sorted(self.env):
            value = self.read_name(name, span)
            if value is not None and not self.env[name].items and not looks:
                self.mutate(value, span, name, deep=True)
        if not looks:
            self.effect(EffectKind.WRITE, "", span)
            self.effect(EffectKind.DRAW, "", span)
            self.cell.plots = True
        if binds:
            self.wildcard.append((self.stage.name, span))
            for name in sorted(self.env):
                binding = self.env[name]
                if not binding.items:
                    value = self.join_values(binding.value, Value(region=self.regions.new()))
                    self.set_env(name, Binding(value, binding.origins | {(self.stage.name, span)}, binding.certain))

    def _check_flushed(self, path: str, span: Span) -> None:
        """NB203 where a file is read that another stage has open: what it wrote may not be there yet."""
        for open_path, stage in self.unflushed.items():
            if stage != self.stage.name and (not path or not open_path or path == open_path):
                self.diagnostics.append(
                    Diagnostic(
                        "NB203",
                        f"`{open_path or path}` is open for writing in stage `{stage}`, and read here",
                        span,
                        "how much of it is on disk differs between one process and two",
                        f"close the file in stage `{stage}`, with `with open(…)`",
                        (),
                        open_path or path,
                    )
                )

    def _check_known_names(self, span: Span, what: str) -> None:
        """NB205 where an earlier stage has bound names that nobody knows: they could not be loaded."""
        earlier = next(((stage, place) for stage, place in self.wildcard if stage != self.stage.name), None)
        if earlier is not None:
            self.diagnostics.append(
                Diagnostic(
                    "NB205",
                    f"{what} may read names that only a run of stage `{earlier[0]}` binds",
                    span,
                    "which of them to load cannot be told",
                    "keep the values in a dict instead of in variables",
                    ((earlier[1], "binds names that are computed"),),
                    what.strip("`()"),
                )
            )

    # --- memory -----------------------------------------------------------------------------------------------

    def mutate(self, value: Value, span: Span, name: str = "", *, deep: bool = False) -> None:
        """The value's own object may change; with `deep`, or for a part of another object, all that it reaches."""
        if value.region is None:
            return
        if not (deep or value.part):
            self.note_mutation(value.region, span, name)
            return
        regions = self.regions.changeable(value.region)
        if self.noted.get(value.region) == (span, len(regions), self.stage.name):
            return
        self.noted[value.region] = (span, len(regions), self.stage.name)
        for region in regions:
            self.note_mutation(region, span, name)

    def note_mutation(self, region: int, span: Span, name: str) -> None:
        """Keeps the first and the last place that may change a region."""
        old = self.stage.mutated.get(region)
        self.stage.mutated[region] = (span, span, name) if old is None else (old[0], max(old[1], span), old[2])
        self.changes += 1

    def mutate_fit(self, value: Value, span: Span, name: str) -> None:
        """An estimator is fitted: it and the estimators in it change, the data that it knows do not."""
        for region in self.regions.changeable(value.region, data=False):
            self.note_mutation(region, span, name)

    def mutate_unknown(self, value: Value, span: Span, name: str = "") -> None:
        """An unknown callee got the value: functions, classes and modules are not assumed to change."""
        if value.kind not in ("function", "class", "library", "builtin", "module"):
            self.mutate(value, span, name, deep=True)

    def pack(self, kind: str, values: Iterable[Value], *, always: bool = True) -> int | None:
        """A new object that refers to the values; `None` where nothing in it can change and `always` is off."""
        parts = [v for v in values if v.kind not in ("library", "builtin")]
        code = frozenset(c for v in parts for c in v.code)
        inner = [v.region for v in parts if v.region is not None]
        if not always and not inner and not code:
            return None
        region = self.regions.new(kind)
        for part in inner:
            self.regions.link(region, part)
        self.regions.add_code(region, code)
        return region

    def attach(self, base: Value, values: Iterable[Value], *, reads_only: bool = False) -> None:
        """Objects of `base` keep the values."""
        if base.region is None:
            return
        owners = self.regions.changeable(base.region) if base.part else (base.region,)
        for value in values:
            if value.kind in ("library", "builtin"):
                continue
            for owner in owners:
                self.regions.add_code(owner, value.code)
                self.regions.link(owner, value.region, reads_only=reads_only)

    def mix(self, values: Sequence[Value]) -> int:
        """An unknown callee may make each of the values, and its result, refer to all of them."""
        region = self.pack("unknown", values)
        assert region is not None
        for value in values:
            if value.kind not in ("function", "class", "library", "builtin"):
                self.regions.link(value.region, region)
        return region

    def codes_of(self, value: Value) -> frozenset[int]:
        """The notebook's functions and classes that the value may refer to."""
        return value.code | self.regions.code(value.region)

    def join_values(self, a: Value, b: Value) -> Value:
        """Either of two values."""
        if a == b:
            return a
        kind = a.kind if a.kind == b.kind else "unknown"
        part = a.part or b.part
        if a.region == b.region or a.region is None or b.region is None:
            region = a.region if b.region is None else b.region
        else:
            region, part = self.pack(kind, (a, b)), True
        return Value(
            kind,
            region,
            a.code | b.code,
            a.dotted if a.dotted == b.dotted else "",
            a.const if a.const == b.const else None,
            part=part,
        )

    def join_all(self, values: Sequence[Value]) -> Value:
        """Any of several values, at least one."""
        return functools.reduce(self.join_values, values)

    def effect(self, kind: EffectKind, key: str, span: Span) -> None:
        """Notes an effect; settings below a context manager that restores them are none."""
        if kind is EffectKind.SETTING and (self.restoring or not key):
            return
        if kind is EffectKind.SEED and self.journals:  # on some paths only: the old state may go on
            self.effect(EffectKind.DRAW, key, span)
        if kind is EffectKind.READ and self.unflushed:
            self._check_flushed(key, span)
        effect = Effect(kind, key, span)
        if not self.stage.effects or self.stage.effects[-1] != effect:
            self.stage.effects.append(effect)

    # --- branches ---------------------------------------------------------------------------------------------

    def branches(self, arms: Sequence[Callable[[], None]]) -> None:
        """Runs each arm from the same state and joins what they leave."""
        results: list[dict[str, Binding | None]] = []
        locals_before = [dict(f.local) for f in self.frames[-1:]]
        locals_after: list[dict[str, Value]] = []
        for arm in arms:
            journal: dict[str, Binding | None] = {}
            self.journals.append(journal)
            arm()
            self.journals.pop()
            results.append({name: self.env.get(name) for name in journal})
            for name, old in journal.items():
                if old is None:
                    self.env.pop(name, None)
                else:
                    self.env[name] = old
            if locals_before:
                locals_after.append(self.frames[-1].local)
                self.frames[-1].local = dict(locals_before[0])
        for name in dict.fromkeys(n for r in results for n in r):
            before = self.env.get(name)
            self.set_env(name, self._join_bindings([r.get(name, before) if name in r else before for r in results]))
        if locals_before:
            merged = self.frames[-1].local
            for name in dict.fromkeys(n for scope in locals_after for n in scope):
                values = [scope[name] for scope in locals_after if name in scope]
                joined = values[0]
                for value in values[1:]:
                    joined = self.join_values(joined, value)
                merged[name] = joined

    def _join_bindings(self, bindings: list[Binding | None]) -> Binding | None:
        present = [b for b in bindings if b is not None]
        if not present:
            return None
        first = present[0]
        value, origins, items = first.value, first.origins, list(first.items)
        certain = all(b is not None and b.certain for b in bindings)
        same = all(b is first for b in bindings)
        if same:
            return first
        for other in present[1:]:
            value = self.join_values(value, other.value)
            origins |= other.origins
            items += [i for i in other.items if i not in items]
        replayable = len(present) == len(bindings) and all(b.items for b in present)
        return Binding(value, origins, certain, tuple(items) if replayable else ())

    # --- statements -------------------------------------------------------------------------------------------

    def block(self, statements: Sequence[ast.stmt]) -> None:
        """Statements in order."""
        for statement in statements:
            self.statement(statement)

    def statement(self, node: ast.stmt) -> None:
        """Any statement."""
        method = getattr(self, f"do_{type(node).__name__}", None)
        if method is not None:
            method(node)

    def do_Expr(self, node: ast.Expr) -> None:
        self.discard, outer = True, self.discard
        value = self.eval(node.value)
        self.discard = outer
        if value.kind in ("instance", "unknown"):
            self.touch(value, self.at(node))
        if not self.frames:
            self.show(value)
            self.last_value = value

    def do_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if self.frames and alias_name(alias) in self.frames[-1].names:
                dotted = alias.name if alias.asname else alias.name.split(".")[0]
                self.frames[-1].local[alias_name(alias)] = Value("library", dotted=_canonical(dotted))
            else:
                self.import_alias(node, alias, alias.name, "")

    def do_ImportFrom(self, node: ast.ImportFrom) -> None:
        if self.frames:
            for alias in node.names:
                if alias.name != "*":
                    dotted = _canonical(f"{node.module or ''}.{alias.name}")
                    self.bind(alias_name(alias), Value("library", dotted=dotted), self.at(node))
        else:
            self.import_from(node)

    def do_Assign(self, node: ast.Assign) -> None:
        self.discard, outer = False, self.discard
        value = self.eval(node.value)
        self.discard = outer
        if _names_a_lambda(node) and not self.frames:
            for number in value.code:
                self.codes[number].name = _root(node.targets[0])
                if self.codes[number].name in self.values:
                    value = self.own_value(self.codes[number], value)
        for target in node.targets:
            self.assign(target, value, self.at(target))

    def do_AnnAssign(self, node: ast.AnnAssign) -> None:
        if not self.future_annotations:
            self.eval(node.annotation)
        if node.value is not None:
            self.assign(node.target, self.eval(node.value), self.at(node.target))

    def do_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            old = self.load(ast.copy_location(ast.Name(node.target.id, ast.Load()), node.target))
        else:
            old = self.eval(_as_load(node.target))
        value = self.eval(node.value)
        self.touch(old, self.at(node))
        if old.kind in ("scalar", "str"):
            const = old.const + value.const if old.const is not None and value.const is not None else None
            kind = old.kind if value.kind in ("scalar", "str") else "unknown"
            result = Value(kind, code=old.code | value.code, const=const)  # members of an enum give one again
            if value.kind not in ("scalar", "str"):
                result = (
                    Value(region=value.region, part=True)
                    if value.region is not None
                    else Value(region=self.regions.new())
                )
        else:
            self.mutate(old, self.at(node), _root(node.target))
            if old.kind not in ("DataFrame", "Series", "ndarray"):
                self.attach(old, [value])
            result = replace(old, const=None, elements=None)
        self.assign(node.target, result, self.at(node.target))

    def assign(self, target: ast.expr, value: Value, span: Span) -> None:
        """Binds a target, or changes the object that it is part of."""
        if isinstance(target, ast.Name):
            self.bind(target.id, value, span)
        elif isinstance(target, (ast.Tuple, ast.List)):
            self._assign_parts(target, value, span)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, Value("list", self.pack("list", [value])), span)
        elif isinstance(target, ast.Attribute):
            self._assign_attribute(target, value, span)
        elif isinstance(target, ast.Subscript) and (name := self._namespace_item(target)) is not None:
            self.bind(name, value, span)
        elif isinstance(target, ast.Subscript):
            self.look_up(target.value, binds=True)
            base = self.eval(target.value)
            self.eval(target.slice)
            if self._is_setting(base, span):
                return
            self.touch(base, span)
            self.mutate(base, span, _root(target))
            if base.kind != "ndarray" or value.kind in ("list", "dict", "set", "instance"):
                self.attach(base, [value])

    def _assign_parts(self, target: ast.Tuple | ast.List, value: Value, span: Span) -> None:
        known_parts = value.elements
        starred = any(isinstance(e, ast.Starred) for e in target.elts)
        if known_parts is not None and len(known_parts) == len(target.elts) and not starred:
            for element, part in zip(target.elts, known_parts, strict=True):
                self.assign(element, part, self.at(element))
            return
        if value.kind in known.UNSTORABLE_KINDS or value.kind == "iterator":
            self.mutate(value, span)
        for element in target.elts:
            self.assign(element, self.element_of(value), self.at(element))

    def _assign_attribute(self, target: ast.Attribute, value: Value, span: Span) -> None:
        base = self.eval(target.value)
        if base.dotted == "logging.getLogger":
            self.effect(EffectKind.SETTING, "logging", span)
            return
        if base.kind in ("library", "builtin"):
            self._is_setting(replace(base, dotted=f"{base.dotted}.{target.attr}"), span, force=True)
            return
        if base.dotted == "decimal.getcontext" and self._is_setting(base, span):
            return
        if base.kind in ("class", "function") or (base.kind == "scalar" and base.code):
            for number in base.code:
                code = self.codes[number]
                self.note_mutation(code.region, span, code.name or _root(target))
                self.regions.link(code.region, value.region)
                self.regions.add_code(code.region, value.code)
            return
        for number in sorted(self.codes_of(base)):
            setter = self.find_method(number, f"{target.attr}.setter")
            if setter is not None:
                for instance in self.instances(base, number):
                    self.apply_any(setter, instance, value, span)
        self.touch(base, span)
        self.mutate(base, span, _root(target))
        self.attach(base, [value])

    def _is_setting(self, base: Value, span: Span, *, force: bool = False) -> bool:
        """Whether the object is process-wide state of a library; then the change is a setting."""
        if base.kind != "library" and base.dotted != "decimal.getcontext":
            return False
        dotted = base.dotted
        if dotted in ("sys.stdout", "sys.stderr", "sys.argv"):
            self.inline(span, f"`{dotted}` is replaced")
            return True
        for prefix in sorted(known.SETTING_TARGETS, key=len, reverse=True):
            if dotted == prefix or dotted.startswith(prefix + "."):
                family = known.SETTING_TARGETS[prefix]
                if prefix in known.WHOLE_MODULES and dotted != prefix:  # an attribute that nobody hands over
                    family = dotted
                self.effect(EffectKind.SETTING, family, span)
                return True
        if force or base.kind == "library":
            self.effect(EffectKind.SETTING, dotted, span)
            return True
        return False

    def do_Delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                old = self.load(ast.copy_location(ast.Name(target.id, ast.Load()), target))
                self.finalize(old, self.at(target))
                frame = self.frames[-1] if self.frames else None
                if frame is not None and target.id in frame.names:
                    frame.local.pop(target.id, None)
                else:
                    self.stage.deleted[target.id] = self.at(target)
                    self.deleted[target.id] = self.at(target)
                    self.set_env(target.id, None)
            elif isinstance(target, (ast.Subscript, ast.Attribute)):
                base = self.eval(target.value)
                if isinstance(target, ast.Subscript):
                    self.eval(target.slice)
                if not self._is_setting(base, self.at(target)):
                    self.mutate(base, self.at(target), _root(target))
            elif isinstance(target, (ast.Tuple, ast.List)):
                self.do_Delete(ast.copy_location(ast.Delete(target.elts), node))

    def has_finalizer(self, value: Value) -> bool:
        """Whether a class of the notebook says what happens when the value goes away."""
        return any(self.find_method(n, "__del__") is not None for n in sorted(self.codes_of(value)))

    def finalize(self, value: Value, span: Span) -> None:
        """The last reference to the value may go: `__del__` runs."""
        for number in sorted(self.codes_of(value)):
            method = self.find_method(number, "__del__")
            if method is not None and number not in self.active:
                for instance in self.instances(value, number):
                    self.apply_any(method, instance, instance, span)

    def test(self, node: ast.expr) -> Value:
        """A condition: `__bool__` or `__len__` of the notebook's classes run."""
        value = self.eval(node)
        self.touch(value, self.at(node))
        return value

    def do_If(self, node: ast.If) -> None:
        self.test(node.test)
        self.branches([lambda: self.block(node.body), lambda: self.block(node.orelse)])

    def do_For(self, node: ast.For | ast.AsyncFor) -> None:
        self._check_await(node)
        source = self.eval(node.iter)
        self.consume(source, self.at(node.iter))
        self.touch(source, self.at(node.iter))

        def once() -> None:
            self.assign(node.target, self.element_of(source), self.at(node.target))
            self.block(node.body)

        self.loop(once, certain=_never_empty(node.iter))
        self.block(node.orelse)

    do_AsyncFor = do_For

    def do_While(self, node: ast.While) -> None:
        def once() -> None:
            self.test(node.test)
            self.block(node.body)

        self.test(node.test)
        endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
        self.loop(once, certain=endless)
        self.block(node.orelse)

    def loop(self, once: Callable[[], None], *, certain: bool) -> None:
        """A body that runs any number of times; `certain`: at least once."""
        if certain:
            once()
            self.branches([once, lambda: None])
        else:

            def twice() -> None:
                once()
                self.branches([once, lambda: None])

            self.branches([twice, lambda: None])

    def do_With(self, node: ast.With | ast.AsyncWith) -> None:
        self._check_await(node)
        restoring = 0
        files: list[Value] = []
        for item in node.items:
            value = self.eval(item.context_expr)
            if value.kind == "file":
                files.append(value)
            dotted = value.dotted
            if dotted in known.RESTORING_CONTEXTS:
                restoring = 1
            self.touch(value, self.at(item.context_expr))
            if item.optional_vars is not None:
                self.assign(item.optional_vars, value, self.at(item.optional_vars))
        self.restoring += restoring
        self.block(node.body)
        self.restoring -= restoring
        for value in files:
            self.unflushed.pop((value.const or "")[2:], None)

    do_AsyncWith = do_With

    def _check_await(self, node: ast.AST) -> None:
        if isinstance(node, (ast.AsyncFor, ast.AsyncWith)) and not self.frames:
            self.cell.awaits = True
            self.inline(self.at(node), "the cell awaits at top level")

    def do_Try(self, node: ast.Try) -> None:
        catches = any(_may_catch_name_error(h) for h in node.handlers)

        def body() -> None:
            self.guarded += catches
            self.block(node.body)
            self.guarded -= catches

        def normal() -> None:
            body()
            self.block(node.orelse)

        def handled(handler: ast.ExceptHandler) -> Callable[[], None]:
            def run() -> None:
                self.branches([body, lambda: None])
                caught = self.eval(handler.type) if handler.type is not None else Value()
                if handler.name:
                    own = frozenset(c.number for c in self.codes if self._is_exception(c))
                    codes = caught.code | frozenset(c for e in caught.elements or () for c in e.code) | own
                    region = self.regions.new("instance" if codes else "unknown")
                    self.regions.add_code(region, codes)
                    self.attach(Value(region=region), self.raised)
                    self.bind(handler.name, Value(region=region, code=codes), self.at(handler))
                self.block(handler.body)
                if handler.name:
                    if self.frames and handler.name in self.frames[-1].names:
                        self.frames[-1].local.pop(handler.name, None)
                    else:
                        self.set_env(handler.name, None)

            return run

        if node.handlers:
            self.branches([normal, *(handled(h) for h in node.handlers)])
        else:
            normal()
        self.block(node.finalbody)

    do_TryStar = do_Try

    def _is_exception(self, code: Code) -> bool:
        """Whether the class may be raised: it is made of a builtin, or of another such class."""
        return isinstance(code.node, ast.ClassDef) and any(
            (b.kind == "builtin" and b.dotted.endswith(("Error", "Exception", "Warning")))
            or any(self._is_exception(self.codes[n]) for n in b.code if n != code.number)
            for b in code.bases
        )

    def do_Match(self, node: ast.Match) -> None:
        subject = self.eval(node.subject)

        def arm(case: ast.match_case) -> Callable[[], None]:
            def run() -> None:
                for part in ast.walk(case.pattern):
                    if isinstance(part, ast.MatchValue):
                        self.eval(part.value)
                    elif isinstance(part, ast.MatchClass):
                        self.eval(part.cls)
                for name in pattern_names(case.pattern):
                    self.bind(name, self.element_of(subject), self.at(case.pattern))
                if case.guard is not None:
                    self.eval(case.guard)
                self.block(case.body)

            return run

        total = any(
            isinstance(c.pattern, ast.MatchAs) and c.pattern.pattern is None and c.guard is None for c in node.cases
        )
        arms = [arm(case) for case in node.cases]
        self.branches(arms if total else [*arms, lambda: None])

    def do_Return(self, node: ast.Return) -> None:
        if node.value is not None:
            value = self.eval(node.value)
            if self.frames:
                self.frames[-1].returns.append(value)
        elif self.frames:
            self.frames[-1].returns.append(SCALAR)

    def do_Raise(self, node: ast.Raise) -> None:
        for part in (node.exc, node.cause):
            value = self.eval(part) if part is not None else SCALAR
            if value.region is not None:
                self.raised.append(value)

    def do_Assert(self, node: ast.Assert) -> None:
        self.test(node.test)
        if node.msg is not None:
            self.eval(node.msg)

    def do_Global(self, node: ast.Global) -> None:
        """`global` inside a function: its names are left out of the frame."""

    def do_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        code = self.define(node)
        value = Value("function", self.closure_region(code), frozenset({code.number}))
        if code.name in self.values or self.frames:
            value = self.own_value(code, value)
        self.keep_defaults(code, node.args)
        for argument in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]:
            if argument.annotation is not None and not self.future_annotations:
                self.eval(argument.annotation)
        if node.returns is not None and not self.future_annotations:
            self.eval(node.returns)
        for decorator in reversed(node.decorator_list):
            value = self.decorate(decorator, value, node)
        self.bind(node.name, value, self.at(node))

    do_AsyncFunctionDef = do_FunctionDef

    def own_value(self, code: Code, value: Value) -> Value:
        """A definition that is handed over as a value: its state is the value's memory."""
        self.regions.own[code.number] = code.region
        if value.region is not None:
            self.regions.link(code.region, value.region)
        return replace(value, region=code.region)

    def _is_plain_code(self, code: Code) -> bool:
        node = code.node
        if isinstance(node, ast.ClassDef):
            hooks = any(
                self.find_method(code.number, n) is not None for n in ("__init_subclass__", "__class_getitem__")
            )
            return code.metaclass is None and not hooks and not self._is_enum(code) and all(self._is_plain_code(self.codes[n]) for b in code.bases
                                                                for n in b.code if n != code.number)  # fmt: skip
        texts = [ast.unparse(d) for d in getattr(node, "decorator_list", [])]
        return not any(word in text for text in texts for word in ("cache", "dispatch", "register"))

    def keep_defaults(self, code: Code, spec: ast.arguments) -> None:
        """Evaluates the defaults of parameters; an object that can change stays the function's own state."""
        own = _mutable_defaults(spec)
        for argument, default in _defaults(spec):
            value = self.eval(default)
            codes = self.codes_of(value)
            code.held |= codes
            if argument in own:  # made by the definition: nobody else has it
                self.regions.add_code(code.region, codes)
                continue
            if codes or (value.region is not None and value.kind not in ("library", "builtin")):
                code.defaults[argument] = value
                self.regions.link(code.region, value.region)

    def decorate(self, decorator: ast.expr, value: Value, node: ast.AST) -> Value:
        """Applies a decorator: library ones give back what they got, the notebook's own are followed."""
        wrapper = self.eval(decorator)
        root = self.env.get(_root(decorator))
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if root is not None and isinstance(called, ast.Attribute) and root.value.kind in ("function", "class"):
            for number in root.value.code:  # `@f.register` changes `f`
                self.note_mutation(self.codes[number].region, self.at(node), self.codes[number].name)
            return value
        if wrapper.kind in ("function", "class") and wrapper.code:
            result = self.call_code(wrapper, [value], {}, self.at(node))
            kind = "instance" if result.kind == "instance" else "function"
            return replace(result, code=result.code | value.code, kind=kind)
        return value

    def do_ClassDef(self, node: ast.ClassDef) -> None:
        bases = tuple(self.eval(b) for b in node.bases)
        keywords = {k.arg or "**": self.eval(k.value) for k in node.keywords}
        code = self.define(node)
        code.bases = bases
        code.metaclass = keywords.pop("metaclass", None) or self._inherited_metaclass(bases)
        for parent in (*bases, *([code.metaclass] if code.metaclass is not None else [])):
            for number in sorted(parent.code):
                self.regions.link(code.region, self.codes[number].region)
        names = frozenset(bound_names(node.body))
        frame = Frame({}, names, self._closure(), code.hoisted, code.number)
        self.frames.append(frame)
        state = set()
        for statement in node.body:
            self.statement(statement)
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                method = self.codes[max(frame.local[statement.name].code, default=code.number)]
                for number in frame.local[statement.name].code:
                    if self.codes[number].node is statement:
                        method = self.codes[number]
                method.owner = code.number
                code.methods[_method_key(statement)] = method.number
            elif isinstance(statement, ast.Assign) and isinstance(
                statement.value, (ast.List, ast.Dict, ast.Set, ast.Call, ast.ListComp, ast.DictComp)
            ):
                assigned = {n.id for t in statement.targets for n in target_names(t)}
                state |= assigned
                maker = statement.value.func if isinstance(statement.value, ast.Call) else None
                if isinstance(maker, ast.Name) and maker.id == "property":
                    code.properties |= assigned
                    for name in assigned:
                        made_of = frame.local.get(name, SCALAR).code
                        if made_of:
                            code.methods[name] = max(made_of)
            elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                code.fields += [v for n in [statement.target.id] if (v := frame.local.get(n)) is not None]
        code.state = frozenset(state)
        self.frames.pop()
        for part in frame.local.values():
            if part.kind not in ("function", "class", "library", "builtin"):
                self.regions.link(code.region, part.region)
        value = Value("class", None, frozenset({code.number}))
        if code.name in self.values or self.frames:
            value = self.own_value(code, value)
            self.regions.link(code.region, self.closure_region(code))
        self._announce_class(code, value, keywords, self.at(node))
        for decorator in reversed(node.decorator_list):
            wrapper = self.eval(decorator)
            if wrapper.kind in ("function", "class") and wrapper.code:
                self.call_code(wrapper, [value], {}, self.at(node))
        self.bind(node.name, value, self.at(node))

    def _inherited_metaclass(self, bases: Sequence[Value]) -> Value | None:
        return next((m for b in bases for n in sorted(b.code) if (m := self.codes[n].metaclass) is not None), None)

    def _announce_class(self, code: Code, value: Value, keywords: dict[str, Value], span: Span) -> None:
        """Making a class runs `__init_subclass__` of its bases and the methods of its metaclass."""
        for base in code.bases:
            for number in sorted(base.code):
                hook = self.find_method(number, "__init_subclass__")
                if hook is not None:
                    self.apply(hook, [value], keywords, span)
        for number in sorted(code.metaclass.code) if code.metaclass is not None else ():
            for name in ("__new__", "__init__"):
                hook = self.find_method(number, name)
                if hook is not None:
                    self.apply(hook, [code.metaclass or value, SCALAR, Value(), Value()], keywords, span)

    def _closure(self) -> tuple[dict[str, Value], ...]:
        """The scopes that a definition made here can see; class bodies are not among them."""
        if not self.frames:
            return ()
        frame = self.frames[-1]
        if frame.code >= 0 and isinstance(self.codes[frame.code].node, ast.ClassDef):
            return frame.closure
        return (frame.local, *frame.closure)

    def define(self, node: DefinitionNode | ast.Lambda) -> Code:
        """Registers a function, lambda or class."""
        name = "" if isinstance(node, ast.Lambda) or self.frames else node.name
        hoisted = name in self.hoisted if name else bool(self.frames) and self.frames[-1].hoisted
        code = Code(len(self.codes), node, self._closure(), name, hoisted, self.regions.new())
        around = self.frames[0].code if self.frames else -1
        if around >= 0:
            code.outer = self.codes[around].name or self.codes[around].outer
        self.codes.append(code)
        return code

    def closure_region(self, code: Code) -> int | None:
        """The region of the variables that an inner function keeps from the function around it."""
        for scope in code.closure[:1]:
            if _SCOPE not in scope:
                region = self.regions.new("scope")
                for value in list(scope.values()):
                    self.attach(Value("scope", region), [value])
                scope[_SCOPE] = Value("scope", region)
            return scope[_SCOPE].region
        return None

    # --- expressions ------------------------------------------------------------------------------------------

    def eval(self, node: ast.expr) -> Value:
        """The value of any expression."""
        method = getattr(self, f"ev_{type(node).__name__}", None)
        if method is not None:
            result: Value = method(node)
            return result
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.eval(child)
        return Value(region=self.regions.new())

    def ev_Constant(self, node: ast.Constant) -> Value:
        if isinstance(node.value, str):
            return Value("str", const=node.value)
        return SCALAR

    def ev_Name(self, node: ast.Name) -> Value:
        return self.load(node)

    def ev_JoinedStr(self, node: ast.JoinedStr) -> Value:
        text: str | None = ""
        for part in node.values:
            if isinstance(part, ast.Constant):
                text = text + str(part.value) if text is not None else None
            elif isinstance(part, ast.FormattedValue):
                value = self.test(part.value)
                self.show(value)
                if part.format_spec is not None:
                    self.eval(part.format_spec)
                plain = value.const is not None and part.format_spec is None and part.conversion == -1
                text = text + (value.const or "") if plain and text is not None else None
        return Value("str", const=text)

    def ev_List(self, node: ast.List | ast.Set | ast.Tuple) -> Value:
        parts = tuple(self.eval(e.value if isinstance(e, ast.Starred) else e) for e in node.elts)
        starred = any(isinstance(e, ast.Starred) for e in node.elts)
        if isinstance(node, ast.Tuple):
            region = self.pack("tuple", parts, always=False)
            kind = "scalar" if region is None else "tuple"
            return Value(kind, region, elements=None if starred else parts)
        kind = "list" if isinstance(node, ast.List) else "set"
        for part in parts if kind == "set" else ():
            self.touch(part, self.at(node))
        return Value(kind, self.pack(kind, parts))

    ev_Set = ev_Tuple = ev_List

    def ev_Dict(self, node: ast.Dict) -> Value:
        parts = [self.test(k) for k in node.keys if k is not None] + [self.eval(v) for v in node.values]
        return Value("dict", self.pack("dict", parts))

    def ev_Attribute(self, node: ast.Attribute) -> Value:
        base = self.eval(node.value)
        if node.attr in ("__traceback__", "flags", "__array_interface__", "tb_frame") or (
            node.attr == "base" and base.kind in ("ndarray", "unknown") and base.dotted.startswith("numpy")
        ):
            self.refuse_foreign([node.value], f"is asked for `.{node.attr}`", self.at(node))
        changes = node.attr in known.CHANGING_METHODS and base.region is not None
        if changes and base.kind not in ("class", "function") and not self._has_method(base, node.attr):
            return self.bound_method(base, node.attr)
        return self.attribute(base, node.attr, self.at(node))

    def attribute(self, base: Value, name: str, span: Span) -> Value:
        """The value of an attribute."""
        if base.kind in ("library", "builtin"):
            if base.dotted == "sys" and name.startswith("last_"):
                self.refuse_history(f"sys.{name}", span)
            return Value("library", dotted=_canonical(f"{base.dotted}.{name}"))
        if name == "__module__":
            self.shown |= {c.name for c in (self.codes[n] for n in base.code) if c.hoisted and c.name}
            self.show(replace(base, kind="class" if self._classes_of(base) else base.kind))
        if base.kind in ("class", "function"):
            if name in ("__name__", "__qualname__", "__doc__"):
                return Value("str")
            if name in ("cache_info", "cache_clear"):
                for number in base.code:
                    self.note_mutation(self.codes[number].region, span, self.codes[number].name)
            for number in sorted(base.code):
                method = self.find_method(number, name)
                if method is not None:
                    return Value("function", self.regions.own.get(number), frozenset({method}))
            code = self.codes[min(base.code)] if base.code else None
            if code is not None and self._is_enum(code):
                return Value("scalar", code=base.code)
            return Value(region=code.region if code else None, code=base.code, part=True)
        if name == "__class__" and (classes := self._classes_of(base)):
            return Value("class", None, classes)
        for number in sorted(self.codes_of(base)):
            method = self.find_method(number, name)
            if method is not None:
                node = self.codes[method].node
                made = name in self.codes[number].properties
                if made or any(_is_property(d) for d in getattr(node, "decorator_list", [])):
                    return self._read_property(method, base, span)
                return Value("function", base.region, frozenset({method}), dotted="#bound")
            if (fallback := self.find_method(number, "__getattr__")) is not None and base.kind == "instance":
                return self.join_values(
                    self.apply(fallback, [base, Value("str", const=name)], {}, span),
                    Value(region=base.region, part=True),
                )
            if name in self.codes[number].state and base.kind == "instance":
                return Value(region=self.codes[number].region, code=base.code)
        if base.kind == "rng":
            return base
        if name in known.SCALAR_ATTRIBUTES and base.kind != "instance":
            return SCALAR
        if name == "__dict__":
            return self.object_dict(base)
        if name == "flat" and base.region is not None and base.kind not in ("axes", "figure"):
            return Value("array iterator", self.pack("array iterator", [base]), dotted="numpy")
        if name == "style" and base.kind == "DataFrame":
            return Value("styler", self.pack("styler", [base]), dotted=base.dotted)
        kind = {"values": "ndarray", "T": base.kind}.get(name, "unknown")
        if base.kind in ("axes", "figure"):
            kind = "axes"
        return Value(kind, base.region, base.code, base.dotted, part=True)

    def with_axes(self, made: Value, *sources: Value) -> Value:
        """A table made of others: it may have the very index and columns that they have."""
        for source in sources if self.names_axes else ():
            if source.region is not None and made.region is not None and source.kind != "ndarray":
                if source.region not in self.axes:
                    self.axes[source.region] = self.regions.new("index")
                    self.regions.link(source.region, self.axes[source.region])
                self.regions.link(made.region, self.axes[source.region])
                self.axes.setdefault(made.region, self.axes[source.region])
        return made

    def object_dict(self, base: Value) -> Value:
        """The dict that holds an object's attributes: what changes it changes the object."""
        return Value("object dict", self.pack("object dict", [base]), base.code, part=True)

    def _is_enum(self, code: Code) -> bool:
        return isinstance(code.node, ast.ClassDef) and any(
            b.dotted.startswith("enum.") or any(self._is_enum(self.codes[n]) for n in b.code if n != code.number)
            for b in code.bases
        )

    def _classes_of(self, value: Value) -> frozenset[int]:
        return frozenset(n for n in self.codes_of(value) if isinstance(self.codes[n].node, ast.ClassDef))

    def _read_property(self, method: int, base: Value, span: Span) -> Value:
        result = self.apply(method, [base], {}, span)
        if any("cached_property" in ast.unparse(d) for d in getattr(self.codes[method].node, "decorator_list", [])):
            self.mutate(base, span)
            self.attach(base, [result])
        return result

    def _has_method(self, value: Value, name: str) -> bool:
        return any(self.find_method(n, name) is not None for n in sorted(self.codes_of(value)))

    def bound_method(self, base: Value, name: str) -> Value:
        """A library's method that changes its object, kept to be called later by whoever gets it."""
        code = Code(len(self.codes), _NOTHING, (), "", False, self.regions.new(), bound=base)
        self.codes.append(code)
        region = self.pack("unknown", [base])
        self.regions.add_code(region, frozenset({code.number}))
        return Value("unknown", region, frozenset({code.number}), part=True)

    def ev_Subscript(self, node: ast.Subscript) -> Value:
        if (name := self._namespace_item(node)) is not None:
            return self.load(ast.copy_location(ast.Name(name, ast.Load()), node))
        self.look_up(node.value, binds=False)
        base = self.eval(node.value)
        key = self.eval(node.slice)
        for number in sorted(base.code) if base.kind == "class" else ():
            getter = self.find_method(number, "__class_getitem__")
            if getter is not None:
                return self.apply(getter, [base, key], {}, self.at(node))
        self.touch(base, self.at(node))
        if key.kind == "instance":
            self.stage.identity |= self.regions.reach(base.region) | self.regions.reach(key.region)
        if base.dotted == "collections.defaultdict":
            self.mutate(base, self.at(node), _root(node))  # a missing key is added when it is read
        if base.kind == "str":
            return Value("str")
        if base.kind == "library":
            return Value("library", dotted=base.dotted)
        place = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if base.elements and isinstance(place, int) and -len(base.elements) <= place < len(base.elements):
            return base.elements[place]
        if base.kind == "DataFrame":
            if isinstance(node.slice, (ast.List, ast.Compare, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.ListComp)):
                return Value("DataFrame", self.regions.new(), dotted=base.dotted)
            if isinstance(node.slice, ast.Constant):
                return Value("Series", base.region, dotted=base.dotted, part=True)
        if isinstance(node.slice, (ast.Compare, ast.UnaryOp)) and base.kind in ("Series", "ndarray"):
            return Value(base.kind, self.regions.new(), dotted=base.dotted)
        kind = (
            base.kind if isinstance(node.slice, ast.Slice) and base.kind in ("list", "ndarray", "tuple") else "unknown"
        )
        if base.kind in ("axes", "figure"):
            kind = "axes"
        if kind in ("list", "tuple"):
            inner = [Value(region=r, part=True) for r in self.regions.parts(base.region)]
            return Value(kind, self.pack(kind, inner if not base.part else [base]), base.code, base.dotted)
        return Value(kind, base.region, base.code, base.dotted, part=True)

    def ev_Slice(self, node: ast.Slice) -> Value:
        for part in (node.lower, node.upper, node.step):
            if part is not None:
                self.eval(part)
        return SCALAR

    def ev_Starred(self, node: ast.Starred) -> Value:
        return self.eval(node.value)

    def ev_BinOp(self, node: ast.BinOp) -> Value:
        if isinstance(node.op, ast.Mod):
            self.look_up(node.right, binds=False)
        left, right = self.eval(node.left), self.eval(node.right)
        self.touch(left, self.at(node))
        self.touch(right, self.at(node))
        if isinstance(node.op, ast.Mod) and left.kind in ("str", "unknown"):
            self.show(right)
        kinds = {left.kind, right.kind}
        if left.kind == "str" and (right.kind in ("str", "scalar") or isinstance(node.op, ast.Mod)):
            text = None
            if isinstance(node.op, ast.Add) and left.const is not None and right.const is not None:
                text = left.const + right.const
            return Value("str", const=text)
        if isinstance(node.op, ast.Div) and "path" in kinds:
            if left.const is not None and right.const is not None:
                return Value("path", const=f"{left.const.rstrip('/')}/{right.const}")
            return Value("path")
        if kinds <= {"scalar", "str"}:
            return replace(SCALAR, code=left.code | right.code)
        fresh = {"DataFrame", "Series", "ndarray"}
        if kinds & fresh:
            kind = next(k for k in ("DataFrame", "Series", "ndarray") if k in kinds)
            return self.with_axes(Value(kind, self.regions.new(), dotted=left.dotted or right.dotted), left, right)
        if isinstance(node.op, (ast.Div, ast.FloorDiv, ast.Pow, ast.MatMult)) and "instance" not in kinds:
            return Value(region=self.regions.new(), dotted=left.dotted or right.dotted)
        both = left.kind if left.kind == right.kind else "unknown"
        if kinds in ({"list", "scalar"}, {"tuple", "scalar"}, {"list", "unknown"}) and isinstance(node.op, ast.Mult):
            both = next(k for k in ("list", "tuple") if k in kinds) if "scalar" in kinds else "unknown"
        if both in ("list", "tuple"):  # a new object with the same elements
            return Value(both, self.pack(both, [self.element_of(v) for v in (left, right) if v.kind == both]))
        region = self.pack(both, [left, right])
        return Value(both, region, dotted=left.dotted or right.dotted)

    def ev_UnaryOp(self, node: ast.UnaryOp) -> Value:
        value = self.eval(node.operand)
        self.touch(value, self.at(node))
        if isinstance(node.op, ast.Not) or value.kind in ("scalar", "str"):
            return replace(SCALAR, code=value.code)
        if self.codes_of(value):
            return Value(region=self.pack("unknown", [value]), part=True)
        return self.with_axes(Value(value.kind, self.regions.new(), dotted=value.dotted), value)

    def ev_BoolOp(self, node: ast.BoolOp) -> Value:
        result = self.test(node.values[0])
        for other in node.values[1:]:
            holder: list[Value] = []
            self.branches([lambda o=other, h=holder: h.append(self.test(o)), lambda: None])  # type: ignore[misc]
            result = self.join_values(result, holder[0])
        return result

    def ev_IfExp(self, node: ast.IfExp) -> Value:
        self.test(node.test)
        results: list[Value] = []
        self.branches([lambda: results.append(self.eval(node.body)), lambda: results.append(self.eval(node.orelse))])
        return self.join_values(results[0], results[1])

    def ev_Compare(self, node: ast.Compare) -> Value:
        if len(node.ops) == 1 and isinstance(node.ops[0], (ast.In, ast.NotIn)) and _is_namespace(node.comparators[0]):
            name = self.eval(node.left).const
            if name is not None and not self.frames:  # `"name" in globals()`
                self.inline(self.at(node), f"`{ast.unparse(node.comparators[0])}` is the notebook's namespace")
                self.guarded += 1
                if name in self.env:
                    self.read_name(name, self.at(node))
                self.guarded -= 1
                return SCALAR
        for operator, part in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, (ast.In, ast.NotIn)):
                self.look_up(part, binds=False)
        values = [self.eval(node.left), *(self.eval(c) for c in node.comparators)]
        nodes = [node.left, *node.comparators]
        for op, left, right in zip(node.ops, range(len(values)), range(1, len(values)), strict=False):
            if isinstance(op, (ast.Is, ast.IsNot)) and not any(
                isinstance(nodes[i], ast.Constant) for i in (left, right)
            ):
                pair = [(nodes[i], values[i]) for i in (left, right)]
                if any(v.region is None or v.kind == "library" for _, v in pair) and not any(
                    _is_singleton(v) for _, v in pair
                ):
                    self.refuse_foreign(
                        [n for n, _ in pair], "is compared by identity with a number or string", self.at(node)
                    )
                for value in (values[left], values[right]):
                    if value.region is not None:
                        self.stage.identity |= self.regions.reach(value.region)
        equals = any(isinstance(op, (ast.Eq, ast.NotEq, ast.In, ast.NotIn)) for op in node.ops)
        if equals and any(v.kind == "instance" or (v.kind == "unknown" and self._has_class(v)) for v in values):
            for value in values:  # without `__eq__`, objects are compared by identity
                self.stage.identity |= self.regions.reach(value.region)
        for value in values:
            self.touch(value, self.at(node))
        fresh = next((v.kind for v in values if v.kind in ("DataFrame", "Series", "ndarray")), "")
        if fresh or any(v.kind == "unknown" and v.region is not None for v in values):
            return self.with_axes(Value(fresh or "unknown", self.regions.new(), dotted=values[0].dotted), *values)
        return SCALAR

    def _namespace_item(self, node: ast.Subscript) -> str | None:
        """The name in `globals()["name"]` at top level."""
        if self.frames or not _is_namespace(node.value):
            return None
        name = self.eval(node.slice).const
        if name is not None:
            self.inline(self.at(node), f"`{ast.unparse(node.value)}` is the notebook's namespace")
        return name

    def refuse_foreign(self, nodes: Iterable[ast.AST], what: str, span: Span) -> None:
        """Refuses what a stored value does not keep, where the value comes from another stage."""
        for node in nodes:
            binding = self.env.get(_root(node))
            if binding is None or self.frames or binding.items or all(o == self.stage.name for o, _ in binding.origins):
                continue
            source = next(o for o, _ in binding.origins if o != self.stage.name)
            place = next(s for o, s in binding.origins if o == source)
            self.diagnostics.append(
                Diagnostic(
                    "NB203",
                    f"`{_root(node)}` {what}, which a stored value does not keep",
                    span,
                    f"comes from stage `{source}`",
                    "do this in the stage that makes the value, and keep the answer",
                    ((place, "made here"),),
                    _root(node),
                )
            )
            return

    def _has_class(self, value: Value) -> bool:
        return any(isinstance(self.codes[n].node, ast.ClassDef) for n in self.codes_of(value))

    def ev_Lambda(self, node: ast.Lambda) -> Value:
        code = self.define(node)
        self.keep_defaults(code, node.args)
        return Value("function", self.closure_region(code), frozenset({code.number}))

    def ev_NamedExpr(self, node: ast.NamedExpr) -> Value:
        value = self.eval(node.value)
        comprehension = [f for f in self.frames if f.code == -2]
        if comprehension:  # PEP 572: binds in the scope that contains the comprehension
            kept, self.frames = self.frames, [f for f in self.frames if f.code != -2]
            self.bind(node.target.id, value, self.at(node))
            self.frames = kept
        else:
            self.bind(node.target.id, value, self.at(node))
        return value

    def ev_Await(self, node: ast.Await) -> Value:
        if not self.frames:
            self.cell.awaits = True
            self.inline(self.at(node), "the cell awaits at top level")
        value = self.eval(node.value)
        return self.element_of(value) if value.region is not None else Value(region=self.regions.new())

    def ev_Yield(self, node: ast.Yield) -> Value:
        if node.value is not None:
            value = self.eval(node.value)
            if self.frames:
                self.frames[-1].returns.append(value)
        return Value(region=self.regions.new())

    def ev_YieldFrom(self, node: ast.YieldFrom) -> Value:
        value = self.eval(node.value)
        self.consume(value, self.at(node))
        if self.frames:
            self.frames[-1].returns.append(value)
        return Value(region=self.regions.new())

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Value:
        names: set[str] = set()
        for generator in node.generators:
            names |= {n.id for n in target_names(generator.target)}
            if generator.is_async and not self.frames:
                self.cell.awaits = True
                self.inline(self.at(node), "the cell awaits at top level")
        first = self.eval(node.generators[0].iter)
        outer = self.frames[-1] if self.frames else None
        local = dict(outer.local) if outer else {}
        frame = Frame(local, frozenset(names | (outer.names if outer else frozenset())), outer.closure if outer else (),
                      outer.hoisted if outer else False, -2)  # fmt: skip
        parts: list[Value] = []
        before = (len(self.stage.effects), self.changes, self.prints)
        finite = True
        self.frames.append(frame)
        site, self.site = self.site, self.at(node)
        for number, generator in enumerate(node.generators):
            source = first if number == 0 else self.eval(generator.iter)
            finite &= source.kind in _FINITE
            self.consume(source, self.at(node))
            self.touch(source, self.at(node))
            self.assign(generator.target, self.element_of(source), self.at(node))
            for condition in generator.ifs:
                self.test(condition)
        self.site = site
        for part in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
            parts.append(self.eval(part))
        self.frames.pop()
        if isinstance(node, ast.GeneratorExp):
            if finite and before == (len(self.stage.effects), self.changes, self.prints) and not self.sends:
                return self.lazy_value([first, *parts], read_names([ast.Expr(node)]) - names)
            return Value("generator", self.pack("generator", [first, *parts]))
        kind = {ast.ListComp: "list", ast.SetComp: "set", ast.DictComp: "dict"}[type(node)]
        return Value(kind, self.pack(kind, parts))

    ev_ListComp = ev_SetComp = ev_DictComp = ev_GeneratorExp = _comprehension

    def lazy_value(self, values: Sequence[Value], reads: Iterable[str]) -> Value:
        """A generator without effects and with an end: its rest can be computed ahead."""
        region = self.pack("iterator", values)
        assert region is not None
        self.lazy[region] = frozenset(n for n in reads if n in self.env and not self.env[n].items)
        return Value("iterator", region)

    def element_of(self, value: Value) -> Value:
        """An element, a part or an item of the value."""
        if value.kind in ("scalar", "range"):
            return SCALAR
        if value.kind == "iterator" and value.elements:  # of `enumerate`: pairs
            return Value("tuple", value.elements[1].region, elements=value.elements, part=True)
        if value.kind == "str":
            return Value("str")
        if value.elements:
            return self.join_all(value.elements)
        kind = "axes" if value.kind in ("axes", "figure") else "str" if value.kind == "file" else "unknown"
        if kind == "str":
            return Value("str")
        if value.kind in ("socket", "connection", "lock", "executor"):
            return value
        if value.dotted in known.FRESH_PARTS:
            own = self.regions.new()
            for cell in self.cells_of(value):
                self.regions.link(own, cell)
            return Value(region=own, dotted=value.dotted)
        if value.kind in known.UNSTORABLE_KINDS or value.kind in ("iterator", "list", "tuple", "set", "dict view"):
            inner = [Value(region=r) for r in self.regions.parts(value.region)]
            if value.kind in ("list", "tuple", "set") and not value.part and not inner and not self.codes_of(value):
                return Value("unknown")
            region = self.pack("unknown", inner)
            self.regions.add_code(region, self.codes_of(value))
            return Value(kind, region, value.code, value.dotted, part=True)
        return Value(kind, value.region, value.code, value.dotted, part=True)

    def consume(self, value: Value, span: Span) -> None:
        """Iterating over an iterator or a file moves it on."""
        if value.kind in known.UNSTORABLE_KINDS or value.kind == "iterator":
            self.mutate(value, span)

    # --- calls ------------------------------------------------------------------------------------------------

    def ev_Call(self, node: ast.Call) -> Value:
        discard, self.discard = self.discard, False
        span = self.at(node)
        receiver: Value | None = None
        self._look_up_in_call(node)
        if isinstance(node.func, ast.Attribute):
            receiver = self.eval(node.func.value)
        else:
            callee = self.eval(node.func)
        args = [self.eval(a) for a in node.args]
        keywords = {k.arg or f"**{i}": self.eval(k.value) for i, k in enumerate(node.keywords)}
        self.discard = discard
        values = [*args, *keywords.values()]
        for value in values:
            self.write_stream(value, span)
            self.call_back(value, values, span)
            self.draw_from(value, span)
        if receiver is not None and receiver.kind not in ("list", "dict", "set", "tuple", "rng", "str", "library"):
            self.draw_from(receiver, span)
        names = self.string_names(node, values, span)
        outer, self.called_back = self.called_back, []
        if receiver is not None:
            assert isinstance(node.func, ast.Attribute)
            result = self.call_attribute(node, receiver, node.func.attr, args, keywords, span)
        elif callee.kind == "builtin":
            result = self.call_builtin(node, callee.dotted, args, keywords, span)
        else:
            result = self.call_value(node, callee, args, keywords, span)
        given_back, self.called_back = self.called_back, outer
        if given_back and not self.discard and result.kind not in ("scalar", "str"):
            result = replace(result, region=self.pack(result.kind, [result, *given_back]), part=True)
        self.regions.add_texts(result.region, names)
        return result

    def _look_up_in_call(self, node: ast.Call) -> None:
        """`globals().get(…)`, `globals().update(…)`, `"…".format(**locals())`, `eval(text, globals())`."""
        func = node.func
        if isinstance(func, ast.Attribute):
            if func.attr in ("get", "__getitem__", "__contains__"):
                self.look_up(func.value, binds=False)
            elif func.attr in ("update", "setdefault", "pop", "__setitem__"):
                self.look_up(func.value, binds=True)
            elif func.attr in ("format", "format_map", "substitute", "safe_substitute"):
                for part in (*node.args, *(k.value for k in node.keywords if k.arg is None)):
                    self.look_up(part, binds=False)
        elif isinstance(func, ast.Name) and func.id in ("exec", "eval"):
            for part in node.args[1:]:
                self.look_up(part, binds=True)

    def draw_from(self, value: Value, span: Span) -> None:
        """Whoever gets a random generator, or an object that holds one, may draw from it."""
        if value.region is None or not self.makes_generators:
            return
        for region in sorted(self.regions.reach(value.region)):
            if self.regions.kind(region) == "rng":
                self.note_mutation(region, span, "")

    def write_stream(self, value: Value, span: Span) -> None:
        """Whoever gets a file or a buffer may read and write it: its position and content change."""
        if value.kind == "file" or (value.dotted.startswith("io.") and value.kind == "unknown"):
            self.mutate(value, span)

    def call_back(self, value: Value, others: Sequence[Value], span: Span) -> None:
        """A library's function is handed to a callee, which may call it with what else it gets."""
        if value.kind not in ("library", "builtin") or not value.dotted or len(others) < 1:
            return
        if value.kind == "library" and "." in value.dotted and value.dotted.rsplit(".", 1)[-1][:1].islower():
            self.library_effects(value.dotted, [], {}, span)
        if value.dotted in known.MUTATING_CALLS or value.dotted in _MUTATING_FUNCTIONS:
            for other in others:
                if other is not value:
                    self.mutate(other, span, deep=True)

    def call_value(
        self, node: ast.Call, callee: Value, args: list[Value], keywords: dict[str, Value], span: Span
    ) -> Value:
        """Calls a value that is not an attribute."""
        if callee.kind == "library":
            return self.call_library(node, callee.dotted, args, keywords, span)
        if callee.kind in ("function", "class") and callee.code:
            return self.call_code(callee, args, keywords, span)
        calls = [m for n in sorted(callee.code) if (m := self.find_method(n, "__call__")) is not None]
        if callee.kind == "instance" and calls:
            return self.join_all([self.apply(m, [callee, *args], keywords, span) for m in calls])
        if self.codes_of(callee):
            self.may_execute(callee, span, [*args, *keywords.values()])
        return self.call_unknown([callee, *args, *keywords.values()], span, _root(node.func))

    def call_attribute(
        self, node: ast.Call, receiver: Value, name: str, args: list[Value], keywords: dict[str, Value], span: Span
    ) -> Value:
        """Calls `receiver.name(…)`."""
        if receiver.dotted == "IPython" and name in _MAGIC_CALLS:
            return self.nested_magic(name, args, span)
        if receiver.kind in ("library", "builtin"):
            return self.call_library(node, _canonical(f"{receiver.dotted}.{name}"), args, keywords, span)
        if receiver.kind == "class":
            member = self.attribute(receiver, name, span)
            if member.kind == "function" and member.code:
                number = min(member.code)
                decorators = getattr(self.codes[number].node, "decorator_list", [])
                if any(isinstance(d, ast.Name) and d.id == "classmethod" for d in decorators):
                    args = [receiver, *args]
                return self.apply(number, args, keywords, span)
            if name not in ("mro", "__subclasses__", "keys", "items", "values", "get"):
                for number in receiver.code:
                    if (self.codes[number].state or name == "register") and name not in known.PURE_METHODS:
                        self.note_mutation(self.codes[number].region, span, self.codes[number].name)
                        self.attach(Value("class", self.codes[number].region), args)
            if name == "register":
                return args[0] if args else SCALAR
            if name == "__subclasses__":
                self.diagnostics.append(
                    Diagnostic(
                        "NB205",
                        "`__subclasses__` reaches classes that only a run knows",
                        span,
                        "which classes are there differs from stage to stage",
                        "keep the classes in a list or a dict, and read that",
                        (),
                        "__subclasses__",
                    )
                )
            return Value(region=self.pack("unknown", args), code=receiver.code)
        return self.call_method(node, receiver, name, args, keywords, span)

    def call_code(self, callee: Value, args: list[Value], keywords: dict[str, Value], span: Span) -> Value:
        """Calls functions or classes of the notebook."""
        results = []
        for number in sorted(callee.code):
            code = self.codes[number]
            if isinstance(code.node, ast.ClassDef):
                results.append(self.instantiate(code, args, keywords, span))
            elif callee.dotted == "#bound":
                results.append(self.apply(number, [Value("unknown", callee.region), *args], keywords, span))
            else:
                results.append(self.apply(number, args, keywords, span))
        return self.join_all(results)

    def instantiate(self, code: Code, args: list[Value], keywords: dict[str, Value], span: Span) -> Value:
        """Makes an instance: runs `__init__` and keeps what it was given."""
        if code.metaclass is not None:
            for number in sorted(code.metaclass.code):
                call = self.find_method(number, "__call__")
                if call is not None:
                    self.apply(call, [Value("class", None, frozenset({code.number})), *args], keywords, span)
        values = [*args, *keywords.values()]
        instance = Value("instance", self.pack("instance", values), frozenset({code.number}))
        self.regions.add_code(instance.region, instance.code)
        ran = False
        for name in ("__new__", "__init__", "__post_init__"):
            method = self.find_method(code.number, name)
            if method is not None:
                ran = True
                self.apply(method, [instance, *(args if name != "__post_init__" else [])],
                           keywords if name != "__post_init__" else {}, span)  # fmt: skip
        if not ran:
            self._start_fields(code, instance, span)
        if not ran and any(self._is_unknown_library(b) for b in code.bases):
            self.call_unknown([instance, *values], span, code.name)
        return instance

    def _start_fields(self, code: Code, instance: Value, span: Span) -> None:
        """A dataclass's fields start with what their defaults are, or what their factories make."""
        for value in code.fields:
            outer, self.called_back = self.called_back, []
            self.attach(instance, [value])
            self.may_execute(value, span, [instance])
            self.attach(instance, self.called_back)
            self.called_back = outer

    @staticmethod
    def _is_unknown_library(value: Value) -> bool:
        root = value.dotted.split(".")[0]
        return value.kind == "library" and root not in known.ARGUMENT_SAFE_ROOTS and root != "torch"

    def find_method(self, number: int, name: str) -> int | None:
        """The method of a class of the notebook, looked up along its bases."""
        code = self.codes[number]
        if not isinstance(code.node, ast.ClassDef):
            return None
        if name in code.methods:
            return code.methods[name]
        for base in code.bases:
            for other in sorted(base.code):
                if other != number:
                    method = self.find_method(other, name)
                    if method is not None:
                        return method
        return None

    def apply(self, number: int, args: list[Value], keywords: dict[str, Value], span: Span) -> Value:
        """Follows a call into a function of the notebook."""
        code = self.codes[number]
        node = code.node
        if code.bound is not None:
            self.mutate(code.bound, span, deep=True)
            self.attach(code.bound, [*args, *keywords.values()])
            return Value(region=code.bound.region, part=True)
        assert not isinstance(node, ast.ClassDef)
        if number in self.active or len(self.active) > 12 or self.budget <= 0:
            return self.apply_cut_off(code, args, keywords, span)
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        names = set(argument_names(node.args))
        declared: set[str] = set()
        outer: set[str] = set()
        if not isinstance(node, ast.Lambda):
            names |= bound_names(node.body)
            for sub in own_nodes(node):
                if isinstance(sub, ast.Global):
                    declared.update(sub.names)
                elif isinstance(sub, ast.Nonlocal):
                    outer.update(sub.names)
        self.budget -= 4 * len(body) + 4
        if self.cache_statistics and any("cache" in ast.unparse(d) for d in getattr(node, "decorator_list", [])):
            self.note_mutation(code.region, span, code.name)
        local = self._bind_arguments(code, node.args, args, keywords)
        frame = Frame(local, frozenset(names - declared - outer), code.closure, code.hoisted, number)
        frames, self.frames = self.frames, [frame]
        journal_frames = self.site
        self.site = span
        self.active.append(number)
        discard, self.discard = self.discard, False
        before = (len(self.stage.effects), self.changes, self.prints)
        if isinstance(node, ast.Lambda):
            frame.returns.append(self.eval(node.body))
        else:
            self.block(node.body)
        quiet = before == (len(self.stage.effects), self.changes, self.prints)
        self.discard = discard
        self.active.pop()
        self.site = journal_frames
        self.frames = frames
        result = self.join_all(frame.returns or [SCALAR])
        if result.region is not None and any("cache" in ast.unparse(d) for d in getattr(node, "decorator_list", [])):
            self.regions.link(code.region, result.region)  # the cache keeps what it gives back
            result = Value("unknown", code.region, result.code, part=True)
        if any("contextmanager" in ast.unparse(d) for d in getattr(node, "decorator_list", [])):
            region = self.pack("unknown", [*args, *keywords.values(), *frame.returns])
            return Value(region=region, part=True)
        if isinstance(node, ast.AsyncFunctionDef) or (not isinstance(node, ast.Lambda) and is_generator(node)):
            if quiet and not isinstance(node, ast.AsyncFunctionDef) and _ends(node) and not self.sends:
                reads, _ = function_body_free(node)
                return self.lazy_value([*args, *keywords.values(), *frame.returns], reads)
            region = self.pack("generator", [*args, *keywords.values(), *frame.returns])
            self.regions.add_code(region, frozenset({number}))
            return Value("generator", region, frozenset({number}))
        return result

    def _bind_arguments(
        self, code: Code, spec: ast.arguments, args: list[Value], keywords: dict[str, Value]
    ) -> dict[str, Value]:
        mutable, defaults, state = _mutable_defaults(spec), code.defaults, code.region
        positional = [a.arg for a in [*spec.posonlyargs, *spec.args]]
        local = dict(zip(positional, args, strict=False))
        for name, value in keywords.items():
            if not name.startswith("**"):
                local[name] = value
        rest = args[len(positional) :]
        spread = [v for n, v in keywords.items() if n.startswith("**")]
        if spec.vararg:
            local[spec.vararg.arg] = Value("tuple", self.pack("tuple", rest))
        if spec.kwarg:
            extra = [v for n, v in keywords.items() if n not in positional]
            local[spec.kwarg.arg] = Value("dict", self.pack("dict", extra))
        for name in argument_names(spec):
            if name not in local:
                default = Value(region=state if name in mutable else None)
                local[name] = self.element_of(spread[0]) if spread else defaults.get(name, default)
        return local

    def apply_cut_off(self, code: Code, args: list[Value], keywords: dict[str, Value], span: Span) -> Value:
        """A call that is not followed: assume all that the function's text allows."""
        node = code.node
        assert not isinstance(node, ast.ClassDef)
        reads, writes = function_body_free(node)
        values = [*args, *keywords.values()]
        for name in sorted(reads):
            value = self.read_name(name, span, hoisted=code.hoisted)
            if value is not None and value.kind not in ("function", "class", "library"):
                values.append(value)
        result = self.call_unknown(values, span, code.name, follow=False)
        for name in sorted(writes):
            self.frames, frames = [], self.frames
            self.bind(name, replace(result, part=True), span)
            self.frames = frames
        return result

    def call_unknown(self, values: list[Value], span: Span, name: str, *, follow: bool = True) -> Value:
        """A callee of which nothing is known: it may change, keep and show anything that it reaches."""
        region = self.mix(values)
        for value in values:
            self.mutate_unknown(value, span, name)
            if follow:
                self.may_execute(value, span)
        self.effect(EffectKind.WRITE, "", span)
        self.effect(EffectKind.DRAW, "", span)
        self.cell.plots = True
        return Value(region=region)

    def may_execute(self, value: Value, span: Span, given: Sequence[Value] = ()) -> None:
        """A callee that got the value may call any code of the notebook in it, with any of the given values."""
        codes = self.codes_of(value)
        if not codes:
            return
        rest = [v for v in given if v is not value and v.kind not in ("function", "class", "library", "builtin")]
        own = [value] if value.kind not in ("function", "class") and not rest else []
        argument: Value | None = None
        for number in sorted(codes):
            if number in self.active:
                continue
            if argument is None:
                region = self.pack("unknown", [*own, *rest], always=False)
                argument = Value("unknown", region, part=region is not None)
                if region is None and given:  # it gets objects that the callee makes, and may give back
                    argument = Value("unknown", self.regions.new())
                    self.called_back.append(argument)
            code = self.codes[number]
            if isinstance(code.node, ast.ClassDef):
                methods = [m for n, m in code.methods.items() if n not in _CONSTRUCTORS and m not in self.active]
                for instance in self.instances(value, number):
                    for method in methods:
                        self.apply_any(method, instance, argument, span)
            else:
                going_on = value.kind == "generator" and number in value.code  # its body goes on: no new call
                self.apply_any(number, argument, argument, span, keeps=not going_on)

    def show(self, value: Value) -> None:
        """The value may be shown: a class, and an object without a `__repr__` of its own, say in which module it is."""
        for number in sorted(self.codes_of(value)):
            code = self.codes[number]
            hoisted_class = isinstance(code.node, ast.ClassDef) and code.hoisted
            if hoisted_class and (value.kind == "class" or self._shows_module(code)):
                self.shown.add(code.name or code.outer)

    def _shows_module(self, code: Code) -> bool:
        if not isinstance(code.node, ast.ClassDef) or "dataclass" in " ".join(
            map(ast.unparse, code.node.decorator_list)
        ):
            return False
        if any(self.find_method(code.number, n) is not None for n in ("__repr__", "__str__")):
            return False
        return all(b.dotted in ("object", "abc.ABC") or any(self._shows_module(self.codes[n]) for n in b.code
                                                            if n != code.number) for b in code.bases)  # fmt: skip

    def touch(self, value: Value, span: Span) -> None:
        """An operator, a subscript or a display runs the special methods of the notebook's classes."""
        codes = self.codes_of(value)
        if not codes or value.kind in ("DataFrame", "Series", "ndarray", "str", "scalar"):
            return
        for number in sorted(codes):
            code = self.codes[number]
            if number in self.active or not isinstance(code.node, ast.ClassDef):
                continue
            methods = [m for name, m in code.methods.items() if name[:2] == "__" and name not in _CONSTRUCTORS]
            if methods:
                for instance in self.instances(value, number):
                    for method in methods:
                        self.apply_any(method, instance, value, span)

    def instances(self, value: Value, number: int) -> list[Value]:
        """The instances of a class of the notebook that a value may be or reach."""
        code = frozenset({number})
        if value.kind == "instance" and number in value.code and not value.part:
            return [value]
        found = [r for r in sorted(self.regions.reach(value.region)) if self.regions.holds_instance(r, number)]
        if not found:
            return [Value("instance", value.region, code, part=True)]
        return [Value("instance", r, code) for r in found]

    def apply_any(self, number: int, first: Value, given: Value, span: Span, *, keeps: bool = True) -> None:
        """Runs a function with arguments of which only the region is known; `keeps`: its result may be kept."""
        times = self.executing[number] = self.executing.get(number, 0) + 1
        if times > _REPEATS or self.budget <= 0 or self.maybe > 2:
            self.flood(number, (first, given), span)
            return
        node = self.codes[number].node
        assert not isinstance(node, ast.ClassDef)
        count = len(node.args.posonlyargs) + len(node.args.args)
        if self.codes[number].held:
            count -= len(node.args.defaults)  # a default may be a function that it calls
        self.maybe += 1
        result = self.apply(number, [first, *([given] * (count - 1))][:count], {}, span)
        self.maybe -= 1
        if keeps and result.region is not None and result.region not in (first.region, given.region):
            self.called_back.append(result)

    def flood(self, number: int, values: Sequence[Value], span: Span) -> None:
        """A function that is not followed any more: it may change all that it is given, and read what its text reads."""
        key = (number, *(v.region for v in values))
        if key in self.flooded:
            return
        self.flooded.add(key)
        for value in values:
            self.mutate(value, span, deep=True)
        code = self.codes[number]
        if code.bound is not None:
            self.mutate(code.bound, span, deep=True)
        assert not isinstance(code.node, ast.ClassDef)
        reads, writes = function_body_free(code.node)
        for name in sorted(reads | writes):
            read = self.read_name(name, span, hoisted=code.hoisted)
            if read is not None:
                self.mutate_unknown(read, span, name)
        self.effect(EffectKind.WRITE, "", span)
        self.effect(EffectKind.DRAW, "", span)
        self.cell.plots = True

    # --- builtins, libraries, methods -------------------------------------------------------------------------

    def call_builtin(
        self, node: ast.Call, name: str, args: list[Value], keywords: dict[str, Value], span: Span
    ) -> Value:
        """Calls a function of `builtins`."""
        values = [*args, *keywords.values()]
        if name == "__import__" and args and args[0].const:
            return Value("library", dotted=_canonical(args[0].const.split(".")[0]))
        if name in known.DYNAMIC_BUILTINS:
            return self.call_dynamic(node, name, args, span)
        if name == "open":
            return self.call_open(node, args, keywords, span)
        if name == "get_ipython":
            self.inline(span, "`get_ipython` works in notebooks only")
            return Value(region=self.regions.new(), dotted="IPython")
        if name in ("setattr", "delattr"):
            if args and args[0].kind in ("class", "function"):
                for number in args[0].code:
                    self.note_mutation(self.codes[number].region, span, self.codes[number].name)
            elif args and not self._is_setting(args[0], span):
                self.mutate(args[0], span, _root(node.args[0]) if node.args else "")
                self.attach(args[0], values[1:])
            return SCALAR
        if name == "id":
            self.stage.identity |= {r for v in args for r in self.regions.reach(v.region)}
        if name in ("next", "anext") and args:
            self.mutate(args[0], span, _root(node.args[0]))
        if name in known.CONSUMING_BUILTINS or name in known.CONTAINER_BUILTINS:
            for value in values:
                self.consume(value, span)
        if name == "input":
            self.effect(EffectKind.CLOCK, "", span)
        for value in values if name in _SHOWING_BUILTINS else ():
            self.show(value)
        for value in values:
            if name in _CALLING_BUILTINS:
                self.may_execute(value, span, values)
            else:
                self.touch(value, span)
        if name == "display":
            self.cell.plots = True
        if name in ("print", "display", "input"):
            self.prints += 1
        if name == "print" and "file" in keywords:
            self.mutate_unknown(keywords["file"], span)
        if name == "memoryview":
            return Value("memoryview", self.pack("memoryview", values), dotted="builtins")
        if name in ("exit", "quit") or (name not in known.PURE_BUILTINS and name not in BUILTINS):
            return self.call_unknown(values, span, name)
        if name in ("abs", "round", "divmod", "pow") and any(self.codes_of(v) for v in values):
            return Value(region=self.pack("unknown", values), part=True)
        if name in known.SCALAR_BUILTINS:
            if name == "range":
                return Value("range")
            if name == "type":
                classes = self._classes_of(args[0]) if len(args) == 1 else frozenset()
                return Value("class" if classes else "scalar", code=classes)
            return Value("str", const=args[0].const if args else None) if name == "str" else SCALAR
        if name in known.CONTAINER_BUILTINS:
            held = [*(self.element_of(v) for v in args), *keywords.values()]
            return Value(known.CONTAINER_BUILTINS[name], self.pack(known.CONTAINER_BUILTINS[name], held))
        if name in known.ITERATOR_BUILTINS:
            kind = next((v.kind for v in values if v.kind in known.UNSTORABLE_KINDS), "iterator")
            if any(v.kind in ("GroupBy", "dict view", "DataFrame") for v in values):
                kind = "generator"
            elements = (SCALAR, self.element_of(values[0])) if name == "enumerate" and values else None
            return Value(kind, self.pack(kind, values), elements=elements)
        if name == "super":
            frame = self.frames[-1] if self.frames else None
            owner = self.codes[frame.code].owner if frame and frame.code >= 0 else -1
            first = next(iter(frame.local.values()), Value()) if frame else Value()
            bases = frozenset(c for b in self.codes[owner].bases for c in b.code) if owner >= 0 else frozenset()
            return Value("instance" if bases else "unknown", first.region, bases, "sklearn")
        if name in ("sum", "max", "min", "getattr", "next", "vars"):
            if name == "sum":
                return Value(region=self.regions.new())
            if name == "getattr" and args:
                if len(args) > 1 and args[1].const:
                    found = self.attribute(args[0], args[1].const, span)
                    return found if len(args) == 2 else self.join_values(found, args[2])
                return Value(region=self.pack("unknown", values, always=False), part=True)
            given = (
                [*values, *(self.element_of(v) for v in values)]
                if name != "next"
                else [self.element_of(v) for v in values]
            )
            return Value(region=self.pack("unknown", given, always=False), part=True)
        if name in ("staticmethod", "classmethod", "property"):
            return args[0] if args else Value()
        if name.endswith(("Error", "Exception", "Warning")) or name in ("KeyboardInterrupt", "StopIteration"):
            return Value("unknown", self.pack("unknown", values), dotted="builtins")
        return Value(region=self.pack("unknown", values), dotted="builtins")

    def call_dynamic(self, node: ast.Call, name: str, args: list[Value], span: Span) -> Value:
        """`exec`, `eval`, `globals()` and their like; constant text is read as the code that it is."""
        text = args[0].const if args else None
        if name in ("exec", "eval") and text is not None and len(args) == 1 and not self.frames:
            try:
                tree = ast.parse(text.strip() if name == "eval" else text)
            except SyntaxError:
                tree = None
            if tree is not None:
                self.inline(span, f"`{name}` runs in the notebook's namespace")
                self.site, outer = span, self.site
                self.block(tree.body)
                self.site = outer
                return Value(region=self.regions.new())
        if name in ("vars", "dir") and args:
            self.may_execute(args[0], span)
            if name == "dir":
                return Value("list", self.regions.new("list"))
            plain = args[0].kind not in ("class", "function", "library", "builtin", "module")
            return self.object_dict(args[0]) if plain else Value("dict", args[0].region)
        if (name == "dir" or (name in ("locals", "vars") and self.frames)) and self.frames:
            return Value(region=self.regions.new())
        if name == "compile":
            return SCALAR
        self.inline(span, f"`{name}()` reaches names that only a run knows")
        if name in ("exec", "eval") and self._in_namespace(node):
            self.dynamic(span, f"`{name}`", binds=True)
            return Value(region=self.everything(), part=True)
        if id(node) in self.looked_up:
            self.dynamic(span, f"`{name}()`", binds=self.looked_up[id(node)], looks=True)
            return Value("dict", self.everything(), dotted="builtins", part=True)
        self.diagnostics.append(
            Diagnostic(
                "NB205",
                f"`{name}` reaches names that only a run knows",
                span,
                "which names it reads or binds cannot be told before it runs",
                "write the names out (for example in a dict), or tag the cell `skip`",
                name=name,
            )
        )
        self.cell.dynamic = True
        return Value(region=self.regions.new())

    def everything(self) -> int:
        """All that the notebook's variables reach."""
        region = self.pack("unknown", [b.value for _, b in sorted(self.env.items()) if not b.items])
        assert region is not None
        return region

    def _in_namespace(self, node: ast.Call) -> bool:
        """Whether `exec` or `eval` works in the notebook's own namespace, not in a function's."""
        for argument in node.args[1:]:
            if not _is_namespace(argument):
                return False
        return not node.keywords and (len(node.args) > 1 or not self.frames)

    def look_up(self, node: ast.expr, *, binds: bool) -> None:
        """`globals()` in a place where what it holds beside the notebook's variables is not seen."""
        if isinstance(node, ast.Call) and _is_namespace(node):
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            if name == "globals" or (not self.frames and name != "dir"):
                self.looked_up[id(node)] = binds

    def call_open(self, node: ast.Call, args: list[Value], keywords: dict[str, Value], span: Span) -> Value:
        """`open`: which file, and whether it is written."""
        path = args[0] if args else keywords.get("file", Value())
        mode = args[1] if len(args) > 1 else keywords.get("mode", Value("str", const="r"))
        writes = mode.const is None or any(c in mode.const for c in "wax+")
        self.file_effect(path, writes, span)
        plain = not keywords.keys() - {"file", "mode", "encoding", "errors"} and len(args) < 4
        again = (
            plain
            and not self.moves_files
            and path.kind in ("str", "path")
            and (mode.const is None or "x" not in mode.const)
        )
        const = f"{'w' if writes else 'r'}:{path.const or ''}"
        region = self.regions.new("open file" if again else "file")
        return Value("file", region, dotted="open" if again else "io", const=const)

    def file_effect(self, path: Value, writes: bool, span: Span) -> None:
        """A file is read or written; an object that is no path is not a file of its own."""
        if path.kind == "file" or (path.dotted.startswith("io.") and path.const is None and path.kind != "str"):
            self.mutate(path, span)
            return
        if path.kind == "unknown":  # it may be an open file or a buffer
            self.mutate(path, span, deep=True)
        self.effect(EffectKind.WRITE if writes else EffectKind.READ, path.const or "", span)

    def call_library(
        self, node: ast.Call, dotted: str, args: list[Value], keywords: dict[str, Value], span: Span
    ) -> Value:
        """Calls a function or class of an imported module."""
        root, last = dotted.split(".", maxsplit=1)[0], dotted.rsplit(".", 1)[-1]
        values = [*args, *keywords.values()]
        for value in values:
            if (root in known.ARGUMENT_SAFE_ROOTS and last[:1].isupper()) or dotted in known.KEEPING_CALLS:
                self.touch(value, span)  # making an object of a known library calls nothing that it is given
            else:
                self.may_execute(value, span, values)
            self.consume(value, span)
        self.library_effects(dotted, args, keywords, span)
        if root in self.missing and dotted.count(".") > 1 and last in known.KEEPING_METHODS | {"pop", "clear"}:
            self.module_users[root] = ""
            self.use_state(root, span)
        elif root in self.stateful:
            self.use_state(root, span)
        asks = last in ("get", "keys", "items", "values", "copy") or (last == "setlocale" and len(values) < 2)
        if not asks and (dotted in known.SETTING_CALLS or dotted.startswith(("matplotlib.rcParams.", "os.environ."))):
            self.effect(EffectKind.SETTING, known.SETTING_CALLS.get(dotted, "environment"), span)
        if root not in known.ARGUMENT_SAFE_ROOTS:
            if root == "builtins":
                return self.call_builtin(node, last, args, keywords, span)
            result = self.call_unknown(values, span, _root(node.func), follow=False)
            return replace(result, dotted=dotted, kind=known.UNSTORABLE_CALLS.get(dotted, "unknown"))
        if dotted == "matplotlib.use":
            self.keeps_figures = not (args and args[0].const and "inline" in args[0].const)
        if dotted == "functools.update_wrapper" and args:
            for number in args[0].code:
                self.note_mutation(self.codes[number].region, span, self.codes[number].name)
        changed: tuple[int, ...] = known.MUTATING_CALLS.get(dotted, ())
        if (root == "numpy" and last == "at" and dotted.count(".") > 1) or _is_unbound_change(dotted):
            changed = (0,)
        if "inplace" in keywords and not _is_false(node, "inplace"):
            changed = tuple(range(len(args)))
        if root == "numpy" and (place := known.OUT_POSITIONS.get(last)) is not None and place < len(args):
            changed = (*changed, place)
        if any(k.startswith("overwrite_") for k in keywords):
            changed = tuple(range(len(args)))
        for position in changed:
            if position < len(args):
                self.mutate(args[position], span, _root(node.args[position]))
        for keyword in known.MUTATING_KEYWORDS & keywords.keys():
            self.mutate(keywords[keyword], span, keyword, deep=keyword == "out")
        if root in ("sklearn", "statsmodels", "scipy", "numpy") and "copy" in keywords and not last[:1].isupper():
            for value in args if root != "numpy" or last == "nan_to_num" else ():
                self.mutate_unknown(value, span)
        return self.library_result(node, dotted, args, keywords)

    def use_state(self, root: str, span: Span) -> None:
        """A module beside the notebook keeps state that its functions change: one stage only can use it."""
        first = self.module_users.setdefault(root, self.stage.name)
        if first != self.stage.name:
            self.diagnostics.append(
                Diagnostic(
                    "NB402",
                    f"the module `{root}` keeps state that changes"
                    + (f", and stage `{first}` uses it too" if first else ""),
                    span,
                    "each stage would have a state of its own",
                    "keep the state in a variable, or use it in one stage",
                    (),
                    root,
                )
            )

    def library_result(self, node: ast.Call, dotted: str, args: list[Value], keywords: dict[str, Value]) -> Value:
        """What a known library's function gives back."""
        root, last = dotted.split(".", maxsplit=1)[0], dotted.rsplit(".", 1)[-1]
        values = [*args, *keywords.values()]
        if dotted in known.UNSTORABLE_CALLS and (self.threads or dotted not in known.LOCKS):
            kind = known.UNSTORABLE_CALLS[dotted]
            return Value(kind, self.pack(kind, values), dotted=dotted)
        if dotted.startswith("pandas.read_") and keywords.keys() & {"chunksize", "iterator"}:
            return Value("file", self.pack("file", values), dotted=dotted)
        if dotted == "numpy.load" and "mmap_mode" in keywords:
            return Value("memory map", self.pack("memory map", values), dotted=dotted)
        if dotted == "numpy.load" and args and (args[0].const or "").endswith(".npz"):
            return Value("file", self.pack("file", values), dotted=dotted)
        if dotted in ("pandas.DataFrame", "pandas.Series") and "copy" in keywords and _is_false(node, "copy"):
            return Value("shared table", self.pack("shared table", values), dotted=dotted)
        if root == "statistics" and self.inner_of(args):
            return Value(region=self.pack("unknown", args), part=True)
        if dotted in ("pathlib.Path", "pathlib.PurePath"):
            const = "/".join(v.const for v in args if v.const is not None) if args else "."
            return Value("path", const=const if all(v.const is not None for v in args) else None, dotted=dotted)
        if dotted == "os.path.join":
            known_all = bool(args) and all(v.const is not None for v in args)
            return Value("str", const="/".join((v.const or "").rstrip("/") or "" for v in args) if known_all else None)
        if dotted in known.SCALAR_CALLS or root in known.SCALAR_CALLS_ROOTS:
            return replace(SCALAR, dotted=dotted)
        if dotted == "matplotlib.pyplot.subplots":
            region = self.regions.new()
            parts = (Value("figure", region, dotted=dotted), Value("axes", region, dotted=dotted))
            return Value("tuple", region, dotted=dotted, elements=parts)
        if dotted == "copy.deepcopy":
            source = args[0] if args else Value()
            region = self.regions.new(source.kind)
            self.regions.add_code(region, self.codes_of(source))
            return Value(source.kind, region, source.code, source.dotted)
        if last == "partial":
            code = frozenset(c for v in values for c in v.code)
            return Value("unknown", self.pack("unknown", values), code, "functools")
        if known.RESULT_KINDS.get(dotted) == "rng":
            self.makes_generators = True
        kind = "locks" if dotted in known.LOCKS else known.RESULT_KINDS.get(dotted, "unknown")
        if kind == "ndarray" and keywords.get("dtype", SCALAR).dotted == "object":
            kind = "unknown"
        if root == "sklearn" and last[:1].isupper():
            seeded = "random_state" in keywords and not _is_none(node, "random_state")
            kind = "seeded estimator" if seeded or last in _DETERMINISTIC else "estimator"
            if any(
                k.startswith("copy") and not _is_true(node, k) for k in keywords
            ):  # it may change what it learns from
                return Value(region=self.pack("unknown", values), dotted="#in place", part=True)
        fresh = dotted in known.FRESH_CALLS and not ("copy" in keywords and not _is_true(node, "copy"))
        if not fresh and not self.discard:
            kept = [self.element_of(v) if v.kind in ("file", "generator") else v for v in values]
            packed = self.pack(kind, kept)
            own = kind in ("estimator", "seeded estimator", "DataFrame")
            part = not own and bool(self.regions.parts(packed))
            return Value(kind, packed, dotted=dotted, part=part)
        region = self.regions.new(kind)
        self.regions.add_code(region, frozenset(c for v in values for c in self.codes_of(v)))
        for cell in self.inner_of(values) if dotted not in _READERS else ():
            self.regions.link(region, cell)
        return Value(kind, region, dotted=dotted)

    def library_effects(self, dotted: str, args: list[Value], keywords: dict[str, Value], span: Span) -> None:
        """Random numbers, files, clocks and figures of a library call."""
        root, last = dotted.split(".", maxsplit=1)[0], dotted.rsplit(".", 1)[-1]
        if dotted not in known.SETTING_CALLS and _sets_something(dotted):
            self.effect(EffectKind.SETTING, dotted, span)
        if dotted in known.SEED_CALLS:
            self.effect(EffectKind.SEED, known.SEED_CALLS[dotted], span)
        elif dotted in known.DRAW_FREE_CALLS or dotted in known.SETTING_CALLS:
            pass
        elif root in ("random", "torch"):
            self.effect(EffectKind.DRAW, root, span)
        elif dotted.startswith("numpy.random."):
            self.effect(EffectKind.DRAW, "numpy.random", span)
        elif root == "numpy" or root in known.DRAW_FREE_ROOTS or dotted.startswith("sklearn.metrics."):
            pass
        elif root in ("sklearn", "scipy", "statsmodels", "seaborn", "imblearn", "networkx"):
            seeded = "random_state" in keywords or "seed" in keywords
            if not seeded and not (last[:1].isupper() and root == "sklearn"):
                self.effect(EffectKind.DRAW, "numpy.random", span)
        if root == "logging" and last in _LOGGING_CALLS and self.configures_logging:
            self.effect(EffectKind.SETTING, "logging", span)  # the first one configures the root logger
        if dotted == "logging.basicConfig":
            stream = keywords.get("stream", SCALAR)
            foreign = stream is not SCALAR and stream.dotted not in ("sys.stdout", "sys.stderr")
            if foreign or any(self.codes_of(v) for v in keywords.values()):
                self.effect(EffectKind.SETTING, "logging handlers", span)
        if root == "logging" and last.endswith("Handler") and not self._is_plain_handler(last, args, keywords):
            self.effect(EffectKind.SETTING, "logging handlers", span)
        if dotted in known.CLOCK_CALLS:
            self.effect(EffectKind.CLOCK, dotted, span)
        if dotted in known.FILE_CALLS:
            mode, position, keyword = known.FILE_CALLS[dotted]
            if mode:
                path = keywords.get(keyword) or (
                    args[position] if position is not None and position < len(args) else None
                )
                if position is None or path is not None:
                    self.file_effect(path or Value("str"), self._writes(dotted, mode, args, keywords), span)
        elif root in known.FILE_ROOTS:
            self.effect(EffectKind.WRITE, "", span)
        if dotted.startswith("matplotlib.pyplot."):
            self.figure_call(last, span)
        if root in ("matplotlib", "seaborn", "pylab", "plotly", "IPython"):
            self.cell.plots = True
        elif root in ("pandas", "sklearn", "statsmodels", "scipy", "networkx", "skimage"):
            if any(w in dotted for w in ("plot", "Display", "draw", "graphics", "dendrogram", "imshow")):
                self.cell.plots = True
        elif root not in known.PLOT_FREE_ROOTS:
            self.cell.plots = True

    @staticmethod
    def _is_plain_handler(name: str, args: list[Value], keywords: dict[str, Value]) -> bool:
        """Whether another process can make the handler again."""
        if name == "StreamHandler":
            stream = args[0] if args else keywords.get("stream")
            return stream is None or stream.dotted in ("sys.stdout", "sys.stderr")
        return name in ("FileHandler", "NullHandler")

    def figure_call(self, name: str, span: Span) -> None:
        """Without the inline backend, figures stay open from cell to cell, and pyplot's current one is shared state."""
        if name in ("switch_backend",):
            self.keeps_figures = True
        if not self.keeps_figures or name in _FIGURE_STARTS:
            if name in _FIGURE_STARTS[:2]:
                self.stage.figures = True
            return
        if not self.stage.figures and any(s.figures for s in self.stages.values()):
            self.diagnostics.append(
                Diagnostic(
                    "NB402",
                    "pyplot's current figure was left open by an earlier stage",
                    span,
                    f"`plt.{name}` uses it",
                    "start a figure in this stage, or leave out the cell that sets another backend",
                    (),
                    "pyplot",
                )
            )
        self.stage.figures = True

    @staticmethod
    def _writes(dotted: str, mode: str, args: list[Value], keywords: dict[str, Value]) -> bool:
        if dotted in (
            "zipfile.ZipFile",
            "tarfile.open",
            "gzip.open",
            "bz2.open",
            "io.open",
            "codecs.open",
            "h5py.File",
        ):
            given = keywords.get("mode") or (args[1] if len(args) > 1 else Value("str", const="r"))
            return given.const is None or any(c in given.const for c in "wax+")
        return mode == "w"

    def call_method(
        self, node: ast.Call, receiver: Value, name: str, args: list[Value], keywords: dict[str, Value], span: Span
    ) -> Value:
        """Calls a method: of the notebook's own classes by their text, of others by the tables."""
        values = [*args, *keywords.values()]
        own: list[Value] = []
        for number in sorted(self.codes_of(receiver)) if receiver.kind in ("instance", "unknown") else ():
            method = self.find_method(number, name)
            if method is not None:
                for instance in self.instances(receiver, number):
                    own.append(self.apply(method, [instance, *args], keywords, span))
        if own and receiver.kind == "instance":
            return self.join_all(own)
        if receiver.dotted.startswith("unittest.mock") and name in ("start", "stop"):
            self.effect(EffectKind.SETTING, "unittest.mock", span)
        if receiver.dotted == "logging.getLogger" and name in _LOGGER_SETTERS:
            own_code = any(self.codes_of(v) for v in values)
            self.effect(EffectKind.SETTING, "logging handlers" if own_code else "logging", span)
            self.attach(receiver, values)
            return SCALAR
        if receiver.dotted == "IPython" and name not in known.PURE_METHODS and name != "run_cell":
            self.effect(EffectKind.SETTING, "IPython", span)
        plain_receiver = receiver.kind in known.ARGUMENT_SAFE_KINDS and receiver.kind not in ("estimator", "library")
        shows_only = name in known.PURE_METHODS and name not in known.CALLING_METHODS
        if plain_receiver or shows_only:
            self.touch(receiver, span)
        else:
            self.may_execute(receiver, span, values)
        for value in values:
            runs = value.kind in ("function", "class", "instance") or bool(value.code - self._classes_of(value))
            if runs or not (plain_receiver or name in known.PURE_METHODS):
                self.may_execute(value, span, [receiver, *values])
        for value in values:
            self.consume(value, span)
        self.method_effects(node, receiver, name, args, keywords, span)
        root = receiver.dotted.split(".")[0]
        safe = receiver.kind in known.ARGUMENT_SAFE_KINDS or receiver.kind == "seeded estimator"
        safe = safe or (bool(root) and (root in known.ARGUMENT_SAFE_ROOTS or root == "builtins"))
        safe = safe or receiver.kind in ("iterator", "generator", "path")
        pure = name in known.PURE_METHODS and receiver.kind not in ("axes", "figure", "rng", "generator", "file")
        if receiver.kind in ("list", "dict", "set"):
            pure = name in known.PURE_CONTAINER_METHODS
        if name in known.AMBIGUOUS_METHODS and receiver.kind != "str":
            pure = pure and (receiver.kind in known.AMBIGUOUS_METHODS[name] or root == "pandas")
        if receiver.kind in ("axes", "figure"):
            pure = name.startswith("get_") or name == "savefig"
        foreign = (
            receiver.kind == "unknown" and bool(root) and root not in known.ARGUMENT_SAFE_ROOTS and root != "builtins"
        )
        if foreign:  # of a library that nobody knows: its names say nothing
            pure = False
        if name in known.PLOT_METHODS and receiver.kind in ("DataFrame", "Series", "GroupBy", "ndarray"):
            pure = True
        if name in known.PLOT_METHODS and root in ("pandas", "numpy", "seaborn", "statsmodels", "sklearn"):
            pure = receiver.kind not in ("axes", "figure")
        if receiver.kind == "str":
            pure = True
        in_place = keywords.get("inplace")
        if in_place is not None and not _is_false(node, "inplace"):
            pure = False
        span_name = _root(node.func)
        if receiver.kind == "file" and receiver.const is not None and receiver.const[0] == "w" and not self.frames:
            if name in ("close", "flush"):
                self.unflushed.pop(receiver.const[2:], None)
            elif (
                name.startswith("write")
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
            ):
                self.unflushed[receiver.const[2:]] = self.stage.name
        if receiver.kind == "file" and receiver.const is not None and name not in _ASKING_FILES:
            self.effect(EffectKind.WRITE if receiver.const[0] == "w" else EffectKind.READ, receiver.const[2:], span)
        for value in values if receiver.dotted == "#in place" else ():
            self.mutate_unknown(value, span, span_name)
        if not pure and (name in known.FITTING_METHODS and (safe or not receiver.dotted)):
            self.mutate_fit(receiver, span, span_name)
            self.attach(receiver, values, reads_only=True)
        elif not pure and receiver.kind == "rng":
            self.mutate(receiver, span, span_name)
            if name == "shuffle":
                for value in values:
                    self.mutate(value, span, span_name)
        elif not pure:
            shallow = receiver.kind in (
                "list",
                "dict",
                "set",
                "DataFrame",
                "Series",
                "ndarray",
                "axes",
                "figure",
                "rng",
            )
            self.mutate(receiver, span, span_name, deep=not shallow)
            if not safe and name not in known.KEEPING_METHODS:
                for value in values:
                    self.mutate_unknown(value, span, span_name)
                self.effect(EffectKind.WRITE, "", span)
                self.mix([receiver, *values])
            elif receiver.kind not in ("DataFrame", "Series", "ndarray"):
                self.attach(receiver, values)
        for keyword in known.MUTATING_KEYWORDS & keywords.keys():
            self.mutate(keywords[keyword], span, keyword)
        return self.method_result(node, receiver, name, values, safe=safe, pure=pure)

    def method_result(
        self, node: ast.Call, receiver: Value, name: str, values: list[Value], *, safe: bool, pure: bool
    ) -> Value:
        """What a method gives back."""
        if name == "format" and receiver.kind in ("str", "unknown"):
            for value in values:
                self.show(value)
        if receiver.kind == "str":
            if name in ("split", "splitlines", "rsplit", "partition", "rpartition"):
                return Value("list", self.regions.new())
            return Value("str")
        if receiver.kind == "path":
            if name in ("read_text", "read_bytes", "exists", "is_file", "is_dir", "stat", "as_posix", "write_text"):
                return SCALAR
            if name == "joinpath" and receiver.const is not None and all(v.const is not None for v in values):
                return Value("path", const="/".join([receiver.const, *(v.const or "" for v in values)]))
            if name == "open":
                return Value("file", self.regions.new(), dotted="io")
            return Value("path") if name not in ("glob", "rglob", "iterdir") else Value("generator", self.regions.new())
        if receiver.kind == "file":
            return Value("list", self.regions.new()) if name == "readlines" else SCALAR
        if receiver.kind == "hash":
            return SCALAR
        if receiver.kind == "styler":
            return SCALAR if name.startswith("to_") else receiver
        if receiver.kind == "match":
            return SCALAR
        if receiver.kind == "rng":
            return Value("unknown", self.regions.new(), dotted="numpy")
        if receiver.dotted == "re.compile" and name in ("match", "search", "fullmatch", "finditer"):
            kind = "generator" if name == "finditer" else "match"
            return Value(kind, self.regions.new(kind), dotted="re")
        if receiver.kind == "unknown" and not safe and not pure:
            return Value(
                region=self.pack("unknown", [receiver, *values]), code=receiver.code, dotted=receiver.dotted, part=True
            )
        if name in known.SCALAR_METHODS and receiver.kind != "instance":
            cells = self.cells_of(receiver) if receiver.kind in ("Series", "DataFrame", "ndarray", "unknown") else []
            if cells and name in ("max", "min", "item", "all", "any", "sum"):
                return Value(region=self.pack("unknown", [Value(region=c) for c in cells]), part=True)
            if receiver.kind in ("str", "scalar", "path", "range") or name in known.WRITING_METHODS or name in _TELLING:
                return SCALAR
            return Value("DataFrame" if name == "join" else "unknown", self.regions.new(), dotted=receiver.dotted)
        table = receiver.kind if receiver.kind in ("DataFrame", "Series", "ndarray") else "unknown"
        root = receiver.dotted.split(".")[0]
        if name == "enter_context" and values:
            return values[0]
        if receiver.kind == "connection":
            if name.startswith("fetch"):
                return Value("list", self.regions.new("list"), dotted="builtins")
            return Value("connection", self.pack("connection", [receiver]), dotted=receiver.dotted)
        if name == "resample" and receiver.kind != "instance" and root != "scipy":
            return Value("resampler", self.pack("resampler", [receiver]), dotted=receiver.dotted)
        if name in ("iterrows", "itertuples", "iteritems") or (
            name == "items" and receiver.kind in ("DataFrame", "Series")
        ):
            return Value("generator", self.pack("generator", [receiver]))
        if name in ("keys", "values", "items") and (
            receiver.kind in ("dict", "instance") or (receiver.kind == "unknown" and not root)
        ):
            return Value("dict view", self.pack("dict view", [receiver]), dotted="builtins")
        if name in known.FRESH_METHODS and not _is_false(node, "copy"):
            kind = table if name in _SAME_KIND else "unknown"
            kind = "list" if name in ("tolist", "to_list", "split") else "dict" if name == "to_dict" else kind
            if receiver.kind in ("list", "dict", "set"):  # a shallow copy keeps its elements
                return Value(
                    receiver.kind, self.pack(receiver.kind, [self.element_of(receiver)]), dotted=receiver.dotted
                )
            region = self.regions.new(kind)
            for cell in self.cells_of(receiver):
                self.regions.link(region, cell)
            if name == "copy" and receiver.kind in ("unknown", "tuple") and root not in _COPYING_ROOTS:
                self.attach(Value(kind, region), [self.element_of(receiver)])
            if receiver.kind == "instance":
                self.regions.add_code(region, frozenset(c for v in [receiver, *values] for c in self.codes_of(v)))
            return self.with_axes(Value(kind, region, dotted=receiver.dotted), receiver)
        if self.discard and safe:
            return self.with_axes(Value(region=self.regions.new(), dotted=receiver.dotted), receiver)
        if name in ("fit", "set_params", "partial_fit"):
            return receiver
        kept = [receiver, *(values if not safe or not pure else ())]
        shared = receiver.region if len(kept) == 1 else self.pack("unknown", kept)
        kind = table if name in _SAME_KIND else "unknown"
        if name == "groupby":
            kind = "GroupBy"
        if receiver.kind in ("axes", "figure") or (name == "plot" and table != "unknown"):
            kind = "axes"
        if receiver.kind == "dict" and name == "get" and values:
            shared = self.pack("unknown", [receiver, *values])
        if shared is None:
            shared = self.regions.new()
        return Value(kind, shared, receiver.code, receiver.dotted, part=True)

    def cells_of(self, value: Value) -> list[int]:
        """Objects that may stand in the cells of a table or an array: those below the containers that it was made of."""
        return [r for r in sorted(self.regions.reach(value.region)) if r != value.region and self._may_be_cell(r)]

    def _may_be_cell(self, region: int) -> bool:
        return self.regions.kind(region) in _CELL_KINDS

    def inner_of(self, values: Iterable[Value]) -> list[int]:
        """Objects inside of what a library copies, which the copy refers to as well."""
        found: dict[int, None] = {}
        for value in values:
            root = value.dotted.split(".")[0]
            if value.region is None or value.kind in ("function", "class", "library", "builtin"):
                continue
            if value.kind == "unknown" and not (
                root and root in known.ARGUMENT_SAFE_ROOTS and root not in _LOOSE_ROOTS
            ):
                found[value.region] = None
            found.update(dict.fromkeys(self.cells_of(value)))
        return list(found)

    def method_effects(
        self, node: ast.Call, receiver: Value, name: str, args: list[Value], keywords: dict[str, Value], span: Span
    ) -> None:
        """Random numbers, files and figures of a method call."""
        root = receiver.dotted.split(".")[0]
        plain = receiver.kind in ("str", "scalar", "list", "dict", "set", "tuple", "axes", "figure", "path", "file", "rng",
                                  "seeded estimator", "iterator", "generator")  # fmt: skip
        if not plain:
            drawing = name in known.DRAWING_METHODS and not keywords.keys() & {"random_state", "seed"}
            foreign = name not in known.PURE_METHODS and root not in known.DRAW_FREE_ROOTS | {"numpy"}
            if drawing:
                self.effect(EffectKind.DRAW, "numpy.random", span)
            if foreign and receiver.kind not in ("DataFrame", "Series", "ndarray", "estimator", "GroupBy", "instance"):
                self.effect(EffectKind.DRAW, "", span)
        if (name == "resample" and root == "scipy") or (name == "samples" and root == "statistics"):
            self.effect(EffectKind.DRAW, "random" if root == "statistics" else "numpy.random", span)
        if receiver.kind == "unknown" and not root and name == "random":
            self.effect(EffectKind.DRAW, "", span)
        if name in known.WRITING_METHODS and receiver.kind not in ("list", "dict", "set", "file"):
            if receiver.kind == "path":
                self.file_effect(receiver, True, span)
            elif args or keywords.keys() & {"path_or_buf", "path", "fname", "buf", "excel_writer"}:
                path = (
                    args[0]
                    if args
                    else next(
                        keywords[k] for k in keywords if k in ("path_or_buf", "path", "fname", "buf", "excel_writer")
                    )
                )
                self.file_effect(path, True, span)
        elif receiver.kind == "path" and name in known.READING_METHODS:
            self.file_effect(receiver, False, span)
        elif receiver.kind == "path" and name == "open":
            mode = args[0] if args else keywords.get("mode", Value("str", const="r"))
            self.file_effect(receiver, mode.const is None or any(c in mode.const for c in "wax+"), span)
        if name in known.PLOT_METHODS or (
            name not in known.PURE_METHODS and root not in known.PLOT_FREE_ROOTS and not plain
        ):
            self.cell.plots = True
        if receiver.kind in ("axes", "figure"):
            self.cell.plots = True

    def string_names(self, node: ast.Call, values: Sequence[Value], span: Span) -> frozenset[str]:
        """Names inside strings that libraries evaluate: `df.query("a > @x")`, `ols("y ~ f(x)")`."""
        found: set[str] = set()
        if self.frames and self.frames[-1].hoisted:
            return frozenset()
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for text in (v.const for v in values):
            if text is None:
                continue
            if name in ("query", "eval") and "@" in text:
                words = _words_after(text, "@")
            elif "~" in text or name in ("eval", "timeit", "repeat"):
                words = _identifiers(text)
            else:
                continue
            for word in words:
                self.stage.text_reads.add(word)
                if word in self.env and not (self.frames and word in self.frames[-1].names):
                    value = self.read_name(word, span)
                    if value is not None:
                        found.add(word)
                        self.may_execute(value, span)
        return frozenset(found)


_DEFINING = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_SETTER = re.compile(
    r"(un)?register(_|$|[A-Z])|set(_|[A-Z]|default|first|err|buf)|add(_|[A-Z])|(un)?install(_|$)|(en|dis)able(_|$)|"
    r"capture[A-Z]|configure(_|$)|init(ialize)?(_|$)"
)
_NOTHING = ast.Lambda(
    ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[]), ast.Constant(None)
)
_MUTATING_FUNCTIONS = frozenset({"list.append", "list.extend", "dict.update", "set.add", "setattr", "delattr", "next"})
_SCOPE = "#scope"  # where a scope keeps the region of its cells
_CALLING_BUILTINS = frozenset(
    [
        "filter",
        "map",
        "max",
        "min",
        "sorted",
        "sum",
        "reversed",
        "iter",
        "next",
        "any",
        "all",
        "list",
        "tuple",
        "set",
        "dict",
        "zip",
    ]
)
_FINITE = frozenset({"list", "tuple", "dict", "set", "range", "str", "ndarray", "Series", "DataFrame", "dict view"})
_ASKING_FILES = frozenset({"tell", "fileno", "isatty", "readable", "writable", "seekable"})
_CELL_KINDS = frozenset({"list", "dict", "set", "instance"})
_LOOSE_ROOTS = frozenset({"json", "copy", "pickle", "joblib", "collections", "itertools", "functools"})
_COPYING_ROOTS = frozenset({"pandas", "numpy", "sklearn", "scipy", "statsmodels", "seaborn", "matplotlib"})
_READERS = frozenset({"json.loads", "pandas.read_json", "os.listdir", "glob.glob"})
_TELLING = frozenset(
    [
        "format",
        "format_map",
        "getvalue",
        "exists",
        "is_file",
        "is_dir",
        "read_text",
        "info",
        "item",
        "score",
        "as_posix",
        "equals",
    ]
)
_MAGIC_CALLS = frozenset({"run_line_magic", "run_cell_magic", "system", "getoutput"})
_SHOWING_BUILTINS = frozenset({"print", "str", "repr", "ascii", "format", "display", "input"})
_RESULTS = frozenset({"_", "__", "___", "Out", "_oh"})
_LOGGING_CALLS = frozenset(["debug", "info", "warning", "error", "critical", "exception", "log"])
_LOGGER_SETTERS = frozenset({"setLevel", "addHandler", "removeHandler", "addFilter", "removeFilter"})
_PICKLING = frozenset({"__getstate__", "__setstate__", "__reduce__", "__reduce_ex__", "__getnewargs__"})
_FIGURE_STARTS = ("figure", "subplots", "close", "rc", "rcdefaults", "get_fignums", "ion", "ioff", "style")
_SAME_KIND = frozenset(
    [
        "copy",
        "dropna",
        "fillna",
        "sort_values",
        "sort_index",
        "reset_index",
        "set_index",
        "drop",
        "drop_duplicates",
        "rename",
        "query",
        "assign",
        "merge",
        "join",
        "head",
        "tail",
        "sample",
        "astype",
        "round",
        "abs",
        "clip",
        "replace",
        "reindex",
        "select_dtypes",
        "filter",
        "apply",
        "applymap",
        "shift",
        "diff",
        "cumsum",
        "rank",
        "nlargest",
        "nsmallest",
        "pivot",
        "pivot_table",
        "melt",
        "interpolate",
    ]
)
_DETERMINISTIC = frozenset(
    [
        "LinearRegression",
        "Ridge",
        "StandardScaler",
        "MinMaxScaler",
        "RobustScaler",
        "MaxAbsScaler",
        "Normalizer",
        "OneHotEncoder",
        "OrdinalEncoder",
        "LabelEncoder",
        "LabelBinarizer",
        "SimpleImputer",
        "PolynomialFeatures",
        "FunctionTransformer",
        "KNeighborsClassifier",
        "KNeighborsRegressor",
        "GaussianNB",
        "MultinomialNB",
        "BernoulliNB",
        "LinearDiscriminantAnalysis",
        "CountVectorizer",
        "TfidfVectorizer",
        "TfidfTransformer",
        "PowerTransformer",
        "Binarizer",
        "KBinsDiscretizer",
        "VarianceThreshold",
        "SelectKBest",
    ]
)


def _is_singleton(value: Value) -> bool:
    """Classes, functions and modules are found again by name."""
    return (
        value.kind in ("class", "function")
        or (value.kind == "scalar" and bool(value.code))
        or (value.kind == "library" and not value.dotted.endswith(("nan", "inf")))
    )


def _is_namespace(node: ast.expr) -> bool:
    """`globals()`, and at top level `locals()`, `vars()` and `dir()`."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("globals", "locals", "vars", "dir")
        and not node.args
        and not node.keywords
    )


def _has_call(node: ast.expr) -> bool:
    return any(isinstance(n, (ast.Call, ast.Await, ast.NamedExpr)) for n in ast.walk(node))


def _names_a_lambda(node: ast.stmt) -> bool:
    """`name = lambda …` is a definition."""
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Lambda)
        and len(node.targets) == 1
        and isinstance(node.targets[0], ast.Name)
    )


def _defaults(spec: ast.arguments) -> list[tuple[str, ast.expr]]:
    """Parameters that have a default, and it."""
    positional = [*spec.posonlyargs, *spec.args]
    pairs = list(zip(positional[len(positional) - len(spec.defaults) :], spec.defaults, strict=True))
    pairs += [(a, d) for a, d in zip(spec.kwonlyargs, spec.kw_defaults, strict=True) if d is not None]
    return [(a.arg, d) for a, d in pairs]


def _mutable_defaults(spec: ast.arguments) -> frozenset[str]:
    """Parameters whose default is an object that can change, kept from call to call and made by the definition."""
    kinds = (ast.List, ast.Dict, ast.Set, ast.Call, ast.ListComp, ast.DictComp, ast.SetComp)
    return frozenset(name for name, default in _defaults(spec) if isinstance(default, kinds))


def _canonical(dotted: str) -> str:
    if dotted.startswith("pylab."):
        return "matplotlib.pyplot." + dotted[6:]
    if dotted.startswith("matplotlib.pylab."):
        return "matplotlib.pyplot." + dotted[17:]
    if dotted.startswith("matplotlib.pyplot.np."):
        return "numpy." + dotted[21:]
    return dotted


def _root(node: ast.AST) -> str:
    """The variable at the root of `a.b[c].d`."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call, ast.Starred)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _as_load(node: ast.expr) -> ast.expr:
    clone = ast.parse(ast.unparse(node), mode="eval").body
    for sub in ast.walk(clone):
        ast.copy_location(sub, node)
    return clone


def _from_text(node: ast.ImportFrom, alias: ast.alias) -> str:
    module = "." * (node.level or 0) + (node.module or "")
    return f"from {module} import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")


def _never_empty(node: ast.expr) -> bool:
    """Whether a loop over the expression runs at least once."""
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return any(not isinstance(e, ast.Starred) for e in node.elts)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return bool(node.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id == "range" and node.args and all(isinstance(a, ast.Constant) for a in node.args):
            try:
                return len(range(*(a.value for a in node.args if isinstance(a, ast.Constant)))) > 0  # type: ignore[arg-type]
            except (TypeError, ValueError):
                return False
        if node.func.id in ("enumerate", "sorted", "reversed", "list", "tuple") and node.args:
            return _never_empty(node.args[0])
        if node.func.id == "zip" and node.args:
            return all(_never_empty(a) for a in node.args)
    return False


def _may_catch_name_error(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    names = {n.id for n in ast.walk(handler.type) if isinstance(n, ast.Name)}
    return bool(names & {"NameError", "Exception", "BaseException", "UnboundLocalError"})


def _only_definitions(node: ast.stmt) -> bool:
    """Whether `try` or `if` holds imports, definitions and constants alone."""
    if isinstance(node, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Pass)):
        return True
    if isinstance(node, ast.Assign):
        return isinstance(node.value, (ast.Constant, ast.Name)) and all(isinstance(t, ast.Name) for t in node.targets)
    if isinstance(node, ast.Try):
        parts = [*node.body, *node.orelse, *node.finalbody, *(s for h in node.handlers for s in h.body)]
        return all(_only_definitions(s) for s in parts)
    if isinstance(node, ast.If):
        return all(_only_definitions(s) for s in [*node.body, *node.orelse])
    return False


def _ends(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> bool:
    """Whether a generator's text shows that it ends: loops over what is at hand, and no other."""
    if isinstance(node, ast.Lambda):
        return False
    finite = ("range", "enumerate", "zip", "sorted", "reversed", "list", "tuple", "set", "dict")
    for part in own_nodes(node):
        if isinstance(part, (ast.While, ast.YieldFrom, ast.Await, ast.AsyncFor, ast.Try, ast.With)):
            return False
        if isinstance(part, ast.For) and isinstance(part.iter, ast.Call):
            func = part.iter.func
            if not (isinstance(func, ast.Name) and func.id in finite) and not (
                isinstance(func, ast.Attribute) and func.attr in ("items", "keys", "values", "split", "splitlines")
            ):
                return False
        elif isinstance(part, ast.For) and not isinstance(part.iter, (ast.Name, ast.List, ast.Tuple, ast.Constant)):
            return False
    return True


def _method_key(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """The name of a method; a property's setter and deleter have keys of their own."""
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Attribute) and decorator.attr in ("setter", "deleter"):
            return f"{node.name}.{decorator.attr}"
    return node.name


def _is_property(node: ast.expr) -> bool:
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return name in ("property", "cached_property", "setter")


def _keyword(node: ast.Call, name: str) -> ast.expr | None:
    return next((k.value for k in node.keywords if k.arg == name), None)


def _is_none(node: ast.Call, name: str) -> bool:
    value = _keyword(node, name)
    return isinstance(value, ast.Constant) and value.value is None


def _is_true(node: ast.Call, name: str) -> bool:
    value = _keyword(node, name)
    return isinstance(value, ast.Constant) and value.value is True


def _sets_something(dotted: str) -> bool:
    """Whether the name of a module's function says that it changes the module: `calendar.setfirstweekday`."""
    owner, _, name = dotted.rpartition(".")
    is_class = owner.rpartition(".")[2][:1].isupper() and not owner.endswith((".ElementTree", "PIL.Image"))
    if owner in known.SETTERS_OF_OBJECTS or dotted in known.SEED_CALLS or is_class:
        return False
    return bool(_SETTER.match(name)) and dotted not in known.NO_SETTERS


def _is_unbound_change(dotted: str) -> bool:
    """`np.ndarray.sort(a)`, `collections.deque.append(q, 1)`: a method called through its class."""
    owner, _, name = dotted.rpartition(".")
    last = owner.rpartition(".")[2]
    is_class = last[:1].isupper() or last in ("ndarray", "deque", "defaultdict", "array")
    return is_class and "." in owner and name in known.CHANGING_METHODS


def _is_false(node: ast.Call, name: str) -> bool:
    value = _keyword(node, name)
    return isinstance(value, ast.Constant) and value.value is False


def _identifiers(text: str) -> list[str]:
    words, word = [], ""
    for char in text + " ":
        if char.isalnum() or char == "_":
            word += char
        else:
            if word.isidentifier():
                words.append(word)
            word = ""
    return words


def _words_after(text: str, mark: str) -> list[str]:
    return [_identifiers(part)[0] for part in text.split(mark)[1:] if _identifiers(part)[:1]]


def _shell_names(text: str) -> list[str]:
    """Names that `$name` or `{expression}` of a shell command may read."""
    if "$" not in text and "{" not in text:
        return []
    return sorted(set(_identifiers(text)))


def _star_dotted(name: str, items: Sequence[Item]) -> str:
    module = items[-1].source.removeprefix("from ").removesuffix(" import *")
    if module.startswith("%pylab"):
        module = "numpy" if name not in ("plt",) else "matplotlib.pyplot"
    return _canonical(f"{module}.{name}")


def star_exports(module: str) -> frozenset[str] | None:
    """The names that `from module import *` binds, read from the module's text; `None` where it cannot be told."""
    return None
