"""What a reviewer does with a case beside looking and overriding: take it, note, close, open it again, ask for one."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError, ForbiddenError, NotFoundError
from app.pemilu.definition import Contest
from app.verification.review.cases import (
    Closing,
    check_words,
    close_case,
    lock_case,
    open_case,
    reopen_case,
    require_open,
    tell,
)
from app.verification.review.find_case import find_case
from app.verification.review.look import find_look
from app.verification.review.may_review import require_impartial, require_not_sender

_FIND_SECTION = text(
    """SELECT id FROM tps_section WHERE pemilihan_id = :pemilihan AND tps_kode = :tps AND section = :section
       ORDER BY round DESC LIMIT 1"""
)
_ASSIGN = text("UPDATE review_case SET assigned_to = :to, updated_at = now() WHERE id = :id")


async def require_may_judge(session: AsyncSession, *, case_id: int, account_id: int) -> None:
    """Check that a reviewer may judge a case: it is not his own, and he has looked at the picture first.

    Raises:
        NotFoundError: there is no such case.
        ForbiddenError: he has not looked yet.
        NotImpartialError: he, or somebody linked to him, uploaded or read it.
    """
    case = await find_case(session, case_id=case_id)
    if case.section_id is None:
        if case.photo_id is not None:
            await require_not_sender(session, photo_id=case.photo_id, account_id=account_id)
        return
    await require_impartial(session, section_id=case.section_id, account_id=account_id)
    look = await find_look(session, section_id=case.section_id, account_id=account_id)
    if not look.done:
        message = "Anda belum melihat gambar perkara ini. (You have not looked at the picture of this case.)"
        remedy = "Lihat gambarnya dahulu dan isi kotaknya. (Look at the picture first, and fill in the boxes.)"
        raise ForbiddenError(message, remedy, code="look_first")


async def judge_case(session: AsyncSession, *, case_id: int, account_id: int, state: Closing, answer: str) -> None:
    """Close a case as its reviewer.

    Raises:
        as :func:`require_may_judge` and :func:`cases.close_case` do.
    """
    await require_may_judge(session, case_id=case_id, account_id=account_id)
    await close_case(session, case_id=case_id, by=account_id, state=state, answer=answer)


async def ask_again(session: AsyncSession, *, case_id: int, account_id: int, note: str) -> None:
    """Open a closed case once more, saying why.

    Raises:
        NotFoundError: there is no such case.
        InvalidInputError: no note.
        ConflictError: a newer one is open.
    """
    await reopen_case(session, case_id=case_id, by=account_id, note=check_words(note), why="asked")


async def ask_for_review(
    session: AsyncSession, *, contest: Contest, tps_kode: str, section: str, account_id: int, note: str
) -> int:
    """Open a case about a section that somebody with experience is to look at; return its number.

    Raises:
        NotFoundError: nothing of this section was read yet.
        InvalidInputError: no note.
    """
    words = check_words(note)
    place = {"pemilihan": contest.id, "tps": tps_kode, "section": section}
    number = (await session.execute(_FIND_SECTION, place)).scalar_one_or_none()
    if number is None:
        message = f"Belum ada foto bagian {section[:40]!r} dari TPS ini. (No photograph of this section yet.)"
        raise NotFoundError(message, "Periksa kode dan bagiannya. (Check the code and the section.)")
    case = await open_case(
        session, kind="override", subject=f"section/{number}", facts={}, reason="asked", by=account_id
    )
    await tell(session, case_id=case, by=account_id, event="noted", note=words)
    return case


async def note_case(session: AsyncSession, *, case_id: int, by: int, note: str) -> None:
    """Write a note into the history of a case.

    Raises:
        NotFoundError: there is no such case.
        InvalidInputError: the note is empty or too long.
    """
    case = await lock_case(session, case_id=case_id)
    await tell(session, case_id=case.id, by=by, event="noted", note=check_words(note))


async def assign_case(session: AsyncSession, *, case_id: int, by: int, take: bool) -> None:
    """Take a case, so that others see who is at it, or let go of one's own. Twice changes nothing.

    Raises:
        NotFoundError: there is no such case.
        ConflictError: it is closed, or somebody else has taken it.
    """
    case = await lock_case(session, case_id=case_id)
    require_open(case)
    if case.assigned_to == (by if take else None):
        return
    if case.assigned_to not in {None, by}:
        message = f"Perkara {case_id} sudah diambil peninjau lain. (Another reviewer has taken case {case_id}.)"
        raise ConflictError(message, "Ambil perkara lain. (Take another case.)", code="case_taken")
    await session.execute(_ASSIGN, {"id": case_id, "to": by if take else None})
    await tell(session, case_id=case_id, by=by, event="assigned" if take else "released")
