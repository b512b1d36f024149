"""Broken photographs: whatever is wrong with one, no value is named that it does not show. Fixed seeds."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest

from bench.ocr.broken import judge
from ocr.draw.broken import KINDS, Papers, draw_broken, draw_papers
from ocr.draw.broken_files import change_bytes, make_photographs, mutate
from ocr.draw.broken_photo import Broken
from ocr.read import read_photo
from ocr.refusals import SENTENCES

pytestmark = pytest.mark.slow(40)

Draw = Callable[..., np.ndarray]
Shoot = Callable[..., bytes]
SEED = 31


@pytest.fixture(scope="module")
def papers() -> Papers:
    return draw_papers(SEED)


@pytest.mark.parametrize("kind", tuple(KINDS))
def test_a_broken_photograph_is_refused_or_read_as_far_as_it_shows(papers: Papers, kind: str) -> None:
    """One of each; 3,000 are read by `python -m bench.ocr.broken`."""
    broken = draw_broken(kind, papers, SEED)
    reading = read_photo(broken.photo, name=kind)
    verdict = judge(kind, SEED, broken, reading)
    assert verdict.outcome != "wrong", verdict.wrong
    if not broken.shown:
        assert reading.refused in SENTENCES
        assert reading.fields == {}


def test_the_judge_tells_a_wrong_value_from_a_right_one(papers: Papers) -> None:
    broken = draw_broken("crushed", papers, SEED)
    reading = read_photo(broken.photo, name="a")
    assert reading.page is not None
    named = next(field for field in reading.fields.values() if field.value is not None)
    said = {**broken.shown[reading.page], named.name: None}
    assert judge("crushed", SEED, Broken(b"", {reading.page: said}), reading).outcome == "wrong"
    assert judge("crushed", SEED, Broken(b"", {}), reading).outcome == "wrong"
    assert judge("crushed", SEED, Broken(b"", {}), replace(reading, refused="half_page")).outcome == "refused"


def test_the_same_seed_breaks_the_same_way(papers: Papers) -> None:
    assert draw_broken("pen", papers, 5) == draw_broken("pen", papers, 5)
    assert draw_broken("pen", papers, 5).photo != draw_broken("pen", papers, 6).photo


def test_a_number_with_one_box_under_a_note_stays_open(draw: Draw, shoot: Shoot) -> None:
    picture = draw(2)
    picture[round(334 * 2.5) : round(359 * 2.5), round(453 * 2.5) : round(477 * 2.5)] = 240  # the hundreds of 104
    fields = read_photo(shoot(picture), name="a").fields
    assert (fields["suara_02"].value, fields["suara_02"].reason) == (None, "boxes_not_found")
    assert (fields["suara_01"].value, fields["suara_03"].value) == (87, 36)


def test_a_table_printed_one_row_lower_is_refused(draw: Draw, shoot: Shoot) -> None:
    picture = draw(1)
    top, bottom, row = round(150 * 2.5), round(870 * 2.5), round(23 * 2.5)
    picture[top + row : bottom, 150:1350] = picture[top : bottom - row, 150:1350].copy()
    assert read_photo(shoot(picture), name="a").refused in {"boxes_displaced", "registration_failed", "half_page"}


def test_a_table_printed_one_column_further_left_is_refused(draw: Draw, shoot: Shoot) -> None:
    picture = draw(1)
    top, bottom, left, right, column = (round(mm * 2.5) for mm in (146, 860, 60, 545, 75))
    picture[top:bottom, left : right - column] = picture[top:bottom, left + column : right].copy()
    assert read_photo(shoot(picture), name="a").refused == "boxes_displaced"


def test_a_mirrored_page_and_a_cut_one_are_told_what_is_wrong(draw: Draw, shoot: Shoot) -> None:
    whole = cv2.imdecode(np.frombuffer(shoot(draw(2)), np.uint8), cv2.IMREAD_COLOR)
    assert whole is not None
    mirrored = cv2.imencode(".jpg", np.ascontiguousarray(whole[:, ::-1]))[1].tobytes()
    assert read_photo(mirrored, name="a").refused == "mirrored"
    cut = cv2.imencode(".jpg", np.ascontiguousarray(whole[:1000]))[1].tobytes()
    assert read_photo(cut, name="a").refused in {"half_page", "markers_missing"}


def test_mutated_files_and_pictures_end_in_a_reading_or_a_refusal() -> None:
    photos = [photo[::2, ::2] for photo in make_photographs()]
    outcomes = {read_photo(mutate(photos, seed), name="a").refused for seed in range(25)}
    assert outcomes <= {None, *SENTENCES}
    assert len(outcomes) > 3, "mutations that are all alike test little"
    assert change_bytes(b"x" * 100, random.Random(1)) != b"x" * 100
