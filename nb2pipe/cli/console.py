"""How the command line prints, and how it ends when something goes wrong."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from nb2pipe import __version__

if TYPE_CHECKING:
    from pathlib import Path

EXIT_REFUSED = 1
EXIT_USAGE = 2
EXIT_BUG = 70  # EX_SOFTWARE of sysexits.h

#: Options of `nb2pipe` itself.
_EVERYWHERE = frozenset(["--color", "--no-color", "-q", "--quiet", "-v", "--verbose"])


class Console:
    """How to print: the global choices.

    Args:
        color: True and False as chosen; None means where it is a terminal.
        quiet: Nothing but errors.
        verbose: Everything that is known.
    """

    def __init__(self, color: bool | None = None, quiet: bool = False, verbose: bool = False) -> None:
        self.color, self.quiet, self.verbose = color, quiet, verbose

    def out(self, text: str) -> None:
        """Prints a result, unless quiet."""
        if not self.quiet:
            self.result(text)

    def result(self, text: str) -> None:
        """Prints what was asked for, such as JSON, quiet or not."""
        click.echo(text, nl=not text.endswith("\n"), color=self.color)

    def err(self, text: str) -> None:
        """Prints to standard error."""
        click.echo(text, nl=not text.endswith("\n"), err=True, color=self.color)

    def warn(self, text: str) -> None:
        """Prints a warning to standard error, unless quiet."""
        if not self.quiet:
            self.err(f"{click.style('warning', fg='yellow', bold=True)}: {text}")

    def paints(self, err: bool = False) -> bool:
        """Whether colours reach standard output (or standard error)."""
        stream = sys.stderr if err else sys.stdout
        return stream.isatty() if self.color is None else self.color


class FilePath(click.Path):
    """`click.Path` that gives a `pathlib.Path`, whose module is imported when there is one: help needs none."""

    def coerce_path_result(self, value: str | os.PathLike[str]) -> Path:
        """The path as given."""
        from pathlib import Path

        return Path(value)


class TidyGroup(click.Group):
    """A group of commands that turns exceptions into messages and exit codes; never a traceback for a mistake."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._later: dict[str, str] = {}  # command to the module that has it

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Options of all commands may stand behind the command, too: `nb2pipe verify a.ipynb a/ -v`."""
        end = args.index("--") if "--" in args else len(args)
        every = [a for a in args[:end] if a in _EVERYWHERE]
        return super().parse_args(ctx, [*every, *(a for a in args[:end] if a not in _EVERYWHERE), *args[end:]])

    def invoke(self, ctx: click.Context) -> Any:
        """Runs a command; what it raises becomes a message."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            _explain_failure(error, ctx)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds a command; for an unknown one, says which it may be."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            message = error.message
            close = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
            if close and "Did you mean" not in message:
                message += f" Did you mean '{close[0]}'?"
            elif args[0].endswith((".ipynb", ".py", ".md")):
                message += f" To convert a notebook: nb2pipe convert {args[0]}"
            raise click.UsageError(message, ctx) from error

    def add_later(self, name: str, module: str, short_help: str) -> None:
        """Adds the command of that name in a module, which is imported when the command is needed."""
        self.commands[name] = click.Command(name, short_help=short_help)
        self._later[name] = module

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command; what was added for later is imported now."""
        if (module := self._later.pop(cmd_name, "")) != "":
            from importlib import import_module

            self.commands[cmd_name] = getattr(import_module(module), cmd_name)
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands; their one-line helps are known before they are imported."""
        later, self._later = self._later, {}
        super().format_commands(ctx, formatter)
        self._later = later

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Lists the commands in the order in which one meets them."""
        return list(self.commands)


def _explain_failure(error: Exception, ctx: click.Context) -> None:
    """Ends the program with the message and exit code that fit the exception; returns never."""
    from nb2pipe.diagnostics import Nb2pipeError
    from nb2pipe.explain import UnknownCodeError
    from nb2pipe.options import OptionsError
    from nb2pipe.targets import SettingError, UnknownTargetError

    console = ctx.obj if isinstance(ctx.obj, Console) else Console()
    if isinstance(error, (OptionsError, SettingError, UnknownTargetError, UnknownCodeError)):
        raise click.UsageError(str(error)) from error
    if isinstance(error, Nb2pipeError):
        from nb2pipe.report import render_text

        console.err(render_text(error.diagnostics, {}, "notebook", console.paints(err=True)))
        ctx.exit(EXIT_REFUSED)
    if isinstance(error, OSError) and error.errno != errno.EPIPE:
        place = f"{error.filename}: " if error.filename else ""
        console.err(error_line(place + (error.strerror or str(error))))
        ctx.exit(EXIT_REFUSED)
    if isinstance(error, OSError):
        raise error  # click ends quietly when the reader of a pipe has gone
    if console.verbose or os.environ.get("NB2PIPE_DEBUG", "") not in ("", "0"):
        import traceback

        console.err("".join(traceback.format_exception(error)))
        hint = "Please report it with the lines above"
    else:
        hint = "Please report it with the output of the same command under NB2PIPE_DEBUG=1"
    console.err(
        error_line(f"this is a bug in nb2pipe {__version__}: {type(error).__name__}: {error}")
        + f"\n{hint}, and the notebook if you can."
    )
    ctx.exit(EXIT_BUG)


def error_line(text: str) -> str:
    """A message that begins with a red "error"."""
    return f"{click.style('error', fg='red', bold=True)}: {text}"


def choose_color(flag: bool | None) -> bool | None:
    """The flag, then NO_COLOR (https://no-color.org), then FORCE_COLOR, else None: as the stream is."""
    if flag is not None:
        return flag
    if os.environ.get("NO_COLOR"):
        return False
    return True if os.environ.get("FORCE_COLOR", "") not in ("", "0") else None


@contextmanager
def progress(console: Console) -> Iterator[Callable[[str], None] | None]:
    """A line on standard error that shows what is being done, on a terminal only, gone at the end."""
    if console.quiet or not sys.stderr.isatty():
        yield None
        return

    def show(step: str) -> None:
        sys.stderr.write(f"\r\033[K{step} …")
        sys.stderr.flush()

    try:
        yield show
    finally:
        sys.stderr.write("\r\033[K")
        sys.stderr.flush()


def has_characters(stream: Any) -> bool:
    """Whether the stream's encoding has the characters that lanes are drawn with."""
    try:
        "●├╰│─→…".encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
