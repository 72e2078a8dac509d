"""Runs a notebook over facts instead of values: one pass, cell after cell.

Before: cells with their stages and syntax trees. After: for each stage the names that it needs from before, those that
it binds, the regions that it may change, its effects, and the statements that other stages can repeat.

Calls of the notebook's own functions are followed into their bodies with the values at the call, so that late-bound
globals, mutation of arguments and `global` come out as they would at run time. Recursion and very long chains are cut
off, and what is cut off is assumed to do anything that its text allows.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from nb2pipe.dataflow import knowledge as known
from nb2pipe.dataflow.facts import (
    RESULTS,
    SKIP,
    Binding,
    CellFacts,
    CodeFacts,
    Facts,
    ProgramCell,
    StageFacts,
    Value,
)
from nb2pipe.dataflow.interpret.assignments import Assignments
from nb2pipe.dataflow.interpret.attributes import Attributes
from nb2pipe.dataflow.interpret.builtin_calls import BuiltinCalls
from nb2pipe.dataflow.interpret.calls import Calls
from nb2pipe.dataflow.interpret.definitions import Definitions
from nb2pipe.dataflow.interpret.expressions import Expressions
from nb2pipe.dataflow.interpret.figures import Figures
from nb2pipe.dataflow.interpret.flow import Flow
from nb2pipe.dataflow.interpret.gradients import Gradients
from nb2pipe.dataflow.interpret.library_calls import LibraryCalls
from nb2pipe.dataflow.interpret.logs import Logs
from nb2pipe.dataflow.interpret.magics import Magics
from nb2pipe.dataflow.interpret.memory import Memory
from nb2pipe.dataflow.interpret.method_calls import MethodCalls
from nb2pipe.dataflow.interpret.model import SCALAR, Code, Frame, span_of
from nb2pipe.dataflow.interpret.modules import LocalCode
from nb2pipe.dataflow.interpret.names import Names
from nb2pipe.dataflow.interpret.once import Once
from nb2pipe.dataflow.interpret.suspended import SuspendedCode
from nb2pipe.dataflow.interpret.top_level import TopLevel
from nb2pipe.dataflow.scopes import bound_names, free_names
from nb2pipe.dataflow.world import names_no_files
from nb2pipe.diagnostics import Diagnostic, Span

__all__ = ["Interpreter"]

_SHELL = re.compile(r"^[^#'\"]*?(?:^|=)\s*!", re.MULTILINE)
#: What a connection to a database knows beside the data, and a copy of the data does not.
_CONNECTION_STATE = (
    "rollback", "in_transaction", "total_changes", "changes()", "lastrowid", "last_insert_rowid", "pragma", "temp table",
    "temporary", "attach", "create_function", "create_aggregate", "create_collation", "create_window_function", "set_trace",
    "set_progress", "set_authorizer", "backup(", "blobopen", "enable_", "setlimit", "setconfig", "savepoint", "interrupt(",
)  # fmt: skip
#: What runs commands that may move a file, besides `!`.
_COMMANDS = ("%%bash", "%%sh", "%%script", "%%!", "%sx", "%system", "os.system", "os.popen", "subprocess")
_NAMES_AXES = re.compile(r"\.names?\s*=[^=]|set_names\(|(?:index|columns|axis)\.rename\(|setattr\(")
_MEASURES = re.compile(r"\binfo\b|\bmemory_usage\b|\bgetsizeof\b")
_CHANGES_FOLDER = re.compile(r"\bf?chdir\b|^\s*%?(?:cd|pushd|popd)\b|[\"'](?:cd|pushd|popd)[\"']", re.MULTILINE)
_STREAMS = re.compile(r"sys\.std(?:out|err)\s*=[^=]|redirect_std(?:out|err)|setattr\(\s*sys\b|capture_output")
#: Families of libraries whose objects are handed over in ways of their own, each by what imports it.
_FAMILIES = {
    family: re.compile(
        rf"^\s*(?:from\s+|import\s+(?:[\w.]+(?:\s+as\s+\w+)?\s*,\s*)*)(?:{'|'.join(sorted(names))})\b", re.MULTILINE
    )
    for family, names in known.FAMILIES.items()
}
_PICKLING = frozenset(
    {"__getattribute__", "__getstate__", "__setstate__", "__reduce__", "__reduce_ex__", "__getnewargs__"}
)


#: What shows how threads and processes are called: they are numbered as they are made.
_NAMES_THREADS = re.compile(r"\.name\b|\bgetName\(|(?:thread|process)Name\b")


def _leaves_running(tree: ast.AST) -> bool:
    """Whether threads, processes or pools that a cell starts may still run at its end."""
    ended = {id(item.context_expr) for n in ast.walk(tree) if isinstance(n, ast.With) for item in n.items}
    started: set[str] = set()
    joined: set[str] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name.endswith(("Executor", "Pool", "Manager", "Timer")) and id(node) not in ended:
            return True
        if isinstance(node.func, ast.Attribute) and not node.args and not node.keywords:
            of = ast.unparse(node.func.value)
            started |= {of} if name == "start" else set()
            joined |= {of} if name == "join" else set()
    return not started <= joined


def _commits(text: str) -> bool:
    """Whether a cell that changes a database's rows also commits, so that no stage ends inside a transaction."""
    changes = re.search(
        r"\b(?:insert\s+(?:or\s|into\s)|update\s+\S+\s+set|delete\s+from|replace\s+into)", text, re.IGNORECASE
    )
    return not changes or re.search(r"\.commit\(|\bwith\b|executescript|isolation_level", text) is not None


def _reads_all(text: str) -> bool:
    """Whether a cell that asks a database for rows also reads them all, so that no stage ends in the midst of them."""
    asks = re.search(r"execute\w*\(\s*\w*[\"']+\s*(?:select|with|pragma|values)\b", text, re.IGNORECASE)
    one = re.search(r"\b(?:count|sum|max|min|avg|total)\(|\blimit\s+1\b", text, re.IGNORECASE)
    return not asks or re.search(r"fetchall\(|\blist\(|\bfor\b" + (r"|fetchone\(" if one else ""), text) is not None


class Interpreter(
    Memory,
    SuspendedCode,
    Names,
    Flow,
    Assignments,
    TopLevel,
    Magics,
    Definitions,
    Expressions,
    Attributes,
    Calls,
    Once,
    BuiltinCalls,
    Figures,
    LibraryCalls,
    Logs,
    MethodCalls,
    Gradients,
    LocalCode,
):
    """One pass over a program; `run` gives the facts."""

    def run(self, program: Sequence[ProgramCell]) -> Facts:
        """Analyzes all cells in order."""
        modules = [module.tree for module in self.local.modules.values()]
        texts = [*(part.python.text for part in program), *map(ast.unparse, modules)]

        def says(*words: str) -> bool:
            return any(w in text for text in texts for w in words)

        self.names_axes = any(_NAMES_AXES.search(part.python.text) for part in program)
        self.sends = says(".send(", ".throw(", ".gi_", "inspect")
        self.observes = says(".observe(", ".on_click(", ".on_submit(", "link(", "interact")
        self.cell_texts = [part.cell.source for part in program]
        self.changes_environment = any("environ" in text or "putenv" in text for text in texts) or any(
            re.search(r"^\s*%(?:set_)?env\b", part.cell.source, re.MULTILINE) for part in program
        )
        self.concurrent = says("Thread", "Executor", "multiprocessing", "asyncio")
        self.threads = self.concurrent and (says("asyncio") or any(_leaves_running(part.tree) for part in program))
        self.names_threads = self.concurrent and any(_NAMES_THREADS.search(text) for text in texts)
        moving = ("remove(", "unlink(", "rename(", "replace(", "rmtree(", "chdir", "%cd", *_COMMANDS)
        self.moves_files = any(
            _SHELL.search(part.cell.source) or any(w in part.cell.source for w in moving) for part in program
        )
        text = "\n".join(part.python.text for part in program).lower()
        self.connects = text.count("connect(") if all(map(_commits, (p.python.text for p in program))) else 0
        self.engines = text.count("create_engine(")
        self.keeps_connections = any(w in text for w in _CONNECTION_STATE) or ("with " in text and "except" in text)
        self.reads_all_rows = all(_reads_all(p.python.text) for p in program) and not says("rowcount", ".description")
        self.counts_lines = says("line_num")
        self.changes_folder = any(_CHANGES_FOLDER.search(part.cell.source) for part in program)
        self.keeps_annotations = says("__annotations__") and any(
            isinstance(n, ast.Name) and n.id == "__annotations__" for part in program for n in ast.walk(part.tree)
        )
        self.keeps_more = says("InteractiveShell", "ast_node")
        self.configures_files = says("filename", "FileHandler", "fileConfig")
        captures = (p for p in program if p.python.cell_magic is not None and p.python.cell_magic.name == "capture")
        self.replaces_streams = any(_STREAMS.search(part.python.text) for part in program) or any(
            "Handler" in part.python.text or "basicConfig" in part.python.text for part in captures
        )
        self.families = frozenset(f for f, imports in _FAMILIES.items() if any(map(imports.search, texts)))
        self.fileless = self.tensors and not self.local.modules and names_no_files([part.tree for part in program])
        self.cache_statistics = says("cache_info")
        self.trees = [*(part.tree for part in program), *modules]
        measured = _last_measured(program, modules)
        self.families |= {"measured"} if measured >= 0 else set()
        for index, part in enumerate(program):
            starts = part.stage not in self.stages
            self.stage = self.stages.setdefault(part.stage, StageFacts(part.stage))
            self.cell = self.cells.setdefault(part.cell.number, CellFacts())
            self.number = part.cell.number
            self.measures = index <= measured
            if starts:
                self.drawn_before = self.draws
                self.read_logs(Span(self.number))
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
                frozenset() if c.module else free.reads,  # a module's functions are found where the module is
                frozenset() if c.module else free.writes,
                isinstance(c.node, ast.ClassDef),
                not _PICKLING.isdisjoint(self.methods_of(c.number)) or self._is_model_of_keras(c),
                self.find_method(c.number, "__del__") is not None,
                self._is_plain_code(c),
                frozenset(c.held),
                c.filled,
                c.computed,
                c.within,
                {stage: frozenset(regions) for stage, regions in c.given.items()},
                ".".join(filter(None, (c.module, getattr(c.node, "name", c.name)))),
                c.module,
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
            self.reads_results,
            self.missing,
            self.local,
            self.steps,
            self.makers,
            self.apart,
            self.lost,
            self.families,
            self.temporary,
            self.changed_members(),
            frozenset(self.loud),
            frozenset(self.meddling),
            frozenset(self.telling),
            frozenset(self.telling_shared),
            self.lasting,
            self.imports_of,
            self.first_imports,
        )

    def _is_model_of_keras(self, code: Code) -> bool:
        """Whether Keras makes the class's instances again from a configuration that only the class could say."""
        if "keras" not in self.families or self.find_method(code.number, "get_config") is not None:
            return False
        bases = self.base_names(code.number)
        return any(b.split(".")[0] in known.KERAS_ROOTS and b.endswith((".Model", ".Layer")) for b in bases)

    def check_results(self) -> None:
        """NB207 where the results that IPython keeps are not those that stages show."""
        first = next((s.history[0] for s in self.stages.values() if s.history), None)
        if first is None:
            return
        shared = any(stage.startswith("#") for stage, _ in self.result_cells)
        cells = [cell for _, cell in self.result_cells]
        skipped = any(n.startswith(SKIP) for n in self.stages)
        bound = any(n in s.bound for n in ("_", "__", "___") for s in self.stages.values())
        if shared or cells != sorted(cells) or skipped or bound or self.keeps_more:
            self.refuse_history(*first)

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
        self.stage.loose_settings += self.replaced.values()
        self.replaced.clear()
        env: dict[str, Binding | None] = {name: self.env.get(name) for name in self.rebound}
        again = dict.fromkeys(sorted(self.rebound))
        changed, every = self.regions.changed, self.regions.all_changed
        again |= {name: None for name, b in self.env.items() if every or b.value.region in changed}
        self.rebound.clear()
        self.regions.changed, self.regions.all_changed = set(), False
        reach: dict[str, frozenset[int] | None] = {}
        codes: dict[str, frozenset[int] | None] = {}
        texts: dict[str, frozenset[str] | None] = {}
        for name in again:
            binding = self.env.get(name)
            value = binding.value if binding is not None else Value()
            now, before = self.regions.reach(value.region), self.last_stage.reach.get(name)
            reach[name] = (before if before == now else now) or None
            codes[name] = (value.code | self.regions.code(value.region)) or None
            texts[name] = self.regions.texts(value.region) or None
        stage, last = self.stage, self.last_stage
        stage.env, stage.reach = last.env.after(env), last.reach.after(reach)
        stage.codes, stage.texts = last.codes.after(codes), last.texts.after(texts)
        self.last_stage = stage

    def run_cell(self, part: ProgramCell) -> None:
        """Analyzes one cell; a `raises-exception` cell may stop anywhere."""
        magics = {m.line: m for m in part.python.magics}
        source = part.python.text
        if part.raises:
            self.inline(Span(self.number), "the cell may end in an exception (`raises-exception`)")
        cell_magic = part.python.cell_magic
        self.wrapped = part.raises or cell_magic is not None
        if self.names_threads and not part.stage.startswith("#"):
            self.set_loosely("numbers of threads", Span(self.number))

        def body() -> None:
            if cell_magic is not None:
                self.run_magic(cell_magic)
            if cell_magic is not None and cell_magic.name == "timeit":
                self.local_block([*self.set_up(cell_magic), *part.tree.body])
                return
            for statement in part.tree.body:
                self.top_level(statement, source, magics)

        self.last_value = None
        plotted = self.plotted
        if part.raises:
            self.branches([body, lambda: None])
        else:
            body()
        self.cell.plotted = self.plotted > plotted
        if part.tree.body and isinstance(part.tree.body[-1], ast.Expr):
            place = span_of(self.number, part.tree.body[-1])
            self.cell.silent = self._gives_nothing(part.tree.body[-1].value)
            self.result_cells.append((part.stage, self.number))
            if self.results is not None and not part.stage.startswith("#"):
                self.attach(Value(region=self.results), [self.last_value or SCALAR])
                self.change_hidden(RESULTS, self.results, place)

    def _gives_nothing(self, value: ast.expr) -> bool:
        """Whether an expression is a call that is known to give `None`."""
        if not isinstance(value, ast.Call):
            return False
        if self._dotted(value.func) in known.GIVES_NONE:
            return True
        if not isinstance(value.func, ast.Attribute) or not isinstance(value.func.value, ast.Name):
            return False
        binding, method = self.env.get(value.func.value.id), value.func.attr
        if binding is None or not binding.certain:
            return False
        kind = binding.value.kind
        path = value.args[0] if value.args else None
        written = isinstance(path, ast.Constant) and isinstance(path.value, str)
        return method in known.GIVES_NONE_METHODS.get(kind, ()) or (
            kind in ("DataFrame", "Series") and written and method in known.GIVES_NONE_WITH_PATH
        )

    def local_block(self, statements: Sequence[ast.stmt]) -> None:
        """Code whose names stay its own, as `%timeit` runs it."""
        self.frames.append(Frame({}, frozenset(bound_names(statements)), (), False, -1))
        self.block(statements)
        self.frames.pop()


def _last_measured(program: Sequence[ProgramCell], modules: Sequence[ast.AST]) -> int:
    """The place of the last cell that tells how much memory tables take, -1 for none; of the last one where functions do."""
    telling = [i for i, part in enumerate(program) if _MEASURES.search(part.python.text) and _tells_memory(part)]
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    apart = [
        n for t in (*(program[i].tree for i in telling), *modules) for n in ast.walk(t) if isinstance(n, functions)
    ]
    return len(program) if any(map(_measures, apart)) else max(telling, default=-1)


def _tells_memory(part: ProgramCell) -> bool:
    return _measures(part.tree) or any(_MEASURES.search(magic.arguments) for magic in part.python.magics)


def _measures(tree: ast.AST) -> bool:
    """Whether it asks for memory; loggers have an `info`, too, which is given a text."""
    for node in ast.walk(tree):
        name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
        if name in ("memory_usage", "getsizeof"):
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "info":
            plain = [isinstance(a, ast.Constant) and not isinstance(a.value, str) for a in node.args]
            if all(plain):
                return True
    return False
