"""Pages ``/lapor`` (report a TPS or a photograph), ``/lapor/SECRET`` (the answer) and ``/laporan-saya``."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from app.core.access import Principal, public, signed_in
from app.core.errors import NotFoundError, RunutError
from app.core.parameters import BIGINT_MAX, RowId
from app.lapor import report
from app.lapor.categories import find_category, list_categories
from app.lapor.limits import count_report
from app.lapor.note import NOTE_MAX
from app.lapor.subject import find_subject
from app.web.places import Place, find_page_places
from app.web.rendering import render
from app.web.translation import choose_language

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Token = Annotated[str, Path(max_length=100)]

_SECRET = {"cache-control": "no-store", "referrer-policy": "no-referrer", "x-robots-tag": "noindex"}
_PART_MAX = 32 * 1024


@dataclass(frozen=True)
class ReportForm:
    """What was typed, or what the address says of it; ``token`` makes sending twice harmless."""

    tps: str
    photo: str
    category: str
    note: str
    token: str

    @property
    def photo_id(self) -> int | None:
        """Return the photograph's number; null for none.

        Raises:
            NotFoundError: it is no number.
        """
        if not self.photo:
            return None
        if not (self.photo.isascii() and self.photo.isdigit() and 0 < int(self.photo[:30]) <= BIGINT_MAX):
            message = f"{self.photo[:30]!r} bukan nomor foto. ({self.photo[:30]} is no photograph's number.)"
            raise NotFoundError(message, "Buka halaman TPS-nya, lalu pilih fotonya. (Choose it on the TPS's page.)")
        return int(self.photo)


@router.get("/lapor", dependencies=[public()])
async def show_form(
    request: Request,
    tps: Annotated[str, Query(max_length=40)] = "",
    foto: Annotated[str, Query(max_length=30)] = "",
) -> Response:
    """Show the form for a TPS or one of its photographs; without a TPS the question which one."""
    return await _show_form(request, ReportForm(tps.strip(), foto.strip(), "", "", report.make_token()))


@router.post("/lapor")
async def post_form(request: Request, principal: Principal | None = public()) -> Response:
    """Keep the report and lead to its secret page; show the form again, as typed, where something is wrong."""
    form = await _read_form(request)
    try:
        await count_report(request, principal)
        async with request.app.state.sessions.begin() as session:
            await report.send_report(
                session,
                tps=form.tps,
                photo_id=form.photo_id,
                category=form.category,
                note=form.note,
                account_id=principal.account_id if principal else None,
                token=form.token,
            )
    except RunutError as error:
        return await _show_form(request, form, error)
    return _lead(request, f"/lapor/{form.token}", baru="1")


@router.get("/lapor/{token}", dependencies=[public()])
async def show_report(request: Request, token: Token, baru: str = "") -> Response:
    """Show a report and its answer to whoever knows its address."""
    async with request.app.state.sessions.begin() as session:
        mine = await report.get_report(session, token=token)
        place = (await find_page_places(session, [mine.tps_kode]))[mine.tps_kode]
    return render(
        request,
        "lapor.html",
        headers=_SECRET,
        report=mine,
        place=place,
        category=find_category(mine.category),
        token=token,
        new=bool(baru),
        address=f"{request.app.state.settings.base_url}/lapor/{token}",
    )


@router.post("/lapor/{token}/tarik", dependencies=[public()])
async def take_back(request: Request, token: Token) -> Response:
    """Delete the report's note for good."""
    async with request.app.state.sessions.begin() as session:
        await report.withdraw_report(session, token=token)
    return _lead(request, f"/lapor/{token}")


@router.get("/laporan-saya")
async def show_mine(request: Request, principal: Annotated[Principal, signed_in()]) -> Response:
    """Show the reports that this person sent while signed in."""
    async with request.app.state.sessions.begin() as session:
        mine = await report.list_my_reports(session, account_id=principal.account_id)
        places = await find_page_places(session, [one.tps_kode for one in mine])
    categories = {one.category: find_category(one.category) for one in mine}
    return render(request, "lapor_mine.html", reports=mine, places=places, categories=categories)


@router.post("/laporan-saya/{report_id}/tarik")
async def take_mine_back(request: Request, report_id: RowId, principal: Annotated[Principal, signed_in()]) -> Response:
    """Delete the note of a report that this person sent while signed in."""
    async with request.app.state.sessions.begin() as session:
        await report.withdraw_my_report(session, report_id=report_id, account_id=principal.account_id)
    return _lead(request, "/laporan-saya")


async def _read_form(request: Request) -> ReportForm:
    async with request.form(max_files=0, max_fields=8, max_part_size=_PART_MAX) as form:
        words = {name: value for name, value in form.items() if isinstance(value, str)}
    return ReportForm(
        tps=words.get("tps", "").strip()[:40],
        photo=words.get("foto", "").strip()[:30],
        category=words.get("jenis", "")[:40],
        note=words.get("catatan", ""),
        token=words.get("kunci", "")[:100] or report.make_token(),
    )


async def _show_form(request: Request, form: ReportForm, error: RunutError | None = None) -> Response:
    """Return the form; where the TPS or photograph is not known, the question which TPS, with what was wrong."""
    place: Place | None = None
    about = None
    if form.tps:
        try:
            async with request.app.state.sessions.begin() as session:
                subject = await find_subject(session, tps=form.tps, photo_id=form.photo_id)
                place = (await find_page_places(session, [subject.tps_kode]))[subject.tps_kode]
            about = subject.about
        except RunutError as unknown:
            error = error or unknown
    return render(
        request,
        "lapor_form.html",
        status=error.status if error else 200,
        form=form,
        place=place,
        categories=list_categories(about) if about else (),
        error=error,
        note_max=NOTE_MAX,
    )


def _lead(request: Request, path: str, **query: str) -> RedirectResponse:
    """Lead to a page anew, so that reloading it sends nothing twice."""
    if choose_language(request) == "en":
        query["bahasa"] = "en"
    return RedirectResponse(f"{path}?{urlencode(query)}" if query else path, status_code=303, headers=_SECRET)
