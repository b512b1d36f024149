"""Read the printed title of a page without a tag, and hold it against what the form is called.

Tesseract reads the flattened print. It is told apart from handwriting's use: nothing it reads becomes a number. Words
are compared loosely, as small print blurs; the words of one title must be there, of five and more all but one.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ocr.plane import Grey, Homography, flatten
from ocr.refusals import Refused
from ocr.tesseract import NoTesseractError, read_print

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.layout import Layout, PageLayout, Title

PX_PER_MM = 12.0
"""About 300 dots per inch."""

MARGIN_MM = 1.5
ALIKE = 0.74
"""Words as alike as this (matching letters over all letters) are the same word."""

LEGIBLE_LETTERS = 10
"""So many letters, in words of four and more, and the print is legible: it then says that this is another form."""


def confirm_title(grey: Grey, homography: Homography, layout: Layout, page: PageLayout) -> None:
    """Do nothing if one of the page's titles is there.

    Raises `Refused`: `unknown_form` if other words stand there, `title_not_read` if none can be read or Tesseract is
    missing.
    """
    seen: list[str] = []
    for title in page.titles:
        try:
            words = _read_words(grey, homography, title)
        except NoTesseractError as error:
            raise Refused("title_not_read", f"Tesseract: {error}", form=layout.form, page=page.number) from error
        if holds_title(words, title.words):
            return
        seen += words
    legible = sum(len(word) for word in seen if len(word) >= 4 and word.isalpha())
    code = "unknown_form" if legible >= LEGIBLE_LETTERS * len(page.titles) else "title_not_read"
    raise Refused(code, f"the rules are those of {layout.form}, the title reads {' '.join(seen)[:120]!r}")


def _read_words(grey: Grey, homography: Homography, title: Title) -> list[str]:
    """What is printed in the title's area, in capitals."""
    left, top, right, bottom = title.rect
    area = (left - MARGIN_MM, top - MARGIN_MM, right + MARGIN_MM, bottom + MARGIN_MM)
    flat = flatten(grey, homography, area, PX_PER_MM)
    low, high = np.percentile(flat, [2, 80])
    stretched = np.clip((flat.astype(np.float32) - low) * (255.0 / max(high - low, 1.0)), 0, 255).astype(np.uint8)
    bordered = cv2.copyMakeBorder(stretched, 24, 24, 24, 24, cv2.BORDER_CONSTANT, value=(255,))
    return read_print(np.asarray(bordered, dtype=np.uint8)).upper().split()


def holds_title(seen: Sequence[str], wanted: Sequence[str]) -> bool:
    """Are the words wanted among those seen, each seen word standing for one? One in five may be missing."""
    left, missing = list(seen), 0
    for word in wanted:
        found = max(left, key=lambda one: _alike(one, word), default="")
        if _alike(found, word) >= ALIKE:
            left.remove(found)
        else:
            missing += 1
    return missing <= len(wanted) // 5


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()
