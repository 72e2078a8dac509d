"""Calls of functions of libraries."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace

from nb2pipe.dataflow import knowledge as known
from nb2pipe.dataflow.facts import EffectKind, Missing, Value, join_paths
from nb2pipe.dataflow.interpret.base import Base
from nb2pipe.dataflow.interpret.model import SCALAR
from nb2pipe.dataflow.interpret.syntax import (
    changes_argument,
    identifiers_in,
    is_false,
    is_none,
    is_true,
    is_unbound_change,
    only_sets,
    root_name,
    sets_something,
    setting_of,
)
from nb2pipe.dataflow.scopes import BUILTINS
from nb2pipe.dataflow.world import is_fileless
from nb2pipe.diagnostics import Diagnostic, Span

_READERS = frozenset({"json.loads", "pandas.read_json", "os.listdir", "glob.glob"})
#: Libraries whose functions say by their names that they read or write files.
_FILE_LIBRARIES = (
    known.ARGUMENT_SAFE_ROOTS
    - sys.stdlib_module_names
    - {"numpy", "pandas", "matplotlib", "IPython", "joblib", "pylab"}
)
_READS_FILE = re.compile(
    r"(?:im|mm)?read(?:_\w+)?|load(?:_\w+|mat|arff)?|scan_\w+|open(?:_\w+)?|from_file|imread_collection|Booster|DMatrix|\w*Dataset|\w+File"
)
_WRITES_FILE = re.compile(r"(?:im|mm)?write(?:_\w+)?|save(?:_\w+|mat)?|imsave|dump_\w+|sink_\w+")
#: Functions of pyplot that draw into the current figure, and make one where there is none.
_LEAVES_FIGURE = frozenset(
    """figure subplots subplot subplot_mosaic axes gca gcf plot scatter bar barh hist hist2d imshow matshow pie boxplot
    violinplot contour contourf colorbar title suptitle xlabel ylabel legend grid errorbar step stem fill_between text
    annotate axhline axvline xlim ylim xticks yticks tight_layout polar loglog semilogx semilogy quiver""".split()  # noqa: SIM905
)
#: Names of what draws, of seaborn and of libraries that do something else.
_DRAWS = re.compile(
    r"\w*plot|plot_\w+|draw\w*|heatmap|clustermap|\w+Grid|from_estimator|from_predictions|dendrogram|scatter_matrix"
)
#: What assignments and `del` call: `rcParams.__setitem__("font.size", 9)`.
_SETTING_METHODS = frozenset(["__setitem__", "__delitem__", "__setattr__", "__delattr__", "__ior__", "__iadd__"])
#: Functions that write to the standard streams, beside Python's own.
_PRINTING = frozenset(
    ["pprint.pprint", "pprint.pp", "sys.stdout.write", "sys.stderr.write", "sys.stdout.writelines", "os.system"]
)
#: Kinds of which the sum and the mean are one number.
_ONE_NUMBER_OF = frozenset({"ndarray", "Series", "list", "tuple", "scalar", "generator", "range"})
#: Keywords by which metrics give arrays or a dict.
_SEVERAL_SCORES = frozenset({"average", "multioutput", "output_dict"})
#: NumPy's types of numbers.
_NUMBER_TYPES = re.compile(r"(?:u?int|float|complex)\d+|bool_?|(?:single|double|longdouble|intp|intc)")
#: What IPython displays of which text is a path.
_MEDIA = frozenset(("Audio", "Image", "SVG", "Video"))
_FILE_NAME = re.compile(r"[^\n<>{}$*|\"]*\.\w{2,5}")
#: Functions that map files into memory, each with the position of the mode.
_MAPPING = {"numpy.memmap": 2, "numpy.lib.format.open_memmap": 1}
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
        "LeaveOneOut",
        "LeavePOut",
        "LeaveOneGroupOut",
        "LeavePGroupsOut",
        "PredefinedSplit",
        "TimeSeriesSplit",
    ]
)
#: Widgets that show what functions print: the kernel is told between cells.
_CAPTURING_WIDGETS = frozenset(["Output", "interact", "interact_manual", "interactive", "interactive_output"])

#: What a collection that is made of it uses up; others keep iterators that they are given.
_USED_UP = ("file", "generator", "iterator", "rows")


class LibraryCalls(Base):
    """Calls of functions of libraries."""

    def call_library(
        self, node: ast.Call, dotted: str, args: list[Value], keywords: dict[str, Value], span: Span
    ) -> Value:
        """Calls a function or class of an imported module."""
        root, last = dotted.split(".", maxsplit=1)[0], dotted.rsplit(".", 1)[-1]
        values = [*args, *keywords.values()]
        if root == "IPython" and last == "get_ipython":
            return self.call_builtin(node, last, args, keywords, span)
        if dotted in known.REGISTERING_CALLS:
            self.effect(EffectKind.SETTING, dotted, span)
            return SCALAR
        if last in _SETTING_METHODS and root not in BUILTINS and not dotted.split(".")[-2][:1].isupper():
            self._is_setting(Value("library", dotted=dotted.removesuffix(f".{last}")), span, *args[-1:], force=True)
            return SCALAR
        if dotted == "importlib.import_module" and args and args[0].const in self.local.modules:
            self.read_module(args[0].const or "", span)
            self.import_module(args[0].const or "", span)
            return Value("library", dotted=args[0].const or "")
        if dotted in ("sys.getsizeof", "sys.getrefcount") and args and args[0].region is not None:
            kept = () if dotted == "sys.getrefcount" else ("instance", "tuple", "DataFrame", "Series")
            if args[0].kind not in kept:
                self.refuse_foreign(node.args[:1], f"is asked for what `{dotted}` says of it", span, told_apart=True)
        if root in ("doctest", "unittest") and (last in known.TESTING_CALLS or last == "run_docstring_examples"):
            for binding in list(self.env.values()):  # which the tests call
                self.may_execute(binding.value, span, constructs=True)
            if last in known.TESTING_CALLS:
                self.dynamic(span, f"`{dotted}`", binds=False)
                return Value(region=self.everything(), part=True)
        if root == "ipywidgets" and last in _CAPTURING_WIDGETS:
            self.inline(span, "what a widget captures is known when the next cell starts")
        if root == "timeit":
            for value in (v for v in values if v.const is not None):
                self._run_text(value.const or "", span)
        if any(v.kind == "library" and v.dotted == "__main__" for v in values):
            self.dynamic(span, "`__main__`", binds=False)
        if dotted in ("IPython.display.display", "IPython.display.update_display") and "display_id" in keywords:
            return self.note_display(args, keywords, span, updates="update" in dotted or "update" in keywords)
        if dotted == "sys.intern" and args:
            return Value("str", const=args[0].const)
        if dotted == "sympy.var" and args:
            return self._bind_symbols(args[0].const or ":", span)
        if dotted == "importlib.reload" and args and args[0].kind == "library":
            self.module_object(args[0])  # its variables are bound anew
        if dotted in ("functools.lru_cache", "functools.cache") and args and args[0].code:
            return self.cached(args[0])
        if root == "concurrent" and (result := self._threads(dotted, args, keywords)) is not None:
            return result
        keeps = root in known.ARGUMENT_SAFE_ROOTS and last[:1].isupper() and not last.endswith("Animation")
        keeps = keeps and root != "scipy"  # its integrators and operators try out what they are given
        for value in values:
            if keeps or dotted in known.KEEPING_CALLS:
                self.touch(value, span)  # making an object of a known library calls nothing that it is given
            else:
                self.may_execute(value, span, values)
            self.consume(value, span)
        pickles = dotted in known.UNPICKLING_CALLS or dotted in known.PICKLING_CALLS
        unpickled = self.need_definitions(span) if pickles else frozenset()
        if dotted in known.PICKLING_CALLS:  # a pickle says in which module a definition is
            self.shown |= {name for v in values for n in self.codes_of(v) if (name := self.codes[n].name)}
        if last == "get_type_hints":
            self._read_hints(args, span)
        if dotted in ("torch.autograd.grad", "torch.autograd.backward") and node.args:
            self.refuse_gradients(node.args[0], span)
        if dotted in known.CLASS_MAKERS and not self.frames:
            self.inline(span, "the class that it makes is the notebook's")
        for part in ast.walk(node) if dotted in known.STYLE_CALLS else ():
            if isinstance(part, ast.Constant) and str(part.value).endswith(".mplstyle"):
                self.file_effect(Value("str", const=str(part.value)), False, span)
        drawn = self.draws
        seeds = [k for k in ("random_state", "seed") if is_none(node, k)]
        self.library_effects(dotted, args, {k: v for k, v in keywords.items() if k not in seeds}, span)
        if root in self.missing and dotted.count(".") > 1 and last in known.KEEPING_METHODS | {"pop", "clear"}:
            self.module_users[root] = ""
            self.use_state(root, span)
        elif root in self.local.stateful:
            self.use_state(root, span)
        asks = last in ("get", "keys", "items", "values", "copy") or (last == "setlocale" and len(values) < 2)
        if not asks and (dotted in known.SETTING_CALLS or dotted.startswith(("matplotlib.rcParams.", "os.environ."))):
            self.set_for_process(known.SETTING_CALLS.get(dotted, "environment"), dotted, values, span)
        if last == "register" and dotted.split(".")[-2][:1].isupper() and args and args[0].kind == "class":
            self.effect(EffectKind.SETTING, dotted, span)  # of an abstract class: what `isinstance` says
        if root not in known.ARGUMENT_SAFE_ROOTS:
            if root == "builtins":
                return self.call_builtin(node, last, args, keywords, span)
            known_text = root in self.missing or root in self.local.trees
            if not known_text and only_sets(dotted) and all(v.region is None for v in values):
                return SCALAR
            self.library_logs(dotted, span)
            if root in known.CLOSED_LIBRARIES and not last.startswith("random_"):
                result = self.change_unknown(values, span, root_name(node.func), follow=False)
            else:
                fileless = dotted in known.FILE_CALLS or is_fileless(dotted)
                result = self.call_unknown(values, span, root_name(node.func), follow=False, fileless=fileless)
            if dotted == "bs4.BeautifulSoup":
                return replace(result, region=self.pack("page", [result]), dotted=dotted)
            kind = self.unstorable_kind(dotted, args, keywords)
            if kind == "awaited":
                return self.started(values)
            if dotted == "asyncio.wait":
                return Value(region=self.pack("unknown", values), dotted=dotted, part=True)
            if kind and kind not in known.UNSTORABLE_KINDS:  # a file can hold it with what artifacts.py knows
                return Value(kind, self.pack(kind, values), dotted=dotted)
            if dotted == "pint.UnitRegistry":
                return Value("units", self.pack("units", values), dotted=dotted)
            if result.region is not None and root != "torch" and root not in known.CLOSED_MODULES:
                self.foreign.add(result.region)
            if kind and (root in known.CLOSED_MODULES or kind != "opaque"):
                return Value(kind, self.pack(kind, [result]), dotted=dotted)
            return replace(result, dotted=dotted, kind=kind or "unknown")
        for value in values if self.measures and root == "pandas" else ():
            for each in (value, *(value.elements or ()), self.element_of(value)):
                self.look_up_labels(each, span)
        self.library_logs(dotted, span)
        if root == "logging" and (logged := self.call_logging(dotted.partition(".")[2], args, keywords, span)):
            return logged
        if dotted in ("matplotlib.use", "matplotlib.pyplot.switch_backend"):
            self.set_backend(args[0].const if args else None, span)
        if dotted in known.CLOSING_CALLS:
            self.keep_figures()
        if dotted == "functools.update_wrapper" and args:
            for number in args[0].code:
                self.note_mutation(self.codes[number].region, span, self.codes[number].name)
        changed: tuple[int, ...] = known.MUTATING_CALLS.get(dotted, ())
        unbound = is_unbound_change(dotted)
        if (root == "numpy" and last == "at" and dotted.count(".") > 1) or unbound:
            changed = (0,)
        for keyword in keywords if root == "numpy" else ():
            if keyword.startswith("**"):  # `out` may be among them
                self.mutate_unknown(keywords[keyword], span, keyword)
        if "inplace" in keywords and not is_false(node, "inplace"):
            changed = tuple(range(len(args)))
        if root == "numpy" and (place := known.OUT_POSITIONS.get(last)) is not None and place < len(args):
            changed = (*changed, place)
        if any(k.startswith("overwrite_") for k in keywords):
            changed = tuple(range(len(args)))
        for position in changed:
            if position < len(args):
                name = root_name(node.args[position]) if position < len(node.args) else ""
                self.mutate(args[position], span, name)
        if changed and args and (unbound or root in known.STORING_ROOTS) and args[0].kind not in known.TABLE_KINDS:
            self.attach(args[0], values[1:])
        if root == "scipy" and "output" in keywords:
            self.mutate(keywords["output"], span, "output")
        for keyword in known.MUTATING_KEYWORDS & keywords.keys():
            self.mutate(keywords[keyword], span, keyword, deep=keyword in ("out", "callbacks"))
        if (
            root in ("sklearn", "statsmodels", "scipy", "numpy", "networkx")
            and "copy" in keywords
            and not last[:1].isupper()
        ):
            for value in args if root != "numpy" or last == "nan_to_num" else ():
                self.mutate_unknown(value, span)
        result = self.library_result(node, dotted, args, keywords)
        if unpickled and dotted in known.UNPICKLING_CALLS:
            region = self.pack("unknown", [result])
            self.regions.add_code(region, unpickled)
            return Value("unknown", region, dotted=dotted, part=True)
        if dotted == f"matplotlib.pyplot.{last}":
            return self.figure_call(node, last, result, span)
        return self.drawn(result, drawn)

    def _read_hints(self, values: Sequence[Value], span: Span) -> None:
        """Annotations that are texts are evaluated."""
        for number in sorted({n for v in values for n in v.code}):
            for node in ast.walk(self.codes[number].node):
                hint = node.annotation if isinstance(node, (ast.arg, ast.AnnAssign)) else getattr(node, "returns", None)
                if isinstance(hint, ast.Constant) and isinstance(hint.value, str):
                    for name in sorted(identifiers_in(hint.value)):
                        if name in self.env:
                            self.read_name(name, span)

    def _run_text(self, text: str, span: Span) -> None:
        """Code that is given as a text, which keeps its names to itself."""
        try:
            tree = ast.parse(text)
        except SyntaxError:
            return
        site, self.site = self.site, span
        self.local_block(tree.body)
        self.site = site

    def _bind_symbols(self, text: str, span: Span) -> Value:
        """SymPy's `var("x y")` binds names in the notebook."""
        names = [name for part in re.split(r"[\s,]+", text.strip()) for name in _symbols(part)]
        if not all(name.isidentifier() for name in names):
            self.dynamic(span, "`var`", binds=True)
            return Value(region=self.everything(), part=True)
        for name in names:
            value = Value(region=self.regions.new())
            self.bind_in_notebook(name, value, span, "`var` binds names in the notebook")
        made = tuple(self.env[name].value for name in names)
        return made[0] if len(made) == 1 else Value("tuple", self.pack("tuple", made), elements=made)

    def need_definitions(self, span: Span) -> frozenset[int]:
        """Pickles are written or read: they may refer to any class or function of the notebook; the numbers of those."""
        found: set[int] = set()
        for name, binding in sorted(self.env.items()):
            value = binding.value
            made = value.dotted in known.CLASS_MAKERS and value.kind != "library"
            if value.kind in ("class", "function") or made:
                found |= value.code
                if name not in self.hoisted:
                    self.read_name(name, span)
                    self.inline(span, f"pickles may refer to `{name}` of the notebook")
        return frozenset(found)

    def use_state(self, root: str, span: Span) -> None:
        """A module beside the notebook keeps state that its functions change: each stage has it for itself."""
        self.step_modules.add(root)
        first = self.module_users.setdefault(root, self.stage.name)
        if first != self.stage.name:
            unseen = root in self.missing
            keeps = "is not here yet, and may keep state that changes" if unseen else "keeps state that changes"
            found = Diagnostic(
                "NB402",
                f"the module `{root}` {keeps}" + (f", and stage `{first}` uses it too" if first else ""),
                span,
                "each stage would have a state of its own",
                f"put `{root}.py` beside the notebook before you convert: its text says what it keeps"
                if unseen
                else "keep the state in a variable, or use it in one stage",
                (),
                root,
            )
            if first and not self.stage.name.startswith("#"):
                self.apart.append(Missing(self.stage.name, root, found))
            else:
                self.diagnostics.append(found)

    def _threads(self, dotted: str, args: list[Value], keywords: dict[str, Value]) -> Value | None:
        """A pool of threads, which starts none before it gets tasks; tasks in the order in which they end."""
        if dotted == "concurrent.futures.as_completed" and args:
            return Value(region=self.pack("unknown", self.parts_of(args[0])), part=True)
        if (
            dotted != "concurrent.futures.ThreadPoolExecutor"
            or len(args) > 2
            or keywords.keys() & {"initializer", "initargs"}
        ):
            return None
        return Value("thread pool", self.pack("thread pool", [*args, *keywords.values()]), dotted=dotted)

    def unstorable_kind(self, dotted: str, args: list[Value], keywords: dict[str, Value]) -> str:
        """The kind of what a library's function makes and pickle does not know; empty for all others."""
        if dotted in known.LOCKS and not self.threads:
            return "locks"
        if dotted == "sqlite3.connect" and not self.keeps_connections:
            place = args[0].const if len(args) == 1 and not keywords else None
            in_file = isinstance(place, str) and place not in ("", ":memory:") and self.connects == 1
            if in_file:
                self.database_file = str(place)
            return "database" if place == ":memory:" or in_file else "connection"
        if dotted == "sqlalchemy.create_engine" and self.engines == 1 and not self.keeps_connections:
            file = _file_of_engine(args, keywords)
            if file and self.database_file in ("", file):
                self.database_file = file
                return "engine"
        if dotted == "zipfile.ZipFile" and len(args) == 1 and not keywords and not self.moves_files:
            return "zip file" if args[0].kind in ("str", "path") else "file"
        if dotted in ("csv.reader", "csv.DictReader") and args and not self.counts_lines:
            source = args[0]
            known_source = source.kind in ("list", "tuple") or (source.kind == "file" and source.dotted == "open")
            return "rows" if known_source else "generator"
        if dotted in known.WORKBOOK_CALLS:
            whole = len(args) <= 1 and keywords.keys() <= {"filename", "data_only", "keep_links", "rich_text"}
            return "" if whole else "opaque"  # others hold an archive or a file that is being written
        if dotted.startswith("ipywidgets.") and self.observes and dotted != "ipywidgets.interact":
            return "opaque"  # it is stored without those who watch it
        if dotted.startswith("tensorflow.data.") or dotted.endswith(known.DATASET_CALLS):
            return "dataset"
        root, last = dotted.partition(".")[0], dotted.rpartition(".")[2]
        if last in known.GENERATOR_FUNCTIONS.get(root, ()):
            return "generator"
        return known.UNSTORABLE_CALLS.get(dotted, "")

    def map_file(self, dotted: str, args: list[Value], keywords: dict[str, Value]) -> Value:
        """An array that is the content of a file: opened again where the file stays, and what is written goes into it."""
        if dotted == "numpy.load":
            mode = keywords["mmap_mode"].const
        else:
            place = _MAPPING[dotted]
            mode = (keywords.get("mode") or (args[place] if len(args) > place else Value("str", const="r+"))).const
        path = args[0] if args else keywords.get("filename") or keywords.get("file") or Value()
        values = [*args, *keywords.values()]
        if path.const is None or mode not in ("r", "r+", "w+") or self.moves_files:
            return Value("memory map", self.pack("memory map", values), dotted=dotted)
        region = self.regions.new("mapped array")
        self.mapped[region] = path.const
        return Value("ndarray", region, dotted=dotted)

    def database_effect(self, span: Span) -> None:
        """Whoever uses the connection may write to the database's file."""
        if self.database_file:
            self.effect(EffectKind.WRITE, self.database_file, span)

    def library_result(self, node: ast.Call, dotted: str, args: list[Value], keywords: dict[str, Value]) -> Value:
        """What a known library's function gives back."""
        root, last = dotted.split(".", maxsplit=1)[0], dotted.rsplit(".", 1)[-1]
        values = [*args, *keywords.values()]
        if dotted == known.TEMPORARY_FILE and is_false(node, "delete"):
            dotted = known.KEPT_FILE
        if dotted in ("numpy.asarray", "numpy.array") and args and args[0].kind == "design matrix":
            return Value("ndarray", self.regions.new(), dotted="numpy")
        if dotted == "joblib.Parallel" and keywords.get("return_as", SCALAR).const not in (None, "list"):
            return Value("unknown", self.pack("unknown", values), dotted=known.LAZY_PARALLEL)
        if kind := self.unstorable_kind(dotted, args, keywords):
            self.temporary |= kind == known.TEMPORARY or dotted == known.TEMPORARY_FILE
            filler = keywords.get("restval", SCALAR)  # the same object in each row
            packed = self.pack("unknown" if kind == "opaque" else kind, values)
            return Value(kind, packed, dotted=dotted if filler.region is None else "")
        if dotted.startswith("pandas.read_") and keywords.keys() & {"chunksize", "iterator"}:
            return Value("file", self.pack("file", values), dotted=dotted)
        if dotted in _MAPPING or (dotted == "numpy.load" and "mmap_mode" in keywords):
            return self.map_file(dotted, args, keywords)
        if dotted == "joblib.load" and "mmap_mode" in keywords:
            return Value("memory map", self.pack("memory map", values), dotted=dotted)
        if dotted == "numpy.load" and args and (args[0].const or "").endswith(".npz"):
            again = len(args) == 1 and not self.moves_files and not keywords.keys() - {"allow_pickle"}
            kind = "archive" if again else "file"
            return Value(kind, self.pack(kind, values), dotted=dotted)
        if dotted in ("pandas.DataFrame", "pandas.Series") and "copy" in keywords and is_false(node, "copy"):
            return Value("shared table", self.pack("shared table", values), dotted=dotted, part=True)
        if dotted == "sklearn.utils.check_random_state" and args and _asks_for_process_generator(node, args[0]):
            return Value("library", dotted="numpy.random.mtrand._rand")
        if (root == "statistics" or dotted == "secrets.choice") and self.inner_of(args):
            return Value(region=self.pack("unknown", args), part=True)
        if dotted in ("pathlib.Path", "pathlib.PurePath"):
            return join_paths("path", args or [Value("str", const=".")], dotted)
        if dotted == "os.path.join":
            return join_paths("str", args or [SCALAR])
        makes = (root == "calendar" and last[:1].isupper()) or dotted in known.LIST_CALLS  # an object that can change
        if root == "numpy" and _NUMBER_TYPES.fullmatch(last) and all(v.region is None for v in values):
            return replace(SCALAR, dotted=dotted)  # of an array, it may give that one
        if dotted in ("numpy.sum", "numpy.mean") and [v.kind in _ONE_NUMBER_OF for v in values] != [True]:
            return Value(region=self.regions.new(), dotted="numpy")  # along an axis, or of a table's columns
        if dotted.startswith("sklearn.metrics.") and keywords.keys() & _SEVERAL_SCORES:
            return Value(region=self.regions.new(), dotted=dotted)
        if dotted in known.SCALAR_CALLS or (root in known.SCALAR_CALLS_ROOTS and not makes):
            return replace(SCALAR, dotted=dotted)
        if dotted in known.DESIGN_CALLS and keywords.get("return_type", SCALAR).const != "dataframe":
            made = tuple(Value("design matrix", self.pack("design matrix", values), dotted=dotted) for _ in range(2))
            both = Value("tuple", self.pack("tuple", made), dotted=dotted, elements=made)
            return {"patsy.dmatrix": made[0], "patsy.dmatrices": both}.get(dotted, replace(both, elements=None))
        if dotted == "matplotlib.pyplot.subplots":
            region = self.regions.new()
            parts = (Value("figure", region, dotted=dotted), Value("axes", region, dotted=dotted))
            return Value("tuple", region, dotted=dotted, elements=parts)
        if dotted == "copy.deepcopy":
            source = args[0] if args else Value()
            inner = Value(region=self.regions.new(), code=self.codes_of(source))
            copy = self.pack(source.kind, [inner])
            assert copy is not None
            self.copy_filling(copy, [source])
            return Value(source.kind, copy, source.code, source.dotted)
        if last == "partial":
            code = frozenset(c for v in values for c in v.code)
            dotted = known.PARTIAL_CHANGE if changes_argument(values[0].dotted if values else "") else "functools"
            return Value("unknown", self.pack("unknown", values), code, dotted)
        if known.RESULT_KINDS.get(dotted) == "rng":
            self.makes_generators = True
        kind = known.RESULT_KINDS.get(dotted, "unknown")
        if kind == "ndarray" and any(v.kind == "builtin" and v.dotted == "object" for v in values):
            kind = "unknown"
        if root == "sklearn" and last[:1].isupper():
            seeded = "random_state" in keywords and not is_none(node, "random_state")
            folds = last.endswith("KFold") and not last.startswith("Repeated") and "shuffle" not in keywords
            settled = last in _DETERMINISTIC or folds
            kind = "seeded estimator" if seeded or settled else "estimator"
            if any(
                k.startswith("copy") and not is_true(node, k) for k in keywords
            ):  # it may change what it learns from
                return Value(region=self.pack("unknown", values), dotted="#in place", part=True)
        if dotted == "decimal.Context":  # it notes what was inexact
            return Value("unknown", self.pack("decimal context", values), dotted=dotted)
        if root == "seaborn" and last in known.GRIDS:
            return Value("unknown", self.pack("grid", values), dotted=dotted)
        fresh = dotted in known.FRESH_CALLS and not ("copy" in keywords and not is_true(node, "copy"))
        if not fresh and not self.discard:
            taken = _USED_UP if dotted in known.COLLECTIONS else _USED_UP[:2]
            kept = [self.element_of(v) if v.kind in taken else v for v in values]
            packed = self.pack("vectorized" if dotted == "numpy.vectorize" else kind, kept)
            if dotted == "collections.defaultdict" and packed is not None:
                self.filling.add(packed)
            own = kind in ("estimator", "seeded estimator", "DataFrame")
            part = not own and bool(self.regions.parts(packed))
            return Value(kind, packed, dotted=dotted, part=part)
        region = self.regions.new(kind)
        self.regions.add_code(region, frozenset(c for v in values for c in self.codes_of(v)))
        for cell in self.inner_of(values) if dotted not in _READERS else ():
            self.regions.link(region, cell)
        self.copy_filling(region, values)
        return Value(kind, region, dotted=dotted)

    def library_effects(self, dotted: str, args: list[Value], keywords: dict[str, Value], span: Span) -> None:
        """Random numbers, files, clocks and figures of a library call."""
        if any(value.kind in ("database", "cursor", "engine") for value in (*args, *keywords.values())):
            self.database_effect(span)
        if dotted == "dotenv.load_dotenv" and not args and not keywords:
            self.effect(EffectKind.READ, ".env", span)
        root, last = dotted.split(".", maxsplit=1)[0], dotted.rsplit(".", 1)[-1]
        named = sets_something(dotted) and dotted not in known.LOGGING_SETUP
        if named and dotted not in known.SETTING_CALLS and root not in self.local.stateful:
            self.effect(EffectKind.SETTING, setting_of(dotted.rpartition(".")[0]) or dotted, span)
        if dotted in _PRINTING:
            self.prints += 1
        if dotted in known.SEED_CALLS:
            for generator in known.SEED_CALLS[dotted]:
                self.effect(EffectKind.SEED, generator, span)
        elif dotted in known.DRAW_FREE_CALLS or dotted in known.SETTING_CALLS:
            pass
        elif root in ("random", "torch"):
            self.effect(EffectKind.DRAW, root, span)
        elif root in known.KERAS_ROOTS:
            self.effect(EffectKind.DRAW, "keras", span)
        elif dotted.startswith("numpy.random."):
            self.effect(EffectKind.DRAW, "numpy.random", span)
        elif root == "numpy" or root in known.DRAW_FREE_ROOTS or dotted.startswith("sklearn.metrics."):
            pass
        elif root == "networkx":
            seeded = "seed" in keywords and keywords["seed"].kind != "library"
            for generator in ("random", "numpy.random") if last in known.DRAWING_NETWORKX and not seeded else ():
                self.effect(EffectKind.DRAW, generator, span)
        elif root in ("sklearn", "scipy", "statsmodels", "seaborn", "imblearn"):
            seeded = "random_state" in keywords or "seed" in keywords
            if not seeded and not (last[:1].isupper() and root == "sklearn"):
                self.effect(EffectKind.DRAW, "numpy.random", span)
        if dotted in known.STATE_CALLS:
            self.effect(EffectKind.SEED, known.STATE_CALLS[dotted], span)
        if dotted in known.CLOCK_CALLS:
            self.effect(EffectKind.CLOCK, dotted, span)
        if dotted in known.FILE_CALLS:
            mode, position, keyword = known.FILE_CALLS[dotted]
            if mode:
                path = keywords.get(keyword) or (
                    args[position] if position is not None and position < len(args) else None
                )
                if path is None and dotted in ("os.listdir", "os.scandir"):
                    path = Value("str", const=".")
                elif path is None and any(k.startswith("**") for k in keywords):
                    path = Value("str")  # it may be among them
                if position is None or path is not None:
                    self.opening_effect(path or Value("str"), self._mode(dotted, mode, args, keywords), span)
                if dotted == "os.makedirs" and path is not None:
                    self.parents_effect(path, span)
        elif root in known.FILE_ROOTS or self._may_touch_files(dotted):
            self.effect(EffectKind.WRITE, "", span)
        elif root in _FILE_LIBRARIES:
            self._named_file_effect(last, args, keywords, span)
        elif dotted.startswith("IPython.display."):
            self._displayed_file_effect(last, args, keywords, span)
        if root in ("matplotlib", "seaborn", "pylab", "plotly", "IPython"):
            self.cell.plots = True
            self.plotted += dotted.startswith("matplotlib.pyplot.") and last in _LEAVES_FIGURE
            self.prints += dotted.startswith("IPython.display.") and "display" in last
            self.plotted += root == "seaborn" and _DRAWS.fullmatch(last) is not None
            if root == "seaborn" and dotted not in known.SETTING_CALLS:
                self.may_draw(span)
        elif root in ("pandas", "sklearn", "statsmodels", "scipy", "networkx", "skimage"):
            if any(w in dotted for w in ("plot", "Display", "draw", "graphics", "dendrogram", "imshow")):
                self.may_draw(span)
                self.plotted += _DRAWS.fullmatch(last) is not None
        elif root not in known.PLOT_FREE_ROOTS:
            self.may_draw(span)

    def _displayed_file_effect(self, name: str, args: list[Value], keywords: dict[str, Value], span: Span) -> None:
        """Reading the file that is displayed: what IPython displays may be given as data or as a path."""
        path = keywords.get("filename")
        given = keywords.get("data") or (args[0] if args else None)
        if path is None and given is not None and given.kind in ("str", "path") and name[:1].isupper():
            if given.const is None:
                path = given if name in _MEDIA else None
            elif _FILE_NAME.fullmatch(given.const) and "://" not in given.const:
                path = given
        if path is not None:
            self.file_effect(path, False, span)

    def _named_file_effect(self, name: str, args: list[Value], keywords: dict[str, Value], span: Span) -> None:
        """The effect of a function whose name says that it reads or writes a file: `read_gml`, `imwrite`."""
        writes = _WRITES_FILE.fullmatch(name) is not None
        if not writes and _READS_FILE.fullmatch(name) is None:
            return
        texts = [v for v in (*args, *keywords.values()) if v.kind in ("str", "path")]
        paths = [v for v in texts if v.const is None or writes or any(c in v.const for c in "./")]
        if paths:
            self.file_effect(paths[0], writes, span)
        elif args and not texts and name[:1].islower():  # the path is computed, or the file is open
            self.effect(EffectKind.WRITE if writes else EffectKind.READ, "", span)

    @staticmethod
    def _may_touch_files(dotted: str) -> bool:
        """Whether it is a function of `os` of which no table says that it touches no file."""
        owner, _, name = dotted.rpartition(".")
        return owner in ("os", "os.path") and name[:1].islower() and dotted not in known.FILELESS_OS_CALLS

    @staticmethod
    def _mode(dotted: str, mode: str, args: list[Value], keywords: dict[str, Value]) -> Value:
        """The mode in which a library's function opens a file."""
        if dotted not in known.OPENING_MODES:
            return Value("str", const=mode)
        place, default = known.OPENING_MODES[dotted]
        given = args[place] if place is not None and len(args) > place else None
        return keywords.get("mode") or given or Value("str", const=default)


def _asks_for_process_generator(node: ast.Call, given: Value) -> bool:
    """Whether `check_random_state` is given what stands for NumPy's process-wide generator."""
    first = node.args[0] if node.args else None
    none = isinstance(first, ast.Constant) and first.value is None
    return none or (given.kind == "library" and given.dotted in ("numpy.random", "numpy.random.mtrand._rand"))


def _file_of_engine(args: Sequence[Value], keywords: Mapping[str, Value]) -> str:
    """The file of the SQLite database that an engine is for, where its URL is constant text; else empty."""
    url = args[0].const if len(args) == 1 and not keywords else None
    file = url.removeprefix("sqlite:///") if isinstance(url, str) and url.startswith("sqlite:///") else ""
    return "" if file.startswith((":memory:", "file:")) or "?" in file else file


def _symbols(text: str) -> list[str]:
    """The names that one part of what `var` is given stands for: `x`, `x:3`, `x1:3`, `a:d`; itself where that is not known."""
    if numbers := re.fullmatch(r"([A-Za-z_]\w*?)(\d*):(\d+)", text):
        return [f"{numbers[1]}{n}" for n in range(int(numbers[2] or 0), int(numbers[3]))]
    if letters := re.fullmatch(r"([a-z]):([a-z])", text):
        return [chr(n) for n in range(ord(letters[1]), ord(letters[2]) + 1)]
    return [text]
