"""What `./runut read` says to people of a field and of a sum that does not close."""

import pytest

from workers.cli.read import describe_field, describe_open_sum


@pytest.mark.parametrize(
    ("digits", "value", "reason", "words"),
    [
        ("X23", 23, "sure", "[green]sure[/]"),
        ("723", 223, "sure", "[green]sure[/], boxes look otherwise"),
        ("-_7", 1, None, "to be read by people, boxes look otherwise"),
        ("XXX", 0, None, "to be read by people"),
        ("7_3", None, "unreadable", "unreadable"),
    ],
)
def test_a_number_that_its_boxes_do_not_look_like_is_never_shown_without_a_word(
    digits: str, value: int | None, reason: str | None, words: str
) -> None:
    sure = reason == "sure"
    said = {"value": value, "digits": digits, "bubbles": None, "confidence": 0.9, "sure": sure, "reason": reason}
    assert describe_field("suara_01", said)[-1] == words


@pytest.mark.parametrize(
    ("hint", "paper", "words"),
    [
        ("paper", 0.74, "paper, 74% probable"),
        ("reader", 0.2, "reader, 80% probable"),
        ("reader", None, "reader"),
        (None, None, "cause unknown"),
    ],
)
def test_an_open_sum_says_how_probable_it_is_that_the_paper_is_wrong(
    hint: str | None, paper: float | None, words: str
) -> None:
    check = {"total": "c", "terms": ["a", "b"], "computed": 179, "written": 177, "hint": hint, "paper": paper}
    assert describe_open_sum(check) == f"a + b is 179, but c reads 177 ({words})."
