"""A photograph comes in: where it belongs, whether it is new, and the row, log entry and job that make it known."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import InvalidInputError
from app.core.jobs import enqueue
from app.intake.models import Photo
from app.intake.views import PhotoView, Receipt, SealedPhoto
from app.pemilu.definition import Contest
from app.pemilu.models import Pemilihan
from app.pemilu.service import get_contest, recall_contest
from app.tally.service import select_round
from app.transparency.service import append_entry
from app.wilayah.codes import is_within, parse_kode
from app.wilayah.models import Tps

_OVER = ("rejected", "moved")
"""States in which a picture no longer stands for its TPS and so does not make another one a duplicate."""

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('photo/' || :sha256, 0))")


@dataclass(frozen=True)
class Place:
    """Who sends for which TPS in which contest: what a photograph can be sent once for."""

    account_id: int
    contest: Contest
    tps_kode: str


@dataclass(frozen=True)
class DocumentPage:
    """That a picture is page ``page`` of ``pages`` of a document, both from 1; it goes where the document went."""

    document: PhotoView
    page: int
    pages: int

    def facts(self) -> dict[str, Any]:
        """Return what the log says of it: the way from a page back to the file that was sent."""
        document = self.document
        return {
            "page": self.page,
            "pages": self.pages,
            "photo": document.id,
            "receipt": document.receipt,
            "sha256": document.sha256,
        }


@dataclass(frozen=True)
class Duplicate:
    """That the same bytes are here already, as whose copy, and why this one is not read."""

    of: int
    code: str
    reason: str


_PLACE = (
    select(Pemilihan.id, Pemilihan.definisi_md5, (Tps.kode.is_not(None) & Tps.edisi_akhir.is_(None)).label("is_today"))
    .outerjoin(Tps, Tps.kode == bindparam("kode"))
    .where(Pemilihan.kode == bindparam("pemilihan"))
)
"""Contest and TPS with one question; written once, as every upload asks it."""


async def find_place(session: AsyncSession, *, pemilihan: str, tps: str) -> tuple[Contest, str]:
    """Return the contest and the TPS code that an upload names.

    Raises:
        NotFoundError: no such contest.
        InvalidInputError: no such TPS today, or it does not vote in this contest.
    """
    kode = parse_kode(tps).text
    found = None
    if pemilihan.isprintable():  # PostgreSQL takes no NUL in a text
        found = (await session.execute(_PLACE, {"pemilihan": pemilihan, "kode": kode})).one_or_none()
    if found is None:
        contest = await get_contest(session, kode=pemilihan)  # knows the words for one that is not known
    else:
        contest = await recall_contest(session, id=found.id, md5=found.definisi_md5)
    if found is None or not found.is_today:
        raise _unknown_tps(kode)
    if not any(is_within(kode, region) for region in contest.wilayah):
        message = f"TPS {kode} tidak memilih dalam {contest.nama}. (This TPS does not vote in that contest.)"
        remedy = "Pilih pemilihan yang sesuai dengan formulirnya. (Choose the contest that the form names.)"
        raise InvalidInputError(message, remedy, code="tps_outside_contest")
    return contest, kode


def _unknown_tps(kode: str) -> InvalidInputError:
    return InvalidInputError(
        f"TPS {kode} tidak dikenal. (TPS {kode} is not known.)",
        "Periksa 13 angka kodenya, atau pilih TPS dari daftar wilayah. "
        "(Check the 13 digits, or choose the TPS from the list of regions.)",
        code="unknown_tps",
    )


async def receive_photo(
    session: AsyncSession, *, account_id: int, contest: Contest, tps_kode: str, sealed: SealedPhoto
) -> Receipt:
    """Make sealed bytes known as a photograph of a TPS: row, log entry and job stand or fall together.

    The same picture for the same TPS by the same person gives the first receipt again. The same bytes from somebody
    else are kept as ``duplicate`` and not read twice: they prove no second source. The bytes are sealed before: a row
    without its picture could never be read, while a picture without its row (a crash between the two) harms nobody.
    """
    await lock_picture(session, sealed.sha256)
    place = Place(account_id, contest, tps_kode)
    photo = await add_photo(session, place, sealed)
    if photo is None:
        first = await find_sent_before(session, place, sealed.sha256)
        return _receipt_of(first, contest.kode, first=False)
    return _receipt_of(photo, contest.kode, first=True)


async def repeat_receipt(session: AsyncSession, *, photo_id: int) -> Receipt:
    """Return the receipt of a photograph that came in before."""
    photo = await session.get_one(Photo, photo_id)
    contest = await get_contest(session, id=photo.pemilihan_id)
    return _receipt_of(photo, contest.kode, first=False)


async def lock_picture(session: AsyncSession, sha256: str) -> None:
    """Hold off everybody else who receives these bytes until the transaction ends. Several: in the order of hashes.

    Two uploads of the same bytes at once would each find no other and both be read as independent sources.
    """
    await session.execute(_LOCK, {"sha256": sha256})


async def add_photo(
    session: AsyncSession, place: Place, sealed: SealedPhoto, page_of: DocumentPage | None = None
) -> Photo | None:
    """Add row, log entry and job of a picture that is locked; null when this person sent it for this TPS before."""
    duplicate = await _find_duplicate(session, place, sealed.sha256)
    photo = await _insert_photo(session, place, sealed, duplicate, page_of)
    if photo is None:
        return None
    facts = _describe(photo, place.contest.kode) | ({"document": page_of.facts()} if page_of else {})
    photo.log_entry_id = await append_entry(session, kind="photo", subject=f"photo/{photo.id}", payload=facts)
    await session.flush()
    if duplicate is None:
        await enqueue(session, "split_document" if sealed.document else "read_photo", {"photo_id": photo.id})
    return photo


async def _insert_photo(
    session: AsyncSession,
    place: Place,
    sealed: SealedPhoto,
    duplicate: Duplicate | None,
    page_of: DocumentPage | None,
) -> Photo | None:
    """Return the new row; null when this person sent this picture for this TPS before (the unique index says so)."""
    values: dict[str, Any] = {
        "sha256": sealed.sha256,
        "byte_count": sealed.byte_count,
        "content_type": sealed.content_type,
        "pemilihan_id": place.contest.id,
        "tps_kode": place.tps_kode,
        "uploader_id": place.account_id,
    }
    if page_of is None:
        values["round"] = select_round(pemilihan_id=place.contest.id, tps_kode=place.tps_kode)
    else:
        document = page_of.document
        values |= {"round": document.round, "source": document.source}
        values |= {"parent_id": document.id, "parent_page": page_of.page}
    if duplicate is not None:
        values |= {
            "state": "duplicate",
            "state_code": duplicate.code,
            "state_reason": duplicate.reason,
            "duplicate_of": duplicate.of,
        }
    statement = insert(Photo).values(values).on_conflict_do_nothing().returning(Photo)
    photo: Photo | None = await session.scalar(statement)
    return photo


_SAME_BYTES = (
    select(Photo.id, Photo.pemilihan_id, Photo.tps_kode, Photo.uploader_id)
    .where(Photo.sha256 == bindparam("hash"), Photo.state.not_in(_OVER))
    .order_by(Photo.id)
)


async def _find_duplicate(session: AsyncSession, place: Place, sha256: str) -> Duplicate | None:
    """Return what these bytes repeat: another person's picture of this TPS, or anybody's picture of another place."""
    others = (await session.execute(_SAME_BYTES, {"hash": sha256})).all()
    here = [photo for photo in others if (photo.pemilihan_id, photo.tps_kode) == (place.contest.id, place.tps_kode)]
    if any(photo.uploader_id == place.account_id for photo in here):
        return None
    if here:
        reason = "Foto yang sama sudah dikirim orang lain. (Somebody else has sent the same picture.)"
        return Duplicate(here[0].id, "same_picture", reason)
    if others:
        reason = (
            "Foto yang sama sudah dikirim untuk TPS lain; perlu dicek. "
            "(The same picture was sent for another TPS; to be checked.)"
        )
        return Duplicate(others[0].id, "same_picture_other_tps", reason)
    return None


async def find_sent_before(session: AsyncSession, place: Place, sha256: str) -> Photo:
    """Return the photograph that :func:`add_photo` found there already."""
    photo = await session.scalar(
        select(Photo).where(
            Photo.uploader_id == place.account_id,
            Photo.pemilihan_id == place.contest.id,
            Photo.tps_kode == place.tps_kode,
            Photo.sha256 == sha256,
        )
    )
    assert photo is not None, "the unique index found it a moment ago and nothing deletes photographs"
    return photo


def _describe(photo: Photo, pemilihan: str) -> dict[str, Any]:
    """Return the log entry's facts. Who sent it is not among them."""
    facts: dict[str, Any] = {
        "bytes": photo.byte_count,
        "pemilihan": pemilihan,
        "photo": photo.id,
        "round": photo.round,
        "sha256": photo.sha256,
        "tps": photo.tps_kode,
        "type": photo.content_type,
    }
    if photo.duplicate_of is not None:
        facts |= {"duplicate_of": photo.duplicate_of, "why": photo.state_code}
    return facts


def _receipt_of(photo: Photo, pemilihan: str, *, first: bool) -> Receipt:
    assert photo.log_entry_id is not None, "written in the transaction that made the row"
    return Receipt(
        number=photo.log_entry_id,
        photo_id=photo.id,
        sha256=photo.sha256,
        pemilihan=pemilihan,
        tps_kode=photo.tps_kode,
        received_at=photo.at,
        state=photo.state,
        state_code=photo.state_code,
        state_reason=photo.state_reason,
        first=first,
    )
