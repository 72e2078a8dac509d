"""What the commands did, in words and as JSON; nothing here prints."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nb2pipe.cli.console import Console, has_characters

if TYPE_CHECKING:
    from nb2pipe.convert import Analysis, Conversion
    from nb2pipe.diagnostics import Diagnostic
    from nb2pipe.pipeline.propose import Proposal


def describe_conversion(console: Console, notebook: Path, conversion: Conversion) -> str:
    """A compact summary: the graph, files, warnings and notes, and the commands to go on with."""
    from nb2pipe.graph.text import describe_pipeline, render_text

    analysis = conversion.analysis
    lines = []
    if analysis.pipeline is not None:
        # The count goes into the head, so the picture is shown without its last line.
        picture = render_text(analysis.pipeline, not has_characters(sys.stdout)).split("\n\n")[0]
        head = click.style(f"{notebook.name} → {_folder(conversion.out)}", bold=True)
        lines += [f"{head}  {describe_pipeline(analysis.pipeline)}", "", picture.rstrip("\n"), ""]
    lines += _describe_files(console, conversion)
    shown = [d for d in analysis.diagnostics if not d.is_error]
    if shown:
        lines += ["", *_describe_notes(console, notebook, shown, analysis)]
    lines += [
        "",
        "Next:",
        f"  cd {quoted(conversion.out)}",
        "  pip install -e .",
        "  ploomber build",
    ]
    return "\n".join(lines)


def _describe_files(console: Console, conversion: Conversion) -> list[str]:
    """How many files were written, left and kept; the ones that a person must know of by name."""
    lines = []
    groups = (
        ("written", conversion.written, console.verbose),
        ("unchanged", conversion.unchanged, False),
        ("removed", conversion.removed, True),
        ("kept, as you edited them", conversion.kept, True),
    )
    for word, files, named in groups:
        if files:
            lines.append(f"{count(len(files), 'file')} {word}" + (":" if named else ""))
            lines += [f"  {file}" for file in files] if named else []
    return lines


def _describe_notes(console: Console, notebook: Path, shown: Sequence[Diagnostic], analysis: Analysis) -> list[str]:
    """Warnings in full, notes in one line each; with -v all in full."""
    from nb2pipe.diagnostics import Severity
    from nb2pipe.report import render_line, render_text

    paint = console.paints()
    sources = {cell.number: cell.source for cell in analysis.notebook.cells}
    full = [d for d in shown if console.verbose or d.severity is Severity.WARNING]
    short = [d for d in shown if d not in full]
    lines = []
    if full:
        lines.append(render_text(full, sources, str(notebook), paint, summary=False).rstrip("\n"))
    if full and short:
        lines.append("")
    return lines + [render_line(d, str(notebook), paint) for d in short]


def conversion_json(notebook: Path, conversion: Conversion) -> str:
    """The same as JSON: files by what became of them, the pipeline as `graph --format json` gives it, diagnostics."""
    import json

    from nb2pipe.graph.json import graph_data
    from nb2pipe.report import json_diagnostic

    analysis = conversion.analysis
    data = {
        "version": 1,
        "notebook": str(notebook),
        "out": str(conversion.out),
        "written": list(conversion.written),
        "unchanged": list(conversion.unchanged),
        "removed": list(conversion.removed),
        "kept": list(conversion.kept),
        "pipeline": graph_data(analysis.pipeline) if analysis.pipeline is not None else None,
        "diagnostics": [json_diagnostic(d) for d in analysis.diagnostics],
    }
    return json.dumps(data, indent=2, ensure_ascii=False)


def describe_proposals(
    notebook: Path,
    new: Sequence[Proposal],
    sources: Mapping[int, str],
    write: bool,
) -> str:
    """Each proposal: cell, tag, why, and the first line of the cell; then how to write them."""
    if not new:
        return f"{click.format_filename(notebook)}: no tags to propose"
    places = [f"cell {p.cell}" for p in new]
    width = max(len(place) for place in places)
    tags = max(len(p.tag) for p in new)
    lines = []
    for place, proposal in zip(places, new, strict=True):
        name = click.style(f"{proposal.tag:<{tags}}", fg="green")
        lines.append(f"{place:<{width}}  {name}  {proposal.why}")
        first = next((x.strip() for x in sources[proposal.cell].split("\n") if x.strip()), "")
        if first:
            lines.append(click.style(f"{'':<{width}}  {'':<{tags}}  {first[:72]}", dim=True))
    if not write:
        lines += ["", f"To write these tags: nb2pipe tag {quoted(notebook)} --write"]
    return "\n".join(lines)


def count(number: int, word: str) -> str:
    """A number and its noun: "1 file", "2 files"."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def _folder(path: Path) -> str:
    return str(path).rstrip(os.sep) + os.sep


def quoted(path: Path) -> str:
    """A path for a shell to read."""
    return shlex.quote(str(path))
