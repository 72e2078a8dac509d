"""Files by what they hold, where their bytes differ without meaning."""

from __future__ import annotations

import csv
import gzip
import importlib
import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nb2pipe.verify.images import describe_pixels
from nb2pipe.verify.noise import without_noise
from nb2pipe.verify.values.comparer import compare_values
from nb2pipe.verify.values.short import short_repr

Difference = dict[str, str]
Plain = Callable[[str], str]

_TABLES = {".parquet": "read_parquet", ".feather": "read_feather", ".xlsx": "read_excel", ".dta": "read_stata"}
_ARCHIVES = (".zip", ".npz", ".whl")
_PICKLES = (".pkl", ".pickle", ".joblib")


def compare_files(notebook: str | None, pipeline: str | None, package: str, plain: Plain) -> list[Difference]:
    """Compares a file of the notebook with one of the pipeline; None where it was not written, or deleted."""
    if notebook is None or pipeline is None:
        if notebook is pipeline:
            return []
        words = ["not written" if place is None else "written" for place in (notebook, pipeline)]
        return [_difference("", "file", *words)]
    left, right = Path(notebook), Path(pipeline)
    a, b = left.read_bytes(), right.read_bytes()
    if a == b:
        return []
    return compare_bytes(a, b, left.suffix.lower(), package, plain)


def compare_bytes(a: bytes, b: bytes, suffix: str, package: str = "", plain: Plain = str) -> list[Difference]:
    """Compares contents that are not equal byte by byte, as files of that suffix are read."""
    try:
        if suffix == ".gz":
            return _compare_inside(gzip.decompress(a), gzip.decompress(b), "", package, plain)
        if suffix in _ARCHIVES:
            return _compare_archives(a, b, package, plain)
        if suffix == ".png":
            text = describe_pixels(a, b)
            return [_difference("", "image", *text)] if text else []
        if suffix in (".csv", ".tsv"):
            return _compare_rows(a, b, "\t" if suffix == ".tsv" else ",", plain)
        if suffix in (".json", ".ipynb", ".geojson"):
            return _compare_loaded(_json(a), _json(b), package, plain)
        if suffix == ".npy":
            np = importlib.import_module("numpy")
            left, right = (np.load(io.BytesIO(x), allow_pickle=True) for x in (a, b))
            return _compare_loaded(left, right, package, plain)
        if suffix in _TABLES:
            read = getattr(importlib.import_module("pandas"), _TABLES[suffix])
            return _compare_loaded(read(io.BytesIO(a)), read(io.BytesIO(b)), package, plain)
        if suffix in _PICKLES:
            load = _load_joblib if suffix == ".joblib" else pickle.loads
            return _compare_loaded(load(a), load(b), package, plain)
    except Exception as error:
        return [_difference("", f"bytes, which do not read as {suffix} ({type(error).__name__})", *_sizes(a, b))]
    return _compare_texts(a, b, plain)


def _load_joblib(data: bytes) -> Any:
    return importlib.import_module("joblib").load(io.BytesIO(data))


def _compare_inside(a: bytes, b: bytes, suffix: str, package: str, plain: Plain) -> list[Difference]:
    return [] if a == b else compare_bytes(a, b, suffix, package, plain)


def _compare_archives(a: bytes, b: bytes, package: str, plain: Plain) -> list[Difference]:
    with zipfile.ZipFile(io.BytesIO(a)) as left, zipfile.ZipFile(io.BytesIO(b)) as right:
        names = sorted(left.namelist()), sorted(right.namelist())
        if names[0] != names[1]:
            return [_difference("", "members", short_repr(names[0]), short_repr(names[1]))]
        found = []
        for name in names[0]:
            inside = _compare_inside(left.read(name), right.read(name), Path(name).suffix.lower(), package, plain)
            found += [{**d, "path": f"{name} {d['path']}".strip()} for d in inside]
        return found


def _compare_rows(a: bytes, b: bytes, delimiter: str, plain: Plain) -> list[Difference]:
    """Cell by cell as text: quotes and line ends mean nothing."""
    left, right = (list(csv.reader(io.StringIO(x.decode("utf-8")), delimiter=delimiter)) for x in (a, b))
    if len(left) != len(right):
        return [_difference("", "number of rows", str(len(left)), str(len(right)))]
    for number, (x, y) in enumerate(zip(left, right, strict=True), 1):
        if len(x) != len(y):
            return [_difference(f"row {number}", "number of cells", short_repr(x), short_repr(y))]
        for column, (p, q) in enumerate(zip(x, y, strict=True), 1):
            if p != q and plain(p) != plain(q):
                name = left[0][column - 1] if number > 1 and column <= len(left[0]) else ""
                return [_difference(f"row {number}, column {column}{f' ({name})' if name else ''}", "value", p, q)]
    return []


def _json(data: bytes) -> Any:
    return json.loads(data.decode("utf-8"))


def _compare_loaded(a: Any, b: Any, package: str, plain: Plain) -> list[Difference]:
    differences, given_up = compare_values(a, b, package, plain)
    found = [_difference(d.path, d.what, d.left, d.right) for d in differences]
    return found + [_difference(g.path, f"cannot be compared: {g.why}", "", "") for g in given_up]


def _compare_texts(a: bytes, b: bytes, plain: Plain) -> list[Difference]:
    try:
        left, right = (without_noise(plain(x.decode("utf-8"))).splitlines() for x in (a, b))
    except UnicodeDecodeError:
        return [_difference("", "bytes", *_sizes(a, b))]
    for number, (x, y) in enumerate(zip(left, right, strict=False), 1):
        if x != y:
            return [_difference(f"line {number}", "text", short_repr(x), short_repr(y))]
    if len(left) != len(right):
        return [_difference("", "number of lines", str(len(left)), str(len(right)))]
    return []


def _sizes(a: bytes, b: bytes) -> tuple[str, str]:
    at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return f"{len(a)} bytes, other from byte {at} on", f"{len(b)} bytes"


def _difference(path: str, what: str, left: str, right: str) -> Difference:
    return {"path": path, "what": what, "left": left, "right": right}
