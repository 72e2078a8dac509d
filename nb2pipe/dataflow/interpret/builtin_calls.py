"""Calls of Python's built-in functions."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator

from nb2pipe.dataflow import knowledge as known
from nb2pipe.dataflow.facts import EffectKind, Value, files_written, join_texts
from nb2pipe.dataflow.interpret.base import Base
from nb2pipe.dataflow.interpret.model import SCALAR
from nb2pipe.dataflow.interpret.syntax import canonical_name, root_name
from nb2pipe.dataflow.scopes import BUILTINS
from nb2pipe.diagnostics import Diagnostic, Span

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
#: Built-in functions whose results can be stored, whatever they are given.
_STORABLE_RESULTS = frozenset(
    """abs all any ascii bin bool bytes chr complex dict divmod float format frozenset hash hex int isinstance len list max
    min oct ord pow print range repr round set sorted str sum tuple""".split()  # noqa: SIM905
)
_SHOWING_BUILTINS = frozenset({"print", "str", "repr", "ascii", "format", "display", "input"})


class BuiltinCalls(Base):
    """Calls of Python's built-in functions."""

    def call_builtin(
        self, node: ast.Call, name: str, args: list[Value], keywords: dict[str, Value], span: Span
    ) -> Value:
        """Calls a function of `builtins`."""
        values = [*args, *keywords.values()]
        if name == "__import__" and args and args[0].const:
            for path in files_written(args[0].const.split(".")[0], self.stages.values()):
                self.effect(EffectKind.READ, path, span)
            self.import_module(args[0].const, span)
            return Value("library", dotted=canonical_name(args[0].const.split(".")[0]))
        if name == "__import__":  # of a module that only a run knows, as by `importlib.import_module`
            return self.call_unknown(values, span, name)
        if name in known.DYNAMIC_BUILTINS:
            return self.call_dynamic(node, name, args, span)
        if name == "open":
            return self.call_open(node, args, keywords, span)
        if name == "get_ipython":
            self.inline(span, "`get_ipython` works in notebooks only")
            return Value("shell", self.regions.new("shell"), dotted="IPython")
        if name in ("setattr", "delattr"):
            named = args[1].const if args[1:] and args[0].kind == "library" else None
            if named and args[0].dotted in self.scopes:
                self.set_member(args[0].dotted, named, args[2] if args[2:] else SCALAR, span)
            elif named and args[0].dotted == "__main__" and args[2:]:
                self.bind_in_notebook(named, args[2], span, "`__main__` is the notebook")
            elif args and args[0].kind in ("class", "function"):
                attribute = (values[1].const or "") if values[1:] else ""
                self.set_on_definition(args[0], attribute, self.join_all([SCALAR, *values[2:]]), span)
            elif args and not self._is_setting(args[0], span):
                attribute = (values[1].const or "") if values[1:] else ""
                changed = root_name(node.args[0]) if node.args else ""
                self.set_on_object(args[0], attribute, values[2] if values[2:] else SCALAR, span, changed)
            return SCALAR
        if name in known.TEXT_BUILTINS and args and self.text_says_where(args[0]):
            self.touch(args[0], span)
            return Value(known.ADDRESS)
        if name == "id" and len(args) == 1:
            return self.identity_of(args[0], span)
        if name == "iter" and args:
            self.may_shuffle(args[0], span)
        if name in ("next", "anext") and args:
            self.mutate(args[0], span, root_name(node.args[0]))
        if name in known.CONSUMING_BUILTINS or name in known.CONTAINER_BUILTINS:
            for value in values:
                self.consume(value, span)
        if name == "input":
            self.effect(EffectKind.CLOCK, "", span)
        if name == "help":  # it says in which module a function is
            self.shown |= {code.name for v in values for code in (self.codes[n] for n in v.code) if code.name}
        for value in values if name in _SHOWING_BUILTINS else ():
            self.show(value)
        for value in values:
            if name in _CALLING_BUILTINS:
                self.may_execute(value, span, values)
            else:
                self.touch(value, span)
        if name in ("isinstance", "issubclass") and len(args) == 2:  # a metaclass may say what is one
            hook = f"__{name[2:]}check__"
            for number in (
                m for n in sorted(self.codes_of(args[1])) if (made := self.codes[n].metaclass) for m in made.code
            ):
                if (check := self.find_method(number, hook)) is not None:
                    self.apply(check, [args[1], args[0]], {}, span)
        if name in ("getattr", "hasattr") and args:  # a property is computed
            if len(args) > 1 and args[1].const and name == "hasattr":
                self.attribute(args[0], args[1].const, span)
            elif len(args) > 1 and not args[1].const:
                self.may_execute(args[0], span)
        if name == "display":
            self.may_draw(span)
            if "display_id" in keywords:
                return self.note_display(args, keywords, span, updates="update" in keywords)
        if name in ("print", "display", "input"):
            self.prints += 1
        if name == "print" and "file" in keywords:
            self.mutate_unknown(keywords["file"], span)
        if name == "memoryview":
            return Value("memoryview", self.pack("memoryview", values), dotted="builtins", part=True)
        if name in ("exit", "quit") or (name not in known.PURE_BUILTINS and name not in BUILTINS):
            return self.call_unknown(values, span, name)
        if name in ("abs", "round", "divmod", "pow") and any(
            self.codes_of(v) or (self.tensors and v.kind == "unknown") for v in values
        ):
            return Value(region=self.pack("unknown", values), part=True)
        if name in ("abs", "round", "divmod", "pow") and args and any(v.region is not None for v in values):
            kind = args[0].kind if args[0].kind in known.TABLE_KINDS and name != "divmod" else "unknown"
            return Value(kind, self.regions.new(kind), dotted=args[0].dotted)  # of a table or an array, another one
        if name == "float" and args and (args[0].const or "").lower().strip("+- ") == "nan":  # found by identity
            return Value("unknown", self.regions.new(known.NAN), dotted="builtins")
        if name == "slice" and any(v.region is not None for v in values):
            return Value(region=self.pack("unknown", values), part=True)
        if name in known.SCALAR_BUILTINS:
            if name == "range":
                return Value("range")
            if name == "type" and len(args) > 1:  # a class that the call makes
                self.may_execute(args[1], span, values, constructs=True)  # bases say what happens then
                return Value(region=self.pack("unknown", values))
            if name == "type":
                classes = self._classes_of(args[0]) if len(args) == 1 else frozenset()
                return Value("class", code=classes) if classes else Value("scalar", dotted=known.TYPE)
            if name == "hash" and not isinstance(
                getattr(node.args[0] if node.args else None, "value", ""), (int, float)
            ):
                return Value(known.ADDRESS)  # of texts and of objects, it differs from process to process
            return join_texts("str", args[:1]) if name == "str" and args else SCALAR
        if name in known.CONTAINER_BUILTINS:
            held = [*(self.element_of(v) for v in args), *keywords.values()]
            return Value(known.CONTAINER_BUILTINS[name], self.pack(known.CONTAINER_BUILTINS[name], held))
        if name == "iter" and len(args) == 1 and args[0].kind == "instance":
            methods = [m for n in sorted(args[0].code) if (m := self.find_method(n, "__iter__")) is not None]
            if methods:
                return self.join_all([self.apply(m, [args[0]], {}, span) for m in methods])
        if name in known.ITERATOR_BUILTINS:
            kind = next((v.kind for v in values if v.kind in known.UNSTORABLE_KINDS), "iterator")
            if any(v.kind in ("GroupBy", "dict view", "DataFrame") for v in values):
                kind = "generator"
            elements: tuple[Value, ...] | None = None
            if name == "enumerate" and values:
                elements = SCALAR, self.element_of(values[0])
            if name == "zip" and kind != "iterator":  # what comes out of generators, not themselves
                elements = tuple(map(self.element_of, values))
            if name == "iter" and any(v.dotted.endswith("DataLoader") for v in args):
                kind = "opaque"
            return Value(kind, self.pack(kind, values), elements=elements)
        if name == "super":
            frame = self.frames[-1] if self.frames else None
            owner = self.codes[frame.code].owner if frame and frame.code >= 0 else -1
            first = next(iter(frame.local.values()), Value()) if frame else Value()
            bases = frozenset(c for b in self.codes[owner].bases for c in b.code) if owner >= 0 else frozenset()
            return Value("instance" if bases else "unknown", first.region, bases, "sklearn")
        if name in ("sum", "max", "min", "getattr", "next", "vars"):
            if name == "sum" and len(values) > 1 and values[1].kind not in ("scalar", "str"):  # `sum(lists, [])`
                inner = self.element_of(self.element_of(values[0]))
                return Value(region=self.pack("unknown", [inner, *values[1:]]), part=True)
            if name == "sum":
                return Value(region=self.pack("unknown", values if self.tensors else ()), part=self.tensors)
            if name == "getattr" and args:
                if len(args) > 1 and args[1].const:
                    found = self.attribute(args[0], args[1].const, span)
                    return found if len(args) == 2 else self.join_values(found, args[2])
                return Value(region=self.pack("unknown", values, always=False), part=True)
            of_one = name == "next" or (len(args) == 1 and not isinstance(node.args[0], ast.Starred))
            if name == "vars":
                given = [*values, *(self.element_of(v) for v in values)]
            elif of_one:  # an element, or the default; not what the key function gives
                given = [self.element_of(v) for v in args[:1]]
                given += [*args[1:], *(v for k, v in keywords.items() if k != "key")]
            else:
                given = [*args, *(self.element_of(v) for v in args), *keywords.values()]
            return Value(region=self.pack("unknown", given, always=False), part=True)
        if name in ("staticmethod", "classmethod", "property"):
            return args[0] if args else Value()
        if name.endswith(("Error", "Exception", "Warning")) or name in ("KeyboardInterrupt", "StopIteration"):
            return Value("unknown", self.pack("unknown", values), dotted="builtins")
        return Value(region=self.pack("unknown", values), dotted="builtins")

    def note_display(self, args: list[Value], keywords: dict[str, Value], span: Span, *, updates: bool) -> Value:
        """What is shown under a name, to be changed later in its place: not from another process."""
        name = keywords["display_id"].const or ""
        if not updates:
            self.displays.setdefault(name, self.stage.name)
        shown = self.displays.get(name, self.stage.name)
        if updates and shown != self.stage.name:
            self.diagnostics.append(
                Diagnostic(
                    "NB203",
                    f"what is shown as `{name}` belongs to another process",
                    span,
                    f"stage `{shown}` shows it",
                    "show it anew here, or change it in the stage that shows it",
                    name=name,
                )
            )
        return Value(known.DISPLAY, self.pack(known.DISPLAY, args))

    def identity_of(self, value: Value, span: Span) -> Value:
        """What `id` gives: stored with the object, it stays that object's; of what is not stored, it means nothing elsewhere."""
        self.ask_which(value, value, span)
        if value.region is None or value.kind in ("library", "builtin", "class", "function"):
            return Value(known.ADDRESS)
        self.stage.identity |= self.regions.reach(value.region)
        self.identities += 1
        region = self.regions.new(known.IDENTITY)
        self.regions.link(region, value.region, reads_only=True)
        return Value(known.IDENTITY, region)

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
                last = tree.body[-1] if name == "eval" and tree.body else None
                self.block(tree.body[:-1] if isinstance(last, ast.Expr) else tree.body)
                result = self.eval(last.value) if isinstance(last, ast.Expr) else Value(region=self.regions.new())
                self.site = outer
                return result
        if name == "eval" and len(args) > 1 and isinstance(node.args[1], ast.Dict):  # it sees what it is given, no more
            return self.call_unknown(args, self.at(node), name)
        if name in ("exec", "eval") and len(args) > 1 and not node.keywords and all(map(self._is_own_dict, args[1:])):
            return self._run_apart(node, args, span, name)
        if name in ("vars", "dir") and args:
            self.may_execute(args[0], span)
            if name == "dir":
                return Value("list", self.regions.new("list"))
            if name == "vars" and args[0].kind == "library":
                return self.attribute(args[0], "__dict__", span)
            plain = args[0].kind not in ("class", "function", "library", "builtin", "module")
            return self.object_dict(args[0]) if plain else Value("dict", args[0].region)
        if (name == "dir" or (name in ("locals", "vars") and self.frames)) and self.frames:
            return Value(region=self.regions.new())
        if name == "compile":
            return SCALAR
        self.inline(span, f"`{name}()` reaches names that only a run knows")
        if name == "eval" and self.in_function() and self._in_namespace(node):  # an expression there binds no variable
            self.dynamic(span, "`eval`", binds=False)
            kind = "unknown" if text is not None and not _may_make_function(text) else "evaluated"
            parts = [Value(region=self.everything()), *self.frames[-1].local.values()]
            return Value(kind, self.pack(kind, parts), part=True)
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

    def _is_own_dict(self, value: Value) -> bool:
        """Whether the value is a dict that was made as one, not the variables of something."""
        own = value.region is not None and self.regions.kind(value.region) == "dict"
        return own and value.kind == "dict" and not value.part

    def _run_apart(self, node: ast.Call, args: list[Value], span: Span, name: str) -> Value:
        """Code runs in dicts of its own, where it finds no variable of the notebook; they get the builtins."""
        text = _template_of(node.args[0]) or args[0].const
        plain = text is not None and _is_storable(text)
        self.attach(args[1], [Value(region=self.regions.new("names" if plain else "namespace"))])
        return self.call_unknown(args, span, name)

    def call_open(self, node: ast.Call, args: list[Value], keywords: dict[str, Value], span: Span) -> Value:
        """`open`: which file, and whether it is written."""
        path = args[0] if args else keywords.get("file", Value())
        mode = args[1] if len(args) > 1 else keywords.get("mode", Value("str", const="r"))
        writes = self.opening_effect(path, mode, span)
        plain = not keywords.keys() - {"file", "mode", "encoding", "errors"} and len(args) < 4
        again = plain and not self.moves_files and path.kind in ("str", "path")
        const = f"{'w' if writes else 'r'}:{path.const or ''}"
        region = self.regions.new("open file" if again else "file")
        if writes:
            self.opened[region] = path.const or ""
        return Value("file", region, dotted="open" if again else "io", const=const)

    def parents_effect(self, path: Value, span: Span) -> None:
        """A folder is made with those that it is in: whatever else is in them needs it."""
        folder = posixpath.dirname((path.const or path.default or "").rstrip("/"))
        while folder.strip("./"):
            self.effect(EffectKind.WRITE, folder, span)
            folder = posixpath.dirname(folder)

    def opening_effect(self, path: Value, mode: Value, span: Span) -> bool:
        """A file is opened; whether it may be written. What is added to, or changed, has what was in it before."""
        writes = mode.const is None or any(c in mode.const for c in "wax+")
        if writes and (mode.const is None or not any(c in mode.const for c in "wx")):
            self.file_effect(path, False, span)
        self.file_effect(path, writes, span)
        return writes

    def file_effect(self, path: Value, writes: bool, span: Span) -> None:
        """A file is read or written; an object that is no path is not a file of its own."""
        if path.kind == "file" or (path.dotted.startswith("io.") and path.const is None and path.kind != "str"):
            self.mutate(path, span)
            return
        if path.kind == "unknown":  # it may be an open file or a buffer
            self.mutate(path, span, deep=True)
        kind = EffectKind.WRITE if writes else EffectKind.READ
        self.effect(kind, path.const or path.default or "", span, varies=path.const is None)


def _is_storable(text: str) -> bool:
    """Whether all that code leaves in its namespace can be stored: numbers, texts, containers of them, functions, classes."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return False
    kinds = (ast.GeneratorExp, ast.AsyncFunctionDef, ast.Yield, ast.YieldFrom, ast.With, ast.Global, ast.Await)
    if any(isinstance(node, kinds) for node in ast.walk(tree)):
        return False
    defined = {n.name for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    called = [node.func for node in _run_at_once(tree) if isinstance(node, ast.Call)]
    return all(
        (isinstance(function, ast.Name) and function.id in _STORABLE_RESULTS | defined)
        or (isinstance(function, ast.Attribute) and root_name(function) in known.SCALAR_CALLS_ROOTS)
        for function in called
    )


def _run_at_once(node: ast.AST) -> Iterator[ast.AST]:
    """What runs when code is executed, not when its functions are called: class bodies, decorators and defaults do."""
    yield node
    for name, value in ast.iter_fields(node):
        if name == "body" and isinstance(node, (ast.FunctionDef, ast.Lambda)):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _run_at_once(child)


def _template_of(node: ast.expr) -> str | None:
    """The text of an f-string with a name in place of what it computes; `None` for other expressions."""
    if not isinstance(node, ast.JoinedStr):
        return None
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "_0" for part in node.values)


def _may_make_function(text: str) -> bool:
    """Whether an expression may give a function that looks up its variables when it is called."""
    try:
        return any(isinstance(node, (ast.Lambda, ast.GeneratorExp)) for node in ast.walk(ast.parse(text.strip())))
    except SyntaxError:
        return True
