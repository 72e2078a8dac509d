"""Which values are the same. Each table has first what must count as same, then what must not."""

from __future__ import annotations

import array
import collections
import copy
import dataclasses
import datetime
import decimal
import enum
import functools
import itertools
import math
import operator
import pathlib
import random
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nb2pipe.verify.values.comparer import compare_values
from nb2pipe.verify.values.short import short_repr

NAN = float("nan")

Make = Callable[[], Any]


def verdict(a: Any, b: Any, package: str = "pkg") -> str:
    differences, given_up = compare_values(a, b, package)
    if any(not d.rounding for d in differences):
        return "different"
    return "unproven" if given_up else "rounding" if differences else "same"


def cyclic(value: Any) -> list[Any]:
    made: list[Any] = [value]
    made.append(made)
    return made


def shared(one: bool) -> list[Any]:
    inner = [1, 2]
    return [inner, inner if one else [1, 2]]


class Color(enum.Enum):
    RED = 1
    BLUE = 2


@dataclasses.dataclass
class Point:
    x: float
    y: list[int] = dataclasses.field(default_factory=list)


class Slotted:
    __slots__ = ("__hidden", "a", "b")

    def __init__(self, a: Any, hidden: Any = 0) -> None:
        self.a = a
        self.__hidden = hidden


class Node:
    def __init__(self, value: Any) -> None:
        self.value, self.next = value, None

    def __eq__(self, other: object) -> bool:
        return True  # an object may say so; its structure counts

    __hash__ = None  # type: ignore[assignment]


class Words(list[str]):
    language = "en"


class Money(int):
    pass


class Order:
    def __init__(self, *prices: int) -> None:
        self.prices = list(prices)

    @functools.cached_property
    def total(self) -> int:
        return sum(self.prices)


def asked(value: Order, *more: int) -> Order:
    assert value.total >= 0
    value.prices.extend(more)
    return value


def node(*values: Any) -> Node:
    nodes = [Node(v) for v in values]
    for first, second in itertools.pairwise([*nodes, nodes[0]]):
        first.next = second  # type: ignore[assignment]
    return nodes[0]


def words(items: list[str], **attributes: Any) -> Words:
    made = Words(items)
    made.__dict__.update(attributes)
    return made


def views(whole: Any) -> list[Any]:
    return [whole[:2], whole[1:], whole]


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns or {"a": [1, 2], "b": [1.5, NAN], "c": ["x", None]})


def changed(value: Any, change: Callable[[Any], Any]) -> Any:
    change(value)
    return value


def moved(function: Any, name: str) -> Any:
    """A function as if another module had defined it."""
    made = types.FunctionType(
        function.__code__.replace(co_firstlineno=99, co_filename="elsewhere.py"),
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    made.__module__ = name
    return made


def compiled(text: str, name: str, module: str = "__main__", **variables: Any) -> Any:
    space: dict[str, Any] = {"__name__": module, **variables}
    exec(compile(text, module, "exec"), space)
    return space[name]


def in_function(text: str, name: str) -> Any:
    """What the same text defines when it stands in a function, as a stage's code does."""
    lines = "\n".join(f"    {line}" for line in text.splitlines())
    return compiled(f"def stage():\n{lines}\n    return {name}", "stage", "pkg.stage")()


CLASS = "class Foo:\n    limit = 3\n    def __init__(self, x):\n        self.x = x\n    def twice(self):\n        return self.x * 2"
READS = "k = 2\ndef f(x, *, y=1):\n    return [x * k + y for _ in range(k)]"

#: Values that are not the same object and must count as same: two calls give the two sides.
SAME: dict[str, Make | tuple[Make, Make]] = {
    "integers": lambda: 10**30,
    "not a number": lambda: float("nan"),
    "complex with NaN": lambda: complex(NAN, -0.0),
    "text": lambda: "".join(["a", "b"]),
    "nested containers": lambda: {"a": [1, (2.0, None)], "b": {frozenset({1, 2}), b"x"}},
    "cycle": lambda: cyclic(1),
    "shared member": lambda: shared(True),
    "two members": lambda: shared(False),
    "set in another order": (lambda: {1, 2, 3}, lambda: {3, 2, 1}),
    "set of objects": lambda: {Color.RED, (1, "a"), None},
    "ordered dict": lambda: collections.OrderedDict(b=1, a=2),
    "counter": lambda: collections.Counter("hello"),
    "defaultdict": lambda: collections.defaultdict(list, a=[1]),
    "deque": lambda: collections.deque([1, 2], maxlen=3),
    "bytes that change": lambda: bytearray(b"ab"),
    "array of the standard library": lambda: array.array("d", [1.0, NAN]),
    "range and slice": lambda: [range(1, 9, 2), slice(1, None)],
    "decimal": lambda: [decimal.Decimal("1.10"), decimal.Decimal("NaN")],
    "dates": lambda: [datetime.date(2024, 1, 2), datetime.datetime(2024, 1, 2, tzinfo=datetime.UTC)],
    "path": lambda: pathlib.Path("a") / "b",
    "enum": lambda: Color.BLUE,
    "dataclass": lambda: Point(NAN, [1, 2]),
    "slots": lambda: Slotted([1], hidden=2),
    "ring of objects": lambda: node(1, 2, 3),
    "list with attributes": lambda: words(["a"], language="fr"),
    "subclass of int": lambda: Money(3),
    "cached property that one was asked for": (lambda: asked(Order(1, 2)), lambda: Order(1, 2)),
    "cached property that the other was asked for": (lambda: Order(1, 2), lambda: asked(Order(1, 2))),
    "exception": lambda: KeyError("a", 1),
    "iterator": lambda: iter([1, 2]),
    "counting iterator": lambda: itertools.count(3),
    "getter": lambda: operator.itemgetter("a", 2),
    "plain object": object,
    "random generators": lambda: [random.Random(1), np.random.default_rng(1), np.random.RandomState(1)],
    "partial": lambda: functools.partial(sorted, key=len),
    "function moved to a module": (lambda: compiled(READS, "f"), lambda: compiled(READS, "f", "pkg.functions")),
    "function moved into a function": (lambda: compiled(READS, "f"), lambda: in_function(READS, "f")),
    "function of a module imported elsewhere": (
        lambda: compiled("def f(x): return math.dist(x, p=x)", "f", math=math),
        lambda: compiled("import math\ndef f(x): return math.dist(x, p=x)", "f"),
    ),
    "lambda": lambda: compiled("f = lambda x: x + 1", "f"),
    "class moved to a module": (
        lambda: compiled(CLASS, "Foo")(3),
        lambda: compiled(CLASS, "Foo", "pkg.functions")(3),
    ),
    "class itself": (lambda: compiled(CLASS, "Foo"), lambda: compiled(CLASS, "Foo", "pkg.functions")),
    "class moved into a function": (lambda: compiled(CLASS, "Foo")(3), lambda: in_function(CLASS, "Foo")(3)),
    "bound method": (
        lambda: compiled(CLASS, "Foo")(3).twice,
        lambda: compiled(CLASS, "Foo", "pkg.functions")(3).twice,
    ),
    "recursive function": lambda: compiled("def f(n):\n    return n and f(n - 1)", "f"),
    "array": lambda: np.array([1.0, NAN, -0.0]),
    "array of objects": lambda: np.array([[1], "a", None], dtype=object),
    "array with fields": lambda: np.array([(1, 2.0, "a")], dtype=[("x", "i4"), ("y", "f8"), ("z", "U3")]),
    "array of dates": lambda: np.array(["2024-01-01", "NaT"], dtype="M8[D]"),
    "array in another order": (lambda: np.ones((2, 3), order="C"), lambda: np.ones((2, 3), order="F")),
    "array without elements": lambda: np.empty((0, 3)),
    "masked array": lambda: np.ma.masked_array([1, 2], mask=[False, True]),
    "masked constant": lambda: np.ma.masked,
    "scalar of numpy": lambda: [np.float32(1.5), np.float64(NAN), np.datetime64("NaT")],
    "views of one array": lambda: views(np.arange(4)),
    "frame": frame,
    "frame of all kinds": lambda: frame(
        a=pd.Categorical(["x", "y"], ["y", "x"], ordered=True),
        b=pd.to_datetime(["2024-01-01", None]).tz_localize("Europe/Berlin"),
        c=pd.array([1, None], dtype="Int64"),
        d=[[1, NAN], {"k": 1}],
        e=pd.period_range("2024", periods=2, freq="M"),
        f=pd.interval_range(0, 2),
    ),
    "frame with two columns of one name": lambda: pd.DataFrame([[1, "a"]], columns=["x", "x"]),
    "frame with levels": lambda: frame().set_index(["a", "c"]).unstack(),
    "frame with attrs": lambda: changed(frame(), lambda f: f.attrs.update(unit="m")),
    "empty frame": pd.DataFrame,
    "series": lambda: pd.Series([1, 2], index=pd.date_range("2024", periods=2), name="s"),
    "groups": lambda: frame().groupby("a"),
    "scalars of pandas": lambda: [pd.NaT, pd.NA, pd.Timestamp("2024", tz="UTC"), pd.Timedelta(1, "h")],
}

#: Pairs that look alike and must count as different.
DIFFERENT: dict[str, tuple[Any, Any]] = {
    "types that are equal": (1, 1.0),
    "true and one": ([True], [1]),
    "signs of zero": (0.0, -0.0),
    "number and NaN": (1.0, NAN),
    "numbers beyond rounding": (1.0, 1.0000001),
    "text": ("a", "b"),
    "length": ([1, 2], [1, 2, 3]),
    "tuple and list": ((1,), [1]),
    "order of a list": ([1, 2], [2, 1]),
    "order of keys": ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    "value of a key": ({"a": 1}, {"a": 2}),
    "type of a key": ({1: 0}, {True: 0}),
    "members": ({1, 2}, {1, 3}),
    "type of a member": ({1, 2}, {1.0, 2}),
    "shared and not": (shared(True), shared(False)),
    "not shared and shared": (shared(False), shared(True)),
    "cycle": (cyclic(1), [1, [1, [1]]]),
    "content of a cycle": (cyclic(1), cyclic(2)),
    "default factory": (collections.defaultdict(list), collections.defaultdict(set)),
    "greatest length": (collections.deque([1], 2), collections.deque([1], 3)),
    "digits of a decimal": (decimal.Decimal("1.0"), decimal.Decimal("1.00")),
    "time zone": (
        datetime.datetime(2024, 1, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=1))),
        datetime.datetime(2024, 1, 1, 0, tzinfo=datetime.UTC),
    ),
    "enum": (Color.RED, Color.BLUE),
    "field": (Point(1.0, [1]), Point(1.0, [2])),
    "attribute that is missing": (changed(Point(1.0), lambda p: setattr(p, "z", 1)), Point(1.0)),
    "hidden slot": (Slotted(1, 2), Slotted(1, 3)),
    "slot without value": (changed(Slotted(1), lambda s: setattr(s, "b", 1)), Slotted(1)),
    "objects that say they are equal": (node(1, 2), node(1, 3)),
    "attribute of a list": (words(["a"]), words(["a"], language="fr")),
    "content of a list with attributes": (words(["a"]), words(["b"])),
    "cached property of another time": (asked(Order(1, 2), 3), Order(1, 2, 3)),
    "subclass": (Money(3), 3),
    "subclass's number": (Money(3), Money(4)),
    "arguments of an exception": (KeyError("a"), KeyError("b")),
    "place of an iterator": (changed(iter([1, 2]), next), iter([1, 2])),
    "random state": (random.Random(1), changed(random.Random(1), lambda r: r.random())),
    "numpy's random state": (np.random.default_rng(1), changed(np.random.default_rng(1), lambda r: r.random())),
    "partial": (functools.partial(sorted, key=len), functools.partial(sorted, key=str)),
    "constant in a function": (compiled("def f(): return 1", "f"), compiled("def f(): return 2", "f")),
    "operator in a function": (compiled("def f(a): return a + 1", "f"), compiled("def f(a): return a - 1", "f")),
    "name in a function": (compiled("def f(a): return a.x", "f"), compiled("def f(a): return a.y", "f")),
    "default": (compiled("def f(a=1): return a", "f"), compiled("def f(a=2): return a", "f")),
    "global that a function reads": (
        compiled("def f(): return k", "f", k=1),
        compiled("def f(): return k", "f", k=2),
    ),
    "variable that a function closes over": (
        compiled("def f(): return k", "f", k=1),
        in_function("k = 2\ndef f(): return k", "f"),
    ),
    "inner function": (
        compiled("def f():\n    def g(): return 1\n    return g", "f"),
        compiled("def f():\n    def g(): return 2\n    return g", "f"),
    ),
    "loop and no loop": (
        compiled("def f(a):\n    if a: return 1\n    return 2", "f"),
        compiled("def f(a):\n    while a: return 1\n    return 2.0", "f"),
    ),
    "method": (
        compiled(CLASS, "Foo")(3),
        compiled(CLASS.replace("* 2", "* 3"), "Foo", "pkg.functions")(3),
    ),
    "state of a class": (
        compiled(CLASS, "Foo")(3),
        compiled(CLASS.replace("limit = 3", "limit = 4"), "Foo", "pkg.functions")(3),
    ),
    "class of another package": (compiled(CLASS, "Foo")(3), compiled(CLASS, "Foo", "other.functions")(3)),
    "class of another name": (
        compiled(CLASS, "Foo")(3),
        compiled(CLASS.replace("Foo", "Bar"), "Bar", "pkg.functions")(3),
    ),
    "dtype": (np.array([1, 2]), np.array([1.0, 2.0])),
    "shape": (np.zeros((1, 2)), np.zeros((2, 1))),
    "element": (np.array([1, 2]), np.array([1, 3])),
    "NaN": (np.array([1.0, NAN]), np.array([1.0, 2.0])),
    "zero in an array": (np.array([0.0]), np.array([-0.0])),
    "object in an array": (np.array([[1]], dtype=object), np.array([[2]], dtype=object)),
    "field of an array": (
        np.array([(1, 2)], dtype=[("x", int), ("y", int)]),
        np.array([(1, 3)], dtype=[("x", int), ("y", int)]),
    ),
    "mask": (np.ma.masked_array([1, 2], mask=[0, 1]), np.ma.masked_array([1, 2], mask=[1, 0])),
    "matrix and array": (np.asmatrix([[1]]), np.array([[1]])),
    "memory that is shared": (views(np.arange(3)), [np.arange(2), np.arange(1, 3), np.arange(3)]),
    "memory that is not shared": ([np.arange(2), np.arange(1, 3), np.arange(3)], views(np.arange(3))),
    "cell": (frame(), frame(a=[1, 3], b=[1.5, NAN], c=["x", None])),
    "missing value": (frame(a=["x", None]), frame(a=["x", "y"])),
    "kind of missing value": (pd.Series([None], dtype=object), pd.Series([NAN], dtype=object)),
    "type of a column": (frame(a=[1, 2]), frame(a=[1.0, 2.0])),
    "order of columns": (frame(a=[1], b=[2]), frame(b=[2], a=[1])),
    "index": (pd.Series([1, 2]), pd.Series([1, 2], index=[1, 2])),
    "kind of index": (pd.Series([1, 2]), pd.Series([1, 2], index=pd.Index([0, 1]))),
    "name of an index": (frame(), frame().rename_axis("n")),
    "name of a series": (pd.Series([1], name="a"), pd.Series([1], name="b")),
    "frequency": (pd.date_range("2024-01-01", periods=3), pd.DatetimeIndex([*pd.date_range("2024-01-01", periods=3)])),
    "order of categories": (pd.Categorical(["x"], ["x", "y"]), pd.Categorical(["x"], ["y", "x"])),
    "attrs": (changed(frame(), lambda f: f.attrs.update(unit="m")), frame()),
    "frame and series": (pd.Series([1]), pd.DataFrame([1])),
    "flags": (frame(), frame().set_flags(allows_duplicate_labels=False)),
}


@pytest.mark.parametrize("name", SAME)
def test_same(name: str) -> None:
    make = SAME[name]
    a, b = (make[0](), make[1]()) if isinstance(make, tuple) else (make(), make())
    differences, given_up = compare_values(a, b, "pkg")
    assert (differences, given_up) == ([], [])


@pytest.mark.parametrize("name", DIFFERENT)
def test_different(name: str) -> None:
    assert verdict(*DIFFERENT[name]) == "different"


@pytest.mark.parametrize("name", DIFFERENT)
def test_a_value_is_the_same_as_itself(name: str) -> None:
    for value in DIFFERENT[name]:
        assert verdict(value, value) == "same"


def test_rounding_is_told_from_difference() -> None:
    assert verdict(0.1 + 0.2, 0.3) == "rounding"
    assert verdict(np.array([1.0, 0.1 + 0.2]), np.array([1.0, 0.3])) == "rounding"
    assert verdict(np.float32([1.0]), np.float32([1.00001])) == "rounding"
    assert verdict(frame(a=[0.1 + 0.2]), frame(a=[0.3])) == "rounding"
    assert verdict(np.array([1.0, 2.0]), np.array([1.0, 2.0001])) == "different"


def test_what_cannot_be_seen_is_never_the_same() -> None:
    assert verdict((x for x in "ab"), (x for x in "ab")) == "unproven"


def test_what_a_function_takes_from_outside_need_not_be_the_same_object() -> None:
    names = [1, 2]
    function = compiled("def f(): return names", "f", names=names)
    assert compare_values([function, names], [compiled("def f(): return names", "f", names=[1, 2]), [1, 2]]) == ([], [])
    differences, _ = compare_values([function, names], [compiled("def f(): return names", "f", names=[1, 3]), [1, 2]])
    assert [d.path for d in differences] == ["[0]→names[1]"]


def test_both_places_and_values_are_named() -> None:
    a, b = {"rows": [Point(1.0, [1, 2])]}, {"rows": [Point(1.0, [1, 5])]}
    (difference,), _ = compare_values(a, b)
    assert (difference.path, difference.left, difference.right) == ("['rows'][0].y[1]", "2", "5")
    (difference,), _ = compare_values(frame(a=[1, 2, 3], b=[1, 1, 1]), frame(a=[1, 2, 4], b=[1, 1, 1]))
    assert (difference.path, difference.left, difference.right) == ("['a'][2]", "np.int64(3)", "np.int64(4)")


def test_all_differences_are_found() -> None:
    differences, _ = compare_values([1, 2, 3], [1, 0, 0])
    assert [d.path for d in differences] == ["[1]", "[2]"]


def test_names_of_temporary_folders_mean_nothing() -> None:
    differences, _ = compare_values(
        ["/a/x", pathlib.Path("/a/y")], ["/b/x", pathlib.Path("/b/y")], plain=lambda t: t.replace("/b/", "/a/")
    )
    assert differences == []


def test_a_repr_asks_for_no_attribute() -> None:
    text = "class A:\n    def __init__(self): self.asked = []\n    def __getattr__(self, n): self.asked.append(n); return 1"
    value = compiled(text, "A")()
    short_repr(value)
    assert value.asked == []


def test_a_repr_that_raises_does_no_harm() -> None:
    class Shy:
        def __init__(self, x: int) -> None:
            self.x = x

        def __repr__(self) -> str:
            raise ValueError("no")

    assert verdict([Shy(1)], Shy(1)) == "different"
    assert verdict(Shy(1), Shy(2)) == "different"


def test_deep_values_end_in_an_answer() -> None:
    def deep(bottom: int) -> list[Any]:
        made: list[Any] = [bottom]
        for _ in range(100_000):
            made = [made]
        return made

    assert verdict(deep(1), deep(2)) == "unproven"


def test_sparse_matrices() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    a = sparse.csr_matrix([[0, 1.0], [NAN, 0]])
    assert verdict(a, copy.deepcopy(a)) == "same"
    assert verdict(a, sparse.csr_matrix([[0, 2.0], [NAN, 0]])) == "different"
    assert verdict(a, a.tocsc()) == "different"
    assert verdict(a, sparse.csr_matrix([[1.0, 1.0], [NAN, 0]])) == "different"


def test_estimators_by_parameters_and_by_what_they_learnt() -> None:
    linear = pytest.importorskip("sklearn.linear_model")
    ensemble = pytest.importorskip("sklearn.ensemble")
    x, y = np.arange(20.0).reshape(10, 2), np.arange(10) % 2
    fit = [ensemble.RandomForestClassifier(5, random_state=s).fit(x, y) for s in (0, 0, 1)]
    assert verdict(fit[0], fit[1]) == "same"
    assert verdict(fit[0], fit[2]) == "different"
    assert verdict(linear.Ridge(), linear.Ridge()) == "same"
    assert verdict(linear.Ridge(), linear.Ridge(alpha=2.0)) == "different"
    assert verdict(linear.Ridge().fit(x, y), linear.Ridge()) == "different"


def test_figures_by_pixels() -> None:
    figure = pytest.importorskip("matplotlib.figure")

    def draw(height: float) -> Any:
        made = figure.Figure()
        made.subplots().plot([1, height])
        return made

    assert verdict(draw(2), draw(2)) == "same"
    assert verdict(draw(2), draw(3)) == "different"
    assert verdict(draw(2).axes[0], draw(2).axes[0]) == "same"
    assert verdict(draw(2).axes[0], draw(3).axes[0]) == "different"
