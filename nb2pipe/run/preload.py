"""What the process that forks may load before it does, and which stages must not see it, or need a kernel."""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from nb2pipe.literals import SETTINGS_FILE, read_workdir
from nb2pipe.run.model import Project, Task
from nb2pipe.run.stage_source import StageSource

#: Packages that only define things when they are imported: no threads, no windows, no output. In the order in which they
#: build upon each other. Others are imported by the stages themselves.
QUIET = (
    "numpy",
    "dateutil",
    "pytz",
    "PIL",
    "yaml",
    "cloudpickle",
    "joblib",
    "scipy",
    "pandas",
    "matplotlib",
    "networkx",
    "sympy",
    "patsy",
    "openpyxl",
    "tqdm",
    "statsmodels",
    "sklearn",
)

#: pyplot chooses its backend when it is imported, so only what it imports is loaded before; the same for what imports it.
_INSTEAD = {
    "matplotlib": (
        "matplotlib",
        "matplotlib.figure",
        "matplotlib.image",
        "matplotlib.style",
        "matplotlib.projections",
        "matplotlib.backends.backend_agg",
    ),
    "seaborn": (
        "scipy.stats",
        "pandas",
        "matplotlib.figure",
        "matplotlib.backends.backend_agg",
        "matplotlib.projections",
    ),
}

#: What others build upon is loaded first, so that it is known which of them changes the filters of warnings.
_BASES = (
    ("numpy", frozenset(QUIET) - {"dateutil", "pytz", "PIL", "yaml", "cloudpickle", "openpyxl", "tqdm"} | {"seaborn"}),
    ("scipy.special", frozenset({"sklearn", "statsmodels", "seaborn"})),
)

#: Changes of `sys.path` that are not those of every project.
_PATHS = re.compile(r"\bsys\.path(?:\.(?:insert|append|extend)\((?!0, str\(project|str\(WORKDIR)|\s*(?:\[|\+?=(?!=)))")
_FILTERS = re.compile(r"\b(?:simplefilter|filterwarnings|resetwarnings|catch_warnings|warnings\.filters)\b")
_KERNEL = re.compile(
    r"(?<![\w.])(?P<call>input|breakpoint|exit|quit|raw_input)\s*\(|\b(?P<module>getpass|ipywidgets|ipykernel|zmq|tornado|"
    r"nest_asyncio|jupyter_client|pdb|ipdb|debugpy)\b|(?P<attribute>get_ipython\(\)\.kernel)\b|"
    r"\b(?P<thread>current_thread|active_count|threading\.enumerate|threadName|all_tasks)\b|"  # a kernel has some, too
    r"\b(?P<depth>RecursionError|[gs]etrecursionlimit|inspect\.stack|getouterframes|f_back)\b|"  # and is called by others
    r"(?P<stream>\btype\(sys\.std(?:out|err)|\bsys\.std(?:out|err)\.__class__|\bsys\.displayhook\b)|"
    r"^\s*%(?P<magic>gui|run|debug|pdb|connect_info|qtconsole|edit|ed|less|more|man|page|pinfo2?|psource|"
    r"matplotlib[ \t]+(?!inline\b)\w+)\b",
    re.M,
)
_BARE = re.compile(
    r"\benviron\s*(?:\[[^\]\n]*\]\s*(?:=(?!=)|\+=)|\.\s*(?:update|setdefault|pop|clear|popitem)\b)|\bdel\s+os\.environ|"
    r"\b(?:put|unset)env\b|^\s*%(?:env|set_env)\s+\w+[ \t=]|\bsys\.modules\b|\bimportlib\b|\b__import__\b|\breload\s*\(|"
    r"\bmeta_path\b|\bpath_hooks\b|\btracemalloc\b|\bsettrace\b|\bsetprofile\b|\bset_start_method\b|\bget_backend\b|"
    r"\bmatplotlib\s*\.\s*use\b|\bmpl\s*\.\s*use\b|\bswitch_backend\b",
    re.M,
)
#: Python's generator, seeded or gone on with, and an import that stands where the notebook has it.
_SEEDS = re.compile(
    r"(?<![\w.])random\.(?:seed|setstate)\b|\bimport random as\b|\bfrom random import\b|"
    r"\brestore_random_state\([^)]*['\"]random['\"]|\b(?:set_random_seed|seed_everything|set_seed)\b"
)
_PLACED = re.compile(r"^(?P<indent>[ \t]*)(?:from|import)[ \t]+(?P<root>\w+)", re.M)
#: Of those that are loaded before, scikit-learn draws from it when it is imported, where rich is installed.
_DRAW_FREE = frozenset(QUIET) - {"sklearn"} | {"seaborn", "mpl_toolkits", "IPython"} | sys.stdlib_module_names
#: nb2pipe's own modules in a project do nothing that a loaded library could change.
_OWN = ("artifacts.py", "display.py")


def needs_kernel(source: StageSource, modules: Iterable[str]) -> str:
    """What in a stage only a real kernel does, in a few words; empty where there is nothing."""
    for text in (*(c.source for c in source.cells if c.kind == "code"), *modules):
        if found := _KERNEL.search(text):
            name = found["magic"]
            return f"%{name}" if name else next(v for v in found.groupdict().values() if v)
    return ""


def must_be_bare(source: StageSource, modules: Iterable[str], imported: Iterable[str], project: Project) -> str:
    """Why a stage must not find libraries loaded, in a few words; empty where it may."""
    cells, modules = [c.source for c in source.cells if c.kind == "code"], list(modules)
    texts = cells + modules
    for text in texts:
        if found := _BARE.search(text):
            return found[0].strip()
    return _drawing_import(cells, modules, project) or _unseen_submodule(texts, set(imported))


def _drawing_import(cells: Sequence[str], modules: Sequence[str], project: Project) -> str:
    """An import that may draw from Python's generator, and stands where that has been seeded."""
    if not any(_SEEDS.search(text) for text in (*cells, *modules)):
        return ""
    found = [m for text in cells for m in _PLACED.finditer(text)]
    inside = [m for text in modules for m in _PLACED.finditer(text)]
    found += [m for m in inside if m["indent"]]
    local = _local_names(project)
    beside = local - _own_names(project)
    # What a module imports at its top comes late, too, where the cells seed before they import it, or where it is placed.
    seeds_first = any(_SEEDS.search(text) and "restore_random_state" not in text for text in cells)
    if seeds_first or any(m["root"] in beside for m in found):
        found += inside
    return next((m["root"] for m in found if m["root"] not in _DRAW_FREE | local), "")


def has_settings_file(project: Project) -> bool:
    """Whether matplotlib finds settings in the folder where the stages run, which it reads when it is imported."""
    files = (path for task in project.tasks.values() for path in task.resources.values() if path.name == _OWN[0])
    if (file := next(files, None)) is None:
        return False
    variable, folder = read_workdir(file.read_text(encoding="utf-8"))
    return (project.root / os.environ.get(variable, folder) / SETTINGS_FILE).is_file()


def heeds_imports(source: StageSource, modules: Iterable[str]) -> bool:
    """Whether it counts when a stage imports libraries: it says which warnings are shown, or where modules are found."""
    texts = [c.source for c in source.cells if c.kind == "code"] + list(modules)
    return any(_FILTERS.search(text) or _PATHS.search(text) for text in texts)


def _unseen_submodule(texts: Iterable[str], imported: set[str]) -> str:
    """A submodule that a stage uses without importing it: whether it is there depends on what else is loaded."""
    seen = {name.rpartition(".")[0] for name in imported} | imported
    for text in texts:
        for package in _bare_imports(text):
            for match in re.finditer(rf"\b{package[1]}\.([a-z_]\w*)\.", text):
                name = f"{package[0]}.{match[1]}"
                if package[0] in QUIET and package[0] not in _COMPLETE and name not in seen:
                    return name
    return ""


#: Packages whose submodules are there without being imported: they load them, or do so when they are used.
_COMPLETE = frozenset({"numpy", "pandas", "scipy", "networkx", "sympy"})


def _bare_imports(text: str) -> list[tuple[str, str]]:
    """`import sklearn as sk` gives (sklearn, sk)."""
    found = []
    for node in _import_nodes(text):
        if isinstance(node, ast.Import):
            found += [(a.name, a.asname or a.name) for a in node.names if "." not in a.name]
    return found


def imported_modules(texts: Iterable[str]) -> list[str]:
    """The modules that code imports, as it names them, in its order."""
    found: dict[str, None] = {}
    for text in texts:
        for node in _import_nodes(text):
            if isinstance(node, ast.Import):
                found.update((a.name, None) for a in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                found[node.module] = None
    return list(found)


def _import_nodes(text: str) -> list[ast.AST]:
    try:
        tree = compile(text, "<stage>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        text = "\n".join(re.findall(r"^(?:import|from) .*$", text, re.M))
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError):
            return []
    return [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]


def modules_to_load(imported: Iterable[str], project: Project) -> list[str]:
    """What to load before forking for a stage that imports these modules."""
    imported = list(imported)
    found: dict[str, None] = {"cloudpickle": None}
    for base, users in _BASES:
        if any(name.partition(".")[0] in users for name in imported):
            found[base] = None
    for name in imported:
        top = name.partition(".")[0]
        if top in _INSTEAD:
            found.update(dict.fromkeys(_INSTEAD[top]))
        elif top in QUIET:
            found[top] = None
            found[name] = None
    local = _local_names(project)
    return [name for name in found if name.partition(".")[0] not in local]


def _local_names(project: Project) -> set[str]:
    """Modules beside the project or the notebook, which hide installed ones of the same name."""
    folders = {project.root, project.root / "src", Path.cwd()}
    return {p.stem for folder in folders if folder.is_dir() for p in folder.iterdir() if not p.name.startswith(".")}


def _own_names(project: Project) -> set[str]:
    """The project's package."""
    return {path.parent.name for path in (project.root / "src").glob(f"*/{_OWN[0]}")}


def local_texts(task: Task) -> list[str]:
    """The modules that a stage is made of, but for those that nb2pipe writes into every project."""
    found = []
    for path in task.resources.values():
        if path.suffix == ".py" and path.name not in _OWN:
            try:
                found.append(path.read_text(encoding="utf-8"))
            except (OSError, UnicodeDecodeError):
                continue
    return found


def all_imports(source: StageSource, task: Task) -> list[str]:
    """The modules that a stage and its modules import."""
    return imported_modules([*(c.source for c in source.cells if c.kind == "code"), *local_texts(task)])
