"""The command line: the only room that prints or sets an exit code.

Heavy modules are imported inside the commands, so that `nb2pipe --help` costs little more than `import click`.
"""

from nb2pipe.cli.commands import main

__all__ = ["main"]
