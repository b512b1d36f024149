"""What counts as an alarm: sums of kecamatan in, findings out."""

import pytest

from app.official.alarm_rules import TPS_MAX, ChartGap, Finding, Movement, find_alarms

NO_GAP = (ChartGap(0, 0, 0),)
CHOICES = ("small", "large")
SUMS = ("suara_sah",)


def move(kode: str = "110101", **changes: object) -> Movement:
    """Return a kecamatan of 1,000 TPS with 6 votes a TPS for one choice and 150 for the other; nothing moves."""
    parts: dict[str, object] = {
        "kode": kode,
        "tps_before": 1_000,
        "tps_new": 0,
        "tps_changed": 0,
        "before": (6_000, 150_000),
        "gain": (0, 0),
        "charts": NO_GAP,
    }
    return Movement(**(parts | changes))  # type: ignore[arg-type]  # the parts are those of the class


def look(*movements: Movement) -> list[Finding]:
    return find_alarms(movements, CHOICES, SUMS)


def test_nothing_moves_and_nothing_is_found() -> None:
    assert look(move()) == []


def test_a_choice_that_loses_votes_is_told_at_every_level() -> None:
    found = look(move(tps_changed=3, gain=(-40, 10)))
    assert {(one.kind, one.field, one.kode) for one in found} == {
        ("votes_fall", "small", kode) for kode in ("0", "11", "1101", "110101")
    }
    assert found[-1].facts["before"] == 6_000
    assert found[-1].facts["after"] == 5_960


def test_a_fall_that_new_tps_outweigh_is_told_only_where_the_sum_falls() -> None:
    found = look(move(gain=(-400, 0), tps_changed=2), move("110201", tps_new=100, gain=(600, 15_000)))
    assert {one.kode for one in found} == {"110101", "1101"}
    assert {one.severity for one in found} == {2}


@pytest.mark.parametrize("tps_new", [1, 10, 500, 2_240])
def test_new_tps_that_vote_like_those_before_are_no_alarm(tps_new: int) -> None:
    assert look(move(tps_new=tps_new, gain=(6 * tps_new, 150 * tps_new))) == []


def test_the_jump_of_2024_is_found_although_every_tps_could_hold_it() -> None:
    gain = 230_361
    assert gain < 2_240 * TPS_MAX
    found = look(move(tps_new=2_240, gain=(gain, 150 * 2_240)))
    assert {one.field for one in found} == {"small"}
    assert {one.kode for one in found} == {"0", "11", "1101", "110101"}
    assert found[0].severity == 3
    assert found[0].facts["impossible"] is False
    assert found[0].facts["expected"] == 6 * 2_240


def test_more_than_a_tps_can_hold_is_impossible_however_few_come_in() -> None:
    found = look(move(tps_new=1, gain=(0, 800)))
    assert {(one.kind, one.field, one.severity) for one in found} == {("gain", "large", 3)}
    assert found[0].facts["impossible"] is True


def test_a_region_that_votes_otherwise_is_compared_with_itself() -> None:
    quiet = move("940101", tps_before=40, before=(40 * 280, 0), tps_new=900, gain=(900 * 280, 0))
    assert look(move(), quiet) == []


def test_where_nothing_was_known_only_the_impossible_is_told() -> None:
    unknown = move("940101", tps_before=0, before=(0, 0), tps_new=200, gain=(200 * 300, 0))
    assert look(move(), unknown) == []
    assert [one.kode for one in look(unknown)] == []


def test_votes_added_to_tps_that_were_known_need_no_new_tps_to_be_found() -> None:
    found = look(move(tps_changed=900, gain=(90_000, 0)))
    assert {one.kind for one in found} == {"gain"}


def test_abroad_a_tps_may_hold_thousands() -> None:
    assert look(move("990101", tps_new=3, gain=(18, 9_000))) == []


def test_charts_against_sums_are_told_from_the_kabupaten_upwards() -> None:
    found = look(move(charts=(ChartGap(12, 1_500, -300),)))
    assert {(one.kind, one.kode) for one in found} == {("chart", "0"), ("chart", "11"), ("chart", "1101")}
    assert found[0].facts == {"tps": 12, "votes": 1_500, "difference": -300}
    assert found[0].severity == 2
