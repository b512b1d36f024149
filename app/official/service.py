"""Take in what the authority published, and tell what it says of a TPS now."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.storage import sha256_hex
from app.official.fast_csv import FastCsv, read_fast_csv
from app.official.figures import TpsFigures
from app.official.following import follow_import
from app.official.history import select_row_ids
from app.official.incoming import Incoming, describe_csv, describe_figures
from app.official.models import OfficialCurrent, OfficialRow, OfficialSnapshot
from app.official.movement import list_findings, load_movements, write_alarms
from app.official.publication import NAMES_MAX, Findings, find_silence_of, read_publication
from app.official.sources import Source
from app.official.staging import (
    compare_staged,
    create_staging,
    list_unknown,
    lock_import,
    stage_figures,
    stage_lines,
    write_changed,
)
from app.pemilu.definition import Contest
from app.transparency.service import append_entry

BATCH = 2_000
"""TPS read, then copied, at a time."""

Progress = Callable[[int], None]
"""Called with the number of TPS read so far."""


@dataclass(frozen=True)
class ImportReport:
    """What an import did. ``notes`` lists what was odd, with counts; ``snapshot_id`` names the kept snapshot.

    ``repeated``: this very publication was here before and nothing in it is new, so no second snapshot was made.
    """

    snapshot_id: int
    sha256: str
    name: str
    tps_read: int
    tps_changed: int
    tps_unknown: int
    repeated: bool
    notes: dict[str, Any]


@dataclass(frozen=True)
class OfficialFigures:
    """The authority's word on one TPS in one snapshot. ``numbers`` in the order of the contest's fields."""

    row_id: int
    tps_kode: str
    numbers: tuple[int | None, ...]
    images: tuple[str, ...]
    published_at: datetime | None
    extra: dict[str, Any]
    snapshot_id: int
    snapshot_name: str
    snapshot_sha256: str
    imported_at: datetime
    log_entry_id: int | None


@dataclass(frozen=True)
class Snapshot:
    """One kept import."""

    id: int
    kind: str
    name: str
    sha256: str
    tps_count: int
    changed_count: int
    notes: dict[str, Any]
    at: datetime
    log_entry_id: int | None


async def import_publication(
    session: AsyncSession, *, contest: Contest, source: Source, progress: Progress | None = None
) -> ImportReport:
    """Import official figures, all or nothing; only rows that differ from the current ones are written.

    The caller has sealed ``source.data`` in the object store before the transaction: a crash in between leaves bytes
    nobody refers to, never a snapshot without its bytes. Changed TPS are compared by jobs of this transaction.

    Raises:
        OfficialFileError: figures that cannot be taken, with their files; nothing is written.
        BrokenArchiveError: the file is damaged or cut.
    """
    sha256 = await asyncio.to_thread(sha256_hex, source.data)
    findings = Findings()
    await lock_import(session, contest)
    incoming = await _stage(session, contest, source, findings, progress)
    comparison = await compare_staged(session, contest, incoming)
    movements = await load_movements(session, contest, comparison)
    thinking = asyncio.create_task(asyncio.to_thread(list_findings, contest, movements))
    try:
        unknown = await list_unknown(session, contest)  # PostgreSQL looks while the rules think
    finally:
        alarms = await thinking
    notes = findings.as_notes() | {
        "alarms": len(alarms),
        "changes": comparison.changes,
        "unknown_tps": {"count": len(unknown), "first": unknown[:NAMES_MAX]},
        "older_than_current": comparison.older,
    }
    known = await _find_snapshot(session, contest, sha256)
    report = ImportReport(
        snapshot_id=known or 0,
        sha256=sha256,
        name=source.name,
        tps_read=findings.read,
        tps_changed=comparison.changed,
        tps_unknown=len(unknown),
        repeated=known is not None and not comparison.changed,
        notes=notes,
    )
    if report.repeated:
        return report
    number = await _keep_snapshot(session, contest, source, report)
    await write_changed(session, contest, comparison, snapshot_id=number)
    await write_alarms(session, contest, alarms, snapshot_id=number)
    await follow_import(session, contest, comparison)
    return replace(report, snapshot_id=number)


async def _stage(
    session: AsyncSession, contest: Contest, source: Source, findings: Findings, progress: Progress | None
) -> Incoming:
    """Bring all figures into the temporary table: a CSV without oddities as it stands, all else TPS by TPS."""
    fast = await asyncio.to_thread(read_fast_csv, source, contest) if source.kind == "sirekap_csv" else None
    if fast is None:
        silence = await asyncio.to_thread(find_silence_of, source, contest)
        incoming = describe_figures(contest, silence)
        await create_staging(session, contest, incoming)
        await _stage_one_by_one(session, incoming, read_publication(source, contest, findings), progress)
    else:
        incoming = describe_csv(contest, fast.header)
        await create_staging(session, contest, incoming)
        await stage_lines(session, incoming, _list_lines(fast, progress))
        findings.note_whole(read=fast.read, empty=fast.empty, remarks=fast.remarks)
    return incoming


async def _list_lines(fast: FastCsv, progress: Progress | None) -> AsyncIterator[memoryview]:
    blocks = fast.copy_lines()
    read = 0
    while (block := await asyncio.to_thread(next, blocks, None)) is not None:
        rows, lines = block
        yield lines
        read += rows
        if progress:
            progress(read)


async def _stage_one_by_one(
    session: AsyncSession, incoming: Incoming, figures: Iterator[TpsFigures], progress: Progress | None
) -> None:
    read = 0
    # Parsing goes on in a thread: a national file takes half a minute, in which the loop must not stand still.
    while batch := await asyncio.to_thread(_take, figures, BATCH):
        await stage_figures(session, incoming, batch)
        read += len(batch)
        if progress:
            progress(read)


async def get_official(session: AsyncSession, *, pemilihan_id: int, tps_kode: str) -> OfficialFigures | None:
    """Return the latest official figures of a TPS, or None when nothing was published."""
    found = await list_official(session, pemilihan_id=pemilihan_id, tps_kodes=[tps_kode])
    return found[0] if found else None


async def list_official(
    session: AsyncSession, *, pemilihan_id: int, tps_kodes: Sequence[str], lock: bool = False
) -> list[OfficialFigures]:
    """Return the latest official figures of several TPS, by code.

    ``lock`` holds their places until the transaction ends, so that nobody else compares the same TPS meanwhile. The
    rows are locked in the order of their codes: two callers with common TPS wait for each other and never in a circle.
    """
    places = (
        select(OfficialCurrent)
        .where(OfficialCurrent.pemilihan_id == pemilihan_id, OfficialCurrent.tps_kode.in_(tps_kodes))
        .order_by(OfficialCurrent.tps_kode)
        .execution_options(populate_existing=True)
    )
    current = (await session.scalars(places.with_for_update() if lock else places)).all()
    # A second statement, which therefore sees what was committed while the lock was waited for.
    statement = (
        select(OfficialRow, OfficialSnapshot)
        .join(OfficialSnapshot, OfficialSnapshot.id == OfficialRow.snapshot_id)
        .where(OfficialRow.id.in_([place.row_id for place in current]))
        .order_by(OfficialRow.tps_kode)
    )
    return [_view(row, snapshot) for row, snapshot in await session.execute(statement)]


async def list_official_history(session: AsyncSession, *, pemilihan_id: int, tps_kode: str) -> list[OfficialFigures]:
    """Return everything the authority ever published of a TPS, newest first."""
    statement = (
        select(OfficialRow, OfficialSnapshot)
        .join(OfficialSnapshot, OfficialSnapshot.id == OfficialRow.snapshot_id)
        .where(OfficialRow.id.in_(select_row_ids(pemilihan_id, tps_kode)))
        .order_by(OfficialRow.id.desc())
    )
    return [_view(row, snapshot) for row, snapshot in await session.execute(statement)]


async def list_snapshots(session: AsyncSession, *, pemilihan_id: int) -> list[Snapshot]:
    """Return the kept snapshots of a contest, newest first."""
    statement = (
        select(OfficialSnapshot)
        .where(OfficialSnapshot.pemilihan_id == pemilihan_id)
        .order_by(OfficialSnapshot.id.desc())
    )
    return [
        Snapshot(
            id=row.id,
            kind=row.kind,
            name=row.name,
            sha256=row.sha256,
            tps_count=row.tps_count,
            changed_count=row.changed_count,
            notes=row.notes,
            at=row.at,
            log_entry_id=row.log_entry_id,
        )
        for row in await session.scalars(statement)
    ]


def _take(figures: Iterator[TpsFigures], count: int) -> list[TpsFigures]:
    return list(islice(figures, count))


async def _find_snapshot(session: AsyncSession, contest: Contest, sha256: str) -> int | None:
    statement = select(OfficialSnapshot.id).where(
        OfficialSnapshot.pemilihan_id == contest.id, OfficialSnapshot.sha256 == sha256
    )
    return await session.scalar(statement.order_by(OfficialSnapshot.id.desc()).limit(1))


async def _keep_snapshot(session: AsyncSession, contest: Contest, source: Source, report: ImportReport) -> int:
    """Write snapshot and log entry; return the snapshot's number."""
    name = source.name.encode("utf-8", "backslashreplace").decode()
    facts = {
        "name": name,
        "kind": source.kind,
        "sha256": report.sha256,
        "tps": report.tps_read,
        "changed": report.tps_changed,
    }
    subject = f"official/{contest.kode}/{report.sha256}"
    snapshot = OfficialSnapshot(
        pemilihan_id=contest.id,
        kind=source.kind,
        name=name,
        sha256=report.sha256,
        tps_count=report.tps_read,
        changed_count=report.tps_changed,
        notes=report.notes,
        log_entry_id=await append_entry(session, kind="official", subject=subject, payload=facts),
    )
    session.add(snapshot)
    await session.flush()
    return snapshot.id


def _view(row: OfficialRow, snapshot: OfficialSnapshot) -> OfficialFigures:
    return OfficialFigures(
        row_id=row.id,
        tps_kode=row.tps_kode,
        numbers=tuple(row.numbers),
        images=tuple(row.images),
        published_at=row.published_at,
        extra=row.extra,
        snapshot_id=snapshot.id,
        snapshot_name=snapshot.name,
        snapshot_sha256=snapshot.sha256,
        imported_at=snapshot.at,
        log_entry_id=snapshot.log_entry_id,
    )
