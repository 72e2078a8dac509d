"""The page of a diagnostic code, as `nb2pipe explain NB201` shows it."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

from nb2pipe.diagnostics import CODES


class UnknownCodeError(Exception):
    """There is no such diagnostic.

    Attributes:
        code: What was asked for.
        likely: A code that may have been meant, or empty.
    """

    def __init__(self, code: str, likely: str = ""):
        self.code = code
        self.likely = likely
        super().__init__(f"there is no diagnostic {code}" + (f"; did you mean {likely}?" if likely else ""))


def page_folder() -> Path:
    """The folder that holds the pages: inside the package in a wheel, docs/diagnostics in a checkout."""
    package = Path(__file__).resolve().parent
    shipped = package / "_docs" / "diagnostics"
    return shipped if shipped.is_dir() else package.parent / "docs" / "diagnostics"


def explain_code(code: str) -> str:
    """The page of a diagnostic as Markdown; `201`, `nb201` and `NB201` are the same.

    Raises:
        UnknownCodeError: There is no such code.
        OSError: The page is missing from the installation.
    """
    wanted = code.strip().upper()
    if re.fullmatch(r"[0-9]+", wanted):
        wanted = "NB" + wanted
    if wanted not in CODES:
        raise UnknownCodeError(code, _likely_code(wanted))
    return (page_folder() / f"{wanted}.md").read_text(encoding="utf-8")


def _likely_code(wanted: str) -> str:
    """The code most like what was asked for; of several as alike, the first."""
    matches = {code: difflib.SequenceMatcher(None, wanted, code).ratio() for code in CODES}
    best = max(matches, key=lambda code: matches[code])
    return best if matches[best] >= 0.6 else ""
