"""Reviewers over HTTP: the list of cases, the picture first, then everything; statements, answers, notes."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response

from app.core.access import Principal, Role, signed_in
from app.core.errors import ErrorAnswer
from app.core.parameters import RowId
from app.intake.object_keys import crop_key, page_key, whole_key
from app.pemilu.service import get_contest
from app.verification.answers import answer_task_as
from app.verification.queue import answer_task, skip_task
from app.verification.review.case_view import require_open_picture, view_case
from app.verification.review.desk import (
    ask_again,
    ask_for_review,
    assign_case,
    judge_case,
    note_case,
    require_may_judge,
)
from app.verification.review.listing import PAGE, count_open, list_cases
from app.verification.review.look import begin_look, finish_look, require_own_look
from app.verification.review.models import Kind
from app.verification.review.overrides import end_override, state_override
from app.verification.review.photo_deeds import move_in_case, reject_in_case, restore_in_case
from app.verification.review.schemas import (
    AssignBody,
    CaseAnswer,
    CaseList,
    CaseNumber,
    CloseBody,
    MoveBody,
    OverrideAnswer,
    WordsBody,
    answer_case,
    answer_line,
)
from app.verification.routes import FieldName
from app.verification.schemas import ReadingBody, SkipBody, TaskAnswer
from app.verification.trust.may_read import require_reading
from app.wilayah.service import get_tps

router = APIRouter(prefix="/api/v1/review", tags=["review"])

Reviewer = Annotated[Principal, signed_in(Role.REVIEWER)]
PICTURE_HEADERS = {"content-security-policy": "default-src 'none'; sandbox", "cache-control": "private, no-store"}
_PICTURE: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": {}}}, 404: {"model": ErrorAnswer}}
_ERRORS: dict[int | str, dict[str, Any]] = {
    401: {"model": ErrorAnswer},
    403: {"model": ErrorAnswer, "description": "Not a reviewer, not impartial, or not looked yet"},
    404: {"model": ErrorAnswer, "description": "No such case"},
    409: {"model": ErrorAnswer, "description": "Closed, taken, or done already"},
}
_ASKED: dict[int | str, dict[str, Any]] = {**_ERRORS, 422: {"model": ErrorAnswer}}


@router.get("/cases", summary="What is to be looked at", responses={code: _ERRORS[code] for code in (401, 403)})
async def get_cases(
    request: Request,
    principal: Reviewer,
    *,
    state: Literal["open", "closed"] = "open",
    kind: Kind | None = None,
    pemilihan: str | None = None,
    mine: bool = False,
    after: int | None = None,
) -> CaseList:
    """Return cases, open ones oldest first. Which TPS one is about is told once you have looked at its picture."""
    async with request.app.state.sessions.begin() as session:
        lines = await list_cases(
            session,
            account_id=principal.account_id,
            closed=state == "closed",
            kind=kind,
            pemilihan=pemilihan,
            assigned_to=principal.account_id if mine else None,
            after=after,
        )
        counts = await count_open(session)
    following = lines[-1].id if len(lines) == PAGE else None
    return CaseList(cases=[answer_line(one) for one in lines], open_by_kind=dict(counts), after=following)


@router.get("/cases/{case_id}", summary="One case", responses=_ERRORS)
async def get_case(request: Request, case_id: RowId, principal: Reviewer) -> CaseAnswer:
    """Return a case: before you have looked without any number, afterwards with everything known of it."""
    async with request.app.state.sessions.begin() as session:
        return answer_case(await view_case(session, case_id=case_id, account_id=principal.account_id))


@router.post("/cases/{case_id}/look", status_code=201, summary="Look at the picture", responses=_ERRORS)
async def post_look(request: Request, case_id: RowId, principal: Reviewer) -> TaskAnswer:
    """Take the case's form as a task with empty boxes. While you hold it, you get the same again."""
    require_reading(principal)
    async with request.app.state.sessions.begin() as session:
        task = await begin_look(
            session,
            case_id=case_id,
            account_id=principal.account_id,
            lease_seconds=request.app.state.settings.lease_seconds,
        )
    return answer_task_as(task)


@router.post("/cases/{case_id}/look/reading", status_code=204, summary="What I read", responses=_ASKED)
async def post_look_reading(request: Request, case_id: RowId, body: ReadingBody, principal: Reviewer) -> None:
    """Write down what you read. It is an ordinary reading of a reviewer; then the case opens to you."""
    who = principal.account_id
    async with request.app.state.sessions.begin() as session:
        task_id = await require_own_look(session, case_id=case_id, account_id=who)
        await answer_task(session, task_id=task_id, account_id=who, numbers=body.numbers)
        await finish_look(session, case_id=case_id, account_id=who)


@router.post("/cases/{case_id}/look/skip", status_code=204, summary="I cannot read it", responses=_ASKED)
async def post_look_skip(request: Request, case_id: RowId, body: SkipBody, principal: Reviewer) -> None:
    """Say why you cannot read it; then, unless it is for later, the case opens to you."""
    who = principal.account_id
    async with request.app.state.sessions.begin() as session:
        task_id = await require_own_look(session, case_id=case_id, account_id=who)
        await skip_task(session, task_id=task_id, account_id=who, reason=body.reason)
        if body.reason != "later":
            await finish_look(session, case_id=case_id, account_id=who)


@router.post("/cases/{case_id}/override", status_code=201, summary="State that my numbers stand", responses=_ASKED)
async def post_override(request: Request, case_id: RowId, body: WordsBody, principal: Reviewer) -> OverrideAnswer:
    """State, with a reason, that what you read is to stand. A second unlinked reviewer who read the same decides."""
    require_reading(principal)
    async with request.app.state.sessions.begin() as session:
        stated = await state_override(session, case_id=case_id, account_id=principal.account_id, reason=body.words)
    return OverrideAnswer(statement_id=stated.statement_id, stands=stated.stands)


@router.post("/cases/{case_id}/override/undo", status_code=204, summary="Undo an override", responses=_ASKED)
async def post_override_undo(request: Request, case_id: RowId, body: WordsBody, principal: Reviewer) -> None:
    """Take your own proposal back, or, as a third reviewer, undo an override that stands."""
    async with request.app.state.sessions.begin() as session:
        await end_override(session, case_id=case_id, account_id=principal.account_id, reason=body.words)


@router.post("/cases/{case_id}/notes", status_code=204, summary="Write a note", responses=_ASKED)
async def post_note(request: Request, case_id: RowId, body: WordsBody, principal: Reviewer) -> None:
    """Add a note to the case's history; read by those who have looked at the picture."""
    async with request.app.state.sessions.begin() as session:
        await require_may_judge(session, case_id=case_id, account_id=principal.account_id)
        await note_case(session, case_id=case_id, by=principal.account_id, note=body.words)


@router.post("/cases/{case_id}/assign", status_code=204, summary="Take or release a case", responses=_ASKED)
async def post_assignment(request: Request, case_id: RowId, body: AssignBody, principal: Reviewer) -> None:
    """Let others see that you are at it, or that you no longer are."""
    async with request.app.state.sessions.begin() as session:
        await assign_case(session, case_id=case_id, by=principal.account_id, take=body.take)


@router.post("/cases/{case_id}/close", status_code=204, summary="Close a case", responses=_ASKED)
async def post_closing(request: Request, case_id: RowId, body: CloseBody, principal: Reviewer) -> None:
    """Close a case you have looked at, with an answer. It changes no number."""
    async with request.app.state.sessions.begin() as session:
        await judge_case(session, case_id=case_id, account_id=principal.account_id, state=body.state, answer=body.words)


@router.post("/cases/{case_id}/reopen", status_code=204, summary="Open a case again", responses=_ASKED)
async def post_reopening(request: Request, case_id: RowId, body: WordsBody, principal: Reviewer) -> None:
    """Open a closed case once more, saying why."""
    async with request.app.state.sessions.begin() as session:
        await ask_again(session, case_id=case_id, account_id=principal.account_id, note=body.words)


@router.post("/sections/{pemilihan}/{tps}/{section}", status_code=201, summary="Ask for a review", responses=_ASKED)
async def post_case(
    request: Request, *, pemilihan: str, tps: str, section: str, body: WordsBody, principal: Reviewer
) -> CaseNumber:
    """Open a case about a section of a TPS, or find the one that is open."""
    async with request.app.state.sessions.begin() as session:
        contest = await get_contest(session, kode=pemilihan)
        place = await get_tps(session, kode=tps)
        number = await ask_for_review(
            session,
            contest=contest,
            tps_kode=place.kode,
            section=section,
            account_id=principal.account_id,
            note=body.words,
        )
    return CaseNumber(id=number)


@router.post(
    "/cases/{case_id}/photos/{photo_id}/reject", status_code=204, summary="A photo no longer counts", responses=_ASKED
)
async def post_photo_reject(
    request: Request, case_id: RowId, photo_id: RowId, body: WordsBody, principal: Reviewer
) -> None:
    """Let a photograph of a case you have looked at no longer count. It can be restored; its uploader may appeal."""
    who = principal.account_id
    async with request.app.state.sessions.begin() as session:
        await reject_in_case(session, case_id=case_id, photo_id=photo_id, account_id=who, reason=body.words)


@router.post(
    "/cases/{case_id}/photos/{photo_id}/restore", status_code=204, summary="A photo counts again", responses=_ASKED
)
async def post_photo_restore(
    request: Request, case_id: RowId, photo_id: RowId, body: WordsBody, principal: Reviewer
) -> None:
    """Let a photograph of a case you have looked at count again."""
    who = principal.account_id
    async with request.app.state.sessions.begin() as session:
        await restore_in_case(session, case_id=case_id, photo_id=photo_id, account_id=who, reason=body.words)


@router.post(
    "/cases/{case_id}/photos/{photo_id}/move", status_code=204, summary="A photo shows another TPS", responses=_ASKED
)
async def post_photo_move(
    request: Request, case_id: RowId, photo_id: RowId, body: MoveBody, principal: Reviewer
) -> None:
    """Move a photograph of a case you have looked at to the TPS that it shows."""
    who = principal.account_id
    async with request.app.state.sessions.begin() as session:
        await move_in_case(session, case_id=case_id, photo_id=photo_id, account_id=who, reason=body.words, tps=body.tps)


@router.get(
    "/cases/{case_id}/photos/{photo_id}/page.jpg",
    summary="A whole page",
    response_class=Response,
    responses={**_ERRORS, **_PICTURE},
)
async def get_case_page(request: Request, case_id: RowId, photo_id: RowId, principal: Reviewer) -> Response:
    """Return a page of a case you have looked at, straightened, names and signatures covered.

    Of a photograph that was placed by hand, the picture that its readers saw: nothing is covered on it.
    """
    who = principal.account_id
    async with request.app.state.sessions.begin() as session:
        placed = await require_open_picture(session, case_id=case_id, account_id=who, photo_id=photo_id)
    return await _send(request, page_key(photo_id) if placed is None else whole_key(photo_id, placed))


@router.get(
    "/cases/{case_id}/photos/{photo_id}/crops/{field}.jpg",
    summary="One field's boxes",
    response_class=Response,
    responses={**_ERRORS, **_PICTURE},
)
async def get_case_crop(
    request: Request, case_id: RowId, photo_id: RowId, field: FieldName, principal: Reviewer
) -> Response:
    """Return the boxes of one number on a photograph of a case you have looked at."""
    who = principal.account_id
    async with request.app.state.sessions.begin() as session:
        await require_open_picture(session, case_id=case_id, account_id=who, photo_id=photo_id, field=field)
    return await _send(request, crop_key(photo_id, field))


async def _send(request: Request, key: str) -> Response:
    data: bytes = await request.app.state.storage.read(key)
    return Response(data, media_type="image/jpeg", headers=PICTURE_HEADERS)
