"""`verify` says of pipelines that are known to be right that they are: some cases in CI, all in the nightly profile.

In-process shells find that a case comes out the same; here notebook and pipeline run for real, and their values are compared.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import NIGHTLY, Completed
from tests.property.judging import STYLES, write_notebook
from tests.run.test_cases import ALL, read_case

#: Cases that `verify` cannot prove, each with what it cannot see.
UNPROVEN = {
    "np_load_npz_lazy": "what is in an archive of arrays that is open",
    "async_lock_waited_for": "who waits for a lock of asyncio",
}

#: Cases in which processes do what the shells of the other tests do not: looked at always.
ALWAYS = ("cell_magic_that_expects_an_error", "library_faker_seed", "process_wide_atexit")

SAME = [path for path in ALL if read_case(path)[1] == ["# same"]]
#: Which of them run always is said by their names, so that it stays the same when others are added.
SHARE = [path for path in SAME if NIGHTLY or zlib.crc32(path.stem.encode()) % 173 == 0]
CHOSEN = [(path, STYLES[number % 2]) for number, path in enumerate(SHARE)]
CHOSEN += [(p, s) for p in SAME if p.stem in ALWAYS for s in STYLES if (p, s) not in CHOSEN]


@pytest.mark.parametrize(("path", "style"), CHOSEN, ids=[f"{p.parent.name}-{p.stem}-{style}" for p, style in CHOSEN])
def test_a_pipeline_that_is_right_is_the_same(
    path: Path, style: str, tmp_path: Path, run_cli: Callable[..., Completed]
) -> None:
    write_notebook(read_case(path)[0], tmp_path / "case.ipynb")
    converted = run_cli("convert", "case.ipynb", "-o", "project", "--style", style, cwd=tmp_path)
    assert converted.returncode == 0, converted.stderr
    quick = () if NIGHTLY else ("--quick",)  # the notebook runs once: what is chance in it is not learned
    done = run_cli("verify", "case.ipynb", "project", "--runner", "nb2pipe", *quick, cwd=tmp_path)
    last = done.stdout.rstrip().rpartition("\n")[2]
    expected = "Nothing differs, but" if path.stem in UNPROVEN else "Same: "
    assert last.startswith(expected), done.stdout + done.stderr
