"""Magics: what must not change, what IPython makes of the rest, and what shell commands read."""

from __future__ import annotations

import ast
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager

from nb2pipe.notebook import logical_lines
from nb2pipe.notebook.magics import is_python_body, python_source, shell_variables
from nb2pipe.notebook.model import Magic, MagicKind

LINE, CELL, SHELL, HELP = MagicKind.LINE, MagicKind.CELL, MagicKind.SHELL, MagicKind.HELP

UNCHANGED = {
    "empty": "",
    "blank lines": "\n\n  \n",
    "comment that looks like a magic": "# %matplotlib inline\nx = 1",
    "percent at the beginning of a continued line": "x = (7\n% 3)",
    "percent after a backslash": "x = 7 \\\n% 3",
    "magics in a string": 's = """\n%time\n!ls\nobj?\n"""',
    "magics in an f-string": 's = f"""\n%time {1}\n!ls\n"""',
    "question mark in a comment": "x = 1  # really?",
    "not equal": "x = 1\nx != 2",
    "ellipsis": "...",
    "top-level await": "await f()\nasync for x in y:\n    pass",
    "invalid escape, which only warns": "s = '\\d'",
    "doctest in a docstring": 'def f():\n    """\n    >>> f()\n    """',
    "carriage returns": "x = 1\r\ny = 2\r\n",
    "unicode": "größe = 1\nprint('π')",
}


@pytest.mark.parametrize("source", UNCHANGED.values(), ids=UNCHANGED)
def test_cells_that_parse_stay(source: str) -> None:
    read = python_source(source)
    assert read.text == source
    assert read.magics == ()


BROKEN = {
    "python 2": "print 'x'",
    "autocall with comma": ",f a b",
    "autocall with slash": "/f a b",
    "autocall with semicolon": ";f a b",
    "help on a call": "f(1)?",
    "shell in one line with if": "if x: !ls",
    "unterminated triple quote": 'x = """abc\n%time\n',
    "unbalanced": "x = (1\n%time\n",
    "null byte": "x = 1\0",
    "lone surrogate": "x = '\ud800'",
}


@pytest.mark.parametrize("source", BROKEN.values(), ids=BROKEN)
def test_what_is_no_python_stays_for_the_caller_to_report(source: str) -> None:
    read = python_source(source)
    assert read.text == source
    assert read.magics == ()


#: name: source, text, magics as (kind, name, arguments, line, target)
REWRITTEN = {
    "line magic": (
        "%matplotlib inline\nx = 1",
        "get_ipython().run_line_magic('matplotlib', 'inline')\nx = 1",
        [(LINE, "matplotlib", "inline", 1, "")],
    ),
    "magic in a block": (
        "if x:\n    %time f(1)\nelse:\n\t!ls -l",
        "if x:\n    get_ipython().run_line_magic('time', 'f(1)')\nelse:\n\tget_ipython().system('ls -l')",
        [(LINE, "time", "f(1)", 2, ""), (SHELL, "", "ls -l", 4, "")],
    ),
    "captured shell": (
        "files = !ls {d}",
        "files = get_ipython().getoutput('ls {d}')",
        [(SHELL, "", "ls {d}", 1, "files")],
    ),
    "shell that shows a list": (
        "!!ls",
        "get_ipython().getoutput('ls')",
        [(SHELL, "", "ls", 1, "")],
    ),
    "assigned magic": (
        "a, b[0] = %timeit -o f(x=1)",
        "a, b[0] = get_ipython().run_line_magic('timeit', '-o f(x=1)')",
        [(LINE, "timeit", "-o f(x=1)", 1, "a, b[0]")],
    ),
    "value on the next line": (
        "x = \\\n  !ls",
        "x = \\\n  get_ipython().getoutput('ls')",
        [(SHELL, "", "ls", 2, "x")],
    ),
    "continued command": (
        "!echo a \\\n  b\\\n  c\ny = 1",
        "get_ipython().system('echo a    b   c')\n\n\ny = 1",
        [(SHELL, "", "echo a    b   c", 1, "")],
    ),
    "help behind": (
        "x = 1\nnp.sum?",
        "x = 1\nget_ipython().run_line_magic('pinfo', 'np.sum')",
        [(HELP, "", "np.sum", 2, "")],
    ),
    "help before": (
        "?np.sum\n??f\n?\nnp.*s?",
        "get_ipython().run_line_magic('pinfo', 'np.sum')\n"
        "get_ipython().run_line_magic('pinfo2', 'f')\n"
        "get_ipython().show_usage()\n"
        "get_ipython().run_line_magic('psearch', 'np.*s')",
        [
            (HELP, "", "np.sum", 1, ""),
            (HELP, "", "f", 2, ""),
            (HELP, "", "", 3, ""),
            (HELP, "", "np.*s", 4, ""),
        ],
    ),
    "prompts": (
        ">>> x = 1\n>>> for i in x:\n...     pass\n",
        "x = 1\nfor i in x:\n    pass\n",
        [],
    ),
    "common indentation": ("  x = 1\n  y = 2", "x = 1\ny = 2", []),
    "cell magic below the first line": (
        "# a comment\n%%time\nx = 1",
        "# a comment\nget_ipython().run_line_magic('%time', '')\nx = 1",
        [(LINE, "%time", "", 2, "")],
    ),
    "magic with odd quotes": (
        '!echo don\'t\nx = 1\n!echo """\ny = 2',
        'get_ipython().system("echo don\'t")\nx = 1\nget_ipython().system(\'echo """\')\ny = 2',
        [(SHELL, "", "echo don't", 1, ""), (SHELL, "", 'echo """', 3, "")],
    ),
}


@pytest.mark.parametrize(("source", "text", "magics"), REWRITTEN.values(), ids=REWRITTEN)
def test_magics_become_calls(source: str, text: str, magics: list[tuple[MagicKind, str, str, int, str]]) -> None:
    read = python_source(source)
    assert read.text == text
    assert [(m.kind, m.name, m.arguments, m.line, m.target) for m in read.magics] == magics
    assert read.cell_magic is None
    ast.parse(read.text)


@pytest.mark.parametrize("name", ["time", "timeit", "capture", "prun"])
def test_python_bodies_stay(name: str) -> None:
    read = python_source(f"\n%%{name} out\nx = 1\n%load_ext a\n")
    assert read.text == "\n\nx = 1\nget_ipython().run_line_magic('load_ext', 'a')\n"
    magic = Magic(CELL, name, "out", 2, body="x = 1\n%load_ext a\n")
    assert read.magics == (magic, Magic(LINE, "load_ext", "a", 4))
    assert read.cell_magic == magic
    assert is_python_body(magic)


def test_cell_magics_nest() -> None:
    read = python_source("%%capture\n%%time\nx = 1")
    assert read.text == "\n\nx = 1"
    assert [(m.kind, m.name, m.line) for m in read.magics] == [
        (CELL, "capture", 1),
        (CELL, "time", 2),
    ]


@pytest.mark.parametrize("name", ["bash", "writefile a.py", "html", "R", "javascript", "sql"])
def test_other_bodies_are_blank(name: str) -> None:
    read = python_source(f"%%{name}\nx = 1\n!ls\n")
    assert read.text == "\n\n\n"
    assert [m.kind for m in read.magics] == [CELL]
    assert read.magics[0].body == "x = 1\n!ls\n"
    assert not is_python_body(read.magics[0])


def test_a_line_magic_has_no_body() -> None:
    assert not is_python_body(Magic(LINE, "time", "f()", 1))


AS_IPYTHON = [
    "%matplotlib inline",
    "%  matplotlib inline",
    "%%time?",
    "%time?",
    "%time f(x)  # what?",
    "!ls?",
    "x = foo.bar[0]?",
    "foo??",
    "foo? # comment",
    "x: int = %env HOME",
    "x = y = %env HOME",
    "x += %env HOME",
    "f(x=!ls)",
    "if a == b:\n    x = !ls\n    y = %pwd\nz = 1",
    "for i in range(3):\n    !echo {i}\n    %time f(i)\n",
    "def f():\n    '''\n    %time\n    '''\n    %time g()\n",
    's = f"""\n%time {x!r:>{w}}\n"""\n!ls',
    "s = 'it''s' \"%\"\n!ls",
    "x = [\n    1,  # (\n    2]\n%time x",
    "d = {'a': 1}\n\n\n%time d\n\nd?",
    "    x = 1\n    %time x",
    ">>> x = 1\n>>> %time x\n",
    "In [1]: x = 1\nIn [2]: %time x",
    "In [1]: for i in x:\n   ...:     %time i",
    "!cat <<EOF \\\n  a \\\n  b",
    "%time x = \\\n    1",
    "x = !ls -l | grep \"a b\" | awk '{print $1}'",
    "@d\ndef f(): pass\n%time f()",
    "x = 1;\n%time x;",
    "!  ls",
    "?  x",
    "%cd ..",
    "!",
    "%",
    "x = lambda a=1: a\n%time x()",
    "r'\\'\n!ls",
    "x = rb'\\''\n!ls",
    "try:\n    import a\nexcept ImportError:\n    !pip install a\n    import a",
    "x = !ls\n\n!!ls\n?x\nx??",
    "x <= 1\ny = x == 1\n!ls",
    "class A:\n    %time x = 1\n    def f(self):\n        !ls\n        return 1\n",
]


@pytest.mark.parametrize("source", AS_IPYTHON)
def test_python_is_what_ipython_runs(source: str) -> None:
    assert _tree(python_source(source).text) == _tree(TransformerManager().transform_cell(source))


def _tree(text: str) -> str:
    try:
        return ast.dump(ast.parse(text))
    except SyntaxError:
        return "no Python"


#: What stands after the first string of the text, where strings nest as they do since Python 3.12.
AFTER_STRING = {
    "same quotes inside": ('f"{d["a"]}" x', " x"),
    "newline inside braces": ('f"{\n1}" x', " x"),
    "format specification": ('f"{x:{"<"}>{w}}" x', " x"),
    "doubled braces": ('f"{{" x', " x"),
    "named character": ('f"\\N{LEFT CURLY BRACKET}" x', " x"),
    "raw": ('rf"\\N{x["a"]}" x', " x"),
    "escaped quote": ('f"\\"{x}" x', " x"),
    "comment inside": ('f"""{x  # "}\n}""" x', " x"),
    "template": ('t"{d["a"]}" x', " x"),
    "no f-string": ('"{d["a"]}" x', 'a"]}" x'),
    "not closed": ('f"{{ x\ny', "\ny"),
    "field not closed": ('f"{ x', ""),
}


@pytest.mark.parametrize(("text", "rest"), AFTER_STRING.values(), ids=AFTER_STRING)
def test_strings_of_python_312(text: str, rest: str) -> None:
    end = logical_lines._string_end(text, text.index('"'), True)
    assert text[end:] == rest


VARIABLES = {
    "none": ("ls -l", ()),
    "braces": ("ls {folder}/{name}", ("folder", "name")),
    "dollar": ("ls $folder $a.b", ("folder", "a")),
    "expression": ("echo {f(x)[1:2]} {y!r}", ("f", "x", "y")),
    "comprehension": ("echo {[i + k for i in xs]} {(lambda q: q)(1)}", ("k", "xs")),
    "escapes": ("echo $$HOME {{x}}", ()),
    "single quotes": ("echo '$x' $y", ("y",)),
    "awk": ("awk '{print $1}' $file", ()),
    "lone brace": ("echo }", ()),
    "empty braces": ("echo {} $x", ()),
    "each once": ("echo $x {x}", ("x",)),
    "number": ("echo $1", ()),
}


@pytest.mark.parametrize(("text", "names"), VARIABLES.values(), ids=VARIABLES)
def test_names_that_a_command_reads(text: str, names: tuple[str, ...]) -> None:
    assert shell_variables(text) == names


LINES = st.sampled_from(
    [
        "",
        "x = 1",
        "%time x",
        "!ls {x}",
        "y = !ls \\",
        "    z = 2",
        "if x:",
        "%%time",
        "%%bash",
        "obj?",
        '"""',
        "'",
        "(",
        ")",
        "# c",
        ">>> a",
        "... b",
        "In [1]: c",
        "f'{x}'",
        "\\",
        "\t%pwd",
        "=",
    ]
)


@given(st.lists(LINES).map("\n".join) | st.text())
def test_lines_keep_their_number(source: str) -> None:
    read = python_source(source)
    assert read.text.count("\n") == source.count("\n")
    assert all(1 <= m.line <= source.count("\n") + 1 for m in read.magics)


@given(st.lists(LINES).map("\n".join) | st.text())
def test_cells_that_parse_never_change(source: str) -> None:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError):
        return
    if not re.search(r"^\s*In \[\d+\]:", source, re.MULTILINE):  # a prompt, which reads as an annotation
        assert python_source(source).text == source


@given(st.lists(LINES).map("\n".join))
def test_reading_twice_changes_nothing(source: str) -> None:
    text = python_source(source).text
    if _tree(text) != "no Python":
        assert python_source(text).text == text


@given(st.text())
def test_variables_of_any_text(text: str) -> None:
    assert len(set(shell_variables(text))) == len(shell_variables(text))
