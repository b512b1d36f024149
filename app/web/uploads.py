"""Pages ``/unggahan`` (my uploads, in words) and ``/tanda-terima/N`` (a receipt, for anybody)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.access import Principal, public, signed_in
from app.core.parameters import BIGINT_MAX, RowId
from app.intake.routes import sign_statement
from app.intake.service import PhotoView, UploadView, get_receipt, list_uploads
from app.pemilu.service import list_contests
from app.web.rendering import render
from app.wilayah.service import Region, get_path

router = APIRouter(include_in_schema=False)

PAGE_SIZE = 30
_NO_THUMB = frozenset(
    {
        "blank",
        "encrypted",
        "not_an_image",
        "reader_crashed",
        "reader_failed",
        "too_complex",
        "too_large",
        "too_many_pages",
        "truncated",
        "unsupported_format",
    }
)
"""Refusals of files that never became a picture."""


@dataclass(frozen=True)
class Upload:
    """One of my photographs as the page shows it. ``again``: taking it anew would help.

    ``pages``: the photographs made of a document; ``count``: how many pages it has; ``place``: which page of its
    document a photograph is.
    """

    id: int
    pemilihan: str
    tps_kode: str
    nomor: int
    path: tuple[Region, ...]
    state: str
    state_code: str | None
    reason: str | None
    page: int | None
    receipt: int | None
    at: datetime
    has_thumb: bool
    again: bool
    count: int | None
    place: int | None
    pages: tuple["Upload", ...] = ()

    @property
    def waits(self) -> bool:
        """Tell whether the machine has yet to look at it, or at a page of it."""
        return self.state == "received" or any(page.waits for page in self.pages)


@router.get("/unggahan")
async def show_uploads(
    request: Request,
    principal: Principal = signed_in(),
    before: Annotated[int | None, Query(ge=1, le=BIGINT_MAX)] = None,
    baru: Annotated[int | None, Query(ge=1, le=BIGINT_MAX)] = None,
) -> Response:
    """Show my photographs, newest first, and what became of each."""
    async with request.app.state.sessions.begin() as session:
        sent = await list_uploads(session, account_id=principal.account_id, before=before, limit=PAGE_SIZE)
        uploads = await _describe(session, sent)
    return render(
        request,
        "uploads.html",
        uploads=uploads,
        older=sent[-1].photo.id if len(sent) == PAGE_SIZE else None,
        newest=before is None,
        new=baru,
        waiting=any(upload.waits for upload in uploads),
    )


@router.get("/tanda-terima/{number}", dependencies=[public()])
async def show_receipt(request: Request, number: RowId) -> Response:
    """Show a receipt: hash, time, signature, log entry. No vote and no name is in it."""
    async with request.app.state.sessions.begin() as session:
        receipt = await get_receipt(session, number=number)
        path = await get_path(session, kode=receipt.statement["tps"])
    return render(
        request,
        "receipt.html",
        receipt=receipt,
        places=path[1:],
        nomor=int(receipt.statement["tps"][-3:]),
        signature=sign_statement(request.app.state.signer, receipt.statement),
    )


async def _describe(session: AsyncSession, sent: tuple[UploadView, ...]) -> list[Upload]:
    contests = {contest.id: contest.kode for contest in await list_contests(session)}
    # One person photographs few TPS: a look-up each, not each photograph.
    paths = {kode: (await get_path(session, kode=kode))[1:] for kode in {one.photo.tps_kode for one in sent}}

    def describe(photo: PhotoView, pages: tuple[Upload, ...] = ()) -> Upload:
        return _describe_one(photo, contests[photo.pemilihan_id], paths[photo.tps_kode], pages)

    return [describe(one.photo, tuple(describe(page) for page in one.pages)) for one in sent]


def _describe_one(photo: PhotoView, pemilihan: str, path: tuple[Region, ...], pages: tuple[Upload, ...]) -> Upload:
    return Upload(
        id=photo.id,
        pemilihan=pemilihan,
        tps_kode=photo.tps_kode,
        nomor=int(photo.tps_kode[-3:]),
        path=path,
        state=photo.state,
        state_code=photo.state_code,
        reason=photo.state_reason,
        page=photo.page,
        receipt=photo.receipt,
        at=photo.at,
        has_thumb=photo.state in {"read", "refused", "moved", "rejected"} and photo.state_code not in _NO_THUMB,
        again=photo.state == "refused" and photo.state_code not in {"page_not_read", "reader_failed"},
        count=photo.pages,
        place=photo.parent_page,
        pages=pages,
    )
