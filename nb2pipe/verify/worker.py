"""Runs in a process of its own: loads what the notebook had and what the pipeline handed over, and compares them.

    python worker.py JOB RESULT      both JSON; see `run_job`

The project's `src/` is on its path. What pickles call `__main__` is, in turn, the project's functions module and the
classes of the notebook at that point.
"""

from __future__ import annotations

import builtins
import importlib
import json
import os
import sys
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nb2pipe.verify import capture, file_contents
from nb2pipe.verify.values.comparer import Comparer
from nb2pipe.verify.values.short import short_repr

_MISSING = object()


def run_job(job: Mapping[str, Any]) -> dict[str, Any]:
    """Compares values and files.

    Args:
        job: `package`, `src`, `workdir`; `roots`, texts (temporary folders) and what they stand for; `products`: for
            each stage its `product` (the hand-over file), `metrics` (a JSON file or empty), and `captures`, one folder
            for each run of the notebook; `files`: for each its `name` and its place in each run (`notebook`, a list,
            and `pipeline`), a place where it was not written being null.

    Returns:
        `values` and `files`: rows with `stage` and `name`, `verdict`, `differences`, `rounding`, `unsteady`, `given_up`, `unseen`, `type`, `summary`.
    """
    sys.modules[capture.NAME] = capture
    package, roots = job["package"], job["roots"]

    def plain(text: str) -> str:
        for root, word in roots:
            text = text.replace(root, word)
        return text

    values = [row for product in job["products"] for row in _compare_stage(product, package, plain)]
    files = [_compare_file(file, package, plain) for file in job["files"]]
    return {"values": values, "files": files}


def _compare_stage(product: Mapping[str, Any], package: str, plain: Any) -> list[dict[str, Any]]:
    runs = [_Captured(Path(folder)) for folder in product["captures"]]
    rows: list[dict[str, Any]] = []
    for number, names in enumerate(product["bundles"]):
        if names == ["process settings"]:  # told in a note
            continue
        lefts = [run.load(number, package) for run in runs]
        right = _load_product(product["product"], names, runs, package)
        rows += [{"stage": product["stage"], **row} for row in _compare_bundle(names, lefts, right, package, plain)]
    if product["metrics"]:
        lefts = [run.load(len(product["bundles"]), package) for run in runs]
        right = json.loads(Path(product["metrics"]).read_text(encoding="utf-8")), {}
        names = [n for n in right[0] if n not in {row["name"] for row in rows}]
        lefts = [({n: _plain_number(v) for n, v in left.items()}, errors) for left, errors in lefts]
        rows += [{"stage": product["stage"], **row} for row in _compare_bundle(names, lefts, right, package, plain)]
    return rows


Loaded = tuple[dict[str, Any], dict[str, str]]


def _compare_bundle(
    names: list[str], lefts: list[Loaded], right: Loaded, package: str, plain: Any
) -> list[dict[str, Any]]:
    """Compares variables that were stored together; what they share must be shared on both sides."""
    theirs, their_errors = right
    first, first_errors = lefts[0]
    comparer = Comparer(package, plain)
    again = Comparer(package, plain) if len(lefts) > 1 else None
    rows = []
    for name in names:
        row: dict[str, Any] = {
            "name": name,
            "differences": [],
            "given_up": [],
            "unsteady": [],
            "rounding": [],
            "unseen": False,
            "type": "",
            "summary": "",
        }
        error = first_errors.get(name) or their_errors.get(name)
        if error:
            row["given_up"].append({"path": "", "why": error})
        elif name not in first and (name not in theirs or theirs[name] is getattr(builtins, name, _MISSING)):
            row["summary"] = "not defined"
        elif name not in first or name not in theirs:
            there = first.get(name, theirs.get(name))
            texts = ["it is not defined" if name not in side else short_repr(there) for side in (first, theirs)]
            row["differences"].append({"path": "", "what": "definition", "left": texts[0], "right": texts[1]})
        else:
            row["type"], row["summary"] = type(first[name]).__qualname__, short_repr(first[name])
            _compare_one(row, name, first[name], theirs[name], comparer)
            if again is not None:
                _mark_unsteady(row, name, first, lefts[1][0], again)
        rows.append(row)
    _compare_sharing(rows, comparer, again)
    for row in rows:
        row["verdict"] = _verdict(row)
    return rows


def _compare_sharing(rows: list[dict[str, Any]], comparer: Comparer, again: Comparer | None) -> None:
    """Adds differences in what the variables of a bundle share to the rows of the variables."""
    own: set[str] = set()
    if again is not None:
        before = len(again.differences)
        again.finish()
        own = {d.path for d in again.differences[before:]}
    before = len(comparer.differences)
    comparer.finish()
    for d in comparer.differences[before:]:
        for row in rows:
            if _inside(d.path, row["name"]):
                kind = "unsteady" if d.path in own else "differences"
                row[kind].append({"path": d.path, "what": d.what, "left": d.left, "right": d.right})


def _compare_one(row: dict[str, Any], name: str, a: Any, b: Any, comparer: Comparer) -> None:
    before, given_up, unseen = len(comparer.differences), len(comparer.given_up), len(comparer.unseen)
    comparer.compare(a, b, name)
    for d in comparer.differences[before:]:
        kind = "rounding" if d.rounding else "differences"
        row[kind].append({"path": d.path, "what": d.what, "left": d.left, "right": d.right})
    row["given_up"] += [{"path": g.path, "why": g.why} for g in comparer.given_up[given_up:]]
    row["unseen"] = len(comparer.unseen) > unseen


def _mark_unsteady(
    row: dict[str, Any], name: str, first: dict[str, Any], second: dict[str, Any], again: Comparer
) -> None:
    """Moves differences that the notebook has with itself to `unsteady`."""
    before = len(again.differences)
    if name in second:
        again.compare(first[name], second[name], name)
    else:
        again.differ_text(name, "definition", "defined", "not defined")
    own = [d.path for d in again.differences[before:]]
    for kind in ("differences", "rounding"):
        kept: list[dict[str, str]] = []
        for d in row[kind]:
            known = any(_inside(d["path"], path) or _inside(path, d["path"]) for path in own)
            (row["unsteady"] if known else kept).append(d)
        row[kind] = kept
    row["unsteady"] += [
        {"path": d.path, "what": d.what, "left": d.left, "right": d.right}
        for d in again.differences[before:]
        if not any(u["path"] == d.path for u in row["unsteady"])
    ]


def _inside(path: str, other: str) -> bool:
    """Whether a place is inside (or is) another; in an array or column, any element stands for all."""
    if path.endswith("]") and other.endswith("]") and path.rpartition("[")[0] == other.rpartition("[")[0]:
        return path == other or path.rpartition("[")[2][:-1].isdigit()
    return path.startswith(other) and path[len(other) :][:1] in ("", ".", "[", "→")


def _verdict(row: dict[str, Any]) -> str:
    if row["differences"]:
        return "different"
    if row["given_up"]:
        return "unproven"
    if row["unsteady"]:
        return "nondeterministic"
    return "rounding" if row["rounding"] else "same"


def _plain_number(value: Any) -> Any:
    """A metric as JSON holds it."""
    return value.item() if hasattr(value, "item") and not getattr(value, "shape", ()) else value


class _Captured:
    """What one run of the notebook had at the end of one stage."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        file = folder / "index.json"
        self.index: dict[str, Any] = (
            json.loads(file.read_text(encoding="utf-8")) if file.exists() else {"bundles": [], "definitions": {}}
        )

    def load(self, number: int, package: str) -> Loaded:
        """Variables of a bundle, and why some could not be had."""
        if number >= len(self.index["bundles"]):
            return {}, {}
        row, values = self.index["bundles"][number], {}
        errors = dict(row["errors"])
        for file in row["files"]:
            try:
                values.update(_unpickle(self.folder / file["file"], self, package))
            except Exception as error:
                errors.update(
                    {n: f"it cannot be loaded again ({type(error).__name__}: {error})" for n in file["names"]}
                )
        return values, errors

    def places(self) -> list[str]:
        """Where the notebook looked for modules: it may have added folders that are elsewhere now, as its own is."""
        before = self.index.get("folder", "")
        found = []
        for place in self.index.get("path", ()):
            there = os.path.join(before, place)
            here = os.path.normpath(os.path.join(os.getcwd(), os.path.relpath(there, before)))
            found += [each for each in (there, here) if os.path.isdir(each)][:1]
        return found

    def definition(self, name: str) -> Any:
        """A class or function of the notebook. Raises AttributeError where there is none."""
        file = self.index["definitions"].get(name)
        if file is None:
            raise AttributeError(f"neither the project nor the notebook has `{name}`")
        with open(self.folder / file, "rb") as stream:
            return capture.Loader(stream).load()[name]


class _Main(types.ModuleType):
    """What pickles find as `__main__`: the project's functions, then the notebook's own definitions."""

    def __init__(self, package: str, captured: _Captured) -> None:
        super().__init__("__main__")
        self.__dict__["_places"] = package, captured

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        package, captured = self.__dict__["_places"]
        try:
            return getattr(importlib.import_module(f"{package}.functions"), name)
        except (ImportError, AttributeError):
            value = self.__dict__[name] = captured.definition(name)
            return value


def _unpickle(path: Path, captured: _Captured, package: str) -> dict[str, Any]:
    _enter(captured, package)
    with open(path, "rb") as file:
        found: dict[str, Any] = capture.Loader(file).load()
    return found


def _load_product(path: str, names: list[str], runs: list[_Captured], package: str) -> Loaded:
    """Variables of a hand-over file, read as the project's own stages read it."""
    _enter(runs[0], package)
    try:
        artifacts = importlib.import_module(f"{package}.artifacts")
        return dict(artifacts.load_bound(path, *names)), {}
    except Exception as error:
        return {}, {name: f"the pipeline's cannot be loaded ({type(error).__name__}: {error})" for name in names}


def _enter(captured: _Captured, package: str) -> None:
    """A fresh `__main__`, and no class of the notebook known from an earlier load: its state has changed since."""
    sys.modules["__main__"] = _Main(package, captured)
    sys.path += [place for place in captured.places() if place not in sys.path]
    inner = sys.modules.get("cloudpickle.cloudpickle")
    for name in (
        "_DYNAMIC_CLASS_TRACKER_BY_ID",
        "_DYNAMIC_CLASS_TRACKER_BY_CLASS",
        "_DYNAMIC_CLASS_STATE_TRACKER_BY_CLASS",
    ):
        tracker = getattr(inner, name, None)
        if tracker is not None:
            tracker.clear()


def _compare_file(file: Mapping[str, Any], package: str, plain: Any) -> dict[str, Any]:
    """Compares one file of both sides."""
    row: dict[str, Any] = {
        "name": file["name"],
        "differences": [],
        "given_up": [],
        "unsteady": [],
        "type": "",
        "summary": "",
    }
    places, pipeline = file["notebook"], file["pipeline"]
    row["rounding"] = []
    outcome = file_contents.compare_files(places[0], pipeline, package, plain)
    if outcome and len(places) > 1:
        own = file_contents.compare_files(places[0], places[1], package, plain)
        row["unsteady" if own else "differences"] = outcome
    else:
        row["differences"] = outcome
    row["verdict"] = _verdict(row)
    return row


def main(job_path: str, result_path: str) -> None:
    """Reads the job, compares, writes the result."""
    os.environ["MPLBACKEND"] = "Agg"
    job = json.loads(Path(job_path).read_text(encoding="utf-8"))
    sys.path[:0] = [job["src"]]
    sys.path.append(job["workdir"])
    import cloudpickle  # noqa: F401  # pickles need it

    result: dict[str, Any] = {}

    def run(job: dict[str, Any]) -> None:
        try:
            result.update(run_job(job))
        except BaseException as error:
            import traceback

            traceback.print_exc()
            result["error"] = f"{type(error).__name__}: {error}"

    capture.call_deep(run, job)
    Path(result_path).write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:3])
