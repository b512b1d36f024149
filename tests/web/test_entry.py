import pytest

from app.web.entry import Entry, closes, read_entry, write_entry


@pytest.mark.parametrize(
    ("digits", "number"),
    [
        (("1", "2", "3"), 123),
        (("", "3", "2"), 32),
        (("X", "3", "2"), 32),
        (("-", "x", "0"), 0),
        (("0", "0", "8"), 8),
    ],
)
def test_boxes_make_a_number(digits: tuple[str, ...], number: int) -> None:
    assert Entry(digits).complete()
    assert Entry(digits).number() == number


@pytest.mark.parametrize(
    "digits", [("", "", ""), ("X", "X", "X"), ("1", "", "3"), ("3", "2", ""), ("1", "2", "a"), ("", "1", "²")]
)
def test_boxes_that_say_nothing_certain_are_asked_for_again(digits: tuple[str, ...]) -> None:
    assert not Entry(digits).complete()
    assert Entry(digits).number() is None


def test_unreadable_is_an_answer() -> None:
    entry = read_entry({"suara_01.0": "1", "suara_01.x": "on"}, "suara_01")
    assert entry.complete()
    assert entry.number() is None


@pytest.mark.parametrize("number", [0, 7, 32, 999])
def test_a_number_comes_back_from_its_boxes(number: int) -> None:
    assert write_entry(number).number() == number
    assert len(write_entry(number).digits) == 3


def test_sums() -> None:
    assert closes("t", ("a", "b"), {"t": 5, "a": 2, "b": 3})
    assert not closes("t", ("a", "b"), {"t": 6, "a": 2, "b": 3})
    assert closes("t", ("a", "b"), {"t": 6, "a": None, "b": 3}), "what is not known is not held against anybody"
