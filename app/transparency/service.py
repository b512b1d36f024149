"""Write facts into the log and look them up. Nothing here can change one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFoundError
from app.transparency.canonical import canonical_sha256
from app.transparency.models import LogEntry


@dataclass(frozen=True)
class LogEntryView:
    """One fact of the log. ``position`` is null until the sequencer has placed it."""

    id: int
    kind: str
    subject: str
    payload: dict[str, Any]
    payload_sha256: str
    at: datetime
    position: int | None


async def append_entry(session: AsyncSession, *, kind: str, subject: str, payload: dict[str, Any]) -> int:
    """Add one fact and return its number. It stands or falls with the caller's transaction.

    Raises:
        NotCanonicalError: ``payload`` has no canonical JSON.
    """
    entry = LogEntry(kind=kind, subject=subject, payload=payload, payload_sha256=canonical_sha256(payload))
    session.add(entry)
    await session.flush()
    return entry.id


async def get_entry(session: AsyncSession, *, entry_id: int) -> LogEntryView:
    """Return one fact.

    Raises:
        NotFoundError: there is no entry of this number.
    """
    entry = await session.get(LogEntry, entry_id)
    if entry is None:
        message = f"Tidak ada catatan nomor {entry_id}. (There is no log entry {entry_id}.)"
        raise NotFoundError(message, "Periksa nomornya. (Check the number.)")
    return LogEntryView(
        id=entry.id,
        kind=entry.kind,
        subject=entry.subject,
        payload=entry.payload,
        payload_sha256=entry.payload_sha256,
        at=entry.at,
        position=entry.position,
    )
