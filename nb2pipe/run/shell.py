"""An IPython shell that does what the one in a kernel does (ipykernel 6.29), and leaves its outputs in a list."""

from __future__ import annotations

import asyncio
import builtins
import getpass
import hashlib
import importlib
import os
import sys
import tempfile
from collections.abc import Mapping
from importlib.machinery import PathFinder
from types import SimpleNamespace
from typing import Any

from IPython.core import page, payloadpage
from IPython.core.autocall import ZMQExitAutocall
from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError, UsageError
from IPython.core.interactiveshell import InteractiveShell, InteractiveShellABC
from traitlets import Any as AnyTrait
from traitlets import CBool, Instance, Type, default
from traitlets.config import Config

from nb2pipe.run.outputs import Outputs

#: What a kernel sets so that programs neither page nor think that they talk to a dumb terminal.
_ENVIRONMENT = {
    "PYDEVD_USE_FRAME_EVAL": "NO",
    "TERM": "xterm-color",
    "CLICOLOR": "1",
    "FORCE_COLOR": "1",
    "CLICOLOR_FORCE": "1",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
}


#: Modules that are loaded in every kernel: libraries ask whether they are, and code may use them by their parents' names.
_LOADED = (
    "ipykernel.zmqshell",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "csv",
    "gzip",
    "http.server",
    "importlib.abc",
    "importlib.metadata",
    "mimetypes",
    "pdb",
    "pydoc",
    "quopri",
    "runpy",
    "sqlite3",
    "xml.parsers.expat",
    "xmlrpc.server",
)


class _DisplayPublisher(DisplayPublisher):  # type: ignore[misc]
    def publish(
        self, data: Any, metadata: Any = None, transient: Any = None, update: bool = False, **_rest: Any
    ) -> None:
        """Puts what is displayed into the outputs."""
        self._validate_data(data, metadata or {})
        identity = (transient or {}).get("display_id")
        self.shell.outputs.show(data, metadata or {}, identity, update)

    def clear_output(self, wait: bool = False) -> None:
        """Takes the cell's outputs away."""
        self.shell.outputs.clear(wait)


class _DisplayHook(DisplayHook):  # type: ignore[misc]
    """Puts the value of a cell's last line into the outputs."""

    def start_displayhook(self) -> None:
        """Begins with nothing."""
        self._shown: tuple[Mapping[str, Any], Mapping[str, Any]] = ({}, {})

    def write_output_prompt(self) -> None:
        """Shows none: the output has the number."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        """Keeps the forms of the value."""
        self._shown = (format_dict, md_dict or {})

    def finish_displayhook(self) -> None:
        """Puts the value into the outputs."""
        self.shell.outputs.result(*self._shown, self.prompt_count)


class _Compiler(CachingCompiler):  # type: ignore[misc]
    """Names cells as a kernel does, in warnings and for debuggers."""

    def get_code_name(self, raw_code: str, code: str, number: int) -> str:
        """A file's name for a cell."""
        digest = int(hashlib.sha256(raw_code.encode("utf-8", "replace")).hexdigest()[:8], 16)
        return os.path.join(tempfile.gettempdir(), f"ipykernel_{os.getpid()}", f"{digest}.py")


class ZMQInteractiveShell(InteractiveShell):  # type: ignore[misc]
    """A shell that libraries take for the one in a kernel: they ask for its name and its `kernel`."""

    displayhook_class = Type(_DisplayHook)
    display_pub_class = Type(_DisplayPublisher)
    compiler_class = Type(_Compiler)
    autoindent = CBool(False)
    readline_use = CBool(False)
    exiter = Instance(ZMQExitAutocall)
    kernel = AnyTrait()
    outputs = AnyTrait()
    keepkernel_on_exit = None

    @default("exiter")
    def _default_exiter(self) -> Any:
        return ZMQExitAutocall(self)

    def init_environment(self) -> None:
        """Sets the variables that a kernel sets."""
        os.environ["JPY_PARENT_PID"] = str(os.getppid())
        os.environ.update(_ENVIRONMENT)
        os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")

    def init_hooks(self) -> None:
        """What would open a pager, such as `name?`, is for the person at the keyboard: no output, as in a kernel."""
        super().init_hooks()
        self.set_hook("show_in_pager", page.as_hook(payloadpage.page), 99)

    def init_virtualenv(self) -> None:
        """Does nothing, as in a kernel."""

    def enable_gui(self, gui: Any = None) -> None:
        """There is no event loop for windows.

        Raises:
            UsageError: One is asked for.
        """
        if gui not in (None, "", "inline"):
            raise UsageError(f"there are no windows here: {gui}")

    def system_piped(self, cmd: str) -> None:
        """Runs a command; what it prints is shown as it comes."""
        from IPython.utils.process import system

        if cmd.rstrip().endswith("&"):
            raise OSError("Background processes not supported.")
        self.user_ns["_exit_code"] = system(self.var_expand(cmd, depth=1))

    system = system_piped

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        self.outputs.error(str(etype.__name__), str(evalue), stb)
        self._last_traceback = stb


InteractiveShellABC.register(ZMQInteractiveShell)


def make_shell(outputs: Outputs) -> ZMQInteractiveShell:
    """Makes the process's shell, as `python -m ipykernel_launcher -f FILE` does; once a process.

    From here on `get_ipython()` finds it, so that libraries that are imported now take the process for a kernel.
    """
    file = os.path.join(tempfile.gettempdir(), f"kernel-{os.getpid()}.json")
    spec = PathFinder.find_spec("ipykernel_launcher")
    launcher = spec.origin if spec and spec.origin else "ipykernel_launcher.py"
    sys.argv = [launcher, "-f", file, "--HistoryManager.hist_file=:memory:"]
    sys.path[:] = [p for p in sys.path if p]
    sys.path.insert(_first_packages(), "")
    config = Config({"IPKernelApp": {"connection_file": file}, "HistoryManager": {"enabled": False}})
    kernel = SimpleNamespace(shell=None, eventloop=None, comm_manager=None, session=None)
    shell: ZMQInteractiveShell = ZMQInteractiveShell.instance(config=config, kernel=kernel, outputs=outputs)
    kernel.shell = shell
    for kind in ZMQInteractiveShell.mro():
        if issubclass(kind, InteractiveShell):
            kind._instance = shell
    for name in _LOADED:
        importlib.import_module(name)
    builtins.input = getpass.getpass = _no_input
    return shell


def _first_packages() -> int:
    """Where in the path a kernel has the working folder: before the first folder of installed packages."""
    for place, path in enumerate(sys.path):
        if path.endswith(("site-packages", "dist-packages")):
            return place
    return len(sys.path)


def _no_input(*_arguments: Any, **_options: Any) -> str:
    raise StdinNotImplementedError("raw_input was called, but this frontend does not support input requests.")


async def run_cell(shell: ZMQInteractiveShell, source: str, cell_id: str) -> Any:
    """Runs a cell as a kernel does (`ipykernel.ipkernel.do_execute`): code with `await` in the loop that runs already.

    Returns:
        IPython's `ExecutionResult`.
    """
    failure = None
    try:
        transformed = shell.transform_cell(source)
    except Exception:
        transformed, failure = source, sys.exc_info()
    if not shell.should_run_async(source, transformed_cell=transformed, preprocessing_exc_tuple=failure):
        return shell.run_cell(source, store_history=True, silent=False, cell_id=cell_id)
    task = asyncio.ensure_future(
        shell.run_cell_async(
            source,
            store_history=True,
            silent=False,
            transformed_cell=transformed,
            preprocessing_exc_tuple=failure,
            cell_id=cell_id,
        )
    )
    result = None
    try:
        result = await task
    finally:
        shell.events.trigger("post_execute")
        shell.events.trigger("post_run_cell", result)
    return result
