"""What a reader process makes of a photograph that no machine can read: a picture of all of it, upright, for people.

Runs in a child process that may die, like `workers.look_at_photos`. Nothing is covered: whoever shows it sees to whom.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.decode import decode_colour, shrink_to
from ocr.exif_turn import turn_pixels
from ocr.refusals import Refused

WHOLE_PIXELS = 2400
"""Its longer side before anything is cut off: boxes of an A3 sheet's page are some 40 pixels high then."""
WHOLE_QUALITY = 82


def show_whole(data: bytes, quarter_turns: int, cut: tuple[int, int, int, int]) -> bytes | None:
    """Return a JPEG of a photograph without any metadata; null where its bytes cannot be decoded.

    ``quarter_turns``: clockwise, after the camera's own turn. ``cut``: hundredths left away at the top, right, bottom
    and left of the upright picture.
    """
    try:
        picture = decode_colour(data)
    except Refused:
        return None
    small, _ = shrink_to(picture.pixels, WHOLE_PIXELS)
    upright = np.rot90(turn_pixels(small, picture.orientation), -quarter_turns)
    bgr = cv2.cvtColor(_cut_edges(upright, cut), cv2.COLOR_RGB2BGR)
    done, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, WHOLE_QUALITY])
    return bytes(encoded) if done else None


def _cut_edges(pixels: NDArray[np.uint8], cut: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """Leave hundredths of height and width away; of 45 at both edges a tenth stays, of one pixel that one."""
    height, width = pixels.shape[:2]
    top, right, bottom, left = cut
    rows = slice(height * top // 100, max(height * top // 100 + 1, height - height * bottom // 100))
    columns = slice(width * left // 100, max(width * left // 100 + 1, width - width * right // 100))
    return np.ascontiguousarray(pixels[rows, columns])
