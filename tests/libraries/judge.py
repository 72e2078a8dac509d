"""Judges cases in an environment that has their library: prints a line of JSON for each, with its path, style and verdict."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.conftest import NIGHTLY
from tests.property.judging import STYLES, scratch
from tests.property.shells import Shells
from tests.run.test_cases import describe, judge_case, read_case


def main(folder: str, *loaded: str) -> None:
    """Judges every case of a folder; `loaded` is imported once, before notebooks run.

    Nightly in both styles, otherwise in one: the styles take turns.
    """
    with Shells(*loaded) as shells:
        for number, path in enumerate(sorted(Path(folder).glob("*.txt"))):
            cells, _ = read_case(path)
            styles = STYLES if NIGHTLY else (STYLES[number % 2],)
            with scratch() as place:
                for style, verdict in judge_case(shells, cells, place, *styles).items():
                    found = {"path": str(path), "style": style, "said": describe(verdict), "why": verdict.why}
                    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
