"""What a reader process does with the photographs of one TPS: read them together, and make the pictures people see.

Runs in a child process that may die: bytes in, plain dicts and bytes out, nothing of the service imported.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ocr.covering import cut_field_crops, make_public_copy
from ocr.decode import decode_colour, shrink_to
from ocr.read import read_together
from ocr.refusals import Refused

THUMB_PIXELS = 480
THUMB_QUALITY = 72


@dataclass(frozen=True)
class Sight:
    """What was seen on some photographs, in their order, and pictures of the first.

    ``readings`` are the lines that ``./runut read --json`` prints. ``page`` is the straightened page with names and
    signatures covered, ``crops`` {field: its boxes}; both are for the public, and absent where the page was not
    registered. ``thumb`` is a small copy of the whole photograph for its uploader only. All are JPEG.
    """

    readings: tuple[Mapping[str, Any], ...]
    page: bytes | None
    crops: Mapping[str, bytes]
    thumb: bytes | None


# There is one reader process a processor; OpenCV's own threads would only make them wait for each other.
cv2.setNumThreads(1)


def look_at_photos(photos: Sequence[tuple[str, bytes]]) -> Sight:
    """Read ``photos`` (name, original bytes) of one TPS together; the first is the one that pictures are made of."""
    readings = read_together(photos)
    _, data = photos[0]
    return Sight(
        readings=tuple(reading.to_json() for reading in readings),
        page=make_public_copy(data, readings[0]),
        crops=cut_field_crops(data, readings[0]),
        thumb=make_thumb(data),
    )


def make_thumb(data: bytes) -> bytes | None:
    """Return a small upright JPEG of the photograph without any metadata; None when it does not decode."""
    try:
        small, _ = shrink_to(decode_colour(data).pixels, THUMB_PIXELS)
    except Refused:
        return None
    bgr = cv2.cvtColor(np.ascontiguousarray(small), cv2.COLOR_RGB2BGR)
    done, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, THUMB_QUALITY])
    return bytes(encoded) if done else None
