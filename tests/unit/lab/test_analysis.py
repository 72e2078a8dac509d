"""What the panel is told of a notebook, and that it fits the schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nb2pipe.graph.colors import stage_color
from nb2pipe.lab.analysis import analyze_document, propose_document
from nb2pipe.lab.fixes import fix_document
from nb2pipe.lab.payloads import PayloadError, check_payload
from nb2pipe.options import OptionsError

EXAMPLES = sorted((Path(__file__).parents[3] / "example_notebooks").glob("*/*.ipynb"))


def read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def cells(*rows: tuple[str, list[str]], **metadata: Any) -> dict[str, Any]:
    made = [{"cell_type": "code", "source": source, "metadata": {"tags": tags}} for source, tags in rows]
    return {"cells": made, "metadata": metadata}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_payloads_of_the_examples_fit(path: Path) -> None:
    analysis = analyze_document(str(path), read(path), [])
    check_payload(analysis, "Analysis")
    check_payload(fix_document(str(path), read(path), []), "Fixes")
    check_payload(propose_document(str(path), read(path), []), "Proposals")
    assert analysis["converts"] is (path.stem != "refused")
    assert len(analysis["cells"]) == len(read(path)["cells"])


def test_colors_are_those_of_the_graph() -> None:
    data = analyze_document("/nowhere/n.ipynb", cells(("x = 1", ["stage:a"]), ("print(x)", ["stage:b"])), [])
    assert [stage["color"] for stage in data["stages"]] == [stage_color(0), stage_color(1)]
    assert [cell["color"] for cell in data["cells"]] == [stage_color(0), stage_color(1)]
    assert all(color in data["svg"] for color in (stage_color(0), stage_color(1)))


def test_links_name_the_reasons_of_the_picture() -> None:
    document = cells(("x = 1\ny = 2", ["stage:a"]), ("print(x)", ["stage:b"]), ("print(x, y)", ["stage:c"]))
    data = analyze_document("/nowhere/n.ipynb", document, [])
    assert [(k["source"], k["target"], k["label"]) for k in data["links"]] == [("a", "b", "x"), ("a", "c", "x, y")]
    reasons = [data["edges"][n] for n in data["links"][1]["edges"]]
    assert [(e["name"], e["defined"]["line"], e["used"]["cell"]) for e in reasons] == [("x", 1, 3), ("y", 2, 3)]


def test_stages_are_known_where_nothing_converts() -> None:
    data = analyze_document("/nowhere/n.ipynb", cells(("print(x)", ["stage:a"]), ("x = 1", ["stage:b", "after:a"])), [])
    check_payload(data, "Analysis")
    assert not data["converts"] and data["svg"] == ""
    assert [(s["name"], s["cells"], s["after"]) for s in data["stages"]] == [("a", [1], []), ("b", [2], ["a"])]
    assert data["diagnostics"][0]["code"] == "NB201"


def test_roles_and_tags_of_their_own() -> None:
    document = cells(
        ("import os", []), ("n = 1", ["parameters"]), ("x = n", ["stage:a"]), ("x += 1", []), ("1 / 0", ["skip"])
    )
    data = analyze_document("/nowhere/n.ipynb", document, [])
    assert [(c["role"], c["stage"], c["named"]) for c in data["cells"]] == [
        ("shared", "", False),
        ("parameters", "", True),
        ("stage", "a", True),
        ("stage", "a", False),
        ("skip", "", True),
    ]


def test_edits_are_looked_at_and_not_made() -> None:
    document = cells(("x = 1", []), ("print(x)", []))
    edits = [{"kind": "tags", "cell": n, "remove": [], "add": [f"stage:s{n}"]} for n in (1, 2)]
    before = json.dumps(document)
    assert [s["name"] for s in analyze_document("/nowhere/n.ipynb", document, edits)["stages"]] == ["s1", "s2"]
    assert json.dumps(document) == before


def test_nothing_is_executed(tmp_path: Path) -> None:
    made = tmp_path / "made"
    document = cells((f"open({str(made)!r}, 'w').close()", ["stage:a"]), ("print(1)", ["stage:b"]))
    analyze_document(str(tmp_path / "n.ipynb"), document, [])
    fix_document(str(tmp_path / "n.ipynb"), document, [])
    assert not made.exists()


def test_wrong_options_of_the_notebook_are_said() -> None:
    with pytest.raises(OptionsError, match="unknown option `stile`"):
        analyze_document("/nowhere/n.ipynb", cells(("x = 1", ["stage:a"]), nb2pipe={"stile": "function"}), [])


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ({}, "AnalyzeRequest"),
        ({"path": "", "notebook": {"cells": [], "metadata": {}}}, "AnalyzeRequest"),
        (
            {"path": "a", "notebook": {"cells": [{"source": ["x"], "cell_type": "code"}], "metadata": {}}},
            "AnalyzeRequest",
        ),
        ({"path": "a", "notebook": {"cells": [], "metadata": {}}, "more": 1}, "AnalyzeRequest"),
        ({"kind": "tags", "cell": 0, "remove": [], "add": []}, "Edit"),
        ({"kind": "delete", "path": "a", "out": "b"}, "TaskRequest"),
    ],
)
def test_what_does_not_fit_is_refused(data: dict[str, Any], name: str) -> None:
    with pytest.raises(PayloadError, match="does not fit"):
        check_payload(data, name)
