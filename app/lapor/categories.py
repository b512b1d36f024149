"""What can be reported: the categories are data (``data/categories.json``), in both languages."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from app.core.errors import InvalidInputError

About = Literal["tps", "photo"]

_FILE = Path(__file__).parent / "data" / "categories.json"


@dataclass(frozen=True)
class Category:
    """One kind of report. ``about``: what it can be said of; ``id`` and ``en``: its words in the two languages."""

    code: str
    about: tuple[About, ...]
    note_required: bool
    id: str
    en: str


@lru_cache
def load_categories() -> tuple[Category, ...]:
    """Return every category, in the order in which they are offered."""
    return tuple(
        Category(one["code"], tuple(one["about"]), one["note_required"], one["id"], one["en"])
        for one in json.loads(_FILE.read_text("utf-8"))
    )


def list_categories(about: About) -> tuple[Category, ...]:
    """Return the categories that can be said of a TPS, or of a photograph."""
    return tuple(one for one in load_categories() if about in one.about)


def find_category(code: str) -> Category | None:
    """Return the category of this code; null when the data name none (any more)."""
    return next((one for one in load_categories() if one.code == code), None)


def choose_category(code: str, about: About) -> Category:
    """Return the category that a report names.

    Raises:
        InvalidInputError: there is none of this code for a TPS, or for a photograph.
    """
    offered = list_categories(about)
    found = next((one for one in offered if one.code == code), None)
    if not code:
        raise InvalidInputError(
            "Belum dipilih apa yang Anda lihat. (Nothing is chosen of what you saw.)",
            "Pilih salah satu. (Choose one.)",
            code="unknown_category",
        )
    if found is None:
        known = ", ".join(one.code for one in offered)
        shown = code[:40]
        message = f"Jenis laporan {shown!r} tidak dikenal di sini. (The kind of report {shown!r} is not known here.)"
        remedy = f"Pilih salah satu: {known}. (Choose one of: {known}.)"
        raise InvalidInputError(message, remedy, code="unknown_category")
    return found
