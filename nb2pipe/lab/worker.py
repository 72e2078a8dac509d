"""One piece of long work in a process of its own: `python -m nb2pipe.lab.worker`, a request on standard input.

What happens comes out as lines of JSON: any number of `{"event": "progress", "message": …}`, then one `done`,
`refused` or `failed`. Whatever else is printed meanwhile goes to standard error.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nb2pipe.diagnostics import Nb2pipeError

if TYPE_CHECKING:
    from nb2pipe.options import Options

Emit = Callable[[dict[str, Any]], None]

#: Environment variables of Jupyter's server that a kernel or pipeline started here must not take for its own.
_NOT_OURS = ("JPY_PARENT_PID", "JPY_SESSION_NAME")


def main() -> None:
    """Does what the request on standard input says."""
    lines = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for name in _NOT_OURS:
        os.environ.pop(name, None)
    os.environ.setdefault("PLOOMBER_STATS_ENABLED", "false")

    def emit(event: dict[str, Any]) -> None:
        lines.write(json.dumps(event) + "\n")
        lines.flush()

    request = json.load(sys.stdin)
    try:
        emit({"event": "done"} | _WORK[request["kind"]](request, emit))
    except Nb2pipeError as error:
        from nb2pipe.lab.analysis import diagnostic_data

        emit({"event": "refused", "diagnostics": [diagnostic_data(d) for d in error.diagnostics]})
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if not _is_known(error):
            raise  # the traceback is for the server's log
        emit({"event": "failed", "message": str(error)})


def _is_known(error: Exception) -> bool:
    """Whether the message tells a person enough: a wrong option, or a file that cannot be used."""
    from nb2pipe.options import OptionsError
    from nb2pipe.run.model import RunError
    from nb2pipe.targets import UnknownTargetError

    return isinstance(error, (OptionsError, RunError, UnknownTargetError, OSError))


def _options(request: dict[str, Any]) -> Options:
    """What the panel chose, over what the notebook and its pyproject.toml say."""
    from nb2pipe.notebook.read import read_notebook
    from nb2pipe.options import read_options

    chosen = {key: request[key] for key in ("style", "target") if request.get(key)}
    notebook = Path(request["notebook"])
    return read_options(notebook, chosen, read_notebook(notebook).metadata)


def _convert(request: dict[str, Any], emit: Emit) -> dict[str, Any]:
    from nb2pipe.convert import convert
    from nb2pipe.lab.analysis import diagnostic_data

    done = convert(
        request["notebook"],
        request["out"],
        _options(request),
        lambda message: emit({"event": "progress", "message": message}),
        request.get("force", ""),
        bool(request.get("record")),
    )
    fates = {
        "written": done.written,
        "merged": done.merged,
        "unchanged": done.unchanged,
        "removed": done.removed,
        "kept": done.kept,
        "conflict": done.conflicts,
    }
    files = {path: fate for fate, paths in fates.items() for path in paths}  # a merged file is a written one, too
    return {
        "files": [{"path": path, "fate": files[path]} for path in sorted(files)],
        "diagnostics": [diagnostic_data(d) for d in done.analysis.diagnostics],
        "message": f"{len(done.written)} written, {len(done.unchanged)} unchanged",
    }


def _verify(request: dict[str, Any], emit: Emit) -> dict[str, Any]:
    from nb2pipe.verify import verify
    from nb2pipe.verify.html import render_html

    report = verify(
        request["notebook"],
        request["out"],
        options=_options(request),
        progress=lambda message: emit({"event": "progress", "message": message}),
    )
    report = replace(report, notebook=request["shown_notebook"], project=request["shown_out"])
    Path(request["report"]).write_text(render_html(report), encoding="utf-8", newline="\n")
    message = report.failure.message if report.failure is not None else f"verdict: {report.verdict}"
    states = [{"name": s.name, "state": s.verdict, "seconds": None} for s in report.stages]
    return {"report": True, "verdict": report.verdict, "stages": states, "message": message}


def _run(request: dict[str, Any], emit: Emit) -> dict[str, Any]:
    from nb2pipe.run.runner import Choice, make_plan, run
    from nb2pipe.run.spec import find_root, read_project

    choice = Choice()
    plan = make_plan(read_project(find_root(Path(request["out"])), {}), choice)
    states: dict[str, dict[str, Any]] = {n: {"name": n, "state": "waiting", "seconds": None} for n in plan.chosen}

    def changed(report: Any) -> None:
        took = report.seconds if report.state.value in ("ran", "failed") else None
        states[report.name] = {"name": report.name, "state": report.state.value, "seconds": took}
        running = [name for name, row in states.items() if row["state"] == "running"]
        message = ", ".join(running)
        emit({"event": "progress", "message": message, "stages": list(states.values())})

    report = run(plan, choice, changed, lambda: None)
    counts = Counter(row["state"] for row in states.values())
    said = ", ".join(f"{number} {state}" for state, number in counts.items())
    done = {"stages": list(states.values()), "message": said or "no stages"}
    if report.ok:
        return done
    failed = next((stage for stage in report.stages if stage.state.value == "failed"), None)
    if failed is not None and (result := failed.result) is not None:
        done["message"] = f"stage {failed.name} failed: {result.exception}: {result.message}\n{said}"
    return {**done, "event": "failed"}


_WORK: dict[str, Callable[[dict[str, Any], Emit], dict[str, Any]]] = {
    "convert": _convert,
    "run": _run,
    "verify": _verify,
}

if __name__ == "__main__":
    main()
