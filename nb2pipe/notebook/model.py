"""A notebook as data: cells with their sources and tags, nothing executed, nothing lost."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


class CellKind(enum.Enum):
    """What a cell holds."""

    CODE = "code"
    MARKDOWN = "markdown"
    RAW = "raw"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a notebook.

    Attributes:
        number: Its place, from 1, markdown and raw cells included, as the notebook shows it.
        kind: Code, markdown or raw.
        source: The text as it stands in the notebook.
        tags: All tags as they stand, in order.
    """

    number: int
    kind: CellKind
    source: str
    tags: tuple[str, ...] = ()

    @property
    def is_code(self) -> bool:
        """Whether it is a code cell."""
        return self.kind is CellKind.CODE

    @property
    def is_empty(self) -> bool:
        """Whether it holds nothing but blanks."""
        return not self.source.strip()


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook as read.

    Attributes:
        name: File name without its suffix.
        folder: Absolute path of the folder that holds it: relative paths in its code start there.
        file: File name with its suffix.
        cells: All cells in order.
        language: Language of the code cells, `python` where the file does not say.
        kernel: Name of the kernel specification, `python3` where the file does not say.
        metadata: The `nb2pipe` part of the notebook's metadata (options kept in the notebook).
    """

    name: str
    folder: str
    file: str
    cells: tuple[Cell, ...]
    language: str = "python"
    kernel: str = "python3"
    metadata: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


class MagicKind(enum.Enum):
    """What to do with a line or cell that is IPython's, not Python's."""

    LINE = "line"  # %name rest
    CELL = "cell"  # %%name rest, body
    SHELL = "shell"  # !command
    HELP = "help"  # obj? ?obj obj??


@dataclass(frozen=True, slots=True)
class Magic:
    """A magic in a code cell.

    Attributes:
        kind: Line magic, cell magic, shell command or help.
        name: Name without percent signs, such as `matplotlib`; empty for shell and help.
        arguments: The rest of the line, as it stands.
        line: Line inside the cell, from 1.
        target: Text before `=` for `x = %magic` and `x = !cmd`, else empty.
        body: The lines below a cell magic.
    """

    kind: MagicKind
    name: str
    arguments: str
    line: int
    target: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class PythonSource:
    """A code cell as Python that `ast` reads, each line at its place in the cell.

    A line magic stands as `get_ipython().run_line_magic('name', 'arguments')`, a shell command as
    `get_ipython().system('command')` (assigned: `get_ipython().getoutput('command')`), help as
    `get_ipython().run_line_magic('pinfo', 'name')`, each on the first line of the original with the
    following physical lines of the same logical line left blank; so a line in a syntax tree is a line of the cell. A cell magic whose body is
    Python that runs in the notebook's namespace (`%%time`, `%%timeit`, `%%capture`, `%%prun`) is blanked in its first line and its
    body kept; any other cell magic leaves every line blank.

    Attributes:
        text: The Python text; as many lines as the cell has.
        magics: The magics, in order.
    """

    text: str
    magics: tuple[Magic, ...] = ()

    @property
    def cell_magic(self) -> Magic | None:
        """The cell magic that the cell begins with, if there is one."""
        return self.magics[0] if self.magics and self.magics[0].kind is MagicKind.CELL else None
