"""When the machine may be sure: a rule held against made-up sightings, without any picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from ocr.classify import CLASSES
from ocr.conclude import conclude, number_shown
from ocr.layout import Layout
from ocr.observe import Observation
from ocr.read_bubbles import BubbleReading, interpret
from ocr.reading import FieldReading, Quality
from ocr.register import Registration
from ocr.snap_boxes import FieldView

GOOD = Quality(sharpness=0.5, box_px=30.0, exposure=0.9, residual_px=0.1, shift_mm=0.5, borders=1.0)


def rows(symbols: str, sure: float = 0.99999, second: str | None = None) -> np.ndarray:
    table = np.full((3, len(CLASSES)), 1e-7, np.float32)
    for place, symbol in enumerate(symbols):
        table[place, CLASSES.index(symbol)] = sure
        if second and second[place] != symbol:
            table[place, CLASSES.index(second[place])] = 1 - sure
    return np.asarray(table / table.sum(axis=1, keepdims=True))


def blacken(text: str) -> BubbleReading:
    """Bubbles as a clerk blackens them; "_" leaves a column without."""
    fills = np.full((len(text), 10), 0.01)
    for place, mark in enumerate(text):
        if mark.isdigit():
            fills[place, int(mark)] = 0.6
    return interpret(fills)


def sight(
    layout: Layout, page: int, boxes: dict[str, np.ndarray], bubbles: dict[str, str], share: float = 1.0
) -> Observation:
    views = tuple(
        FieldView(field, np.eye(3), (share,) * 3, np.zeros(2), 0.1, 0.5)
        for field in layout.pages[page].fields
        if field.name in boxes
    )
    registration = Registration(layout, layout.pages[page], np.eye(3), {}, np.zeros((4, 2)), 0.0, views, 30.0, 0)
    marks = {name: blacken(text) for name, text in bubbles.items()}
    return Observation(registration, (100, 100), 1, boxes, marks, GOOD, 1.0)


@pytest.fixture
def votes(layout: Layout) -> Observation:
    boxes = {"suara_01": rows("X87"), "suara_02": rows("104"), "suara_03": rows("_36")}
    return sight(layout, 2, boxes, {"suara_01": "087", "suara_02": "104", "suara_03": "_36"})


@pytest.fixture
def sums(layout: Layout) -> Observation:
    boxes = {"suara_sah": rows("227"), "suara_tidak_sah": rows("XX5"), "suara_total": rows("232")}
    return sight(layout, 3, boxes, {})


def read(layout: Layout, *seen: Observation) -> Mapping[str, FieldReading]:
    return conclude(seen, layout).fields


def with_boxes(seen: Observation, **boxes: np.ndarray) -> Observation:
    return replace(seen, boxes={**seen.boxes, **boxes})


def test_clear_digits_bubbles_and_sums_are_sure(layout: Layout, votes: Observation, sums: Observation) -> None:
    fields = read(layout, votes, sums)
    assert all(field.sure and field.reason is None for field in fields.values())
    assert fields["suara_01"].value == 87
    assert 0.9999 <= min(field.confidence for field in fields.values()) <= 0.99997


def test_one_page_alone_may_be_sure_but_of_nothing_on_the_other(layout: Layout, votes: Observation) -> None:
    fields = read(layout, votes)
    assert set(fields) == {"suara_01", "suara_02", "suara_03"}
    assert all(field.sure for field in fields.values())


def test_a_digit_is_settled_by_the_sums_and_surely_where_its_box_shows_it_too(
    layout: Layout, votes: Observation, sums: Observation
) -> None:
    def told(share: float) -> tuple[int | None, str, bool, str | None]:
        doubtful = with_boxes(sums, suara_sah=rows("127", sure=1 - share, second="227"))
        field = read(layout, votes, doubtful)["suara_sah"]
        return field.value, field.digits, field.sure, field.reason

    assert told(0.4) == (227, "127", True, None)
    assert told(0.01) == (227, "127", False, "digits_disagree")


def test_a_split_box_is_no_conflict_with_a_bubble_that_closes_the_sum(
    layout: Layout, votes: Observation, sums: Observation
) -> None:
    overwritten = with_boxes(votes, suara_02=rows("804", sure=0.6, second="104"))
    both, alone = (read(layout, *seen)["suara_02"] for seen in ([overwritten, sums], [overwritten]))
    assert (both.value, both.sure, both.reason) == (104, True, None)
    assert (alone.value, alone.sure, alone.reason) == (None, False, "bubbles_disagree")


def test_an_unused_place_needs_no_bubble_of_its_own(layout: Layout, votes: Observation, sums: Observation) -> None:
    overwritten = with_boxes(votes, suara_03=rows("_96", sure=0.93, second="_36"))
    assert overwritten.bubbles["suara_03"].marks == "_36"
    field = read(layout, overwritten, sums)["suara_03"]
    assert (field.value, field.digits, field.sure, field.reason) == (36, "_96", True, None)


def test_a_split_box_in_a_sum_that_fails_is_not_sure(layout: Layout, votes: Observation, sums: Observation) -> None:
    overwritten = with_boxes(votes, suara_02=rows("804", sure=0.6, second="104"))
    field = read(layout, overwritten, with_boxes(sums, suara_sah=rows("228")))["suara_02"]
    assert (field.value, field.sure, field.reason) == (None, False, "bubbles_disagree")


def test_a_clear_digit_that_no_sum_explains_is_kept_and_doubted(
    layout: Layout, votes: Observation, sums: Observation
) -> None:
    fields = read(layout, votes, with_boxes(sums, suara_sah=rows("237")))
    assert fields["suara_sah"].value == 237
    assert [fields[name].sure for name in ("suara_01", "suara_02", "suara_03", "suara_sah")] == [False] * 4


def test_a_bubble_against_the_digits_leaves_the_field_open(
    layout: Layout, votes: Observation, sums: Observation
) -> None:
    bubbles = {**votes.bubbles, "suara_02": blacken("194")}
    for seen in ([replace(votes, bubbles=bubbles)], [replace(votes, bubbles=bubbles), sums]):
        field = read(layout, *seen)["suara_02"]
        assert (field.value, field.sure, field.reason) == (None, False, "bubbles_disagree")
        assert (field.digits, field.bubbles, field.candidates[0][0]) == ("104", "194", 104)


def test_bubbles_do_not_choose_a_digit_against_the_boxes(layout: Layout, votes: Observation) -> None:
    doubtful = with_boxes(votes, suara_02=rows("104", sure=0.7, second="194"))
    bubbles = {**votes.bubbles, "suara_02": blacken("194")}
    field = read(layout, replace(doubtful, bubbles=bubbles))["suara_02"]
    assert (field.value, field.reason, field.candidates[0][0]) == (None, "bubbles_disagree", 194)


def test_a_page_alone_is_sure_by_its_bubbles_and_not_without(layout: Layout, votes: Observation) -> None:
    without = read(layout, replace(votes, bubbles={}))
    assert not any(field.sure for field in without.values())
    assert all(field.value is not None and field.reason is None for field in without.values())


def test_a_section_is_known_when_all_its_pages_are_there(layout: Layout, votes: Observation, sums: Observation) -> None:
    alone, both = (conclude(seen, layout).sections for seen in ([votes], [votes, sums]))
    assert set(alone) == set(both) == {"suara"}
    assert (alone["suara"].sure, alone["suara"].wrong, alone["suara"].closes) == (False, 1.0, None)
    assert (both["suara"].sure, both["suara"].closes) == (True, True)
    assert 3e-5 <= both["suara"].wrong <= 1e-4


def test_a_section_whose_sums_fail_is_known_to_fail(layout: Layout, votes: Observation, sums: Observation) -> None:
    said = conclude([votes, with_boxes(sums, suara_sah=rows("237"))], layout)
    assert (said.sections["suara"].sure, said.sections["suara"].closes) == (False, False)
    assert said.sections["suara"].wrong > 1e-3
    checks = {check.key: check for check in said.checks}
    for key in ("suara_sah", "suara_total"):
        assert (checks[key].closes, checks[key].hint) == (False, "paper")
        assert (checks[key].paper or 0.0) > 0.5


def test_a_digit_that_might_close_the_sum_is_the_readers_fault(
    layout: Layout, votes: Observation, sums: Observation
) -> None:
    doubtful = with_boxes(sums, suara_sah=rows("237", sure=0.97, second="227"))
    checks = {check.key: check for check in conclude([votes, doubtful], layout).checks}
    assert 0.0 < (checks["suara_sah"].paper or 0.0) < 0.1


def test_a_sum_with_an_empty_field_is_neither(layout: Layout, votes: Observation, sums: Observation) -> None:
    said = conclude([with_boxes(votes, suara_03=rows("___")), sums], layout)
    check = next(check for check in said.checks if check.key == "suara_sah")
    assert (check.closes, check.hint, check.paper) == (None, None, None)


@pytest.mark.parametrize("quality", [replace(GOOD, box_px=14.0)])
def test_small_boxes_are_read_but_never_surely(layout: Layout, votes: Observation, quality: Quality) -> None:
    fields = read(layout, replace(votes, quality=quality))
    assert [(field.value, field.sure, field.reason) for field in fields.values()] == [
        (87, False, "badly_seen"),
        (104, False, "badly_seen"),
        (36, False, "badly_seen"),
    ]


def test_boxes_that_were_not_met_say_nothing(layout: Layout, votes: Observation) -> None:
    unmet = sight(layout, 2, votes.boxes, {}, share=0.2)
    for field in read(layout, unmet).values():
        assert (field.value, field.sure, field.reason) == (None, False, "boxes_not_found")


def test_of_a_field_that_was_not_met_the_candidates_are_what_sums_would_have_it_be(
    layout: Layout, votes: Observation, sums: Observation
) -> None:
    views = [
        replace(view, border_shares=(0.2,) * 3) if view.field.name == "suara_tidak_sah" else view
        for view in sums.registration.fields
    ]
    unmet = replace(sums, registration=replace(sums.registration, fields=tuple(views)))
    field = read(layout, votes, unmet)["suara_tidak_sah"]
    assert (field.value, field.sure, field.reason) == (None, False, "boxes_not_found")
    assert field.candidates[0][0] == 5
    assert 0.9 < field.candidates[0][1] < 0.999


def test_nothing_in_the_boxes_is_no_value_whatever_bubbles_and_sums_say(
    layout: Layout, votes: Observation, sums: Observation
) -> None:
    field = read(layout, with_boxes(votes, suara_03=rows("___")), sums)["suara_03"]
    assert (field.value, field.sure, field.digits) == (None, False, "___")


@pytest.mark.parametrize(
    ("digits", "number"),
    [
        ("X23", 23),
        ("007", 7),
        ("--0", 0),
        ("XXX", 0),
        ("-X-", 0),
        ("___", None),
        ("X__", None),
        ("1X3", None),
        ("12_", None),
    ],
)
def test_the_symbols_of_the_boxes_spell_a_number_or_none(digits: str, number: int | None) -> None:
    assert number_shown(digits) == number


def test_a_row_that_is_struck_out_is_left_open_whatever_the_sums_say(
    layout: Layout, votes: Observation, sums: Observation
) -> None:
    struck = replace(sums, strikes={"suara_sah": 0.5, "suara_total": 0.05})
    fields = read(layout, votes, struck)
    assert (fields["suara_sah"].value, fields["suara_sah"].reason) == (None, "struck_out")
    assert (fields["suara_sah"].digits, fields["suara_sah"].candidates[0][0]) == ("227", 227)
    assert fields["suara_total"].value == 232


def test_a_digit_that_is_doubtful_in_all_numbers_of_a_sum_is_not_sure_by_the_sum(layout: Layout) -> None:
    def three(share: float) -> Mapping[str, FieldReading]:
        men, women = rows("__0"), rows("__7", sure=1 - share, second="__2")
        boxes = {"disabilitas_l": men, "disabilitas_p": women, "disabilitas_j": women}
        return read(layout, sight(layout, 1, boxes | elsewhere, {}))

    elsewhere = {"pengguna_dptb_l": rows("_12"), "pengguna_dptb_p": rows("_12")}  # this hand's 1 and 2 are no 7
    assert all(three(1e-6)[name].sure for name in ("disabilitas_l", "disabilitas_p", "disabilitas_j"))
    doubtful = {name: field for name, field in three(0.01).items() if name not in elsewhere}
    assert [field.value for field in doubtful.values()] == [0, 7, 7]
    assert [field.sure for field in doubtful.values()] == [True, False, False]
    assert 0.98 < doubtful["disabilitas_j"].confidence < 0.995


def test_a_hand_caught_making_2_like_7_is_sure_of_none_of_its_sevens(
    layout: Layout, votes: Observation, sums: Observation
) -> None:
    voters = {"pemilih_dpt_l": rows("104"), "pemilih_dpt_p": rows("_73"), "pemilih_dpt_j": rows("177")}
    page_1 = sight(layout, 1, voters, {})
    assert all(read(layout, page_1, votes, sums)[name].sure for name in voters)
    caught = with_boxes(sums, suara_sah=rows("727", sure=0.95, second="227"))
    fields = read(layout, page_1, votes, caught)
    assert (fields["suara_sah"].value, fields["suara_sah"].digits) == (227, "727")
    assert [fields[name].value for name in voters] == [104, 73, 177]
    assert [fields[name].sure for name in voters] == [True, False, False]
    assert fields["suara_01"].sure  # its 7 is blackened beside the box


def test_a_number_that_is_only_likelier_for_its_size_is_not_what_the_ink_shows(layout: Layout) -> None:
    def told(share: float) -> tuple[int | None, str | None]:
        total = rows("705", sure=1 - share, second="305")
        boxes = {"pemilih_dpt_l": rows("134"), "pemilih_dpt_p": rows("171"), "pemilih_dpt_j": total}
        field = read(layout, sight(layout, 1, boxes, {}))["pemilih_dpt_j"]
        return field.value, field.reason

    assert told(0.3) == (305, None)
    assert told(0.03) == (305, "digits_disagree")  # 705 is above what a polling station may have: three in 100


def test_what_the_net_believes_less_than_half_is_not_named_because_a_sum_repeats_it(layout: Layout) -> None:
    men, women = rows("__0"), rows("__7", sure=0.55, second="__2")
    boxes = {"disabilitas_l": men, "disabilitas_p": women, "disabilitas_j": women}
    concluded = conclude([sight(layout, 1, boxes, {})], layout)
    number = concluded.fields["disabilitas_j"]
    assert (number.value, number.sure, number.reason, number.digits) == (None, False, "unreadable", "__7")
    assert number.confidence < 0.5
    (check,) = (one for one in concluded.checks if one.total == "disabilitas_j")
    assert check.closes is None


def test_where_most_of_a_page_cannot_be_read_nothing_is_named_that_is_not_sure(
    layout: Layout, votes: Observation
) -> None:
    smeared = with_boxes(votes, suara_01=rows("X87", 0.3, "X11"), suara_02=rows("104", 0.3, "111"))
    smeared = replace(with_boxes(smeared, suara_03=rows("_36", 0.98, "_11")), bubbles={})
    fields = read(layout, smeared)
    assert [fields[name].reason for name in ("suara_01", "suara_02")] == ["unreadable", "unreadable"]
    assert fields["suara_03"].confidence > 0.9
    assert (fields["suara_03"].value, fields["suara_03"].reason) == (None, "badly_seen")


def test_a_faint_page_names_no_value_that_is_only_likely(layout: Layout, votes: Observation) -> None:
    likely = replace(with_boxes(votes, suara_03=rows("_36", 0.9, "_31")), bubbles={})
    faint = replace(likely, quality=replace(GOOD, sharpness=0.1))
    assert read(layout, likely)["suara_03"].value == 36
    assert read(layout, faint)["suara_03"].value is None
    assert read(layout, faint)["suara_01"].value == 87


def test_a_sum_that_closes_with_an_empty_field_binds_the_digits_of_the_others(
    layout: Layout, votes: Observation, sums: Observation
) -> None:
    """Both totals could only be misread together if one term could; 87 and 104 have no 9 that might be a 7."""
    terms = with_boxes(votes, suara_03=rows("___"))
    totals = {"suara_sah": rows("191", 0.9, "171"), "suara_total": rows("196", 0.9, "176")}
    fields = read(layout, terms, with_boxes(sums, **totals))
    assert fields["suara_03"].value is None
    assert fields["suara_total"].value == 196
    assert fields["suara_total"].confidence > 0.99
