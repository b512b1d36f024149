"""The one door to libraries that most readers never need: libheif for HEIC, PDFium for PDF.

They are loaded when the first such file comes, although imports stand on top of a file everywhere else: together they
would add a tenth of a second to every start of `./runut read` and of every reader process.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def decode_heif(data: bytes, max_pixels: int) -> NDArray[np.uint8]:
    """See `ocr.decode_heif.decode_heif`."""
    pixels: NDArray[np.uint8] = import_module("ocr.decode_heif").decode_heif(data, max_pixels)
    return pixels


def count_pdf_pages(data: bytes) -> int:
    """See `ocr.split_pdf.count_pages`."""
    count: int = import_module("ocr.split_pdf").count_pages(data)
    return count


def render_pdf_page(data: bytes, number: int) -> tuple[NDArray[np.uint8], str]:
    """See `ocr.split_pdf.render_page`."""
    rendered: tuple[NDArray[np.uint8], str] = import_module("ocr.split_pdf").render_page(data, number)
    return rendered
