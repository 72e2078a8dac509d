"""Runs a notebook and its pipeline, and compares them: text and pictures, files, and every value that is handed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nb2pipe.verify.model import Failure, Finding, Report, StageReport, Tally

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nb2pipe.options import Options

__all__ = ["Failure", "Finding", "Report", "StageReport", "Tally", "verify"]


def verify(
    notebook: str | Path,
    project: str | Path,
    *,
    options: Options | None = None,
    runner: str = "",
    products: str = "",
    timeout: float = 3600,
    quick: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Report:
    """Runs a notebook and the pipeline that was converted from it, each in a temporary copy, and compares them.

    The notebook's code is executed, once where everything is the same, else a second time: what differs between two
    runs of the notebook is not deterministic in the notebook itself, and does not count.

    Args:
        notebook: The notebook.
        project: The folder that `convert` wrote.
        options: As for `convert`; the defaults where none are given.
        runner: What runs the pipeline, `ploomber` or `nb2pipe`; empty for Ploomber where it is installed, else nb2pipe.
        products: Where an engine left the products of a run: a folder or a URL that fsspec reads. They are compared then,
            and the pipeline is not run. Empty runs it.
        timeout: Seconds for each run of the notebook, and for the pipeline.
        quick: Run the notebook once, whatever differs.
        progress: Is told what is being done.

    Returns:
        What was found; `verdict` is `failed`, with the `failure`, where the notebook or the pipeline does not run.

    Raises:
        Nb2pipeError: The notebook cannot be read, or would not be converted.
        ValueError: There is no such runner.
    """
    from nb2pipe.verify.verifier import How, verify_project

    how = How(runner, products, timeout, quick)
    return verify_project(notebook, project, options, how, progress or (lambda _step: None))
