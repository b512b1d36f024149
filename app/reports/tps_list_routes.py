"""Which TPS the register, the authority's system and this site know, and have figures of: counts, and lists as CSV.

Public. A row says what is missing, not that something is wrong.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from app.core.access import public
from app.core.errors import ErrorAnswer
from app.pemilu.definition import Contest
from app.pemilu.routes import PemilihanInPath
from app.pemilu.service import get_contest
from app.reports.asking import get_public_contest
from app.reports.download_routes import answer_file
from app.reports.missing import Side, stream_missing
from app.reports.register_gap import GapKind, RegisterGap, compare_registers, stream_gap
from app.reports.writing.formats import FORMATS, Suffix
from app.tally.service import get_tally
from app.wilayah.codes import NATION
from app.wilayah.routes import KodeInPath

router = APIRouter(prefix="/api/v1", tags=["reports"], dependencies=[public()])

_REFUSED: dict[int | str, dict[str, Any]] = {
    404: {"model": ErrorAnswer, "description": "The contest or the region is not known."},
    409: {"model": ErrorAnswer, "description": "The contest's numbers are not public yet."},
}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "UTF-8, comma, CRLF."},
    **_REFUSED,
}
_CSV = FORMATS[Suffix.CSV].media_type

_Wilayah = Annotated[str, Query(max_length=40, description="Any region; `0` is the nation.")]


class GapAnswer(BaseModel):
    """How many TPS of a region the register, the authority's system and this site know."""

    kode: str = Field(examples=["99"])
    nama: str = Field(description="Empty where the region itself is not in the register.", examples=["Luar Negeri"])
    register_tps: int = Field(description="In the imported hierarchy.")
    official: int = Field(description="Known to the authority's system.")
    with_figures: int = Field(description="Of the register's, those with published figures.")
    only_official: int = Field(description="Known to the authority's system and not in the register.")
    never_listed: int = Field(description="In the register, and the authority's system says nothing of it.")
    without_figures: int = Field(description="Known to both; no figure was published.")
    accepted: int = Field(description="With numbers accepted here.")
    accepted_unpublished: int = Field(description="Of those, without official figures.")


class GapPageAnswer(BaseModel):
    """A region and the regions in it."""

    pemilihan: str
    own: GapAnswer
    children: list[GapAnswer]


@router.get(
    "/register-gap/{pemilihan}.csv",
    summary="Every TPS that one register lacks, as CSV",
    responses=_ANSWERS,
    response_class=StreamingResponse,
)
async def download_gap(
    request: Request,
    pemilihan: PemilihanInPath,
    wilayah: _Wilayah = NATION,
    kind: Annotated[GapKind | None, Query(description="Default: all kinds.")] = None,
) -> StreamingResponse:
    """Download the TPS behind the counts. A row says what a register lacks, not that something is wrong."""
    contest, kode = await _find_region(request, pemilihan, wilayah)
    kinds = (kind,) if kind else tuple(GapKind)
    rows = stream_gap(request.app.state.sessions, contest=contest, kode=kode, kinds=kinds)
    return answer_file(rows, f"daftar-tps-{contest.kode}-{kode}.csv", _CSV)


@router.get(
    "/register-gap/{pemilihan}/{kode}",
    summary="TPS by register, by the authority's system, and here",
    responses=_REFUSED,
)
async def show_gap(request: Request, pemilihan: PemilihanInPath, kode: KodeInPath) -> GapPageAnswer:
    """Return the counts of a region and of the regions right below it."""
    async with request.app.state.sessions.begin() as session:
        contest = await get_contest(session, kode=pemilihan)
        page = await compare_registers(session, contest=contest, kode=kode)
    return GapPageAnswer(
        pemilihan=contest.kode, own=_answer(page.own), children=[_answer(one) for one in page.children]
    )


@router.get(
    "/missing/{pemilihan}.csv",
    summary="TPS that only one side has figures of, as CSV",
    responses=_ANSWERS,
    response_class=StreamingResponse,
)
async def download_missing(
    request: Request,
    pemilihan: PemilihanInPath,
    wilayah: _Wilayah = NATION,
    side: Annotated[Side | None, Query(description="Which side lacks them; default: both in turn.")] = None,
) -> StreamingResponse:
    """Download the TPS that one side lacks. A row says what is missing, not that something is wrong."""
    contest, kode = await _find_region(request, pemilihan, wilayah)
    sides = (side,) if side else tuple(Side)
    rows = stream_missing(request.app.state.sessions, contest=contest, kode=kode, sides=sides)
    return answer_file(rows, f"belum-ada-{contest.kode}-{kode}.csv", _CSV)


async def _find_region(request: Request, pemilihan: str, wilayah: str) -> tuple[Contest, str]:
    async with request.app.state.sessions.begin() as session:
        contest = await get_public_contest(session, kode=pemilihan)
        return contest, (await get_tally(session, contest=contest, kode=wilayah)).kode


def _answer(gap: RegisterGap) -> GapAnswer:
    return GapAnswer(
        kode=gap.kode,
        nama=gap.nama,
        register_tps=gap.register,
        official=gap.official,
        with_figures=gap.with_figures,
        only_official=gap.only_official,
        never_listed=gap.never_listed,
        without_figures=gap.without_figures,
        accepted=gap.accepted,
        accepted_unpublished=gap.accepted_unpublished,
    )
