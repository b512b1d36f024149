"""Write facts into the log and look them up. Nothing here can change one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFoundError
from app.transparency.canonical import canonical_json
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


@dataclass(frozen=True)
class Fact:
    """What is to be written into the log: of what kind, about what, and the fact itself (any canonical JSON)."""

    kind: str
    subject: str
    payload: dict[str, Any]


# Numbers are given in the order of the facts: the rows come sorted to the insertion.
_APPEND = text(
    """INSERT INTO log_entry (kind, subject, payload, payload_sha256)
       SELECT kind, subject, CAST(payload AS jsonb), sha256
       FROM unnest(CAST(:kinds AS text[]), CAST(:subjects AS text[]), CAST(:payloads AS text[]),
                   CAST(:hashes AS text[])) WITH ORDINALITY AS fact (kind, subject, payload, sha256, place)
       ORDER BY place RETURNING id"""
)

NEXT_ENTRY = "nextval('log_entry_id_seq'::regclass)"
"""Expression that draws the number of an entry, for who has to know it before the entry is written. The sequence is
named, not looked up: that would be done for every entry."""

APPEND_ONE = """
appended AS (
    INSERT INTO log_entry (id, kind, subject, payload, payload_sha256) OVERRIDING SYSTEM VALUE
    SELECT id, kind, subject, CAST(payload AS jsonb), sha256 FROM fact
)"""
"""Part of a caller's own statement: adds what its part ``fact (id, kind, subject, payload, sha256)`` gives; ``payload``
is canonical JSON and ``sha256`` its hash in hexadecimal."""


async def append_entry(session: AsyncSession, *, kind: str, subject: str, payload: dict[str, Any]) -> int:
    """Add one fact and return its number. It stands or falls with the caller's transaction.

    Raises:
        NotCanonicalError: ``payload`` has no canonical JSON.
    """
    (number,) = await append_entries(session, facts=[Fact(kind, subject, payload)])
    return number


async def append_entries(session: AsyncSession, *, facts: Sequence[Fact]) -> tuple[int, ...]:
    """Add facts with one statement and return their numbers, which rise in the order of ``facts``.

    Raises:
        NotCanonicalError: a payload has no canonical JSON; none is added.
    """
    if not facts:
        return ()
    spelled = [canonical_json(one.payload) for one in facts]
    values = {
        "kinds": [one.kind for one in facts],
        "subjects": [one.subject for one in facts],
        "payloads": [one.decode() for one in spelled],
        "hashes": [sha256(one).hexdigest() for one in spelled],
    }
    return tuple(sorted((await session.execute(_APPEND, values)).scalars()))


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
