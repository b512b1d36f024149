"""What recap sheets, decrees and pages of totals say of regions: taking them in, and how they stand now."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.jobs import enqueue
from app.core.storage import sha256_hex
from app.official.models import OfficialRecap, OfficialSnapshot
from app.official.recap_csv import RecapRow, read_recap
from app.official.sources import Source
from app.official.staging import lock_import
from app.pemilu.definition import Contest
from app.transparency.service import append_entry
from app.wilayah.codes import NATION

RecapKind = Literal["d_hasil", "decree", "sirekap_recap"]
UNKNOWN_LISTED = 100


@dataclass(frozen=True)
class RecapReport:
    """What an import of totals did. ``snapshot_id``: 0: nothing in it is new; ``unknown``: regions not known here."""

    snapshot_id: int
    sha256: str
    name: str
    regions: int
    changed: int
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class Recap:
    """One region's totals on one kind of paper. ``numbers`` in the order of the contest's fields, null: not on it.

    ``kode``: 2, 4, 6 or 10 digits, or ``0``. ``tps``: of how many TPS, where the paper says so.
    """

    id: int
    kode: str
    source_kind: str
    tps: int | None
    numbers: tuple[int | None, ...]
    snapshot_id: int
    superseded: bool
    at: datetime


async def count_recaps(session: AsyncSession, *, pemilihan_id: int) -> int:
    """Return of how many regions totals are kept, once for each kind of paper."""
    statement = select(func.count()).select_from(OfficialRecap)
    statement = statement.where(OfficialRecap.pemilihan_id == pemilihan_id, ~OfficialRecap.superseded)
    return (await session.scalars(statement)).one()


async def list_recaps(
    session: AsyncSession,
    *,
    pemilihan_id: int,
    kodes: Collection[str] | None = None,
    source_kind: RecapKind | None = None,
    superseded: bool = False,
) -> list[Recap]:
    """Return the totals of these regions (default: all), by code and kind; ``superseded``: with the earlier ones."""
    statement = select(OfficialRecap).where(OfficialRecap.pemilihan_id == pemilihan_id)
    if kodes is not None:
        statement = statement.where(OfficialRecap.kode.in_(list(kodes)))
    if source_kind is not None:
        statement = statement.where(OfficialRecap.source_kind == source_kind)
    if not superseded:
        statement = statement.where(~OfficialRecap.superseded)
    found = await session.scalars(statement.order_by(OfficialRecap.kode, OfficialRecap.source_kind, OfficialRecap.id))
    return [
        Recap(
            id=row.id,
            kode=row.kode,
            source_kind=row.source_kind,
            tps=row.tps,
            numbers=tuple(row.numbers),
            snapshot_id=row.snapshot_id,
            superseded=row.superseded,
            at=row.at,
        )
        for row in found
    ]


async def import_recap(
    session: AsyncSession, *, contest: Contest, source: Source, source_kind: RecapKind
) -> RecapReport:
    """Take a file of totals in, all or nothing; a region whose totals are as they were is not written again.

    The caller has sealed ``source.data`` before the transaction, as for any publication.

    Raises:
        OfficialFileError, BrokenArchiveError: see ``read_recap``.
    """
    rows = await asyncio.to_thread(read_recap, source, contest)
    sha256 = await asyncio.to_thread(sha256_hex, source.data)
    await lock_import(session, contest)
    current = {
        one.kode: (one.tps, one.numbers)
        for one in await list_recaps(session, pemilihan_id=contest.id, source_kind=source_kind)
    }
    changed = [row for row in rows if current.get(row.kode) != (row.tps, row.numbers)]
    unknown = await _list_unknown(session, rows)
    report = RecapReport(0, sha256, source.name, len(rows), len(changed), unknown)
    if not changed:
        return report
    number = await _keep_snapshot(session, contest, source_kind, report)
    await _write_rows(session, contest, source_kind, changed, number)
    await enqueue(session, "compare_ladder", {"pemilihan_id": contest.id}, dedupe=f"compare_ladder/{contest.id}")
    return replace(report, snapshot_id=number)


async def _list_unknown(session: AsyncSession, rows: list[RecapRow]) -> tuple[str, ...]:
    statement = text(
        """SELECT k FROM unnest(CAST(:kodes AS text[])) k
           WHERE NOT EXISTS (SELECT FROM wilayah w WHERE w.kode = k) ORDER BY k"""
    )
    kodes = [row.kode for row in rows if row.kode != NATION]
    return tuple((await session.scalars(statement, {"kodes": kodes})).all())


async def _keep_snapshot(session: AsyncSession, contest: Contest, source_kind: RecapKind, report: RecapReport) -> int:
    """Write snapshot and log entry; return the snapshot's number."""
    name = report.name.encode("utf-8", "backslashreplace").decode()
    counts = {"regions": report.regions, "changed": report.changed}
    facts = {"name": name, "kind": source_kind, "sha256": report.sha256, **counts}
    subject = f"official/{contest.kode}/{report.sha256}"
    unknown = {"count": len(report.unknown), "first": list(report.unknown[:UNKNOWN_LISTED])}
    snapshot = OfficialSnapshot(
        pemilihan_id=contest.id,
        kind=source_kind,
        name=name,
        sha256=report.sha256,
        tps_count=0,
        changed_count=0,
        notes=counts | {"unknown_regions": unknown},
        log_entry_id=await append_entry(session, kind="official", subject=subject, payload=facts),
    )
    session.add(snapshot)
    await session.flush()
    return snapshot.id


async def _write_rows(
    session: AsyncSession, contest: Contest, source_kind: RecapKind, rows: list[RecapRow], number: int
) -> None:
    """Write rows and let them supersede what stood of their regions; the order keeps the unique index satisfied."""
    await session.execute(
        update(OfficialRecap)
        .where(
            OfficialRecap.pemilihan_id == contest.id,
            OfficialRecap.source_kind == source_kind,
            OfficialRecap.kode.in_([row.kode for row in rows]),
            ~OfficialRecap.superseded,
        )
        .values(superseded=True)
        .execution_options(synchronize_session=False)
    )
    place = {"snapshot_id": number, "pemilihan_id": contest.id, "source_kind": source_kind}
    values = [{**place, "kode": row.kode, "tps": row.tps, "numbers": list(row.numbers)} for row in rows]
    await session.execute(insert(OfficialRecap), values)
