"""Cases: opened by the rule, by a comparison or by a person; each change is an event that stays.

A case's row is locked after the sections of its TPS, never before: who settles a section opens and closes cases too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.transparency.service import Fact, append_entries, append_entry
from app.verification.review.models import Kind

Closing = Literal["resolved", "rejected"]

NOTE_MAX = 1_000

_OPEN = text(
    """WITH asked AS (
         SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS row (
           kind text, subject text, section_id bigint, photo_id bigint, pemilihan_id bigint, tps_kode text,
           reason text, facts jsonb, by bigint)),
       made AS (
         INSERT INTO review_case (kind, subject, section_id, photo_id, pemilihan_id, tps_kode, reason, facts)
         SELECT asked.kind, asked.subject, asked.section_id, asked.photo_id,
                coalesce(asked.pemilihan_id, s.pemilihan_id, p.pemilihan_id),
                coalesce(asked.tps_kode, s.tps_kode, p.tps_kode), asked.reason, asked.facts
         FROM asked LEFT JOIN tps_section s ON s.id = asked.section_id LEFT JOIN photo p ON p.id = asked.photo_id
         ORDER BY asked.kind, asked.subject
         ON CONFLICT (kind, subject) WHERE state IN ('open', 'looked_at') DO NOTHING
         RETURNING id, kind, subject),
       told AS (
         INSERT INTO review_event (case_id, account_id, event, facts)
         SELECT made.id, asked.by, 'opened', asked.facts FROM made JOIN asked USING (kind, subject)),
       known AS (
         SELECT c.id, c.kind, c.subject, c.facts IS DISTINCT FROM asked.facts AS changed
         FROM review_case c JOIN asked USING (kind, subject) WHERE c.state IN ('open', 'looked_at'))
       SELECT id, kind, subject, true AS first, false AS changed FROM made
       UNION ALL SELECT id, kind, subject, false, changed FROM known ORDER BY id"""
)
_AGAIN = text(
    """WITH c AS (UPDATE review_case SET facts = CAST(:facts AS jsonb), updated_at = now() WHERE id = :id)
       INSERT INTO review_event (case_id, event, facts) VALUES (:id, 'again', CAST(:facts AS jsonb))"""
)
_NOTE_ENTRIES = text(
    """UPDATE review_case c SET log_entry_id = said.entry
       FROM unnest(CAST(:ids AS bigint[]), CAST(:entries AS bigint[])) AS said (id, entry) WHERE c.id = said.id"""
)
_LOCK = text(
    """SELECT id, kind, subject, section_id, photo_id, state, assigned_to FROM review_case WHERE id = :id FOR UPDATE"""
)
_TELL = text(
    """INSERT INTO review_event (case_id, account_id, event, note, facts)
       VALUES (:id, :by, :event, :note, CAST(:facts AS jsonb))"""
)
_CLOSE = text(
    """UPDATE review_case SET state = :state, answer = :answer, closed_by = :by, closed_at = now(), updated_at = now()
       WHERE id = :id"""
)
_REOPEN = text(
    """UPDATE review_case c SET state = 'open', answer = NULL, closed_by = NULL, closed_at = NULL, assigned_to = NULL,
              updated_at = now()
       WHERE id = :id AND NOT EXISTS (
         SELECT FROM review_case other WHERE other.kind = c.kind AND other.subject = c.subject
         AND other.state IN ('open', 'looked_at'))
       RETURNING id"""
)
_LOOKED = text(
    """UPDATE review_case SET state = 'looked_at', assigned_to = coalesce(assigned_to, :by), updated_at = now()
       WHERE id = :id AND state = 'open'"""
)


@dataclass(frozen=True)
class Finding:
    """Something to be looked at. ``subject``: ``section/12``, ``photo/5``, or another package's ``lapor/9``.

    ``reason`` is a code of ``sentences.REASONS``; ``facts`` are shown to those who have seen the picture. Where the
    subject is neither section nor photograph, ``pemilihan_id`` and ``tps_kode`` say what place it concerns, if any.
    """

    kind: Kind
    subject: str
    reason: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    pemilihan_id: int | None = None
    tps_kode: str | None = None
    by: int | None = None

    def as_row(self) -> dict[str, Any]:
        """Return the columns of the case."""
        word, _, number = self.subject.partition("/")
        return {
            **vars(self),
            "facts": dict(self.facts),
            "section_id": int(number) if word == "section" else None,
            "photo_id": int(number) if word == "photo" else None,
        }


@dataclass(frozen=True)
class CaseRow:
    """A case that this transaction has locked."""

    id: int
    kind: str
    subject: str
    section_id: int | None
    photo_id: int | None
    state: str
    assigned_to: int | None

    @property
    def is_open(self) -> bool:
        """Tell whether somebody still has to look at it."""
        return self.state in {"open", "looked_at"}


async def open_case(
    session: AsyncSession,
    *,
    kind: Kind,
    subject: str,
    facts: Mapping[str, Any],
    reason: str,
    by: int | None = None,
    pemilihan_id: int | None = None,
    tps_kode: str | None = None,
) -> int:
    """Open a case and return its number; one of the same kind and subject that is still open is that case."""
    finding = Finding(kind, subject, reason, facts, pemilihan_id, tps_kode, by)
    (number,) = await open_cases(session, findings=[finding])
    return number


async def open_cases(session: AsyncSession, *, findings: Sequence[Finding]) -> tuple[int, ...]:
    """Open a case for each finding (no two of one kind and subject), with one statement; return their numbers.

    What is open already stays the case it is; new facts about it become an event of its history.
    """
    if not findings:
        return ()
    by_key = {(one.kind, one.subject): one for one in findings}
    assert len(by_key) == len(findings), "one finding a kind and subject"
    rows = (await session.execute(_OPEN, {"rows": orjson.dumps([one.as_row() for one in findings]).decode()})).all()
    # Somebody else may have opened it while we waited: then it is seen by a second look.
    if len({(row.kind, row.subject) for row in rows}) < len(findings):
        rows = (await session.execute(_OPEN, {"rows": orjson.dumps([one.as_row() for one in findings]).decode()})).all()
    made = [row for row in rows if row.first]
    await _log_opened(session, [(row.id, by_key[row.kind, row.subject]) for row in made])
    for row in rows:
        if row.changed:
            facts = orjson.dumps(dict(by_key[row.kind, row.subject].facts)).decode()
            await session.execute(_AGAIN, {"id": row.id, "facts": facts})
    return tuple(sorted({row.id for row in rows}))


async def _log_opened(session: AsyncSession, made: Sequence[tuple[int, Finding]]) -> None:
    """Tell the log that a case exists and why, without its facts: they may name values."""
    facts = [
        Fact("review", f"case/{number}", {"event": "opened", "kind": one.kind, "of": one.subject, "reason": one.reason})
        for number, one in made
    ]
    entries = await append_entries(session, facts=facts)
    if entries:
        await session.execute(_NOTE_ENTRIES, {"ids": [number for number, _ in made], "entries": list(entries)})


async def lock_case(session: AsyncSession, *, case_id: int) -> CaseRow:
    """Lock a case and return it. The sections of its TPS, if they are to be locked, are locked before.

    Raises:
        NotFoundError: there is no such case.
    """
    row = (await session.execute(_LOCK, {"id": case_id})).one_or_none()
    if row is None:
        raise no_case(case_id)
    return CaseRow(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping


def no_case(case_id: int) -> NotFoundError:
    """Return the error for a case that does not exist."""
    message = f"Tidak ada perkara tinjauan nomor {case_id}. (There is no review case {case_id}.)"
    return NotFoundError(message, "Lihat daftar tinjauan. (See the list of cases.)")


async def tell(
    session: AsyncSession,
    *,
    case_id: int,
    by: int | None,
    event: str,
    note: str = "",
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Write an event into the history of a case."""
    values = {"id": case_id, "by": by, "event": event, "note": note, "facts": orjson.dumps(dict(facts or {})).decode()}
    await session.execute(_TELL, values)


async def note_look(session: AsyncSession, *, case: CaseRow, by: int) -> None:
    """Note that a reviewer has looked at the picture of a case."""
    await session.execute(_LOOKED, {"id": case.id, "by": by})
    await tell(session, case_id=case.id, by=by, event="looked")


async def close_case(session: AsyncSession, *, case_id: int, by: int | None, state: Closing, answer: str = "") -> None:
    """Close a case with an answer; closing it again in the same way changes nothing.

    ``by`` is null where the rule has settled the matter itself. Whether a person may close it is the caller's question.

    Raises:
        NotFoundError: there is no such case.
        InvalidInputError: a person gave no answer.
        ConflictError: it was closed in another way.
    """
    case = await lock_case(session, case_id=case_id)
    if case.state == state:
        return
    require_open(case)
    words = check_words(answer) if by is not None else answer
    await session.execute(_CLOSE, {"id": case_id, "state": state, "answer": words, "by": by})
    await tell(session, case_id=case_id, by=by, event=state if by is not None else "settled", note=words)
    facts = {"by": None if by is None else f"account/{by}", "event": state, "kind": case.kind, "of": case.subject}
    await append_entry(session, kind="review", subject=f"case/{case_id}", payload=facts)


async def reopen_case(session: AsyncSession, *, case_id: int, by: int | None, note: str, why: str) -> None:
    """Open a closed case once more; one that is open stays as it is.

    Raises:
        NotFoundError: there is no such case.
        ConflictError: a newer case of the same kind and subject is open.
    """
    case = await lock_case(session, case_id=case_id)
    if case.is_open:
        return
    if (await session.execute(_REOPEN, {"id": case_id})).one_or_none() is None:
        message = f"Untuk {case.subject} sudah ada perkara lain yang terbuka. (Another case about it is open.)"
        raise ConflictError(message, "Tinjau yang itu. (Look at that one.)", code="newer_case_open")
    await tell(session, case_id=case_id, by=by, event="reopened", note=note, facts={"why": why})
    facts = {"event": "reopened", "kind": case.kind, "of": case.subject, "why": why}
    await append_entry(session, kind="review", subject=f"case/{case_id}", payload=facts)


def require_open(case: CaseRow) -> None:
    """Check that a case is not closed.

    Raises:
        ConflictError: it is.
    """
    if not case.is_open:
        message = f"Perkara {case.id} sudah ditutup. (Case {case.id} is closed.)"
        raise ConflictError(
            message, "Buka kembali bila ada hal baru. (Reopen it if there is news.)", code="case_closed"
        )


def check_words(words: str) -> str:
    """Return what somebody wrote, trimmed.

    Raises:
        InvalidInputError: nothing, or more than fits.
    """
    trimmed = words.replace("\x00", "").strip()
    if not trimmed:
        message = "Alasan atau catatan belum ditulis. (The reason or note is missing.)"
        raise InvalidInputError(message, "Tulis satu kalimat. (Write one sentence.)", code="words_missing")
    if len(trimmed) > NOTE_MAX:
        message = f"Terlalu panjang: {len(trimmed)} huruf. ({len(trimmed)} characters are too many.)"
        raise InvalidInputError(message, f"Paling banyak {NOTE_MAX}. (At most {NOTE_MAX}.)", code="words_too_long")
    return trimmed
