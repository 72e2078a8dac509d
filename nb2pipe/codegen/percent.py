"""Stage notebooks as text: jupytext's percent format, and the same as .ipynb."""

from __future__ import annotations

import hashlib
import io
import json
import re
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass, replace

#: Lines that jupytext reads as magics or cell borders although they may be plain comments: it then writes the file itself.
_DELICATE = re.compile(
    r"^[ \t]*(#[ \t]*)*[%!?]|^(#[ \t]*)*(cat|cd|cp|mv|rm|rmdir|mkdir|copy|ddir|echo|ls|ldir|ren)([ \t][^=,\n]|[ \t]*$)"
    r"|^[ \t]*(# )*[^\s]*\?[ \t]*$|^(#[ \t]*)*[ \t]*[A-Za-z_]\w*[ \t]*=[ \t]*[%!]"
    r"|^[ \t]*#[ \t]*(%%|\+|-|In\[|<|region\b|endregion\b)|\bescape\b|^# -\*-|jupyter:",
    re.M,
)


#: Comments that are the begin of a cell for jupytext wherever they stand.
_BORDER = re.compile(r"^([ \t]*)#([ \t]*(?:%%(?=\s|$)|In\[|<codecell>))", re.M)
_MAGIC_LINE = re.compile(r"^%[A-Za-z].*$", re.M)


def is_plain(source: str) -> bool:
    """Whether jupytext reads the code as it is written here; magics on lines of their own are commented out."""
    rest = (
        _MAGIC_LINE.sub("", source) if '"""' not in source and "'''" not in source and "\\\n" not in source else source
    )
    return not _DELICATE.search(rest)


@dataclass(frozen=True, slots=True)
class OutCell:
    """A cell to write: `kind` is `code`, `markdown` or `raw`."""

    kind: str
    source: str
    tags: tuple[str, ...] = ()


def render_percent(cells: Sequence[OutCell], kernel: str) -> str:
    """The notebook as a .py file in jupytext's percent format."""
    cells = list(map(_without_borders, cells))
    if any(c.kind != "markdown" and not is_plain(c.source) for c in cells):
        return _by_jupytext(cells, kernel)
    parts = [_header(kernel)]
    for cell in cells:
        mark = {"code": "# %%", "markdown": "# %% [markdown]", "raw": "# %% [raw]"}[cell.kind]
        if cell.tags:
            mark += f" tags={json.dumps(list(cell.tags), ensure_ascii=False)}"
        text = cell.source.rstrip("\n")
        if cell.kind == "code":
            text = _MAGIC_LINE.sub(r"# \g<0>", text)
        else:
            text = "\n".join(f"# {line}" if line.strip() else "#" for line in text.split("\n"))
        parts.append(f"{mark}\n{text}\n" if text else f"{mark}\n")
    return "\n".join(parts)


def _without_borders(cell: OutCell) -> OutCell:
    """A cell of which jupytext takes no comment for the begin of another: it knows no way to write such a comment."""
    source = cell.source
    if cell.kind != "code" or not _BORDER.search(source):
        return cell
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
        comments = {t.start[0] for t in tokens if t.type == tokenize.COMMENT}
    except (tokenize.TokenError, SyntaxError):  # of lines that are no Python; what is text is not told apart
        comments = set(range(1, source.count("\n") + 2)) if '"""' not in source and "'''" not in source else set()
    lines = source.split("\n")
    lines = [_BORDER.sub(r"\1##\2", line) if n in comments else line for n, line in enumerate(lines, 1)]
    return replace(cell, source="\n".join(lines))


def _header(kernel: str) -> str:
    return (
        "# ---\n# jupyter:\n#   jupytext:\n#     formats: ipynb,py:percent\n#     text_representation:\n"
        "#       extension: .py\n#       format_name: percent\n#   kernelspec:\n#     display_name: Python 3\n"
        f"#     language: python\n#     name: {kernel}\n# ---\n"
    )


def _by_jupytext(cells: Sequence[OutCell], kernel: str) -> str:
    import jupytext
    import nbformat

    notebook = nbformat.reads(render_ipynb(cells, kernel), as_version=4)
    text = jupytext.writes(notebook, fmt={"extension": ".py", "format_name": "percent"})
    body = re.sub(r"\A# ---\n.*?\n# ---\n+", "", text, flags=re.S)
    return f"{_header(kernel)}\n{body}"


def render_ipynb(cells: Sequence[OutCell], kernel: str) -> str:
    """The notebook as .ipynb (nbformat 4.5), without outputs; cell ids come from place and text."""
    rows = []
    for number, cell in enumerate(map(_without_borders, cells)):
        identity = hashlib.sha256(f"{number}\0{cell.kind}\0{cell.source}".encode()).hexdigest()[:8]
        metadata = {"tags": list(cell.tags)} if cell.tags else {}
        row: dict[str, object] = {"cell_type": cell.kind, "id": identity, "metadata": metadata}
        if cell.kind == "code":
            row |= {"execution_count": None, "outputs": []}
        row["source"] = cell.source.rstrip("\n").splitlines(keepends=True)
        rows.append(dict(sorted(row.items())))
    document = {
        "cells": rows,
        "metadata": {
            "jupytext": {"formats": "ipynb,py:percent"},
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": kernel},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
