"""What a reader process does with a document: count its pages, draw one of them.

Runs in a child process that may die: bytes in, plain frozen values out, nothing of the service imported. A refusal is a
value here, since not every exception survives the way back from a child.
"""

from dataclasses import dataclass

from ocr.refusals import Refused
from ocr.split import Page as DrawnPage
from ocr.split import count_pages, take_page

__all__ = ["MEMORY", "DrawnPage", "Outline", "Unreadable", "draw_page", "look_at_document"]

MEMORY = "more memory than a reader may use"


@dataclass(frozen=True)
class Outline:
    """How many pages a document has."""

    pages: int


@dataclass(frozen=True)
class Unreadable:
    """Why a document, or its page ``page`` (from 1), cannot be shown: a key of ``ocr.refusals.SENTENCES``."""

    code: str
    detail: str
    page: int | None = None


def look_at_document(data: bytes) -> Outline | Unreadable:
    """Count the pages of a PDF or TIFF."""
    try:
        return Outline(count_pages(data))
    except Refused as refused:
        return Unreadable(refused.code, refused.detail)
    except MemoryError:
        return Unreadable("too_complex", MEMORY)


def draw_page(data: bytes, number: int) -> DrawnPage | Unreadable:
    """Draw page ``number`` (from 1) as a picture file of its own."""
    try:
        return take_page(data, number)
    except Refused as refused:
        return Unreadable(refused.code, refused.detail, number)
    except MemoryError:
        return Unreadable("too_complex", MEMORY, number)
