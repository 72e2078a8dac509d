"""What a run of the notebook showed, in place of what the analysis had to assume: fewer edges, each difference noted.

Before: `train` may change `X`, as it calls an unknown function with it. After: it does not, and `Assumed` says so.
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from nb2pipe.dataflow import knowledge as known
from nb2pipe.dataflow.facts import HIDDEN, Effect, EffectKind, Facts, ProgramCell, StageFacts
from nb2pipe.pipeline.model import Assumed, Observation

_FILES = (EffectKind.READ, EffectKind.WRITE)


def find_suspects(facts: StageFacts, code: Sequence[ProgramCell]) -> dict[int, frozenset[str]]:
    """Memory that a stage may change only because nb2pipe does not know better, with the variables that reach it.

    Args:
        facts: The stage's.
        code: Its cells.
    """
    assigned, called = _openly_changed(part.tree for part in code)
    suspects: dict[int, frozenset[str]] = {}
    for region in facts.mutated:
        names = frozenset(n for n, reach in facts.reach.items() if region in reach and n not in facts.bound)
        every = {n for n, reach in facts.reach.items() if region in reach} | {facts.mutated[region][2]}
        if names and not names & HIDDEN.keys() and not assigned & every and not called & names:
            suspects[region] = names - facts.deleted.keys()
    return suspects


def may_be_sharpened(facts: StageFacts, code: Sequence[ProgramCell]) -> bool:
    """Whether a run can show something of a stage that the analysis does not know."""
    return bool(find_suspects(facts, code)) or any(_is_assumed(e) for e in facts.effects)


def _is_assumed(effect: Effect) -> bool:
    return not effect.key and effect.kind in (*_FILES, EffectKind.DRAW)


def _openly_changed(trees: Iterable[ast.AST]) -> tuple[set[str], set[str]]:
    """Names that code changes by what it says itself: by assigned parts, `del` and `+=`; by methods not known as pure."""
    assigned: set[str] = set()
    called: set[str] = set()
    for node in (n for tree in trees for n in ast.walk(tree)):
        targets: list[ast.expr] = []
        if isinstance(node, (ast.Assign, ast.Delete)):
            targets = [t for t in node.targets if not isinstance(t, ast.Name)]
        elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
            targets = [node.target] if isinstance(node, ast.AugAssign) or not isinstance(node.target, ast.Name) else []
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            in_place = any(k.arg in ("inplace", "out", None) for k in node.keywords)
            if node.func.attr not in known.PURE_METHODS or in_place:
                called.add(_root(node.func.value))
        assigned |= {name for target in targets if (name := _root(target))}
    return assigned, called - {""}


def _root(node: ast.AST) -> str:
    """The variable at the start of `x.a[0].b()`."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call, ast.Starred)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def sharpen_facts(
    facts: Facts, program: Sequence[ProgramCell], observed: Mapping[str, Observation]
) -> tuple[Assumed, ...]:
    """Takes out of the facts what a run did not show, and says what is assumed now.

    Args:
        facts: They change.
        program: The notebook's code.
        observed: Stage to what the run showed of it.
    """
    assumed = []
    for name, seen in observed.items():
        if name in facts.stages:
            stage = facts.stages[name]
            code = [part for part in program if part.stage == name]
            unchanged = _sharpen_memory(stage, code, seen)
            found = replace(_sharpen_effects(stage, seen), stage=name, unchanged=tuple(sorted(unchanged)))
            assumed += [] if found.is_empty else [found]
    return tuple(assumed)


def _sharpen_memory(stage: StageFacts, code: Sequence[ProgramCell], seen: Observation) -> set[str]:
    unchanged: set[str] = set()
    for region, names in find_suspects(stage, code).items():
        needed = {n for n in names if n in stage.needs}  # what it loads, it can watch
        if needed and names <= seen.unchanged:
            del stage.mutated[region]
            unchanged |= needed
    return unchanged


def _sharpen_effects(stage: StageFacts, seen: Observation) -> Assumed:
    kinds = {e.kind for e in stage.effects if _is_assumed(e)} - (set() if seen.sees_files else {*_FILES})
    certain = [e for e in stage.effects if not (_is_assumed(e) and e.kind in kinds)]
    still: tuple[str, ...] = ()
    reads = writes = None
    shown: dict[EffectKind, tuple[str, ...]] = {}
    if EffectKind.DRAW in kinds:
        shown[EffectKind.DRAW] = tuple(g for g in known.GENERATORS if g in seen.drawn or g in known.UNSEEN_GENERATORS)
        sure = {e.key for e in certain if e.kind in (EffectKind.DRAW, EffectKind.SEED)}
        still = tuple(g for g in known.GENERATORS if g not in seen.drawn | sure | known.UNSEEN_GENERATORS)
    if kinds & {*_FILES}:
        reads, writes = (
            _with_known(seen.reads, certain, EffectKind.READ),
            _with_known(seen.writes, certain, EffectKind.WRITE),
        )
    effects: list[Effect] = []
    for effect in stage.effects:
        if not _is_assumed(effect) or effect.kind not in kinds:
            effects.append(effect)
        elif effect.kind is EffectKind.DRAW:
            effects += [Effect(EffectKind.DRAW, key, effect.span) for key in shown.pop(EffectKind.DRAW, ())]
        elif reads is not None and EffectKind.READ not in shown:
            shown[EffectKind.READ] = ()  # once, where the first of them stands
            effects += [Effect(EffectKind.READ, path, effect.span) for path in seen.reads]
            effects += [Effect(EffectKind.WRITE, path, effect.span) for path in seen.writes]
    stage.effects[:] = effects
    return Assumed(stage.name, (), still, reads, writes)


def _with_known(seen: Iterable[str], effects: Iterable[Effect], kind: EffectKind) -> tuple[str, ...]:
    return tuple(sorted({*seen, *(posixpath.normpath(e.key) for e in effects if e.kind is kind)}))
