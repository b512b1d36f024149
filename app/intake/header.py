"""Look at a picture's first bytes: format and size by the header, wholeness by the end mark. Nothing is decoded here.

A PNG of 100 KB can claim 30,000 x 30,000 pixels; the claim is refused, not tried. A picture that passes may still be
damaged inside: only the worker, in a process of its own, finds that out.
Sources: ITU T.81 (JPEG) B.1.1, W3C PNG 5.2 and 11.2.2, RFC 9649 (WebP) 2.
"""

import struct
from dataclasses import dataclass

from app.core.errors import InvalidInputError, UnsupportedFormatError

PIXELS_MAX = 100_000_000
SIDE_MAX = 30_000

_OTHER_FORMATS = {
    b"%PDF": "PDF",
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"PK\x03\x04": "ZIP",
}
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SCAN = 0xDA
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_SEND_JPEG = "Kirim foto JPEG, PNG, atau WebP. (Send a JPEG, PNG or WebP photograph.)"


@dataclass(frozen=True)
class Header:
    """Content type and size in pixels as the header says, before any EXIF turn."""

    content_type: str
    width: int
    height: int


def read_header(data: bytes) -> Header:
    """Return format and size of the picture in ``data``.

    Raises:
        UnsupportedFormatError: not a photograph, or a format that is not read here.
        InvalidInputError: empty, cut off, or more pixels than a photograph has.
    """
    if not data:
        message = "Berkas ini kosong, 0 bita. (This file is empty, 0 bytes.)"
        raise InvalidInputError(message, "Pilih fotonya sekali lagi. (Choose the photograph again.)", code="empty_file")
    header = _parse(data)
    if header.width == 0 or header.height == 0:
        raise _truncated(f"{header.width} x {header.height}")
    if header.width * header.height > PIXELS_MAX or max(header.width, header.height) > SIDE_MAX:
        size = f"{header.width} x {header.height}"
        raise InvalidInputError(
            f"Gambar ini {size} piksel, terlalu besar. (This picture has {size} pixels, too many.)",
            "Kirim foto kamera paling besar 100 megapiksel. (Send a camera photograph of at most 100 megapixels.)",
            code="too_many_pixels",
        )
    return header


def _parse(data: bytes) -> Header:
    if data[:3] == b"\xff\xd8\xff":
        return _parse_jpeg(data)
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return _parse_png(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _parse_webp(data)
    raise _not_a_picture(data)


def _not_a_picture(data: bytes) -> UnsupportedFormatError:
    if data[4:8] == b"ftyp":
        return UnsupportedFormatError(
            "Foto HEIC/AVIF atau video belum dapat dibaca. (HEIC, AVIF and films cannot be read.)",
            "Ubah kamera ke JPEG, atau kirim tangkapan yang disimpan sebagai JPEG. "
            "(Set the camera to JPEG or save the photograph as JPEG.)",
        )
    name = next((name for start, name in _OTHER_FORMATS.items() if data.startswith(start)), None)
    if name is None and data.lstrip()[:1] == b"<":
        name = "HTML"
    said = f"{name}" if name else "jenis lain (another kind of file)"
    message = f"Isi berkas ini bukan foto, melainkan {said}. (The content of this file is not a photograph.)"
    return UnsupportedFormatError(message, _SEND_JPEG, code="not_an_image")


def _truncated(where: str) -> InvalidInputError:
    return InvalidInputError(
        f"Berkas foto tidak utuh ({where}). (The photograph is incomplete.)",
        "Pengiriman mungkin terputus; kirim foto asli sekali lagi. "
        "(The transfer may have been cut off; send the original again.)",
        code="truncated",
    )


def _parse_png(data: bytes) -> Header:
    """PNG: IHDR first, IEND last."""
    if len(data) < 33 or data[12:16] != b"IHDR":  # noqa: PLR2004 - signature and IHDR are 33 bytes
        raise _truncated("PNG, IHDR")
    width, height = struct.unpack(">II", data[16:24])
    if width * height <= PIXELS_MAX and b"IEND" not in data[-1024:]:
        raise _truncated("PNG, IEND")
    return Header("image/png", width, height)


def _parse_jpeg(data: bytes) -> Header:
    """JPEG: walk the segments to the first scan; the largest frame named before it is the one believed."""
    position, size = 2, (0, 0)
    while position + 4 <= len(data) and data[position] == 0xFF:  # noqa: PLR2004 - every marker begins so
        marker = data[position + 1]
        if marker == 0xFF:  # noqa: PLR2004 - fill byte
            position += 1
            continue
        if marker in _STANDALONE:
            position += 2
            continue
        if marker == _SCAN:
            return _finish_jpeg(data, position, size)
        if marker in _FRAMES and position + 9 <= len(data):
            height, width = struct.unpack(">HH", data[position + 5 : position + 9])
            size = max(size, (width, height), key=lambda pair: pair[0] * pair[1])
        position += 2 + max(int.from_bytes(data[position + 2 : position + 4], "big"), 2)
    raise _truncated("JPEG, SOS")


def _finish_jpeg(data: bytes, scan: int, size: tuple[int, int]) -> Header:
    """Inside the coded picture FF is followed by 00 or a restart mark only, so FF D9 behind the scan is its end."""
    if data.find(b"\xff\xd9", scan) < 0:
        raise _truncated("JPEG, EOI")
    return Header("image/jpeg", *size)


def _parse_webp(data: bytes) -> Header:
    """WebP: lossy, lossless or extended, each with its own size field."""
    if len(data) < 30 or len(data) < int.from_bytes(data[4:8], "little"):  # noqa: PLR2004 - RIFF and first chunk
        raise _truncated("WebP")
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
    elif kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 ":
        width, height = (value & 0x3FFF for value in struct.unpack("<HH", data[26:30]))
    else:
        raise _truncated("WebP, VP8")
    return Header("image/webp", width, height)
