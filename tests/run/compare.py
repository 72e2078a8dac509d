"""Does a pipeline show what its notebook shows? Runs the notebook, reads the executed stages, compares them by stage.

    python tests/run/compare.py NOTEBOOK PROJECT

It knows nothing of nb2pipe's code: it reads the tags and the project as any other program would, so that a mistake in
nb2pipe cannot hide itself here. What is compared is what a reader sees as text: standard output, results, and the text of
what is displayed (a figure counts as its placeholder). Standard error is not compared: warnings carry line numbers.
"""

from __future__ import annotations

import argparse
import difflib
import itertools
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
import yaml
from nbclient import NotebookClient

STAGE_TAGS = ("stage:", "step:", "block:")
SHARED_TAGS = {"imports", "functions", "parameters", "pipeline-parameters", "skip"}

#: Differs from process to process and means nothing: addresses, and the module in the name of a notebook's own class.
NOISE = [
    (re.compile(r"0x[0-9a-fA-F]{6,}"), "0x…"),
    (re.compile(r"\b(?:__main__|[a-z_]+\.functions)\."), ""),
]


@dataclass(frozen=True)
class Comparison:
    """What the notebook and the pipeline show for one stage, as lines of text."""

    stage: str
    notebook: tuple[str, ...]
    pipeline: tuple[str, ...]

    @property
    def same(self) -> bool:
        return self.notebook == self.pipeline

    def describe_difference(self) -> str:
        """A unified diff from the notebook's lines to the pipeline's."""
        lines = difflib.unified_diff(self.notebook, self.pipeline, "notebook", "pipeline", lineterm="", n=2)
        return "\n".join([f"stage {self.stage}:", *lines])


def compare(notebook: Path, project: Path) -> list[Comparison]:
    """Compares a notebook, which it runs in a copy of its folder, with a project whose pipeline has run."""
    return compare_shown(read_shown(run_notebook(notebook)), project)


def compare_shown(shown: Mapping[str, tuple[str, ...]], project: Path) -> list[Comparison]:
    """Compares what `read_shown` gave, stage by stage, with a project whose pipeline has run."""
    executed = read_executed(project)
    names = dict.fromkeys([*shown, *executed])
    return [Comparison(name, shown.get(name, ()), executed.get(name, ())) for name in names]


def run_notebook(notebook: Path) -> nbformat.NotebookNode:
    """The notebook with its outputs; neither it nor its folder is changed."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / notebook.parent.name
        shutil.copytree(notebook.parent, folder)
        node = nbformat.read(notebook, as_version=4)
        backend = os.environ.pop("MPLBACKEND", None)  # where it is set, figures are not shown
        try:
            resources = {"metadata": {"path": str(folder)}}
            client = NotebookClient(node, timeout=120, kernel_name="python3", resources=resources)
            client.extra_arguments = ["--log-level=ERROR"]  # a kernel's remarks on its own set-up
            client.execute()
        finally:
            if backend is not None:
                os.environ["MPLBACKEND"] = backend
        return node


def read_shown(node: nbformat.NotebookNode) -> dict[str, tuple[str, ...]]:
    """Stage → the lines that its cells show, in the order of the notebook."""
    cells: dict[str, list[nbformat.NotebookNode]] = {}
    for cell, stage in zip(node.cells, name_stages(node), strict=True):
        if cell.cell_type == "code" and stage:
            cells.setdefault(stage, []).append(cell)
    return {stage: tuple(read_lines(members)) for stage, members in cells.items()}


def name_stages(node: nbformat.NotebookNode) -> list[str]:
    """The stage of each cell, empty for what is shared, skipped or comes before the first stage."""
    tags = [cell.metadata.get("tags", []) for cell in node.cells]
    tagged = any(tag.startswith(STAGE_TAGS) for tag in itertools.chain.from_iterable(tags))
    headings = [] if tagged else [read_headings(cell) for cell in node.cells]
    level = 0 if tagged else pick_level(itertools.chain.from_iterable(headings))
    names, current = [], ""
    for number, cell_tags in enumerate(tags):
        if tagged:
            marks = [tag.split(":", 1)[1] for tag in cell_tags if tag.startswith(STAGE_TAGS)]
        else:
            marks = [re.sub(r"\W+", "_", text.lower()).strip("_") for at, text in headings[number] if at == level]
        current = marks[-1] if marks else current
        names.append("" if SHARED_TAGS & set(cell_tags) else current)
    return names


def read_headings(cell: nbformat.NotebookNode) -> list[tuple[int, str]]:
    """Level and text of the headings in a markdown cell."""
    if cell.cell_type != "markdown":
        return []
    return [(len(m[1]), m[2]) for m in re.finditer(r"^(#{1,6}) +(.+?)[ #]*$", cell.source, re.MULTILINE)]


def pick_level(headings: Iterable[tuple[int, str]]) -> int:
    """The highest level that gives two or more sections."""
    levels = [level for level, _ in headings]
    return next(level for level in range(1, 7) if levels.count(level) > 1)


def read_executed(project: Path) -> dict[str, tuple[str, ...]]:
    """Stage → the lines that its executed notebook shows. Stages are the tasks with a notebook among their products."""
    executed = {}
    for task in yaml.safe_load((project / "pipeline.yaml").read_text(encoding="utf-8"))["tasks"]:
        products = task["product"].values() if isinstance(task["product"], dict) else [task["product"]]
        path = next((project / str(p) for p in products if str(p).endswith(".ipynb")), None)
        if path is not None:
            node = nbformat.read(path, as_version=4)
            name = task.get("name") or Path(task["source"]).stem
            executed[name] = tuple(read_lines(c for c in node.cells if c.cell_type == "code"))
    return executed


def read_lines(cells: Iterable[nbformat.NotebookNode]) -> Iterator[str]:
    """Lines that the cells show, without trailing blanks, empty lines and noise."""
    for cell in cells:
        text = "".join(read_outputs(cell))
        for pattern, plain in NOISE:
            text = pattern.sub(plain, text)
        yield from (line.rstrip() for line in text.splitlines() if line.strip())


def read_outputs(cell: nbformat.NotebookNode) -> Iterator[str]:
    """The text of each output of a cell."""
    for output in cell.get("outputs", []):
        if output.output_type == "stream" and output.name == "stdout":
            yield output.text
        elif output.output_type in ("execute_result", "display_data"):
            yield output.data.get("text/plain", "") + "\n"


def count_figures(lines: Iterable[str]) -> int:
    """How many of the lines stand for a figure."""
    return sum(line.startswith("<Figure size ") for line in lines)


def main() -> int:
    """Prints one line a stage, and the differences; 1 where there are any."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebook", type=Path)
    parser.add_argument("project", type=Path)
    arguments = parser.parse_args()
    rows = compare(arguments.notebook, arguments.project)
    width = max(len(row.stage) for row in rows)
    for row in rows:
        figures = count_figures(row.notebook)
        what = f"{len(row.notebook) - figures} lines of text, {figures} figures"
        print(f"  {'same     ' if row.same else 'DIFFERENT'}  {row.stage:{width}}  {what}")
    different = [row for row in rows if not row.same]
    for row in different:
        print(row.describe_difference(), file=sys.stderr)
    print(f"{len(rows) - len(different)} of {len(rows)} stages show what the notebook shows.")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
