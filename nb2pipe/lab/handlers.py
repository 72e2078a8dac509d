"""The routes below /nb2pipe: each checks who asks and for what, and lets another module answer."""

from __future__ import annotations

import asyncio
import atexit
import functools
import json
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from typing import Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado.web import authenticated

from nb2pipe import __version__
from nb2pipe.lab.analysis import analyze_document, diagnostic_data, empty_analysis, propose_document
from nb2pipe.lab.fixes import fix_document
from nb2pipe.lab.payloads import PayloadError, check_payload
from nb2pipe.lab.places import OutsideError, find_place
from nb2pipe.lab.pool import SupersededError, TooSlowError, WorkerPool
from nb2pipe.lab.tasks import Task, Tasks

_POOL = "nb2pipe_pool"
_TASKS = "nb2pipe_tasks"


def add_handlers(web_app: Any) -> None:
    """Adds the routes, and what they share, to a server's application."""
    pool, tasks = WorkerPool(), Tasks()
    web_app.settings |= {_POOL: pool, _TASKS: tasks}
    atexit.register(pool.close)
    atexit.register(tasks.close)
    base = url_path_join(web_app.settings["base_url"], "nb2pipe")
    routes: list[tuple[str, type[APIHandler]]] = [
        ("about", AboutHandler),
        ("analyze", AnalyzeHandler),
        ("fixes", FixesHandler),
        ("propose", ProposeHandler),
        ("explain/(NB[0-9]+)", ExplainHandler),
        ("tasks", TasksHandler),
        ("tasks/([0-9a-f]+)", TaskHandler),
    ]
    web_app.add_handlers(".*$", [(url_path_join(base, path), handler) for path, handler in routes])


_Method = Callable[..., Awaitable[None]]


def _explained(method: _Method) -> _Method:
    """Turns the exceptions of a route into answers: a status, and JSON that says what to do."""

    @functools.wraps(method)
    async def wrapper(self: _Handler, *arguments: str) -> None:
        from nb2pipe.diagnostics import Nb2pipeError
        from nb2pipe.options import OptionsError

        try:
            await method(self, *arguments)
        except PayloadError as error:
            self.refuse(400, str(error))
        except IndexError as error:
            self.refuse(400, str(error))
        except OutsideError as error:
            self.refuse(403, str(error))
        except OptionsError as error:
            self.refuse(422, str(error))
        except Nb2pipeError as error:
            self.refuse(422, str(error), [diagnostic_data(d) for d in error.diagnostics])
        except TooSlowError as error:
            self.refuse(504, str(error))

    return wrapper


class _Handler(APIHandler):
    """What the routes share. `APIHandler` checks the token and, for all but GET, the XSRF cookie."""

    auth_resource = "contents"

    def refuse(self, status: int, message: str, diagnostics: list[dict[str, Any]] | None = None) -> None:
        """Answers with an error that the panel can show."""
        self.set_status(status)
        self.finish(json.dumps({"message": message, "diagnostics": diagnostics or []}))

    def read_body(self, schema: str) -> dict[str, Any]:
        """The request's JSON, checked.

        Raises:
            PayloadError: It is no JSON, or does not fit.
        """
        try:
            data = json.loads(self.request.body)
        except (ValueError, RecursionError) as error:
            raise PayloadError(f"the body is not JSON: {error}") from error
        check_payload(data, schema)
        return dict(data)

    @property
    def pool(self) -> WorkerPool:
        """The processes that analyze."""
        pool: WorkerPool = self.settings[_POOL]
        return pool

    @property
    def tasks(self) -> Tasks:
        """The long work."""
        tasks: Tasks = self.settings[_TASKS]
        return tasks

    async def ask(self, function: Callable[..., dict[str, Any]]) -> dict[str, Any]:
        """Lets a worker answer about the notebook in the request's body; nothing of it is executed."""
        body = self.read_body("AnalyzeRequest")
        file = await find_place(self.contents_manager, body["path"])
        edits = body.get("edits", [])
        key = f"{function.__name__} {'preview' if edits else 'live'} {file}"
        answer: dict[str, Any] = await self.pool.run(key, function, str(file), body["notebook"], edits)
        return answer

    async def answer(self, function: Callable[..., dict[str, Any]], superseded: dict[str, Any]) -> None:
        """Sends what a worker answers, or `superseded` where a newer request came in."""
        try:
            found = await self.ask(function)
        except SupersededError:
            found = superseded
        self.finish(json.dumps(found))


class AboutHandler(_Handler):
    """What this server can do."""

    @authenticated
    @authorized("read")
    @_explained
    async def get(self) -> None:
        """The `About` payload."""
        from nb2pipe.options import STYLES
        from nb2pipe.targets import target_names

        warnings = []
        if find_spec("ploomber"):
            warnings.append(
                "Ploomber is installed beside JupyterLab, where its server extension breaks the file browser. Install it "
                'elsewhere, or set {"ServerApp": {"jpserver_extensions": {"ploomber": false}}}.'
            )
        self.finish(
            json.dumps(
                {
                    "version": __version__,
                    "styles": list(STYLES),
                    "targets": list(target_names()),
                    "can_run": _why_no_run(),
                    "can_verify": _why_no_verify(),
                    "warnings": warnings,
                }
            )
        )


class AnalyzeHandler(_Handler):
    """The pipeline of a notebook as it stands in the editor."""

    @authenticated
    @authorized("read")
    @_explained
    async def post(self) -> None:
        """The `Analysis` payload."""
        await self.answer(analyze_document, empty_analysis(superseded=True))


class FixesHandler(_Handler):
    """Quick fixes for a notebook's diagnostics."""

    @authenticated
    @authorized("read")
    @_explained
    async def post(self) -> None:
        """The `Fixes` payload."""
        await self.answer(fix_document, {"superseded": True, "fixes": []})


class ProposeHandler(_Handler):
    """Stages for a notebook that has none."""

    @authenticated
    @authorized("read")
    @_explained
    async def post(self) -> None:
        """The `Proposals` payload."""
        try:
            self.finish(json.dumps(await self.ask(propose_document)))
        except SupersededError:
            self.refuse(409, "a newer request for stages came in")


class ExplainHandler(_Handler):
    """The page of a diagnostic."""

    @authenticated
    @authorized("read")
    @_explained
    async def get(self, code: str) -> None:
        """The `Page` payload."""
        from nb2pipe.diagnostics import CODES
        from nb2pipe.explain import UnknownCodeError, explain_code

        try:
            text = explain_code(code)
        except UnknownCodeError as error:
            self.refuse(404, str(error))
            return
        self.finish(json.dumps({"code": code, "title": CODES[code].title, "markdown": text}))


class TasksHandler(_Handler):
    """Starts long work."""

    @authenticated
    @authorized("write")
    @_explained
    async def post(self) -> None:
        """The `Task` payload, with status 201."""
        body = self.read_body("TaskRequest")
        runs_code = body["kind"] != "convert" or body.get("record", False)
        if runs_code and not await self._may_execute():
            self.refuse(403, "you may not execute code on this server")
            return
        if why := {"run": _why_no_run, "verify": _why_no_verify}.get(body["kind"], lambda: "")():
            self.refuse(501, why)
            return
        notebook = await find_place(self.contents_manager, body["path"])
        out = await find_place(self.contents_manager, body["out"])
        if self.tasks.is_busy(body["out"]):
            self.refuse(409, f"`{body['out']}` is being worked on; wait, or cancel that first")
            return
        folder, _, name = body["path"].rpartition("/")
        shown_report = f"{folder}/{name.rpartition('.')[0] or name}.verify.html".lstrip("/")
        report = await find_place(self.contents_manager, shown_report)
        request = {
            **body,
            "notebook": str(notebook),
            "out": str(out),
            "report": str(report),
            "shown_notebook": body["path"],
            "shown_out": body["out"],
            "shown_report": shown_report,
        }
        task = await self.tasks.start(body["kind"], body["path"], body["out"], request)
        self.set_status(201)
        self.finish(json.dumps(task.data()))

    async def _may_execute(self) -> bool:
        from jupyter_core.utils import ensure_async

        allowed = self.authorizer.is_authorized(self, self.current_user, "execute", "kernels")
        return bool(await ensure_async(allowed))


class TaskHandler(_Handler):
    """One piece of long work."""

    @authenticated
    @authorized("read")
    @_explained
    async def get(self, identifier: str) -> None:
        """The `Task` payload; waits a moment for news if the task still runs and `wait` is asked for."""
        task = self._find(identifier)
        if task is None:
            return
        before = (task.state, task.message)
        if self.get_argument("wait", ""):
            for _ in range(20):
                if task.state != "running" or (task.state, task.message) != before:
                    break
                await asyncio.sleep(0.05)
        self.finish(json.dumps(task.data()))

    @authenticated
    @authorized("write")
    @_explained
    async def delete(self, identifier: str) -> None:
        """Cancels it, and gives the `Task` payload when it has ended."""
        task = self._find(identifier)
        if task is None:
            return
        await self.tasks.cancel(task)
        self.finish(json.dumps(task.data()))

    def _find(self, identifier: str) -> Task | None:
        task = self.tasks.find(identifier)
        if task is None:
            self.refuse(404, "there is no such task; the server may have been started anew")
        return task


def _why_no_verify() -> str:
    if not find_spec("nbclient") or not find_spec("ipykernel"):
        return 'Verifying needs nbclient and ipykernel: pip install "nb2pipe[run]".'
    return ""


def _why_no_run() -> str:
    from nb2pipe.cli import main

    return "" if "run" in main.commands else "This nb2pipe does not run projects by itself: ploomber build does."
