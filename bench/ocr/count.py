"""Counting what the records say. Pure: shots in, numbers out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bench.ocr.calibration import claims
from bench.ocr.records import FieldRecord, PageRecord, SectionRecord, Shot
from bench.ocr.score import upper_bound

BOX_PX = (16, 20, 25, 32, 45)
SHARPNESS = (0.1, 0.2, 0.35, 0.5)
_RANK = re.compile(r"^\d ")


@dataclass(frozen=True)
class FieldCount:
    """Fields: all, read as shown, sure, sure but wrong, left open, of those the right number as first candidate.

    `expected`: wrong numbers by the reader's own probabilities, of those named and of the likeliest where none was;
    `seen`: so many were wrong.
    """

    fields: int
    right: int
    sure: int
    sure_wrong: int
    open: int
    open_right: int
    expected: float
    seen: int

    @property
    def right_share(self) -> float:
        return self.right / self.fields if self.fields else 0.0

    @property
    def sure_share(self) -> float:
        return self.sure / self.fields if self.fields else 0.0

    @property
    def bound(self) -> float:
        """Upper bound of the error rate among the sure ones."""
        return upper_bound(self.sure_wrong, self.sure)


@dataclass(frozen=True)
class PageCount:
    """Photographs: all, read as the page they are, refused, taken for another page."""

    pages: int
    identified: int
    refused: int
    mistaken: int
    codes: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class SectionCount:
    """Sections whose paper closes: all, sure as a whole, and of those with a wrong field."""

    sections: int
    sure: int
    sure_wrong: int


@dataclass(frozen=True)
class VerdictCount:
    """Sums that do not close, as read. The reader calls each the paper's or its own fault; the paper says who is right.

    `paper_right` of `paper`: those laid to the paper's account whose paper indeed does not close. `reader_right` of
    `reader`: those it laid to its own whose paper does close. `missed`: sums that fail on the paper and close as read.
    """

    broken_on_paper: int
    paper: int
    paper_right: int
    reader: int
    reader_right: int
    missed: int


def count_fields(fields: Iterable[FieldRecord]) -> FieldCount:
    """All of them."""
    known = list(fields)
    claimed = claims(known)
    return FieldCount(
        fields=len(known),
        right=sum(one.right for one in known),
        sure=sum(one.sure for one in known),
        sure_wrong=sum(one.sure and not one.right for one in known),
        open=sum(one.left_open for one in known),
        open_right=sum(one.left_open and one.claimed == one.shown for one in known),
        expected=sum(1 - share for share, _ in claimed),
        seen=sum(not right for _, right in claimed),
    )


def fields_of(shots: Iterable[Shot], tiers: Sequence[str], section: str | None = None) -> list[FieldRecord]:
    """The fields under these tiers, of one section if named."""
    return [field for shot in shots if shot.tier in tiers for field in shot.fields if section in {None, field.section}]


def count_pages(shots: Iterable[Shot], tiers: Sequence[str]) -> PageCount:
    """The photographs under these tiers."""
    pages = [page for shot in shots if shot.tier in tiers for page in shot.pages]
    codes = Counter(page.refused for page in pages if page.refused)
    return PageCount(
        pages=len(pages),
        identified=sum(page.identified for page in pages),
        refused=sum(page.refused is not None for page in pages),
        mistaken=sum(page.mistaken for page in pages),
        codes=tuple(codes.most_common()),
    )


def count_sections(shots: Iterable[Shot], tiers: Sequence[str], name: str) -> SectionCount:
    """Sections of that name under these tiers whose own sums close on the paper."""
    known: list[SectionRecord] = [
        one for shot in shots if shot.tier in tiers for one in shot.sections if one.name == name and one.closes
    ]
    sure = [one for one in known if one.sure]
    return SectionCount(len(known), len(sure), sum(not one.right for one in sure))


def count_verdicts(shots: Iterable[Shot], tiers: Sequence[str]) -> VerdictCount:
    """How well "paper" and "reader" are told apart."""
    checks = [check for shot in shots if shot.tier in tiers for check in shot.checks]
    failing = [check for check in checks if check.closes_as_read is False]
    paper, reader = ([check for check in failing if check.hint == hint] for hint in ("paper", "reader"))
    return VerdictCount(
        broken_on_paper=sum(not check.closes_on_paper for check in checks),
        paper=len(paper),
        paper_right=sum(not check.closes_on_paper for check in paper),
        reader=len(reader),
        reader_right=sum(check.closes_on_paper for check in reader),
        missed=sum(not check.closes_on_paper and check.closes_as_read is True for check in checks),
    )


Kind = Callable[[Shot, FieldRecord], str]


def _band(value: float, edges: Sequence[float], unit: str) -> str:
    """The band a figure falls in, its rank in front: bands sort by their names."""
    at = sum(value >= edge for edge in edges)
    if at == 0:
        return f"0 below {edges[0]:g}{unit}"
    upper = f" to {edges[at]:g}" if at < len(edges) else " and more"
    return f"{at} {edges[at - 1]:g}{upper}{unit}"


def _condition(shot: Shot, field: FieldRecord) -> PageRecord:
    return shot.page_of(field)


KINDS: dict[str, Kind] = {
    "box": lambda shot, field: _band(_condition(shot, field).box_px, BOX_PX, " px"),
    "sharpness": lambda shot, field: _band(_condition(shot, field).sharpness, SHARPNESS, ""),
    "digits": lambda shot, _field: shot.hand.split(", ")[0],
    "pen": lambda shot, _field: shot.hand.split(", ")[-1],
    "leading place": lambda _shot, field: {"_": "blank", "-": "dash", "": "none"}.get(field.leading, field.leading),
    "correction": lambda _shot, field: field.corrected or "none",
    "page 1 given": lambda shot, _field: "yes" if any(page.page == 1 for page in shot.pages) else "no",
}
"""The conditions fields are counted by."""


def count_by(shots: Iterable[Shot], tiers: Sequence[str], kind: Kind, section: str) -> dict[str, FieldCount]:
    """Fields of a section that were read, by condition."""
    groups: dict[str, list[FieldRecord]] = {}
    for shot in shots:
        if shot.tier in tiers:
            for field in shot.fields:
                if field.section == section and field.read:
                    groups.setdefault(kind(shot, field), []).append(field)
    return {_RANK.sub("", name): count_fields(groups[name]) for name in sorted(groups)}


def count_reasons(fields: Iterable[FieldRecord]) -> list[tuple[str, int]]:
    """Why fields that were read are not sure, the commonest first."""
    return Counter(one.reason or "not probable enough" for one in fields if one.read and not one.sure).most_common()
