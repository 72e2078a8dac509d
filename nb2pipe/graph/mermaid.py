"""The graph as a Mermaid flowchart, which GitHub and GitLab draw in a README."""

from __future__ import annotations

from nb2pipe.graph.links import Link, group_links
from nb2pipe.pipeline.model import Pipeline

# Words of Mermaid's grammar that cannot be the id of a node.
_RESERVED = frozenset(
    (
        "call",
        "class",
        "classdef",
        "click",
        "default",
        "direction",
        "end",
        "flowchart",
        "graph",
        "href",
        "interpolate",
        "linkstyle",
        "style",
        "subgraph",
    )
)
# Inside quotes, Mermaid reads `#name;` and `#number;` as a character, Markdown in backticks, and HTML.
_ESCAPES = {
    '"': "#quot;",
    "<": "#lt;",
    ">": "#gt;",
    "&": "#amp;",
    "#": "#35;",
    "`": "#96;",
    "\\": "#92;",
}


def render_mermaid(pipeline: Pipeline) -> str:
    """A flowchart from top to bottom, without the fence; nodes carry titles, edges the variables handed over.

    Dotted edges hand over no data: hidden state, or an order that a tag demands. The text ends with a newline.
    See https://mermaid.js.org/syntax/flowchart.html.
    """
    ids = {stage.name: _node_id(stage.name, n) for n, stage in enumerate(pipeline.stages, 1)}
    lines = ["flowchart TD"]
    lines += [f'    {ids[stage.name]}["{escape_mermaid(stage.title or stage.name)}"]' for stage in pipeline.stages]
    lines += [_edge(link, ids[link.source], ids[link.target]) for link in group_links(pipeline)]
    return "\n".join(lines) + "\n"


def escape_mermaid(text: str) -> str:
    """Text for use between double quotes in Mermaid."""
    return "".join(_ESCAPES.get(char, char) for char in " ".join(text.split()))


def _node_id(name: str, number: int) -> str:
    usable = name.isascii() and name.isidentifier() and name.lower() not in _RESERVED
    return name if usable else f"stage{number}_"


def _edge(link: Link, source: str, target: str) -> str:
    arrow = "-->" if link.carries_data else "-.->"
    label = f'|"{escape_mermaid(link.label)}"|' if link.label else ""
    return f"    {source} {arrow}{label} {target}"
