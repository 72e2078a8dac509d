"""What the text of a statement or an expression says by itself."""

from __future__ import annotations

import ast
import importlib
import re
import sys
from collections.abc import Sequence

from nb2pipe.dataflow import knowledge as known
from nb2pipe.dataflow.facts import Item, Value
from nb2pipe.dataflow.scopes import own_nodes

_SETTER = re.compile(
    r"(un)?register(_|$|[A-Z])|set(_|[A-Z]|default|first|err|buf)|add(_|[A-Z])|(un)?install(_|$)|(en|dis)able(_|$)|"
    r"capture[A-Z]|configure(_|$)|init(ialize)?(_|$)"
)


#: Objects of libraries that hold their settings, and what only asks them.
_CONFIGURATION = re.compile(
    r"\.(config|Config|options|settings|rcParams|renderers|data_transformers|themes?|defaults)$"
)
_ASKS = re.compile(r"get(_|$)|is_|has_|to_|(keys|items|values|copy|names|state|load|describe|dump)")


def is_singleton(value: Value) -> bool:
    """Classes, functions and modules are found again by name."""
    return (
        value.kind in ("class", "function", "builtin")
        or (value.kind == "scalar" and bool(value.code))
        or (value.kind == "library" and not value.dotted.endswith(("nan", "inf")))
    )


def is_unknown_library(value: Value) -> bool:
    """Something of a library of which no table says what its functions do."""
    return value.kind == "library" and value.dotted.split(".")[0] not in known.ARGUMENT_SAFE_ROOTS


def is_namespace(node: ast.expr) -> bool:
    """`globals()`, and at top level `locals()`, `vars()` and `dir()`."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("globals", "locals", "vars", "dir")
        and not node.args
        and not node.keywords
    )


def attributes_used(node: ast.AST, name: str) -> set[str] | None:
    """The attributes of a name that code uses; `None` where it does anything else with it."""
    bases = [n for n in ast.walk(node) if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)]
    used = [n.attr for n in bases if isinstance(n.value, ast.Name) and n.value.id == name]
    named = sum(isinstance(n, ast.Name) and n.id == name for n in ast.walk(node))
    return set(used) if named == len(used) else None


def is_decorated(node: ast.AST, word: str) -> bool:
    """Whether the word is part of a decorator of a function or class."""
    return any(word in ast.unparse(d) for d in getattr(node, "decorator_list", []))


def names_the_shell(node: ast.AST) -> bool:
    """`ip = get_ipython()`: wherever it is repeated, it is the shell of that process."""
    return (
        isinstance(node, ast.Assign)
        and len(node.targets) == 1
        and isinstance(node.targets[0], ast.Name)
        and ast.unparse(node.value) == "get_ipython()"
    )


def names_a_lambda(node: ast.stmt) -> bool:
    """`name = lambda …` is a definition."""
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Lambda)
        and len(node.targets) == 1
        and isinstance(node.targets[0], ast.Name)
    )


def default_pairs(spec: ast.arguments) -> list[tuple[str, ast.expr]]:
    """Parameters that have a default, and it."""
    positional = [*spec.posonlyargs, *spec.args]
    pairs = list(zip(positional[len(positional) - len(spec.defaults) :], spec.defaults, strict=True))
    pairs += [(a, d) for a, d in zip(spec.kwonlyargs, spec.kw_defaults, strict=True) if d is not None]
    return [(a.arg, d) for a, d in pairs]


def mutable_defaults(spec: ast.arguments) -> frozenset[str]:
    """Parameters whose default is an object that can change, kept from call to call and made by the definition."""
    kinds = (ast.List, ast.Dict, ast.Set, ast.Call, ast.ListComp, ast.DictComp, ast.SetComp)
    return frozenset(name for name, default in default_pairs(spec) if isinstance(default, kinds))


def canonical_name(dotted: str) -> str:
    """The dotted name by which everyone else calls what pylab and seaborn re-export, and what process-wide generators do."""
    if dotted.startswith("seaborn.mpl."):
        return "matplotlib." + dotted[12:]
    if dotted.startswith("pylab."):
        return "matplotlib.pyplot." + dotted[6:]
    if dotted.startswith("matplotlib.pylab."):
        return "matplotlib.pyplot." + dotted[17:]
    if dotted.startswith("tqdm.") and dotted.endswith(".pandas"):
        return "tqdm.pandas"
    if dotted.startswith("matplotlib.pyplot.np."):
        return "numpy." + dotted[21:]
    for holder, module in known.PROCESS_GENERATORS.items():
        if dotted.startswith(holder + "."):
            return module + dotted[len(holder) :]
    if dotted.startswith("numpy.random.mtrand.") and dotted not in known.PROCESS_GENERATORS:
        return "numpy.random." + dotted[20:]
    return dotted


def root_name(node: ast.AST) -> str:
    """The variable at the root of `a.b[c].d`."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call, ast.Starred)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def as_load(node: ast.expr) -> ast.expr:
    """The target of an assignment as an expression that reads it, at the same place."""
    clone = ast.parse(ast.unparse(node), mode="eval").body
    for sub in ast.walk(clone):
        ast.copy_location(sub, node)
    return clone


def drawn_by_import(root: str) -> tuple[str, ...]:
    """The generators that a library may draw from when it is imported."""
    if not root or root in known.QUIET_IMPORTS or root in sys.stdlib_module_names:
        return ()
    return ("random",) if root in known.IMPORTS_OF_RICH else ("random", "numpy.random")


def from_text(node: ast.ImportFrom, alias: ast.alias) -> str:
    """The import statement of one name."""
    module = "." * (node.level or 0) + (node.module or "")
    return f"from {module} import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")


def never_empty(node: ast.expr) -> bool:
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
            return never_empty(node.args[0])
        if node.func.id == "zip" and node.args:
            return all(never_empty(a) for a in node.args)
    return False


def may_catch_name_error(handler: ast.ExceptHandler) -> bool:
    """Whether a handler catches the exception of a name that is not bound."""
    return _catches(handler, {"NameError", "UnboundLocalError"})


def may_catch_type_error(handler: ast.ExceptHandler) -> bool:
    """Whether a handler catches the exception of a call with other arguments than the function takes."""
    return _catches(handler, {"TypeError"})


def _catches(handler: ast.ExceptHandler, errors: set[str]) -> bool:
    if handler.type is None:
        return True
    names = {n.id for n in ast.walk(handler.type) if isinstance(n, ast.Name)}
    return not names.isdisjoint({"Exception", "BaseException", *errors})


def only_definitions(node: ast.stmt) -> bool:
    """Whether `try` or `if` holds imports, definitions and constants alone."""
    if isinstance(node, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Pass)):
        return True
    if isinstance(node, ast.Assign):
        return isinstance(node.value, (ast.Constant, ast.Name)) and all(isinstance(t, ast.Name) for t in node.targets)
    if isinstance(node, ast.Try):
        parts = [*node.body, *node.orelse, *node.finalbody, *(s for h in node.handlers for s in h.body)]
        return all(only_definitions(s) for s in parts)
    if isinstance(node, ast.If):
        return all(only_definitions(s) for s in [*node.body, *node.orelse])
    return False


def shows_its_end(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> bool:
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


def method_key(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """The name of a method; a property's setter and deleter have keys of their own."""
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Attribute) and decorator.attr in ("setter", "deleter"):
            return f"{node.name}.{decorator.attr}"
    return node.name


def is_property(node: ast.expr) -> bool:
    """Whether a decorator makes a property."""
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return name in ("property", "cached_property", "setter")


def keyword_of(node: ast.Call, name: str) -> ast.expr | None:
    """The argument given by this keyword; `None` where there is none."""
    return next((k.value for k in node.keywords if k.arg == name), None)


def is_none(node: ast.Call, name: str) -> bool:
    """Whether the keyword is given as `None`."""
    value = keyword_of(node, name)
    return isinstance(value, ast.Constant) and value.value is None


def is_true(node: ast.Call, name: str) -> bool:
    """Whether the keyword is given as `True`."""
    value = keyword_of(node, name)
    return isinstance(value, ast.Constant) and value.value is True


def sets_something(dotted: str) -> bool:
    """Whether the name of a module's function says that it changes the module: `calendar.setfirstweekday`."""
    owner, _, name = dotted.rpartition(".")
    root = dotted.split(".", maxsplit=1)[0]
    listed = root in known.SETTINGS_LISTED or root in sys.stdlib_module_names
    if _is_constant(owner) and name in known.CHANGING_METHODS:  # `STOPWORDS.add("the")`
        return True
    if changes_process_object(dotted):
        return True
    if _CONFIGURATION.search(owner) and not listed and not _ASKS.match(name):
        return True
    is_class = owner.rpartition(".")[2][:1].isupper() and not owner.endswith((".ElementTree", "PIL.Image"))
    if owner in known.SETTERS_OF_OBJECTS or dotted in known.SEED_CALLS or is_class:
        return False
    return bool(_SETTER.match(name)) and dotted not in known.NO_SETTERS and owner not in known.BUILTIN_CONTAINERS


def changes_process_object(dotted: str) -> bool:
    """Whether it is a method that changes a container that a module keeps: `warnings.filters.insert`, `nltk.data.path.append`."""
    owner, _, name = dotted.rpartition(".")
    if owner in known.PROCESS_CONTAINERS:
        return name in known.CHANGING_METHODS
    return (
        name in known.GROWING_METHODS
        and "." in owner
        and dotted.split(".", maxsplit=1)[0] not in known.FUNCTIONS_LIKE_METHODS
    )


def _is_constant(dotted: str) -> bool:
    """Whether a name is that of an object that a module keeps, by its capitals: `wordcloud.STOPWORDS`."""
    owner, _, name = dotted.rpartition(".")
    return bool(owner) and len(name) > 3 and name.isupper()


def only_sets(dotted: str) -> bool:
    """Whether a function of a library that is not known sets something, by its name, and does nothing else."""
    owner, _, name = dotted.rpartition(".")
    sets = dotted in known.SETTING_CALLS or _CONFIGURATION.search(owner) or re.match(r"(set|enable|disable)_", name)
    return bool(sets) and sets_something(dotted) and re.search(r"seed|random|state", name) is None


def is_unbound_change(dotted: str) -> bool:
    """`np.ndarray.sort(a)`, `collections.deque.append(q, 1)`: a method called through its class."""
    owner, _, name = dotted.rpartition(".")
    last = owner.rpartition(".")[2]
    is_class = (last[:1].isupper() and not _is_constant(owner)) or last in ("ndarray", "deque", "defaultdict", "array")
    return is_class and "." in owner and name in known.CHANGING_METHODS


def changes_argument(dotted: str) -> bool:
    """Whether a function that is handed on may change what it is called with, or store it in something else."""
    owner, _, name = dotted.rpartition(".")
    unbound = owner in known.BUILTIN_CONTAINERS and name in known.CHANGING_METHODS
    return unbound or dotted in known.MUTATING_CALLS or dotted in ("setattr", "delattr", "next")


def setting_of(dotted: str) -> str | None:
    """The family of settings that a function or an object of a library is for; `None` for none."""
    if dotted in known.SETTING_CALLS:
        return known.SETTING_CALLS[dotted]
    if dotted in known.SETTING_TARGETS and dotted not in known.WHOLE_MODULES:
        return known.SETTING_TARGETS[dotted]
    return None


def acts(dotted: str) -> bool:
    """Whether what has it may change what the process has, with a function or an object of a library: `np.random.seed`."""
    if dotted in ("random", "numpy.random") or dotted.startswith(("random.", "numpy.random.")):
        return not dotted.rpartition(".")[2][:1].isupper() and dotted not in known.DRAW_FREE_CALLS
    writes = dotted in known.FILE_CALLS and known.FILE_CALLS[dotted][0] == "w"
    return writes or dotted in known.SEED_CALLS or setting_of(dotted) is not None


def is_false(node: ast.Call, name: str) -> bool:
    """Whether the keyword is given as `False`."""
    value = keyword_of(node, name)
    return isinstance(value, ast.Constant) and value.value is False


def identifiers_in(text: str) -> list[str]:
    """All identifiers in a text, in order."""
    words, word = [], ""
    for char in text + " ":
        if char.isalnum() or char == "_":
            word += char
        else:
            if word.isidentifier():
                words.append(word)
            word = ""
    return words


def words_after(text: str, mark: str) -> list[str]:
    """The identifiers that follow a mark."""
    return [identifiers_in(part)[0] for part in text.split(mark)[1:] if identifiers_in(part)[:1]]


def shell_names(text: str) -> list[str]:
    """Names that `$name` or `{expression}` of a shell command may read."""
    if "$" not in text and "{" not in text:
        return []
    return sorted(set(identifiers_in(text)))


def star_dotted(name: str, items: Sequence[Item]) -> str:
    """The dotted name of what star imports bound: of the last that has it, as far as that can be told."""
    modules = [item.source.removeprefix("from ").removesuffix(" import *") for item in reversed(items)]
    exports = {module: _exports(module, name) for module in modules}
    module = min(modules, key=lambda m: (exports[m] is False, exports[m] is None))
    if module.startswith("%pylab"):
        module = "numpy" if name not in ("plt",) else "matplotlib.pyplot"
    return canonical_name(f"{module}.{name}")


def _exports(module: str, name: str) -> bool | None:
    """Whether a module has a name; `None` where nothing is known of it. Nothing is imported but Python's own modules."""
    if module in known.STAR_MODULES:
        return hasattr(importlib.import_module(module), name)
    if module == "numpy.random":
        return name in known.NUMPY_RANDOM
    dotted = f"{module}.{name}"
    return True if dotted == "sympy.var" or dotted in known.SETTING_CALLS or dotted in known.SEED_CALLS else None
