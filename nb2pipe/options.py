"""What a user can choose, merged from the command line, the notebook and `[tool.nb2pipe]`."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

STYLES = ("function", "notebook")
PRODUCTS = ("pickle", "parquet")


@dataclass(frozen=True, slots=True)
class Options:
    """Choices for one conversion; the defaults are the ones that the documentation shows.

    Attributes:
        style: "function" moves code into modules where that is the same; "notebook" keeps it inline.
        target: Engines to emit for; "ploomber" is always the first.
        name: The project's name; empty means the notebook's.
        line_length: Of emitted code, as black counts.
        templates: Folder whose templates win over the built-in ones; empty means none.
        settings: Of targets: `NAME.KEY` and value, sorted.
        products: "parquet" writes every table that is handed over as a Parquet file, too, for other tools.
        compress: What stages hand over is compressed: smaller files, slower to write and read, not mapped into memory.
        kernel: That stages name; empty means `pipeline.kernels.kernel_of` the notebook's.
    """

    style: str = "function"
    target: tuple[str, ...] = ("ploomber",)
    name: str = ""
    line_length: int = 88
    templates: str = ""
    settings: tuple[tuple[str, str], ...] = ()
    products: str = "pickle"
    compress: bool = False
    kernel: str = ""


class OptionsError(Exception):
    """A choice that cannot be: an unknown key, or a value of the wrong kind. The message says where it stands."""


def read_options(notebook: Path, cli: Mapping[str, object], notebook_metadata: Mapping[str, object]) -> Options:
    """Merges what was chosen for a notebook: command line, notebook, nearest pyproject.toml, defaults.

    Args:
        notebook: The notebook's file; its folder and those above are searched for a pyproject.toml.
        cli: Choices of the command line; None means not chosen.
        notebook_metadata: The `nb2pipe` part of the notebook's metadata.

    Returns:
        The options; `templates` is an absolute path, read from where it was chosen.

    Raises:
        OptionsError: A key is unknown, a value is of the wrong kind, or the pyproject.toml does not parse.
        OSError: The pyproject.toml cannot be read.
    """
    folder = notebook.absolute().parent
    file, table = read_pyproject(folder)
    return merge_options(
        _with_absolute_templates(cli, Path.cwd()),
        _with_absolute_templates(notebook_metadata, folder),
        _with_absolute_templates(table, file.parent if file else folder),
        where=("the command line", f"{notebook.name} (metadata.nb2pipe)", f"{file} [tool.nb2pipe]"),
    )


def merge_options(
    cli: Mapping[str, object],
    notebook_metadata: Mapping[str, object],
    pyproject: Mapping[str, object],
    where: tuple[str, str, str] = ("the command line", "metadata.nb2pipe", "[tool.nb2pipe]"),
) -> Options:
    """Merges choices, the earlier argument over the later, all of them over the defaults.

    Args:
        cli: Choices of the command line; None means not chosen.
        notebook_metadata: Those in the notebook.
        pyproject: Those in `[tool.nb2pipe]`; keys with dashes or underscores.
        where: What to call the three in an error.

    Raises:
        OptionsError: A key is unknown or a value is of the wrong kind.
    """
    merged: dict[str, object] = {}
    settings: dict[str, str] = {}
    for table, place in zip((pyproject, notebook_metadata, cli), reversed(where), strict=True):
        for key, value in table.items():
            if value is not None:
                name = _known_key(key, place)
                if name == "settings":
                    settings |= _settings(value, place)
                else:
                    merged[name] = _checked(name, value, place)
    if settings:
        merged["settings"] = tuple(sorted(settings.items()))
    return Options(**merged)  # type: ignore[arg-type]  # _checked saw to the types


def read_pyproject(folder: Path) -> tuple[Path | None, Mapping[str, object]]:
    """Reads `[tool.nb2pipe]` of the nearest pyproject.toml that has one, from a folder upwards.

    Returns:
        The file and its table; (None, {}) where there is none.

    Raises:
        OptionsError: A pyproject.toml on the way does not parse, or `nb2pipe` is not a table.
        OSError: It cannot be read.
    """
    for parent in (folder, *folder.parents):
        file = parent / "pyproject.toml"
        if not file.is_file():
            continue
        try:
            tool = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {})
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise OptionsError(f"{file} does not parse: {error}") from error
        if "nb2pipe" in tool:
            if not isinstance(tool["nb2pipe"], dict):
                raise OptionsError(f"{file}: [tool.nb2pipe] must be a table")
            return file, tool["nb2pipe"]
    return None, {}


def _with_absolute_templates(table: Mapping[str, object], folder: Path) -> Mapping[str, object]:
    templates = table.get("templates")
    return {**table, "templates": str(folder / templates)} if isinstance(templates, str) and templates else table


def _known_key(key: str, where: str) -> str:
    names = [field.name for field in fields(Options)]
    name = key.replace("-", "_")
    if name in names:
        return name
    close = difflib.get_close_matches(name, names, n=1)
    remedy = f"did you mean `{close[0]}`?" if close else f"known are {', '.join(sorted(names))}"
    raise OptionsError(f"unknown option `{key}` in {where}; {remedy}")


def _settings(value: object, where: str) -> dict[str, str]:
    """`{target: {key: value}}` as `{"target.key": "value"}`."""
    found: dict[str, str] = {}
    for target, table in value.items() if isinstance(value, Mapping) else ((None, None),):
        if not isinstance(table, Mapping):
            raise _wrong("settings", value, where, "a table for each target, such as [tool.nb2pipe.settings.airflow]")
        for key, each in table.items():
            if isinstance(each, bool) or not isinstance(each, str | int | float):
                raise _wrong(f"settings.{target}.{key}", each, where, "text or a number")
            found[f"{target}.{str(key).replace('-', '_')}"] = str(each)
    return found


def _checked(name: str, value: object, where: str) -> object:
    if name == "target":
        names = (value,) if isinstance(value, str) else value
        if isinstance(names, (list, tuple)) and names and all(isinstance(n, str) and n for n in names):
            return tuple(dict.fromkeys(("ploomber", *names)))
        raise _wrong(name, value, where, "a name or a list of names")
    if name == "line_length":
        if isinstance(value, int) and not isinstance(value, bool) and 20 <= value <= 1000:
            return value
        raise _wrong(name, value, where, "a number from 20 to 1000")
    if name == "compress":
        if isinstance(value, bool):
            return value
        raise _wrong(name, value, where, "true or false")
    if name == "products" and value not in PRODUCTS:
        raise _wrong(name, value, where, " or ".join(PRODUCTS))
    if name == "style" and value not in STYLES:
        raise _wrong(name, value, where, " or ".join(STYLES))
    if not isinstance(value, str):
        raise _wrong(name, value, where, "text")
    if name == "kernel" and not re.fullmatch(r"[A-Za-z0-9._-]+", value):
        raise _wrong(name, value, where, "the name of a kernel, such as python3")
    return value


def _wrong(name: str, value: object, where: str, wanted: str) -> OptionsError:
    return OptionsError(f"`{name}` in {where} must be {wanted}, not {value!r}")
