"""What a reader process does with the photographs of one TPS: read them together, and make the pictures people see.

Runs in a child process that may die: bytes in, plain dicts and bytes out, nothing of the service imported.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ocr.covering import cut_field_crops, make_public_copy
from ocr.decode import Picture, decode_colour, keep_first_colour, shrink_to
from ocr.read import Memory, read_together
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


_memory = Memory()
"""Of this process: the pages of a TPS come one after the other, and each is read with those before it."""


def look_at_photos(photos: Sequence[tuple[str, bytes]], *, pictures: bool = True) -> Sight:
    """Read ``photos`` (name, original bytes) of one TPS together; the first is the one that pictures are made of.

    Without ``pictures`` none are made: they were made when it was read for the first time.
    """
    with keep_first_colour():
        return _look(photos, pictures=pictures)


def _look(photos: Sequence[tuple[str, bytes]], *, pictures: bool) -> Sight:
    readings = read_together(photos, memory=_memory)
    lines = tuple(reading.to_json() for reading in readings)
    _, data = photos[0]
    if not pictures:
        return Sight(readings=lines, page=None, crops={}, thumb=None)
    try:
        picture = decode_colour(data)  # once for all pictures: decoding takes longer than reading
    except Refused:
        return Sight(readings=lines, page=None, crops={}, thumb=None)
    return Sight(
        readings=lines,
        page=make_public_copy(picture, readings[0]),
        crops=cut_field_crops(picture, readings[0]),
        thumb=make_thumb(picture),
    )


def make_thumb(picture: Picture) -> bytes | None:
    """Return a small upright JPEG of the photograph without any metadata."""
    # Every fourth pixel leaves enough to average over, and takes a fraction of the time.
    step = max(1, max(picture.pixels.shape[:2]) // (2 * THUMB_PIXELS))
    small, _ = shrink_to(picture.pixels[::step, ::step], THUMB_PIXELS)
    bgr = cv2.cvtColor(np.ascontiguousarray(small), cv2.COLOR_RGB2BGR)
    done, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, THUMB_QUALITY])
    return bytes(encoded) if done else None
