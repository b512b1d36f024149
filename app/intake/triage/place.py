"""A photograph of another TPS: it is moved, and both TPS are settled again. Turned away, and taken back.

Rows are not rewritten: the photograph that was sent for the wrong TPS stays there as ``moved``, with what was read of
it, and a new one stands at the right TPS under the same bytes and is read anew. So no reading ever changes its subject.
Only what comes back to a TPS where it was before has a row there: that one counts again.
"""

from dataclasses import replace

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError, ForbiddenError, NotFoundError
from app.core.jobs import enqueue
from app.core.statements import share
from app.intake.add_photo import Moved, Place, add_photo
from app.intake.models import Photo
from app.intake.receive import find_place, lock_of
from app.intake.triage.events import change_photo, read_again, require_reason
from app.intake.triage.models import PhotoHash
from app.intake.triage.placement import carry_placement
from app.intake.triage.stand_again import find_last_of_chain, lock_places, require_not_rejected, stand_again
from app.intake.views import Receipt, SealedPhoto
from app.pemilu.service import get_contest

OWN_MINUTES = 15
"""So long an uploader may move his own photograph, if nobody has begun to read it."""

_DOCUMENTS = frozenset({"application/pdf", "image/tiff"})

# Readings by people stand above this package; that there is one is all that is asked.
_IS_READ = text(
    """SELECT EXISTS (SELECT FROM reading r WHERE r.photo_id = :photo AND r.account_id IS NOT NULL)
           OR EXISTS (SELECT FROM task t WHERE CAST(:photo AS bigint) = ANY(t.photo_ids) AND t.state = 'leased'
                        AND t.section_id IN (SELECT r.section_id FROM reading r WHERE r.photo_id = :photo))"""
)
_MOVED_BY_OTHERS = text(
    """SELECT EXISTS (
         SELECT FROM photo asked JOIN photo p USING (uploader_id, sha256)
         JOIN photo_event e ON e.photo_id = p.id AND e.kind = 'moved' AND e.account_id <> asked.uploader_id
         WHERE asked.id = :photo)"""
)
_IS_LATE = text("SELECT at < now() - make_interval(mins => :minutes) FROM photo WHERE id = :photo")


async def move_photo(
    session: AsyncSession, *, photo_id: int, tps: str, by: int, reason: str, pemilihan: str | None = None
) -> Receipt:
    """Move a photograph to another TPS (or contest) and return the receipt of the one that stands there now.

    Raises:
        NotFoundError: there is no such photograph or contest.
        InvalidInputError: no such TPS, or it does not vote in the contest; no reason.
        ConflictError: it was moved before, is a document, stands there already, or was rejected there.
    """
    said = require_reason(reason)
    photo = await _get(session, photo_id)
    statements = await share(session)
    await statements.run(lock_of(photo.sha256))
    own = await get_contest(session, id=photo.pemilihan_id)
    contest, tps_kode = await find_place(session, pemilihan=pemilihan or own.kode, tps=tps)
    place = Place(photo.uploader_id, contest.id, contest.kode, tps_kode, photo.source)
    stands = await lock_places(session, photo=photo, place=place)
    _require_movable(photo, contest.id, tps_kode)
    if stands is not None:
        require_not_rejected(stands)
    words = f"Dipindahkan ke TPS {tps_kode}: {said}. (Moved to TPS {tps_kode}: {said}.)"
    await change_photo(session, photo, kind="moved", state="moved", code="moved", words=words, by=by, reason=said)
    receipt = await add_photo(
        statements,
        place,
        SealedPhoto(photo.sha256, photo.byte_count, photo.content_type, document=False),
        moved=Moved(photo.id, await find_last_of_chain(session, photo_id=photo.id)),
    )
    await session.flush()
    there = await lock_photo(session, receipt.photo_id)
    await stand_again(session, there, instead_of=photo, by=by, reason=said)
    if photo.placement_id is not None and own.id == contest.id and there.state == "received":
        await carry_placement(session, placement_id=photo.placement_id, to=there.id, by=by)
    return replace(receipt, state=there.state, state_code=there.state_code, state_reason=there.state_reason)


def _require_movable(photo: Photo, pemilihan_id: int, tps_kode: str) -> None:
    if photo.state in {"moved", "split"}:
        message = f"Foto {photo.id} tidak dapat dipindahkan lagi. (Photograph {photo.id} cannot be moved any more.)"
        remedy = "Pindahkan foto yang menggantikannya, atau halamannya. (Move what took its place, or its pages.)"
        raise ConflictError(message, remedy, code="not_movable")
    if photo.state == "received" and photo.content_type in _DOCUMENTS:
        message = f"Dokumen {photo.id} belum dipisah per halaman. (Document {photo.id} is not taken apart yet.)"
        raise ConflictError(message, "Tunggu sebentar, lalu pindahkan halamannya. (Wait, then move its pages.)")
    if (photo.pemilihan_id, photo.tps_kode) == (pemilihan_id, tps_kode):
        message = f"Foto {photo.id} sudah di TPS {tps_kode}. (Photograph {photo.id} is at TPS {tps_kode} already.)"
        raise ConflictError(message, "Pilih TPS lain. (Choose another TPS.)", code="same_place")


async def move_own_photo(
    session: AsyncSession, *, photo_id: int, tps: str, account_id: int, reason: str, pemilihan: str | None = None
) -> Receipt:
    """Move a photograph that one sent oneself, within the first minutes, while nobody reads it or has judged it.

    Raises:
        NotFoundError: there is none, or it is somebody else's: the same words for both.
        ForbiddenError: it is too late.
        Others as :func:`move_photo`.
    """
    photo = await _get(session, photo_id)
    if photo.uploader_id != account_id:
        raise _no_photo(photo_id)
    late = bool(await session.scalar(_IS_LATE, {"photo": photo_id, "minutes": OWN_MINUTES}))
    judged = photo.state == "rejected" or photo.placement_id is not None
    judged = judged or bool(await session.scalar(_MOVED_BY_OTHERS, {"photo": photo_id}))
    if late or judged or bool(await session.scalar(_IS_READ, {"photo": photo_id})):
        raise ForbiddenError(
            f"Foto {photo_id} sudah diperiksa atau sudah lewat {OWN_MINUTES} menit. "
            f"(Photograph {photo_id} is being read, or {OWN_MINUTES} minutes are over.)",
            "Minta peninjau memindahkannya. (Ask a reviewer to move it.)",
            code="too_late",
        )
    return await move_photo(session, photo_id=photo_id, tps=tps, by=account_id, reason=reason, pemilihan=pemilihan)


async def reject_photo(session: AsyncSession, *, photo_id: int, by: int, reason: str) -> None:
    """Let a photograph no longer count. Its readings stay, and count again if it is restored.

    Raises:
        NotFoundError: there is none; InvalidInputError: no reason; ConflictError: it is moved or rejected already.
    """
    said = require_reason(reason)
    photo = await lock_photo(session, photo_id)
    if photo.state in {"moved", "rejected", "split"}:
        message = f"Foto {photo_id} sudah {photo.state}. (Photograph {photo_id} is {photo.state} already.)"
        raise ConflictError(message, "Muat ulang daftarnya. (Load the list again.)", code="not_rejectable")
    words = f"Tidak dipakai, kata peninjau: {said}. (Not used, a reviewer says: {said}.)"
    await change_photo(
        session, photo, kind="rejected", state="rejected", code="by_reviewer", words=words, by=by, reason=said
    )


async def restore_photo(session: AsyncSession, *, photo_id: int, by: int, reason: str, alone: bool = True) -> None:
    """Let a photograph that was turned away count: as it was read before, or by having it read now.

    ``alone``: no machine will call it a copy again.

    Raises:
        NotFoundError: there is none; InvalidInputError: no reason; ConflictError: it counts, or was moved.
        ForbiddenError: the reviewer sent it himself.
    """
    said = require_reason(reason)
    photo = await lock_photo(session, photo_id)
    if photo.uploader_id == by:
        message = f"Foto {photo_id} kiriman Anda sendiri. (You sent photograph {photo_id} yourself.)"
        raise ForbiddenError(
            message, "Biarkan peninjau lain memutuskan. (Let another reviewer decide.)", code="own_photo"
        )
    if photo.state not in {"rejected", "duplicate", "refused"}:
        message = f"Foto {photo_id} tidak sedang ditolak. (Photograph {photo_id} is not turned away.)"
        raise ConflictError(message, "Muat ulang daftarnya. (Load the list again.)", code="not_restorable")
    by_hand = photo.placement_id is not None
    known = photo.state != "refused" and photo.page is not None and photo.quality is not None
    state = "read" if known else "received"
    if alone:
        await session.merge(PhotoHash(photo_id=photo_id, alone=True))
    photo.duplicate_of = None
    await change_photo(session, photo, kind="restored", state=state, by=by, reason=said)
    if by_hand:
        await enqueue(session, "place_by_hand", {"photo_id": photo.id, "placement_id": photo.placement_id})
    elif not known:
        await read_again(session, photo)


async def lock_photo(session: AsyncSession, photo_id: int) -> Photo:
    """Return the row as it stands once nobody else changes it; who only refers to it is let by.

    Raises:
        NotFoundError: there is none of this number.
    """
    photo = await session.get(Photo, photo_id, populate_existing=True, with_for_update={"key_share": True})
    if photo is None:
        raise _no_photo(photo_id)
    return photo


async def _get(session: AsyncSession, photo_id: int) -> Photo:
    photo = await session.get(Photo, photo_id)
    if photo is None:
        raise _no_photo(photo_id)
    return photo


def _no_photo(photo_id: int) -> NotFoundError:
    message = f"Tidak ada foto nomor {photo_id}. (There is no photograph {photo_id}.)"
    return NotFoundError(message, "Lihat unggahan Anda. (See your uploads.)")
