"""Pixels of PNG images, with Pillow where it is installed, else with the standard library."""

from __future__ import annotations

import functools
import hashlib
import importlib
import io
import struct
import zlib
from dataclasses import dataclass

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


@dataclass(frozen=True, slots=True)
class Pixels:
    """An image, decoded.

    Attributes:
        width: In pixels.
        height: In pixels.
        size: Bytes of one pixel.
        data: Rows from top to bottom, without gaps.
    """

    width: int
    height: int
    size: int
    data: bytes


@functools.lru_cache(maxsize=64)
def read_png(data: bytes) -> Pixels:
    """Decodes a PNG image.

    Raises:
        ValueError: It is not one, or of a kind that is not read (interlaced, less than 8 bits a channel).
    """
    try:
        pillow = importlib.import_module("PIL.Image")
    except ImportError:
        return _decode(data)
    try:
        with pillow.open(io.BytesIO(data)) as image:
            whole = image.convert("RGBA")
            return Pixels(whole.width, whole.height, 4, whole.tobytes())
    except (OSError, SyntaxError) as error:
        raise ValueError(str(error)) from error


def image_key(data: bytes) -> str:
    """The same for images that look the same; of other formats than PNG, for the same bytes."""
    try:
        pixels = read_png(data)
    except ValueError:
        return hashlib.sha256(data).hexdigest()
    head = f"{pixels.width} {pixels.height} {pixels.size} ".encode()
    return hashlib.sha256(head + pixels.data).hexdigest()


def describe_pixels(a: bytes, b: bytes) -> tuple[str, str] | None:
    """How two images differ; None where they look the same."""
    try:
        left, right = read_png(a), read_png(b)
    except ValueError:
        return None if a == b else (f"{len(a)} bytes", f"{len(b)} bytes")
    if (left.width, left.height) != (right.width, right.height):
        return f"{left.width} × {left.height} pixels", f"{right.width} × {right.height} pixels"
    if left == right:
        return None
    size = left.size
    if left.size != right.size:
        return f"{left.size} channels", f"{right.size} channels"
    starts = range(0, len(left.data), size)
    places = [i // size for i in starts if left.data[i : i + size] != right.data[i : i + size]]
    most = max(abs(x - y) for x, y in zip(left.data, right.data, strict=True))
    columns, rows = {place % left.width for place in places}, {place // left.width for place in places}
    return (
        f"{left.width} × {left.height} pixels",
        f"{len(places)} of {left.width * left.height} pixels differ, by up to {most} of 255, "
        f"in columns {min(columns)} to {max(columns)}, rows {min(rows)} to {max(rows)}",
    )


def _decode(data: bytes) -> Pixels:
    """Decodes images with 8 bits a channel (https://www.w3.org/TR/png-3/)."""
    if not data.startswith(_SIGNATURE):
        raise ValueError("not a PNG image")
    packed, palette, position = b"", b"", len(_SIGNATURE)
    width = height = depth = color = interlace = 0
    while position + 8 <= len(data):
        length, kind = struct.unpack(">I4s", data[position : position + 8])
        body = data[position + 8 : position + 8 + length]
        position += length + 12
        if kind == b"IHDR":
            width, height, depth, color, _, _, interlace = struct.unpack(">IIBBBBB", body)
        elif kind == b"PLTE":
            palette = body
        elif kind == b"tRNS":
            palette += b"\0" + body
        elif kind == b"IDAT":
            packed += body
    if depth != 8 or interlace or color not in _CHANNELS:
        raise ValueError("only PNG images with 8 bits a channel and no interlacing are read")
    size = _CHANNELS[color]
    rows = _unfilter(zlib.decompress(packed), width * size, height, size)
    # Of a palette its own bytes are taken: the same picture under another palette counts as another.
    return Pixels(width, height, size, rows + (palette if color == 3 else b""))


def _unfilter(raw: bytes, stride: int, height: int, size: int) -> bytes:
    previous, out, position = bytearray(stride), bytearray(), 0
    for _ in range(height):
        kind, line = raw[position], bytearray(raw[position + 1 : position + 1 + stride])
        position += stride + 1
        if kind == 2:
            line = bytearray((x + y) & 255 for x, y in zip(line, previous, strict=True))
        elif kind:
            for i in range(stride):
                left = line[i - size] if i >= size else 0
                corner = previous[i - size] if i >= size else 0
                line[i] = (line[i] + _predict(kind, left, previous[i], corner)) & 255
        out += line
        previous = line
    return bytes(out)


def _predict(kind: int, left: int, above: int, corner: int) -> int:
    if kind == 1:
        return left
    if kind == 3:
        return (left + above) // 2
    distance = left + above - corner
    near = min((abs(distance - left), 0, left), (abs(distance - above), 1, above), (abs(distance - corner), 2, corner))
    return near[2]
