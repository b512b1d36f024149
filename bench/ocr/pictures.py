"""Pictures of errors: the field as it was photographed, or the whole page where it was refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.ocr.records import FieldRecord, PageRecord, Shot
from ocr.reading import PhotoReading, Quad

Picture = NDArray[np.uint8]

FOLDER = "pictures"
_FIELD_HEIGHT, _PAGE_HEIGHT = 80, 360
_AROUND = 0.45  # of the field's height: a struck row has its number there
_QUALITY = 80


def keep_pictures(
    shot: Shot, photos: Mapping[int, bytes], readings: Mapping[int, PhotoReading], folder: Path
) -> tuple[tuple[PageRecord, ...], tuple[FieldRecord, ...]]:
    """Pages and fields of the shot, those with an error with their picture's name, which is written to `folder`."""
    colour = {page: _decode(photo) for page, photo in photos.items() if _has_error(shot, page)}
    if not colour:
        return shot.pages, shot.fields
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    stem = f"{shot.paper}-{shot.tier}"
    pages = tuple(
        replace(one, picture=_write(_shrink(colour[one.page], _PAGE_HEIGHT), folder, f"{stem}-hal{one.page}"))
        if not one.identified
        else one
        for one in shot.pages
    )
    fields = tuple(
        replace(one, picture=_write(_cut(colour[one.page], readings[one.page], one.name), folder, f"{stem}-{one.name}"))
        if one.read and not one.right
        else one
        for one in shot.fields
    )
    return pages, fields


def _has_error(shot: Shot, page: int) -> bool:
    unread = any(one.page == page and not one.identified for one in shot.pages)
    return unread or any(one.page == page and one.read and not one.right for one in shot.fields)


def _decode(photo: bytes) -> Picture:
    """In colour, turned as its EXIF says."""
    picture = cv2.imdecode(np.frombuffer(photo, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None  # we have just encoded it
    return np.asarray(picture, dtype=np.uint8)


def _cut(picture: Picture, reading: PhotoReading, name: str) -> Picture:
    """The field upright, with some of what is around it."""
    upright = np.ascontiguousarray(np.rot90(picture, -reading.rotation_quarter_turns))
    left, top, right, bottom = _widen(reading.field_rects[name])
    size = max(1, round(_FIELD_HEIGHT * (right - left) / max(1.0, bottom - top))), _FIELD_HEIGHT
    corners = np.array([[left, top], [right, top], [right, bottom]], np.float32)
    target = np.array([[0, 0], [size[0], 0], size], np.float32)
    matrix = cv2.getAffineTransform(corners, target)
    return np.asarray(cv2.warpAffine(upright, matrix, size, flags=cv2.INTER_AREA), dtype=np.uint8)


def _widen(quad: Quad) -> tuple[float, float, float, float]:
    """The upright rectangle around the field."""
    points = np.asarray(quad)
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    around = _AROUND * (bottom - top)
    return float(left - 2 * around), float(top - around), float(right + around), float(bottom + around)


def _shrink(picture: Picture, height: int) -> Picture:
    scale = height / picture.shape[0]
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _write(picture: Picture, folder: Path, name: str) -> str:
    """The picture's path from the run's folder."""
    path = f"{FOLDER}/{name}.jpg"
    if not cv2.imwrite(str(folder / path), picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]):
        raise OSError(f"{folder / path} could not be written; see whether the disk is full")
    return path
