"""Documents: one file of several pages, each of which becomes a photograph of its own that names the file it came from.

The document is received like a photograph: row, log entry, receipt, sealed bytes. A worker takes it apart and hands the
sealed pages in; then all pages and the document's new state stand in one transaction, or nothing does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.statements import share
from app.intake.add_photo import DocumentPage, Place, add_photo
from app.intake.models import Photo
from app.intake.receive import lock_of
from app.intake.views import PhotoView, SealedPhoto, view_photo
from app.pemilu.service import get_contest
from app.transparency.service import append_entry

_BLANK = "Tidak ada apa pun di dokumen ini; semua halamannya kosong. (All pages of this document are blank.)"


@dataclass(frozen=True)
class SealedPage:
    """One page of a document whose picture lies in the store already; ``blank``: nothing at all is on it.

    ``made_by`` names the program that drew it: with it anybody can draw it again from the original and compare hashes.
    """

    number: int
    sealed: SealedPhoto
    blank: bool
    made_by: str


@dataclass(frozen=True)
class UploadView:
    """One thing that a person sent: a photograph, or a document with the photographs made of its pages."""

    photo: PhotoView
    pages: tuple[PhotoView, ...]


async def find_unsplit(session: AsyncSession, *, photo_id: int) -> PhotoView | None:
    """Return the document if it still waits to be taken apart."""
    photo = await session.get(Photo, photo_id)
    return view_photo(photo) if photo is not None and photo.state == "received" else None


async def receive_pages(session: AsyncSession, *, document_id: int, pages: Sequence[SealedPage]) -> tuple[int, ...]:
    """Make all pages of a document known, and the document ``split``; return the numbers of the new photographs.

    Nothing happens when another worker was faster: the document is no longer ``received``. A page that this person sent
    for this TPS before stays the photograph it is; a blank one becomes none, since two empty pictures of different TPS
    would look like one picture sent for both. Both are said to the sender.
    """
    statements = await share(session)
    await statements.run("; ".join(lock_of(sha256) for sha256 in sorted({page.sealed.sha256 for page in pages})))
    document = await session.get_one(Photo, document_id, with_for_update=True, populate_existing=True)
    if document.state != "received":
        return ()
    contest = await get_contest(session, id=document.pemilihan_id)
    place = Place(document.uploader_id, contest.id, contest.kode, document.tps_kode)
    view = view_photo(document)
    made: dict[int, int] = {}
    known: dict[int, int] = {}
    for page in pages:
        if page.blank:
            continue
        page_of = DocumentPage(view, page.number, len(pages))
        receipt = await add_photo(statements, place, page.sealed, page_of=page_of)
        (made if receipt.first else known)[page.number] = receipt.photo_id
    blank = [page.number for page in pages if page.blank]
    outcome = {"pages": len(pages), "made": made, "known": known, "blank": blank, "made_by": pages[0].made_by}
    await _note_split(session, document, outcome)
    return tuple(made.values())


async def _note_split(session: AsyncSession, document: Photo, outcome: dict[str, Any]) -> None:
    """Note in the row and in the log what became of a document."""
    facts: dict[str, Any] = {"photo": document.id, "state": "split"}
    facts |= {name: outcome[name] for name in ("blank", "made_by", "pages")}
    for name in ("made", "known"):
        facts[name] = {str(page): photo for page, photo in outcome[name].items()}
    document.state, document.state_code, document.state_reason = "split", None, _say_left_out(outcome)
    if not outcome["made"] and not outcome["known"]:
        facts |= {"state": "refused", "code": "blank"}
        document.state, document.state_code, document.state_reason = "refused", "blank", _BLANK
    document.quality = {"pages": outcome["pages"]}
    await append_entry(session, kind="photo_state", subject=f"photo/{document.id}", payload=facts)
    await session.flush()


def _say_left_out(outcome: dict[str, Any]) -> str | None:
    """Return which pages became no new photograph, in words for the sender; null when all did."""
    known, blank = ", ".join(map(str, outcome["known"])), ", ".join(map(str, outcome["blank"]))
    indonesian, english = [], []
    if known:
        indonesian.append(f"Halaman {known} sudah Anda kirim sebelumnya.")
        english.append(f"Sent by you before: page {known}.")
    if blank:
        indonesian.append(f"Halaman {blank} kosong.")
        english.append(f"Blank: page {blank}.")
    return f"{' '.join(indonesian)} ({' '.join(english)})" if indonesian else None


async def list_uploads(
    session: AsyncSession, *, account_id: int, before: int | None = None, limit: int = 100
) -> tuple[UploadView, ...]:
    """Return what an account sent, newest first, documents with their pages in order.

    ``before`` is the id of the photograph or document that the last page ended with.
    """
    query = select(Photo).where(Photo.uploader_id == account_id, Photo.parent_id.is_(None))
    if before is not None:
        query = query.where(Photo.id < before)
    photos = list(await session.scalars(query.order_by(Photo.id.desc()).limit(limit)))
    documents = [photo.id for photo in photos if photo.state == "split"]
    children = select(Photo).where(Photo.parent_id.in_(documents)).order_by(Photo.parent_id, Photo.parent_page)
    pages: dict[int | None, list[PhotoView]] = {}
    for child in await session.scalars(children) if documents else ():
        pages.setdefault(child.parent_id, []).append(view_photo(child))
    return tuple(UploadView(view_photo(photo), tuple(pages.get(photo.id, ()))) for photo in photos)
