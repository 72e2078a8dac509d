"""The emitted `tests/describing.py` and `comparing.py`, for use here and in the notebook's kernel.

One text says what a description is, and which two are the same: in the record, and in the tests that read it.
"""

from __future__ import annotations

import types
from typing import Any

#: Name of the module in the kernel.
NAME = "_nb2pipe_describing"

#: Runs in the kernel once, below the text of `describing.py`: keeps the figures, and answers for one cell after another.
_ANSWERS = '''

FIGURES = watch_figures(get_ipython())


def answer(namespace, names, path):
    """Writes descriptions of variables (a builtin is one, where nothing hides it), and of the figures since the last answer."""
    import builtins

    found = {}
    for name, certain in names:
        if name in namespace or (certain and hasattr(builtins, name)):
            found[name] = describe(namespace[name] if name in namespace else getattr(builtins, name))
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"outputs": found, "figures": list(FIGURES)}, file)
    FIGURES.clear()
'''


def read_source(name: str, package: str, templates: str) -> str:
    """The text of a module of the project's tests; `templates` is the user's folder of templates, or empty."""
    from nb2pipe.templating import render_template

    return render_template("ploomber", f"tests/{name}.py", {"package": package}, folder=templates)


def load_module(name: str, package: str, templates: str) -> Any:
    """The module, in this process."""
    module = types.ModuleType(name)
    exec(compile(read_source(name, package, templates), f"{name}.py", "exec"), module.__dict__)
    return module


def start_code(source: str) -> str:
    """A line for the kernel that makes the module there and binds no name of the notebook."""
    inner = (
        "import sys, types\n"
        f"module = sys.modules[{NAME!r}] = types.ModuleType({NAME!r})\n"
        f"module.get_ipython = get_ipython\n"
        f"exec(compile({source + _ANSWERS!r}, {NAME!r} + '.py', 'exec'), module.__dict__)"
    )
    return f"exec({inner!r}, {{'get_ipython': get_ipython}})"


def answer_code(names: tuple[tuple[str, bool], ...], path: str) -> str:
    """A line for the kernel that describes variables as they are now; its value is `None`, so it shows nothing.

    Args:
        names: The variables, each with whether it is bound on every path.
        path: The file for the answer.
    """
    return f"__import__('sys').modules[{NAME!r}].answer(get_ipython().user_ns, {names!r}, {path!r})"
