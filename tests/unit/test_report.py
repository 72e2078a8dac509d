"""Diagnostics as text, JSON, SARIF and annotations."""

from __future__ import annotations

import json
import re

import pytest

from nb2pipe.diagnostics import Diagnostic, Span
from nb2pipe.report import (
    FileReport,
    render_github,
    render_json,
    render_line,
    render_sarif,
    render_summary,
    render_text,
)

CELL_9 = 'import pandas as pd\nreport = df_clean.groupby("region").sum()'
SOURCES = {9: CELL_9, 14: "df_clean = df.dropna()", 3: "# a comment\n\ntotal = 1"}
EARLY = Diagnostic(
    "NB201",
    "`df_clean` is used before it is defined",
    Span(9, 2, 10, 2, 18),
    "defined only in cell 14",
    "move cell 14 above cell 9",
    name="df_clean",
)


def text_of(diagnostic: Diagnostic, sources: dict[int, str] | None = None) -> str:
    return render_text([diagnostic], SOURCES if sources is None else sources, "sales.ipynb", summary=False)


def test_nothing_to_say() -> None:
    assert render_text([], {}, "sales.ipynb") == ""
    assert render_summary([]) == "no problems"


def test_the_format_of_the_style_guide() -> None:
    assert render_text([EARLY], SOURCES, "sales.ipynb") == (
        "error[NB201]: `df_clean` is used before it is defined\n"
        " --> sales.ipynb:cell 9:2:10\n"
        '  2 | report = df_clean.groupby("region").sum()\n'
        "    |          ^^^^^^^^ defined only in cell 14\n"
        "  = help: move cell 14 above cell 9\n"
        "\n"
        "1 error\n"
    )


def test_related_places_follow_with_another_mark() -> None:
    related = Diagnostic(
        "NB201",
        "x",
        EARLY.span,
        related=((Span(14, 1, 1, 1, 9), "defined here"), (Span(3), "and this cell")),
    )
    assert text_of(related) == (
        "error[NB201]: x\n"
        " --> sales.ipynb:cell 9:2:10\n"
        '  2 | report = df_clean.groupby("region").sum()\n'
        "    |          ^^^^^^^^\n"
        " --> sales.ipynb:cell 14:1:1\n"
        "  1 | df_clean = df.dropna()\n"
        "    | -------- defined here\n"
        " --> sales.ipynb:cell 3\n"
        "  1 | # a comment\n"
        "    | and this cell\n"
    )


PLACES = {
    "the notebook as a whole": (Span(), {}, " --> sales.ipynb\n"),
    "a cell without its source": (Span(4, 2), {}, " --> sales.ipynb:cell 4:2\n    | here\n"),
    "a whole line": (
        Span(1, 1),
        {1: "    x = 1  "},
        " --> sales.ipynb:cell 1:1\n  1 |     x = 1\n    |     ^^^^^ here\n",
    ),
    "a line that the cell does not have": (
        Span(1, 5, 2),
        {1: "x"},
        " --> sales.ipynb:cell 1:5:2\n    | here\n",
    ),
    "several lines: the first, to its end": (
        Span(1, 1, 5, 2, 2),
        {1: "x = (1,\n2)"},
        " --> sales.ipynb:cell 1:1:5\n  1 | x = (1,\n    |     ^^^ here\n",
    ),
    "a tab is four columns": (
        Span(1, 1, 2, 1, 3),
        {1: "\ty"},
        " --> sales.ipynb:cell 1:1:2\n  1 |     y\n    |     ^ here\n",
    ),
    "wide characters are two": (
        Span(1, 1, 7, 1, 8),
        {1: "'日本', x"},
        " --> sales.ipynb:cell 1:1:7\n  1 | '日本', x\n    |         ^ here\n",
    ),
    "an empty span marks one column": (
        Span(1, 1, 2, 1, 2),
        {1: "f"},
        " --> sales.ipynb:cell 1:1:2\n  1 | f\n    |  ^ here\n",
    ),
    "the gutter grows with the number": (
        Span(1, 10, 1, 10, 2),
        {1: "\n" * 9 + "x"},
        " --> sales.ipynb:cell 1:10:1\n  10 | x\n     | ^ here\n",
    ),
}


@pytest.mark.parametrize("case", PLACES)
def test_places(case: str) -> None:
    span, sources, expected = PLACES[case]
    label = "here" if span.cell else ""
    shown = render_text([Diagnostic("NB202", "m", span, label)], sources, "sales.ipynb", summary=False)
    assert shown == "error[NB202]: m\n" + expected


def test_a_long_line_is_cut_around_the_mark() -> None:
    source = "a" * 200 + "BAD" + "b" * 200
    lines = text_of(Diagnostic("NB202", "m", Span(1, 1, 201, 1, 204), "here"), {1: source}).split("\n")
    assert len(lines[2]) < 110
    assert lines[2].startswith("  1 | …aaa") and lines[2].endswith("bbb…")
    start = lines[3].index("^")
    assert lines[2][start : start + 3] == "BAD"
    assert lines[3].strip("| ") == "^^^ here"


def test_a_notebook_cannot_steer_the_terminal() -> None:
    shown = text_of(Diagnostic("NB202", "bad \x1b[2J", Span(1, 1, 2, 1, 3), "l\x07"), {1: "\x1b]0;x"})
    assert "\x1b" not in shown and "\x07" not in shown
    assert "\\x1b]0;x" in shown


def test_color_adds_escapes_and_nothing_else() -> None:
    colored = render_text([EARLY], SOURCES, "sales.ipynb", color=True)
    assert colored.startswith("\033[1;31merror[NB201]\033[0m")
    assert re.sub(r"\033\[[0-9;]*m", "", colored) == render_text([EARLY], SOURCES, "sales.ipynb")


def test_the_summary_counts() -> None:
    found = [Diagnostic("NB201", "a"), Diagnostic("NB202", "b"), Diagnostic("NB304", "c"), Diagnostic("NB306", "d")]
    assert render_summary(found) == "2 errors, 1 warning, 1 note"


def test_one_line() -> None:
    assert render_line(Diagnostic("NB306", "m", Span(2)), "s.ipynb") == "note[NB306] s.ipynb:cell 2: m"


def test_json() -> None:
    data = json.loads(render_json([FileReport("a.ipynb", (EARLY,)), FileReport("b.ipynb", ())]))
    assert data["version"] == 1
    assert data["summary"] == {"errors": 1, "warnings": 0, "notes": 0}
    assert data["notebooks"][1] == {"file": "b.ipynb", "diagnostics": []}
    assert data["notebooks"][0]["diagnostics"] == [
        {
            "code": "NB201",
            "severity": "error",
            "title": "A name is used before it is defined",
            "message": "`df_clean` is used before it is defined",
            "name": "df_clean",
            "place": {"cell": 9, "line": 2, "column": 10, "end_line": 2, "end_column": 18},
            "label": "defined only in cell 14",
            "help": "move cell 14 above cell 9",
            "related": [],
        }
    ]


def test_sarif_has_what_code_scanning_needs() -> None:
    related = Diagnostic("NB304", "near", Span(14), related=((Span(9, 1), "there"),))
    report = FileReport(
        "a b/sales.ipynb", (EARLY, related, Diagnostic("NB306", "n")), SOURCES, {(9, 1): 40, (9, 2): 41}
    )
    log = json.loads(render_sarif([report]))
    assert log["version"] == "2.1.0" and log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["NB201", "NB304", "NB306"]
    assert all(re.fullmatch(r"[A-Za-z0-9]+", rule["name"]) for rule in rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        physical = result["locations"][0]["physicalLocation"]
        assert physical["artifactLocation"]["uri"] == "a%20b/sales.ipynb"
        assert physical["region"]["startLine"] >= 1
        assert re.fullmatch(r"[0-9a-f]{32}", result["partialFingerprints"]["nb2pipe/v1"])
    first, second, third = run["results"]
    assert first["locations"][0]["physicalLocation"]["region"] == {"startLine": 41}
    assert first["locations"][0]["logicalLocations"][0]["name"] == "cell 9"
    assert first["message"]["text"].startswith("cell 9, line 2: `df_clean` is used")
    assert first["properties"]["cell"] == 9 and first["properties"]["column"] == 10
    assert second["relatedLocations"][0]["message"] == {"text": "cell 9, line 1: there"}
    assert second["relatedLocations"][0]["physicalLocation"]["region"] == {"startLine": 40}
    assert "logicalLocations" not in third["locations"][0]


def test_sarif_fingerprints_survive_edits_elsewhere() -> None:
    def fingerprint(diagnostic: Diagnostic, sources: dict[int, str]) -> str:
        log = json.loads(render_sarif([FileReport("s.ipynb", (diagnostic,), sources)]))
        value = log["runs"][0]["results"][0]["partialFingerprints"]["nb2pipe/v1"]
        assert isinstance(value, str)
        return value

    moved = Diagnostic("NB201", "m", Span(10, 1, 10), name="df_clean")
    line = CELL_9.split("\n")[1]
    assert fingerprint(EARLY, {9: CELL_9}) == fingerprint(moved, {10: line})
    assert fingerprint(EARLY, {9: CELL_9}) != fingerprint(moved, {10: "other"})


def test_github_escapes_newlines_and_properties() -> None:
    report = FileReport("a,b:c.ipynb", (EARLY,), SOURCES, {(9, 2): 41})
    assert render_github([report]) == (
        "::error file=a%2Cb%3Ac.ipynb,line=41,title=NB201::cell 9, line 2: `df_clean` is used before it is defined "
        "(defined only in cell 14)%0Ahelp: move cell 14 above cell 9\n"
    )


def test_github_calls_notes_notices_and_points_to_the_first_line_at_worst() -> None:
    report = FileReport("s.ipynb", (Diagnostic("NB306", "100%"), Diagnostic("NB304", "w", Span(2))))
    assert render_github([report]) == (
        "::notice file=s.ipynb,line=1,title=NB306::notebook: 100%25\n"
        "::warning file=s.ipynb,line=1,title=NB304::cell 2: w\n"
    )
