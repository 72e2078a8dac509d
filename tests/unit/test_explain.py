"""Pages of codes."""

from __future__ import annotations

import pytest

from nb2pipe.diagnostics import CODES
from nb2pipe.explain import UnknownCodeError, explain_code


@pytest.mark.parametrize("asked", ["NB201", "nb201", "201", " NB201 "])
def test_a_code_in_any_spelling(asked: str) -> None:
    assert explain_code(asked).startswith("# NB201: A name is used before it is defined\n")


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_its_page(code: str) -> None:
    assert explain_code(code).startswith(f"# {code}: ")


@pytest.mark.parametrize(("asked", "likely"), [("NB20", "NB201"), ("NB2001", "NB201"), ("banana", "")])
def test_an_unknown_code_names_a_likely_one(asked: str, likely: str) -> None:
    with pytest.raises(UnknownCodeError) as caught:
        explain_code(asked)
    assert caught.value.likely == likely
    assert asked in str(caught.value)
