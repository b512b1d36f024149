"""Take documents apart: a PDF, or a TIFF of several pages, into one picture file a page.

Pages are asked for one at a time, so that a document holds a reader no longer than a photograph does and needs no more
memory. A page's file holds pixels only, no metadata; the same document gives the same files as long as the decoders
named in `Page.made_by` stay the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import PIL

from ocr.decode import decode_frame
from ocr.header import MAX_BYTES, is_pdf, is_tiff, list_tiff_pages
from ocr.rare_formats import count_pdf_pages, render_pdf_page
from ocr.refusals import Refused

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_PAGES = 30
"""The longest form has 24 pages."""
JPEG_QUALITY = 93
BLANK_SPREAD = 4
"""Grey levels between the darkest and the lightest pixel of a page with nothing on it."""


@dataclass(frozen=True)
class Page:
    """One page as a picture file: `content_type` is image/jpeg or, for black and white, image/png.

    `blank`: nothing at all is on it. `made_by`: program and version that made the pixels.
    """

    number: int
    data: bytes
    content_type: str
    width: int
    height: int
    blank: bool
    made_by: str


def is_document(data: bytes) -> bool:
    """Tell whether the file is to be taken apart: any PDF, a TIFF of more than one page. Raises `Refused`."""
    return is_pdf(data) or (is_tiff(data) and len(list_tiff_pages(data)) > 1)


def count_pages(data: bytes) -> int:
    """How many pages a document has. Raises `Refused`: unreadable, encrypted, empty, too many pages."""
    if len(data) > MAX_BYTES:
        raise Refused("too_large", f"{len(data)} bytes")
    count = count_pdf_pages(data) if is_pdf(data) else len(list_tiff_pages(data))
    if count == 0:
        raise Refused("truncated", "a document without pages")
    if count > MAX_PAGES:
        raise Refused("too_many_pages", f"{count} pages")
    return count


def take_page(data: bytes, number: int) -> Page:
    """Page `number` (from 1) of a document. Raises `Refused`."""
    if is_pdf(data):
        pixels, made_by = render_pdf_page(data, number)
        return _encode(number, _drop_colour(pixels), made_by, lossless=False)
    header = list_tiff_pages(data)[number - 1]
    mode = "L" if header.grey else "RGB"
    frame = decode_frame(data, header, mode).pixels
    pixels = frame if frame.ndim == 2 else np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), dtype=np.uint8)
    return _encode(number, pixels, f"Pillow {PIL.__version__}", lossless=header.bits == 1)


def _drop_colour(bgr: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """One channel instead of three for a page without any colour: a third of the work for everybody after this."""
    blue, green, red = cv2.split(bgr)
    if np.array_equal(blue, green) and np.array_equal(green, red):
        return np.asarray(blue, dtype=np.uint8)
    return bgr


def _encode(number: int, pixels: NDArray[np.uint8], made_by: str, *, lossless: bool) -> Page:
    """Write a page's pixels (grey or BGR) as a file. Black and white stays as it is; JPEG would blur its edges."""
    kind, options = (
        (".png", [cv2.IMWRITE_PNG_BILEVEL, 1]) if lossless else (".jpg", [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    )
    done, encoded = cv2.imencode(kind, pixels, options)
    if not done:
        raise Refused("truncated", f"page {number} could not be written as a picture")
    height, width = pixels.shape[:2]
    blank = int(pixels.max()) - int(pixels.min()) < BLANK_SPREAD
    content_type = "image/png" if lossless else "image/jpeg"
    return Page(number, encoded.tobytes(), content_type, width, height, blank, made_by)
