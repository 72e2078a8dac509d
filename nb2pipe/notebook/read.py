"""Reads notebooks: .ipynb of any version, jupytext's text formats (.py, .md, .Rmd), and Quarto's .qmd.

This is the one module that reads notebook files. It never writes to them, and runs nothing.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NoReturn

from nb2pipe.diagnostics import Diagnostic, Nb2pipeError, Span
from nb2pipe.notebook.model import Cell, CellKind, Notebook
from nb2pipe.notebook.quarto import parse_quarto

_TEXT_SUFFIXES = (".py", ".md", ".rmd")
_SUFFIXES = (".ipynb", *_TEXT_SUFFIXES, ".qmd")
_SHOWN_SUFFIXES = "`.ipynb`, `.py`, `.md`, `.Rmd` or `.qmd`"
_KINDS = {kind.value: kind for kind in CellKind}

#: Kernels whose notebooks say no language: the beginning of the kernel's name, and the language.
_KERNEL_LANGUAGES = {
    "ir": "R",
    "julia": "Julia",
    "bash": "Bash",
    "javascript": "JavaScript",
    "deno": "TypeScript",
    "scala": "Scala",
    "apache_toree_scala": "Scala",
    "octave": "Octave",
    "matlab": "MATLAB",
    "sos": "SoS",
    "java": "Java",
    "gophernotes": "Go",
    "rust": "Rust",
    "xcpp": "C++",
    "xeus-r": "R",
    "stata": "Stata",
    "sas": "SAS",
}

#: How files begin that are often taken for a notebook: what they are, and what to do.
_IMPOSTORS = (
    (
        "version https://git-lfs",
        "a Git LFS pointer, not the notebook itself",
        "run `git lfs pull` in its repository",
    ),
    ("<", "a web page", "download the raw file, not the page that shows it"),
)
_CONFLICT = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE)


def read_notebook(path: str | Path) -> Notebook:
    """Reads a notebook.

    Args:
        path: The file. Its suffix says the format: `.ipynb`; `.py`, `.md` and `.Rmd` as jupytext
            reads them; `.qmd`.

    Returns:
        The notebook, its cells numbered from 1.

    Raises:
        Nb2pipeError: The file cannot be read (NB105), is no notebook (NB101), or is in another
            language (NB102).
    """
    file = Path(os.path.abspath(Path(path).expanduser()))  # symbolic links stay
    return make_notebook(file, _parse(file, _read_text(file)))


def make_notebook(file: Path, document: Mapping[str, object]) -> Notebook:
    """The notebook of a document that was read elsewhere, such as one that an editor has not saved yet.

    Args:
        file: Where it is or will be saved, absolute; nothing is read from there.
        document: As nbformat 4 has it.

    Raises:
        Nb2pipeError: It is no notebook (NB101), or is in another language (NB102).
    """
    metadata = _mapping(document.get("metadata"))
    _check_language(file, metadata)
    kernel = _mapping(metadata.get("kernelspec")).get("name")
    return Notebook(
        name=file.stem,
        folder=str(file.parent),
        file=file.name,
        cells=_cells(file, document.get("cells")),
        language="python",
        kernel=kernel if isinstance(kernel, str) and kernel else "python3",
        metadata=MappingProxyType(dict(_mapping(metadata.get("nb2pipe")))),
    )


def _refuse(code: str, message: str, remedy: str, span: Span = Span()) -> NoReturn:
    raise Nb2pipeError([Diagnostic(code, message, span, help=remedy)])


# --- Text ----------------------------------------------------------------------------------------


def _read_text(file: Path) -> str:
    name = file.name
    try:
        if file.is_dir():
            _refuse("NB105", f"`{name}` is a folder", _suggest_from(file, ""))
        data = file.read_bytes()
    except FileNotFoundError:
        _refuse("NB105", f"there is no file `{file}`", _suggest_from(file.parent, name))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        remedy = "check the path, and that you may read the file"
        _refuse("NB105", f"`{name}` cannot be read: {reason}", remedy)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"`{name}` is not UTF-8: byte 0x{data[error.start]:02x} in line {line}"
        remedy = "save it as UTF-8 (in an editor, or with `iconv -f ENCODING -t UTF-8`)"
        _refuse("NB105", message, remedy)
    if not text.strip():
        _refuse("NB101", f"`{name}` is empty", "save the notebook again, or name another file")
    return text


def _suggest_from(folder: Path, name: str) -> str:
    """Names notebooks in the folder, the likeliest first."""
    try:
        found = sorted(e.name for e in folder.iterdir() if e.suffix.lower() in _SUFFIXES)
    except OSError:
        return f"check the path: the folder `{folder}` cannot be listed"
    if not name:
        found = [n for n in found if n.endswith(".ipynb")] or found
        shown = f", such as `{folder.name}/{found[0]}`" if found else ""
        return f"name a notebook in it{shown}"
    likely = difflib.get_close_matches(name, found, 1, 0.6)
    return f"did you mean `{likely[0]}`?" if likely else "check the path"


# --- Formats -------------------------------------------------------------------------------------


def _parse(file: Path, text: str) -> Mapping[str, object]:
    suffix = file.suffix.lower()
    if suffix == ".qmd":
        return parse_quarto(text.replace("\r\n", "\n"))
    if suffix in _TEXT_SUFFIXES:
        return _parse_jupytext(file, text)
    if suffix == ".ipynb" or text.lstrip().startswith("{"):
        return _parse_ipynb(file, text)
    message = f"`{file.name}` is not a notebook that nb2pipe reads"
    _refuse("NB101", message, f"name a {_SHOWN_SUFFIXES} file")


def _parse_ipynb(file: Path, text: str) -> Mapping[str, object]:
    name = file.name
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        _refuse_json(name, text, error)
    if not isinstance(document, dict):
        message = f"`{name}` is JSON, but no notebook: it holds no object with `cells`"
        _refuse("NB101", message, "name a notebook that Jupyter saved")
    version = document.get("nbformat", 4 if "cells" in document else None)
    if version == 4 and "worksheets" not in document:
        if not isinstance(document.get("cells"), list):
            message = f"`{name}` is JSON, but no notebook: `cells` is not a list of cells"
            _refuse("NB101", message, "name a notebook that Jupyter saved")
        return document
    if version is None and "worksheets" not in document:
        message = f"`{name}` is JSON, but no notebook: it has no `cells`"
        _refuse("NB101", message, "name a notebook that Jupyter saved")
    return _upgrade(name, text)


def _refuse_json(name: str, text: str, error: Exception) -> NoReturn:
    for beginning, what, remedy in _IMPOSTORS:
        if text.lstrip().startswith(beginning):
            _refuse("NB101", f"`{name}` is {what}", remedy)
    if _CONFLICT.search(text):
        message = f"`{name}` holds the marks of a merge conflict"
        _refuse("NB101", message, "resolve the conflict (nbdime's `nbmerge` helps), then convert")
    where = str(error)
    if isinstance(error, json.JSONDecodeError):
        where = f"{error.msg} in line {error.lineno}, column {error.colno}"
    remedy = "open it in Jupyter and save it again, or restore it from version control"
    _refuse("NB101", f"`{name}` is not JSON: {where}", remedy)


def _upgrade(name: str, text: str) -> Mapping[str, object]:
    """Notebooks of nbformat 1 to 3, as nbformat converts them."""
    import nbformat
    from nbformat import reader

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            document = nbformat.convert(reader.reads(text), 4)
    except Exception as error:  # whatever a broken document makes nbformat stumble over
        remedy = "open it in Jupyter and save it again, or run `jupyter nbconvert --to notebook`"
        _refuse("NB101", f"`{name}` is a broken notebook: {_first_line(error)}", remedy)
    return _mapping(document)


def _parse_jupytext(file: Path, text: str) -> Mapping[str, object]:
    try:
        import jupytext
    except ImportError:
        remedy = "install jupytext (`pip install jupytext`), or convert the .ipynb"
        _refuse("NB105", f"`{file.name}` needs jupytext to be read", remedy)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            document = jupytext.reads(text, fmt={"extension": file.suffix})
    except Exception as error:  # YAML's, nbformat's, pandoc's: jupytext lets them through
        remedy = f"see whether `jupytext --to ipynb {file.name}` reads it, and convert its result"
        message = f"`{file.name}` is no notebook that jupytext reads: {_first_line(error)}"
        _refuse("NB101", message, remedy)
    for cell in document["cells"]:
        if cell["metadata"].get("eval") is False:  # R Markdown does not run it
            cell["metadata"]["tags"] = [*_tags(cell["metadata"]), "skip"]
    return _mapping(document)


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0] or type(error).__name__


# --- Cells and metadata --------------------------------------------------------------------------


def _cells(file: Path, cells: object) -> tuple[Cell, ...]:
    rows = cells if isinstance(cells, list) else []
    return tuple(_cell(file, number, row) for number, row in enumerate(rows, 1))


def _cell(file: Path, number: int, row: object) -> Cell:
    remedy = "open it in Jupyter and save it again, or restore it from version control"
    if not isinstance(row, Mapping):
        message = f"cell {number} of `{file.name}` is not an object"
        _refuse("NB101", message, remedy, Span(number))
    kind = row.get("cell_type")
    if not isinstance(kind, str) or kind not in _KINDS:
        message = f"cell {number} of `{file.name}` is neither code, markdown nor raw: {kind!r}"
        _refuse("NB101", message, remedy, Span(number))
    source = row.get("source", "")
    parts = source if isinstance(source, list) else [source]
    if not all(isinstance(part, str) for part in parts):
        message = f"the source of cell {number} of `{file.name}` is not text"
        _refuse("NB101", message, remedy, Span(number))
    text = re.sub(r"(?m)^\f+", "", "".join(parts))  # which Python skips there, and formatters do not
    return Cell(number, _KINDS[kind], text, tuple(_tags(_mapping(row.get("metadata")))))


def _tags(metadata: Mapping[str, object]) -> list[str]:
    tags = metadata.get("tags")
    found = [tags] if isinstance(tags, str) else tags if isinstance(tags, list) else []
    return [tag for tag in found if isinstance(tag, str)]


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _check_language(file: Path, metadata: Mapping[str, object]) -> None:
    language = _language(metadata)
    if not re.match(r"(?:i?python|pypy)", language, re.IGNORECASE):
        message = f"`{file.name}` is written in {language}"
        remedy = "nb2pipe converts Python; if the code is Python, choose a Python kernel and save"
        _refuse("NB102", message, remedy)


def _language(metadata: Mapping[str, object]) -> str:
    """As the kernelspec says, or language_info, or jupytext, or as the kernel's name lets guess."""
    kernelspec = _mapping(metadata.get("kernelspec"))
    for said in (
        kernelspec.get("language"),
        _mapping(metadata.get("language_info")).get("name"),
    ):
        if isinstance(said, str) and said.strip():
            return said.strip()
    kernel = kernelspec.get("name")
    if isinstance(kernel, str):
        for beginning, language in _KERNEL_LANGUAGES.items():
            if re.match(rf"{re.escape(beginning)}(?![A-Za-z])", kernel, re.IGNORECASE):
                return language
        return "python"
    said = _mapping(metadata.get("jupytext")).get("main_language")
    return said if isinstance(said, str) and said else "python"
