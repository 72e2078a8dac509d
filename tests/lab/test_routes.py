"""The routes, asked as the front end asks them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from nb2pipe.lab.payloads import check_payload

Fetch = Callable[..., Awaitable[Any]]


def body(path: str, document: dict[str, Any], **more: Any) -> str:
    return json.dumps({"path": path, "notebook": document, **more})


def cells(*rows: tuple[str, list[str]], **metadata: Any) -> dict[str, Any]:
    """A notebook of code cells: (source, tags)."""
    made = [{"cell_type": "code", "source": source, "metadata": {"tags": tags}} for source, tags in rows]
    return {"metadata": metadata, "cells": made}


TWO = cells(("x = 1", ["stage:a"]), ("print(x)", ["stage:b"]))


async def post(jp_fetch: Fetch, route: str, payload: str, schema: str) -> dict[str, Any]:
    response = await jp_fetch("nb2pipe", *route.split("/"), method="POST", body=payload)
    data: dict[str, Any] = json.loads(response.body)
    check_payload(data, schema)
    return data


async def refused(jp_fetch: Fetch, route: str, payload: str | None, **more: Any) -> tuple[int, dict[str, Any]]:
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch("nb2pipe", *route.split("/"), **{"method": "POST", "body": payload, **more})
    data: dict[str, Any] = json.loads(caught.value.response.body)
    check_payload(data, "Failure")
    return caught.value.code, data


# --- what is answered -----------------------------------------------------------------------------------------------


async def test_the_pipeline_of_unsaved_content(jp_fetch: Fetch, churn: str, churn_document: dict[str, Any]) -> None:
    show = {"cell_type": "code", "source": "print(call_list)", "metadata": {"tags": ["stage:show"]}}
    churn_document["cells"].append(show)
    data = await post(jp_fetch, "analyze", body(churn, churn_document), "Analysis")
    assert data["converts"]
    names = [stage["name"] for stage in data["stages"]]
    assert names == ["load", "clean", "split", "train_logistic", "train_forest", "compare", "call_list", "show"]
    edge = next(e for e in data["edges"] if e["target"] == "show" and e["name"] == "call_list")
    assert (edge["source"], edge["used"]["cell"], edge["used"]["line"]) == ("call_list", 26, 1)
    assert 'data-detail="stage-7"' in data["svg"]
    assert data["cells"][-1]["color"] == data["stages"][-1]["color"]


async def test_a_notebook_that_was_never_saved(jp_fetch: Fetch) -> None:
    data = await post(jp_fetch, "analyze", body("Untitled.ipynb", TWO), "Analysis")
    assert [stage["name"] for stage in data["stages"]] == ["a", "b"]


async def test_diagnostics_are_an_answer_not_an_error(jp_fetch: Fetch) -> None:
    data = await post(jp_fetch, "analyze", body("n.ipynb", cells(("print(x)", ["stage:a"]))), "Analysis")
    assert not data["converts"]
    assert [(d["code"], d["place"]["cell"], d["place"]["line"]) for d in data["diagnostics"]] == [("NB202", 1, 1)]


async def test_fixes(jp_fetch: Fetch) -> None:
    document = cells(("n = 1", ["paramters"]), ("print(n)", ["stage:a"]))
    data = await post(jp_fetch, "fixes", body("n.ipynb", document), "Fixes")
    assert data["fixes"][0] == {
        "diagnostic": 0,
        "title": "Rename the tag to `parameters`",
        "edits": [{"kind": "tags", "cell": 1, "remove": ["paramters"], "add": ["parameters"]}],
    }


async def test_proposals(jp_fetch: Fetch, churn: str, churn_document: dict[str, Any]) -> None:
    assert (await post(jp_fetch, "propose", body(churn, churn_document), "Proposals"))["proposals"] == []
    for cell in churn_document["cells"]:
        cell["metadata"].pop("tags", None)
    found = (await post(jp_fetch, "propose", body(churn, churn_document), "Proposals"))["proposals"]
    assert sum(row["tag"].startswith("stage:") for row in found) >= 3
    edits = [{"kind": "tags", "cell": row["cell"], "remove": [], "add": [row["tag"]]} for row in found]
    data = await post(jp_fetch, "analyze", body(churn, churn_document, edits=edits), "Analysis")
    assert data["converts"]
    assert {f"stage:{s['name']}" for s in data["stages"]} == {r["tag"] for r in found if r["tag"].startswith("stage:")}


async def test_about_and_explain(jp_fetch: Fetch) -> None:
    about = json.loads((await jp_fetch("nb2pipe", "about")).body)
    check_payload(about, "About")
    assert "ploomber" in about["targets"]
    page = json.loads((await jp_fetch("nb2pipe", "explain", "NB201")).body)
    check_payload(page, "Page")
    assert "NB201" in page["markdown"]
    assert (await refused(jp_fetch, "explain/NB999", None, method="GET"))[0] == 404


# --- who may ask, and where -----------------------------------------------------------------------------------------

ROUTES = [
    ("about", "GET"),
    ("explain/NB201", "GET"),
    ("analyze", "POST"),
    ("fixes", "POST"),
    ("propose", "POST"),
    ("tasks", "POST"),
    ("tasks/abc123", "GET"),
    ("tasks/abc123", "DELETE"),
]


@pytest.mark.parametrize(("route", "method"), ROUTES)
async def test_nobody_without_a_token(jp_fetch: Fetch, route: str, method: str) -> None:
    payload = body("n.ipynb", TWO) if method == "POST" else None
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch("nb2pipe", *route.split("/"), method=method, body=payload, headers={"Authorization": "token no"})
    assert caught.value.code == 403


@pytest.mark.parametrize(("route", "method"), [pair for pair in ROUTES if pair[1] != "GET"])
async def test_a_cookie_alone_needs_the_xsrf_token(
    jp_fetch: Fetch, jp_serverapp: Any, jp_base_url: str, http_server_client: Any, route: str, method: str
) -> None:
    from tornado.web import create_signed_value

    secret = jp_serverapp.web_app.settings["cookie_secret"]
    name = jp_serverapp.identity_provider.cookie_name or f"username-127-0-0-1-{jp_serverapp.port}"
    user = json.dumps({"username": "me", "name": "me", "display_name": "me", "initials": None, "color": None})
    cookie = create_signed_value(secret, name, user).decode()
    payload = body("n.ipynb", TWO) if method == "POST" else None
    with pytest.raises(HTTPClientError) as caught:
        await http_server_client.fetch(
            f"{jp_base_url}nb2pipe/{route}", method=method, body=payload, headers={"Cookie": f"{name}={cookie}"}
        )
    assert caught.value.code == 403


OUTSIDE = ["../n.ipynb", "a/../../n.ipynb", "/etc/n.ipynb", "link/n.ipynb", "folder/link.ipynb", "a\\..\\..\\n.ipynb"]


@pytest.fixture
def links(jp_root_dir: Path, tmp_path: Path) -> Path:
    """Symbolic links in the root that lead out of it; gives the folder to which they lead."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "n.ipynb").write_text(json.dumps(TWO | {"nbformat": 4}), encoding="utf-8")
    (jp_root_dir / "link").symlink_to(outside)
    (jp_root_dir / "folder").mkdir()
    (jp_root_dir / "folder" / "link.ipynb").symlink_to(outside / "n.ipynb")
    (jp_root_dir / "n.ipynb").write_text(json.dumps(TWO | {"nbformat": 4}), encoding="utf-8")
    return outside


@pytest.mark.parametrize("path", OUTSIDE)
@pytest.mark.parametrize("route", ["analyze", "fixes", "propose"])
async def test_paths_outside_of_the_root(jp_fetch: Fetch, links: Path, path: str, route: str) -> None:
    code, data = await refused(jp_fetch, route, body(path, TWO))
    assert code == 403
    assert "outside of the folder that this server shows" in data["message"]


@pytest.mark.parametrize("path", OUTSIDE)
async def test_work_outside_of_the_root(jp_fetch: Fetch, links: Path, path: str) -> None:
    before = sorted(links.iterdir())
    for request in ({"path": path, "out": "fine"}, {"path": "n.ipynb", "out": path.removesuffix(".ipynb")}):
        if request["out"] == "folder/link":
            continue  # without its suffix it names no link
        code, _ = await refused(jp_fetch, "tasks", json.dumps({"kind": "convert", **request}))
        assert code == 403
    assert sorted(links.iterdir()) == before


async def test_a_report_is_not_written_through_a_link(jp_fetch: Fetch, jp_root_dir: Path, links: Path) -> None:
    (jp_root_dir / "n.verify.html").symlink_to(links / "report.html")
    (jp_root_dir / "n").mkdir()
    code, _ = await refused(jp_fetch, "tasks", json.dumps({"kind": "convert", "path": "n.ipynb", "out": "n"}))
    assert code == 403


async def test_a_link_that_stays_inside(jp_fetch: Fetch, jp_root_dir: Path) -> None:
    (jp_root_dir / "real").mkdir()
    (jp_root_dir / "alias").symlink_to(jp_root_dir / "real")
    assert (await post(jp_fetch, "analyze", body("alias/n.ipynb", TWO), "Analysis"))["converts"]


@pytest.mark.parametrize("path", [".secret/n.ipynb", "a/.n.ipynb"])
async def test_hidden_files(jp_fetch: Fetch, path: str) -> None:
    code, data = await refused(jp_fetch, "analyze", body(path, TWO))
    assert (code, "hidden" in data["message"]) == (403, True)


# --- what is wrong with a request -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ("{", "not JSON"),
        ("[]", "does not fit AnalyzeRequest"),
        (json.dumps({"path": "n.ipynb"}), "'notebook' is a required property"),
        (body("n.ipynb", TWO, edits=[{"kind": "tags", "cell": 9, "remove": [], "add": ["skip"]}]), "no cell 9"),
    ],
)
async def test_wrong_requests(jp_fetch: Fetch, payload: str, message: str) -> None:
    code, data = await refused(jp_fetch, "analyze", payload)
    assert (code, message in data["message"]) == (400, True)


async def test_wrong_options_are_said_with_their_place(jp_fetch: Fetch) -> None:
    document = cells(("x = 1", ["stage:a"]), nb2pipe={"style": "odd"})
    code, data = await refused(jp_fetch, "analyze", body("n.ipynb", document))
    assert (code, "`style` in n.ipynb (metadata.nb2pipe) must be" in data["message"]) == (422, True)


# --- many at once ---------------------------------------------------------------------------------------------------


async def test_a_slow_notebook_does_not_hold_up_others(jp_fetch: Fetch, jp_serverapp: Any) -> None:
    pool = jp_serverapp.web_app.settings["nb2pipe_pool"]
    slow = asyncio.ensure_future(pool.run("slow", time.sleep, 60))
    await asyncio.sleep(0.1)
    assert (await post(jp_fetch, "analyze", body("n.ipynb", TWO), "Analysis"))["converts"]
    assert not slow.done()
    slow.cancel()


async def test_the_newest_request_for_a_notebook_is_answered(jp_fetch: Fetch) -> None:
    documents = [cells((f"x = {n}", ["stage:a"])) for n in range(6)]
    answers = await asyncio.gather(*(post(jp_fetch, "analyze", body("n.ipynb", d), "Analysis") for d in documents))
    superseded = [answer["superseded"] for answer in answers]
    assert superseded.count(False) >= 1
    assert any(superseded)
    assert all(answer["converts"] for answer in answers if not answer["superseded"])
