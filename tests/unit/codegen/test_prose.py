"""Markdown as sentences, docstrings and comments: what stays as it is first."""

from __future__ import annotations

import pytest

from nb2pipe.codegen.prose import comment_lines, fill, has_prose, sentence, without_headings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("Who leaves?", "Who leaves?"),
        ("Go!", "Go!"),
        ("One. Two.", "One. Two."),
        ("x_train is what it learns from", "x_train is what it learns from."),  # a name, not a word
        ("`x` and y", "`x` and y."),
        ("iPhone sales", "iPhone sales."),
        ("3 steps", "3 steps."),
        ("call  list", "Call list."),
        ("a first look", "A first look."),
    ],
)
def test_sentences(text: str, expected: str) -> None:
    assert sentence(text) == expected


WIDE = "one two three four five six seven eight nine ten"


@pytest.mark.parametrize(
    "text",
    [
        "short\nlines stay",
        f"- {WIDE}",
        f"1. {WIDE}",
        f"| {WIDE} |",
        f"> {WIDE}",
        f"    {WIDE}",
        f"```\n{WIDE}\n```",
        f"```\nshort\n\n{WIDE}\n```",
        f"{WIDE}  \n{WIDE}",  # two blanks break a line in Markdown
        f"$$ {WIDE} $$",
        f"<b>{WIDE}</b>",
    ],
)
def test_what_is_no_wide_paragraph_stays(text: str) -> None:
    assert fill(text, 20) == [line.rstrip() for line in text.split("\n")]


def test_wide_paragraphs_are_broken_again_as_a_whole() -> None:
    assert fill(f"{WIDE}\neleven\n\nend", 24) == [
        "one two three four five",
        "six seven eight nine ten",
        "eleven",
        "",
        "end",
    ]
    assert fill("https://example.org/a-very-long-address", 10) == ["https://example.org/a-very-long-address"]


def test_headings_of_comments_lose_their_marks() -> None:
    assert comment_lines("## Load ##\nText.\n\n\n### More\n\n```\n# no heading\n```", 80) == [
        *("Load", "", "Text.", "", "More", "", "```", "# no heading", "```"),
    ]
    assert without_headings("# Title\n\nText.\n## More") == "Text."
    assert has_prose("## Load\n\nText.")
    assert not has_prose("## Load\n### More\n")


@pytest.mark.parametrize("rule", ["---", " ***", "_ _ _", "-----"])
def test_a_rule_across_the_page_says_nothing(rule: str) -> None:
    assert without_headings(f"# Title\n\nText.\n\n{rule}") == "Text."
    assert not has_prose(f"## Load\n{rule}\n")
    assert without_headings("| a | b |\n|---|---|\n| 1 | 2 |").count("\n") == 2
