"""A photograph that something is wrong with, and what a reader may say of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from ocr.draw.broken_camera import develop, outside, show, table_top, take_stand

if TYPE_CHECKING:
    import numpy as np

    from ocr.draw.broken_camera import Frame
    from ocr.draw.broken_sheet import Sheet

Shown: TypeAlias = Mapping[int, Mapping[str, int | None]]
"""By page number and field: the value that may be named; None where the field must stay open."""


@dataclass(frozen=True)
class Broken:
    """A photograph's bytes and what they show. Without any page in `shown` it must be refused."""

    photo: bytes
    shown: Shown


@dataclass(frozen=True)
class Papers:
    """All pages of one polling station, and those of another one."""

    pages: Mapping[int, Sheet]
    others: Mapping[int, Sheet]

    def draw(self, rng: np.random.Generator) -> Sheet:
        """One page of the first."""
        return self.pages[int(rng.choice(list(self.pages)))]


Kind: TypeAlias = Callable[[Papers, "np.random.Generator"], Broken]

REFUSE: Shown = {}


def draw_side(rng: np.random.Generator) -> int:
    """The longest side of a good photograph, in pixels."""
    return int(rng.integers(1600, 2600))


def tell(*sheets: Sheet) -> Shown:
    """What may be read of sheets that are in the photograph with all that is not hidden."""
    return {sheet.layout.number: {**sheet.values, **dict.fromkeys(sheet.open_fields())} for sheet in sheets}


def snap(sheet: Sheet, rng: np.random.Generator, *, must_refuse: bool = False, frame: Frame | None = None) -> Broken:
    """A decent photograph of a sheet; `frame` may cut some of it off."""
    stand = take_stand(sheet, rng, side=draw_side(rng), frame=frame)
    photo = develop(show(sheet, stand, table_top(stand, rng)), rng, blur=float(rng.uniform(0.2, 1.0)))
    if must_refuse:
        return Broken(photo, REFUSE)
    if frame is None:
        return Broken(photo, tell(sheet))
    unseen = sheet.open_fields(outside(sheet, stand))
    return Broken(photo, {sheet.layout.number: {**sheet.values, **dict.fromkeys(unseen)}})
