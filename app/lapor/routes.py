"""Report a TPS or a photograph, see the answer; reviewers look at cases and answer them."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from app.core.access import Principal, Role, public, signed_in
from app.core.errors import ErrorAnswer
from app.core.parameters import BIGINT_MAX, RowId
from app.lapor import answering, listing, report
from app.lapor.categories import load_categories
from app.lapor.life import State
from app.lapor.limits import count_report
from app.lapor.schemas import (
    AnswerBody,
    CaseAnswer,
    CaseFileAnswer,
    CaseList,
    CategoryAnswer,
    LookBody,
    MergeBody,
    PublicCaseAnswer,
    ReopenBody,
    ReportAnswer,
    ReportBody,
    ReportList,
    SentAnswer,
)
from app.lapor.views import CaseView
from app.wilayah.service import get_tps

router = APIRouter(prefix="/api/v1/reports", tags=["reports of citizens"])

Reviewer = Annotated[Principal, signed_in(Role.REVIEWER)]
Token = Annotated[str, Path(max_length=100, description="The secret part of the report's address.")]

_NO_STORE = {"cache-control": "no-store"}
_ERRORS: dict[int | str, dict[str, Any]] = {status: {"model": ErrorAnswer} for status in (401, 403, 404, 409, 422)}


@router.get("/categories", summary="What can be reported", dependencies=[public()])
async def get_categories() -> list[CategoryAnswer]:
    """Return the kinds of reports with their words."""
    return [CategoryAnswer.model_validate(one, from_attributes=True) for one in load_categories()]


@router.post(
    "",
    status_code=201,
    summary="Report a TPS or a photograph",
    responses={
        200: {"description": "Sent before", "model": SentAnswer},
        404: _ERRORS[404],
        429: {"model": ErrorAnswer},
    },
)
async def post_report(
    request: Request, response: Response, body: ReportBody, principal: Principal | None = public()
) -> SentAnswer:
    """Tell reviewers of something, with or without an account. The answer will stand at the secret address returned.

    Nothing of a report is public before a reviewer has looked at it; the note never is.
    """
    await count_report(request, principal)
    async with request.app.state.sessions.begin() as session:
        sent = await report.send_report(
            session,
            tps=body.tps,
            photo_id=body.photo,
            category=body.category,
            note=body.note,
            account_id=principal.account_id if principal else None,
            token=body.token,
        )
    response.status_code = 201 if sent.first else 200
    response.headers.update(_NO_STORE)
    base = request.app.state.settings.base_url
    return SentAnswer(
        token=sent.token,
        tps=sent.tps_kode,
        first=sent.first,
        url=f"{base}/lapor/{sent.token}",
        api_url=f"{base}/api/v1/reports/{sent.token}",
    )


@router.get("/mine", summary="My reports", responses={401: _ERRORS[401]})
async def get_my_reports(request: Request, principal: Annotated[Principal, signed_in()]) -> ReportList:
    """Return the newest reports that you sent while signed in."""
    async with request.app.state.sessions.begin() as session:
        mine = await report.list_my_reports(session, account_id=principal.account_id)
    return ReportList(reports=[ReportAnswer.model_validate(one) for one in mine])


@router.delete(
    "/mine/{report_id}", summary="Take one of my reports back", responses={401: _ERRORS[401], 404: _ERRORS[404]}
)
async def delete_my_report(
    request: Request, report_id: RowId, principal: Annotated[Principal, signed_in()]
) -> ReportAnswer:
    """Delete the note of a report that you sent while signed in. Other people's reports are not found."""
    async with request.app.state.sessions.begin() as session:
        taken = await report.withdraw_my_report(session, report_id=report_id, account_id=principal.account_id)
    return ReportAnswer.model_validate(taken)


@router.get("/tps/{tps}", summary="What was reported of a TPS", responses={404: _ERRORS[404]}, dependencies=[public()])
async def get_public_cases(request: Request, tps: str) -> list[PublicCaseAnswer]:
    """Return the cases that a reviewer has looked at and not rejected, the newest first. Notes are never public."""
    async with request.app.state.sessions.begin() as session:
        place = await get_tps(session, kode=tps)
        cases = await listing.list_public_cases(session, tps_kode=place.kode)
    return [PublicCaseAnswer.model_validate(one) for one in cases]


@router.get("/cases", summary="Reported cases", responses={401: _ERRORS[401], 403: _ERRORS[403]})
async def get_cases(
    request: Request,
    _reviewer: Reviewer,
    *,
    state: State = "open",
    after: Annotated[int, Query(ge=0, le=BIGINT_MAX)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> CaseList:
    """Return cases in one state, the oldest first. Merged cases are part of the case they were merged into."""
    async with request.app.state.sessions.begin() as session:
        cases = await listing.list_cases(session, state=state, after=after, limit=limit)
    return CaseList(cases=_answer_all(cases), next=cases[-1].id if len(cases) == limit else None)


def _answer_all(cases: Sequence[CaseView]) -> list[CaseAnswer]:
    return [CaseAnswer.model_validate(one) for one in cases]


@router.get("/cases/{case_id}", summary="A reported case", responses=_ERRORS)
async def get_case(request: Request, case_id: RowId, _reviewer: Reviewer) -> CaseFileAnswer:
    """Return a case with its notes and history."""
    return await _show_case(request, case_id)


async def _show_case(request: Request, case_id: int) -> CaseFileAnswer:
    async with request.app.state.sessions.begin() as session:
        return CaseFileAnswer.model_validate(await listing.get_case_file(session, case_id=case_id))


@router.post("/cases/{case_id}/look", summary="Say that it was looked at", responses=_ERRORS)
async def post_look(request: Request, case_id: RowId, body: LookBody, reviewer: Reviewer) -> CaseFileAnswer:
    """Take an open case up. Its category is public from now on, its notes are not."""
    async with request.app.state.sessions.begin() as session:
        await answering.look_at_case(session, case_id=case_id, account_id=reviewer.account_id, seen=body.seen)
    return await _show_case(request, case_id)


@router.post("/cases/{case_id}/answer", summary="Answer a case", responses=_ERRORS)
async def post_answer(request: Request, case_id: RowId, body: AnswerBody, reviewer: Reviewer) -> CaseFileAnswer:
    """Resolve or reject a case; whoever reported it reads the answer. One's own case is refused."""
    async with request.app.state.sessions.begin() as session:
        await answering.answer_case(
            session,
            case_id=case_id,
            account_id=reviewer.account_id,
            seen=body.seen,
            state=body.state,
            answer=body.answer,
        )
    return await _show_case(request, case_id)


@router.post("/cases/{case_id}/reopen", summary="Open a case again", responses=_ERRORS)
async def post_reopening(request: Request, case_id: RowId, body: ReopenBody, reviewer: Reviewer) -> CaseFileAnswer:
    """Take an answer back, or a merged case out of the other one. The answer stays in the history."""
    async with request.app.state.sessions.begin() as session:
        await answering.reopen_case(
            session, case_id=case_id, account_id=reviewer.account_id, seen=body.seen, reason=body.reason
        )
    return await _show_case(request, case_id)


@router.post("/cases/{case_id}/merge", summary="Merge two cases", responses=_ERRORS)
async def post_merger(request: Request, case_id: RowId, body: MergeBody, reviewer: Reviewer) -> CaseFileAnswer:
    """Make a waiting case part of another of the same TPS; its reporters get that one's answer."""
    async with request.app.state.sessions.begin() as session:
        await answering.merge_case(
            session, case_id=case_id, into=body.into, account_id=reviewer.account_id, seen=body.seen
        )
    return await _show_case(request, body.into)


@router.get(
    "/{token}", summary="My report by its secret address", responses={404: _ERRORS[404]}, dependencies=[public()]
)
async def get_report(request: Request, response: Response, token: Token) -> ReportAnswer:
    """Return a report and its answer to whoever knows its address."""
    response.headers.update(_NO_STORE)
    async with request.app.state.sessions.begin() as session:
        return ReportAnswer.model_validate(await report.get_report(session, token=token))


@router.delete("/{token}", summary="Take my report back", responses={404: _ERRORS[404]}, dependencies=[public()])
async def delete_report(request: Request, response: Response, token: Token) -> ReportAnswer:
    """Delete a report's note for good. A case that nobody else reported is closed by it."""
    response.headers.update(_NO_STORE)
    async with request.app.state.sessions.begin() as session:
        return ReportAnswer.model_validate(await report.withdraw_report(session, token=token))
