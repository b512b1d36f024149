"""Where there is no ink there is no value: a box too pale for any pen is not read as a digit, whatever it looks like.

A screen's stripes, a shadow's edge or a crease may look like strokes to a net. A pen, though, is nearly as dark as the
printed border of the same box. On drawn pages the darkest spots of written boxes have at least 0.48 of the border's
darkness (0.35 on hard photographs), those of empty ones at most 0.10 (0.26); on a blank form on a screen 0.22.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.classify import CLASSES

if TYPE_CHECKING:
    from ocr.plane import Grey

LEAST_INK = 0.30
"""Of the border's darkness: less is no pen."""

EMPTY = 0.5
"""So probable must "blank" be for a pale box to be believed; otherwise it says nothing."""

_INNER = slice(12, 52)
_LINE_DEPTH = slice(5, 8)
_LINE_LENGTH = slice(8, 56)
_BLANK = CLASSES.index("_")

Floats: TypeAlias = NDArray[np.float32]


def measure_ink(pictures: Grey) -> Floats:
    """How dark the darkest spots inside each box (N, 64, 64) are, as a share of its border's darkness; (N,)."""
    return np.array([_measure(picture) for picture in pictures], dtype=np.float32)


def _measure(picture: Grey) -> float:
    soft = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 1.0)
    inner = soft[_INNER, _INNER]
    paper, dark = np.percentile(inner, (70, 2))
    edges = [np.rot90(soft, turn)[_LINE_DEPTH, _LINE_LENGTH].min(axis=0) for turn in range(4)]
    return float(paper - dark) / max(1.0, float(paper - np.median(np.concatenate(edges))))


def doubt_pale(probabilities: Floats, pictures: Grey) -> Floats:
    """The classifier's answers (N, 13), made even where a box has no ink and is not called blank all the same."""
    pale = (measure_ink(pictures) < LEAST_INK) & (probabilities[:, _BLANK] < EMPTY)
    even = np.float32(1.0 / probabilities.shape[1])
    return cast("Floats", np.where(pale[:, None], even, probabilities).astype(np.float32))
