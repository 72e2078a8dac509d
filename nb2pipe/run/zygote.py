"""The process that forks: it has IPython's shell and the stages' libraries loaded, and nothing else done.

    requests ──▶ {"load": ["pandas"]}             {"job": "/…/clean.json", "name": "clean", "load": ["pandas"]}
    answers  ◀── {"event": "started", "name": "clean", "pid": 4711}   {"event": "ended", "name": "clean", "status": 0}

It ends when its requests end, and takes the stages with it: a stage never outlives the run.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import fcntl
import gc
import json
import os
import selectors
import signal
import stat
import sys
import threading
import warnings
from collections import deque
from typing import Any

from nb2pipe.run.libraries import Libraries, NoiseError
from nb2pipe.run.outputs import Outputs, Stream

#: Seconds that a stage has for ending by itself when all its cells have run, as a kernel has.
_GRACE = 5.0


class Zygote:
    """Serves requests until they end."""

    def __init__(self, requests: int, answers: int, life: int, skip: set[str]) -> None:
        from nb2pipe.run.shell import make_shell

        self._requests, self._answers, self._life = requests, answers, life
        self._outputs = Outputs()
        sys.stdout, sys.stderr = Stream("stdout", self._outputs), Stream("stderr", self._outputs)
        self._shell = make_shell(self._outputs)
        self._known = frozenset(name.partition(".")[0] for name in sys.modules)
        self._libraries = Libraries(self._shell, self._outputs, skip)
        self._ahead: deque[str] = deque()
        self._jobs: deque[dict[str, Any]] = deque()
        self._running: dict[int, str] = {}
        self._buffer = b""
        self._retired = False
        self._untidy = True

    def serve(self, environment: dict[str, str]) -> None:
        """Answers until the requests end."""
        self._environment = environment
        wake, waker = os.pipe()
        os.set_blocking(waker, False)
        os.set_blocking(wake, False)
        self._own = (self._requests, self._answers, wake, waker)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        selector = selectors.DefaultSelector()
        selector.register(self._requests, selectors.EVENT_READ)
        selector.register(wake, selectors.EVENT_READ)
        while True:
            busy = bool(self._jobs) or (bool(self._ahead) and not self._retired)
            for key, _ in selector.select(0 if busy else None):
                if key.fd == wake:
                    _empty(wake)
                elif not self._read():
                    self._kill()
                    return
            self._reap()
            self._work()

    def _read(self) -> bool:
        chunk = os.read(self._requests, 65536)
        *lines, self._buffer = (self._buffer + chunk).split(b"\n")
        for line in lines:
            request = json.loads(line)
            if "job" in request:
                self._jobs.append(request)
            else:
                self._ahead.extend(request["load"])
        return bool(chunk)

    def _work(self) -> None:
        """Starts a stage whose libraries are there, or loads one library."""
        if self._retired:
            for job in self._jobs:
                self._answer(event="returned", name=job["name"])
            self._jobs.clear()
            return
        for job in self._jobs:
            if job.get("kernel") or not self._libraries.missing(job["load"]):
                self._jobs.remove(job)
                self._start(job)
                return
        wanted = self._jobs[0]["load"] if self._jobs else list(self._ahead)
        missing = self._libraries.missing(wanted)
        if not missing:
            self._ahead.clear()
            return
        self._untidy = True
        try:
            self._libraries.load(missing[0])
        except NoiseError:
            self._retired = True
            self._answer(event="noise", module=missing[0])

    def _start(self, job: dict[str, Any]) -> None:
        if self._untidy:  # what is loaded is looked at once, and its pages stay shared
            gc.collect()
            gc.freeze()
            self._untidy = False
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pid = os.fork()
        if pid == 0:
            self._run(job)
        self._running[pid] = job["name"]
        self._answer(event="started", name=job["name"], pid=pid)

    def _run(self, job: dict[str, Any]) -> None:
        """Becomes the stage."""
        status = 1
        try:
            self._become(job)
            from nb2pipe.run.stage_process import run_stage

            with open(job["job"], encoding="utf-8") as file:
                content = json.load(file)
            run_stage(content, self._shell, self._outputs, self._known)
            status = 0
        except BaseException:
            import traceback

            traceback.print_exc(file=sys.__stderr__)
        _leave(status)

    def _become(self, job: dict[str, Any]) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.setpgid(0, 0)
        for descriptor in self._own:
            os.close(descriptor)
        die_with_parent(self._life)
        log = os.open(job["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.close(log)
        os.chdir(job["root"])
        if job.get("kernel"):
            environment = self._environment
            os.execve(sys.executable, [sys.executable, "-m", "nb2pipe.run.by_kernel", job["job"]], environment)
        import faulthandler

        faulthandler.enable(file=os.dup(2))
        if "numpy.random" in sys.modules:
            sys.modules["numpy.random"].seed()  # each process begins with a state of its own
        if job["hide"]:
            self._libraries.hide()

    def _reap(self) -> None:
        while self._running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            name = self._running.pop(pid, None)
            if name is not None:
                self._answer(event="ended", name=name, status=os.waitstatus_to_exitcode(status))

    def _answer(self, **content: Any) -> None:
        with contextlib.suppress(BrokenPipeError):
            os.write(self._answers, json.dumps(content).encode() + b"\n")

    def _kill(self) -> None:
        for pid in self._running:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
        while self._running:
            with contextlib.suppress(ChildProcessError):
                self._running.pop(os.waitpid(-1, 0)[0], None)
                continue
            return


def die_with_parent(life: int) -> None:
    """Ends this process and those that it starts when the other end of a pipe closes."""
    if sys.platform == "linux":
        kill_on_death = 1  # PR_SET_PDEATHSIG
        ctypes.CDLL(None).prctl(kill_on_death, signal.SIGKILL)

    def watch() -> None:
        with contextlib.suppress(OSError):
            while os.read(life, 1):
                pass
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def _leave(status: int) -> None:
    """Ends the stage's process as a kernel ends: what was registered for the end runs, what is open is written."""
    with contextlib.suppress(OSError):
        if sys.__stderr__ is not None:
            sys.__stderr__.flush()
    timer = threading.Timer(_GRACE, os._exit, (status,))
    timer.daemon = True
    timer.start()
    if _has_open_files() or any(not t.daemon and t is not threading.main_thread() for t in threading.enumerate()):
        sys.exit(status)
    with contextlib.suppress(BaseException):
        atexit._run_exitfuncs()
    os._exit(status)


def _has_open_files() -> bool:
    """Whether a file is open for writing, of which a part may still be in memory."""
    for name in os.listdir("/dev/fd"):
        number = int(name)
        if number <= 2:
            continue
        with contextlib.suppress(OSError):
            writable = fcntl.fcntl(number, fcntl.F_GETFL) & (os.O_WRONLY | os.O_RDWR)
            if writable and stat.S_ISREG(os.fstat(number).st_mode):
                return True
    return False


def _empty(descriptor: int) -> None:
    with contextlib.suppress(BlockingIOError):
        while os.read(descriptor, 4096):
            pass


def main() -> None:
    """Serves; `sys.argv[1]` has the descriptors and what not to load, as JSON."""
    options = json.loads(sys.argv[1])
    environment = dict(os.environ)
    zygote = Zygote(options["requests"], options["answers"], options["life"], set(options["skip"]))
    zygote.serve(environment)
