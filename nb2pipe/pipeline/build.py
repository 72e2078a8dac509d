"""Facts to `Pipeline` and `Plan`: the stages, what they hand over, why each edge exists, and what is refused."""

from __future__ import annotations

import ast
import functools
import itertools
import os
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from nb2pipe.dataflow.facts import (
    HIDDEN,
    PARAMETERS,
    RESULTS,
    SHARED,
    Binding,
    CodeFacts,
    Effect,
    EffectKind,
    Facts,
    Item,
    ProgramCell,
    StageFacts,
    module_files,
)
from nb2pipe.dataflow.interpret import Interpreter
from nb2pipe.dataflow.knowledge import FOLDER_MAGICS, IDENTITY, TESTING_CALLS
from nb2pipe.dataflow.program import find_definitions, parse_program
from nb2pipe.dataflow.scopes import free_names
from nb2pipe.dataflow.world import World, look_at_world
from nb2pipe.diagnostics import Diagnostic, Span, sort_diagnostics
from nb2pipe.notebook.layout import Layout, Role, StageLayout
from nb2pipe.notebook.model import Cell, Notebook
from nb2pipe.options import Options
from nb2pipe.pipeline.checks import (
    check_code_state,
    check_handover,
    check_items,
    check_skipped,
    find_late_bound,
    late_names,
    note_languages,
    with_called,
)
from nb2pipe.pipeline.effects import LinkedEffects, link_effects
from nb2pipe.pipeline.files import (
    available_import,
    find_files,
    is_submodule,
    missing_modules,
    note_settings_file,
    read_local_modules,
)
from nb2pipe.pipeline.first_figure import follow_first_figure
from nb2pipe.pipeline.handover import Handover, is_definition, is_pseudo, solve_handover
from nb2pipe.pipeline.imports import ImportEffects, check_quiet_imports, imported_modules, repeated_imports
from nb2pipe.pipeline.kernels import kernel_of
from nb2pipe.pipeline.model import Edge, EdgeKind, Input, Observation, Output, Parameter, Pipeline, Stage
from nb2pipe.pipeline.observed import sharpen_facts
from nb2pipe.pipeline.optional import Uses, optional_distributions, read_uses
from nb2pipe.pipeline.order import join_stages
from nb2pipe.pipeline.parameters import split_parameters
from nb2pipe.pipeline.plan import FunctionsPlan, Plan, StagePlan
from nb2pipe.pipeline.replay import MODULE, Replay, flood, plan_replay
from nb2pipe.pipeline.titles import package_name, project_name, summary_of, title_of
from nb2pipe.pipeline.types import type_in_stage

_ROUNDS = 6  # how often definitions that cannot be repeated are turned into values before the rest is refused


def build_pipeline(
    notebook: Notebook,
    layout: Layout,
    options: Options,
    python: str,
    observed: Mapping[str, Observation] | None = None,
) -> tuple[Pipeline | None, Plan | None, tuple[Diagnostic, ...]]:
    """Runs the analysis and assembles its results.

    Args:
        notebook: As read.
        layout: Which cells are which stage's.
        options: Choices.
        python: Version of Python, such as `3.11`.
        observed: Stage to what a run of the notebook showed of it, in place of what must be assumed.

    Returns:
        The pipeline and its plan, or `None`s where a diagnostic is an error.
    """
    diagnostics = list(layout.diagnostics)
    program, found = parse_program(notebook, layout)
    diagnostics += found
    diagnostics += note_languages(program)
    if any(d.is_error for d in diagnostics):
        return None, None, sort_diagnostics(diagnostics)
    parameters, program, found = split_parameters(program)
    diagnostics += found
    asks = next((part for part in program if _CODE.search(part.python.text)), None)
    repeats_code = (
        options.style == "notebook" or asks is not None or _postpones_annotations(program) or _names_main(program)
    )
    hoisted, stable = find_definitions(program)
    missing = missing_modules(notebook.folder, program)
    local = read_local_modules(notebook.folder, program, missing)
    program, found = join_stages(program, {} if repeats_code else hoisted, stable, local)
    diagnostics += found
    if any(d.is_error for d in diagnostics):
        return None, None, sort_diagnostics(diagnostics)
    world = functools.cache(lambda: look_at_world(program, local.trees))  # wanted only where something is made again
    values: frozenset[str] = frozenset()
    shown: frozenset[str] = frozenset()
    results = False
    changing: Mapping[str, frozenset[str]] = {}
    placed: frozenset[str] = frozenset()
    telling: frozenset[str] = frozenset()
    for _ in range(_ROUNDS):
        hoisted, stable = find_definitions(program, values | shown | telling, missing, changing, placed)
        hoisted = {} if repeats_code else hoisted
        interpreter = Interpreter(
            hoisted,
            stable,
            missing=missing,
            local=local,
            values=values,
            results=results,
            changing=changing,
            placed=placed,
        )
        facts = interpreter.run(program)
        if asks is not None:
            for cell in facts.cells.values():
                cell.inline.append((Span(asks.cell.number), "the notebook asks for its code, and where that stands"))
        late = follow_first_figure(program, facts)
        builder = _Builder(notebook, layout, options, program, facts, parameters, shown, world)
        assumed = sharpen_facts(facts, program, observed or {})
        pipeline, plan = builder.build(python)
        known_state = all(names <= changing.get(module, frozenset()) for module, names in facts.changing.items())
        same = (
            builder.values | facts.telling <= values
            and facts.shown & hoisted.keys() <= shown
            and facts.results <= results
            and facts.telling_shared <= telling
        )
        if known_state and same and facts.loud | facts.meddling <= placed:
            break
        placed |= facts.loud | facts.meddling
        telling |= facts.telling_shared
        changing = {
            module: changing.get(module, frozenset()) | facts.changing.get(module, frozenset())
            for module in sorted({*changing, *facts.changing})
        }
        results = facts.results
        values |= builder.values | facts.telling
        shown |= facts.shown
    found_all = sort_diagnostics([*diagnostics, *facts.diagnostics, *late, *builder.diagnostics])
    if any(d.is_error for d in found_all):
        return None, None, found_all
    return replace(pipeline, diagnostics=found_all, assumed=assumed), plan, found_all


class _Builder:
    """Holds the facts while the pipeline is put together."""

    def __init__(
        self,
        notebook: Notebook,
        layout: Layout,
        options: Options,
        program: Sequence[ProgramCell],
        facts: Facts,
        parameters: tuple[Parameter, ...],
        shown: frozenset[str],
        world: Callable[[], World],
    ) -> None:
        self.shown, self.world = shown | facts.shown, world
        self.notebook, self.layout, self.options = notebook, layout, options
        self.program, self.facts, self.parameters = program, facts, parameters
        self.values = set(facts.values)  # definitions that must be handed over as values instead of being repeated
        self.late_bound: dict[tuple[str, str], set[str]] = {}
        self.diagnostics: list[Diagnostic] = []
        self.names = list(facts.stages)
        self.real = [n for n in self.names if not is_pseudo(n)]
        self.position = {n: i for i, n in enumerate(self.names)}
        self.repeats: dict[str, dict[int, Item]] = {n: {} for n in self.names}  # stage to items by identity
        self.hoisted_used: dict[str, set[str]] = {n: set() for n in self.names}
        self.hoisted_carried: dict[str, set[str]] = {n: set() for n in self.names}
        note_settings_file(facts, self.real, notebook.folder, program)
        self.files = find_files(facts, self.real, notebook, program)
        self.stale: set[tuple[str, str, str, str]] = set()
        self.carries: dict[str, set[str]] = {n: set() for n in self.names}
        self.replays: dict[str, Replay] = {}
        self.remade: dict[str, Diagnostic] = {}  # stage to the note that it makes something again
        self.asked: dict[tuple[str, str], Span] = {}  # where a stage first needs what cannot be loaded
        self.first: dict[str, set[str]] = {n: set() for n in self.names}  # what must be defined before it loads
        self.parts: dict[str, list[ProgramCell]] = {n: [] for n in self.names}
        for part in program:
            self.parts[part.stage].append(part)
        self.import_effects = ImportEffects(self.parts, facts, placed=options.style == "notebook")
        self.cells: dict[str, set[int]] = {}
        for cell in layout.cells:
            if cell.role is Role.STAGE:
                self.cells.setdefault(cell.stage, set()).add(cell.number)

    # --- items that stages repeat -----------------------------------------------------------------------------

    def previous_env(self, stage: str) -> Mapping[str, Binding]:
        """Bindings where the stage starts."""
        index = self.position[stage]
        return self.facts.stages[self.names[index - 1]].env if index else {}

    def add_item(self, stage: str, item: Item) -> bool:
        """The stage repeats an item of an earlier one; what the item reads comes with it."""
        if item.stage == stage or id(item) in self.repeats[stage]:
            return False
        for name in item.binds:
            if self.facts.hoisted.get(name) is not None and item.kind in ("def", "class"):
                if name in self.hoisted_used[stage]:
                    return False
                self.hoisted_used[stage].add(name)
                return True
        self.repeats[stage][id(item)] = item
        self._read_module(stage, item)
        for star in item.stars:
            self.add_item(stage, star)
        for name in item.reads:
            self.add_name(stage, name, item.span)
        if item.kind == "shared":
            self._shared_slice(stage, item)
        return True

    def _read_module(self, stage: str, item: Item) -> None:
        """An import that the stage repeats reads a module that is not there before the notebook runs."""
        module = item.alias[0] if item.alias is not None else getattr(item.node, "module", None) or ""
        root = module.split(".")[0] if item.kind in ("import", "star") else ""
        if root in self.facts.missing:
            place = Span(self.parts[stage][0].cell.number) if self.parts[stage] else Span()
            files = module_files(root, self.facts.stages.values())
            again = self._written_again(root, files, item.stage, stage)
            if again is not None:
                self.diagnostics.append(again)
            self.facts.stages[stage].effects[:0] = [Effect(EffectKind.READ, path, place) for path in files]

    def _written_again(self, root: str, files: Sequence[str], first: str, stage: str) -> Diagnostic | None:
        """NB402 where a module's file changes after a stage has imported it, and nobody reloads it."""
        between = self.names[self.position[first] + 1 : self.position[stage]]
        for name in between:
            writes = [e for e in self.facts.stages[name].effects if e.kind is EffectKind.WRITE and e.key in files]
            texts = ["\n".join(part.cell.source for part in self.parts[n]) for n in (name, stage)]
            reloaded = [text.rfind(f"reload({root}") for text in texts]
            if writes and max(reloaded[0] - texts[0].rfind(f"{root}.py"), reloaded[1]) < 0:
                return Diagnostic(
                    "NB402",
                    f"the module `{root}` is written again after it was imported",
                    writes[0].span,
                    f"stage `{stage}` would import it as it is then",
                    "write it once, or under another name",
                    (),
                    root,
                )
        return None

    def _shared_slice(self, stage: str, item: Item) -> None:
        """Statements of shared cells that change what the item binds come with it."""
        shared = self.facts.stages[SHARED]
        wanted = set(item.binds) | set(item.mutates)
        reach = frozenset(r for n in wanted for r in shared.reach.get(n, ()))
        for other in shared.items:
            if other is item or other.kind not in ("shared", "def"):
                continue
            names = set(other.mutates) | (set(other.binds) & wanted)
            if names & wanted or any(not reach.isdisjoint(shared.reach.get(n, ())) for n in other.mutates):
                self.add_item(stage, other)

    def add_name(self, stage: str, name: str, span: Span = Span()) -> None:
        """The stage needs a name at its start for what stands at `span`."""
        if name in self.facts.stable:
            parts = self.facts.stable[name]
            for part in parts:
                self.add_item(stage, part)
            if all(p.stage == stage for p in parts):  # its own import stands below what needs it here
                self.repeats[stage][id(parts[0])] = parts[0]
            return
        binding = self.previous_env(stage).get(name)
        if binding is None:
            return
        if is_definition(binding):
            for part in binding.items:
                self.add_item(stage, part)
            return
        needs = self.facts.stages[stage].needs
        if name not in needs:
            needs[name] = (span, binding)
            self.facts.stages[stage].certain.add(name)

    def collect(self) -> Handover:
        """Who loads what from whom; what cannot be loaded is made again where that is the same, else refused."""
        refused: set[tuple[str, str]] = set()
        apart = [replace(each, name=MODULE + each.name) for each in self.facts.apart]
        while True:
            handover = self.collect_items()
            wanted: dict[str, set[str]] = {stage: set(replay.wanted) for stage, replay in self.replays.items()}
            missing = check_handover(self.facts, handover)
            missing += [each for each in self.facts.lost if each.name in handover.inputs.get(each.stage, {})]
            missing += [each for each in apart if each.name not in wanted.get(each.stage, ())]
            for each in missing:
                self.asked.setdefault((each.stage, each.name), each.diagnostic.span)
                if (each.stage, each.name) not in refused:
                    wanted.setdefault(each.stage, set()).add(each.name)
            changed = [
                stage for stage, names in sorted(wanted.items()) if self._remake(stage, names, handover, refused)
            ]
            if not changed and not self._drop_disordered(handover, refused):
                self.diagnostics += [each.diagnostic for each in missing]
                self.remade = {stage: self._note_remade(stage, replay) for stage, replay in self.replays.items()}
                self.diagnostics += self.remade.values()
                return handover

    def _note_remade(self, stage: str, replay: Replay) -> Diagnostic:
        """NB604 for a stage that makes values again."""
        first = min(sorted(replay.wanted), key=lambda n: self.asked[stage, n])
        places = tuple((step.span, "repeated") for step in replay.steps if not isinstance(step.node, ast.Import))
        return Diagnostic(
            "NB604",
            f"stage `{stage}` makes {replay.names} again: no file can hold it",
            self.asked[stage, first],
            "needed here",
            "nothing, if that is quick: what it takes is spent in each stage that needs it",
            places[:3],
            first.removeprefix(MODULE),
        )

    def _drop_disordered(self, handover: Handover, refused: set[tuple[str, str]]) -> bool:
        """Gives up repetitions that would bind what the stage defines, or come before what they need."""
        dropped = False
        for stage, replay in list(self.replays.items()):
            late = _late_items(self.repeats[stage].values(), _loaded(handover, stage) | replay.made)
            defined = {n for item in self.repeats[stage].values() for n in item.binds}
            bound = {n for step in replay.steps for n in step.binds}
            if bound & defined or replay.repeats & {n for item in late for n in item.binds}:
                refused |= {(stage, n) for n in replay.wanted}
                del self.replays[stage]
                dropped = True
        return dropped

    def _remake(self, stage: str, names: set[str], handover: Handover, refused: set[tuple[str, str]]) -> bool:
        """Plans what a stage makes again; whether that differs from what was planned before."""
        needs = handover.inputs.get(stage, {}) | handover.remade.get(stage, {})
        inputs = {n: holder for n, (holder, _) in needs.items()}
        whole = any(each.told_apart and each.stage == stage and each.name in names for each in self.facts.lost)
        before = self.replays.pop(stage, None)
        replay = plan_replay(self.facts, stage, names, inputs, self.world(), whole=whole)
        if replay is None and before is not None and before.wanted != names:
            refused |= {(stage, n) for n in names - before.wanted}
            replay = plan_replay(self.facts, stage, before.wanted, inputs, self.world(), whole=whole)
        if replay is None:
            refused |= {(stage, n) for n in names}
            return before is not None
        self.replays[stage] = replay
        if before is not None and (replay.made, replay.steps) == (before.made, before.steps):
            return False
        facts, env = self.facts.stages[stage], self.previous_env(stage)
        first = min(self.asked[stage, n] for n in replay.wanted)
        for name in sorted(replay.repeats):
            self.add_name(stage, name)
        for name in sorted(replay.loads):
            facts.needs.setdefault(name, (first, env[name]))
            facts.certain.add(name)
        facts.effects += [e for e in replay.effects if e not in facts.effects]
        for region in flood(self.facts, [r for r in facts.mutated if r in replay.regions]) - facts.mutated.keys():
            facts.mutated[region] = (first, first, min(replay.wanted))
        return True

    def collect_items(self) -> Handover:
        """Repeats until nothing new is needed: items bring variables, and variables bring the code that they carry."""
        for stage in self.real:
            for name, (_, binding) in sorted(self.facts.stages[stage].needs.items()):
                if name.startswith("*") or is_definition(binding):
                    for item in binding.items:
                        self.add_item(stage, item)
            self._add_settings(stage)
            self._add_submodules(stage)
        while True:
            before = self._size()
            handover = solve_handover(self.facts, {stage: replay.made for stage, replay in self.replays.items()})
            for stage, inputs in handover.inputs.items():
                if is_pseudo(stage):
                    continue
                for name, (holder, need) in sorted(inputs.items()):
                    if holder == SHARED:
                        for item in need.binding.items:
                            self.add_item(stage, item)
                    for variable in handover.stored_with(holder, name):
                        self._add_carried(stage, holder, variable)
                    self._add_globals(stage, holder, name, handover)
            if self._size() == before:
                return handover

    def _size(self) -> int:
        return sum(len(r) for r in self.repeats.values()) + sum(len(s.needs) for s in self.facts.stages.values())

    def _add_carried(self, stage: str, holder: str, name: str) -> None:
        """Classes and functions to which a loaded value refers by name must be there before it is loaded."""
        codes = self.facts.codes
        numbers = self.facts.stages[holder].codes.get(name, ())
        for number in sorted({n if codes[n].within < 0 else codes[n].within for n in numbers}):
            code = codes[number]
            if code.name and code.hoisted:
                self.hoisted_carried[stage].add(code.name)
            if not code.name or code.hoisted or is_pseudo(holder) or code.name in self.facts.values:
                continue
            env = self.previous_env(stage).get(code.name)
            if env is None or number not in env.value.code:
                self.stale.add((code.name, name, stage, holder))
            elif env.items and all(i.pure or i.kind == "shared" for i in env.items):
                self.carries[holder].add(code.name)
                self.first[stage].add(code.name)
                for item in env.items:
                    self.add_item(stage, item)
            elif code.is_class:
                self.stale.add((code.name, name, stage, holder))

        named = frozenset() if is_pseudo(holder) else self.facts.stages[holder].texts.get(name, frozenset())
        for text in sorted(named - self.facts.hoisted.keys()):  # which a formula evaluates again
            env = self.previous_env(stage).get(text)
            if env is not None and is_definition(env) and any(i.kind == "def" for i in env.items):
                self.first[stage].add(text)
                self.add_name(stage, text)

    def _add_globals(self, stage: str, holder: str, name: str, handover: Handover) -> None:
        """Functions that a stage makes and hands over are stored with what they read when they are called."""
        codes = frozenset() if is_pseudo(holder) else self.facts.stages[holder].codes.get(name, frozenset())
        stored = {n for n in codes if self._is_stored(self.facts.codes[n])}
        if not stored:
            return
        loaded = {
            number
            for variable, (source, _) in handover.inputs.get(holder, {}).items()
            if not is_pseudo(source)
            for number in self.facts.stages[source].codes.get(variable, ())
        }
        made = frozenset(stored - loaded)
        if not made:
            return
        _, late = late_names(self.facts, stage, holder, name, self.facts.values)
        env = self.previous_env(holder)
        called = with_called(self.facts, holder, made)
        for read in sorted({n for number in called for n in self.facts.codes[number].reads}):
            if read in self.facts.stable:
                for part in self.facts.stable[read]:
                    if self.position.get(part.stage, -1) < self.position[holder]:
                        self.add_item(holder, part)
            elif read in env and (is_definition(env[read]) or not late):
                self.add_name(holder, read, handover.touched[holder].get(name, Span()))

    def _is_stored(self, code: CodeFacts) -> bool:
        """Whether a function is stored as it is: others are found by their names."""
        return not code.hoisted and (not code.name or code.name in self.facts.values)

    def _check_stale(self, handover: Handover) -> None:
        """NB206 where a value refers to a definition that its name no longer has."""
        for code, variable, stage, holder in sorted(self.stale):
            inputs = handover.inputs.get(stage, {})
            loaded = [v for v in handover.stored_with(holder, variable) if v in inputs and inputs[v][0] == holder]
            if not loaded:  # it is made again
                continue
            _, need = inputs[loaded[0]]
            self.values.add(code)
            place = handover.touched[holder].get(variable, Span())
            self.diagnostics.append(
                Diagnostic(
                    "NB206",
                    f"`{variable}` refers to a `{code}` that stage `{stage}` cannot find by that name",
                    need.span,
                    f"`{code}` was defined again, deleted, or defined on some paths only",
                    f"give the later `{code}` another name, or use `{variable}` in the stage that makes it",
                    ((place, f"`{variable}` is made or changed here"),),
                    variable,
                )
            )

    def _add_settings(self, stage: str) -> None:
        """Settings, setting magics and imports with effects of all earlier cells."""
        for position, item in self._settings:
            if position < self.position[stage] and (item.kind != "import" or self.import_effects.matters(item, stage)):
                self.add_item(stage, item)

    @functools.cached_property
    def _settings(self) -> list[tuple[int, Item]]:
        """Settings, setting magics and imports that may do something, each with the position of its stage."""
        return [
            (self.position[name], item)
            for name in self.names
            for each in (*self.facts.stages[name].items, *self.facts.stages[name].nested_imports.values())
            for item in [each if each.pure or each.kind != "import" else available_import(each)]
            if item is not None
            if item.kind in ("setting", "magic") or (item.kind == "import" and self.import_effects.may_act(item))
        ]

    def _add_submodules(self, stage: str) -> None:
        """`import a` gives `a.b` once anything has imported `a.b`: a later stage must import it by itself."""
        if stage == self.real[0]:
            return
        chains = {
            (node.value.id, node.attr)
            for part in self.parts[stage]
            for node in ast.walk(part.tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        }
        for name, attribute in sorted(chains):
            items = self.facts.stable.get(name, ())
            plain = next((i for i in items if i.alias is not None and not i.alias[1]), None)
            module = plain.alias[0] if plain is not None and plain.alias is not None else ""
            root = module.split(".")[0]
            package = root if name == root else module  # `import a.b as c` gives a.b, `import a.b` gives a
            if plain is not None and is_submodule(package, attribute):
                module = f"{package}.{attribute}"
                again = replace(plain, source=f"import {module}", alias=(module, "", root), binds=(name,))
                if all(i.source != again.source for i in items):
                    self.repeats[stage][id(again)] = again

    # --- the whole --------------------------------------------------------------------------------------------

    def build(self, python: str) -> tuple[Pipeline, Plan]:
        """Puts stages, edges and plans together."""
        handover = self.collect()
        linked = link_effects(self.facts, self.names, self.real)
        self._seed_items(linked)
        self._check_stale(handover)
        self.diagnostics += check_skipped(self.facts, handover, self.repeats)
        self._value_definitions(handover)
        self.late_bound = find_late_bound(self.facts, handover, self.facts.values)
        self._keep_inline(handover)
        used = {n: self._with_callees(self.hoisted_used[n] | self.hoisted_carried[n]) for n in self.names}
        for found, values in (
            check_items(self.facts, self.names, self.repeats),
            check_code_state(self.facts, self.real, self.repeats, used),
        ):
            self.diagnostics += found
            self.values |= values
        quiet = {n: self._quiet_imports(n, handover) for n in self.real}
        self.diagnostics += check_quiet_imports(self.facts, quiet)
        edges = _without_implied(self._edges(handover, linked))
        order = self._order(edges)
        files = self.files
        place = {n: i for i, n in enumerate(order)}
        upstream: dict[str, list[str]] = {n: [] for n in self.real}
        for source, target in sorted({(e.source, e.target) for e in edges}, key=lambda pair: place[pair[0]]):
            upstream[target].append(source)
        plans = {n: self._plan(n, handover, linked) for n in order}
        plans = {
            n: replace(
                p,
                quiet=tuple(quiet[n]),
                maybe=tuple(v for source, names in p.loads for v in names if v in plans[source].uncertain),
            )
            for n, p in plans.items()
        }
        stages = _distinct_files(tuple(self._stage(n, handover, upstream[n], plans[n]) for n in order))
        functions = self._functions(plans)
        pipeline = Pipeline(
            name=self.options.name or project_name(self.notebook.name),
            package=package_name(self.options.name or self.notebook.name, self._modules),
            notebook=self.notebook.file,
            title=title_of(self.notebook),
            description=summary_of(self.notebook),
            stages=stages,
            parameters=self.parameters,
            edges=tuple(sorted(edges, key=lambda e: (e.source, e.target, e.kind.value, e.name))),
            imports=tuple(sorted(self._modules)),
            optional=optional_distributions(self._uses),
            local_modules=files.local_modules,
            own_modules=files.own_modules,
            data_files=files.data_files,
            folders=files.folders,
            runs_in_place=files.in_place,
            workdir=".." if files.in_place else ".",
            module_state={module: tuple(sorted(names)) for module, names in self.facts.changing.items()},
            kernel=self.options.kernel or kernel_of(self.notebook.kernel),
            python=python,
            stored=self._stored_kinds(handover),
        )
        self.diagnostics += files.diagnostics
        self.diagnostics += linked.diagnostics
        spans = {n: s.bound[v][0] for n, s in self.facts.stages.items() for v in s.bound}
        names = frozenset(v for s in self.facts.stages.values() for v in (*s.bound, *s.needs))
        sources = {c.number: c.source for c in self.notebook.cells}
        plan = Plan(
            MappingProxyType(plans),
            functions,
            names,
            MappingProxyType(spans),
            MappingProxyType(sources),
            frozenset(self.facts.hoisted),
            frozenset(self.facts.stable),
        )
        return pipeline, plan

    def _value_definitions(self, handover: Handover) -> None:
        """Functions and classes that are handed over because they cannot be repeated keep who they are."""
        for inputs in handover.inputs.values():
            for variable, (source, _) in inputs.items():
                if variable in self.facts.hoisted:  # a decorator of a library made an object of it, which changed since
                    self.values.add(variable)
                if is_pseudo(source):
                    continue
                value = self.facts.stages[source].env[variable].value
                for code in (self.facts.codes[n] for n in value.code if value.kind in ("function", "class")):
                    if code.name and not code.hoisted:
                        self.values.add(code.name)
                for code in (self.facts.codes[n] for n in self.facts.stages[source].codes.get(variable, ())):
                    state = self.facts.regions.parts(code.region)  # its defaults
                    if code.name and state and not code.hoisted and not code.is_class:
                        self.values.add(code.name)

    def _stored_kinds(self, handover: Handover) -> frozenset[str]:
        """The kinds of what stages hand over, and properties of it that decide what the project's code must know."""
        regions = self.facts.regions
        stored = {(stage, v) for stage, names in handover.outputs.items() for v in names}
        values = [self.facts.stages[stage].env[v].value for stage, v in stored]
        reached = frozenset[int]().union(*(regions.reach(v.region) for v in values))
        kinds = {v.kind for v in values} | {regions.kind(r) for r in reached}
        if not reached.isdisjoint(self.facts.lazy):
            kinds.add("lazy")
        kinds.update(kind for kind, said in _SAID.items() if any(map(said.search, self._texts)))
        if any("print(" in text for text in self._texts) and any(map(_STORING.search, self._texts)):
            kinds.add("talks")
        if any(_makes_sets(part.tree) for part in self.program):
            kinds.add("sets")
        if IDENTITY in kinds:
            kinds.add("addresses")
        if any(v.kind == "library" and "." in v.dotted for v in values):
            kinds.add("library objects")
        if any(magic.name in FOLDER_MAGICS for part in self.program for magic in part.python.magics):
            kinds.add("folders")
        if any(e.key == "numbers of threads" for stage in self.facts.stages.values() for e in stage.loose_settings):
            kinds.add("threads")
        if self._tells_errors or any(part.raises for part in self.program):
            kinds.add("errors")
        if any(stage.displays for stage in self.facts.stages.values()):
            kinds.add("displays")
        kinds |= self.facts.families
        if self.late_bound:
            kinds.add("late")
        if self.facts.results or any(stage.inputs for stage in self.facts.stages.values()):
            kinds.add("numbers")
        return frozenset(kinds)

    def _numbers(self, stage: str) -> dict[int, int]:
        """Code cells of the stage to their numbers of execution when the notebook runs from top to bottom."""
        own = {part.cell.number for part in self.program if part.stage == stage}
        return {number: i for i, number in enumerate(self._executed, 1) if number in own}

    @functools.cached_property
    def _texts(self) -> list[str]:
        """The texts of all cells, and of the modules beside the notebook."""
        modules = [ast.unparse(module.tree) for module in self.facts.local.modules.values()]
        return [*(part.cell.source for part in self.program), *modules]

    @functools.cached_property
    def _tells_errors(self) -> bool:
        """Whether code has IPython show an error that does not end the cell."""
        return any(map(_SHOWS_ERRORS.search, self._texts))

    @functools.cached_property
    def _lined(self) -> bool:
        return any(_LINES.search(part.python.text) for part in self.program)

    @functools.cached_property
    def _executed(self) -> list[int]:
        """The cells that IPython counts when the notebook runs from top to bottom."""
        return [c.number for c in self.notebook.cells if c.is_code and not c.is_empty]

    def _with_history(self, handover: Handover) -> set[str]:
        """The stages that read what IPython keeps of cells, or show what is read later."""
        readers = {stage for stage, inputs in handover.inputs.items() if RESULTS in inputs}
        writers = {stage for stage, outputs in handover.outputs.items() if RESULTS in outputs}
        return readers | writers | {n for n in self.real if self.facts.stages[n].history or self.facts.stages[n].inputs}

    def _keep_inline(self, handover: Handover) -> None:
        """Functions find their variables in the namespace of a notebook: the code of these stages stays in theirs."""
        reasons = {s: "functions that it hands over read variables when they are called" for s, _ in self.late_bound}
        reasons |= {s: "functions that it loads read its variables when they are called" for _, s in self.late_bound}
        for stage in self.real:
            defined = {n for n in self.facts.stages[stage].bound if n in self.facts.values}
            if defined:
                reasons.setdefault(stage, f"it hands `{min(defined)}` over with its state")
        for stage in self.real:
            repeated = {n for i in self.repeats[stage].values() for n in i.binds}
            shown = self.shown & (repeated | self.facts.stages[stage].bound.keys())
            if shown:
                reasons.setdefault(stage, f"`{min(shown)}` shows the module that defines it")
        for stage in self.real:
            loud = next((i for i in self.repeats[stage].values() if i.shows and i.stage == SHARED), None)
            if loud is not None:
                reasons.setdefault(stage, f"what cell {loud.span.cell} shows, a stage that repeats it must not show")
        for stage in self._with_history(handover):
            reasons.setdefault(stage, "IPython's history is read here or later")
        for part in self.program:
            if part.stage in reasons:
                facts = self.facts.cells[part.cell.number]
                facts.inline.append((Span(part.cell.number), reasons.pop(part.stage)))

    def _with_callees(self, names: set[str]) -> set[str]:
        """The hoisted names, and those that their code reads in turn."""
        found, pending = set(names), sorted(names)
        while pending:
            item = self.facts.hoisted.get(pending.pop())
            if item is not None and item.node is not None:
                reads = free_names(item.node).reads & self.facts.hoisted.keys()  # type: ignore[arg-type]
                pending += sorted(reads - found)
                found |= reads
        return found

    def _seed_items(self, linked: LinkedEffects) -> None:
        for stage, generators in linked.random_in.items():
            for _generator, holder in generators:
                if holder == SHARED:
                    for item in self.facts.stages[SHARED].items:
                        if item.kind == "seed":
                            self.add_item(stage, item)

    @functools.cached_property
    def _uses(self) -> Uses:
        """What the notebook's code names, and that of modules beside it."""
        modules = self.facts.local.modules.values()
        return read_uses([*(part.tree for part in self.program), *(module.tree for module in modules)])

    @functools.cached_property
    def _modules(self) -> set[str]:
        """Top-level modules that the code imports, that of modules beside it included, without the standard library."""
        import sys

        return {root for root in self._uses.roots if root not in sys.stdlib_module_names}

    def _edges(self, handover: Handover, linked: LinkedEffects) -> list[Edge]:
        edges = list(linked.edges)
        for target, inputs in handover.inputs.items():
            if is_pseudo(target):
                continue
            for variable, (source, need) in inputs.items():
                if is_pseudo(source):
                    continue
                defined = handover.touched[source].get(variable, Span())
                kind = EdgeKind.STATE if variable in HIDDEN else EdgeKind.DATA
                edges.append(Edge(source, target, kind, variable, defined, need.span, need.why))
        known_names = set(self.real)
        for layout in self.layout.stages:
            for name, span in layout.after:
                if name in known_names and layout.name in known_names:
                    first = next((s.span for s in self.layout.stages if s.name == name), Span())
                    edges.append(Edge(name, layout.name, EdgeKind.ORDER, "", first, span, f"tagged `after:{name}`"))
        return list(dict.fromkeys(edges))

    def _order(self, edges: Sequence[Edge]) -> list[str]:
        """Stages so that every edge points forward; ties by the notebook's order."""
        waiting = {n: {e.source for e in edges if e.target == n and e.source != n} for n in self.real}
        order: list[str] = []
        while waiting:
            ready = next((n for n in waiting if not waiting[n]), None)
            if ready is None:
                self._report_cycle(waiting, edges)
                return self.real
            order.append(ready)
            del waiting[ready]
            for sources in waiting.values():
                sources.discard(ready)
        return order

    def _report_cycle(self, waiting: Mapping[str, set[str]], edges: Sequence[Edge]) -> None:
        path = [next(iter(waiting))]
        while path[-1] not in path[:-1]:
            path.append(sorted(waiting[path[-1]])[0])
        cycle = path[path.index(path[-1]) :][::-1]
        pairs = list(itertools.pairwise(cycle))
        reasons = [next(e for e in edges if (e.source, e.target) == pair) for pair in pairs]
        tagged = next((e for e in reasons if e.kind is EdgeKind.ORDER), reasons[0])
        self.diagnostics.append(
            Diagnostic(
                "NB301",
                "stages wait for each other in a circle: " + " → ".join(f"`{n}`" for n in cycle),
                tagged.used,
                "this closes the circle",
                "remove the `after:` tag here, or move cells so that data flows one way",
                tuple(
                    (e.used, f"`{e.target}` waits for `{e.source}`" + (f" ({e.name})" if e.name else ""))
                    for e in reasons
                ),
                cycle[0],
            )
        )

    def _plan(self, name: str, handover: Handover, linked: LinkedEffects) -> StagePlan:
        facts = self.facts.stages[name]
        items = sorted(self.repeats[name].values(), key=lambda i: i.order)
        inputs = handover.inputs.get(name, {})
        replay = self.replays.get(name)
        late = _late_items(items, _loaded(handover, name) | (replay.made if replay is not None else frozenset()))
        early = [i for i in items if i not in late]
        self._check_order_of_loads(name, late, handover)
        loads: dict[str, list[str]] = {}
        for variable, (source, _) in sorted(inputs.items()):
            if not is_pseudo(source):
                loads.setdefault(source, []).append(variable)
        parameters = [v for v, (source, _) in inputs.items() if source == PARAMETERS]
        named = {n for s, vs in loads.items() for v in vs for n in self.facts.stages[s].texts.get(v, ())}
        imported = [i for i in (*items, *facts.items) if i.kind == "import"]
        return StagePlan(
            name=name,
            acting=frozenset(i.binds[0] for i in imported if self.import_effects.matters(i, name)),
            cells=self._cells(name),
            code=tuple(self.parts[name]),
            imports=tuple(i for i in early if i.kind in ("import", "star")),
            definitions=tuple(i for i in early if i.kind in ("def", "class", "compound", "shared", "seed")),
            settings=tuple(i for i in early if i.kind in ("setting", "magic")),
            late=tuple(late),
            hoisted=tuple(sorted(self.hoisted_used[name], key=lambda n: self.facts.hoisted[n].order)),
            loads=tuple((s, tuple(v)) for s, v in sorted(loads.items(), key=lambda x: self.position[x[0]])),
            saves=tuple(handover.groups.get(name, ())),
            uncertain=tuple(handover.uncertain.get(name, ())),
            parameters=tuple(p.name for p in self.parameters if p.name in parameters),
            random_in=tuple(linked.random_in.get(name, ())),
            random_out=tuple(linked.random_out.get(name, ())),
            settings_in=linked.settings_in.get(name, ""),
            settings_out=name in linked.settings_out,
            replay=replay,
            remade=self.remade.get(name),
            facts=facts,
            cell_facts=MappingProxyType(self.facts.cells),
            carries=tuple(sorted(self.carries[name])),
            late_bound=tuple(sorted({n for (s, _), v in self.late_bound.items() if s == name for n in v})),
            inputs=tuple(self.notebook.cells[n - 1].source for n in self._executed) if facts.inputs else (),
            numbers=MappingProxyType(self._numbers(name) if name in self._with_history(handover) else {}),
            namespace=any(target == name for _, target in self.late_bound),
            lined=self._lined,
            tells_errors=self._tells_errors,
            formulas=tuple(i for n in sorted(named) for i in self.facts.stable.get(n, ())),
            formula_functions=tuple(sorted(named & self.facts.hoisted.keys())),
        )

    def _quiet_imports(self, stage: str, handover: Handover) -> list[Item]:
        """Imports of modules that show something, which an earlier stage has shown: by its code, its repeats and what it loads."""
        modules = set(self.facts.stages[stage].modules)
        for item in self.repeats[stage].values():
            if item.alias is not None:
                modules.update([item.alias[0], f"{item.alias[0]}.{item.alias[1]}"])
            elif item.node is not None and item.kind not in ("def", "class"):
                modules |= imported_modules(item.node)
        if self.facts.loud:
            for variable, (source, _) in handover.inputs.get(stage, {}).items():
                codes = self.facts.stages[source].codes.get(variable, ()) if not is_pseudo(source) else ()
                modules.update(self.facts.codes[n].module for n in codes)
                if not is_pseudo(source) and self._may_hold_any(variable, source, handover):
                    modules |= self.facts.loud & self.facts.local.modules.keys()
        return repeated_imports(self.facts, stage, modules)

    def _may_hold_any(self, variable: str, source: str, handover: Handover) -> bool:
        """Whether nobody knows of which types the objects in a variable are."""
        binding = self.facts.stages[source].env.get(variable)
        plain = binding is not None and binding.value.region is None and binding.value.kind != "library"
        return not plain and variable not in HIDDEN and self._type(source, variable, handover) == "Any"

    def _check_order_of_loads(self, stage: str, late: Sequence[Item], handover: Handover) -> None:
        """NB206 where a value can be loaded only after a definition that itself needs a loaded value."""
        for item in late:
            for code in sorted(self.first[stage].intersection(item.binds)):
                self.values.add(code)
                variable, (_, need) = next(
                    (variable, found)
                    for variable, found in sorted(handover.inputs.get(stage, {}).items())
                    if any(self._refers_to(found[0], v, code) for v in handover.stored_with(found[0], variable))
                )
                self.diagnostics.append(
                    Diagnostic(
                        "NB206",
                        f"`{variable}` refers to `{code}`, whose definition reads a variable",
                        need.span,
                        f"stage `{stage}` can load neither before the other",
                        f"use `{variable}` in the stage that makes it, or define `{code}` without reading variables",
                        ((item.span, f"`{code}` is defined here"),),
                        variable,
                    )
                )

    def _refers_to(self, holder: str, variable: str, code: str) -> bool:
        return any(self.facts.codes[n].name == code for n in self.facts.stages[holder].codes.get(variable, ()))

    def _cells(self, name: str) -> tuple[Cell, ...]:
        """Cells of a stage, markdown included; a stage that was joined keeps the notebook's order."""
        cells = (self.notebook.cells[number - 1] for number in sorted(self.cells.get(name, ())))
        return tuple(c for c in cells if not (c.is_code and c.is_empty))

    def _stage(self, name: str, handover: Handover, upstream: list[str], plan: StagePlan) -> Stage:
        layout = next((s for s in self.layout.stages if s.name == name), StageLayout(name, name, Span()))
        facts = self.facts.stages[name]
        outputs = tuple(
            Output(v, self._type(name, v, handover), handover.touched[name].get(v, Span()), v not in plan.uncertain)
            for v in handover.outputs.get(name, [])
            if v not in HIDDEN
        )
        inputs = tuple(
            Input(v, source, self._type(source, v, handover))
            for v, (source, _) in sorted(handover.inputs.get(name, {}).items())
            if not is_pseudo(source) and v not in HIDDEN
        )
        kinds = {e.kind for e in facts.effects}
        metrics = [
            v
            for part in plan.code
            if part.metrics
            for statement in part.tree.body
            for v in _assigned(statement)
            if v in facts.env and facts.env[v].value.kind in ("scalar", "unknown")
        ]
        return Stage(
            name=name,
            title=layout.title or name,
            summary=_first_sentence(plan.cells),
            cells=plan.cells,
            inputs=inputs,
            outputs=outputs,
            parameters=plan.parameters,
            upstream=tuple(upstream),
            hints=layout.hints,
            metrics=tuple(dict.fromkeys(metrics)),
            state=(
                *(f"{g} state" for g in plan.random_out),
                *(("settings",) if plan.settings_out else ()),
                *(v for v in HIDDEN if v in handover.outputs.get(name, ())),
            ),
            deterministic=EffectKind.CLOCK not in kinds and (EffectKind.DRAW not in kinds or bool(plan.random_in)),
            reads=_paths(facts, EffectKind.READ),
            writes=_paths(facts, EffectKind.WRITE),
            plots=any(self.facts.cells[part.cell.number].plots for part in plan.code),
        )

    def _type(self, stage: str, variable: str, handover: Handover) -> str:
        """The type of a variable at a stage's end; where the stage does not bind it, as it was before."""
        facts = self.facts.stages[stage]
        while variable not in facts.bound and variable in handover.inputs.get(facts.name, {}):
            holder = handover.inputs[facts.name][variable][0]
            if is_pseudo(holder):
                break
            facts = self.facts.stages[holder]
        inputs = handover.inputs.get(facts.name, {})

        def before(name: str) -> str:
            source = inputs[name][0] if name in inputs else SHARED
            return "Any" if is_pseudo(source) else self._type(source, name, handover)

        trees = [part.tree for part in self.parts[facts.name]]
        return type_in_stage(variable, facts.env, trees, before)

    def _functions(self, plans: Mapping[str, StagePlan]) -> FunctionsPlan:
        """Definitions of the module that stages share, with the imports that they need."""
        used = {name for plan in plans.values() for name in (*plan.hoisted, *plan.formula_functions)}
        for stage in self.real:
            used |= {n for item in self.facts.stages[stage].items for n in item.binds if n in self.facts.hoisted}
        pending = list(used)
        definitions: dict[str, Item] = {}
        imports: dict[str, Item] = {}
        while pending:
            name = pending.pop()
            if name in definitions:
                continue
            item = self.facts.hoisted[name]
            definitions[name] = item
            assert item.node is not None
            for read in free_names(item.node).reads:  # type: ignore[arg-type]
                if read in self.facts.hoisted:
                    pending.append(read)
                elif read in self.facts.stable:
                    imports.update({i.source: i for i in self.facts.stable[read]})
        ordered = tuple(sorted(definitions.values(), key=lambda i: i.order))
        numbers = {i.span.cell for i in ordered}
        notes = tuple(c for c in self.notebook.cells if not c.is_code and c.number + 1 in numbers)
        return FunctionsPlan(tuple(sorted(imports.values(), key=lambda i: i.order)), ordered, notes)


def _makes_sets(tree: ast.AST) -> bool:
    return any(
        isinstance(node, (ast.Set, ast.SetComp)) or (isinstance(node, ast.Name) and node.id == "set")
        for node in ast.walk(tree)
    )


def _loaded(handover: Handover, stage: str) -> set[str]:
    """The variables that a stage loads from others."""
    return {n for n, (holder, _) in handover.inputs.get(stage, {}).items() if not is_pseudo(holder)}


def _late_items(items: Iterable[Item], loaded: frozenset[str] | set[str]) -> list[Item]:
    """The items that read what is loaded, those that read what such items bind, and the settings that follow one of them."""
    late: list[Item] = []
    names = set(loaded)
    sets = False
    for item in sorted(items, key=lambda i: i.order):
        if set(item.reads) & names or (sets and item.kind == "setting"):
            late.append(item)
            names |= set(item.binds)
            sets |= item.kind == "setting"
    return late


#: What gives an object a dict for its attributes that others know, too.
_GIVES_DICTS = r"\.__dict__\s*=[^=]|\bsetattr\([^)]*__dict__"
#: What the project's code must know, to what in a notebook, or a module beside it, asks for that.
_SAID = {
    "__getattr__": re.compile(r"__getattr__"),
    "match": re.compile(r"\b(?:match|search|fullmatch|finditer)\("),
    "iterators": re.compile(r"\b(?:iter|reversed)\("),
    "shared dicts": re.compile(_GIVES_DICTS),
    "locks": re.compile(r"cached_property"),
    **{module: re.compile(module) for module in ("argparse", "asyncio", "copyreg")},
    # Classes that pickle makes objects of by calling them, or fills, as they may not expect; Matplotlib's paths of fonts are such.
    "constructors": re.compile(
        rf"{_GIVES_DICTS}|\b__(?:new|slots|hash)__\b|\bfindfont\b|\bfrozen=True|\bunsafe_hash\b|\bclass \w+\([^)]*\b(?:dict|list|Dict|List"
        r"|set|frozenset|deque|Deque|Counter|OrderedDict|defaultdict|DefaultDict|date|datetime|time|timedelta|Random|Decimal|Fraction"
        r"|Path|PosixPath|PurePath|PurePosixPath|array)\b"
    ),
}
#: Methods that run when objects are stored or loaded.
_STORING = re.compile(
    r"\b__(?:getstate|setstate|reduce|reduce_ex|getnewargs|getnewargs_ex|new|hash|eq|getattr|getattribute|set_name|class_getitem|init_subclass|prepare)__\b"
)
#: What asks in which line code stands; what asks for the code itself, its docstrings, or the names of the functions that run.
_LINES = re.compile(
    r"\b(?:\w*lineno|getsourcelines|getframeinfo|getouterframes|extract_tb|extract_stack|walk_tb)\b|\binspect\.(?:stack|trace)\(|"
    r"\b(?:dis|disassemble|distb|Bytecode|get_instructions|show_code|code_info|findlinestarts)\("
)
_CODE = re.compile(
    rf"{_LINES.pattern}|\b(?:getsource|findsource|getcomments|getdoc|__doc__|get_type_hints|_getframe|currentframe|f_code|co_\w+|funcName|RecursionError|[gs]etrecursionlimit|__closure__|__code__)\b"
    r"|warn\(.*DeprecationWarning"  # which is shown where the code stands in a notebook only
)
#: What runs text as a cell, whose error is shown and does not end the cell that runs it.
_SHOWS_ERRORS = re.compile(r"\b(?:run_cell|run_cell_magic|safe_execfile|showtraceback|showsyntaxerror)\(")
#: What looks for tests in `__main__`: examples in docstrings, and classes.
_LOOKS_FOR_TESTS = re.compile(rf"\bunittest\.main\b|\b(?:{'|'.join(sorted(TESTING_CALLS - {'main'}))})\(")
_MAIN = frozenset({"sys.modules['__main__']", "sys.modules[__name__]"})


def _names_main(program: Sequence[ProgramCell]) -> bool:
    """Whether code asks `__main__` for definitions, which are there if they stand in the stage's notebook."""
    if any(_LOOKS_FOR_TESTS.search(part.python.text) for part in program):
        return True
    asking = (part for part in program if "__main__" in part.python.text or "sys.modules[" in part.python.text)
    for node in (n for part in asking for n in ast.walk(part.tree)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "__main__" in node.value[:-1]:
            return True
        if isinstance(node, ast.Import) and any(alias.name == "__main__" for alias in node.names):
            return True
        if isinstance(node, ast.ImportFrom) and node.module == "__main__":
            return True
        if isinstance(node, ast.Subscript) and ast.unparse(node) in _MAIN:
            return True
    return False


def _postpones_annotations(program: Sequence[ProgramCell]) -> bool:
    """`from __future__ import annotations` holds for the cells below it only."""
    return any(
        isinstance(s, ast.ImportFrom) and s.module == "__future__" and any(a.name == "annotations" for a in s.names)
        for part in program
        for s in part.tree.body
    )


def _without_implied(edges: Sequence[Edge]) -> list[Edge]:
    """Edges without those that only order stages which others already order: they carry nothing."""
    kept = list(edges)
    for edge in edges:
        if edge.kind is EdgeKind.ORDER and not edge.why.startswith("tagged"):
            rest = [e for e in kept if (e.source, e.target) != (edge.source, edge.target)]
            if len(rest) < len(kept) - 1:
                continue  # something else stands between the two as well
            seen, border = {edge.source}, {edge.source}
            while border:
                border = {e.target for e in rest if e.source in border} - seen
                seen |= border
            if edge.target in seen:
                kept = rest
    return kept


def _distinct_files(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """Other file names for stages whose names differ by case only: not every file system tells them apart."""
    taken: set[str] = set()
    found = []
    for stage in stages:
        file, count = stage.name, 1
        while file.casefold() in taken:
            count += 1
            file = f"{stage.name}_{count}"
        taken.add(file.casefold())
        found.append(replace(stage, file=file if file != stage.name else ""))
    return tuple(found)


def _paths(facts: StageFacts, kind: EffectKind) -> tuple[str, ...]:
    """The files of the effects of one kind, `*` for any; what an URL names is no file."""
    keys = {e.key for e in facts.effects if e.kind is kind and "://" not in e.key}
    return tuple(sorted(posixpath.normpath(key) if key else "*" for key in keys))


def _assigned(statement: ast.stmt) -> Iterable[str]:
    if isinstance(statement, ast.Assign):
        for target in statement.targets:
            if isinstance(target, ast.Name):
                yield target.id
    elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        yield statement.target.id


def _first_sentence(cells: Sequence[Cell]) -> str:
    """First sentence of the prose above a stage's first code."""
    for cell in cells:
        if cell.is_code:
            return ""
        prose = [
            x.strip()
            for x in cell.source.split("\n")
            if x.strip() and not x.lstrip().startswith(("#", "!", "<", "|", "-", "*", ">"))
        ]
        if prose:
            text = re.sub(r"\s+", " ", " ".join(prose))
            return re.split(r"(?<=[.!?])\s", text)[0]
    return ""


def relative_workdir(folder: str, out: str) -> str:
    """The notebook's folder as seen from the project."""
    return os.path.relpath(folder, out).replace(os.sep, "/")
