"""Calls of methods of libraries' objects."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace

from nb2pipe.dataflow import knowledge as known
from nb2pipe.dataflow.facts import EffectKind, Value, join_paths
from nb2pipe.dataflow.interpret.base import Base
from nb2pipe.dataflow.interpret.model import SCALAR
from nb2pipe.dataflow.interpret.syntax import is_false, is_unknown_library, root_name
from nb2pipe.dataflow.world import takes_files
from nb2pipe.diagnostics import Span

_ASKING_FILES = frozenset({"tell", "fileno", "isatty", "readable", "writable", "seekable"})
_COPYING_ROOTS = frozenset({"pandas", "numpy", "sklearn", "scipy", "statsmodels", "seaborn", "matplotlib"})
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

#: Methods of libraries' objects that give generators or iterators which pickle does not know.
_ITERATING = re.compile(
    r"iter|iter_\w+|iter(?:rows|tuples|items|find|text|parse|month\w*|weekdays|children|descendants|siblings|ancestors|links)"
    r"|imap(?:_unordered)?|subtrees|span_tokenize"
)
#: Methods of pools that have functions called, to the kinds of what they give; those that call one once.
_RESULTS = {
    "map": "list", "starmap": "list", "imap": "generator", "imap_unordered": "generator", "apply": "unknown",
    "submit": "future", "map_async": "future", "starmap_async": "future", "apply_async": "future",
}  # fmt: skip
#: Methods of asyncio's loops and groups that start what runs while others wait.
_STARTING = frozenset(["create_task", "create_future", "run_in_executor"])
_ONE_CALL = frozenset(["submit", "apply", "apply_async"])
#: Methods that write what they read into what they are given.
_FILLING = frozenset(["readinto", "readinto1", "recv_into", "recvfrom_into", "recvmsg_into"])
#: Methods of tables that put what they are given into cells.
_LOOKING_UP = frozenset(["combine_first", "fillna", "map", "mask", "replace", "where"])
#: Libraries whose containers have these methods; of what a container holds, nothing else may be known.
_CONTAINER_ROOTS = frozenset({"", "array", "builtins", "collections"})
#: Methods that read (false) or write the file that they are given, where it is a path.
_FILE_METHODS = {"dump": True, "load": False, "load_model": False, "load_weights": False}
#: Methods of contexts and of stacks of them that enter or leave.
_ENTERING = frozenset({"__enter__", "__exit__", "__aenter__", "__aexit__", "enter_context"})
#: Methods whose names say that they change nothing elsewhere, by the library whose objects they change: sets, transforms, axes,
#: parsers that work step by step, pictures of a model's scores.
_CHANGED_BY = {
    "matplotlib": ("translate", "skew", "set_axis"),
    "nltk": ("match", "score", "shift", "trace"),
    "scipy": ("merge",),
    "yellowbrick": ("score", "transform"),
}
#: Kinds of objects of which a method may be a function that they hold.
_HOLDING = frozenset({"instance", "unknown"})
#: Kinds of what reaches a database, and of what calls functions that it was given.
_DATABASES = frozenset({"connection", "database", "cursor", "engine"})
_LISTENED_TO = _DATABASES | {"axes", "figure"}
#: Kinds of objects whose methods draw nothing.
_NEVER_DRAWING = frozenset(
    ["database", "connection", "cursor", "rows", "lock", "locks", "shell", "match", "engine", "zip file"]
)


class MethodCalls(Base):
    """Calls of methods of libraries' objects."""

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

    def call_method(
        self, node: ast.Call, receiver: Value, name: str, args: list[Value], keywords: dict[str, Value], span: Span
    ) -> Value:
        """Calls a method: of the notebook's own classes by their text, of others by the tables."""
        values = [*args, *keywords.values()]
        for value in (receiver, *values) if name in known.LABEL_METHODS else ():
            self.look_up_labels(value, span)
        if receiver.kind == "opaque":
            receiver = replace(receiver, kind="unknown")
        own: list[Value] = []
        for number in sorted(self.codes_of(receiver)) if receiver.kind in ("instance", "unknown", "scalar") else ():
            method = self.find_method(number, name)
            if method is not None:
                member = [receiver] if receiver.kind == "scalar" else []  # of an enum
                for instance in member or self.instances(receiver, number):
                    own.append(self.apply(method, [instance, *args], keywords, span))
        if (inner := self.inner_class(receiver, name)) is not None:
            own.append(self.call_code(inner, args, keywords, span))
        if (state := self.class_state(receiver, name)) is not None:  # a function that is an attribute of the class
            self.may_execute(state, span, [receiver, *values], constructs=True)
            self.mutate(state, span, deep=True)
            self.attach(state, values)
            own.append(state)
        if own and receiver.kind in ("instance", "scalar"):
            if self.is_set_on_objects(name):  # the object may have its own
                self.may_execute(receiver, span, values, constructs=True)
            return self.join_all(own)
        if name in _ENTERING:
            self._enter_by_hand(receiver, args if name == "enter_context" else [receiver], span)
        if receiver.dotted.startswith("unittest.mock") and name in ("start", "stop"):
            self.effect(EffectKind.SETTING, "unittest.mock", span)
        if (logged := self.call_logger(receiver, name, values, span)) is not None:
            return logged
        if receiver.dotted in ("IPython", "") and name.startswith("for_type"):  # registers, and calls nothing yet
            self.effect(EffectKind.SETTING, "IPython", span)
            return SCALAR
        if receiver.dotted == "IPython" and name not in known.PURE_METHODS | known.SHELL_NAMES:
            self.effect(EffectKind.SETTING, "IPython", span)
        if receiver.kind in _DATABASES:
            self.database_effect(span)
            self.mutate(receiver, span, root_name(node.func), deep=True)
        elif any(value.kind == "engine" for value in values):
            self.database_effect(span)
        if receiver.kind == "thread pool" and name in ("map", "submit") and args:
            return self._run_in_pool(receiver, name, values, span)
        if receiver.kind == "executor" and name in _RESULTS and args:
            return self._run_in_pool(receiver, name, values, span)
        if receiver.kind == "thread pool" and name == "shutdown":
            self.mutate(receiver, span, root_name(node.func))
            return SCALAR
        plain_receiver = receiver.kind in known.ARGUMENT_SAFE_KINDS and receiver.kind not in ("estimator", "library")
        if receiver.kind in _LISTENED_TO and self.codes_of(receiver):  # they call those that listen, or add functions
            plain_receiver = False
        if receiver.kind in ("axes", "figure") and name in ("connect", "mpl_connect"):  # stored figures lose them
            self.attach(receiver, [Value(region=self.regions.new("listener"))])
        shows_only = name in known.PURE_METHODS and name not in known.CALLING_METHODS
        shows_only = shows_only and receiver.dotted != "dask" and receiver.kind != "styler"
        shows_only = shows_only and not self._overrides_parts(receiver)
        # What the standard library's objects were given to call, they may call in any of their methods: `JSONDecoder(object_hook=f)`.
        shows_only = shows_only and not (
            receiver.kind in ("unknown", "decoder")
            and receiver.dotted.split(".")[0] in sys.stdlib_module_names
            and self.codes_of(receiver) - self._classes_of(receiver)
        )
        if plain_receiver or shows_only:
            self.touch(receiver, span)
            if receiver.kind in _HOLDING:
                self.act_by(receiver, span)
        else:
            self.may_execute(receiver, span, values)
        for value in values:
            codes = self.codes_of(value) if value.kind in ("dict", "list", "tuple") else value.code
            runs = value.kind in ("function", "class", "instance") or bool(codes - self._classes_of(value))
            if runs or not (plain_receiver or name in known.PURE_METHODS):
                self.may_execute(value, span, [receiver, *values])
            elif receiver.kind not in ("list", "dict", "set"):
                self.touch(value, span)
        for value in values:
            self.consume(value, span)
            if name in _FILLING:
                self.mutate(value, span)
            if not value.part and (not plain_receiver or receiver.kind in ("Series", "DataFrame")):
                self.fill(value, span)
        if name in known.SEEKING_METHODS and receiver.kind in ("list", "dict", "set", "unknown"):
            self.tell_apart(values, receiver)
        drawn = self.draws
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
        if receiver.dotted.startswith("queue.") and name.startswith("get"):  # it takes out what it gives
            pure = False
        foreign = (
            receiver.kind == "unknown" and bool(root) and root not in known.ARGUMENT_SAFE_ROOTS and root != "builtins"
        )
        if pure and (foreign or self._inherits_unknown(receiver)):  # its names say nothing
            pure = False
        if self.tensors and name in ("apply", "eval") and receiver.kind == "unknown" and root in ("", "builtins"):
            pure = False  # perhaps of a network, which they change
        if name in known.PLOT_METHODS and receiver.kind in ("DataFrame", "Series", "GroupBy", "ndarray"):
            pure = True
        if name in known.PLOT_METHODS and root in ("pandas", "numpy", "seaborn", "statsmodels", "sklearn"):
            pure = receiver.kind not in ("axes", "figure")
        if receiver.kind == "str":
            pure = True
        if pure and receiver.kind == "unknown" and self._is_changed_by(receiver, name, root):
            pure = False
        if receiver.kind == "styler":  # its methods note what to do, and give the styler back
            pure = name.startswith(("to_", "copy", "export", "render"))
        if receiver.kind == "unknown" and root == "seaborn":  # grids of axes draw into themselves
            pure = name.startswith("get_") or name == "savefig"
        in_place = keywords.get("inplace")
        spread = any(k.startswith("**") for k in keywords)
        if (in_place is not None and not is_false(node, "inplace")) or (spread and name in known.INPLACE_METHODS):
            pure = False
        span_name = root_name(node.func)
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
        if receiver.kind == "shell":
            self.use_shell(name, span)
        if name.startswith("loadTestsFrom") and name in known.TESTING_CALLS:
            self.dynamic(span, f"`{name}`", binds=False)
        if name == "data_ptr" and receiver.kind != "instance":
            return Value(known.ADDRESS)
        if name == "resize" and receiver.kind == "ndarray" and isinstance(node.func, ast.Attribute):
            self.refuse_foreign([node.func.value], "is resized in place, with memory of its own", span)
        if name == "backward" and self.tensors and isinstance(node.func, ast.Attribute):
            self.refuse_gradients(node.func.value, span)
        if name == "requires_grad_" and isinstance(node.func, ast.Attribute):
            self.keep_gradients(node.func.value)
        if name in ("send", "throw", "asend", "athrow") and receiver.kind in ("generator", "iterator"):
            return self.send(receiver, values, span)
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
                "styler",
            )
            self.mutate(receiver, span, span_name, deep=not shallow)
            container = receiver.kind in ("list", "dict", "set")
            taking = name in known.TAKING_METHODS and (
                container or (root in _CONTAINER_ROOTS and not self.codes_of(receiver))
            )
            if taking:
                values = [self.element_of(v) if v.kind in ("generator", "iterator") else v for v in values]
            if not safe and not taking and name not in known.KEEPING_METHODS:
                for value in values:
                    self.mutate_unknown(value, span, span_name)
                if root not in known.CLOSED_LIBRARIES and (not self.fileless or takes_files(name)):
                    self.effect(EffectKind.WRITE, "", span)
                self.mix([receiver, *values])
            elif receiver.kind not in known.TABLE_KINDS:
                self.attach(receiver, self.kept(values) if container else values)
        for keyword in known.MUTATING_KEYWORDS & keywords.keys():
            self.mutate(keywords[keyword], span, keyword, deep=keyword == "callbacks")
        result = self.method_result(node, receiver, name, values, safe=safe, pure=pure)
        return self.drawn(self.join_all([*own, result]) if own else result, drawn)

    def _is_changed_by(self, receiver: Value, name: str, root: str) -> bool:
        """Whether a method that changes nothing elsewhere changes an object of which little is known."""
        if root not in ("", "builtins", "decimal"):
            return name in _CHANGED_BY.get(root, ())
        reach = self.regions.reach(receiver.region)  # of a container, perhaps
        return any(r in self.foreign or self.regions.kind(r) in known.CHANGED_BY_ALL for r in reach)

    def _enter_by_hand(self, receiver: Value, contexts: Sequence[Value], span: Span) -> None:
        """Contexts that restore settings are entered or left without a block, or with that of a stack."""
        found = [known.RESTORING_CONTEXTS[c.dotted] for c in contexts if c.dotted in known.RESTORING_CONTEXTS]
        if receiver.region in self.stacks:
            self.restoring += len(found)
        elif not self.restoring:
            for family in found:
                self.inline(span, "a context that is entered without a block is left where its variable ends")
                self.set_loosely(family, span)

    def _run_in_pool(self, receiver: Value, name: str, values: list[Value], span: Span) -> Value:
        """Threads or processes call a function with what it is given; the pool keeps nothing of it."""
        self.touch(receiver, span)
        for value in values:
            self.consume(value, span)
            self.mutate_unknown(value, span)
        kind = "generator" if name == "map" and receiver.dotted.startswith("concurrent.") else _RESULTS[name]
        with self.given_back() as given:
            for value in values:
                self.may_execute(value, span, [v if name in _ONE_CALL else self.element_of(v) for v in values])
        if values[0].kind not in ("function", "library", "builtin"):
            self.effect(EffectKind.WRITE, "", span)
            self.effect(EffectKind.DRAW, "", span)
            self.may_draw(span)
        return Value(kind, self.pack("task", [*values, *given]), part=kind == "unknown")

    def _overrides_parts(self, value: Value) -> bool:
        """Whether the notebook's class has methods that those of its base call: `JSONEncoder.default`, `Formatter.format_field`."""
        return value.kind == "instance" and any(base.kind == "library" for base in self._bases_of(value))

    def _inherits_unknown(self, value: Value) -> bool:
        """Whether methods of a notebook's object may be those of a library that nobody knows."""
        return value.kind in ("instance", "unknown") and any(
            is_unknown_library(base) and base.dotted.split(".")[0] != "builtins" for base in self._bases_of(value)
        )

    def _bases_of(self, value: Value) -> Iterator[Value]:
        """The bases of the notebook's classes that a value is of, and theirs."""
        for number in self.codes_of(value):
            for each in self.lineage(number):
                yield from self.codes[each].bases

    def method_result(
        self, node: ast.Call, receiver: Value, name: str, values: list[Value], *, safe: bool, pure: bool
    ) -> Value:
        """What a method gives back."""
        if name in ("format", "format_map") and receiver.kind in ("str", "unknown"):
            for value in values:
                self.show(value)
                self.fill(value, self.at(node))
        if receiver.kind == "str":
            if name in ("split", "splitlines", "rsplit", "partition", "rpartition"):
                return Value("list", self.regions.new())
            return Value("str")
        if receiver.kind == "path":
            if name in ("read_text", "read_bytes", "exists", "is_file", "is_dir", "stat", "as_posix", "write_text"):
                return SCALAR
            if name == "joinpath":
                return join_paths("path", [receiver, *values])
            if name == "open":
                mode = values[0].const if values else "r"
                again = (
                    not self.moves_files
                    and len(values) < 2
                    and not node.keywords
                    and mode is not None
                    and "x" not in mode
                )
                region = self.regions.new("open file" if again else "file")
                if mode is None or any(c in mode for c in "wax+"):
                    self.opened[region] = receiver.const or ""
                return Value("file", region, dotted="open" if again else "io")
            return Value("path") if name not in ("glob", "rglob", "iterdir") else Value("generator", self.regions.new())
        if receiver.kind == "file":
            return Value("list", self.regions.new()) if name == "readlines" else SCALAR
        if name == "copy" and receiver.kind in known.UNSTORABLE_KINDS:
            return Value(receiver.kind, self.pack(receiver.kind, [receiver]), dotted=receiver.dotted)
        if receiver.kind == "hash":
            return SCALAR
        if receiver.kind == "thread" and name == "new":  # a manager of jobs starts one
            return Value("thread", self.pack("thread", [receiver, *values]))
        if name in _STARTING and self.concurrent:
            return self.started(values)
        if name in ("result", "exception") and self.concurrent and (told := self.outcome(receiver)) is not None:
            return told
        if receiver.kind in ("future", "awaited"):
            return self.element_of(receiver) if name in ("result", "exception") else SCALAR
        if receiver.kind == "dataset":
            return Value("dataset", self.pack("dataset", [receiver, *values]), dotted=receiver.dotted)
        if receiver.kind == "styler":
            return SCALAR if name.startswith("to_") else receiver
        if receiver.kind == "match":
            return Value("dict", self.regions.new("dict")) if name == "groupdict" else SCALAR
        if receiver.kind == "rng":
            chosen = [self.element_of(v) for v in values if v.kind not in (*known.IMMUTABLE_KINDS, "ndarray")]
            given = self.pack("unknown", chosen)
            return Value("unknown", given, dotted="numpy", part=bool(self.regions.parts(given)))
        if receiver.dotted == "re.compile" and name in ("match", "search", "fullmatch", "finditer"):
            kind = "iterator" if name == "finditer" else "match"
            return Value(kind, self.regions.new(kind), dotted="re")
        pixels = name == "load" and receiver.dotted.startswith("PIL.") and not self.discard
        if pixels or (name == "getbuffer" and receiver.dotted.startswith("io.")):
            return Value("opaque", self.pack("unknown", [receiver]), part=True)
        if name == "split" and receiver.dotted.startswith("sklearn.model_selection."):
            splits = Value("generator", self.pack("generator", [receiver, *values]), dotted=known.SPLITS)
            if splits.region is not None and receiver.kind != "seeded estimator":
                self.drawing.add(splits.region)
            return splits
        if receiver.kind == "unknown" and receiver.dotted and _ITERATING.fullmatch(name):
            return Value("generator", self.pack("generator", [receiver, *values]))
        if receiver.kind == "unknown" and not safe and not pure:
            return Value(
                region=self.pack("unknown", [receiver, *values]), code=receiver.code, dotted=receiver.dotted, part=True
            )
        root = receiver.dotted.split(".")[0]
        computed = self.tensors and receiver.kind == "unknown" and root in ("", "builtins")
        if computed and name in known.SCALAR_METHODS | known.FRESH_METHODS and name not in ("item", "tolist"):
            return Value(region=self.pack("unknown", [receiver, *values]), part=True)
        if name == "find" and receiver.kind == "unknown" and root in ("", "builtins"):  # of a page, perhaps
            return Value(region=self.pack("unknown", [receiver]), part=True)
        if name in known.SCALAR_METHODS and receiver.kind != "instance":
            cells = self.cells_of(receiver) if receiver.kind in ("Series", "DataFrame", "ndarray", "unknown") else []
            if cells and name in ("max", "min", "item", "all", "any", "sum"):
                return Value(region=self.pack("unknown", [Value(region=c) for c in cells]), part=True)
            if receiver.kind in ("str", "scalar", "path", "range") or name in known.WRITING_METHODS or name in _TELLING:
                return SCALAR
            return Value("DataFrame" if name == "join" else "unknown", self.regions.new(), dotted=receiver.dotted)
        table = receiver.kind if receiver.kind in known.TABLE_KINDS else "unknown"
        if name == "enter_context" and values:
            return values[0]
        if receiver.kind == "zip file":
            if name in ("namelist", "infolist"):
                return Value("list", self.regions.new("list"))
            if name == "open":
                return Value("file", self.pack("file", [receiver]), dotted="io")
            return SCALAR
        if receiver.kind in _DATABASES:
            if name.startswith("fetch"):
                return Value("list", self.regions.new("list"), dotted="builtins")
            if receiver.kind == "cursor" and name.startswith("execute"):
                return receiver
            if receiver.kind == "database" and name == "cursor" and self.reads_all_rows:
                return Value("cursor", self.pack("cursor", [receiver]), dotted=receiver.dotted)
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
        if name in known.FRESH_METHODS and not is_false(node, "copy"):
            kind = table if name in _SAME_KIND else "unknown"
            kind = "list" if name in ("tolist", "to_list", "split") else "dict" if name == "to_dict" else kind
            if receiver.kind in ("list", "dict", "set"):  # a shallow copy keeps its elements
                packed = self.pack(receiver.kind, [self.element_of(receiver)])
                if packed is not None and receiver.region in self.filling:
                    self.filling.add(packed)
                return Value(receiver.kind, packed, dotted=receiver.dotted)
            region = self.regions.new(kind)
            self.copy_filling(region, [receiver] if name == "copy" else [])
            looked_up = values if receiver.kind in known.TABLE_KINDS and name in _LOOKING_UP else []
            for cell in (c for v in (receiver, *looked_up) for c in self.cells_of(v)):
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

    def method_effects(
        self, node: ast.Call, receiver: Value, name: str, args: list[Value], keywords: dict[str, Value], span: Span
    ) -> None:
        """Random numbers, files and figures of a method call."""
        root = receiver.dotted.split(".")[0]
        plain = receiver.kind in ("str", "scalar", "list", "dict", "set", "tuple", "axes", "figure", "path", "file", "rng",
                                  "seeded estimator", "iterator", "generator")  # fmt: skip
        if root == "faker":
            self.effect(EffectKind.DRAW, root, span)
        elif not plain:
            drawing = name in known.DRAWING_METHODS and not keywords.keys() & {"random_state", "seed"}
            foreign = name not in known.PURE_METHODS and root not in known.DRAW_FREE_ROOTS | {"numpy", "networkx"}
            foreign = foreign and (root != "nltk" or name in ("generate", "train", "sample"))
            later = receiver.dotted.startswith("sklearn.model_selection.")  # when its splits are taken
            if drawing and not (name == "split" and (later or all(isinstance(a, ast.Constant) for a in node.args))):
                self.effect(EffectKind.DRAW, "numpy.random", span)
            if foreign and receiver.kind not in ("DataFrame", "Series", "ndarray", "estimator", "GroupBy", "instance"):
                self.effect(EffectKind.DRAW, "", span)
        if (name == "resample" and root == "scipy") or (name == "samples" and root == "statistics"):
            self.effect(EffectKind.DRAW, "random" if root == "statistics" else "numpy.random", span)
        if receiver.kind == "unknown" and not root and name == "random":
            self.effect(EffectKind.DRAW, "", span)
        if name in ("extract", "extractall", "cleanup") and not plain:  # archives, temporary folders
            self.effect(EffectKind.WRITE, "", span)
        if receiver.kind == "path" and name in known.MOVING_METHODS:
            self.opening_effect(receiver, Value("str", const="a"), span)
            for path in args:
                self.file_effect(path, True, span)
        elif name in known.WRITING_METHODS and not _writes_no_file(node, receiver, name, args):
            if receiver.kind == "path":
                kept = "a" if name in ("touch", "unlink", "rmdir") else "w"
                self.opening_effect(receiver, Value("str", const=kept), span)
                if name == "mkdir" and "parents" in keywords:
                    self.parents_effect(receiver, span)
            elif args or keywords.keys() & {"path_or_buf", "path", "fname", "buf", "excel_writer"}:
                path = (
                    args[0]
                    if args
                    else next(
                        keywords[k] for k in keywords if k in ("path_or_buf", "path", "fname", "buf", "excel_writer")
                    )
                )
                kept = "a" if name == "to_hdf" else "w"
                self.opening_effect(path, keywords.get("mode", Value("str", const=kept)), span)
        elif receiver.kind == "path" and name in known.READING_METHODS:
            self.file_effect(receiver, False, span)
        elif name in _FILE_METHODS and not plain and args and args[0].kind in ("str", "path"):
            self.file_effect(args[0], _FILE_METHODS[name], span)
        elif receiver.kind == "path" and name == "open":
            self.opening_effect(receiver, args[0] if args else keywords.get("mode", Value("str", const="r")), span)
        draws_not = plain or receiver.kind in _NEVER_DRAWING
        if name in known.PLOT_METHODS or (
            name not in known.PURE_METHODS and root not in known.PLOT_FREE_ROOTS and not draws_not
        ):
            self.may_draw(span, receiver)
            self.plotted += name in known.PLOT_METHODS
        if name == "info" and receiver.kind == "DataFrame":
            self.prints += 1
        if receiver.kind in ("axes", "figure"):
            self.may_draw(span, receiver)
            self.library_logs("matplotlib", span)


def _writes_no_file(node: ast.Call, receiver: Value, name: str, args: list[Value]) -> bool:
    """Whether a method that is called as one that writes files is another of that name.

    `rename` of tables labels them: they come from arithmetic, which paths do not have (but for `/`), or take a mapping,
    a table or a function, where a path takes another path.
    """
    if receiver.kind in ("list", "dict", "set", "file"):
        return True
    if name != "rename" or receiver.kind == "path" or not isinstance(node.func, ast.Attribute):
        return False
    made = node.func.value
    computed = isinstance(made, ast.BinOp) and not isinstance(made.op, ast.Div)
    labels = bool(args) and args[0].kind in ("dict", "Series", "DataFrame", "Index", "function")
    return computed or labels or receiver.kind in ("DataFrame", "Series", "Index")
