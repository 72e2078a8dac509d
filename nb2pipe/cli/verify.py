"""`nb2pipe verify`, and what `convert --verify` does after writing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nb2pipe.cli.console import Console, error_line, progress
from nb2pipe.cli.describe import conversion_json

if TYPE_CHECKING:
    from nb2pipe.convert import Conversion
    from nb2pipe.options import Options
    from nb2pipe.verify import Report

_NOT_RUN = 2
_STYLES = {
    "same": {"fg": "green"},
    "different": {"fg": "red", "bold": True},
    "quiet": {"dim": True},
    "strong": {"bold": True},
}


@click.command(
    short_help="Run NOTEBOOK and PROJECT, and compare them.",
    epilog="""\b
Examples:
  nb2pipe verify churn.ipynb churn/                      a table, and the first difference
  nb2pipe verify churn.ipynb churn/ --html report.html   both sides, stage by stage
  nb2pipe verify churn.ipynb churn/ --json               for machines
  nb2pipe verify churn.ipynb churn/ --products s3://bucket/run-1
                                                         what an engine computed

\b
Exit codes:
  0  same
  1  different, or a value could not be compared
  2  the notebook or the pipeline could not be run
""",
)
@click.argument("notebook", type=click.Path(path_type=Path))
@click.argument("project", type=click.Path(path_type=Path))
@click.option(
    "--html", "page", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write a page as well."
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option(
    "--runner",
    type=click.Choice(["ploomber", "nb2pipe"]),
    default=None,
    show_default="ploomber where it is installed",
    help="What runs the pipeline.",
)
@click.option(
    "--products",
    default="",
    metavar="PLACE",
    help="Compare what an engine left there, a folder or a URL, instead of running the pipeline.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(1),
    default=3600,
    show_default=True,
    metavar="S",
    help="Seconds for each run of the notebook, and for the pipeline.",
)
@click.option("--quick", is_flag=True, help="Run the notebook once, even where something differs.")
@click.make_pass_decorator(Console)
def verify(  # noqa: PLR0913  one argument an option
    console: Console,
    /,
    notebook: Path,
    project: Path,
    page: Path | None,
    as_json: bool,
    runner: str | None,
    products: str,
    timeout: float,
    quick: bool,
) -> None:
    """Run NOTEBOOK and the pipeline of PROJECT, and compare what they show, write and compute.

    Both run in temporary copies. Text, tables, images and files are compared stage by stage, and every value that a
    stage hands over with the notebook's variable at that point. Where something differs, the notebook is run again: what
    then differs from itself is not counted.
    """
    from nb2pipe.cli.commands import _options_for

    if runner and products:
        raise click.UsageError("--products compares a run that was made: --runner has nothing to run.")
    options = _options_for(notebook, {})
    report = _verify(console, notebook, project, options, runner or "", timeout, quick, products)
    show_report(console, report, as_json, page)
    click.get_current_context().exit(report.exit_code)


def verify_conversion(
    console: Console, notebook: Path, conversion: Conversion, options: Options, as_json: bool
) -> None:
    """Verifies what was just written, prints the report, and ends with its exit code."""
    report = _verify(console, notebook, conversion.out, options, "", 3600, quick=False)
    if as_json:
        console.result(_conversion_with_report(conversion_json(notebook, conversion), report))
    else:
        console.out("")
        show_report(console, report)
    click.get_current_context().exit(report.exit_code)


def _verify(
    console: Console,
    notebook: Path,
    project: Path,
    options: Options,
    runner: str,
    timeout: float,
    quick: bool,
    products: str = "",
) -> Report:
    from nb2pipe import verify as verification
    from nb2pipe.cli.reports import failed_report, print_text
    from nb2pipe.diagnostics import Nb2pipeError

    try:
        with progress(console) as show:
            return verification.verify(
                notebook,
                project,
                options=options,
                runner=runner,
                products=products,
                timeout=timeout,
                quick=quick,
                progress=show,
            )
    except Nb2pipeError as error:
        print_text(console.err, console.paints(err=True), [failed_report(notebook, error)], only_errors=True)
        click.get_current_context().exit(_NOT_RUN)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        console.err(error_line(place + (error.strerror or str(error))))
        click.get_current_context().exit(_NOT_RUN)


def _conversion_with_report(conversion: str, report: Report) -> str:
    """What `convert --json` prints, with the verification in it."""
    import json

    from nb2pipe.verify.json import report_data

    return json.dumps({**json.loads(conversion), "verification": report_data(report)}, indent=2, ensure_ascii=False)


def show_report(console: Console, report: Report, as_json: bool = False, page: Path | None = None) -> None:
    """Prints a report, and writes its page where one is wanted."""
    from nb2pipe.verify.html import render_html
    from nb2pipe.verify.json import render_json
    from nb2pipe.verify.text import render_text

    if page is not None:
        page.write_text(render_html(report), encoding="utf-8", newline="\n")
    if as_json:
        console.result(render_json(report))
        return
    failed = report.failure is not None
    paint = console.paints(err=failed)

    def color(text: str, style: str) -> str:
        return click.style(text, **_STYLES[style]) if paint else text  # type: ignore[arg-type]

    (console.err if failed else console.out)(render_text(report, color, console.verbose))
    if page is not None and not console.quiet:
        console.err(f"wrote {click.format_filename(page)}")
