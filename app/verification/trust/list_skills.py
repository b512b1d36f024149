"""What is known of readers, for the operators."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

LISTED_MAX = 100

_LIST = text(
    """SELECT k.account_id, a.name, a.reading, k.blind_fields, k.blind_wrong, k.plants_shown, k.plants_caught,
              k.good_shown, k.good_changed, k.error_rate, k.error_low, k.error_high, k.catch_rate, k.catch_low,
              k.catch_high, k.version
       FROM reader_skill k JOIN account a ON a.id = k.account_id
       WHERE :name = '' OR a.name = :name
       ORDER BY k.blind_fields + k.good_shown DESC, k.account_id LIMIT :limit"""
)


@dataclass(frozen=True)
class SkillLine:
    """Counts and estimates of one reader, see ``skill.Skill``; ``reading``: whether forms are dealt to him."""

    account_id: int
    name: str
    reading: str
    blind_fields: int
    blind_wrong: int
    plants_shown: int
    plants_caught: int
    good_shown: int
    good_changed: int
    error_rate: float
    error_low: float
    error_high: float
    catch_rate: float
    catch_low: float
    catch_high: float
    version: int


async def list_skills(session: AsyncSession, *, name: str = "") -> tuple[SkillLine, ...]:
    """Return what is known of the reader called ``name``, or of those who read most."""
    rows = await session.execute(_LIST, {"name": name, "limit": LISTED_MAX})
    return tuple(SkillLine(**row._mapping) for row in rows)  # noqa: SLF001 - SQLAlchemy's public name for a row
