"""Which files the pipeline needs beside it, and whether its stages can leave the notebook's folder."""

from __future__ import annotations

import ast
import os
import posixpath
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from nb2pipe.dataflow import knowledge as known
from nb2pipe.dataflow.facts import Effect, EffectKind, Facts, Item, LocalModule, LocalModules, ProgramCell
from nb2pipe.dataflow.scopes import bound_names
from nb2pipe.dataflow.world import script_of, written_text
from nb2pipe.diagnostics import Diagnostic, Span
from nb2pipe.literals import SETTINGS_FILE
from nb2pipe.notebook.model import Notebook
from nb2pipe.pipeline.imports import acts
from nb2pipe.pipeline.model import DataFile

_MOST_BYTES = 50 * 1024 * 1024
_MOST_FILES = 500
_MUTATORS = frozenset(
    {"append", "appendleft", "extend", "insert", "add", "update", "setdefault", "sort"}
    | {"pop", "popitem", "remove", "discard", "clear"}
)
_MAY_DRAW = re.compile(r"matplotlib|seaborn|pylab|plot|hist|draw")
_IMPORTING = frozenset({"import_module", "__import__"})
_ASKS_FOLDER = re.compile(r"\b(?:getcwdb?|cwd|abspath|realpath|absolute|resolve)\(|!\s*pwd\b|\bPWD\b")
_SHOWS_FOLDER = frozenset({"pwd", "cd", "pushd", "popd", "dirs", "dhist"})
_NAMES_MODULE = re.compile(r"[/'\"](\w+)\.py['\"]")
_ADDING = frozenset({"append", "insert", "extend"})
#: Builtins with which a program binds names that do not stand in its text, and IPython's shell.
_BINDING = frozenset({"exec", "eval", "globals", "get_ipython", "setattr", "vars", "locals"})
_PLACED = re.compile(r"\b__file__\b|\b__path__\b|\bimportlib\.resources\b|\bpkgutil\b|\bpkg_resources\b")
_UP = re.compile(r"(?<![\w.])(?:\.\./)+|(?<![\w.])(?:\.\.[\"'])")
_TAKEN = frozenset(
    {"src", "tests", "stages", "products", ".github", ".git", ".nb2pipe"}
    | {"README.md", "pyproject.toml", "params.yaml", "env.yaml", "pipeline.yaml"}
    | {".gitignore", ".gitattributes", ".pre-commit-config.yaml"}
)


@dataclass(frozen=True, slots=True)
class Files:
    """What the project takes along; `own_modules` are the names of modules beside the notebook, also of those that stay there."""

    local_modules: tuple[DataFile, ...]
    own_modules: frozenset[str]
    data_files: tuple[DataFile, ...]
    in_place: bool
    diagnostics: tuple[Diagnostic, ...]
    folders: tuple[str, ...] = ()


def levels_up(sources: Iterable[str]) -> int:
    """How many folders above its own the notebook's code names (`../data`), at most 3."""
    return min(3, max((m.group().count("..") for s in sources for m in _UP.finditer(s)), default=0))


def find_files(facts: Facts, real: Sequence[str], notebook: Notebook, program: Sequence[ProgramCell]) -> Files:
    """Finds data files and local modules.

    Every file that a stage reads must be known by its path, lie below the notebook's folder and be there; otherwise stages
    run in the notebook's folder, where relative paths mean what they meant.
    """
    found = _local_modules(notebook.folder, program)
    staying = {_root_of(file) for file in found if _looks_around(file.source)}
    modules = tuple(file for file in found if _root_of(file) not in staying)
    own = {_root_of(file) for file in found} | {name.split(".")[0] for name in facts.local.modules}
    written: list[str] = []
    wanted: dict[str, str] = {}
    reason: tuple[str, object] | None = None
    for name in ("#shared", *real):
        stage = facts.stages.get(name)
        if stage is None:
            continue
        for effect in stage.effects:
            if effect.kind not in (EffectKind.READ, EffectKind.WRITE):
                continue
            why = _outside(effect.key)
            if effect.kind is EffectKind.WRITE and not why:
                written.append(posixpath.normpath(effect.key))
            elif not why:
                path = posixpath.normpath(effect.key)
                if not any(path == w or path.startswith(w + "/") for w in written):
                    full = os.path.join(notebook.folder, path)
                    if os.path.exists(full):
                        wanted[path] = full
            if why and reason is None:
                reason = (why, effect.span)
    if reason is None and any(_asks_folder(part) for part in program):
        reason = ("the notebook asks in which folder it runs", None)
    if own and reason is None:
        reason = ("modules beside the notebook may read files", None)
    copies = _copies(wanted) if reason is None else None
    if copies is None:
        notes = _note(reason) if reason is not None and (wanted or reason[1] is not None) else ()
        return Files(modules, frozenset(own), (), True, notes)
    return Files(modules, frozenset(own), copies, False, (), _folders(written, wanted, copies, notebook.folder))


def _folders(
    written: Iterable[str], wanted: Collection[str], copies: Iterable[DataFile], place: str
) -> tuple[str, ...]:
    """Folders beside the notebook that stages write into, but for those that are there with files, or are looked into."""
    found = {posixpath.dirname(path) for path in written} - {""}
    there = [file.path for file in copies]
    return tuple(
        folder
        for folder in sorted(found)
        if os.path.isdir(os.path.join(place, folder))
        if not any(path.startswith(folder + "/") for path in there)
        if not any(folder == path or folder.startswith(path + "/") for path in wanted)
    )


def note_settings_file(facts: Facts, real: Sequence[str], folder: str, program: Sequence[ProgramCell]) -> None:
    """Each stage of a notebook that may draw reads the `matplotlibrc` in its folder: importing matplotlib does."""
    draws = any(_MAY_DRAW.search(part.python.text) for part in program)
    if draws and os.path.isfile(os.path.join(folder, SETTINGS_FILE)):
        for name in real:
            first = next((part.cell.number for part in program if part.stage == name), 0)
            facts.stages[name].effects.insert(0, Effect(EffectKind.READ, SETTINGS_FILE, Span(first)))


def _root_of(file: DataFile) -> str:
    return file.path.split("/")[0].removesuffix(".py")


def _looks_around(path: str) -> bool:
    """Whether a module finds files by the place where it stands itself."""
    with open(path, encoding="utf-8", errors="replace") as file:
        return _PLACED.search(file.read()) is not None


def _note(reason: tuple[str, object]) -> tuple[Diagnostic, ...]:
    from nb2pipe.diagnostics import Span

    why, span = reason
    place = span if isinstance(span, Span) else Span()
    return (
        Diagnostic(
            "NB401", f"stages run in the notebook's folder: {why}", place, "the file is known only when it runs",
            "name files by literal relative paths to get a project that carries its data",
        ),
    )  # fmt: skip


def _outside(path: str) -> str:
    """Why a path cannot be carried along; empty where it can."""
    if not path:
        return "a path is computed, or a command may use any file"
    if "://" in path:
        return ""
    normal = posixpath.normpath(path)
    if posixpath.isabs(normal) or path.startswith("~"):
        return ""
    if normal.startswith("..") or normal == ".":
        return f"`{path}` is not below the notebook's folder"
    if any(c in path for c in "*?["):
        return f"`{path}` is a pattern"
    if normal.split("/")[0] in _TAKEN:
        return f"`{path}` is a name that the project itself uses"
    return ""


def _asks_folder(part: ProgramCell) -> bool:
    """Whether a cell asks in which folder it runs, or says so."""
    return _ASKS_FOLDER.search(part.cell.source) is not None or any(m.name in _SHOWS_FOLDER for m in part.python.magics)


def _copies(wanted: dict[str, str]) -> tuple[DataFile, ...] | None:
    files: dict[str, str] = {}
    size = 0
    for path, full in sorted(wanted.items()):
        found = [(path, full)]
        if os.path.isdir(full):
            found = [
                (
                    posixpath.join(path, os.path.relpath(os.path.join(root, f), full).replace(os.sep, "/")),
                    os.path.join(root, f),
                )
                for root, _, names in os.walk(full)
                for f in names
            ]
        for relative, absolute in found:
            if not os.path.isfile(absolute):
                return None
            size += os.path.getsize(absolute)
            files[relative] = absolute
    if size > _MOST_BYTES or len(files) > _MOST_FILES:
        return None
    return tuple(DataFile(source, path) for path, source in sorted(files.items()))


def _local_modules(folder: str, program: Sequence[ProgramCell]) -> tuple[DataFile, ...]:
    """Modules and packages beside the notebook that its code imports, and what those import there."""
    pending = _importing(program)
    files: dict[str, str] = {}
    while pending:
        for root in sorted(_imported(pending.pop())):
            for _, path in _files_of(folder, root):
                relative = os.path.relpath(path, folder).replace(os.sep, "/")
                if relative in files:
                    continue
                files[relative] = path
                try:
                    with open(path, encoding="utf-8") as file:
                        pending.append(ast.parse(file.read()))
                except (SyntaxError, UnicodeDecodeError, OSError):
                    continue
    return tuple(DataFile(source, path) for path, source in sorted(files.items()))


def missing_modules(folder: str, program: Sequence[ProgramCell]) -> frozenset[str]:
    """Top-level modules that the notebook may write as it runs: they are found neither here nor beside it, or it names their file."""
    import importlib.util
    import sys

    named = {name for part in program for name in _NAMES_MODULE.findall(part.cell.source)}
    found = set()
    for root in {r for tree in _importing(program) for r in _imported(tree)}:
        if root in sys.stdlib_module_names or os.path.exists(os.path.join(folder, f"{root}.py")):
            continue
        if os.path.isdir(os.path.join(folder, root)):
            continue
        if root in named:
            found.add(root)  # another one of that name may be installed
            continue
        if root in known.LIBRARIES:
            continue
        try:
            missing = importlib.util.find_spec(root) is None
        except (ImportError, ValueError):
            missing = True
        if missing:
            found.add(root)
    return frozenset(found)


def is_submodule(package: str, attribute: str) -> bool:
    """Whether `package.attribute` is a module of its own, by the files that are there; nothing is imported."""
    import importlib.util

    root, *inner = package.split(".")
    try:
        spec = importlib.util.find_spec(root)
    except (ImportError, ValueError):
        return False
    folders = spec.submodule_search_locations if spec is not None else None
    return any(
        os.path.isfile(os.path.join(folder, *inner, f"{attribute}.py"))
        or os.path.isfile(os.path.join(folder, *inner, attribute, "__init__.py"))
        for folder in folders or ()
    )


def available_import(item: Item) -> Item | None:
    """An import that may not have taken place, or failed, as one of a module that is there; `None` where none is."""
    assert item.alias is not None
    module, part, _ = item.alias
    root, *inner = module.split(".")
    found = root
    for name in (*inner, part):
        if not is_submodule(found, name):
            break
        found += f".{name}"
    if found == root and not is_submodule(root, "__init__"):
        return None
    return replace(item, source=f"import {found}", alias=(found, "", root), binds=(root,), pure=True)


def read_local_modules(folder: str, program: Sequence[ProgramCell], missing: frozenset[str]) -> LocalModules:
    """Reads the local modules that a notebook imports; `missing` are those that are not there before it runs."""
    cells = {name[:-3]: bodies for name, bodies in _written_by_cells(program).items() if name.endswith(".py")}
    texts = {root: bodies[-1] for root, bodies in cells.items()}
    times = Counter({root: len(bodies) for root, bodies in cells.items()})
    for root in missing - texts.keys():
        mentions = sum(part.cell.source.count(f"{root}.py") for part in program)
        found = [t for part in program for t in _texts_written(part.tree, f"{root}.py")]
        if len(found) == mentions == 1:
            texts[root] = found[0]
            times[root] = 1
    for root in {r for tree in _importing(program) for r in _imported(tree)}:
        path = os.path.join(folder, f"{root}.py")
        if root not in texts and os.path.isfile(path):
            with open(path, encoding="utf-8", errors="replace") as file:
                texts[root] = file.read()
    written = {
        r for r in missing - texts.keys() if any(re.search(rf"\b{r}\.py['\"]", part.cell.source) for part in program)
    }
    trees = {root: tree for root, text in texts.items() if (tree := _parse(text)) is not None}
    stateful = written | {root for root in texts if root not in trees or _has_state(trees[root])}
    sure = {root: tree for root, tree in trees.items() if times[root] <= 1}
    setters = {f"{root}.{name}": families for root, tree in sure.items() for name, families in _setters(tree).items()}
    modules = _all_modules([folder, *search_path(folder, program)], sure, _importing(program))
    acting = written | {root for root in texts if root not in sure} | _acting(modules)
    stateful -= modules.keys()
    return LocalModules(
        MappingProxyType(modules),
        frozenset(stateful),
        MappingProxyType(sure),
        setters,
        frozenset(acting),
        MappingProxyType(_scripts(folder, program)),
    )


def _written_by_cells(program: Sequence[ProgramCell]) -> dict[str, list[str]]:
    """The files that `%%writefile` writes, as they are named there, each with its texts in order."""
    found: dict[str, list[str]] = {}
    for magic in (m for part in program if (m := part.python.cell_magic) is not None):
        if magic.name in ("writefile", "file") and (words := magic.arguments.split()):
            found.setdefault(words[-1], []).append(magic.body)
    return found


def _scripts(folder: str, program: Sequence[ProgramCell]) -> dict[str, frozenset[str]]:
    """The names that scripts may bind which `%run` runs, by their names there, where texts that are known say all of them.

    Which text a script has when it runs, that beside the notebook or one that cells write or append, is left open.
    """
    found: dict[str, frozenset[str]] = {}
    for script in {script_of(m.arguments) for part in program for m in part.python.magics if m.name == "run"} - {""}:
        path = os.path.normpath(script if script.endswith((".py", ".ipy", ".ipynb")) else f"{script}.py")
        name = os.path.basename(path).removesuffix(".py")
        if not path.endswith(".py") or any(name in _NAMES_MODULE.findall(part.cell.source) for part in program):
            continue  # code of the notebook may write it
        texts = [t for n, bodies in _written_by_cells(program).items() if os.path.normpath(n) == path for t in bodies]
        if os.path.isfile(place := os.path.join(folder, path)):
            with open(place, encoding="utf-8", errors="replace") as file:
                texts.append(file.read())
        trees = [tree for tree in map(_parse, texts) if tree is not None]
        told = len(trees) == len(texts) and not any(_binds_unseen(node) for tree in trees for node in ast.walk(tree))
        if texts and told:
            found[script] = frozenset(bound for tree in trees for bound in bound_names(tree.body))
    return found


def _binds_unseen(node: ast.AST) -> bool:
    """Whether it may bind names that do not stand in the text."""
    if isinstance(node, ast.ImportFrom):
        return any(alias.name == "*" for alias in node.names)
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Name) and called.id in _BINDING


def _acting(modules: Mapping[str, LocalModule]) -> set[str]:
    """The top-level names of modules whose import does more than define, as that of a module that they import does."""
    found = {name.split(".")[0] for name, module in modules.items() if acts(module.tree)}
    while True:
        more = {
            root
            for name, module in modules.items()
            if (root := name.split(".")[0]) not in found and not found.isdisjoint(_imported(module.tree))
        }
        if not more:
            return found
        found |= more


def search_path(folder: str, program: Sequence[ProgramCell]) -> list[str]:
    """Folders that the notebook adds to `sys.path`, as far as their names stand in the text."""
    found = []
    for node in (n for part in program if "path" in part.python.text for n in ast.walk(part.tree)):
        function = node.func if isinstance(node, ast.Call) else None
        if isinstance(function, ast.Attribute) and function.attr in _ADDING and _last_name(function.value) == "path":
            assert isinstance(node, ast.Call)
            given: list[ast.expr] = node.args
        elif isinstance(node, ast.AugAssign) and _last_name(node.target) == "path":
            given = [node.value]
        else:
            continue
        text = " ".join(map(ast.unparse, given))
        ups = [".."] * (len(re.findall(r"\.parent\b", text)) + text.count("dirname("))
        names = [n.value for each in given for n in ast.walk(each) if isinstance(n, ast.Constant)]
        path = os.path.normpath(os.path.join(folder, *ups, *(n for n in names if isinstance(n, str))))
        if os.path.isdir(path) and path not in found:
            found.append(path)
    return found


def _all_modules(
    folders: Sequence[str], trees: Mapping[str, ast.Module], program: Iterable[ast.Module]
) -> dict[str, LocalModule]:
    """Modules whose text is known, with those in the folders and all that those import there, by full names."""
    found = {root: LocalModule(tree) for root, tree in trees.items()}
    pending = [*program, *trees.values()]
    seen = set(trees)
    while pending:
        for root in sorted(_imported(pending.pop()) - seen):
            seen.add(root)
            for name, path in next(filter(None, (_files_of(folder, root) for folder in folders)), []):
                with open(path, encoding="utf-8", errors="replace") as file:
                    tree = _parse(file.read())
                if tree is not None:
                    found[name] = LocalModule(tree, os.path.basename(path) == "__init__.py")
                    pending.append(tree)
    return found


def _is_installed(root: str) -> bool:
    """Whether a module of that name is found where no folder of the notebook is looked into."""
    import importlib.util

    try:
        spec = importlib.util.find_spec(root)
    except (ImportError, ValueError):
        return False
    return spec is not None and spec.origin is not None


def _files_of(folder: str, root: str) -> list[tuple[str, str]]:
    """The modules that a name in a folder stands for, with their files.

    A folder without `__init__.py` is a package unless one is installed under that name.
    """
    if os.path.isfile(path := os.path.join(folder, f"{root}.py")):
        return [(root, path)]
    package = os.path.join(folder, root)
    if not os.path.isdir(package) or (not os.path.isfile(os.path.join(package, "__init__.py")) and _is_installed(root)):
        return []
    found = []
    for place, folders, names in os.walk(package):
        folders.sort()
        name_of = os.path.relpath(place, folder).replace(os.sep, ".")
        for name in sorted(n for n in names if n.endswith(".py")):
            found.append((name_of if name == "__init__.py" else f"{name_of}.{name[:-3]}", os.path.join(place, name)))
    return found[:_MOST_FILES]


def _setters(tree: ast.Module) -> dict[str, frozenset[str]]:
    """Functions of a module whose every statement changes a setting, to the settings."""
    imports: dict[str, str] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Import):
            imports |= {
                a.asname or a.name.split(".")[0]: a.name if a.asname else a.name.split(".")[0] for a in statement.names
            }
        elif isinstance(statement, ast.ImportFrom):
            imports |= {a.asname or a.name: f"{statement.module}.{a.name}" for a in statement.names}
    found: dict[str, frozenset[str]] = {}
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef) and not statement.decorator_list:
            documented = ast.get_docstring(statement) is not None
            families = [_family(part, imports) for part in statement.body[documented:]]
            if families and all(families):
                found[statement.name] = frozenset(families)
    return found


def _family(node: ast.stmt, imports: Mapping[str, str]) -> str:
    """The setting that a statement changes and nothing else: `rcParams[…] = …`, `pandas.set_option(…)`; empty for none."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Subscript):
        changed, given = ast.unparse(node.targets[0].value), [node.value]
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        changed, given = ast.unparse(node.value.func), [*node.value.args, *(k.value for k in node.value.keywords)]
    else:
        return ""
    root, dot, rest = changed.partition(".")
    dotted = imports.get(root, root) + dot + rest
    if any(isinstance(part, (ast.Call, ast.Lambda)) for each in given for part in ast.walk(each)):
        return ""
    return known.SETTING_CALLS.get(dotted, "") or known.SETTING_TARGETS.get(dotted.removesuffix(".update"), "")


def _parse(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


def _texts_written(tree: ast.AST, path: str) -> list[str]:
    """What `open(path, "w").write(text)` and `Path(path).write_text(text)` write, where both are constants."""
    found = []
    for node in ast.walk(tree):
        written = written_text(node)
        if written is not None and written.path == path:
            found.append(written.text)
    return found


def _has_state(tree: ast.Module) -> bool:
    names = {t.id for s in tree.body if isinstance(s, ast.Assign) for t in s.targets if isinstance(t, ast.Name)}
    for statement in tree.body:
        if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Global):
                return True
            changed: ast.expr | None = None
            if isinstance(node, (ast.Subscript, ast.Attribute)) and isinstance(node.ctx, (ast.Store, ast.Del)):
                changed = node.value
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _MUTATORS:
                changed = node.func.value
            if isinstance(changed, ast.Name) and changed.id in names:
                return True
    return False


def _importing(program: Sequence[ProgramCell]) -> list[ast.Module]:
    """The cells that may import something."""
    return [part.tree for part in program if "import" in part.python.text]


def _last_name(node: ast.expr) -> str:
    """`c` of `a.b.c`; empty for what is no name."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _imported(tree: ast.AST) -> set[str]:
    roots: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            roots |= {a.name.split(".")[0] for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            roots.add(node.module.split(".")[0])
        elif isinstance(node, ast.Call) and node.args and _last_name(node.func) in _IMPORTING:
            name = getattr(node.args[0], "value", None)
            roots |= {name.split(".")[0]} if isinstance(name, str) else set()
    return roots
