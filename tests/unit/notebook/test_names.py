"""Names of stages: what stays exactly, what must change, what cannot be used."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nb2pipe.notebook.names import stage_identifier, unique_names

STAYS = [
    "clean",
    "Clean",
    "load_data",
    "_private",
    "_",
    "x2",
    "match",
    "case",
    "help",
    "random",
    "données",
    "数据",
    "class",
    "True",
    "print",
]


@pytest.mark.parametrize("text", STAYS)
def test_identifiers_stay(text: str) -> None:
    assert stage_identifier(text) == text


CHANGES = {
    "load data": "load_data",
    "load  \t data": "load_data",
    " load ": "load",
    "train-model": "train_model",
    "a--b": "a__b",
    "v1.2": "v1_2",
    "3d": "step_3d",
    "class": "class",
    "import": "import",
    "print": "print",
    "display": "display",
    "train (1)": "train_1",
    "a & b": "a_b",
    "let's go": "lets_go",
    "🚀 go": "go",
    "ﬁt": "fit",
    "e\u0301t": "\xe9t",
    "x²": "x2",
}


@pytest.mark.parametrize(("text", "name"), CHANGES.items(), ids=CHANGES)
def test_others_become_identifiers(text: str, name: str) -> None:
    assert stage_identifier(text) == name


@pytest.mark.parametrize("text", ["", " ", "---", "...", "🚀", "!?"])
def test_nothing_is_left(text: str) -> None:
    assert stage_identifier(text) == ""


UNIQUE = {
    "different": (["a", "b"], {"a": "a", "b": "b"}),
    "same identifier": (["a b", "a-b"], {"a b": "a_b", "a-b": "a_b_2"}),
    "an identifier comes before what becomes one": (["a b", "a_b"], {"a_b": "a_b", "a b": "a_b_2"}),
    "only the case differs": (["A", "a"], {"A": "A", "a": "a"}),
    "second name taken": (["a b", "a_b", "a_b_2"], {"a b": "a_b_3", "a_b": "a_b", "a_b_2": "a_b_2"}),
    "keyword": (["class", "class-"], {"class": "class", "class-": "class_"}),
}


@pytest.mark.parametrize(("texts", "names"), UNIQUE.values(), ids=UNIQUE)
def test_names_are_unique(texts: list[str], names: dict[str, str]) -> None:
    assert unique_names(texts, {text: stage_identifier(text) for text in texts}) == names


@given(st.text(max_size=30))
def test_every_name_is_an_identifier(text: str) -> None:
    name = stage_identifier(text)
    assert name == "" or name.isidentifier()
    assert stage_identifier(name) == name


@given(st.lists(st.text("aAbB_- 1é", min_size=1), unique=True))
def test_unique_and_unchanged_where_they_can_be(texts: list[str]) -> None:
    names = unique_names(texts, {text: stage_identifier(text) or "x" for text in texts})
    assert len(set(names.values())) == len(texts)
    assert all(names[text] == text for text in texts if stage_identifier(text) == text)
    assert all(name.isidentifier() for name in names.values())
