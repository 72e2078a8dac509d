"""Effects that stages share with each other: random state, process-wide settings, files. Each becomes an edge."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass, field

from nb2pipe.dataflow import knowledge as known
from nb2pipe.dataflow.facts import SKIP, Effect, EffectKind, Facts
from nb2pipe.diagnostics import Diagnostic, Span
from nb2pipe.pipeline.handover import is_pseudo
from nb2pipe.pipeline.model import Edge, EdgeKind


@dataclass(slots=True)
class LinkedEffects:
    """What effects demand.

    Attributes:
        edges: State, file and order edges.
        random_in: Stage to (generator, holder) whose state it takes over.
        random_out: Stage to generators whose state it hands over.
        settings_in: Stage to the stage whose settings it takes over.
        settings_out: Stages that hand over their settings.
        diagnostics: What cannot be handed over.
    """

    edges: list[Edge] = field(default_factory=list)
    random_in: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    random_out: dict[str, list[str]] = field(default_factory=dict)
    settings_in: dict[str, str] = field(default_factory=dict)
    settings_out: set[str] = field(default_factory=set)
    diagnostics: list[Diagnostic] = field(default_factory=list)


def link_effects(facts: Facts, names: Sequence[str], real: Sequence[str]) -> LinkedEffects:
    """Links stages by their effects, in the notebook's order."""
    linked = LinkedEffects()
    for generator in known.GENERATORS:
        _link_random(facts, names, generator, linked)
    _link_settings(facts, names, linked)
    _link_files(facts, real, linked)
    return linked


def _link_random(facts: Facts, names: Sequence[str], generator: str, linked: LinkedEffects) -> None:
    """A generator's state goes from each stage that changes it to the next that draws, once it was seeded."""
    holder, place, seeded = "", Span(), False
    counts = generator == "keras" and "keras" in facts.families  # it counts layers, too
    for name in names:
        mine = [
            e
            for e in facts.stages[name].effects
            if (e.kind is EffectKind.DRAW and e.key in ("", generator))
            or (e.kind is EffectKind.SEED and e.key == generator)
        ]
        if not mine:
            continue
        if mine[0].kind is EffectKind.DRAW and seeded and not is_pseudo(name):
            linked.random_in.setdefault(name, []).append((generator, holder))
            if not is_pseudo(holder):
                out = linked.random_out.setdefault(holder, [])
                if generator not in out:
                    out.append(generator)
                why = f"`{name}` draws where `{holder}` stopped"
                linked.edges.append(Edge(holder, name, EdgeKind.STATE, f"{generator} state", place, mine[0].span, why))
            elif holder.startswith(SKIP):
                linked.diagnostics.append(_skipped_state(generator, mine[0].span, place))
        if seeded or counts or any(e.kind is EffectKind.SEED for e in mine):
            seeded, holder, place = True, name, mine[-1].span


def _skipped_state(generator: str, span: Span, place: Span) -> Diagnostic:
    return Diagnostic(
        "NB204",
        f"the random state of `{generator}` here comes from skipped {place}",
        span,
        "draws what the skipped cell left",
        f"seed `{generator}` in a cell that is not skipped, after cell {place.cell}",
        ((place, "draws or seeds, and is skipped"),),
        generator,
    )


def _link_settings(facts: Facts, names: Sequence[str], linked: LinkedEffects) -> None:
    """Settings that no statement alone can repeat are handed over as they are at a stage's end."""
    holder, place = "", Span()
    for name in names:
        stage = facts.stages[name]
        if is_pseudo(name):
            continue
        if holder:
            linked.settings_in[name] = holder
            linked.settings_out.add(holder)
            used = next(iter(e.span for e in stage.effects), Span())
            linked.edges.append(
                Edge(holder, name, EdgeKind.STATE, "settings", place, used, f"`{holder}` changes process-wide settings")
            )
        lost = next((e for e in stage.loose_settings if e.key not in known.HANDED_OVER_SETTINGS), None)
        later = [n for n in names[names.index(name) + 1 :] if not is_pseudo(n)]
        if lost is not None and later:
            linked.diagnostics.append(
                Diagnostic(
                    "NB402",
                    f"the setting `{lost.key}` holds for the whole process, and stage `{later[0]}` runs in another",
                    lost.span,
                    "neither repeated nor handed over",
                    "set it in a statement of its own with constant arguments, or in each stage that relies on it",
                    (),
                    lost.key,
                )
            )
        if stage.loose_settings:
            holder, place = name, stage.loose_settings[0].span
        elif holder:
            holder = name if any(i.kind == "setting" for i in stage.items) else holder


def _link_files(facts: Facts, real: Sequence[str], linked: LinkedEffects) -> None:
    """A file's writer comes before its later readers and writers, its readers before its later writers."""
    kinds = (EffectKind.READ, EffectKind.WRITE)
    _check_skipped_files(facts, linked)
    per_stage = [(n, _once([e for e in facts.stages[n].effects if e.kind in kinds])) for n in real]
    for index, (target, later) in enumerate(per_stage):
        for source, earlier in per_stage[:index]:
            found = _first_conflict(earlier, later)
            if found is None:
                continue
            first, second = found
            path = first.key or second.key
            if not _same_place(first.key, second.key):
                named = first if first.varies else second
                why = f"which file `{named.key}` is depends on a parameter"
                linked.edges.append(Edge(source, target, EdgeKind.ORDER, "", first.span, second.span, why))
            elif first.key and second.key:
                why = (
                    f"`{path}` is "
                    + ("written" if first.kind is EffectKind.WRITE else "read")
                    + f" in `{source}` first"
                )
                linked.edges.append(Edge(source, target, EdgeKind.FILE, path, first.span, second.span, why))
            else:
                why = "files that only a run knows may be shared"
                linked.edges.append(Edge(source, target, EdgeKind.ORDER, "", first.span, second.span, why))


def _check_skipped_files(facts: Facts, linked: LinkedEffects) -> None:
    """NB204 where a stage reads a file that only a skipped cell writes."""
    written: dict[str, Span] = {}
    for name, stage in facts.stages.items():
        for effect in stage.effects:
            if not effect.key:
                continue
            path = posixpath.normpath(effect.key)
            if effect.kind is EffectKind.WRITE:
                written.pop(path, None)
                if name.startswith(SKIP):
                    written[path] = effect.span
            elif effect.kind is EffectKind.READ and path in written and not is_pseudo(name):
                place = written[path]
                linked.diagnostics.append(
                    Diagnostic(
                        "NB204",
                        f"the file `{path}` is written by skipped cell {place.cell} only",
                        effect.span,
                        "read here",
                        f"remove the tag `skip` from cell {place.cell}",
                        ((place, "written here, and skipped"),),
                        path,
                    )
                )


def _once(effects: Sequence[Effect]) -> list[Effect]:
    """Effects without those that say the same of another place."""
    return list({(e.kind, e.key, e.varies): e for e in reversed(effects)}.values())[::-1]


def _first_conflict(earlier: Sequence[Effect], later: Sequence[Effect]) -> tuple[Effect, Effect] | None:
    pairs = ((a, b) for b in later for a in earlier if EffectKind.WRITE in (a.kind, b.kind))
    varying: tuple[Effect, Effect] | None = None
    for first, second in pairs:
        if _same_place(first.key, second.key):
            return first, second
        if varying is None and (first.varies or second.varies):
            varying = first, second
    return varying


def _same_place(a: str, b: str) -> bool:
    """Whether two paths may name the same file, or one a folder that holds the other."""
    if not a or not b:
        return True
    a, b = posixpath.normpath(a), posixpath.normpath(b)
    if any(c in a + b for c in "*?["):
        return True
    return a == b or a.startswith(b + "/") or b.startswith(a + "/") or "." in (a, b)
