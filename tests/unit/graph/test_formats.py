"""Each format: small pipelines to the character, hostile names, and nothing at all."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from nb2pipe.diagnostics import Span
from nb2pipe.graph.dot import render_dot
from nb2pipe.graph.explain import render_explain
from nb2pipe.graph.html import render_html
from nb2pipe.graph.json import render_json
from nb2pipe.graph.links import describe_cells, group_links, shorten_names
from nb2pipe.graph.mermaid import escape_mermaid, render_mermaid
from nb2pipe.graph.text import draw_lanes, render_text
from nb2pipe.notebook.model import Cell, CellKind
from nb2pipe.pipeline.model import Pipeline
from tests.unit.graph.pipelines import data, diamond, hostile, large, make_pipeline, make_stage


def test_mermaid() -> None:
    assert render_mermaid(diamond()) == (
        "flowchart TD\n"
        '    load["Load"]\n'
        '    clean["Clean"]\n'
        '    plot["Plot"]\n'
        '    train["Train"]\n'
        '    load -->|"df"| clean\n'
        '    load -->|"df"| plot\n'
        '    clean -->|"x"| train\n'
        '    plot -.->|"matplotlib"| train\n'
    )


def test_mermaid_escapes_labels_and_avoids_its_own_words() -> None:
    text = render_mermaid(hostile())
    assert 'stage1_["Load #quot;the#quot; #lt;data#gt; #amp; #96;more#96; #35;1;"]' in text
    assert 'stage2_["A#92;n|pipe| line"]' in text
    assert 'stage1_ -->|"größe"| stage2_' in text
    assert escape_mermaid("plain text") == "plain text"


def test_edges_show_three_names_at_most() -> None:
    names = ("a", "b", "c", "d")
    pipeline = make_pipeline(
        (make_stage("one"), make_stage("two", upstream=("one",))),
        tuple(data("one", "two", name) for name in names),
    )
    assert '|"a, b, c, …"|' in render_mermaid(pipeline)
    assert shorten_names(names[:3]) == "a, b, c"
    assert [link.names for link in group_links(pipeline)] == [names]


def test_an_upstream_without_an_edge_is_drawn() -> None:
    pipeline = make_pipeline((make_stage("one"), make_stage("two", upstream=("one",))))
    assert "    one -.-> two\n" in render_mermaid(pipeline)
    assert render_explain(pipeline) == "one → two\n  order\n\n1 edge, 0 reasons\n"


def test_dot() -> None:
    lines = render_dot(diamond()).split("\n")
    assert lines[0] == 'digraph "sales" {'
    assert '    "load" [label="Load", color="#3b7dd8", tooltip="load · cell 2"];' in lines
    assert '    "load" -> "clean" [label="df", tooltip="df"];' in lines
    assert '    "plot" -> "train" [label="matplotlib", tooltip="matplotlib", style=dashed];' in lines
    assert lines[-2:] == ["}", ""]


def test_dot_quotes() -> None:
    text = render_dot(hostile())
    assert 'label="Load \\"the\\" <data> & `more` #1;"' in text
    assert 'label="A\\\\n|pipe|\\nline"' in text


def test_text() -> None:
    assert render_text(diamond()) == (
        "●   load(path)  cell 2\n"
        "├─● clean       cell 3     ← load.df\n"
        "● │ plot        cell 4     ← load.df\n"
        "●─╯ train       cells 5–6  ← clean.x (after plot)\n"
        "\n"
        "4 stages, 4 edges, 1 parameter\n"
    )


def test_text_in_ascii() -> None:
    assert render_text(diamond(), ascii_only=True) == (
        "*   load(path)  cell 2\n"
        "+-* clean       cell 3     <- load.df\n"
        "* | plot        cell 4     <- load.df\n"
        "*-' train       cells 5-6  <- clean.x (after plot)\n"
        "\n"
        "4 stages, 4 edges, 1 parameter\n"
    )
    assert render_text(large(), ascii_only=True).isascii()


def test_lanes_pass_a_stage_that_they_do_not_feed() -> None:
    pipeline = make_pipeline(
        (
            make_stage("a", gives=("x",)),
            make_stage("b", gives=("y",)),
            make_stage("c", reads=("a.x",), gives=("z",)),
            make_stage("d", reads=("a.x", "c.z")),
            make_stage("e", reads=("b.y",)),
        )
    )
    assert [row.lanes for row in draw_lanes(pipeline)] == ["●", "│ ●", "├─│─●", "●─│─╯", "  ●"]


def test_explain() -> None:
    assert render_explain(diamond()) == (
        "load → clean\n"
        "  variable `df`: `clean` reads `df`\n"
        "    defined  cell 2:1   df = read(path)\n"
        "    used     cell 3:1   x = df.dropna()\n"
        "\n"
        "load → plot\n"
        "  variable `df`: `plot` reads `df`\n"
        "    defined  cell 2:1   df = read(path)\n"
        "    used     cell 4:2   df.plot()\n"
        "\n"
        "clean → train\n"
        "  variable `x`: `train` reads `x`\n"
        "    defined  cell 3:1   x = df.dropna()\n"
        "    used     cell 5:1   fit(x)\n"
        "\n"
        "plot → train\n"
        "  hidden state `matplotlib`: the figure goes on\n"
        "    defined  cell 4:2   df.plot()\n"
        "    used     cell 5:1   fit(x)\n"
        "\n"
        "4 edges, 4 reasons\n"
    )


def test_explain_takes_sources_of_cells_outside_every_stage() -> None:
    pipeline = make_pipeline(
        (make_stage("one"), make_stage("two", upstream=("one",))),
        (data("one", "two", "f", Span(1, 2), Span(9, 9)),),
    )
    assert "cell 1:2   def f(): ...\n" in render_explain(pipeline, {1: "\ndef f(): ...\n"})
    assert "used     cell 9:9\n" in render_explain(pipeline, {})


def test_json_is_a_stable_schema() -> None:
    graph = json.loads(render_json(diamond()))
    assert list(graph) == ["version", "name", "title", "notebook", "stages", "parameters", "edges"]
    assert graph["version"] == 1
    assert [stage["name"] for stage in graph["stages"]] == ["load", "clean", "plot", "train"]
    assert graph["stages"][3]["cells"] == [5, 6]
    assert graph["stages"][3]["upstream"] == ["clean", "plot"]
    assert graph["parameters"] == [
        {
            "name": "path",
            "value": "a.csv",
            "source": "'a.csv'",
            "annotation": "",
            "comment": "where it lies",
            "place": {"cell": 1, "line": 1, "column": 0},
        }
    ]
    assert graph["edges"][3] == {
        "source": "plot",
        "target": "train",
        "kind": "state",
        "name": "matplotlib",
        "defined": {"cell": 4, "line": 2, "column": 0},
        "used": {"cell": 5, "line": 1, "column": 0},
        "why": "the figure goes on",
    }


class _Page(HTMLParser):
    """Collects ids, targets and everything that would load something from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.details: list[str] = []
        self.loads: list[str] = []
        self.labels: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        self.ids += [values["id"]] if "id" in values else []
        if "data-detail" in values:
            self.details.append(values["data-detail"])
            self.labels.append(values["aria-label"])
            assert values["tabindex"] == "0" and values["role"] == "button"
        self.scripts += tag == "script"
        self.loads += [v for k, v in values.items() if k == "src" or (k == "href" and not v.startswith("#"))]
        self.loads += [tag] if tag in ("link", "iframe", "img", "object") else []


@pytest.mark.parametrize("pipeline", [diamond(), hostile(), large()], ids=["diamond", "hostile", "large"])
def test_html_has_details_of_everything_and_loads_nothing(pipeline: Pipeline) -> None:
    text = render_html(pipeline)
    page = _Page()
    page.feed(text)
    links = group_links(pipeline)
    wanted = [f"link-{n}" for n in range(len(links))] + [f"stage-{n}" for n in range(len(pipeline.stages))]
    assert page.details == wanted
    assert set(wanted) <= set(page.ids) and len(set(page.ids)) == len(page.ids)
    assert page.loads == []
    assert page.scripts == 1
    assert all(page.labels)


def test_html_escapes() -> None:
    text = render_html(hostile())
    assert "<script>alert" not in text
    assert "because <code>a</code> &lt; <code>b</code> &amp; &lt;i&gt;" in text
    assert "<pre>a = &#x27;&lt;b&gt;&#x27;</pre>" in text


def test_html_shows_definition_and_use() -> None:
    text = render_html(diamond())
    assert "Defined in cell 2:1</div><pre>df = read(path)</pre>" in text
    assert "Used in cell 4:2</div><pre>df.plot()</pre>" in text
    assert "<code>path = &#x27;a.csv&#x27;</code>" in text


@pytest.mark.parametrize("render", [render_mermaid, render_dot, render_text, render_explain, render_json, render_html])
def test_every_format_bears_an_empty_pipeline_and_is_deterministic(render) -> None:  # type: ignore[no-untyped-def]
    assert render(make_pipeline(())).endswith("\n")
    assert render(large()) == render(large())
    assert render(replace(diamond(), edges=())).endswith("\n")


@pytest.mark.parametrize(
    ("numbers", "words"),
    [((), ""), ((4,), "cell 4"), ((2, 3, 4, 9), "cells 2–4, 9"), ((5, 3), "cells 3, 5")],
)
def test_cells_in_words(numbers: tuple[int, ...], words: str) -> None:
    assert describe_cells(Cell(n, CellKind.CODE, "") for n in numbers) == words
