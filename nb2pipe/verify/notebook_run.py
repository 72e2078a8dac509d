"""Runs a notebook in its kernel, and stores what each stage has at its end."""

from __future__ import annotations

import asyncio
import atexit
import importlib
import json
import re
import threading
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nb2pipe.kernels import KernelOutput, hear_replies
from nb2pipe.notebook.model import CellKind, Notebook
from nb2pipe.record.clock import hurry_code
from nb2pipe.record.places import State, read_state, written
from nb2pipe.record.run import is_installed
from nb2pipe.verify import capture
from nb2pipe.verify.model import CannotRunError, Conditions, Failure
from nb2pipe.verify.noise import without_colors

_LINE = re.compile(r"Cell In\[(\d+)\], line (\d+)|<ipython-input-(\d+)-[0-9a-f]+> in .*\n(?:.*\n)*?-+> *(\d+)")


@dataclass(frozen=True, slots=True)
class Request:
    """What to store at the end of a stage: groups of variables, and definitions."""

    bundles: tuple[tuple[str, ...], ...]
    definitions: tuple[str, ...]


@dataclass(slots=True)
class NotebookRun:
    """What a run of the notebook left.

    Attributes:
        outputs: Cell number to its outputs as nbformat has them.
        captures: Stage to the folder with what it had at its end.
        written: File to the cell that wrote it last.
        state: Files at the end.
        python: The kernel's Python.
        seconds: How long it took.
        notes: What to know.
    """

    outputs: dict[int, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    captures: dict[str, Path] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)
    state: State = field(default_factory=dict)
    python: str = ""
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)


def check_libraries() -> None:
    """Raises CannotRunError where what runs notebooks is not installed."""
    from importlib.util import find_spec

    missing = [name for name in ("nbclient", "ipykernel") if find_spec(name) is None]
    if missing:
        raise CannotRunError(
            Failure(
                "environment",
                f"{' and '.join(missing)} must be installed to run a notebook",
                help="pip install 'nb2pipe[run]'",
            )
        )


def run_notebook(
    notebook: Notebook,
    folder: Path,
    requests: Mapping[str, tuple[int, Request]],
    store: Path,
    conditions: Conditions,
    *,
    fast_clocks: bool = False,
) -> NotebookRun:
    """Runs all code cells, top to bottom.

    Args:
        notebook: As read.
        folder: Its working folder.
        requests: Stage to its last code cell and what to store after it.
        store: Where to; a folder a stage.
        conditions: Under which it runs.
        fast_clocks: The notebook's clocks run fast, see `nb2pipe.record.clock`.

    Raises:
        CannotRunError: A cell raises, the kernel dies, or the time is up.
    """
    run = _Run(notebook, folder, requests, store, conditions, fast_clocks)
    result: list[NotebookRun | BaseException] = []
    loops: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[NotebookRun]]] = []

    async def main() -> NotebookRun:
        task = asyncio.current_task()
        assert task is not None
        loops.append((asyncio.get_running_loop(), task))
        return await run.run()

    def work() -> None:
        try:
            result.append(asyncio.run(main()))
        except BaseException as error:  # it is raised again in the calling thread
            result.append(error)

    # A thread of its own: the caller may be in an event loop, and Ctrl-C must reach the caller, not nbclient.
    thread = threading.Thread(target=work, name="nb2pipe-notebook")
    thread.start()
    try:
        while thread.is_alive():
            thread.join(0.2)
    except BaseException:
        for loop, task in loops:
            loop.call_soon_threadsafe(task.cancel)
        thread.join(20)
        raise
    outcome = result[0]
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


@dataclass(slots=True)
class _Run:
    """One run; the arguments of `run_notebook`, and what has come of it so far."""

    notebook: Notebook
    folder: Path
    requests: Mapping[str, tuple[int, Request]]
    store: Path
    conditions: Conditions
    fast_clocks: bool
    result: NotebookRun = field(default_factory=NotebookRun)
    start: float = 0.0
    output: KernelOutput = field(default_factory=KernelOutput)

    async def run(self) -> NotebookRun:
        nbclient = importlib.import_module("nbclient")
        hear_replies()
        node = _to_node(self.notebook)
        client = nbclient.NotebookClient(
            node,
            kernel_name=self._kernel(),
            timeout=None,
            resources={"metadata": {"path": str(self.folder)}},
        )
        client.extra_arguments = ["--log-level=ERROR"]  # a kernel's remarks on its own set-up
        self.start = time.monotonic()
        try:
            async with self._started(client):
                self.result.python = (await self._ask(client, "__import__('sys').executable")).strip("'\"")
                await self._inject(client)
                if self.fast_clocks:
                    await self._ask(client, hurry_code())
                await self._cells(client, node)
        finally:  # nbclient leaves it there when it is interrupted, and the kernel is gone by then
            atexit.unregister(client._cleanup_kernel)
            self.output.close()
        self.result.seconds = time.monotonic() - self.start
        return self.result

    @asynccontextmanager
    async def _started(self, client: Any) -> AsyncIterator[None]:
        runs = False
        try:
            async with client.async_setup_kernel(env=dict(self.conditions.environment), **self.output.streams):
                runs = True
                yield
        except (RuntimeError, OSError) as error:
            if runs:
                raise
            message = f"the notebook's kernel `{client.kernel_name}` does not start"
            raise CannotRunError(Failure("environment", message, detail=self.output.tell())) from error

    def _kernel(self) -> str:
        if is_installed(self.notebook.kernel):
            return self.notebook.kernel
        self.result.notes.append(f"the notebook's kernel `{self.notebook.kernel}` is not installed; python3 was used")
        return "python3"

    async def _cells(self, client: Any, node: Any) -> None:
        before = read_state(self.folder)
        ends: dict[int, list[str]] = {}
        for stage, (end, _) in self.requests.items():
            ends.setdefault(end, []).append(stage)
        code = [c for c in self.notebook.cells if c.is_code and not c.is_empty]
        for count, cell in enumerate(code, 1):
            self.conditions.tell(f"notebook: cell {count} of {len(code)}")
            index = cell.number - 1
            await self._execute(client, node.cells[index], index)
            self.result.outputs[cell.number] = tuple(node.cells[index].get("outputs", ()))
            after = read_state(self.folder)
            self.result.written.update(dict.fromkeys(written(before, after), cell.number))
            before = after
            for stage in ends.get(cell.number, ()):
                await self._capture(client, stage)
        self.result.state = before

    async def _execute(self, client: Any, cell: Any, index: int) -> None:
        exceptions = importlib.import_module("nbclient.exceptions")
        left = self.conditions.timeout - (time.monotonic() - self.start)
        client.timeout = max(1, int(left))
        try:
            await client.async_execute_cell(cell, index, store_history=True)
        except exceptions.CellTimeoutError as error:
            raise CannotRunError(
                Failure(
                    "notebook",
                    f"the notebook was not done after {self.conditions.timeout:g} seconds, in cell {index + 1}",
                    cell=index + 1,
                    help="give it more time with --timeout",
                )
            ) from error
        except exceptions.DeadKernelError as error:
            message, said = f"the kernel died in cell {index + 1}", self.output.tell()
            raise CannotRunError(Failure("notebook", message, cell=index + 1, detail=said)) from error
        except exceptions.CellExecutionError as error:
            raise CannotRunError(_failure(cell, index)) from error

    async def _ask(self, client: Any, expression: str) -> str:
        """Evaluates an expression in the notebook's namespace; nothing is shown, bound or counted."""
        message = client.kc.execute(
            "", silent=True, store_history=False, user_expressions={"nb2pipe": expression}, allow_stdin=False
        )
        client.timeout = None
        reply = await client.async_wait_for_reply(message)
        found = (reply or {}).get("content", {}).get("user_expressions", {}).get("nb2pipe", {})
        if found.get("status") != "ok":
            return f"{found.get('ename', 'no answer')}: {found.get('evalue', '')}"
        return str(found["data"]["text/plain"])

    async def _inject(self, client: Any) -> None:
        source = Path(capture.__file__).read_text(encoding="utf-8")
        make = f"__import__('types').ModuleType({capture.NAME!r})"
        await self._ask(client, f"__import__('sys').modules.__setitem__({capture.NAME!r}, {make})")
        module = f"__import__('sys').modules[{capture.NAME!r}]"
        await self._ask(client, f"__import__('builtins').exec({source!r}, {module}.__dict__)")

    async def _capture(self, client: Any, stage: str) -> None:
        _, request = self.requests[stage]
        folder = self.store / stage
        text = json.dumps({"bundles": request.bundles, "definitions": request.definitions})
        answer = await self._ask(
            client,
            f"__import__('sys').modules[{capture.NAME!r}].capture("
            f"__import__('IPython').get_ipython().user_ns, {str(folder)!r}, {text!r})",
        )
        self.result.captures[stage] = folder
        if answer.strip("'\"") != "ok":
            self.result.notes.append(f"the variables at the end of stage `{stage}` could not be stored: {answer}")


def _to_node(notebook: Notebook) -> Any:
    """The notebook as nbclient takes it, without outputs."""
    v4 = importlib.import_module("nbformat.v4")
    cells = []
    for cell in notebook.cells:
        make = {CellKind.CODE: v4.new_code_cell, CellKind.MARKDOWN: v4.new_markdown_cell}.get(
            cell.kind, v4.new_raw_cell
        )
        node = make(cell.source)
        node.metadata["tags"] = list(cell.tags)
        cells.append(node)
    return v4.new_notebook(cells=cells)


def _failure(cell: Any, index: int) -> Failure:
    output: Mapping[str, Any] = next((o for o in cell.get("outputs", ()) if o.get("output_type") == "error"), {})
    text = without_colors("\n".join(output.get("traceback", ())))
    lines = [int(m[2] or m[4]) for m in _LINE.finditer(text)]
    name, value = output.get("ename", ""), output.get("evalue", "")
    return Failure(
        "notebook",
        f"the notebook itself fails in cell {index + 1}: {name}: {value}",
        cell=index + 1,
        line=lines[0] if lines else 0,
        exception=name,
        detail=tail(text),
        help="make the notebook run from top to bottom, then convert and verify again",
    )


def tail(text: str, lines: int = 20) -> str:
    """The last lines of a text."""
    kept: Sequence[str] = text.rstrip().splitlines()[-lines:]
    return "\n".join(kept)
