"""The turns that a file's EXIF orientation asks for (JEITA CP-3451, tag 0x0112): done to pixels, or as a map of them.

Turning a colour picture of 12 megapixels takes as long as flattening a page out of it, and flattening can turn it, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_TURN: dict[int, Callable[[cv2.typing.MatLike], cv2.typing.MatLike]] = {
    2: lambda pixels: cv2.flip(pixels, 1),
    3: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_180),
    4: lambda pixels: cv2.flip(pixels, 0),
    5: cv2.transpose,
    6: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_90_CLOCKWISE),
    7: lambda pixels: cv2.flip(cv2.transpose(pixels), -1),
    8: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_90_COUNTERCLOCKWISE),
}


def turn_pixels(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """The picture upright; anything but 2 to 8 asks for nothing."""
    turn = _TURN.get(orientation)
    return pixels if turn is None else np.asarray(turn(pixels), dtype=np.uint8)


def map_turn(size: tuple[int, int], orientation: int) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """From pixels as stored to pixels upright as a 3x3 matrix, and the upright size; sizes are (width, height)."""
    width, height = size
    right, bottom = width - 1, height - 1
    rows = {
        2: [[-1, 0, right], [0, 1, 0]],
        3: [[-1, 0, right], [0, -1, bottom]],
        4: [[1, 0, 0], [0, -1, bottom]],
        5: [[0, 1, 0], [1, 0, 0]],
        6: [[0, -1, bottom], [1, 0, 0]],
        7: [[0, -1, bottom], [-1, 0, right]],
        8: [[0, 1, 0], [-1, 0, right]],
    }.get(orientation, [[1, 0, 0], [0, 1, 0]])
    upright = (height, width) if rows[0][0] == 0 else size
    return np.array([*rows, [0, 0, 1]], dtype=np.float64), upright
