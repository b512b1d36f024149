"""A photograph that no machine could read is placed by hand: a reviewer says which page it shows, people read it.

What was placed is taken back like any other word of a reviewer: the photograph is refused again, what people read of it
no longer counts, and its appeal waits for another answer.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError
from app.core.statements import share
from app.intake.models import Photo
from app.intake.receive import lock_of
from app.intake.triage.events import change_photo, note_event, require_reason
from app.intake.triage.models import HandPlacement, PhotoAppeal, PhotoCluster, PhotoEvent, PhotoHash
from app.intake.triage.place import lock_photo
from app.intake.triage.placement import Placement, check_placement, write_placement
from app.intake.triage.strangers import require_no_part
from app.intake.views import PhotoView, view_photo
from app.pemilu.service import get_contest

_PLACEABLE = frozenset({"refused", "duplicate", "rejected"})
_DOCUMENT = "application/pdf"

# Two photographs of one picture must not speak for two senders.
_COUNTS_ALREADY = text(
    """SELECT min(o.id) FROM photo p JOIN photo o USING (pemilihan_id, tps_kode, round)
       WHERE p.id = :photo AND o.id <> p.id AND o.state IN ('read', 'received')
         AND (o.sha256 = p.sha256 OR EXISTS (
           SELECT FROM photo_hash a JOIN photo_hash b USING (cluster_id)
           WHERE a.photo_id = p.id AND b.photo_id = o.id))"""
)


@dataclass(frozen=True)
class PlacedPhoto:
    """A photograph that stands where a reviewer placed it. ``by``: his account."""

    photo: PhotoView
    placement: Placement
    by: int
    at: datetime


async def place_photo(session: AsyncSession, *, photo_id: int, by: int, placement: Placement, reason: str) -> None:
    """Let people read a photograph that no machine could read, as the page that the reviewer says it is.

    Raises:
        NotFoundError: there is none. InvalidInputError: no reason, or no such page.
        ConflictError: the machine can read it; it is a document; a copy of it counts; the reviewer, or an account
            linked to his, sent a photograph of this TPS.
    """
    said = require_reason(reason)
    sha256 = (await session.get_one(Photo, photo_id)).sha256
    await (await share(session)).run(lock_of(sha256))
    cluster = select(PhotoCluster.id).join(PhotoHash, PhotoHash.cluster_id == PhotoCluster.id)
    await session.execute(cluster.where(PhotoHash.photo_id == photo_id).with_for_update(of=PhotoCluster))
    photo = await lock_photo(session, photo_id)
    await _require_placeable(session, photo)
    await require_no_part(session, photo_id=photo_id, account_id=by)
    check_placement(await get_contest(session, id=photo.pemilihan_id), placement)
    photo.duplicate_of = None
    photo.quality = None
    words = f"{placement.form}, page {placement.page}: {said}"
    await change_photo(session, photo, kind="placed", state="received", by=by, reason=words)
    await write_placement(session, photo, placement, by=by)


async def _require_placeable(session: AsyncSession, photo: Photo) -> None:
    waits = photo.state == "received" and await _was_brought(session, photo)
    read = photo.state in {"duplicate", "rejected"} and photo.page is not None and photo.quality is not None
    if (photo.state not in _PLACEABLE and not waits) or read or photo.placement_id is not None:
        message = f"Foto {photo.id} tidak perlu ditempatkan. (Photograph {photo.id} need not be placed.)"
        raise ConflictError(message, "Terima bandingnya saja. (Just grant the appeal.)", code="not_placeable")
    if photo.content_type == _DOCUMENT:
        message = f"Foto {photo.id} adalah dokumen. (Photograph {photo.id} is a document.)"
        raise ConflictError(message, "Minta pengirim memotret halamannya. (Ask for a picture.)", code="not_placeable")
    other = (await session.execute(_COUNTS_ALREADY, {"photo": photo.id})).scalar_one()
    if other is not None:
        message = f"Gambar yang sama sudah dipakai: foto {other}. (The same picture counts already: photo {other}.)"
        raise ConflictError(message, "Jawab banding tanpa menempatkannya. (Answer without placing it.)", code="copy")


async def _was_brought(session: AsyncSession, photo: Photo) -> bool:
    """Tell whether it was moved to this TPS: made for it, or standing here again instead of another one."""
    back = select(PhotoEvent.id).where(PhotoEvent.photo_id == photo.id, PhotoEvent.kind == "restored")
    return photo.moved_from is not None or bool(
        await session.scalar(select(back.where(PhotoEvent.other_id.is_not(None)).exists()))
    )


async def take_placement_back(session: AsyncSession, *, photo_id: int, by: int, reason: str) -> None:
    """Undo a placement: the photograph is refused again, and its appeal, if it has one, waits for another answer.

    Raises:
        NotFoundError: there is none. InvalidInputError: no reason.
        ConflictError: it is not placed by hand; the reviewer, or an account linked to his, sent a photo of this TPS.
    """
    said = require_reason(reason)
    photo = await lock_photo(session, photo_id)
    if photo.placement_id is None or photo.state not in {"received", "read"}:
        message = f"Foto {photo_id} tidak ditempatkan peninjau. (Photograph {photo_id} is not placed by hand.)"
        raise ConflictError(message, "Muat ulang daftarnya. (Load the list again.)", code="not_placed")
    await require_no_part(session, photo_id=photo_id, account_id=by)
    photo.placement_id = None  # form and page stay: somebody may hold a task with it
    words = f"Tidak jadi dibaca orang, kata peninjau: {said}. (Not read by people after all, a reviewer says: {said}.)"
    await change_photo(
        session, photo, kind="unplaced", state="refused", code="placed_wrongly", words=words, by=by, reason=said
    )
    await reopen_appeal(session, photo, why=said)


async def reopen_appeal(session: AsyncSession, photo: Photo, *, why: str) -> None:
    """Have a granted appeal answered anew: what was granted has led nowhere. Without one nothing happens."""
    query = select(PhotoAppeal).where(PhotoAppeal.photo_id == photo.id, PhotoAppeal.state == "granted")
    appeal = await session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if appeal is None:
        return
    appeal.state, appeal.answer, appeal.answered_by, appeal.answered_at = "open", None, None, None
    note_event(session, photo, kind="appealed", before=photo.state, by=None, reason=why)
    await session.flush()


async def find_unmade(session: AsyncSession, *, photo_id: int, placement_id: int) -> PlacedPhoto | None:
    """Return a photograph whose picture for readers is to be made; null: it is done, or was taken back."""
    photo = await session.get_one(Photo, photo_id)
    if photo.placement_id != placement_id or photo.state != "received":
        return None
    return _view(photo, await session.get_one(HandPlacement, placement_id))


async def mark_placed(session: AsyncSession, *, photo_id: int, placement_id: int) -> PhotoView | None:
    """Note that a photograph may be read by people; null, and nothing is changed: it was taken back meanwhile.

    The caller holds the TPS (``intake.lock_tps``).
    """
    photo = await lock_photo(session, photo_id)
    if photo.placement_id != placement_id or photo.state != "received":
        return None
    photo.state, photo.state_code, photo.state_reason = "read", None, None
    await session.flush()
    return view_photo(photo)


async def list_placed(session: AsyncSession, *, before: int | None = None, limit: int) -> tuple[PlacedPhoto, ...]:
    """Return the photographs that stand where reviewers placed them, newest first; ``before``: a placement's number."""
    query = select(Photo, HandPlacement).join(HandPlacement, HandPlacement.id == Photo.placement_id)
    query = query.where(Photo.state.in_(["received", "read"]))
    if before is not None:
        query = query.where(HandPlacement.id < before)
    rows = await session.execute(query.order_by(HandPlacement.id.desc()).limit(limit))
    return tuple(_view(photo, placed) for photo, placed in rows)


def _view(photo: Photo, row: HandPlacement) -> PlacedPhoto:
    top, right, bottom, left = row.cut
    placement = Placement(row.form, row.page, row.quarter_turns, (top, right, bottom, left))
    return PlacedPhoto(view_photo(photo), placement, row.account_id, row.at)
