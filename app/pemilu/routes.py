"""The contests. Public: how an election is counted here is no secret."""

from typing import Annotated

from fastapi import APIRouter, Path, Request

from app.core.access import public
from app.core.errors import ErrorAnswer
from app.pemilu import service
from app.pemilu.schemas import ContestAnswer, ContestSummary, answer_contest

router = APIRouter(prefix="/api/v1/pemilihan", tags=["pemilihan"], dependencies=[public()])

PemilihanInPath = Annotated[str, Path(max_length=60, description="Code of the contest.", examples=["ppwp-2024"])]


@router.get("", summary="All contests")
async def show_contests(request: Request) -> list[ContestSummary]:
    """List the contests in the order in which they were imported."""
    async with request.app.state.sessions.begin() as session:
        found = await service.list_contests(session)
    return [ContestSummary.model_validate(one) for one in found]


@router.get("/{pemilihan}", summary="One contest", responses={404: {"model": ErrorAnswer}})
async def show_contest(request: Request, pemilihan: PemilihanInPath) -> ContestAnswer:
    """Return a contest with its choices, sections, sums, policy and the names its numbers have officially."""
    async with request.app.state.sessions.begin() as session:
        contest = await service.get_contest(session, kode=pemilihan)
    return answer_contest(contest)
