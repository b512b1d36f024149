"""An uploader asks people to look at what a machine turned away; a reviewer answers, and he sees the answer."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError, InvalidInputError, NotFoundError, TooManyRequestsError
from app.core.jobs import enqueue
from app.intake.models import Photo
from app.intake.triage.by_hand import place_photo
from app.intake.triage.events import note_event, require_reason
from app.intake.triage.models import PhotoAppeal
from app.intake.triage.place import move_photo, restore_photo
from app.intake.triage.placement import Placement
from app.intake.triage.strangers import require_not_sender
from app.pemilu.definition import Contest
from app.pemilu.service import get_contest

OPEN_MAX = 5
"""Appeals that one account has open at once: an attacker must not fill the reviewers' list with them."""
NOTE_MAX = 500
APPEALABLE = frozenset({"refused", "duplicate", "rejected"})


@dataclass(frozen=True)
class AppealView:
    """An appeal as its uploader and reviewers see it. ``answer`` is null while it is open."""

    id: int
    photo_id: int
    account_id: int
    note: str
    state: str
    answer: str | None
    at: datetime
    answered_at: datetime | None


async def appeal_photo(session: AsyncSession, *, photo_id: int, account_id: int, note: str) -> AppealView:
    """Ask for a person's look at a photograph of one's own; asking again gives the appeal that there is.

    Raises:
        NotFoundError: there is none, or it is somebody else's; ConflictError: it was not turned away.
        InvalidInputError: the note is too long; TooManyRequestsError: too many of one's appeals are open.
    """
    photo = await session.get(Photo, photo_id, with_for_update={"key_share": True})
    if photo is None or photo.uploader_id != account_id:
        message = f"Tidak ada foto nomor {photo_id}. (There is no photograph {photo_id}.)"
        raise NotFoundError(message, "Lihat unggahan Anda. (See your uploads.)")
    known = await session.scalar(select(PhotoAppeal).where(PhotoAppeal.photo_id == photo_id))
    if known is not None:
        return view_appeal(known)
    if photo.state not in APPEALABLE:
        message = f"Foto {photo_id} tidak ditolak. (Photograph {photo_id} was not turned away.)"
        raise ConflictError(
            message, "Tidak ada yang perlu dibanding. (There is nothing to appeal.)", code="not_refused"
        )
    await _require_few_open(session, account_id)
    appeal = PhotoAppeal(photo_id=photo_id, account_id=account_id, note=_check_note(note))
    session.add(appeal)
    note_event(session, photo, kind="appealed", before=photo.state, by=account_id, reason=appeal.note)
    await session.flush()
    if photo.state == "refused":  # the reviewer sees it large enough to tell which page it is
        await enqueue(session, "show_whole", {"photo_id": photo_id})
    return view_appeal(appeal)


def _check_note(note: str) -> str:
    said = note.strip()
    if len(said) > NOTE_MAX or "\0" in said:
        message = f"Catatan paling panjang {NOTE_MAX} huruf. (A note has at most {NOTE_MAX} letters.)"
        raise InvalidInputError(message, "Persingkat catatannya. (Shorten it.)", code="note_too_long")
    return said


async def _require_few_open(session: AsyncSession, account_id: int) -> None:
    mine = select(func.count()).where(PhotoAppeal.account_id == account_id, PhotoAppeal.state == "open")
    if (await session.execute(mine)).scalar_one() >= OPEN_MAX:
        message = f"Masih ada {OPEN_MAX} banding Anda yang menunggu. ({OPEN_MAX} of your appeals are still open.)"
        raise TooManyRequestsError(message, "Tunggu jawabannya dahulu. (Wait for their answers first.)")


async def answer_appeal(
    session: AsyncSession,
    *,
    appeal_id: int,
    by: int,
    grant: bool,
    answer: str,
    tps: str | None = None,
    placement: Placement | None = None,
) -> AppealView:
    """Answer an appeal. ``grant`` brings the photograph back: it counts by itself, and is read if it was not.

    ``tps``: it is moved there. ``placement``: no machine reads it again, people do, as the page that it says. A
    photograph that was moved or came back meanwhile is left as it is; the answer is given all the same.

    Raises:
        NotFoundError: there is none. InvalidInputError: no answer in words; no such TPS or page.
        ConflictError: it is answered; the photograph is the reviewer's own, or of somebody linked to him; it cannot be
            placed, see :func:`app.intake.triage.by_hand.place_photo`, or moved.
    """
    said = require_reason(answer)
    appeal = await session.get(PhotoAppeal, appeal_id, with_for_update=True, populate_existing=True)
    if appeal is None:
        raise _no_appeal(appeal_id)
    if appeal.state != "open" or appeal.account_id == by:
        message = "Banding ini sudah dijawab, atau fotonya milik Anda. (It is answered, or the photograph is yours.)"
        raise ConflictError(
            message, "Biarkan peninjau lain menjawab. (Leave it to another reviewer.)", code="not_yours"
        )
    await require_not_sender(session, photo_id=appeal.photo_id, account_id=by)
    photo = await session.get_one(Photo, appeal.photo_id)
    before = photo.state
    if grant and photo.state in APPEALABLE:
        await _bring_back(session, photo.id, (by, said), tps, placement)
    appeal.state, appeal.answer = "granted" if grant else "denied", said
    appeal.answered_by, appeal.answered_at = by, datetime.now(UTC)
    note_event(session, photo, kind="answered", before=before, by=by, reason=said)
    await session.flush()
    return view_appeal(appeal)


async def _bring_back(
    session: AsyncSession, photo_id: int, said: tuple[int, str], tps: str | None, placement: Placement | None
) -> None:
    """Let a photograph count, at another TPS where one is named. ``said``: by whom, and why."""
    by, reason = said
    here = photo_id
    if tps:
        receipt = await move_photo(session, photo_id=photo_id, tps=tps, by=by, reason=reason)
        here = receipt.photo_id
        if receipt.state != "received":  # a copy of one that is read there
            return
    if placement is not None:
        await place_photo(session, photo_id=here, by=by, placement=placement, reason=reason)
    elif not tps:
        await restore_photo(session, photo_id=photo_id, by=by, reason=reason)


async def find_contest_of(session: AsyncSession, *, appeal_id: int) -> Contest:
    """Return the contest of the photograph that an appeal speaks of.

    Raises:
        NotFoundError: there is no such appeal.
    """
    appeal = await session.get(PhotoAppeal, appeal_id)
    if appeal is None:
        raise _no_appeal(appeal_id)
    photo = await session.get_one(Photo, appeal.photo_id)
    return await get_contest(session, id=photo.pemilihan_id)


def _no_appeal(appeal_id: int) -> NotFoundError:
    message = f"Tidak ada banding nomor {appeal_id}. (There is no appeal {appeal_id}.)"
    return NotFoundError(message, "Muat ulang daftarnya. (Load the list again.)")


async def find_appeals(session: AsyncSession, *, photo_ids: list[int]) -> dict[int, AppealView]:
    """Return the appeals of these photographs, by photograph."""
    found = await session.scalars(select(PhotoAppeal).where(PhotoAppeal.photo_id.in_(photo_ids)))
    return {one.photo_id: view_appeal(one) for one in found}


def view_appeal(appeal: PhotoAppeal) -> AppealView:
    """Return the view of a row; one that was just written has its time from the database at the flush."""
    return AppealView(
        appeal.id,
        appeal.photo_id,
        appeal.account_id,
        appeal.note,
        appeal.state,
        appeal.answer,
        appeal.at,
        appeal.answered_at,
    )
