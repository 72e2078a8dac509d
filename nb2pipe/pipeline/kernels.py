"""Which Jupyter kernel stages name."""

from __future__ import annotations

import re

#: Beginnings of the names of Python kernels that give a notebook what IPython's own has not: a session of Spark, other arithmetic,
#: another interpreter. All other names are made up where IPython's kernel is installed for an environment (`conda-env-ml-py`).
_OF_ANOTHER_KIND = re.compile(
    r"(?:x-?python|xeus|sage|(?:py)?spark|glue|apache_toree|databricks|pyodide|micropython|circuitpython)[a-z0-9._-]*",
    re.IGNORECASE,
)


def kernel_of(name: str) -> str:
    """The kernel that stages name, given the notebook's.

    A project is installed into an environment of its own, whose kernel is `python3` whatever environment the notebook's author had.
    """
    return name if _OF_ANOTHER_KIND.fullmatch(name) else "python3"
