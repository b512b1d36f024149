"""Hostile JPEG files: headers that lie, scans that never end, metadata that loops, and harmless oddities."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np
from PIL import Image

from tests.hostile.form import draw_form, encode, random_bytes
from tests.hostile.specimen import NO_FORM, READ, TOO_LARGE, TRUNCATED, Specimen, specimen

SEGMENT_MAX = 65_533
END = b"\xff\xd9"


def segment(marker: int, body: bytes) -> bytes:
    """A marker segment with its length."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def insert(jpeg: bytes, *segments: bytes) -> bytes:
    """The file with segments right behind its start mark."""
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def patch_frame(jpeg: bytes, *, marker: int | None = None, precision: int = 8, size: tuple[int, int]) -> bytes:
    """The file with another frame header (SOF): kind, bits a sample, (width, height)."""
    at = next(at for at in range(2, len(jpeg)) if jpeg[at] == 0xFF and jpeg[at + 1] in {0xC0, 0xC1, 0xC2})
    head = struct.pack(">BHH", precision, size[1], size[0])
    kind = jpeg[at + 1] if marker is None else marker
    return jpeg[: at + 1] + bytes([kind]) + jpeg[at + 2 : at + 4] + head + jpeg[at + 9 :]


def last_scan(progressive: bytes) -> bytes:
    """The last scan of a progressive file, from its mark to the end mark."""
    return progressive[progressive.rindex(b"\xff\xda") : progressive.rindex(END)]


def repeat_scan(progressive: bytes, times: int, between: bytes = b"") -> bytes:
    """A progressive file whose last scan comes that many times again, legally."""
    return progressive.removesuffix(END) + (between + last_scan(progressive)) * times + END


def exif(ifd: bytes) -> bytes:
    """An EXIF segment around a TIFF structure whose first directory begins at byte 8."""
    return segment(0xE1, b"Exif\0\0" + b"II*\0\x08\0\0\0" + ifd)


def make_lying_headers() -> Iterator[Specimen]:
    """Sizes, kinds and tables that are not so."""
    form = draw_form()
    size = form.picture.size
    small = encode(Image.new("L", (1200, 900), 128), "JPEG")
    yield specimen("jpeg-claims-65535-square", patch_frame(small, size=(65535, 65535)), TOO_LARGE)
    yield specimen("jpeg-claims-0-lines", patch_frame(small, size=(1200, 0)), TRUNCATED)
    yield specimen("jpeg-claims-10000-square", patch_frame(small, size=(10_000, 10_000)), TRUNCATED, NO_FORM)
    yield specimen("jpeg-two-frames", insert(small, segment(0xC0, bytes.fromhex("08ffffffff01011100"))), TOO_LARGE)
    yield specimen("jpeg-12-bit", patch_frame(form.jpeg, precision=12, size=size), "unsupported_format")
    yield specimen("jpeg-arithmetic", patch_frame(form.jpeg, marker=0xC9, size=size), TRUNCATED, NO_FORM)
    yield specimen("jpeg-lossless", patch_frame(form.jpeg, marker=0xC3, size=size), TRUNCATED)
    yield specimen("jpeg-huffman-tables", insert(form.jpeg, *[segment(0xC4, b"\xff" * 400)] * 3000), TRUNCATED)
    yield specimen("jpeg-restart-interval", insert(form.jpeg, segment(0xDD, b"\0\1")), TRUNCATED, NO_FORM, READ)
    yield specimen("jpeg-end-only", END, TRUNCATED, "not_an_image")
    yield specimen("jpeg-start-and-end", b"\xff\xd8" + END, TRUNCATED, "not_an_image")
    yield specimen("jpeg-start-and-fill", b"\xff\xd8" + b"\xff" * 3_000_000, TRUNCATED)
    yield specimen("jpeg-one-pixel", encode(Image.new("RGB", (1, 1)), "JPEG"), "too_small")
    yield specimen("jpeg-1x30000", encode(Image.new("L", (1, 30_000)), "JPEG"), TOO_LARGE)
    yield specimen("jpeg-19000x1", encode(Image.new("L", (19_000, 1)), "JPEG"), NO_FORM, "too_small")


def make_scan_bombs() -> Iterator[Specimen]:
    """Progressive files: each scan costs a pass over the whole picture."""
    large = encode(Image.new("L", (7000, 5600), 90), "JPEG", progressive=True)
    form = encode(draw_form().picture, "JPEG", progressive=True)
    # A comment may hold FF D9: whoever looks for the end by these bytes alone does not see the scans behind it.
    comment = segment(0xFE, END * 4)
    yield specimen("jpeg-150-scans", repeat_scan(form, 150), TOO_LARGE)
    yield specimen("jpeg-90-scans-of-39-megapixels", repeat_scan(large, 90), TOO_LARGE)
    yield specimen("jpeg-scans-behind-a-false-end", repeat_scan(large, 60, comment), TOO_LARGE)
    yield specimen("jpeg-progressive", form, READ)


def make_damaged() -> Iterator[Specimen]:
    """Cut off, or broken in the middle."""
    jpeg = draw_form().jpeg
    for percent in (1, 10, 50, 90):
        yield specimen(f"jpeg-cut-at-{percent}", jpeg[: len(jpeg) * percent // 100], TRUNCATED)
    yield specimen("jpeg-without-its-last-byte", jpeg[:-1], TRUNCATED)
    half = len(jpeg) // 2
    yield specimen("jpeg-cut-and-closed", jpeg[:half] + END, TRUNCATED, NO_FORM, "markers_missing")
    noise = random_bytes(2000).replace(b"\xff", b"\0")
    # Broken, but some lines may still be right: what is read must be, what is not read is refused.
    broken = jpeg[:half] + noise + jpeg[half + 2000 :]
    any_end = (TRUNCATED, NO_FORM, READ, "markers_missing", "registration_failed", "too_blurred")
    yield specimen("jpeg-broken-middle", broken, *any_end)
    yield specimen("jpeg-tables-of-noise", jpeg[:20] + random_bytes(600) + jpeg[620:], TRUNCATED, NO_FORM)


def make_metadata() -> Iterator[Specimen]:
    """A whole form, and around it metadata that is huge, endless or somebody's program."""
    jpeg = draw_form().jpeg
    filler = b"\x20" * SEGMENT_MAX
    icc = [segment(0xE2, b"ICC_PROFILE\0" + bytes([n, 255]) + filler[:-14]) for n in range(1, 256)]
    xmp = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + filler[:-29])
    entry = struct.pack("<HHII", 0x8769, 4, 1, 8)  # the EXIF directory's place: here it is its own parent
    many = struct.pack("<H", 0xFFFF) + struct.pack("<HHII", 0x0112, 3, 0xFFFFFFFF, 0xFFFFFFF0) * 5000
    yield specimen("jpeg-8-megabytes-of-comment", insert(jpeg, *[segment(0xFE, filler)] * 128), READ)
    yield specimen("jpeg-16-megabytes-of-icc", insert(jpeg, *icc), READ)
    yield specimen("jpeg-8-megabytes-of-xmp", insert(jpeg, *[xmp] * 128), READ)
    yield specimen("jpeg-exif-within-itself", insert(jpeg, exif(b"\1\0" + entry + b"\x08\0\0\0")), READ)
    yield specimen("jpeg-exif-next-is-itself", insert(jpeg, exif(b"\0\0\x08\0\0\0")), READ)
    yield specimen("jpeg-exif-65535-entries", insert(jpeg, exif(many)), READ)
    yield specimen("jpeg-exif-cut", insert(jpeg, segment(0xE1, b"Exif\0\0II*\0\xff\xff\xff\xff")), READ)
    page = b"<html><script>alert(document.cookie)</script></html>"
    yield specimen("jpeg-html-in-a-comment", insert(jpeg, segment(0xFE, page)), READ)


def make_colours() -> Iterator[Specimen]:
    """Rare but honest ways to say the same picture, and pictures of nothing."""
    form = draw_form()
    cmyk = encode(form.picture.convert("CMYK"), "JPEG")
    yield specimen("jpeg-cmyk", cmyk, READ)
    # The Adobe segment's last byte says how colours are stored; 2 (YCCK) is a lie here.
    at = cmyk.index(b"Adobe") + 11
    yield specimen("jpeg-ycck", cmyk[:at] + b"\2" + cmyk[at + 1 :], READ, NO_FORM)
    yield specimen("jpeg-grey", encode(form.picture.convert("L"), "JPEG"), READ)
    yield specimen("jpeg-black", encode(Image.new("RGB", (4000, 3000)), "JPEG"), NO_FORM)
    yield specimen("jpeg-white", encode(Image.new("RGB", (4000, 3000), "white"), "JPEG"), NO_FORM)
    yield specimen("jpeg-100-megapixels", encode(Image.new("L", (10_000, 10_000), 200), "JPEG"), NO_FORM)


def make_busy() -> Iterator[Specimen]:
    """Pictures that offer a detector of squares more than it can chew."""
    y, x = np.mgrid[0:3000, 0:4000]
    noise = np.random.default_rng(1).integers(0, 256, (3000, 4000), dtype=np.uint8)
    board = ((x // 24 + y // 24) % 2 * 255).astype(np.uint8)
    islands = np.where((x % 40 < 24) & (y % 40 < 24), 0, 255).astype(np.uint8)
    fine = np.where((x % 12 < 7) & (y % 12 < 7), 0, 255).astype(np.uint8)
    rings = (np.maximum(abs(x % 400 - 200), abs(y % 400 - 200)) // 8 % 2 * 255).astype(np.uint8)
    for name, picture in (("noise", noise), ("chessboard", board), ("islands", islands), ("dots", fine)):
        yield specimen(f"jpeg-{name}", encode(Image.fromarray(picture), "JPEG", quality=60), NO_FORM)
    yield specimen("jpeg-rings", encode(Image.fromarray(rings), "JPEG", quality=60), NO_FORM)


def make_jpegs() -> Iterator[Specimen]:
    """All of them."""
    yield from make_lying_headers()
    yield from make_scan_bombs()
    yield from make_damaged()
    yield from make_metadata()
    yield from make_colours()
    yield from make_busy()
