"""What a reviewer may do with a photograph of a case: let it no longer count, let it count again, move it.

The photograph's own history and the log are kept where photographs are changed; the case notes that it happened.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFoundError
from app.intake.triage.place import move_photo, reject_photo, restore_photo
from app.verification.review.cases import check_words, lock_case, tell
from app.verification.review.desk import require_may_judge

_IS_OF_CASE = text(
    """SELECT c.photo_id = :photo OR EXISTS (
         SELECT FROM tps_section s JOIN photo p USING (pemilihan_id, tps_kode, round)
         WHERE s.id = c.section_id AND p.id = :photo)
       FROM review_case c WHERE c.id = :case"""
)


async def reject_in_case(session: AsyncSession, *, case_id: int, photo_id: int, account_id: int, reason: str) -> None:
    """Let a photograph of the case no longer count; its sections are decided again without it.

    Raises:
        NotFoundError: no such case, or the photograph is no part of it.
        ForbiddenError: he has not looked at the picture first, or may not judge the case.
        InvalidInputError: no reason.
        ConflictError: it does not count already.
    """
    words = await _require(session, case_id, photo_id, account_id, reason)
    await reject_photo(session, photo_id=photo_id, by=account_id, reason=words)
    await _note(session, case_id, photo_id, account_id, event="photo_rejected", words=words)


async def restore_in_case(session: AsyncSession, *, case_id: int, photo_id: int, account_id: int, reason: str) -> None:
    """Let a photograph that was turned away count again.

    Raises:
        as :func:`reject_in_case`; ConflictError: it counts.
    """
    words = await _require(session, case_id, photo_id, account_id, reason)
    await restore_photo(session, photo_id=photo_id, by=account_id, reason=words)
    await _note(session, case_id, photo_id, account_id, event="photo_restored", words=words)


async def move_in_case(
    session: AsyncSession, *, case_id: int, photo_id: int, account_id: int, reason: str, tps: str
) -> None:
    """Move a photograph of the case to the TPS that it shows.

    Raises:
        as :func:`reject_in_case`; InvalidInputError: no such TPS; ConflictError: it is there, or was moved before.
    """
    words = await _require(session, case_id, photo_id, account_id, reason)
    await move_photo(session, photo_id=photo_id, tps=tps, by=account_id, reason=words)
    await _note(session, case_id, photo_id, account_id, event="photo_moved", words=words)


async def _require(session: AsyncSession, case_id: int, photo_id: int, account_id: int, reason: str) -> str:
    """Check that he may do it, and return his reason."""
    await require_may_judge(session, case_id=case_id, account_id=account_id)
    if not (await session.execute(_IS_OF_CASE, {"case": case_id, "photo": photo_id})).scalar_one():
        message = f"Foto {photo_id} bukan bagian perkara {case_id}. (Photograph {photo_id} is no part of this case.)"
        raise NotFoundError(message, "Lihat halaman perkaranya. (See the page of the case.)")
    return check_words(reason)


async def _note(session: AsyncSession, case_id: int, photo_id: int, account_id: int, *, event: str, words: str) -> None:
    await lock_case(session, case_id=case_id)
    await tell(session, case_id=case_id, by=account_id, event=event, note=words, facts={"photo": photo_id})
