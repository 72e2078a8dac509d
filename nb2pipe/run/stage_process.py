"""What a stage's own process does: runs the notebook's cells, watches what it touches, reports."""

from __future__ import annotations

import asyncio
import json
import os
import re
import resource
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nb2pipe.run import document as documents
from nb2pipe.run.files import write_atomically
from nb2pipe.run.outputs import Descriptors, Outputs, Stream
from nb2pipe.run.shell import ZMQInteractiveShell, run_cell

_COLORS = re.compile(r"\x1b\[[0-9;]*m")


class Watch:
    """Which local files a stage reads and writes; an audit hook sees what Python itself opens."""

    def __init__(self) -> None:
        self.read: set[str] = set()
        self.written: set[str] = set()

    def start(self) -> None:
        """Begins; it cannot be ended but with the process."""
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = arguments
            writes = (isinstance(mode, str) and set(mode) & set("wax+")) or (
                isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR)
            )
        elif event == "os.rename":
            path, writes = arguments[1], True
        else:
            return
        if not isinstance(path, str):
            return
        try:
            path = os.path.abspath(path)
        except (OSError, ValueError):  # it is no path, as the one who opens it will be told
            return
        if writes:
            self.written.add(path)
        elif path not in self.written:
            self.read.add(path)


def run_stage(job: Mapping[str, Any], shell: ZMQInteractiveShell, outputs: Outputs, known: frozenset[str]) -> None:
    """Runs a stage in this process, which is its own, and writes its notebook and its report.

    Args:
        job: `root`; `document`, the notebook to run; `source` and `output`, its places; `temporary`, where to write the
            executed notebook; `failed`, where to write one that failed; `report`, where to write what happened.
        shell: The process's shell, in which nothing has run yet.
        outputs: What the shell shows goes there.
        known: Top-level modules that were loaded before any stage's.
    """
    root = Path(job["root"])
    descriptors = Descriptors(outputs)
    outputs.before_write = descriptors.drain_if_waiting
    for stream in (sys.stdout, sys.stderr):
        assert isinstance(stream, Stream)
        stream.attach(descriptors.originals[stream.name])
    execution = documents.Execution(job["document"], job["source"], job["output"])
    watch = Watch()
    watch.start()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    outcome = loop.run_until_complete(_run_cells(execution, shell, outputs, descriptors))
    descriptors.drain()
    outputs.flush()
    execution.end()
    report = {
        "ok": True,
        "peak": _peak(),
        "modules": _local_modules(root),
        "inputs": sorted(p for p in watch.read if _is_input(p, root)),
        "written": sorted(p for p in watch.written if _is_input(p, root)),
        "packages": _packages(known, root),
    }
    failed = documents.find_error(execution.document)
    if failed is None:
        write_atomically(Path(job["temporary"]), documents.write_document(execution.document))
    else:
        marked = documents.mark_error(execution.document, failed[0])
        write_atomically(Path(job["failed"]), documents.write_document(marked))
        report |= _describe_failure(execution.document, *failed, outcome, root, job["source"])
    write_atomically(Path(job["report"]), json.dumps(report))


async def _run_cells(
    execution: documents.Execution, shell: ZMQInteractiveShell, outputs: Outputs, descriptors: Descriptors
) -> BaseException | None:
    """Runs cell after cell, to the first that fails where it may not; gives its exception."""
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, _context: None)
    for cell in execution.document["cells"]:
        execution.start_cell(cell)
        if cell["cell_type"] != "code" or not cell["source"].strip():
            execution.end_cell(cell, None, False)
            continue
        outputs.start_cell(cell["outputs"])
        count = shell.execution_count
        result = await run_cell(shell, cell["source"], cell["id"])
        await asyncio.sleep(0)
        descriptors.drain()
        outputs.flush()
        error: BaseException | None = result.error_before_exec or result.error_in_exec
        fatal = error is not None and "raises-exception" not in cell["metadata"]["tags"]
        execution.end_cell(cell, count, fatal)
        if fatal:
            if not any(output["output_type"] == "error" for output in cell["outputs"]):
                cell["outputs"].append(documents.make_error(type(error).__name__, str(error)))
            return error
    return None


def _describe_failure(
    document: Mapping[str, Any],
    number: int,
    output: Mapping[str, Any],
    error: BaseException | None,
    root: Path,
    source: str,
) -> dict[str, Any]:
    cells = document["cells"]
    injected = sum("injected-parameters" in c["metadata"]["tags"] for c in cells[:number])
    shown = "".join(
        o["text"] if o["output_type"] == "stream" else "" for o in cells[number]["outputs"] if o is not output
    )
    place = {"cell": number + 1 - injected, "file": os.path.relpath(source, root)}
    place |= _find_line(error, cells[number]["source"], root)
    return {
        "ok": False,
        "exception": output["ename"],
        "message": output["evalue"],
        "traceback": _COLORS.sub("", "\n".join(output["traceback"])),
        "output": shown,
        "place": place,
    }


def _find_line(error: BaseException | None, source: str, root: Path) -> dict[str, Any]:
    """The line that failed: the innermost one in the project's own code, with the cell's where that is a module."""
    found: dict[str, Any] = {}
    if isinstance(error, SyntaxError) and error.lineno:
        found |= {"line": error.lineno, "source": (error.text or "").strip()}
    trace = error.__traceback__ if error is not None else None
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if f"ipykernel_{os.getpid()}" in file:
            lines = source.split("\n")
            line = trace.tb_lineno
            text = lines[line - 1].strip() if line <= len(lines) else ""
            found |= {"line": line, "source": text}
        elif os.path.isabs(file) and _is_below(file, root) and not file.startswith(sys.prefix):
            found |= {"module": os.path.relpath(file, root), "module_line": trace.tb_lineno}
        trace = trace.tb_next
    return found


def _peak() -> int:
    """Peak memory in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _local_modules(root: Path) -> list[str]:
    """Files of modules that belong to the project, not to an installed package."""
    found = set()
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and file.endswith(".py") and _is_local(file, root):
            found.add(os.path.abspath(file))
    return sorted(found)


def _is_local(file: str, root: Path) -> bool:
    return (_is_below(file, root) or _is_below(file, Path.cwd())) and not _is_installed(file)


def _is_below(file: str, folder: Path) -> bool:
    return os.path.abspath(file).startswith(str(folder) + os.sep)


def _is_installed(file: str) -> bool:
    return (
        "site-packages" in file
        or "dist-packages" in file
        or file.startswith((sys.prefix + os.sep, sys.base_prefix + os.sep))
    )


def _is_input(path: str, root: Path) -> bool:
    """Whether a file is the user's data: not installed, not the system's, not code, not temporary."""
    if path.endswith((".py", ".pyc", ".pyi")) or _is_installed(path) or os.path.isdir(path):
        return False
    if _is_local(path, root):
        return not os.path.relpath(path, root).startswith((".git/", ".nb2pipe/"))
    home = os.path.expanduser("~")
    hidden = path.startswith(os.path.join(home, "."))
    return not hidden and not path.startswith(
        ("/proc/", "/sys/", "/dev/", "/etc/", "/usr/", "/lib", "/run/", "/var/", "/opt/", "/tmp/", "/bin/")
    )


def _packages(known: frozenset[str], root: Path) -> list[str]:
    """Top-level modules that were loaded for stages from installed packages."""
    found = set()
    for name, module in list(sys.modules.items()):
        top = name.partition(".")[0]
        file = getattr(module, "__file__", None)
        if top in known or top in sys.stdlib_module_names or not isinstance(file, str) or _is_local(file, root):
            continue
        found.add(top)
    return sorted(found)
