"""Pages of a PDF to pixels, by PDFium. Load this module through `ocr.rare_formats` only.

Nothing in the document is executed: PDFium comes without JavaScript here, and no action, attachment or link is opened.
A page is drawn with its annotations and form fields as they look, on white.
"""

from __future__ import annotations

from contextlib import contextmanager
from math import ceil, sqrt
from time import process_time
from typing import TYPE_CHECKING

import numpy as np
import pypdfium2
from pypdfium2 import raw
from pypdfium2.internal import set_callback

from ocr.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

LONGEST_PX = 3500
MAX_RENDERED_PIXELS = 12_000_000
MAX_EMBEDDED_PIXELS = 100_000_000
"""Of all pictures on one page together: PDFium decodes each of them whole."""
MAX_FORM_DEPTH = 4
MAX_CPU_SECONDS = 0.75
"""For one page: scans of 12 megapixels take 0.2 s, in JPEG 2000 0.5 s. Asked between two objects of the page only; what
takes longer inside one, the limit of the process ends."""
MADE_BY = f"pypdfium2 {pypdfium2.PYPDFIUM_INFO} (PDFium {pypdfium2.PDFIUM_INFO})"


@contextmanager
def _open(data: bytes) -> Iterator[pypdfium2.PdfDocument]:
    """Open a document; an unreadable one is refused. A password that is empty opens by itself."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code in {raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY}:
            raise Refused("encrypted", "PDF that wants a password") from error
        raise Refused("truncated", f"PDF that does not open ({error})") from error
    try:
        document.init_forms()
        yield document
    except pypdfium2.PdfiumError as error:
        raise Refused("truncated", f"PDF that cannot be drawn ({error})") from error
    finally:
        document.close()


def count_pages(data: bytes) -> int:
    """How many pages the document has. Raises `Refused`."""
    with _open(data) as document:
        return len(document)


def render_page(data: bytes, number: int) -> tuple[NDArray[np.uint8], str]:
    """Draw page `number` (from 1): uint8 (height, width, 3) BGR, and what drew it. Raises `Refused`.

    The same bytes and the same PDFium give the same pixels.
    """
    until = process_time() + MAX_CPU_SECONDS
    with _open(data) as document:
        page = document[number - 1]
        _check_embedded(page, until)
        width, height = page.get_size()
        if not (width > 0 and height > 0):
            raise Refused("truncated", f"page {number} without a size")
        scale = min(LONGEST_PX / max(width, height), sqrt(MAX_RENDERED_PIXELS / (width * height)))
        bitmap = _draw(page, ceil(width * scale), ceil(height * scale), until)
        # A copy: the bitmap's memory goes with the document.
        return np.array(bitmap.to_numpy(), dtype=np.uint8), MADE_BY


def _check_embedded(page: pypdfium2.PdfPage, until: float) -> None:
    """Refuse a page whose pictures claim too many pixels, before any of them is decoded."""
    pixels = 0
    for one in page.get_objects(max_depth=MAX_FORM_DEPTH):
        _check_time(until)
        if one.type == raw.FPDF_PAGEOBJ_IMAGE:
            width, height = one.get_px_size()
            pixels += width * height
    if pixels > MAX_EMBEDDED_PIXELS:
        raise Refused("too_large", f"a page with pictures of {pixels} pixels")


def _check_time(until: float) -> None:
    if process_time() > until:
        raise _take_too_long()


def _take_too_long() -> Refused:
    return Refused("too_complex", f"a page that takes longer than {MAX_CPU_SECONDS:g} s")


def _draw(page: pypdfium2.PdfPage, width: int, height: int, until: float) -> pypdfium2.PdfBitmap:
    """Draw as `PdfPage.render` does, to BGR on white; but PDFium asks now and then whether it may go on."""
    bitmap = pypdfium2.PdfBitmap.new_native(width, height, format=raw.FPDFBitmap_BGR)
    bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
    place = (bitmap, page, 0, 0, width, height, 0, raw.FPDF_ANNOT | raw.FPDF_RENDER_LIMITEDIMAGECACHE)
    pause = raw.IFSDK_PAUSE(version=1)
    set_callback(pause, "NeedToPauseNow", lambda _: process_time() > until)
    try:
        status = raw.FPDF_RenderPageBitmap_Start(*place, pause)
    finally:
        raw.FPDF_RenderPage_Close(page)
    if status == raw.FPDF_RENDER_FAILED:
        raise Refused("truncated", "PDF that cannot be drawn")
    if status != raw.FPDF_RENDER_DONE:
        raise _take_too_long()
    if page.formenv:
        raw.FPDF_FFLDraw(page.formenv, *place)
    return bitmap
