"""Types as annotations of one module: first those that it cannot name."""

from __future__ import annotations

import pytest

from nb2pipe.codegen.annotations import Annotator


def make(**changes: object) -> Annotator:
    found = {
        "bound": {"pandas": "pd", "sklearn.linear_model.Ridge": "Ridge", "matplotlib.pyplot": "plt"},
        "taken": {"pd", "np", "Ridge", "Lasso", "Path", "set", "Shop"},
        "hoisted": {"Shop"},
        "libraries": {"pandas", "numpy", "sklearn", "pathlib", "sqlite3", "readline"},
        "meant": {"np": "numpy", "Path": "pathlib.Path"},
    }
    return Annotator(**{**found, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("Any", "nothing is known"),
        ("set", "the notebook binds `set`"),
        ("frame", "it is no builtin"),
        ("sklearn.linear_model.Lasso", "the notebook means something else by `Lasso`"),
        ("secret.Thing", "the notebook does not import `secret`"),
        ("readline.Thing", "importing it changes something"),
        ("__main__.Local", "it is not in the functions module"),
        ("secret.Thing | None", "a part has no name"),
        ("not a type", "it does not parse"),
        ("f()", "it is no type"),
    ],
)
def test_what_has_no_name_is_any(expression: str, why: str) -> None:
    annotator = make()
    assert annotator.annotate(expression) == "Any", why
    assert not annotator.imports


@pytest.mark.parametrize(
    ("expression", "annotation", "statement"),
    [
        ("dict", "dict", ""),
        ("None", "None", ""),
        ("list[int]", "list[int]", ""),
        ("list[secret.Thing]", "list", ""),
        ("dict[str, secret.Thing]", "dict[str, Any]", ""),
        ("tuple[int, ...]", "tuple[int, ...]", ""),
        ("float | None", "float | None", ""),
        ("pd.DataFrame", "pd.DataFrame", ""),
        ("pandas.DataFrame", "pd.DataFrame", ""),
        ("dict[str, pandas.Series]", "dict[str, pd.Series]", ""),
        ("numpy.ndarray", "np.ndarray", "import numpy as np"),
        ("sklearn.linear_model.Ridge", "Ridge", ""),
        ("sklearn.pipeline.Pipeline", "Pipeline", "from sklearn.pipeline import Pipeline"),
        ("pathlib.Path", "Path", "from pathlib import Path"),
    ],
)
def test_annotations(expression: str, annotation: str, statement: str) -> None:
    annotator = make()
    assert annotator.annotate(expression) == annotation
    assert annotator.imports == ({statement} if statement else set())


def test_a_library_whose_short_name_is_taken_is_imported_by_class() -> None:
    annotator = make(bound={}, taken={"pd"}, meant={})
    assert annotator.annotate("pandas.DataFrame") == "DataFrame"
    assert annotator.imports == {"from pandas import DataFrame"}


def test_the_notebooks_own_classes_come_from_the_functions_module() -> None:
    annotator = make()
    assert annotator.annotate("list[__main__.Shop]") == "list[Shop]"
    assert annotator.own == {"Shop"}
