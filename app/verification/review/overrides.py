"""Overrides: two unlinked reviewers state, with reasons, that what each read with empty boxes is to stand.

What they state reaches the rule as evidence, see ``app.verification.overriding``; the decision is the rule's own kind,
with the flag ``override``. A third reviewer may undo it. Sections are locked first, then the case.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError, ForbiddenError
from app.transparency.service import append_entry
from app.verification.commitments import make_salt
from app.verification.evidence import Accept
from app.verification.locks import lock_sections
from app.verification.review.cases import CaseRow, check_words, close_case, lock_case, require_open, tell
from app.verification.review.find_case import find_section_of_case
from app.verification.review.look import find_look
from app.verification.review.may_review import require_impartial
from app.verification.settle import settle_locked

_READ = text("SELECT count(*) FROM reading WHERE task_id = :task")
_STATE = text(
    """INSERT INTO override_statement (section_id, case_id, account_id, task_id, reason, salt, commitment, log_entry_id)
       VALUES (:section, :case, :account, :task, :reason, :salt, :commitment, :entry) RETURNING id"""
)
_STANDING = text(
    """SELECT o.id, o.case_id, o.account_id, o.task_id, o.reason, o.salt, o.commitment, o.at FROM override_statement o
       WHERE o.section_id = :section AND NOT EXISTS (SELECT FROM override_end e WHERE e.statement_id = o.id)
       ORDER BY o.id"""
)
_END = text(
    """INSERT INTO override_end (statement_id, by_account_id, reason, log_entry_id)
       SELECT unnest(CAST(:ids AS bigint[])), :by, :reason, :entry"""
)


@dataclass(frozen=True)
class Stated:
    """A statement was taken down. ``stands``: another reviewer had stated the same, and the override stands now."""

    statement_id: int
    stands: bool


async def state_override(session: AsyncSession, *, case_id: int, account_id: int, reason: str) -> Stated:
    """State that the numbers this reviewer read are to stand. The first statement is a proposal, the second decides.

    Raises:
        NotFoundError: no such case.
        ForbiddenError: he has not read the picture, or only said that he cannot; or he is not impartial.
        InvalidInputError: no reason.
        ConflictError: the case is closed or about no form; he has stated so before.
    """
    section_id = await find_section_of_case(session, case_id=case_id)
    section = await lock_sections(session, section_id=section_id)
    await require_impartial(session, section_id=section_id, account_id=account_id)
    case = await lock_case(session, case_id=case_id)
    require_open(case)
    words = check_words(reason)
    look = await require_look(session, section_id=section_id, account_id=account_id)
    if any(one.account_id == account_id for one in await _list_standing(session, section_id)):
        message = "Anda sudah menyatakannya. (You have stated this before.)"
        raise ConflictError(message, "Tunggu peninjau kedua. (Wait for a second reviewer.)", code="stated_already")
    salt = make_salt()
    commitment = sha256(salt + words.encode()).hexdigest()
    facts = {"by": f"account/{account_id}", "event": "proposed", "reason_commitment": commitment}
    entry = await append_entry(session, kind="override", subject=f"section/{section_id}", payload=facts)
    values = {"section": section_id, "case": case_id, "account": account_id, "task": look, "reason": words}
    values |= {"salt": salt, "commitment": commitment, "entry": entry}
    number: int = (await session.execute(_STATE, values)).scalar_one()
    await tell(session, case_id=case_id, by=account_id, event="proposed", note=words)
    (settled,) = await settle_locked(session, sections=[section])
    stands = isinstance(settled.outcome, Accept) and "override" in settled.outcome.flags
    if stands:
        await _note_standing(session, case, account_id)
    return Stated(number, stands)


async def require_look(session: AsyncSession, *, section_id: int, account_id: int) -> Any:  # noqa: ANN401 - a task's id
    """Return the task in which a reviewer read the numbers of a section.

    Raises:
        ForbiddenError: he has not, or could not read them.
    """
    look = await find_look(session, section_id=section_id, account_id=account_id)
    if look.done and (await session.execute(_READ, {"task": look.task_id})).scalar_one():
        return look.task_id
    message = "Anda belum menulis angka yang Anda baca pada gambarnya. (You have not read the picture's numbers.)"
    remedy = "Lihat gambarnya dahulu dan isi kotaknya. (Look at the picture first, and fill in the boxes.)"
    raise ForbiddenError(message, remedy, code="look_first")


async def _note_standing(session: AsyncSession, case: CaseRow, account_id: int) -> None:
    """Open both reasons in the log, and end the case."""
    assert case.section_id is not None
    statements = await _list_standing(session, case.section_id)
    opened = [
        {"by": f"account/{one.account_id}", "commitment": one.commitment, "reason": one.reason, "salt": one.salt.hex()}
        for one in statements
    ]
    facts = {"event": "stands", "statements": opened}
    await append_entry(session, kind="override", subject=f"section/{case.section_id}", payload=facts)
    await tell(session, case_id=case.id, by=account_id, event="overridden")
    # A dispute was closed by the rule itself when the override became its decision.
    if (await lock_case(session, case_id=case.id)).is_open:
        await close_case(session, case_id=case.id, by=None, state="resolved")


async def end_override(session: AsyncSession, *, case_id: int, account_id: int, reason: str) -> tuple[int, ...]:
    """Take one's own proposal back, or, as a third reviewer, undo an override that stands; return what was ended.

    Raises:
        NotFoundError: no such case.
        ForbiddenError: he has not read the picture, is not impartial, or undoes what he has stated himself.
        InvalidInputError: no reason.
        ConflictError: the case is closed or about no form; there is nothing of the kind.
    """
    section_id = await find_section_of_case(session, case_id=case_id)
    section = await lock_sections(session, section_id=section_id)
    await require_impartial(session, section_id=section_id, account_id=account_id)
    require_open(await lock_case(session, case_id=case_id))
    words = check_words(reason)
    standing = await is_overridden(session, section_id=section_id)
    ended = _choose_ended(await _list_standing(session, section_id), account_id, standing=standing)
    if standing:
        await require_look(session, section_id=section_id, account_id=account_id)
    event = "undone" if standing else "taken_back"
    facts = {"by": f"account/{account_id}", "event": event, "statements": [one.commitment for one in ended]}
    entry = await append_entry(session, kind="override", subject=f"section/{section_id}", payload=facts)
    ids = [one.id for one in ended]
    await session.execute(_END, {"ids": ids, "by": account_id, "reason": words, "entry": entry})
    await tell(session, case_id=case_id, by=account_id, event=event, note=words)
    await settle_locked(session, sections=[section])
    return tuple(ids)


def _choose_ended(statements: Sequence[Row[Any]], account_id: int, *, standing: bool) -> list[Row[Any]]:
    """Return the statements that end: all of an override that stands, else the person's own."""
    own = [one for one in statements if one.account_id == account_id]
    if standing and own:
        message = "Ini pernyataan Anda sendiri dan sudah berlaku. (This is your own statement, and it stands.)"
        remedy = "Minta peninjau ketiga membatalkannya. (Ask a third reviewer to undo it.)"
        raise ForbiddenError(message, remedy, code="own_override")
    ended = list(statements) if standing else own
    if not ended:
        message = "Tidak ada yang dapat dibatalkan. (There is nothing to undo.)"
        raise ConflictError(message, "Lihat riwayat perkara. (See the history of the case.)", code="nothing_to_undo")
    return ended


async def is_overridden(session: AsyncSession, *, section_id: int) -> bool:
    """Tell whether the decision that stands is an override."""
    query = text(
        """SELECT EXISTS (SELECT FROM decision WHERE section_id = :id AND state = 'current'
                          AND flags @> ARRAY['override'])"""
    )
    return bool((await session.execute(query, {"id": section_id})).scalar_one())


async def _list_standing(session: AsyncSession, section_id: int) -> Sequence[Row[Any]]:
    return (await session.execute(_STANDING, {"section": section_id})).all()
