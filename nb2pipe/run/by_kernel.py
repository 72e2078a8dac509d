"""Runs a stage's notebook in a real kernel, through papermill: python -m nb2pipe.run.by_kernel JOB."""

from __future__ import annotations

import json
import os
import re
import resource
import sys
from pathlib import Path
from typing import Any

from nb2pipe.kernels import hear_replies
from nb2pipe.run.document import find_error, make_error
from nb2pipe.run.files import sync, write_atomically

_COLORS = re.compile(r"\x1b\[[0-9;]*m")
_MARKER = "papermill-error-cell-tag"


def run_by_kernel(job: dict[str, Any]) -> dict[str, Any]:
    """Runs a stage.

    Args:
        job: As `stage_process.run_stage` takes it.

    Returns:
        What happened, as `stage_process.run_stage` reports it; files and modules that it used are not known.
    """
    import papermill
    from papermill.exceptions import PapermillExecutionError

    hear_replies()
    given = Path(job["temporary"]).with_suffix(".given.ipynb")
    output = Path(job["temporary"])
    for cell in job["document"]["cells"]:
        cell["metadata"].setdefault("papermill", {})
    given.write_text(json.dumps(job["document"]), encoding="utf-8")
    report: dict[str, Any] = {"ok": True}
    try:
        papermill.execute_notebook(str(given), str(output), progress_bar=False, cwd=job["root"])
    except PapermillExecutionError:
        report = {"ok": False}
    finally:
        given.unlink(missing_ok=True)
    document = json.loads(output.read_text(encoding="utf-8"))
    document["metadata"]["papermill"] |= {"input_path": job["source"], "output_path": job["output"]}  # not of this run
    if _add_missing_error(document):
        report = {"ok": False}
    write_atomically(output, json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    if not report["ok"]:
        report |= _describe(document, job)
        os.replace(output, job["failed"])
    else:
        sync(output)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return report | {"peak": peak if sys.platform == "darwin" else peak * 1024}


def _add_missing_error(document: dict[str, Any]) -> bool:
    """Whether a cell failed that shows no error, as one with a magic that is not there; the error is added."""
    ended = [c for c in document["cells"] if c["metadata"].get("papermill", {}).get("status") == "failed"]
    stopped = [c for c in ended if "raises-exception" not in c["metadata"].get("tags", ())]
    if not stopped or any(o["output_type"] == "error" for c in document["cells"] for o in c.get("outputs", ())):
        return False
    outputs = stopped[0]["outputs"]
    said = "".join("".join(o.get("text", "")) for o in outputs).strip().rpartition("\n")[2]
    if not said:
        return False
    name, _, text = said.partition(": ")
    outputs.append(make_error(name, text))
    return True


def _describe(document: dict[str, Any], job: dict[str, Any]) -> dict[str, Any]:
    found = find_error(document)
    if found is None:
        return {"exception": "PapermillExecutionError", "message": "the kernel ended"}
    number, output = found
    cells = document["cells"]
    added = {"injected-parameters", _MARKER}
    before = sum(not added & set(c["metadata"].get("tags", ())) for c in cells[:number])
    text = _COLORS.sub("", "\n".join(output["traceback"]))
    line = re.search(r"Cell In\[\d+\], line (\d+)", text)
    place: dict[str, Any] = {"cell": before + 1, "file": os.path.relpath(job["source"], job["root"])}
    if line:
        source = "".join(cells[number]["source"]).split("\n")
        at = int(line[1])
        place |= {"line": at, "source": source[at - 1].strip() if at <= len(source) else ""}
    shown = "".join("".join(o["text"]) for o in cells[number]["outputs"] if o["output_type"] == "stream")
    return {
        "exception": output["ename"],
        "message": output["evalue"],
        "traceback": text,
        "output": shown,
        "place": place,
    }


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        content = json.load(file)
    write_atomically(Path(content["report"]), json.dumps(run_by_kernel(content)))
