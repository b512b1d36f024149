"""Page ``/belum-ada/CONTEST/REGION``: TPS that only one side has figures of, region by region."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from app.core.access import public
from app.pemilu.service import get_contest
from app.reports.missing import Side, count_missing, list_missing_tps
from app.verification.views import may_publish
from app.web.rendering import render
from app.web.trail import make_trail
from app.wilayah.service import get_path

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

SHOWN = 100
Word = Annotated[str, Query(max_length=40)]


@router.get("/belum-ada/{pemilihan}/{kode}", dependencies=[public()])
async def show_missing(
    request: Request, pemilihan: str, kode: str, sisi: Word = "", setelah: Word = ""
) -> HTMLResponse:
    """Show the counts of a region and of what lies in it, and TPS of one side behind the code ``setelah``."""
    side = Side(sisi) if sisi in set(Side) else Side.MISSING_OURS
    async with request.app.state.sessions.begin() as session:
        contest = await get_contest(session, kode=pemilihan)
        if not may_publish(contest):
            trail = make_trail(contest, await get_path(session, kode=kode))
            return render(request, "not_yet.html", contest=contest, trail=trail)
        page = await count_missing(session, contest=contest, kode=kode)
        own = page.own.region.kode
        trail = make_trail(contest, await get_path(session, kode=own))
        rows = await list_missing_tps(session, contest=contest, kode=own, side=side, after=setelah, limit=SHOWN + 1)
    return render(
        request,
        "missing.html",
        contest=contest,
        page=page,
        trail=trail,
        side=side,
        rows=rows[:SHOWN],
        following=rows[SHOWN - 1].tps_kode if len(rows) > SHOWN else "",
        begun=setelah,
    )
