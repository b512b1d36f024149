"""Pausing a reader: nothing is dealt to him, he is told why, he may object, an admin ends it or lets it stand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from app.core.jobs import enqueue
from app.transparency.service import append_entry
from app.verification.review.cases import close_case, open_case
from app.verification.skill import SuspendReason

WORDS_MIN, WORDS_MAX = 3, 1000
BEHIND_EVERYTHING = -1

_END_LEASE = text("UPDATE task SET state = 'expired' WHERE account_id = :account AND state = 'leased'")
_PAUSE = text(
    """INSERT INTO reader_pause (account_id, reason, facts) VALUES (:account, :reason, CAST(:facts AS jsonb))
       ON CONFLICT (account_id) WHERE ended_at IS NULL DO NOTHING RETURNING id"""
)
_SET_READING = text("UPDATE account SET reading = :reading WHERE id = :account")
# The evidence of before has had its say: left in, the next count would pause him again at once.
_COUNT_AFRESH = text(
    "UPDATE reader_skill SET counted_from = now(), counted_at = '-infinity' WHERE account_id = :account"
)
_VIEW = """SELECT p.id, p.account_id, a.name, p.reason, p.facts, p.at, p.objection, p.objected_at, p.ended_at, p.answer
           FROM reader_pause p JOIN account a ON a.id = p.account_id"""
_FIND = text(f"{_VIEW} WHERE p.account_id = :account ORDER BY p.id DESC LIMIT 1")
_LIST = text(f"{_VIEW} WHERE p.ended_at IS NULL ORDER BY p.objected_at NULLS LAST, p.id LIMIT 500")
_LOCK = text(f"{_VIEW} WHERE p.account_id = :account AND p.ended_at IS NULL FOR UPDATE OF p")
_OBJECT = text("UPDATE reader_pause SET objection = :words, objected_at = now() WHERE id = :id")
_END = text("UPDATE reader_pause SET ended_at = now(), ended_by = :by, answer = :answer WHERE id = :id")
_UPHOLD = text("UPDATE reader_pause SET answer = :answer WHERE id = :id")
_CASE = text(
    """SELECT id FROM review_case WHERE kind = 'appeal' AND subject = :subject AND state IN ('open', 'looked_at')"""
)


@dataclass(frozen=True)
class PauseView:
    """A pause. ``reason``: see ``skill.SuspendReason``; ``facts``: the counts and estimates it rests on."""

    id: int
    account_id: int
    name: str
    reason: str
    facts: Mapping[str, Any]
    at: datetime
    objection: str | None
    objected_at: datetime | None
    ended_at: datetime | None
    answer: str | None


async def pause_reader(
    session: AsyncSession, *, account_id: int, reason: SuspendReason, facts: Mapping[str, Any]
) -> bool:
    """Deal this reader nothing more; false where he is paused already.

    Whoever lets wrong values stand has his confirmations since he last found one dealt again, in batches, behind all
    other work. Tasks before the account's row, as everybody locks them.
    """
    await session.execute(_END_LEASE, {"account": account_id})
    values = {"account": account_id, "reason": reason, "facts": orjson.dumps(dict(facts)).decode()}
    if (await session.execute(_PAUSE, values)).scalar_one_or_none() is None:
        return False
    await session.execute(_SET_READING, {"account": account_id, "reading": "paused"})
    said = {"account": account_id, "event": "paused", "reason": reason}
    await append_entry(session, kind="reader", subject=f"account/{account_id}", payload=said)
    if reason == "catch":
        await enqueue(session, "redeal_confirmations", {"account_id": account_id}, priority=BEHIND_EVERYTHING)
    return True


async def find_pause(session: AsyncSession, *, account_id: int) -> PauseView | None:
    """Return this reader's newest pause, over or not."""
    row = (await session.execute(_FIND, {"account": account_id})).one_or_none()
    return None if row is None else _make_view(row)


async def list_pauses(session: AsyncSession) -> tuple[PauseView, ...]:
    """Return the pauses that last, those with an objection first, the oldest of them on top."""
    return tuple(_make_view(row) for row in await session.execute(_LIST))


async def object_to_pause(session: AsyncSession, *, account_id: int, words: str) -> None:
    """Write down what a reader says to his pause, and call an admin.

    Raises:
        NotFoundError: he is not paused.
        ConflictError: he has objected already.
        InvalidInputError: too few words, or too many.
    """
    pause = await _lock_pause(session, account_id)
    if pause.objection is not None:
        message = "Keberatan Anda sudah tercatat. (Your objection is on record.)"
        raise ConflictError(message, "Tunggu jawabannya di halaman ini. (Wait for the answer on this page.)")
    await session.execute(_OBJECT, {"id": pause.id, "words": _check_words(words)})
    facts = {"reason": pause.reason}
    subject = f"account/{account_id}"
    await open_case(session, kind="appeal", subject=subject, facts=facts, reason="reader_objects", by=account_id)


async def end_pause(session: AsyncSession, *, account_id: int, by: int, answer: str) -> None:
    """Let this reader read again; he is counted afresh from now on.

    Raises:
        NotFoundError: he is not paused.
        ForbiddenError: it is the admin's own.
        InvalidInputError: no answer for him, or one too long.
    """
    pause = await _lock_pause(session, account_id, by)
    await session.execute(_END, {"id": pause.id, "by": by, "answer": _check_words(answer)})
    await session.execute(_SET_READING, {"account": account_id, "reading": "open"})
    await session.execute(_COUNT_AFRESH, {"account": account_id})
    said = {"account": account_id, "by": by, "event": "resumed", "reason": answer}
    await append_entry(session, kind="reader", subject=f"account/{account_id}", payload=said)
    await _close_case(session, account_id, by, "resolved", answer)


async def uphold_pause(session: AsyncSession, *, account_id: int, by: int, answer: str) -> None:
    """Let a pause stand, and tell the reader why.

    Raises:
        NotFoundError: he is not paused.
        ForbiddenError: it is the admin's own.
        InvalidInputError: no answer for him, or one too long.
    """
    pause = await _lock_pause(session, account_id, by)
    await session.execute(_UPHOLD, {"id": pause.id, "answer": _check_words(answer)})
    await _close_case(session, account_id, by, "rejected", answer)


async def _close_case(session: AsyncSession, account_id: int, by: int, state: Any, answer: str) -> None:  # noqa: ANN401
    case = (await session.execute(_CASE, {"subject": f"account/{account_id}"})).scalar_one_or_none()
    if case is not None:
        await close_case(session, case_id=case, by=by, state=state, answer=answer)


async def _lock_pause(session: AsyncSession, account_id: int, by: int | None = None) -> PauseView:
    if account_id == by:
        message = "Jeda Anda sendiri diputuskan admin lain. (Another admin decides about your own pause.)"
        raise ForbiddenError(message, "Tulis keberatan di /saya. (Object at /saya.)", code="own_pause")
    row = (await session.execute(_LOCK, {"account": account_id})).one_or_none()
    if row is None:
        message = f"Akun {account_id} tidak sedang dijeda. (Account {account_id} is not paused.)"
        raise NotFoundError(message, "Lihat daftar jeda. (See the list of pauses.)")
    return _make_view(row)


def _make_view(row: Row[Any]) -> PauseView:
    return PauseView(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping


def _check_words(words: str) -> str:
    words = words.strip()
    if not WORDS_MIN <= len(words) <= WORDS_MAX:
        message = f"Tulis {WORDS_MIN} sampai {WORDS_MAX} huruf. (Write {WORDS_MIN} to {WORDS_MAX} characters.)"
        raise InvalidInputError(message, "Sebutkan alasannya dengan singkat. (Give the reason in brief.)")
    return words
