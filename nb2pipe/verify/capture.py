"""Runs inside the notebook's kernel: stores variables as they are now, and leaves no trace in the notebook.

The text of this module is sent to the kernel, where nb2pipe need not be installed; it uses the standard library and
cloudpickle only. The comparing process loads what was stored with this module under the same name.
"""

from __future__ import annotations

import io
import json
import os
import sys
from typing import Any

#: The name of this module in the kernel and in the comparing process: pickles refer to it.
NAME = "_nb2pipe_capture"


def capture(namespace: dict[str, Any], folder: str, request: str) -> str:
    """Stores variables.

    Args:
        namespace: The notebook's.
        folder: Where to; it is made.
        request: JSON: `bundles`, lists of names each stored in one file, so that what they share is shared after
            loading; `definitions`, names of classes and functions to store one by one.

    Returns:
        "ok", or what went wrong.
    """
    try:
        wanted = json.loads(request)
        os.makedirs(folder, exist_ok=True)
        index: dict[str, Any] = {"bundles": [], "definitions": {}}
        for number, names in enumerate(wanted["bundles"]):
            index["bundles"].append(_store(namespace, names, folder, f"{number}"))
        for number, name in enumerate(wanted["definitions"]):
            if name in namespace:
                row = _store(namespace, [name], folder, f"definition-{number}")
                if row["files"]:
                    index["definitions"][name] = row["files"][0]["file"]
        with open(os.path.join(folder, "index.json"), "w", encoding="utf-8") as file:
            json.dump(index, file)
        return "ok"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def _store(namespace: dict[str, Any], names: list[str], folder: str, stem: str) -> dict[str, Any]:
    """Stores variables together, or one by one where together fails."""
    row: dict[str, Any] = {"names": names, "missing": [], "errors": {}, "files": []}
    values: dict[str, Any] = {}
    for name in names:
        try:
            values[name] = _value(namespace, name)
        except KeyError:
            row["missing"].append(name)
    groups = [list(values)]
    try:
        _write(values, os.path.join(folder, f"{stem}.pkl"))
    except Exception as error:
        if len(values) == 1:
            row["errors"][names[0] if names[0] in values else next(iter(values))] = _why(error)
        groups = [] if len(values) == 1 else [[name] for name in values]
        for number, (name,) in enumerate(groups):
            try:
                _write({name: values[name]}, os.path.join(folder, f"{stem}-{number}.pkl"))
                row["files"].append({"file": f"{stem}-{number}.pkl", "names": [name]})
            except Exception as inner:
                row["errors"][name] = _why(inner)
        return row
    row["files"].append({"file": f"{stem}.pkl", "names": groups[0]})
    return row


def _why(error: Exception) -> str:
    return f"it cannot be stored ({type(error).__name__}: {error})"


def _value(namespace: dict[str, Any], name: str) -> Any:
    """A variable, or the state of a random generator."""
    if name.endswith(" state"):
        module = sys.modules.get(name[: -len(" state")])
        if module is None:
            raise KeyError(name)
        if module.__name__ == "random":
            return module.getstate()
        return module.get_state() if module.__name__ == "numpy.random" else module.get_rng_state()
    return namespace[name]


def _write(values: dict[str, Any], path: str) -> None:
    import cloudpickle

    class Pickler(cloudpickle.Pickler):  # type: ignore[misc]
        """Keeps arrays that share memory sharing it."""

        def reducer_override(self, obj: Any) -> Any:
            if type(obj).__name__ == "ndarray" and type(obj).__module__ == "numpy":
                owner = _owner(obj)
                if owner is not None:
                    start = obj.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
                    return view, (owner, start // obj.itemsize, obj.shape, obj.strides)
            return super().reducer_override(obj)

    buffer = io.BytesIO()
    Pickler(buffer, protocol=5).dump(values)
    with open(path, "wb") as file:
        file.write(buffer.getbuffer())


def _owner(array: Any) -> Any:
    owner = array
    while type(owner.base) is type(array):
        owner = owner.base
    if owner is array or not owner.flags.owndata or owner.dtype != array.dtype or not array.itemsize:
        return None
    return owner if owner.flags.c_contiguous or owner.flags.f_contiguous else None


def view(owner: Any, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> Any:
    """A view of an array's memory, `offset` elements from its start."""
    from numpy.lib.stride_tricks import as_strided

    if 0 in shape:
        return owner.reshape(-1, order="A")[:0].reshape(shape)
    return as_strided(owner.reshape(-1, order="A")[offset:], shape, strides)
