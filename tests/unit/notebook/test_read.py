"""Reading: every format, what is tolerated, and what is refused with which remedy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nb2pipe.diagnostics import Diagnostic, Nb2pipeError
from nb2pipe.notebook.model import Cell, CellKind, Notebook
from nb2pipe.notebook.quarto import parse_quarto
from nb2pipe.notebook.read import read_notebook

CODE, MARKDOWN, RAW = CellKind.CODE, CellKind.MARKDOWN, CellKind.RAW


def saved(folder: Path, content: object, name: str = "sales.ipynb") -> Path:
    """Writes a file: JSON of an object, or text, or bytes."""
    path = folder / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


def ipynb(*cells: object, **metadata: object) -> dict[str, object]:
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": list(cells)}


def cell(source: object = "x = 1", kind: object = "code", **metadata: object) -> dict[str, object]:
    return {"cell_type": kind, "source": source, "metadata": metadata, "outputs": [], "execution_count": None}


def refused(path: Path) -> Diagnostic:
    before = path.read_bytes() if os.path.isfile(path) else b""
    with pytest.raises(Nb2pipeError) as caught:
        read_notebook(path)
    assert before == (path.read_bytes() if os.path.isfile(path) else b"")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.is_error
    assert diagnostic.help
    return diagnostic


def sources(book: Notebook) -> list[tuple[CellKind, str, tuple[str, ...]]]:
    return [(c.kind, c.source, c.tags) for c in book.cells]


# --- .ipynb --------------------------------------------------------------------------------------


def test_a_notebook(tmp_path: Path) -> None:
    content = ipynb(
        cell("# Title", "markdown"),
        cell(["x = 1\n", "y = 2"], tags=["stage:a", "other"]),
        cell("raw", "raw"),
        kernelspec={"name": "py312", "language": "python", "display_name": "Python"},
        nb2pipe={"style": "notebook"},
    )
    book = read_notebook(saved(tmp_path, content))
    assert (book.name, book.file, book.folder) == ("sales", "sales.ipynb", str(tmp_path))
    assert (book.language, book.kernel) == ("python", "py312")
    assert dict(book.metadata) == {"style": "notebook"}
    assert book.cells == (
        Cell(1, MARKDOWN, "# Title"),
        Cell(2, CODE, "x = 1\ny = 2", ("stage:a", "other")),
        Cell(3, RAW, "raw"),
    )


def test_sources_stay_as_they_are(tmp_path: Path) -> None:
    odd = "x = 'ü\t'\r\n\n  # ☃ \x0c\n%time\n"
    assert read_notebook(saved(tmp_path, ipynb(cell(odd)))).cells[0].source == odd


def test_the_file_is_not_touched(tmp_path: Path) -> None:
    path = saved(tmp_path, ipynb(cell()))
    path.chmod(0o444)
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    read_notebook(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert os.listdir(tmp_path) == ["sales.ipynb"]


def test_a_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(tmp_path, ipynb(cell()))
    monkeypatch.chdir(tmp_path)
    assert read_notebook("sales.ipynb").folder == str(tmp_path)


TOLERATED = {
    "no metadata": {"nbformat": 4, "cells": [{"cell_type": "code", "source": "x"}]},
    "no format": {"cells": [{"cell_type": "code", "source": "x"}]},
    "metadata is null": {
        "nbformat": 4,
        "metadata": None,
        "cells": [{"cell_type": "code", "source": "x", "metadata": None}],
    },
    "tags are null": ipynb(cell("x", tags=None)),
    "tags are a mapping": ipynb(cell("x", tags={"a": 1})),
    "tags are no text": ipynb(cell("x", tags=[1, None])),
    "kernelspec is a list": ipynb(cell("x"), kernelspec=[]),
    "later minor format": {"nbformat": 4, "nbformat_minor": 99, "metadata": {}, "cells": [cell("x")]},
}


@pytest.mark.parametrize("content", TOLERATED.values(), ids=TOLERATED)
def test_what_is_tolerated(tmp_path: Path, content: object) -> None:
    assert sources(read_notebook(saved(tmp_path, content))) == [(CODE, "x", ())]


def test_a_tag_that_is_no_list_and_a_source_that_is_missing(tmp_path: Path) -> None:
    content = ipynb({"cell_type": "code", "metadata": {"tags": "parameters"}})
    assert sources(read_notebook(saved(tmp_path, content))) == [(CODE, "", ("parameters",))]


def test_byte_order_mark(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + json.dumps(ipynb(cell("x"))).encode()
    assert len(read_notebook(saved(tmp_path, content)).cells) == 1


def test_format_3(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "heading", "level": 2, "source": "Load", "metadata": {}},
        {
            "cell_type": "code",
            "language": "python",
            "input": ["x = 1\n", "y"],
            "outputs": [],
            "metadata": {"tags": ["a"]},
        },
    ]
    content = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": cells}]}
    book = read_notebook(saved(tmp_path, content))
    assert sources(book) == [(MARKDOWN, "## Load", ()), (CODE, "x = 1\ny", ("a",))]


BROKEN = {
    "empty": ("", "NB101", "is empty"),
    "blank": (" \n", "NB101", "is empty"),
    "not JSON": ('{"cells": [}', "NB101", "is not JSON: Expecting value in line 1, column 12"),
    "cut off": ('{"cells": [', "NB101", "is not JSON"),
    "a list": ("[]", "NB101", "no notebook"),
    "no cells": ("{}", "NB101", "has no `cells`"),
    "other JSON": ('{"a": 1, "nbformat": 4}', "NB101", "`cells` is not a list"),
    "cells are text": ('{"nbformat": 4, "cells": "x"}', "NB101", "`cells` is not a list"),
    "cell is text": ({"cells": ["x"]}, "NB101", "cell 1 of `sales.ipynb` is not an object"),
    "unknown cell": (ipynb(cell(), cell(kind="sql")), "NB101", "cell 2 of `sales.ipynb` is neither"),
    "cell type is a list": (ipynb(cell(kind=[])), "NB101", "cell 1 of `sales.ipynb` is neither"),
    "source is a number": (ipynb(cell(3)), "NB101", "the source of cell 1"),
    "source has a number": (ipynb(cell(["a", 3])), "NB101", "the source of cell 1"),
    "deep": ("[" * 100_000, "NB101", "is not JSON"),
    "format 3 without worksheets": ({"nbformat": 3}, "NB101", "missing an expected key: worksheets"),
    "format of the future": ({"nbformat": 5, "cells": []}, "NB101", "Unsupported nbformat version 5"),
    "worksheet is a number": ({"nbformat": 3, "worksheets": [3]}, "NB101", "broken notebook"),
    "git lfs": ("version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "NB101", "Git LFS pointer"),
    "web page": ("\n<!DOCTYPE html>\n<html></html>", "NB101", "a web page"),
    "conflict": ('{\n<<<<<<< HEAD\n "cells": []\n=======\n>>>>>>> x\n}', "NB101", "merge conflict"),
    "latin-1": ("{'ü'}".encode("latin-1"), "NB105", "is not UTF-8: byte 0xfc in line 1"),
    "utf-16": ('{"cells": []}'.encode("utf-16"), "NB105", "is not UTF-8"),
}


@pytest.mark.parametrize(("content", "code", "message"), BROKEN.values(), ids=BROKEN)
def test_broken_files(tmp_path: Path, content: object, code: str, message: str) -> None:
    diagnostic = refused(saved(tmp_path, content))
    assert diagnostic.code == code
    assert message in diagnostic.message
    assert "sales.ipynb" in diagnostic.message


def test_missing_file_with_a_likely_one(tmp_path: Path) -> None:
    saved(tmp_path, ipynb(cell()))
    diagnostic = refused(tmp_path / "slaes.ipynb")
    assert diagnostic.code == "NB105"
    assert "there is no file" in diagnostic.message
    assert diagnostic.help == "did you mean `sales.ipynb`?"


def test_missing_file_and_folder(tmp_path: Path) -> None:
    assert refused(tmp_path / "x.ipynb").help == "check the path"
    assert "cannot be listed" in refused(tmp_path / "no" / "x.ipynb").help


def test_a_folder(tmp_path: Path) -> None:
    saved(tmp_path, ipynb(cell()))
    diagnostic = refused(tmp_path)
    assert diagnostic.code == "NB105"
    assert "is a folder" in diagnostic.message
    assert f"{tmp_path.name}/sales.ipynb" in diagnostic.help


def test_paths_that_cannot_be(tmp_path: Path) -> None:
    assert refused(tmp_path / ("x" * 300 + ".ipynb")).code == "NB105"
    with pytest.raises(Nb2pipeError) as caught:
        read_notebook("a\0b.ipynb")
    assert caught.value.diagnostics[0].code == "NB105"


def test_a_file_below_a_file(tmp_path: Path) -> None:
    path = saved(tmp_path, ipynb(cell())) / "x.ipynb"
    assert refused(path).code == "NB105"


def test_an_unknown_suffix(tmp_path: Path) -> None:
    diagnostic = refused(saved(tmp_path, "x = 1", "sales.txt"))
    assert diagnostic.code == "NB101"
    assert "`.ipynb`" in diagnostic.help


def test_json_under_another_suffix(tmp_path: Path) -> None:
    assert len(read_notebook(saved(tmp_path, ipynb(cell()), "sales.json")).cells) == 1


# --- Languages -----------------------------------------------------------------------------------

PYTHON = {
    "nothing said": {},
    "kernelspec": {"kernelspec": {"language": "python", "name": "x"}},
    "python 2": {"kernelspec": {"language": "Python2"}},
    "language_info": {"language_info": {"name": "python"}},
    "ipython": {"language_info": {"name": "ipython"}},
    "kernel of an environment": {"kernelspec": {"name": "conda-env-sales-py"}},
    "kernel of a person": {"kernelspec": {"name": "irene"}},
    "julia's environment, in Python": {"kernelspec": {"name": "julia", "language": "python"}},
}


@pytest.mark.parametrize("metadata", PYTHON.values(), ids=PYTHON)
def test_python(tmp_path: Path, metadata: dict[str, object]) -> None:
    assert read_notebook(saved(tmp_path, ipynb(cell(), **metadata))).language == "python"


OTHER = {
    "kernelspec": ({"kernelspec": {"language": "R", "name": "ir"}}, "R"),
    "language_info": ({"language_info": {"name": "julia"}}, "julia"),
    "name of the kernel": ({"kernelspec": {"name": "ir"}}, "R"),
    "name with a version": ({"kernelspec": {"name": "julia-1.10"}}, "Julia"),
    "kernelspec before language_info": (
        {"kernelspec": {"language": "scala"}, "language_info": {"name": "python"}},
        "scala",
    ),
}


@pytest.mark.parametrize(("metadata", "language"), OTHER.values(), ids=OTHER)
def test_other_languages(tmp_path: Path, metadata: dict[str, object], language: str) -> None:
    diagnostic = refused(saved(tmp_path, ipynb(cell(), **metadata)))
    assert diagnostic.code == "NB102"
    assert f"written in {language}" in diagnostic.message


# --- Text formats --------------------------------------------------------------------------------

TEXTS = {
    "percent.py": '# %% [markdown]\n# # Load\n\n# %% tags=["stage:load"]\n# %matplotlib inline\nx = 1\n# !ls\n',
    "hydrogen.py": '# %% [markdown]\n# # Load\n\n# %% tags=["stage:load"]\n%matplotlib inline\nx = 1\n!ls\n',
    "light.py": '# # Load\n\n# + tags=["stage:load"]\n# %matplotlib inline\nx = 1\n# !ls\n',
    "markdown.md": '# Load\n\n```python tags=["stage:load"]\n%matplotlib inline\nx = 1\n!ls\n```\n',
    "rmarkdown.Rmd": '# Load\n\n```{python tags=c("stage:load")}\n%matplotlib inline\nx = 1\n!ls\n```\n',
    "myst.md": (
        "---\njupytext:\n  text_representation:\n    extension: .md\n    format_name: myst\n"
        "kernelspec:\n  display_name: Python 3\n  language: python\n  name: python3\n---\n\n"
        "# Load\n\n```{code-cell} ipython3\n:tags: [stage:load]\n\n%matplotlib inline\nx = 1\n!ls\n```\n"
    ),
    "quarto.qmd": "# Load\n\n```{python}\n%matplotlib inline\nx = 1\n!ls\n```\n",
}


@pytest.mark.parametrize("name", TEXTS)
def test_text_formats(tmp_path: Path, name: str) -> None:
    path = saved(tmp_path, TEXTS[name], name)
    book = read_notebook(path)
    tags = () if name.endswith(".qmd") else ("stage:load",)
    assert sources(book) == [(MARKDOWN, "# Load", ()), (CODE, "%matplotlib inline\nx = 1\n!ls", tags)]
    assert (book.name, book.file, book.language) == (path.stem, name, "python")
    assert path.read_text("utf-8") == TEXTS[name]


def test_sphinx_gallery(tmp_path: Path) -> None:
    ruler = "#" * 79
    text = f'"""\nTitle\n=====\n"""\nx = 1\n\n{ruler}\n# Clean\n\ny = 2\n\n{ruler}\n# End\n'
    book = read_notebook(saved(tmp_path, text, "s.py"))
    assert [(c.kind, c.source) for c in book.cells if "%matplotlib" not in c.source] == [
        (MARKDOWN, "Title\n====="),
        (CODE, "x = 1"),
        (MARKDOWN, "Clean"),
        (CODE, "y = 2"),
        (MARKDOWN, "End"),
    ]


def test_a_plain_script(tmp_path: Path) -> None:
    book = read_notebook(saved(tmp_path, "import a\n\nx = 1\n", "script.py"))
    assert "".join(c.source for c in book.cells) == "import ax = 1"


def test_code_that_r_markdown_does_not_run_is_skipped(tmp_path: Path) -> None:
    book = read_notebook(saved(tmp_path, "```{python, eval=FALSE}\nx = 1\n```\n", "a.Rmd"))
    assert book.cells[0].tags == ("skip",)


@pytest.mark.parametrize("name", ["a.Rmd", "a.qmd"])
def test_documents_in_r(tmp_path: Path, name: str) -> None:
    diagnostic = refused(saved(tmp_path, "# Load\n\n```{r}\nx <- 1\n```\n", name))
    assert diagnostic.code == "NB102"


def test_broken_text(tmp_path: Path) -> None:
    text = TEXTS["myst.md"].replace("  display_name: Python 3\n", "")
    diagnostic = refused(saved(tmp_path, text, "a.md"))
    assert diagnostic.code == "NB101"
    assert "display_name" in diagnostic.message
    assert "jupytext --to ipynb a.md" in diagnostic.help


def test_without_jupytext(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jupytext", None)
    diagnostic = refused(saved(tmp_path, "x = 1", "a.py"))
    assert diagnostic.code == "NB105"
    assert "pip install jupytext" in diagnostic.help


# --- Quarto --------------------------------------------------------------------------------------


def quarto(text: str) -> list[tuple[object, object, object]]:
    cells = parse_quarto(text)["cells"]
    assert isinstance(cells, list)
    return [(c["cell_type"], c["source"], c["metadata"]["tags"]) for c in cells]


QUARTO = {
    "only text": ("a\n\nb\n", [("markdown", "a\n\nb", [])]),
    "other fences are text": (
        "```python\nx\n```\n\n```{.python}\ny\n```\n```{{python}}\nz\n```",
        [("markdown", "```python\nx\n```\n\n```{.python}\ny\n```\n```{{python}}\nz\n```", [])],
    ),
    "a chunk in a longer fence is text": (
        "````\n```{python}\nx\n```\n````",
        [("markdown", "````\n```{python}\nx\n```\n````", [])],
    ),
    "diagrams are text": (
        "```{mermaid}\na-->b\n```\n```{python}\nx\n```",
        [("markdown", "```{mermaid}\na-->b\n```", []), ("code", "x", [])],
    ),
    "front matter": (
        "---\ntitle: T\njupyter: python3\n---\n\n# H\n",
        [("raw", "---\ntitle: T\njupyter: python3\n---", []), ("markdown", "# H", [])],
    ),
    "options": (
        "```{python}\n#| tags: [parameters, 'stage:a']\n#| label: fig\nx = 1\n\ny\n```",
        [("code", "#| tags: [parameters, 'stage:a']\n#| label: fig\nx = 1\n\ny", ["parameters", "stage:a"])],
    ),
    "one tag": ("```{python}\n#| tags: stage:a\n```", [("code", "#| tags: stage:a", ["stage:a"])]),
    "not run": ("```{python}\n#| eval: false\nx\n```", [("code", "#| eval: false\nx", ["skip"])]),
    "broken options": ("```{python}\n#| tags: [a\nx\n```", [("code", "#| tags: [a\nx", [])]),
    "attributes": ("```{python #fig-a .b}\nx\n```", [("code", "x", [])]),
    "tildes, indented, not closed": ("  ~~~{python}\n  x\n    y", [("code", "x\n  y", [])]),
    "fences inside a string": ('```{python}\ns = """\n~~~\n"""\n```', [("code", 's = """\n~~~\n"""', [])]),
    "empty chunk": ("```{python}\n```", [("code", "", [])]),
}


@pytest.mark.parametrize(("text", "cells"), QUARTO.values(), ids=QUARTO)
def test_quarto(text: str, cells: list[tuple[str, str, list[str]]]) -> None:
    assert quarto(text) == cells


KERNELS = {
    "none": ("# x\n", {}),
    "name": ("---\njupyter: py312\n---\n", {"kernelspec": {"name": "py312"}}),
    "specification": (
        "---\njupyter:\n  kernelspec:\n    name: a\n    language: python\n---\n",
        {"kernelspec": {"name": "a", "language": "python"}},
    ),
    "broken front matter": ("---\na: [\n---\n", {}),
    "rule, no front matter": ("---\n\ntext\n", {}),
    "python among others": ("```{r}\n1\n```\n```{python}\n1\n```", {}),
    "no python": ("```{julia}\n1\n```", {"kernelspec": {"language": "julia"}}),
}


@pytest.mark.parametrize(("text", "metadata"), KERNELS.values(), ids=KERNELS)
def test_quarto_kernels(text: str, metadata: dict[str, object]) -> None:
    assert parse_quarto(text)["metadata"] == metadata


def test_windows_line_ends(tmp_path: Path) -> None:
    book = read_notebook(saved(tmp_path, b"# A\r\n\r\n```{python}\r\nx = 1\r\ny\r\n```\r\n", "a.qmd"))
    assert sources(book) == [(MARKDOWN, "# A", ()), (CODE, "x = 1\ny", ())]


# --- Start-up ------------------------------------------------------------------------------------


def test_reading_an_ipynb_imports_nothing_heavy(tmp_path: Path) -> None:
    path = saved(tmp_path, ipynb(cell("%time x")))
    program = (
        "import sys\n"
        "from nb2pipe.notebook.read import read_notebook\n"
        "from nb2pipe.notebook.tags import read_layout\n"
        "from nb2pipe.notebook.magics import python_source\n"
        "book = read_notebook(sys.argv[1])\n"
        "read_layout(book, lambda cell: False)\n"
        "python_source(book.cells[0].source)\n"
        "heavy = {'IPython', 'nbformat', 'jupytext', 'yaml', 'jsonschema'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    repository = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-S", "-c", program, str(path)],
        cwd=repository,
        env=os.environ | {"PYTHONPATH": str(repository)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"
