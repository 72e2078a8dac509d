"""Texts as values: how Ploomber reads what stands in `env.yaml` and in the placeholders of `pipeline.yaml`."""

from __future__ import annotations

import ast
import warnings


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
