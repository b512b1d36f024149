"""Look at a picture's first bytes before anything is decoded.

A PNG of 109 KB can ask for 30,000 x 30,000 pixels, and a decoder believes it. Nothing here allocates more than the
file itself: formats are told by their signature, sizes are read from the header, a JPEG's end is found by its mark.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from ocr.header_heif import measure_heif
from ocr.header_jpeg import measure_jpeg
from ocr.header_tiff import list_frames
from ocr.refusals import Refused

MAX_BYTES = 40_000_000
MAX_PIXELS = 100_000_000
"""An ordinary JPEG of this size is reduced inside its decoder, line by line."""
MAX_PIXELS_DECODED_WHOLE = 40_000_000
"""PNG, WebP, TIFF and JPEG in several scans are held whole: four to six bytes a pixel, several copies."""
MAX_PIXELS_WEBP = 20_000_000
"""Its decoder holds three copies, and messengers send 12 megapixels at most."""
MAX_BYTES_UNPACKED = 120_000_000
"""Of a PNG: 40 megapixels in colour, fewer with 16 bits or transparency."""
MAX_PIXELS_HEIF = 50_000_000
"""Held whole as well, three bytes a pixel; telephones make pictures of 48 megapixels in this format."""
MAX_SIDE = 20_000
MIN_LONGEST_SIDE = 800

_MAX_PIXELS_OF = {"HEIF": MAX_PIXELS_HEIF, "WEBP": MAX_PIXELS_WEBP}
_PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_UNSUPPORTED = {b"GIF8": "GIF", b"BM": "BMP", b"II+\0": "BigTIFF", b"MM\0+": "BigTIFF"}
PNG_SHORTEST, WEBP_SHORTEST = 33, 30
"""Bytes up to the end of the part that tells the size."""


@dataclass(frozen=True)
class Header:
    """Format (JPEG, PNG, WEBP, TIFF or HEIF) and the size in pixels that the file claims, before any EXIF turn.

    `line_by_line`: the decoder need not hold the whole picture to reduce it. `frame`: place of a TIFF's picture among
    its directories; its `bits` a sample, and whether it is `grey`.
    """

    format: str
    width: int
    height: int
    line_by_line: bool = False
    frame: int = 0
    bits: int = 8
    grey: bool = False


def is_pdf(data: bytes) -> bool:
    """Tell whether the file is a PDF: its signature stands first, or it is taken for something else."""
    return data[:5] == b"%PDF-"


def is_tiff(data: bytes) -> bool:
    """Tell whether the file is a TIFF."""
    return data[:4] in {b"II*\0", b"MM\0*"}


def check_header(data: bytes) -> Header:
    """Tell the format and size of a picture, or raise `Refused` before a decoder sees it."""
    if len(data) > MAX_BYTES:
        raise Refused("too_large", f"{len(data)} bytes")
    return _check_size(_parse_header(data))


def list_tiff_pages(data: bytes) -> tuple[Header, ...]:
    """Every page of a TIFF, each within the limits of a picture. Raises `Refused`."""
    frames = list_frames(data)
    headers = [Header("TIFF", one.width, one.height, frame=one.index, bits=one.bits, grey=one.grey) for one in frames]
    return tuple(_check_size(header) for header in headers)


def _check_size(header: Header) -> Header:
    """Return the header of a picture that is neither too large nor too small to be read. Raises `Refused`."""
    most = MAX_PIXELS if header.line_by_line else _MAX_PIXELS_OF.get(header.format, MAX_PIXELS_DECODED_WHOLE)
    if header.width * header.height > most or max(header.width, header.height) > MAX_SIDE:
        raise Refused("too_large", f"{header.width} x {header.height} pixels")
    if max(header.width, header.height) < MIN_LONGEST_SIDE:
        raise Refused("too_small", f"{header.width} x {header.height} pixels")
    return header


def _parse_header(data: bytes) -> Header:
    """Dispatch on the signature."""
    if data[:3] == b"\xff\xd8\xff":
        width, height, line_by_line = measure_jpeg(data)
        return Header("JPEG", width, height, line_by_line)
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return _parse_png(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _parse_webp(data)
    if data[4:8] == b"ftyp":
        return Header("HEIF", *measure_heif(data))
    if is_tiff(data):
        pages = list_tiff_pages(data)
        if len(pages) > 1:
            raise Refused("unsupported_format", f"a TIFF of {len(pages)} pages in the place of one picture")
        return pages[0]
    if is_pdf(data):
        raise Refused("unsupported_format", "a PDF in the place of one picture")
    for signature, name in _UNSUPPORTED.items():
        if data.startswith(signature):
            raise Refused("unsupported_format", name)
    raise Refused("not_an_image", f"the file begins with {data[:8]!r}")


def _parse_png(data: bytes) -> Header:
    """PNG: the IHDR chunk comes first, the IEND chunk last (W3C PNG, section 5.3)."""
    if len(data) < PNG_SHORTEST or data[12:16] != b"IHDR":
        raise Refused("truncated", "PNG without a header chunk")
    width, height = struct.unpack(">II", data[16:24])
    bits, kind = data[24], data[25]
    if width * height * bits * _PNG_CHANNELS.get(kind, 4) > MAX_BYTES_UNPACKED * 8:
        raise Refused("too_large", f"{width} x {height} pixels of {bits} bits and kind {kind}")
    if b"IEND" not in data[-64:]:
        raise Refused("truncated", "PNG without its last chunk")
    return Header("PNG", width, height)


def _parse_webp(data: bytes) -> Header:
    """WebP: lossy, lossless or extended, each with its own size field (RFC 9649, section 2)."""
    if len(data) < WEBP_SHORTEST or len(data) < int.from_bytes(data[4:8], "little"):
        raise Refused("truncated", "WebP shorter than it says")
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
    elif kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 ":
        width, height = (value & 0x3FFF for value in struct.unpack("<HH", data[26:30]))
    else:
        raise Refused("not_an_image", "WebP of an unknown kind")
    return Header("WEBP", width, height)
