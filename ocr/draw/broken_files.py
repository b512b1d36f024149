"""Damaged photographs for the fuzz: bytes changed in the file, or pixels changed in the picture."""

from __future__ import annotations

import io
import random

import cv2
import numpy as np
from PIL import Image

from ocr.draw.broken_sheet import Picture
from ocr.draw.photograph import photograph
from ocr.draw.tps import draw_tps

WORDS = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\1", b"\x80\0\0\0", b"\xff\xd9\xff\xda")
FORMATS = {"JPEG": {"quality": 70}, "PNG": {"compress_level": 1}, "WEBP": {"quality": 60, "method": 0}, "TIFF": {}}
_SEED = 424_242
_SIDE = 1200


def make_photographs() -> list[Picture]:
    """One photograph of each page, small enough to be mutated by the thousand."""
    drawing = draw_tps(None, seed=_SEED, split="evaluation", pages=(1, 2, 3), px_per_mm=2.5)
    rng = np.random.default_rng(_SEED)
    photos = []
    for page in drawing.pages.values():
        seen = np.asarray(Image.open(io.BytesIO(photograph(page, "photo", rng, exif=False))))[:, :, ::-1]
        share = _SIDE / max(seen.shape[:2])
        photos.append(np.asarray(cv2.resize(seen, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), np.uint8))
    return photos


def mutate(photos: list[Picture], seed: int) -> bytes:
    """The mutation of that number: the same one each time."""
    chance = random.Random(seed)
    picture = chance.choice(photos)
    if chance.random() < 0.5:
        return change_bytes(_encode(picture, chance), chance)
    return _encode(change_pixels(picture, np.random.default_rng(seed)), chance)


def change_bytes(data: bytes, chance: random.Random) -> bytes:
    """A few changes, more often near the beginning, where the structure is."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(max(1, min(len(changed), chance.choice((64, 600, len(changed))))))
        kind = chance.randrange(4)
        if kind == 0:
            changed[at : at + 1] = bytes([chance.randrange(256)])
        elif kind == 1:
            word = chance.choice(WORDS)
            changed[at : at + len(word)] = word
        elif kind == 2:
            del changed[at : at + chance.randrange(1, 4000)]
        else:
            changed[at:at] = changed[at : at + chance.randrange(1, 400)]
    return bytes(changed)


def change_pixels(picture: Picture, rng: np.random.Generator) -> Picture:
    """Pieces moved, doubled, turned and painted over; then the whole squeezed, cut or slanted."""
    changed = picture.copy()
    height, width = changed.shape[:2]
    for _ in range(int(rng.integers(1, 12))):
        side = int(rng.integers(8, 400))
        y, x, v, u = (int(rng.integers(0, max(1, edge - side))) for edge in (height, width, height, width))
        piece = changed[y : y + side, x : x + side].copy()
        if rng.random() < 0.3:
            piece[:] = rng.integers(0, 256, 3)
        elif rng.random() < 0.3:
            piece = np.ascontiguousarray(piece[::-1])
        target = changed[v : v + side, u : u + side]
        target[:] = piece[: target.shape[0], : target.shape[1]]
    return _squeeze(changed, rng)


def _squeeze(picture: Picture, rng: np.random.Generator) -> Picture:
    """A view from anywhere, in a picture of any shape."""
    height, width = picture.shape[:2]
    kind = int(rng.integers(4))
    if kind == 0:
        size = (int(rng.integers(40, 2400)), int(rng.integers(40, 2400)))
        return np.asarray(cv2.resize(picture, size), np.uint8)
    if kind == 1:
        top, left = int(rng.integers(0, height // 2)), int(rng.integers(0, width // 2))
        return np.ascontiguousarray(picture[top : top + height // 2 + 50, left : left + width // 2 + 50])
    if kind == 2:
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        moved = (corners + rng.normal(0, 0.25, (4, 2)) * (width, height)).astype(np.float32)
        matrix = cv2.getPerspectiveTransform(corners, moved)
        return np.asarray(cv2.warpPerspective(picture, matrix, (width, height)), np.uint8)
    return picture


def _encode(picture: Picture, chance: random.Random) -> bytes:
    """A file of one of the formats."""
    kind = chance.choices(list(FORMATS), weights=(5, 1, 1, 1))[0]
    buffer = io.BytesIO()
    Image.fromarray(picture[:, :, ::-1]).save(buffer, kind, **FORMATS[kind])
    return buffer.getvalue()
