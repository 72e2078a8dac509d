"""Tags: what other tools' tags may not do, the grammar, and which stage each cell is in."""

from __future__ import annotations

import pytest

from nb2pipe.diagnostics import Severity, Span
from nb2pipe.notebook.grammar import near_miss, parse_tags
from nb2pipe.notebook.layout import Layout, Role
from nb2pipe.notebook.model import Cell, Notebook
from nb2pipe.notebook.tags import read_layout
from tests.unit.notebook.build import code, md, notebook

FOREIGN = [
    "remove-input",
    "remove_input",
    "remove-output",
    "remove_output",
    "remove-cell",
    "remove_cell",
    "hide-input",
    "hide_input",
    "hide-output",
    "hide_output",
    "hide-cell",
    "hide_cell",
    "raises-exception",
    "nbval-skip",
    "nbval-ignore-output",
    "nbval-raises-exception",
    "skip-execution",
    "slideshow",
    "slide",
    "subslide",
    "fragment",
    "notes",
    "injected-parameters",
    "papermill-error-cell-tag",
    "full-width",
    "popout",
    "margin",
    "scroll-output",
    "output_scroll",
    "test",
    "solution",
    "exercise",
    "answer",
    "student",
    "template",
    "active-py",
    "active-ipynb",
    "keep_output",
    "thebe-init",
    "thebe-remove-input-init",
    "id123",
    "export",
    "default_exp",
    "interactive",
    "todo",
    "draft",
    "important",
    "functional",
    "state:done",
    "topic:pandas",
    "author:me",
    "lang:en",
    "page:3",
    "step",
    "block",
    "after",
    "before",
    "prev",
    "next",
    "section",
    "title",
    "metadata",
    "plot",
    "figure",
    "setup",
    "config",
    "data",
    "load",
    "clean",
    "train",
    "matrices",
    "perimeter",
    "ship",
    "slip",
    "skim",
    "skin",
    "black:1",
    "clock:9",
    "label:fig-1",
    "nbgrader",
    "afterwards",
    "preview",
    "stages-of-grief",
    "blocking",
    "labelled",
    "image",
    "limits",
    "cached",
    "after-class",
    "block-quote",
    "prev-next",
    "https://a.b/c",
    "a=b",
    "x:y:z",
    "1",
    "é",
]


@pytest.mark.parametrize("tag", FOREIGN)
def test_tags_of_other_tools_say_nothing(tag: str) -> None:
    tags = parse_tags(notebook(code("x", tag)).cells[0])
    assert tags.diagnostics == ()
    assert (tags.stages, tags.after, tags.role, tags.metrics, tags.hints) == ((), (), None, False, ())


NEAR = {
    "paramters": "parameters",
    "paremeters": "parameters",
    "Parameters": "parameters",
    "parameter": "parameters",
    "params": "parameters",
    "param": "parameters",
    "pipeline_parameters": "pipeline-parameters",
    "import": "imports",
    "improts": "imports",
    "Imports": "imports",
    "imports:": "imports",
    "function": "functions",
    "funtions": "functions",
    "skipp": "skip",
    "SKIP": "skip",
    "skpi": "skip",
    "metric": "metrics",
    "stage": "stage:NAME",
    "stage clean": "stage:clean",
    "Stage:clean": "stage:clean",
    "STAGE:Clean Up": "stage:Clean Up",
    "stage : x": "stage:x",
    "stage=x": "stage:x",
    "stage-clean": "stage:clean",
    "stage_clean": "stage:clean",
    "step-1": "step:1",
    "stge:clean": "stage:clean",
    "satge:clean": "stage:clean",
    "stages:clean": "stage:clean",
    "blok:clean": "block:clean",
    "after clean": "after:clean",
    "After:clean": "after:clean",
    "afer:clean": "after:clean",
    "prev clean": "prev:clean",
    "Limit:cpu=2": "limit:cpu=2",
    "limits:cpu=2": "limit:cpu=2",
    "anotation:a:b": "annotation:a:b",
}


@pytest.mark.parametrize(("tag", "meant"), NEAR.items(), ids=NEAR)
def test_near_misses_are_warned_of(tag: str, meant: str) -> None:
    assert near_miss(tag) == meant
    (diagnostic,) = parse_tags(notebook("", code("x", tag)).cells[1]).diagnostics
    assert (diagnostic.code, diagnostic.severity, diagnostic.span) == ("NB304", Severity.WARNING, Span(2))
    assert f"`{tag}`" in diagnostic.message
    assert f"`{meant}`" in diagnostic.help


GRAMMAR = {
    "stage:clean": ("clean",),
    "stage: clean ": ("clean",),
    "step:clean": ("clean",),
    "block:clean": ("clean",),
    "block:a;b": ("a", "b"),
    "same_step_2": ("step_2",),
    "block:": (),
    "step:": (),
}


@pytest.mark.parametrize(("tag", "stages"), GRAMMAR.items(), ids=GRAMMAR)
def test_stage_tags(tag: str, stages: tuple[str, ...]) -> None:
    tags = parse_tags(notebook(code("x", tag)).cells[0])
    assert tags.stages == stages
    assert tags.diagnostics == ()


ROLES = {
    ("imports",): Role.IMPORTS,
    ("functions",): Role.FUNCTIONS,
    ("parameters",): Role.PARAMETERS,
    ("pipeline-parameters",): Role.PARAMETERS,
    (" skip ",): Role.SKIP,
    ("imports", "skip"): Role.SKIP,
    ("functions", "imports", "parameters"): Role.PARAMETERS,
    ("metrics",): None,
}


@pytest.mark.parametrize(("tags", "role"), ROLES.items(), ids=map(str, ROLES))
def test_role_tags(tags: tuple[str, ...], role: Role | None) -> None:
    assert parse_tags(notebook(code("x", *tags)).cells[0]).role is role


def test_after_and_flags() -> None:
    tags = parse_tags(notebook(code("x", "after:a", "prev:b;c", "pipeline-metrics", "raises-exception")).cells[0])
    assert (tags.after, tags.metrics, tags.raises) == (("a", "b", "c"), True, True)


HINTS = {
    "image:python:3.12-slim": ("image", "", "python:3.12-slim"),
    "cache:enabled": ("cache", "", "enabled"),
    "limit:cpu=2": ("limit", "cpu", "2"),
    "limit:memory:4Gi": ("limit", "memory", "4Gi"),
    "limit:nvidia.com/gpu:1": ("limit", "nvidia.com/gpu", "1"),
    "label:team:data": ("label", "team", "data"),
    "annotation:a.b/c:x:y=z": ("annotation", "a.b/c", "x:y=z"),
    "secret:token": ("secret", "token", ""),
    "secret:store:key:ENV": ("secret", "store", "key:ENV"),
}


@pytest.mark.parametrize(("tag", "hint"), HINTS.items(), ids=HINTS)
def test_hints(tag: str, hint: tuple[str, str, str]) -> None:
    tags = parse_tags(notebook(code("x", tag)).cells[0])
    assert [(h.kind, h.key, h.value, h.span) for h in tags.hints] == [(*hint, Span(1))]
    assert tags.diagnostics == ()


@pytest.mark.parametrize("tag", ["image:", "limit:cpu", "limit:", "cache:", "secret:"])
def test_hints_without_value(tag: str) -> None:
    tags = parse_tags(notebook(code("x", tag)).cells[0])
    assert tags.hints == ()
    assert [d.code for d in tags.diagnostics] == ["NB314"]


UNUSABLE = ["", "../x", "a/b", "a\\b", "..", ".", "a\0b", "a\nb", "---", "🚀", "\ud800", "x" * 200]


@pytest.mark.parametrize("name", UNUSABLE, ids=ascii)
def test_names_that_cannot_be_used(name: str) -> None:
    layout = read(notebook(code("x", f"stage:{name}"), code("y", "stage:good")))
    (error,) = [d for d in layout.diagnostics if d.is_error]
    assert (error.code, error.span) == ("NB303", Span(1))
    assert error.help
    assert error.message.isprintable()


# --- Layout --------------------------------------------------------------------------------------


def is_shared(cell: Cell) -> bool:
    return cell.source.startswith(("import", "def", "%"))


def read(book: Notebook) -> Layout:
    return read_layout(book, is_shared)


def places(layout: Layout) -> list[str]:
    """The stage of each cell, or its role in capitals."""
    return [cell.stage or cell.role.name for cell in layout.cells]


def codes(layout: Layout) -> list[str]:
    return [d.code for d in layout.diagnostics]


LAYOUTS = {
    "one stage": (notebook(code("x", "stage:a")), ["a"], []),
    "untagged cells join the stage above": (
        notebook(code("x", "stage:a"), "import m", "y", code("z", "stage:b"), "w"),
        ["a", "a", "a", "b", "b"],
        [],
    ),
    "shared before the first stage": (
        notebook("import m", "", "%matplotlib", code("x", "stage:a")),
        ["SHARED", "SHARED", "SHARED", "a"],
        [],
    ),
    "other code opens the first stage": (
        notebook("import m", "x = 1", "def f(): ...", "y", code("z", "stage:a"), code("z", "stage:b")),
        ["SHARED", "a", "SHARED", "a", "a", "b"],
        ["NB306"],
    ),
    "metrics are never shared": (
        notebook(code("import m", "metrics"), code("x", "stage:a")),
        ["a", "a"],
        ["NB306"],
    ),
    "roles do not end a stage": (
        notebook(code("x", "stage:a"), code("y", "skip"), "z", code("i", "imports"), "w", code("p", "parameters"), "v"),
        ["a", "SKIP", "a", "IMPORTS", "a", "PARAMETERS", "a"],
        [],
    ),
    "untagged after roles and before a stage": (
        notebook(code("i", "imports"), "import n", "x", code("y", "stage:a")),
        ["IMPORTS", "SHARED", "a", "a"],
        ["NB306"],
    ),
    "a skipped cell opens its stage for those below": (
        notebook(code("x", "stage:a"), code("y", "stage:b", "skip"), "z"),
        ["a", "SKIP", "b"],
        [],
    ),
    "a stage in two places": (
        notebook(code("x", "stage:a"), code("y", "stage:b"), code("z", "stage:a")),
        ["a", "b", "a"],
        [],
    ),
    "step, block and SAME": (
        notebook(code("x", "step:a"), code("y", "block:b"), code("z", "same_step_3"), code("w", "stage:step_3")),
        ["a", "b", "step_3", "step_3"],
        [],
    ),
    "kale's empty block joins": (notebook(code("x", "block:a"), code("y", "block:")), ["a", "a"], []),
    "narrative joins what follows": (
        notebook(md("t"), "import m", md("u"), code("x", "stage:a"), md("v"), ("raw", "r"), code("y", "stage:b")),
        ["a", "SHARED", "a", "a", "b", "b", "b"],
        [],
    ),
    "narrative at the end": (notebook(code("x", "stage:a"), code("y", "skip"), md("end")), ["a", "SKIP", "a"], []),
    "narrative of skipped code": (
        notebook(code("x", "stage:a"), md("look"), code("y", "skip"), md("on"), "z"),
        ["a", "SKIP", "SKIP", "a", "a"],
        [],
    ),
    "skipped narrative": (notebook(md("t", "skip"), code("x", "stage:a")), ["SKIP", "a"], []),
    "tagged markdown opens a stage": (
        notebook(md("# A", "stage:a"), "x", md("# B", "stage:b"), "y"),
        ["a", "a", "b", "b"],
        [],
    ),
    "empty code cells stay in their stage": (notebook(code("x", "stage:a"), ""), ["a", "a"], []),
    "tags win over headings": (
        notebook(md("## H"), code("x", "stage:a"), md("## I"), "y"),
        ["a", "a", "a", "a"],
        [],
    ),
    "tags need not be identifiers": (
        notebook(code("x", "stage:Load data"), code("y", "stage:train-model"), code("z", "stage:class")),
        ["Load_data", "train_model", "class"],
        [],
    ),
    "same identifier": (
        notebook(code("x", "stage:a b"), code("y", "stage:a_b"), code("z", "stage:A_B")),
        ["a_b_2", "a_b", "A_B"],
        [],
    ),
    "headings": (
        notebook(md("# T"), "import m", "x", md("## 1. Load"), "y", md("## Clean *it*"), "z", md("## Load"), "w"),
        ["load", "SHARED", "load", "load", "load", "clean_it", "clean_it", "load_2", "load_2"],
        ["NB306", "NB307"],
    ),
    "headings with role tags": (
        notebook(
            md("## A"), code("p", "parameters"), "x", md("## B"), code("y", "skip"), "z", md("## C"), code("s", "skip")
        ),
        ["a", "PARAMETERS", "a", "SKIP", "SKIP", "b", "SKIP", "SKIP"],
        ["NB307"],
    ),
    "a section that only imports is shared": (
        notebook(md("## Imports"), "import m", md("## A"), "import n", "x", md("## B"), "y"),
        ["a", "SHARED", "a", "a", "a", "b", "b"],
        ["NB307"],
    ),
}


@pytest.mark.parametrize(("book", "expected", "found"), LAYOUTS.values(), ids=LAYOUTS)
def test_layouts(book: Notebook, expected: list[str], found: list[str]) -> None:
    layout = read(book)
    assert places(layout) == expected
    assert codes(layout) == found
    assert [cell.number for cell in layout.cells] == [cell.number for cell in book.cells]
    firsts = dict.fromkeys(
        c.stage for c, cell in zip(layout.cells, book.cells, strict=True) if cell.is_code and c.stage
    )
    assert [stage.name for stage in layout.stages] == list(firsts)


ERRORS = {
    "no cells": (notebook(), ["NB104"]),
    "no code": (notebook(md("## A"), "", "  \n"), ["NB104"]),
    "all skipped": (notebook(code("x", "skip", "stage:a"), code("y", "skip")), ["NB104"]),
    "neither tags nor headings": (notebook("x", md("text"), "y"), ["NB308"]),
    "one heading": (notebook(md("# T"), "x"), ["NB308"]),
    "stages without code": (notebook(code("i", "imports", "stage:a"), code("y", "skip")), ["NB308"]),
    "two stages": (notebook(code("x", "stage:a", "step:b")), ["NB309"]),
    "two stages in Kale's old way": (notebook(code("x", "block:a;b")), ["NB309"]),
    "unknown stage": (notebook(code("x", "stage:clean"), code("y", "stage:b", "after:claen")), ["NB305"]),
    "after nothing": (notebook(code("x", "stage:a", "after:")), ["NB305"]),
    "only unusable names": (notebook(md("## A"), code("x", "stage:../a"), md("## B"), "y"), ["NB303"]),
}


@pytest.mark.parametrize(("book", "found"), ERRORS.values(), ids=ERRORS)
def test_errors(book: Notebook, found: list[str]) -> None:
    layout = read(book)
    assert [d.code for d in layout.diagnostics if d.is_error] == found
    assert len(layout.cells) == len(book.cells)
    assert all(d.help for d in layout.diagnostics)


def test_two_tags_for_one_stage_are_fine() -> None:
    assert codes(read(notebook(code("x", "stage:a", "step:a")))) == []


def test_the_message_of_a_stage_that_does_not_exist() -> None:
    layout = read(notebook(code("x", "stage:clean"), code("y", "stage:b", "after:claen")))
    (error,) = layout.diagnostics
    assert error.message == "there is no stage `claen` to run after"
    assert error.help == "write `after:clean`"
    assert (error.span, error.name) == (Span(2), "claen")


def test_the_message_of_early_cells() -> None:
    layout = read(notebook("x", "y", code("z", "stage:a")))
    (note,) = layout.diagnostics
    assert note.message.startswith("cells 1, 2 stand before the first stage and do more than import")
    assert note.severity is Severity.NOTE
    assert note.related == ((Span(2), "this one too"),)


def test_the_message_of_no_stages() -> None:
    (error,) = read(notebook("x")).diagnostics
    assert "stage:NAME" in error.help
    assert "headings" in error.help
    assert "nb2pipe tag" in error.help


def test_the_note_of_a_split_names_the_level() -> None:
    (note,) = read(notebook(md("### A"), "x", md("### B"), "y")).diagnostics
    assert note.message == "split into 2 stages at the headings of level 3"
    assert note.span == Span(1)


@pytest.mark.parametrize("wanted", ["Load data", "load_data", "Load_data", "load data"])
def test_after_knows_a_stage_by_tag_name_and_title(wanted: str) -> None:
    layout = read(notebook(code("x", "stage:Load data"), code("y", "stage:b", f"after:{wanted}")))
    assert layout.stages[1].after == (("Load_data", Span(2)),)
    assert codes(layout) == []


def test_after_takes_the_exact_tag_first() -> None:
    layout = read(notebook(code("x", "stage:a b"), code("y", "stage:a_b"), code("z", "stage:c", "after:a_b")))
    assert layout.stages[2].after == (("a_b", Span(3)),)


def test_after_from_any_cell_of_the_stage() -> None:
    layout = read(notebook(code("x", "stage:a"), code("y", "stage:b"), code("z", "prev:a"), code("w", "after:a")))
    assert layout.stages[1].after == (("a", Span(3)),)


def test_after_a_heading() -> None:
    layout = read(notebook(md("## 1. Load"), "x", md("## Clean"), code("y", "after:Load")))
    assert layout.stages[1].after == (("load", Span(4)),)


def test_stages_carry_title_span_and_hints() -> None:
    layout = read(notebook("", code("x", "stage:train-model", "limit:cpu=2"), code("y", "image:a:1")))
    (stage,) = layout.stages
    assert (stage.name, stage.title, stage.span) == ("train_model", "train model", Span(2))
    assert [(h.kind, h.span) for h in stage.hints] == [("limit", Span(2)), ("image", Span(3))]


def test_flags() -> None:
    layout = read(notebook(code("x", "stage:a", "metrics"), code("y", "raises-exception")))
    assert [(cell.metrics, cell.raises) for cell in layout.cells] == [(True, False), (False, True)]


NO_EFFECT = {
    "after itself": notebook(code("x", "stage:a", "after:a")),
    "after on a shared cell": notebook(code("i", "imports", "after:a"), code("x", "stage:a")),
    "hint on a shared cell": notebook(code("i", "functions", "limit:cpu=2"), code("x", "stage:a")),
    "stage without code": notebook(md("t", "stage:b"), code("x", "stage:a")),
}


@pytest.mark.parametrize("book", NO_EFFECT.values(), ids=NO_EFFECT)
def test_tags_without_effect(book: Notebook) -> None:
    assert codes(read(book)) == ["NB314"]


def test_near_misses_reach_the_layout() -> None:
    layout = read(notebook(code("x", "stage:a"), code("y", "Stage:b")))
    assert codes(layout) == ["NB304"]
    assert places(layout) == ["a", "a"]
