"""`import nb2pipe`: light, and the same verbs as the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

import nb2pipe
from nb2pipe.cli import main

VERBS = ("convert", "check", "graph", "tag", "explain")


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    cells = [
        nbformat.v4.new_code_cell("n = 3", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("squares = [i * i for i in range(n)]", metadata={"tags": ["stage:make"]}),
        nbformat.v4.new_code_cell("print(sum(squares))", metadata={"tags": ["stage:report"]}),
    ]
    path = tmp_path / "squares.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "broken.ipynb"
    cell = nbformat.v4.new_code_cell("print(missing)", metadata={"tags": ["stage:a"]})
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    return path


def test_importing_it_imports_nothing_else_of_it() -> None:
    code = "import sys, nb2pipe; print([m for m in sys.modules if m.startswith('nb2pipe.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_every_name_is_there_and_has_a_docstring() -> None:
    for name in set(nb2pipe.__all__) - {"__version__"}:
        assert getattr(nb2pipe, name).__doc__, name
    assert set(nb2pipe.__all__) <= set(dir(nb2pipe))


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_is_a_function_though_a_module_has_its_name(verb: str) -> None:
    import nb2pipe.convert
    import nb2pipe.explain
    import nb2pipe.graph.text

    assert callable(getattr(nb2pipe, verb))
    assert verb in main.commands
    assert sys.modules["nb2pipe.convert"].Conversion is nb2pipe.Conversion


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        nb2pipe.nonsense  # noqa: B018


def test_it_says_that_it_is_typed() -> None:
    assert Path(nb2pipe.__file__).with_name("py.typed").is_file()


def test_convert_writes_a_project(notebook: Path, tmp_path: Path) -> None:
    steps: list[str] = []
    conversion = nb2pipe.convert(notebook, out=tmp_path / "out", progress=steps.append)
    assert conversion.out == tmp_path / "out"
    assert "pipeline.yaml" in conversion.written
    assert (tmp_path / "out" / "pipeline.yaml").is_file()
    assert steps
    again = nb2pipe.convert(str(notebook), out=str(tmp_path / "out"))
    assert again.written == ()


def test_convert_refuses_and_writes_nothing(broken: Path, tmp_path: Path) -> None:
    with pytest.raises(nb2pipe.Nb2pipeError) as caught:
        nb2pipe.convert(broken, out=tmp_path / "out")
    assert [d.code for d in caught.value.diagnostics] == ["NB202"]
    assert not (tmp_path / "out").exists()


def test_options_come_from_the_notebooks_pyproject_unless_given(notebook: Path, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.nb2pipe]\nstyle = "notebook"\n', encoding="utf-8")
    by_file = nb2pipe.analyze(notebook).pipeline
    given = nb2pipe.analyze(notebook, nb2pipe.Options()).pipeline
    assert by_file is not None and given is not None
    assert {s.style for s in by_file.stages} == {"notebook"}
    assert {s.style for s in given.stages} == {"function"}


def test_check_returns_diagnostics(notebook: Path, broken: Path, tmp_path: Path) -> None:
    assert nb2pipe.check(notebook) == ()
    (found,) = nb2pipe.check(broken)
    assert (found.code, found.span.cell, found.name) == ("NB202", 1, "missing")
    assert [d.code for d in nb2pipe.check(tmp_path / "nowhere.ipynb")] == ["NB105"]


def test_graph_draws_every_format(notebook: Path) -> None:
    assert "flowchart" in nb2pipe.graph(notebook, "mermaid")
    assert "digraph" in nb2pipe.graph(notebook, "dot")
    assert nb2pipe.graph(notebook, "svg").startswith("<svg")
    assert "<html" in nb2pipe.graph(notebook, "html")
    assert [s["name"] for s in json.loads(nb2pipe.graph(notebook, "json"))["stages"]] == ["make", "report"]
    assert "squares" in nb2pipe.graph(notebook, "explain")
    assert "make" in nb2pipe.graph(notebook)


def test_graph_of_a_refused_notebook_is_an_error(broken: Path) -> None:
    with pytest.raises(nb2pipe.Nb2pipeError):
        nb2pipe.graph(broken)


def test_graph_of_an_unknown_format_names_the_known(notebook: Path) -> None:
    with pytest.raises(ValueError, match="mermaid"):
        nb2pipe.graph(notebook, "png")  # type: ignore[arg-type]


def test_tag_proposes_and_writes_when_told_to(copy_example: Callable[[str], Path]) -> None:
    notebook = copy_example("energy_forecast")
    before = notebook.read_bytes()
    proposals = nb2pipe.tag(notebook)
    assert proposals
    assert notebook.read_bytes() == before
    assert nb2pipe.tag(notebook, write=True) == proposals
    tags = {c.number: c.tags for c in nb2pipe.analyze(notebook).notebook.cells}
    assert all(p.tag in tags[p.cell] for p in proposals)
    assert nb2pipe.tag(notebook) == ()


def test_explain_gives_the_page() -> None:
    assert nb2pipe.explain("203").startswith("# NB203: ")
