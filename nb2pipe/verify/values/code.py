"""Functions and classes by their code: what the compiler made of it, not how it was laid out."""

from __future__ import annotations

import dis
import functools
import types
from collections.abc import Iterator
from typing import Any

from nb2pipe.verify.values.builtin import _content
from nb2pipe.verify.values.comparer import Comparer, Rule, own_name

#: Instructions that say nothing, or that only say where a variable lives: a notebook's global variable is a variable of
#: the enclosing function where a stage's code moved into one.
_SILENT = frozenset(
    (
        "CACHE",
        "RESUME",
        "NOP",
        "EXTENDED_ARG",
        "PUSH_NULL",
        "PRECALL",
        "COPY_FREE_VARS",
        "MAKE_CELL",
        "LOAD_CLOSURE",
        "NOT_TAKEN",
    )
)
_CLOSURE = 8
_MEANING = 0x04 | 0x08 | 0x20 | 0x80 | 0x100 | 0x200  # *args, **kwargs, generator, coroutine, …
_NOT_BODY = frozenset(
    (
        "__module__",
        "__dict__",
        "__weakref__",
        "__doc__",
        "__qualname__",
        "__firstlineno__",
        "__static_attributes__",
        "__annotations__",
        "__annotate__",
        "__annotate_func__",
        "__annotations_cache__",
        "__slotnames__",
        "__abstractmethods__",
        "__parameters__",
        "__dataclass_params__",
        "__dataclass_fields__",
        "__match_args__",
        "_member_map_",
        "_value2member_map_",
        "_member_names_",
        "_unhashable_values_",
        "_unhashable_values_map_",
        "_hashable_values_",
        "__hash__",
        "__new__",
        "_new_member_",
        "_abc_impl",
        "__slots__",
        "__classdictcell__",
        "__classcell__",
    )
)
_DESCRIPTORS = (
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
    types.WrapperDescriptorType,
    types.MethodDescriptorType,
    types.ClassMethodDescriptorType,
)


def find_rule(cls: type) -> tuple[Rule, bool, bool] | None:
    """The rule for classes as values."""
    return (compare_class, False, False) if issubclass(cls, type) else None


def compare_class(c: Comparer, a: type, b: type, path: str) -> None:
    """The same class, or the notebook's and the project's."""
    if not c.same_class(a, b, path):
        c.differ(path, "value", a, b)


def compare_class_bodies(c: Comparer, a: type, b: type, path: str) -> None:
    """Bases, methods by code, other attributes by value."""
    bases = [own_name(x) for x in a.__mro__], [own_name(x) for x in b.__mro__]
    if bases[0] != bases[1]:
        c.differ(path, "bases", *bases)
    mine, theirs = vars(a), vars(b)
    for name in sorted({*mine, *theirs} - _NOT_BODY):
        if name.startswith(("_abc_", "_sklearn_")):
            continue
        where = f"{path}.{name}"
        # Those of `__slots__`, which a class that is stored by value may lack:
        if isinstance(mine.get(name, theirs.get(name)), _DESCRIPTORS):
            continue
        if (name in mine) != (name in theirs):
            c.differ_text(where, "attribute", *("there" if name in body else "not there" for body in (mine, theirs)))
        else:
            c.compare(mine[name], theirs[name], where)


def compare_function(c: Comparer, a: Any, b: Any, path: str) -> None:
    """Code, defaults, attributes, and what it takes from outside where both sides have it."""
    if a is b:
        return
    if signature(a.__code__) != signature(b.__code__):
        c.differ_text(path, "code", _describe(a), _describe(b))
        return
    c.compare(a.__defaults__, b.__defaults__, f"{path}.__defaults__")
    c.compare(a.__kwdefaults__, b.__kwdefaults__, f"{path}.__kwdefaults__")
    c.compare(vars(a), vars(b), f"{path}.__dict__")
    mine, theirs = _outside(a), _outside(b)
    for name in sorted(mine.keys() & theirs.keys()):  # who loads a function for itself has globals of its own
        c.compare_apart(mine[name], theirs[name], f"{path}→{name}")


def _outside(function: Any) -> dict[str, Any]:
    """Values of the names that a function takes from outside."""
    found = {n: function.__globals__[n] for n in _free_names(function.__code__) if n in function.__globals__}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False):
        for value in _content(cell):
            found[name] = value
    found.pop("__class__", None)  # of super(): the class that the method is in
    return found


def _free_names(code: types.CodeType) -> Iterator[str]:
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield instruction.argval
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _free_names(constant)


def _describe(function: Any) -> str:
    arguments = ", ".join(function.__code__.co_varnames[: function.__code__.co_argcount])
    names = ", ".join(function.__code__.co_names[:12])
    constants = ", ".join(repr(x) for x in function.__code__.co_consts[:12] if not isinstance(x, types.CodeType))
    return f"{function.__name__}({arguments}) using {names or 'no names'}; constants {constants}"


@functools.lru_cache(maxsize=4096)
def signature(code: types.CodeType) -> tuple[Any, ...]:
    """What code does, without line numbers, docstring, and where its variables live."""
    kept: list[tuple[int, str, Any]] = []
    cells = {*code.co_cellvars, *code.co_freevars}
    closure = 0
    for step in dis.get_instructions(code):
        name, value = step.opname, step.argval
        is_closure = name == "LOAD_CLOSURE" or (name == "LOAD_FAST" and value in cells)
        if name == "BUILD_TUPLE" and closure and closure == step.arg:
            closure = 0
            continue
        closure = closure + 1 if is_closure else closure if name in _SILENT else 0
        if name in _SILENT or is_closure or (name == "SET_FUNCTION_ATTRIBUTE" and step.arg == _CLOSURE):
            continue
        kept += [(step.offset, *each) for each in _plain(name, value, step)]
    offsets = [offset for offset, _, _ in kept]
    steps = tuple((name, _index(offsets, value) if name.startswith("JUMP@") else value) for _, name, value in kept)
    arguments = code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount
    count = code.co_argcount + code.co_kwonlyargcount
    return steps, arguments, code.co_varnames[:count], code.co_flags & _MEANING


def _index(offsets: list[int], target: int) -> int:
    """Which of the kept instructions a jump leads to."""
    return next((i for i, offset in enumerate(offsets) if offset >= target), len(offsets))


def _plain(name: str, value: Any, step: dis.Instruction) -> Iterator[tuple[str, Any]]:
    if step.opcode in dis.hasjrel or step.opcode in dis.hasjabs:
        yield f"JUMP@{name}", value
    elif name.startswith("LOAD_CONST") or name in ("RETURN_CONST", "LOAD_SMALL_INT"):
        yield name, _constant(value)
    elif name == "MAKE_FUNCTION":
        yield name, (step.arg or 0) & ~_CLOSURE
    elif isinstance(value, tuple) and "_FAST" in name:  # two instructions in one
        yield from zip(name.replace("_FAST", "").split("_"), value, strict=False)
    elif name.startswith(("LOAD_FAST", "LOAD_DEREF", "LOAD_GLOBAL", "LOAD_NAME", "LOAD_CLASSDEREF", "LOAD_FROM_DICT")):
        yield "LOAD", value
    elif name.startswith(("STORE_FAST", "STORE_DEREF", "STORE_GLOBAL", "STORE_NAME")):
        yield "STORE", value
    elif name == "LOAD_METHOD":  # as an attribute where this compilation saw the name imported
        yield "LOAD_ATTR", value
    elif name.startswith(("DELETE_FAST", "DELETE_DEREF", "DELETE_GLOBAL", "DELETE_NAME")):
        yield "DELETE", value
    else:
        yield name, value if isinstance(value, (str, int, type(None))) else repr(value)


def _constant(value: Any) -> Any:
    if isinstance(value, types.CodeType):
        return ("code", signature(value))
    if isinstance(value, tuple):
        return ("tuple", tuple(_constant(x) for x in value))
    if isinstance(value, frozenset):
        return ("frozenset", tuple(sorted(repr(x) for x in value)))
    return (type(value).__name__, repr(value))


def compare_code(c: Comparer, a: types.CodeType, b: types.CodeType, path: str) -> None:
    """By what it does."""
    if signature(a) != signature(b):
        c.differ(path, "code", a, b)


def compare_method(c: Comparer, a: Any, b: Any, path: str) -> None:
    """The function, and the object that it is bound to."""
    c.compare(a.__func__, b.__func__, f"{path}.__func__")
    c.compare(a.__self__, b.__self__, f"{path}.__self__")


def compare_builtin(c: Comparer, a: Any, b: Any, path: str) -> None:
    """By name, and by the object that it is bound to."""
    if a.__qualname__ != b.__qualname__:
        c.differ(path, "value", a, b)
    elif not isinstance(a.__self__, (types.ModuleType, type(None))):
        c.compare(a.__self__, b.__self__, f"{path}.__self__")


def compare_property(c: Comparer, a: property, b: property, path: str) -> None:
    """Its three functions."""
    for name in ("fget", "fset", "fdel"):
        c.compare(getattr(a, name), getattr(b, name), f"{path}.{name}")


def compare_wrapped(c: Comparer, a: Any, b: Any, path: str) -> None:
    """A static or class method: the function in it."""
    c.compare(a.__func__, b.__func__, f"{path}.__func__")


def compare_cached(c: Comparer, a: Any, b: Any, path: str) -> None:
    """A function with a cache: the function, and how the cache was set up."""
    c.compare(a.__wrapped__, b.__wrapped__, f"{path}.__wrapped__")
    c.compare(a.cache_parameters(), b.cache_parameters(), f"{path}.cache_parameters()")


def compare_cached_property(c: Comparer, a: Any, b: Any, path: str) -> None:
    """Its function."""
    c.compare(a.func, b.func, f"{path}.func")


def compare_generator(c: Comparer, a: Any, b: Any, path: str) -> None:
    """Where a generator stands cannot be seen."""
    c.give_up(path, f"a {type(a).__name__} cannot be looked into")


RULES: dict[type, tuple[Rule, bool, bool]] = {
    types.FunctionType: (compare_function, False, False),
    types.MethodType: (compare_method, False, False),
    types.BuiltinFunctionType: (compare_builtin, False, False),
    types.CodeType: (compare_code, True, False),
    type: (compare_class, False, False),
    property: (compare_property, False, False),
    staticmethod: (compare_wrapped, False, False),
    classmethod: (compare_wrapped, False, False),
    functools._lru_cache_wrapper: (compare_cached, False, False),
    functools.cached_property: (compare_cached_property, False, False),
    types.GeneratorType: (compare_generator, False, False),
    types.CoroutineType: (compare_generator, False, False),
    types.AsyncGeneratorType: (compare_generator, False, False),
}
