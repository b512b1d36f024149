"""Job ``split_document``: take a PDF or a TIFF of several pages apart, so that each page is read like a photograph.

The pages are drawn one at a time in a process of the document's own, which waits for a reader's place before each page
and so holds one no longer than a photograph does; each page is sealed as soon as it is there. Then one transaction
makes all of them known. A crash before it leaves sealed pages that the next try seals again under the same hashes.

A page that cannot be drawn refuses the whole document; so does one that spends its process's time or memory, at once,
since another try would end the same way. A death that nothing explains goes through to the runner, which tries again.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.storage import ObjectStore, read_original, seal
from app.intake.service import (
    PhotoView,
    SealedPage,
    SealedPhoto,
    find_unsplit,
    mark_refused,
    receive_pages,
    take_refusal_back,
)
from ocr.refusals import SENTENCES
from workers.job import Context, Payload
from workers.look_at_pages import DrawnPage, Outline, Unreadable, draw_page, look_at_document
from workers.reader_pool import DocumentReader, ReaderCrashedError

_SET_ASIDE = {
    "crashed": (
        "reader_crashed",
        (
            "Dokumen ini dua kali menghentikan pembaca, jadi disisihkan. Kirim halamannya sebagai foto. "
            "(This document stopped the reader twice and was set aside. Send its pages as photographs.)"
        ),
    ),
    "failed": (
        "reader_failed",
        (
            "Dokumen ini belum dapat dibaca karena gangguan pada layanan. Berkasnya aman; pengelola dapat mengulangi. "
            "(This document could not be read because of a fault on our side. It is safe; the operators can retry it.)"
        ),
    ),
}


async def split_document(context: Context, payload: Payload) -> None:
    """Split ``{"photo_id": ...}``; a document that is split or refused already is left as it is."""
    async with context.sessions.begin() as session:
        document = await find_unsplit(session, photo_id=payload["photo_id"])
    if document is None:
        return
    data = await read_original(context.storage, document.sha256)
    async with context.readers.open_document() as reader:
        outline = await _count(reader, data)
        if isinstance(outline, Unreadable):
            await _refuse(context, document, outline)
            return
        pages: list[SealedPage] = []
        for number in range(1, outline.pages + 1):
            drawn = await _draw(reader, data, number)
            if isinstance(drawn, Unreadable):
                await _refuse(context, document, drawn, outline)
                return
            pages.append(await _seal_page(context.storage, drawn))
    async with context.sessions.begin() as session:
        await receive_pages(session, document_id=document.id, pages=pages)


async def _count(reader: DocumentReader, data: bytes) -> Outline | Unreadable:
    try:
        return await reader.run(look_at_document, data)
    except ReaderCrashedError as crash:
        return _explain_death(crash)


async def _draw(reader: DocumentReader, data: bytes, number: int) -> DrawnPage | Unreadable:
    try:
        return await reader.run(draw_page, data, number)
    except ReaderCrashedError as crash:
        return _explain_death(crash, number)


def _explain_death(crash: ReaderCrashedError, page: int | None = None) -> Unreadable:
    """Take the death of the document's process for a refusal, or raise it again when no limit explains it."""
    if crash.spent is None:
        raise crash
    return Unreadable("too_complex", str(crash), page)


async def set_document_aside(context: Context, payload: Payload, reason: str) -> None:
    """Refuse a document that could not be taken apart (``crashed`` or ``failed``), and tell its sender."""
    code, words = _SET_ASIDE[reason]
    async with context.sessions.begin() as session:
        await mark_refused(session, photo_id=payload["photo_id"], code=code, reason=words)


async def revive_document(session: AsyncSession, payload: Payload) -> None:
    """Take back the refusal of a document that was given up: it is to be taken apart once more."""
    await take_refusal_back(session, photo_id=payload["photo_id"], codes=[code for code, _ in _SET_ASIDE.values()])


async def _seal_page(storage: ObjectStore, drawn: DrawnPage) -> SealedPage:
    sha256 = await seal(storage, drawn.data)
    sealed = SealedPhoto(sha256, len(drawn.data), drawn.content_type, document=False)
    return SealedPage(drawn.number, sealed, blank=drawn.blank, made_by=drawn.made_by)


async def _refuse(
    context: Context, document: PhotoView, unreadable: Unreadable, outline: Outline | None = None
) -> None:
    """Refuse the document as a whole; when it is one page that cannot be drawn, name it."""
    sentence = SENTENCES[unreadable.code]
    words = f"{sentence.id} ({sentence.en})"
    if outline is not None:
        page = f"{unreadable.page} dari {outline.pages}"
        words = f"Halaman {page}: {sentence.id} (Page {unreadable.page} of {outline.pages}: {sentence.en})"
    async with context.sessions.begin() as session:
        await mark_refused(session, photo_id=document.id, code=unreadable.code, reason=words)
