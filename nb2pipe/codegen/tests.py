"""The tests that a project comes with: the pipeline as a whole, and each stage against the notebook or a second run.

Before: the stage notebook of `clean`, which loads, calls `clean` and saves. After: `test_clean`, which loads the same from
a finished run, calls the same, and compares what comes out and what is shown with what the notebook gave.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nb2pipe.codegen.imports import sort_imports
from nb2pipe.codegen.names import StageNames
from nb2pipe.codegen.percent import OutCell
from nb2pipe.dataflow.facts import EffectKind
from nb2pipe.options import Options
from nb2pipe.pipeline.files import levels_up
from nb2pipe.pipeline.model import Pipeline, Stage
from nb2pipe.pipeline.plan import Plan

#: Line magics without a meaning in a test.
_NEEDLESS = ("%matplotlib", "%config", "%load_ext", "%autoreload", "%reload_ext")
#: An import statement of one line.
_IMPORT = re.compile(r"(import|from) [^(#;]+$")
#: What changes an output that is there already: only a notebook can do that.
_CHANGES_OUTPUTS = re.compile(r"\b(clear_output|display_id|update_display)\b")
#: Names that a test of a stage uses itself.
_OWN = frozenset({"pipeline_run", "shown", "expected", "found"})
_FILES = ("comparing.py", "conftest.py", "describing.py", "test_pipeline.py", "test_stages.py")
#: Those whose templates are written as black formats them.
_FORMATTED = ("comparing.py", "conftest.py", "describing.py")
#: What conftest.py puts back after each stage, where the project uses the library.
_SETTINGS = ("matplotlib", "numpy", "pandas", "seaborn", "sklearn")


@dataclass(frozen=True, slots=True)
class StageNotebook:
    """A stage as it was rendered: the names of its module and function, and the cells of its notebook."""

    names: StageNames
    cells: Sequence[OutCell]


@dataclass(frozen=True, slots=True)
class StageTest:
    """How a stage is tested.

    Attributes:
        name: The stage.
        test: Name of the test function, without `test_`: the module's.
        outputs: Variables that it hands over and another process can load.
        metrics: Names of its metrics.
        stable: Its values are the same each run, not only their types.
        body: Lines that load, set and call as the stage notebook does; empty where only the executed notebook tells.
        function: The line of `body` that imports the stage's function.
        artifacts: Name of the module of hand-overs in `body`, empty where it needs none.
        upstream: Name of the mapping of upstream products in `body`.
        loads: Stages whose products `body` reads.
        parameters: Parameters of the stage.
        result: Name of the function's result in `body`, empty where it returns nothing.
        check: The line that ends the watch that `body` starts, empty where nothing is watched.
    """

    name: str
    test: str
    outputs: tuple[str, ...]
    metrics: tuple[str, ...]
    stable: bool
    body: tuple[str, ...] = ()
    function: str = ""
    artifacts: str = ""
    upstream: str = ""
    loads: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    result: str = ""
    check: str = ""


def render_tests(  # the tests tie all of it together
    pipeline: Pipeline,
    plan: Plan,
    notebooks: Mapping[str, StageNotebook],
    options: Options,
    unstable: Collection[str] | None,
    keys: Mapping[str, str],
) -> dict[str, str]:
    """The project's `tests/*.py`.

    Args:
        pipeline: The pipeline.
        plan: What codegen knows of its stages.
        notebooks: Stage to its stage notebook.
        options: Line length and templates.
        unstable: With a record in tests/data/, the stages that gave something else when the notebook ran again; `None`
            without a record.
        keys: Parameters that the engine hands to stages, each with its key in params.yaml.
    """
    from nb2pipe.codegen.sources import format_code, format_template
    from nb2pipe.templating import render_template

    tests = plan_tests(pipeline, plan, notebooks, unstable)
    context = _context(pipeline, tests, keys, recorded=unstable is not None)
    context["levels"] = levels_up(plan.sources.values())
    texts = {name: render_template("ploomber", f"tests/{name}", context, folder=options.templates) for name in _FILES}
    return {
        f"tests/{name}": (format_template if name in _FORMATTED else format_code)(_without_unused(text), options)
        for name, text in texts.items()
    }


def _without_unused(text: str) -> str:
    """A module of the tests without names of their own modules that it imports and does not use."""

    def keep_used(found: re.Match[str]) -> str:
        used = [name for name in found[2].split(", ") if len(re.findall(rf"\b{name}\b", text)) > 1]
        return f"from {found[1]} import {', '.join(used)}\n" if used else ""

    return re.sub(r"^from (comparing|conftest|describing) import (.+)\n", keep_used, text, flags=re.MULTILINE)


def plan_tests(
    pipeline: Pipeline,
    plan: Plan,
    notebooks: Mapping[str, StageNotebook],
    unstable: Collection[str] | None,
) -> tuple[StageTest, ...]:
    """Decides how each stage is tested."""
    doubtful = doubtful_stages(pipeline, plan)
    stable: set[str] = set()
    for stage in pipeline.stages:
        if unstable is None:
            is_stable = doubtful.get(stage.name) != "draws"
        else:  # a record is of another run, so whatever comes from upstream must be the same, too
            is_stable = stage.name not in unstable and stable.issuperset(stage.upstream)
        if is_stable:
            stable.add(stage.name)
    return tuple(
        replace(_plan_test(s, pipeline, plan, notebooks[s.name]), stable=s.name in stable) for s in pipeline.stages
    )


def doubtful_stages(pipeline: Pipeline, plan: Plan) -> dict[str, str]:
    """Stages whose code, run twice on the same inputs, may give different results.

    Returns:
        Stage to "draws" where it reads a clock or draws numbers from a generator without a seed, "perhaps" where it calls
        what cannot be looked into.
    """
    found: dict[str, str] = {}
    for stage in pipeline.stages:
        own = plan.stages[stage.name]
        if stage.deterministic:
            continue
        seeded: set[str] = {generator for generator, _ in own.random_in}
        for effect in own.facts.effects:
            if effect.kind is EffectKind.SEED:
                seeded.add(effect.key)
            elif effect.kind is EffectKind.CLOCK or (effect.kind is EffectKind.DRAW and effect.key not in seeded):
                sure = bool(effect.key) or effect.kind is EffectKind.CLOCK
                found[stage.name] = "draws" if sure else found.get(stage.name, "perhaps")
    return found


def _plan_test(stage: Stage, pipeline: Pipeline, plan: Plan, notebook: StageNotebook) -> StageTest:
    own, names, cells = plan.stages[stage.name], notebook.names, notebook.cells
    outputs = () if own.carries else tuple(o.name for o in stage.outputs)
    test = StageTest(stage.name, names.module, outputs, stage.metrics, stable=False)
    if _needs_its_notebook(stage, pipeline, plan):
        return test
    called = re.compile(rf"(?<![\w.]){names.function}\(")
    setup = next(n for n, cell in enumerate(cells) if "enter_workdir()" in cell.source)
    call = next(n for n, cell in enumerate(cells) if n > setup and called.search(cell.source))
    lines = [line for cell in cells[setup + 1 : call + 1] for line in (*cell.source.split("\n"), "")]
    lines = [line for line in lines if not line.startswith(_NEEDLESS)]
    text = "\n".join(lines).strip("\n")
    if re.search(r"get_ipython|InteractiveShell|^%|^!|\bglobals\(\)", text, re.MULTILINE):
        return test
    artifacts = re.search(r"(\w+)\.enter_workdir\(\)", cells[setup].source)
    upstream = re.search(r'(\w+)\["[^"]*"\]\["data"\]', text)
    result = re.match(r"(\w+) = ", cells[call].source)
    assert artifacts is not None
    return replace(
        test,
        body=tuple(text.split("\n")),
        function=f"from {pipeline.package}.{names.module} import {names.function}",
        artifacts=artifacts[1] if f"{artifacts[1]}." in text else "",
        upstream=upstream[1] if upstream else "",
        loads=tuple(s for s in stage.upstream if f'["{s}"]["data"]' in text),
        parameters=stage.parameters,
        result=result[1] if result else "",
        check=next((c.source for c in cells[call + 1 : call + 2] if re.match(r"\w+\.check\(.*\)$", c.source)), ""),
    )


def _needs_its_notebook(stage: Stage, pipeline: Pipeline, plan: Plan) -> bool:
    """Whether calling a function in the tests' process would not do what the stage notebook does."""
    own = plan.stages[stage.name]
    names = {name for _, variables in own.loads for name in variables} | set(stage.parameters)
    return (
        stage.style != "function"
        or bool(own.maybe or _OWN & names)
        or any(_CHANGES_OUTPUTS.search(cell.source) for cell in stage.cells if cell.is_code)
        or _reads_overwritten(stage, plan, pipeline)
    )


def _reads_overwritten(stage: Stage, plan: Plan, pipeline: Pipeline) -> bool:
    """Whether the files that the stage reads are others once the pipeline has run."""
    place = [s.name for s in pipeline.stages].index(stage.name)
    reads = [e for e in plan.stages[stage.name].facts.effects if e.kind is EffectKind.READ and e.key]
    later = [e for s in pipeline.stages[place:] for e in plan.stages[s.name].facts.effects]
    return any(_same_place(r.key, w.key) for r in reads for w in later if w.kind is EffectKind.WRITE and w.key)


def _same_place(one: str, other: str) -> bool:
    """Whether two paths are the same, or one is a folder that holds the other."""
    one, other = posixpath.normpath(one), posixpath.normpath(other)
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")


def _context(
    pipeline: Pipeline, tests: Sequence[StageTest], keys: Mapping[str, str], *, recorded: bool
) -> dict[str, Any]:
    """What the templates of the tests see."""
    parameters = {s.name: [n for n in s.parameters if n in keys] for s in pipeline.stages}
    parameters = {name: found for name, found in parameters.items() if found}
    executed = [t for t in tests if not t.body]
    uncertain = {(s.name, o.name) for s in pipeline.stages for o in s.outputs if not o.certain}
    handed_over = {t.name: [o for o in t.outputs if (t.name, o) not in uncertain] for t in tests}
    read = {name for found in parameters.values() for name in found}
    return {
        "package": pipeline.package,
        "notebook": pipeline.notebook,
        "env": pipeline.package.upper(),
        "workdir": pipeline.workdir,
        "in_place": pipeline.runs_in_place,
        "imports": [name for name in _SETTINGS if name in pipeline.imports],
        "quoted": any(s.name.lower() in ("none", "null", "true", "false") for s in pipeline.stages),
        "recorded": recorded,
        "second_run": bool(executed) and not recorded,
        "handed_over": _literal({name: found for name, found in handed_over.items() if found}),
        "handed_over_any": any(handed_over.values()),
        "metrics": _literal({t.name: list(t.metrics) for t in tests if t.metrics}),
        "metrics_any": any(t.metrics for t in tests),
        "parameters": _literal(parameters),
        "parameters_any": bool(parameters),
        "keys": repr([(name, key) for name, key in keys.items() if name in read]),
        "called": [_called(t, pipeline.package) for t in tests if t.body],
        "compared": _literal({t.name: list(t.outputs) for t in executed}),
        "compared_any": bool(executed),
        "unstable": _literal(sorted(t.name for t in executed if not t.stable)),
    }


def _called(test: StageTest, package: str) -> dict[str, Any]:
    """A test of a stage's function, for the template."""
    own = [line for line in test.body if line.startswith(f"from {package}.")]
    rest = [line for line in test.body if line not in own]
    count = next((n for n, line in enumerate(rest) if line and not _IMPORT.match(line)), 0)
    lines = [*sort_imports([*(line for line in rest[:count] if line), *own], package), ""]
    if test.upstream:
        stages = ", ".join(_literal(name) for name in test.loads)
        lines.append(f"{test.upstream} = pipeline_run.upstream({stages})")
    lines += [f'{name} = pipeline_run.parameters({_literal(test.name)})["{name}"]' for name in test.parameters]
    body = ["    " + line if line.strip() else "" for line in (*lines, "", *rest[count:], test.check)]
    return {
        "stage": _literal(test.name),
        "name": test.name,
        "test": test.test,
        "artifacts": test.artifacts,
        "body": "\n".join(body),
        "result": test.result,
        "outputs": ", ".join(_literal(name) for name in test.outputs),
        "names": _literal(list(test.outputs)),
        "metrics": bool(test.metrics),
        "stable": test.stable,
    }


def _literal(value: object) -> str:
    """A Python literal with double quotes."""
    import json

    return json.dumps(value, ensure_ascii=False)
