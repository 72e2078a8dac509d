"""Which stage hands which variable to which: holders, bundles and inputs.

A variable's holder, at any point of the notebook, is the last stage that bound it, changed an object in its region, or made it
share memory with another variable in a way that a later stage can see. Every stage that needs a variable loads it from
its holder. Variables whose sharing can be seen later have one holder, which stores them together, so that aliases and
identity survive (co-variables of Kishu, VLDB 2024).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nb2pipe.dataflow.facts import PARAMETERS, SHARED, SKIP, Binding, Facts, StageFacts
from nb2pipe.diagnostics import Span


@dataclass(slots=True)
class Need:
    """Why a stage loads a variable."""

    span: Span
    binding: Binding
    certain: bool
    why: str


@dataclass(slots=True)
class Handover:
    """The result: for each stage its inputs and outputs.

    Attributes:
        inputs: Stage to variable to (holder, need).
        outputs: Stage to variables that it hands over, in order of names.
        groups: Stage to its outputs in groups that are stored together.
        uncertain: Stage to outputs that may be unbound at its end.
        touched: Stage to variables to the place where it bound or last changed them.
        remade: Stage to variables that it makes again instead of loading them, to (holder, need).
    """

    inputs: dict[str, dict[str, tuple[str, Need]]] = field(default_factory=dict)
    outputs: dict[str, list[str]] = field(default_factory=dict)
    groups: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    uncertain: dict[str, list[str]] = field(default_factory=dict)
    touched: dict[str, dict[str, Span]] = field(default_factory=dict)
    remade: dict[str, dict[str, tuple[str, Need]]] = field(default_factory=dict)

    def stored_with(self, stage: str, variable: str) -> tuple[str, ...]:
        """The outputs of a stage that are stored together with one, which is the first of them: who loads one loads all."""
        group = next((g for g in self.groups.get(stage, ()) if variable in g), ())
        return variable, *(v for v in group if v != variable)


def is_definition(binding: Binding) -> bool:
    """Whether a binding is made again by repeating its statements instead of being handed over."""
    return bool(binding.items) and all(i.kind != "shared" and i.pure for i in binding.items)


def is_pseudo(stage: str) -> bool:
    """Shared, parameter and skipped cells are no stages."""
    return stage.startswith("#")


class _Solver:
    """Finds the smallest needs that satisfy every stage."""

    def __init__(self, facts: Facts, made: Mapping[str, frozenset[str]]) -> None:
        self.facts, self.made = facts, made
        self.names = list(facts.stages)
        self.needs: dict[str, dict[str, Need]] = {}
        for name, stage in facts.stages.items():
            self.needs[name] = {
                variable: Need(span, binding, variable in stage.certain, "")
                for variable, (span, binding) in stage.needs.items()
                if not is_definition(binding) and not variable.startswith("*")
            }

    def solve(self) -> Handover:
        while True:
            result, grown = self._pass()
            if not grown:
                return result

    def _kills(self, stage: StageFacts) -> set[str]:
        killed = {n for n in stage.deleted if n not in stage.env}
        for name in stage.bound:
            binding = stage.env.get(name)
            if binding is None or (binding.certain and all(o == stage.name for o, _ in binding.origins)):
                killed.add(name)
        return killed

    def _live(self) -> dict[str, set[str]]:
        live: dict[str, set[str]] = {}
        after: set[str] = set()
        for name in reversed(self.names):
            live[name] = after
            needs = set() if name.startswith(SKIP) else set(self.needs[name])
            after = needs | (after - self._kills(self.facts.stages[name]))
        return live

    def _visible_later(self) -> dict[str, set[int]]:
        """For each stage, the regions that change or are told apart after it: there, sharing can be seen."""
        visible: dict[str, set[int]] = {}
        later: set[int] = set()
        for name in reversed(self.names):
            visible[name] = set(later)
            later |= self.facts.stages[name].mutated.keys() | self.facts.stages[name].identity
        return visible

    def _pass(self) -> tuple[Handover, bool]:
        result, grown = Handover(), False
        live, visible = self._live(), self._visible_later()
        holder: dict[str, str] = {}
        for name in self.names:
            stage = self.facts.stages[name]
            for variable, need in self.needs[name].items():
                if variable in holder and not name.startswith(SKIP):
                    kind = result.remade if variable in self.made.get(name, ()) else result.inputs
                    kind.setdefault(name, {})[variable] = (holder[variable], need)
            alive = sorted(v for v in live[name] if v in stage.env and not is_definition(stage.env[v]))
            touched = self._touched(stage, alive)
            for members in _overlapping(alive, stage, visible[name]):
                holders = {name if m in touched else holder.get(m, "") for m in members}
                if len(holders) > 1:
                    place = next((touched[m] for m in members if m in touched), None)
                    for member in members:
                        touched.setdefault(member, place or next(iter(stage.bound.values()), (Span(), True))[0])
            for variable in sorted(touched):
                binding = stage.env[variable]
                own = all(o == name for o, _ in binding.origins) and binding.certain
                if not own and variable not in self.needs[name] and variable in holder and not name.startswith(SKIP):
                    self.needs[name][variable] = Need(
                        touched[variable], binding, False, f"`{variable}` may be changed here and is read later"
                    )
                    grown = True
                holder[variable] = name
            result.touched[name] = touched
        if not grown:
            self._outputs(result)
        return result, grown

    def _touched(self, stage: StageFacts, alive: list[str]) -> dict[str, Span]:
        touched: dict[str, Span] = {}
        for variable in alive:
            binding = stage.env[variable]
            if any(o == stage.name for o, _ in binding.origins):
                own = [s for o, s in binding.origins if o == stage.name]
                touched[variable] = max(own)
            if variable in stage.deleted:
                touched.setdefault(variable, stage.deleted[variable])
            changed = [stage.mutated[r] for r in stage.reach.get(variable, ()) if r in stage.mutated]
            if changed:
                touched.setdefault(variable, max(last for _, last, _ in changed))
        return touched

    def _outputs(self, result: Handover) -> None:
        wanted: dict[str, dict[str, bool]] = {}
        for inputs in result.inputs.values():
            for variable, (source, need) in inputs.items():
                if not is_pseudo(source):
                    certain = wanted.setdefault(source, {})
                    certain[variable] = certain.get(variable, False) or need.certain
        for name, variables in wanted.items():
            stage = self.facts.stages[name]
            result.outputs[name] = sorted(variables)
            result.groups[name] = sorted(_overlapping(sorted(variables), stage, None, alone=True))
            result.uncertain[name] = [
                v for v, certain in sorted(variables.items()) if not stage.env[v].certain and not certain
            ]


def _overlapping(
    variables: Sequence[str], stage: StageFacts, regions: set[int] | None, *, alone: bool = False
) -> list[tuple[str, ...]]:
    """Groups of variables whose reach overlaps (in `regions`, where given); with `alone`, single ones as well."""
    leader = {v: v for v in variables}

    def find(variable: str) -> str:
        while leader[variable] != variable:
            variable = leader[variable]
        return variable

    first: dict[int, str] = {}
    for variable in variables:
        reach = stage.reach.get(variable, frozenset())
        for region in reach if regions is None else reach & regions:
            a, b = find(first.setdefault(region, variable)), find(variable)
            if a != b:
                leader[max(a, b)] = min(a, b)
    groups: dict[str, list[str]] = {}
    for variable in variables:
        groups.setdefault(find(variable), []).append(variable)
    return [tuple(g) for g in groups.values() if alone or len(g) > 1]


def solve_handover(facts: Facts, made: Mapping[str, frozenset[str]]) -> Handover:
    """Finds for every stage what it loads, from where, and what it saves.

    Args:
        facts: Of the whole notebook.
        made: Stage to variables that it makes again.
    """
    return _Solver(facts, made).solve()


__all__ = ["PARAMETERS", "SHARED", "Handover", "Need", "is_definition", "is_pseudo", "solve_handover"]
