"""Annotations: what is known of a variable's type, in the names that a module has.

Before: `dict[str, pandas.DataFrame]`. After: `dict[str, pd.DataFrame]`, and `import pandas as pd` where it is not there.
"""

from __future__ import annotations

import ast
import builtins
import keyword
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from nb2pipe.dataflow.facts import Item
from nb2pipe.dataflow.interpret.syntax import drawn_by_import
from nb2pipe.dataflow.knowledge import IMPORTS_WITH_EFFECTS
from nb2pipe.pipeline.model import Pipeline, Stage
from nb2pipe.pipeline.plan import StagePlan

#: Under which name people import a library.
_ALIASES = {"pandas": "pd", "numpy": "np"}
_FULL = {alias: module for module, alias in _ALIASES.items()}


@dataclass(slots=True)
class Annotator:
    """Writes annotations for one module and collects the imports that they need.

    Attributes:
        bound: Imported module or `module.name` to the name that it has in the module.
        taken: Names of the notebook, and of the module itself: no import may hide them.
        hoisted: Functions and classes of the functions module.
        libraries: Top-level modules from which a type may be imported.
        meant: Names that are in `taken` only because the notebook imports them, each with what it imports.
        imports: Import statements that the annotations need.
        own: Classes of the functions module that they need.
    """

    bound: Mapping[str, str]
    taken: Collection[str]
    hoisted: Collection[str]
    libraries: Collection[str]
    meant: Mapping[str, str]
    imports: set[str] = field(default_factory=set)
    own: set[str] = field(default_factory=set)

    def annotate(self, expression: str) -> str:
        """The annotation; `Any` for what cannot be named here.

        Args:
            expression: A type with full names, such as `list[sklearn.linear_model.Ridge]`; `__main__.X` is a class of
                the notebook's own.
        """
        try:
            return self._render(ast.parse(expression, mode="eval").body)
        except SyntaxError:
            return "Any"

    def _render(self, node: ast.expr) -> str:
        if isinstance(node, ast.Subscript):
            base = self._render(node.value)
            items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            inner = [self._render(item) for item in items]
            plain = all(each in ("Any", "...") for each in inner)
            return base if base == "Any" or plain else f"{base}[{', '.join(inner)}]"
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            sides = [self._render(node.left), self._render(node.right)]
            return "Any" if "Any" in sides else " | ".join(sides)
        if isinstance(node, ast.Constant) and node.value in (None, ...):
            return "None" if node.value is None else "..."
        if isinstance(node, ast.Name):
            known = hasattr(builtins, node.id) and node.id not in self.taken
            return node.id if known else "Any"
        if isinstance(node, ast.Attribute):
            return self._class(*ast.unparse(node).rsplit(".", 1))
        return "Any"

    def _class(self, module: str, name: str) -> str:
        module = _FULL.get(module, module)
        root = module.split(".")[0]
        if module == "__main__":
            if name not in self.hoisted:
                return "Any"
            self.own.add(name)
            return name
        for shown in (self.bound.get(f"{module}.{name}"), self._dotted(module, name)):
            if shown:
                return shown
        if root not in self.libraries or any(_below(module, effective) for effective in IMPORTS_WITH_EFFECTS):
            return "Any"
        alias = _ALIASES.get(module, "")
        if alias and self._is_free(alias, module):
            self.imports.add(f"import {module} as {alias}")
            return f"{alias}.{name}"
        if not self._is_free(name, f"{module}.{name}") or hasattr(builtins, name) or keyword.iskeyword(name):
            return "Any"
        self.imports.add(f"from {module} import {name}")
        return name

    def _is_free(self, name: str, meaning: str) -> bool:
        """Whether the module may have an import of that name."""
        return name not in self.taken or self.meant.get(name) == meaning

    def _dotted(self, module: str, name: str) -> str:
        """The class as an attribute of a module that is imported under its own name or another."""
        return f"{self.bound[module]}.{name}" if module in self.bound else ""


def _below(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def make_annotator(
    stage_plan: StagePlan,
    pipeline: Pipeline,
    imports: Sequence[Item],
    taken: Collection[str],
    hoisted: Collection[str],
    stable: Collection[str],
    own: Collection[str],
) -> Annotator:
    """An annotator for a stage's module.

    Args:
        stage_plan: The stage.
        pipeline: Its pipeline.
        imports: What the module imports.
        taken: Names of the notebook.
        hoisted: Functions and classes of the functions module.
        stable: Imported names that are bound by one import only.
        own: Names that nb2pipe gives to things in the module.
    """
    bound: dict[str, str] = {}
    for item in imports:
        if item.alias is not None and not item.level:
            module, attribute, name = item.alias
            if attribute:
                bound[f"{module}.{attribute}"] = name
            elif name != module.split(".")[0] or "." not in module:
                bound[module] = name
    late = {
        item.alias[0].split(".")[0]
        for item in (*stage_plan.facts.items, *stage_plan.facts.nested_imports.values())
        if item.alias is not None and (item.node is None or item.alias[2] not in stable)
    }
    drawing = {root for root in late if drawn_by_import(root)}  # to import them above would draw too early
    env = stage_plan.facts.env
    meant = {name: env[name].value.dotted for name in stable if name in env and env[name].value.kind == "library"}
    return Annotator(
        bound,
        frozenset(taken) | set(own),
        hoisted,
        (set(pipeline.imports) | set(sys.stdlib_module_names)) - pipeline.own_modules - drawing,
        {name: dotted for name, dotted in meant.items() if name not in own},
    )


def annotate_stage(stage: Stage, annotator: Annotator) -> tuple[dict[str, str], dict[str, str]]:
    """Annotations of a stage's inputs, and of what it returns, by name."""
    inputs = {each.name: annotator.annotate(each.type) for each in stage.inputs}
    return inputs, {each.name: annotator.annotate(each.type) for each in stage.returned}
