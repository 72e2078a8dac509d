"""Runs a notebook in its own kernel, cell by cell, and asks after each what a stage computed and showed."""

from __future__ import annotations

import itertools
import json
import os
import re
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from nb2pipe.diagnostics import Diagnostic, Nb2pipeError, Span
from nb2pipe.kernels import KernelOutput, hear_replies
from nb2pipe.notebook.model import Cell, Notebook
from nb2pipe.pipeline.files import levels_up
from nb2pipe.pipeline.kernels import kernel_of
from nb2pipe.pipeline.model import Observation, Pipeline
from nb2pipe.record.clock import hurry_code
from nb2pipe.record.describing import answer_code, read_source, start_code, watch_code
from nb2pipe.record.places import LEFT_OUT, copy_place

#: A folder larger than this, in bytes, is not copied: the notebook runs in it.
LARGEST_COPY = 200_000_000
#: Addresses differ from run to run; the tests leave them out, too.
_ADDRESS = re.compile(r"(?<=0x)[0-9a-fA-F]{6,}")
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Subject:
    """What is recorded.

    Attributes:
        notebook: It runs in a copy of its folder where that is not large.
        pipeline: Says which cells are a stage's, and what it hands over.
        left_out: A folder that the copy leaves out: the project's.
        templates: The user's folder of templates, or empty.
        watch: Stages to watch, each with the variables whose objects may change there.
    """

    notebook: Notebook
    pipeline: Pipeline
    left_out: Path | None = None
    templates: str = ""
    watch: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StageRecord:
    """What one stage gave.

    Attributes:
        outputs: Variable to its description, as it was at the end of the stage.
        types: Variable to its type then, as `nb2pipe.record.naming` writes it.
        seen: What else it did, where it was watched.
        figures: Descriptions of the figures that its cells showed.
        text: What its cells showed as text, in lines.
    """

    outputs: Mapping[str, Any]
    figures: tuple[Any, ...]
    text: tuple[str, ...]
    types: Mapping[str, str] = field(default_factory=dict)
    seen: Observation | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """One run of a notebook.

    Attributes:
        stages: Stage to what it gave.
        diagnostics: NB506 where the notebook ran in its own folder.
    """

    stages: Mapping[str, StageRecord]
    diagnostics: tuple[Diagnostic, ...] = ()


def record_notebook(
    subject: Subject, tell: Callable[[str], None], run: str = "recording", *, fast_clocks: bool = False
) -> Recording:
    """Runs the notebook and records what each stage gives.

    Args:
        subject: What to run.
        tell: Is told which cell is running.
        run: What to call this run.
        fast_clocks: The notebook's clocks run fast, see `nb2pipe.record.clock`.

    Raises:
        Nb2pipeError: NB505: what runs notebooks is not installed, there is no such kernel, or a cell fails.
    """
    with _working_folder(subject.notebook, subject.left_out) as (folder, is_copy):
        stages = _run(subject, tell, folder, run, fast_clocks)
    notes = () if is_copy else (_in_place(subject.notebook),)
    return Recording(MappingProxyType(stages), notes)


def _run(
    subject: Subject, tell: Callable[[str], None], folder: Path, run: str, fast_clocks: bool
) -> dict[str, StageRecord]:
    notebook, pipeline = subject.notebook, subject.pipeline
    client = _make_client(notebook, folder)
    stage_of = {cell.number: stage.name for stage in pipeline.stages for cell in stage.cells if cell.is_code}
    ends = {number: pipeline.stage(name) for name, number in {s: n for n, s in sorted(stage_of.items())}.items()}
    text: dict[str, list[str]] = {stage.name: [] for stage in pipeline.stages}
    figures: dict[str, list[Any]] = {stage.name: [] for stage in pipeline.stages}
    outputs: dict[str, Mapping[str, Any]] = {}
    types: dict[str, Mapping[str, str]] = {}
    seen: dict[str, Observation] = {}
    watch = _watchable(subject, stage_of)
    code = [cell for cell in notebook.cells if cell.is_code and not cell.is_empty]
    tell(f"{run} the notebook: starting its kernel")
    with _kernel(client, notebook), tempfile.TemporaryDirectory() as scratch:
        answer = Path(scratch, "answer.json")
        texts = (read_source(name, pipeline.package, subject.templates) for name in ("describing", "watch"))
        _ask(client, start_code(*texts))
        if fast_clocks:
            _ask(client, hurry_code())
        for place, cell in enumerate(code, 1):
            tell(f"{run} the notebook: cell {place} of {len(code)}")
            if cell.number in watch:
                _ask(client, watch_code(*watch[cell.number]))
            shown = _run_cell(client, cell)
            stage, end = stage_of.get(cell.number), ends.get(cell.number)
            wanted = tuple((o.name, o.certain) for o in end.returned) if end else ()
            _ask(client, answer_code(wanted, end.name if end else "", str(answer)))
            if stage is not None:
                found = json.loads(answer.read_text(encoding="utf-8"))
                figures[stage] += found["figures"]
                text[stage] += shown
                outputs[stage], types[stage] = found["outputs"], found["types"]
                if found["seen"] is not None:
                    seen[stage] = _read_observation(found["seen"])
    folders = {str(folder), os.path.realpath(folder)}
    lines = {name: tuple(_lines("".join(parts), folders)) for name, parts in text.items()}
    return {
        name: StageRecord(
            MappingProxyType(outputs.get(name, {})),
            tuple(figures[name]),
            lines[name],
            MappingProxyType(types.get(name, {})),
            seen.get(name),
        )
        for name in text
    }


def _watchable(subject: Subject, stage_of: Mapping[int, str]) -> dict[int, tuple[str, tuple[str, ...]]]:
    """First cell to stage and variables, of the stages to watch whose cells stand together."""
    order = [stage_of.get(c.number, "") for c in subject.notebook.cells if c.is_code and not c.is_empty]
    together = {
        name for name, _ in itertools.groupby(order) if [n for n, _ in itertools.groupby(order)].count(name) == 1
    }
    firsts: dict[str, int] = {}
    for number, name in sorted(stage_of.items()):
        firsts.setdefault(name, number)
    return {firsts[name]: (name, names) for name, names in subject.watch.items() if name in together & firsts.keys()}


def _read_observation(found: Mapping[str, Any]) -> Observation:
    return Observation(
        frozenset(found["unchanged"]),
        frozenset(found["drawn"]),
        tuple(found["reads"]),
        tuple(found["writes"]),
        bool(found["sees_files"]),
    )


def _make_client(notebook: Notebook, folder: Path) -> Any:
    try:
        import nbformat
        from nbclient import NotebookClient
    except ImportError as error:
        raise _refused("recording needs nbclient and ipykernel", help="pip install 'nb2pipe[run]'") from error
    hear_replies()
    kernel = notebook.kernel if is_installed(notebook.kernel) else kernel_of(notebook.kernel)
    node = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": kernel, "display_name": kernel}})
    client = NotebookClient(
        node,
        timeout=None,
        kernel_name=kernel,
        resources={"metadata": {"path": str(folder)}},
        allow_errors=True,
    )
    client.extra_arguments = ["--log-level=ERROR"]  # a kernel's remarks on its own set-up
    return client


def is_installed(kernel: str) -> bool:
    """Whether Jupyter knows a kernel of this name."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        KernelSpecManager().get_kernel_spec(kernel)
    except NoSuchKernel:
        return False
    return True


@contextmanager
def _kernel(client: Any, notebook: Notebook) -> Iterator[None]:
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient.exceptions import DeadKernelError

    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    runs = False
    with closing(KernelOutput()) as output:
        try:
            with client.setup_kernel(env=environment, **output.streams):
                runs = True
                yield
        except NoSuchKernel as error:
            message = f"the notebook's kernel `{notebook.kernel}` is not installed"
            remedy = "install it (`jupyter kernelspec list` shows which there are), or convert without --record"
            raise _refused(message, help=remedy) from error
        except _CellDeathError as error:
            raise _dead("died", output, Span(error.cell)) from error
        except DeadKernelError as error:
            raise _dead("died", output) from error
        except (RuntimeError, OSError) as error:
            if runs:
                raise
            raise _dead("does not start", output) from error


class _CellDeathError(Exception):
    """A kernel died in a cell."""

    def __init__(self, cell: int) -> None:
        super().__init__()
        self.cell = cell


def _dead(what: str, output: KernelOutput, span: Span | None = None) -> Nb2pipeError:
    said = output.tell()
    remedy = "run the notebook by hand to see why" + (f"; it said:\n{said}" if said else "")
    return _refused(f"the notebook's kernel {what}", span, remedy)


def _run_cell(client: Any, cell: Cell) -> list[str]:
    """Runs a cell and gives the text that it shows."""
    from nbclient.exceptions import DeadKernelError

    try:
        node = _execute(client, cell.source, cell.tags)
    except DeadKernelError as error:
        raise _CellDeathError(cell.number) from error
    failed = [output for output in node.outputs if output.output_type == "error"]
    if failed and "raises-exception" not in cell.tags:
        trace = _ANSI.sub("", "\n".join(failed[0].traceback))
        found = re.search(r"Cell In\s*\[\d+\], line (\d+)|^-+> (\d+) ", trace, re.MULTILINE)
        line = int(found[1] or found[2]) if found else 0
        message = f"the notebook stops with {failed[0].ename}: {' '.join(failed[0].evalue.split())[:300]}"
        raise _refused(message, Span(cell.number, line), "correct the cell, or convert without --record")
    return [_text(output) for output in node.outputs]


def _execute(client: Any, source: str, tags: tuple[str, ...] = (), *, store_history: bool = True) -> Any:
    import nbformat

    node = nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)})
    client.nb.cells.append(node)
    return client.execute_cell(node, len(client.nb.cells) - 1, store_history=store_history)


def _ask(client: Any, source: str) -> None:
    """Runs nb2pipe's own code, without a trace in the notebook's history."""
    node = _execute(client, source, store_history=False)
    failed = [output for output in node.outputs if output.output_type == "error"]
    if failed:
        raise RuntimeError(_ANSI.sub("", "\n".join(failed[0].traceback)))


def _text(output: Any) -> str:
    if output.output_type == "stream" and output.name == "stdout":
        return str(output.text)
    if output.output_type in ("execute_result", "display_data"):
        return str(output.data.get("text/plain", "")) + "\n"
    return ""


def _lines(text: str, folders: Collection[str]) -> list[str]:
    for folder in sorted(folders, key=len, reverse=True):
        text = text.replace(folder, ".")
    text = _ADDRESS.sub("", text)
    return [line.rstrip() for line in text.splitlines() if line.strip()]


@contextmanager
def _working_folder(notebook: Notebook, left_out: Path | None) -> Iterator[tuple[Path, bool]]:
    """A copy of the notebook's folder without the project, or the folder itself where it is large."""
    folder = Path(notebook.folder)
    own = os.path.realpath(left_out) if left_out is not None else ""

    def skip(parent: str, names: list[str]) -> list[str]:
        return [n for n in names if n in LEFT_OUT or os.path.realpath(os.path.join(parent, n)) == own]

    if _size(folder, skip) > LARGEST_COPY:
        yield folder, False
        return
    with tempfile.TemporaryDirectory() as scratch:
        levels = levels_up(cell.source for cell in notebook.cells if cell.is_code)
        yield copy_place(folder, Path(os.path.realpath(scratch)), levels, left_out).folder, True


def _size(folder: Path, skip: Callable[[str, list[str]], list[str]]) -> int:
    """Bytes below a folder; stops counting where it is too large to copy."""
    total = 0
    for parent, folders, files in os.walk(folder):
        left_out = set(skip(parent, folders))
        folders[:] = [name for name in folders if name not in left_out]
        total += sum(os.lstat(os.path.join(parent, name)).st_size for name in files)
        if total > LARGEST_COPY:
            break
    return total


def _refused(message: str, span: Span | None = None, help: str = "") -> Nb2pipeError:
    return Nb2pipeError([Diagnostic("NB505", message, span or Span(), help=help)])


def _in_place(notebook: Notebook) -> Diagnostic:
    message = f"`{notebook.file}` ran in its own folder, which is too large to copy: files that it writes are there now"
    return Diagnostic("NB506", message, help="look for what changed, or move large data out of the notebook's folder")
