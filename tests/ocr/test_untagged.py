"""Forms that bear no tag: found by rules and title, told from others, refused when in doubt."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest

from ocr import tesseract
from ocr.covering import cut_field_crops, make_public_copy
from ocr.decode import decode_colour
from ocr.draw.hands import make_hand
from ocr.draw.photograph import photograph
from ocr.draw.plain import draw_plain, print_plain
from ocr.draw.written import Written
from ocr.layout import PageLayout, Title, load_layout
from ocr.plane import project
from ocr.read import read_photo
from ocr.read_title import holds_title

KEY = "c_hasil_salinan_ppwp_2024"
PX_PER_MM = 9.0
VALUES = {
    "suara_01": Written("X87"), "suara_02": Written("104"), "suara_03": Written("-36"),
    "suara_sah": Written("227"), "suara_tidak_sah": Written("XX5"), "suara_total": Written("232"),
}  # fmt: skip


@cache
def drawn(title: tuple[str, ...] | None = None) -> np.ndarray:
    """Page 2 of the copy, filled in; `title` prints another form's words."""
    page: PageLayout = load_layout(KEY).pages[2]
    if title is not None:
        page = replace(page, titles=tuple(Title(title, one.rect) for one in page.titles))
    rng = np.random.default_rng(5)
    return draw_plain(page, VALUES, hand=make_hand("evaluation", 8), rng=rng, px_per_mm=PX_PER_MM)


def shoot(picture: np.ndarray, tier: str = "scan", turns: int = 0) -> bytes:
    return photograph(picture, tier, np.random.default_rng(3), quarter_turns=turns, exif=False)  # type: ignore[arg-type]


@pytest.mark.parametrize(("tier", "turns"), [("scan", 0), ("photo", 1), ("photo", 2)])
def test_a_copy_without_a_tag_is_found_and_read(tier: str, turns: int) -> None:
    reading = read_photo(shoot(drawn(), tier, turns), name="a")
    assert (reading.form, reading.page, reading.refused) == ("C.HASIL SALINAN-PPWP 2024", 2, None)
    assert reading.rotation_quarter_turns == (4 - turns) % 4
    assert {name: field.value for name, field in reading.fields.items()} == {
        name: written.value for name, written in VALUES.items()
    }


def test_the_same_tables_under_another_title_are_another_form() -> None:
    reading = read_photo(shoot(drawn(("PEROLEHAN", "SUARA", "DEWAN", "PERWAKILAN", "DAERAH"))), name="a")
    assert reading.refused == "unknown_form"
    assert "DAERAH" in str(reading.detail)


@pytest.mark.parametrize(
    ("seen", "named"),
    [
        ("IV. DATA PEROLEMAN SUARA PASANGAN CALON PRESIDEN DAN WAKIL", True),
        ("PEROLEHAN SUARA CALON ANGGOTA DEWAN PERWAKILAN DAERAH", False),
        ("PEROLEHAN PASANGAN CALON GUBERNUR DAN WAKIL GUBERNUR", False),
        ("", False),
    ],
)
def test_a_blurred_word_is_forgiven_another_office_is_not(seen: str, named: bool) -> None:  # noqa: FBT001
    wanted = ("PEROLEHAN", "PASANGAN", "CALON", "PRESIDEN", "WAKIL", "PRESIDEN")
    assert holds_title(seen.split(), wanted) is named


def test_tables_without_a_title_are_not_named() -> None:
    picture = drawn().copy()
    for title in load_layout(KEY).pages[2].titles:
        left, top, right, bottom = (round(edge * PX_PER_MM) for edge in title.rect)
        picture[top:bottom, left:right] = 245
    assert read_photo(shoot(picture), name="a").refused == "title_not_read"


def squared_paper() -> np.ndarray:
    paper = np.full((2673, 1890, 3), 250, np.uint8)
    paper[::45] = paper[1::45] = 60
    paper[:, ::45] = paper[:, 1::45] = 60
    return paper


def other_tables() -> np.ndarray:
    paper = np.full((2673, 1890, 3), 250, np.uint8)
    for top in (300, 900, 1700):
        for row in range(6):
            cv2.rectangle(paper, (150, top + 70 * row), (1740, top + 70 * row + 70), (30, 30, 30), 3)
        cv2.line(paper, (700, top), (700, top + 420), (30, 30, 30), 3)
    return paper


@pytest.mark.parametrize("paper", [squared_paper, other_tables])
def test_other_tables_are_no_form(paper: Callable[[], np.ndarray]) -> None:
    assert read_photo(shoot(paper()), name="a").refused == "no_page_tag"


def test_a_page_of_which_half_is_missing_is_not_read() -> None:
    picture = drawn()
    assert read_photo(shoot(picture[: picture.shape[0] * 2 // 5]), name="a").refused is not None


@pytest.fixture
def without_tesseract(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("RUNUT_TESSERACT", "/nowhere/tesseract")
    tesseract._find_once.cache_clear()
    yield
    tesseract._find_once.cache_clear()


def test_without_tesseract_the_refusal_names_it(without_tesseract: None) -> None:
    reading = read_photo(shoot(drawn()), name="a")
    assert reading.refused == "title_not_read"
    assert re.search("Tesseract", str(reading.detail))


def test_names_are_covered_and_numbers_are_not() -> None:
    data = shoot(drawn())
    reading, picture = read_photo(data, name="a"), decode_colour(data)
    copy = make_public_copy(picture, reading)
    assert copy is not None
    shown = cv2.imdecode(np.frombuffer(copy, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert shown is not None
    page = load_layout(KEY).pages[2]
    left, top, right, _ = page.frame
    margin = 14.0 * page.size_mm[1] / 900
    scale = shown.shape[1] / (right - left + 2 * margin)

    def darkest(rect: tuple[float, float, float, float]) -> int:
        x0, y0, x1, y1 = (
            round((edge - start + margin) * scale) for edge, start in zip(rect, (left, top) * 2, strict=True)
        )
        return int(shown[y0:y1, x0:x1].min())

    assert all(darkest(area) > 150 for area in page.private_areas)
    assert all(darkest(box.rect) < 100 for field in page.fields for box in field.boxes)
    assert cut_field_crops(picture, reading).keys() == VALUES.keys()


def test_cells_are_snapped_where_they_are_printed() -> None:
    page = load_layout(KEY).pages[1]
    blank = np.asarray(cv2.cvtColor(print_plain(page, PX_PER_MM), cv2.COLOR_GRAY2BGR))
    reading = read_photo(shoot(blank), name="a")
    assert reading.page == 1
    assert reading.quality is not None
    assert reading.quality.borders > 0.95
    assert {field.digits for field in reading.fields.values()} == {"___"}
    assert all(field.value is None for field in reading.fields.values())
    matrix = np.array(reading.page_to_pixels).reshape(3, 3)
    for name, quad in reading.field_rects.items():
        box = page.field(name).boxes[0].rect
        assert np.hypot(*(project(matrix, np.array(box[:2]))[0] - quad[0])) < 4
