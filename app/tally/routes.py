"""Tallies and results. Public, and only accepted numbers; none before the contest's numbers may be shown."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request

from app.core.access import public
from app.core.errors import ErrorAnswer
from app.pemilu.publication import check_public
from app.pemilu.routes import PemilihanInPath
from app.pemilu.service import get_contest
from app.tally import service
from app.tally.bias import get_bias
from app.tally.ranges import get_range
from app.tally.schemas import (
    ResultPageAnswer,
    TallyPageAnswer,
    answer_bias,
    answer_choices,
    answer_path,
    answer_range,
    answer_result,
    answer_tally,
)
from app.wilayah.routes import KodeInPath
from app.wilayah.service import get_path

router = APIRouter(prefix="/api/v1", tags=["tally"], dependencies=[public()])

_REFUSED: dict[int | str, dict[str, Any]] = {
    404: {"model": ErrorAnswer, "description": "The contest or the place is not known, or does not vote in it."},
    409: {"model": ErrorAnswer, "description": "Voting goes on: numbers are not public yet."},
    422: {"model": ErrorAnswer, "description": "No well-formed code."},
}

TpsInPath = Annotated[str, Path(max_length=40, description="13 digits.", examples=["1101012001001"])]


@router.get("/tally/{pemilihan}/{kode}", summary="Sums over a region and over what lies in it", responses=_REFUSED)
async def show_tally(request: Request, pemilihan: PemilihanInPath, kode: KodeInPath) -> TallyPageAnswer:
    """Return a region's sums with how much they cover; below it the regions in it or, in a kelurahan, its TPS."""
    async with request.app.state.sessions.begin() as session:
        contest = check_public(await get_contest(session, kode=pemilihan))
        own = await service.get_tally(session, contest=contest, kode=kode)
        path = await get_path(session, kode=own.kode)
        children = await service.list_tally(session, contest=contest, induk=own.kode)
        leaf = own.tingkat == "kelurahan"
        bias = await get_bias(session, contest=contest, kode=own.kode)
        ranges = await get_range(session, contest=contest, kode=own.kode)
        results = await service.list_results(session, contest=contest, kelurahan=own.kode) if leaf else ()
    return TallyPageAnswer(
        pemilihan=contest.kode,
        choices=answer_choices(contest),
        path=answer_path(path),
        tally=answer_tally(own),
        coverage_bias=answer_bias(contest, bias),
        poststratified=answer_range(contest, ranges),
        children=[answer_tally(one) for one in children],
        results=[answer_result(one) for one in results],
    )


@router.get("/results/{pemilihan}/{tps_kode}", summary="What is accepted of one TPS", responses=_REFUSED)
async def show_result(request: Request, pemilihan: PemilihanInPath, tps_kode: TpsInPath) -> ResultPageAnswer:
    """Return the accepted numbers of a TPS in its current round; a number of an undecided section is null."""
    async with request.app.state.sessions.begin() as session:
        contest = check_public(await get_contest(session, kode=pemilihan))
        result = await service.get_result(session, contest=contest, tps_kode=tps_kode)
        path = await get_path(session, kode=result.tps_kode)
    return ResultPageAnswer(
        pemilihan=contest.kode, choices=answer_choices(contest), path=answer_path(path), result=answer_result(result)
    )
