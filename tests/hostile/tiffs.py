"""Hostile TIFF and HEIC files: directories that loop, strips that lie, boxes without an end."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

from PIL import Image

from tests.hostile.form import draw_form, encode, random_bytes
from tests.hostile.pngs import zeros
from tests.hostile.specimen import NO_FORM, NOT_A_PICTURE, READ, TOO_LARGE, TRUNCATED, Specimen, specimen

_PAGES = frozenset({"too_many_pages", "too_large"})
_NONE, _DEFLATE, _G4 = 1, 8, 4
_SHORT, _LONG = 3, 4
_DIRECTORY_AT = 8


def directory(tags: Mapping[int, tuple[int, ...]], following: int = 0) -> bytes:
    """A directory of LONG values; more than one value to a tag are (count, place)."""
    entries = b""
    for tag, value in sorted(tags.items()):
        count, field = value if len(value) == 2 else (1, value[0])
        entries += struct.pack("<HHII", tag, _LONG, count, field)
    return struct.pack("<H", len(tags)) + entries + struct.pack("<I", following)


def picture_tags(size: tuple[int, int], *, at: int, length: int, packing: int = _NONE) -> dict[int, tuple[int, ...]]:
    """An 8 bit grey picture in one strip."""
    width, height = size
    tags = {256: width, 257: height, 258: 8, 259: packing, 262: 1, 273: at, 277: 1, 278: height, 279: length}
    return {tag: (value,) for tag, value in tags.items()}


def tiff(tags: Mapping[int, tuple[int, ...]], strip: bytes = b"", following: int = 0) -> bytes:
    """A file of one directory and, behind it, its strip."""
    return b"II*\0" + struct.pack("<I", _DIRECTORY_AT) + directory(tags, following) + strip


def strip_place(tags: int = 9) -> int:
    """Where the strip of a directory with that many tags begins."""
    return _DIRECTORY_AT + 2 + 12 * tags + 4


def make_floods() -> Iterator[Specimen]:
    """More pixels than bytes."""
    at = strip_place()
    side = 6300
    bomb = zeros(side * side)
    flood = picture_tags((side, side), at=at, length=len(bomb), packing=_DEFLATE)
    huge = picture_tags((2**31, 2**31), at=at, length=100)
    beyond = picture_tags((1200, 900), at=2**31, length=1_080_000)
    over = zeros(200_000_000)
    small = picture_tags((1200, 900), at=at, length=len(over), packing=_DEFLATE)
    yield specimen("tiff-claims-2147483648-square", tiff(huge, bytes(100)), TOO_LARGE)
    yield specimen("tiff-flood-39-megapixels", tiff(flood, bomb), NO_FORM, TRUNCATED)
    yield specimen("tiff-strip-unpacks-to-200-megabytes", tiff(small, over), NO_FORM, TRUNCATED)
    yield specimen("tiff-strip-beyond-the-end", tiff(beyond, bytes(1000)), TRUNCATED)
    strips = {**picture_tags((1200, 900), at=0, length=0), 273: (2**30, 8), 279: (2**30, 8)}
    yield specimen("tiff-a-billion-strips", tiff(strips, bytes(1000)), TRUNCATED, TOO_LARGE)
    samples = {**picture_tags((6000, 6000), at=at, length=1000), 277: (65_535,), 258: (65_535, 8)}
    yield specimen("tiff-65535-samples", tiff(samples, bytes(1000)), TRUNCATED, TOO_LARGE, NOT_A_PICTURE)
    tiles = {256: (6000,), 257: (6000,), 258: (8,), 259: (_DEFLATE,), 262: (1,), 277: (1,)}
    tiles |= {322: (2**30,), 323: (2**30,), 324: (at,), 325: (100,)}
    yield specimen("tiff-tile-of-a-billion", tiff(tiles, bytes(1000)), TRUNCATED, TOO_LARGE, NOT_A_PICTURE, NO_FORM)


def make_directories() -> Iterator[Specimen]:
    """Directories that never end."""
    raw = bytes([200]) * 1_080_000
    own = picture_tags((1200, 900), at=strip_place(), length=len(raw))
    yield specimen("tiff-directory-within-itself", tiff(own, raw, following=_DIRECTORY_AT), TRUNCATED, _PAGES)
    yield specimen("tiff-directory-beyond-the-end", tiff(own, raw, following=2**31), TRUNCATED)
    page = len(directory(own))
    chain = b"".join(directory(own, _DIRECTORY_AT + page * (n + 1)) for n in range(10_000))
    yield specimen("tiff-10000-directories", b"II*\0\x08\0\0\0" + chain + raw, TRUNCATED, _PAGES)
    yield specimen("tiff-65535-tags", b"II*\0\x08\0\0\0\xff\xff" + bytes(70_000), TRUNCATED, NOT_A_PICTURE)
    yield specimen("tiff-no-directory", b"II*\0" + bytes(4000), TRUNCATED, NOT_A_PICTURE)
    yield specimen("tiff-big", b"II+\0\x08\0\0\0" + bytes(4000), NOT_A_PICTURE)
    yield specimen("tiff-noise", b"MM\0*\0\0\0\x08" + random_bytes(4000), TRUNCATED, NOT_A_PICTURE)


def make_tiff_pictures() -> Iterator[Specimen]:
    """Whole ones, and the same cut off."""
    form = draw_form().picture
    lzw = encode(form.convert("L"), "TIFF", compression="tiff_lzw")
    yield specimen("tiff-lzw", lzw, READ)
    yield specimen("tiff-g4", encode(form.convert("L").point(lambda v: 255 * (v > 150), "1"), "TIFF"), READ, NO_FORM)
    for percent in (20, 90):
        yield specimen(f"tiff-cut-at-{percent}", lzw[: len(lzw) * percent // 100], TRUNCATED)
    half = len(lzw) // 2
    broken = lzw[:half] + random_bytes(300) + lzw[half + 300 :]
    yield specimen("tiff-broken-middle", broken, TRUNCATED, NO_FORM, READ, "markers_missing", "registration_failed")
    pages = [form.convert("L")] * 31
    many = encode(pages[0], "TIFF", compression="tiff_lzw", save_all=True, append_images=pages[1:])
    yield specimen("tiff-31-pages", many, _PAGES)


def box(kind: bytes, body: bytes) -> bytes:
    """An ISO box."""
    return struct.pack(">I", len(body) + 8) + kind + body


def patch_sizes(heic: bytes, size: tuple[int, int]) -> bytes:
    """The file with every declared picture size replaced."""
    parts = heic.split(b"ispe")
    sides = struct.pack(">III", 0, *size)
    return b"ispe".join([parts[0], *(sides + part[12:] for part in parts[1:])])


def make_heics() -> Iterator[Specimen]:
    """The same for HEIC."""
    form = draw_form().picture
    heic = encode(form, "HEIF", quality=80)
    kind = box(b"ftyp", b"heic\0\0\0\0mif1heic")
    yield specimen("heic", heic, READ)
    yield specimen("heic-claims-65535-square", patch_sizes(heic, (65_535, 65_535)), TOO_LARGE)
    yield specimen("heic-claims-too-little", patch_sizes(heic, (1000, 1000)), TRUNCATED, NO_FORM, TOO_LARGE, READ)
    yield specimen("heic-claims-more", patch_sizes(heic, (7000, 7000)), TRUNCATED, NO_FORM, TOO_LARGE, READ)
    for percent in (1, 50, 99):
        yield specimen(f"heic-cut-at-{percent}", heic[: len(heic) * percent // 100], TRUNCATED)
    half = len(heic) // 2
    broken = heic[:half] + random_bytes(300) + heic[half + 300 :]
    yield specimen("heic-broken-middle", broken, TRUNCATED, NO_FORM, READ, "markers_missing", "registration_failed")
    flood = encode(Image.new("RGB", (6000, 4000), (90, 90, 90)), "HEIF", quality=10, enc_params={"preset": "ultrafast"})
    yield specimen("heic-flood-24-megapixels", flood, NO_FORM)
    nested = b""
    for _ in range(3000):
        nested = box(b"meta", b"\0\0\0\0" + nested)
    yield specimen("heic-3000-boxes-deep", kind + nested, TRUNCATED)
    yield specimen("heic-endless-box", kind + b"\0\0\0\1meta" + b"\xff" * 8 + bytes(200), TRUNCATED)
    yield specimen("heic-million-empty-boxes", kind + box(b"free", b"") * 1_000_000, TRUNCATED, NOT_A_PICTURE)
    yield specimen("heic-noise", kind + box(b"meta", random_bytes(3000)) + box(b"mdat", random_bytes(3000)), TRUNCATED)
    yield specimen("avif", box(b"ftyp", b"avif\0\0\0\0mif1avif") + bytes(3000), NOT_A_PICTURE, "unsupported_format")
    yield specimen("film", box(b"ftyp", b"isom\0\0\2\0isomiso2mp41") + bytes(3000), NOT_A_PICTURE)


def make_tiffs() -> Iterator[Specimen]:
    """All of them."""
    yield from make_floods()
    yield from make_directories()
    yield from make_tiff_pictures()
    yield from make_heics()
