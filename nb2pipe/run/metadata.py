"""What is kept beside products: Ploomber's metadata files, with a part of our own in them.

    products/.clean.pkl.metadata    {"timestamp": …, "stored_source_code": …, "params": …, "nb2pipe": …}

Ploomber reads the first three (`ploomber.products.metadata`, 0.23.3) and leaves the fourth alone; when it builds a stage
itself, the fourth is gone, and its own rules are all there is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nb2pipe.run.files import sync_folder, write_atomically
from nb2pipe.run.model import Task

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Input:
    """A file that a stage read: its size in bytes, time of change in nanoseconds, and content."""

    size: int
    changed: int
    digest: str


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """What nb2pipe keeps beyond Ploomber.

    Attributes:
        source: The stage's file, to the character.
        code: Its code.
        modules: The project's modules that it loaded: path relative to the project, and their code.
        inputs: Files that it read: path relative to the project.
        written: Files that it wrote: paths relative to the project.
        sizes: Its products' sizes in bytes.
        python: The interpreter.
        packages: Installed packages that it loaded, with versions.
    """

    source: str
    code: str
    modules: Mapping[str, str]
    inputs: Mapping[str, Input]
    written: tuple[str, ...]
    sizes: Mapping[str, int]
    python: str
    packages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """The metadata of one stage.

    Attributes:
        timestamp: When it ended, in seconds since 1970.
        code: Its code as Ploomber keeps it.
        params: Its parameters; those of `resources_` are MD5 sums.
        own: Our part; None where Ploomber built it.
        agree: All its products have the same code and parameters.
    """

    timestamp: float
    code: str
    params: Mapping[str, Any]
    own: OwnRecord | None
    agree: bool = True


def metadata_path(product: Path) -> Path:
    """Where a product's metadata is."""
    return product.with_name(f".{product.name}.metadata")


def read_record(task: Task) -> Record | None:
    """A stage's metadata; None where some is missing, broken, or a product is not there."""
    found = []
    for product in task.products.values():
        try:
            content = json.loads(metadata_path(product).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        if not _is_complete(content) or not product.exists():
            return None
        found.append(content)
    first = found[0]
    return Record(
        timestamp=min(c["timestamp"] for c in found),
        code=first["stored_source_code"],
        params=first["params"],
        own=_read_own(first.get("nb2pipe")),
        agree=all(
            c["stored_source_code"] == first["stored_source_code"] and c["params"] == first["params"] for c in found
        ),
    )


def _is_complete(content: Any) -> bool:
    return (
        isinstance(content, dict)
        and isinstance(content.get("timestamp"), int | float)
        and isinstance(content.get("stored_source_code"), str)
        and isinstance(content.get("params"), dict)
    )


def _read_own(content: Any) -> OwnRecord | None:
    if not isinstance(content, dict) or content.get("version") != _VERSION:
        return None
    try:
        return OwnRecord(
            source=content["source"],
            code=content["code"],
            modules=dict(content["modules"]),
            inputs={path: Input(*row) for path, row in content["inputs"].items()},
            written=tuple(content["written"]),
            sizes=dict(content["sizes"]),
            python=content["python"],
            packages=tuple(content["packages"]),
        )
    except (KeyError, TypeError, AttributeError, ValueError):
        return None


def write_record(task: Task, record: Record) -> None:
    """Writes a stage's metadata beside each product, each file whole or not at all.

    Raises:
        OSError: The disk refuses.
    """
    content: dict[str, Any] = {
        "timestamp": record.timestamp,
        "stored_source_code": record.code,
        "params": dict(record.params),
    }
    if own := record.own:
        content["nb2pipe"] = {
            "version": _VERSION,
            "source": own.source,
            "code": own.code,
            "modules": dict(own.modules),
            "inputs": {path: [i.size, i.changed, i.digest] for path, i in own.inputs.items()},
            "written": list(own.written),
            "sizes": dict(own.sizes),
            "python": own.python,
            "packages": list(own.packages),
        }
    text = json.dumps(content)
    for product in task.products.values():
        write_atomically(metadata_path(product), text)
    for folder in {p.parent for p in task.products.values()}:
        sync_folder(folder)


def delete_record(task: Task) -> None:
    """Takes a stage's metadata away, so that whatever happens now, its products count as stale.

    Raises:
        OSError: The disk refuses.
    """
    folders = set()
    for product in task.products.values():
        path = metadata_path(product)
        if path.exists():
            path.unlink()
            folders.add(path.parent)
    for folder in folders:
        sync_folder(folder)
