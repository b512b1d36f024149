"""Upload a photograph, follow it, look a receipt up."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.datastructures import State

from app.core.access import Principal, public, signed_in
from app.core.errors import ErrorAnswer, NotFoundError
from app.core.parameters import BIGINT_MAX, RowId
from app.core.statements import begin, look
from app.core.storage import read_original, seal
from app.intake import service
from app.intake.header import read_header
from app.intake.receive import find_place, lock_of, recall_place, receive_photo
from app.intake.schemas import (
    DocumentPageAnswer,
    EntryAnswer,
    PhotoAnswer,
    PhotoList,
    PublicReceiptAnswer,
    ReceiptAnswer,
    Signature,
    Statement,
)
from app.intake.service import PhotoView, Receipt, SealedPhoto
from app.intake.upload import UPLOAD_BODY, Upload, read_upload
from app.pemilu.definition import Contest
from app.pemilu.service import list_contests
from app.transparency.signing import Signer

router = APIRouter(prefix="/api/v1", tags=["photos"])

_PICTURE_HEADERS = {
    # Whatever the bytes turn out to be, a browser must treat them as an inert picture.
    "content-security-policy": "default-src 'none'; sandbox",
    "cache-control": "private, max-age=3600",
}
_SHOWN_BY_BROWSERS = frozenset({"image/jpeg", "image/png", "image/webp"})
"""Everything else is saved: a PDF is never opened inside a page of ours."""
_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorAnswer} for status in (401, 403, 404, 413, 415, 422, 429)
}


@router.post(
    "/photos",
    status_code=201,
    summary="Upload a photograph",
    openapi_extra=UPLOAD_BODY,
    responses={200: {"description": "Sent before: the first receipt again", "model": ReceiptAnswer}, **_ERRORS},
)
async def post_photo(
    request: Request, response: Response, upload: Annotated[Upload, Depends(read_upload)]
) -> ReceiptAnswer:
    """Keep the original bytes for good and answer with a signed receipt.

    Taken are photographs (JPEG, HEIC, PNG, WebP, TIFF) and scans of up to 30 pages (PDF, TIFF). A scan is one upload
    with one receipt; each of its pages becomes a photograph of its own. The file is checked by header and size only;
    whether it can be read shows within a minute at `GET /api/v1/photos/mine`. Sending the same file for the same TPS
    again is harmless: 200 with the first receipt.
    """
    receipt = await keep_photo(request.app.state, upload)
    response.status_code = 201 if receipt.first else 200
    return answer_receipt(receipt, request.app.state.signer, request.app.state.settings.base_url)


async def keep_photo(state: State, upload: Upload) -> Receipt:
    """Check, seal, then make known: a crash in between leaves sealed bytes that nobody refers to, never the reverse."""
    header = read_header(upload.data)
    contest, tps_kode = await find_place_of(state, upload)
    sha256 = await seal(state.storage, upload.data)
    sealed = SealedPhoto(sha256, len(upload.data), header.content_type, document=header.document)
    async with begin(state.sessions, lock_of(sha256)) as statements:
        return await receive_photo(
            statements, account_id=upload.principal.account_id, contest=contest, tps_kode=tps_kode, sealed=sealed
        )


async def find_place_of(state: State, upload: Upload) -> tuple[Contest, str]:
    """Return contest and TPS; with one short question where both are in order and the contest is loaded."""
    async with look(state.sessions) as statements:
        place = await recall_place(statements, pemilihan=upload.pemilihan, tps=upload.tps)
    if place is not None:
        return place
    async with state.sessions.begin() as session:
        return await find_place(session, pemilihan=upload.pemilihan, tps=upload.tps)


def answer_receipt(receipt: Receipt, signer: Signer, base_url: str) -> ReceiptAnswer:
    """Return the signed receipt as it is sent."""
    statement = receipt.statement()
    return ReceiptAnswer(
        receipt=receipt.number,
        photo_id=receipt.photo_id,
        state=receipt.state,
        state_code=receipt.state_code,
        state_reason=receipt.state_reason,
        first=receipt.first,
        url=f"{base_url}/api/v1/receipts/{receipt.number}",
        statement=Statement(**statement),
        signature=sign_statement(signer, statement),
    )


def sign_statement(signer: Signer, statement: dict[str, object]) -> Signature:
    """Return the signature over a receipt's statement; the same statement always gets the same one."""
    return Signature(key_id=signer.key_id, public_key=signer.public_key, signature=signer.sign(statement))


@router.get("/photos/mine", summary="My photographs", responses={401: {"model": ErrorAnswer}})
async def list_my_photos(
    request: Request,
    principal: Principal = signed_in(),
    before: Annotated[int | None, Query(ge=1, le=BIGINT_MAX, description="Only photographs with a smaller id.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> PhotoList:
    """Return your photographs with their states, newest first."""
    async with request.app.state.sessions.begin() as session:
        photos = await service.list_photos(session, account_id=principal.account_id, before=before, limit=limit)
        contests = {contest.id: contest.kode for contest in await list_contests(session)}
    answers = [_answer_photo(photo, contests[photo.pemilihan_id]) for photo in photos]
    return PhotoList(photos=answers, next=photos[-1].id if len(photos) == limit else None)


def _answer_photo(photo: PhotoView, pemilihan: str) -> PhotoAnswer:
    return PhotoAnswer.model_validate({**asdict(photo), "pemilihan": pemilihan})


@router.get(
    "/photos/{photo_id}/original",
    summary="My original picture",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}, 404: {"model": ErrorAnswer}},
)
async def get_original(request: Request, photo_id: RowId, principal: Principal = signed_in()) -> Response:
    """Return the bytes you sent. Other people's photographs are not found."""
    photo = await _get_own(request, photo_id, principal)
    data = await read_original(request.app.state.storage, photo.sha256)
    headers = dict(_PICTURE_HEADERS)
    if photo.content_type not in _SHOWN_BY_BROWSERS:
        suffix = photo.content_type.rpartition("/")[2]
        headers["content-disposition"] = f'attachment; filename="runut-{photo.id}.{suffix}"'
    return Response(data, media_type=photo.content_type, headers=headers)


@router.get(
    "/photos/{photo_id}/thumb.jpg",
    summary="My picture, small",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}, 404: {"model": ErrorAnswer}},
)
async def get_thumb(request: Request, photo_id: RowId, principal: Principal = signed_in()) -> Response:
    """Return a small copy, made when the photograph was read. Other people's photographs are not found."""
    photo = await _get_own(request, photo_id, principal)
    data = await request.app.state.storage.read(service.thumb_key(photo.id))
    return Response(data, media_type="image/jpeg", headers=_PICTURE_HEADERS)


async def _get_own(request: Request, photo_id: int, principal: Principal) -> PhotoView:
    async with request.app.state.sessions.begin() as session:
        photo = await service.get_photo(session, photo_id=photo_id)
    if photo.uploader_id != principal.account_id:
        # The same words as for a number that does not exist: guessing must not tell what exists.
        message = f"Tidak ada foto nomor {photo_id}. (There is no photograph {photo_id}.)"
        raise NotFoundError(message, "Lihat unggahan Anda. (See your uploads.)")
    return photo


@router.get(
    "/receipts/{number}", summary="Look a receipt up", responses={404: {"model": ErrorAnswer}}, dependencies=[public()]
)
async def get_receipt(request: Request, number: RowId) -> PublicReceiptAnswer:
    """Return the signed statement of a receipt and its log entry. Neither the sender nor any vote is in it."""
    async with request.app.state.sessions.begin() as session:
        receipt = await service.get_receipt(session, number=number)
    entry = EntryAnswer.model_validate(receipt.entry, from_attributes=True)
    return PublicReceiptAnswer(
        statement=Statement(**receipt.statement),
        signature=sign_statement(request.app.state.signer, receipt.statement),
        entry=entry,
        document=receipt.document and DocumentPageAnswer.model_validate(receipt.document),
    )
