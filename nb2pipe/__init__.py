"""nb2pipe turns a Jupyter notebook into a pipeline project, and proves that it says what the notebook said.

The functions have the names of the commands:

    import nb2pipe

    for diagnostic in nb2pipe.check("churn.ipynb"):
        print(diagnostic.code, diagnostic.span, diagnostic.message)
    conversion = nb2pipe.convert("churn.ipynb", out="churn")
    print(nb2pipe.graph("churn.ipynb", format="mermaid"))

Nothing but the standard library is imported before the first of them is used.
"""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nb2pipe.api import analyze, check, convert, explain, graph, tag
    from nb2pipe.convert import Analysis, Conversion
    from nb2pipe.diagnostics import Diagnostic, Nb2pipeError, Severity, Span
    from nb2pipe.options import Options
    from nb2pipe.pipeline.propose import Proposal, propose_stages

__version__ = "0.1.0"

__all__ = [
    "Analysis",
    "Conversion",
    "Diagnostic",
    "Nb2pipeError",
    "Options",
    "Proposal",
    "Severity",
    "Span",
    "__version__",
    "analyze",
    "check",
    "convert",
    "explain",
    "graph",
    "propose_stages",
    "tag",
]

_HOMES = {
    **dict.fromkeys(("analyze", "check", "convert", "explain", "graph", "tag"), "nb2pipe.api"),
    **dict.fromkeys(("Analysis", "Conversion"), "nb2pipe.convert"),
    **dict.fromkeys(("Diagnostic", "Nb2pipeError", "Severity", "Span"), "nb2pipe.diagnostics"),
    "Options": "nb2pipe.options",
    **dict.fromkeys(("Proposal", "propose_stages"), "nb2pipe.pipeline.propose"),
}


def __getattr__(name: str) -> object:
    """Imports what is asked for (PEP 562)."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(types.ModuleType):
    """The modules `convert`, `graph` and `explain` have the names of commands; the functions keep these names.

    Importing a submodule sets it as an attribute of its package, which would hide the function.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOMES and isinstance(value, types.ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
