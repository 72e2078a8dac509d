"""Runs notebooks and stage notebooks in forked processes with an IPython shell: the text of a kernel without its start.

One process has the libraries loaded; each run forks from it, so that stages are as apart from each other as in kernels.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import signal
import sys
import traceback
import types
import weakref
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any


class Shell:
    """An IPython shell in which nothing has run, as a kernel has one before its first cell; each run is in a fork of it."""

    def __init__(self) -> None:
        self._shown: list[str] = []
        self._told: list[str] = []
        self._shell = _make_shell(self._shown, self._told)

    def run(
        self, cells: Sequence[tuple[str, Sequence[str]]], folder: Path, *, timeout: int = 60
    ) -> list[dict[str, Any]]:
        """Runs code cells (source, tags) in a fork.

        Returns:
            For each cell that ran its `text` (stdout and plain text of what it showed), `error` (empty where none), and
            `shows_error`: whether the error is among what it showed.
        """
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read)
            status = 1
            try:
                os.setpgid(0, 0)
                others = set(weakref.finalize._registry)  # type: ignore[attr-defined]
                result = self._run_here(cells, folder, timeout)
                for each in [f for f in weakref.finalize._registry if f not in others and f.atexit]:  # type: ignore[attr-defined]
                    each()  # as the end of a process does
                with os.fdopen(write, "wb") as pipe:
                    pickle.dump(result, pipe)
                status = 0
            except BaseException:
                traceback.print_exc(file=sys.__stderr__)
            finally:
                os._exit(status)
        os.close(write)
        with os.fdopen(read, "rb") as pipe:
            data = pipe.read()
        os.waitpid(child, 0)
        if not data:
            return [{"text": "", "error": "the process died", "shows_error": False}]
        found: list[dict[str, Any]] = pickle.loads(data)
        return found

    def _run_here(self, cells: Sequence[tuple[str, Sequence[str]]], folder: Path, timeout: int) -> list[dict[str, Any]]:
        signal.alarm(timeout)
        os.chdir(folder)
        self._shell.starting_dir = os.getcwd()
        self._shell.history_manager.dir_hist[:] = [os.getcwd()]
        sys.argv = ["kernel"]
        sys.path.insert(0, "")
        os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
        out = _Stream(self._shown)
        results = []
        for source, tags in cells:
            self._shown.clear()
            self._told.clear()
            with redirect_stdout(out), redirect_stderr(io.StringIO()):  # type: ignore[type-var]
                outcome = self._shell.run_cell(source, store_history=True)
            error = outcome.error_before_exec or outcome.error_in_exec
            said = f"{type(error).__name__}: {error}" if error else ""
            results.append({"text": "".join(self._shown), "error": said, "shows_error": bool(self._told)})
            if error and "raises-exception" not in tags:
                break
        return results


def _make_shell(shown: list[str], told: list[str]) -> Any:
    """A shell that appends what cells show to one list, and texts of errors to another."""
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Hook(DisplayHook):
        def write_output_prompt(self) -> None:
            pass

        def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
            shown.append(format_dict.get("text/plain", "") + "\n")

        def finish_displayhook(self) -> None:
            pass

    class Publisher(DisplayPublisher):
        def publish(self, data: Any, metadata: Any = None, **_kw: Any) -> None:
            shown.append(data.get("text/plain", "") + "\n")

        def clear_output(self, wait: bool = False) -> None:
            pass

    class QuietShell(InteractiveShell):
        def enable_gui(self, gui: Any = None) -> None:
            """No event loop here."""

        def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
            """Errors are told apart from what a cell shows."""
            told.append(str(evalue))

    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    shell = QuietShell(
        config=Config({"HistoryManager": {"enabled": False}}),
        displayhook_class=Hook,
        display_pub_class=Publisher,
        user_module=main,
        user_ns=main.__dict__,
        history_load_length=0,
    )
    for cls in type(shell).__mro__:
        if issubclass(cls, InteractiveShell):
            cls._instance = shell
    shell.transform_cell("pass")  # what that compiles, once for all
    return shell


class _Stream(io.TextIOBase):
    def __init__(self, shown: list[str]) -> None:
        self._shown = shown

    def write(self, text: str) -> int:
        if text:
            self._shown.append(text)
        return len(text)

    def fileno(self) -> int:
        raise io.UnsupportedOperation("fileno")

    def isatty(self) -> bool:
        return False


def notebook_cells(path: Path) -> list[tuple[str, list[str]]]:
    """Code cells of an .ipynb file with their tags."""
    document = json.loads(path.read_text(encoding="utf-8"))
    return [
        ("".join(c["source"]), list(c.get("metadata", {}).get("tags", [])))
        for c in document["cells"]
        if c["cell_type"] == "code"
    ]
