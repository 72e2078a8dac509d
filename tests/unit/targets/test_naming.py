"""Names that engines accept."""

from __future__ import annotations

import pytest

from nb2pipe.targets.naming import distinct_names


@pytest.mark.parametrize(
    ("names", "lower", "found"),
    [
        (("clean", "split"), True, ("clean", "split")),
        (("Clean", "clean"), True, ("clean_2", "clean")),  # what is fine as it is keeps its name
        (("Clean", "clean"), False, ("Clean", "clean_2")),  # engines may not tell case apart
        (("_private",), False, ("private",)),
        (("größe", "gr_e"), True, ("gr_e_2", "gr_e")),
        (("日本",), True, ("x",)),
        (("日本", "語"), True, ("x", "x_2")),
        (("2nd",), True, ("x_2nd",)),
    ],
)
def test_names(names: tuple[str, ...], lower: bool, found: tuple[str, ...]) -> None:
    assert tuple(distinct_names(names, lower=lower).values()) == found


def test_another_separator() -> None:
    assert distinct_names(("train_forest",), lower=True, separator="-") == {"train_forest": "train-forest"}
