"""The pictures of the flood: drawn forms, pictures that are none, and copies as messengers and attackers make them.

Small, 1,200 pixels, as messengers send them; every one follows from the seed and its place.
"""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.draw.photograph import Tier, photograph
from ocr.draw.scenery import background, light, noise
from ocr.draw.tps import draw_tps
from workers.drill.flood.plan import EXACT_SHARE, FORMS_OF_TEN, PAGES, Sending, Size

Picture = NDArray[np.uint8]

PX_PER_MM = 1.6
LONGEST = 1200
QUALITY = 85
_GENUINE, _FLOOD, _OTHER, _COPY = 1, 2, 3, 4
"""Streams of chance, so that no picture depends on how many of another kind there are."""


def make_picture(size: Size, sending: Sending) -> bytes:
    """Return the bytes of one upload."""
    if sending.kind == "genuine":
        paper, page = divmod(sending.picture, len(PAGES))
        return draw_form(size.seed * 1_000_003 + paper, PAGES[page])
    if sending.kind == "other":
        return draw_other(np.random.default_rng((size.seed, _OTHER, sending.picture)))
    original = _draw_flooded(size.seed, sending.picture)
    rng = np.random.default_rng((size.seed, _COPY, sending.number))
    return original if rng.random() < EXACT_SHARE else recode(original, rng)


@lru_cache(maxsize=64)
def _draw_flooded(seed: int, picture: int) -> bytes:
    if picture % 10 < FORMS_OF_TEN:
        return draw_form(seed * 1_000_003 + 700_000 + picture, PAGES[picture % len(PAGES)])
    return draw_other(np.random.default_rng((seed, _FLOOD, picture)))


def draw_form(seed: int, page: int) -> bytes:
    """Return a photograph of a filled-in page."""
    drawing = draw_tps(None, seed=seed, split="demo", pages=(page,), px_per_mm=PX_PER_MM)
    rng = np.random.default_rng((seed, _GENUINE, page))
    tier: Tier = "photo" if _happens(rng, 0.5) else "scan"
    data = photograph(drawing.pages[page], tier, rng, quarter_turns=0, exif=False)
    return _encode(_shrink(_open(data)), QUALITY)


def draw_other(rng: np.random.Generator) -> bytes:
    """Return a picture that is no form: a scene, a screen with bars and lines, or a page of print on a table."""
    kind = int(rng.integers(3))
    size = [(1200, 900), (600, 1200), (900, 1200)][kind]
    picture = background(size, rng)
    if kind == 0:
        _paint_things(picture, rng)
    elif kind == 1:
        _paint_screen(picture, rng)
    else:
        _paint_print(picture, rng)
    lit = light(picture, shadow=0.3, gradient=0.2, rng=rng)
    noise(lit, float(rng.uniform(0, 5)), rng)
    return _encode(lit, int(rng.integers(60, 90)))


def _paint_things(picture: Picture, rng: np.random.Generator) -> None:
    height, width = picture.shape[:2]
    for _ in range(int(rng.integers(5, 30))):
        centre = (int(rng.integers(width)), int(rng.integers(height)))
        axes = (int(rng.integers(10, 220)), int(rng.integers(10, 220)))
        colour = tuple(int(value) for value in rng.integers(0, 256, 3))
        cv2.ellipse(picture, centre, axes, float(rng.uniform(0, 180)), 0, 360, colour, -1, cv2.LINE_AA)


def _paint_screen(picture: Picture, rng: np.random.Generator) -> None:
    picture[:] = int(rng.integers(200, 256))
    width = picture.shape[1]
    picture[:60], picture[-90:] = int(rng.integers(40, 90)), int(rng.integers(40, 90))
    for row in range(110, picture.shape[0] - 140, int(rng.integers(60, 120))):
        left = 20 if _happens(rng, 0.5) else width // 3
        cv2.rectangle(picture, (left, row), (left + width // 2, row + 46), (210, 240, 220), -1)
        _write(picture, (left + 8, row + 30), rng, 0.6)


def _paint_print(picture: Picture, rng: np.random.Generator) -> None:
    left, top = int(rng.integers(30, 120)), int(rng.integers(30, 120))
    cv2.rectangle(picture, (left, top), (picture.shape[1] - left, picture.shape[0] - top), (240, 242, 243), -1)
    for row in range(top + 50, picture.shape[0] - top - 20, int(rng.integers(22, 40))):
        _write(picture, (left + 25, row), rng, 0.7)


def _write(picture: Picture, place: tuple[int, int], rng: np.random.Generator, size: float) -> None:
    words = "".join(rng.choice(list("abcdefghijklmnop rst 0123456789"), int(rng.integers(15, 45))))
    cv2.putText(picture, words, place, cv2.FONT_HERSHEY_SIMPLEX, size, (40, 40, 40), 1, cv2.LINE_AA)


def recode(data: bytes, rng: np.random.Generator) -> bytes:
    """Return a copy: a few per cent cut off, turned by up to 2 degrees, smaller, of other light, another quality."""
    picture = _open(data)
    height, width = picture.shape[:2]
    if _happens(rng, 0.5):
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), float(rng.uniform(-2, 2)), 1.0)
        picture = np.asarray(
            cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8
        )
    if _happens(rng, 0.6):
        left, top, right, bottom = (int(share) for share in rng.uniform(0, 0.04, 4) * (width, height, width, height))
        picture = picture[top : height - bottom, left : width - right]
    scale = float(rng.uniform(0.75, 1.1))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    sized = np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=how), dtype=np.float32) / 255
    lit = np.power(sized, float(rng.uniform(0.75, 1.3))) * float(rng.uniform(0.85, 1.1))
    if _happens(rng, 0.3):
        lit = np.asarray(cv2.GaussianBlur(lit, (0, 0), float(rng.uniform(0.3, 0.8))), dtype=np.float32)
    return _encode(np.clip(lit * 255, 0, 255).astype(np.uint8), int(rng.integers(35, 92)))


def _happens(rng: np.random.Generator, share: float) -> bool:
    return bool(rng.random() < share)


def _shrink(picture: Picture) -> Picture:
    scale = LONGEST / max(picture.shape[:2])
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _open(data: bytes) -> Picture:
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None, "drawn here"
    return np.asarray(picture, dtype=np.uint8)


def _encode(picture: Picture, quality: int) -> bytes:
    return bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])
