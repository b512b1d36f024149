"""Decode an ordinary JPEG straight into an array: the same pixels as Pillow's, in a third of the time.

Both libraries decode with libjpeg-turbo, but Pillow keeps colour in four bytes a pixel and packs it anew for an array,
which takes longer than decoding it. What OpenCV gives up is left to Pillow, whose refusals say what is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from ocr.exif_turn import turn_pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FLAGS = {"L": cv2.IMREAD_GRAYSCALE, "RGB": cv2.IMREAD_COLOR_RGB}


def decode_jpeg(data: bytes, mode: str, orientation: int) -> NDArray[np.uint8] | None:
    """Decode to "L" (height, width) or "RGB" (height, width, 3) and turn; None where OpenCV does not manage the whole.

    Only for JPEGs of one or three components whose header was checked: CMYK would come out in other colours.
    """
    flags = _FLAGS[mode] | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        return None
    if pixels is None:
        return None
    return turn_pixels(np.asarray(pixels, dtype=np.uint8), orientation)
