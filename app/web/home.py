"""The front page (contests, search) and the page that says how it works."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.access import public
from app.core.errors import NotFoundError
from app.pemilu.definition import Contest
from app.pemilu.service import list_contests
from app.tally.service import get_tally
from app.verification.consensus import RULE_VERSION
from app.web.rendering import render
from app.wilayah.codes import NATION, parse_kode
from app.wilayah.service import Region, get_tps, search_wilayah

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

TPS_DIGITS = 13


@dataclass(frozen=True)
class Found:
    """One hit of the search, with the page it leads to."""

    kode: str
    nama: str
    tingkat: str
    address: str


@dataclass(frozen=True)
class Card:
    """One contest on the front page: how far its count has come."""

    kode: str
    nama: str
    top: str
    tps_accepted: int
    tps_expected: int


@router.get("/", dependencies=[public()])
async def show_home(request: Request, q: str = "") -> HTMLResponse:
    """Show the contests with their coverage, and what a search found."""
    async with request.app.state.sessions.begin() as session:
        contests = await list_contests(session)
        cards = [await _make_card(session, contest) for contest in contests]
        found = await _search(session, q.strip()[:80], contests)
    return render(request, "home.html", q=q, found=found, contests=cards)


@router.get("/tentang", dependencies=[public()])
async def show_about(request: Request) -> HTMLResponse:
    """Say how a photograph becomes a number, and by which rule."""
    return render(request, "about.html", rule_version=RULE_VERSION)


def top_of(contest: Contest) -> str:
    """Return the region at which a contest's tally begins: its only region, or the nation for several."""
    return contest.wilayah[0] if len(contest.wilayah) == 1 else NATION


async def _make_card(session: AsyncSession, contest: Contest) -> Card:
    top = top_of(contest)
    try:
        tally = await get_tally(session, contest=contest, kode=top)
    except NotFoundError:
        # The contest stands before its geography is imported: nothing is expected yet.
        return Card(contest.kode, contest.nama, top, 0, 0)
    return Card(contest.kode, contest.nama, top, tally.tps_accepted, tally.tps_expected)


async def _search(session: AsyncSession, text: str, contests: Sequence[Contest]) -> list[Found]:
    if not text or not contests:
        return []
    contest = contests[0].kode
    digits = text.replace(".", "").replace(" ", "")
    if digits.isdigit() and len(digits) == TPS_DIGITS:
        return await _find_tps(session, digits, contest)
    return [_as_found(region, contest) for region in await search_wilayah(session, text=text, limit=25)]


async def _find_tps(session: AsyncSession, kode: str, contest: str) -> list[Found]:
    try:
        tps = await get_tps(session, kode=parse_kode(kode).text)
    except NotFoundError:
        return []
    return [Found(tps.kode, f"TPS {tps.nomor}", "tps", f"/tps/{contest}/{tps.kode}")]


def _as_found(region: Region, contest: str) -> Found:
    return Found(region.kode, region.nama, region.tingkat.replace("_", "/"), f"/hitung/{contest}/{region.kode}")
