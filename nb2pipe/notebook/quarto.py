"""Reads Quarto documents (.qmd) without the Quarto program: front matter, fences, `#|` options.

The syntax is that of https://quarto.org/docs/computations/python.html.

Before: a fence ```` ```{python} ```` with `#| tags: [parameters]` and `n = 3`.
After:  a code cell tagged `parameters` whose source is both lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_FENCE = re.compile(r"( {0,3})(`{3,}(?=[^`]*$)|~{3,})(.*)$")
_CHUNK = re.compile(r"\s*\{\s*([A-Za-z][\w+-]*)\b[^{}]*\}\s*$")
_OPTION = re.compile(r"#\|(.*)$")

#: Chunks that draw, or run in the browser: no language of the notebook.
_NO_LANGUAGE = frozenset({"mermaid", "dot", "ojs", "tikz", "css", "html"})


def parse_quarto(text: str) -> dict[str, object]:
    """Reads a Quarto document as a notebook.

    Args:
        text: The document.

    Returns:
        A notebook as nbformat 4 has it: the front matter is a raw cell, Python chunks are code
        cells (their options stay in the source, where they are comments), all else is markdown. A
        chunk with `eval: false` is tagged `skip`, as Quarto does not run it. The language is
        Python where any chunk is, else that of the first chunk.
    """
    cells: list[dict[str, object]] = []
    metadata: dict[str, object] = {}
    match = _FRONT_MATTER.match(text)
    if match:
        cells.append(_cell("raw", match[0].rstrip("\n")))
        metadata = _kernel(_yaml(match[1]))
        text = text[match.end() :]
    languages: list[str] = []
    prose: list[str] = []
    lines = iter(text.split("\n"))
    for line in lines:
        fence = _FENCE.match(line)
        chunk = _CHUNK.match(fence[3]) if fence else None
        if fence is None:
            prose.append(line)
            continue
        body = _fence_body(lines, fence[2])
        language = chunk[1].lower() if chunk else ""
        languages += [language] if language and language not in _NO_LANGUAGE else []
        if language != "python":
            prose += [line, *body]
            continue
        cells += _prose(prose)
        prose = []
        code = [re.sub(rf"^ {{0,{len(fence[1])}}}", "", part) for part in body]
        source = "\n".join(code[:-1] if _closes(body[-1:], fence[2]) else code)
        cells.append(_cell("code", source, _tags(source)))
    cells += _prose(prose)
    if languages and "python" not in languages:
        metadata = {"kernelspec": {"language": languages[0]}}
    return {"nbformat": 4, "metadata": metadata, "cells": cells}


def _fence_body(lines: Iterator[str], mark: str) -> list[str]:
    """The lines up to the one that closes the fence, that one included."""
    body: list[str] = []
    for line in lines:
        body.append(line)
        if _closes([line], mark):
            break
    return body


def _closes(lines: list[str], mark: str) -> bool:
    stripped = lines[0].strip() if lines else ""
    return len(stripped) >= len(mark) and set(stripped) == {mark[0]}


def _prose(lines: list[str]) -> list[dict[str, object]]:
    text = "\n".join(lines).strip("\n")
    return [_cell("markdown", text)] if text.strip() else []


def _cell(kind: str, source: str, tags: list[str] | None = None) -> dict[str, object]:
    return {"cell_type": kind, "source": source, "metadata": {"tags": tags or []}}


def _tags(source: str) -> list[str]:
    rows: list[str] = []
    for line in source.split("\n"):
        match = _OPTION.match(line)
        if match is None:
            break
        rows.append(match[1])
    options = _yaml("\n".join(rows))
    value = options.get("tags")
    found = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    tags = [str(tag) for tag in found]
    return [*tags, "skip"] if options.get("eval") is False and "skip" not in tags else tags


def _kernel(front: Mapping[str, object]) -> dict[str, object]:
    """`jupyter: python3`, or `jupyter:` with a whole kernelspec."""
    jupyter = front.get("jupyter")
    if isinstance(jupyter, str):
        return {"kernelspec": {"name": jupyter}}
    if isinstance(jupyter, Mapping) and isinstance(jupyter.get("kernelspec"), Mapping):
        return {"kernelspec": jupyter["kernelspec"]}
    return {}


def _yaml(text: str) -> Mapping[str, object]:
    """The mapping that the text holds; none where it is no mapping, or no YAML."""
    if not text.strip():
        return {}
    import yaml

    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        return {}
    return found if isinstance(found, Mapping) else {}
