"""The drawn page is the printed form: print is where the layout says, ink where it belongs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.draw.hands import make_hand
from ocr.draw.page import draw_page
from ocr.draw.printing import print_page
from ocr.draw.spelling import spell
from ocr.draw.written import Place, Written
from ocr.layout import Layout, Rect, load_layout

SCALE = 4.0
SHARED = Path(os.environ.get("RUNUT_SHARED", Path(__file__).parents[3] / "shared"))
PLACE = Place("JAWA BARAT", "KAB. CONTOH", "KECAMATAN", "KELURAHAN", 7)
Grey = NDArray[np.uint8]


@pytest.fixture(scope="module")
def layout() -> Layout:
    return load_layout("c_hasil_ppwp_2024")


def borders(page: Grey, rect: Rect) -> list[float]:
    """Where in mm the four borders of a box are: the middle of the dark on lines across each of them."""
    left, top, right, bottom = rect
    quarter = (right - left) * 0.15  # off the middle, where guide and digits are
    across = (page[round((top + quarter) * SCALE)], page[:, round((left + quarter) * SCALE)])
    return [_dark_middle(across[axis], edge) for axis, edge in ((0, left), (1, top), (0, right), (1, bottom))]


def _dark_middle(line: Grey, near_mm: float) -> float:
    start = round((near_mm - 1.5) * SCALE)
    window = 255.0 - line[start : start + round(3 * SCALE)]
    window[window < 100] = 0
    return float((start + 0.5 + np.average(np.arange(len(window)), weights=window)) / SCALE)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_boxes_are_printed_where_the_layout_has_them(layout: Layout, number: int) -> None:
    page = print_page(layout, number, SCALE)
    assert page.shape == (3600, 2400)
    for box in (box for field in layout.pages[number].fields for box in field.boxes):
        assert borders(page, box.rect) == pytest.approx(list(box.rect), abs=0.3)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_markers_and_tag_are_printed_where_the_layout_has_them(layout: Layout, number: int) -> None:
    page, plan = print_page(layout, number, SCALE), layout.pages[number]
    for x, y in plan.markers.values():
        up_left, down_right = (
            page[round((y - 3) * SCALE), round((x - 3) * SCALE)],
            page[round((y + 3) * SCALE), round((x + 3) * SCALE)],
        )
        up_right, down_left = (
            page[round((y - 3) * SCALE), round((x + 3) * SCALE)],
            page[round((y + 3) * SCALE), round((x - 3) * SCALE)],
        )
        assert max(up_left, down_right) < 60
        assert min(up_right, down_left) > 200
        guess = np.array([[[x * SCALE - 0.5 + 2, y * SCALE - 0.5 - 2]]], np.float32)
        stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_MAX_ITER, 50, 0.01)
        found = (cv2.cornerSubPix(page, guess, (12, 12), (-1, -1), stop)[0, 0] + 0.5) / SCALE
        assert found == pytest.approx((x, y), abs=0.1)
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h10))
    corners, ids, _ = detector.detectMarkers(page)
    assert ids.ravel().tolist() == [plan.tag.id]
    left, top, right, bottom = plan.tag.rect
    turned = [(right, bottom), (left, bottom), (left, top), (right, top)]  # printed turned by 180 degrees
    assert corners[0][0] / SCALE == pytest.approx(np.array(turned), abs=0.5)


def test_the_empty_page_matches_the_official_blank(layout: Layout, tmp_path: Path) -> None:
    blank = SHARED / "forms" / "C.HASIL-PPWP-2024.pdf"
    if not blank.exists() or shutil.which("pdftoppm") is None:
        pytest.skip(f"the official blank {blank} or the program pdftoppm is not here")
    resolution = str(SCALE * 25.4)
    subprocess.run(["pdftoppm", "-r", resolution, "-gray", str(blank), str(tmp_path / "blank")], check=True)
    for number in (1, 2, 3):
        official = cv2.imread(str(tmp_path / f"blank-{number}.pgm"), cv2.IMREAD_GRAYSCALE)
        assert official is not None
        ours = print_page(layout, number, SCALE)
        for box in (box for field in layout.pages[number].fields for box in field.boxes):
            assert borders(ours, box.rect) == pytest.approx(borders(np.asarray(official, np.uint8), box.rect), abs=0.3)
        assert _alike(ours, np.asarray(official, np.uint8)) > 0.8


def _alike(ours: Grey, official: Grey) -> float:
    """Correlation of the two pages, each averaged over squares of 3 mm: text and rules are in the same places."""
    small = [
        cv2.resize(page, (200, 300), interpolation=cv2.INTER_AREA).astype(float).ravel() for page in (ours, official)
    ]
    return float(np.corrcoef(small)[0, 1])


def changed(layout: Layout, number: int, values: dict[str, str | Written], *, signed: bool = False) -> Grey:
    """Where a filled page differs from the empty one, in grey levels."""
    page = draw_page(
        layout, number, values, hand=make_hand("demo", 4), place=None, rng=np.random.default_rng(3), signed=signed
    )
    return cv2.absdiff(cv2.cvtColor(page, cv2.COLOR_BGR2GRAY), print_page(layout, number)).astype(np.uint8)


def ink_in(difference: Grey, rect: Rect) -> int:
    left, top, right, bottom = (round(edge * SCALE) for edge in rect)
    return int((difference[top:bottom, left:right] > 60).sum())


def test_digits_stand_in_their_boxes_and_nowhere_else(layout: Layout) -> None:
    difference = changed(layout, 3, {"suara_sah": "20_", "suara_total": Written(" 31")})
    ink = {field.name: [ink_in(difference, box.rect) > 100 for box in field.boxes] for field in layout.pages[3].fields}
    assert ink == {
        "suara_sah": [True, True, False],
        "suara_tidak_sah": [False, False, False],
        "suara_total": [False, True, True],
    }
    assert ink_in(difference, (0, 0, 440, 900)) == 0


def test_bubbles_are_blackened_as_told(layout: Layout) -> None:
    written = Written("X47", bubbles="04_", extra_bubbles=((1, 9),))
    difference = changed(layout, 2, {"suara_02": written})
    black = set()
    for field in layout.pages[2].fields:
        for at, box in enumerate(field.boxes):
            for bubble in box.bubbles:
                x, y = bubble.centre
                if ink_in(difference, (x - 3, y - 3, x + 3, y + 3)) > 200:
                    black.add((field.name, at, bubble.value))
    assert black == {("suara_02", 0, 0), ("suara_02", 1, 4), ("suara_02", 1, 9)}
    assert written.marks == "0?_"


def test_strokes_grow_with_the_votes_and_words_stand_in_their_field(layout: Layout) -> None:
    grid = (181.0, 330.0, 416.0, 345.9)  # the first row of suara_02
    ink = [ink_in(changed(layout, 2, {"suara_02": Written("_1_", strokes=votes)}), grid) for votes in (None, 5, 30, 60)]
    assert ink[0] == 0
    assert ink[1] < ink[2] < ink[3]
    words = changed(layout, 2, {"suara_02": Written("_1_", words=spell(123))})
    assert ink_in(words, (78, 412, 360, 460)) > 500
    assert ink_in(words, (78, 262, 360, 310)) == 0


def test_names_stay_inside_the_private_areas(layout: Layout) -> None:
    for number in (1, 2, 3):
        difference = changed(layout, number, {}, signed=True)
        assert ink_in(difference, (0, 0, 600, 900)) > 1000
        for left, top, right, bottom in layout.pages[number].private_areas:
            difference[round(top * SCALE) : round(bottom * SCALE), round(left * SCALE) : round(right * SCALE)] = 0
        assert ink_in(difference, (0, 0, 600, 900)) == 0


def test_the_header_names_the_place(layout: Layout) -> None:
    page = draw_page(layout, 3, {}, hand=make_hand("demo", 4), place=PLACE, rng=np.random.default_rng(3), signed=False)
    difference = cv2.absdiff(cv2.cvtColor(page, cv2.COLOR_BGR2GRAY), print_page(layout, 3)).astype(np.uint8)
    assert ink_in(difference, (160, 78, 470, 118)) > 500
    assert ink_in(difference, (320, 356, 530, 377)) > 300  # the date


def test_what_does_not_fit_the_page_is_refused(layout: Layout) -> None:
    with pytest.raises(ValueError, match="no field 'suara_sah'"):
        changed(layout, 2, {"suara_sah": "123"})
    with pytest.raises(ValueError, match="3 boxes"):
        changed(layout, 3, {"suara_sah": "1234"})
    with pytest.raises(ValueError, match="'B' in '1B3'"):
        Written("1B3")


@pytest.mark.parametrize(
    ("digits", "value"),
    [
        ("123", 123),
        ("X23", 23),
        ("--7", 7),
        ("  0", 0),
        ("007", 7),
        ("___", None),
        ("1X3", None),
        ("12_", None),
        ("XXX", None),
    ],
)
def test_a_number_is_read_from_its_leading_places(digits: str, value: int | None) -> None:
    assert Written(digits).value == value


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "NOL"), (7, "TUJUH"), (10, "SEPULUH"), (11, "SEBELAS"), (14, "EMPAT BELAS"), (20, "DUA PULUH"),
        (99, "SEMBILAN PULUH SEMBILAN"), (100, "SERATUS"), (111, "SERATUS SEBELAS"), (305, "TIGA RATUS LIMA"),
        (999, "SEMBILAN RATUS SEMBILAN PULUH SEMBILAN"),
    ],
)  # fmt: skip
def test_numbers_are_spelled_in_indonesian(number: int, words: str) -> None:
    assert spell(number) == words


def test_a_number_too_large_for_the_form_is_not_spelled() -> None:
    with pytest.raises(ValueError, match="0 to 999"):
        spell(1000)
