"""The functions that `import nb2pipe` offers, with the names of the commands. Nothing here prints."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from nb2pipe.options import Options

if TYPE_CHECKING:
    from nb2pipe.convert import Analysis, Conversion
    from nb2pipe.diagnostics import Diagnostic
    from nb2pipe.pipeline.propose import Proposal

GraphFormat = Literal["text", "mermaid", "dot", "svg", "html", "json", "explain"]
StrPath = str | os.PathLike[str]


def convert(
    path: StrPath,
    out: StrPath | None = None,
    options: Options | None = None,
    *,
    force: Literal["", "theirs", "new"] = "",
    progress: Callable[[str], None] | None = None,
    record: bool = False,
) -> Conversion:
    """Writes the pipeline project of a notebook.

    Args:
        path: The notebook.
        out: The project's folder; by default one named after the notebook, beside it.
        options: Choices; by default those of `[tool.nb2pipe]` and of the notebook's metadata.
        force: Which side wins where your edit and the new conversion disagree: "theirs" keeps your file, "new"
            replaces it, "" refuses (NB503).
        progress: Is told what is being done.
        record: Run the notebook in its own kernel, and let the project's tests compare with what it gave.

    Returns:
        What was written, what stayed, and the analysis with its warnings and notes.

    Raises:
        Nb2pipeError: The notebook is refused or the project cannot be written; nothing was changed.
        OptionsError: The notebook's own options are wrong.
    """
    from nb2pipe.convert import convert as run

    return run(Path(path), out if out is None else Path(out), _options(path, options), progress, force, record)


def analyze(path: StrPath, options: Options | None = None) -> Analysis:
    """Reads and analyzes a notebook: its cells, its pipeline, and what is to be said about it. Writes nothing.

    Args:
        path: The notebook.
        options: Choices, as for `convert`.

    Returns:
        The analysis; its `pipeline` is None where a diagnostic is an error.

    Raises:
        Nb2pipeError: The file cannot be read as a notebook.
    """
    from nb2pipe.convert import analyze as run

    return run(Path(path), _options(path, options))


def check(path: StrPath, options: Options | None = None) -> tuple[Diagnostic, ...]:
    """Says what a conversion would refuse or warn about. Writes nothing.

    Args:
        path: The notebook; one that cannot be read is a diagnostic, too.
        options: Choices, as for `convert`.

    Returns:
        The diagnostics, sorted by place; empty where all is well.
    """
    from nb2pipe.diagnostics import Nb2pipeError

    try:
        return analyze(path, options).diagnostics
    except Nb2pipeError as error:
        return error.diagnostics


def graph(path: StrPath, format: GraphFormat = "text", options: Options | None = None) -> str:
    """Draws the pipeline of a notebook.

    Args:
        path: The notebook.
        format: "text", "mermaid", "dot", "svg", "html" (a page without links to elsewhere), "json", or "explain": for
            each edge the lines that define and use a value.
        options: Choices, as for `convert`.

    Returns:
        The picture as text.

    Raises:
        Nb2pipeError: The notebook is refused.
        ValueError: There is no such format.
    """
    from nb2pipe.diagnostics import Nb2pipeError
    from nb2pipe.graph import dot, html, json, mermaid, svg, text
    from nb2pipe.graph import explain as reasons

    analysis = analyze(path, options)
    if analysis.pipeline is None:
        raise Nb2pipeError(analysis.diagnostics)
    pipeline = analysis.pipeline
    sources = {cell.number: cell.source for cell in analysis.notebook.cells}
    renderers: dict[str, Callable[[], str]] = {
        "text": lambda: text.render_text(pipeline),
        "mermaid": lambda: mermaid.render_mermaid(pipeline),
        "dot": lambda: dot.render_dot(pipeline),
        "svg": lambda: svg.render_svg(pipeline),
        "html": lambda: html.render_html(pipeline, sources),
        "json": lambda: json.render_json(pipeline),
        "explain": lambda: reasons.render_explain(pipeline, sources),
    }
    if format not in renderers:
        raise ValueError(f"there is no format {format!r}; known are {', '.join(sorted(renderers))}")
    return renderers[format]()


def tag(path: StrPath, *, write: bool = False) -> tuple[Proposal, ...]:
    """Proposes tags for a notebook that has no stage tags, from its data flow.

    Args:
        path: The notebook.
        write: Write the tags into the notebook; nothing else in it changes.

    Returns:
        The proposals: cell, tag, and why. Empty for a notebook that has stage tags.

    Raises:
        Nb2pipeError: The file cannot be read as a notebook.
        ValueError: Tags cannot be written to a file of this kind.
    """
    from nb2pipe.notebook.read import read_notebook
    from nb2pipe.pipeline.propose import propose_stages

    notebook = read_notebook(Path(path))
    proposals = propose_stages(notebook)
    if write and proposals:
        from nb2pipe.notebook.write_tags import write_tags

        wanted = {cell.number: cell.tags for cell in notebook.cells}
        for proposal in proposals:
            wanted[proposal.cell] = (*wanted[proposal.cell], proposal.tag)
        write_tags(path, {proposal.cell: wanted[proposal.cell] for proposal in proposals})
    return proposals


def explain(code: str) -> str:
    """The page of a diagnostic code, as Markdown.

    Args:
        code: Such as "NB203", "nb203" or "203".

    Raises:
        UnknownCodeError: There is no such code.
    """
    from nb2pipe.explain import explain_code

    return explain_code(code)


def _options(path: StrPath, options: Options | None) -> Options:
    """What was given, else what the notebook and the pyproject.toml above it say."""
    from nb2pipe.diagnostics import Nb2pipeError
    from nb2pipe.notebook.read import read_notebook
    from nb2pipe.options import read_options

    if options is not None:
        return options
    try:
        metadata = read_notebook(Path(path)).metadata
    except Nb2pipeError:
        metadata = {}  # whoever reads it next says why it cannot be read
    return read_options(Path(path), {}, metadata)
