"""Tally strokes and number words are read, or nothing is said; and nothing that decides hears of them."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np
import pytest

from ocr.beside import Beside, read_beside
from ocr.conclude import conclude
from ocr.draw.spelling import spell
from ocr.draw.written import Written
from ocr.layout import Layout, LayoutError, parse_layout
from ocr.number_words import MOST, nearest_number, spell_number
from ocr.observe import observe
from ocr.read_files import read_files
from ocr.read_strokes import PX_PER_MM, Strokes, count_strokes, read_strokes

Draw = Callable[..., np.ndarray]
Shoot = Callable[..., bytes]

ROOT = Path(__file__).parents[2]
DRAWN_PX_PER_MM = 2.5
WRITTEN = {
    "suara_01": Written("X87", bubbles="087", strokes=87, words="DELAPAN PULUH TUJUH"),
    "suara_02": Written("104", bubbles="104", strokes=103, words="SERATUS LIMA"),
    "suara_03": Written("-36", bubbles="_36"),
}
"""The second clerk struck one too few and spelled one too many."""


def flat_page(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A drawn page as if seen from straight above."""
    to_pixels = np.array([[DRAWN_PX_PER_MM, 0, -0.5], [0, DRAWN_PX_PER_MM, -0.5], [0, 0, 1]])
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), dtype=np.uint8), to_pixels


@pytest.mark.parametrize("count", [1, 2, 4, 5, 17, 60, 61, 150, 299, 300])
def test_strokes_are_counted(draw: Draw, layout: Layout, count: int) -> None:
    grid = layout.field("suara_02").strokes
    assert grid is not None
    grey, to_pixels = flat_page(draw(2, suara_02=Written(f"{count:03}", strokes=count)))
    seen = read_strokes(grey, to_pixels, grid)
    assert seen.total == count
    assert seen.fives == count // 5
    assert sum(row or 0 for row in seen.rows) == count


def test_an_empty_grid_says_nothing(draw: Draw, layout: Layout) -> None:
    grid = layout.field("suara_03").strokes
    assert grid is not None
    assert read_strokes(*flat_page(draw(2)), grid) == Strokes(rows=(0, 0, 0, 0, 0), fives=0, total=None)


def strike(squares: list[int]) -> np.ndarray:
    """One row of twelve squares with so many upright strokes in each, seen from above."""
    flat = np.full((round(16 * PX_PER_MM), round(235 * PX_PER_MM)), 245, np.uint8)
    for at, count in enumerate(squares):
        for stroke in range(count):
            x = round((at * 235 / 12 + 4 + 3 * stroke) * PX_PER_MM)
            cv2.line(flat, (x, round(4 * PX_PER_MM)), (x, round(12 * PX_PER_MM)), (40,), 4)
    return flat


def test_squares_before_the_last_must_be_full() -> None:
    rest = [0] * 9
    assert count_strokes(strike([5, 5, 2, *rest]), 1, 12).total == 12
    assert count_strokes(strike([5, 4, 2, *rest]), 1, 12) == Strokes(rows=(11,), fives=1, total=None)
    assert count_strokes(strike([5, 0, 2, *rest]), 1, 12).total is None


def test_a_written_row_sum_that_says_otherwise_leaves_the_total_open() -> None:
    strokes = Strokes(rows=(60, 7), fives=13, total=67)
    assert Beside(strokes, (60, 7), None, None).strokes_value == 67
    assert Beside(strokes, (None, None), None, None).strokes_value == 67
    assert Beside(strokes, (60, 1), None, None).strokes_value is None


def test_every_number_is_spelled_as_the_form_wants_it() -> None:
    assert [spell_number(number).upper() for number in range(MOST + 1)] == [spell(number) for number in range(MOST + 1)]
    with pytest.raises(ValueError, match="1000 is not spelled"):
        spell_number(1000)


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("SERATUS DUA PULUH T1GA", 123),
        ("seratusduapuluhtiga", 123),
        ("N0L", 0),
        ("SEBELAS", 11),
        ("SEMBILAN RATUS SEMBILAN PULUH SEMBIIAN", 999),
        ("SERATUS ENAM PULUH EMAM", None),
        ("SERATUS ENAM PULUH ENAN", 166),
        ("", None),
        ("~ — ,", None),
        ("TIMA", None),
        ("HITAMKAN BULATAN INI", None),
        ("SERATUS DUA PULUH", 120),
    ],
)
def test_words_are_the_nearest_number_or_none(said: str, number: int | None) -> None:
    assert nearest_number(said) == number


def test_a_photograph_shows_what_stands_beside_its_boxes(draw: Draw, shoot: Shoot) -> None:
    seen = read_beside(shoot(draw(2, **WRITTEN)))
    assert list(seen) == ["suara_01", "suara_02", "suara_03"]
    assert {seen["suara_01"].strokes_value, seen["suara_01"].words_value} <= {87, None}
    assert {seen["suara_02"].strokes_value, seen["suara_02"].words_value} <= {103, 105, None}
    assert (seen["suara_02"].words_value, seen["suara_01"].words_value) == (105, 87)
    assert (seen["suara_03"].strokes_value, seen["suara_03"].words) == (None, None)
    assert read_beside(b"no photograph") == {}


def test_the_command_prints_it_apart_and_reads_the_same_without_it(draw: Draw, shoot: Shoot, tmp_path: Path) -> None:
    file = tmp_path / "1-2.jpg"
    file.write_bytes(shoot(draw(2, **WRITTEN)))
    words = [sys.executable, "-m", "workers.cli", "read", "--json", "--beside", str(file)]
    line = json.loads(subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
    beside = line.pop("beside")
    assert beside["experimental"] is True
    assert beside["fields"]["suara_02"]["words_value"] == 105
    (alone,) = (reading.to_json() for reading in read_files([file]))
    assert alone["fields"]["suara_02"]["value"] == 104
    assert {**line, "ms": 0} == {**alone, "ms": 0}


def test_conclusions_are_the_same_where_the_form_knows_nothing_beside(draw: Draw, shoot: Shoot, layout: Layout) -> None:
    plain = {
        number: dataclasses.replace(
            page, fields=tuple(dataclasses.replace(one, strokes=None, words=None) for one in page.fields)
        )
        for number, page in layout.pages.items()
    }
    seen = observe(shoot(draw(2, **WRITTEN)), lambda _stage: None)
    assert conclude([seen], layout) == conclude([seen], dataclasses.replace(layout, pages=MappingProxyType(plain)))


def find_files(words: str) -> set[str]:
    """The files in which something like this stands."""
    files = [file for part in ("ocr", "workers", "app") for file in (ROOT / part).rglob("*.py")]
    return {str(file.relative_to(ROOT)) for file in files if re.search(words, file.read_text())}


def test_nothing_that_decides_asks_for_it() -> None:
    assert find_files(r"ocr\.(beside|read_strokes|read_words) import") == {"ocr/beside.py", "workers/look_at_files.py"}
    assert find_files(r"look_beside_page") == {
        "workers/look_at_files.py",
        "workers/read_beside.py",
        "workers/read_pages.py",
    }
    keepers = {"app/intake/object_keys.py", "app/web/beside.py", "workers/backup_objects.py", "workers/read_beside.py"}
    assert find_files(r"\bbeside_key\b|\bbeside/") == keepers
    assert find_files(r"web\.beside import") == {"app/web/tps.py"}


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ('"rows": 5', '"rows": 0', "rows make no tally"),
        ('"rect": [181.0, 178.0, 416.0, 258.0]', '"rect": [181.0, 178.0, 616.0, 258.0]', "outside the page"),
        ('"words_mm": [80.0, 264.0, 355.0, 304.0]', '"words_mm": [80.0, 864.0, 355.0, 904.0]', "outside the page"),
        ('"sums": [421.0, 178.0, 445.0, 258.0]', '"sums": [445.0, 178.0, 421.0, 258.0]', "has no area"),
    ],
)
def test_a_layout_with_an_impossible_place_is_refused(old: str, new: str, wrong: str) -> None:
    text = (ROOT / "ocr/layouts/c_hasil_ppwp_2024.json").read_text()
    assert old in text
    with pytest.raises(LayoutError, match=wrong):
        parse_layout(text.replace(old, new, 1).encode())
