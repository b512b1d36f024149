"""What is told: rows that are new since the last delivery, once nothing older can still be committed.

Numbers and times are given to rows before their transaction commits; a row can appear behind others that were told
before. So only rows are taken that began before the oldest transaction that still runs: all of those are there or never
will be. The database shows transactions of its own role; everything of Runut runs as one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.wilayah.codes import NATION

Topic = Literal["discrepancy", "snapshot", "alarm"]
TOPICS: tuple[Topic, ...] = get_args(Topic)
BATCH = 200

_HORIZON = text(
    """SELECT least(now(), min(xact_start)) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"""
)
_ROWS = {
    "discrepancy": """
        SELECT opened_at AS at, id, jsonb_build_object(
                 'tps_kode', tps_kode, 'kind', kind, 'side', side, 'field', field, 'ours', ours, 'official', official,
                 'difference', difference, 'votes', votes, 'severity', severity, 'log_entry', opened_entry_id) AS told
        FROM discrepancy
        WHERE pemilihan_id = :pemilihan AND (:wilayah = '0' OR starts_with(tps_kode, :wilayah))
          AND (opened_at, id) > (:at, :id) AND opened_at < :horizon
        ORDER BY opened_at, id LIMIT :limit""",
    "snapshot": """
        SELECT at, id, jsonb_build_object('kind', kind, 'name', name, 'sha256', sha256, 'tps', tps_count,
                                          'changed', changed_count, 'log_entry', log_entry_id) AS told
        FROM official_snapshot
        WHERE pemilihan_id = :pemilihan AND (at, id) > (:at, :id) AND at < :horizon
        ORDER BY at, id LIMIT :limit""",
    "alarm": """
        SELECT at, id, jsonb_build_object('kind', kind, 'kode', kode, 'field', field, 'severity', severity,
                                          'facts', facts, 'snapshot', snapshot_id) AS told
        FROM official_alarm
        WHERE pemilihan_id = :pemilihan AND (:wilayah = '0' OR starts_with(kode, :wilayah))
          AND (at, id) > (:at, :id) AND at < :horizon
        ORDER BY at, id LIMIT :limit""",
}


@dataclass(frozen=True)
class Cursor:
    """Up to which row a topic was told."""

    at: datetime
    id: int

    def as_json(self) -> list[Any]:
        """Return it as the table keeps it."""
        return [self.at.isoformat(), self.id]


@dataclass(frozen=True)
class News:
    """One thing to tell. ``topic`` and ``id`` together are its own for ever."""

    topic: Topic
    id: int
    at: datetime
    told: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Return it as it is sent."""
        return {"topic": self.topic, "id": self.id, "at": self.at.isoformat(), **self.told}


async def find_horizon(session: AsyncSession) -> datetime:
    """Return the moment before which everything that will ever be there is there."""
    found: datetime = (await session.execute(_HORIZON)).scalar_one()
    return found


async def read_news(
    session: AsyncSession,
    *,
    topic: Topic,
    pemilihan_id: int,
    after: Cursor,
    horizon: datetime,
    wilayah: str = NATION,
) -> Sequence[News]:
    """Return the next rows of a topic, oldest first, at most :data:`BATCH`."""
    values = {
        "pemilihan": pemilihan_id,
        "wilayah": wilayah,
        "at": after.at,
        "id": after.id,
        "horizon": horizon,
        "limit": BATCH,
    }
    rows = await session.execute(text(_ROWS[topic]), values)
    return [News(topic, row.id, row.at, row.told) for row in rows]
