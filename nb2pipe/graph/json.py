"""The graph as JSON, for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping

from nb2pipe.diagnostics import Span
from nb2pipe.graph.colors import stage_color
from nb2pipe.pipeline.model import Edge, Parameter, Pipeline, Stage

#: The version of what `graph_data` gives; it changes when a key changes its meaning or goes, not when one comes.
GRAPH_VERSION = 1


def render_json(pipeline: Pipeline) -> str:
    """The graph as indented JSON that ends with a newline; keys as `graph_data` gives them."""
    return json.dumps(graph_data(pipeline), indent=2, ensure_ascii=False) + "\n"


def graph_data(pipeline: Pipeline) -> dict[str, object]:
    """The graph as plain data: `stages` in order, `parameters`, and every reason in `edges`."""
    return {
        "version": GRAPH_VERSION,
        "name": pipeline.name,
        "title": pipeline.title,
        "notebook": pipeline.notebook,
        "stages": [_stage(stage, n) for n, stage in enumerate(pipeline.stages)],
        "parameters": [_parameter(parameter) for parameter in pipeline.parameters],
        "edges": [_edge(edge) for edge in pipeline.edges],
    }


def _stage(stage: Stage, index: int) -> Mapping[str, object]:
    return {
        "name": stage.name,
        "title": stage.title,
        "summary": stage.summary,
        "color": stage_color(index),
        "cells": [cell.number for cell in stage.cells],
        "inputs": [{"name": i.name, "stage": i.stage, "type": i.type} for i in stage.inputs],
        "outputs": [
            {"name": o.name, "type": o.type, "place": _place(o.span), "certain": o.certain} for o in stage.outputs
        ],
        "parameters": list(stage.parameters),
        "upstream": list(stage.upstream),
        "metrics": list(stage.metrics),
        "hints": [{"kind": h.kind, "key": h.key, "value": h.value} for h in stage.hints],
        "style": stage.style,
        "deterministic": stage.deterministic,
    }


def _parameter(parameter: Parameter) -> Mapping[str, object]:
    return {
        "name": parameter.name,
        "value": parameter.value,
        "source": parameter.source,
        "annotation": parameter.annotation,
        "comment": parameter.comment,
        "place": _place(parameter.span),
    }


def _edge(edge: Edge) -> Mapping[str, object]:
    return {
        "source": edge.source,
        "target": edge.target,
        "kind": edge.kind.value,
        "name": edge.name,
        "defined": _place(edge.defined),
        "used": _place(edge.used),
        "why": edge.why,
    }


def _place(span: Span) -> Mapping[str, int]:
    return {"cell": span.cell, "line": span.line, "column": span.column}
