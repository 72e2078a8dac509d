"""From the analysis of a notebook to the report of its diagnostics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nb2pipe.cli.describe import count

if TYPE_CHECKING:
    from nb2pipe.convert import Analysis
    from nb2pipe.diagnostics import Diagnostic, Nb2pipeError
    from nb2pipe.report import FileReport


def file_report(notebook: Path, analysis: Analysis) -> FileReport:
    """A report of an analysis, with the cells' sources and the lines of the file."""
    from nb2pipe.notebook.physical_lines import physical_lines
    from nb2pipe.report import FileReport

    cells = analysis.notebook.cells
    lines = physical_lines(_read_text(notebook), cells, notebook.name)
    return FileReport(str(notebook), analysis.diagnostics, {c.number: c.source for c in cells}, lines)


def failed_report(notebook: Path, error: Nb2pipeError) -> FileReport:
    """A report of a refusal that came before or instead of an analysis; with sources where they can be read."""
    from nb2pipe.diagnostics import Nb2pipeError
    from nb2pipe.notebook.physical_lines import physical_lines
    from nb2pipe.notebook.read import read_notebook
    from nb2pipe.report import FileReport

    try:
        cells = read_notebook(notebook).cells
    except Nb2pipeError:
        return FileReport(str(notebook), error.diagnostics)
    lines = physical_lines(_read_text(notebook), cells, notebook.name)
    return FileReport(str(notebook), error.diagnostics, {c.number: c.source for c in cells}, lines)


def _read_text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace")


def print_text(
    write: Callable[[str], None],
    paint: bool,
    reports: Sequence[FileReport],
    only_errors: bool = False,
) -> None:
    """Writes diagnostics for people, a summary, and where to read more.

    Args:
        write: Where to.
        paint: Use colours.
        reports: One a notebook.
        only_errors: Leave warnings and notes out; without errors, write nothing.
    """
    from nb2pipe.report import render_summary, render_text

    everything: list[Diagnostic] = []
    for report in reports:
        shown = [d for d in report.diagnostics if d.is_error or not only_errors]
        everything += shown
        text = render_text(shown, report.sources, report.file, paint, summary=False)
        if text:
            write(text + "\n")
    if everything or not only_errors:
        several = len(reports) > 1 or not everything
        write(render_summary(everything) + (f" in {count(len(reports), 'notebook')}" if several else ""))
    codes = list(dict.fromkeys(d.code for d in everything if d.is_error))
    if codes:
        write(f"More about an error: nb2pipe explain {codes[0]}")
