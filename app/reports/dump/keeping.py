"""Which dumps there are, their bytes, and their end."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Sessions
from app.core.errors import NotFoundError
from app.core.storage import ObjectStore
from app.pemilu.models import Pemilihan
from app.reports.dump.making import list_open_contests
from app.reports.dump.models import PART_BYTES, Dump, part_key

KEPT = timedelta(days=14)
GIVEN_UP_AFTER = timedelta(hours=6)


@dataclass(frozen=True)
class DumpView:
    """A dump that can be fetched. ``sha256`` of the whole file; ``facts``: its tables, the log entry it goes up to."""

    id: int
    pemilihan: str
    nama: str
    day: date
    byte_count: int
    sha256: str
    facts: dict[str, Any]
    ready_at: datetime

    @property
    def file_name(self) -> str:
        """Return the name that the file is saved under."""
        return f"runut-{self.pemilihan}-{self.day:%Y-%m-%d}.zip"


async def list_dumps(session: AsyncSession) -> tuple[DumpView, ...]:
    """Return the dumps that can be fetched, newest first; none of a contest whose numbers are held back."""
    shown = [contest.id for contest in await list_open_contests(session)]
    rows = (
        select(Dump, Pemilihan.kode, Pemilihan.nama)
        .join(Pemilihan, Pemilihan.id == Dump.pemilihan_id)
        .where(Dump.state == "ready", Dump.pemilihan_id.in_(shown))
        .order_by(Dump.day.desc(), Pemilihan.kode)
    )
    return tuple(_view(dump, kode, nama) for dump, kode, nama in await session.execute(rows))


async def get_dump(session: AsyncSession, *, dump_id: int) -> DumpView:
    """Return one dump that can be fetched.

    Raises:
        NotFoundError: there is none of this number, or not any more.
    """
    for dump in await list_dumps(session):
        if dump.id == dump_id:
            return dump
    raise _no_dump(dump_id)


async def require_bytes(store: ObjectStore, dump: DumpView) -> None:
    """See that the bytes are there: a backup has the rows of dumps and not their bytes, which can be made again.

    Raises:
        NotFoundError: they are not.
    """
    if not await store.exists(part_key(dump.id, 0)):
        raise _no_dump(dump.id)


def _no_dump(dump_id: int) -> NotFoundError:
    message = f"Tidak ada berkas harian {dump_id}. (There is no dump {dump_id}.)"
    return NotFoundError(message, "Daftarnya ada di /unduh. (They are listed at /unduh.)")


async def read_span(store: ObjectStore, dump: DumpView, span: range) -> AsyncGenerator[bytes, None]:
    """Yield the bytes of ``span``; one part at a time is in memory."""
    for number in range(span.start // PART_BYTES, -(-span.stop // PART_BYTES)):
        part = await store.read(part_key(dump.id, number))
        begin = max(0, span.start - number * PART_BYTES)
        yield part[begin : span.stop - number * PART_BYTES]


async def sweep_dumps(sessions: Sessions, remove: Callable[[str], Awaitable[None]], *, now: datetime) -> int:
    """Take away what is old or was never finished, with its bytes; return how many dumps.

    *Crash in between: the row stays as it is, and the next sweep removes what is left.*
    """
    old = and_(Dump.state == "ready", Dump.ready_at < now - KEPT)
    lost = and_(Dump.state == "making", Dump.at < now - GIVEN_UP_AFTER)
    async with sessions.begin() as session:
        found = (await session.execute(select(Dump.id, Dump.parts, Dump.state).where(or_(old, lost)))).all()
    for dump_id, parts, state in found:
        for number in range(parts):
            await remove(part_key(dump_id, number))
        async with sessions.begin() as session:
            ended = {"ready": "removed", "making": "failed"}[state]
            await session.execute(update(Dump).where(Dump.id == dump_id).values(state=ended))
    return len(found)


def _view(dump: Dump, kode: str, nama: str) -> DumpView:
    assert dump.sha256 is not None, "the database forbids a ready dump without one"
    assert dump.ready_at is not None, "written in the same statement"
    return DumpView(dump.id, kode, nama, dump.day, dump.byte_count, dump.sha256, dump.facts, dump.ready_at)
