"""Writes docs/equivalence.md from what a judge of equivalence found on public notebooks.

The judge stands outside of the project: it cuts each notebook into stages, converts it, runs the pipeline, and compares the
text of every stage with the notebook's. It writes one JSON object a line: `nb` (repository+notebook), `k` (stages), `all_variables`
(every variable is printed at the end), `result` (same, refused, wrong, run fails, crashed), `why`, `notebook_s`, `run_s`. A second file
may name the cases whose notebook shows something else when it runs again (`nb`, `seed`, `differs`): those decide nothing.

    python benchmarks/equivalence.py COMMIT results.jsonl [undetermined.jsonl [REMARK]]

REMARK says what was changed in the notebooks before. All results must be of one run on that commit.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[1] / "docs" / "equivalence.md"
LIBRARIES = ("numpy", "pandas", "matplotlib", "scikit-learn", "statsmodels", "seaborn", "torch")


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The objects of a file with one a line."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def with_verdicts(rows: Sequence[Mapping[str, Any]], undetermined: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of notebooks that ran; what differs in the notebook's own two runs is `undetermined`."""
    own = {(row["nb"], row["seed"]) for row in undetermined if row["differs"]}
    return [
        {
            **row,
            "result": "undetermined" if row["result"] == "wrong" and (row["nb"], row["seed"]) in own else row["result"],
        }
        for row in rows
        if row["result"] != "notebook fails"
    ]


def render(rows: Sequence[Mapping[str, Any]], commit: str, remark: str = "") -> str:
    """The page."""
    count = Counter(row["result"] for row in rows)
    decided = len(rows) - count["undetermined"]
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in LIBRARIES)
    lines = [
        "# Equivalence on public notebooks",
        "",
        f"{count['same']} of {decided} cases came out the same, {count['refused']} were refused, "
        f"{decided - count['same'] - count['refused']} were wrong. {count['undetermined']} more differ and decide nothing: run twice, the notebook",
        "itself does not show the same (random draws without a seed that the added last cell prints, or the time of a file).",
        "",
        "Each notebook was cut at random into three to six stages, once or twice; the second ends in a cell that prints every variable, so",
        "that nothing may be lost on the way. `nb2pipe run` ran the stages; the text of each was compared with the notebook's. Chosen were",
        "notebooks whose text was the same in two runs before they were cut.",
        f"With {versions}. The notebooks are public and not part of this project.",
        *([remark] if remark else []),
        "",
        f"All results are of one run on commit {commit}; none was repeated or left out. Made by",
        "`python benchmarks/equivalence.py COMMIT results.jsonl undetermined.jsonl` from the judge's results.",
        "",
        "| Notebook | Stages | Every variable | Notebook s | Pipeline s | Result |",
        "|---|---|---|---|---|---|",
    ]
    for row in sorted(rows, key=lambda row: (row["nb"], row["all_variables"])):
        result = (
            row["result"] if row["result"] in ("same", "undetermined") else f"{row['result']}: {row.get('why', '')}"
        )
        lines.append(
            f"| {row['nb'].replace('+', '/', 1)} | {row['k']} | {'yes' if row['all_variables'] else ''} "
            f"| {row.get('notebook_s', 0):.1f} | {row.get('run_s', 0):.1f} | {result.replace('|', '/')} |"
        )
    return "\n".join(lines) + "\n"


def main() -> int:
    """Writes the page."""
    rows = read_rows(Path(sys.argv[2]))
    undetermined = read_rows(Path(sys.argv[3])) if len(sys.argv) > 3 else []
    remark = " ".join(sys.argv[4:])
    PAGE.write_text(render(with_verdicts(rows, undetermined), sys.argv[1], remark), encoding="utf-8")
    print(PAGE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
