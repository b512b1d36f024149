"""What reviewers do with a case: look at it, answer it, open it again, make two cases one. Nothing here commits."""

from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError, ForbiddenError, InvalidInputError
from app.intake.service import get_photo
from app.lapor.calling import dismiss_reviewers
from app.lapor.history import note_step
from app.lapor.life import WAITING, lock_case, require_seen, set_state
from app.lapor.models import LaporCase, LaporReport
from app.lapor.note import clean_note


class OwnCaseError(ForbiddenError):
    """The reviewer reported it himself, or sent the photograph that it is about."""

    code = "own_case"


async def look_at_case(session: AsyncSession, *, case_id: int, account_id: int, seen: int) -> None:
    """Say that a reviewer has looked at an open case; its category is public from now on. Twice is once.

    Raises:
        NotFoundError: there is no such case.
        OwnCaseError: it is the reviewer's own.
        ConflictError: it was answered, merged or changed meanwhile.
    """
    case = await _lock_for(session, case_id, account_id)
    if case.state == "looked_at" and case.merged_into is None:
        return
    require_seen(case, seen)
    _require_waiting(case)
    await set_state(session, case=case, state="looked_at", account_id=account_id)


async def answer_case(
    session: AsyncSession,
    *,
    case_id: int,
    account_id: int,
    seen: int,
    state: Literal["resolved", "rejected"],
    answer: str,
) -> None:
    """Answer a case once for everybody who reported it.

    Raises:
        NotFoundError: there is no such case.
        OwnCaseError: it is the reviewer's own.
        InvalidInputError: the answer is empty, too long or holds personal data.
        ConflictError: it was answered, merged or changed meanwhile.
    """
    words = clean_note(answer, required=True)
    case = await _lock_for(session, case_id, account_id)
    require_seen(case, seen)
    _require_waiting(case)
    await set_state(session, case=case, state=state, answer=words, account_id=account_id)


async def reopen_case(session: AsyncSession, *, case_id: int, account_id: int, seen: int, reason: str) -> None:
    """Open an answered case again, or take a merged one out of the other; the answer stays in the history.

    Raises:
        NotFoundError: there is no such case.
        OwnCaseError: it is the reviewer's own.
        InvalidInputError: no reason is given.
        ConflictError: it is open, changed meanwhile, or the same thing was reported anew since.
    """
    words = clean_note(reason, required=True)
    case = await _lock_for(session, case_id, account_id)
    if case.merged_into is None:
        require_seen(case, seen)
        if case.state in WAITING:
            raise ConflictError("Perkara ini masih terbuka. (This case is open.)", "", code="case_open")
    await _require_alone(session, case)
    case.merged_into = None
    await set_state(session, case=case, state="open", account_id=account_id, reason=words)


async def merge_case(session: AsyncSession, *, case_id: int, into: int, account_id: int, seen: int) -> None:
    """Make a waiting case part of another waiting case of the same TPS; its reporters get that one's answer.

    Raises:
        NotFoundError: one of the two does not exist.
        OwnCaseError: one of them is the reviewer's own.
        InvalidInputError: they are one case, or of different TPS.
        ConflictError: one of them was answered, merged or changed meanwhile.
    """
    if case_id == into:
        raise InvalidInputError("Perkara yang sama. (It is the same case.)", "Pilih yang lain. (Choose another.)")
    locked = {number: await _lock_for(session, number, account_id) for number in sorted((case_id, into))}
    case, target = locked[case_id], locked[into]
    require_seen(case, seen)
    require_seen(target, target.version)
    for one in (case, target):
        _require_waiting(one)
    if case.tps_kode != target.tps_kode:
        raise InvalidInputError(
            f"Perkara {into} tentang TPS {target.tps_kode}. (That case is about another TPS.)",
            "Gabungkan hanya laporan dari TPS yang sama. (Merge reports of one TPS only.)",
            code="other_tps",
        )
    await session.execute(update(LaporCase).where(LaporCase.merged_into == case.id).values(merged_into=target.id))
    case.merged_into = target.id
    case.version += 1
    target.version += 1
    await note_step(session, case=case, action="merged", account_id=account_id, facts={"into": target.id})
    await dismiss_reviewers(
        session, case=case, account_id=account_id, answer=f"Digabung ke perkara {target.id}. (Merged into that case.)"
    )
    await note_step(session, case=target, action="took_in", account_id=account_id, facts={"case": case.id})


async def _lock_for(session: AsyncSession, case_id: int, account_id: int) -> LaporCase:
    """Lock a case for a reviewer who has no part in it."""
    case = await lock_case(session, case_id=case_id)
    ours = select(LaporCase.id).where((LaporCase.id == case_id) | (LaporCase.merged_into == case_id))
    own = select(LaporReport.id).where(LaporReport.case_id.in_(ours), LaporReport.account_id == account_id).limit(1)
    uploader = None
    if case.photo_id is not None:
        uploader = (await get_photo(session, photo_id=case.photo_id)).uploader_id
    if uploader == account_id or await session.scalar(own) is not None:
        message = f"Perkara {case_id} menyangkut laporan atau foto Anda sendiri. (This case is about your own.)"
        raise OwnCaseError(message, "Biarkan peninjau lain menjawabnya. (Let another reviewer answer it.)")
    return case


def _require_waiting(case: LaporCase) -> None:
    if case.state not in WAITING:
        raise ConflictError(
            f"Perkara {case.id} sudah dijawab. (The case is answered.)",
            "Buka kembali dahulu bila jawabannya perlu diubah. (Open it again first to change the answer.)",
            code="case_answered",
        )


async def _require_alone(session: AsyncSession, case: LaporCase) -> None:
    """Refuse to open a case beside another waiting one of the same thing; the unique index stands behind this."""
    query = select(LaporCase.id).where(
        LaporCase.subject == case.subject,
        LaporCase.category == case.category,
        LaporCase.state.in_(WAITING),
        LaporCase.merged_into.is_(None),
        LaporCase.id != case.id,
    )
    other = await session.scalar(query)
    if other is not None:
        message = f"Hal yang sama sudah dilaporkan lagi: perkara {other}. (The same was reported anew: {other}.)"
        raise ConflictError(message, "Jawab perkara itu. (Answer that one.)", code="reported_anew")
