"""The documentation: links lead somewhere, shown messages are real, shown code runs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import click
import nbformat
import pytest

from nb2pipe.cli import main
from nb2pipe.diagnostics import CODES
from tests.conftest import REPOSITORY, Completed

DOCS = REPOSITORY / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *REPOSITORY.glob("*.md"), *(REPOSITORY / "example_notebooks").glob("*.md")])
_FENCE = re.compile(r"^( *)```.*?^\1```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def name(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def prose(path: Path) -> str:
    return re.sub(r"`[^`\n]*`", "", _FENCE.sub("", path.read_text(encoding="utf-8")))


def anchors(path: Path) -> set[str]:
    """Anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", _FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    kept = ("".join(c for c in h.lower() if c in " -_" or unicodedata.category(c)[0] in "LN") for h in headings)
    return {h.strip().replace(" ", "-") for h in kept}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_relative_links_resolve(page: Path) -> None:
    broken = []
    for link in _LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        found = (page.parent / target).resolve() if target else page
        if not found.exists() or (anchor and anchor not in anchors(found)):
            broken.append(link)
    assert broken == []


def test_there_are_links_to_test() -> None:
    assert sum(len(_LINK.findall(prose(page))) for page in PAGES) > 80


def test_every_page_can_be_reached_from_the_index() -> None:
    seen: set[Path] = set()
    pending = [DOCS / "index.md"]
    while pending:
        page = pending.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        links = (link.partition("#")[0] for link in _LINK.findall(prose(page)) if not re.match(r"[a-z]+:|#", link))
        pending += [(page.parent / link).resolve() for link in links]
    assert sorted(set(DOCS.rglob("*.md")) - seen) == []


def test_codes_and_commands_that_are_named_exist() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert set(re.findall(r"\bNB\d{3}\b", text)) <= set(CODES), page
        for command in re.findall(r"`nb2pipe ([a-z]+)", text):
            assert command in main.commands, f"{page}: nb2pipe {command}"


def test_options_that_are_named_exist() -> None:
    context = click.Context(main)
    commands = [command for name in main.list_commands(context) if (command := main.get_command(context, name))]
    known = {option for command in commands for p in command.params for option in (*p.opts, *p.secondary_opts)}
    for page in [*DOCS.glob("how-to/*.md"), DOCS / "tutorial.md", REPOSITORY / "README.md"]:
        for line in re.findall(r"nb2pipe [a-z]+ [^`\n#&>]*", page.read_text(encoding="utf-8")):
            assert set(re.findall(r"(?<= )--[a-z-]+", line)) <= known, f"{page}: {line}"


def test_the_message_of_the_refused_example_is_real(
    copy_example: Callable[[str], Path], run_cli: Callable[..., Completed]
) -> None:
    text = (DOCS / "how-to" / "fix-a-refusal.md").read_text(encoding="utf-8")
    shown = re.search(r"<!-- command: nb2pipe (.*?) -->\n```text\n(.*?)```", text, re.DOTALL)
    assert shown
    notebook = copy_example("refused")
    done = run_cli(*shown[1].split(), cwd=notebook.parent)
    assert done.returncode == 1
    assert shown[2] in done.stderr


def test_the_python_of_the_how_to_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (DOCS / "how-to" / "use-from-python.md").read_text(encoding="utf-8")
    shown = re.search(r"<!-- python: (\S+) -->\n```python\n(.*?)```", text, re.DOTALL)
    assert shown
    tagged = [("squares = [i * i for i in range(9)]", "stage:make"), ("print(sum(squares))", "stage:report")]
    cells = [nbformat.v4.new_code_cell(source, metadata={"tags": [tag]}) for source, tag in tagged]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / shown[1])
    monkeypatch.chdir(tmp_path)
    exec(compile(shown[2], "use-from-python.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "files written to squares" in printed
    assert "flowchart" in printed
