"""TIFF by its directories: how many pages, how large, whether all is there. Nothing is decoded here.

The walk is bounded: a directory may name any other place of the file, itself as well. Source: TIFF 6.0, section 2.
"""

import struct
from dataclasses import dataclass
from typing import Literal

from app.intake.header_errors import refuse_format, too_many_pages, truncated

PAGES_MAX = 30
"""The longest form has 24 pages."""
_DIRECTORIES_MAX, _TAGS_MAX = 100, 256
_SUBFILE, _WIDTH, _HEIGHT, _DNG = 254, 256, 257, 50706
_PLACES, _LENGTHS = (273, 324), (279, 325)
_STRIPS_MAX = 65_536
_REDUCED_OR_MASK = 0b101
_NUMBERS = {3: ("H", 2), 4: ("I", 4)}
"""The two types of whole numbers: SHORT and LONG."""

Order = Literal["<", ">"]
Tags = dict[int, tuple[int, int, int]]
"""{tag: its type, how many values, place in the file of the entry's value field}"""


@dataclass(frozen=True)
class TiffPages:
    """How many pages there are, and the size in pixels of the largest."""

    count: int
    width: int
    height: int


def measure_tiff(data: bytes) -> TiffPages:
    """Return what the directories say; thumbnails and masks are no pages.

    Raises:
        UnsupportedFormatError: a camera's raw file, or no whole picture in it.
        InvalidInputError: cut off, or too many pages.
    """
    order: Order = "<" if data[:2] == b"II" else ">"
    sizes, seen = [], set[int]()
    (at,) = struct.unpack_from(f"{order}I", data, 4) if len(data) >= 8 else (1,)  # noqa: PLR2004 - signature and place
    while at:
        if at in seen or len(seen) == _DIRECTORIES_MAX:
            raise too_many_pages(PAGES_MAX)
        seen.add(at)
        tags, at = _read_directory(data, at, order)
        if _DNG in tags:
            raise refuse_format("RAW (DNG)")
        if not _number(data, tags, _SUBFILE, order) & _REDUCED_OR_MASK:
            sizes.append((_number(data, tags, _WIDTH, order), _number(data, tags, _HEIGHT, order)))
            _check_whole(data, tags, order)
    if not sizes:
        raise refuse_format("TIFF")
    if len(sizes) > PAGES_MAX:
        raise too_many_pages(PAGES_MAX)
    return TiffPages(len(sizes), *max(sizes, key=lambda pair: pair[0] * pair[1]))


def _read_directory(data: bytes, at: int, order: Order) -> tuple[Tags, int]:
    """Return the directory at this place and where the next one is (0: none)."""
    if at + 2 > len(data):
        raise truncated("TIFF")
    (count,) = struct.unpack_from(f"{order}H", data, at)
    end = at + 2 + 12 * count
    if not 0 < count <= _TAGS_MAX or end + 4 > len(data):
        raise truncated("TIFF")
    entries = range(at + 2, end, 12)
    tags: Tags = {}
    for entry in entries:
        tag, kind, many = struct.unpack_from(f"{order}HHI", data, entry)
        tags[tag] = (kind, many, entry + 8)
    (following,) = struct.unpack_from(f"{order}I", data, end)
    return tags, following


def _number(data: bytes, tags: Tags, tag: int, order: Order) -> int:
    """Return the one whole number of a tag; 0 without it."""
    kind, many, at = tags.get(tag, (0, 0, 0))
    if kind not in _NUMBERS or many != 1:
        return 0
    (number,) = struct.unpack_from(f"{order}{_NUMBERS[kind][0]}", data, at)
    return int(number)


def _check_whole(data: bytes, tags: Tags, order: Order) -> None:
    """Refuse a page of which some strip or tile lies beyond the end of the file."""
    for places, lengths in zip(_PLACES, _LENGTHS, strict=True):
        ends = zip(_list_numbers(data, tags, places, order), _list_numbers(data, tags, lengths, order), strict=False)
        if any(place + length > len(data) for place, length in ends):
            raise truncated("TIFF")


def _list_numbers(data: bytes, tags: Tags, tag: int, order: Order) -> tuple[int, ...]:
    """Return all whole numbers of a tag; they lie in its entry or, when there are more, where the entry points."""
    kind, many, at = tags.get(tag, (0, 0, 0))
    if kind not in _NUMBERS:
        return ()
    letter, size = _NUMBERS[kind]
    if size * many > 4:  # noqa: PLR2004 - bytes of the entry's value field
        (at,) = struct.unpack_from(f"{order}I", data, at)
    if many > _STRIPS_MAX or at + size * many > len(data):
        raise truncated("TIFF")
    return struct.unpack_from(f"{order}{many}{letter}", data, at)
