"""The steps of a verification, in order: run the pipeline, run the notebook, compare; where they differ, run it again.

All runs take place at one path, one after the other, so that paths in texts and values are the same; each is moved
aside when it is done.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nb2pipe.convert import Analysis, analyze
from nb2pipe.dataflow.facts import HIDDEN
from nb2pipe.diagnostics import Nb2pipeError
from nb2pipe.notebook.model import Notebook
from nb2pipe.options import Options
from nb2pipe.pipeline.files import levels_up
from nb2pipe.pipeline.model import Pipeline
from nb2pipe.pipeline.plan import Plan
from nb2pipe.record.places import Place, copy_place
from nb2pipe.verify import notebook_run, pipeline_run, results
from nb2pipe.verify.engine_products import take_products
from nb2pipe.verify.model import FAILED, SAME, CannotRunError, Conditions, Failure, Report
from nb2pipe.verify.notebook_run import NotebookRun, Request
from nb2pipe.verify.pipeline_run import PipelineRun, ProjectLayout

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class How:
    """The choices of `nb2pipe.verify.verify`."""

    runner: str
    products: str
    timeout: float
    quick: bool


def verify_project(notebook: str | Path, project: str | Path, options: Options | None, how: How, tell: Tell) -> Report:
    """See `nb2pipe.verify.verify`."""
    if how.runner and how.runner not in pipeline_run.RUNNERS:
        raise ValueError(f"no runner is called {how.runner!r}; there is {' and '.join(pipeline_run.RUNNERS)}")
    tell("reading the notebook")
    analysis = analyze(notebook, options)
    if analysis.pipeline is None or analysis.plan is None:
        raise Nb2pipeError(analysis.diagnostics)
    try:
        notebook_run.check_libraries()
        runner = "" if how.products else pipeline_run.choose_runner(how.runner)
        layout = pipeline_run.read_project(Path(project))
        with tempfile.TemporaryDirectory(prefix="nb2pipe-") as scratch:
            conditions = Conditions(_environment(), how.timeout, tell)
            work = _Work(
                analysis, Path(project).resolve(), layout, Path(scratch).resolve(), conditions, runner, how.products
            )
            return work.verify(str(notebook), str(project), how.quick)
    except CannotRunError as error:
        failure = error.failure
        if failure.cell and not failure.stage:
            failure = replace(failure, stage=stage_of_cell(analysis.pipeline).get(failure.cell, ""))
        return Report(str(notebook), str(project), FAILED, failure=failure)


def stage_of_cell(pipeline: Pipeline) -> dict[int, str]:
    """Cell number to the stage that it is in."""
    return {cell.number: stage.name for stage in pipeline.stages for cell in stage.cells}


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was seen, ready to be compared.

    Attributes:
        pipeline: The analysis' pipeline.
        layout: The project's.
        run: The pipeline's run.
        notebooks: The notebook's runs: one or two.
        folders: The notebook's folder after each of them.
        values: The worker's rows for values.
        files: The worker's rows for files.
        package: The project's package.
        plain: Takes the names of temporary folders out of texts.
    """

    pipeline: Pipeline
    layout: ProjectLayout
    run: PipelineRun
    notebooks: Sequence[NotebookRun]
    folders: Sequence[Path]
    values: Sequence[Mapping[str, Any]]
    files: Sequence[Mapping[str, Any]]
    package: str
    plain: Callable[[str], str]


class _Work:
    """One verification."""

    def __init__(
        self,
        analysis: Analysis,
        project: Path,
        layout: ProjectLayout,
        scratch: Path,
        conditions: Conditions,
        runner: str,
        products: str = "",
    ) -> None:
        if analysis.pipeline is None or analysis.plan is None:
            raise Nb2pipeError(analysis.diagnostics)
        self.notebook: Notebook = analysis.notebook
        self.pipeline: Pipeline = analysis.pipeline
        self.plan: Plan = analysis.plan
        self.project, self.layout, self.scratch = project, layout, scratch
        self.conditions, self.runner, self.products = conditions, runner, products
        self.here = scratch / "run"
        self.roots: list[tuple[str, str]] = []
        self.notes: list[str] = []

    def verify(self, notebook: str, project: str, quick: bool) -> Report:
        try:
            run = self._run_pipeline()
        except CannotRunError:
            if self.here.exists():
                os.rename(self.here, self.scratch / "failed")
            self._run_notebook("check", {})  # where the notebook itself fails, that is what to say
            raise
        requests = self._requests(run)
        runs = [self._run_notebook("first", requests)]
        report = self._report(run, runs, notebook, project)
        if report.verdict != SAME and not quick:
            runs.append(self._run_notebook("second", requests, fast_clocks=True))
            report = self._report(run, runs, notebook, project)
        return report

    def _copy(self) -> Place:
        levels = levels_up(c.source for c in self.notebook.cells if c.is_code)
        place = copy_place(Path(self.notebook.folder), self.here, levels, self.project)
        if place.linked and not self.notes:
            self.notes.append(
                f"the notebook's folder is large: {len(place.linked)} of its files were linked, not copied, for the runs"
            )
        return place

    def _run_pipeline(self) -> PipelineRun:
        self.conditions.tell("copying the project")
        place = self._copy()
        if self.layout.runs_in_place:
            project, workdir = self.scratch / "project" / self.project.name, place.folder
        else:
            # The stages run in the project: it takes the place of the notebook's folder.
            os.rename(self.here, self.scratch / "unused")
            project = place.folder
            project.parent.mkdir(parents=True)
            workdir = (project / self.layout.workdir).resolve()
        pipeline_run.copy_project(self.project, project, self.layout)
        workdir.mkdir(parents=True, exist_ok=True)
        self.roots = sorted(
            {(str(workdir), "<folder>"), (str(place.folder), "<folder>"), (str(project), "<project>")},
            key=lambda row: (-len(row[0]), row),
        )
        self.roots = [row for n, row in enumerate(self.roots) if row[0] not in {r[0] for r in self.roots[:n]}]
        if self.products:
            run = take_products(self.products, project, self.layout, workdir, self.conditions)
        else:
            run = pipeline_run.run_pipeline(project, self.layout, workdir, self.conditions, self.runner)
        aside = self.scratch / "pipeline"
        os.rename(self.here, aside)
        run.workdir = aside / workdir.relative_to(self.here)
        if project.is_relative_to(self.here):
            run.project = aside / project.relative_to(self.here)
        return run

    def _requests(self, run: PipelineRun) -> dict[str, tuple[int, Request]]:
        """For each stage of both sides its last code cell, and what to store there: what the pipeline hands over."""
        found: dict[str, tuple[int, Request]] = {}
        for task in self.layout.tasks:
            stage = next((s for s in self.pipeline.stages if s.name == task.name), None)
            code = [c.number for c in stage.cells if c.is_code and not c.is_empty] if stage else []
            if not code:
                continue
            bundles = self.bundles(run, task.name)
            if task.metrics:
                metrics = json.loads((run.project / task.metrics).read_text(encoding="utf-8"))
                bundles = (*bundles, tuple(metrics))
            found[task.name] = max(code), Request(bundles, pipeline_run.read_definitions(run.project / task.source))
        return found

    def bundles(self, run: PipelineRun, stage: str) -> tuple[tuple[str, ...], ...]:
        """What a stage hands over, as its file says; where the file is of another kind, as the analysis says."""
        task = next(t for t in self.layout.tasks if t.name == stage)
        if not task.data:
            return ()
        plan = self.plan.stages.get(stage)
        found = pipeline_run.read_bundles(run.project / task.data)
        bundles = found if found is not None else (plan.saves if plan else ())
        return tuple(tuple(name for name in bundle if name not in HIDDEN) for bundle in bundles)

    def _run_notebook(
        self, word: str, requests: Mapping[str, tuple[int, Request]], *, fast_clocks: bool = False
    ) -> tuple[NotebookRun, Path]:
        place = self._copy()
        store = self.scratch / f"{word}-values"
        run = notebook_run.run_notebook(
            self.notebook, place.folder, requests, store, self.conditions, fast_clocks=fast_clocks
        )
        aside = self.scratch / word
        os.rename(self.here, aside)
        return run, aside / place.folder.relative_to(self.here)

    def _report(
        self, run: PipelineRun, runs: Sequence[tuple[NotebookRun, Path]], notebook: str, project: str
    ) -> Report:
        self.conditions.tell("comparing")
        found = self._compare(run, runs)

        def plain(text: str) -> str:
            for root, word in self.roots:
                text = text.replace(root, word)
            return text

        evidence = Evidence(
            self.pipeline,
            self.layout,
            run,
            [r for r, _ in runs],
            [f for _, f in runs],
            found["values"],
            found["files"],
            self.layout.package,
            plain,
        )
        notes = [*self.notes, *runs[0][0].notes]
        if not run.sees_files and any(r.written for r, _ in runs):
            notes.append(
                "files that the notebook writes were not compared: the products do not hold those of the stages"
            )
        return results.make_report(evidence, notebook, project, notes)

    def _compare(self, run: PipelineRun, runs: Sequence[tuple[NotebookRun, Path]]) -> dict[str, Any]:
        """Values and files, in a process that has the project's modules and the kernel's libraries."""
        job = {
            "package": self.layout.package,
            "src": str(run.project / "src"),
            "workdir": str(run.workdir),
            "roots": self.roots,
            "products": self._products(run, [r for r, _ in runs]),
            "files": self._files(run, runs),
        }
        paths = self.scratch / "job.json", self.scratch / "result.json"
        paths[0].write_text(json.dumps(job), encoding="utf-8")
        paths[1].unlink(missing_ok=True)
        top = Path(__file__).resolve().parents[2]
        start = (
            f"import sys; sys.path.append({str(top)!r}); from nb2pipe.verify.worker import main; main(*sys.argv[1:])"
        )
        command = [runs[0][0].python, "-P", "-c", start, *map(str, paths)]
        environment = dict(self.conditions.environment)
        if self.layout.variable:
            environment[self.layout.variable] = str(run.workdir)
        try:
            done = subprocess.run(
                command,
                cwd=run.workdir,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=self.conditions.timeout,
                check=False,
            )
            result: dict[str, Any] = json.loads(paths[1].read_text(encoding="utf-8")) if paths[1].exists() else {}
        except subprocess.TimeoutExpired as error:
            message = f"comparing the values was not done after {self.conditions.timeout:g} seconds"
            raise CannotRunError(Failure("comparison", message, help="give it more time with --timeout")) from error
        if "values" not in result:
            message = "the values could not be compared" + (f": {result['error']}" if "error" in result else "")
            raise CannotRunError(Failure("comparison", message, detail=notebook_run.tail(done.stderr)))
        return result

    def _products(self, run: PipelineRun, runs: Sequence[NotebookRun]) -> list[dict[str, Any]]:
        rows = []
        for task in self.layout.tasks:
            if task.name in runs[0].captures:
                rows.append(
                    {
                        "stage": task.name,
                        "product": str(run.project / task.data) if task.data else "",
                        "metrics": str(run.project / task.metrics) if task.metrics else "",
                        "bundles": self.bundles(run, task.name),
                        "captures": [str(r.captures[task.name]) for r in runs if task.name in r.captures],
                    }
                )
        return rows

    def _files(self, run: PipelineRun, runs: Sequence[tuple[NotebookRun, Path]]) -> list[dict[str, Any]]:
        names = results.written_files(self.pipeline, run, [r for r, _ in runs])
        return [
            {
                "name": name,
                "notebook": [_place(folder / name, name in r.written) for r, folder in runs],
                "pipeline": _place(run.workdir / name, name in results.written_by_pipeline(run)),
            }
            for name in names
        ]


def _place(path: Path, is_written: bool) -> str | None:
    return str(path) if is_written and path.is_file() else None


def _environment() -> dict[str, str]:
    """The same for every run: no random hashes, no threads that change the order of sums."""
    variables = dict(os.environ)
    variables.pop("MPLBACKEND", None)  # where it is set, figures are not shown
    for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM"):
        variables[f"{name}_NUM_THREADS"] = "1"
    return variables | {
        "PYTHONHASHSEED": "0",
        "PLOOMBER_STATS_ENABLED": "false",
        "PLOOMBER_VERSION_CHECK_DISABLED": "1",
    }
