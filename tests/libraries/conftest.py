"""Libraries that are too large for the tests' own environment: each is installed on top of it, in `.venv-targets/`.

`make test` and `make test-targets` run these tests; elsewhere they are not collected.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path

from tests.targets.conftest import Environment, install, make_once

if not os.environ.get("NB2PIPE_TEST_TARGETS"):
    collect_ignore_glob = ["test_*.py"]


def build_on_top(name: str, *requirements: str) -> Environment:
    """An environment that has what the tests' own has, and more; made once as long as neither changes.

    pip installs: unlike uv it takes the small build of a library where the machine's settings name one.
    """

    def fill(python: Path) -> None:
        own = sysconfig.get_path("purelib", vars={"base": str(python.parents[1])})
        Path(own, "tests.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
        install(python, "-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check", *requirements)

    return make_once(name, "\n".join((sys.prefix, *requirements)), fill)
