"""TPS that one side has figures of and the other none, as CSV. Public."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from app.core.access import public
from app.core.errors import ErrorAnswer
from app.pemilu.publication import check_public
from app.pemilu.routes import PemilihanInPath
from app.pemilu.service import get_contest
from app.reports.missing import Side, stream_missing
from app.tally.service import get_tally
from app.wilayah.codes import NATION

router = APIRouter(prefix="/api/v1", tags=["reports"], dependencies=[public()])

_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "UTF-8, comma, CRLF."},
    404: {"model": ErrorAnswer, "description": "The contest or the region is not known."},
    409: {"model": ErrorAnswer, "description": "The contest's numbers are not public yet."},
}


@router.get(
    "/missing/{pemilihan}.csv",
    summary="TPS that only one side has figures of, as CSV",
    responses=_ANSWERS,
    response_class=StreamingResponse,
)
async def download_missing(
    request: Request,
    pemilihan: PemilihanInPath,
    wilayah: Annotated[str, Query(max_length=40, description="Any region; `0` is the nation.")] = NATION,
    side: Annotated[Side | None, Query(description="Which side lacks them; default: both in turn.")] = None,
) -> StreamingResponse:
    """Download the TPS that one side lacks. A row says what is missing, not that something is wrong."""
    sessions = request.app.state.sessions
    async with sessions.begin() as session:
        contest = check_public(await get_contest(session, kode=pemilihan))
        region = await get_tally(session, contest=contest, kode=wilayah)
    rows = stream_missing(sessions, contest=contest, kode=region.kode, sides=(side,) if side else tuple(Side))
    headers = {"Content-Disposition": f'attachment; filename="belum-ada-{contest.kode}-{region.kode}.csv"'}
    return StreamingResponse(rows, media_type="text/csv; charset=utf-8", headers=headers)
