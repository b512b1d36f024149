"""What a reader is told of himself: in steps and late, so that no single task can be recognised by it. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from app.verification.skill import Skill, SkillCounts

FIELDS_MIN = 60
"""Fewer numbers say nothing worth telling."""

PLANTS_MIN = 4
"""Likewise of values shown to him."""

LATE = timedelta(hours=6)
PLANTS_STEP = 3
"""Told anew after so long at least, and after so many more planted items: one more or less cannot be told from it."""

SURE_ENOUGH = 0.02
"""Of an interval's half width; wider ones are called unsure."""

Word = Literal["unknown", "careful", "good", "hurried"]
_CAREFUL, _GOOD = 0.9, 0.7


@dataclass(frozen=True)
class Told:
    """The words of his page. ``right``: of a hundred numbers; None while too few are known."""

    right: int | None
    right_low: int | None
    sure: bool
    attention: Word


def tell_reader(counts: SkillCounts, skill: Skill) -> Told:
    """Return what to tell him of what was counted of him."""
    attention = _name_attention(skill.catch_rate) if counts.plants_shown >= PLANTS_MIN else "unknown"
    if counts.blind_fields < FIELDS_MIN:
        return Told(None, None, sure=False, attention=attention)
    right = round(100 * (1 - counts.blind_wrong / counts.blind_fields))
    low = int(100 * (1 - skill.error_high))
    return Told(right, low, sure=(skill.error_high - skill.error_low) / 2 <= SURE_ENOUGH, attention=attention)


def is_time_to_tell(told: dict[str, Any] | None, told_at: datetime | None, now: datetime, counts: SkillCounts) -> bool:
    """Tell whether his page may be brought up to date: long after the last time, and with several items between."""
    if counts.blind_fields < FIELDS_MIN and counts.plants_shown < PLANTS_MIN:
        return False
    if told is None or told_at is None:
        return True
    return now - told_at >= LATE and counts.plants_shown >= told["plants_shown"] + PLANTS_STEP


def _name_attention(catch_rate: float) -> Word:
    if catch_rate >= _CAREFUL:
        return "careful"
    return "good" if catch_rate >= _GOOD else "hurried"
