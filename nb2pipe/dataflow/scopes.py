"""Names and scopes, as Python's own rules have them (Language Reference 4.2, PEP 227, PEP 572, PEP 695)."""

from __future__ import annotations

import ast
import builtins
import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
DefinitionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

#: Names that every cell has without binding them.
BUILTINS = frozenset(dir(builtins)) | {
    "get_ipython",
    "display",
    "exit",
    "quit",
    "__name__",
    "__doc__",
    "__builtins__",
    "__builtin__",
    "__spec__",
    "__loader__",
    "__package__",
    "__class__",
}
#: IPython's history: what they hold depends on the order of execution.
HISTORY = frozenset({"_", "__", "___", "In", "Out", "_i", "_ii", "_iii", "_dh", "_ih", "_oh"})


def is_history(name: str) -> bool:
    """`_`, `Out`, `_12`, `_i3` and their like."""
    return name in HISTORY or (name[:1] == "_" and name[1:].lstrip("i").isdigit())


@dataclass(frozen=True, slots=True)
class Free:
    """Names that a function or class takes from outside.

    Attributes:
        reads: Free names that it reads, nested functions included.
        writes: Names that it binds outside through `global`.
        executed: Free names that its definition itself reads: decorators, defaults, bases, class body.
    """

    reads: frozenset[str]
    writes: frozenset[str]
    executed: frozenset[str]


def target_names(target: ast.expr) -> Iterator[ast.Name]:
    """The names that an assignment target binds."""
    if isinstance(target, ast.Name):
        yield target
    elif isinstance(target, (ast.Tuple, ast.List)):
        for element in target.elts:
            yield from target_names(element)
    elif isinstance(target, ast.Starred):
        yield from target_names(target.value)


def pattern_names(pattern: ast.pattern) -> Iterator[str]:
    """The names that a `match` pattern captures."""
    for node in ast.walk(pattern):
        if isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name:
            yield node.name
        elif isinstance(node, ast.MatchMapping) and node.rest:
            yield node.rest


def argument_names(arguments: ast.arguments) -> list[str]:
    """All parameters' names in order."""
    every = [*arguments.posonlyargs, *arguments.args]
    if arguments.vararg:
        every.append(arguments.vararg)
    every += arguments.kwonlyargs
    if arguments.kwarg:
        every.append(arguments.kwarg)
    return [a.arg for a in every]


def alias_name(alias: ast.alias) -> str:
    """The name that an import binds."""
    return alias.asname or alias.name.split(".")[0]


class _Scope(ast.NodeVisitor):
    """Collects what one scope binds and reads, nested scopes resolved against it."""

    def __init__(self) -> None:
        self.bound: set[str] = set()
        self.reads: set[str] = set()
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()
        self.nested: list[tuple[frozenset[str], frozenset[str]]] = []  # (free reads, global writes) of inner scopes

    def result(self, *, is_class: bool = False) -> tuple[frozenset[str], frozenset[str]]:
        """Free reads and global writes of this scope."""
        local = self.bound - self.globals - self.nonlocals
        free = set(self.reads) if is_class else self.reads - local
        writes = self.bound & self.globals
        for inner_reads, inner_writes in self.nested:
            free |= inner_reads if is_class else inner_reads - local
            writes |= inner_writes
        return frozenset(free | (self.nonlocals - local)), frozenset(writes)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.reads.add(node.id)
        else:
            self.bound.add(node.id)
            if isinstance(node.ctx, ast.Del):
                self.reads.add(node.id)

    def visit_Global(self, node: ast.Global) -> None:
        self.globals.update(node.names)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        self.nonlocals.update(node.names)

    def visit_Import(self, node: ast.Import) -> None:
        self.bound.update(alias_name(a) for a in node.names)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.bound.update(alias_name(a) for a in node.names)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self.bound.add(node.name)
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.reads.add(node.target.id)
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        if node.name:
            self.bound.add(node.name)
        self.generic_visit(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        if node.name:
            self.bound.add(node.name)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        if node.rest:
            self.bound.add(node.rest)
        self.generic_visit(node)

    def _visit_outer(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    def _visit_function(self, node: FunctionNode) -> None:
        self._visit_outer(getattr(node, "decorator_list", []))
        arguments = node.args
        self._visit_outer([*arguments.defaults, *arguments.kw_defaults])
        if not isinstance(node, ast.Lambda):
            every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
            self._visit_outer(a.annotation for a in (*every, arguments.vararg, arguments.kwarg) if a)
            self._visit_outer([node.returns])
            self.bound.add(node.name)
        self.nested.append(function_body_free(node))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._visit_function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._visit_function(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_function(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._visit_outer([*node.decorator_list, *node.bases, *(k.value for k in node.keywords)])
        self.bound.add(node.name)
        inner = _Scope()
        for statement in node.body:
            inner.visit(statement)
        self.nested.append(inner.result(is_class=True))

    def _visit_comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        self.visit(node.generators[0].iter)
        inner = _Scope()
        walrus: set[str] = set()
        for number, generator in enumerate(node.generators):
            inner.visit(generator.target)
            if number:
                inner.visit(generator.iter)
            for condition in generator.ifs:
                inner.visit(condition)
        for part in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
            inner.visit(part)
        for sub in ast.walk(node):
            if isinstance(sub, ast.NamedExpr):
                walrus.add(sub.target.id)
        inner.bound -= walrus
        self.bound |= walrus
        self.nested.append(inner.result())

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _visit_comprehension


@functools.lru_cache(maxsize=1024)
def function_body_free(node: FunctionNode) -> tuple[frozenset[str], frozenset[str]]:
    """Free reads and global writes of a function's body, its parameters being its own."""
    scope = _Scope()
    scope.bound.update(argument_names(node.args))
    body = [node.body] if isinstance(node, ast.Lambda) else node.body
    for statement in body:
        scope.visit(statement)
    return scope.result()


def free_names(node: DefinitionNode | ast.Lambda) -> Free:
    """What a function or class takes from outside its own scope."""
    outer = _Scope()
    outer.visit(node)
    executed = frozenset(outer.reads)
    if isinstance(node, ast.ClassDef):
        inner = _Scope()
        for statement in node.body:
            inner.visit(statement)
        executed |= frozenset(inner.reads)
    reads: frozenset[str] = frozenset(outer.reads)
    writes: frozenset[str] = frozenset()
    for inner_reads, inner_writes in outer.nested:
        reads |= inner_reads
        writes |= inner_writes
    own = set() if isinstance(node, ast.Lambda) else {node.name}
    return Free(frozenset(reads - own), writes, executed - own)


def bound_names(statements: Iterable[ast.stmt]) -> set[str]:
    """Names that statements bind in their own scope, on any path."""
    scope = _Scope()
    for statement in statements:
        scope.visit(statement)
    return scope.bound | {name for _, writes in scope.nested for name in writes}


def read_names(statements: Iterable[ast.AST]) -> set[str]:
    """Names that statements read in their own scope or in a nested one, bound there or not."""
    scope = _Scope()
    for statement in statements:
        scope.visit(statement)
    reads = set(scope.reads)
    for inner, _ in scope.nested:
        reads |= inner
    return reads


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of the scope that `node` opens, without those of nested functions and classes."""
    stack = list(ast.iter_child_nodes(node))
    while stack:
        current = stack.pop()
        yield current
        if not isinstance(current, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            stack.extend(ast.iter_child_nodes(current))


def imported_modules(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """The last parts of the names of modules that code imports, whole or in part."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found.update(a.name.split(".")[-1] for a in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[-1])
            found.update(a.name for a in node.names)
    return frozenset(found)


@functools.lru_cache(maxsize=4096)
def local_names(node: FunctionNode) -> frozenset[str]:
    """The names that a call of the function has for itself: its parameters, and what its body binds."""
    names = set(argument_names(node.args))
    if isinstance(node, ast.Lambda):
        return frozenset(names)
    names |= bound_names(node.body)
    for part in own_nodes(node):
        if isinstance(part, (ast.Global, ast.Nonlocal)):
            names.difference_update(part.names)
    return frozenset(names)


@functools.lru_cache(maxsize=4096)
def runs_later(node: FunctionNode) -> bool:
    """Whether calling the function gives a coroutine or a generator, whose body runs later."""
    if isinstance(node, ast.Lambda):
        return False
    return isinstance(node, ast.AsyncFunctionDef) or any(
        isinstance(n, (ast.Yield, ast.YieldFrom)) for n in own_nodes(node)
    )
