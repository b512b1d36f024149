"""Try a layout out: draw its form filled in, photograph it, read it, and say how much came back.

What is tried is the geometry: whether the page is found by what the layout says of it, and each box met. Writing and
photographing are those of the form drawer, with hands of people who do not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ocr.draw.hands import make_hand
from ocr.draw.photograph import Tier, photograph
from ocr.draw.plain import draw_plain
from ocr.draw.written import Written
from ocr.keep import StageFolder
from ocr.layout import Layout, PageLayout, parse_layout, try_layout
from ocr.read import read_together
from ocr.reading import PhotoReading
from workers.layout_values import draw_values

Picture = NDArray[np.uint8]

LONGEST_PX = 3000
"""Side of the drawn sheet; photographs are smaller."""

LEAST_RIGHT = 0.9
MOST_REFUSED = 0.1


@dataclass(frozen=True)
class Miss:
    """A field that was not read as it was written, or a page that was refused (`field` is then None)."""

    photograph: str
    field: str | None
    written: str
    read: str


@dataclass(frozen=True)
class TierResult:
    """What came back of one tier: pages and those refused; fields, those right, those sure and wrong all the same."""

    tier: str
    pages: int
    refused: int
    fields: int
    right: int
    sure_wrong: int
    misses: tuple[Miss, ...]

    @property
    def good(self) -> bool:
        """Good enough to use the layout."""
        seen = self.refused <= MOST_REFUSED * self.pages
        return seen and self.right >= LEAST_RIGHT * self.fields and not self.sure_wrong


def check_layout(
    data: bytes,
    *,
    blanks: Mapping[int, Picture],
    count: int,
    tiers: Sequence[Tier],
    seed: int,
    folder: Path,
    progress: Callable[[], object],
) -> list[TierResult]:
    """Draw `count` papers a tier and read them; pictures of what went wrong go into `folder`.

    `blanks`: pictures (grey) of empty pages to write on, by page number. The layout is known to this process from now
    on.

    Raises:
        LayoutError: the layout is not valid; nothing was drawn.
    """
    layout = parse_layout(data)
    try_layout(layout)
    folder.mkdir(parents=True, exist_ok=True)
    results = []
    for tier in tiers:
        papers = []
        for number in range(count):
            rng = np.random.default_rng((seed, number, len(tier)))
            papers.append(_check_paper(layout, blanks, f"{tier}-{number + 1}", tier, rng, folder))
            progress()
        results.append(_add_up(tier, papers))
    return results


def _check_paper(  # noqa: PLR0917  one paper, and where it goes
    layout: Layout, blanks: Mapping[int, Picture], name: str, tier: Tier, rng: np.random.Generator, folder: Path
) -> TierResult:
    """One paper of a tier, all its pages."""
    written = _write(layout, rng)
    photographs = {}
    for number, page in layout.pages.items():
        drawn = _draw(page, written, blanks.get(number), rng)
        photographs[f"{name}-page{number}.jpg"] = photograph(drawn, tier, rng)
    fields = right = sure_wrong = refused = 0
    misses: list[Miss] = []
    for page, reading in zip(layout.pages.values(), read_together(list(photographs.items())), strict=True):
        own = _compare(layout, reading, written)
        unread = any(miss.field is None for miss in own)
        refused, fields = refused + unread, fields + len(page.fields)
        right += 0 if unread else len(page.fields) - len(own)
        sure_wrong += sum(miss.field is not None and reading.fields[miss.field].sure for miss in own)
        if own:
            _show(folder, reading.file, photographs[reading.file])
        misses += own
    return TierResult(tier, len(layout.pages), refused, fields, right, sure_wrong, tuple(misses))


def _add_up(tier: str, papers: Sequence[TierResult]) -> TierResult:
    """The papers of one tier together."""
    return TierResult(
        tier,
        pages=sum(one.pages for one in papers),
        refused=sum(one.refused for one in papers),
        fields=sum(one.fields for one in papers),
        right=sum(one.right for one in papers),
        sure_wrong=sum(one.sure_wrong for one in papers),
        misses=tuple(miss for one in papers for miss in one.misses),
    )


def _write(layout: Layout, rng: np.random.Generator) -> dict[str, Written]:
    """One clerk's numbers; he crosses out the places he does not need."""
    leading = str(rng.choice(["X", "0", "-"]))
    written = {}
    for name, value in draw_values(layout, rng).items():
        boxes = layout.field(name).boxes
        digits = str(value).rjust(len(boxes), leading)
        bubbles = digits.replace("X", "0").replace("-", "0") if all(box.bubbles for box in boxes) else None
        written[name] = Written(digits, bubbles=bubbles)
    return written


def _draw(page: PageLayout, written: Mapping[str, Written], blank: Picture | None, rng: np.random.Generator) -> Picture:
    """One page by a hand of its own."""
    mine = {field.name: written[field.name] for field in page.fields}
    hand = make_hand("evaluation", int(rng.integers(1_000_000)))
    return draw_plain(page, mine, hand=hand, rng=rng, px_per_mm=LONGEST_PX / max(page.size_mm), blank=blank)


def _compare(layout: Layout, reading: PhotoReading, written: Mapping[str, Written]) -> list[Miss]:
    """What was not read as it was written; a field left open counts."""
    if reading.refused is not None or reading.layout_key != layout.key:
        said = reading.refused or f"taken for {reading.form}"
        return [Miss(reading.file, None, "the page", f"{said}: {reading.detail}")]
    return [
        Miss(reading.file, name, written[name].digits, "open" if field.value is None else str(field.value))
        for name, field in reading.fields.items()
        if field.value != written[name].value
    ]


def _show(folder: Path, name: str, data: bytes) -> None:
    """The photograph, and what the reader saw in it, stage by stage."""
    (folder / name).write_bytes(data)
    read_together([(name, data)], keep={name: StageFolder(folder, Path(name).stem)})
