"""What cells show arrives in order, whole, and where nbclient would put it."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from typing import Any

import pytest

from nb2pipe.run.outputs import Outputs, clean


def collect() -> tuple[Outputs, list[dict[str, Any]]]:
    outputs, found = Outputs(), []
    outputs.start_cell(found)
    return outputs, found


def test_texts_on_one_stream_become_one_output_and_stdout_comes_first() -> None:
    outputs, found = collect()
    for name, text in (("stderr", "e"), ("stdout", "a"), ("stdout", "b")):
        outputs.write(name, text)
    outputs.flush()
    outputs.write("stderr", "f")
    outputs.flush()
    assert [(o["name"], o["text"]) for o in found] == [("stdout", "ab"), ("stderr", "ef")]


def test_what_is_shown_comes_behind_what_was_printed() -> None:
    outputs, found = collect()
    outputs.write("stdout", "a")
    outputs.show({"text/plain": "x"}, {}, None, False)
    outputs.write("stdout", "b")
    outputs.result({"text/plain": "y"}, {}, 3)
    outputs.error("E", "v", ["t"])
    assert [o.get("text") or o["output_type"] for o in found] == ["a", "display_data", "b", "execute_result", "error"]


def test_an_update_reaches_what_an_earlier_cell_showed() -> None:
    outputs, first = collect()
    outputs.show({"text/plain": "one"}, {}, "id", False)
    second: list[dict[str, Any]] = []
    outputs.start_cell(second)
    outputs.show({"text/plain": "two"}, {"k": 1}, "id", True)
    assert second == []
    assert (first[0]["data"], first[0]["metadata"]) == ({"text/plain": "two"}, {"k": 1})


def test_clearing_may_wait_for_the_next_output() -> None:
    outputs, found = collect()
    outputs.write("stdout", "a")
    outputs.clear(wait=True)
    assert len(found) == 1
    outputs.write("stdout", "b")
    outputs.flush()
    assert [o["text"] for o in found] == ["b"]
    outputs.clear(wait=False)
    assert found == []


def test_values_are_as_json_has_them() -> None:
    assert clean({"a": (1, 2.5, float("inf")), 3: None, "b": {True}}) == {"a": [1, 2.5, "inf"], "3": None, "b": [True]}
    with pytest.raises(ValueError, match="can't clean"):
        clean(object())


SCRIPT = """
import os, sys
from nb2pipe.run.outputs import Descriptors, Outputs, Stream
outputs, found = Outputs(), []
outputs.start_cell(found)
descriptors = Descriptors(outputs)
outputs.before_write = descriptors.drain_if_waiting
streams = {n: Stream(n, outputs) for n in ("stdout", "stderr")}
sys.stdout = streams["stdout"]
for number in range(ROUNDS):
    os.write(1, b"d%d " % number)
    if number % 3:
        print(f"p{number} ", end="")
    else:
        outputs.show({"text/plain": f"s{number}"}, {}, None, False)
os.write(1, "é☃".encode() * 40000)
os.write(1, descriptors._mark[:5])
descriptors.drain()
outputs.flush()
text = "".join(o.get("text") or o["data"]["text/plain"] + " " for o in found)
os.write(descriptors.originals["stdout"], text.encode())
"""


def test_descriptors_and_streams_keep_their_order_whatever_the_threads_do() -> None:
    rounds = 400
    script = textwrap.dedent(SCRIPT).replace("ROUNDS", str(rounds))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, env=dict(os.environ), check=True)
    wanted = "".join(f"d{n} {'p' if n % 3 else 's'}{n} " for n in range(rounds))
    head, _, tail = done.stdout.decode().partition("é")
    assert head == wanted
    assert tail.startswith("☃é☃") and tail.count("☃") == 40000
