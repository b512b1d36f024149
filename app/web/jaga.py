"""Pages ``/jaga`` (which TPS have a guardian, adopt some) and ``/jaga/saya`` (mine, with what has come of them)."""

from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.access import Principal, public, signed_in
from app.core.errors import InvalidInputError, RunutError
from app.intake.upload import UPLOADERS
from app.jaga import adopting
from app.jaga.coverage import get_coverage
from app.jaga.day import Day, get_day, list_days
from app.jaga.mine import list_my_tps
from app.web.places import find_page_places
from app.web.rendering import render
from app.web.translation import choose_language
from app.wilayah.codes import NATION
from app.wilayah.service import search_wilayah

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Guardian = Annotated[Principal, signed_in(*UPLOADERS)]

FOUND_MAX = 15
_PART_MAX = 200


@router.get("/jaga")
async def show_coverage(
    request: Request,
    principal: Principal | None = public(),
    pemilu: Annotated[str, Query(max_length=100)] = "",
    wilayah: Annotated[str, Query(max_length=40)] = "",
    q: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """Show how much of a region is guarded and what lies below it; in a kelurahan its TPS, with buttons."""
    return await _show_region(request, principal, pemilu, wilayah, q=q)


@router.post("/jaga/ambil")
async def adopt(request: Request, principal: Guardian) -> Response:
    """Adopt the TPS of the pressed button, or be dealt the emptiest, and show the own list."""
    words = await _read_form(request)
    try:
        async with request.app.state.sessions.begin() as session:
            day = await get_day(session, pemilu=words["pemilu"])
            adopted = await _adopt(session, day, words, principal.account_id)
    except RunutError as error:
        return await _show_region(request, principal, words["pemilu"], words["kelurahan"], error=error)
    return _lead(request, pemilu=day.kode, baru=",".join(adopted))


async def _adopt(session: AsyncSession, day: Day, words: dict[str, str], account_id: int) -> tuple[str, ...]:
    if words["tps"]:
        return (await adopting.adopt_tps(session, day=day, tps=words["tps"], account_id=account_id),)
    count = words["jumlah"] or "1"
    if not (count.isascii() and count.isdigit() and len(count) <= 2):  # noqa: PLR2004 - digits of the largest number
        raise InvalidInputError("Jumlahnya bukan angka. (That is no number.)", "Tulis 1 sampai 5. (Write 1 to 5.)")
    return await adopting.adopt_emptiest(
        session, day=day, kelurahan=words["kelurahan"], count=int(count), account_id=account_id
    )


@router.post("/jaga/kembalikan")
async def give_back(request: Request, principal: Guardian) -> Response:
    """Give a TPS back and show the own list, with a button to take it again."""
    words = await _read_form(request)
    try:
        async with request.app.state.sessions.begin() as session:
            day = await get_day(session, pemilu=words["pemilu"])
            await adopting.give_back(session, day=day, tps=words["tps"], account_id=principal.account_id)
    except RunutError as error:
        return await _show_mine(request, principal, words["pemilu"], error=error)
    return _lead(request, pemilu=day.kode, lepas=words["tps"])


@router.get("/jaga/saya")
async def show_mine(
    request: Request,
    principal: Guardian,
    pemilu: Annotated[str, Query(max_length=100)] = "",
    baru: Annotated[str, Query(max_length=100)] = "",
    lepas: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Show the TPS that this person guards, with buttons to send photographs and what has come so far."""
    return await _show_mine(request, principal, pemilu, new=baru, left=lepas)


async def _show_region(
    request: Request,
    principal: Principal | None,
    pemilu: str,
    wilayah: str,
    *,
    q: str = "",
    error: RunutError | None = None,
) -> Response:
    async with request.app.state.sessions.begin() as session:
        days = await list_days(session)
        if not days:
            return render(request, "jaga.html", day=None, days=(), error=None)
        day = await get_day(session, pemilu=pemilu) if pemilu else days[0]
        coverage = await get_coverage(session, day=day, kode=wilayah or NATION)
        may = principal is not None and principal.role in UPLOADERS
        tps = await _list_tps(session, day, coverage.region.kode, principal) if may else ()
        found = await search_wilayah(session, text=q.strip(), limit=FOUND_MAX) if q.strip() else ()
    return render(
        request,
        "jaga.html",
        status=error.status if error else 200,
        day=day,
        days=days,
        coverage=coverage,
        tps=tps,
        may=may,
        here=coverage.region.tingkat == "kelurahan",
        found=[one for one in found if day.touches(one.kode)],
        q=q,
        error=error,
        emptiest_max=adopting.EMPTIEST_MAX,
        over=day.tanggal < date.today(),  # noqa: DTZ011 - a day's difference only changes a sentence
    )


async def _list_tps(
    session: AsyncSession, day: Day, kode: str, principal: Principal | None
) -> tuple[tuple[str, int, bool], ...]:
    account_id = principal.account_id if principal else None
    return await adopting.list_guarded_tps(session, day=day, kelurahan=kode, account_id=account_id)


async def _show_mine(
    request: Request,
    principal: Principal,
    pemilu: str,
    *,
    new: str = "",
    left: str = "",
    error: RunutError | None = None,
) -> Response:
    async with request.app.state.sessions.begin() as session:
        days = await list_days(session)
        day = (await get_day(session, pemilu=pemilu) if pemilu else days[0]) if days else None
        mine = await list_my_tps(session, day=day, account_id=principal.account_id) if day else ()
        places = await find_page_places(session, [one.tps_kode for one in mine])
    return render(
        request,
        "jaga_mine.html",
        status=error.status if error else 200,
        day=day,
        days=days,
        mine=mine,
        places=places,
        new=new.split(","),
        left=left if left.isdigit() and left not in places else "",
        most=adopting.ADOPTED_MAX,
        error=error,
    )


async def _read_form(request: Request) -> dict[str, str]:
    """Return what the page sent; what is missing is empty and refused like something wrong."""
    async with request.form(max_files=0, max_fields=8, max_part_size=_PART_MAX) as form:
        return {name: str(form.get(name, ""))[:_PART_MAX] for name in ("pemilu", "tps", "kelurahan", "jumlah")}


def _lead(request: Request, **query: str) -> RedirectResponse:
    """Lead to the own list anew, so that reloading it sends nothing twice."""
    if choose_language(request) == "en":
        query["bahasa"] = "en"
    return RedirectResponse(f"/jaga/saya?{urlencode(query)}", status_code=303)
