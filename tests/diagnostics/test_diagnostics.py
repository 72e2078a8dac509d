"""Every diagnostic: a broken notebook, the whole message, and a page that explains it.

A case `NBxxx_what_is_wrong.txt` holds a notebook in percent form, a line `# expect`, and all that nb2pipe says of it,
to the character. A first line `# raw` means that the text itself is the file. The first case of a code is the example
of its page: `python docs/generate.py` puts it there.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest

from nb2pipe.diagnostics import CODES, Diagnostic, Nb2pipeError
from nb2pipe.notebook.read import read_notebook
from nb2pipe.report import render_text

HERE = Path(__file__).parent
CASES = sorted(HERE.glob("NB*.txt"))
PAGES = HERE.parents[1] / "docs" / "diagnostics"

#: Codes that are about files and folders; test_places.py has their cases.
IN_PLACES = frozenset(("NB105", "NB315", "NB501", "NB502", "NB503", "NB504", "NB505", "NB506", "NB602", "NB603"))


def diagnose(notebook: Path) -> tuple[Diagnostic, ...]:
    """All that nb2pipe says of a notebook, whether it refuses it or not."""
    from nb2pipe.notebook.tags import read_layout
    from nb2pipe.options import Options

    try:
        if importlib.util.find_spec("nb2pipe.convert") is None:  # until the passes are there
            return read_layout(read_notebook(notebook), lambda cell: False).diagnostics
        from nb2pipe.convert import analyze

        return analyze(notebook, Options()).diagnostics
    except Nb2pipeError as error:
        return error.diagnostics


def write_notebook(text: str, folder: Path) -> Path:
    """The notebook of a case, as an .ipynb file named `notebook.ipynb`."""
    import jupytext

    path = folder / "notebook.ipynb"
    if text.startswith("# raw\n"):
        path.write_text(text.removeprefix("# raw\n"), encoding="utf-8")
    else:
        jupytext.write(jupytext.reads(text, fmt="py:percent"), path)
    return path


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_the_whole_message(case: Path, tmp_path: Path) -> None:
    text, _, expected = case.read_text(encoding="utf-8").partition("# expect\n")
    path = write_notebook(text, tmp_path)
    found = diagnose(path)
    try:
        sources = {cell.number: cell.source for cell in read_notebook(path).cells}
    except Nb2pipeError:
        sources = {}
    assert render_text(found, sources, path.name) == expected
    assert case.stem.partition("_")[0] in {d.code for d in found}


def test_every_code_has_a_case() -> None:
    cases = {case.stem.partition("_")[0] for case in CASES}
    assert cases <= set(CODES)
    assert set(CODES) - cases == IN_PLACES
    tested = (HERE / "test_places.py").read_text(encoding="utf-8")
    assert all(f"def test_{code.lower()}_" in tested for code in IN_PLACES)


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert {page.stem for page in PAGES.glob("*.md")} == set(CODES)


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_page_says_what_why_and_what_to_do(code: str) -> None:
    text = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    row = CODES[code]
    assert text.startswith(f"# {code}: {row.title}\n\nSeverity: {row.severity.value}\n\n")
    assert re.findall(r"^## (.*)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE) == [
        "Example",
        "Why",
        "What to do",
    ]
    assert f"```text\n{row.severity.value}[{code}]: " in text
    assert re.search(r"^## What to do\n\n- ", text, re.MULTILINE)


def test_what_is_generated_is_up_to_date() -> None:
    path = PAGES.parent / "generate.py"
    spec = importlib.util.spec_from_file_location("generate", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["generate"] = module
    spec.loader.exec_module(module)
    stale = [p.name for p, text in module.generate().items() if not p.exists() or p.read_text("utf-8") != text]
    assert stale == [], "run: python docs/generate.py"
