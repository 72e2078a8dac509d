"""The pipeline as data: stages, what they hand over, their parameters, and why each edge exists."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from nb2pipe.diagnostics import Diagnostic, Span
from nb2pipe.notebook.layout import Hint
from nb2pipe.notebook.model import Cell

#: What JSON, and so papermill, can hold.
JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """An assignment of the `parameters` cell.

    Attributes:
        name: The variable.
        value: Its value in the notebook.
        source: The value as the notebook writes it, such as `1e-3`.
        span: Where it is assigned.
        comment: The comment at the end of its line, without `#`, or empty.
        annotation: Its type annotation as written, or empty.
    """

    name: str
    value: JsonValue
    source: str
    span: Span
    comment: str = ""
    annotation: str = ""


class EdgeKind(enum.Enum):
    """Why one stage waits for another."""

    DATA = "data"  # a variable is handed over
    STATE = "state"  # random state or a process-wide setting is handed over
    FILE = "file"  # a file is written in one and read or written in the other
    ORDER = "order"  # an `after:` tag, or an effect that nb2pipe cannot see through


@dataclass(frozen=True, slots=True)
class Edge:
    """A reason for which `target` runs after `source`; two stages may have several.

    Attributes:
        source: Name of the stage that comes first.
        target: Name of the stage that waits.
        kind: Why.
        name: The variable, state or file; empty for order.
        defined: Where the source defines or changes it.
        used: Where the target needs it.
        why: One sentence for `graph --explain`.
    """

    source: str
    target: str
    kind: EdgeKind
    name: str
    defined: Span
    used: Span
    why: str = ""


@dataclass(frozen=True, slots=True)
class Input:
    """A variable that a stage reads from another stage's product."""

    name: str
    stage: str
    type: str = "Any"


@dataclass(frozen=True, slots=True)
class Output:
    """A variable that a stage hands over.

    Attributes:
        name: The variable.
        type: Its type as an annotation, such as `pd.DataFrame`; `Any` where it is not known.
        span: Where the stage defines or last changes it.
        certain: False where the stage binds it on some paths only.
    """

    name: str
    type: str = "Any"
    span: Span = Span()
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Stage:
    """One task of the pipeline.

    Attributes:
        name: As tagged, a Python identifier made from the tag or heading; the task's name everywhere.
        title: Title for people: the heading's or tag's words.
        summary: First sentence of the markdown before the stage's first cell, or empty.
        cells: Its cells, markdown included, in order.
        inputs: Variables from other stages.
        outputs: Variables that later stages read.
        parameters: Names of the parameters that it reads.
        upstream: Names of the stages that it waits for, in order.
        hints: For engines.
        metrics: Names of the scalars that its `metrics` cells assign.
        style: "function" where its code became a function in a module, "notebook" where it stays inline.
        reasons: Why it stays inline (NB601), empty for functions.
        file: Name of its files without suffix, where `name` cannot serve.
        state: Process-wide state that it hands over, such as `numpy.random state`.
        deterministic: True where its outputs are the same each run: it draws nothing unseeded, reads no clock.
        reads: Paths of the files that it reads, as the code names them; `*` where it may read any.
        writes: Paths of the files that it writes, makes, moves or removes, in the same way.
        plots: It may show pictures.
    """

    name: str
    title: str
    summary: str
    cells: tuple[Cell, ...]
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    parameters: tuple[str, ...]
    upstream: tuple[str, ...]
    hints: tuple[Hint, ...] = ()
    metrics: tuple[str, ...] = ()
    style: str = "function"
    reasons: tuple[Diagnostic, ...] = ()
    deterministic: bool = False
    state: tuple[str, ...] = ()
    file: str = ""
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    plots: bool = False

    @property
    def stem(self) -> str:
        """Name of its files without suffix; differs from `name` where file systems would confuse two stages."""
        return self.file or self.name

    @property
    def hands_over(self) -> bool:
        """Whether the stage writes a hand-over file."""
        return bool(self.outputs or self.state)

    @property
    def returned(self) -> tuple[Output, ...]:
        """What its function returns: outputs, then metrics that no later stage reads."""
        names = {o.name for o in self.outputs}
        return (*self.outputs, *(Output(m, "float") for m in self.metrics if m not in names))

    @property
    def span(self) -> Span:
        """The stage's first code cell."""
        return Span(next((c.number for c in self.cells if c.is_code), 0))


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file or folder that the notebook reads, copied into the project.

    Attributes:
        source: Absolute path here.
        path: Relative path below the project's working folder.
    """

    source: str
    path: str


@dataclass(frozen=True, slots=True)
class Observation:
    """What one run of the notebook showed of a stage.

    Attributes:
        unchanged: Variables whose objects were the same at its end as at its start.
        drawn: Generators of random numbers from which it drew.
        reads: Files that it read, relative to the notebook's folder where they lie in it.
        writes: Files that it wrote, made, moved or removed.
        sees_files: Nothing could use files unseen.
    """

    unchanged: frozenset[str]
    drawn: frozenset[str]
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    sees_files: bool


@dataclass(frozen=True, slots=True)
class Assumed:
    """What the pipeline takes from a run of the notebook, as the code alone does not prove it; the stage watches it.

    Attributes:
        stage: The stage.
        unchanged: Variables that it loads and whose objects it leaves as they are.
        still: Generators of random numbers from which it does not draw.
        reads: All files that it may read, `None` where nothing is assumed of them.
        writes: All files that it may write, `None` in the same case.
    """

    stage: str
    unchanged: tuple[str, ...] = ()
    still: tuple[str, ...] = ()
    reads: tuple[str, ...] | None = None
    writes: tuple[str, ...] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is assumed."""
        return not self.unchanged and not self.still and self.reads is None and self.writes is None


@dataclass(frozen=True, slots=True)
class Pipeline:
    """All that is known of a notebook's pipeline, before any text is rendered.

    Attributes:
        name: The project's name, from the notebook's, such as `churn`.
        package: Its import package, a Python identifier that shadows no module in use.
        notebook: File name of the notebook.
        title: The notebook's first heading, or its name in words.
        description: First paragraph after the title, or empty.
        stages: In an order that respects every edge; ties go by cell.
        parameters: In the notebook's order.
        edges: Every reason, sorted by source, target, kind, name.
        imports: Top-level module names that the project's code imports, sorted, standard library excluded.
        optional: Distributions that those modules import by themselves once they are asked for something, such as
            `openpyxl` for `df.to_excel(…)`, sorted.
        local_modules: Module files beside the notebook that the code imports, copied into the project.
        data_files: Files to copy; with `runs_in_place` empty.
        folders: Folders beside the notebook that stages write into, to be there before.
        runs_in_place: Stages run in the notebook's folder, as files are reached by paths that only a run knows.
        workdir: Working folder of the stages, relative to the project.
        kernel: Name of the kernel.
        python: Version of Python, such as `3.11`.
        diagnostics: Warnings and notes; errors never get this far.
        assumed: What is taken from a run of the notebook instead of a proof.
        stored: Kinds of values in what stages hand over that need more than pickle, such as `open file`.
        own_modules: Names of modules beside the notebook, also of those that stay there.
        module_state: Modules beside the notebook to those of their variables that change after they are imported.
    """

    name: str
    package: str
    notebook: str
    title: str
    description: str
    stages: tuple[Stage, ...]
    parameters: tuple[Parameter, ...]
    edges: tuple[Edge, ...]
    imports: tuple[str, ...]
    local_modules: tuple[DataFile, ...]
    data_files: tuple[DataFile, ...]
    runs_in_place: bool
    workdir: str
    kernel: str
    python: str
    folders: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    assumed: tuple[Assumed, ...] = ()
    stored: frozenset[str] = frozenset()
    own_modules: frozenset[str] = frozenset()
    module_state: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    optional: tuple[str, ...] = ()

    def assumption(self, stage: str) -> Assumed | None:
        """What is assumed of a stage; `None` where nothing is."""
        return next((each for each in self.assumed if each.stage == stage), None)

    def stage(self, name: str) -> Stage:
        """The stage of that name. Raises KeyError where there is none."""
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Sources:
    """The Python that codegen renders: `{path in the project: text}`.

    Attributes:
        modules: `src/<package>/*.py`: stages' modules, functions.py.
        stages: Stage name to its notebook in percent format (`stages/<name>.py`).
        notebooks: Stage name to the same as .ipynb text, without outputs.
        tests: `tests/*.py`.
        uses: Stage name to the paths of the project's own modules that it imports, transitively, sorted.
    """

    modules: Mapping[str, str]
    stages: Mapping[str, str]
    notebooks: Mapping[str, str]
    tests: Mapping[str, str]
    uses: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Copy:
    """A file of the project that is copied byte by byte from `source` (an absolute path)."""

    source: str


@dataclass(frozen=True, slots=True)
class Link:
    """A file of the project that is a symbolic link to `target`, relative to its own folder."""

    target: str


#: A whole project, ready to be written: relative POSIX path to its content.
Project = Mapping[str, "str | Copy | Link"]
