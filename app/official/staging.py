"""The set-based half of an import: all figures go into a temporary table, and only what differs is written."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.official.figures import TpsFigures
from app.pemilu.definition import Contest

_COLUMNS = ("tps_kode", "numbers", "images", "published_at", "extra")

# Dropped first: two imports in one transaction (as tests do) would otherwise meet each other's table.
_CREATE = """
DROP TABLE IF EXISTS official_incoming, official_changed;
CREATE TEMPORARY TABLE official_incoming (
    tps_kode text NOT NULL, numbers integer[] NOT NULL, images text[] NOT NULL, published_at timestamptz,
    extra text NOT NULL
) ON COMMIT DROP
"""

# A row that is older than the one we have (by the authority's own time) never becomes the current one: importing the
# snapshots of a week in the wrong order must end with the same figures.
_COMPARE = """
CREATE TEMPORARY TABLE official_changed ON COMMIT DROP AS
SELECT i.tps_kode, i.numbers, i.images, i.published_at, i.extra::jsonb AS extra,
       r.numbers IS DISTINCT FROM i.numbers AS new_numbers,
       r.id IS NULL AS first,
       cardinality(array_remove(i.numbers, NULL)) > 0 AS published,
       coalesce(i.published_at < r.published_at, false) AS older
FROM official_incoming i
LEFT JOIN official_current c ON c.pemilihan_id = :pemilihan_id AND c.tps_kode = i.tps_kode
LEFT JOIN official_row r ON r.id = c.row_id
WHERE r.id IS NULL OR r.numbers IS DISTINCT FROM i.numbers OR r.images IS DISTINCT FROM i.images
   OR r.published_at IS DISTINCT FROM i.published_at OR r.extra IS DISTINCT FROM i.extra::jsonb
"""

_KNOWN = """
EXISTS (SELECT 1 FROM tps t WHERE t.kode = x.tps_kode)
AND EXISTS (SELECT 1 FROM unnest(CAST(:scope AS text[])) w WHERE w = '0' OR starts_with(x.tps_kode, w))
"""

_UNKNOWN = f"SELECT tps_kode FROM official_incoming x WHERE NOT ({_KNOWN}) ORDER BY tps_kode"  # noqa: S608 - fixed text

# A TPS new to us and without any figure has nothing to compare; one whose figures were taken away has.
_NEW_NUMBERS = f"""
SELECT tps_kode, published FROM official_changed x
WHERE new_numbers AND NOT older AND (published OR NOT first) AND {_KNOWN} ORDER BY tps_kode
"""  # noqa: S608 - fixed text

# Ordered, so that two writers of the same rows take their locks in the same order and cannot wait for each other.
_INSERT = """
WITH written AS (
    INSERT INTO official_row (snapshot_id, pemilihan_id, tps_kode, numbers, images, published_at, extra)
    SELECT :snapshot_id, :pemilihan_id, tps_kode, numbers, images, published_at, extra
    FROM official_changed WHERE NOT older ORDER BY tps_kode
    RETURNING id, tps_kode
)
INSERT INTO official_current (pemilihan_id, tps_kode, row_id)
SELECT :pemilihan_id, tps_kode, id FROM written ORDER BY tps_kode
ON CONFLICT (pemilihan_id, tps_kode) DO UPDATE SET row_id = excluded.row_id
"""


@dataclass(frozen=True)
class Comparison:
    """How the incoming figures stand to what is known."""

    changed: int
    older: int
    unknown_tps: int
    unknown_first: tuple[str, ...]


async def lock_import(session: AsyncSession, contest: Contest) -> None:
    """Let one import of a contest in at a time, until the transaction ends.

    Two at once would both compare with the same current rows and both write what only one of them changed.
    """
    key = f"official/{contest.kode}"
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})


async def create_staging(session: AsyncSession) -> None:
    """Make the empty temporary table; it goes with the transaction."""
    for statement in _CREATE.split(";"):
        await session.execute(text(statement))


async def stage_figures(session: AsyncSession, figures: Sequence[TpsFigures]) -> None:
    """Copy figures into the temporary table."""
    # COPY needs the driver's own connection. The transaction is open already (SQLAlchemy opens it with the first
    # statement, create_staging's), so these rows belong to it.
    raw = await (await session.connection()).get_raw_connection()
    records = [(f.tps_kode, list(f.numbers), list(f.images), f.published_at, json.dumps(f.extra)) for f in figures]
    driver = raw.driver_connection
    assert driver is not None  # a session in use always has one
    await driver.copy_records_to_table("official_incoming", records=records, columns=list(_COLUMNS))


async def compare_staged(session: AsyncSession, contest: Contest, *, listed: int) -> Comparison:
    """Find the staged rows that differ from the current ones and count them; ``listed`` unknown TPS are named."""
    await session.execute(text("ANALYZE official_incoming"))
    await session.execute(text(_COMPARE), {"pemilihan_id": contest.id})
    counts = (
        await session.execute(
            text("SELECT count(*) FILTER (WHERE NOT older), count(*) FILTER (WHERE older) FROM official_changed")
        )
    ).one()
    scope = {"scope": list(contest.wilayah)}
    unknown = (await session.scalars(text(_UNKNOWN), scope)).all()
    return Comparison(counts[0], counts[1], len(unknown), tuple(unknown[:listed]))


async def write_changed(session: AsyncSession, contest: Contest, *, snapshot_id: int) -> None:
    """Insert the changed rows under ``snapshot_id`` and make them the current ones."""
    await session.execute(text(_INSERT), {"snapshot_id": snapshot_id, "pemilihan_id": contest.id})


async def list_new_numbers(session: AsyncSession, contest: Contest) -> list[tuple[str, bool]]:
    """Return (TPS, whether it has figures now) where numbers changed, by code; only TPS that vote in the contest."""
    rows = await session.execute(text(_NEW_NUMBERS), {"scope": list(contest.wilayah)})
    return [(row.tps_kode, row.published) for row in rows]
