"""What a whole notebook can reach, as far as its text tells: files, clocks, random numbers, figures, the process itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from nb2pipe.dataflow import knowledge as known
from nb2pipe.dataflow.facts import ProgramCell

#: Attributes of those modules, and of what they make, that reach files, clocks, random numbers or modules.
_OPEN_ATTRIBUTES = re.compile(
    r"random|random_\w+|sample|samples|shuffle|permutation|choice|save\w*|load\w*|to_\w+|read\w*|write\w*|tofile|fromfile|memmap|DataSource|plot|now|"
    r"today|plotting|hist|boxplot|open|import_module|patch|eval|dump|testing|f2py|distutils|ctypeslib|methodcaller|attrgetter|"
    r"open_\w+|start_\w+|create_\w*(connection|server|subprocess\w*)|to_thread|run_in_executor|backup|blobopen|enable_load_extension"
)
#: The same as texts, as some functions take the names of methods, and what reaches as far in SQL.
_OPEN_TEXTS = re.compile(
    r"^(random|sample|shuffle|to_\w+|read_\w+)$|(?i:\battach\b|\bvacuum\b|\brandom\(|\bcurrent_|'now')"
)
#: What depends on the streams of a process, on counts of references, or on where a definition stands.
_PLACE = re.compile(
    r"std(out|err|in)|StreamHandler|redirect_\w+|capture_output|getsource\w*|findsource|linecache|co_\w+|f_lineno|print_exc|format_exc|"
    r"getrefcount|get_referrers|get_objects|finalize"
)
_DRAWING_METHODS = frozenset(("plot", "hist", "boxplot"))
_ORDERLESS = frozenset(("sorted", "len", "min", "max", "sum", "any", "all"))
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)

#: Libraries whose objects touch files in methods whose names say so, or in functions that a table has.
_TAME_ROOTS = (
    known.ARGUMENT_SAFE_ROOTS
    | known.CLOSED_LIBRARIES
    | {"torch", "torchmetrics", "torchinfo", "torchsummary", "einops"}
)
#: Modules of which that is not so, and those of a library of which only they are so.
_WILD_MODULES = re.compile(r"torch\.(hub|jit|onnx|package|distributed|profiler|utils\.(tensorboard|cpp_extension))\b")
_TAME_MODULES = ("torchvision.transforms", "torchvision.models", "torchvision.ops")
_FILE_NAMES = (
    {dotted.rpartition(".")[2] for dotted in (*known.FILE_CALLS, *known.TENSOR_FILE_CALLS)}
    | known.WRITING_METHODS
    | known.READING_METHODS
    | known.MOVING_METHODS
) - {"use", "replace", "copy", "compile", "group"}
_FILE_WORDS = re.compile(
    r"_?(?:save|load(?!_state_dict)|read|write|dump|open|close|flush|export|import_|download|upload|fetch|url|log(?!$|_?soft|_?sig|1p|10|2"
    r"|_prob|sumexp|det|space|it)|debug|info|warn|error|critical|exception|execute|system|run|start|submit|map_async|to_[a-z]|from_file"
    r"|from_pretrained|checkpoint|store|cache|memmap|mkdir|remove|unlink|delete|move|rename|cleanup|touch|commit|sync|extract|add_scalar"
    r"|add_image|add_graph|add_text|add_hist|add_embedding|add_figure)"
)


@dataclass(frozen=True, slots=True)
class World:
    """What a notebook can reach.

    Attributes:
        closed: Nothing in it can reach files, clocks or random numbers, whatever calls whatever.
        draws: It can open figures.
        placed: It looks at the process: its streams, addresses, or where code stands.
        unordered: Its functions go through sets, whose order differs from process to process.
    """

    closed: bool
    draws: bool
    placed: bool
    unordered: bool


def look_at_world(program: Sequence[ProgramCell], modules: Mapping[str, ast.Module] = MappingProxyType({})) -> World:
    """What a notebook can reach.

    Args:
        program: Its cells.
        modules: Modules beside it, and those that it writes; what is not among them is foreign.
    """
    names: set[str] = set()
    roots: set[str] = set()
    unordered = False
    for tree in (*(part.tree for part in program), *modules.values()):
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                roots |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                roots.add((node.module or "").split(".")[0])
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.Name):
                names.add(node.id)
            elif isinstance(node, ast.Attribute):
                names.add(node.attr)
            unordered |= isinstance(node, _DEFINITIONS) and uses_unordered(node)
    return World(
        _is_closed(program, modules),
        not (roots.isdisjoint(known.DRAWING_MODULES) and names.isdisjoint(_DRAWING_METHODS)),
        "*" in names or any(map(_PLACE.fullmatch, names)),
        unordered,
    )


def script_of(arguments: str) -> str:
    """The script that `%run` runs, as it is named; empty for a module (`-m`) and for none."""
    words = arguments.split()
    if "-m" in words:
        return ""
    return next((word.strip("'\"") for word in words if not word.startswith("-")), "")


def uses_unordered(tree: ast.AST) -> bool:
    """Whether some code makes a set, other than to sort or to count it."""
    harmless: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _ORDERLESS:
            harmless |= {id(argument) for argument in node.args}
        made = isinstance(node, (ast.Set, ast.SetComp)) or (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("set", "frozenset")
        )
        if made and id(node) not in harmless:
            return True
    return False


def _is_closed(program: Sequence[ProgramCell], modules: Mapping[str, ast.Module]) -> bool:
    for part in program:
        magic = part.python.cell_magic
        if magic is not None and magic.name in ("writefile", "file"):
            continue
        if part.python.magics or magic is not None:
            return False
        rest = (s for s in part.tree.body if not _writes_module(s, modules))
        if not all(_stays_inside(node, modules) for statement in rest for node in ast.walk(statement)):
            return False
    return all(_stays_inside(node, modules) for tree in modules.values() for node in ast.walk(tree))


@dataclass(frozen=True, slots=True)
class Written:
    """A text that a call writes to a file, both constants.

    Attributes:
        opened: The call that opens the file.
        path: The file, as it is named.
        text: The text.
    """

    opened: ast.Call
    path: object
    text: str


def written_text(node: ast.AST) -> Written | None:
    """What `open(path, "w").write(text)` or `Path(path).write_text(text)` writes, where both are constants."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or len(node.args) != 1:
        return None
    opened, text = node.func.value, node.args[0]
    if node.func.attr not in ("write", "write_text") or not isinstance(opened, ast.Call) or not opened.args:
        return None
    path = opened.args[0]
    if isinstance(path, ast.Constant) and isinstance(text, ast.Constant):
        return Written(opened, path.value, str(text.value))
    return None


def _writes_module(node: ast.stmt, modules: Mapping[str, ast.Module]) -> bool:
    """Whether a statement writes one of the modules, and does no more."""
    written = written_text(node.value) if isinstance(node, ast.Expr) else None
    return (
        written is not None
        and isinstance(written.opened.func, ast.Name)
        and written.opened.func.id == "open"
        and all(isinstance(argument, ast.Constant) for argument in written.opened.args)
        and str(written.path).removesuffix(".py") in modules
    )


def _stays_inside(node: ast.AST, modules: Mapping[str, ast.Module]) -> bool:
    """Whether a syntax node names nothing that leads out of the notebook."""
    if isinstance(node, ast.Import):
        return all(_is_closed_module(alias.name, modules) for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        return _is_closed_module(node.module or ".", modules) and not any(
            alias.name == "*" or _OPEN_ATTRIBUTES.fullmatch(alias.name) for alias in node.names
        )
    if isinstance(node, ast.Name):
        return node.id not in known.OPEN_BUILTINS
    if isinstance(node, ast.Attribute):
        return _OPEN_ATTRIBUTES.fullmatch(node.attr) is None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "connect":
        return len(node.args) == 1 and isinstance(node.args[0], ast.Constant) and node.args[0].value == ":memory:"
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _OPEN_TEXTS.search(node.value) is None
    return True


def _is_closed_module(name: str, modules: Mapping[str, ast.Module]) -> bool:
    root, *rest = name.split(".")
    return (root in known.CLOSED_MODULES or root in modules) and not any(map(_OPEN_ATTRIBUTES.fullmatch, rest))


def is_fileless(dotted: str) -> bool:
    """A function or class of PyTorch that touches no file."""
    if dotted.rpartition(".")[0] == "torch":
        return dotted not in known.TENSOR_FILE_CALLS
    return any(dotted.startswith(f"{module}.") for module in known.FILELESS_TENSOR_MODULES)


def takes_files(name: str) -> bool:
    """Whether a method or function of a library may read or write files, as its name says."""
    return name in _FILE_NAMES or _FILE_WORDS.match(name) is not None


def names_no_files(trees: Sequence[ast.AST]) -> bool:
    """Whether what a notebook's objects do with files is in the names of the calls, as its libraries are known to keep to that.

    What takes files must be called where it is named, as it could be called by any name elsewhere, and not by a definition.
    """
    nodes = [node for tree in trees for node in ast.walk(tree)]
    inner = {id(n) for node in nodes if isinstance(node, _DEFINITIONS) for n in ast.walk(node)}
    own = {node.name for node in nodes if isinstance(node, _DEFINITIONS) and not isinstance(node, ast.Lambda)}
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call) and id(node) not in inner}
    return all(_is_tame(node, own, id(node) in called) for node in nodes)


def _is_tame(node: ast.AST, own: Collection[str], is_called: bool) -> bool:
    if isinstance(node, ast.Import):
        return all(_is_tame_module(alias.name) for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        renamed = any(takes_files(alias.name) and alias.asname for alias in node.names)
        return not (node.level or renamed) and all(
            _is_tame_module(f"{node.module}.{alias.name}") for alias in node.names
        )
    if isinstance(node, ast.Attribute):
        mine = node.attr in own and node.attr not in _FILE_NAMES
        return (is_called or mine or not takes_files(node.attr)) and not _WILD_MODULES.match(ast.unparse(node))
    return not isinstance(node, ast.Name) or is_called or node.id not in _FILE_NAMES


def _is_tame_module(dotted: str) -> bool:
    root, last = dotted.split(".", maxsplit=1)[0], dotted.rpartition(".")[2]
    tame = root in _TAME_ROOTS and not _WILD_MODULES.match(dotted) and last != "*"
    return tame or any(f"{dotted}.".startswith(f"{module}.") for module in _TAME_MODULES)
