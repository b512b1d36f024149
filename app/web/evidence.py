"""Page ``/bukti/CONTEST/PLACE``: what an evidence pack holds, order one, see how far it is, fetch it."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from app.core.access import Principal, public
from app.core.errors import RunutError
from app.pemilu.service import get_contest
from app.reports.evidence.choose import TPS_MAX
from app.reports.evidence.deadlines import list_deadlines
from app.reports.evidence.limits import count_order
from app.reports.evidence.packs import ask_pack, list_packs
from app.verification.views import may_publish
from app.web.rendering import render
from app.web.trail import make_trail
from app.web.translation import choose_language
from app.wilayah.codes import parse_kode
from app.wilayah.service import get_path

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

LOOK_AGAIN = 3
"""Seconds after which the page of a pack that is being made looks again."""


@router.get("/bukti/{pemilihan}/{kode}", dependencies=[public()])
async def show_packs(request: Request, pemilihan: str, kode: str) -> HTMLResponse:
    """Show the packs of a TPS or region; while one is being made, the page loads itself again."""
    return await _show(request, pemilihan, kode)


@router.post("/bukti/{pemilihan}/{kode}")
async def order_pack(request: Request, pemilihan: str, kode: str, principal: Principal | None = public()) -> Response:
    """Order a pack and lead back to its page; say there what is in the way."""
    try:
        await count_order(request, principal)
        async with request.app.state.sessions.begin() as session:
            contest = await get_contest(session, kode=pemilihan)
            pack = await ask_pack(session, contest=contest, kode=kode)
    except RunutError as error:
        if error.status not in {409, 429}:
            raise
        return await _show(request, pemilihan, kode, error)
    query = "?bahasa=en" if choose_language(request) == "en" else ""
    return RedirectResponse(f"/bukti/{contest.kode}/{pack.kode}{query}", status_code=303)


async def _show(request: Request, pemilihan: str, kode: str, error: RunutError | None = None) -> HTMLResponse:
    place = parse_kode(kode)
    async with request.app.state.sessions.begin() as session:
        contest = await get_contest(session, kode=pemilihan)
        path = await get_path(session, kode=place.text)
        trail = make_trail(contest, path)
        if not may_publish(contest):
            return render(request, "not_yet.html", contest=contest, trail=trail)
        packs = await list_packs(session, contest=contest, kode=place.text)
    waits = any(one.is_open for one in packs)
    return render(
        request,
        "evidence.html",
        status=200 if error is None else error.status,
        headers={"refresh": str(LOOK_AGAIN)} if waits and error is None else {},
        contest=contest,
        kode=place.text,
        is_tps=place.tingkat == "tps",
        nomor=int(place.text[-3:]) if place.tingkat == "tps" else None,
        place=path[-1].nama,
        trail=trail,
        packs=packs,
        waits=waits,
        deadlines=list_deadlines(contest.jenis),
        most=TPS_MAX,
        error=error,
    )
