"""Which distributions provide the modules that a project imports, at which version.

`importlib.metadata.packages_distributions()` answers that for every module there is, and parses the file list of
every installed distribution to do so (0.2 to 0.5 s in a scientific environment). Only a few modules are
asked for here: the raw `RECORD` texts are searched for their names instead, which takes a few milliseconds.
"""

from __future__ import annotations

import functools
import os
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata

from nb2pipe.diagnostics import Diagnostic
from nb2pipe.pipeline.model import Pipeline


@dataclass(frozen=True, slots=True, order=True)
class Requirement:
    """A distribution that the project needs.

    Attributes:
        name: Its normalised name (PEP 503), such as `scikit-learn`.
        version: The version found here, without a local part such as `+cpu`; empty where it is not installed.
        specifier: How the project asks for it, such as `==1.7.2`; empty asks for any version.
    """

    name: str
    version: str
    specifier: str

    def __str__(self) -> str:
        return self.name + self.specifier


#: What the emitted code and its engine need beside the notebook's own imports, with the oldest version that was
#: seen to work, for when nb2pipe runs where they are not installed.
RUNTIME: Mapping[str, str] = {
    "cloudpickle": ">=3.0",
    "ipykernel": ">=6.29",
    "jupytext": ">=1.16",
    "papermill": ">=2.6",
    "ploomber": ">=0.23.3",
    "pyyaml": ">=6.0",
}


def requirements(
    pipeline: Pipeline, runtime: Mapping[str, str] | None = None, *, with_parquet: bool = False
) -> tuple[Requirement, ...]:
    """Lists the distributions that a project depends on, sorted by name.

    Args:
        pipeline: What to run.
        runtime: Distributions that the engine needs, each with the specifier for when it is not
            installed here; those of Ploomber where it is not given.
        with_parquet: Tables are written as Parquet files.

    Returns:
        Every distribution once: those that provide `pipeline.imports` and those of `pipeline.optional`, pinned to
        what is installed here, those modules that no distribution provides, unpinned, and those of `runtime`.
    """
    found = _providers(_imports(pipeline))
    runtime = RUNTIME if runtime is None else runtime
    if with_parquet:
        runtime = {**runtime, "pyarrow": ">=14"}
    wanted = {name: _requirement(name, specifier) for name, specifier in runtime.items()}
    wanted |= {name: _requirement(name, "") for name in pipeline.optional if name not in wanted}
    for module, names in found.items():
        for name in names or (module,):
            wanted[normalize(name)] = _requirement(name, "")
    return tuple(sorted(wanted.values()))


def missing_modules(pipeline: Pipeline) -> tuple[Diagnostic, ...]:
    """Notes (NB603) the imported modules that no distribution installed here provides."""
    return tuple(
        Diagnostic(
            "NB603",
            f"`{module}` is imported, but no package installed here provides it",
            help=f"pyproject.toml asks for `{module}` in any version: put the right name and version there",
            name=module,
        )
        for module, names in _providers(_imports(pipeline)).items()
        if not names
    )


def normalize(name: str) -> str:
    """Normalises a distribution's name as PEP 503 says: `PyYAML` is `pyyaml`."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _imports(pipeline: Pipeline) -> tuple[str, ...]:
    return tuple(sorted(set(pipeline.imports) - pipeline.own_modules - {pipeline.package}))


def installed_version(name: str) -> str:
    """The version of a distribution that is installed here, without a local part; empty where it is not."""
    try:
        return metadata.version(name).partition("+")[0]
    except metadata.PackageNotFoundError:
        return ""


def _requirement(name: str, otherwise: str) -> Requirement:
    version = installed_version(name)
    return Requirement(normalize(name), version, f"=={version}" if version else otherwise)


def _providers(modules: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Maps each module to the names of the distributions that provide it."""
    return dict(_providers_at(tuple(modules), tuple(map(_changed, sys.path))))


@functools.lru_cache(maxsize=1)  # a conversion asks twice; an installation changes the folder's time
def _providers_at(modules: tuple[str, ...], _path: tuple[tuple[str, int], ...]) -> Mapping[str, tuple[str, ...]]:
    records = _records() if modules else ()
    return {module: _provider(module, records) for module in modules}


def _changed(folder: str) -> tuple[str, int]:
    """A folder of `sys.path`, and when something was last added to it or taken away."""
    try:
        return folder, os.stat(folder or os.curdir).st_mtime_ns
    except OSError:
        return folder, 0


def _provider(module: str, records: tuple[tuple[str, str, str], ...]) -> tuple[str, ...]:
    """Finds the owner of a module: one that holds it, or, of a namespace package, all that hold a part."""
    parts = re.escape(module.replace(".", "/"))
    owner = re.compile(rf"^{parts}(?:/__init__\.py|\.py|(?:\.[\w-]+)*\.(?:so|pyd))[,\r\n]", re.MULTILINE)
    inside = re.compile(rf"^{parts}/[^,]*\.(?:py|so|pyd)[,\r\n]", re.MULTILINE)
    start = module.replace(".", "/")
    top = module.partition(".")[0]
    holders, owners = [], []
    for name, record, top_level in records:
        if start in record and owner.search(record):
            owners.append(name)
        elif start in record and inside.search(record):
            holders.append(name)
        elif _is_editable(record) and (top in top_level.split() or normalize(top) == normalize(name)):
            owners.append(name)
    if owners:
        # Several may ship the same module (opencv-python, opencv-python-headless): the one of its name, else the
        # first, so that the choice is the same each time.
        return (min(owners, key=lambda name: (normalize(name) != normalize(module), normalize(name))),)
    return tuple(sorted(set(holders), key=normalize))


def _is_editable(record: str) -> bool:
    """Tells whether a distribution's files stand elsewhere, so that its record cannot name its modules."""
    return not record or "__editable__" in record or ".pth," in record


def _records() -> tuple[tuple[str, str, str], ...]:
    """Reads, of every installed distribution, its name, the text of its file list and its top-level names."""
    found: dict[str, tuple[str, str, str]] = {}
    for distribution in metadata.distributions():
        record = distribution.read_text("RECORD") or distribution.read_text("installed-files.txt") or ""
        name = _name(distribution, record)
        if name and normalize(name) not in found:  # the first on sys.path is the one that is imported
            top_level = distribution.read_text("top_level.txt") or "" if _is_editable(record) else ""
            found[normalize(name)] = (name, record + "\n", top_level)
    return tuple(found[key] for key in sorted(found))


def _name(distribution: metadata.Distribution, record: str) -> str:
    """Reads the name off the metadata folder's own entry in the file list: parsing METADATA is slower."""
    match = re.search(r"^([A-Za-z0-9_.]+?)-[^-/,]+\.dist-info/", record, re.MULTILINE)
    return match.group(1) if match else (distribution.metadata["Name"] or "")
