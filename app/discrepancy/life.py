"""What monitors and reviewers make of a difference: confirmed, reported, explained; notes, assignment, undo.

Each step is an event that stays, with a log entry. The difference's row is locked before it is looked at, and nothing
is locked after it. ``corrected`` is the machine's own word (`discrepancy.write`): the authority's figures agree now.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError, ForbiddenError, NotFoundError
from app.discrepancy.models import Life
from app.transparency.service import append_entry
from app.verification.review.cases import check_words
from app.verification.review.may_review import NotImpartialError

Step = Literal["confirmed", "reported", "explained", "reopened"]

LEADS_TO: dict[Step, Life] = {
    "confirmed": "confirmed",
    "reported": "reported",
    "explained": "explained",
    "reopened": "open",
}
MAY_FOLLOW: dict[Step, frozenset[Life]] = {
    "confirmed": frozenset({"open"}),
    "reported": frozenset({"confirmed"}),
    "explained": frozenset({"open", "confirmed", "reported"}),
    "reopened": frozenset({"confirmed", "reported", "explained"}),
}
"""From which life each step leads on. What was corrected stays so: if it comes back, it is another difference."""

_LOCK = text("SELECT id, pemilihan_id, tps_kode, life, assigned_to FROM discrepancy WHERE id = :id FOR UPDATE")
_SET_LIFE = text("UPDATE discrepancy SET life = :life WHERE id = :id")
_ASSIGN = text("UPDATE discrepancy SET assigned_to = :to WHERE id = :id")
_TELL = text(
    """INSERT INTO discrepancy_event (discrepancy_id, account_id, event, note, facts, log_entry_id)
       VALUES (:id, :by, :event, :note, CAST(:facts AS jsonb), :entry) RETURNING id"""
)
_EVENTS = text(
    """SELECT id, account_id, event, note, facts, at, log_entry_id FROM discrepancy_event
       WHERE discrepancy_id = :id ORDER BY id"""
)
_LOOKED = text(
    "SELECT EXISTS (SELECT FROM discrepancy_event WHERE discrepancy_id = :id AND account_id = :by AND event = 'looked')"
)
_SENT = text(
    """WITH own AS (
         SELECT CAST(:by AS bigint) AS account_id
         UNION SELECT other.account_id FROM linked_account mine JOIN linked_account other USING (group_id)
               WHERE mine.account_id = :by)
       SELECT EXISTS (SELECT FROM photo p JOIN own ON own.account_id = p.uploader_id
                      WHERE p.pemilihan_id = :pemilihan AND p.tps_kode = :tps)"""
)


@dataclass(frozen=True)
class Event:
    """Something that was done with a difference. ``account_id`` is null for the machine. ``undone``: taken back."""

    id: int
    account_id: int | None
    event: str
    note: str
    facts: dict[str, Any]
    at: datetime
    log_entry_id: int | None
    undone: bool


async def list_events(session: AsyncSession, *, discrepancy_id: int) -> tuple[Event, ...]:
    """Return the history of a difference, oldest first."""
    rows = (await session.execute(_EVENTS, {"id": discrepancy_id})).all()
    undone = {row.facts["undoes"] for row in rows if row.event == "undone"}
    return tuple(Event(**row._mapping, undone=row.id in undone) for row in rows)  # noqa: SLF001 - its public name


async def note_look(session: AsyncSession, *, discrepancy_id: int, account_id: int) -> None:
    """Note that somebody opens the pictures of a difference; the second time changes nothing.

    Raises:
        NotFoundError: there is no such difference.
    """
    row = await _lock(session, discrepancy_id)
    if not await _has_looked(session, row.id, account_id):
        await _tell(session, row, account_id, "looked")


async def take_step(session: AsyncSession, *, discrepancy_id: int, account_id: int, step: Step, note: str) -> None:
    """Lead a difference on. ``note``: what was seen, to whom it was reported, or what explains it.

    Raises:
        NotFoundError: there is no such difference.
        ConflictError: it does not follow from what it is now.
        ForbiddenError: confirming without having looked at the pictures.
        NotImpartialError: confirming what rests on a photograph of one's own.
        InvalidInputError: no note.
    """
    words = check_words(note)
    row = await _lock(session, discrepancy_id)
    if row.life not in MAY_FOLLOW[step]:
        message = f"Selisih {row.id} sekarang: {row.life}. (Difference {row.id} is {row.life} now.)"
        raise ConflictError(message, "Muat ulang halamannya. (Reload the page.)", code="not_from_here")
    if step == "confirmed":
        await _require_seen(session, row, account_id)
    await session.execute(_SET_LIFE, {"id": row.id, "life": LEADS_TO[step]})
    await _tell(session, row, account_id, step, note=words, facts={"from": row.life, "to": LEADS_TO[step]})


async def note_words(session: AsyncSession, *, discrepancy_id: int, account_id: int, note: str) -> None:
    """Write a note into the history of a difference.

    Raises:
        NotFoundError: there is no such difference. InvalidInputError: no note, or too long.
    """
    words = check_words(note)
    await _tell(session, await _lock(session, discrepancy_id), account_id, "noted", note=words)


async def assign(session: AsyncSession, *, discrepancy_id: int, account_id: int, take: bool) -> None:
    """Take a difference, so that others see who is at it, or let go of it. Twice changes nothing.

    Raises:
        NotFoundError: there is no such difference.
        ConflictError: somebody else has taken it.
    """
    row = await _lock(session, discrepancy_id)
    wanted = account_id if take else None
    if row.assigned_to == wanted:
        return
    if row.assigned_to not in {None, account_id}:
        message = f"Selisih {row.id} sudah diambil orang lain. (Somebody else has taken difference {row.id}.)"
        raise ConflictError(message, "Ambil selisih lain. (Take another one.)", code="taken")
    await session.execute(_ASSIGN, {"id": row.id, "to": wanted})
    await _tell(session, row, account_id, "assigned" if take else "released", facts={"from": row.assigned_to})


async def undo_step(session: AsyncSession, *, discrepancy_id: int, account_id: int) -> None:
    """Take back the last step, if it is one's own; the history keeps both.

    Raises:
        NotFoundError: there is no such difference.
        ConflictError: there is no step, or the last one is somebody else's or the machine's.
    """
    row = await _lock(session, discrepancy_id)
    last = find_undoable(await list_events(session, discrepancy_id=row.id), account_id)
    if last is None:
        message = "Langkah terakhir bukan milik Anda, atau tidak ada. (The last step is not yours, or there is none.)"
        raise ConflictError(message, "Tulis catatan saja. (Write a note instead.)", code="nothing_to_undo")
    if last.event in {"assigned", "released"}:
        await session.execute(_ASSIGN, {"id": row.id, "to": last.facts.get("from")})
    else:
        await session.execute(_SET_LIFE, {"id": row.id, "life": last.facts["from"]})
    await _tell(session, row, account_id, "undone", facts={"undoes": last.id, "event": last.event})


def find_undoable(events: tuple[Event, ...], account_id: int) -> Event | None:
    """Return the last step that still holds, if this account took it. Looks and notes are no steps."""
    steps = [one for one in events if one.event not in {"looked", "noted", "undone"} and not one.undone]
    return steps[-1] if steps and steps[-1].account_id == account_id else None


async def _lock(session: AsyncSession, discrepancy_id: int) -> Row[Any]:
    row = (await session.execute(_LOCK, {"id": discrepancy_id})).one_or_none()
    if row is None:
        message = f"Tidak ada selisih nomor {discrepancy_id}. (There is no difference {discrepancy_id}.)"
        raise NotFoundError(message, "Lihat daftar selisih. (See the list of differences.)")
    return row


async def _has_looked(session: AsyncSession, discrepancy_id: int, account_id: int) -> bool:
    return bool((await session.execute(_LOOKED, {"id": discrepancy_id, "by": account_id})).scalar_one())


async def _require_seen(session: AsyncSession, row: Row[Any], account_id: int) -> None:
    place = {"by": account_id, "pemilihan": row.pemilihan_id, "tps": row.tps_kode}
    if (await session.execute(_SENT, place)).scalar_one():
        message = "Anda, atau akun yang terkait, mengunggah foto TPS ini. "
        message += "(You, or a linked account, uploaded a photograph of this polling station.)"
        raise NotImpartialError(message, "Serahkan kepada orang lain. (Leave it to somebody else.)")
    if not await _has_looked(session, row.id, account_id):
        message = "Anda belum membuka gambarnya. (You have not opened the pictures.)"
        raise ForbiddenError(message, "Buka gambarnya dahulu. (Open them first.)", code="look_first")


async def _tell(
    session: AsyncSession,
    row: Row[Any],
    by: int,
    event: str,
    *,
    note: str = "",
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Write an event, and tell the log; words of people stay out of it, for a name in them could never be taken out."""
    said = dict(facts or {})
    entry = None
    if event not in {"looked", "noted"}:
        payload = {"by": f"account/{by}", "event": event, "of": row.id, **said}
        entry = await append_entry(session, kind="discrepancy", subject=f"discrepancy/{row.id}", payload=payload)
    values = {"id": row.id, "by": by, "event": event, "note": note, "facts": orjson.dumps(said).decode()}
    await session.execute(_TELL, {**values, "entry": entry})
