"""Judges cases in an environment that has their library: prints a line of JSON for each, with its path, style and verdict."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.property.judging import scratch
from tests.property.shells import Shells
from tests.run.test_cases import describe, judge_case, read_case, with_styles


def main(folder: str, *loaded: str) -> None:
    """Judges every case of a folder; `loaded` is imported once, before notebooks run."""
    with Shells(*loaded) as shells:
        for path, style in with_styles(sorted(Path(folder).glob("*.txt"))):
            cells, _ = read_case(path)
            with scratch() as place:
                verdict = judge_case(shells, cells, place, style)[style]
            found = {"path": str(path), "style": style, "said": describe(verdict), "why": verdict.why}
            print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
