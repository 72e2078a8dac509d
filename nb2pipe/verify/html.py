"""A report as one HTML file that needs nothing from elsewhere: notebook and pipeline side by side, stage by stage."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from nb2pipe.verify.model import (
    DIFFERENT,
    FAILED,
    NONDETERMINISTIC,
    ROUNDING,
    SAME,
    UNPROVEN,
    Finding,
    Report,
    Shown,
    StageReport,
    Tally,
)
from nb2pipe.verify.noise import without_colors
from nb2pipe.verify.text import WORDS, place, subject, summarize

_STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --muted: #59636e; --page: #ffffff; --side: #f6f8fa; --line: #d1d9e0;
  --focus: #0969da; --good: #1a7f37; --bad: #cf222e; --warn: #9a6700; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --muted: #9aa4ae; --page: #0d1117; --side: #151b23; --line: #3d4650; --focus: #4493f8;
    --good: #3fb950; --bad: #f85149; --warn: #d29922; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 110rem; padding: 0 1.25rem 3rem; color: var(--ink); background: var(--page);
  font: 14px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
a { color: var(--focus); } :focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
.skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; top: 1rem; background: var(--page); }
header { padding: 1.25rem 0 .5rem; } h1 { font-size: 1.25rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 0; display: inline; } h3 { font-size: .9rem; margin: 1rem 0 .4rem; }
.muted { color: var(--muted); } p { margin: .25rem 0; }
.verdict { font-weight: 600; white-space: nowrap; } .verdict::before { content: attr(data-mark) "\\00a0"; }
.same { color: var(--good); } .different { color: var(--bad); } .unproven, .failed { color: var(--warn); }
.banner { border: 1px solid var(--line); border-left: 5px solid currentColor; border-radius: 6px; padding: .6rem .9rem;
  margin: .75rem 0 1rem; } .banner p, .banner dl { color: var(--ink); }
table { border-collapse: collapse; margin: .5rem 0 1.25rem; } th, td { text-align: left; padding: .25rem .9rem .25rem 0;
  border-bottom: 1px solid var(--line); vertical-align: top; } th { font-weight: 600; }
thead th { color: var(--muted); font-weight: 400; } td.number { font-variant-numeric: tabular-nums; }
code, pre { font: 12px/1.45 ui-monospace, "SF Mono", Consolas, "DejaVu Sans Mono", monospace; }
pre { margin: 0; padding: .4rem .6rem; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
details.stage { border: 1px solid var(--line); border-radius: 6px; margin: 0 0 .75rem; }
details.stage > summary { cursor: pointer; padding: .5rem .9rem; background: var(--side); border-radius: 6px; }
details.stage > div { padding: .25rem .9rem .9rem; }
.sides { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 1rem; }
@media (max-width: 60rem) { .sides { grid-template-columns: minmax(0, 1fr); } }
.piece { border: 1px solid var(--line); border-radius: 4px; margin: 0 0 .6rem; overflow: hidden; }
.piece > .label { padding: .1rem .6rem; background: var(--side); border-bottom: 1px solid var(--line); color: var(--muted);
  font-size: 12px; } .piece pre.source { background: var(--side); } .piece details > summary { cursor: pointer; padding: .1rem .6rem;
  color: var(--muted); font-size: 12px; }
.output { border-top: 1px solid var(--line); padding: .35rem .6rem; } .output pre { padding: 0; }
.output img { max-width: 100%; height: auto; background: #fff; } .stderr, .error { border-left: 3px solid var(--warn); }
iframe { width: 100%; height: 15rem; border: 0; resize: vertical; background: transparent; }
.finding { border-left: 3px solid currentColor; padding: .1rem 0 .1rem .7rem; margin: .5rem 0; }
.finding > * { color: var(--ink); } .finding dl { display: grid; grid-template-columns: auto 1fr; gap: 0 .8rem; margin: .2rem 0; }
.finding dt { color: var(--muted); } .finding dd { margin: 0; overflow-wrap: anywhere; }
@media print { details.stage > div { display: block; } }
""".strip()

_MARKS = {SAME: "✓", DIFFERENT: "✗", UNPROVEN: "?", NONDETERMINISTIC: "✓", ROUNDING: "✓", FAILED: "!"}
_CLASSES = {NONDETERMINISTIC: SAME, ROUNDING: SAME}
#: Nothing is fetched, and nothing in an output runs: outputs are shown, not trusted.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:"
_FRAME_STYLE = (
    "<style>:root{color-scheme:light dark}body{margin:0;font:13px system-ui,sans-serif}"
    "table,th,td{border:0}table{border-collapse:collapse}"
    "th,td{padding:.15rem .6rem;text-align:right;border-bottom:1px solid #8884}</style>"
)


def render_html(report: Report) -> str:
    """The page."""
    title = escape(f"{report.notebook} and {report.project}")
    body = [_failure(report)] if report.failure is not None else [_banner(report), _table(report), *_stages(report)]
    return (
        "\n".join(
            [
                "<!DOCTYPE html>",
                '<html lang="en">',
                "<head>",
                '<meta charset="utf-8">',
                '<meta name="viewport" content="width=device-width, initial-scale=1">',
                f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
                f"<title>{title}</title>",
                f"<style>\n{_STYLE}\n</style>",
                "</head>",
                "<body>",
                '<a class="skip" href="#stages">To the stages</a>',
                f"<header><h1>{escape(report.notebook)} <span class=muted>↔</span> {escape(report.project)}</h1>"
                f"{_times(report)}</header>",
                "<main>",
                *body,
                "</main>",
                "</body>",
                "</html>",
            ]
        )
        + "\n"
    )


def _times(report: Report) -> str:
    if not report.seconds:
        return ""
    runs = "once" if report.runs == 1 else f"{report.runs} times"
    return (
        f'<p class="muted">Notebook {report.seconds["notebook"]:.1f} s, run {runs} · '
        f"pipeline {report.seconds['pipeline']:.1f} s</p>"
    )


def _verdict(verdict: str, word: str = "") -> str:
    style = _CLASSES.get(verdict, verdict)
    return f'<span class="verdict {style}" data-mark="{_MARKS[verdict]}">{escape(word or WORDS.get(verdict, verdict))}</span>'


def _banner(report: Report) -> str:
    first = report.first
    what = _finding(first) if first is not None else ""
    notes = "".join(f"<li>{escape(note)}</li>" for note in report.notes)
    return (
        f'<section class="banner {report.verdict}" aria-label="Verdict">{_verdict(report.verdict, summarize(report))}'
        + (f"<h3>{'First difference' if first.verdict == DIFFERENT else 'Not compared'}</h3>{what}" if first else "")
        + "</section>"
        + (f"<h3>Notes</h3><ul>{notes}</ul>" if notes else "")
    )


def _failure(report: Report) -> str:
    failure = report.failure
    if failure is None:
        return ""
    where = f"<p>Cell {failure.cell}{f', line {failure.line}' if failure.line else ''}</p>" if failure.cell else ""
    detail = f"<pre>{escape(failure.detail)}</pre>" if failure.detail else ""
    remedy = f"<p>{escape(failure.help)}</p>" if failure.help else ""
    head = _verdict(FAILED, failure.message)
    return f'<section class="banner failed" aria-label="Verdict">{head}{where}{detail}{remedy}</section>'


def _table(report: Report) -> str:
    rows = "".join(
        f'<tr><th scope="row"><a href="#stage-{n}">{escape(s.name)}</a></th>'
        + "".join(f'<td class="number">{_cell(t)}</td>' for t in (s.outputs, s.files, s.values))
        + f"<td>{_verdict(s.verdict)}</td></tr>"
        for n, s in enumerate(report.stages)
    )
    head = "".join(f'<th scope="col">{word}</th>' for word in ("Stage", "Outputs", "Files", "Values", "Verdict"))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _cell(tally: Tally) -> str:
    if not tally.total:
        return "–"
    return f"{tally.total} same" if tally.same == tally.total else f"{tally.same} of {tally.total} same"


def _stages(report: Report) -> list[str]:
    parts = ['<div id="stages">']
    first = report.first.stage if report.first is not None else ""
    for number, stage in enumerate(report.stages):
        is_open = " open" if stage.name == first or len(report.stages) == 1 else ""
        parts.append(
            f'<details class="stage" id="stage-{number}"{is_open}><summary><h2>{escape(stage.title or stage.name)}</h2> '
            f'{_verdict(stage.verdict)} <span class="muted">{escape(_cells(stage))}</span></summary><div>'
        )
        if stage.findings:
            parts.append("<h3>Findings</h3>" + "".join(_finding(f) for f in stage.findings))
        parts.append('<div class="sides">')
        parts.append(_side("Notebook", report.left.get(stage.name, ())))
        parts.append(_side("Pipeline", report.right.get(stage.name, ())))
        parts.append("</div></div></details>")
    return [*parts, "</div>"]


def _cells(stage: StageReport) -> str:
    cells = stage.cells
    if not cells:
        return ""
    if len(cells) == 1:
        return f"cell {cells[0]}"
    whole = cells == tuple(range(cells[0], cells[-1] + 1))
    return f"cells {cells[0]} to {cells[-1]}" if whole else f"cells {', '.join(map(str, cells))}"


def _finding(finding: Finding) -> str:
    style = _CLASSES.get(finding.verdict, finding.verdict)
    sides = (
        f"<dl><dt>notebook</dt><dd><code>{escape(finding.notebook)}</code></dd>"
        f"<dt>pipeline</dt><dd><code>{escape(finding.pipeline)}</code></dd></dl>"
        if finding.notebook or finding.pipeline
        else ""
    )
    return (
        f'<div class="finding {style}"><div>{_verdict(finding.verdict, _word(finding))} '
        f"<code>{escape(subject(finding))}</code> {_respect(finding)}"
        f'<span class="muted">{escape(place(finding))}</span></div>{sides}</div>'
    )


def _respect(finding: Finding) -> str:
    return "" if finding.what in (finding.name, "") else f"<span>({escape(finding.what)})</span> "


def _word(finding: Finding) -> str:
    return {
        DIFFERENT: "different",
        UNPROVEN: "cannot be compared",
        NONDETERMINISTIC: "not deterministic in the notebook itself",
        ROUNDING: "equal up to rounding",
    }[finding.verdict]


def _side(title: str, pieces: Sequence[Shown]) -> str:
    shown, folded = [], []
    for piece in pieces:
        if piece.kind == "code" and not piece.outputs and piece.label.startswith("stages/"):
            folded.append(piece.source.strip())  # what every stage does: parameters, load, save
            continue
        shown += [_fold(folded), _piece(piece)]
        folded = []
    text = "".join([*shown, _fold(folded)]) or '<p class="muted">Nothing.</p>'
    return f'<section aria-label="{title}"><h3>{title}</h3>{text}</section>'


def _fold(sources: Sequence[str]) -> str:
    """Cells that show nothing, folded."""
    if not sources:
        return ""
    text = escape("\n\n".join(sources))
    count = "1 cell that shows nothing" if len(sources) == 1 else f"{len(sources)} cells that show nothing"
    return f'<div class="piece"><details><summary>{count}</summary><pre class="source">{text}</pre></details></div>'


def _piece(piece: Shown) -> str:
    outputs = "".join(_output(output) for output in piece.outputs)
    return (
        f'<div class="piece"><div class="label">{escape(piece.label)}</div>'
        f'<pre class="source">{escape(piece.source)}</pre>{outputs}</div>'
    )


def _output(output: Mapping[str, Any]) -> str:
    kind = output.get("output_type")
    if kind == "stream":
        style = "output stderr" if output.get("name") == "stderr" else "output"
        return f'<div class="{style}"><pre>{_text(output.get("text", ""))}</pre></div>'
    if kind == "error":
        return f'<div class="output error"><pre>{_text(chr(10).join(output.get("traceback", ())))}</pre></div>'
    return f'<div class="output">{_display(output.get("data", {}))}</div>'


def _display(data: Mapping[str, Any]) -> str:
    """The richest form that needs no script."""
    plain = _joined(data.get("text/plain", ""))
    for kind in ("image/png", "image/jpeg", "image/gif"):
        if kind in data:
            code = "".join(_joined(data[kind]).split())
            return f'<img alt="{escape(plain or "figure")}" src="data:{kind};base64,{escape(code)}">'
    for kind in ("image/svg+xml", "text/html"):
        if kind in data and "<script" not in _joined(data[kind]):
            document = escape(_FRAME_STYLE + _joined(data[kind]))
            return (
                f'<iframe sandbox="" loading="lazy" title="{escape(plain[:60] or kind)}" srcdoc="{document}"></iframe>'
            )
    return f"<pre>{_text(plain)}</pre>"


def _joined(value: Any) -> str:
    if isinstance(value, list):
        return "".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _text(value: Any) -> str:
    return escape(without_colors(_joined(value)))
