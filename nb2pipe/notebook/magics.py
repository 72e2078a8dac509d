"""Turns a code cell into Python that `ast` reads, each line at its place, magics set out as data.

The rules are those of IPython's input transformer
(https://ipython.readthedocs.io/en/stable/config/inputtransforms.html). IPython itself is not
imported: it would be half of the start-up time.

Before:
    %matplotlib inline
    files = !ls {folder}
After:
    get_ipython().run_line_magic('matplotlib', 'inline')
    files = get_ipython().getoutput('ls {folder}')
"""

from __future__ import annotations

import ast
import re
import string
import textwrap
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace

from nb2pipe.notebook.logical_lines import LogicalLine, scan_logical_line
from nb2pipe.notebook.model import Magic, MagicKind, PythonSource

#: Cell magics whose body is Python that runs in the notebook's namespace.
_PYTHON_BODIES = frozenset({"time", "timeit", "capture", "prun"})

_PARSE_ONLY = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT

_BLANK = " \t\f\r"
_HELP_AT_END = re.compile(r"(%{0,2}(?!\d)[\w*]+(?:\.(?!\d)[\w*]+|\[-?\d+\])*)(\?\??)$")
_CELL_MAGIC_HELP = re.compile(r"%%\w+\?")
_CLASSIC_PROMPT = re.compile(r"^[ \t]*(?:>>>|\.\.\.)[ \t]?")
_IPYTHON_PROMPT = re.compile(r"^(?:(?:(?:\[nav\]|\[ins\])? )?In \[\d+\]: |\s*\.{3,}: ?)")
#: The first prompt of a pasted session, which Python takes for an annotation: `In [1]: x = 1`.
_SESSION = re.compile(r"\s*(?:\[(?:nav|ins)\] )?In \[\d+\]: ")
_SHELL_NAME = re.compile(r"\$(\$?[\w.]+)(?=(?:[^']*'[^']*')*[^']*$)")


def python_source(source: str) -> PythonSource:
    """Reads a code cell as Python: magics become calls, every line keeps its number.

    Args:
        source: The cell's text as it stands in the notebook.

    Returns:
        The text itself where it parses as Python. Else the text with its magics, shell commands,
        help requests, prompts and common indentation set right. What is no Python even then stays,
        for the caller to report (NB103). A cell magic below the first line that is not blank is a
        line magic whose name begins with `%`, as IPython has it: there is no such magic, so the
        cell fails where it runs.
    """
    if _parses(source) and not _SESSION.match(source):
        return PythonSource(source)
    text = _without_prompts(textwrap.dedent(source))
    first = _first_line(text)
    head = text[first:].split("\n", 1)[0]
    if head.startswith("%%") and not _CELL_MAGIC_HELP.match(head):
        return _cell_magic(text, first)
    return _line_magics(text)


def is_python_body(magic: Magic) -> bool:
    """Whether the body of a cell magic is Python that runs in the notebook's namespace."""
    return magic.kind is MagicKind.CELL and magic.name in _PYTHON_BODIES


def shell_variables(text: str) -> tuple[str, ...]:
    """Names that `$name` and `{expression}` in a shell command, or in a line magic's arguments, read.

    IPython expands all of them or, where one is no Python (`awk '{print $1}'`), none. `$$` and
    `{{` are escapes, and `$name` inside single quotes is the shell's.

    Args:
        text: The command, or the arguments.

    Returns:
        The names in order, each once, builtins included.
    """
    names: dict[str, None] = {}
    try:
        for field in _fields(text):
            names.update(dict.fromkeys(_free_names(ast.parse(field.strip(), mode="eval"))))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    return tuple(names)


def _fields(text: str) -> Iterator[str]:
    for literal, field, spec, _ in string.Formatter().parse(text):
        for match in _SHELL_NAME.finditer(literal):
            if not match[1].startswith("$"):
                yield match[1]
        if field is not None:
            yield f"{field}:{spec}" if spec else field


def _free_names(tree: ast.Expression) -> Iterator[str]:
    nodes = list(ast.walk(tree))
    names = [n for n in nodes if isinstance(n, ast.Name)]
    bound = {n.id for n in names if isinstance(n.ctx, ast.Store)}
    bound |= {n.arg for n in nodes if isinstance(n, ast.arg)}
    for name in sorted(names, key=lambda n: (n.lineno, n.col_offset)):
        if name.id not in bound:
            yield name.id


def _parses(text: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(text, "<cell>", "exec", _PARSE_ONLY)
        except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
            return False
    return True


def _first_line(text: str) -> int:
    """Where the first line that is not blank begins."""
    blank = len(text) - len(text.lstrip())
    return text.rfind("\n", 0, blank) + 1


def _cell_magic(text: str, first: int) -> PythonSource:
    above = text.count("\n", 0, first)
    head, newline, body = text[first:].partition("\n")
    name, _, arguments = head[2:].rstrip().partition(" ")
    magic = Magic(MagicKind.CELL, name, arguments, above + 1, body=body)
    if not is_python_body(magic):
        return PythonSource("\n" * text.count("\n"), (magic,))
    inner = python_source(body)
    shifted = (replace(m, line=m.line + above + 1) for m in inner.magics)
    return PythonSource("\n" * above + newline + inner.text, (magic, *shifted))


# --- Prompts -------------------------------------------------------------------------------------


def _without_prompts(text: str) -> str:
    """Strips the prompts of a pasted session: `>>> `, `... `, `In [1]: `, `   ...: `."""
    if ">>>" in text:
        text = _without_classic_prompts(text)
    lines = text.split("\n")
    if _IPYTHON_PROMPT.match(text[_first_line(text) :]):
        return "\n".join(_IPYTHON_PROMPT.sub("", line) for line in lines)
    return text


def _without_classic_prompts(text: str) -> str:
    pieces: list[str] = []
    prompted = False
    pos = 0
    while pos < len(text):
        end = min(scan_logical_line(text, pos).end + 1, len(text))
        piece = text[pos:end]
        prompted = prompted or piece.lstrip().startswith(">>>")
        if _CLASSIC_PROMPT.match(piece):
            piece = "\n".join(_CLASSIC_PROMPT.sub("", line) for line in piece.split("\n"))
        pieces.append(piece)
        pos = end
    return textwrap.dedent("".join(pieces)) if prompted else text


# --- Line magics ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Found:
    """A magic in the text: the call that stands for `text[start:end]`."""

    start: int
    end: int
    call: str
    magic: Magic


def _line_magics(text: str) -> PythonSource:
    pieces: list[str] = []
    magics: list[Magic] = []
    pos = 0
    while pos < len(text):
        logical = scan_logical_line(text, pos)
        found = _find_magic(text, pos, logical)
        if found is None:
            end = logical.end
            pieces.append(text[pos:end])
        else:
            end = found.end
            blank = "\n" * text.count("\n", found.start, end)
            pieces.append(text[pos : found.start] + found.call + blank)
            line = text.count("\n", 0, found.start) + 1
            magics.append(replace(found.magic, line=line))
        pieces.append(text[end : end + 1])
        pos = end + 1
    return PythonSource("".join(pieces), tuple(magics))


def _find_magic(text: str, pos: int, logical: LogicalLine) -> _Found | None:
    """The magic in the logical line at `pos`, in IPython's order: help, command, assignment."""
    start = _skip(text, pos, _BLANK)
    content = text[start : logical.end]
    if logical.last == "?" and (match := _HELP_AT_END.search(content.rstrip("\r"))):
        call, magic = _help(match[1], match[2])
        return _Found(start, logical.end, call, magic)
    if content[:1] in ("%", "!", "?"):
        end, command = _continued(text, start)
        call, magic = _command(command)
        return _Found(start, end, call, magic)
    if logical.value >= 0:
        return _assignment(text, pos, logical.value)
    return None


def _assignment(text: str, pos: int, value: int) -> _Found | None:
    value = _skip(text, value, _BLANK + "\\\n")
    rest = text[value : value + 80]
    if not (re.match(r"%[ \t]*[^\W\d]", rest) or re.match(r"!(?!=)", rest)):
        return None
    target = text[pos:value].rstrip(_BLANK + "\\\n").removesuffix("=").strip()
    end, command = _continued(text, value)
    if command[0] == "!":
        magic = Magic(MagicKind.SHELL, "", command[1:], 0, target)
        return _Found(value, end, _call("getoutput", command[1:]), magic)
    name, _, arguments = command[1:].partition(" ")
    magic = Magic(MagicKind.LINE, name, arguments, 0, target)
    return _Found(value, end, _call("run_line_magic", name, arguments), magic)


def _command(command: str) -> tuple[str, Magic]:
    if command.startswith("!!"):
        return _call("getoutput", command[2:]), Magic(MagicKind.SHELL, "", command[2:], 0)
    if command.startswith("!"):
        return _call("system", command[1:]), Magic(MagicKind.SHELL, "", command[1:], 0)
    if command.startswith("?"):
        mark = "??" if command.startswith("??") else "?"
        return _help(command[len(mark) :], mark)
    name, _, arguments = command[1:].partition(" ")
    return _call("run_line_magic", name, arguments), Magic(MagicKind.LINE, name, arguments, 0)


def _help(target: str, mark: str) -> tuple[str, Magic]:
    magic = Magic(MagicKind.HELP, "", target.strip(), 0)
    if not target:
        return _call("show_usage"), magic
    name = "pinfo2" if mark == "??" else "psearch" if "*" in target else "pinfo"
    return _call("run_line_magic", name, target), magic


def _call(method: str, *arguments: str) -> str:
    return f"get_ipython().{method}({', '.join(map(repr, arguments))})"


def _continued(text: str, start: int) -> tuple[int, str]:
    """Where the command at `start` ends, and its text with what backslashes join to it."""
    parts: list[str] = []
    pos = start
    while True:
        end = text.find("\n", pos)
        line = text[pos : end if end >= 0 else len(text)]
        if end in (-1, len(text) - 1) or not line.rstrip("\r").endswith("\\"):
            return pos + len(line), " ".join([*parts, line.rstrip()])
        parts.append(line.rstrip()[:-1])
        pos = end + 1


def _skip(text: str, pos: int, characters: str) -> int:
    while pos < len(text) and text[pos] in characters:
        pos += 1
    return pos
