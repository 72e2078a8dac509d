"""Texts as values: how Ploomber reads what stands in `env.yaml` and in the placeholders of `pipeline.yaml`; where stages run."""

from __future__ import annotations

import ast
import re
import warnings

#: Where matplotlib looks for settings before it looks anywhere else, in the folder where it is imported.
SETTINGS_FILE = "matplotlibrc"
_WORKDIR = re.compile(r'os\.environ\.get\(\s*"(\w+)",\s*"([^"]*)"\s*,?\s*\)')


def read_workdir(text: str) -> tuple[str, str]:
    """The variable that may name the folder where a project's stages run, and that folder, by the text of its `artifacts.py`."""
    match = _WORKDIR.search(text)
    return (match[1], match[2]) if match else ("", ".")


def read_as_ploomber(text: str) -> object:
    """Reads a text the way Ploomber does, once (`ploomber.env.expand.cast_if_possible`, 0.23.3)."""
    lower = text.lower()
    if lower in ("true", "false"):
        return lower == "true"
    if lower in ("none", "null"):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            return ast.literal_eval(text)
    except Exception:  # as Ploomber does: whatever cannot be read is the text itself
        return text
