"""`nb2pipe target`: engines that a project can run on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nb2pipe.cli.console import Console
from nb2pipe.cli.describe import count
from nb2pipe.cli.target_options import SETTINGS, engine_choices

if TYPE_CHECKING:
    from nb2pipe.targets.adding import Change

_pass_console = click.make_pass_decorator(Console)

_FOLDER = click.option(
    "-C",
    "--project",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
    metavar="DIR",
    help="The project's folder.  [default: this one]",
)
_TEMPLATES = click.option(
    "--templates",
    type=click.Path(exists=True, file_okay=False),
    help="Folder with templates that win over the built-in ones.",
)
_FORCE = click.option(
    "--force",
    type=click.Choice(["theirs", "new"]),
    help="Where your edit and the new file disagree (NB503): theirs leaves your file, new replaces it.",
)


@click.group(
    epilog="""\b
Examples:
  nb2pipe target list                     what there is, and what each can do
  nb2pipe -v target list                  … with the settings of each
  nb2pipe target add airflow              in a project's folder
  nb2pipe target add dvc -C churn/        … or elsewhere
  nb2pipe target remove airflow
"""
)
def target() -> None:
    """Engines that a project runs on, beside Ploomber.

    `nb2pipe convert --target NAME` emits for an engine at once; these commands change a project that is there. The notebook
    is not needed.
    """


@target.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@_pass_console
def list_targets(console: Console, /, as_json: bool) -> None:
    """List the engines, what each can do, and its settings."""
    import dataclasses

    from nb2pipe.targets import engine_names, find_target

    rows = []
    for name in engine_names():
        found = find_target(name)
        support = dataclasses.asdict(found.SUPPORT)
        support["hints"] = sorted(support["hints"])
        support["limits"] = None if support["limits"] is None else sorted(support["limits"])
        rows.append({"name": name, **support, "settings": [dataclasses.asdict(each) for each in found.SETTINGS]})
    if as_json:
        console.result(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    width = max(len(str(row["name"])) for row in rows)
    for row in rows:
        console.result(f"{row['name']:<{width}}  {row['engine']}; tested with {row['tested']}")
        if not console.verbose:
            continue
        for key in ("parameters", "caching", "resources", "secrets", "schedule", "retries", "artifacts", "proof"):
            console.result(f"{'':<{width}}    {key:<10}  {row[key] or '–'}")
        for setting in row["settings"]:
            default = f"  [{setting['default']}]" if setting["default"] else ""
            console.result(f"{'':<{width}}    --set {row['name']}.{setting['name']}=…  {setting['help']}{default}")


@target.command("add")
@click.argument("name", shell_complete=engine_choices)
@_FOLDER
@SETTINGS
@_TEMPLATES
@_FORCE
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
@_pass_console
def add(
    console: Console,
    /,
    name: str,
    project: Path,
    settings: Mapping[str, Mapping[str, str]] | None,
    templates: str | None,
    force: str | None,
    as_json: bool,
) -> None:
    """Add the engine NAME to a project, or change its settings; files that you edited keep your edits."""
    from nb2pipe.targets.adding import add_target

    chosen = {f"{n}.{key}": value for n, table in (settings or {}).items() for key, value in table.items()}
    if other := next((key for key in chosen if key.partition(".")[0] != name), ""):
        raise click.UsageError(f"--set {other}: settings of {name} begin with `{name}.`.")
    _write(console, project, add_target(project, name, chosen, templates or ""), force or "", as_json)


@target.command("remove")
@click.argument("name", shell_complete=engine_choices)
@_FOLDER
@_TEMPLATES
@_FORCE
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
@_pass_console
def remove(
    console: Console, /, name: str, project: Path, templates: str | None, force: str | None, as_json: bool
) -> None:
    """Take the engine NAME out of a project; files that you edited are kept, or refused (NB503)."""
    from nb2pipe.targets.adding import remove_target

    _write(console, project, remove_target(project, name, templates or ""), force or "", as_json)


def _write(console: Console, project: Path, change: Change, force: str, as_json: bool) -> None:
    """Writes the change, and says what was done."""
    from nb2pipe.project import read_project, write_project
    from nb2pipe.report import render_text

    core = {path: content for path, content in (read_project(project) or {}).items() if path not in change.before}
    written = write_project({**core, **change.files}, project, force=force, own=change.own)
    if as_json:
        done = {"written": written.written, "removed": written.removed, "kept": written.kept, "merged": written.merged}
        targets = list(change.emitted.targets)
        console.result(json.dumps({"project": str(project), "targets": targets, **done}, indent=2))
        return
    for path in written.written:
        console.out(f"wrote    {path}")
    for path in written.removed:
        console.out(f"removed  {path}")
    if not written.written and not written.removed:
        console.out("nothing to do")
    for path in sorted(path for path in written.written if path.endswith(".md")):
        console.out(f"\nHow to run it: {path}")
    if change.diagnostics:
        console.err(render_text(change.diagnostics, {}, "", console.paints(err=True)))
        console.err(count(len(change.diagnostics), "warning"))
