"""Libraries that are too large for the tests' own environment: each is installed on top of it, in `.venv-targets/`.

`make test` and `make test-targets` run these tests; elsewhere they are not collected.
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from pathlib import Path

from tests.conftest import REPOSITORY
from tests.targets.conftest import Environment, alone, install

if not os.environ.get("NB2PIPE_TEST_TARGETS"):
    collect_ignore_glob = ["test_*.py"]


def build_on_top(name: str, *requirements: str) -> Environment:
    """An environment that has what the tests' own has, and more; made once as long as neither changes.

    pip installs: unlike uv it takes the small build of a library where the machine's settings name one.
    """
    folder = REPOSITORY / ".venv-targets" / name
    stamp, mark = folder / "stamp", "\n".join((sys.version, sys.prefix, *requirements))
    with alone(name):
        if not stamp.exists() or stamp.read_text() != mark:
            shutil.rmtree(folder, ignore_errors=True)
            install(sys.executable, "-m", "venv", folder)
            python = folder / "bin" / "python"
            own = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
            (own / "tests.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
            install(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements)
            stamp.write_text(mark)
    return Environment(folder)
