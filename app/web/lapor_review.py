"""Pages ``/tinjau/laporan``: reviewers read what was reported and answer it."""

from typing import Annotated, Literal, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.access import Principal, Role, signed_in
from app.core.errors import InvalidInputError, RunutError
from app.core.parameters import BIGINT_MAX, RowId
from app.lapor import answering, listing
from app.lapor.categories import find_category
from app.lapor.life import State
from app.lapor.note import NOTE_MAX
from app.web.places import find_page_places
from app.web.rendering import render
from app.web.translation import choose_language

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Reviewer = Annotated[Principal, signed_in(Role.REVIEWER)]
Deed = Literal["lihat", "jawab", "buka", "gabung"]

PAGE = 50
STATES: tuple[State, ...] = get_args(State)
_PART_MAX = 32 * 1024


@router.get("/tinjau/laporan")
async def show_cases(
    request: Request,
    _reviewer: Reviewer,
    keadaan: State = "open",
    sesudah: Annotated[int, Query(ge=0, le=BIGINT_MAX)] = 0,
) -> Response:
    """Show the cases in one state, the oldest first."""
    async with request.app.state.sessions.begin() as session:
        cases = await listing.list_cases(session, state=keadaan, after=sesudah, limit=PAGE)
        counts = await listing.count_cases(session)
        places = await find_page_places(session, [one.tps_kode for one in cases])
    return render(
        request,
        "lapor_cases.html",
        cases=cases,
        places=places,
        categories={one.category: find_category(one.category) for one in cases},
        state=keadaan,
        states=[(state, counts.get(state, 0)) for state in STATES],
        following=cases[-1].id if len(cases) == PAGE else None,
        first=sesudah == 0,
    )


@router.get("/tinjau/laporan/{case_id}")
async def show_case(request: Request, case_id: RowId, _reviewer: Reviewer) -> Response:
    """Show a case with its notes, and what a reviewer can do with it."""
    return await _show_case(request, case_id)


@router.post("/tinjau/laporan/{case_id}/{deed}")
async def post_deed(request: Request, case_id: RowId, deed: Deed, reviewer: Reviewer) -> Response:
    """Do what the pressed button says and show the case; as typed where something is wrong."""
    async with request.form(max_files=0, max_fields=8, max_part_size=_PART_MAX) as form:
        words = {name: value for name, value in form.items() if isinstance(value, str)}
    try:
        async with request.app.state.sessions.begin() as session:
            target = await _change(session, case_id, deed, reviewer.account_id, words)
    except RunutError as error:
        return await _show_case(request, case_id, words=words, error=error)
    language = {"bahasa": "en"} if choose_language(request) == "en" else {}
    query = f"?{urlencode(language)}" if language else ""
    return RedirectResponse(f"/tinjau/laporan/{target}{query}", status_code=303)


async def _change(session: AsyncSession, case_id: int, deed: Deed, account_id: int, words: dict[str, str]) -> int:
    """Do it and return the case to be shown."""
    seen = _read_number(words, "versi")
    if deed == "lihat":
        await answering.look_at_case(session, case_id=case_id, account_id=account_id, seen=seen)
    elif deed == "buka":
        reason = words.get("alasan", "")
        await answering.reopen_case(session, case_id=case_id, account_id=account_id, seen=seen, reason=reason)
    elif deed == "gabung":
        into = _read_number(words, "ke")
        await answering.merge_case(session, case_id=case_id, into=into, account_id=account_id, seen=seen)
        return into
    else:
        await answering.answer_case(
            session,
            case_id=case_id,
            account_id=account_id,
            seen=seen,
            state="resolved" if words.get("hasil") == "resolved" else "rejected",
            answer=words.get("jawaban", ""),
        )
    return case_id


def _read_number(words: dict[str, str], name: str) -> int:
    text = words.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(BIGINT_MAX)) and 0 < int(text) <= BIGINT_MAX):
        raise InvalidInputError(
            "Kiriman halaman ini tidak lengkap. (What the page sent is incomplete.)",
            "Muat ulang, lalu ulangi. (Reload, then try again.)",
        )
    return int(text)


async def _show_case(
    request: Request, case_id: int, *, words: dict[str, str] | None = None, error: RunutError | None = None
) -> Response:
    async with request.app.state.sessions.begin() as session:
        file = await listing.get_case_file(session, case_id=case_id)
        place = (await find_page_places(session, [file.case.tps_kode]))[file.case.tps_kode]
    known = {one.category: find_category(one.category) for one in (file.case, *file.beside)}
    return render(
        request,
        "lapor_case.html",
        status=error.status if error else 200,
        file=file,
        place=place,
        categories=known,
        words=words or {},
        error=error,
        note_max=NOTE_MAX,
    )
