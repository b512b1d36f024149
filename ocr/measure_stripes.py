"""Are there stripes in the paper itself? A screen beats with the camera's own grid; paper has no pattern that repeats.

Such stripes are as dark as a thin pen and cross every box alike, so that a net sees strokes nobody wrote: a bar through
each 0 makes an 8 of it, sums close on it, and nothing in the digits tells. So the paper is asked, by its spectrum: on
squares as large as a digit box, how much does the strongest wave sway? Squares with printing sway too, but only down
from the paper: a stripe is as much lighter as it is darker. Squares without printing are a part of every page, and
there paper under any light is smooth. The calmest tenth of the squares tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ocr.plane import flatten

if TYPE_CHECKING:
    from ocr.layout import PageLayout
    from ocr.plane import Grey, Homography

STRIPED = 0.02
"""Paper that sways by so much of its brightness everywhere is striped.

Of 313 good drawn photographs (a third under hard conditions) the worst had 0.008, half of them less than 0.001; densely
printed scans of 2019 0.005. Of drawn photographs of screens one in twelve has less than 0.02; such stripes have a tenth
of the darkness of printed lines, a third of what the palest pen has, and are read as paper is.
"""

CALM_PERCENT = 10.0
SQUARE_PX = 32
"""Side of a square, which is as wide on paper as the page's narrowest box."""

FEWEST_WAVES, MOST_WAVES = 2, 12
"""Waves to a box: fewer are shadows, more are finer than any stroke."""

EVERY = 3
"""One row of squares of so many is looked at; stripes of a screen are everywhere."""

LIGHT_PERCENT = 90.0
"""So many of a wave's points lie below its height, nearly: how much lighter a square gets than it usually is."""

DARKEST = 16.0
"""Grey levels; paper is never counted as darker than this, for there grain sways by as much."""

Floats: TypeAlias = NDArray[np.float32]


def measure_stripes(grey: Grey, homography: Homography, page: PageLayout) -> float:
    """How much (0..1, amplitude by brightness) the strongest wave sways where the paper is calmest."""
    squares = _cut_squares(grey, homography, page)
    brightness = squares.mean(axis=(1, 2))
    usual, light = np.percentile(squares, (50.0, LIGHT_PERCENT), axis=(1, 2))
    swaying = np.minimum(_find_strongest(squares - brightness[:, None, None]), light - usual)
    return float(np.percentile(swaying / np.maximum(brightness, DARKEST), CALM_PERCENT))


def _cut_squares(grey: Grey, homography: Homography, page: PageLayout) -> Floats:
    """Squares (N, SQUARE_PX, SQUARE_PX) of the flat page, in rows that lie `EVERY` squares apart."""
    left, top, right, bottom = page.frame
    side = min(box.rect[2] - box.rect[0] for field in page.fields for box in field.boxes)
    across = max(1, int((right - left) / side))
    rows = [
        flatten(grey, homography, (left, upper, left + across * side, upper + side), SQUARE_PX / side)
        for upper in np.arange(top, max(top, bottom - side) + 1e-6, EVERY * side)
    ]
    cut = [row[:SQUARE_PX, : across * SQUARE_PX].reshape(SQUARE_PX, across, SQUARE_PX) for row in rows]
    return np.concatenate([one.transpose(1, 0, 2) for one in cut]).astype(np.float32)


def _find_strongest(squares: Floats) -> Floats:
    """The amplitude of the strongest wave in each square (N,), an even slope of light left out."""
    along = (np.arange(SQUARE_PX, dtype=np.float32) + 0.5) / SQUARE_PX - 0.5
    slopes = np.stack([np.tile(along, (SQUARE_PX, 1)).T, np.tile(along, (SQUARE_PX, 1))])
    steep = np.tensordot(squares, slopes, axes=((1, 2), (1, 2))) / (slopes[0] ** 2).sum()
    window = np.outer(*[np.hanning(SQUARE_PX + 2)[1:-1]] * 2).astype(np.float32)
    spectrum = np.abs(np.fft.rfft2((squares - np.tensordot(steep, slopes, axes=1)) * window))
    down, right = np.fft.fftfreq(SQUARE_PX, 1 / SQUARE_PX), np.fft.rfftfreq(SQUARE_PX, 1 / SQUARE_PX)
    waves = np.hypot(down[:, None], right)
    strongest = spectrum[:, (waves >= FEWEST_WAVES) & (waves <= MOST_WAVES)].max(axis=1)
    return np.asarray(strongest * 2 / window.sum(), dtype=np.float32)
