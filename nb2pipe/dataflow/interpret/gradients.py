"""Gradients of PyTorch: what they go back through must be computed in the stage that asks for them.

A tensor remembers how it was computed, and what is stored does not. Which variables were computed from parameters, and in
which stages, is read off the expressions that are assigned to them at top level.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterable

from nb2pipe.dataflow import knowledge as known
from nb2pipe.dataflow.interpret.base import Base
from nb2pipe.dataflow.interpret.model import Remembered
from nb2pipe.dataflow.scopes import free_names
from nb2pipe.diagnostics import Span

_WHAT = "is differentiated by how it was computed"
_WITHOUT = re.compile(r"no_grad|inference_mode|set_grad_enabled|detach|\.item\(|\.numpy\(")
#: Text that says that parameters may have no gradients after all.
_FREEZES = re.compile(r"requires_grad(?:\s*=\s*|_\(\s*)False|set_grad_enabled")


class Gradients(Base):
    """Which variables remember a computation with parameters."""

    def refuse_gradients(self, node: ast.AST, span: Span) -> None:
        """Refuses gradients that go back through a tensor of another stage: they do not enter its process."""
        self._refuse_variable(node, span)
        if self.frames or not isinstance(node, ast.expr):
            return
        for stage, name in (self._graph(node) or {}).items():
            if stage != self.stage.name:
                self.refuse_foreign([ast.Name(name, ast.Load())], _WHAT, span)

    def _refuse_variable(self, node: ast.AST, span: Span) -> None:
        """The variable itself, or what is summed up, is of another stage."""
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "sum" and len(node.args) == 1:
            node = node.args[0]
        while isinstance(node, ast.Call) and not node.keywords and all(isinstance(a, ast.Constant) for a in node.args):
            if not isinstance(node.func, ast.Attribute):
                return
            node = node.func.value
        binding = self.env.get(node.id) if isinstance(node, ast.Name) else None
        if binding is not None and binding.value.dotted not in known.TENSOR_CALLS:
            self.refuse_foreign([node], _WHAT, span)

    def remembered(self, value: ast.expr) -> Remembered | None:
        """What a variable remembers to which this is assigned at top level, before it is."""
        if not self.tensors or self.frames:
            return None
        if self._is_network(value):
            return Remembered(network=True)
        if self._is_leaf(value):
            return Remembered(own=False)
        graph = None if self.without_gradients or self._freezes else self._graph(value)
        return None if graph is None else Remembered(graph=graph, own=not isinstance(value, ast.Name))

    def remember(self, targets: Iterable[ast.expr], what: Remembered | None) -> None:
        """It has been assigned."""
        if what is None:
            return
        for target in targets:
            for part in target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]:
                if not isinstance(part, ast.Name):
                    continue
                if what.network:
                    self.networks.add(part.id)
                else:
                    self.graphs[part.id] = dict(what.graph) | ({self.stage.name: part.id} if what.own else {})

    def forget_graph(self, name: str) -> None:
        """A variable is bound again."""
        self.graphs.pop(name, None)
        self.networks.discard(name)

    def keep_gradients(self, node: ast.expr) -> None:
        """A tensor is asked to keep its gradients."""
        if isinstance(node, ast.Name) and self.tensors and not self.frames and node.id not in self.networks:
            self.graphs[node.id] = {}

    def leave_gradients(self, node: ast.With | ast.AsyncWith) -> bool:
        """Whether the block computes without gradients."""
        return self.tensors and any(_WITHOUT.search(ast.unparse(item.context_expr)) for item in node.items)

    @functools.cached_property
    def _freezes(self) -> bool:
        """Whether the notebook takes gradients from parameters, so that none may be remembered."""
        return any(_FREEZES.search(ast.unparse(tree)) for tree in self.trees)

    def _graph(self, node: ast.expr) -> dict[str, str] | None:
        """Stages in which parts of it were computed, each to the variable that has them; None where it remembers nothing."""
        if isinstance(node, ast.Name):
            return self.graphs.get(node.id)
        if isinstance(node, ast.Attribute):
            if node.attr in known.TENSOR_TRANSPOSES:
                return self._graph(node.value)
            return {} if node.attr in ("weight", "bias") and self._is_network(node.value) else None
        if isinstance(node, (ast.Subscript, ast.Starred)):
            return self._graph(node.value)
        if isinstance(node, ast.UnaryOp):
            return self._graph(node.operand)
        if isinstance(node, ast.BinOp):
            return self._merge([node.left, node.right])
        if isinstance(node, (ast.Tuple, ast.List)):
            return self._merge(node.elts)
        return self._graph_of_call(node) if isinstance(node, ast.Call) else None

    def _merge(self, nodes: Iterable[ast.expr], *, found: bool = False) -> dict[str, str] | None:
        graphs = [graph for node in nodes if (graph := self._graph(node)) is not None]
        return {stage: name for graph in graphs for stage, name in graph.items()} if graphs or found else None

    def _graph_of_call(self, node: ast.Call) -> dict[str, str] | None:
        given = [*node.args, *(k.value for k in node.keywords)]
        func = node.func
        if isinstance(func, ast.Attribute) and func.attr == "forward":
            func = func.value
        if self._is_network(func):
            return self._merge(given, found=True)
        if dotted := self._dotted(func):
            computes = dotted.split(".")[0] == "torch" and dotted not in known.TENSOR_CALLS
            return self._merge(given) if computes else None
        if isinstance(func, ast.Attribute):
            return None if func.attr in known.ENDS_OF_GRADIENTS else self._merge([func.value, *given])
        binding = self.env.get(func.id) if isinstance(func, ast.Name) else None
        if binding is None:
            return self._merge(given)
        bodies = [self.codes[number].node for number in binding.value.code]
        if any(_WITHOUT.search(ast.unparse(body)) for body in bodies):
            return None
        reads = frozenset[str]().union(*(free_names(body).reads for body in bodies))
        parameters = self.networks.union(name for name, graph in self.graphs.items() if not graph)
        inside = binding.value.kind == "function" and not reads.isdisjoint(parameters)
        return self._merge(given, found=inside)

    def _is_leaf(self, node: ast.expr) -> bool:
        """A tensor that gradients are kept for."""
        if not isinstance(node, ast.Call):
            return False
        if isinstance(node.func, ast.Attribute) and node.func.attr == "requires_grad_":
            return True
        asks = any(
            k.arg == "requires_grad" and isinstance(k.value, ast.Constant) and k.value.value for k in node.keywords
        )
        return asks or self._dotted(node.func) in ("torch.nn.Parameter", "torch.nn.parameter.Parameter")

    def _is_network(self, node: ast.expr) -> bool:
        """A module of PyTorch that has parameters."""
        if isinstance(node, ast.Name):
            return node.id in self.networks
        if not isinstance(node, ast.Call):
            return False
        func = node.func
        if isinstance(func, ast.Attribute) and func.attr in known.NETWORK_GIVES_ITSELF:
            return self._is_network(func.value)
        dotted = self._dotted(func)
        if dotted in ("torch.compile", "torch.nn.Sequential", "torch.nn.DataParallel"):
            return any(self._is_network(each) for each in node.args)
        if dotted:
            *module, name = dotted.split(".")
            return ".".join(module) in ("torch.nn", "torch.nn.modules") and name in known.LAYERS_WITH_PARAMETERS
        binding = self.env.get(func.id) if isinstance(func, ast.Name) else None
        if binding is None or binding.value.kind != "class":
            return False
        bases = frozenset[str]().union(*map(self.base_names, binding.value.code))
        return not bases.isdisjoint({"torch.nn.Module", "torch.nn.Sequential"})
