"""Bytes to an upright grey picture.

Only formats that `header.check_header` let through reach the decoder, and Pillow is told that format: it then never
tries another one of its forty readers. A picture above `FULL_PIXELS` is decoded at half or a quarter of its size inside
the JPEG decoder itself, so memory stays bounded by about 4 x FULL_PIXELS bytes for JPEG.
"""

from __future__ import annotations

import io
import struct
import zlib
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError

from ocr.decode_jpeg import decode_jpeg
from ocr.header import MAX_PIXELS, MAX_PIXELS_HEIF, Header, check_header
from ocr.rare_formats import decode_heif
from ocr.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # our own check comes first and is the stricter one
FULL_PIXELS = 26_000_000
ORIENTATION_TAG = 0x0112

_DAMAGED = (OSError, EOFError, SyntaxError, ValueError, KeyError, UnidentifiedImageError, struct.error, zlib.error)
"""What Pillow raises over damaged files."""

_TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Picture:
    """A decoded photograph after its EXIF turn.

    `pixels` is uint8, (height, width) grey or (height, width, 3) RGB; `shrink` says by which power of two the decoder
    reduced it (1 for nearly all).
    """

    pixels: NDArray[np.uint8]
    shrink: int


def decode_grey(data: bytes) -> Picture:
    """Decode to grey. Raises `Refused` (`not_an_image`, `too_large`, `truncated` ...)."""
    return decode_frame(data, check_header(data), "L")


def decode_colour(data: bytes) -> Picture:
    """Decode to RGB, for copies that people look at."""
    return decode_frame(data, check_header(data), "RGB")


def decode_frame(data: bytes, header: Header, mode: str) -> Picture:
    """Decode the picture that `header` was read from, to mode "L" or "RGB".

    Raises `Refused`: every failure inside a decoder means that the file is damaged, or asks for more memory than is.
    """
    shrink = 1
    while header.width * header.height > FULL_PIXELS * shrink * shrink:
        shrink *= 2
    if header.format == "HEIF":
        return _decode_heif(data, mode, shrink)
    try:
        with Image.open(io.BytesIO(data), formats=[header.format]) as image:
            if header.frame:
                image.seek(header.frame)
            if header.format == "JPEG" and shrink == 1 and image.mode in {"L", "RGB"}:
                pixels = decode_jpeg(data, mode, image.getexif().get(ORIENTATION_TAG, 1))
                if pixels is not None:
                    return Picture(pixels, shrink)
            return Picture(_load_upright(image, mode, shrink), shrink)
    except _DAMAGED as error:
        raise Refused("truncated", f"{header.format} that does not decode ({error})") from error


_colour_kept: ContextVar[dict[bytes, Picture] | None] = ContextVar("_colour_kept", default=None)


@contextmanager
def keep_first_colour() -> Iterator[None]:
    """Within this, the first HEIC that is decoded to grey need not be decoded again to colour.

    A telephone's picture takes most of a second. Only the first one is kept, at the size that copies are made of.
    """
    token = _colour_kept.set({})
    try:
        yield
    finally:
        _colour_kept.reset(token)


def _decode_heif(data: bytes, mode: str, shrink: int) -> Picture:
    """See `decode_frame`."""
    kept = _colour_kept.get()
    if kept is not None and mode == "RGB" and data in kept:
        return kept[data]
    pixels = decode_heif(data, MAX_PIXELS_HEIF)
    if kept is not None and mode == "L" and not kept:
        kept[data] = Picture(_convert_heif(pixels, "RGB", shrink), shrink)
    return Picture(_convert_heif(pixels, mode, shrink), shrink)


def _load_upright(image: ImageFile.ImageFile, mode: str, shrink: int) -> NDArray[np.uint8]:
    """Decode, shrink, turn as EXIF says. Transparent paper becomes white, not black."""
    # Pillow turns a TIFF by itself while it loads.
    orientation = 1 if image.format == "TIFF" else image.getexif().get(ORIENTATION_TAG, 1)
    if image.format == "JPEG":
        image.draft(mode, (image.width // shrink, image.height // shrink))
        loaded: Image.Image = image
    else:
        loaded = _reduce(image, mode, shrink)
    if loaded.mode in {"RGBA", "LA", "PA"} or "transparency" in loaded.info:
        white = Image.new("RGBA", loaded.size, "white")
        loaded = Image.alpha_composite(white, loaded.convert("RGBA"))
    if loaded.mode.startswith("I;16") or loaded.mode in {"I", "F"}:
        return _turn(_to_eight_bits(np.asarray(loaded)), mode, orientation)
    if loaded.mode != mode:  # converting to the same mode copies 36 MB for nothing
        loaded = loaded.convert(mode)
    if orientation in _TRANSPOSE:
        loaded = loaded.transpose(_TRANSPOSE[orientation])
    return np.asarray(loaded, dtype=np.uint8)


def _reduce(image: Image.Image, mode: str, shrink: int) -> Image.Image:
    """A smaller copy. Pillow averages neither numbers of a palette nor 16 bits."""
    if shrink == 1:
        return image
    if image.mode.startswith("I;16") or image.mode in {"I", "F"}:
        image = Image.fromarray(_to_eight_bits(np.asarray(image)))
    elif image.mode in {"P", "PA", "1"}:
        image = image.convert("RGBA" if "transparency" in image.info else mode)
    return image.reduce(shrink)


def _convert_heif(pixels: NDArray[np.uint8], mode: str, shrink: int) -> NDArray[np.uint8]:
    """A HEIC's pixels, upright already, in the mode asked for."""
    if mode == "L" and pixels.ndim == 3:
        pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    if mode == "RGB" and pixels.ndim == 2:
        pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB), dtype=np.uint8)
    if shrink > 1:
        size = (pixels.shape[1] // shrink, pixels.shape[0] // shrink)
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return pixels


def _to_eight_bits(deep: NDArray[np.generic]) -> NDArray[np.uint8]:
    """16-bit grey (some scanners) to 8 bits by its top byte."""
    if deep.dtype == np.uint16:
        return np.right_shift(np.asarray(deep, dtype=np.uint16), 8).astype(np.uint8)
    return np.asarray(np.clip(deep.astype(np.float32) / 257.0, 0, 255), dtype=np.uint8)


def _turn(grey: NDArray[np.uint8], mode: str, orientation: int) -> NDArray[np.uint8]:
    """The same turn for a picture that did not stay with Pillow."""
    image = Image.fromarray(grey).convert(mode)
    if orientation in _TRANSPOSE:
        image = image.transpose(_TRANSPOSE[orientation])
    return np.asarray(image, dtype=np.uint8)


def shrink_to(grey: NDArray[np.uint8], longest: int) -> tuple[NDArray[np.uint8], float]:
    """A smaller copy whose longest side is `longest` at most, and its scale (small = scale x original)."""
    scale = min(1.0, longest / max(grey.shape[:2]))
    if scale == 1.0:
        return grey, 1.0
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8), scale


class Scales:
    """A grey picture and its smaller copies, each made once: looking for tag and markers begins with the same one."""

    def __init__(self, grey: NDArray[np.uint8]) -> None:
        """Take the picture at its full size; it is not copied and must not be changed."""
        self.grey = grey
        self._copies: dict[int, tuple[NDArray[np.uint8], float]] = {}

    def at(self, longest: int) -> tuple[NDArray[np.uint8], float]:
        """What `shrink_to` gives."""
        if longest not in self._copies:
            self._copies[longest] = shrink_to(self.grey, longest)
        return self._copies[longest]
