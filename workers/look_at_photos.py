"""What a reader process does with the photographs of one TPS: read them together, and make the pictures people see.

Runs in a child process that may die: bytes in, plain dicts and bytes out, nothing of the service imported.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np

from ocr.covering import ROWS, cut_field_crops, make_public_pictures
from ocr.decode import Picture, decode_colour, keep_first_colour, shrink_to
from ocr.exif_turn import turn_pixels
from ocr.picture_hash import hash_card, make_card
from ocr.read import Look, Memory, tell_together
from ocr.reading import PhotoReading
from ocr.refusals import Refused

THUMB_PIXELS = 480
THUMB_QUALITY = 72

Photo: TypeAlias = tuple[str, str, bytes | None]
"""What its reading is called, its SHA-256 as the caller has checked it, its bytes.

Without bytes it is a companion that this process may remember: then they need be neither loaded nor sent.
"""


@dataclass(frozen=True)
class Sight:
    """What was seen on some photographs, in their order, and pictures of the first.

    ``readings`` are the lines that ``./runut read --json`` prints. ``page`` is the straightened page with names and
    signatures covered, ``crops`` {field: its boxes}; both are for the public, and absent where the page was not
    registered. Among the crops `ocr.covering.ROWS` are the rows of the page, for readers. ``thumb`` is a small copy of
    the whole photograph for its uploader only. All are JPEG. ``card`` and ``hashes`` are what copies of the first are
    found by, see `ocr.picture_hash`; nobody sees them.
    """

    readings: tuple[Mapping[str, Any], ...]
    page: bytes | None
    crops: Mapping[str, bytes]
    thumb: bytes | None
    card: bytes | None = None
    hashes: tuple[bytes, ...] = ()


# There is one reader process a processor; OpenCV's own threads would only make them wait for each other.
cv2.setNumThreads(1)


_memory = Memory()
"""Of this process: the pages of a TPS come one after the other, and each is read with those before it."""


def look_at_photos(photos: Sequence[Photo], *, pictures: bool = True) -> Sight | None:
    """Read ``photos`` of one TPS together; the first is the one that pictures are made of, and comes with its bytes.

    None, and nothing is done, when one without bytes is not remembered. Without ``pictures`` none are made: they were
    made when it was read for the first time.
    """
    known = {sha256: _memory.recall(sha256) for _, sha256, data in photos if data is None}
    if None in known.values():
        return None
    with keep_first_colour():
        looks = [(name, _look(data, sha256, known.get(sha256))) for name, sha256, data in photos]
        readings = tell_together(looks)
        return _show(readings, photos[0][2] if pictures else None)


def _look(data: bytes | None, sha256: str, known: Look | None) -> Look:
    if known is not None:
        return known
    assert data is not None, "what has no bytes is known"
    return _memory.observe(data, sha256)


def _show(readings: Sequence[PhotoReading], data: bytes | None) -> Sight:
    """The readings, and pictures of the first one's photograph, if they are asked for and can be made."""
    lines = tuple(reading.to_json() for reading in readings)
    try:
        picture = None if data is None else decode_colour(data)
    except Refused:
        picture = None
    if picture is None:
        return Sight(readings=lines, page=None, crops={}, thumb=None)
    card = make_card(picture)
    page, rows = make_public_pictures(picture, readings[0]) or (None, None)
    return Sight(
        readings=lines,
        page=page,
        crops={**cut_field_crops(picture, readings[0]), **({} if rows is None else {ROWS: rows})},
        thumb=make_thumb(picture),
        card=card,
        hashes=hash_card(card),
    )


def make_thumb(picture: Picture) -> bytes | None:
    """Return a small upright JPEG of the photograph without any metadata."""
    # Every so many pixels at first: that leaves enough to average over, and takes a fraction of the time.
    height, width = picture.pixels.shape[:2]
    coarse = min(1.0, 2 * THUMB_PIXELS / max(height, width))
    size = (max(1, round(width * coarse)), max(1, round(height * coarse)))
    sampled = cv2.resize(picture.pixels, size, interpolation=cv2.INTER_NEAREST)
    small, _ = shrink_to(np.asarray(sampled, dtype=np.uint8), THUMB_PIXELS)
    bgr = cv2.cvtColor(turn_pixels(small, picture.orientation), cv2.COLOR_RGB2BGR)
    done, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, THUMB_QUALITY])
    return bytes(encoded) if done else None
