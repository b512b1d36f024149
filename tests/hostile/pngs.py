"""Hostile PNG files: floods of pixels, bombs in every compressed chunk, frames and passes that cost."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image

from tests.hostile.form import draw_form, encode, random_bytes
from tests.hostile.specimen import NO_FORM, READ, TOO_LARGE, TRUNCATED, Specimen, specimen

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, COLOUR, PALETTE, COLOUR_ALPHA = 0, 2, 3, 6
_ADAM7 = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
"""First row, first column, step of rows, step of columns of each pass."""


def chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk with its length and checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def zeros(count: int) -> bytes:
    """A zlib stream of that many zero bytes, from one packed block again and again."""
    block = 1 << 20
    packer, last = (zlib.compressobj(9, zlib.DEFLATED, -15) for _ in range(2))
    packed = packer.compress(bytes(block)) + packer.flush(zlib.Z_FULL_FLUSH)
    rest = last.compress(bytes(count % block)) + last.flush()
    checksum = (count % 65_521) << 16 | 1  # Adler-32 of zeros
    return b"\x78\xda" + packed * (count // block) + rest + checksum.to_bytes(4, "big")


def head(size: tuple[int, int], *, bits: int = 8, kind: int = GREY, interlaced: int = 0) -> bytes:
    """The header chunk."""
    return chunk(b"IHDR", struct.pack(">IIBBBBB", *size, bits, kind, 0, 0, interlaced))


def png(size: tuple[int, int], packed: bytes, *extra: bytes, bits: int = 8, kind: int = GREY, lace: int = 0) -> bytes:
    """A file with this compressed picture and these chunks before it."""
    first = head(size, bits=bits, kind=kind, interlaced=lace)
    return SIGNATURE + first + b"".join(extra) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def insert(whole: bytes, *chunks: bytes) -> bytes:
    """The file with chunks right behind its header."""
    return whole[:33] + b"".join(chunks) + whole[33:]


def interlace(grey: np.ndarray) -> bytes:
    """A grey picture in the seven passes of Adam7."""
    passes = [grey[top::down, left::right] for top, left, down, right in _ADAM7]
    raw = b"".join(b"\0" + row.tobytes() for one in passes for row in one)
    return png((grey.shape[1], grey.shape[0]), zlib.compress(raw, 1), lace=1)


def make_floods() -> Iterator[Specimen]:
    """More pixels than bytes."""
    side = 6300  # just within the limit for formats that are held whole
    yield specimen("png-claims-30000-square", png((30_000, 30_000), zlib.compress(b"")), TOO_LARGE)
    yield specimen("png-claims-2147483647-square", png((2**31 - 1, 2**31 - 1), zlib.compress(b"")), TOO_LARGE)
    yield specimen("png-claims-nothing", png((0, 0), zlib.compress(b"")), TRUNCATED, "too_small")
    yield specimen("png-flood-1-bit", png((20_000, 20_000), zeros(2501 * 20_000), bits=1), TOO_LARGE)
    yield specimen("png-flood-39-megapixels", png((side, side), zeros((side + 1) * side)), NO_FORM)
    deep = zeros((side * 8 + 1) * side)
    yield specimen("png-flood-16-bit-alpha", png((side, side), deep, bits=16, kind=COLOUR_ALPHA), "too_large")
    grey_deep = zeros((side * 2 + 1) * side)
    yield specimen("png-flood-16-bit", png((side, side), grey_deep, bits=16), NO_FORM)
    laced = zeros((side + 8) * (side + 8) * 2)
    yield specimen("png-flood-interlaced", png((side, side), laced, lace=1), NO_FORM, TRUNCATED)
    colours = (chunk(b"PLTE", bytes(768)), chunk(b"tRNS", bytes(256)))
    packed = zeros((side + 1) * side)
    yield specimen("png-flood-palette", png((side, side), packed, *colours, kind=PALETTE), NO_FORM, "too_large")


def make_bombs() -> Iterator[Specimen]:
    """Small files that unpack to much, in the picture and beside it."""
    whole = encode(draw_form().picture.convert("L"), "PNG", compress_level=1)
    bomb = zeros(200_000_000)
    text = chunk(b"zTXt", b"Comment\0\0" + bomb)
    international = chunk(b"iTXt", b"Comment\0\1\0\0\0" + bomb)
    profile = chunk(b"iCCP", b"sRGB\0\0" + bomb)
    yield specimen("png-picture-unpacks-to-200-megabytes", png((1200, 900), bomb), NO_FORM)
    yield specimen("png-text-bomb", insert(whole, text), TRUNCATED, READ)
    yield specimen("png-ten-text-bombs", insert(whole, text, text, text, text, text), TRUNCATED, READ)
    yield specimen("png-international-text-bomb", insert(whole, international), TRUNCATED, READ)
    yield specimen("png-profile-bomb", insert(whole, profile), TRUNCATED, READ)
    yield specimen("png-100000-chunks", insert(whole, chunk(b"teXt", b"") * 100_000), TRUNCATED, READ)
    yield specimen("png-chunk-of-4-gigabytes", insert(whole, b"\xff\xff\xff\xffIDAT"), TRUNCATED)
    yield specimen("png-exif-of-noise", insert(whole, chunk(b"eXIf", b"II*\0" + random_bytes(4000))), READ, TRUNCATED)


def make_frames() -> Iterator[Specimen]:
    """Animated PNG: what is read is the first picture."""
    form = draw_form().picture.convert("L")
    other = Image.new("L", form.size, 255)
    yield specimen("png-animated", encode(form, "PNG", save_all=True, append_images=[other], compress_level=1), READ)
    many = chunk(b"acTL", struct.pack(">II", 0x7FFFFFFF, 0))
    yield specimen(
        "png-claims-two-billion-frames", insert(encode(form, "PNG", compress_level=1), many), READ, TRUNCATED
    )


def make_damaged() -> Iterator[Specimen]:
    """Cut off, or put together wrongly."""
    whole = encode(draw_form().picture, "PNG", compress_level=1)
    for percent in (0.001, 5, 50, 99):
        yield specimen(f"png-cut-at-{percent}", whole[: int(len(whole) * percent / 100)], TRUNCATED, "not_an_image")
    half = len(whole) // 2
    end = chunk(b"IEND", b"")
    yield specimen("png-cut-and-closed", whole[:half] + end, TRUNCATED, NO_FORM)
    yield specimen("png-broken-middle", whole[:half] + random_bytes(500) + whole[half + 500 :], TRUNCATED, NO_FORM)
    yield specimen("png-without-picture", SIGNATURE + head((1200, 900)) + end, TRUNCATED)
    yield specimen("png-header-of-noise", SIGNATURE + random_bytes(5000) + end, TRUNCATED)
    yield specimen("png-wrong-checksum", whole[:29] + b"\0\0\0\0" + whole[33:], TRUNCATED)
    page = b"<html><script>alert(1)</script></html>"
    yield specimen("png-html-tail", whole + page, READ, TRUNCATED)


def make_colours() -> Iterator[Specimen]:
    """Rare but honest ways to say the same picture."""
    form = draw_form().picture
    grey = form.convert("L")
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    transparent = form.copy()
    transparent.putalpha(255)
    yield specimen("png-16-bit", encode(deep, "PNG", compress_level=1), READ)
    yield specimen("png-interlaced", interlace(np.asarray(grey)), READ)
    yield specimen("png-palette", encode(form.quantize(64), "PNG", transparency=0, compress_level=1), READ)
    yield specimen("png-alpha", encode(transparent, "PNG", compress_level=1), READ)


def make_pngs() -> Iterator[Specimen]:
    """All of them."""
    yield from make_floods()
    yield from make_bombs()
    yield from make_frames()
    yield from make_damaged()
    yield from make_colours()
