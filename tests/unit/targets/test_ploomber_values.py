"""Values survive Ploomber's way of reading them: the rules here, the proof in test_ploomber.py."""

from __future__ import annotations

import ast

import pytest

from nb2pipe.literals import read_as_ploomber
from nb2pipe.pipeline.model import JsonValue
from nb2pipe.targets.ploomber_values import (
    can_pass,
    choose_keys,
    write_literal,
    write_parameter,
    write_placeholder,
    write_value,
)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        3,
        -2.5,
        "north",
        "",
        "2020-01-01",
        "a\nb",
        "50%",
        [1, "a"],
        [],
        {},
        {"a": [1, {"b": None}]},
        [1, [2]],
    ],
)
def test_most_values_stand_as_they_are(value: JsonValue) -> None:
    assert write_value(value) == value
    assert write_parameter(value) == value


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("12", "'12'"),
        ("none", "'none'"),
        ("'a'", "\"'a'\""),
        ("{{x}}", "'\\x7b\\x7bx}}'"),
        ("[[x]]", "'\\x5b\\x5bx]]'"),
        (["12", "a"], ["'12'", "a"]),
        ([[1], [2]], "[ [1], [2]]"),
        ([[[1]]], "[ [ [1]]]"),
        ({"clf__depth": ["12"]}, "{'clf__depth': ['12']}"),
        ({"a": {"b__c": 1}}, {"a": "{'b__c': 1}"}),
        ("\ud800", "'\\ud800'"),
    ],
)
def test_others_are_literals(value: JsonValue, written: JsonValue) -> None:
    assert write_value(value) == written


@pytest.mark.parametrize("text", ["12", "-3", "True", "[1, 2]", "None of these"])
def test_parameter_that_reads_back_stands_as_it_is(text: str) -> None:
    assert write_parameter(text) == text


@pytest.mark.parametrize("text", ["none", "None", "true", "1e3", "3.10", "1_000", "'a'", "...", "[1,2]", "{{x}}"])
def test_parameter_that_does_not_is_a_literal(text: str) -> None:
    written = write_parameter(text)
    assert isinstance(written, str)
    assert written != text
    assert read_as_ploomber(written) == text


@pytest.mark.parametrize("value", [None, "a", "{{", "[[", "{%", "{#", [["{{"]], {"{{": {"[[": [[1]]}}, -1e-7, 10**30])
def test_literals_are_free_of_tags_and_read_back(value: JsonValue) -> None:
    written = write_literal(value)
    assert ast.literal_eval(written) == value
    assert not any(opener in written for opener in ("{{", "{%", "{#", "[["))


def test_placeholders() -> None:
    assert write_placeholder("x", 1) == "{{x}}"
    assert write_placeholder("x", "a") == "{{x if x is none else x|string|pprint}}"


@pytest.mark.parametrize(
    ("name", "value", "can"),
    [
        ("x", "a::b", False),
        ("x", "std::vector<int>", False),
        ("x", "a b::c", True),
        ("x", ["a::b"], True),
        ("x", {"dotted_path": "a"}, False),
        ("x", float("inf"), False),
        ("x", [{"a": float("nan")}], False),
        ("product", 1, False),
        ("self", 1, False),
        ("path", "a", True),
    ],
)
def test_what_cannot_be_handed_over(name: str, value: JsonValue, can: bool) -> None:
    assert can_pass(name, value) is can


def test_keys() -> None:
    names = ["x", "path", "path_", "_a", "a", "a__b", "__", "none", "_none"]
    assert choose_keys(names) == {
        "x": "x",
        "path": "path_2",
        "path_": "path_",
        "_a": "a_2",
        "a": "a",
        "a__b": "a_b",
        "__": "parameter",
        "none": "none_",
        "_none": "none_2",
    }
