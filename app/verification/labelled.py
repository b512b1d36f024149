"""Pages whose numbers people have read blind and the rule has accepted: what a reader can be taught with."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.intake.models import Photo
from app.verification.models import Decision, Reading, ReadingWithdrawal

PLACED = ("layout_key", "layout_sha256", "page", "rotation_quarter_turns", "field_rects")
"""Details of a machine reading that say where the fields of the photograph lie."""


@dataclass(frozen=True)
class LabelledPage:
    """One photograph with the numbers that are certain on it.

    ``numbers``: {field: number} of the fields where every person who read this photograph blind wrote what was decided.
    ``placed``: the details in :data:`PLACED` of the newest machine reading of it. No place and no person is named.
    """

    decision_id: int
    sha256: str
    numbers: Mapping[str, int]
    placed: Mapping[str, Any]
    rule_version: str


async def list_labelled_pages(
    session: AsyncSession, *, after: int = 0, since: datetime | None = None, limit: int = 100
) -> tuple[LabelledPage, ...]:
    """Return the pages of the next ``limit`` accepted decisions behind the decision ``after``, in their order.

    Only decisions that stand, made at ``since`` or later. Readings given while a number was on the screen do not count,
    nor do withdrawn ones, nor photographs that no machine has placed.
    """
    query = (
        select(Decision.id)
        .where(Decision.state == "current", Decision.outcome == "accept", Decision.id > after)
        .where(Decision.at >= since if since is not None else Decision.id > after)
        .where(select(Reading.id).where(Reading.section_id == Decision.section_id, Reading.mode == "blind").exists())
        .order_by(Decision.id)
        .limit(limit)
    )
    chosen = (await session.execute(query)).scalars().all()
    rows = await _load_blind(session, chosen)
    by_photo: dict[tuple[int, int], list[Row[Any]]] = defaultdict(list)
    for row in rows:
        by_photo[row.decision_id, row.photo_id].append(row)
    placed = await _load_placed(session, {photo_id for _, photo_id in by_photo})
    return tuple(
        _label(readings, placed[photo_id]) for (_, photo_id), readings in by_photo.items() if photo_id in placed
    )


async def _load_blind(session: AsyncSession, decisions: Sequence[int]) -> Sequence[Row[Any]]:
    """Every blind reading of the decisions' sections that counts, with the decided numbers beside it."""
    query = (
        select(
            Decision.id.label("decision_id"),
            Decision.numbers.label("decided"),
            Decision.rule_version,
            Reading.photo_id,
            Reading.numbers,
            Photo.sha256,
        )
        .join(Reading, Reading.section_id == Decision.section_id)
        .join(Photo, Photo.id == Reading.photo_id)
        .outerjoin(ReadingWithdrawal, ReadingWithdrawal.reading_id == Reading.id)
        .where(Decision.id.in_(decisions), Reading.mode == "blind", ReadingWithdrawal.reading_id.is_(None))
        .order_by(Decision.id, Reading.photo_id, Reading.id)
    )
    return (await session.execute(query)).all()


async def _load_placed(session: AsyncSession, photos: set[int]) -> dict[int, Mapping[str, Any]]:
    """Where the newest machine reading of each photograph saw the fields."""
    later = aliased(Reading)
    newer = select(later.id).where(later.photo_id == Reading.photo_id, later.mode == "machine", later.id > Reading.id)
    query = select(Reading.photo_id, Reading.details).where(
        Reading.photo_id.in_(photos), Reading.mode == "machine", ~newer.exists()
    )
    rows = (await session.execute(query)).all()
    return {
        row.photo_id: {name: row.details[name] for name in PLACED}
        for row in rows
        if all(row.details.get(name) is not None for name in PLACED)
    }


def _label(readings: Sequence[Row[Any]], placed: Mapping[str, Any]) -> LabelledPage:
    """Keep the numbers that nobody who read the photograph saw otherwise."""
    first = readings[0]
    numbers = {
        name: number
        for name, number in first.decided.items()
        if number is not None and all(name in one.numbers and one.numbers[name] == number for one in readings)
    }
    return LabelledPage(first.decision_id, first.sha256, numbers, placed, first.rule_version)
