"""Writes docs/reference/ from the program itself, and the examples of docs/diagnostics/ from their tests.

python docs/generate.py            write what differs
python docs/generate.py --check    write nothing; exit with 1 where something differs
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from nb2pipe.cli import main as command_line
from nb2pipe.diagnostics import CODES
from nb2pipe.targets import BUILT_IN, CORE, find_target

DOCS = Path(__file__).resolve().parent
CASES = DOCS.parent / "tests" / "diagnostics"
NOTICE = "<!-- Written by docs/generate.py: change the program, not this file. -->\n\n"

#: Tag, an example of it, what it means, what else is accepted. A test parses each example.
TAGS = (
    ("`stage:NAME`", "stage:clean", "the cell belongs to stage NAME", "`step:NAME`, `block:NAME` (Kale), `same_step_N` (SAME)"),
    ("`after:NAME`", "after:clean", "run after NAME, beyond what data demands", "`prev:NAME` (Kale)"),
    ("`imports`", "imports", "imports that every stage shares", ""),
    ("`functions`", "functions", "definitions that every stage shares", ""),
    ("`parameters`", "parameters", "each assignment becomes a parameter, of any JSON type (papermill's cell)", "`pipeline-parameters`"),
    ("`metrics`", "metrics", "scalars that this cell prints or assigns are the run's metrics", "`pipeline-metrics`"),
    ("`skip`", "skip", "exploration only: not in the pipeline", ""),
    ("`raises-exception`", "raises-exception", "the cell may fail, as Jupyter has it", ""),
    ("`image:IMAGE`", "image:python:3.12", "hint: run the stage in this container image", ""),
    ("`limit:KEY=VALUE`", "limit:gpu=1", "hint: resources of the stage", "`limit:KEY:VALUE` (Kale)"),
    ("`secret:NAME`", "secret:token", "hint: a secret that the stage needs", ""),
    ("`cache:VALUE`", "cache:disabled", "hint: whether results may be reused", ""),
    ("`label:KEY=VALUE`", "label:team=data", "hint: a label of the stage's pod", ""),
    ("`parquet:NAME`", "parquet:customers", "the table that the stage hands over by that name is written as a Parquet file, too", ""),
    ("`annotation:KEY=VALUE`", "annotation:owner=anna", "hint: an annotation of the stage's pod", ""),
)  # fmt: skip


def main() -> None:
    """Writes the files that differ, or says which they are."""
    check = sys.argv[1:] == ["--check"]
    stale = [path for path, text in generate().items() if _read(path) != text]
    for path in stale:
        print(f"{'differs' if check else 'wrote'}: {path.relative_to(DOCS.parent)}")
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(generate()[path], encoding="utf-8", newline="\n")
    sys.exit(1 if check and stale else 0)


def generate() -> Mapping[Path, str]:
    """Every generated file, with its text."""
    reference = DOCS / "reference"
    files = {
        reference / "cli.md": NOTICE + render_cli(command_line),
        reference / "tags.md": NOTICE + render_tags(),
        reference / "targets.md": NOTICE + render_targets(),
        reference / "diagnostics.md": NOTICE + render_diagnostics(),
    }
    return {**files, **dict(render_examples())}


def render_cli(group: click.Group) -> str:
    """The commands with their arguments, options and examples."""
    context = click.Context(group, info_name="nb2pipe")
    parts = ["# Command line\n", _help(group), "## Options of all commands\n", _options(group, context)]
    parts += _commands(group, context, "##")
    parts.append("## Exit codes\n\n| code | meaning |\n|---|---|")
    parts.append("| 0 | fine |")
    parts.append("| 1 | refused: the notebook has errors, or a file cannot be read or written |")
    parts.append("| 2 | wrong usage |\n| 70 | a bug in nb2pipe; NB2PIPE_DEBUG=1 shows the traceback |\n")
    return "\n".join(filter(None, parts))


def _commands(group: click.Group, context: click.Context, heading: str) -> list[str]:
    """The commands of a group, and those of the groups in it."""
    parts = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inner = click.Context(command, parent=context, info_name=name)
        usage = command.get_usage(inner).removeprefix("Usage: ")
        parts += [f"{heading} {inner.command_path}\n", _help(command), f"```text\n{_one_line(usage)}\n```\n"]
        parts.append(_options(command, inner))
        parts += [_examples(command.epilog or "")]
        if isinstance(command, click.Group):
            parts += _commands(command, inner, heading + "#")
    return parts


def render_targets() -> str:
    """The table of targets, and the settings of each."""
    found = {name: find_target(name) for name in BUILT_IN if name != CORE}
    columns = ("parameters", "caching", "resources", "secrets", "schedule", "retries", "artifacts", "proof", "tested")
    head = "# Targets\n\nWhat each engine can do with a project, and what CI runs of it without a cluster; `nb2pipe target list` prints it.\n"
    rows = [
        f"| `{name}` | {target.SUPPORT.engine} | {', '.join(f'`{h}:`' for h in sorted(target.SUPPORT.hints)) or '–'} |"
        for name, target in found.items()
    ]
    parts = [head, "| target | engine | hints that it honours |\n|---|---|---|", *rows, ""]
    parts += ["| | " + " | ".join(f"`{name}`" for name in found) + " |", "|---" * (len(found) + 1) + "|"]
    for column in columns:
        cells = (getattr(target.SUPPORT, column) or "–" for target in found.values())
        parts.append(f"| {column} | " + " | ".join(cells) + " |")
    parts.append(
        "\n## Settings\n\n`--set NAME.KEY=VALUE` of `nb2pipe convert` and `nb2pipe target add`, or `[tool.nb2pipe.settings.NAME]` in a pyproject.toml.\n"
    )
    parts.append("| setting | | default |\n|---|---|---|")
    for name, target in found.items():
        parts += [
            f"| `{name}.{s.name}` | {s.help} | {f'`{s.default}`' if s.default else ''} |" for s in target.SETTINGS
        ]
    return "\n".join(parts) + "\n"


def render_tags() -> str:
    """The table of tags."""
    rows = [f"| {tag} | {meaning} | {also} |" for tag, _, meaning, also in TAGS]
    head = "# Tags\n\n| tag | meaning | also accepted |\n|---|---|---|"
    tail = (
        "\nUntagged cells join the stage above. Before the first tag, cells that only import, define or configure "
        "are shared.\nWithout stage tags, markdown headings split. Tags of other tools are left alone; a near miss is "
        "a warning\n([NB304](../diagnostics/NB304.md)). What a target cannot honour of the hints, it warns of "
        "([NB310](../diagnostics/NB310.md)).\n"
    )
    return "\n".join([head, *rows, tail])


def render_diagnostics() -> str:
    """The table of diagnostics, with links to their pages."""
    rows = [
        f"| [{row.code}](../diagnostics/{row.code}.md) | {row.severity.value} | {row.title} |" for row in CODES.values()
    ]
    head = (
        "# Diagnostics\n\nErrors refuse a conversion; warnings and notes do not. `nb2pipe explain CODE` shows a page.\n"
    )
    return "\n".join([head, "| code | severity | |\n|---|---|---|", *rows]) + "\n"


def render_examples() -> Iterator[tuple[Path, str]]:
    """Pages whose code has a test case: the first case and its message are the page's example."""
    for code in CODES:
        page = DOCS / "diagnostics" / f"{code}.md"
        case = next(iter(sorted(CASES.glob(f"{code}_*.txt"))), None)
        if case is None or not page.exists():
            continue
        notebook, _, expected = case.read_text(encoding="utf-8").partition("# expect\n")
        if notebook.startswith("# raw"):
            continue
        message = expected.rstrip("\n").rpartition("\n\n")[0]  # without the summary line
        example = f"## Example\n\n```python\n{notebook.strip()}\n```\n\n```text\n{message}\n```\n\n## Why\n"
        text = page.read_text(encoding="utf-8")
        yield page, re.sub(r"## Example\n.*?## Why\n", lambda _, e=example: e, text, count=1, flags=re.DOTALL)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _cell(text: str) -> str:
    """Text for a cell of a table."""
    return _one_line(text).replace("|", r"\|")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _help(command: click.Command) -> str:
    paragraphs = (command.help or "").split("\n\n")
    return "\n\n".join(_one_line(p) for p in paragraphs if p.strip()) + "\n"


def _options(command: click.Command, context: click.Context) -> str:
    shown = [p for p in command.get_params(context) if isinstance(p, click.Option)]
    records = [p.get_help_record(context) for p in shown if "--help" not in p.opts]
    rows = [f"| `{_cell(r[0])}` | {_cell(r[1])} |" for r in records if r]
    if not rows:
        return ""
    return "\n".join(["| option | |\n|---|---|", *rows]) + "\n"


def _examples(epilog: str) -> str:
    found = re.search(r"Examples:\n((?:  .*\n)+)", epilog)
    if not found:
        return ""
    lines = [line[2:] for line in found.group(1).rstrip("\n").split("\n")]
    rows = [re.split(r" {3,}", line, maxsplit=1) for line in lines]
    width = max(len(row[0]) for row in rows)
    lines = [f"{row[0]:<{width}}  # {row[1]}" if len(row) > 1 else row[0] for row in rows]
    return "```sh\n" + "\n".join(lines) + "\n```\n"


if __name__ == "__main__":
    main()
