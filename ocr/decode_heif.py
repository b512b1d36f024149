"""HEIC photographs to pixels, by libheif. Load this module through `ocr.rare_formats` only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pillow_heif

from ocr.refusals import Refused

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Every reader is a process of its own, with a limit of memory that thread stacks would eat up.
pillow_heif.options.DECODE_THREADS = 1
pillow_heif.options.THUMBNAILS = False
pillow_heif.options.DEPTH_IMAGES = False
pillow_heif.options.AUX_IMAGES = False


def decode_heif(data: bytes, max_pixels: int) -> NDArray[np.uint8]:
    """The primary picture, 8 bits, (height, width) grey or (height, width, 3) RGB; transparent paper is white.

    The file's own turning (`irot`, `imir`) is applied, and EXIF's is not: by ISO/IEC 23008-12 it only repeats it, and
    phones write both. Raises `Refused`.
    """
    try:
        file = pillow_heif.open_heif(data, convert_hdr_to_8bit=True)
        width, height = file.size
        if width * height > max_pixels:
            raise Refused("too_large", f"{width} x {height} pixels")
        pixels = np.asarray(file[file.primary_index])
    except (OSError, RuntimeError, SyntaxError, ValueError, EOFError, MemoryError) as error:
        raise Refused("truncated", f"HEIC that does not decode ({error})") from error
    return _drop_alpha(pixels)


def _drop_alpha(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lay a picture with transparency on white paper."""
    if pixels.ndim == 2 or pixels.shape[2] == 3:
        return pixels
    if pixels.shape[2] == 1:
        return np.asarray(pixels[:, :, 0])
    share = pixels[:, :, -1:].astype(np.float32) / 255.0
    return np.asarray(pixels[:, :, :-1] * share + 255.0 * (1.0 - share), dtype=np.uint8).squeeze()
