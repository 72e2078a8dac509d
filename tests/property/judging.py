"""Is a conversion right? Converts a notebook, runs it and its stages, compares what they show.

The notebook's tags are read here again, so that a mistake in nb2pipe's layout cannot hide itself.
"""

from __future__ import annotations

import ast
import functools
import json
import os
import re
import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from nb2pipe.codegen import sources
from nb2pipe.convert import Conversion, convert
from nb2pipe.diagnostics import Diagnostic, Nb2pipeError
from nb2pipe.options import Options
from nb2pipe.pipeline.model import Stage
from nb2pipe.targets import environment
from tests.conftest import NIGHTLY
from tests.property.inprocess import notebook_cells
from tests.property.shells import Shells

_format_code = sources.format_code
STYLES = ("function", "notebook")
SHARED_TAGS = frozenset({"imports", "functions", "parameters", "pipeline-parameters", "skip"})
STAGE_TAG = re.compile(r"(?:stage|step|block):(.*)")

#: What differs from process to process and means nothing: addresses, modules in a repr, a function's file, durations, blanks.
NOISE = (
    (re.compile(r"0x[0-9a-fA-F]{6,}"), "0x…"),
    (re.compile(r"(?:\b[A-Za-z_]\w*\.)+(?=[A-Za-z_]\w* (?:object )?at 0x…)"), ""),
    (re.compile(r"<(class|function|bound method) '?(?:[\w<>]+\.)*([\w<>]+)'?"), r"<\1 \2"),
    (re.compile(r"(?m)^\S*File:.*$"), ""),
    (re.compile(r"(?m)^(?:CPU times|Wall time|user|sys).*$"), ""),
    (re.compile(r"\s+"), ""),
)


#: Files whose bytes say nothing of when or where they were written.
_COMPARED = frozenset(
    (".txt", ".csv", ".json", ".log", ".ini", ".xml", ".md", ".tsv", ".npy", ".dat", ".bin", ".py", "")
)


@dataclass(frozen=True)
class Cell:
    """A cell: tags, source, "code" or "markdown".

    With "file", it is a file beside the notebook, whose path is the tag; with "given", values that whoever runs the pipeline
    gives parameters instead of their first ones.
    """

    tags: tuple[str, ...]
    source: str
    kind: str = "code"


@dataclass(frozen=True)
class Shown:
    """What a notebook shows.

    Attributes:
        stages: Stage → text.
        failed: Stage whose cell fails, or empty.
        error: With what.
    """

    stages: dict[str, str]
    failed: str = ""
    error: str = ""


@dataclass(frozen=True)
class Verdict:
    """How a conversion came out.

    Attributes:
        kind: "same", "fails" (as the notebook does, there or earlier), "refused", or what no conversion may be: "wrong", "run fails",
            "crashed".
        why: What is wrong, or the messages of a refusal.
        refusals: Diagnostics of a refusal that are errors.
        conversion: Where there was one.
    """

    kind: str
    why: str = ""
    refusals: tuple[Diagnostic, ...] = ()
    conversion: Conversion | None = None

    @property
    def fine(self) -> bool:
        return self.kind in ("same", "fails", "refused")


def read_percent(text: str) -> list[Cell]:
    """Cells of a text in percent form; magics stand as they are, markdown is commented out, files come last."""
    cells = []
    for part in re.split(r"(?m)^# %%(?=[ \n]|$)", text)[1:]:
        head, _, source = part.partition("\n")
        kind = next((kind for kind in ("markdown", "file", "given") if f"[{kind}]" in head), "code")
        tags = re.search(r"tags=(\[.*?\])", head)
        source = source.strip("\n")
        if kind == "markdown":
            source = re.sub(r"(?m)^# ?", "", source)
        cells.append(Cell(tuple(json.loads(tags[1])) if tags else (), source, kind))
    return cells


def write_percent(cells: Sequence[Cell]) -> str:
    """The opposite of `read_percent`."""
    text = []
    for cell in cells:
        head = "# %%" + (f" [{cell.kind}]" if cell.kind != "code" else "")
        head += f" tags={json.dumps(list(cell.tags))}" if cell.tags else ""
        source = re.sub(r"(?m)^", "# ", cell.source) if cell.kind == "markdown" else cell.source
        text.append(f"{head}\n{source}\n")
    return "\n".join(text)


def write_notebook(cells: Sequence[Cell], path: Path) -> None:
    """The cells as an .ipynb file, and the files beside it."""
    for cell in cells:
        if cell.kind == "file":
            file = path.parent / cell.tags[0]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(cell.source + "\n", encoding="utf-8")
    document = {
        "cells": [
            {
                "cell_type": cell.kind,
                "id": f"cell-{number}",
                "metadata": {"tags": list(cell.tags)} if cell.tags else {},
                "source": cell.source,
                **({"execution_count": None, "outputs": []} if cell.kind == "code" else {}),
            }
            for number, cell in enumerate(cells)
            if cell.kind in ("code", "markdown")
        ],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")


def name_stages(cells: Sequence[Cell]) -> list[str]:
    """Each cell's stage, empty for what is shared; cells before the first stage belong to it."""
    marks = [next((m[1] for tag in cell.tags if (m := STAGE_TAG.fullmatch(tag))), "") for cell in cells]
    current = next((mark for mark in marks if mark), "")
    names = []
    for cell, mark in zip(cells, marks, strict=True):
        if SHARED_TAGS & set(cell.tags):
            names.append("")
            continue
        current = mark or current
        names.append(current)
    return names


def split_statements(cells: Sequence[Cell], size: int = 1) -> list[Cell]:
    """Every `size` top-level statements of a stage as a stage of their own; cells with magics, and those that are shared, stay.

    Statements that make one stage are cells of their own.
    """
    found: list[Cell] = []
    count = 0
    for cell in cells:
        tagged = any(STAGE_TAG.fullmatch(tag) for tag in cell.tags)
        if not tagged or len(cell.tags) > 1:
            found.append(cell)
            count = 0
            continue
        for source in _statements(cell.source):
            found.append(Cell((f"stage:s{len(found)}",) if count % size == 0 else (), source))
            count += 1
    return found


def _statements(source: str) -> list[str]:
    """The texts of top-level statements with the lines that they share; all in one where Python does not parse it."""
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return [source]
    places: list[list[int]] = []
    for node in body:
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        last = node.end_lineno or first
        if places and first <= places[-1][1]:
            places[-1][1] = max(places[-1][1], last)
        else:
            places.append([first, last])
    lines = source.split("\n")
    return ["\n".join(lines[first - 1 : last]) for first, last in places]


def given_values(cells: Sequence[Cell]) -> dict[str, str]:
    """Parameters to the texts of the values that whoever runs the pipeline gives them."""
    lines = [line for cell in cells if cell.kind == "given" for line in cell.source.split("\n")]
    return {name: value for name, _, value in (line.partition(" = ") for line in lines)}


def give(cells: Sequence[tuple[str, Sequence[str]]], given: Mapping[str, str]) -> list[tuple[str, Sequence[str]]]:
    """Code cells, with other values below the parameters, as papermill puts them."""
    found: list[tuple[str, Sequence[str]]] = []
    for source, tags in cells:
        found.append((source, tags))
        if "parameters" in tags:
            lines = [f"{n} = {v}" for n, v in given.items() if re.search(rf"(?m)^{n}\b.*=", source)]
            found += [("\n".join(lines), ("injected-parameters",))] if lines else []
    return found


def run_notebook(shells: Shells, cells: Sequence[Cell], folder: Path) -> Shown:
    """What the notebook shows, stage by stage, when it runs in a folder."""
    stages = name_stages(cells)
    given = give([(c.source, c.tags) for c in cells if c.kind == "code"], given_values(cells))
    ran = zip(shells.run(given, folder, names=_texts(cells)), given, strict=False)
    results = iter([result for result, (_, tags) in ran if "injected-parameters" not in tags])
    shown: dict[str, str] = {stage: "" for stage in stages if stage}
    for cell, stage in zip(cells, stages, strict=True):
        if cell.kind != "code":
            continue
        result = next(results)
        if stage:
            shown[stage] += result["text"]
        if result["error"] and "raises-exception" not in cell.tags:
            return Shown(shown, stage, result["error"])
    return Shown(shown)


def latest_first(stages: Sequence[Stage]) -> list[Stage]:
    """Stages in an order that their edges allow, as far from the notebook's as they do: what an edge lacks is seen."""
    waiting = list(stages)
    found: list[Stage] = []
    while waiting:
        missing = {stage.name for stage in waiting}
        found.append(next(stage for stage in reversed(waiting) if missing.isdisjoint(stage.upstream)))
        waiting.remove(found[-1])
    return found


def _texts(cells: Sequence[Cell]) -> str:
    return "\n".join(cell.source for cell in cells)


def run_stages(shells: Shells, conversion: Conversion, cells: Sequence[Cell], *, latest: bool) -> Shown:
    """What the stages of a project show, run one after the other, under the names that the notebook's cells have.

    With `latest`, those that can wait run first.
    """
    stages, given, names = name_stages(cells), given_values(cells), _texts(cells)
    shown: dict[str, str] = {}
    assert conversion.analysis.pipeline is not None
    order = conversion.analysis.pipeline.stages
    for stage in latest_first(order) if latest else order:
        code = give(notebook_cells(conversion.out / "stages" / f"{stage.stem}.ipynb"), given)
        results = shells.run(code, conversion.out, names=names)
        name = stages[stage.span.cell - 1]
        shown[name] = "".join(r["text"] for r in results)
        for (_, tags), result in zip(code, results, strict=False):
            if result["error"] and (result["shows_error"] or "raises-exception" not in tags):  # papermill allows none
                return Shown(shown, name, result["error"])
    return Shown(shown)


def plain(text: str, folder: Path) -> str:
    """Text without what differs from run to run and means nothing."""
    text = text.replace(str(folder.resolve()), "/folder").replace(str(folder), "/folder")
    for pattern, by in NOISE:
        text = pattern.sub(by, text)
    return text


#: A file system in memory, where there is one.
MEMORY = Path("/dev/shm")


@contextmanager
def scratch() -> Iterator[Path]:
    """An empty folder for a while; in memory where there is room, as a project is many small files."""
    room = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > 1 << 30
    with tempfile.TemporaryDirectory(dir=MEMORY if room else None) as folder:
        yield Path(folder)


@contextmanager
def quick() -> Iterator[None]:
    """Conversions with what costs time and is not in question left out: doing twice what gives the same, waiting for the disk."""
    with (
        mock.patch.object(sources, "format_code", _format_once),
        mock.patch.object(environment, "installed_version", _installed_version),
        mock.patch.object(os, "fsync", lambda _file: None),
    ):
        yield


_installed_version = functools.cache(environment.installed_version)


@functools.lru_cache(maxsize=4096)
def _format_once(text: str, options: Options) -> str:
    if "\ndef test_" in text and not NIGHTLY:  # the project's own tests do not run here
        ast.parse(text)
        return text
    return _format_code(text, options)


def judge(shells: Shells, cells: Sequence[Cell], folder: Path, style: str, wanted: Shown | None = None) -> Verdict:
    """Converts a notebook in an empty folder, runs both, compares; `wanted` is what the notebook shows, where known."""
    if wanted is None:
        (folder / "original").mkdir()
        write_notebook(cells, folder / "original" / "notebook.ipynb")
        wanted = run_notebook(shells, cells, folder / "original")
    given = {cell.tags[0] for cell in cells if cell.kind == "file"}
    place = folder / style
    place.mkdir()
    write_notebook(cells, place / "notebook.ipynb")
    try:
        with quick():
            conversion = convert(place / "notebook.ipynb", place / "project", Options(style=style))
    except Nb2pipeError as error:
        return _judge_refusal(error, place, given)
    found = run_stages(shells, conversion, cells, latest=not wanted.failed)
    if found.failed:
        if wanted.failed:
            return Verdict("fails", found.error, conversion=conversion)
        return Verdict(
            "run fails", f"{found.failed}: {found.error}; the notebook: {wanted.error}", conversion=conversion
        )
    if wanted.failed:
        return Verdict("wrong", f"the notebook fails in {wanted.failed}: {wanted.error}", conversion=conversion)
    for stage, text in wanted.stages.items():
        want = plain(text, folder / "original")
        have = plain(found.stages.get(stage, ""), place)
        if want != have:
            at = next(
                (i for i, (a, b) in enumerate(zip(want, have, strict=False)) if a != b), min(len(want), len(have))
            )
            part = slice(max(0, at - 40), at + 60)
            return Verdict("wrong", f"{stage}: wanted …{want[part]!r}, found …{have[part]!r}", conversion=conversion)
    pipeline = conversion.analysis.pipeline
    assert pipeline is not None
    wrong = _different_file(folder / "original", place if pipeline.runs_in_place else conversion.out, given)
    return Verdict("wrong", wrong, conversion=conversion) if wrong else Verdict("same", conversion=conversion)


def _different_file(notebook: Path, pipeline: Path, given: Collection[str]) -> str:
    """A file that the notebook left, beside those that were there, and the pipeline did not leave alike; empty for none."""
    for path in sorted(notebook.rglob("*")):
        other = pipeline / path.relative_to(notebook)
        if path.suffix not in _COMPARED or not path.is_file() or path.relative_to(notebook).as_posix() in given:
            continue
        if not other.is_file():
            return f"the file {path.name} is not there"
        want, have = (plain(p.read_text("latin-1"), f) for p, f in ((path, notebook), (other, pipeline)))
        if want != have:
            return f"the file {path.name}: wanted {want[-200:]!r}, found {have[-200:]!r}"
    return ""


def _judge_refusal(error: Nb2pipeError, place: Path, given: Collection[str]) -> Verdict:
    """A refusal writes nothing beside the notebook and the files that were there, and names a cell."""
    refusals = tuple(d for d in error.diagnostics if d.is_error)
    why = "; ".join(f"{d.code} {d.span}: {d.message}" for d in refusals)
    left = sorted({p.name for p in place.iterdir()} - {"notebook.ipynb", *(name.split("/")[0] for name in given)})
    if left:
        return Verdict("crashed", f"refused ({why}), but wrote {left}", refusals)
    if not refusals or not all(d.span.cell for d in refusals):
        return Verdict("crashed", f"a refusal without a cell: {why}", refusals)
    return Verdict("refused", why, refusals)
