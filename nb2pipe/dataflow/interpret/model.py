"""What the interpreter knows of code, and the words that several of its rooms use."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from nb2pipe.dataflow.facts import EffectKind, Value
from nb2pipe.dataflow.scopes import DefinitionNode
from nb2pipe.diagnostics import Span

SCALAR = Value("scalar")

CONSTRUCTORS = frozenset({"__init__", "__new__", "__post_init__", "__init_subclass__", "__class_getitem__"})

WHOLE_WORK = 10_000_000  # regions that all statements may look at; the rest then has a tenth of its budget
MOST_WORK = 10_000_000  # the same, with what may be called; then nothing that only may be called is followed again
MAYBE_WORK = 30_000  # of following what may be called, in regions
BUDGET = 1500  # syntax nodes that calls of one top-level statement may be followed into


@dataclass(slots=True, eq=False)
class Code:
    """A function, lambda or class of the notebook."""

    number: int
    node: DefinitionNode | ast.Lambda
    closure: tuple[dict[str, Value], ...]
    name: str
    hoisted: bool
    region: int
    module: str = ""  # beside the notebook, in which it stands
    owner: int = -1
    methods: dict[str, int] = field(default_factory=dict)
    wrapper: Value | None = None  # what decorators of the notebook made of a method: called instead of it
    bases: tuple[Value, ...] = ()
    state: frozenset[str] = frozenset()  # class attributes that can change in place
    properties: set[str] = field(default_factory=set)  # made by calls of `property`
    held: set[int] = field(default_factory=set)  # functions and classes among the defaults
    defaults: dict[str, Value] = field(default_factory=dict)  # parameters to the objects that their defaults are
    fields: list[Value] = field(default_factory=list)  # what a dataclass's fields start with
    inner: dict[str, Value] = field(default_factory=dict)  # classes in a class
    bound: Value | None = None  # the object whose library method this is
    metaclass: Value | None = None
    outer: str = ""  # the top-level definition that it stands in
    within: int = -1  # the top-level class that it stands in, as a method or a class of it does
    computed: dict[str, Span] = field(default_factory=dict)  # stages that keep in its cache what variables gave
    filled: dict[str, Span] = field(default_factory=dict)  # stages that put an object into its cache
    given: dict[str, set[int]] = field(default_factory=dict)  # stages to instances by which its cache finds results


@dataclass(slots=True, eq=False)
class Frame:
    """The local scope of a function that is followed."""

    local: dict[str, Value]
    names: frozenset[str]
    closure: tuple[dict[str, Value], ...]
    hoisted: bool
    code: int
    returns: list[Value] = field(default_factory=list)
    region: int | None = None  # of the cells that inner functions keep
    again: list[tuple[list[Value], dict[str, Value]]] = field(default_factory=list)  # what it gives itself
    result: int | None = None  # the region of what it gets from itself
    sent: list[Value] = field(default_factory=list)  # what it is sent, where it is a generator
    given: Mapping[str, Value] = field(default_factory=dict)  # the values of its parameters when it was called


@dataclass(slots=True, eq=False)
class Texts:
    """What the text of a function, and those of all that it may call, read and bind.

    Attributes:
        reads: Variables of the notebook, each with whether the function that reads it is hoisted.
        writes: Variables of the notebook.
        members: Modules beside the notebook, each with a variable; an empty one is all of them.
        rebound: Those that are bound.
    """

    reads: dict[tuple[str, bool], None] = field(default_factory=dict)
    writes: set[str] = field(default_factory=set)
    members: dict[tuple[str, str], None] = field(default_factory=dict)
    rebound: set[tuple[str, str]] = field(default_factory=set)


#: What following a function may change, and how much was done of what others can do again.
Look = tuple[dict[str, object], tuple[int, int, int, int, int]]


@dataclass(frozen=True, slots=True)
class Doing:
    """What a function's text did beside reading and changing.

    Attributes:
        effects: On files, settings and the like.
        inline: Why its cell cannot move into a function.
        identity: Whether objects were compared by identity.
        prints: Whether something was printed.
        others: Texts that it may call and that were not followed then.
    """

    effects: dict[tuple[EffectKind, str], None] = field(default_factory=dict)
    inline: dict[str, None] = field(default_factory=dict)
    identity: bool = False
    prints: bool = False
    others: dict[int, None] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Watch:
    """What code reads and changes while it is followed.

    Attributes:
        names: Variables of the notebook that it reads.
        scopes: Variables of functions that it reads: name and identity of the scope, to the scope.
        changes: Regions that it may change.
    """

    names: set[str] = field(default_factory=set)
    scopes: dict[tuple[str, int], dict[str, Value]] = field(default_factory=dict)
    changes: set[int] = field(default_factory=set)


@dataclass(slots=True, eq=False)
class Suspended:
    """The code of a generator or a coroutine, which goes on when it is asked to.

    Attributes:
        region: Of the generator.
        stage: In which it was made.
        seen: What it reads and changes.
        gives: What comes out of it.
        bound: Variables of the notebook that it reads, to where they were bound when it was made.
    """

    region: int
    stage: str
    seen: Watch
    gives: Value
    bound: dict[str, frozenset[tuple[str, Span]]]


@dataclass(frozen=True)
class Remembered:
    """What a variable remembers of a computation.

    Attributes:
        network: It is a module with parameters.
        graph: Stages in which parts of it were computed, each to the variable that has them.
        own: It is computed itself; not another name of a variable, nor a tensor that gradients are kept for.
    """

    network: bool = False
    graph: Mapping[str, str] = field(default_factory=dict)
    own: bool = True


def span_of(cell: int, node: ast.AST) -> Span:
    """The place of a syntax node."""
    line = getattr(node, "lineno", 0)
    if not line:
        return Span(cell)
    return Span(cell, line, node.col_offset + 1, node.end_lineno or line, (node.end_col_offset or 0) + 1)  # type: ignore[attr-defined]


SCOPE = "#scope"  # where a scope keeps the region of its cells
MODULE = "#module"  # where the scope of a module beside the notebook keeps its name
