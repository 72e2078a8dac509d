"""Names and titles that the project takes from the notebook."""

from __future__ import annotations

import keyword
import re
import sys
import unicodedata

from nb2pipe.dataflow import knowledge as known
from nb2pipe.notebook.model import CellKind, Notebook

_RESERVED = frozenset({"src", "tests", "stages", "products", "test", "conftest", "setup", "nb2pipe", "ploomber"})


def project_name(name: str) -> str:
    """A distribution name (PEP 508): letters, digits and hyphens."""
    text = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-") or "notebook"


#: Libraries that others import, kernels and engines among them: a notebook may well be named after one (`numpy.ipynb`).
_LIBRARIES = (
    known.ARGUMENT_SAFE_ROOTS
    | known.CLOSED_LIBRARIES
    | known.QUIET_IMPORTS
    | known.IMPORTS_OF_RICH
    | frozenset(
        """attr attrs black certifi charset_normalizer click comm dask debugpy decorator defusedxml dill executing fastjsonschema fsspec
        idna ipykernel ipywidgets jax jedi jinja2 jsonschema jupyter jupyter_client jupyter_core jupytext keras lightgbm llvmlite
        markdown markupsafe matplotlib_inline mpmath narwhals nbclient nbconvert nbformat numexpr packaging papermill parso
        pexpect ploomber posthog prompt_toolkit psutil ptyprocess pygments pyparsing referencing requests rich rpds six sqlalchemy
        sqlparse stack_data tenacity tensorflow threadpoolctl torch torchvision tornado traitlets urllib3 wcwidth yaml zmq""".split()  # noqa: SIM905
    )
)


def package_name(name: str, modules: set[str]) -> str:
    """An import name that shadows neither the standard library, nor what the notebook imports, nor what that and kernels import."""
    text = project_name(name).replace("-", "_")
    if text[0].isdigit():
        text = f"nb_{text}"
    taken = set(sys.stdlib_module_names) | modules | _RESERVED | _LIBRARIES
    if text in taken or keyword.iskeyword(text):
        text += "_pipeline"
    return text


def title_of(notebook: Notebook) -> str:
    """The first heading of level 1 or 2, or the name in words."""
    for cell in notebook.cells:
        if cell.kind is CellKind.MARKDOWN:
            match = re.search(r"^#{1,2}\s+(.+?)\s*#*\s*$", cell.source, flags=re.M)
            if match:
                return match.group(1)
    return re.sub(r"[_\-\s]+", " ", notebook.name).strip().capitalize() or "Notebook"


def summary_of(notebook: Notebook) -> str:
    """The first paragraph below the title."""
    for cell in notebook.cells[:3]:
        if cell.kind is not CellKind.MARKDOWN:
            continue
        for paragraph in re.split(r"\n\s*\n", cell.source):
            text = "\n".join(x for x in paragraph.split("\n") if not x.lstrip().startswith(("#", "![", "<", "|")))
            if text.strip():
                return re.sub(r"\s+", " ", text).strip()
    return ""
