"""Adopt TPS before the day: coverage for everybody, promises for who uploads, reminders for a notifier."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import StreamingResponse

from app.core.access import Principal, Role, public, signed_in
from app.core.database import Sessions
from app.core.errors import ErrorAnswer, InvalidInputError
from app.intake.upload import UPLOADERS
from app.jaga import adopting
from app.jaga.coverage import get_coverage
from app.jaga.day import get_day
from app.jaga.mine import list_my_tps
from app.jaga.reminding import Reminder, walk_reminders
from app.jaga.schemas import (
    AdoptedAnswer,
    CoverageAnswer,
    CoverAnswer,
    EmptiestBody,
    GuardedList,
    GuardedTps,
    MyTpsAnswer,
    MyTpsList,
)

router = APIRouter(prefix="/api/v1/jaga", tags=["jaga"])

Guardian = Annotated[Principal, signed_in(*UPLOADERS)]
PemiluCode = Annotated[str, Path(max_length=100, description="Code of the election, e.g. pemilu-2024.")]
KodeInPath = Annotated[str, Path(max_length=40, description="KPU's code; dots between digits are allowed.")]

_ERRORS: dict[int | str, dict[str, Any]] = {status: {"model": ErrorAnswer} for status in (401, 403, 404, 409, 422)}


@router.get(
    "/reminders",
    summary="Whom to remind of what",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/x-ndjson": {}}}, 401: _ERRORS[401], 403: _ERRORS[403], 422: _ERRORS[422]},
    dependencies=[signed_in(Role.ADMIN)],
)
async def get_reminders(
    request: Request,
    before: Annotated[datetime, Query(description="What is due before this time, with its zone.")],
) -> StreamingResponse:
    """Return each guardian's next reminder, one JSON object a line: who, what, since when, for which TPS.

    `action` is `before_day` (from 18:00 WIB of the day before), `no_photo` (19:00 WIB of the day, nobody's photograph
    has come) or `photo_refused` (one's own was not kept, and nothing came after it). Nothing is sent from here.
    """
    if before.tzinfo is None:
        message = "Waktu tanpa zona. (The time has no zone.)"
        raise InvalidInputError(message, "Misalnya (for instance): 2029-02-14T19:30:00+07:00")
    lines = _write_lines(request.app.state.sessions, before)
    return StreamingResponse(lines, media_type="application/x-ndjson", headers={"cache-control": "no-store"})


async def _write_lines(sessions: Sessions, before: datetime) -> AsyncIterator[bytes]:
    async for one in walk_reminders(sessions, before=before):
        yield orjson.dumps(_as_json(one)) + b"\n"


def _as_json(reminder: Reminder) -> dict[str, Any]:
    return {
        "account_id": reminder.guardian.account_id,
        "name": reminder.guardian.name,
        "pemilu": reminder.guardian.pemilu,
        "action": reminder.action,
        "due_at": reminder.due_at.isoformat(),
        "tps": list(reminder.tps),
    }


@router.get(
    "/{pemilu}/coverage/{kode}",
    summary="How much of a region is guarded",
    responses={404: _ERRORS[404], 422: _ERRORS[422]},
    dependencies=[public()],
)
async def get_region_coverage(request: Request, pemilu: PemiluCode, kode: KodeInPath) -> CoverageAnswer:
    """Return how many TPS of a region have a guardian, and the same of what lies right below it. 0 is the nation."""
    async with request.app.state.sessions.begin() as session:
        day = await get_day(session, pemilu=pemilu)
        coverage = await get_coverage(session, day=day, kode=kode)
    return CoverageAnswer(
        pemilu=day.kode,
        tanggal=day.tanggal,
        region=CoverAnswer.model_validate(coverage.region),
        below=[CoverAnswer.model_validate(one) for one in coverage.below],
    )


@router.get("/{pemilu}/mine", summary="The TPS I guard", responses=_ERRORS)
async def get_mine(request: Request, pemilu: PemiluCode, principal: Guardian) -> MyTpsList:
    """Return your TPS with what has come of them so far."""
    async with request.app.state.sessions.begin() as session:
        day = await get_day(session, pemilu=pemilu)
        mine = await list_my_tps(session, day=day, account_id=principal.account_id)
    return MyTpsList(pemilu=day.kode, tps=[MyTpsAnswer.model_validate(one) for one in mine])


@router.get("/{pemilu}/kelurahan/{kode}", summary="Guardians of a kelurahan's TPS", responses=_ERRORS)
async def get_kelurahan(request: Request, pemilu: PemiluCode, kode: KodeInPath, principal: Guardian) -> GuardedList:
    """Return how many guardians each TPS has. Only for those who may become one; nobody's name is told."""
    async with request.app.state.sessions.begin() as session:
        day = await get_day(session, pemilu=pemilu)
        kelurahan = await adopting.find_kelurahan(session, day=day, kelurahan=kode)
        found = await adopting.list_guarded_tps(session, day=day, kelurahan=kelurahan, account_id=principal.account_id)
    tps = [GuardedTps(tps=one, guardians=guardians, mine=mine) for one, guardians, mine in found]
    return GuardedList(pemilu=day.kode, kelurahan=kelurahan, tps=tps)


@router.post(
    "/{pemilu}/kelurahan/{kode}/emptiest", status_code=201, summary="Give me the emptiest TPS", responses=_ERRORS
)
async def post_emptiest(
    request: Request, pemilu: PemiluCode, kode: KodeInPath, body: EmptiestBody, principal: Guardian
) -> AdoptedAnswer:
    """Adopt the TPS of a kelurahan that have the fewest guardians; which, the server chooses."""
    async with request.app.state.sessions.begin() as session:
        day = await get_day(session, pemilu=pemilu)
        dealt = await adopting.adopt_emptiest(
            session, day=day, kelurahan=kode, count=body.count, account_id=principal.account_id
        )
    return AdoptedAnswer(pemilu=day.kode, tps=list(dealt))


@router.put("/{pemilu}/tps/{kode}", summary="Adopt a TPS", responses=_ERRORS)
async def put_adoption(request: Request, pemilu: PemiluCode, kode: KodeInPath, principal: Guardian) -> AdoptedAnswer:
    """Promise to photograph this TPS's forms. Twice is once."""
    async with request.app.state.sessions.begin() as session:
        day = await get_day(session, pemilu=pemilu)
        adopted = await adopting.adopt_tps(session, day=day, tps=kode, account_id=principal.account_id)
    return AdoptedAnswer(pemilu=day.kode, tps=[adopted])


@router.delete("/{pemilu}/tps/{kode}", status_code=204, summary="Give a TPS back", responses=_ERRORS)
async def delete_adoption(request: Request, pemilu: PemiluCode, kode: KodeInPath, principal: Guardian) -> None:
    """End your promise; whoever comes next is dealt the TPS sooner."""
    async with request.app.state.sessions.begin() as session:
        day = await get_day(session, pemilu=pemilu)
        await adopting.give_back(session, day=day, tps=kode, account_id=principal.account_id)
