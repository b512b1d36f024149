"""Read the number in words (terbilang): an experiment shown to people, which counts for nothing.

Tesseract knows print, not handwriting, and the wheel knows no Indonesian: what it says is held against the words of
every number the form can hold, and mostly it is silent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from ocr.plane import flatten
from ocr.tesseract import NoTesseractError, read_print

if TYPE_CHECKING:
    from ocr.layout_node import Rect
    from ocr.plane import Grey, Homography

PX_PER_MM = 4.0
"""Capitals of 9 mm become 36 pixels tall, about what Tesseract was trained on."""

LEAST_CONTRAST = 25.0
WHITE_PX = 20


def read_words(grey: Grey, homography: Homography, area: Rect) -> str | None:
    """What Tesseract makes of the words in `area` (page mm); None when there is no ink or no Tesseract."""
    flat = flatten(grey, homography, area, PX_PER_MM)
    paper = cv2.GaussianBlur(cv2.dilate(flat, np.ones((25, 25), np.uint8)), (0, 0), 12)
    dark = np.clip(paper.astype(np.float64) - flat, 0, None)
    ink = float(np.percentile(dark, 99.5))
    if ink < LEAST_CONTRAST:
        return None
    clear = np.clip(255.0 * (1.15 - 1.4 * dark / ink), 0, 255).astype(np.uint8)
    framed = cv2.copyMakeBorder(clear, *(WHITE_PX,) * 4, cv2.BORDER_CONSTANT, value=(255,))
    try:
        said = " ".join(read_print(np.asarray(framed, np.uint8)).split())
    except NoTesseractError:
        return None
    return said or None
