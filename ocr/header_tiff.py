"""Which pictures a TIFF holds, told from its directories alone: nothing is decoded and nothing is believed twice.

A directory is a list of tags that may name any place of the file, any number of times, and the next directory; a small
file can so ask its reader to read gigabytes or to run in a circle. Everything is bounded here before Pillow and libtiff
see the file. Source: TIFF 6.0, sections 2 and 8.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ocr.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_DIRECTORIES = 100
"""Pages, thumbnails and masks together; how many pages are read is decided elsewhere."""
MAX_ENTRIES = 256
_SUBFILE, _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 254, 256, 257, 258, 259, 262
_SAMPLES, _TILE_WIDTH, _TILE_HEIGHT, _DNG = 277, 322, 323, 50706
_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_SHORT, _LONG = 3, 4
_REDUCED_OR_MASK = 0b101
_COMPRESSIONS = frozenset({1, 2, 3, 4, 5, 7, 8, 32773, 32946})
"""None, fax (three kinds), LZW, JPEG, Deflate, PackBits, old Deflate. The rarer ones are not worth their risk."""


@dataclass(frozen=True)
class Frame:
    """One whole picture of the file: its place among all directories, and its size in pixels.

    `bits` a sample; `grey` is true for black and white or grey.
    """

    index: int
    width: int
    height: int
    bits: int
    grey: bool


@dataclass(frozen=True)
class _Tag:
    kind: int
    count: int
    raw: bytes


def list_frames(data: bytes) -> tuple[Frame, ...]:
    """The pages of a TIFF in their order, without thumbnails and masks. Raises `Refused`."""
    order: Literal["little", "big"] = "little" if data[:2] == b"II" else "big"
    frames, seen = [], set[int]()
    at = int.from_bytes(data[4:8], order)
    budget = 2 * len(data) + 65_536
    while at:
        if at in seen or len(seen) == MAX_DIRECTORIES:
            raise Refused("too_many_pages", f"more than {MAX_DIRECTORIES} directories, or a circle of them")
        seen.add(at)
        tags, at, size = _read_directory(data, at, order)
        budget -= size
        if budget < 0:
            raise Refused("too_large", "tags that name more bytes than the file has")
        frame = _read_frame(tags, len(seen) - 1, order, data)
        if frame is not None:
            frames.append(frame)
    if not frames:
        raise Refused("unsupported_format", "TIFF without a whole picture in it")
    return tuple(frames)


def _read_directory(data: bytes, at: int, order: Literal["little", "big"]) -> tuple[Mapping[int, _Tag], int, int]:
    """The tags of the directory at `at`, where the next one is, and how many bytes its tags name."""
    count = int.from_bytes(data[at : at + 2], order)
    end = at + 2 + 12 * count
    if count == 0 or end + 4 > len(data):
        raise Refused("truncated", "TIFF that ends before its directory")
    if count > MAX_ENTRIES:
        raise Refused("unsupported_format", f"TIFF directory of {count} tags")
    form = "<HHL4s" if order == "little" else ">HHL4s"
    tags = {number: _Tag(kind, many, raw) for number, kind, many, raw in struct.iter_unpack(form, data[at + 2 : end])}
    size = sum(_TYPE_BYTES.get(tag.kind, 8) * tag.count for tag in tags.values())
    return tags, int.from_bytes(data[end : end + 4], order), size


def _read_frame(tags: Mapping[int, _Tag], index: int, order: Literal["little", "big"], data: bytes) -> Frame | None:
    """The picture that a directory describes; None for a thumbnail or a mask."""

    def number(tag: int, default: int) -> int:
        return _first_number(tags[tag], order, data) if tag in tags else default

    if _DNG in tags:
        raise Refused("unsupported_format", "a camera's raw file (DNG)")
    if number(_SUBFILE, 0) & _REDUCED_OR_MASK:
        return None
    compression, bits, samples = number(_COMPRESSION, 1), number(_BITS, 1), number(_SAMPLES, 1)
    if compression not in _COMPRESSIONS or bits not in {1, 2, 4, 8, 16} or not 1 <= samples <= 5:
        detail = f"TIFF with compression {compression}, {samples} samples of {bits} bits"
        raise Refused("unsupported_format", detail)
    width, height = number(_WIDTH, 0), number(_HEIGHT, 0)
    # A tile may claim to be larger than its picture; the decoder makes room for the tile.
    tile = (number(_TILE_WIDTH, 1), number(_TILE_HEIGHT, 1))
    if tile[0] > width + 4096 or tile[1] > height + 4096:
        raise Refused("too_large", f"TIFF tiles of {tile[0]} x {tile[1]} pixels")
    if width == 0 or height == 0:
        raise Refused("truncated", "TIFF without a size")
    return Frame(index, width, height, bits, grey=number(_PHOTOMETRIC, 1) in {0, 1})


def _first_number(tag: _Tag, order: Literal["little", "big"], data: bytes) -> int:
    """The first value of a tag of whole numbers; values that do not fit into the entry lie elsewhere."""
    size = _TYPE_BYTES[tag.kind] if tag.kind in {_SHORT, _LONG} else 1
    if size * tag.count <= 4:
        return int.from_bytes(tag.raw[:size], order)
    at = int.from_bytes(tag.raw, order)
    return int.from_bytes(data[at : at + size], order)
