"""What the bench keeps of each paper: one JSON line a paper, enough to count everything again without reading again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class FieldRecord:
    """One field: what it shows, what was read. `digits` is empty where its page was refused.

    `claimed` and `probability` are the reader's most probable value, named or not; `other` the further candidates, kept
    only where the reading is not right.
    """

    name: str
    page: int
    section: str
    shown: int | None
    symbols: str
    corrected: str
    bubbles_shown: str | None
    value: int | None
    confidence: float
    sure: bool
    reason: str | None
    digits: str
    bubbles: str | None
    claimed: int | None
    probability: float
    other: tuple[tuple[int, float], ...] = ()
    picture: str | None = None

    @property
    def read(self) -> bool:
        """Whether the reader saw it at all."""
        return bool(self.digits)

    @property
    def right(self) -> bool:
        """The value that is shown; where no number is shown, none."""
        return self.read and self.value == self.shown

    @property
    def left_open(self) -> bool:
        """Read, but no number was named although one is shown."""
        return self.read and self.value is None and self.shown is not None

    @property
    def leading(self) -> str:
        """What the clerk wrote in unused leading places: X, -, _ or 0; "" where there is none."""
        first = self.symbols[:1]
        if first in {"X", "-", "_"}:
            return first
        return "0" if first == "0" and len(self.symbols) > 1 else ""


@dataclass(frozen=True)
class PageRecord:
    """One photograph."""

    page: int
    refused: str | None
    detail: str | None
    read_page: int | None
    form_right: bool
    box_px: float
    sharpness: float
    picture: str | None = None

    @property
    def identified(self) -> bool:
        """Read as the page it is."""
        return self.refused is None and self.read_page == self.page and self.form_right

    @property
    def mistaken(self) -> bool:
        """Taken for another page or form, refused or not."""
        return self.read_page is not None and (self.read_page != self.page or not self.form_right)


@dataclass(frozen=True)
class SectionRecord:
    """One section whose pages were all given. `closes`: whether its own sums close on the paper."""

    name: str
    closes: bool
    sure: bool
    right: bool
    wrong: float | None


@dataclass(frozen=True)
class CheckRecord:
    """One identity that does not close on the paper or in the reading. `right`: all its fields were read as shown."""

    key: str
    closes_on_paper: bool
    closes_as_read: bool | None
    hint: str | None
    paper: float | None
    right: bool


@dataclass(frozen=True)
class Shot:
    """All photographs of one paper under one tier, read together."""

    paper: int
    tier: str
    hand: str
    pages: tuple[PageRecord, ...]
    fields: tuple[FieldRecord, ...]
    sections: tuple[SectionRecord, ...]
    checks: tuple[CheckRecord, ...]

    def page_of(self, field: FieldRecord) -> PageRecord:
        """The photograph the field stands on."""
        return next(page for page in self.pages if page.page == field.page)


def dump_shots(shots: list[Shot]) -> str:
    """One line of JSON."""
    return json.dumps([asdict(shot) for shot in shots], separators=(",", ":"))


def parse_shots(line: str) -> list[Shot]:
    """The shots of one line; ValueError if the line was cut short."""
    return [_parse_shot(data) for data in json.loads(line)]


def _parse_shot(data: dict[str, Any]) -> Shot:
    return Shot(
        paper=data["paper"],
        tier=data["tier"],
        hand=data["hand"],
        pages=tuple(PageRecord(**one) for one in data["pages"]),
        fields=tuple(_parse_field(one) for one in data["fields"]),
        sections=tuple(SectionRecord(**one) for one in data["sections"]),
        checks=tuple(CheckRecord(**one) for one in data["checks"]),
    )


def _parse_field(data: dict[str, Any]) -> FieldRecord:
    other = tuple((int(value), float(share)) for value, share in data["other"])
    return FieldRecord(**{**data, "other": other})
