"""Imports of generated modules: in isort's order, each once."""

from __future__ import annotations

from nb2pipe.codegen.imports import sort_imports


def test_imports_are_grouped_sorted_and_joined() -> None:
    statements = [
        "from shop.functions import clean",
        "import pandas as pd",
        "from sklearn.base import TransformerMixin, BaseEstimator",
        "import os, sys",
        "import pandas as pd",
        "from typing import Any",
        "from sklearn.base import clone, BaseEstimator as B",
        "from __future__ import annotations",
        "from shop.display import show",
        "import matplotlib.pyplot as plt",
    ]
    assert sort_imports(statements, "shop") == [
        "from __future__ import annotations",
        "",
        "import os",
        "import sys",
        "from typing import Any",
        "",
        "import matplotlib.pyplot as plt",
        "import pandas as pd",
        "from sklearn.base import BaseEstimator, BaseEstimator as B, TransformerMixin, clone",
        "",
        "from shop.display import show",
        "from shop.functions import clean",
    ]
    assert sort_imports([], "shop") == []
