"""What stages show: what is one and the same first, then what is not."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

import pytest

from nb2pipe.verify.images import _decode, describe_pixels, image_key, read_png
from nb2pipe.verify.shown import compare_pieces, read_pieces, read_stderr

Outputs = list[dict[str, Any]]


def stdout(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def result(text: str, **more: Any) -> dict[str, Any]:
    data = {"text/plain": text, **{kind.replace("_", "/", 1): value for kind, value in more.items()}}
    return {"output_type": "execute_result", "data": data}


def display(text: str, **more: Any) -> dict[str, Any]:
    return {**result(text, **more), "output_type": "display_data"}


def png(level: int, filter_type: int = 0, color: int = 0, width: int = 2) -> bytes:
    """A gray image of two rows, written with a filter and a compression level of its own."""
    rows = []
    previous = [0] * width
    for _ in range(2):
        row = [color] * width
        line = row if filter_type == 0 else [(x - p) & 255 for x, p in zip(row, previous, strict=True)]
        rows.append(bytes([filter_type, *line]))
        previous = row
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, 2, 8, 0, 0, 0, 0)), (b"tEXt", b"Software\0v%d" % level)]
    chunks += [(b"IDAT", zlib.compress(b"".join(rows), level)), (b"IEND", b"")]
    packed = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + packed


def image(data: bytes) -> dict[str, Any]:
    return display("<Figure>", image_png=base64.b64encode(data).decode())


def differ(a: list[Outputs], b: list[Outputs], again: list[Outputs] | None = None) -> list[Any]:
    read = [read_pieces(enumerate(side, 1), "pkg") for side in (a, b, again) if side is not None]
    return compare_pieces(*read)


SAME: dict[str, tuple[list[Outputs], list[Outputs]]] = {
    "one cell for several": ([[stdout("a\n")], [stdout("b\n")]], [[stdout("a\nb\n")]]),
    "a line begun in one cell and ended in the next": ([[stdout("a")], [stdout("b\n")]], [[stdout("ab\n")]]),
    "one print for several": ([[stdout("a"), stdout("b\n")]], [[stdout("ab\n")]]),
    "a result that is displayed": ([[result("1")]], [[display("1")]]),
    "cells that show nothing": ([[], [result("1")], []], [[result("1")]]),
    "standard error": ([[{"output_type": "stream", "name": "stderr", "text": "warning"}]], [[]]),
    "addresses": ([[result("<A object at 0x7f01020304>")]], [[result("<A object at 0x7f99999999>")]]),
    "modules of the notebook's classes": ([[result("<class '__main__.A'>")]], [[result("<class 'pkg.functions.A'>")]]),
    "functions around the notebook's": (
        [[result("<function f at 0x7f01020304>")]],
        [[result("<function stage.<locals>.f at 0x7f01020399>")]],
    ),
    "times that were measured": ([[stdout("CPU times: user 1 ms\nWall time: 2 ms\n")]], [[stdout("Wall time: 3 s\n")]]),
    "numbers of scikit-learn's pictures": (
        [[result("m", text_html='<div id="sk-container-id-3">')]],
        [[result("m", text_html='<div id="sk-container-id-1">')]],
    ),
    "an image written otherwise": ([[image(png(1, 0, 9))]], [[image(png(9, 2, 9))]]),
}

DIFFERENT: dict[str, tuple[list[Outputs], list[Outputs]]] = {
    "text": ([[stdout("a\n")]], [[stdout("b\n")]]),
    "a line more": ([[stdout("a\n")]], [[stdout("a\nb\n")]]),
    "order": ([[stdout("a\n"), result("1")]], [[result("1"), stdout("a\n")]]),
    "a result that is missing": ([[result("1")]], [[]]),
    "numbers that look like addresses": ([[result("0x7f01020304")]], [[result("0x7f99999999")]]),
    "a class of a library": ([[result("<class 'a.A'>")]], [[result("<class 'b.A'>")]]),
    "a table": ([[result("t", text_html="<td>1")]], [[result("t", text_html="<td>2")]]),
    "a table that is missing": ([[result("t", text_html="<td>1")]], [[result("t")]]),
    "a pixel": ([[image(png(1, 0, 9))]], [[image(png(1, 0, 8))]]),
    "an error": (
        [[{"output_type": "error", "ename": "KeyError", "evalue": "'a'"}]],
        [[{"output_type": "error", "ename": "KeyError", "evalue": "'b'"}]],
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_same(name: str) -> None:
    assert differ(*SAME[name]) == []


@pytest.mark.parametrize("name", DIFFERENT)
def test_different(name: str) -> None:
    assert differ(*DIFFERENT[name])


def test_what_the_notebook_does_not_show_twice_is_not_counted() -> None:
    first, second = [[stdout("seed 1\nrows 5\n")]], [[stdout("seed 2\nrows 5\n")]]
    (one,) = differ(first, [[stdout("seed 3\nrows 5\n")]], second)
    assert one.unsteady
    verdicts = [m.unsteady for m in differ(first, [[stdout("seed 3\nrows 6\n")]], second)]
    assert verdicts == [True, False]


def test_a_difference_names_the_cell_and_both_sides() -> None:
    (one,) = differ([[stdout("a\n")], [stdout("b 1\n")]], [[stdout("a\nb 2\n")]])
    assert (one.cell, one.notebook, one.pipeline) == (2, "b 1", "b 2")


def test_long_texts_are_cut_to_where_they_differ() -> None:
    (one,) = differ([[stdout("x" * 500 + "1\n")]], [[stdout("x" * 500 + "2\n")]])
    assert len(one.notebook) < 200
    assert one.notebook.endswith("1")


def test_standard_error_is_read_apart() -> None:
    assert read_stderr([[{"output_type": "stream", "name": "stderr", "text": "w"}, stdout("a")]]) == "w"


def test_pixels_that_differ_are_counted() -> None:
    assert describe_pixels(png(1, 0, 9), png(1, 0, 8)) == (
        "2 × 2 pixels",
        "4 of 4 pixels differ, by up to 1 of 255, in columns 0 to 1, rows 0 to 1",
    )
    assert describe_pixels(png(1), png(1, width=3)) == ("2 × 2 pixels", "3 × 2 pixels")
    assert describe_pixels(png(1), png(9)) is None


def test_images_are_read_without_pillow() -> None:
    assert _decode(png(1, 2, 9)).data == bytes([9] * 4)
    assert _decode(png(1, 0, 9)) == _decode(png(9, 2, 9))
    with pytest.raises(ValueError, match="not a PNG"):
        _decode(b"GIF")


def test_pillow_and_the_standard_library_see_the_same_picture() -> None:
    pytest.importorskip("PIL")
    figure = pytest.importorskip("matplotlib.figure").Figure((1, 1))
    figure.subplots().plot([1, 2])
    import io

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    assert _decode(buffer.getvalue()).data == read_png(buffer.getvalue()).data


def test_other_formats_are_known_by_their_bytes() -> None:
    assert image_key(b"jpeg 1") != image_key(b"jpeg 2")


def test_a_lambda_is_the_same_wherever_it_was_made() -> None:
    """Only names that begin with a letter were told apart from the modules that define them."""
    ours = read_pieces([(1, [result("[<function shop.a.a.<locals>.<lambda>(x)>]")])], "shop")
    theirs = read_pieces([(1, [result("[<function __main__.<lambda>(x)>]")])])
    assert compare_pieces(theirs, ours) == []


@pytest.mark.parametrize("place", ["Cell In[7], line 1", "File <unknown>, line 1"])
def test_code_that_does_not_parse_is_found_in_what_was_written_as_text(place: str) -> None:
    written = f"  {place}\n    abs 42\n        ^\nSyntaxError: invalid syntax\n\n"
    shown = {"output_type": "error", "ename": "SyntaxError", "evalue": "invalid syntax (754627544.py, line 1)"}
    stream = {"output_type": "stream", "name": "stderr", "text": written}
    assert compare_pieces(read_pieces([(1, [shown])]), read_pieces([(1, [stream])])) == []
