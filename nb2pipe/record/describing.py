"""The emitted `tests/describing.py`, `tests/comparing.py` and `watch.py`, for use here and in the notebook's kernel.

One text says what a description is, which two are the same, and what is a change: in the record, in the tests that read
it, and in the stages.
"""

from __future__ import annotations

import types
from pathlib import Path
from typing import Any

#: Name of the module in the kernel.
NAME = "_nb2pipe_describing"
#: Paths of the texts below the target's templates.
_TEXTS = {"describing": "tests/describing.py", "comparing": "tests/comparing.py", "watch": "src/watch.py"}

#: Runs in the kernel once, below the text of `describing.py`: keeps the figures, and answers for one cell after another.
_ANSWERS = '''

FIGURES = watch_figures(get_ipython())
FOLDER = os.getcwd()
WATCHES = {}


def watch(namespace, stage, names):
    """Watches the objects of variables, files and chance from here on."""
    WATCHES[stage] = Watch(**{name: namespace[name] for name in names if name in namespace})


def watched(stage):
    """What was seen since; nothing where nobody watched."""
    found = WATCHES.pop(stage, None)
    if found is None:
        return None
    found.stop()
    changed = found.changed()
    return {
        "unchanged": [name for name in found.values if name not in changed],
        "drawn": found.drawn(),
        "reads": sorted(found.reads),
        "writes": sorted(found.writes),
        "sees_files": found.sees_files() and found.folder == os.path.realpath(FOLDER),
    }


def answer(namespace, names, stage, path):
    """Writes descriptions and types of variables (a builtin is one, where nothing hides it), and of the figures since."""
    import builtins

    seen = watched(stage)
    paused, _watching[:] = list(_watching), []
    found, types = {}, {}
    for name, certain in names:
        if name in namespace or (certain and hasattr(builtins, name)):
            value = namespace[name] if name in namespace else getattr(builtins, name)
            found[name], types[name] = describe(value), type_name(value)
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"outputs": found, "types": types, "seen": seen, "figures": list(FIGURES)}, file)
    FIGURES.clear()
    _watching[:] = paused
'''


def read_source(name: str, package: str, templates: str) -> str:
    """The text of a module of the project: `describing`, `comparing` or `watch`.

    Args:
        name: The module.
        package: The project's package.
        templates: The user's folder of templates, or empty.
    """
    from nb2pipe.templating import render_template

    return render_template("ploomber", _TEXTS[name], {"package": package}, folder=templates)


def load_module(name: str, package: str, templates: str) -> Any:
    """The module, in this process."""
    module = types.ModuleType(name)
    exec(compile(read_source(name, package, templates), f"{name}.py", "exec"), module.__dict__)
    return module


def start_code(source: str, watch: str) -> str:
    """A line for the kernel that makes the module there and binds no name of the notebook.

    Args:
        source: The text of `describing`.
        watch: The text of `watch`.
    """
    naming = Path(__file__).with_name("naming.py").read_text(encoding="utf-8")
    inner = (
        "import sys, types\n"
        f"module = sys.modules[{NAME!r}] = types.ModuleType({NAME!r})\n"
        f"module.get_ipython = get_ipython\n"
        f"exec(compile({naming!r}, 'naming.py', 'exec'), module.__dict__)\n"
        f"exec(compile({watch!r}, 'watch.py', 'exec'), module.__dict__)\n"
        f"exec(compile({source + _ANSWERS!r}, {NAME!r} + '.py', 'exec'), module.__dict__)"
    )
    return f"exec({inner!r}, {{'get_ipython': get_ipython}})"


def watch_code(stage: str, names: tuple[str, ...]) -> str:
    """A line for the kernel that watches a stage from here on."""
    return f"__import__('sys').modules[{NAME!r}].watch(get_ipython().user_ns, {stage!r}, {names!r})"


def answer_code(names: tuple[tuple[str, bool], ...], stage: str, path: str) -> str:
    """A line for the kernel that describes variables as they are now; its value is `None`, so it shows nothing.

    Args:
        names: The variables, each with whether it is bound on every path.
        stage: The stage that ends here, and is watched no more; empty where none does.
        path: The file for the answer.
    """
    return f"__import__('sys').modules[{NAME!r}].answer(get_ipython().user_ns, {names!r}, {stage!r}, {path!r})"
