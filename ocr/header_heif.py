"""What an ISO media file (HEIC, AVIF, a film) says of itself: brands and sizes, boxes only, nothing decoded.

Sources: ISO/IEC 14496-12 (boxes), 23008-12 (`meta`, `iprp`, `ipco`, `ispe`).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from ocr.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BOXES = 2000
_STILL_HEVC = frozenset({b"heic", b"heix", b"heim", b"heis"})


def measure_heif(data: bytes) -> tuple[int, int]:
    """Width and height of the largest picture that a HEIC names: of the photograph, not of its tiles and thumbnails.

    Raises `Refused` for AVIF, films, files that are cut off or name no size.
    """
    brands = _read_brands(data)
    if not brands & _STILL_HEVC:
        raise Refused("unsupported_format", f"AVIF, a film or another kind of {b' '.join(sorted(brands))!r}")
    meta = next((span for kind, *span in _walk(data, 0, len(data)) if kind == b"meta"), None)
    if meta is None:
        raise Refused("truncated", "HEIC without a description of its picture")
    sizes = list(_sizes(data, meta[0] + 4, meta[1]))
    if not sizes:
        raise Refused("truncated", "HEIC without a size")
    return max(sizes, key=lambda pair: pair[0] * pair[1])


def _read_brands(data: bytes) -> set[bytes]:
    """The major and the compatible brands."""
    end = min(int.from_bytes(data[:4], "big"), len(data), 256)
    return {data[8:12]} | {data[at : at + 4] for at in range(16, end - 3, 4)}


def _sizes(
    data: bytes, start: int, end: int, path: tuple[bytes, ...] = (b"iprp", b"ipco")
) -> Iterator[tuple[int, int]]:
    """Every `ispe` inside `iprp` and `ipco`."""
    for kind, inner, stop in _walk(data, start, end):
        if path and kind == path[0]:
            yield from _sizes(data, inner, stop, path[1:])
        elif not path and kind == b"ispe" and stop - inner >= 12:
            yield struct.unpack(">II", data[inner + 4 : inner + 12])


def _walk(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Boxes between two places: kind, and where the content begins and ends. Stops at bytes that are no box."""
    for _ in range(MAX_BOXES):
        if start + 8 > end:
            return
        size, kind = int.from_bytes(data[start : start + 4], "big"), data[start + 4 : start + 8]
        inner = start + 8
        if size == 1:
            size, inner = int.from_bytes(data[inner : inner + 8], "big"), inner + 8
        stop = end if size == 0 else start + size
        if stop < inner or stop > end:
            return
        yield kind, inner, stop
        start = stop
    raise Refused("unsupported_format", f"more than {MAX_BOXES} boxes")
