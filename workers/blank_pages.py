"""Pictures of an empty form's pages, from a PDF or a picture file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.core.errors import InvalidInputError
from ocr.decode import decode_grey
from ocr.refusals import Refused
from ocr.split import count_pages, is_document, take_page

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray


def open_blank_pages(path: Path) -> dict[int, NDArray[np.uint8]]:
    """Page number to grey pixels.

    Raises:
        InvalidInputError: the file is not there, or no picture or PDF that can be opened.
    """
    try:
        data = path.read_bytes()
        if not is_document(data):
            return {1: decode_grey(data).pixels}
        return {number: decode_grey(take_page(data, number).data).pixels for number in range(1, count_pages(data) + 1)}
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be opened ({error.strerror}).", "Name a PDF or a picture.") from error
    except Refused as refused:
        raise InvalidInputError(f"{path}: {refused.detail}.", "Give the blank form as PDF, PNG or JPEG.") from refused
