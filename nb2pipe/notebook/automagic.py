"""Magics that are written without their `%`: `pwd`, `ls -l data`, `cd data`.

IPython takes a cell of one line for a magic where its first word is one and no variable has that name
(https://ipython.readthedocs.io/en/stable/interactive/magics.html#magic-automagic). Here such cells get their `%`, so that the
rest of nb2pipe sees a magic, and a project has it where the cell has more than one line.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import replace

from nb2pipe.notebook.magics import python_source
from nb2pipe.notebook.model import Notebook

_WORD = re.compile(r"\s*([A-Za-z_]\w*)(?![\w.])(.*)$")
#: What makes the line an assignment or a call, whatever its first word.
_NO_MAGIC = re.compile(r"\s*(?:=(?!=)|[-+*/%&|^@]=|//=|\*\*=|<<=|>>=|:=|\(|\[|\.|,)")
#: Line magics of IPython and of its kernel, with the shell's commands that they give names to.
_MAGICS = """
    alias alias_magic autoawait autocall automagic autosave bookmark cat cd clear colors conda config connect_info
    cp debug dhist dirs doctest_mode ed edit env gui hist history killbgscripts ldir less lf lk ll load load_ext
    loadpy logoff logon logstart logstate logstop ls lsmagic lx macro magic mamba man matplotlib micromamba mkdir
    more mv notebook page pastebin pdb pdef pdoc pfile pinfo pinfo2 pip popd pprint precision prun psearch psource
    pushd pwd pycat pylab qtconsole quickref recall rehashx reload_ext rep rerun reset reset_selective rm rmdir run
    save sc set_env store sx system tb time timeit unalias unload_ext uv who who_ls whos xdel xmode
"""
_KNOWN = frozenset(_MAGICS.split())


def name_magics(notebook: Notebook) -> Notebook:
    """The notebook with a `%` before each magic that has none."""
    found = {cell.number: magic for cell in notebook.cells if cell.is_code and (magic := _magic_of(cell.source))}
    bound = _bound_names(cell.source for cell in notebook.cells if cell.is_code) if found else None
    if bound is None:
        return notebook
    named = {number for number, magic in found.items() if magic not in bound}
    cells = (replace(c, source=f"%{c.source.lstrip()}") if c.number in named else c for c in notebook.cells)
    return replace(notebook, cells=tuple(cells))


def _magic_of(source: str) -> str:
    """The magic that a cell of one line begins with, as far as its text says; empty for none."""
    if len(source.splitlines()) != 1:
        return ""
    match = _WORD.match(source)
    return match[1] if match is not None and match[1] in _KNOWN and not _NO_MAGIC.match(match[2]) else ""


def _bound_names(sources: Iterable[str]) -> set[str] | None:
    """All names that cells bind anywhere; `None` where a star import may bind any."""
    names: set[str] = set()
    for source in sources:
        try:
            tree = ast.parse(python_source(source).text)
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                names.add(node.id)
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                names.add(node.name)
            elif isinstance(node, ast.alias):
                names.add(node.asname or node.name.split(".")[0])
    return None if "*" in names else names
