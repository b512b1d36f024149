"""Size of a JPEG and how it will have to be decoded, from its markers alone (ITU T.81, B.1.1).

The whole file is walked, scan by scan, as the decoder will do it. Looking for the end mark's two bytes only would be
deceived by a comment that holds them; scans behind it would not be counted, and each costs a pass over the picture.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from ocr.refusals import Refused

MAX_SCANS = 100
MAX_SCANNED_PIXELS = 400_000_000
"""Scans times pixels: ten scans, as programs write them, of 40 megapixels."""

MAX_SEGMENTS = 20_000
"""Tables and comments. A colour profile of 16 MB takes 255, a progressive picture some dozens."""

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SEQUENTIAL = frozenset({0xC0, 0xC1})
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_SCAN, _END = 0xDA, 0xD9
_NEXT_MARK = re.compile(rb"\xff+[^\x00\xff]", re.DOTALL)
"""Any mark, with the fill bytes before it."""

_MARK_IN_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)
"""In coded data FF is followed by 00, or by a restart mark; anything else ends the scan."""


@dataclass
class _Walk:
    """What has been seen so far. Owned by one call of `measure_jpeg`."""

    size: tuple[int, int] = (0, 0)
    components: int = 0
    sequential: bool = True
    scans: int = 0
    whole_scans: int = 0

    def see_frame(self, marker: int, body: bytes) -> None:
        """The largest frame named is the one believed."""
        if body[0] != 8:
            raise Refused("unsupported_format", f"JPEG of {body[0]} bits a sample")
        height, width = struct.unpack(">HH", body[1:5])
        self.size = max(self.size, (width, height), key=lambda pair: pair[0] * pair[1])
        self.components = body[5]
        self.sequential = self.sequential and marker in _SEQUENTIAL

    def see_scan(self, body: bytes) -> None:
        """Count a scan, and refuse a picture that would be gone over too often."""
        if 0 in self.size:
            raise Refused("truncated", "JPEG without a frame header")
        self.scans += 1
        self.whole_scans += body[0] == self.components
        if self.scans > MAX_SCANS or self.scans * self.size[0] * self.size[1] > MAX_SCANNED_PIXELS:
            raise Refused(
                "too_large", f"JPEG of {self.size[0]} x {self.size[1]} pixels with {self.scans} scans or more"
            )


def measure_jpeg(data: bytes) -> tuple[int, int, bool]:
    """Width, height, and whether the decoder need not hold the whole picture. Raises `Refused`."""
    walk, position = _Walk(), 2
    for _ in range(MAX_SEGMENTS):
        mark = _NEXT_MARK.match(data, position)
        if mark is None:
            break
        marker, position = data[mark.end() - 1], mark.end()
        if marker == _END:
            return _finish(walk)
        if marker in _ALONE:
            continue
        length = int.from_bytes(data[position : position + 2], "big")
        body = data[position + 2 : position + max(length, 2)]
        position += max(length, 2)
        if marker in _FRAMES and len(body) > 5:
            walk.see_frame(marker, body)
        if marker == _SCAN and body:
            walk.see_scan(body)
            position = _end_of_scan(data, position)
    raise Refused("truncated", "JPEG without its end mark")


def _end_of_scan(data: bytes, position: int) -> int:
    """Where the next mark stands; behind the file when there is none."""
    found = _MARK_IN_SCAN.search(data, position)
    return len(data) if found is None else found.start()


def _finish(walk: _Walk) -> tuple[int, int, bool]:
    if not walk.scans:
        raise Refused("truncated", "JPEG that ends before its picture begins")
    one_pass = walk.sequential and walk.scans == walk.whole_scans == 1
    return *walk.size, one_pass
