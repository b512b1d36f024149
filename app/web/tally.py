"""The tally page: from the nation down to the TPS of a kelurahan."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.access import public
from app.discrepancy.listing import DiscrepancyFilter, count_discrepancies, count_open_by_region
from app.pemilu.definition import Contest
from app.pemilu.second_rounds import find_second_round
from app.pemilu.service import get_contest, list_contests
from app.tally.bias import BiasView, get_bias
from app.tally.checks import CheckView, get_check
from app.tally.service import ResultView, TallyView, get_tally, list_results, list_tally
from app.verification.views import may_publish
from app.web.home import top_of
from app.web.rendering import render
from app.web.trail import Step, make_trail
from app.wilayah.codes import parse_kode
from app.wilayah.service import get_path

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

COLUMNS_MAX = 6
"""Choices that get a column of their own below a region; with more, the table shows the sum alone."""


@dataclass(frozen=True)
class ChoiceBar:
    """One choice with its votes. ``colour`` is a class of the style sheet."""

    nomor_urut: int
    nama: str
    partai: str | None
    votes: int
    colour: str


@dataclass(frozen=True)
class TallyPage:
    """Everything that the page of one region shows; ``children`` or ``stations`` is empty."""

    contest: Contest
    own: TallyView
    trail: tuple[Step, ...]
    choices: tuple[ChoiceBar, ...]
    votes: int
    children: tuple[TallyView, ...]
    stations: tuple[ResultView, ...]
    differences: int
    differences_below: dict[str, int]
    bias: BiasView | None
    check: CheckView | None
    second_round: tuple[str, str] | None


@router.get("/hitung", dependencies=[public()])
async def show_contests(request: Request) -> Response:
    """Lead to the only contest, or to the front page that lists them."""
    async with request.app.state.sessions.begin() as session:
        contests = await list_contests(session)
    if len(contests) != 1:
        return _lead(request, "/")
    return _lead(request, f"/hitung/{contests[0].kode}/{top_of(contests[0])}")


@router.get("/hitung/{pemilihan}", dependencies=[public()])
async def show_top(request: Request, pemilihan: str) -> Response:
    """Lead to the top of a contest."""
    async with request.app.state.sessions.begin() as session:
        contest = await get_contest(session, kode=pemilihan)
    return _lead(request, f"/hitung/{contest.kode}/{top_of(contest)}")


@router.get("/hitung/{pemilihan}/{kode}", dependencies=[public()])
async def show_tally(request: Request, pemilihan: str, kode: str) -> Response:
    """Show the sums over a region, what they cover, and the regions or TPS below it."""
    place = parse_kode(kode)
    async with request.app.state.sessions.begin() as session:
        contest = await get_contest(session, kode=pemilihan)
        if place.tingkat == "tps":
            return _lead(request, f"/tps/{contest.kode}/{place.text}")
        if not may_publish(contest):
            trail = make_trail(contest, await get_path(session, kode=place.text))
            return render(request, "not_yet.html", contest=contest, trail=trail)
        page = await _load_page(session, contest, place.text)
    return render(request, "tally.html", page=page, contest=contest, with_columns=len(page.choices) <= COLUMNS_MAX)


async def _load_page(session: AsyncSession, contest: Contest, kode: str) -> TallyPage:
    own = await get_tally(session, contest=contest, kode=kode)
    is_kelurahan = own.tingkat == "kelurahan"
    children = () if is_kelurahan else await list_tally(session, contest=contest, induk=kode)
    filters = DiscrepancyFilter(pemilihan_ids=(contest.id,), wilayah=kode)
    choices = _make_bars(contest, own)
    return TallyPage(
        contest=contest,
        own=own,
        trail=make_trail(contest, await get_path(session, kode=kode)),
        choices=choices,
        votes=sum(choice.votes for choice in choices),
        children=children,
        stations=await list_results(session, contest=contest, kelurahan=kode) if is_kelurahan else (),
        differences=(await count_discrepancies(session, filters=filters)).count,
        differences_below=await count_open_by_region(
            session, pemilihan_id=contest.id, wilayah=kode, kodes=[child.kode for child in children]
        ),
        bias=await get_bias(session, contest=contest, kode=kode),
        check=await get_check(session, contest=contest),
        second_round=await find_second_round(session, contest=contest),
    )


def _make_bars(contest: Contest, own: TallyView) -> tuple[ChoiceBar, ...]:
    coloured = len(contest.choices) <= COLUMNS_MAX
    return tuple(
        ChoiceBar(
            nomor_urut=choice.nomor_urut,
            nama=choice.nama,
            partai=choice.partai,
            votes=own.sums[choice.field],
            colour=f"c{place}" if coloured else "",
        )
        for place, choice in enumerate(contest.choices, start=1)
    )


def _lead(request: Request, path: str) -> RedirectResponse:
    query = request.url.query
    return RedirectResponse(f"{path}?{query}" if query else path, status_code=303)
