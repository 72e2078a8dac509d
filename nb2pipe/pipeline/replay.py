"""What no file can hold is made again: the stage that needs it repeats the statements that made it what it is.

A backward slice over the top-level statements (Weiser, 1981): of those before the stage, in the notebook's order, the ones that bind or
change what is wanted, and what those read in turn. Whatever shares memory with it comes from the same repetition, so that
aliases hold. It is only done where repeating cannot differ: no clock, no settings, no unknown code, no file
that has changed since. Random numbers are drawn again where the statements that seed their generator are repeated, too.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from nb2pipe.dataflow.facts import PARAMETERS, RANDOM_KINDS, Binding, Effect, EffectKind, Facts, Step
from nb2pipe.dataflow.knowledge import DISPLAY
from nb2pipe.dataflow.scopes import bound_names
from nb2pipe.dataflow.world import World, uses_unordered
from nb2pipe.pipeline.handover import is_definition, is_pseudo

#: Kinds that live outside of the process, or go on by themselves.
_OUTSIDE = frozenset(
    {
        "socket",
        "executor",
        "process",
        "thread",
        "event loop",
        "awaited",
        "memory map",
        "mapped array",
        "handler",
        "lock",
        "task",
        DISPLAY,
    }
)
_FILES = frozenset({EffectKind.READ, EffectKind.WRITE})
#: Before the name of a module beside the notebook, among names of variables: its state is wanted.
MODULE = "import "


@dataclass(frozen=True, slots=True)
class Replay:
    """What a stage makes again.

    Attributes:
        wanted: Variables of earlier stages that cannot be loaded, and modules whose state cannot.
        steps: The statements, in the notebook's order.
        made: Those, and the variables that come with them instead of being loaded.
        loads: Variables that they read and that are loaded before.
        repeats: Imports and definitions that they need.
        regions: All that the variables reach.
    """

    wanted: frozenset[str]
    steps: tuple[Step, ...]
    made: frozenset[str]
    loads: frozenset[str]
    repeats: frozenset[str]
    regions: frozenset[int]

    @property
    def names(self) -> str:
        """What is wanted, in words."""
        return ", ".join(f"`{name.removeprefix(MODULE)}`" for name in sorted(self.wanted))

    @property
    def effects(self) -> tuple[Effect, ...]:
        """The files that the statements read and write, now in the stage that repeats them."""
        return tuple(e for step in self.steps for e in step.effects if e.kind in _FILES and e.key)


class _Impossible(Exception):
    """Repeating could differ."""


def plan_replay(
    facts: Facts, stage: str, wanted: Collection[str], inputs: Mapping[str, str], world: World, *, whole: bool
) -> Replay | None:
    """Finds what a stage must repeat to have some variables of earlier stages.

    Args:
        facts: Of the whole notebook.
        stage: The stage that needs the variables.
        wanted: Variables that cannot be loaded; modules, after `MODULE`, whose state cannot.
        inputs: All variables that the stage needs, to the stages that hold them.
        world: What the notebook can reach.
        whole: All that the stage needs is to come from the repetition: it asks which objects are the same.

    Returns:
        What to repeat, `None` where repeating could differ from what the notebook did.
    """
    try:
        return _Planner(facts, stage, inputs, world, whole).plan(wanted)
    except _Impossible:
        return None


class _Planner:
    """Grows one slice until nothing is missing."""

    def __init__(self, facts: Facts, stage: str, inputs: Mapping[str, str], world: World, whole: bool) -> None:
        self.facts, self.inputs, self.world, self.whole = facts, inputs, world, whole
        names = list(facts.stages)
        position = names.index(stage)
        self.env: Mapping[str, Binding] = facts.stages[names[position - 1]].env if position else {}
        before = frozenset(names[:position])
        self.before = [s for s in facts.steps if s.stage in before and s.stage != PARAMETERS]
        self.last = {name: step.order for step in self.before for name in step.binds | step.deletes}
        self.first_values = {n for step in facts.steps if step.stage == PARAMETERS for n in step.binds}
        self.regions: set[int] = set()
        self.files: set[str] = set()
        self.modules: set[str] = set()  # beside the notebook, whose state the statements use
        self.generators: set[str] = set()  # process-wide ones from which the statements draw
        self.loads: set[str] = set()
        self.parameters: set[str] = set()
        self.never_loaded: set[str] = set()
        self.repeats: set[str] = set()
        self.floods: dict[int, set[int]] = {}

    def plan(self, wanted: Collection[str]) -> Replay:
        """The slice for these variables and all that must come with them."""
        made = {name for name in wanted if not name.startswith(MODULE)}
        self.modules = {name.removeprefix(MODULE) for name in wanted if name.startswith(MODULE)}
        while True:
            made |= self._read_late(r for n in made if n in self.env for r in self._reach(n))
            steps = self._slice(made)
            bound = {n for step in steps for n in step.binds}
            more = {n for n, holder in self.inputs.items() if not is_pseudo(holder) and self._comes_along(n, bound)}
            again = self.loads & (bound | more)
            if more <= made and not again:
                break
            if more <= made and again <= self.never_loaded:
                raise _Impossible
            made |= more
            self.never_loaded |= again
        self._check(steps, made)
        return Replay(
            frozenset(wanted),
            tuple(steps),
            frozenset(made),
            frozenset(self.loads),
            frozenset(self.repeats),
            frozenset(self.regions),
        )

    def _reach(self, name: str) -> frozenset[int]:
        return self.facts.regions.reach(self.env[name].value.region)

    def _read_late(self, regions: Iterable[int]) -> set[str]:
        """Variables that generators and the like read whenever they go on; parameters among them are loaded."""
        names = {n for region in regions if region in self.facts.makers for n in self.facts.makers[region].reads}
        fixed = self.facts.stable.keys() | self.facts.hoisted.keys()
        found = {n for n in names - fixed if n in self.env and not is_definition(self.env[n])}
        constant = {n for n in found if {origin for origin, _ in self.env[n].origins} == {PARAMETERS}}
        self.parameters |= constant - self.last.keys()
        return found - self.parameters

    def _comes_along(self, name: str, bound: Collection[str]) -> bool:
        binding = self.env.get(name)
        return (
            self.whole
            or name in bound
            or (binding is not None and not self.regions.isdisjoint(self.facts.regions.reach(binding.value.region)))
        )

    def _slice(self, made: Collection[str]) -> list[Step]:
        """The statements, with regions and files grown until they are all in it."""
        while True:
            size = self._size()
            self.loads, self.repeats = set(self.parameters), set()
            live = set(made)
            for name in made:
                if name not in self.env:
                    raise _Impossible
                self._add(self.env[name].value.region)
            found: list[Step] = []
            for step in reversed(self.before):
                if step.deletes & live:
                    raise _Impossible
                draws = [e for e in self._effects(step) if e.kind in RANDOM_KINDS]
                if not (
                    step.binds & live
                    or self._changes(step)
                    or self._touches_file(step)
                    or step.modules & self.modules
                    or any(e.key in self.generators or not e.key for e in draws if self.generators)
                ):
                    continue
                found.append(step)
                self.generators |= {e.key for e in draws}
                self.modules |= step.modules
                live -= _surely_bound(step.node)
                for name, regions in step.reads.items():
                    self._read(step, name, regions, live)
                for name in self._read_late(step.mutates):
                    live.add(name)
                    self._add_all(name)
                self.files |= {posixpath.normpath(e.key) for e in step.effects if e.kind is EffectKind.WRITE and e.key}
            if not live.isdisjoint(self.first_values):
                raise _Impossible  # a parameter's first value, where it has another one by now
            if self._size() == size:
                return found[::-1]

    def _size(self) -> tuple[int, ...]:
        return len(self.regions), len(self.files), len(self.generators), len(self.modules)

    def _add(self, region: int | None) -> None:
        self.regions |= self.facts.regions.reach(region)

    def _add_all(self, name: str) -> None:
        """All that a name stands for anywhere before the stage."""
        for stage in {s.stage for s in self.before}:
            if (binding := self.facts.stages[stage].env.get(name)) is not None:
                self._add(binding.value.region)

    def _changes(self, step: Step) -> bool:
        if step.order not in self.floods:
            self.floods[step.order] = flood(self.facts, step.mutates)
        return not self.regions.isdisjoint(self.floods[step.order])

    def _effects(self, step: Step) -> list[Effect]:
        """The effects that a statement can have."""
        found = [replace(e, key="") if e.varies else e for e in step.effects if e.key != ":memory:"]
        if not self.world.closed:
            return found
        return [e for e in found if e.kind not in RANDOM_KINDS and not (e.kind in _FILES and not e.key)]

    def _touches_file(self, step: Step) -> bool:
        return any(_same(e.key, file) for e in self._effects(step) for file in self.files if e.kind in _FILES)

    def _read(self, step: Step, name: str, regions: Iterable[int], live: set[str]) -> None:
        """What a statement reads is repeated, loaded, or wanted from the statements before it."""
        binding = self.env.get(name)
        if name in self.facts.stable or name in self.facts.hoisted:
            self.repeats.add(name)
            return
        if binding is not None and self.last.get(name, 0) <= step.order:
            origins = {origin for origin, _ in binding.origins}
            if is_definition(binding):
                self.repeats.add(name)
                return
            if origins == {PARAMETERS} or (not regions and binding.value.region is None and self._is_loadable(name)):
                self.loads.add(name)
                return
        live.add(name)
        for region in regions:
            self._add(region)

    def _is_loadable(self, name: str) -> bool:
        binding = self.env[name]
        return (
            name not in self.never_loaded
            and not self.whole
            and binding.certain
            and not binding.value.code
            and all(not is_pseudo(origin) for origin, _ in binding.origins)
        )

    def _check(self, steps: list[Step], made: Collection[str]) -> None:
        """Raises where a statement could do something else the second time."""
        makers = set(self.facts.makers.values())
        opened: set[str] = set()
        seeded: set[str] = set()
        if (
            not steps
            or self.world.placed
            or self.world.unordered
            or any(_sets(s) for s in self.before if s.order > steps[0].order)
        ):
            raise _Impossible
        if self.world.draws and any(self.facts.cells[step.span.cell].plots for step in steps):
            raise _Impossible
        kinds = {self.facts.regions.kind(region) for region in self.regions}
        if "weak reference" in kinds and self._lets_go(steps):
            raise _Impossible
        for step in steps:
            if step.opaque or is_pseudo(step.stage):
                raise _Impossible
            if uses_unordered(step.node) or (step in makers and step.binds - bound_names([step.node])):
                raise _Impossible
            if step.binds & self.repeats:
                raise _Impossible
            for effect in self._effects(step):
                if effect.kind in RANDOM_KINDS and effect.key:
                    if effect.key not in seeded and effect.kind is EffectKind.DRAW:
                        raise _Impossible
                    seeded.add(effect.key)
                    continue
                if effect.kind not in _FILES or not effect.key or "://" in effect.key:
                    raise _Impossible
                file = posixpath.normpath(effect.key)
                if effect.kind is EffectKind.WRITE:
                    if file not in opened and not (_starts_anew(step.node) and _files_written(step) == {file}):
                        raise _Impossible
                    opened.add(file)
                elif (
                    file not in opened
                    and not _only_clears(step.node)
                    and any(
                        e.kind is EffectKind.WRITE and _same(e.key, file)
                        for other in self.before
                        if other.order > step.order
                        for e in self._effects(other)
                    )
                ):
                    raise _Impossible
        if opened and any(not e.key for s in self.before for e in self._effects(s) if e.kind in _FILES):
            raise _Impossible
        if not kinds.isdisjoint(_OUTSIDE) or any(self._finalizes(name) for name in made):
            raise _Impossible

    def _lets_go(self, steps: Sequence[Step]) -> bool:
        """Whether an object may go away in the notebook that the repetition keeps: a name for it is bound anew or deleted."""
        names = [n for step in steps for n in step.binds]
        others = {n for s in self.before if s not in steps for n in s.binds | s.deletes}
        return len(set(names)) < len(names) or not others.isdisjoint(names)

    def _finalizes(self, name: str) -> bool:
        """Whether something happens when an object goes away, which it would in each process."""
        numbers = {n for s in self.facts.stages.values() for n in s.codes.get(name, ())}
        return any(self.facts.codes[n].finalizes for n in numbers)


def flood(facts: Facts, mutated: Iterable[int]) -> set[int]:
    """What may change with these regions: a generator that goes on may change anything that it or its code can reach."""
    found: set[int] = set()
    pending = set(mutated)
    while pending:
        found |= pending
        going_on = [region for region in pending if region in facts.makers]
        read = {r for region in going_on for regions in facts.makers[region].reads.values() for r in regions}
        reached = {facts.regions.reach(region) for region in {*going_on, *read}}
        pending = set().union(*reached) - found
    return found


def _surely_bound(node: ast.stmt) -> set[str]:
    """The names that a statement binds whatever happens."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Assign):
        targets = [part for target in node.targets for part in ast.walk(target)]
        return {part.id for part in targets if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return set(bound_names([node]))
    if isinstance(node, ast.AnnAssign) and node.value is not None and isinstance(node.target, ast.Name):
        return {node.target.id}
    return set()


def _sets(step: Step) -> bool:
    """Whether a statement changes what a later one does, beside variables."""
    if any(e.kind is EffectKind.SETTING and e.key != "IPython" for e in step.effects):  # repeated ones show nothing
        return True
    return re.search(r"run_line_magic\(\W*(cd|pushd|popd|env|set_env)\b", step.source) is not None


def _files_written(step: Step) -> set[str]:
    return {posixpath.normpath(e.key) for e in step.effects if e.kind is EffectKind.WRITE}


def _starts_anew(node: ast.stmt) -> bool:
    """Whether a statement opens a file for writing from its start, or removes one."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            given = [*call.args, *(k.value for k in call.keywords if k.arg == "mode")]
            modes = [a.value for a in given[1:] if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            if name == "open" and any(m.startswith("w") for m in modes):
                return True
            if name in ("remove", "unlink"):
                return True
    return False


def _only_clears(node: ast.stmt) -> bool:
    """Whether a statement removes a file where there is one, and does no more."""
    calls = [n.func for n in ast.walk(node) if isinstance(n, ast.Call)]
    names = {f.attr if isinstance(f, ast.Attribute) else getattr(f, "id", "") for f in calls}
    return names <= {"exists", "isfile", "is_file", "remove", "unlink", "Path", "join"}


def _same(a: str, b: str) -> bool:
    """Whether two paths may name one file; an empty one may be any."""
    return not a or not b or posixpath.normpath(a) == posixpath.normpath(b) or any(c in a + b for c in "*?[")
