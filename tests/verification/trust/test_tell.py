"""What a reader is told of himself: never so soon or so exactly that one task could be recognised by it."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from app.verification.policies import DEFAULT
from app.verification.skill import SkillCounts, estimate_skill, make_prior
from app.verification.trust.tell import is_time_to_tell, tell_reader

NOW = datetime(2024, 2, 14, 22, tzinfo=UTC)


def told(**counts: int) -> dict[str, object]:
    said = SkillCounts(**counts)
    return asdict(tell_reader(said, estimate_skill(said, make_prior(DEFAULT))))


def test_too_little_is_not_told() -> None:
    assert told(blind_fields=59) == {"right": None, "right_low": None, "sure": False, "attention": "unknown"}
    assert not is_time_to_tell(None, None, NOW, SkillCounts(blind_fields=59, plants_shown=3))


def test_accuracy_comes_with_its_doubt() -> None:
    few, many = told(blind_fields=100, blind_wrong=2), told(blind_fields=3000, blind_wrong=60)
    assert few["right"] == many["right"] == 98
    assert (few["sure"], many["sure"]) == (False, True)
    assert told(plants_shown=12, plants_caught=12)["attention"] in {"good", "careful"}
    assert told(plants_shown=40, plants_caught=10)["attention"] == "hurried"


def test_his_page_moves_in_steps_hours_apart() -> None:
    before = {"plants_shown": 4}
    counts = SkillCounts(blind_fields=500, plants_shown=7)
    assert is_time_to_tell(before, NOW - timedelta(hours=7), NOW, counts)
    assert not is_time_to_tell(before, NOW - timedelta(hours=5), NOW, counts)
    assert not is_time_to_tell(before, NOW - timedelta(hours=7), NOW, SkillCounts(blind_fields=500, plants_shown=6))
