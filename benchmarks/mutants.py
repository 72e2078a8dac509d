"""Do the tests that nb2pipe emits notice when a stage's code changes? The share of mutants that they kill.

    python benchmarks/mutants.py                 40 mutants of each example; writes benchmarks/MUTANTS.md
    python benchmarks/mutants.py --all           every mutant
    python benchmarks/mutants.py churn --sample 10 --out -

An example is converted with --record and its pipeline runs once. Each mutant is one change of one module of a stage, or of
functions.py; the emitted tests/test_stages.py then runs against the products of that run (`pytest --products`), in a
process of its own. A mutant is killed where a test fails, the module cannot be imported, or the time limit passes.
Left alone, as a change of them changes nothing or cannot run: docstrings, annotations, imports, `return`, definitions.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import copy
import importlib
import importlib.metadata
import os
import platform
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
EXAMPLES = REPOSITORY / "example_notebooks"
SKLEARN = ("sklearn.ensemble", "sklearn.linear_model", "sklearn.model_selection", "sklearn.pipeline")
COMMON = ("artifacts.py", "display.py", "watch.py", "__init__.py")
KINDS = ("operator", "comparison", "condition", "constant", "boolean", "text", "statement", "arguments")

SWAPPED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
    ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.And: ast.Or, ast.Or: ast.And, ast.MatMult: ast.Mult,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip


Change = Callable[[Any, Any, str], None]


@dataclass(frozen=True)
class Mutant:
    """One change: of the module `path`, at `line`, with the whole new text."""

    path: str
    line: int
    kind: str
    what: str
    text: str


@dataclass(frozen=True)
class Outcome:
    mutant: Mutant
    killed: bool


def find_mutants(path: str, text: str) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its text."""
    tree = ast.parse(text)
    for number, (node, parent, field) in enumerate(_places(tree)):
        for kind, change in _changes(node, parent, field):
            changed = copy.deepcopy(tree)
            twin, twin_parent, twin_field = list(_places(changed))[number]
            before = ast.unparse(twin)
            change(twin, twin_parent, twin_field)
            result = ast.unparse(ast.fix_missing_locations(changed))
            if result != ast.unparse(tree):
                yield Mutant(path, getattr(node, "lineno", 0), kind, before.split("\n")[0][:60], result)


def _places(tree: ast.AST) -> Iterator[tuple[ast.AST, ast.AST, str]]:
    """Nodes inside functions that may change, with their parents."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            body = function.body
            if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
                body = body[1:]
            for statement in body:
                yield from _walk(statement, function, "body")


def _walk(node: ast.AST, parent: ast.AST, field: str) -> Iterator[tuple[ast.AST, ast.AST, str]]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return  # found by themselves
    yield node, parent, field
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _walk(child, node, name)


def _changes(node: ast.AST, parent: ast.AST, field: str) -> list[tuple[str, Change]]:
    """Kinds of changes of a node, each with what makes it."""
    found: list[tuple[str, Change]] = []
    if isinstance(node, (ast.BinOp, ast.BoolOp, ast.AugAssign)) and type(node.op) in SWAPPED:
        found.append(("operator", lambda n, *_: setattr(n, "op", SWAPPED[type(n.op)]())))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        found.append(("operator", lambda n, *_: setattr(n, "op", ast.UAdd())))
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPPED:
        found.append(("comparison", lambda n, *_: n.ops.__setitem__(0, SWAPPED[type(n.ops[0])]())))
    if isinstance(node, (ast.If, ast.While, ast.IfExp)):
        found.append(("condition", lambda n, *_: setattr(n, "test", ast.UnaryOp(ast.Not(), n.test))))
    if isinstance(node, ast.Constant):
        kind = {bool: "boolean", int: "constant", float: "constant", str: "text"}.get(type(node.value))
        if kind and node.value != "":
            found.append((kind, lambda n, *_: setattr(n, "value", _other(n.value))))
    deletable = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.For, ast.If, ast.With, ast.Delete)
    if isinstance(node, deletable):
        found.append(("statement", _delete))
    if isinstance(node, ast.Call) and len(node.args) > 1 and not any(isinstance(a, ast.Starred) for a in node.args[:2]):
        found.append(("arguments", lambda n, *_: n.args.__setitem__(slice(0, 2), n.args[1::-1])))
    return found


def _other(value: object) -> object:
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return value + "X"
    return value + 1 if isinstance(value, int) else value * 1.5 + 0.1  # type: ignore[operator]


def _delete(node: ast.AST, parent: ast.AST, field: str) -> None:
    body = getattr(parent, field)
    body[body.index(node)] = ast.Pass()


class Example:
    """A converted example whose pipeline has run; mutants of it are tested one after another."""

    def __init__(self, name: str, scratch: Path) -> None:
        self.name = name
        folder = scratch / name
        shutil.copytree(EXAMPLES / name, folder, ignore=shutil.ignore_patterns("__pycache__"))
        self.project = folder / "project"
        convert = "import sys; from nb2pipe.cli import main; sys.exit(main())"
        run([sys.executable, "-c", convert, "convert", f"{name}.ipynb", "-o", "project", "--record"], folder)
        run([sys.executable, "-c", "from ploomber_cli.cli import cmd_router; cmd_router()", "build"], self.project)
        modules = sorted(self.project.glob("src/*/*.py"))
        self.texts = {str(p.relative_to(self.project)): p.read_text("utf-8") for p in modules if p.name not in COMMON}

    def mutants(self, sample: int) -> tuple[list[Mutant], int]:
        """A sample that is the same each time, and how many there are in all."""
        every = [m for path, text in self.texts.items() for m in find_mutants(path, text)]
        if not sample or sample >= len(every):
            return every, len(every)
        chosen = sorted(random.Random(f"mutants of {self.name}").sample(range(len(every)), sample))
        return [every[n] for n in chosen], len(every)

    def test(self, mutant: Mutant | None, limit: float) -> bool:
        """Whether the tests are green, in a process that has the libraries loaded."""
        if mutant is not None:
            (self.project / mutant.path).write_text(mutant.text, "utf-8")
        try:
            return fork_pytest(self.project, limit) == 0
        finally:
            for path, text in self.texts.items():
                (self.project / path).write_text(text, "utf-8")


def fork_pytest(project: Path, limit: float) -> int:
    """Runs the emitted tests in a child of this process; 99 where they take too long."""
    child = os.fork()
    if child == 0:
        code = 98
        try:
            code = _run_pytest(project)
        finally:
            os._exit(code)  # whatever happens, the parent's files are not the child's to remove
    end = time.monotonic() + limit
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return 99


def _run_pytest(project: Path) -> int:
    os.setsid()
    os.chdir(project)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    sys.dont_write_bytecode = True
    import pytest

    arguments = ["-x", "-q", "-p", "no:cacheprovider", "--rootdir", ".", "--products", ".", "tests/test_stages.py"]
    return int(pytest.main(arguments))


def run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")


def load_libraries() -> None:
    """What the tests import, once for all mutants: a forked child has it already."""
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PLOOMBER_STATS_ENABLED": "false"}
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    from ipykernel.zmqshell import ZMQInteractiveShell
    from traitlets.config import Config

    # As conftest.py has it: pandas asks, when it is imported, whether it is in a notebook.
    config = Config({"HistoryManager": {"enabled": False}})
    shell = ZMQInteractiveShell.instance(config=config, user_module=sys.modules["__main__"], user_ns={})
    builtins.get_ipython = lambda: shell  # type: ignore[attr-defined]
    for name in ("nbformat", "yaml", "pandas", "matplotlib.figure", *SKLEARN):
        importlib.import_module(name)


def render_report(rows: dict[str, tuple[list[Outcome], int]], command: str) -> str:
    """The table, and what survived."""
    total = [outcome for outcomes, _ in rows.values() for outcome in outcomes]
    lines = [
        "# Mutants that the emitted tests kill",
        "",
        "Written by `benchmarks/mutants.py`, whose docstring says what is measured.",
        "",
        f"    {command}",
        "",
        "| Example | Mutants | Tried | Killed | Share | Survived, by kind |",
        "|---|---|---|---|---|---|",
    ]
    for name, (outcomes, every) in rows.items():
        lines.append(f"| {name} | {every} | {_cells(outcomes)} |")
    lines += [f"| **all** | {sum(every for _, every in rows.values())} | {_cells(total)} |", "", "By kind:", ""]
    lines += ["| Kind | Tried | Killed | Share |", "|---|---|---|---|"]
    for kind in KINDS:
        mine = [o for o in total if o.mutant.kind == kind]
        if mine:
            killed = sum(o.killed for o in mine)
            lines.append(f"| {kind} | {len(mine)} | {killed} | {killed / len(mine):.2f} |")
    lines += [
        "",
        "NBTest, which writes assertions for notebooks, reports 0.57 for its own mutants.",
        "",
        "Survivors:",
        "",
    ]
    for name, (outcomes, _) in rows.items():
        for outcome in outcomes:
            if not outcome.killed:
                mutant = outcome.mutant
                what = mutant.what.replace("`", "'")
                lines.append(f"- {name}, {Path(mutant.path).name}:{mutant.line}, {mutant.kind}: `{what}`")
    versions = ("numpy", "pandas", "scikit-learn", "ploomber", "pytest")
    lines += [
        "",
        f"Python {platform.python_version()}, " + ", ".join(f"{v} {importlib.metadata.version(v)}" for v in versions),
    ]
    return "\n".join(lines) + "\n"


def _cells(outcomes: list[Outcome]) -> str:
    killed = sum(o.killed for o in outcomes)
    survived = Counter(o.mutant.kind for o in outcomes if not o.killed)
    kinds = ", ".join(f"{kind} {survived[kind]}" for kind in KINDS if survived[kind])
    return f"{len(outcomes)} | {killed} | {killed / max(1, len(outcomes)):.2f} | {kinds or 'none'}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = sorted(p.name for p in EXAMPLES.iterdir() if p.is_dir() and p.name != "refused")
    parser.add_argument("examples", nargs="*", metavar="EXAMPLE", help="[default: all]")
    parser.add_argument("--sample", type=int, default=40, metavar="N", help="mutants of each example [default: 40]")
    parser.add_argument("--all", action="store_true", help="every mutant")
    parser.add_argument("--limit", type=float, default=90, metavar="S", help="seconds for one mutant [default: 90]")
    parser.add_argument("--out", default=str(REPOSITORY / "benchmarks" / "MUTANTS.md"), help="`-` prints")
    arguments = parser.parse_args()
    load_libraries()
    rows: dict[str, tuple[list[Outcome], int]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name in arguments.examples or names:
            print(f"{name}: converting and running", file=sys.stderr)
            example = Example(name, Path(scratch))
            if not example.test(None, arguments.limit * 2):
                raise SystemExit(f"{name}: the tests are red before anything was changed")
            mutants, every = example.mutants(0 if arguments.all else arguments.sample)
            outcomes = []
            for number, mutant in enumerate(mutants, 1):
                outcomes.append(Outcome(mutant, not example.test(mutant, arguments.limit)))
                killed = sum(o.killed for o in outcomes)
                print(f"\r{name}: {killed} of {number} killed, {len(mutants)} to try ", end="", file=sys.stderr)
            print(file=sys.stderr)
            rows[name] = (outcomes, every)
    command = " ".join(["python", "benchmarks/mutants.py", *sys.argv[1:]])
    text = render_report(rows, command)
    if arguments.out == "-":
        print(text)
    else:
        Path(arguments.out).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
