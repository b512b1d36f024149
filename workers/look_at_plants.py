"""Pictures of a planted item, cut anew: as those of any task are cut, a hair's breadth elsewhere and in another light.

Whoever has kept the public pictures of a decided form must not find the same bytes on his screen. The cut is moved by
less than the machine itself is off, or an item could be told by it. Runs in a child process that may die: bytes in,
bytes out, nothing of the service imported.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.covering import ROWS, cut_field_crops, make_public_pictures
from ocr.decode import Picture, decode_colour
from ocr.reading import PhotoReading, Quad
from ocr.refusals import Refused

SHIFT = 0.04
"""Of a field's height: so far its cut may be moved."""

SCALE = 0.01
TURN_DEGREES = 0.25
PAGE_SHIFT_MM = 0.6
"""A tenth of what the covers are wider than what they cover."""

LIGHT = 0.05

cv2.setNumThreads(1)


def cut_anew(data: bytes, placed: Mapping[str, Any], seed: int) -> dict[str, bytes] | None:
    """Return JPEGs of a photograph's fields by name, and under ``ROWS`` of the rows they stand in; None if refused now.

    ``placed``: what the machine wrote of where page and fields lie, see ``PhotoReading``. The same seed gives the same.
    """
    rng = np.random.default_rng(seed)
    try:
        picture = _relight(decode_colour(data), rng)
    except Refused:
        return None
    reading = _move(_place(placed), rng)
    pictures = make_public_pictures(picture, reading)
    return None if pictures is None else {**cut_field_crops(picture, reading), ROWS: pictures[1]}


def _place(placed: Mapping[str, Any]) -> PhotoReading:
    """The reading as far as cutting looks at it."""
    return PhotoReading(
        file="",
        form=placed["form"],
        page=placed["page"],
        refused=None,
        layout_key=placed["layout_key"],
        rotation_quarter_turns=placed["rotation_quarter_turns"],
        field_rects={name: _quad(corners) for name, corners in placed["field_rects"].items()},
        page_to_pixels=tuple(placed["page_to_pixels"]),
    )


def _quad(corners: list[list[float]]) -> Quad:
    one, two, three, four = ((float(x), float(y)) for x, y in corners)
    return one, two, three, four


def _relight(picture: Picture, rng: np.random.Generator) -> Picture:
    """A little brighter or darker, warmer or colder."""
    gains = (1 + rng.uniform(-LIGHT, LIGHT)) * (1 + rng.uniform(-LIGHT / 3, LIGHT / 3, size=3))
    table = np.clip(np.arange(256)[:, None] * gains[None, :], 0, 255).astype(np.uint8)
    lit = np.stack([table[picture.pixels[..., channel], channel] for channel in range(3)], axis=-1)
    return replace(picture, pixels=lit)


def _move(reading: PhotoReading, rng: np.random.Generator) -> PhotoReading:
    assert reading.page_to_pixels is not None, "it was registered"
    shift = rng.uniform(-PAGE_SHIFT_MM, PAGE_SHIFT_MM, size=2)
    moved = np.array(reading.page_to_pixels).reshape(3, 3) @ np.array([[1, 0, shift[0]], [0, 1, shift[1]], [0, 0, 1]])
    quads = {name: _move_quad(quad, rng) for name, quad in reading.field_rects.items()}
    return replace(reading, field_rects=quads, page_to_pixels=tuple(float(one) for one in moved.ravel()))


def _move_quad(quad: Quad, rng: np.random.Generator) -> Quad:
    corners: NDArray[np.float64] = np.array(quad)
    height = float(np.linalg.norm(corners[3] - corners[0]))
    angle = math.radians(rng.uniform(-TURN_DEGREES, TURN_DEGREES))
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    middle = corners.mean(axis=0)
    scaled = (corners - middle) @ turn.T * (1 + rng.uniform(-SCALE, SCALE))
    return _quad((scaled + middle + rng.uniform(-SHIFT, SHIFT, size=2) * height).tolist())
