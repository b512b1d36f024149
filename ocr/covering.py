"""What may be shown of a photograph: the page alone, straightened, without metadata, names and signatures covered.

Covering trusts the registration, so a photograph that was refused has no public copy. Everything outside the page
(hands, rooms, faces) is cut away, and the covers are wider than the printed areas by what a curled sheet can drift.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ocr.decode import halve
from ocr.exif_turn import map_turn
from ocr.layout import load_layout
from ocr.plane import Grey, Homography, corners_of, fit_homography, flatten, project, scale_near
from ocr.read import turn_upright

if TYPE_CHECKING:
    from ocr.decode import Picture
    from ocr.layout import Field, PageLayout, Rect
    from ocr.reading import PhotoReading, Quad

MARGINS_FOR_MM = 900.0
"""The margins are those of a sheet so high; they shrink with a smaller form, as its boxes do."""

COVER_MARGIN_MM = 6.0
PAGE_MARGIN_MM = 14.0
ROWS_ABOVE_MM, ROWS_BELOW_MM = 22.0, 90.0
"""Around the fields: above less than what parts them from the form's head, below the words that belong to the last."""

ROWS = "halaman"
"""What the picture of the rows is called among a photograph's crops; no field has this name."""

COVER_GREY = (190, 190, 190)
LONGEST_PX = 2200
JPEG_QUALITY = 82
CROP_MARGIN_MM = 5.0
CROP_LONGEST_PX = 1200
CROP_MIN_PX_PER_MM = 4.0
TOO_FINE = 2.0
_HALVING = np.array([[0.5, 0.0, -0.25], [0.0, 0.5, -0.25], [0.0, 0.0, 1.0]])
"""From a picture's pixels to those of `decode.halve` (a pixel's middle stands at whole numbers)."""


@dataclass(frozen=True)
class _Seen:
    """The photograph in colour as decoded, and the view of its page (mm to its pixels).

    `back` leads from pixels of the full upright photograph, which readings speak of, to those as decoded.
    """

    pixels: Grey
    homography: Homography
    back: Homography
    page: PageLayout


def make_public_copy(picture: Picture, reading: PhotoReading) -> bytes | None:
    """The page as a JPEG that may be published; None for a photograph that was not registered.

    `picture` is the photograph in colour (`decode.decode_colour`), `reading` the reading of the same bytes.
    """
    pictures = make_public_pictures(picture, reading)
    return None if pictures is None else pictures[0]


def make_public_pictures(picture: Picture, reading: PhotoReading) -> tuple[bytes, bytes] | None:
    """The same page, and of it only the rows in which its fields stand, as two JPEGs; None as above.

    The rows are for those who read: the head of the form names the polling station, and nobody is to look its numbers
    up elsewhere.
    """
    seen = _see_page(picture, reading)
    if seen is None:
        return None
    area = _page_area(seen.page)
    width, height = area[2] - area[0], area[3] - area[1]
    natural = scale_near(seen.homography, np.array([area[0] + width / 2, area[1] + height / 2]))
    px_per_mm = min(natural, LONGEST_PX / max(width, height))
    copy = _flatten_page(seen, area, px_per_mm, natural / px_per_mm)
    for private in seen.page.private_areas:
        _cover(copy, _widen(private, COVER_MARGIN_MM, seen.page), area[:2], px_per_mm)
    top, bottom = (round((edge - area[1]) * px_per_mm) for edge in _find_rows(seen.page))
    return _encode(copy), _encode(copy[max(0, top) : bottom])


def _find_rows(page: PageLayout) -> tuple[float, float]:
    """Where the rows of the page's fields begin and end (mm), with margins."""
    rects = [box.rect for field in page.fields for box in field.boxes]
    scale = page.size_mm[1] / MARGINS_FOR_MM
    return (
        min(one[1] for one in rects) - ROWS_ABOVE_MM * scale,
        max(one[3] for one in rects) + ROWS_BELOW_MM * scale,
    )


def _flatten_page(seen: _Seen, area: Rect, px_per_mm: float, finer: float) -> Grey:
    """The page; a photograph that is `finer` by two or more is halved first. Below, sampling does it no harm."""
    pixels, homography = seen.pixels, seen.homography
    while finer >= TOO_FINE:
        pixels, homography, finer = halve(pixels), _HALVING @ homography, finer / 2
    return flatten(pixels, homography, area, px_per_mm, average=False)


def _page_area(page: PageLayout) -> Rect:
    """What markers or printed rules enclose and a narrow margin (mm): paper for certain, no room behind it."""
    return _widen(page.frame, PAGE_MARGIN_MM, page)


def _widen(rect: Rect, margin_mm: float, page: PageLayout) -> Rect:
    """The rectangle with a margin on all sides, as wide as the form's size asks."""
    margin = margin_mm * page.size_mm[1] / MARGINS_FOR_MM
    left, top, right, bottom = rect
    return left - margin, top - margin, right + margin, bottom + margin


def cut_field_crops(picture: Picture, reading: PhotoReading) -> dict[str, bytes]:
    """For each field one JPEG of its boxes and bubbles, straightened, large enough for a phone's screen.

    Empty for a photograph that was not registered. Crops hold no private area: a field whose surroundings touch one is
    cut without margin.
    """
    seen = _see_page(picture, reading)
    if seen is None:
        return {}
    return {
        field.name: _crop_field(seen, field, reading.field_rects[field.name])
        for field in seen.page.fields
        if field.name in reading.field_rects
    }


def _see_page(picture: Picture, reading: PhotoReading) -> _Seen | None:
    """Take the reading's views back to the pixels as decoded: flattening then turns the page, and nothing else has to.

    None for a photograph that was refused.
    """
    if (
        reading.refused is not None
        or reading.page_to_pixels is None
        or reading.layout_key is None
        or reading.page is None
    ):
        return None
    height, width = picture.pixels.shape[:2]
    turn, size = map_turn((width, height), picture.orientation)
    upright = turn_upright(size, reading.rotation_quarter_turns, picture.shrink) @ turn
    back = np.asarray(np.linalg.inv(upright), dtype=np.float64)
    homography = back @ np.array(reading.page_to_pixels).reshape(3, 3)
    return _Seen(picture.pixels, homography, back, load_layout(reading.layout_key).pages[reading.page])


def _cover(copy: Grey, private: Rect, origin: tuple[float, float], px_per_mm: float) -> None:
    """Paint over an area of the flattened page that begins at `origin` (mm)."""
    left, top, right, bottom = (np.array(private) - [*origin, *origin]) * px_per_mm
    first, last = (round(left), round(top)), (round(right), round(bottom))
    cv2.rectangle(copy, first, last, COVER_GREY, thickness=-1)


def _crop_field(seen: _Seen, field: Field, quad: Quad) -> bytes:
    """One field, seen with its own snapped view rather than the page's."""
    corners = np.array([corners_of(box.rect) for box in field.boxes]).reshape(-1, 2)
    boxes = corners_of((*corners.min(axis=0), *corners.max(axis=0)))
    view = fit_homography(boxes, project(seen.back, np.array(quad)))
    if view is None:
        view = seen.homography
    area = crop_area(field, seen.page)
    natural = scale_near(view, boxes.mean(axis=0))
    longest = max(area[2] - area[0], area[3] - area[1])
    px_per_mm = min(max(natural, CROP_MIN_PX_PER_MM), CROP_LONGEST_PX / longest)
    return _encode(flatten(seen.pixels, view, area, px_per_mm))


def crop_area(field: Field, page: PageLayout) -> Rect:
    """The field's boxes and bubbles with a margin, in mm, kept clear of private areas."""
    points = [box.rect[:2] for box in field.boxes] + [box.rect[2:] for box in field.boxes]
    for box in field.boxes:
        for bubble in box.bubbles:
            reach = bubble.diameter_mm / 2
            points += [
                (bubble.centre[0] - reach, bubble.centre[1] - reach),
                (bubble.centre[0] + reach, bubble.centre[1] + reach),
            ]
    table = np.array(points)
    left, top = (float(value) for value in table.min(axis=0))
    right, bottom = (float(value) for value in table.max(axis=0))
    wide = _widen((left, top, right, bottom), CROP_MARGIN_MM, page)
    return (left, top, right, bottom) if any(_overlap(wide, area) for area in page.private_areas) else wide


def _overlap(one: Rect, other: Rect) -> bool:
    """Do two rectangles share any area?"""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _encode(rgb: Grey) -> bytes:
    """A fresh JPEG: nothing of the original file's metadata can be in it."""
    done, encoded = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise RuntimeError(f"a picture of {rgb.shape[1]} x {rgb.shape[0]} pixels could not be encoded as JPEG")
    return bytes(encoded)
