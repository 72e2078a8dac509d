"""What commands that name targets have in common."""

from __future__ import annotations

from collections.abc import Mapping

import click


def engine_choices(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Completes the name of a target."""
    from nb2pipe.targets import engine_names

    return [name for name in engine_names() if name.startswith(incomplete)]


def read_settings(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> Mapping[str, Mapping[str, str]] | None:
    """`NAME.KEY=VALUE`, several times, as `{name: {key: value}}`; None where there is none."""
    found: dict[str, dict[str, str]] = {}
    for text in values:
        key, equals, value = text.partition("=")
        name, dot, setting = key.partition(".")
        if not (equals and dot and name and setting):
            raise click.BadParameter(f"{text!r} is not NAME.KEY=VALUE, such as airflow.schedule=@daily", ctx, param)
        found.setdefault(name, {})[setting.replace("-", "_")] = value
    return found or None


SETTINGS = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME.KEY=VALUE",
    callback=read_settings,
    help="Setting of a target; may be repeated. `nb2pipe target list -v` has them.",
)
