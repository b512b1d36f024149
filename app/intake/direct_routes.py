"""Upload straight to the object store: announce, put the parts where the answer says, complete."""

import asyncio
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Body, Request, Response
from starlette.datastructures import State

from app.core.access import Principal, signed_in
from app.core.errors import ConflictError, ErrorAnswer, InvalidInputError, UnsupportedFormatError
from app.core.parameters import RowId
from app.core.statements import begin, look
from app.core.storage import Incoming, S3Store, SignedRequest, StoreUnavailableError, original_key
from app.intake import direct
from app.intake.arrival import seal_arrived
from app.intake.direct import Announced, UploadView
from app.intake.receive import find_place, lock_of, repeat_receipt
from app.intake.routes import answer_receipt
from app.intake.schemas import ReceiptAnswer, SignedPut, UploadAnnouncement, UploadAnswer, UploadPart
from app.intake.triage.limits import limit_uploads
from app.intake.upload import UPLOADERS
from app.intake.views import Receipt

log = structlog.get_logger(__name__)

router = APIRouter(prefix="/api/v1/uploads", tags=["photos"])

_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorAnswer} for status in (401, 403, 404, 409, 413, 415, 422, 429, 503)
}


@router.post("", status_code=201, summary="Announce a direct upload", responses=_ERRORS)
async def post_upload(
    request: Request, announcement: Annotated[UploadAnnouncement, Body()], principal: Principal = signed_in(*UPLOADERS)
) -> UploadAnswer:
    """Say what you are going to send; the answer says where each part of it goes.

    Send every part to its `url` with its `method`, exactly its `headers` and its number of `bytes`, then call
    `POST /api/v1/uploads/{upload}/complete`. The address of a part is good for an hour; `GET /api/v1/uploads/{upload}`
    gives fresh ones, and says which parts have arrived. With `parts` the file goes in parts of 5 MiB (the smallest that
    S3 takes), each of which can be sent again by itself; without, in one piece that the store checks against `sha256`.
    If the store answers 412, the same file has arrived another way meanwhile: announce it again.
    """
    await limit_uploads(request, principal)
    upload = await announce_upload(request.app.state, principal.account_id, announcement)
    return await answer_upload(direct.require_bucket(request.app.state.storage), upload)


async def announce_upload(state: State, account_id: int, announcement: UploadAnnouncement) -> UploadView:
    """Check place and limits, then write the upload down.

    The store is asked with no transaction open. A crash behind that leaves an empty multipart upload for the sweep.
    """
    storage = direct.require_bucket(state.storage)
    direct.require_size(announcement.bytes, state.settings.photo_bytes_max)
    async with state.sessions.begin() as session:
        await direct.require_room(session, account_id=account_id)
        contest, tps_kode = await find_place(session, pemilihan=announcement.pemilihan, tps=announcement.tps)
    announced = await prepare_place(storage, announcement)
    async with state.sessions.begin() as session:
        return await direct.begin_upload(
            session, account_id=account_id, contest=contest, tps_kode=tps_kode, announced=announced
        )


async def prepare_place(storage: S3Store, announcement: UploadAnnouncement) -> Announced:
    """Say where the bytes are to go: under the original's key if nothing lies there and the store compares them."""
    key, multipart = direct.make_object_key(), None
    sealed = original_key(announcement.sha256)
    if announcement.parts:
        multipart = await storage.incoming.begin_parts(key)
    elif await storage.straight.is_compared() and not await storage.exists(sealed):
        key = sealed
    return Announced(announcement.sha256, announcement.bytes, key, multipart)


@router.get("/{upload_id}", summary="How far a direct upload is", responses=_ERRORS)
async def get_upload(request: Request, upload_id: RowId, principal: Principal = signed_in(*UPLOADERS)) -> UploadAnswer:
    """Return which parts have arrived, and a fresh address for each that has not. Other people's are not found."""
    storage = direct.require_bucket(request.app.state.storage)
    async with look(request.app.state.sessions) as statements:
        upload = await direct.find_upload(statements, upload_id=upload_id, account_id=principal.account_id)
    return await answer_upload(storage, upload)


async def answer_upload(storage: S3Store, upload: UploadView) -> UploadAnswer:
    """Return an upload as its owner sees it; one that is over has no parts to send."""
    is_open = upload.state == "open" and upload.seconds > 0
    return UploadAnswer(
        upload=upload.id,
        state="expired" if upload.state == "open" and not is_open else upload.state,
        tps=upload.tps_kode,
        sha256=upload.sha256,
        bytes=upload.byte_count,
        expires_at=upload.expires_at,
        photo_id=upload.photo_id,
        parts=await list_parts(storage, upload) if is_open else [],
    )


async def list_parts(storage: S3Store, upload: UploadView) -> list[UploadPart]:
    """Return every part of an open upload: there already, or with the request that sends it."""
    seconds = min(direct.URL_SECONDS, upload.seconds)
    if upload.multipart_id is not None:
        return await _list_signed_parts(storage.incoming, upload, upload.multipart_id, seconds)
    if upload.straight:
        seen = await storage.straight.look(upload.sha256, 1)
        there = seen is not None and seen.word == upload.word
        signed = await storage.straight.sign(
            upload.sha256, byte_count=upload.byte_count, word=upload.word, seconds=seconds
        )
    else:
        arrived = await storage.incoming.find(upload.object_key)
        there = arrived is not None and arrived.byte_count == upload.byte_count
        signed = await storage.incoming.sign_whole(
            upload.object_key, byte_count=upload.byte_count, sha256=upload.sha256, seconds=seconds
        )
    return [UploadPart(number=1, bytes=upload.byte_count, there=there, put=answer_put(signed))]


async def _list_signed_parts(incoming: Incoming, upload: UploadView, multipart: str, seconds: int) -> list[UploadPart]:
    sizes = upload.part_sizes
    lying = await incoming.list_parts(upload.object_key, multipart)
    signs = (
        incoming.sign_part(upload.object_key, multipart, number=number, byte_count=size, seconds=seconds)
        for number, size in sizes.items()
    )
    return [
        UploadPart(number=number, bytes=size, there=lying.get(number, (-1, ""))[0] == size, put=answer_put(signed))
        for (number, size), signed in zip(sizes.items(), await asyncio.gather(*signs), strict=True)
    ]


def answer_put(signed: SignedRequest) -> SignedPut:
    """Return a signed request as it is sent to who may use it."""
    return SignedPut(method=signed.method, url=signed.url, headers=signed.headers)


@router.post(
    "/{upload_id}/complete",
    status_code=201,
    summary="Complete a direct upload",
    responses={200: {"description": "Sent before: the first receipt again", "model": ReceiptAnswer}, **_ERRORS},
)
async def post_complete(
    request: Request, response: Response, upload_id: RowId, principal: Principal = signed_in(*UPLOADERS)
) -> ReceiptAnswer:
    """Check what arrived, keep it for good and answer with the same signed receipt as any upload.

    Completing again is harmless: 200 with the first receipt. Bytes that are not what was announced, or no photograph,
    close the upload.
    """
    receipt = await keep_arrived(request.app.state, upload_id, principal.account_id)
    response.status_code = 201 if receipt.first else 200
    return answer_receipt(receipt, request.app.state.signer, request.app.state.settings.base_url)


async def keep_arrived(state: State, upload_id: int, account_id: int) -> Receipt:
    """Seal what arrived, make it known, then clear the place where it came in.

    A crash before the sealing changes nothing; before the commit, it leaves sealed bytes that nobody refers to and the
    upload open; before the clearing, bytes that the sweep finds by their age. Completing again does what is missing.
    Straight bytes have been sealed since they came in, and there is nothing to clear.
    """
    storage = direct.require_bucket(state.storage)
    async with look(state.sessions) as statements:
        upload = await direct.find_upload(statements, upload_id=upload_id, account_id=account_id)
    if upload.photo_id is not None:
        return await find_receipt(state, upload.photo_id)
    direct.require_open(upload)
    try:
        sealed = await seal_arrived(storage, upload, state.uploads_gate)
    except ConflictError as error:
        # Another call may have completed it, and cleared the place, since we looked.
        if (receipt := await find_completed(state, upload)) is not None:
            return receipt
        if error.error_code == "place_taken":
            await give_up(state, upload)
        raise
    except (InvalidInputError, UnsupportedFormatError):
        await give_up(state, upload)
        raise
    async with begin(state.sessions, lock_of(sealed.sha256)) as statements:
        receipt = await direct.complete_upload(statements, upload=upload, sealed=sealed)
    await clear(storage, upload)
    return receipt


async def find_completed(state: State, upload: UploadView) -> Receipt | None:
    """Return the receipt of an upload that is completed by now; null when it is not."""
    async with look(state.sessions) as statements:
        now = await direct.find_upload(statements, upload_id=upload.id, account_id=upload.account_id)
    return None if now.photo_id is None else await find_receipt(state, now.photo_id)


async def find_receipt(state: State, photo_id: int) -> Receipt:
    """Return the receipt of a photograph that came in before."""
    async with state.sessions.begin() as session:
        return await repeat_receipt(session, photo_id=photo_id)


async def give_up(state: State, upload: UploadView) -> None:
    """Close an upload that can never become a photograph."""
    async with state.sessions.begin() as session:
        await direct.drop_upload(session, upload=upload)
    await clear(direct.require_bucket(state.storage), upload)


async def clear(storage: S3Store, upload: UploadView) -> None:
    """Remove what came in beside the originals; if the store is away just now, the sweep does it.

    Under an original's key nothing is ever removed: an upload through the site may have found its bytes there.
    """
    if upload.straight:
        return
    try:
        await storage.incoming.remove(upload.object_key)
    except StoreUnavailableError as error:
        log.warning("incoming object left for the sweep", key=upload.object_key, error=str(error))
