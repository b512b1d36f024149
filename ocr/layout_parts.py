"""The parts of a layout. Frozen: a layout is data that readings refer to by hash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ocr.layout_node import LayoutError, Point, Rect


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
class StrokeGrid:
    """The squares in which a field's votes are struck, five a square; rectangles in mm.

    `sums`: where each row's sum is written, in two places side by side, if the form has that.
    """

    rect: Rect
    rows: int
    columns: int
    sums: Rect | None


@dataclass(frozen=True)
class Field:
    """One number of the form: its boxes from the highest place to the units, and the section it belongs to.

    `strokes` and `words` (mm): where the same number is struck as a tally and written in words, if the form says so.
    No decision looks at them.
    """

    name: str
    boxes: tuple[Box, ...]
    section: str
    strokes: StrokeGrid | None = None
    words: Rect | None = None


@dataclass(frozen=True)
class Title:
    """Print that names the form: inside `rect` (mm) stand `words`, all of them. Words that other forms lack."""

    words: tuple[str, ...]
    rect: Rect


@dataclass(frozen=True)
class PageLayout:
    """One page, known by a printed tag and corner markers, or else by its printed rules and titles.

    `markers`: TL, TR, BR, BL -> the point in mm where the marker's two black squares touch; empty without a tag.
    `rules` are the printed lines of the tables, (x0, y0, x1, y1) in mm, level or upright, each line once. `squares`:
    corner -> centre of a black square of `square_mm`, where the form has such. Any one of `titles` is enough.
    `private_areas` hold names and signatures: whatever is published has them covered.
    """

    number: int
    size_mm: tuple[float, float]
    markers: Mapping[str, Point]
    marker_square_mm: float
    printed_tag: Tag | None
    fields: tuple[Field, ...]
    private_areas: tuple[Rect, ...]
    rules: tuple[Rect, ...] = ()
    titles: tuple[Title, ...] = ()
    squares: Mapping[str, Point] = field(default_factory=lambda: MappingProxyType({}))
    square_mm: float = 0.0

    @property
    def tag(self) -> Tag:
        """The printed tag. LayoutError if the page bears none: ask `printed_tag` first where that may be."""
        if self.printed_tag is None:
            raise LayoutError(f"pages.{self.number}", "the page bears no tag", "look for its rules and titles")
        return self.printed_tag

    @property
    def frame(self) -> Rect:
        """What markers, or else rules, titles and squares, enclose (mm)."""
        points = [*self.markers.values()] or [
            *self.squares.values(),
            *(corner for title in self.titles for corner in (title.rect[:2], title.rect[2:])),
            *((x0, y0) for x0, y0, _, _ in self.rules),
            *((x1, y1) for _, _, x1, y1 in self.rules),
        ]
        across, down = [x for x, _ in points], [y for _, y in points]
        return min(across), min(down), max(across), max(down)

    def field(self, name: str) -> Field:
        """The field of that name; KeyError if the page has none."""
        for one in self.fields:
            if one.name == name:
                return one
        raise KeyError(name)


@dataclass(frozen=True)
class Identity:
    """`total` = sum of `terms` on a paper without mistakes; `section` is None where the fields are in several."""

    key: str
    total: str
    terms: tuple[str, ...]
    section: str | None
