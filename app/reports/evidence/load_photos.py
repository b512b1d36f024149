"""The photographs of a pack, with the receipts that their uploaders hold."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.intake.service import PhotoView, get_photo, get_receipt
from app.reports.evidence.facts import PhotoFact


async def load_photos(session: AsyncSession, *, photo_ids: Sequence[int]) -> tuple[PhotoFact, ...]:
    """Return photographs in the order of ``photo_ids``; of a page of a document also the document's hash."""
    return tuple([await _load(session, await get_photo(session, photo_id=number)) for number in photo_ids])


async def _load(session: AsyncSession, photo: PhotoView) -> PhotoFact:
    receipt = await get_receipt(session, number=photo.receipt) if photo.receipt is not None else None
    document = await get_photo(session, photo_id=photo.parent_id) if photo.parent_id is not None else None
    return PhotoFact(
        id=photo.id,
        sha256=photo.sha256,
        byte_count=photo.byte_count,
        content_type=photo.content_type,
        source=photo.source,
        form=photo.form,
        page=photo.page,
        received_at=photo.at,
        receipt=receipt.statement if receipt is not None else None,
        document_sha256=document.sha256 if document is not None else None,
    )
