"""The commands, one function each; what is heavy is imported inside them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from nb2pipe import __version__
from nb2pipe.cli.console import (
    EXIT_REFUSED,
    Console,
    FilePath,
    TidyGroup,
    choose_color,
    has_characters,
    progress,
)
from nb2pipe.cli.target_options import SETTINGS, engine_choices

if TYPE_CHECKING:
    from pathlib import Path

    from nb2pipe.convert import Analysis
    from nb2pipe.diagnostics import Nb2pipeError
    from nb2pipe.options import Options
    from nb2pipe.pipeline.model import Pipeline
    from nb2pipe.report import FileReport

_EXIT_CODES = """\b
Exit codes:
  0  fine
  1  refused: the notebook has errors, or a file cannot be read or written
  2  wrong usage
"""

_SUFFIXES = {
    ".txt": "text",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".dot": "dot",
    ".gv": "dot",
    ".svg": "svg",
    ".html": "html",
    ".htm": "html",
    ".json": "json",
}

# Whether it exists is for the reader to say, who names a likely file.
_NOTEBOOK = FilePath()


@click.group(
    cls=TidyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Examples:
  nb2pipe check churn.ipynb               what would be refused, and why
  nb2pipe tag churn.ipynb                 propose stages for a notebook without tags
  nb2pipe graph churn.ipynb               draw the pipeline in the terminal
  nb2pipe graph churn.ipynb -o dag.html   … or as a page to click through
  nb2pipe convert churn.ipynb -o churn/   write the project
  nb2pipe run -C churn/                   run its stages that are stale
  nb2pipe verify churn.ipynb churn/       run both and compare them
  nb2pipe target add airflow -C churn/    let another engine run it
  nb2pipe explain NB201                   what a diagnostic means

"""
    + _EXIT_CODES,
)
@click.version_option(__version__, "-V", "--version", message="nb2pipe %(version)s")
@click.option("--color/--no-color", default=None, help="Colours; else as the terminal and NO_COLOR say.")
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
@click.option("-v", "--verbose", is_flag=True, help="Print all that is known; tracebacks of bugs too.")
@click.pass_context
def main(ctx: click.Context, color: bool | None, quiet: bool, verbose: bool) -> None:
    """Turn a Jupyter notebook into a pipeline project that does the same, or say why that cannot be.

    Tag cells with `stage:NAME` (or use headings); nb2pipe finds what each stage reads and hands over. The notebook
    is never executed (except to verify) and never changed (except by `tag --write`).
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a character that the terminal lacks is no reason to fail
            stream.reconfigure(errors="backslashreplace")
    chosen = choose_color(color)
    ctx.color = chosen
    ctx.obj = Console(chosen, quiet and not verbose, verbose)


_pass_console = click.make_pass_decorator(Console)


def _code_choices(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    from nb2pipe.diagnostics import CODES

    return [code for code in CODES if code.startswith(incomplete.upper())]


def _options_of_emission(command: Callable[..., None]) -> Callable[..., None]:
    """The choices that `[tool.nb2pipe]` and the notebook can make too."""
    for decorate in reversed(
        (
            click.option(
                "--style",
                type=click.Choice(["function", "notebook"]),
                help="function: code moves into modules where that is the same. "
                "notebook: all code stays in the stage notebooks.  [default: function]",
            ),
            click.option(
                "--target",
                multiple=True,
                metavar="NAME",
                shell_complete=engine_choices,
                help="Engine to emit for, besides ploomber; may be repeated. `nb2pipe target list` has them.",
            ),
            SETTINGS,
            click.option(
                "--products",
                type=click.Choice(["pickle", "parquet"]),
                help="parquet: tables that stages hand over are written as Parquet files, too, for other tools.  "
                "[default: pickle]",
            ),
            click.option(
                "--compress/--no-compress",
                default=None,
                help="Compress what stages hand over: smaller, and slower to write and read.  [default: no]",
            ),
            click.option(
                "--kernel",
                metavar="NAME",
                help="Jupyter kernel that runs the stages.  [default: python3, that of the environment that they run in, "
                "unless the notebook's is of another kind, such as Spark's]",
            ),
            click.option("--name", metavar="NAME", help="Name of the project.  [default: the notebook's]"),
            click.option(
                "--line-length",
                type=click.IntRange(20, 1000),
                metavar="N",
                help="Of emitted code.  [default: 88]",
            ),
            click.option(
                "--templates",
                type=click.Path(exists=True, file_okay=False),
                help="Folder with templates that win over the built-in ones.",
            ),
        )
    ):
        command = decorate(command)
    return command


@main.command(
    epilog="""\b
Examples:
  nb2pipe convert churn.ipynb                    writes churn/ beside the notebook
  nb2pipe convert churn.ipynb -o ~/work/churn    writes there
  nb2pipe convert churn.ipynb --style notebook   keeps all code in the stage notebooks
  nb2pipe convert churn.ipynb --record           runs the notebook, for tests that compare with it
  nb2pipe convert churn.ipynb --verify           runs both and compares them
  nb2pipe convert churn.ipynb --target airflow   emits for Airflow, too

Converting again touches only what changed, and never what you edited yourself. Options can stand in [tool.nb2pipe]
of a pyproject.toml above the notebook, and in the notebook's metadata under nb2pipe, which wins over it.

"""
    + _EXIT_CODES
)
@click.argument("notebook", type=_NOTEBOOK)
@click.option(
    "-o",
    "--out",
    type=FilePath(file_okay=False),
    metavar="DIR",
    help="Folder of the project.  [default: the notebook's name, beside it]",
)
@_options_of_emission
@click.option(
    "--force",
    type=click.Choice(["theirs", "new"]),
    help="Where your edit and the new conversion disagree (NB503): theirs leaves your file as it "
    "is, new replaces it.  [default: refuse]",
)
@click.option(
    "--verify", "and_verify", is_flag=True, help="Then run both and compare them; exits as `nb2pipe verify` does."
)
@click.option(
    "--record",
    is_flag=True,
    help="Run NOTEBOOK in its own kernel, and let the project's tests compare with what it gives.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
@_pass_console
def convert(
    console: Console,
    /,
    notebook: Path,
    out: Path | None,
    force: str | None,
    record: bool,
    and_verify: bool,
    as_json: bool,
    **chosen: Any,
) -> None:
    """Write the pipeline project of NOTEBOOK.

    What cannot be kept the same is refused before anything is written.
    """
    from nb2pipe.cli.describe import conversion_json, describe_conversion
    from nb2pipe.convert import convert as run_convert
    from nb2pipe.diagnostics import Nb2pipeError

    _warn_about_ploomber(console)
    chosen["target"] = chosen["target"] or None
    options = _options_for(notebook, chosen)
    folder = out or notebook.parent / notebook.stem
    disagreement = {"force": force} if force else {}
    try:
        with progress(console) as show:
            conversion = run_convert(notebook, folder, options, show, record=record, **disagreement)
    except Nb2pipeError as error:
        _refuse(console, notebook, error, as_json)
        return
    if not as_json:
        console.out(describe_conversion(console, notebook, conversion))
    elif not and_verify:
        console.result(conversion_json(notebook, conversion))
    if and_verify:
        from nb2pipe.cli.verify import verify_conversion

        verify_conversion(console, notebook, conversion, options, as_json)


# Imported when they are called.
main.add_later("run", "nb2pipe.cli.run", "Run the stages of a project that are stale.")
main.add_later("verify", "nb2pipe.cli.verify", "Run NOTEBOOK and PROJECT, and compare them.")
main.add_later("target", "nb2pipe.cli.target", "Engines that a project runs on, beside Ploomber.")


@main.command(
    epilog="""\b
Examples:
  nb2pipe graph churn.ipynb                      in the terminal
  nb2pipe graph churn.ipynb --explain            why each edge exists, line by line
  nb2pipe graph churn.ipynb -o dag.svg           the format follows the file's suffix
  nb2pipe graph churn.ipynb --format mermaid     for a README

"""
    + _EXIT_CODES
)
@click.argument("notebook", type=_NOTEBOOK)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "mermaid", "dot", "svg", "html", "json"]),
    help="[default: as the suffix of -o says, else text]",
)
@click.option(
    "-o",
    "--out",
    type=FilePath(dir_okay=False),
    metavar="FILE",
    help="Write there instead of to standard output.",
)
@click.option(
    "--explain",
    is_flag=True,
    help="Say why each edge exists: the lines that define and use a value.",
)
@_pass_console
def graph(console: Console, /, notebook: Path, form: str | None, out: Path | None, explain: bool) -> None:
    """Draw the pipeline of NOTEBOOK."""
    from nb2pipe.cli.reports import file_report, print_text

    wanted = form or (_SUFFIXES.get(out.suffix.lower(), "text") if out else "text")
    if explain and wanted != "text":
        raise click.UsageError(f"--explain is text; --format {wanted} carries the reasons already or has no room.")
    if out and out.exists() and out.samefile(notebook):
        raise click.UsageError("-o names the notebook itself.")
    analysis = _analyze(console, notebook, _options_for(notebook, {}))
    if analysis is None or analysis.pipeline is None:
        if analysis is not None:
            print_text(console.err, console.paints(err=True), [file_report(notebook, analysis)], only_errors=True)
        click.get_current_context().exit(EXIT_REFUSED)
    sources = {cell.number: cell.source for cell in analysis.notebook.cells}
    ascii_only = out is None and not has_characters(sys.stdout)
    text = _render_graph(analysis.pipeline, "explain" if explain else wanted, sources, ascii_only)
    if out is None:
        console.result(text)
        return
    out.write_text(text, encoding="utf-8", newline="\n")
    if not console.quiet:
        console.err(f"wrote {click.format_filename(out)}")


@main.command(
    short_help="Say what a conversion would refuse; write nothing.",
    epilog="""\b
Examples:
  nb2pipe check *.ipynb
  nb2pipe check churn.ipynb --format sarif > churn.sarif    for GitHub's code scanning
  nb2pipe check churn.ipynb --format github                 annotations in GitHub Actions

"""
    + _EXIT_CODES,
)
@click.argument("notebooks", type=_NOTEBOOK, nargs=-1, required=True, metavar="NOTEBOOK...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    show_default=True,
)
@_pass_console
def check(console: Console, /, notebooks: tuple[Path, ...], form: str) -> None:
    """Say what a conversion would refuse or warn about; write nothing."""
    from nb2pipe import report
    from nb2pipe.cli.reports import print_text

    reports = [_check_one(notebook) for notebook in notebooks]
    if form == "text":
        print_text(console.result, console.paints(), reports, only_errors=console.quiet)
    else:
        render = {
            "json": report.render_json,
            "sarif": report.render_sarif,
            "github": report.render_github,
        }[form]
        text = render(reports)
        if text:
            console.result(text)
    if any(d.is_error for r in reports for d in r.diagnostics):
        click.get_current_context().exit(EXIT_REFUSED)


@main.command(
    epilog="""\b
Examples:
  nb2pipe tag churn.ipynb            show where stages could begin, and why
  nb2pipe tag churn.ipynb --write    write these tags into the notebook

Only tags are written; every other byte of an .ipynb file stays as it is.

"""
    + _EXIT_CODES
)
@click.argument("notebook", type=_NOTEBOOK)
@click.option("--write", is_flag=True, help="Write the tags into the notebook.")
@click.option("--json", "as_json", is_flag=True, help="Print the proposal as JSON.")
@_pass_console
def tag(console: Console, /, notebook: Path, write: bool, as_json: bool) -> None:
    """Propose stages for a NOTEBOOK without tags, and say why."""
    from nb2pipe.cli.describe import count, describe_proposals
    from nb2pipe.diagnostics import Nb2pipeError
    from nb2pipe.notebook.read import read_notebook
    from nb2pipe.pipeline.propose import propose_stages

    try:
        source = read_notebook(notebook)
        proposals = propose_stages(source)
    except Nb2pipeError as error:
        _refuse(console, notebook, error, as_json)
        return
    cells = {cell.number: cell for cell in source.cells}
    new = [p for p in proposals if p.tag not in cells[p.cell].tags]
    if as_json:
        import json

        rows = [{"cell": p.cell, "tag": p.tag, "why": p.why} for p in new]
        console.result(json.dumps({"notebook": str(notebook), "proposals": rows, "written": write}, indent=2))
    else:
        console.out(describe_proposals(notebook, new, {n: c.source for n, c in cells.items()}, write))
    if write and new:
        from nb2pipe.notebook.write_tags import write_tags

        wanted: dict[int, tuple[str, ...]] = {}
        for proposal in new:
            wanted[proposal.cell] = (
                *wanted.get(proposal.cell, cells[proposal.cell].tags),
                proposal.tag,
            )
        try:
            write_tags(notebook, wanted)
        except ValueError as error:
            raise click.ClickException(f"no tags were written: {error}") from error
        if not as_json:
            console.out(f"wrote {count(len(new), 'tag')} to {click.format_filename(notebook)}")


@main.command(
    short_help="Say what the diagnostic CODE means.",
)
@click.argument("code", required=False, shell_complete=_code_choices)
@_pass_console
def explain(console: Console, /, code: str | None) -> None:
    """Say what the diagnostic CODE means and what to do; without CODE, list all."""
    from nb2pipe.diagnostics import CODES
    from nb2pipe.explain import explain_code

    if code is None:
        rows = (f"{row.code}  {row.severity.value:<7}  {row.title}" for row in CODES.values())
        console.result("\n".join(rows))
        return
    text = explain_code(code)
    if console.paints():
        lines = text.split("\n")
        text = "\n".join(click.style(x.lstrip("# "), bold=True) if x.startswith("#") else x for x in lines)
    console.result(text)


@main.command(
    short_help="Print the completion script for SHELL.",
    epilog="""\b
To have it in every shell:
  bash   nb2pipe completion bash > ~/.local/share/bash-completion/completions/nb2pipe
  zsh    nb2pipe completion zsh > ~/.zfunc/_nb2pipe     with ~/.zfunc in fpath, before compinit
  fish   nb2pipe completion fish > ~/.config/fish/completions/nb2pipe.fish

To try it in this one:
  eval "$(nb2pipe completion bash)"
""",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), required=False)
@_pass_console
def completion(console: Console, /, shell: str | None) -> None:
    """Print the completion script for SHELL; without SHELL, for the one that $SHELL names."""
    from click.shell_completion import get_completion_class

    name = shell or os.path.basename(os.environ.get("SHELL", ""))
    make = get_completion_class(name) if name in ("bash", "zsh", "fish") else None
    if make is None:
        raise click.UsageError("Name the shell: bash, zsh or fish.")
    console.result(make(main, {}, "nb2pipe", "_NB2PIPE_COMPLETE").source())


def _options_for(notebook: Path, chosen: Mapping[str, object]) -> Options:
    """The options for a notebook; one that cannot be read has none of its own (its analysis says why)."""
    from nb2pipe.diagnostics import Nb2pipeError
    from nb2pipe.notebook.read import read_notebook
    from nb2pipe.options import read_options

    try:
        metadata = read_notebook(notebook).metadata
    except Nb2pipeError:
        metadata = {}
    return read_options(notebook, chosen, metadata)


def _analyze(console: Console, notebook: Path, options: Options) -> Analysis | None:
    """The analysis; None where the notebook cannot be read, which is then said."""
    from nb2pipe.cli.reports import failed_report, print_text
    from nb2pipe.convert import analyze
    from nb2pipe.diagnostics import Nb2pipeError

    try:
        return analyze(notebook, options)
    except Nb2pipeError as error:
        print_text(console.err, console.paints(err=True), [failed_report(notebook, error)], only_errors=True)
        return None


def _check_one(notebook: Path) -> FileReport:
    from nb2pipe.cli.reports import failed_report, file_report
    from nb2pipe.convert import analyze
    from nb2pipe.diagnostics import Nb2pipeError

    try:
        return file_report(notebook, analyze(notebook, _options_for(notebook, {})))
    except Nb2pipeError as error:
        return failed_report(notebook, error)


def _refuse(console: Console, notebook: Path, error: Nb2pipeError, as_json: bool) -> None:
    """Says why nothing was written, and ends with exit code 1."""
    from nb2pipe.cli.reports import failed_report, print_text
    from nb2pipe.report import render_json

    report = failed_report(notebook, error)
    if as_json:
        console.result(render_json([report]))
    else:
        print_text(console.err, console.paints(err=True), [report], only_errors=console.quiet)
    click.get_current_context().exit(EXIT_REFUSED)


def _render_graph(pipeline: Pipeline, form: str, sources: Mapping[int, str], ascii_only: bool) -> str:
    from nb2pipe.graph import dot, html, json, mermaid, svg, text
    from nb2pipe.graph import explain as reasons

    renderers: dict[str, Callable[[], str]] = {
        "text": lambda: text.render_text(pipeline, ascii_only),
        "explain": lambda: reasons.render_explain(pipeline, sources),
        "mermaid": lambda: mermaid.render_mermaid(pipeline),
        "dot": lambda: dot.render_dot(pipeline),
        "svg": lambda: svg.render_svg(pipeline),
        "html": lambda: html.render_html(pipeline, sources),
        "json": lambda: json.render_json(pipeline),
    }
    return renderers[form]()


def _warn_about_ploomber(console: Console) -> None:
    """Ploomber's server extension breaks JupyterLab's file browser when both share an environment."""
    from importlib.util import find_spec

    if find_spec("ploomber") and find_spec("jupyterlab"):
        console.warn(
            "JupyterLab and Ploomber share this environment, where Ploomber's server extension breaks JupyterLab's "
            "file browser.\n  Install Ploomber into an environment of its own, or switch the extension off:\n"
            '  {"ServerApp": {"jpserver_extensions": {"ploomber": false}}} in jupyter_server_config.json'
        )
