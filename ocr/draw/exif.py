"""The one EXIF value a drawn photograph carries: its orientation."""

from __future__ import annotations

import struct

_ORIENTATION_TAG, _SHORT = 0x0112, 3
_START_OF_IMAGE = b"\xff\xd8"
_APP1 = b"\xff\xe1"


def with_orientation(jpeg: bytes, orientation: int) -> bytes:
    """The JPEG with an EXIF block that says `orientation` (1..8, EXIF 2.32 §4.6.4), as its first segment."""
    if not jpeg.startswith(_START_OF_IMAGE):
        raise ValueError("these bytes are no JPEG; give a whole file")
    directory = struct.pack("<HHHIHHI", 1, _ORIENTATION_TAG, _SHORT, 1, orientation, 0, 0)
    body = b"Exif\x00\x00" + b"II*\x00" + struct.pack("<I", 8) + directory
    return _START_OF_IMAGE + _APP1 + struct.pack(">H", len(body) + 2) + body + jpeg[2:]
