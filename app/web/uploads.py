"""Pages ``/unggahan`` (my uploads, in words) and ``/tanda-terima/N`` (a receipt, for anybody)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.access import Principal, public, signed_in
from app.core.parameters import BIGINT_MAX, RowId
from app.intake.routes import sign_statement
from app.intake.service import PhotoView, UploadView, get_receipt, list_uploads
from app.intake.triage.appeals import APPEALABLE, AppealView, find_appeals
from app.intake.triage.place import OWN_MINUTES
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
    appeal: AppealView | None = None
    young: bool = False
    """It came in a moment ago: its sender may still say that it belongs elsewhere."""

    @property
    def may_appeal(self) -> bool:
        """Tell whether its sender may ask a person to look at it."""
        return self.state in APPEALABLE and self.appeal is None

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


def _has_thumb(photo: PhotoView) -> bool:
    """Tell whether a small copy was made: of whatever was looked at and is a picture."""
    if photo.state == "duplicate":
        return photo.state_code in {"similar_picture", "similar_picture_other_tps"}
    return photo.state in {"read", "refused", "moved", "rejected"} and photo.state_code not in _NO_THUMB


async def _describe(session: AsyncSession, sent: tuple[UploadView, ...]) -> list[Upload]:
    contests = {contest.id: contest.kode for contest in await list_contests(session)}
    shown = [photo for one in sent for photo in (one.photo, *one.pages)]
    appeals = await find_appeals(session, photo_ids=[photo.id for photo in shown])
    # One person photographs few TPS: a look-up each, not each photograph.
    paths = {kode: (await get_path(session, kode=kode))[1:] for kode in {one.photo.tps_kode for one in sent}}

    def describe(photo: PhotoView, pages: tuple[Upload, ...] = ()) -> Upload:
        place = contests[photo.pemilihan_id], paths[photo.tps_kode]
        return _describe_one(photo, place, pages, appeals.get(photo.id))

    return [describe(one.photo, tuple(describe(page) for page in one.pages)) for one in sent]


def _describe_one(
    photo: PhotoView, place: tuple[str, tuple[Region, ...]], pages: tuple[Upload, ...], appeal: AppealView | None
) -> Upload:
    pemilihan, path = place
    young = datetime.now(UTC) - photo.at < timedelta(minutes=OWN_MINUTES)
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
        has_thumb=_has_thumb(photo),
        again=photo.state == "refused" and photo.state_code not in {"page_not_read", "reader_failed"},
        count=photo.pages,
        place=photo.parent_page,
        pages=pages,
        appeal=appeal,
        young=young and photo.state not in {"moved", "rejected", "split"} and photo.placement_id is None,
    )
