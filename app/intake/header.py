"""Look at a file's first bytes: format and size by the header, wholeness by the end mark. Nothing is decoded here.

A PNG of 100 KB can claim 30,000 x 30,000 pixels; the claim is refused, not tried. A picture that passes may still be
damaged inside: only the worker, in a process of its own, finds that out. A file is what its first byte says: a PDF that
hides behind a picture's header is a picture here, and is never served as anything else.
Sources: ITU T.81 (JPEG) B.1.1, W3C PNG 5.2 and 11.2.2, RFC 9649 (WebP) 2, ISO 32000-1 (PDF) 7.5.
"""

import re
import struct
from dataclasses import dataclass

from app.intake.header_errors import empty_file, not_an_image, too_many_pixels, truncated
from app.intake.header_heif import measure_heif
from app.intake.header_tiff import measure_tiff

PIXELS_MAX = 100_000_000
"""A JPEG is reduced line by line while it is decoded."""
PIXELS_MAX_WHOLE = 40_000_000
"""PNG, WebP and TIFF are held in memory whole."""
PIXELS_MAX_WEBP = 20_000_000
"""Its decoder holds several copies; messengers send 12 megapixels."""
PIXELS_MAX_HEIC = 50_000_000
"""Held whole too, in fewer bytes; telephones make 48 megapixels of it."""
SIDE_MAX = 30_000

_PDF_TAIL = 2048
"""Where the end mark of a PDF stands; some scanners fill up with zeros behind it."""
_OTHER_FORMATS = {b"GIF8": "GIF", b"BM": "BMP", b"PK\x03\x04": "ZIP", b"II+\0": "BigTIFF", b"MM\0+": "BigTIFF"}
_SEGMENTS_MAX = 20_000
"""Before the picture begins. A profile of 16 MB takes 255; a file of nothing but empty ones would hold up everybody."""
_MARK = re.compile(rb"\xff+[^\x00\xff]", re.DOTALL)
"""Any mark, with the fill bytes before it: there may be megabytes of them."""
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SCAN = 0xDA
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})


@dataclass(frozen=True)
class Header:
    """Content type and size in pixels as the header says, before any EXIF turn.

    ``document``: the file holds pages that become photographs of their own, as a PDF always does and a TIFF of several
    pages. A PDF has no size: 0 x 0.
    """

    content_type: str
    width: int
    height: int
    document: bool = False


def read_header(data: bytes) -> Header:
    """Return format and size of the picture or document in ``data``.

    Raises:
        UnsupportedFormatError: no photograph and no scan, or a format that is not read here.
        InvalidInputError: empty, cut off, or more pixels or pages than there may be.
    """
    if not data:
        raise empty_file()
    if data[:5] == b"%PDF-":
        return _look_at_pdf(data)
    header, most = _parse(data)
    if header.width == 0 or header.height == 0:
        raise truncated(f"{header.width} x {header.height}")
    if header.width * header.height > most or max(header.width, header.height) > SIDE_MAX:
        raise too_many_pixels(header.width, header.height, most // 1_000_000)
    return header


def _parse(data: bytes) -> tuple[Header, int]:
    """Return the header, and how many pixels a picture of this format may have."""
    if data[:3] == b"\xff\xd8\xff":
        return _parse_jpeg(data), PIXELS_MAX
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return _parse_png(data), PIXELS_MAX_WHOLE
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _parse_webp(data), PIXELS_MAX_WEBP
    if data[4:8] == b"ftyp":
        return Header("image/heic", *measure_heif(data)), PIXELS_MAX_HEIC
    if data[:4] in {b"II*\0", b"MM\0*"}:
        pages = measure_tiff(data)
        return Header("image/tiff", pages.width, pages.height, document=pages.count > 1), PIXELS_MAX_WHOLE
    name = next((name for start, name in _OTHER_FORMATS.items() if data.startswith(start)), None)
    if name is None and data.lstrip()[:1] == b"<":
        name = "HTML"
    raise not_an_image(name)


def _look_at_pdf(data: bytes) -> Header:
    """PDF: the signature stands first, the end mark near the end. Pages and passwords are the worker's to find out.

    A document whose password is empty opens by itself, so the mere mention of encryption refuses nothing here.
    """
    if b"%%EOF" not in data[-_PDF_TAIL:]:
        raise truncated("PDF, %%EOF")
    return Header("application/pdf", 0, 0, document=True)


def _parse_png(data: bytes) -> Header:
    """PNG: IHDR first, IEND last."""
    if len(data) < 33 or data[12:16] != b"IHDR":  # noqa: PLR2004 - signature and IHDR are 33 bytes
        raise truncated("PNG, IHDR")
    width, height = struct.unpack(">II", data[16:24])
    if width * height <= PIXELS_MAX_WHOLE and b"IEND" not in data[-1024:]:
        raise truncated("PNG, IEND")
    return Header("image/png", width, height)


def _parse_jpeg(data: bytes) -> Header:
    """JPEG: walk the segments to the first scan; the largest frame named before it is the one believed."""
    position, size = 2, (0, 0)
    for _ in range(_SEGMENTS_MAX):
        mark = _MARK.match(data, position)
        if mark is None:
            break
        marker, position = data[mark.end() - 1], mark.end()
        if marker in _STANDALONE:
            continue
        if marker == _SCAN:
            return _finish_jpeg(data, position, size)
        if marker in _FRAMES and position + 7 <= len(data):
            height, width = struct.unpack(">HH", data[position + 3 : position + 7])
            size = max(size, (width, height), key=lambda pair: pair[0] * pair[1])
        position += max(int.from_bytes(data[position : position + 2], "big"), 2)
    raise truncated("JPEG, SOS")


def _finish_jpeg(data: bytes, scan: int, size: tuple[int, int]) -> Header:
    """Inside the coded picture FF is followed by 00 or a restart mark only, so FF D9 behind the scan is its end.

    Looked for from the back, where it is: from the front, that took longer than anything else of an upload.
    """
    if data.rfind(b"\xff\xd9", scan) < 0:
        raise truncated("JPEG, EOI")
    return Header("image/jpeg", *size)


def _parse_webp(data: bytes) -> Header:
    """WebP: lossy, lossless or extended, each with its own size field."""
    if len(data) < 30 or len(data) < int.from_bytes(data[4:8], "little"):  # noqa: PLR2004 - RIFF and first chunk
        raise truncated("WebP")
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
    elif kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 ":
        width, height = (value & 0x3FFF for value in struct.unpack("<HH", data[26:30]))
    else:
        raise truncated("WebP, VP8")
    return Header("image/webp", width, height)
