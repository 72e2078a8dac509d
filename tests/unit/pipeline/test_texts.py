"""What is known of texts and paths that are put together."""

from __future__ import annotations

from nb2pipe.dataflow.facts import Value, join_paths, join_texts

FOLDER, FILE = Value("str", const="data/"), Value("str", const="a.csv")
GIVEN = Value("str", default="b")


def test_paths_are_joined_as_the_library_joins_them() -> None:
    assert join_paths("path", [FOLDER, FILE]).const == "data/a.csv"
    assert join_paths("path", [FOLDER, Value("str", const="/tmp/a.csv")]).const == "/tmp/a.csv"


def test_what_a_parameter_is_part_of_is_known_by_its_first_value_only() -> None:
    joined = join_texts("str", [GIVEN, Value("str", const=".csv")])
    assert (joined.const, joined.default) == (None, "b.csv")
    assert join_paths("path", [FOLDER, joined]).default == "data/b.csv"


def test_nothing_is_known_where_a_part_is_not() -> None:
    joined = join_texts("str", [GIVEN, Value("str")])
    assert (joined.const, joined.default) == (None, None)
