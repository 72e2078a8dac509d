"""Why each edge exists, with the lines of the notebook that make it so."""

from __future__ import annotations

from collections.abc import Mapping

from nb2pipe.diagnostics import Span
from nb2pipe.graph.links import Link, describe_count, describe_place, find_sources, group_links
from nb2pipe.pipeline.model import Edge, EdgeKind, Pipeline

_KINDS = {
    EdgeKind.DATA: "variable",
    EdgeKind.STATE: "hidden state",
    EdgeKind.FILE: "file",
    EdgeKind.ORDER: "order",
}
_WIDTH = 72


def render_explain(pipeline: Pipeline, sources: Mapping[int, str] | None = None) -> str:
    """Renders every edge with its reasons and the lines behind them.

    Such as::

        load → clean
          variable `df`: `clean` reads what `load` last assigned
            defined  cell 3:1   df = pd.read_csv(path)
            used     cell 5:2   df_clean = df.dropna()

    Args:
        pipeline: Whose edges.
        sources: Cell number to text; without it, the cells of the pipeline's stages.

    Returns:
        Text that ends with a newline.
    """
    known = find_sources(pipeline) if sources is None else sources
    links = group_links(pipeline)
    blocks = [_link(link, known) for link in links]
    if not blocks:
        return "No edges: no stage needs another.\n"
    reasons = sum(len(link.edges) for link in links)
    total = f"{describe_count(len(links), 'edge')}, {describe_count(reasons, 'reason')}"
    return "\n\n".join([*blocks, total]) + "\n"


def _link(link: Link, sources: Mapping[int, str]) -> str:
    lines = [f"{link.source} → {link.target}"]
    for edge in link.edges:
        lines += _edge(edge, sources)
    if not link.edges:
        lines.append("  order")
    return "\n".join(lines)


def _edge(edge: Edge, sources: Mapping[int, str]) -> list[str]:
    head = f"  {_KINDS[edge.kind]}" + (f" `{edge.name}`" if edge.name else "")
    lines = [head + (f": {edge.why}" if edge.why else "")]
    shown = [("defined", edge.defined), ("used", edge.used)]
    places = [(word, describe_place(span), _source_line(span, sources)) for word, span in shown if span.cell]
    width = max((len(place) for _, place, _ in places), default=0)
    lines += [f"    {word:<7}  {place:<{width}}   {source}".rstrip() for word, place, source in places]
    return lines


def _source_line(span: Span, sources: Mapping[int, str]) -> str:
    lines = sources.get(span.cell, "").split("\n")
    number = span.line or next((n for n, line in enumerate(lines, 1) if line.strip()), 1)
    text = lines[number - 1].strip() if number <= len(lines) else ""
    text = "".join(c if c.isprintable() else " " for c in text)
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"
