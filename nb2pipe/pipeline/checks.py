"""What cannot be handed over or repeated: refused before anything is written."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence

from nb2pipe.dataflow import knowledge as known
from nb2pipe.dataflow.facts import (
    HIDDEN,
    SKIP,
    CodeFacts,
    EffectKind,
    Facts,
    Item,
    Missing,
    ProgramCell,
    Value,
    setting_name,
)
from nb2pipe.diagnostics import Diagnostic, Span
from nb2pipe.pipeline.handover import Handover, is_definition, is_pseudo

#: Kinds that make whatever refers to them one that no file can hold, also where its own kind is not known.
_SPREADING = frozenset(
    [
        "awaited",
        "stale keys",
        "evaluated",
        "namespace",
        "shell",
        "design matrix",
        "compiled",
        "units",
        "listener",
        known.ADDRESS,
    ]
)
_REMEDY = {
    "generator": "make a list of it in the cell that defines it, or use it in the stage that makes it",
    "file": "read or write it in one stage, or open it again by its path in this one",
    "connection": "connect again in this stage, or load what is needed into a table in the stage that connects",
}

#: Cell magics whose body is in a language of its own, or Python for another interpreter, to how the language is called.
_LANGUAGES: Mapping[str, str] = {
    "!": "shell",
    "bash": "bash",
    "bigquery": "SQL",
    "cmd": "cmd",
    "cython": "Cython",
    "fortran": "Fortran",
    "html": "HTML",
    "javascript": "JavaScript",
    "js": "JavaScript",
    "julia": "Julia",
    "latex": "LaTeX",
    "markdown": "Markdown",
    "perl": "Perl",
    "powershell": "PowerShell",
    "pypy": "Python for another interpreter",
    "python": "Python for another interpreter",
    "python2": "Python for another interpreter",
    "python3": "Python for another interpreter",
    "r": "R",
    "ruby": "Ruby",
    "script": "a script's language",
    "sh": "sh",
    "sql": "SQL",
    "svg": "SVG",
    "sx": "shell",
    "system": "shell",
}


def note_languages(program: Sequence[ProgramCell]) -> tuple[Diagnostic, ...]:
    """NB106 for cells, skipped ones aside, whose cell magic is another language."""
    found = []
    for part in program:
        magic = part.python.cell_magic
        language = _LANGUAGES.get(magic.name.lower()) if magic is not None else None
        if magic is None or language is None or part.stage.startswith(SKIP):
            continue
        found.append(
            Diagnostic(
                "NB106",
                f"the cell is in {language}: nb2pipe does not look inside it",
                Span(part.cell.number, magic.line),
                help="if it writes or reads files that other stages use, see that the order is right: "
                "nb2pipe graph --explain",
                name=f"%%{magic.name}",
            )
        )
    return tuple(found)


def check_handover(facts: Facts, handover: Handover) -> list[Missing]:
    """NB203 for values that no file can hold."""
    found: list[Missing] = []
    for stage, inputs in handover.inputs.items():
        if is_pseudo(stage):
            continue
        for variable, (source, need) in sorted(inputs.items()):
            if is_pseudo(source):
                continue
            binding = facts.stages[source].env[variable]
            value = binding.value
            kind = value.kind if value.kind in known.UNSTORABLE_KINDS and not _goes_on(value) else ""
            held = (
                facts.regions.unstorable(value.region)
                if value.kind in ("list", "dict", "set", "tuple", "instance", *HIDDEN)
                else next(
                    (k for k in map(facts.regions.kind, facts.regions.reach(value.region)) if k in _SPREADING),
                    "",
                )
            )
            codes = [facts.codes[n] for n in sorted(facts.stages[source].codes.get(variable, ()))]
            custom = next((c.title for c in codes if c.pickles), None)
            apart = next((c for c in codes if c.name in facts.values and not c.plain), None)
            final = next((c.title for c in codes if c.finalizes), None)
            if apart is not None:
                found.append(Missing(stage, variable, _kept_apart(facts, apart, stage, source, variable, need.span)))
                continue
            if kind or held:
                what = known.UNSTORABLE_KINDS[kind or held]
                lost = "means nothing in another process" if known.ADDRESS in (kind, held) else "no file can hold"
                message = f"`{variable}` {'is' if kind else 'holds'} {what}, which {lost}"
                remedy = _REMEDY.get(kind or held, f"make it in stage `{stage}`, where it is used")
            elif custom is not None:
                message = f"`{variable}` may hold a `{custom}`, which says itself how it is pickled"
                remedy = "what `__getstate__` leaves out would be lost: use it in the stage that makes it"
            else:
                found += [Missing(stage, variable, d) for d in _check_lazy(facts, stage, source, variable, need.span)]
                if final is None:
                    continue
                message = f"`{variable}` may hold a `{final}`, whose `__del__` would run in each process"
                remedy = "use it in the stage that makes it"
            place = handover.touched[source].get(variable, Span())
            diagnostic = Diagnostic(
                "NB203",
                message,
                need.span,
                f"stage `{stage}` needs it from stage `{source}`",
                remedy,
                ((place, f"made or changed in stage `{source}`"),),
                variable,
            )
            found.append(Missing(stage, variable, diagnostic))
    return [*found, *_check_temporary(facts, {(each.stage, each.name) for each in found})] if facts.temporary else found


def _check_temporary(facts: Facts, told: Collection[tuple[str, str]]) -> list[Missing]:
    """Temporary files and folders go away with the process that made them: refused where another stage may use them."""
    found: list[Missing] = []
    seen: set[str] = set()
    stages = [stage for stage in facts.stages.values() if not is_pseudo(stage.name)]
    for number, source in enumerate(stages):
        made = {n: b for n, b in source.env.items() if n not in seen and _is_temporary(facts, b.value)}
        seen |= made.keys()
        for variable, binding in sorted(made.items()):
            for later in stages[number + 1 :]:
                used = next(
                    (e for e in later.effects if e.kind in (EffectKind.READ, EffectKind.WRITE) and not e.key), None
                )
                if used is None or (later.name, variable) in told:
                    continue
                diagnostic = Diagnostic(
                    "NB203",
                    f"`{variable}` is or holds a temporary file or folder, which goes away with its process, and this may use it",
                    used.span,
                    f"stage `{later.name}` may need it from stage `{source.name}`",
                    "make it in the stage that uses it, or use `tempfile.mkdtemp()`, which keeps the folder",
                    ((min(p for _, p in binding.origins), f"made in stage `{source.name}`"),),
                    variable,
                )
                found.append(Missing(later.name, variable, diagnostic))
    return found


def _is_temporary(facts: Facts, value: Value) -> bool:
    kinds = (value.kind, *map(facts.regions.kind, facts.regions.reach(value.region)))
    return known.TEMPORARY in kinds or value.dotted == known.TEMPORARY_FILE


def _kept_apart(facts: Facts, code: CodeFacts, stage: str, source: str, variable: str, used: Span) -> Diagnostic:
    """NB206 for a definition whose state is not all in it: in a cache, a metaclass, a registry."""
    kind = "class" if code.is_class else "function"
    message = (
        f"the {kind} `{variable}` has state that changes, which stage `{stage}` would not see"
        if variable == code.name
        else f"`{variable}` refers to the {kind} `{code.name}`, whose state changes, which stage `{stage}` would not see"
    )
    place = next((m[0] for s in facts.stages.values() if (m := s.mutated.get(code.region)) is not None), Span())
    return Diagnostic(
        "NB206",
        message,
        used,
        f"stage `{stage}` needs it from stage `{source}`",
        "keep the state in a variable that is handed over, or use it in one stage only",
        ((place, "changed here"),) if place.cell else (),
        variable,
    )


def _goes_on(value: Value) -> bool:
    """Whether the next stage can open the file again at the position where this one stopped."""
    return value.kind == "file" and value.dotted == "open"


def _check_lazy(facts: Facts, stage: str, source: str, variable: str, used: Span) -> list[Diagnostic]:
    """A generator's rest is computed where it is stored: refused where what it computes with changes afterwards."""
    names = list(facts.stages)
    later = [facts.stages[s] for s in names[names.index(source) + 1 : names.index(stage) + 1]]
    reach = facts.stages[source].reach.get(variable, frozenset())
    for region in sorted(reach & facts.lazy.keys()):
        within = facts.regions.reach(region) - facts.lazy.keys()
        changed = next((s.mutated[r][0] for s in later for r in sorted(within) if r in s.mutated), None)
        rebound = next((s.bound[n][0] for s in later for n in sorted(facts.lazy[region]) if n in s.bound), None)
        place = changed or rebound
        if place is not None:
            return [
                Diagnostic(
                    "NB203",
                    f"`{variable}` is a generator, and what it computes with changes before it is used up",
                    used,
                    f"stage `{stage}` needs it from stage `{source}`",
                    _REMEDY["generator"],
                    ((place, "changes here"),),
                    variable,
                )
            ]
    return []


def find_late_bound(facts: Facts, handover: Handover, values: frozenset[str]) -> dict[tuple[str, str], set[str]]:
    """Functions that are stored as values and read variables which change until they are called.

    Args:
        facts: Of the whole notebook.
        handover: Who loads what from whom.
        values: Names of definitions that are handed over as values.

    Returns:
        (storing stage, loading stage) to the variables: they are looked up in the notebook that loads the functions.
    """
    found: dict[tuple[str, str], set[str]] = {}
    changing = False
    for stage, inputs in handover.inputs.items():
        for variable, (source, _) in sorted(inputs.items()):
            if not is_pseudo(stage) and not is_pseudo(source):
                names, changes = late_names(facts, stage, source, variable, values)
                changing |= changes
                if names or changes:
                    found.setdefault((source, stage), set()).update(names)
    return found if changing else {}  # a function that one stage looks names up for may go on to others


def with_called(facts: Facts, source: str, codes: frozenset[int]) -> set[int]:
    """The codes, those that they have as defaults, and the notebook's functions that they call by name."""
    found, pending = set(codes), list(codes)
    env = facts.stages[source].env
    while pending:
        code = facts.codes[pending.pop()]
        called = set(code.held)
        for name in code.reads:
            binding = env.get(name)
            if binding is not None and binding.value.kind in ("function", "class"):
                called |= binding.value.code
        called = {n for n in called - found if not facts.codes[n].hoisted}
        found |= called
        pending += sorted(called)
    return found


def late_names(facts: Facts, stage: str, source: str, variable: str, values: frozenset[str]) -> tuple[set[str], bool]:
    """What the functions in a variable read when they are called, and whether it changes before the stage has run."""
    value = facts.stages[source].env[variable].value
    names = list(facts.stages)
    after = names[names.index(source) + 1 :]
    later = after[: after.index(stage) + 1]
    read: set[str] = set()
    changes = False
    direct = facts.stages[source].codes.get(variable, frozenset())
    for number in sorted(with_called(facts, source, direct)):
        code = facts.codes[number]
        own = code.name in values or number not in direct
        if code.hoisted or (
            code.name and not own and not (value.kind in ("function", "class") and number in value.code)
        ):
            continue
        changes |= code.name in values
        env = facts.stages[source].env
        for name in sorted(code.reads | code.writes):
            binding = env.get(name)
            if any(part.stage not in after for part in facts.stable.get(name, ())):
                continue  # an import that is stored with the function
            if binding is None:  # it may be bound later
                if any(name in s.bound and not is_pseudo(n) for n, s in facts.stages.items()):
                    read.add(name)
                    changes |= any(name in facts.stages[s].bound for s in later)
                continue
            if is_definition(binding):
                if any(name in facts.stages[s].bound for s in later):
                    read.add(name)
                    changes = True
                continue
            reach = facts.stages[source].reach.get(name, frozenset())
            read.add(name)
            changes |= name in code.writes or any(
                name in facts.stages[s].bound or not reach.isdisjoint(facts.stages[s].mutated) for s in later
            )
    return read, changes


def check_skipped(facts: Facts, handover: Handover, repeats: Mapping[str, Mapping[int, Item]]) -> list[Diagnostic]:
    """NB204 where a stage would read what only a skipped cell defines or changes."""
    found = []
    for stage, inputs in handover.inputs.items():
        if is_pseudo(stage):
            continue
        for variable, (source, need) in sorted(inputs.items()):
            if source.startswith(SKIP):
                cell = int(source.removeprefix(SKIP))
                place = handover.touched[source].get(variable, Span(cell))
                found.append(_skipped(variable, cell, place, need.span))
    for stage, items in repeats.items():
        if is_pseudo(stage):
            continue
        for item in items.values():
            if item.stage.startswith(SKIP) and item.kind not in ("import", "setting", "magic"):
                name = item.binds[0] if item.binds else item.source
                used = facts.stages[stage].needs.get(name, (Span(), None))[0]
                found.append(_skipped(name, item.span.cell, item.span, used))
    return found


def _skipped(name: str, cell: int, place: Span, used: Span) -> Diagnostic:
    return Diagnostic(
        "NB204",
        f"`{name}` here may hold what skipped cell {cell} left in it",
        used,
        "reads what the skipped cell defines or changes",
        f"remove the tag `skip` from cell {cell}, or this use of `{name}`",
        ((place, "defined or changed here, and skipped"),),
        name,
    )


_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def check_items(
    facts: Facts, names: Sequence[str], repeats: Mapping[str, Mapping[int, Item]]
) -> tuple[list[Diagnostic], set[str]]:
    """NB206 where a definition would come out different if a later stage repeated it.

    Returns:
        The diagnostics, and the names of the definitions that are to be handed over as values instead.
    """
    found: list[Diagnostic] = []
    values: set[str] = set()
    for stage, items in repeats.items():
        if is_pseudo(stage):
            continue
        for item in sorted(items.values(), key=lambda i: i.order):
            if item.kind in ("import", "magic", "star"):
                continue
            between = names[names.index(item.stage) : names.index(stage)]
            kept = _kept_whole(item)
            for name in item.reads:
                binding = facts.stages[names[names.index(stage) - 1]].env.get(name)
                shared = item.kind == "shared" and not isinstance(item.node, _DEFINITIONS)
                if binding is None or name in facts.stable or name in facts.hoisted or shared:
                    continue
                reach = facts.regions.reach(binding.value.region)
                rebound = next(
                    (
                        facts.stages[s].bound[name][0]
                        for s in between
                        if name in facts.stages[s].bound and facts.stages[s].bound[name][0] > item.span
                    ),
                    None,
                )
                changed = rebound or next(
                    (
                        facts.stages[s].mutated[r][1]
                        for s in (between if name not in kept else ())
                        for r in sorted(reach)
                        if r in facts.stages[s].mutated and facts.stages[s].mutated[r][1] > item.span
                    ),
                    None,
                )
                if changed is not None:
                    if item.kind in ("def", "class") and not is_pseudo(item.stage):
                        values.update(item.binds)
                    elif item.kind == "setting":  # handed over as it is then, where that can be
                        values.add(setting_name(item.span))
                    found.append(
                        Diagnostic(
                            "NB206",
                            f"{_what(item)} reads `{name}` when it is executed, and `{name}` changes afterwards",
                            item.span,
                            f"stage `{stage}` would repeat it with the new `{name}`",
                            f"keep the value under a name of its own before {changed}",
                            ((changed, f"`{name}` changes here"),),
                            name,
                        )
                    )
            if item.kind == "shared" and not item.pure:
                others = [s for s in repeats if not is_pseudo(s) and id(item) in repeats[s]]
                if len(others) > 1 and stage == others[0]:
                    name = item.binds[0] if item.binds else (item.mutates or ("",))[0]
                    found.append(
                        Diagnostic(
                            "NB402",
                            f"`{name}` is made in a shared cell and would come out different in each stage",
                            item.span,
                            "draws random numbers or reads the clock",
                            "tag the cell as part of a stage, so that its value is handed over",
                            (),
                            name,
                        )
                    )
    return found, values


def _kept_whole(item: Item) -> set[str]:
    """Names that a function takes as defaults as they are: it sees what changes in their objects."""
    node = item.node
    if not isinstance(node, _DEFINITIONS) or isinstance(node, ast.ClassDef):
        return set()
    defaults = [d for d in (*node.args.defaults, *node.args.kw_defaults) if d is not None]
    whole = {d.id for d in defaults if isinstance(d, ast.Name)}
    others = [*node.decorator_list, *(d for d in defaults if not isinstance(d, ast.Name))]
    return whole - {n.id for part in others for n in ast.walk(part) if isinstance(n, ast.Name)}


def _what(item: Item) -> str:
    if item.kind == "setting":
        return "this setting"
    return f"the definition of `{item.binds[0]}`" if item.binds else "this statement"


def _changed(facts: Facts, number: int, stage: str, later: Sequence[str]) -> Span | None:
    """Where a stage changes what belongs to a class or function; an object in a cache may change in a later stage."""
    code = facts.codes[number]
    if code.region in facts.stages[stage].mutated:
        return facts.stages[stage].mutated[code.region][0]
    if stage in code.computed and _outdates(facts, number, stage, later):
        return code.computed[stage]
    filled = code.filled.get(stage)
    if filled is None:
        return None
    each = (facts.stages[s] for s in later)
    return filled if any(code.region in s.mutated or code.region in s.identity for s in each) else None


def _outdates(facts: Facts, number: int, stage: str, later: Sequence[str]) -> bool:
    """Whether what a cached function reads, or was given, may change once it has been called in the stage."""
    env, place = facts.stages[stage].env, facts.codes[number].computed[stage]
    given = facts.codes[number].given.get(stage, frozenset())
    for each in later:
        mutated = facts.stages[each].mutated
        changed = [mutated[region][1] for region in given if region in mutated]
        if any(each != stage or (change.cell, change.line) > (place.cell, place.line) for change in changed):
            return True
    for name in {n for each in with_called(facts, stage, frozenset({number})) for n in facts.codes[each].reads}:
        reach = facts.stages[stage].reach.get(name, frozenset())
        for each in later:
            found = facts.stages[each]
            changes = [found.bound[name][0]] if name in found.bound else []
            changes += [found.mutated[r][1] for r in reach if r in found.mutated]
            if any(each != stage or change >= place for change in changes) or (name in found.bound and name not in env):
                return True
    return False


def check_code_state(
    facts: Facts,
    real: Sequence[str],
    repeats: Mapping[str, Mapping[int, Item]],
    hoisted_used: Mapping[str, set[str]],
) -> tuple[list[Diagnostic], set[str]]:
    """NB206 where a class or function has state of its own that one stage changes and a later one uses.

    Returns:
        The diagnostics, and the names of those that are to be handed over with their state.
    """
    found: list[Diagnostic] = []
    values: set[str] = set()
    for number, code in enumerate(facts.codes):
        if not code.name:
            continue
        for index, stage in enumerate(real):
            place = _changed(facts, number, stage, real[index:])
            if place is None:
                continue
            for later in real[index + 1 :]:
                used = code.name in hoisted_used[later] or any(code.name in i.binds for i in repeats[later].values())
                if not used:
                    continue
                values.add(code.name)
                span = facts.stages[later].needs.get(code.name, (Span(), None))[0]
                kind = "class" if code.is_class else "function"
                found.append(
                    Diagnostic(
                        "NB206",
                        f"the {kind} `{code.name}` has state that changes, which stage `{later}` would not see",
                        span if span.cell else place,
                        f"stage `{later}` defines `{code.name}` anew",
                        "keep the state in a variable that is handed over, or use it in one stage only",
                        ((place, f"changed here, in stage `{stage}`"),),
                        code.name,
                    )
                )
                break
            break
    return found, values
