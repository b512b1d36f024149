"""Tables as files: CSV, XLSX, JSON Lines, Parquet. Public: everything here is decided or published already."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import StreamingResponse

from app.core.access import public
from app.core.errors import ErrorAnswer
from app.pemilu.routes import PemilihanInPath
from app.reports.asking import get_public_contest
from app.reports.columns import Table
from app.reports.routes import REFUSED, DiscrepancyQuery
from app.reports.tables.discrepancies import discrepancy_table
from app.reports.tables.results import result_table
from app.reports.writing.copying import Downloads
from app.reports.writing.formats import FORMATS, Suffix, write_table

router = APIRouter(prefix="/api/v1", tags=["reports"], dependencies=[public()])

_EXAMPLES = {
    Suffix.CSV: {"example": "id,pemilihan,tps_kode,...\n41,ppwp-2024,1101012001001,...\n"},
    Suffix.JSON_LINES: {"example": '{"id":41,"pemilihan":"ppwp-2024","tps_kode":"1101012001001"}\n'},
}
_FILE: dict[str, Any] = {
    "content": {
        one.media_type.partition(";")[0]: {"schema": {"type": "string"}, **_EXAMPLES.get(suffix, {})}
        for suffix, one in FORMATS.items()
    },
    "description": "The file. CSV: UTF-8, comma, one header line, text that would be run as a formula disarmed.",
}
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: _FILE,
    **REFUSED,
    429: {
        "model": ErrorAnswer,
        "description": "Too many downloads are running; `Retry-After` says when to come again.",
    },
}

ForExcel = Annotated[bool, Query(description="A CSV begins with the mark that makes Excel read UTF-8.")]
SuffixInPath = Annotated[Suffix, Path(description="Format of the file.", examples=["csv"])]


@router.get(
    "/discrepancies.{suffix}",
    summary="Differences as a file, all of them",
    response_class=StreamingResponse,
    responses=RESPONSES,
)
async def download_discrepancies(
    request: Request, suffix: SuffixInPath, query: Annotated[DiscrepancyQuery, Depends()], *, excel: ForExcel = False
) -> StreamingResponse:
    """Download differences in the order of places, as they stood at one moment."""
    async with request.app.state.sessions.begin() as session:
        filters = await query.as_filter(session)
        table = await discrepancy_table(session, filters=filters, site=find_site(request))
    return answer_table(request, table, suffix, excel=excel, name=f"selisih-{query.pemilihan or 'semua'}")


@router.get(
    "/results/{pemilihan}.{suffix}",
    summary="Accepted numbers of every TPS of a contest as a file",
    response_class=StreamingResponse,
    responses=RESPONSES,
)
async def download_results(
    request: Request,
    pemilihan: PemilihanInPath,
    suffix: SuffixInPath,
    wilayah: Annotated[str | None, Query(description="Any region's or TPS's code. Default: all.")] = None,
    *,
    excel: ForExcel = False,
) -> StreamingResponse:
    """Download one row a TPS that has an accepted number. An empty cell means unknown, not zero."""
    async with request.app.state.sessions.begin() as session:
        contest = await get_public_contest(session, kode=pemilihan)
        table = await result_table(session, contest=contest, site=find_site(request), wilayah=wilayah)
    return answer_table(request, table, suffix, excel=excel, name=f"hasil-{contest.kode}")


def find_site(request: Request) -> str:
    """Return the address that files name.

    From the settings, not the request: what a client writes into Host must not end up in a file that is passed on.
    """
    base_url: str = request.app.state.settings.base_url
    return base_url.rstrip("/")


def answer_table(request: Request, table: Table, suffix: Suffix, *, excel: bool, name: str) -> StreamingResponse:
    """Return the answer that carries a table.

    Raises:
        TooManyRequestsError: too many downloads are running.
    """
    downloads: Downloads = request.app.state.downloads
    downloads.require_room()
    rows = write_table(downloads, table, suffix, excel=excel)
    return answer_file(rows, f"{name}.{suffix}", FORMATS[suffix].media_type)


def answer_file(rows: AsyncGenerator[bytes, None], name: str, media_type: str) -> StreamingResponse:
    """Return the answer that carries a file; ``name`` is made of our own codes only."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(rows, media_type=media_type, headers=headers)
