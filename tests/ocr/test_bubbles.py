"""What a column of ten bubbles says, and how it weighs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from ocr.bubble_marks import mark_column, weigh_column
from ocr.draw.written import Written
from ocr.read import read_photo
from ocr.read_bubbles import interpret


def column(**fills: float) -> np.ndarray:
    table = np.full(10, 0.02)
    for name, fill in fills.items():
        table[int(name[1:])] = fill
    return table


@pytest.mark.parametrize(
    ("fills", "mark", "kind"),
    [
        (column(b3=0.7), "3", "clear"),
        (column(b0=0.4, b1=0.1), "0", "clear"),
        (column(b8=0.6, b1=0.13), "8", "clear"),
        (column(), "_", "none"),
        (column(b5=0.06), "_", "none"),
        (column(b5=0.11), "_", "erased"),
        (column(b5=0.15), "?", "unclear"),
        (column(b5=0.23), "5", "faint"),
        (column(b5=0.23, b6=0.2), "?", "unclear"),
        (column(b2=0.6, b7=0.55), "?", "double"),
        (column(b2=0.3, b7=0.15), "?", "unclear"),
    ],
)
def test_kinds_of_marks_are_told_apart(fills: np.ndarray, mark: str, kind: str) -> None:
    assert mark_column(fills) == (mark, kind)


def test_a_clear_mark_speaks_for_its_digit_and_an_empty_column_for_none() -> None:
    clear, empty = weigh_column(column(b3=0.6)), weigh_column(column())
    assert clear[3] > 100 * np.delete(clear, 3).max()
    assert empty.max() / empty.min() < 1.01


def test_a_faint_mark_speaks_less_than_a_clear_one_and_a_smudge_hardly() -> None:
    clear, faint, smudge = (weigh_column(column(b3=fill)) for fill in (0.6, 0.24, 0.08))
    assert clear[3] / clear[4] > faint[3] / faint[4] > 10
    assert 0.5 < smudge[3] / smudge[4] < 10


def test_two_marks_leave_the_choice_between_them_open() -> None:
    double = weigh_column(column(b2=0.6, b7=0.6))
    assert double[2] == pytest.approx(double[7])
    assert double[2] > 20 * double[3]


def test_bubbles_that_nobody_filled_are_no_reading() -> None:
    assert interpret(np.zeros((3, 10))).text is None
    assert interpret(np.array([column(), column(b3=0.6), column(b2=0.6)])).text == "_32"


def test_only_a_clear_mark_contradicts_a_number() -> None:
    marks = interpret(np.array([column(b1=0.6), column(b9=0.24), column(b4=0.6, b5=0.6)]))
    assert marks.text == "19?"
    assert not marks.contradicts(104)
    assert marks.contradicts(204)


def test_marks_on_a_drawn_page_are_told_apart(draw: Callable[..., np.ndarray], shoot: Callable[..., bytes]) -> None:
    page = draw(
        2,
        suara_01=Written("X87", bubbles="08_"),
        suara_02=Written("104", bubbles="10_", erased_bubbles=((2, 7),)),
        suara_03=Written("-36", bubbles="_36", extra_bubbles=((1, 8),)),
    )
    fields = read_photo(shoot(page), name="a").fields
    assert fields["suara_01"].bubble_kinds == ("clear", "clear", "none")
    assert fields["suara_02"].bubble_kinds[:2] == ("clear", "clear")
    assert fields["suara_02"].bubble_kinds[2] in {"none", "erased", "unclear"}
    assert fields["suara_03"].bubble_kinds == ("none", "double", "clear")
    assert [field.value for field in fields.values()] == [87, 104, 36]
