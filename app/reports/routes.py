"""Differences and results for programs and spreadsheets. Public: everything here is decided or published already."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.access import public
from app.core.database import Sessions
from app.core.errors import ErrorAnswer
from app.discrepancy.kinds import Kind
from app.discrepancy.listing import PAGE_MAX, DiscrepancyFilter, Order, count_discrepancies, list_discrepancies
from app.reports.answers import DiscrepancyList, answer_page
from app.reports.asking import StateWord, get_public_contest, make_filter
from app.reports.cells import EXCEL_MARK
from app.reports.discrepancy_report import stream_discrepancies
from app.reports.regions import find_places
from app.reports.result_report import stream_results

router = APIRouter(prefix="/api/v1", tags=["reports"], dependencies=[public()])

_CSV = {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "UTF-8, comma, CRLF, one header line."}
_REFUSED: dict[int | str, dict[str, Any]] = {
    404: {"model": ErrorAnswer, "description": "The contest or the region is not known."},
    409: {"model": ErrorAnswer, "description": "The contest's numbers are not public yet: voting goes on."},
}
BIGGEST = 2**31 - 1


class DiscrepancyQuery:
    """The filter as it stands in an address."""

    def __init__(
        self,
        *,
        pemilihan: Annotated[str | None, Query(description="Contest, e.g. `ppwp-2024`. Default: all.")] = None,
        wilayah: Annotated[
            str | None, Query(description="Any region's or TPS's code; `0` is the nation. Default: all.")
        ] = None,
        kind: Annotated[Kind | None, Query(description="Default: all kinds.")] = None,
        state: Annotated[StateWord, Query(description="Whether it still stands.")] = "open",
        field: Annotated[str | None, Query(max_length=100, description="One field or sum.")] = None,
        min_size: Annotated[int, Query(ge=0, le=BIGGEST, description="Smallest size, without its sign.")] = 0,
    ) -> None:
        self.pemilihan = pemilihan
        self.wilayah = wilayah
        self.kind = kind
        self.state = state
        self.field = field
        self.min_size = min_size

    async def as_filter(self, session: AsyncSession) -> DiscrepancyFilter:
        """Look the contest up and return the filter. Raises NotFoundError, NotYetPublicError."""
        return await make_filter(
            session,
            pemilihan=self.pemilihan,
            wilayah=self.wilayah,
            kind=self.kind,
            state=self.state,
            field=self.field,
            min_size=self.min_size,
        )


ForExcel = Annotated[bool, Query(description="Begin with the mark that makes Excel read UTF-8.")]


@router.get(
    "/discrepancies",
    summary="Differences between accepted numbers and official figures",
    response_description="One page, and the totals of all that the filter lets through.",
    responses=_REFUSED,
)
async def show_discrepancies(
    request: Request,
    query: Annotated[DiscrepancyQuery, Depends()],
    order: Annotated[Order, Query(description="The largest first, or the newest.")] = "size",
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 100,
    offset: Annotated[int, Query(ge=0, le=BIGGEST)] = 0,
) -> DiscrepancyList:
    """List differences. A difference says that two copies of one sheet are to be checked, not which one is right."""
    async with _sessions(request).begin() as session:
        filters = await query.as_filter(session)
        page = await list_discrepancies(session, filters=filters, order=order, limit=limit, offset=offset)
        places = await find_places(session, (item.tps_kode for item in page.items))
    return answer_page(page, places)


@router.get(
    "/discrepancies.csv",
    summary="The same as CSV, all of it",
    response_class=StreamingResponse,
    responses={200: _CSV, **_REFUSED},
)
async def download_discrepancies(
    request: Request, query: Annotated[DiscrepancyQuery, Depends()], *, excel: ForExcel = False
) -> StreamingResponse:
    """Download differences in the order of opening. Text that a spreadsheet would run as a formula is disarmed."""
    async with _sessions(request).begin() as session:
        filters = await query.as_filter(session)
        # Asked before the first byte: an unknown region must be an error, not an empty file.
        await count_discrepancies(session, filters=filters)
    rows = stream_discrepancies(_sessions(request), filters=filters, site=_site(request))
    return _answer_csv(rows, f"selisih-{query.pemilihan or 'semua'}.csv", excel=excel)


@router.get(
    "/results/{pemilihan}.csv",
    summary="Accepted numbers of every TPS of a contest as CSV",
    response_class=StreamingResponse,
    responses={200: _CSV, **_REFUSED},
)
async def download_results(request: Request, pemilihan: str, *, excel: ForExcel = False) -> StreamingResponse:
    """Download one row a TPS that has an accepted number. An empty cell means unknown, not zero."""
    async with _sessions(request).begin() as session:
        contest = await get_public_contest(session, kode=pemilihan)
    rows = stream_results(_sessions(request), contest=contest, site=_site(request))
    return _answer_csv(rows, f"hasil-{contest.kode}.csv", excel=excel)


def _sessions(request: Request) -> Sessions:
    sessions: Sessions = request.app.state.sessions
    return sessions


def _site(request: Request) -> str:
    # From the settings, not the request: what a client writes into Host must not end up in a file that is passed on.
    base_url: str = request.app.state.settings.base_url
    return base_url.rstrip("/")


def _answer_csv(rows: AsyncIterator[str], name: str, *, excel: bool) -> StreamingResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_mark(rows) if excel else rows, media_type="text/csv; charset=utf-8", headers=headers)


async def _mark(rows: AsyncIterator[str]) -> AsyncIterator[str]:
    yield EXCEL_MARK
    async for piece in rows:
        yield piece
