"""Runs the stages of a project that are stale, several at the same time."""

from __future__ import annotations

import fcntl
import os
import selectors
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from nb2pipe.run import preload
from nb2pipe.run.freshness import Freshness, Known
from nb2pipe.run.jobs import Job, Jobs
from nb2pipe.run.kernelspec import is_own_python, startup_files
from nb2pipe.run.model import Project, RunError, RunReport, StageReport, State, Task
from nb2pipe.run.workers import Worker

Listener = Callable[[StageReport], None]

#: Seconds between two calls of `tick`.
_TICK = 0.5


@dataclass(frozen=True, slots=True)
class Choice:
    """What to run and how.

    Attributes:
        stages: Stages to bring up to date, with all that they need; all where empty.
        start: Only these stages and those that need them.
        force: Run what is chosen although it is fresh.
        kernel: Run every stage in a real kernel.
        jobs: How many stages may run at the same time; 0 for as many as there are cores.
    """

    stages: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    force: bool = False
    kernel: bool = False
    jobs: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do.

    Attributes:
        project: The project.
        freshness: What was read of it.
        known: What is known of each stage.
        chosen: The stages that may run, in order.
        stale: Those of them that will, and why.
    """

    project: Project
    freshness: Freshness
    known: Mapping[str, Known]
    chosen: tuple[str, ...]
    stale: Mapping[str, str]


def make_plan(project: Project, choice: Choice) -> Plan:
    """Finds out what a run would do.

    Raises:
        RunError: A stage does not exist, or needs one that is neither chosen nor there.
    """
    for name in (*choice.stages, *choice.start):
        if name not in project.tasks:
            raise RunError(
                f"there is no stage `{name}`",
                place=str(project.root / "pipeline.yaml"),
                help=f"it has {', '.join(project.tasks)}",
                usage=True,
            )
    chosen = _choose(project, choice)
    freshness = Freshness(project)
    known = freshness.look()
    stale: dict[str, str] = {}
    for name in chosen:
        needs = next((u for u in project.tasks[name].upstream if u in stale), None)
        verdict = known[name].verdict
        if needs is not None:
            stale[name] = f"{needs} runs"
        elif choice.force:
            stale[name] = "asked for"
        elif verdict.stale:
            left_out = next((u for u in project.tasks[name].upstream if u not in chosen and known[u].verdict.stale), "")
            stale[name] = verdict.reason if not left_out else f"{left_out} is stale and left out"
    _check_upstream(project, known, chosen, stale)
    return Plan(project, freshness, known, tuple(chosen), stale)


def _choose(project: Project, choice: Choice) -> list[str]:
    wanted = set(project.tasks)
    if choice.stages:
        wanted = set(choice.stages).union(*(project.needed_by(n) for n in choice.stages))
    if choice.start:
        after = set(choice.start).union(*(project.downstream(n) for n in choice.start))
        wanted &= after
        if not wanted:
            names = ", ".join(choice.stages)
            raise RunError(f"no stage lies between {', '.join(choice.start)} and {names}", usage=True)
    return [n for n in project.tasks if n in wanted]


def _check_upstream(project: Project, known: Mapping[str, Known], chosen: list[str], stale: Mapping[str, str]) -> None:
    for name in stale:
        for upstream in project.tasks[name].upstream:
            if upstream not in chosen and known[upstream].record is None:
                raise RunError(
                    f"{name} needs {upstream}, whose products are not there",
                    place=str(project.tasks[upstream].source),
                    help=f"nb2pipe run {upstream}",
                    usage=True,
                )


def run(plan: Plan, choice: Choice, listen: Listener, tick: Callable[[], None] = lambda: None) -> RunReport:
    """Runs what is stale, and brings up to date what is fresh but for its text.

    Args:
        plan: What to do.
        choice: How.
        listen: Is told of each stage that changes its state.
        tick: Is called now and then while stages run.

    Raises:
        RunError: Something that running needs is not installed, or the project is being run already.
        OSError: The disk refuses.
    """
    started = time.monotonic()
    with _only_run(plan.project), _work_folder() as folder:
        jobs = Jobs(plan.project, plan.freshness, folder)
        reports: dict[str, StageReport] = {}
        for name in plan.chosen:
            if name not in plan.stale:
                verdict = plan.known[name].verdict
                if verdict.refresh:
                    jobs.refresh(plan.project.tasks[name])
                reports[name] = StageReport(name, State.CACHED, verdict.reason)
                listen(reports[name])
        interrupted = False
        if plan.stale:
            scheduler = _Scheduler(plan, choice, jobs, folder, reports, listen)
            interrupted = scheduler.run(tick)
            jobs.forget_overwritten({n: plan.project.tasks[n] for n in plan.stale if reports[n].state is State.RAN})
        stages = tuple(reports[n] for n in plan.chosen)
        return RunReport(stages, time.monotonic() - started, interrupted)


@contextmanager
def _only_run(project: Project) -> Iterator[None]:
    """Holds the project's lock: two runs at once would take each other's products for their own."""
    with open(project.root / "pipeline.yaml", "rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RunError(
                "another nb2pipe run is at work on this project",
                place=str(project.root),
                help="wait until it has ended",
            ) from error
        except OSError:  # a disk without locks
            pass
        yield


@contextmanager
def _work_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="nb2pipe-run-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _count_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(slots=True)
class _Stage:
    """A stage that will run: how, and on what it waits."""

    task: Task
    kernel: bool
    bare: bool
    hide: bool
    load: list[str]
    notes: tuple[str, ...]
    waits: set[str] = field(default_factory=set)


class _Scheduler:
    def __init__(
        self,
        plan: Plan,
        choice: Choice,
        jobs: Jobs,
        folder: Path,
        reports: dict[str, StageReport],
        listen: Listener,
    ) -> None:
        self._plan = plan
        self._jobs = jobs
        self._folder = folder
        self._reports = reports
        self._listen = listen
        self._slots = choice.jobs or _count_cores()
        self._stages = self._describe(choice)
        self._workers: dict[str, Worker] = {}
        self._where: dict[str, Worker] = {}
        self._skip: set[str] = set()
        self._running: dict[str, Job] = {}
        self._selector = selectors.DefaultSelector()

    def _describe(self, choice: Choice) -> dict[str, _Stage]:
        found = {}
        files = startup_files()
        configured = preload.has_settings_file(self._plan.project)
        for name in self._plan.stale:
            task = self._plan.project.tasks[name]
            source = self._plan.freshness.source(task)
            texts = preload.local_texts(task)
            spec = self._jobs.kernelspec(source)
            why = preload.needs_kernel(source, texts)
            if choice.kernel:
                notes: tuple[str, ...] = ()
            elif spec.get("language", "python") != "python" or not is_own_python(spec):
                notes = (f"runs in the kernel {spec['name']}, which has a Python of its own",)
            elif files:
                notes = (f"runs in a real kernel, because of {files[0]}",)
            else:
                notes = (f"runs in a real kernel, because of {why}",) if why else ()
            kernel = choice.kernel or bool(notes)
            imported = preload.all_imports(source, task)
            bare = configured or bool(preload.must_be_bare(source, texts, imported, self._plan.project))
            load = [] if kernel or bare else preload.modules_to_load(imported, self._plan.project)
            hide = preload.heeds_imports(source, texts)
            waits = {u for u in task.upstream if u in self._plan.stale}
            found[name] = _Stage(task, kernel, bare, hide, load, notes, waits)
        self._check_installed(found)
        return found

    def _check_installed(self, stages: Mapping[str, _Stage]) -> None:
        needed = {"ipykernel": "ipykernel"} if any(not s.kernel for s in stages.values()) else {}
        if any(s.kernel for s in stages.values()):
            needed |= {"papermill": "papermill", "ipykernel": "ipykernel"}
        for module, package in needed.items():
            if find_spec(module) is None:
                raise RunError(
                    f"{package} must be installed to run stages",
                    place=str(self._plan.project.root),
                    help="pip install 'nb2pipe[run]' into the environment of the project's packages",
                )

    def run(self, tick: Callable[[], None]) -> bool:
        """Runs all; whether Ctrl-C ended it."""
        try:
            ahead = list(dict.fromkeys(m for s in self._stages.values() if not s.bare for m in s.load))
            if any(not s.kernel and not s.bare for s in self._stages.values()):
                self._worker("loaded").load(ahead)
            self._start_ready()
            while self._running:
                for key, _ in self._selector.select(_TICK):
                    self._hear(key.data)
                tick()
            return False
        except KeyboardInterrupt:
            return True
        finally:
            self._stop()

    def _worker(self, kind: str) -> Worker:
        if kind not in self._workers:
            worker = Worker(self._plan.project.root, self._folder / "workers.log", self._skip)
            self._workers[kind] = worker
            self._selector.register(worker.answers, selectors.EVENT_READ, kind)
        return self._workers[kind]

    def _start_ready(self) -> None:
        for name, stage in self._stages.items():
            if len(self._running) >= self._slots:
                return
            if name not in self._reports and name not in self._running and not stage.waits:
                self._start(stage)

    def _start(self, stage: _Stage) -> None:
        job, file = self._jobs.prepare(stage.task)
        self._running[stage.task.name] = job
        self._send(stage, job, file)
        reason = self._plan.stale[stage.task.name]
        self._listen(StageReport(stage.task.name, State.RUNNING, reason, notes=stage.notes))

    def _send(self, stage: _Stage, job: Job, file: Path) -> None:
        worker = self._worker("bare" if stage.bare or stage.kernel else "loaded")
        self._where[stage.task.name] = worker
        worker.start(
            {
                "job": str(file),
                "name": stage.task.name,
                "load": stage.load,
                "kernel": stage.kernel,
                "hide": stage.hide,
                "root": str(self._plan.project.root),
                "log": str(job.log),
            }
        )

    def _hear(self, kind: str) -> None:
        worker = self._workers.get(kind)
        if worker is None:
            return
        answers = worker.read()
        if answers is None:
            self._lose(kind)
            return
        for answer in answers:
            if answer["event"] == "ended":
                self._end(answer["name"], answer["status"])
            elif answer["event"] == "noise":
                self._skip.add(answer["module"].partition(".")[0])
                self._workers[f"{kind} before {len(self._workers)}"] = self._workers.pop(kind)
                self._rename(worker, kind)
            elif answer["event"] == "returned":
                name = answer["name"]
                stage, job = self._stages[name], self._running[name]
                self._send(stage, job, job.report.with_name(job.report.name.replace(".report.", ".job.")))

    def _rename(self, worker: Worker, kind: str) -> None:
        """A worker that has loaded too much goes on only with what it has begun."""
        name = next(k for k, w in self._workers.items() if w is worker)
        self._selector.modify(worker.answers, selectors.EVENT_READ, name)

    def _lose(self, kind: str) -> None:
        """A worker ended: so did its stages."""
        worker = self._workers.pop(kind)
        self._selector.unregister(worker.answers)
        worker.close()
        for name in [n for n in self._running if self._where[n] is worker]:
            log = self._running[name].log
            if not log.exists() or not log.stat().st_size:
                shutil.copyfile(self._folder / "workers.log", log)
            self._end(name, 1)

    def _end(self, name: str, status: int) -> None:
        job = self._running.pop(name)
        stage = self._stages[name]
        result = self._jobs.finish(job, status)
        report = StageReport(
            name,
            State.RAN if result.ok else State.FAILED,
            self._plan.stale[name],
            time.monotonic() - job.started,
            result,
            stage.notes,
        )
        self._reports[name] = report
        self._listen(report)
        if result.ok:
            for other in self._stages.values():
                other.waits.discard(name)
        else:
            self._block(name)
        self._start_ready()

    def _block(self, failed: str) -> None:
        for name in self._plan.project.tasks:
            if name in self._stages and name not in self._reports and name in self._plan.project.downstream(failed):
                self._reports[name] = StageReport(name, State.BLOCKED, f"{failed} failed")
                self._listen(self._reports[name])

    def _stop(self) -> None:
        for worker in self._workers.values():
            worker.close()
        for name, job in self._running.items():
            with suppress(OSError):
                job.temporary.unlink(missing_ok=True)
            seconds = time.monotonic() - job.started
            self._reports[name] = StageReport(name, State.STOPPED, self._plan.stale[name], seconds)
            self._listen(self._reports[name])
        for name in self._stages:
            self._reports.setdefault(name, StageReport(name, State.WAITING, self._plan.stale[name]))
        self._selector.close()
