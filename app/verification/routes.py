"""Take tasks, look at their pictures, answer them; look at what was decided; withdraw a reader."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from app.core.access import Principal, Role, public, signed_in
from app.core.errors import ErrorAnswer, NotFoundError
from app.core.parameters import RowId
from app.core.statements import look
from app.intake.object_keys import crop_key
from app.pemilu.service import get_contest
from app.verification import queue, service
from app.verification.answer import UNDO_WITHIN
from app.verification.answers import answer_section, answer_task_as
from app.verification.plants.object_keys import find_crop_key, find_page_keys
from app.verification.schemas import (
    ReadingAnswer,
    ReadingBody,
    SectionList,
    SkipBody,
    TaskAnswer,
    TaskSourceAnswer,
    WithdrawAnswer,
    WithdrawBody,
    WithdrawManyBody,
)
from app.verification.task_source import find_task_source
from app.verification.trust.may_read import require_reading
from app.wilayah.service import get_tps

router = APIRouter(prefix="/api/v1", tags=["verification"])

Reader = Annotated[Principal, signed_in(Role.VOLUNTEER, Role.REVIEWER)]
FieldName = Annotated[str, Path(pattern=r"^[a-z0-9_]{1,60}$")]
PageNumber = Annotated[int, Path(ge=1, le=200)]

_PICTURE_HEADERS = {"content-security-policy": "default-src 'none'; sandbox", "cache-control": "private, max-age=600"}
_PICTURE: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": {}}}, 404: {"model": ErrorAnswer}}
_ERRORS: dict[int | str, dict[str, Any]] = {
    401: {"model": ErrorAnswer},
    403: {"model": ErrorAnswer},
    404: {"model": ErrorAnswer, "description": "No such task of yours"},
    409: {"model": ErrorAnswer, "description": "Done already"},
    410: {"model": ErrorAnswer, "description": "The lease is over"},
}
_GIVEN_BACK: dict[int | str, dict[str, Any]] = {
    **_ERRORS,
    429: {"model": ErrorAnswer, "description": "Too many given back within an hour"},
}


@router.post(
    "/tasks",
    status_code=201,
    summary="Take a task",
    responses={204: {"description": "Nothing to read for you now"}, 401: _ERRORS[401], 403: _ERRORS[403]},
    response_model=TaskAnswer,
)
async def post_task(request: Request, principal: Reader) -> TaskAnswer | Response:
    """Be dealt a task at random, never of a TPS you sent a photo of. While you hold one, you get the same again.

    A volunteer does the exercises (`/api/v1/training`) first; whose reading is paused is told so.
    """
    require_reading(principal)
    async with look(request.app.state.sessions) as statements:
        task = await queue.deal_task(
            statements,
            account_id=principal.account_id,
            role=principal.role,
            lease_seconds=request.app.state.settings.lease_seconds,
        )
    return Response(status_code=204) if task is None else answer_task_as(task)


@router.get("/tasks/{task_id}", summary="My task", responses=_ERRORS)
async def get_task(request: Request, task_id: uuid.UUID, principal: Reader) -> TaskAnswer:
    """Return a task you hold. Guessed numbers and other people's tasks are not found."""
    return answer_task_as(await _find_task(request, task_id, principal))


@router.get(
    "/tasks/{task_id}/source",
    summary="What a task shows",
    responses={401: _ERRORS[401], 403: _ERRORS[403], 404: {"model": ErrorAnswer}},
)
async def get_task_source(
    request: Request, task_id: uuid.UUID, principal: Annotated[Principal, signed_in(Role.ADMIN)]
) -> TaskSourceAnswer:
    """Return TPS and photographs of a task that a reader asks about by its number. Never of one's own."""
    async with request.app.state.sessions.begin() as session:
        found = await find_task_source(session, task_id=task_id, asked_by=principal.account_id)
    photos = {int(page): sha256 for page, sha256 in found.photos.items()}
    return TaskSourceAnswer(pemilihan=found.pemilihan, tps=found.tps_kode, section=found.section, photos=photos)


@router.get(
    "/tasks/{task_id}/crops/{field}.jpg", summary="One field's boxes", response_class=Response, responses=_PICTURE
)
async def get_task_crop(request: Request, task_id: uuid.UUID, field: FieldName, principal: Reader) -> Response:
    """Return the picture of one number of a task you hold."""
    task = await _find_task(request, task_id, principal)
    return await _send_picture(request, find_crop_key(task, field))


@router.get("/tasks/{task_id}/pages/{page}.jpg", summary="A page's rows", response_class=Response, responses=_PICTURE)
async def get_task_page(request: Request, task_id: uuid.UUID, page: PageNumber, principal: Reader) -> Response:
    """Return the rows of a page of a task you hold in which its numbers stand, straightened; not the form's head."""
    task = await _find_task(request, task_id, principal)
    return await _send_picture(request, *find_page_keys(task, page))


async def _find_task(request: Request, task_id: uuid.UUID, principal: Principal) -> queue.DealtTask:
    async with look(request.app.state.sessions) as statements:
        return await queue.get_task(statements, task_id=task_id, account_id=principal.account_id)


async def _send_picture(request: Request, key: str, *others: str) -> Response:
    """Send the first of these pictures that is there."""
    try:
        data = await request.app.state.storage.read(key)
    except NotFoundError:
        if not others:
            raise
        return await _send_picture(request, *others)
    return Response(data, media_type="image/jpeg", headers=_PICTURE_HEADERS)


@router.post(
    "/tasks/{task_id}/reading",
    status_code=201,
    summary="Answer a task",
    responses={
        **_ERRORS,
        200: {"model": ReadingAnswer, "description": "The same answer again"},
        422: {"model": ErrorAnswer},
    },
)
async def post_reading(
    request: Request, response: Response, task_id: uuid.UUID, body: ReadingBody, principal: Reader
) -> ReadingAnswer:
    """Write down what you read. Sending the same again is harmless; another answer to the same task is refused."""
    async with look(request.app.state.sessions) as statements:
        answered = await queue.answer_task(
            statements, task_id=task_id, account_id=principal.account_id, numbers=body.numbers
        )
    response.status_code = 201 if answered.first else 200
    return ReadingAnswer(
        task_id=answered.task_id,
        reading_ids=list(answered.reading_ids),
        first=answered.first,
        undo_seconds=int(UNDO_WITHIN.total_seconds()),
    )


@router.post(
    "/tasks/{task_id}/skip",
    status_code=204,
    summary="Skip a task",
    responses={**_GIVEN_BACK, 422: {"model": ErrorAnswer}},
)
async def post_skip(request: Request, task_id: uuid.UUID, body: SkipBody, principal: Reader) -> None:
    """Say why you cannot read it. Photographs that several people cannot read go to a reviewer."""
    async with look(request.app.state.sessions) as statements:
        await queue.skip_task(statements, task_id=task_id, account_id=principal.account_id, reason=body.reason)


@router.post("/tasks/{task_id}/undo", status_code=204, summary="Take my last answer back", responses=_GIVEN_BACK)
async def post_undo(request: Request, task_id: uuid.UUID, principal: Reader) -> None:
    """Take back your last answer within 30 seconds; somebody else reads the section then."""
    async with request.app.state.sessions.begin() as session:
        await queue.undo_answer(session, task_id=task_id, account_id=principal.account_id)


@router.get(
    "/sections/{pemilihan}/{tps}",
    summary="How far a TPS has come",
    responses={404: {"model": ErrorAnswer}},
    dependencies=[public()],
)
async def get_sections(request: Request, pemilihan: str, tps: str) -> SectionList:
    """Return the TPS's sections with their states. Numbers and readings open with the decision, not before."""
    async with request.app.state.sessions.begin() as session:
        contest = await get_contest(session, kode=pemilihan)
        place = await get_tps(session, kode=tps)
        views = await service.view_sections(session, contest=contest, tps_kode=place.kode)
    return SectionList(pemilihan=contest.kode, tps=place.kode, sections=[answer_section(view) for view in views])


@router.get(
    "/sections/{pemilihan}/{tps}/photos/{photo_id}/crops/{field}.jpg",
    summary="One field's boxes, once decided",
    response_class=Response,
    responses=_PICTURE,
    dependencies=[public()],
)
async def get_open_crop(request: Request, pemilihan: str, tps: str, photo_id: RowId, field: FieldName) -> Response:
    """Return the picture that a decided number was read from."""
    async with request.app.state.sessions.begin() as session:
        contest = await get_contest(session, kode=pemilihan)
        await service.require_open_field(session, contest=contest, tps_kode=tps, photo_id=photo_id, field=field)
    return await _send_picture(request, crop_key(photo_id, field))


@router.post(
    "/accounts/{account_id}/withdraw",
    summary="Withdraw a reader",
    responses={401: _ERRORS[401], 403: _ERRORS[403], 404: {"model": ErrorAnswer}},
)
async def post_withdrawal(
    request: Request, account_id: RowId, body: WithdrawBody, principal: Annotated[Principal, signed_in(Role.ADMIN)]
) -> WithdrawAnswer:
    """Suspend an account and take its readings out of every decision; those sections are decided again."""
    async with request.app.state.sessions.begin() as session:
        done = await service.withdraw_reader(
            session, account_id=account_id, by=principal.account_id, reason=body.reason
        )
    return WithdrawAnswer(readings=done.readings, sections=done.sections)


@router.post(
    "/withdrawals",
    summary="Withdraw several readers",
    responses={401: _ERRORS[401], 403: _ERRORS[403], 404: {"model": ErrorAnswer}, 422: {"model": ErrorAnswer}},
)
async def post_withdrawals(
    request: Request, body: WithdrawManyBody, principal: Annotated[Principal, signed_in(Role.ADMIN)]
) -> WithdrawAnswer:
    """Withdraw several accounts at once, by number or as the group they count as; all of them or none."""
    async with request.app.state.sessions.begin() as session:
        linked = () if body.group is None else await service.list_linked(session, group_id=body.group)
        done = await service.withdraw_readers(
            session, account_ids=[*body.accounts, *linked], by=principal.account_id, reason=body.reason
        )
    return WithdrawAnswer(readings=done.readings, sections=done.sections)
