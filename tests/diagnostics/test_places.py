"""Diagnostics that are not about the notebook's text but about files and folders: the code, the place, the remedy."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

import nb2pipe
from nb2pipe.diagnostics import Diagnostic, Nb2pipeError
from nb2pipe.project import swap


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    return write(tmp_path / "sales.ipynb", "total = 1 + 2")


def write(path: Path, *sources: str) -> Path:
    cells = [
        nbformat.v4.new_code_cell(s, id=f"c{n}", metadata={"tags": [f"stage:s{n}"]}) for n, s in enumerate(sources)
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def refuse(notebook: Path, out: Path) -> Diagnostic:
    """The one diagnostic with which a conversion is refused; what is in the folder must not change."""
    before = dict(contents(out))
    with pytest.raises(Nb2pipeError) as caught:
        nb2pipe.convert(notebook, out=out)
    (found,) = [d for d in caught.value.diagnostics if d.is_error]
    assert dict(contents(out)) == before
    assert found.help
    return found


def contents(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file():
            yield path, path.read_bytes()


def test_nb105_no_such_file(tmp_path: Path) -> None:
    write(tmp_path / "sales.ipynb", "x = 1")
    (found,) = nb2pipe.check(tmp_path / "slaes.ipynb")
    assert found.code == "NB105"
    assert "slaes.ipynb" in found.message
    assert "sales.ipynb" in found.help


def test_nb105_a_folder(tmp_path: Path) -> None:
    (found,) = nb2pipe.check(tmp_path)
    assert found.code == "NB105"
    assert "is a folder" in found.message


def test_nb501_someones_work(notebook: Path, tmp_path: Path) -> None:
    out = tmp_path / "thesis"
    out.mkdir()
    (out / "chapter1.tex").write_text("…", encoding="utf-8")
    found = refuse(notebook, out)
    assert found.code == "NB501"
    assert "`chapter1.tex`" in found.message


def test_nb502_a_full_disk(notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(swap, "create_folder", full)
    found = refuse(notebook, tmp_path / "out")
    assert found.code == "NB502"
    assert "space" in found.message.lower()
    assert "free some space" in found.help


def test_nb503_an_edit_that_disagrees(notebook: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    conversion = nb2pipe.convert(notebook, out=out)
    module = next(p for p in conversion.written if p.endswith("/s0.py") and p.startswith("src/"))
    file = out / module
    file.write_text(file.read_text("utf-8").replace("1 + 2", "1 + 20"), encoding="utf-8")
    write(notebook, "total = 1 + 3")
    found = refuse(notebook, out)
    assert (found.code, found.name) == ("NB503", module)
    assert module in found.message
    nb2pipe.convert(notebook, out=out, force="theirs")
    assert "1 + 20" in file.read_text("utf-8")


def test_nb504_the_notebooks_own_folder(notebook: Path) -> None:
    found = refuse(notebook, notebook.parent)
    assert found.code == "NB504"
    assert "the notebook's own folder" in found.message


def test_nb504_below_a_file(notebook: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert refuse(notebook, tmp_path / "file" / "out").code == "NB504"


def test_nb603_a_package_that_is_not_here(tmp_path: Path) -> None:
    notebook = write(tmp_path / "sales.ipynb", "import no_such_package\nrows = no_such_package.load()")
    assert "NB603" not in {each.code for each in nb2pipe.analyze(notebook).diagnostics}
    noticed = nb2pipe.convert(notebook, out=tmp_path / "out").analysis.diagnostics
    (found,) = (each for each in noticed if each.code == "NB603")
    assert found.name == "no_such_package"
    assert "pyproject.toml" in found.help


def test_nb505_a_cell_fails_while_it_is_recorded(tmp_path: Path) -> None:
    notebook = write(tmp_path / "sales.ipynb", "total = 1\nshare = total / 0")
    with pytest.raises(Nb2pipeError) as caught:
        nb2pipe.convert(notebook, out=tmp_path / "out", record=True)
    (found,) = caught.value.diagnostics
    assert (found.code, str(found.span)) == ("NB505", "cell 1:2")
    assert "ZeroDivisionError" in found.message
    assert not (tmp_path / "out").exists()


def test_nb506_the_folder_is_too_large_to_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nb2pipe.record.run.LARGEST_COPY", -1)
    notebook = write(tmp_path / "sales.ipynb", "total = 1")
    conversion = nb2pipe.convert(notebook, out=tmp_path / "out", record=True)
    (found,) = [d for d in conversion.analysis.diagnostics if d.code == "NB506"]
    assert "`sales.ipynb`" in found.message
    assert found.help


def test_nb602_a_run_shows_what_the_code_does_not(tmp_path: Path) -> None:
    cells = [
        ("stage:load", "from markupsafe import escape as look\nrows = [3, 1, 2]"),
        ("stage:count", "n = look(rows)"),
        ("stage:largest", "m = max(rows)\nprint(m)"),
    ]
    nodes = [nbformat.v4.new_code_cell(source, id=tag[6:], metadata={"tags": [tag]}) for tag, source in cells]
    nbformat.write(nbformat.v4.new_notebook(cells=nodes), tmp_path / "sales.ipynb")
    conversion = nb2pipe.convert(tmp_path / "sales.ipynb", out=tmp_path / "out", record=True)
    (found,) = [d for d in conversion.analysis.diagnostics if d.code == "NB602"]
    assert found.message == "`count` is taken to leave `rows` as it is: a run showed it, and nothing proves it"
    assert str(found.span) == "cell 2"
    assert "without --record" in found.help
    assert not [d for d in nb2pipe.check(tmp_path / "sales.ipynb") if d.code == "NB602"]


def test_nb315_workers_may_not_see_the_files(tmp_path: Path) -> None:
    notebook = write(tmp_path / "sales.ipynb", "import sys\ntext = open(sys.argv[0]).read()")
    plain = {d.code for d in nb2pipe.check(notebook)}
    found = nb2pipe.check(notebook, options=nb2pipe.Options(target=("ploomber", "dvc")))
    assert {d.code for d in found} - plain == {"NB315"}
