"""Names that generated code uses, chosen so that none hides a name of the notebook."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from nb2pipe.pipeline.model import Stage

_BUILTINS = frozenset(dir(builtins)) | {"display", "get_ipython"}
_OWN = frozenset(
    {"show", "show_figures", "artifacts", "outputs", "project", "sys", "Path", "product", "upstream", "dataclass", "Any", "pd", "np", "resources_"}
)  # fmt: skip
_MODULES = frozenset({"functions", "artifacts", "display", "watch", "__init__"})


@dataclass(frozen=True, slots=True)
class StageNames:
    """Names for one stage.

    Attributes:
        module: Module in the package.
        function: Function in that module.
        outputs: The named tuple that it returns.
    """

    module: str
    function: str
    outputs: str


def stage_names(stages: Sequence[Stage], taken: Collection[str]) -> Mapping[str, StageNames]:
    """Chooses names for all stages; `taken` are the names that the notebook's code uses."""
    modules: dict[str, str] = {}
    for each in stages:
        stage, module = each.name, each.stem
        while module in _MODULES or module in modules.values() or keyword.iskeyword(module):
            module += "_stage"
        modules[stage] = module
    chosen: dict[str, StageNames] = {}
    for each in stages:
        stage = each.name
        function = modules[stage]
        if function in taken or function in _BUILTINS or function in _OWN:
            function = f"run_{stage}"
        while function in taken:
            function += "_"
        outputs = "".join(w[:1].upper() + w[1:] for w in stage.split("_")) + "Outputs"
        while outputs in taken:
            outputs += "_"
        chosen[stage] = StageNames(modules[stage], function, outputs)
    return chosen


def free_name(wanted: str, taken: Collection[str]) -> str:
    """The name, with underscores in front until no name of the notebook is hidden."""
    while wanted in taken:
        wanted = f"_{wanted}"
    return wanted
