"""Shells for notebooks, forked from a process that has made a shell, has the libraries loaded and nothing else done.

Tests run in a process that pytest has changed: log handlers, warnings filters, threads. What a notebook shows must not
depend on that, so a process of its own loads the libraries once and forks for each run (see inprocess.py). To fork one that has
all of them takes longer than most notebooks run, so each notebook forks from one that has what it names.
"""

from __future__ import annotations

import os
import pickle
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent

#: What a shell itself loads, and stages.
SHELL = ("bdb", "cloudpickle", "hashlib", "IPython.core.completer", "IPython.core.logger", "IPython.core.magics")

#: What notebooks import, loaded before the forks; nothing else may be done there. pyplot chooses its backend when it is imported,
#: so only what it imports is here; matplotlib reads MPLBACKEND.
TABLES = (
    "matplotlib.backends.backend_agg",
    "matplotlib.figure",
    "matplotlib.projections",
    "matplotlib.style",
    "pandas",
)
LIBRARIES = (
    *TABLES,
    "sklearn.ensemble",
    "sklearn.linear_model",
    "sklearn.model_selection",
    "sklearn.pipeline",
)

#: A text that names one of them, or a library that imports one.
_NAMES_ONE = re.compile(r"sklearn|scipy|seaborn|statsmodels|joblib|networkx|patsy|PIL|cv2|numba")
_NAMES_A_TABLE = re.compile(r"numpy|pandas|matplotlib|pylab")

Cells = Sequence[tuple[str, Sequence[str]]]


class Shells:
    """Runs notebooks one after the other, each in a fresh shell; a context manager.

    Args:
        loaded: Libraries that are loaded before the forks, besides `LIBRARIES`, whatever a notebook names.
    """

    def __init__(self, *loaded: str) -> None:
        self._loaded = loaded
        self._servers: dict[tuple[str, ...], _Server] = {}

    def run(self, cells: Cells, folder: Path, timeout: int = 60, *, names: str = "") -> list[dict[str, Any]]:
        """For each code cell (source, tags) that ran its `text` and `error`; see `inprocess.Shell.run`.

        `names` is a text with the names of the libraries that the run needs, which a stage's own cells need not have.
        """
        texts = (names, *(source for source, _ in cells))
        needed: tuple[str, ...] = ()
        if self._loaded or any(_NAMES_ONE.search(text) for text in texts):
            needed = LIBRARIES + self._loaded
        elif any(_NAMES_A_TABLE.search(text) for text in texts):
            needed = TABLES
        if needed not in self._servers:
            self._servers[needed] = _Server(SHELL + needed)
        return self._servers[needed].run(cells, folder, timeout)

    def __enter__(self) -> Shells:
        return self

    def __exit__(self, *_error: object) -> None:
        for server in self._servers.values():
            server.close()


class _Server:
    """A process that forks, with what it has loaded."""

    def __init__(self, loaded: Sequence[str]) -> None:
        ours, theirs = os.pipe(), os.pipe()
        environment = dict(
            os.environ,
            MPLBACKEND="module://matplotlib_inline.backend_inline",
            OMP_NUM_THREADS="1",
            OPENBLAS_NUM_THREADS="1",
            PYTHONHASHSEED="0",
        )
        environment.pop("PYTEST_CURRENT_TEST", None)
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).resolve()), str(theirs[0]), str(ours[1]), *loaded],
            env=environment,
            pass_fds=(theirs[0], ours[1]),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs[0])
        os.close(ours[1])
        self._to, self._from = os.fdopen(theirs[1], "wb"), os.fdopen(ours[0], "rb")

    def run(self, cells: Cells, folder: Path, timeout: int) -> list[dict[str, Any]]:
        pickle.dump((list(cells), str(folder), timeout), self._to)
        self._to.flush()
        found: list[dict[str, Any]] = pickle.load(self._from)
        return found

    def close(self) -> None:
        self._to.close()
        self._process.wait(30)
        self._from.close()


def _serve(requests: int, answers: int, *loaded: str) -> None:
    """The process that forks: loads, then answers until its requests end."""
    import gc
    import warnings

    sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != HERE]
    from importlib import import_module
    from importlib.util import module_from_spec, spec_from_file_location

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in loaded:
            import_module(name)
    spec = spec_from_file_location("inprocess", HERE / "inprocess.py")
    assert spec is not None and spec.loader is not None
    inprocess = module_from_spec(spec)
    spec.loader.exec_module(inprocess)
    shell = inprocess.Shell()
    gc.collect()
    gc.freeze()
    with os.fdopen(requests, "rb") as incoming, os.fdopen(answers, "wb") as outgoing:
        while True:
            try:
                cells, folder, timeout = pickle.load(incoming)
            except EOFError:
                return
            pickle.dump(shell.run(cells, Path(folder), timeout=timeout), outgoing)
            outgoing.flush()


if __name__ == "__main__":
    _serve(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
