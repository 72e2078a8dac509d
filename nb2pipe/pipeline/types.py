"""The type of a variable for its annotation, as far as the code that binds it says it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from nb2pipe.dataflow.facts import Binding

_KINDS = {
    "DataFrame": "pd.DataFrame",
    "Series": "pd.Series",
    "ndarray": "np.ndarray",
    "list": "list",
    "dict": "dict",
    "set": "set",
    "str": "str",
    "tuple": "tuple",
}
_CALLS = {"len": "int", "int": "int", "float": "float", "str": "str", "bool": "bool", "sorted": "list", "repr": "str"}
_CALLS |= {
    "list": "list",
    "dict": "dict",
    "set": "set",
    "tuple": "tuple",
    "isinstance": "bool",
    "any": "bool",
    "all": "bool",
}
_DISPLAYS: dict[type[ast.expr], str] = {
    ast.List: "list",
    ast.ListComp: "list",
    ast.Dict: "dict",
    ast.DictComp: "dict",
    ast.Set: "set",
    ast.SetComp: "set",
    ast.JoinedStr: "str",
    ast.Tuple: "tuple",
}
_FRAME_METHODS = frozenset(
    """assign astype copy drop drop_duplicates dropna fillna head join merge query rename reset_index sample set_index
    sort_index sort_values tail""".split()  # noqa: SIM905  # a list of words
)


def type_of_binding(binding: Binding) -> str:
    """The type that the analysis knows, `Any` where it knows none."""
    value = binding.value
    if value.kind in ("estimator", "seeded estimator") and not value.part:
        return value.dotted if re.search(r"\.[A-Z]\w*$", value.dotted) else "Any"
    return _KINDS.get(value.kind, "Any")


def type_in_stage(
    name: str, env: Mapping[str, Binding], trees: Sequence[ast.Module], before: Callable[[str], str]
) -> str:
    """The type of a variable at the end of a stage.

    Args:
        name: The variable.
        env: Bindings at the stage's end.
        trees: The stage's cells.
        before: Gives the type that a variable has at the stage's start.
    """
    found = type_of_binding(env[name])
    return found if found != "Any" else _Reader(env, trees, before).read(name, ())


class _Reader:
    """Reads types off statements that stand at the top of a cell and are the only ones to bind their names."""

    def __init__(self, env: Mapping[str, Binding], trees: Sequence[ast.Module], before: Callable[[str], str]) -> None:
        self.env, self.before = env, before
        self.bound: dict[str, list[tuple[ast.expr, ast.expr | None]]] = {}
        for tree in trees:
            for statement in tree.body:
                top = statement if isinstance(statement, ast.Assign) else None
                for target in _targets(statement):
                    whole = top.value if top is not None and target in _top_targets(top) else None
                    self.bound.setdefault(target.id, []).append((target, whole))
        self.tuples = {
            id(e): (place, a.value)
            for t in trees
            for a in t.body
            if isinstance(a, ast.Assign)
            for tuple_ in a.targets
            if isinstance(tuple_, ast.Tuple)
            for place, e in enumerate(tuple_.elts)
        }

    def read(self, name: str, above: tuple[str, ...]) -> str:
        """The type of a variable that is bound once."""
        places = self.bound.get(name, [])
        if len(places) > 1:
            return "Any"
        if not places or name in above:  # `x = x.dropna()`: as it was before
            return self.before(name)
        target, value = places[0]
        if value is not None:
            return self._type(value, (*above, name))
        if id(target) in self.tuples:
            place, call = self.tuples[id(target)]
            if isinstance(call, ast.Call) and ast.unparse(call.func).split(".")[-1] == "train_test_split":
                return self._type(call.args[place // 2], (*above, name)) if place // 2 < len(call.args) else "Any"
        return "Any"

    def _type(self, node: ast.expr, above: tuple[str, ...]) -> str:
        if type(node) in _DISPLAYS:
            return _DISPLAYS[type(node)]
        if isinstance(node, ast.Constant):
            return type(node.value).__name__ if isinstance(node.value, (bool, int, float, str, bytes)) else "Any"
        if isinstance(node, ast.Name):
            known = type_of_binding(self.env[node.id]) if node.id in self.env else "Any"
            return known if known != "Any" else self.read(node.id, above)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id not in self.env:
            return _CALLS.get(node.func.id, "Any")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _FRAME_METHODS:
            return kind if (kind := self._type(node.func.value, above)) in ("pd.DataFrame", "pd.Series") else "Any"
        if isinstance(node, ast.Attribute) and node.attr == "frame":
            return "pd.DataFrame" if self._is_dataset(node.value) else "Any"
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.value, ast.Attribute)
            and node.value.attr in ("loc", "iloc")
        ):
            return self._type(node.value.value, above) if isinstance(node.slice, ast.Slice) else "Any"
        if isinstance(node, ast.Subscript) and self._type(node.value, above) == "pd.DataFrame":
            index = node.slice
            if isinstance(index, ast.Constant) and isinstance(index.value, str):
                return "pd.Series"
            return "pd.DataFrame" if isinstance(index, (ast.List, ast.Compare)) else "Any"
        return "Any"

    def _is_dataset(self, node: ast.expr) -> bool:
        """Whether it is what scikit-learn's `load_…` or `fetch_…` gives, as a frame."""
        if isinstance(node, ast.Name) and len(places := self.bound.get(node.id, [])) == 1 and places[0][1] is not None:
            node = places[0][1]
        called = isinstance(node, ast.Call) and re.match(r"(.*\.)?(load|fetch)_\w+$", ast.unparse(node.func))
        return bool(called) and any(k.arg == "as_frame" for k in node.keywords)  # type: ignore[attr-defined]


def _top_targets(statement: ast.Assign) -> list[ast.expr]:
    return [t for t in statement.targets if isinstance(t, ast.Name)]


def _targets(statement: ast.stmt) -> Iterator[ast.Name]:
    """Every name that a statement binds, in what order so ever."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            yield node
