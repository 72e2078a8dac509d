"""What the routes answer about a notebook that is being edited: pure functions of its text, run in worker processes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nb2pipe.diagnostics import Diagnostic, Nb2pipeError, Span
from nb2pipe.lab.edits import apply_edits, parse_edit

if TYPE_CHECKING:
    from nb2pipe.convert import Analysis
    from nb2pipe.notebook.layout import Layout
    from nb2pipe.notebook.model import Notebook
    from nb2pipe.options import Options
    from nb2pipe.pipeline.model import Pipeline

_VERSION = 1


def read_document(file: str, document: dict[str, Any], edits: list[dict[str, Any]]) -> tuple[Notebook, Options]:
    """The notebook that an editor holds, with edits made, and its options.

    Raises:
        Nb2pipeError: It is no notebook, or is not Python.
        OptionsError: Its own options, or those of a pyproject.toml above it, are wrong.
        IndexError: An edit names a cell that is not there.
    """
    from nb2pipe.notebook.read import make_notebook
    from nb2pipe.options import read_options

    path = Path(file)
    notebook = make_notebook(path, document)
    notebook = apply_edits(notebook, [parse_edit(edit) for edit in edits])
    return notebook, read_options(path, {}, notebook.metadata)


def find_layout(notebook: Notebook) -> Layout:
    """Which stage each cell belongs to."""
    from nb2pipe.dataflow.shared import is_shared_cell
    from nb2pipe.notebook.tags import read_layout

    return read_layout(notebook, lambda cell: is_shared_cell(cell.source))


def analyze_document(file: str, document: dict[str, Any], edits: list[dict[str, Any]]) -> dict[str, Any]:
    """The `Analysis` payload of a notebook.

    Args:
        file: Absolute path where the notebook is or will be saved.
        document: The notebook as nbformat 4 has it.
        edits: Made before the analysis.

    Raises:
        OptionsError: The notebook's options are wrong.
        IndexError: An edit names a cell that is not there.
    """
    from nb2pipe.convert import analyze_notebook

    try:
        notebook, options = read_document(file, document, edits)
        analysis = analyze_notebook(notebook, options)
    except Nb2pipeError as error:
        return {**empty_analysis(), "diagnostics": [diagnostic_data(d) for d in error.diagnostics]}
    return _analysis_data(analysis, find_layout(notebook))


def propose_document(file: str, document: dict[str, Any], edits: list[dict[str, Any]]) -> dict[str, Any]:
    """The `Proposals` payload of a notebook; raises as `read_document` does."""
    from nb2pipe.pipeline.propose import propose_stages

    notebook, _ = read_document(file, document, edits)
    tags = {cell.number: cell.tags for cell in notebook.cells}
    found = [p for p in propose_stages(notebook) if p.tag not in tags[p.cell]]
    return {"proposals": [{"cell": p.cell, "tag": p.tag, "why": p.why} for p in found]}


def empty_analysis(*, superseded: bool = False) -> dict[str, Any]:
    """An `Analysis` payload that says nothing."""
    return {
        "version": _VERSION,
        "superseded": superseded,
        "converts": False,
        "name": "",
        "title": "",
        "svg": "",
        **{key: [] for key in ("stages", "parameters", "edges", "links", "cells", "diagnostics")},
    }


def diagnostic_data(diagnostic: Diagnostic) -> dict[str, object]:
    """The `Diagnostic` payload."""
    from nb2pipe.report import json_diagnostic

    return json_diagnostic(diagnostic)


def _analysis_data(analysis: Analysis, layout: Layout) -> dict[str, Any]:
    data = {**empty_analysis(), "name": analysis.notebook.name}
    data["diagnostics"] = [diagnostic_data(d) for d in analysis.diagnostics]
    after = {stage.name: [name for name, _ in stage.after] for stage in layout.stages}
    if analysis.pipeline is None:
        data["stages"] = _layout_stages(layout)
    else:
        data |= _pipeline_data(analysis.pipeline)
    data["stages"] = [{**stage, "after": after.get(stage["name"], [])} for stage in data["stages"]]
    data["cells"] = _cells(analysis.notebook, layout, {stage["name"]: stage["color"] for stage in data["stages"]})
    return data


def _pipeline_data(pipeline: Pipeline) -> dict[str, Any]:
    from nb2pipe.graph.json import graph_data
    from nb2pipe.graph.links import group_links
    from nb2pipe.graph.svg import draw_svg
    from nb2pipe.report import json_span

    data: dict[str, Any] = graph_data(pipeline)
    spans = {stage.name: {o.name: o.span for o in stage.outputs} for stage in pipeline.stages}
    for stage in data["stages"]:
        del stage["hints"]
        for output in stage["outputs"]:
            output["place"] = json_span(spans[stage["name"]][output["name"]])
    for row, edge in zip(data["edges"], pipeline.edges, strict=True):
        row |= {"defined": json_span(edge.defined), "used": json_span(edge.used)}
    place = {id(edge): n for n, edge in enumerate(pipeline.edges)}
    return {
        "converts": True,
        "name": pipeline.name,
        "title": pipeline.title,
        "svg": draw_svg(pipeline, interactive=True),
        "stages": data["stages"],
        "parameters": [
            {"name": p.name, "source": p.source, "comment": p.comment, "place": json_span(p.span)}
            for p in pipeline.parameters
        ],
        "edges": data["edges"],
        "links": [
            {"source": k.source, "target": k.target, "label": k.label, "edges": [place[id(e)] for e in k.edges]}
            for k in group_links(pipeline)
        ],
    }


def _layout_stages(layout: Layout) -> list[dict[str, Any]]:
    """Stages of a notebook that does not convert: what the tags say, without what the analysis would."""
    from nb2pipe.graph.colors import stage_color

    return [
        {
            "name": stage.name,
            "title": stage.title,
            "summary": "",
            "color": stage_color(n),
            "cells": [cell.number for cell in layout.cells if cell.stage == stage.name],
            **{key: [] for key in ("inputs", "outputs", "parameters", "upstream", "metrics")},
            "style": "",
            "deterministic": False,
        }
        for n, stage in enumerate(layout.stages)
    ]


def _cells(notebook: Notebook, layout: Layout, colors: dict[str, str]) -> list[dict[str, Any]]:
    from nb2pipe.notebook.grammar import parse_tags

    found = []
    for cell, place in zip(notebook.cells, layout.cells, strict=True):
        tags = parse_tags(cell)
        found.append(
            {
                "role": place.role.value,
                "stage": place.stage,
                "color": colors.get(place.stage, ""),
                "named": bool(tags.stages) or tags.role is not None,
                "metrics": place.metrics,
            }
        )
    return found


def whole_notebook(message: str, remedy: str) -> Diagnostic:
    """A diagnostic about a file that no route could read."""
    return Diagnostic("NB105", message, Span(), help=remedy)
