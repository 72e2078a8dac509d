"""Random notebooks: programs that run, end, and say the same each time, cut into stages at random.

A program is made statement by statement; what is known of each variable (its kind) chooses what may come next, so that
few programs fail. Those that do are discarded by who uses them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st

from tests.property.judging import Cell

NAMES = ("a", "b", "c", "d", "e", "f")
FUNCTIONS = ("go", "run", "mix")
CLASSES = ("Box", "Bag")
STAGES = ("load", "clean", "model", "check", "show")
#: Kinds of values whose identity a program may rely on.
OBJECTS = frozenset({"list", "dict", "set", "nested", "lists", "array", "arrays", "frame", "frames", "object"})
IMPORTS = "import random\nimport numpy as np\nimport pandas as pd"


@dataclass
class _Program:
    """What is known at a point of the program.

    Attributes:
        draw: Of the composite strategy.
        kinds: Variable → kind of its value.
        functions: Function → what it takes.
        classes: Class → whether instances are made with a list.
        seeded: Generators of the process that have a seed.
        files: Text files that exist.
        loaded: Modules that were imported.
        late: Whether modules are imported where they are first used.
    """

    draw: st.DrawFn
    kinds: dict[str, str] = field(default_factory=dict)
    functions: dict[str, str] = field(default_factory=dict)
    classes: list[str] = field(default_factory=list)
    seeded: set[str] = field(default_factory=set)
    files: list[str] = field(default_factory=list)
    loaded: set[str] = field(default_factory=set)
    late: bool = False

    def pick(self, *kinds: str) -> str | None:
        """A variable of one of the kinds, if there is one."""
        names = [n for n, k in self.kinds.items() if k in kinds]
        return self.draw(st.sampled_from(names)) if names else None

    def choose(self, *texts: str) -> str:
        return self.draw(st.sampled_from(texts))

    def number(self) -> int:
        return self.draw(st.integers(0, 9))

    def name(self) -> str:
        """A variable's name, new or not."""
        return self.draw(st.sampled_from(NAMES))

    def bind(self, name: str, kind: str) -> str:
        self.kinds[name] = kind
        return name

    def need(self, line: str) -> str:
        """An import, with its line break, where it is not there yet and imports are late."""
        if not self.late or line in self.loaded:
            return ""
        self.loaded.add(line)
        return line + "\n"


_Maker = Callable[[_Program], str | None]
_MAKERS: list[_Maker] = []


def _maker(weight: int) -> Callable[[_Maker], _Maker]:
    """Registers a maker of statements; one that cannot be used at a point gives None."""

    def register(maker: _Maker) -> _Maker:
        _MAKERS.extend([maker] * weight)
        return maker

    return register


def _bind_one_of(p: _Program, choices: Sequence[tuple[str, str]]) -> str | None:
    """An assignment of one of the expressions, each with the kind of its value; None where there is none."""
    if not choices:
        return None
    kind, text = p.draw(st.sampled_from(choices))
    return f"{p.bind(p.name(), kind)} = {text}"


# --- values -----------------------------------------------------------------------------------------------------------


@_maker(5)
def _new_value(p: _Program) -> str | None:
    kind = p.choose(
        "number", "list", "list", "dict", "set", "text", "tuple", "nested", "array", "frame", "frame", "object"
    )
    n, m = p.number(), p.number()
    if kind == "object":
        if not p.classes:
            return None
        return f"{p.bind(p.name(), 'object')} = {p.choose(*p.classes)}([{n}, {m}])"
    prefix = ""
    if kind in ("array", "frame"):
        prefix = p.need("import numpy as np" if kind == "array" else "import pandas as pd")
    value = {
        "number": f"{n}",
        "list": f"[{n}, {m}, 3]",
        "dict": f"{{'k': {n}, 'm': {m}}}",
        "set": f"{{{n}, {m}}}",
        "text": f"'t{n}'",
        "tuple": f"({n}, {m})",
        "nested": f"[[{n}], [{m}]]",
        "array": p.choose(f"np.arange({n + 3})", f"np.array([{n}.5, {m}.0, 2.0])", f"np.zeros({n % 3 + 2})"),
        "frame": f"pd.DataFrame({{'x': [{n}, {m}, 2], 'y': [0.5, 1.5, {m}.0]}})",
    }[kind]
    return f"{prefix}{p.bind(p.name(), kind)} = {value}"


@_maker(4)
def _alias(p: _Program) -> str | None:
    old = p.pick("list", "dict", "set", "nested", "array", "frame", "object")
    if old is None:
        return None
    kind = p.kinds[old]
    return f"{p.bind(p.name(), kind)} = {old}"


@_maker(2)
def _chained(p: _Program) -> str | None:
    one, two = p.name(), p.name()
    p.bind(one, "list")
    p.bind(two, "list")
    return f"{one} = {two} = [{p.number()}]"


@_maker(2)
def _unpack(p: _Program) -> str | None:
    one, two = p.draw(st.permutations(NAMES))[:2]
    how = p.choose("swap", "numbers", "star")
    if how == "swap":
        names = list(p.kinds)
        if len(names) < 2:
            return None
        one, two = p.draw(st.permutations(names))[:2]
        p.kinds[one], p.kinds[two] = p.kinds[two], p.kinds[one]
        return f"{one}, {two} = {two}, {one}"
    if how == "star":
        old = p.pick("list")
        if old is None:
            return None
        p.bind(one, "any")
        p.bind(two, "list")
        return f"{one}, *{two} = [*{old}, {p.number()}]"
    p.bind(one, "number")
    p.bind(two, "list")
    return f"{one}, {two} = {p.number()}, [{p.number()}]"


@_maker(3)
def _augmented(p: _Program) -> str | None:
    name = p.pick("number", "list", "set", "array", "text", "tuple", "dict")
    if name is None:
        return None
    n = p.number()
    change = {
        "number": f"+= {n}",
        "list": f"+= [{n}]",
        "set": f"|= {{{n}}}",
        "array": p.choose("+= 1", "*= 2"),
        "text": "+= '!'",
        "tuple": f"+= ({n},)",
        "dict": f"|= {{'k': {n}}}",
    }[p.kinds[name]]
    return f"{name} {change}"


@_maker(3)
def _nest(p: _Program) -> str | None:
    inner = p.pick("list")
    if inner is None:
        return None
    other = p.pick("list")
    how = p.choose("list", "dict", "attribute", "tuple", "append")
    if how == "attribute":
        thing = p.pick("object")
        return f"{thing}.items = {inner}" if thing else None
    if how == "append":
        outer = p.pick("nested")
        return f"{outer}.append({inner})" if outer else None
    if how == "dict":
        return f"{p.bind(p.name(), 'lists')} = {{'k': {inner}, 'm': {other}}}"
    if how == "tuple":
        return f"{p.bind(p.name(), 'pair')} = ({inner}, {other})"
    return f"{p.bind(p.name(), 'nested')} = [{inner}, {other}]"


@_maker(3)
def _take_out(p: _Program) -> str | None:
    name = p.pick("nested", "lists", "pair", "object")
    if name is None:
        return None
    part = {"nested": "[0]", "lists": "['k']", "pair": "[1]", "object": ".items"}[p.kinds[name]]
    return f"{p.bind(p.name(), 'list')} = {name}{part}"


@_maker(2)
def _copy(p: _Program) -> str | None:
    name = p.pick("list", "dict", "set", "array", "frame", "nested")
    if name is None:
        return None
    kind = p.kinds[name]
    if kind == "nested":
        deep = p.choose("copy", "deep")
        if deep == "deep":
            return f"import copy\n{p.bind(p.name(), kind)} = copy.deepcopy({name})"
    return f"{p.bind(p.name(), kind)} = {name}.copy()"


@_maker(4)
def _computed(p: _Program) -> str | None:
    name = p.pick("list", "set", "array", "dict", "frame", "number", "tuple")
    if name is None:
        return None
    kind = p.kinds[name]
    if kind == "number":
        return f"{p.bind(p.name(), 'number')} = {name} * {p.number()} + 1"
    if kind == "frame":
        how = p.choose("assign", "column", "filter", "group", "describe")
        texts = {
            "assign": ("frame", f"{name}.assign(z={name}['x'] * 2)"),
            "column": ("series", f"{name}['x']"),
            "filter": ("frame", f"{name}[{name}['x'] >= 0]"),
            "group": ("any", f"{name}.groupby('x')['y'].sum()"),
            "describe": ("any", f"{name}.sum()"),
        }
        new, text = texts[how]
        return f"{p.bind(p.name(), new)} = {text}"
    if kind == "array":
        new, text = p.draw(
            st.sampled_from(
                [
                    ("array", f"{name}[1:]"),
                    ("array", f"{name}[::-1]"),
                    ("array", f"{name} + 1"),
                    ("array", f"{name}.reshape(1, -1)[0]"),
                    ("any", f"{name}.sum()"),
                ]
            )
        )
        return f"{p.bind(p.name(), new)} = {text}"
    if kind == "dict":
        return f"{p.bind(p.name(), 'dict')} = {{k: v for k, v in {name}.items()}}"
    how = p.choose(
        "[v for v in {}]", "[{n} for _ in {}]", "sorted({}, reverse=True)", "list(map(str, {}))", "[*{}, {n}]"
    )
    target = p.bind(p.name(), "list" if "str" not in how else "texts")
    return f"{target} = {how.format(name, n=p.number())}"


@_maker(8)
def _share(p: _Program) -> str | None:
    """Values that share parts in ways that are less plain than `a = b`."""
    n = p.number()
    items, other, nested, lists = p.pick("list"), p.pick("list"), p.pick("nested"), p.pick("lists")
    thing, array, frame = p.pick("object"), p.pick("array"), p.pick("frame")
    choices: list[tuple[str, str]] = []
    if items:
        choices += [
            ("list", f"{items} or [{n}]"),
            ("list", f"{items} if len({other}) > {n} else {other}"),
            ("list", f"dict(k={items})['k']"),
            ("list", f"({items},)[0]"),
            ("nested", f"[{items}] * 2"),
            ("nested", f"list(({items}, {other}))"),
            ("lists", f"dict(k={items}, m=[{n}])"),
            ("lists", f"{{key: {items} for key in 'km'}}"),
            ("any", f"list(zip({items}, {other}))"),
        ]
    if nested:
        choices += [
            ("nested", f"{nested}[:]"),
            ("nested", f"[part for part in {nested}]"),
            ("nested", f"sorted({nested}, key=len)"),
            ("nested", f"[*{nested}, [{n}]]"),
            ("list", f"next(iter({nested}))"),
            ("list", f"max({nested}, key=len)"),
        ]
    if lists:
        choices += [("list", f"{lists}.get('k')"), ("nested", f"list({lists}.values())"), ("lists", f"dict({lists})")]
    if thing:
        choices += [("list", f"getattr({thing}, 'items')"), ("list", f"vars({thing})['items']")]
    if array:
        choices += [
            ("array", f"{array}.ravel()"),
            ("array", f"{array}[:, None].T[0]"),
            ("array", f"{array}.view()"),
            ("arrays", f"[{array}, {array}[:2]]"),
        ]
    if arrays := p.pick("arrays"):
        choices += [("array", f"{arrays}[1]")] * 3
    if frame:
        choices += [
            ("frames", f"[{frame}, {n}]"),
            ("array", f"{frame}['x'].to_numpy()"),
            ("frame", f"{frame}[['x', 'y']]"),
        ]
    if frames := p.pick("frames"):
        choices += [("frame", f"{frames}[0]")] * 3
    return _bind_one_of(p, choices)


@_maker(5)
def _change_through(p: _Program) -> str | None:
    """Changes that reach a value by another way than its name."""
    n = p.number()
    items, nested, lists, thing = p.pick("list"), p.pick("nested"), p.pick("lists"), p.pick("object")
    arrays, frames, frame, pair = p.pick("arrays"), p.pick("frames"), p.pick("frame"), p.pick("pair")
    choices: list[str] = []
    if items:
        choices += [
            f"push = {items}.append\npush({n})",
            f"list(map({items}.append, [{n}]))",
            f"for keep in ({items},):\n    keep.append({n})",
            f"keep = {items}\nkeep += [{n}]",
            f"(lambda v: v.append({n}))({items})",
            f"del {items}[1:]",
            f"[{items}.append(v) for v in range(2)]",
        ]
    if items and thing:
        choices += [f"setattr({thing}, 'items', {items})", f"{thing}.__dict__['items'] = {items}"] * 2
    if nested:
        choices += [f"for part in {nested}:\n    part.append({n})", f"first, *_rest = {nested}\nfirst.append({n})"]
    if lists:
        choices += [
            f"for part in {lists}.values():\n    part.append({n})",
            f"for key, part in {lists}.items():\n    part += [{n}]",
            f"{lists}.setdefault('k', []).append({n})",
        ]
    if pair:
        choices.append(f"left, right = {pair}\nright.append({n})")
    if arrays:
        choices += [f"{arrays}[0][0] = {n}", f"{arrays}[1] += 1", f"for part in {arrays}:\n    part[:1] = {n}"]
    if frames:
        choices += [f"{frames}[0]['x'] = {n}", f"{frames}[0].loc[0, 'y'] = {n}.5"]
    if frame:
        choices += [
            f"{frame}.drop(index=0, inplace=True, errors='ignore')",
            f"{frame}.columns = [str(c) for c in {frame}.columns]",
            f"for column in ('x', 'y'):\n    {frame}[column] = {frame}[column] + {n}",
        ]
    return p.choose(*choices) if choices else None


# --- mutation ---------------------------------------------------------------------------------------------------------


@_maker(8)
def _mutate(p: _Program) -> str | None:
    name = p.pick("list", "dict", "set", "nested", "lists", "pair", "array", "frame", "object", "series")
    if name is None:
        return None
    n, m = p.number(), p.number()
    texts = {
        "list": (f"{name}.append({n})", f"{name}.insert(0, {n})", f"{name}.sort(key=str)", f"{name}[:1] = [{n}, {m}]",
                 f"{name}.reverse()", f"{name}.extend([{n}])"),
        "dict": (f"{name}['k'] = {n}", f"{name}.update(q={n})", f"{name}.setdefault('z', {n})", f"{name}.pop('m', None)"),
        "set": (f"{name}.add({n})", f"{name}.discard({n})", f"{name}.update([{n}, {m}])"),
        "nested": (f"{name}[0].append({n})", f"{name}.append([{n}])", f"{name}[0][:1] = [{n}]", f"{name}[-1] += [{n}]"),
        "lists": (f"{name}['k'].append({n})", f"{name}['m'] = [{n}]", f"{name}['k'] += [{n}]"),
        "pair": (f"{name}[0].append({n})", f"{name}[1].insert(0, {n})"),
        "array": (f"{name}[0] = {n}", f"{name}[:1] = {m}", f"{name}.sort()", f"np.negative({name}, out={name})",
                  f"{name}.fill({n})"),
        "frame": (f"{name}['w'] = {name}['x'] * {n}", f"{name}.loc[0, 'x'] = {n}", f"{name}.iloc[1, 1] = {n}.0",
                  f"{name}.sort_values('x', inplace=True, kind='stable')", f"{name}.insert(0, 'i' + str({name}.shape[1]), {m})",
                  f"{name}.at[1, 'y'] = {m}.5", f"{name}.reset_index(drop=True, inplace=True)", f"{name}.attrs['n'] = {n}"),
        "object": (f"{name}.items.append({n})", f"{name}.add({n})", f"{name}.label = 't{n}'", f"{name}.items = [{n}]"),
        "series": (f"{name}.iloc[0] = {n}", f"{name}.loc[1] = {m}", f"{name}.name = 's{n}'"),
    }  # fmt: skip
    return p.choose(*texts[p.kinds[name]])


@_maker(1)
def _delete(p: _Program) -> str | None:
    if len(p.kinds) < 3:
        return None
    name = p.draw(st.sampled_from(list(p.kinds)))
    del p.kinds[name]
    return f"del {name}"


# --- functions and classes --------------------------------------------------------------------------------------------


@_maker(7)
def _define(p: _Program) -> str | None:
    name = p.choose(*FUNCTIONS)
    number, items = p.pick("number"), p.pick("list")
    n = p.number()
    frame = p.pick("frame")
    others = [f for f, takes in p.functions.items() if takes == "number" and f != name]
    choices: list[tuple[str, str]] = [
        ("list", f"def {name}(v):\n    v.append(len(v))\n    return v"),
        ("list", f"def {name}(v):\n    out = []\n    for x in v:\n        out.append(x)\n    return out"),
        ("number", f"def {name}(n, seen=[]):\n    seen.append(n)\n    return len(seen)"),
        ("number", f"{name} = lambda n: n + {n}"),
        ("number", f"def {name}(n):\n    return n if n <= 0 else {n} + {name}(n - 1)"),
        ("none", f"def make():\n    count = {n}\n\n    def inner():\n        nonlocal count\n        count += 1\n"
                 f"        return count\n\n    return inner\n\n\n{name} = make()"),
        ("number", f"def {name}(n):\n    yield from range(n)\n    yield {n}"),
        ("number", f"def {name}(n):\n    {name}.calls = getattr({name}, 'calls', 0) + 1\n    return {name}.calls + n"),
    ]  # fmt: skip
    if number:
        choices += [
            ("number", f"def {name}(n):\n    return n + {number}"),
            ("number", f"def {name}(n):\n    global {number}\n    {number} = {number} + n\n    return {number}"),
            ("number", f"def {name}(n, k={number}):\n    return n * k"),
            ("number", f"{name} = lambda n: n * {number}"),
            ("none", f"def {name}():\n    def inner():\n        return {number}\n\n    return inner()"),
        ]
    choices += [
        ("list", f"def {name}(v):\n    v[:] = sorted(v)\n    return [v, v]"),
        ("list", f"def {name}(v, *rest, **more):\n    def inner(w):\n        w.append({n})\n        return w\n\n    return inner(v)"),
        ("list", f"class Keeper:\n    def __init__(self, v):\n        self.v = v\n\n    def get(self):\n        return self.v\n\n\n"
                 f"def {name}(v):\n    return Keeper(v).get()"),
    ]  # fmt: skip
    if frame:
        choices += [
            ("frame", f"def {name}(v):\n    v['n'] = {n}\n    return v"),
            ("frame", f"def {name}(v):\n    v = v.copy()\n    v['n'] = {n}\n    return v"),
            ("frame", f"def {name}(v):\n    v.loc[0, 'x'] = {n}\n    return v.sum().sum()"),
            ("none", f"def {name}():\n    return {frame}['x'].sum()"),
            ("none", f"def {name}():\n    {frame}['g'] = {n}\n    return {frame}"),
        ]
    if items:
        choices += [
            ("number", f"def {name}(n):\n    {items}.append(n)\n    return len({items})"),
            ("number", f"def {name}(n, keep={items}):\n    keep.append(n)\n    return list(keep)"),
            ("none", f"def {name}():\n    return {items}"),
            ("none", f"def make(v):\n    def inner():\n        v.append({n})\n        return list(v)\n\n    return inner\n\n\n"
                     f"{name} = make({items})"),
            ("number", f"def {name}(n):\n    global {items}\n    {items} = [*{items}, n]\n    return {items}"),
        ]  # fmt: skip
    if others:
        other = p.choose(*others)
        choices += [
            ("number", f"def {name}(n):\n    return ({other}(n), n)"),
            ("number", f"def traced(fn):\n    seen = []\n\n    def call(n):\n        seen.append(n)\n        return (fn(n), len(seen))\n\n"
                       f"    return call\n\n\n@traced\ndef {name}(n):\n    return n + {n}"),
            ("number", f"from functools import partial\n\n{name} = partial({other}, n={n})\n{name} = lambda n, f={name}: f()"),
        ]  # fmt: skip
    takes, text = p.draw(st.sampled_from(choices))
    if "yield" in text:
        takes = "generator"
    p.functions[name] = takes
    return text


def _call_text(p: _Program) -> tuple[str, str] | None:
    """A call of a function, and the kind of what it gives."""
    if not p.functions:
        return None
    name = p.draw(st.sampled_from(list(p.functions)))
    takes = p.functions[name]
    if takes in ("list", "frame"):
        argument = p.pick(takes)
        return (f"{name}({argument})", "any") if argument else None
    if takes == "none":
        return f"{name}()", "any"
    if takes == "generator":
        return f"list({name}({p.number() % 4}))", "list"
    argument = p.pick("number")
    return f"{name}({argument if argument and p.draw(st.booleans()) else p.number() % 4})", "any"


@_maker(7)
def _call(p: _Program) -> str | None:
    call = _call_text(p)
    if call is None:
        return None
    text, kind = call
    how = p.choose("keep", "print", "drop", "last")
    if how == "keep":
        return f"{p.bind(p.name(), kind)} = {text}"
    return {"print": f"print({text})", "drop": f"ignored = {text}", "last": text}[how]


@_maker(2)
def _define_class(p: _Program) -> str | None:
    name = p.choose(*CLASSES)
    other = next((c for c in p.classes if c != name), None)
    if name in p.classes:
        return None
    number = p.pick("number")
    first = p.choose("shared", "count", "plain") if other is None else p.choose("shared", "count", "plain", "child")
    represent = f"    def __repr__(self):\n        return f'{name}({{sorted(vars(self).items(), key=str)}})'\n"
    texts = {
        "shared": f"class {name}:\n    shared = []\n\n    def __init__(self, items):\n        self.items = items\n\n"
        f"    def add(self, v):\n        self.items.append(v)\n        self.shared.append(v)\n        return len(self.shared)\n\n",
        "count": f"class {name}:\n    count = 0\n\n    def __init__(self, items):\n        self.items = list(items)\n"
        f"        {name}.count += 1\n\n    def add(self, v):\n        self.items.append(v + {name}.count)\n        return self\n\n",
        "plain": f"class {name}:\n    def __init__(self, items):\n        self.items = items\n\n    def add(self, v):\n"
        f"        self.items.append(v{f' + {number}' if number else ''})\n        return len(self.items)\n\n",
        "child": f"class {name}({other}):\n    def add(self, v):\n        self.label = 'child'\n        return super().add(v)\n\n",
    }
    p.classes.append(name)
    return texts[first] + represent.rstrip("\n")


@_maker(2)
def _use_object(p: _Program) -> str | None:
    name = p.pick("object")
    if name is None:
        return None
    cls = p.choose(*p.classes)
    return p.choose(
        f"print(isinstance({name}, {cls}), type({name}).__name__)",
        f"print({name})",
        f"print(getattr({cls}, 'count', None), getattr({cls}, 'shared', None))",
        f"{cls}.extra = {p.number()}",
        f"print(getattr({name}, 'extra', None))",
        f"{name}.add({p.number()})",
    )


# --- functions as values ----------------------------------------------------------------------------------------------


def _import(p: _Program, line: str) -> str:
    """An import, with its line break, the first time and now and then again."""
    if line in p.loaded and p.draw(st.integers(0, 3)):
        return ""
    p.loaded.add(line)
    return line + "\n"


@_maker(3)
def _factory(p: _Program) -> str | None:
    """A function that makes functions: of an import, a variable, another function, a scope of its own."""
    number, items = p.pick("number"), p.pick("list")
    n = p.number()
    math = _import(p, "import math")
    others = [f for f, takes in p.functions.items() if takes == "number"]
    choices = [
        f"{math}def build(k):\n    return lambda x: math.floor(x / 2) + k",
        f"{math}def build(k):\n    def inner(x):\n        return math.floor(x / 2) + k * {number or n}\n\n    return inner",
        f"from functools import reduce\n\n\ndef build(k):\n    return lambda x: reduce(lambda a, b: a + b, [x] * {n % 3}, k)",
        "def build(k):\n    seen = []\n\n    def inner(x):\n        seen.append(x)\n        return len(seen) + k\n\n    return inner",
        f"def half(x):\n    return x // 2 + {number or n}\n\n\ndef build(k):\n    return lambda x: half(x) + k",
        f"{math}build = lambda k: lambda x: math.ceil(x / 2) + k",
        f"class Caller:\n    def __init__(self, k):\n        self.k = k\n\n    def __call__(self, x):\n        self.k += 1\n"
        f"        return self.k + x + {number or n}\n\n\ndef build(k):\n    return Caller(k)",
        f"def wrap(fn):\n    def call(x):\n        return fn(x) + {n}\n\n    return call\n\n\n"
        f"def build(k):\n    @wrap\n    def inner(x):\n        return x * {number or n} + k\n\n    return inner",
    ]  # fmt: skip
    if items:
        choices.append(f"def build(k):\n    return lambda x: {items}.append(x) or len({items}) + k")
    if others:
        choices.append(f"def build(k):\n    return lambda x: ({p.choose(*others)}(x), k)")
    p.functions["build"] = "factory"
    return p.draw(st.sampled_from(choices))


@_maker(5)
def _function_value(p: _Program) -> str | None:
    """A function, or a list of them, in a variable."""
    single, many, items, number = p.pick("function"), p.pick("functions"), p.pick("list"), p.pick("number")
    named = [f for f, takes in p.functions.items() if takes == "number"]
    choices: list[tuple[str, str]] = []
    if "build" in p.functions:
        choices += [
            ("function", f"build({number or p.number()})"),
            ("functions", f"[build({p.number()}), build({p.number()})]"),
        ]
    if single:
        choices += [
            ("function", single),
            ("functions", f"[{single}, lambda x: {single}(x)]"),
            ("function", f"lambda x: ({single}(x), {number or 1})"),
        ]
    if many:
        choices += [("function", f"{many}[0]"), ("functions", f"list({many})"), ("functions", many)]
    if named:
        choices += [("function", p.choose(*named)), ("functions", f"[{p.choose(*named)}, {p.choose(*named)}]")]
    if items:
        choices += [("function", f"{items}.count"), ("function", f"{items}.append")]
    return _bind_one_of(p, choices)


@_maker(5)
def _call_value(p: _Program) -> str | None:
    """Functions in variables are called, by themselves, by builtins and by library functions."""
    single, many, frame = p.pick("function"), p.pick("functions"), p.pick("frame")
    n = p.number()
    choices = []
    if single:
        choices += [f"print({single}({n}))", f"{p.name()}_ = {single}({n})", f"print(list(map({single}, [{n}, 1])))"]
        choices += [f"print(sorted([3, {n}, 1], key=lambda x: str({single}(x))))"]
        if frame:
            choices.append(f"print({frame}['x'].map({single}).tolist())")
    if many:
        choices += [
            f"print([f({n}) for f in {many}])",
            f"for f_ in {many}:\n    print(f_({n}))",
            f"{many}.append(lambda x: x + {n})",
            f"{many}[0] = {many}[-1]",
        ]
    return p.draw(st.sampled_from(choices)) if choices else None


# --- flow -------------------------------------------------------------------------------------------------------------


@_maker(4)
def _flow(p: _Program) -> str | None:
    n = p.number()
    items, number, mapping = p.pick("list"), p.pick("number"), p.pick("dict")
    choices = [
        f"{p.choose(*NAMES)} = [w * 2 for w in range({n % 4})]",
        f"for i in range({n % 4 + 1}):\n    last = i",
    ]
    if items:
        choices += [
            f"for i in range(3):\n    {items}.append(i * {n})",
            f"if len({items}) > {n % 4}:\n    {items}.append({n})\nelse:\n    {items} = [{n}]",
            f"for one in list({items}):\n    if one == {n}:\n        break\n    {items}.append({n})\nelse:\n    print('none')",
            f"while len({items}) < {n}:\n    {items}.append(len({items}))",
            f"if {items} and {items}[0] == {n}:\n    {items} = [*{items}]",
            f"try:\n    print({items}.index({n}))\nexcept ValueError as error:\n    print('no', error)\n    {items}.append({n})",
            f"if (size := len({items})) > 2:\n    print(size)",
        ]
    if number:
        choices += [
            f"for i in range({n % 3}):\n    {number} += i",
            f"try:\n    {number} = {number} // ({n} % 2)\nexcept ZeroDivisionError:\n    {number} = {n}",
            f"if isinstance({number}, int) and {number} > {n}:\n    {number} = {n}",
        ]
    if mapping:
        choices += [
            f"for key in list({mapping}):\n    {mapping}[key] = {n}",
            f"try:\n    {mapping}['none'] += 1\nexcept KeyError:\n    {mapping}['none'] = {n}",
        ]
    text = p.choose(*choices)
    if text.endswith(f"in range({n % 4})]") and text[0] in NAMES:
        p.bind(text[0], "list")
    return text


@_maker(6)
def _way_out(p: _Program) -> str | None:
    """Something behind a `break`, a `continue` or a `return` that may be reached, or in the `else` of a loop."""
    number, items = p.pick("number"), p.pick("list")
    n, k, m = p.number(), p.number() % 2, p.number() % 3
    if number is None:
        return None
    changes = [f"{number} = {n}"]
    if items:
        changes += [f"{items} = [{n}]", f"{items}.append({n})"]
    if "random" in p.seeded and not p.late:
        changes.append(f"random.seed({n})")
    change = p.choose(*changes)
    changed = change.partition(" ")[0]
    declared = f"    global {changed}\n" if " = " in change else ""
    return p.choose(
        f"for step in range({m + 1}):\n    if step == {k}:\n        break\n    {change}",
        f"for step in range({m + 1}):\n    if step >= {k}:\n        continue\n    {change}",
        f"for step in range({m + 1}):\n    if step == {k}:\n        break\nelse:\n    {change}",
        f"step = 0\nwhile True:\n    step += 1\n    if step > {k}:\n        break\n    {change}",
        f"step = {m}\nwhile step:\n    step -= 1\n    if step == {k}:\n        break\nelse:\n    {change}",
        f"def leave(n):\n{declared}    if n > {k}:\n        return n\n    {change}\n    return 0\n\n\nprint(leave({m}))",
        f"def leave(n):\n{declared}    for step in range(n):\n        if step == {k}:\n            return step\n    {change}\n\n\n"
        f"leave({m + 1})",
        f"from contextlib import suppress\n\nwith suppress(ValueError):\n    int('{'x' if k else 1}')\n    {change}",
        f"[step for step in range({m}) if ({number} := step) < {k}]",
    )


# --- state of the process ---------------------------------------------------------------------------------------------


@_maker(4)
def _draw_random(p: _Program) -> str | None:
    generator = p.choose("random", "numpy")
    prefix = p.need("import random" if generator == "random" else "import numpy as np")
    if generator not in p.seeded or p.number() == 0:
        p.seeded.add(generator)
        prefix += f"{'random' if generator == 'random' else 'np.random'}.seed({p.number()})\n"
    items, array = p.pick("list"), p.pick("array")
    if generator == "random":
        choices = [("number", "random.randint(0, 9)"), ("list", "[random.randint(0, 9) for _ in range(3)]")]
        plain = [f"random.shuffle({items})"] if items else []
    else:
        choices = [("array", "np.random.randint(0, 9, size=4)"), ("array", "np.random.rand(3).round(3)")]
        plain = [f"np.random.shuffle({array})"] if array else []
    if plain and p.draw(st.booleans()):
        return prefix + plain[0]
    if p.draw(st.booleans()):
        return prefix + f"print({p.choose(*(c for _, c in choices))})"
    kind, text = p.draw(st.sampled_from(choices))
    return f"{prefix}{p.bind(p.name(), kind)} = {text}"


@_maker(1)
def _own_generator(p: _Program) -> str | None:
    name = p.pick("rng")
    if name is None:
        return p.need("import numpy as np") + f"{p.bind(p.name(), 'rng')} = np.random.default_rng({p.number()})"
    return f"{p.bind(p.draw(st.sampled_from([n for n in NAMES if n != name])), 'any')} = {name}.integers(0, 9)"


@_maker(1)
def _setting(p: _Program) -> str | None:
    n = p.number() % 4 + 1
    text = p.choose(
        f"np.set_printoptions(precision={n})",
        f"pd.options.display.max_rows = {n + 4}",
        f"pd.set_option('display.precision', {n})",
    )
    return p.need("import numpy as np" if text.startswith("np") else "import pandas as pd") + text


@_maker(1)
def _environment(p: _Program) -> str | None:
    return p.choose(
        f"import os\nos.environ['RANDOM_PROGRAM'] = '{p.number()}'",
        "import os\nprint(os.environ.get('RANDOM_PROGRAM'))",
    )


@_maker(3)
def _file(p: _Program) -> str | None:
    file, n = p.choose("one.txt", "two.txt"), p.number()
    items, frame = p.pick("list"), p.pick("frame")
    choices = [
        f"with open('{file}', 'w') as out:\n    out.write('{n}\\n')",
        f"with open('{file}', 'a') as out:\n    print({n}, file=out)",
        f"import os\nprint(os.path.exists('{file}'))",
        f"from pathlib import Path\nPath('{file}').write_text('{n}')",
    ]
    if items:
        choices.append(f"path = '{file}'\nwith open(path, 'w') as out:\n    print({items}, file=out)")
    if file in p.files:
        choices += [
            f"print(open('{file}').read())",
            f"with open('{file}') as source:\n    print(source.readlines())",
            f"{p.choose(*NAMES)} = open('{file}').read()",
        ] * 2
    if frame:
        choices += [f"{frame}.to_csv('{frame}.csv', index=False)\nprint(open('{frame}.csv').read())"]
    text = p.choose(*choices)
    if text.endswith(".read()") and text[0] in NAMES and text[1] == " ":
        p.bind(text[0], "text")
    if "write" in text or "file=out" in text:
        p.files.append(file)
    return text


# --- what is shown ----------------------------------------------------------------------------------------------------


@_maker(6)
def _show(p: _Program) -> str | None:
    if not p.kinds:
        return None
    name = p.draw(st.sampled_from(list(p.kinds)))
    other = p.draw(st.sampled_from(list(p.kinds)))
    if p.kinds[name] in ("rng", "function", "functions"):
        return None
    how = p.choose("print", "last", "identity", "type", "format")
    if how == "identity" and not {p.kinds[name], p.kinds[other]} <= OBJECTS:
        return None
    return {
        "print": f"print({name})",
        "last": name,
        "identity": f"print({name} is {other})",
        "type": f"print(type({name}).__name__)",
        "format": f"print(f'{{{name}}}')",
    }[how]


# --- code that runs later, special methods, arguments that are spread -----------------------------------------------------


@_maker(3)
def _run_later(p: _Program) -> str | None:
    """Generators and the like whose variables get other objects before they go on."""
    items, other, nested, n = p.pick("list"), p.pick("list"), p.pick("nested"), p.number()
    if items is None:
        return None
    generator = p.choose(
        f"def later():\n    yield {n}\n    yield {items}\n\n\ngoing = later()\nnext(going)",
        f"def later():\n    yield from [{n}]\n    return {items}\n\n\ndef around():\n    yield (yield from later())\n\n\n"
        f"going = around()\nnext(going)",
        f"going = ({items} for _ in range(3))\nnext(going)",
        f"def later():\n    {items}.append({n})\n    yield {items}\n\n\ngoing = later()",
        f"def build():\n    kept = {items}\n    made = (kept for _ in range(2))\n    kept = {other}\n    return made\n\n\ngoing = build()",
        f"going = map(lambda i: {items}, range(2))",
    )
    between = p.choose("", f"{items} = [{n}]", f"{items} = {other}", f"{items} = {nested}[0]" if nested else "")
    target = p.bind(p.name(), "list")
    return "\n".join([generator, *([between] if between else []), f"{target} = next(going)", "del going"])


@_maker(2)
def _spread(p: _Program) -> str | None:
    """Arguments by `*` and `**`."""
    items, other, nested, n = p.pick("list"), p.pick("list"), p.pick("nested"), p.number()
    if items is None:
        return None
    text = p.choose(
        f"def add(a, b, *rest, key=None):\n    b.append({n})\n    return b\n\n\n",
        "def add(a, b=[], *rest, key=None):\n    b.append(a)\n    return (rest or [b])[-1]\n\n\n",
        f"def add(*both, **named):\n    both[-1].append({n})\n    return named.get('key') or both[0]\n\n\n",
    )
    call = p.choose(
        f"add(*[{n}, {items}])",
        f"add({other}, *({items}, {items}))",
        f"add(*({items},), {other})",
        f"add({n}, {items}, **{{'key': {other}}})",
        *([f"add({n}, *{nested})"] if nested else []),
    )
    return f"{text}{p.bind(p.name(), 'any')} = {call}"


@_maker(3)
def _special(p: _Program) -> str | None:
    """Special methods and factories that give objects of the notebook, attributes of classes and their bases."""
    items, n = p.pick("list"), p.number()
    if items is None:
        return None
    text, use = p.draw(
        st.sampled_from(
            [
                (f"class Box:\n    def __getitem__(self, key):\n        return {items}\n\n\n", f"Box()[{n}]"),
                (f"class Box:\n    def __iter__(self):\n        return iter([{items}])\n\n\n", "[*Box()][0]"),
                (f"class Box(dict):\n    def __missing__(self, key):\n        return {items}\n\n\n", f"Box()[{n}]"),
                (f"class Box:\n    def __getattr__(self, name):\n        return {items}\n\n\n", "Box().some"),
                (f"class Box:\n    def __call__(self):\n        return {items}\n\n\n", "Box()()"),
                (f"class Base:\n    kept: list = {items}\n\n\nclass Box(Base):\n    pass\n\n\n", "Box().kept"),
                (f"class Box:\n    kept = [{n}]\n\n\nboxes = [Box()]\nBox.kept = {items}\n", "boxes[0].kept"),
                (
                    f"class Box:\n    kept = {items}\n\n    def __init__(self):\n        self.kept = [{n}]\n\n\n",
                    "Box().kept",
                ),
                ("", f"collections.defaultdict(lambda: {items})['k']"),
            ]
        )
    )
    return f"{_import(p, 'import collections')}{text}{p.bind(p.name(), 'list')} = {use}"


@_maker(2)
def _filling(p: _Program) -> str | None:
    """Dicts that add a key when it is read, wherever they are."""
    n = p.number()
    if filling := p.pick("filling"):
        return p.choose(
            f"print({filling}['deep'][{n}])",
            f"print({filling}['deep'])",
            f"print('{{d[deep]}}'.format(d={filling}))",
            f"for part in {filling}.values():\n    part[{n}]",
        )
    made = p.choose(
        "{'deep': collections.defaultdict(int)}", "collections.defaultdict(lambda: collections.defaultdict(list))"
    )
    return f"{_import(p, 'import collections')}{p.bind(p.name(), 'filling')} = {made}"


def _themes() -> st.SearchStrategy[list[_Maker]]:
    """What a program is about: everything, functions as values, or a few kinds of statements, which then meet more often."""
    functions = [
        *[_factory] * 3,
        *[_function_value] * 5,
        *[_call_value] * 5,
        _new_value,
        _define,
        _call,
        _mutate,
        _augmented,
    ]
    late = [*[_run_later, _spread, _special, _filling] * 3, _new_value, _share, _change_through, _mutate, _show]
    few = st.lists(st.sampled_from(list(dict.fromkeys(_MAKERS))), min_size=3, max_size=6, unique=True)
    return st.one_of(
        st.just(_MAKERS),
        st.just(functions),
        st.just(late),
        few.map(lambda makers: [*makers, *makers, _new_value, _show]),
    )


@st.composite
def statements(draw: st.DrawFn, late: bool, known: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """Statements of a program that starts with known variables, and the kinds of the variables at its end."""
    p = _Program(draw, dict(known), late=late)
    made: list[str] = []
    makers = draw(_themes())
    starts = [_new_value] * draw(st.integers(1, 4))
    for start in (*starts, *[None] * draw(st.integers(4, 22))):
        text = start(p) if start else None
        for _ in range(3):
            text = text or draw(st.sampled_from(makers))(p)
        if text is not None:
            made.append(text)
    return made, p.kinds


@st.composite
def notebooks(draw: st.DrawFn) -> list[Cell]:
    """Notebooks of two to five stages; the last cell prints every variable."""
    late, parameters = draw(st.booleans()), draw(st.integers(0, 3)) == 0
    made, kinds = draw(statements(late, {"a": "number"} if parameters else {}))
    names = STAGES[: draw(st.integers(2, 5))]
    cells: list[Cell] = []
    if not late:
        cells.append(Cell(("imports",) if draw(st.booleans()) else ("stage:load",), IMPORTS))
    if parameters:
        cells.append(Cell(("parameters",), f"a = {draw(st.integers(0, 9))}\nsize = 3"))
    if draw(st.integers(0, 3)) == 0:
        cells.append(Cell(("functions",), "def helper(v, n=1):\n    v.append(n)\n    return v"))
        made.append("print(helper([1]))")
    cuts = sorted(draw(st.lists(st.integers(0, len(made)), min_size=len(names) - 1, max_size=len(names) - 1)))
    for name, start, end in zip(names, (0, *cuts), (*cuts, len(made)), strict=True):
        part = made[start:end]
        position = 0
        while position < len(part):
            size = draw(st.integers(1, 4))
            cells.append(Cell((f"stage:{name}",), "\n".join(part[position : position + size])))
            position += size
    texts = {"rng": "", "function": "print({0!r}, {0}(2))", "functions": "print({0!r}, [f_(2) for f_ in {0}])"}
    shown = [
        texts.get(kind, "print({0!r}, {0})").replace("{0!r}", repr(n)).replace("{0}", n)
        for n, kind in sorted(kinds.items())
    ]
    last = names[-1] if draw(st.booleans()) else "last"
    cells.append(Cell((f"stage:{last}",), "\n".join([*shown, "print('end')"])))
    return cells
