"""What was emitted last: `.nb2pipe/manifest.json`, and the texts in `.nb2pipe/base/`.

It belongs into the project's repository, so that everyone can convert again. It holds no time and no path of a
machine. The texts end in `.txt`, so that no tool takes them for code.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nb2pipe.diagnostics import Diagnostic, Nb2pipeError

#: The folder inside a project that is nb2pipe's own.
FOLDER = ".nb2pipe"
MANIFEST = f"{FOLDER}/manifest.json"
_BASE = f"{FOLDER}/base"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that was emitted.

    Attributes:
        kind: `text`, `copy` or `link`.
        digest: SHA-256 of a text or copy, in hexadecimal; a link's target.
        text: A text's content; None for the other kinds, and where it is lost.
        deleted: A person deleted the file, and it stays so.
    """

    kind: str
    digest: str
    text: str | None = None
    deleted: bool = False


def text_entry(text: str) -> Entry:
    """The entry of a text."""
    return Entry("text", hashlib.sha256(text.encode("utf-8")).hexdigest(), text)


def base_path(path: str) -> str:
    """Where the last emitted text of a file is kept, relative to the project."""
    return f"{_BASE}/{path}.txt"


def read_record(project: Path) -> dict[str, Entry] | None:
    """Reads what was emitted last into a folder.

    Args:
        project: The folder.

    Returns:
        Path to entry; None where nb2pipe wrote nothing here.

    Raises:
        Nb2pipeError: NB502, the record cannot be read or is of a later nb2pipe.
    """
    file = project / MANIFEST
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        if data["version"] != _VERSION:
            raise ValueError(f"its version is {data['version']}, this nb2pipe reads {_VERSION}")
        return {path: _read_entry(project, path, fields) for path, fields in sorted(data["files"].items())}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"`{MANIFEST}` in `{project}` cannot be read: {error}"
        remedy = "take the file from the repository's history, or convert into a new folder"
        raise Nb2pipeError([Diagnostic("NB502", message, help=remedy)]) from error


def _read_entry(project: Path, path: str, fields: Mapping[str, object]) -> Entry:
    kind, digest = str(fields["kind"]), str(fields["target" if fields["kind"] == "link" else "sha256"])
    text = None
    if kind == "text":
        try:
            text = (project / base_path(path)).read_text(encoding="utf-8")
        except (FileNotFoundError, UnicodeDecodeError):
            text = None
    return Entry(kind, digest, text, bool(fields.get("deleted")))


def render_record(entries: Mapping[str, Entry]) -> dict[str, str]:
    """Renders the files that keep a record: relative path to text."""
    files = {base_path(path): entry.text for path, entry in entries.items() if entry.text is not None}
    described = {path: _describe(entry) for path, entry in sorted(entries.items())}
    manifest = {"version": _VERSION, "files": described}
    texts = {path: text for path, text in sorted(files.items()) if text is not None}
    return texts | {MANIFEST: json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"}


def _describe(entry: Entry) -> dict[str, object]:
    fields: dict[str, object] = {"kind": entry.kind}
    fields["target" if entry.kind == "link" else "sha256"] = entry.digest
    return fields | ({"deleted": True} if entry.deleted else {})
