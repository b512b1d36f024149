"""HEIC by its boxes: which kind of file it is, how large its picture, whether it is whole. Nothing is decoded here.

Sources: ISO/IEC 14496-12 (boxes), 23008-12 (``meta``, ``iprp``, ``ipco``, ``ispe``).
"""

import struct
from collections.abc import Iterator

from app.intake.header_errors import refuse_format, truncated

_BOXES_MAX = 2000
_STILL_HEVC = frozenset({b"heic", b"heix", b"heim", b"heis"})
_AVIF = frozenset({b"avif", b"avis"})


def measure_heif(data: bytes) -> tuple[int, int]:
    """Return width and height of the largest picture in the file: of the photograph, not of its tiles.

    Raises:
        UnsupportedFormatError: AVIF, a film, or a codec that telephones do not use.
        InvalidInputError: cut off.
    """
    brands = _read_brands(data)
    if brands & _AVIF and not brands & _STILL_HEVC:
        raise refuse_format("AVIF")
    if not brands & _STILL_HEVC:
        raise refuse_format("video")
    boxes = list(_walk(data, 0, len(data)))
    meta = next((span for kind, *span in boxes if kind == b"meta"), None)
    if meta is None or not any(kind in {b"mdat", b"idat"} for kind, *_ in (*boxes, *_walk(data, meta[0] + 4, meta[1]))):
        raise truncated("HEIC")
    sizes = list(_sizes(data, meta[0] + 4, meta[1]))
    if not sizes:
        raise truncated("HEIC, ispe")
    return max(sizes, key=lambda pair: pair[0] * pair[1])


def _read_brands(data: bytes) -> set[bytes]:
    """Return the major and the compatible brands."""
    end = min(int.from_bytes(data[:4], "big"), len(data), 256)
    return {data[8:12]} | {data[at : at + 4] for at in range(16, end - 3, 4)}


def _sizes(
    data: bytes, start: int, end: int, path: tuple[bytes, ...] = (b"iprp", b"ipco")
) -> Iterator[tuple[int, int]]:
    """Yield every ``ispe`` inside ``iprp`` and ``ipco``."""
    for kind, inner, stop in _walk(data, start, end):
        if path and kind == path[0]:
            yield from _sizes(data, inner, stop, path[1:])
        elif not path and kind == b"ispe" and stop - inner >= 12:  # noqa: PLR2004 - version, width, height
            yield struct.unpack(">II", data[inner + 4 : inner + 12])


def _walk(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield the boxes between two places: kind, begin and end of the content. Stops at what is no box."""
    for _ in range(_BOXES_MAX):
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
