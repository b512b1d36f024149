"""The parts of a layout. Frozen: a layout is data that readings refer to by hash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ocr.layout_node import Point, Rect


@dataclass(frozen=True)
class Tag:
    """The printed tag that names the page; `rect` is its black outline in mm.

    `quarter_turns`: how often it is printed turned by 90 degrees clockwise against the family's canonical picture.
    """

    family: str
    id: int
    rect: Rect
    quarter_turns: int


@dataclass(frozen=True)
class Bubble:
    """One printed circle beside a box; blackening it repeats the digit `value`."""

    value: int
    centre: Point
    diameter_mm: float


@dataclass(frozen=True)
class Box:
    """One printed square for one digit; `rect` in mm is the centre line of its border, `guide` says dots are inside."""

    rect: Rect
    border_mm: float
    guide: bool
    bubbles: tuple[Bubble, ...]


@dataclass(frozen=True)
class Field:
    """One number of the form: its boxes from the highest place to the units, and the section it belongs to."""

    name: str
    boxes: tuple[Box, ...]
    section: str


@dataclass(frozen=True)
class PageLayout:
    """One page. `markers`: TL, TR, BR, BL -> the point in mm where the marker's two black squares touch.

    `private_areas` hold names and signatures: whatever is published has them covered.
    """

    number: int
    size_mm: tuple[float, float]
    markers: Mapping[str, Point]
    marker_square_mm: float
    tag: Tag
    fields: tuple[Field, ...]
    private_areas: tuple[Rect, ...]

    def field(self, name: str) -> Field:
        """The field of that name; KeyError if the page has none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)


@dataclass(frozen=True)
class Identity:
    """`total` = sum of `terms` on a paper without mistakes; `section` is None where the fields are in several."""

    key: str
    total: str
    terms: tuple[str, ...]
    section: str | None
