"""Hostile WebP files, and the few other kinds of picture that are built of chunks like it."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from PIL import Image

from tests.hostile.form import draw_form, encode, random_bytes
from tests.hostile.specimen import NO_FORM, READ, TOO_LARGE, TRUNCATED, Specimen, specimen

_ANIMATED, _EXIF = 0x02, 0x08


def chunk(kind: bytes, body: bytes) -> bytes:
    """A RIFF chunk, padded to even length."""
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def riff(*chunks: bytes) -> bytes:
    """A WebP file of these chunks."""
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def canvas(size: tuple[int, int], flags: int = 0) -> bytes:
    """The extended header: a canvas of this size."""
    sides = b"".join((side - 1).to_bytes(3, "little") for side in size)
    return chunk(b"VP8X", bytes([flags, 0, 0, 0]) + sides)


def frame(picture: bytes, size: tuple[int, int]) -> bytes:
    """One frame of an animation around a picture's own chunk."""
    sides = b"".join((side - 1).to_bytes(3, "little") for side in size)
    return chunk(b"ANMF", bytes(6) + sides + b"\x64\0\0\0" + picture)


def make_floods() -> Iterator[Specimen]:
    """More pixels than bytes."""
    small = encode(Image.new("RGB", (1200, 900), "white"), "WEBP")[12:]
    flat = encode(Image.new("RGB", (4400, 4400), (90, 90, 90)), "WEBP", lossless=True, method=0)
    claims = chunk(b"VP8L", b"\x2f\xff\xff\xff\x0f" + bytes(60))
    yield specimen("webp-claims-16384-square", riff(claims), TOO_LARGE)
    yield specimen("webp-claims-16777216-square", riff(canvas((1 << 24, 1 << 24)), small), TOO_LARGE)
    yield specimen("webp-flood-19-megapixels", flat, NO_FORM)
    yield specimen("webp-canvas-hides-a-flood", riff(canvas((1200, 900)), flat[12:]), TRUNCATED, TOO_LARGE, NO_FORM)
    yield specimen("webp-canvas-larger-than-picture", riff(canvas((4000, 4000)), small), TRUNCATED, NO_FORM)
    tall = (4400, 4400)
    movie = riff(canvas(tall, _ANIMATED), chunk(b"ANIM", bytes(6)), *[frame(flat[12:], tall)] * 200)
    yield specimen("webp-animated-flood", movie, NO_FORM, TRUNCATED, "too_large")
    blink = [frame(small, (1200, 900))] * 2_000
    yield specimen("webp-2000-frames", riff(canvas((1200, 900), _ANIMATED), chunk(b"ANIM", bytes(6)), *blink), NO_FORM)


def make_damaged() -> Iterator[Specimen]:
    """Cut off, broken, or wrong about their own length."""
    form = draw_form().picture
    lossy = encode(form, "WEBP", quality=80, method=0)
    for percent in (1, 50, 99):
        yield specimen(f"webp-cut-at-{percent}", lossy[: len(lossy) * percent // 100], TRUNCATED)
    half = len(lossy) // 2
    cut = lossy[12:half]
    body = b"WEBP" + cut[:4] + struct.pack("<I", len(cut) - 8) + cut[8:]
    yield specimen("webp-cut-and-closed", b"RIFF" + struct.pack("<I", len(body)) + body, TRUNCATED, NO_FORM)
    broken = lossy[:half] + random_bytes(800) + lossy[half + 800 :]
    yield specimen("webp-broken-middle", broken, TRUNCATED, NO_FORM, "markers_missing", "registration_failed", READ)
    yield specimen("webp-chunk-of-4-gigabytes", riff(b"VP8 \xff\xff\xff\xff", lossy[20:]), TRUNCATED)
    yield specimen("webp-unknown-kind", riff(chunk(b"VP9 ", random_bytes(500))), TRUNCATED, "not_an_image")
    yield specimen("webp-noise", riff(chunk(b"VP8L", b"\x2f" + random_bytes(9000))), TRUNCATED, TOO_LARGE, NO_FORM)


def make_harmless() -> Iterator[Specimen]:
    """What must be read in spite of it."""
    form = draw_form().picture
    lossy = encode(form, "WEBP", quality=80, method=0)
    exif = chunk(b"EXIF", b"II*\0" + random_bytes(8_000_000))
    yield specimen("webp-lossy", lossy, READ)
    yield specimen("webp-8-megabytes-of-exif", riff(canvas(form.size, _EXIF), lossy[12:], exif), READ)
    yield specimen("webp-animated", encode(form, "WEBP", save_all=True, append_images=[form], method=0), READ)


def make_webps() -> Iterator[Specimen]:
    """All of them."""
    yield from make_floods()
    yield from make_damaged()
    yield from make_harmless()
