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
from ocr.exif_turn import turn_pixels
from ocr.header import MAX_PIXELS, MAX_PIXELS_HEIF, Header, check_header
from ocr.rare_formats import decode_heif
from ocr.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # our own check comes first and is the stricter one
FULL_PIXELS = 26_000_000
HALF = 0.5
ORIENTATION_TAG = 0x0112
UPRIGHT = 1

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
    """A decoded photograph, upright.

    `pixels` is uint8, (height, width) grey or (height, width, 3) RGB; `shrink` says by which power of two the decoder
    reduced it (1 for nearly all). `orientation` is an EXIF turn that is still to be done, see `keep_first_colour`.
    `coarseness` is the mean step, in grey levels, to which a JPEG rounded its waves of brightness; 0 in other formats.
    """

    pixels: NDArray[np.uint8]
    shrink: int
    orientation: int = UPRIGHT
    coarseness: float = 0.0


def decode_grey(data: bytes) -> Picture:
    """Decode to grey. Raises `Refused` (`not_an_image`, `too_large`, `truncated` ...)."""
    return decode_frame(data, check_header(data), "L")


def decode_colour(data: bytes) -> Picture:
    """Decode to RGB, for copies that people look at; see `keep_first_colour`."""
    kept = _colour_kept.get()
    if kept is not None and kept.data is data and kept.picture is not None:
        return kept.picture
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
            coarseness = _measure_coarseness(image)
            if header.format == "JPEG" and shrink == 1 and image.mode in {"L", "RGB"}:
                pixels = _decode_plain_jpeg(data, mode, image.getexif().get(ORIENTATION_TAG, UPRIGHT))
                if pixels is not None:
                    return Picture(pixels, shrink, coarseness=coarseness)
            return Picture(_load_upright(image, mode, shrink), shrink, coarseness=coarseness)
    except _DAMAGED as error:
        raise Refused("truncated", f"{header.format} that does not decode ({error})") from error


def _measure_coarseness(image: ImageFile.ImageFile) -> float:
    """See `Picture`; by the table for brightness, which is the first. Standard quality 50 has 58, quality 20 140."""
    tables = getattr(image, "quantization", None)
    return float(np.mean(tables[min(tables)])) if tables else 0.0


class _Kept:
    """The first picture that was decoded to grey, in colour. Owned by the block of `keep_first_colour`."""

    def __init__(self) -> None:
        self.data: bytes | None = None
        self.picture: Picture | None = None


_colour_kept: ContextVar[_Kept | None] = ContextVar("_colour_kept", default=None)


@contextmanager
def keep_first_colour() -> Iterator[None]:
    """Within this, the first JPEG or HEIC that is decoded to grey is kept in colour, and not decoded again for that.

    Taking a file apart is most of the work, and grey is made of colours in no time. A JPEG's colours are kept as they
    are stored, with the turn that they want: turning all of them takes longer than whatever is cut out of them.
    """
    token = _colour_kept.set(_Kept())
    try:
        yield
    finally:
        _colour_kept.reset(token)


def _keep(data: bytes, make: Callable[[], Picture]) -> None:
    """Keep what `make` gives, if somebody asked for it and this is the first."""
    kept = _colour_kept.get()
    if kept is not None and kept.data is None:
        kept.data, kept.picture = data, make()


def _decode_plain_jpeg(data: bytes, mode: str, orientation: int) -> NDArray[np.uint8] | None:
    """See `decode_jpeg`; grey by way of colour where colour is wanted as well (it differs by 1 in a few pixels)."""
    kept = _colour_kept.get()
    if mode != "L" or kept is None or kept.data is not None:
        return decode_jpeg(data, mode, orientation)
    colour = decode_jpeg(data, "RGB", UPRIGHT)
    if colour is None:
        return None
    _keep(data, lambda: Picture(colour, 1, orientation))
    return turn_pixels(np.asarray(cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY), dtype=np.uint8), orientation)


def _decode_heif(data: bytes, mode: str, shrink: int) -> Picture:
    """See `decode_frame`."""
    pixels = decode_heif(data, MAX_PIXELS_HEIF)
    if mode == "L":
        _keep(data, lambda: Picture(_convert_heif(pixels, "RGB", shrink), shrink))
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


def shrink_to(pixels: NDArray[np.uint8], longest: int) -> tuple[NDArray[np.uint8], float]:
    """A smaller copy whose longest side is `longest` at most, and its scale (small = scale x original).

    Halved as often as it can be, which takes a twentieth of the time of any other averaging. The rest is averaged as
    well, unless it was halved: then there is more to see than is needed, and sampling takes an eighth of the time.
    """
    scale = min(1.0, longest / max(pixels.shape[:2]))
    rest = scale
    while rest <= HALF:
        pixels, rest = halve(pixels), rest / HALF
    if rest == 1.0:
        return pixels, scale
    size = (max(1, round(pixels.shape[1] * rest)), max(1, round(pixels.shape[0] * rest)))
    way = cv2.INTER_AREA if rest == scale else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, size, interpolation=way), dtype=np.uint8), scale


def halve(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Half the size, each pixel the mean of four; an odd last row or column is left out."""
    height, width = (max(1, side // 2) for side in pixels.shape[:2])
    even = pixels[: 2 * height, : 2 * width]
    return np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


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
