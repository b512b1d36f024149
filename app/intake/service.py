"""Photographs after they came in: look them up, load what is read together, note what became of them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFoundError
from app.core.jobs import enqueue
from app.intake.documents import SealedPage, UploadView, find_unsplit, list_uploads, receive_pages
from app.intake.models import Photo
from app.intake.object_keys import card_key, crop_key, page_key, thumb_key, whole_key
from app.intake.receive import find_place
from app.intake.triage.by_hand import PlacedPhoto, find_unmade, mark_placed, reopen_appeal
from app.intake.triage.clusters import Membership
from app.intake.triage.events import change_photo
from app.intake.views import PhotoView, Receipt, SealedPhoto, make_statement, view_photo
from app.transparency.service import LogEntryView, append_entry, get_entry

__all__ = [
    "PhotoView",
    "PlacedPhoto",
    "Receipt",
    "SealedPage",
    "SealedPhoto",
    "UploadView",
    "card_key",
    "crop_key",
    "find_batch",
    "find_place",
    "find_unmade",
    "find_unsplit",
    "get_photo",
    "get_receipt",
    "list_photos",
    "list_uploads",
    "lock_batch",
    "lock_tps",
    "mark_copy",
    "mark_placed",
    "mark_read",
    "mark_refused",
    "page_key",
    "photos_of_tps",
    "receive_pages",
    "take_refusal_back",
    "thumb_key",
    "whole_key",
]

COMPANIONS_MAX = 5
"""Photographs that are read together with one; the newest of the same uploader and TPS."""


@dataclass(frozen=True)
class PublicReceipt:
    """What anybody may know of a receipt: the signed statement and its log entry.

    ``document``: for a page of a document, which page of how many, and the document's hash and receipt.
    """

    statement: dict[str, Any]
    entry: LogEntryView
    document: dict[str, Any] | None


async def get_photo(session: AsyncSession, *, photo_id: int) -> PhotoView:
    """Return one photograph.

    Raises:
        NotFoundError: there is none of this number.
    """
    return view_photo(await _get(session, photo_id))


async def list_photos(
    session: AsyncSession, *, account_id: int, before: int | None = None, limit: int = 100
) -> tuple[PhotoView, ...]:
    """Return an account's photographs, newest first; ``before`` is the id that the last page ended with."""
    query = select(Photo).where(Photo.uploader_id == account_id).order_by(Photo.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Photo.id < before)
    return tuple(view_photo(photo) for photo in await session.scalars(query))


async def photos_of_tps(
    session: AsyncSession,
    *,
    pemilihan_id: int,
    tps_kode: str,
    round: int = 1,  # noqa: A002 - the column's name
) -> tuple[PhotoView, ...]:
    """Return all photographs of one round of a TPS, in the order they came."""
    query = select(Photo).where(Photo.pemilihan_id == pemilihan_id, Photo.tps_kode == tps_kode, Photo.round == round)
    return tuple(view_photo(photo) for photo in await session.scalars(query.order_by(Photo.id)))


async def get_receipt(session: AsyncSession, *, number: int) -> PublicReceipt:
    """Return the receipt of this number.

    Raises:
        NotFoundError: no photograph has it.
    """
    try:
        entry = await get_entry(session, entry_id=number)
    except NotFoundError as error:
        raise _no_receipt(number) from error
    if entry.kind != "photo":
        raise _no_receipt(number)
    facts = entry.payload
    statement = make_statement(entry.id, facts["sha256"], facts["pemilihan"], facts["tps"], entry.at)
    return PublicReceipt(statement=statement, entry=entry, document=facts.get("document"))


def _no_receipt(number: int) -> NotFoundError:
    message = f"Tidak ada tanda terima nomor {number}. (There is no receipt {number}.)"
    return NotFoundError(message, "Periksa nomornya. (Check the number.)")


async def find_batch(session: AsyncSession, *, photo_id: int, again: bool = False) -> tuple[PhotoView, ...]:
    """Return the photograph and the companions it is read with; empty when there is nothing (more) to do.

    One that was placed by hand is read by people only, and is nobody's companion.

    Companions are the same uploader's read photographs of the same round of the TPS: pages 2 and 3 prove each other by
    their sums. Unread ones stay out: one that kills its reader must not take others with it. ``again``: the photograph
    is read already and gained a companion.
    """
    photo = await _get(session, photo_id)
    if photo.state != ("read" if again else "received") or photo.placement_id is not None:
        return ()
    return (view_photo(photo), *await _find_companions(session, photo))


async def _find_companions(session: AsyncSession, photo: Photo) -> tuple[PhotoView, ...]:
    query = (
        select(Photo)
        .where(
            Photo.uploader_id == photo.uploader_id,
            Photo.pemilihan_id == photo.pemilihan_id,
            Photo.tps_kode == photo.tps_kode,
            Photo.round == photo.round,
            Photo.state == "read",
            Photo.placement_id.is_(None),
            Photo.id != photo.id,
        )
        .order_by(Photo.id.desc())
        .limit(COMPANIONS_MAX)
    )
    return tuple(view_photo(companion) for companion in await session.scalars(query))


async def lock_tps(session: AsyncSession, *, tps_kode: str) -> None:
    """Hold off everybody else who notes photographs of this TPS until the transaction ends."""
    lock = "SELECT pg_advisory_xact_lock(hashtextextended('read/' || :tps, 0))"
    await session.execute(text(lock), {"tps": tps_kode})


async def lock_batch(session: AsyncSession, *, batch: tuple[PhotoView, ...], again: bool = False) -> bool:
    """Begin to note what the reading of ``batch`` gave; false when another worker has done so already.

    Holds off every other worker that notes photographs of the same TPS until the transaction ends: with page 1 and page
    2 of two uploaders noted at once, each would wait for the section that the other one holds. When a companion was
    read meanwhile, neither knew of the other, so the first is queued to be read once more with it.
    """
    first = batch[0]
    await lock_tps(session, tps_kode=first.tps_kode)
    photo = await _get(session, first.id, lock=True)
    if photo.state != ("read" if again else "received") or photo.placement_id is not None:
        return False
    known = {companion.id for companion in batch}
    if not again and any(found.id not in known for found in await _find_companions(session, photo)):
        await enqueue(session, "read_photo", {"photo_id": photo.id, "again": True})
    return True


async def mark_read(
    session: AsyncSession, *, photo_id: int, form: str, page: int, quality: dict[str, Any]
) -> PhotoView:
    """Note that the machine could read the photograph: which page of which form, and how good it is."""
    photo = await _get(session, photo_id)
    photo.state, photo.state_code, photo.state_reason = "read", None, None
    photo.form, photo.page, photo.quality = form, page, quality
    await session.flush()
    return view_photo(photo)


async def mark_refused(
    session: AsyncSession,
    *,
    photo_id: int,
    code: str,
    reason: str,
    form: str | None = None,
    page: int | None = None,
    quality: dict[str, Any] | None = None,
) -> PhotoView:
    """Note why the photograph is not read, for its uploader and in the log. Only a received one can be refused.

    If that is what a granted appeal has come to, the appeal waits for another answer: a person can place it by hand.
    """
    photo = await _get(session, photo_id, lock=True)
    if photo.state != "received":
        return view_photo(photo)
    photo.state, photo.state_code, photo.state_reason = "refused", code, reason
    photo.form, photo.page, photo.quality = form, page, quality
    photo.placement_id = None
    facts = {"code": code, "photo": photo.id, "state": "refused"}
    await append_entry(session, kind="photo_state", subject=f"photo/{photo.id}", payload=facts)
    await session.flush()
    await reopen_appeal(session, photo, why=f"Read again, and refused again: {code}.")
    return view_photo(photo)


async def mark_copy(session: AsyncSession, *, photo_id: int, membership: Membership) -> PhotoView:
    """Note that a received photograph is a copy of another one and is not read, for its uploader and in the log."""
    photo = await _get(session, photo_id, lock=True)
    if photo.state == "received":
        photo.duplicate_of = membership.of
        await change_photo(
            session,
            photo,
            kind="copy",
            state=membership.state,
            code=membership.code,
            words=membership.words,
            by=None,
            reason=membership.code,
            other_id=membership.of,
        )
    return view_photo(photo)


async def take_refusal_back(session: AsyncSession, *, photo_id: int, codes: Collection[str]) -> bool:
    """Make a photograph that was refused for one of ``codes`` wait for the reader again; tell whether it was one.

    Only for refusals that speak of the service: what the reader itself refused it would refuse again.
    """
    photo = await _get(session, photo_id, lock=True)
    if photo.state != "refused" or photo.state_code not in codes:
        return False
    photo.state, photo.state_code, photo.state_reason = "received", None, None
    facts = {"photo": photo.id, "state": "received"}
    await append_entry(session, kind="photo_state", subject=f"photo/{photo.id}", payload=facts)
    await session.flush()
    return True


async def _get(session: AsyncSession, photo_id: int, *, lock: bool = False) -> Photo:
    """Return the row; with ``lock`` as it stands once nobody else changes it.

    Such a lock lets those by who only refer to the photograph: an answer to a task does so while it holds a section
    that whoever notes what the machine read will want next.
    """
    wanted = {"key_share": True} if lock else None
    photo = await session.get(Photo, photo_id, populate_existing=lock, with_for_update=wanted)
    if photo is None:
        message = f"Tidak ada foto nomor {photo_id}. (There is no photograph {photo_id}.)"
        raise NotFoundError(message, "Lihat unggahan Anda. (See your uploads.)")
    return photo
