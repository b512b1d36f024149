"""Make a dump: every public table of a contest at one moment, packed, in parts of one size.

*Crash anywhere before the last statement: the row stays* ``making``, *nobody sees it, and the sweep takes its parts
away.*
"""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import IO, Any

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Sessions
from app.core.storage import ObjectStore
from app.discrepancy.listing import DiscrepancyFilter
from app.pemilu.definition import Contest
from app.pemilu.service import list_contests
from app.reports.columns import Spelling, Table
from app.reports.dump.models import PART_BYTES, Dump, part_key
from app.reports.package.descriptor import find_provenance
from app.reports.package.packing import Contents, Rows, write_package
from app.reports.tables.discrepancies import discrepancy_table
from app.reports.tables.evidence_rows import decision_table, photo_table, reading_table
from app.reports.tables.log import log_table
from app.reports.tables.official import official_table, snapshot_table
from app.reports.tables.places import cut_pieces
from app.reports.tables.results import result_table
from app.reports.writing.copying import Moment, copy_at, open_moment
from app.tally.holding import is_held


async def list_open_contests(session: AsyncSession) -> tuple[Contest, ...]:
    """Return the contests whose numbers may be shown now."""
    return tuple(contest for contest in await list_contests(session) if not is_held(contest))


async def list_public_tables(session: AsyncSession, *, contest: Contest, site: str) -> tuple[Table, ...]:
    """Return every table of a contest that anybody may have. None of them knows a name or an address of a person."""
    pieces = await cut_pieces(session, wilayah=None)
    filters = DiscrepancyFilter(pemilihan_ids=(contest.id,), state=None, group=None)
    return (
        await result_table(session, contest=contest, site=site),
        await discrepancy_table(session, filters=filters, site=site),
        official_table(contest, pieces),
        snapshot_table(contest),
        decision_table(contest, pieces),
        reading_table(contest, pieces),
        photo_table(contest, pieces),
        log_table([one.kode for one in await list_open_contests(session)]),
    )


async def begin_dump(sessions: Sessions, *, contest: Contest, now: datetime) -> int | None:
    """Write down that today's dump is being made, and return its number; null when it is, or was, made already."""
    row = insert(Dump).values(pemilihan_id=contest.id, day=now.astimezone(UTC).date())
    async with sessions.begin() as session:
        return (await session.execute(row.on_conflict_do_nothing().returning(Dump.id))).scalar_one_or_none()


async def make_dump(
    sessions: Sessions, store: ObjectStore, *, contest: Contest, dump_id: int, site: str, now: datetime
) -> None:
    """Write the dump that :func:`begin_dump` began, and let it be seen."""
    with tempfile.TemporaryFile() as file:
        facts = await _pack(sessions, file, contest=contest, site=site, now=now)
        # Only now, when no transaction is open any more: the store may be slow.
        size, sha256 = await _keep_parts(sessions, store, file, dump_id)
    done = {"state": "ready", "byte_count": size, "sha256": sha256, "facts": facts, "ready_at": datetime.now(UTC)}
    async with sessions.begin() as session:
        await session.execute(update(Dump).where(Dump.id == dump_id).values(**done))


async def _pack(sessions: Sessions, file: IO[bytes], *, contest: Contest, site: str, now: datetime) -> dict[str, Any]:
    """Write the package into ``file``, all tables as they stood at one moment; return what the list says of it."""
    async with open_moment(sessions) as moment:
        async with sessions.begin() as session:
            tables = await list_public_tables(session, contest=contest, site=site)
            provenance = await find_provenance(session, contest=contest)
        contents = Contents(contest, tables, provenance, site)
        async with aclosing(write_package(contents, _reader(moment), made_at=now)) as blocks:
            async for block in blocks:
                file.write(block)
    return {"tables": [table.name for table in tables], "checkpoint": provenance.checkpoint}


async def _keep_parts(sessions: Sessions, store: ObjectStore, file: IO[bytes], dump_id: int) -> tuple[int, str]:
    """Cut the file into parts, keep them, and return its length and SHA-256."""
    digest, number = hashlib.sha256(), 0
    file.seek(0)
    while part := await asyncio.to_thread(file.read, PART_BYTES):
        digest.update(part)
        # The count is written first: after a crash the sweep knows of the part, whether or not it was kept.
        async with sessions.begin() as session:
            await session.execute(update(Dump).where(Dump.id == dump_id).values(parts=number + 1))
        await store.create(part_key(dump_id, number), part)
        number += 1
    return file.tell(), digest.hexdigest()


def _reader(moment: Moment) -> Rows:
    def read(table: Table, spelling: Spelling) -> AsyncGenerator[bytes, None]:
        return copy_at(moment, table, spelling)

    return read
