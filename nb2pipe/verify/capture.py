"""Runs inside the notebook's kernel: stores variables as they are now, and leaves no trace in the notebook.

The text of this module is sent to the kernel, where nb2pipe need not be installed; it uses the standard library and
cloudpickle only. The comparing process loads what was stored with this module under the same name.
"""

from __future__ import annotations

import builtins
import collections
import functools
import importlib
import io
import json
import os
import pickle
import re
import sys
import threading
import types
from collections.abc import Callable
from typing import Any

#: The name of this module in the kernel and in the comparing process: pickles refer to it.
NAME = "_nb2pipe_capture"
#: The attribute of a captured tensor that names what computed it.
COMPUTED_BY = "_nb2pipe_computed_by"

#: Objects that a process has one of: what refers to one refers to the comparing process's own.
_PROCESS = (
    ("random", "_inst"),
    ("numpy.random.mtrand", "_rand"),
    ("faker.generator", "random"),
    ("os", "environ"),
    ("sys", "__stdout__"),
    ("sys", "__stderr__"),
    ("sys", "stdout"),
    ("sys", "stderr"),
    ("sys", "__stdin__"),
    ("sys", "stdin"),
    ("sys", "path"),
    ("sys", "argv"),
    ("sys", "modules"),
    ("sys", "meta_path"),
    ("warnings", "filters"),
    ("matplotlib", "rcParams"),
)
_CALLS = type(iter(int, 1))
#: The parsed page that was met last, and the places of its parts.
_places: dict[str, Any] = {}
_DICT_ITERATORS: tuple[type, ...] = (type(iter({})), type(iter({}.values())), type(iter({}.items())))
_REVERSED: type = type(reversed([]))
_DICT_VIEWS: tuple[type, ...] = (type({}.keys()), type({}.values()), type({}.items()))


def capture(namespace: dict[str, Any], folder: str, request: str) -> str:
    """Stores variables.

    Args:
        namespace: The notebook's.
        folder: Where to; it is made.
        request: JSON: `bundles`, lists of names each stored in one file, so that what they share is shared after
            loading; `definitions`, names of classes and functions to store one by one.

    Returns:
        "ok", or what went wrong.
    """
    try:
        wanted = json.loads(request)
        os.makedirs(folder, exist_ok=True)
        index: dict[str, Any] = {"bundles": [], "definitions": {}, "folder": os.getcwd(), "path": [*map(str, sys.path)]}
        for number, names in enumerate(wanted["bundles"]):
            index["bundles"].append(_store(namespace, names, folder, f"{number}"))
        for number, name in enumerate(wanted["definitions"]):
            if name in namespace:
                row = _store(namespace, [name], folder, f"definition-{number}")
                if row["files"]:
                    index["definitions"][name] = row["files"][0]["file"]
        with open(os.path.join(folder, "index.json"), "w", encoding="utf-8") as file:
            json.dump(index, file)
        return "ok"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def _store(namespace: dict[str, Any], names: list[str], folder: str, stem: str) -> dict[str, Any]:
    """Stores variables together, or one by one where together fails."""
    row: dict[str, Any] = {"names": names, "missing": [], "errors": {}, "files": []}
    values: dict[str, Any] = {}
    for name in names:
        try:
            values[name] = _value(namespace, name)
        except KeyError:
            row["missing"].append(name)
    groups = [list(values)]
    try:
        _write(values, os.path.join(folder, f"{stem}.pkl"))
    except Exception as error:
        if len(values) == 1:
            row["errors"][names[0] if names[0] in values else next(iter(values))] = _why(error)
        groups = [] if len(values) == 1 else [[name] for name in values]
        for number, (name,) in enumerate(groups):
            try:
                _write({name: values[name]}, os.path.join(folder, f"{stem}-{number}.pkl"))
                row["files"].append({"file": f"{stem}-{number}.pkl", "names": [name]})
            except Exception as inner:
                row["errors"][name] = _why(inner)
        return row
    row["files"].append({"file": f"{stem}.pkl", "names": groups[0]})
    return row


def _why(error: Exception) -> str:
    return f"it cannot be stored ({type(error).__name__}: {error})"


def _value(namespace: dict[str, Any], name: str) -> Any:
    """A variable, or the state of a random generator."""
    if name.endswith(" state"):
        module = sys.modules.get(name[: -len(" state")])
        if module is None:
            raise KeyError(name)
        if module.__name__ == "keras":
            return _keras_state()
        if module.__name__ == "faker":
            return importlib.import_module("faker.generator").random.getstate()
        if module.__name__ == "random":
            return module.getstate()
        return module.get_state() if module.__name__ == "numpy.random" else module.get_rng_state()
    return namespace[name]


def _keras_state() -> dict[str, Any]:
    """What Keras draws from and counts, as stages hand it over."""
    found: dict[str, Any] = {}
    if "tensorflow" in sys.modules:
        context = importlib.import_module("tensorflow.python.eager.context").context()
        rng = getattr(context, "_rng", None)
        found["tensorflow"] = (context._seed, rng and rng.getstate())
    told = importlib.import_module("keras.src.backend.common.global_state").get_global_attribute
    found["keras"] = {name: told(name) for name in ("object_name_uids", "global_random_seed")}
    if (generator := told("global_seed_generator")) is not None:
        found["generator"] = generator.state.numpy()
    return found


class Loader(pickle.Unpickler):
    """Loads what was captured."""

    def persistent_load(self, told: Any) -> Any:
        """Python's builtins and what a process has one of, which are those of the process that loads."""
        return getattr_of(*told) if isinstance(told, tuple) else importlib.import_module(told).__dict__


def _write(values: dict[str, Any], path: str) -> None:
    import cloudpickle

    class Pickler(cloudpickle.Pickler):  # type: ignore[misc]
        """Keeps arrays that share memory sharing it."""

        def persistent_id(self, obj: Any) -> Any:
            if type(obj) in (list, dict) and id(obj) in own:  # of which pickle asks nobody else
                return own[id(obj)]
            return "builtins" if obj is builtins.__dict__ else None  # in each namespace of `exec`

        def reducer_override(self, obj: Any) -> Any:
            if _is_own(type(obj)) and "__slotnames__" not in vars(type(obj)):
                named.add(type(obj))
            if id(obj) in own:
                return getattr_of, own[id(obj)]
            if (known := _name_in_module(obj)) is not None:
                return getattr_of, (type(obj).__module__, known)
            if isinstance(obj, BaseException) and type(obj).__reduce__ is BaseException.__reduce__:
                return exception, (type(obj), obj.args), dict(obj.__dict__)
            seen = describe(obj)
            if seen is not None:
                return Seen, (name_kind(obj),), seen
            if type(obj).__name__ in ("DataFrame", "Series") and type(obj).__module__.partition(".")[0] == "pandas":
                return _with_attrs(obj) or NotImplemented
            numpy = sys.modules.get("numpy")
            if numpy is not None and isinstance(obj, numpy.ndarray):
                reduced = _reduce_view(obj) if type(obj) is numpy.ndarray else _reduce_subclass(obj)
                if reduced is not None:
                    return reduced
            torch = sys.modules.get("torch")
            if torch is not None and type(obj) in (torch.Tensor, torch.nn.Parameter):
                reduced = _reduce_tensor(obj)
                if reduced is not None:
                    return reduced
            if (past := _reduce_past_constructor(obj) or _reduce_iterator(obj)) is not None:
                return past
            reduced = super().reducer_override(obj)
            if isinstance(obj, type) and isinstance(reduced, tuple) and len(reduced) > 2:
                reduced[2][0]["__qualname__"] = obj.__qualname__  # which cloudpickle leaves behind
            return reduced

    own = {id(getattr(sys.modules[place], name)): (place, name) for place, name in _PROCESS if place in sys.modules}
    named: set[type] = set()  # classes that get `__slotnames__` when an object is stored, which `dir` would show
    _places.clear()
    buffer = io.BytesIO()
    try:
        Pickler(buffer, protocol=5).dump(values)
    except (RecursionError, pickle.PicklingError) as error:
        if "recursion" not in str(error):
            raise
        buffer = io.BytesIO()
        call_deep(Pickler(buffer, protocol=5).dump, values)
    finally:
        for kind in named:
            if "__slotnames__" in vars(kind):
                type.__delattr__(kind, "__slotnames__")
    with open(path, "wb") as file:
        file.write(buffer.getbuffer())


def call_deep(function: Callable[[Any], object], value: Any) -> None:
    """Calls it with a stack for what is nested deeply."""
    raised: list[BaseException] = []

    def call() -> None:
        try:
            function(value)
        except BaseException as error:
            raised.append(error)

    limit, size = sys.getrecursionlimit(), threading.stack_size(512 * 1024 * 1024)
    sys.setrecursionlimit(1_000_000)
    try:
        thread = threading.Thread(target=call)
        thread.start()
        thread.join()
    finally:
        sys.setrecursionlimit(limit)
        threading.stack_size(size)
    if raised:
        raise raised[0]


def _reduce_past_constructor(obj: Any) -> Any:
    """How to store an object whose class would not be made again, or filled, as pickle does it; None for all others."""
    if isinstance(obj, (type, types.FunctionType)):
        return None
    reduced = _reduce_made(obj)
    contents = _contents(obj) if _is_own(type(obj)) else ()
    if not contents or (
        reduced is None
        and any("__reduce__" in vars(b) or "__reduce_ex__" in vars(b) for b in type(obj).__mro__ if _is_own(b))
    ):
        return reduced
    make, arguments, *rest = reduced or obj.__reduce_ex__(5)
    state, _, _, fill = (*rest, None, None, None, None)[:4]
    if isinstance(obj, collections.Counter):  # which fills itself, as the class says
        make, arguments = make_as_base, (type(obj), dict, ())
    return make, arguments, (contents, state, fill or set_attributes), None, None, fill_container


def _reduce_iterator(obj: Any) -> Any:
    """What is left of an iterator that pickle makes one of another kind; None for all others."""
    kind: Any = type(obj)
    if kind is _REVERSED:
        reduced = obj.__reduce__()
        return reduced if reduced[0] is reversed else (reversed, ([],))
    if kind in _DICT_ITERATORS:
        _, (left,) = obj.__reduce__()
        return iterate_dict, (_DICT_ITERATORS.index(kind), left)
    return None


def iterate_dict(kind: int, left: list[Any]) -> Any:
    """An iterator of a dict's keys, values or items."""
    if kind == 0:
        return iter(dict.fromkeys(left))
    return iter(dict(enumerate(left)).values() if kind == 1 else dict(left).items())


def _is_own(kind: type) -> bool:
    """Whether the notebook defines a class, or a module beside it."""
    return kind.__module__ == "__main__" or _is_beside(kind.__module__)


@functools.cache
def _is_beside(module: str) -> bool:
    file = getattr(sys.modules.get(module), "__file__", None) or ""
    return bool(file) and "site-packages" not in file and os.path.dirname(os.path.abspath(file)).startswith(os.getcwd())


def _contents(obj: Any) -> Any:
    """The class in whose way a list, a dict or a deque is filled, and with what, whatever a class derived from it does."""
    kinds: Any = (collections.OrderedDict, dict, list, collections.deque)
    kind = next((k for k in kinds if isinstance(obj, k)), None)
    if kind is None:
        return ()
    return kind, list(kind.items(obj) if issubclass(kind, dict) else kind.__iter__(obj))


def fill_container(obj: Any, kept: Any) -> None:
    """Gives a container its contents and attributes, whatever its class does when it is filled."""
    (kind, contents), state, fill = kept
    if not issubclass(kind, dict):
        kind.extend(obj, contents)
    for key, value in contents if issubclass(kind, dict) else ():
        kind.__setitem__(obj, key, value)
    if state is not None:
        fill(obj, state)


def _reduce_made(obj: Any) -> Any:
    """How to store an object whose class would not be made again as pickle does it; None for all others."""
    kind = type(obj)
    own = _is_own(kind)
    if any(getattr(kind, n) is not getattr(object, n) for n in ("__reduce_ex__", "__reduce__")):
        return _reduce_as_base(obj) if own and "_member_map_" not in vars(kind) else None
    filled = own and not hasattr(kind, "__setstate__")
    hashed = filled and isinstance(kind.__hash__, types.FunctionType)
    frozen = filled and _depth(kind, "__setattr__") < kind.__mro__.index(object)
    past = _base_that_makes(obj, own)
    if past is None and not hashed and not frozen:
        return None
    make, arguments, state, *rest = obj.__reduce_ex__(5)
    if past is not None:
        make, arguments = make_as_base, (kind, *past)
    if hashed:  # what is in a set, or a key, is asked for its hash before all that it refers to is there
        make, arguments = make_hashable, (make, arguments, _light_part(state))
    return make, arguments, state, *rest, set_attributes


def _with_attrs(table: Any) -> Any:
    """What pandas stores of a table, with the very dict that is its `attrs`; `None` where that is all."""
    make, kept, state, *_ = table.__reduce_ex__(5)
    if not isinstance(state, dict) or "attrs" not in state:
        return None
    del state["attrs"]
    return make, kept, {**state, "_attrs": table.attrs}


def _base_that_makes(obj: Any, own: bool) -> Any:
    """The base whose `__new__` makes it, and with what, where pickle would call the class's own with something else."""
    kind = type(obj)
    told = min(_depth(kind, "__getnewargs__"), _depth(kind, "__getnewargs_ex__"))
    new = kind.__new__
    if not isinstance(new, types.FunctionType) or told <= _depth(kind, "__new__"):
        return None
    base = next(b for b in kind.__mro__ if isinstance(vars(b).get("__new__"), types.BuiltinFunctionType))
    content = base.__getnewargs__(obj) if hasattr(base, "__getnewargs__") else ()
    needed = new.__code__.co_argcount - len(new.__defaults__ or ())
    return (base, content) if own or needed > len(content) + 1 else None


def _reduce_as_base(obj: Any) -> Any:
    """An object of a class of the notebook, of which a base of a library says that it is made by calling its class."""
    kind = type(obj)
    depth = min(_depth(kind, "__reduce__"), _depth(kind, "__reduce_ex__"))
    base = kind.__mro__[depth]
    constructs = min(_depth(kind, "__new__"), _depth(kind, "__init__")) < depth
    attributes = getattr(obj, "__dict__", {})
    if base.__module__ == "__main__" or not (constructs or attributes):
        return None
    reduced = obj.__reduce_ex__(5)
    if not isinstance(reduced, tuple) or reduced[0] is not kind:
        return None
    state, items, pairs, *_ = (*reduced[2:], None, None, None)
    return make_as_base, (kind, base, reduced[1]), (state, attributes), items, pairs, set_as_base


def _depth(kind: type, name: str) -> int:
    """Which of a class and its bases defines the name."""
    return next((i for i, base in enumerate(kind.__mro__) if name in vars(base)), len(kind.__mro__))


def make_as_base(kind: Any, base: Any, arguments: Any) -> Any:
    """An object of a class, made as one of a base is."""
    made = base.__new__(kind, *arguments)
    if base.__init__ is not object.__init__:
        base.__init__(made, *arguments)
    return made


def make_hashable(make: Callable[..., Any], arguments: Any, state: Any) -> Any:
    """An object that has from the start what its hash is computed of."""
    made = make(*arguments)
    set_attributes(made, state)
    return made


def _light_part(state: Any) -> Any:
    """What of an object's state refers to nothing else."""
    parts = state if isinstance(state, tuple) else (state, None)
    return tuple({k: v for k, v in (p or {}).items() if _is_light(v)} for p in parts)


def _is_light(value: Any) -> bool:
    if type(value) in (tuple, frozenset):
        return all(map(_is_light, value))
    return type(value) in (str, bytes, int, float, complex, bool, type(None))


def set_attributes(obj: Any, state: Any) -> None:
    """Gives an object its attributes, whatever its class does when one is set."""
    if hasattr(obj, "__setstate__"):
        obj.__setstate__(state)
        return
    attributes, slots = state if isinstance(state, tuple) else (state, None)
    if attributes:
        obj.__dict__.update(attributes)
    for name, value in (slots or {}).items():
        object.__setattr__(obj, name, value)


def set_as_base(obj: Any, state: Any) -> None:
    """Gives an object the state that its base tells, and its attributes."""
    told, attributes = state
    if told is not None:
        set_attributes(obj, told)
    if attributes:
        obj.__dict__.update(attributes)


def _name_in_module(obj: Any) -> str | None:
    """The name that an object without state has in the module of its class, such as a library's mark for what is missing."""
    module = sys.modules.get(type(obj).__module__)
    if module is None or module.__name__ in ("builtins", "__main__"):
        return None
    try:
        if object.__getattribute__(obj, "__dict__"):
            return None
    except AttributeError:
        return None
    return next((name for name, value in vars(module).items() if value is obj), None)


def getattr_of(module: str, name: str) -> Any:
    """What a module has under a name."""
    return getattr(importlib.import_module(module), name)


def exception(kind: type[BaseException], arguments: tuple[Any, ...]) -> BaseException:
    """An exception, without calling its class, which may change the arguments."""
    base = next(b for b in kind.__mro__ if b.__module__ == "builtins")
    made: BaseException = base.__new__(kind, *arguments)
    made.args = arguments
    return made


class Seen:
    """Stands for an object that belongs to its process: what could be seen of it.

    Args:
        kind: The name of its class.

    Attributes:
        facts: What was seen, by name.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.facts: dict[str, Any] = {}

    def __setstate__(self, facts: dict[str, Any]) -> None:
        self.facts = facts


def name_kind(obj: Any) -> str:
    """The name of an object's class."""
    return type(obj).__qualname__


def describe(obj: Any) -> dict[str, Any] | None:
    """What can be seen of an object that belongs to its process, without changing it; None for all others."""
    logging, numpy, sqlite3 = (sys.modules.get(name) for name in ("logging", "numpy", "sqlite3"))
    if logging is not None and isinstance(obj, logging.Logger):
        return {n: getattr(obj, n) for n in ("name", "level", "propagate", "disabled", "handlers", "filters")}
    if logging is not None and isinstance(obj, logging.Handler):
        seen = {k: _place(v) for k, v in vars(obj).items() if k not in ("lock", "_name")} | {"name": obj.name}
        if isinstance(obj, logging.FileHandler):
            seen["stream"] = "open" if obj.stream is not None else "closed"
        return seen
    if type(obj) in (type(threading.Lock()), type(threading.RLock())):
        return {"state": repr(obj).partition(" ")[0].strip("<")}
    if isinstance(obj, (io.TextIOWrapper, io.BufferedReader, io.BufferedWriter, io.BufferedRandom)):
        return {
            "name": _place(obj.name),
            "mode": getattr(obj, "mode", ""),
            "closed": obj.closed,
            "position": _position(obj),
        }
    if numpy is not None and isinstance(obj, numpy.memmap):
        seen = {"mode": obj.mode, "file": _place(obj.filename), "shape": obj.shape, "dtype": str(obj.dtype)}
        # What can be written to is the file's, which is compared when all has run.
        return seen if obj.mode in ("r+", "w+") else seen | {"values": numpy.array(obj)}
    if type(obj) in _DICT_VIEWS:
        return {"items": list(obj)}
    if isinstance(obj, types.GeneratorType) or _is_reader(obj):
        return {}  # what it will still give is seen when it does
    if isinstance(obj, threading.Condition):
        return {"lock": getattr(obj, "_lock"), "waiting": len(getattr(obj, "_waiters"))}  # noqa: B009
    engines = sys.modules.get("sqlalchemy.engine.base")
    if engines is not None and isinstance(obj, engines.Engine):
        return {"url": str(obj.url)}
    if isinstance(obj, re.Match):
        return {"string": obj.string, "pattern": obj.re, "regs": obj.regs}
    pages = sys.modules.get("bs4.element")
    if pages is not None and isinstance(obj, pages.PageElement):
        return _describe_page(obj)
    if sqlite3 is not None and isinstance(obj, sqlite3.Connection):
        try:
            cursor = obj.cursor()
            cursor.row_factory = None
            rows = cursor.execute("pragma database_list").fetchall()
            # One in memory that was loaded has a name that is no file's.
            places = [os.fsdecode(place) for _, _, place in rows if place and os.path.exists(place)]
            # A file is compared when all has run.
            return {"files": [_place(place) for place in places]} if places else {"content": list(obj.iterdump())}
        except sqlite3.ProgrammingError:
            return {"closed": True}
    if sqlite3 is not None and isinstance(obj, sqlite3.Cursor):
        return {"connection": obj.connection, "arraysize": obj.arraysize}
    schema = sys.modules.get("sqlalchemy.sql.schema")
    if schema is not None and isinstance(obj, schema.SchemaItem):
        return {"text": repr(obj), "tables": [repr(table) for table in getattr(obj, "sorted_tables", ())]}
    return _describe_of_sheet(obj) if type(obj).__module__.startswith("openpyxl.") else None


def _describe_of_sheet(obj: Any) -> dict[str, Any] | None:
    """What pickle leaves out of tables, rows and columns; the style of a cell, which seems to have every attribute."""
    if isinstance(obj, dict):
        return {"items": dict(dict.items(obj)), "attributes": dict(vars(obj))}
    return {"style": obj._StyleProxy__target} if type(obj).__name__ == "StyleProxy" else None


def _is_reader(obj: Any) -> bool:
    """A reader of tables, or what gives the matches of a pattern."""
    if type(obj) is _CALLS:
        called = obj.__reduce__()[1]
        return len(called) == 2 and type(getattr(called[0], "__self__", None)).__module__ == "_sre"
    return type(obj).__module__ == "_csv" and type(obj).__name__ == "reader"


def _describe_page(element: Any) -> dict[str, Any]:
    """A parsed page by its text, a part of it by its place in the page."""
    page = element
    while page.parent is not None:
        page = page.parent
    if page is element:
        return {"text": str(page)}
    if _places.get("page") is not page or id(element) not in _places["places"]:
        _places.update(page=page, places={id(each): number for number, each in enumerate(page.descendants)})
    return {"page": page, "place": _places["places"][id(element)]}


def _place(value: Any) -> Any:
    """A stream of the process by its name, a path without its folder; anything else as it is."""
    for name in ("stdout", "stderr", "__stdout__", "__stderr__"):
        if value is getattr(sys, name):
            return name.strip("_")
    if isinstance(value, (str, os.PathLike)) and os.path.isabs(value):
        return os.path.basename(value)
    return value


def _position(file: Any) -> int | None:
    """Where a file stands; None where it does not tell, as while its lines are read in a loop."""
    try:
        return int(file.tell())
    except (OSError, ValueError):
        return None


def _reduce_view(array: Any) -> Any:
    """How to store an array so that it shows the memory that it shows now; None where it has memory of its own."""
    owner = array
    while True:
        base = getattr(owner, "base", None)
        if base is not None and not hasattr(base, "dtype"):  # what numpy puts between a strided view and its array
            base = getattr(base, "base", None)
        if base is None or not hasattr(base, "dtype"):
            break
        owner = base
    if owner is array or type(owner) is not type(array) or not array.nbytes:
        return None
    if not (owner.flags.c_contiguous or owner.flags.f_contiguous):
        return None
    if owner.dtype != array.dtype and (owner.dtype.hasobject or array.dtype.hasobject):
        return None
    start = array.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
    return view, (owner, start, array.dtype, array.shape, array.strides)


def view(owner: Any, offset: int, dtype: Any, shape: tuple[int, ...], strides: tuple[int, ...]) -> Any:
    """A view of an array's memory, `offset` bytes from its start."""
    import numpy

    if owner.dtype.hasobject:
        flat = owner.reshape(-1, order="A")[offset // owner.itemsize :]
        return numpy.lib.stride_tricks.as_strided(flat, shape, strides)
    buffer = owner if owner.flags.c_contiguous else owner.T
    return numpy.ndarray(shape, dtype, buffer, offset, strides)


def _reduce_subclass(array: Any) -> Any:
    """How to store an array of a class of its own with the attributes that numpy leaves behind."""
    import numpy

    plain: Any = numpy.ndarray.__reduce__
    if type(array).__reduce__ is not plain or not getattr(array, "__dict__", None):
        return None
    return with_attributes, (type(array), array.view(numpy.ndarray), dict(array.__dict__))


def with_attributes(kind: Any, array: Any, attributes: dict[str, Any]) -> Any:
    """An array of a class, with attributes."""
    made = array.view(kind)
    made.__dict__.update(attributes)
    return made


def _reduce_tensor(tensor: Any) -> Any:
    """How to store a tensor of PyTorch with its gradient and what computed it; None where torch's own way has it all."""
    computed = tensor.grad_fn is not None
    if not computed and tensor.grad is None:
        return None
    by = type(tensor.grad_fn).__name__ if computed else ""
    gradient = None if computed else tensor.grad
    return tensor_with_gradient, (tensor.detach(), type(tensor), tensor.requires_grad, by, gradient)


def tensor_with_gradient(values: Any, kind: Any, requires_grad: bool, by: str, gradient: Any) -> Any:
    """A tensor, or a parameter, of these values; a tensor that was computed is a leaf that says by what."""
    made = kind(values, requires_grad) if kind.__name__ == "Parameter" else values.requires_grad_(requires_grad)
    if by:
        setattr(made, COMPUTED_BY, by)
    made.grad = gradient
    return made
