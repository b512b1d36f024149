"""Printed boxes: their border and the dotted guide inside, on a page or alone as the classifier sees them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.draw.hands import BOX_MM, GUIDE_SHARE, REACH, Writer, render_glyph
from ocr.draw.pen import Ink, put_ink

Picture = NDArray[np.uint8]

BORDER_SHARE = 1.06 / BOX_MM
DOT_SHARE = 0.68 / BOX_MM
PRINT_BLACK = 34
GUIDE_GREY = 200
_FINE = 4
_SIDE = 64


def guide_dots() -> list[tuple[float, float]]:
    """Centres of the guide's dots in box sides: an eight of dots with a column through its middle."""
    width, height = GUIDE_SHARE[0] - DOT_SHARE, GUIDE_SHARE[1] - DOT_SHARE
    left, top = (1 - width) / 2, (1 - height) / 2
    places = {(column, row) for column in (0, 2, 4) for row in range(9)}
    places |= {(column, row) for column in range(5) for row in (0, 4, 8)}
    return [(left + width * column / 4, top + height * row / 8) for column, row in sorted(places)]


def render_box(hand: Writer, symbol: str, guide: bool, rng: np.random.Generator) -> Picture:  # noqa: FBT001 - agreed with the training
    """One box (64, 64) grey: the border's centre line 6 px from each edge, the symbol written inside."""
    return ink_on_box(render_glyph(hand, symbol, _SIDE, rng), hand.pen.colour, guide=guide, rng=rng)


def ink_on_box(ink: Ink, colour: tuple[int, int, int], *, guide: bool, rng: np.random.Generator) -> Picture:
    """An empty printed box (64, 64) grey with ink (64, 64) on it."""
    picture = np.repeat(print_box(guide=guide, paper=int(rng.integers(205, 256)))[:, :, None], 3, axis=2)
    put_ink(picture, ink, colour, (0, 0))
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def print_box(*, guide: bool, paper: int = 240) -> Picture:
    """An empty box (64, 64) grey, its border's centre line 6 px from each edge."""
    side, margin = _SIDE * _FINE, (1 - 1 / REACH) / 2 * _SIDE * _FINE
    box = side / REACH
    picture = np.full((side, side), paper, np.uint8)
    if guide:
        _print_dots(picture, margin, box)
    _print_frame(picture, margin, box)
    return np.asarray(cv2.resize(picture, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _print_dots(picture: Picture, margin: float, box: float) -> None:
    half = DOT_SHARE * box / 2
    for x, y in guide_dots():
        left, top, right, bottom = (
            round(margin + edge) for edge in (x * box - half, y * box - half, x * box + half, y * box + half)
        )
        picture[top:bottom, left:right] = GUIDE_GREY


def _print_frame(picture: Picture, margin: float, box: float) -> None:
    half = BORDER_SHARE * box / 2
    outer, inner = round(margin - half), round(margin + half)
    kept = picture[inner:-inner, inner:-inner].copy()
    picture[outer:-outer, outer:-outer] = PRINT_BLACK
    picture[inner:-inner, inner:-inner] = kept
