"""The one place that loads templates: the user's folder first, then the ones that come with nb2pipe."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from nb2pipe.diagnostics import Diagnostic, Nb2pipeError

if TYPE_CHECKING:
    import jinja2
    import yaml

_PACKAGE = Path(__file__).resolve().parent


def template_folders(target: str, folder: str = "") -> tuple[Path, ...]:
    """Lists where templates of a target are looked for, the first that has one wins.

    Args:
        target: The engine, such as `ploomber`.
        folder: The user's folder of templates (`Options.templates`), laid out like nb2pipe's own
            `templates/`, or empty.

    Returns:
        The user's `<folder>/<target>`, then nb2pipe's: `nb2pipe/_templates` of a wheel, or else
        `templates/` of the checkout (an editable install does not see what a wheel includes).
    """
    shipped = _PACKAGE / "_templates"
    built_in = shipped if shipped.is_dir() else _PACKAGE.parent / "templates"
    folders = (Path(folder), built_in) if folder else (built_in,)
    return tuple(each / target for each in folders)


def render_template(target: str, name: str, context: Mapping[str, object] | None = None, *, folder: str = "") -> str:
    """Renders one template of a target.

    Args:
        target: The engine, such as `ploomber`.
        name: The template's path below the target's folder, without `.jinja`: `src/artifacts.py`.
        context: The variables that the template sees; one that it asks for and is not here is an error.
        folder: The user's folder of templates, or empty.

    Returns:
        The text, ending in exactly one newline.

    Raises:
        Nb2pipeError: NB502, for a template of the user's that is broken.
    """
    import jinja2

    try:
        text = _environment(target, folder).get_template(f"{name}.jinja").render(context or {})
    except jinja2.TemplateSyntaxError as error:
        raise _broken(f"{error.filename or name}:{error.lineno}", str(error.message)) from error
    except (jinja2.TemplateError, OSError, UnicodeDecodeError) as error:
        raise _broken(f"{name}.jinja", str(error)) from error
    return text.rstrip("\n") + "\n"


def _broken(place: str, why: str) -> Nb2pipeError:
    message = f"the template `{place}` cannot be rendered: {why}"
    remedy = "correct the template, or convert without your folder of templates"
    return Nb2pipeError([Diagnostic("NB502", message, help=remedy)])


@functools.cache
def _environment(target: str, folder: str) -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([str(each) for each in template_folders(target, folder)]),
        bytecode_cache=_compiled_templates(),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["toml"] = toml_string
    environment.filters["yaml"] = yaml_scalar
    environment.filters["cell"] = markdown_cell
    environment.filters["python"] = repr
    environment.filters["docstring"] = docstring_text
    return environment


def _compiled_templates() -> jinja2.BytecodeCache | None:
    """Where Jinja keeps compiled templates: an eighth of a conversion is compiling them.

    In the user's own folder for such files, as black's. Where there is none, or it cannot be written, nothing is kept.
    """
    import jinja2
    import platformdirs

    class Cache(jinja2.FileSystemBytecodeCache):
        def dump_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
            with contextlib.suppress(OSError):
                super().dump_bytecode(bucket)

    folder = platformdirs.user_cache_path("nb2pipe") / "templates"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return Cache(str(folder))


def format_python(text: str, line_length: int) -> str:
    """The text as black formats it, in this process; generated code only."""
    import black
    from black.mode import Mode, TargetVersion

    return black.format_str(text, mode=Mode(line_length=line_length, target_versions={TargetVersion.PY311}))


def toml_string(text: str) -> str:
    """Writes a text as a TOML basic string (https://toml.io/en/v1.0.0#string)."""
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return '"' + "".join(escapes.get(c) or (c if c.isprintable() else _escape(c)) for c in text) + '"'


def _escape(character: str) -> str:
    number = ord(character)
    if 0xD800 <= number < 0xE000:  # no TOML text can hold half a surrogate pair
        number = 0xFFFD
    return f"\\u{number:04X}" if number < 0x10000 else f"\\U{number:08X}"


def docstring_text(text: str) -> str:
    """Writes a text as a part of a docstring: one line, which no quote or backslash ends or changes."""
    return " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')


def yaml_scalar(value: object) -> str:
    """Writes a value as YAML on one line, quoted only where YAML needs it."""
    return dump_yaml(value, flow=True, width=10**9).removesuffix("...\n").strip()


def dump_yaml(value: object, *, flow: bool | None = False, width: int = 88) -> str:
    """Writes a value as YAML, in the order of its keys; quotes, where a text needs them, are double ones.

    Args:
        value: None, booleans, numbers, texts, lists and mappings of them.
        flow: True for `{a: [1, 2]}`, False for one item a line, None for one line where items are scalars.
        width: Where long texts and lists continue on the next line.
    """
    import yaml

    text: str = yaml.dump(
        value,
        Dumper=_dumper(),
        default_flow_style=flow,
        allow_unicode=True,
        sort_keys=False,
        width=width,
    )
    return text


@functools.cache
def _dumper() -> type[yaml.SafeDumper]:
    import yaml

    dumper: Any = type("Dumper", (yaml.SafeDumper,), {"ignore_aliases": lambda *_: True})

    def represent_text(writer: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
        plain = yaml.safe_dump(text, allow_unicode=True)
        style = '"' if plain.startswith("'") else None
        return writer.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    dumper.add_representer(str, represent_text)
    return cast("type[yaml.SafeDumper]", dumper)


def markdown_cell(text: str) -> str:
    """Makes a text fit into a cell of a Markdown table: one line, no bar that ends the cell."""
    return " ".join(text.split()).replace("|", "\\|")
