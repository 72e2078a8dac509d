"""The graph in Graphviz's DOT language."""

from __future__ import annotations

from nb2pipe.graph.colors import stage_color
from nb2pipe.graph.links import describe_cells, group_links
from nb2pipe.pipeline.model import Pipeline


def render_dot(pipeline: Pipeline) -> str:
    """A digraph that `dot -Tsvg` draws, names of stages as ids. See https://graphviz.org/doc/info/lang.html."""
    lines = [
        f"digraph {quote_dot(pipeline.name)} {{",
        "    rankdir=TB;",
        '    node [shape=box, style=rounded, penwidth=2, fontname="Helvetica", fontsize=12];',
        '    edge [color="#6e7781", fontname="Helvetica", fontsize=10];',
    ]
    for n, stage in enumerate(pipeline.stages):
        label = quote_dot(stage.title or stage.name)
        tooltip = quote_dot(" · ".join(filter(None, (stage.name, describe_cells(stage.cells)))))
        lines.append(f'    {quote_dot(stage.name)} [label={label}, color="{stage_color(n)}", tooltip={tooltip}];')
    for link in group_links(pipeline):
        attributes = [f"label={quote_dot(link.label)}"] if link.label else []
        attributes += [f"tooltip={quote_dot(', '.join(link.names))}"] if link.label else []
        attributes += [] if link.carries_data else ["style=dashed"]
        listed = f" [{', '.join(attributes)}]" if attributes else ""
        lines.append(f"    {quote_dot(link.source)} -> {quote_dot(link.target)}{listed};")
    return "\n".join([*lines, "}"]) + "\n"


def quote_dot(text: str) -> str:
    """A double-quoted string of DOT; a backslash is doubled, as Graphviz reads escapes in labels."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
