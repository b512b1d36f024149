"""One filled page of a form: the print, and on it what a clerk wrote, blackened, struck, spelled and signed."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.draw.correct import overwrite, strike_out
from ocr.draw.hands import Writer
from ocr.draw.marks import Desk, blacken, box_centre, glyph_side, sign, strike_votes, write_words
from ocr.draw.names import invent_name
from ocr.draw.print_data import PagePrint, load_print
from ocr.draw.printing import print_page
from ocr.draw.written import NO_BUBBLE, Place, Written, as_written
from ocr.layout import Field, Layout, PageLayout, Rect

Picture = NDArray[np.uint8]

_KPPS, _SAKSI = 7, 3
_DAY = "14022024"
_BESIDE, _BESIDE_MM = 0.5, 26.0  # share of struck numbers written anew to the left, where so much is free; else above
_FULL, _FAINT, _ERASED = (0.88, 1.0), (0.28, 0.5), (0.08, 0.2)  # how dark a bubble is


def draw_page(
    layout: Layout,
    page: int,
    values: Mapping[str, str | Written],
    *,
    hand: Writer,
    place: Place | None,
    rng: np.random.Generator,
    px_per_mm: float = 4.0,
    signed: bool = True,
) -> Picture:
    """The page as BGR picture, `px_per_mm` pixels a millimetre.

    `values` gives what is written in fields of this page; a field that is not named stays empty. `place` fills the
    header; `signed` adds names and signatures of KPPS and saksi. All chance comes from `rng`.
    """
    unknown = set(values) - {field.name for field in layout.pages[page].fields}
    if unknown:
        raise ValueError(f"page {page} of {layout.key} has no field {min(unknown)!r}; give fields of this page")
    paper = np.asarray(cv2.cvtColor(print_page(layout, page, px_per_mm), cv2.COLOR_GRAY2BGR), dtype=np.uint8)
    desk = Desk(paper, px_per_mm, hand, rng)
    print_data = load_print(layout.key)[page]
    for field in layout.pages[page].fields:
        if field.name in values:
            beside = _is_free(layout.pages[page], field)
            _write_field(desk, field, as_written(values[field.name]), print_data, beside=beside)
    if place is not None:
        _write_place(desk, place, print_data)
        _write_date(desk, place, print_data)
    if signed:
        _write_names(desk, print_data)
    return paper


def _is_free(page: PageLayout, field: Field) -> bool:
    """Whether there is room for a number to the left of the field's boxes: no other box stands there."""
    left, top, _, bottom = field.boxes[0].rect
    others = (box.rect for other in page.fields for box in other.boxes)
    return not any(left - _BESIDE_MM < one[2] <= left and one[1] < bottom and one[3] > top for one in others)


def _write_field(desk: Desk, field: Field, written: Written, print_data: PagePrint, *, beside: bool) -> None:
    if len(written.digits) != len(field.boxes):
        raise ValueError(f"{field.name} has {len(field.boxes)} boxes; {written.digits!r} does not fill them")
    _write_digits(desk, field, written, beside=beside)
    _blacken_bubbles(desk, field, written)
    for grid in print_data.tallies:
        if grid.field == field.name and written.strokes is not None:
            strike_votes(desk, grid, written.strokes)
    if written.words is not None and field.name in print_data.words:
        left, top, right, bottom = print_data.words[field.name]
        write_words(desk, written.words, (left + float(desk.rng.uniform(0, 8)), top + 2, right, bottom))


def _write_digits(desk: Desk, field: Field, written: Written, *, beside: bool) -> None:
    if written.struck:
        _write_anew(desk, field, written, beside=beside and desk.rng.random() < _BESIDE)
        return
    before = written.corrected or ("",) * len(field.boxes)
    for box, symbol, wrong in zip(field.boxes, written.symbols, before, strict=True):
        side = glyph_side(box.rect, desk.px_per_mm)
        ink = overwrite(desk.hand, wrong, symbol, side, desk.rng) if wrong else None
        if ink is None:
            ink = desk.hand.render(symbol, side, desk.rng, box_mm=box.rect[2] - box.rect[0])
        desk.stamp(ink, box_centre(box.rect))


def _blacken_bubbles(desk: Desk, field: Field, written: Written) -> None:
    marks = [(at, int(mark)) for at, mark in enumerate(written.bubbles or "") if mark != NO_BUBBLE]
    for at, value in (*marks, *written.extra_bubbles):
        faint = at in written.faint_bubbles and (at, value) in marks
        _blacken_one(desk, field, at, value, _FAINT if faint else _FULL)
    for at, value in written.erased_bubbles:
        _blacken_one(desk, field, at, value, _ERASED)


def _blacken_one(desk: Desk, field: Field, at: int, value: int, darkness: tuple[float, float]) -> None:
    for bubble in field.boxes[at].bubbles:
        if bubble.value == value:
            blacken(desk, bubble, darkness)


def _write_anew(desk: Desk, field: Field, written: Written, *, beside: bool) -> None:
    """The old number in the boxes, struck out by a line or two through the row; the new one small, above or beside."""
    left, top, right, bottom = field.boxes[0].rect[:2] + field.boxes[-1].rect[2:]
    for box, symbol in zip(field.boxes, written.struck, strict=True):
        side = glyph_side(box.rect, desk.px_per_mm)
        ink = desk.hand.render(symbol, side, desk.rng, box_mm=box.rect[2] - box.rect[0])
        desk.stamp(ink, box_centre(box.rect))
    strike_out(desk, (left, top, right, bottom))
    text = written.symbols.lstrip("X-_")
    if beside:
        write_words(desk, text, (left - _BESIDE_MM, top + float(desk.rng.uniform(2, 7)), left, bottom))
    else:
        write_words(desk, text, (left + float(desk.rng.uniform(5, 30)), top - 5.5, right, top), tallest_mm=5.0)


def _write_place(desk: Desk, place: Place, print_data: PagePrint) -> None:
    words = {
        "provinsi": place.provinsi,
        "kabupaten_kota": place.kabupaten_kota,
        "kecamatan": place.kecamatan,
        "kelurahan": place.kelurahan,
        "tps": f"{place.tps:03d}",
    }
    for name, (x, y) in print_data.place.items():
        width = 16 if name == "tps" else 98
        write_words(desk, words[name], (x, y - 6.2, x + width, y + 2), tallest_mm=5.0)


def _write_date(desk: Desk, place: Place, print_data: PagePrint) -> None:
    """Where and when the page was settled; 2024's presidential vote was on 14 February."""
    if print_data.settled is not None:
        write_words(desk, place.kelurahan, print_data.settled, tallest_mm=5.0)
    for box, digit in zip(print_data.date, _DAY, strict=False):
        ink = desk.hand.render(digit, glyph_side(box, desk.px_per_mm), desk.rng, box_mm=box[2] - box[0])
        desk.stamp(ink, box_centre(box))


def _write_names(desk: Desk, print_data: PagePrint) -> None:
    """Names and signatures; the one or other seat stays empty, as it does on real papers."""
    for seats, rect, absent in ((_KPPS, print_data.kpps, 0.1), (_SAKSI, print_data.saksi, 0.2)):
        left, top, right, bottom = rect
        width = (right - left) / seats
        for seat in range(seats):
            if desk.rng.random() >= absent:
                _write_name(desk, (left + seat * width, top, left + (seat + 1) * width, bottom))


def _write_name(desk: Desk, seat: Rect) -> None:
    left, top, right, bottom = seat
    write_words(desk, invent_name(desk.rng), (left + 14, bottom - 9, right - 4, bottom - 1), tallest_mm=4.5)
    sign(desk, (left + (right - left) * 0.3, top + 3, right - 6, bottom - 9))
