"""The graph as one HTML file: the picture, and beside it what is behind each stage and each edge."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

from nb2pipe.diagnostics import Span
from nb2pipe.graph.links import Link, describe_cells, describe_place, find_sources, group_links
from nb2pipe.graph.svg import draw_svg
from nb2pipe.graph.text import describe_pipeline
from nb2pipe.pipeline.model import Pipeline, Stage

_STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --muted: #59636e; --page: #ffffff; --side: #f6f8fa; --line: #d1d9e0;
  --focus: #0969da; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --muted: #9aa4ae; --page: #0d1117; --side: #151b23; --line: #3d4650; --focus: #4493f8; }
}
* { box-sizing: border-box; }
body { margin: 0; font: 14px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; color: var(--ink);
  background: var(--page); display: grid; grid-template: auto 1fr / 1fr minmax(18rem, 26rem); height: 100vh; }
header { grid-column: 1 / -1; padding: .75rem 1rem; border-bottom: 1px solid var(--line); }
h1 { font-size: 1.1rem; margin: 0; } header p, .muted { color: var(--muted); margin: 0; }
main { overflow: auto; padding: 1rem; } main svg { display: block; margin: 0 auto; }
aside { overflow: auto; padding: 1rem; background: var(--side); border-left: 1px solid var(--line); }
a { color: var(--focus); }
h2 { font-size: 1rem; margin: 0 0 .25rem; } h3 { font-size: .85rem; margin: 1rem 0 .25rem; color: var(--muted); }
section { margin-bottom: 2rem; } section[hidden] { display: none; }
ul { margin: 0; padding-left: 1.1rem; } li { margin-bottom: .3rem; }
code, pre { font: 12px/1.45 ui-monospace, "SF Mono", Consolas, "DejaVu Sans Mono", monospace; }
pre { margin: .15rem 0 .4rem; padding: .35rem .5rem; overflow-x: auto; background: var(--page);
  border: 1px solid var(--line); border-radius: 4px; }
.nb2p [data-detail] { cursor: pointer; outline: none; }
.nb2p .stage:focus-visible .card, .nb2p .stage[aria-pressed=true] .card { stroke: var(--focus); stroke-width: 2.5; }
.nb2p .link:focus-visible .line, .nb2p .link[aria-pressed=true] .line { stroke-width: 4; stroke-opacity: 1; }
.nb2p.chosen .stage:not(.near), .nb2p.chosen .link:not(.near) { opacity: .28; }
@media (max-width: 50rem) {
  body { display: block; height: auto; } aside { border: 0; border-top: 1px solid var(--line); }
}
@media print { body { display: block; height: auto; } section[hidden] { display: block; } }
""".strip()

_SCRIPT = """
const svg = document.querySelector("svg.nb2p");
const marks = [...svg.querySelectorAll("[data-detail]")];
const parts = [...document.querySelectorAll("aside section")];
const start = document.getElementById("start");
let chosen = null;
function near(mark) {
  const own = document.getElementById(mark.dataset.detail);
  return new Set([mark.dataset.detail, ...own.dataset.near.split(" ")]);
}
function show(mark) {
  for (const part of parts) part.hidden = mark ? part.id !== mark.dataset.detail : part !== start;
  const around = mark ? near(mark) : new Set();
  svg.classList.toggle("chosen", Boolean(mark));
  for (const m of marks) m.classList.toggle("near", around.has(m.dataset.detail));
}
function choose(mark) {
  chosen = mark === chosen ? null : mark;
  for (const m of marks) m.setAttribute("aria-pressed", String(m === chosen));
  show(chosen);
}
for (const mark of marks) {
  mark.addEventListener("click", (event) => { event.stopPropagation(); choose(mark); });
  mark.addEventListener("mouseenter", () => { if (!chosen) show(mark); });
  mark.addEventListener("mouseleave", () => { if (!chosen) show(null); });
  mark.addEventListener("focus", () => { if (!chosen) show(mark); });
  mark.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(mark); }
  });
}
document.addEventListener("keydown", (event) => { if (event.key === "Escape" && chosen) choose(chosen); });
svg.addEventListener("click", () => { if (chosen) choose(chosen); });
document.querySelector("aside").addEventListener("click", (event) => {
  const to = event.target.closest("[data-to]");
  if (!to) return;
  event.preventDefault();
  const mark = marks.find((m) => m.dataset.detail === to.dataset.to);
  if (mark !== chosen) choose(mark);
  mark.focus();
});
show(null);
""".strip()


def render_html(pipeline: Pipeline, sources: Mapping[int, str] | None = None) -> str:
    """A page that needs nothing from elsewhere; hover or click a stage or an edge, or reach it with Tab and Enter.

    Without JavaScript, and in print, all details stand beside the picture.

    Args:
        pipeline: What to show.
        sources: Cell number to text; without it, the cells of the pipeline's stages.
    """
    known = find_sources(pipeline) if sources is None else sources
    links = group_links(pipeline)
    title = escape(pipeline.title or pipeline.name)
    description = f"<p>{escape(pipeline.description)}</p>" if pipeline.description else ""
    sections = [_start(pipeline)]
    sections += [_stage(stage, n, links, pipeline) for n, stage in enumerate(pipeline.stages)]
    sections += [_link(link, n, known, pipeline) for n, link in enumerate(links)]
    return (
        "\n".join(
            [
                "<!DOCTYPE html>",
                '<html lang="en">',
                "<head>",
                '<meta charset="utf-8">',
                '<meta name="viewport" content="width=device-width, initial-scale=1">',
                f"<title>{title}</title>",
                f"<style>\n{_STYLE}\n</style>",
                "</head>",
                "<body>",
                f"<header><h1>{title}</h1>{description}"
                f"<p>{escape(pipeline.notebook)} · {describe_pipeline(pipeline)}</p></header>",
                '<main aria-label="Graph">',
                draw_svg(pipeline, interactive=True),
                "</main>",
                '<aside aria-label="Details" aria-live="polite">',
                *sections,
                "</aside>",
                f"<script>\n{_SCRIPT}\n</script>",
                "</body>",
                "</html>",
            ]
        )
        + "\n"
    )


def _start(pipeline: Pipeline) -> str:
    items = [
        f"<li><code>{escape(p.name)} = {escape(p.source)}</code>"
        f"{' <span class=muted>' + escape(p.comment) + '</span>' if p.comment else ''}</li>"
        for p in pipeline.parameters
    ]
    stages = [
        f'<li><a href="#stage-{n}" data-to="stage-{n}">{escape(s.title or s.name)}</a></li>'
        for n, s in enumerate(pipeline.stages)
    ]
    return (
        '<section id="start"><h2>Pipeline</h2><p class="muted">Choose a stage or an edge to see what is behind it; '
        "Escape returns here.</p>" + _list("Parameters", items) + _list("Stages", stages) + "</section>"
    )


def _list(title: str, items: list[str]) -> str:
    return f"<h3>{title}</h3><ul>{''.join(items)}</ul>" if items else ""


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _stage_link(name: str, pipeline: Pipeline) -> str:
    for n, stage in enumerate(pipeline.stages):
        if stage.name == name:
            return f'<a href="#stage-{n}" data-to="stage-{n}">{escape(stage.title or name)}</a>'
    return escape(name)


def _stage(stage: Stage, n: int, links: tuple[Link, ...], pipeline: Pipeline) -> str:
    place = {s.name: i for i, s in enumerate(pipeline.stages)}
    near = [f"link-{i}" for i, link in enumerate(links) if stage.name in (link.source, link.target)]
    near += [f"stage-{place[link.source]}" for link in links if link.target == stage.name]
    near += [f"stage-{place[link.target]}" for link in links if link.source == stage.name]
    values = {p.name: p.source for p in pipeline.parameters}
    parameters = [f"<li>{_code(f'{p} = {values[p]}' if p in values else p)}</li>" for p in stage.parameters]
    inputs = [f"<li>{_code(f'{i.name}: {i.type}')} from {_stage_link(i.stage, pipeline)}</li>" for i in stage.inputs]
    outputs = [
        f"<li>{_code(f'{o.name}: {o.type}')} {_muted(describe_place(o.span))}"
        f"{'' if o.certain else ' ' + _muted('on some paths only')}</li>"
        for o in stage.outputs
    ]
    facts = [
        describe_cells(stage.cells),
        "code in a module" if stage.style == "function" else "code in its notebook",
    ]
    reasons = [f"<li>{_prose(d.message)} {_muted(str(d.span))}</li>" for d in stage.reasons]
    return (
        f'<section id="stage-{n}" data-near="{" ".join(dict.fromkeys(near))}">'
        f"<h2>{escape(stage.title or stage.name)}</h2>"
        f'<p class="muted"><code>{escape(stage.name)}</code> · {escape(" · ".join(filter(None, facts)))}</p>'
        + (f"<p>{escape(stage.summary)}</p>" if stage.summary else "")
        + _list("Parameters", parameters)
        + _list("Reads", inputs)
        + _list("Products", outputs)
        + _list("Metrics", [f"<li>{_code(m)}</li>" for m in stage.metrics])
        + _list("Waits for", [f"<li>{_stage_link(u, pipeline)}</li>" for u in stage.upstream])
        + _list("Why its code stays in the notebook", reasons)
        + "</section>"
    )


def _prose(text: str) -> str:
    """Text for HTML, names in backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _muted(text: str) -> str:
    return f'<span class="muted">{escape(text)}</span>' if text else ""


def _link(link: Link, n: int, sources: Mapping[int, str], pipeline: Pipeline) -> str:
    place = {s.name: i for i, s in enumerate(pipeline.stages)}
    parts = []
    for edge in link.edges:
        parts.append(f"<h3>{edge.kind.value} {_code(edge.name) if edge.name else ''}</h3>")
        parts.append(f"<p>{_prose(edge.why)}</p>" if edge.why else "")
        parts.append(_excerpt("Defined in", edge.defined, sources))
        parts.append(_excerpt("Used in", edge.used, sources))
    return (
        f'<section id="link-{n}" data-near="stage-{place[link.source]} stage-{place[link.target]}">'
        f"<h2>{_stage_link(link.source, pipeline)} → {_stage_link(link.target, pipeline)}</h2>"
        + "".join(parts)
        + "</section>"
    )


def _excerpt(word: str, span: Span, sources: Mapping[int, str]) -> str:
    if not span.cell:
        return ""
    lines = sources.get(span.cell, "").split("\n")
    line = lines[span.line - 1] if 0 < span.line <= len(lines) else ""
    source = f"<pre>{escape(line)}</pre>" if line.strip() else ""
    return f'<div class="muted">{word} {describe_place(span)}</div>{source}'
