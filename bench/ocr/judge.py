"""Readings held against what the paper shows: from `PhotoReading` to records."""

from __future__ import annotations

from collections.abc import Mapping

from bench.ocr.records import CheckRecord, FieldRecord, PageRecord, SectionRecord, Shot
from ocr.draw.tps import LAYOUT_KEY, FieldTruth, PageTruth
from ocr.layout import Identity, Layout, load_layout
from ocr.reading import Check, FieldReading, PhotoReading


def judge_shot(
    paper: int, tier: str, hand: str, truth: Mapping[int, PageTruth], readings: Mapping[int, PhotoReading]
) -> Shot:
    """All photographs of one paper under one tier, by page."""
    layout = load_layout(LAYOUT_KEY)
    pages = tuple(_judge_page(page, reading, layout) for page, reading in readings.items())
    fields = tuple(
        _judge_field(layout, page, name, shown, _field_of(readings[page], page, name))
        for page in readings
        for name, shown in truth[page].fields.items()
    )
    shown = {name: one.value for page in readings for name, one in truth[page].fields.items()}
    right = {field.name for field in fields if field.right}
    return Shot(
        paper=paper,
        tier=tier,
        hand=hand,
        pages=pages,
        fields=fields,
        sections=tuple(_judge_sections(layout, readings, fields, shown)),
        checks=tuple(_judge_checks(layout, readings, shown, right)),
    )


def _judge_page(page: int, reading: PhotoReading, layout: Layout) -> PageRecord:
    quality = reading.quality
    return PageRecord(
        page=page,
        refused=reading.refused,
        detail=reading.detail,
        read_page=reading.page,
        form_right=reading.form in {None, layout.form},
        box_px=round(quality.box_px, 1) if quality else 0.0,
        sharpness=round(quality.sharpness, 3) if quality else 0.0,
    )


def _field_of(reading: PhotoReading, page: int, name: str) -> FieldReading | None:
    """None where the photograph was refused or taken for another page."""
    return reading.fields.get(name) if reading.refused is None and reading.page == page else None


def _judge_field(layout: Layout, page: int, name: str, shown: FieldTruth, read: FieldReading | None) -> FieldRecord:
    claimed, probability = read.candidates[0] if read and read.candidates else (None, 0.0)
    right = read is not None and read.value == shown.value
    return FieldRecord(
        name=name,
        page=page,
        section=layout.field(name).section,
        shown=shown.value,
        symbols=shown.digits,
        corrected=shown.corrected,
        bubbles_shown=shown.bubbles,
        value=read.value if read else None,
        confidence=read.confidence if read else 0.0,
        sure=bool(read and read.sure),
        reason=read.reason if read else None,
        digits=read.digits if read else "",
        bubbles=read.bubbles if read else None,
        claimed=claimed,
        probability=float(probability),
        other=read.candidates[1:] if read and not right else (),
    )


def _judge_sections(
    layout: Layout,
    readings: Mapping[int, PhotoReading],
    fields: tuple[FieldRecord, ...],
    shown: Mapping[str, int | None],
) -> list[SectionRecord]:
    """Every section whose pages were all photographed."""
    records = []
    for name, pages in layout.sections.items():
        if not set(pages) <= readings.keys():
            continue
        inside = [one for one in layout.identities if one.section == name]
        mine = [field for field in fields if field.section == name]
        told = [readings[page].sections[name] for page in pages if name in readings[page].sections]
        records.append(
            SectionRecord(
                name=name,
                closes=all(_closes(one, shown) for one in inside),
                sure=len(told) == len(pages) and all(one.sure for one in told),
                right=all(field.right for field in mine),
                wrong=max((one.wrong for one in told), default=None),
            )
        )
    return records


def _closes(identity: Identity, shown: Mapping[str, int | None]) -> bool:
    """Whether the numbers on the paper add up; a field without a number adds nothing up."""
    total, *terms = (shown.get(name) for name in (identity.total, *identity.terms))
    known = [term for term in terms if term is not None]
    return total is not None and len(known) == len(terms) and total == sum(known)


def _judge_checks(
    layout: Layout, readings: Mapping[int, PhotoReading], shown: Mapping[str, int | None], right: set[str]
) -> list[CheckRecord]:
    """The identities, all of whose fields were photographed, that fail on the paper or in the reading."""
    said: dict[str, Check] = {}
    for reading in readings.values():
        for check in reading.checks:
            said.setdefault(check.key, check)
    records = []
    for one in layout.identities:
        names = {one.total, *one.terms}
        if not names <= shown.keys() or one.key not in said:
            continue
        check, closes = said[one.key], _closes(one, shown)
        if closes and check.closes is not False:
            continue
        records.append(CheckRecord(one.key, closes, check.closes, check.hint, check.paper, names <= right))
    return records
