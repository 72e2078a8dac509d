"""Libraries that are loaded ahead of the stages, and a curtain behind which a stage does not see them until it imports them."""

from __future__ import annotations

import builtins
import contextlib
import importlib
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from nb2pipe.run.outputs import Outputs


class NoiseError(Exception):
    """A library said something when it was imported, which a stage would have shown."""


class Libraries:
    """Loads libraries ahead, each as quietly as if nothing had happened."""

    def __init__(self, shell: Any, outputs: Outputs, skip: set[str]) -> None:
        self._shell = shell
        self._outputs = outputs
        self._skip = skip
        self._loaded: set[str] = set()
        self._before = frozenset(sys.modules)
        self._filters_before = list(warnings.filters)
        self._needs: dict[str, set[str]] = {}
        self._filters: list[tuple[str, list[Any]]] = []

    def missing(self, names: Iterable[str]) -> list[str]:
        """Those that are still to be loaded."""
        return [n for n in names if n not in self._loaded and n.partition(".")[0] not in self._skip]

    def load(self, name: str) -> None:
        """Imports a module; one that is not there is for the stage to find out.

        Raises:
            NoiseError: It printed or warned.
        """
        self._loaded.add(name)
        if name in sys.modules:
            return
        said: list[Any] = []
        self._outputs.start_cell(said)
        before = list(warnings.filters)
        show = warnings.showwarning

        def keep(message: Warning | str, *_details: Any, **_more: Any) -> None:
            said.append(str(message))

        warnings.showwarning = keep
        try:
            with self._shell.builtin_trap, self._watch_imports():
                importlib.import_module(name)
        except Exception:
            return
        finally:
            warnings.showwarning = show
            self._outputs.flush()
        added = [f for f in warnings.filters if f not in before]
        if added:
            self._filters.append((name.partition(".")[0], added))
        if said:
            raise NoiseError(name)

    @contextlib.contextmanager
    def _watch_imports(self) -> Iterator[None]:
        """Keeps which package needs which other."""
        plain = builtins.__import__

        def watch(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> ModuleType:
            importer = str((globals or {}).get("__name__", "")).partition(".")[0]
            if level == 0 and importer:
                self._needs.setdefault(importer, set()).add(name.partition(".")[0])
            return plain(name, globals, locals, fromlist, level)

        builtins.__import__ = watch
        try:
            yield
        finally:
            builtins.__import__ = plain

    def hide(self) -> None:
        """Draws the curtain: to be done in the stage's process."""
        Curtain(self._before, self._needs, self._filters).draw()
        warnings.filters[:] = self._filters_before  # type: ignore[index]
        _filters_changed()


class Curtain:
    """Hides packages that are loaded until they are imported.

    Libraries change the filters of warnings when they are imported, and what a notebook says about warnings before that counts
    less than what it says afterwards. So each package is seen, with all that it needs, when the stage imports it, and its
    filters come with it.
    """

    def __init__(
        self, visible: Iterable[str], needs: dict[str, set[str]], filters: Sequence[tuple[str, list[Any]]]
    ) -> None:
        self._visible = frozenset(visible)
        self._needs = needs
        self._filters = list(filters)
        self._hidden: dict[str, dict[str, ModuleType]] = {}
        self._spec: ModuleSpec | None = None

    def draw(self) -> None:
        """Takes the packages out of sight."""
        tops = {name.partition(".")[0] for name in self._visible} | set(sys.stdlib_module_names)
        for name in list(sys.modules):
            top = name.partition(".")[0]
            if top not in tops:
                self._hidden.setdefault(top, {})[name] = sys.modules.pop(name)
        sys.meta_path.insert(0, self)

    def find_spec(self, name: str, _path: Any = None, _target: Any = None) -> ModuleSpec | None:
        """A package that is hidden; None for others, and where the stage's `sys.path` leads to another one of that name."""
        if name not in self._hidden:
            return None
        hidden, found = self._hidden[name].get(name), PathFinder.find_spec(name)
        if hidden is None or (found is not None and found.origin != getattr(hidden.__spec__, "origin", None)):
            del self._hidden[name]
            return None
        return ModuleSpec(name, self, is_package=True)  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The package as it is."""
        module = self._hidden[spec.name][spec.name]
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Shows the package, and what it needs."""
        module.__spec__ = self._spec
        shown: set[str] = set()
        waiting = [module.__name__]
        while waiting:
            name = waiting.pop()
            if name in self._hidden:
                sys.modules.update(self._hidden.pop(name))
                shown.add(name)
                waiting += self._needs.get(name, ())
        for package, filters in self._filters:
            if package in shown:
                warnings.filters[:0] = filters  # type: ignore[index]
        _filters_changed()


def _filters_changed() -> None:
    """Tells the warnings module that its filters are others."""
    change = getattr(warnings, "_filters_mutated", None) or getattr(warnings, "_filters_mutated_lock_held", None)
    if change is not None:
        change()
