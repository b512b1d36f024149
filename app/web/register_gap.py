"""Page ``/daftar-tps/CONTEST/REGION``: which TPS the register, the authority's system and this site know."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from app.core.access import public
from app.pemilu.service import get_contest
from app.reports.register_gap import GapKind, compare_registers, list_gap
from app.verification.views import may_publish
from app.web.rendering import render
from app.web.trail import make_trail
from app.wilayah.service import get_path

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

SHOWN = 100


@router.get("/daftar-tps/{pemilihan}/{kode}", dependencies=[public()])
async def show_gap(
    request: Request, pemilihan: str, kode: str, daftar: Annotated[str, Query(max_length=40)] = ""
) -> HTMLResponse:
    """Show the counts of a region and of what lies in it, and the first TPS of one kind."""
    kind = GapKind(daftar) if daftar in set(GapKind) else GapKind.ONLY_OFFICIAL
    async with request.app.state.sessions.begin() as session:
        contest = await get_contest(session, kode=pemilihan)
        if not may_publish(contest):
            trail = make_trail(contest, await get_path(session, kode=kode))
            return render(request, "not_yet.html", contest=contest, trail=trail)
        page = await compare_registers(session, contest=contest, kode=kode)
        trail = make_trail(contest, await get_path(session, kode=page.own.kode))
        rows = await list_gap(session, contest=contest, kode=page.own.kode, kind=kind, limit=SHOWN)
    return render(
        request,
        "register_gap.html",
        contest=contest,
        page=page,
        trail=trail,
        rows=rows,
        kind=kind,
        kinds=tuple(GapKind),
    )
