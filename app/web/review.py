"""Pages ``/tinjau``: the reviewers' list, the picture of a case first, then everything known of it."""

from collections.abc import Mapping
from typing import Annotated, Literal, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.access import Principal, Role, signed_in
from app.core.errors import NotFoundError, RunutError
from app.core.parameters import BIGINT_MAX, RowId
from app.verification.queue import answer_task, get_task, skip_task
from app.verification.review.case_view import CaseView, view_case
from app.verification.review.cases import NOTE_MAX
from app.verification.review.desk import ask_again, assign_case, judge_case, note_case, require_may_judge
from app.verification.review.listing import PAGE, count_open, list_cases
from app.verification.review.look import begin_look, finish_look, require_own_look
from app.verification.review.models import KINDS
from app.verification.review.overrides import end_override, state_override
from app.verification.review.photo_deeds import move_in_case, reject_in_case, restore_in_case
from app.verification.review.sentences import EVENTS, explain_reason
from app.verification.sentences import explain
from app.verification.trust.may_read import require_reading
from app.web.rendering import render
from app.web.review_table import lay_sums, lay_table
from app.web.task_page import ask_again as ask_once_more
from app.web.task_page import read_entries, render_task
from app.web.translation import choose_language
from app.web.words import name_briefly
from app.wilayah.service import get_path

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Reviewer = Annotated[Principal, signed_in(Role.REVIEWER)]
PhotoDeed = Literal["tolak", "pulihkan", "pindah"]
Deed = Literal["catat", "ambil", "lepas", "usul", "batal", "selesai", "tolak", "buka"]


@router.get("/tinjau")
async def show_cases(
    request: Request,
    principal: Reviewer,
    *,
    jenis: str = "",
    keadaan: Literal["terbuka", "tutup"] = "terbuka",
    saya: str = "",
    sesudah: Annotated[int | None, Query(ge=0, le=BIGINT_MAX)] = None,
) -> Response:
    """Show what is to be looked at, oldest first; or what was closed, newest first."""
    kind = jenis if jenis in KINDS else None
    async with request.app.state.sessions.begin() as session:
        cases = await list_cases(
            session,
            account_id=principal.account_id,
            closed=keadaan == "tutup",
            kind=kind,
            assigned_to=principal.account_id if saya else None,
            after=sesudah,
        )
        counts = await count_open(session)
        codes = sorted({one.wilayah for one in cases if one.wilayah})
        regions = {kode: (await get_path(session, kode=kode))[-1] for kode in codes}
    return render(
        request,
        "review_cases.html",
        cases=cases,
        counts=counts,
        kinds=KINDS,
        kind=kind or "",
        closed=keadaan == "tutup",
        mine=bool(saya),
        first=sesudah is None,
        following=cases[-1].id if len(cases) == PAGE else None,
        regions=regions,
        explain_reason=explain_reason,
    )


@router.get("/tinjau/perkara/{case_id}")
async def show_case(request: Request, case_id: RowId, principal: Reviewer) -> Response:
    """Show a case: before he has looked, the way to its picture; afterwards everything."""
    return await _show_case(request, case_id, principal)


async def _show_case(
    request: Request,
    case_id: int,
    principal: Principal,
    *,
    error: RunutError | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    """Return the page of a case. ``typed``: what was typed into the form of a deed that was refused."""
    async with request.app.state.sessions.begin() as session:
        view = await view_case(session, case_id=case_id, account_id=principal.account_id)
        trail = await get_path(session, kode=view.tps_kode) if view.tps_kode else ()
    own = [one for one in view.evidence.statements if one.ended_by is None] if view.evidence is not None else []
    return render(
        request,
        "review_case.html",
        status=200 if error is None else error.status,
        headers={"cache-control": "no-store"},
        view=view,
        trail=trail,
        table=lay_table(view),
        sums=lay_sums(view, principal.account_id),
        mine=principal.account_id,
        stated=any(one.account_id == principal.account_id for one in own),
        may_state=_may_state(view, principal.account_id),
        overridden=_is_overridden(view),
        error=error,
        words=dict.fromkeys(get_args(Deed), "") | dict(typed or {}),
        note_max=NOTE_MAX,
        explain=explain,
        explain_reason=explain_reason,
        events=EVENTS,
        brief=name_briefly,
    )


def _may_state(view: CaseView, account_id: int) -> bool:
    """Tell whether this reviewer has read every number and could state that they are to stand."""
    if view.evidence is None or not view.is_open:
        return False
    own = [one for one in view.evidence.readings if one.account_id == account_id and one.withdrawn is None]
    stated = any(one.account_id == account_id and one.ended_by is None for one in view.evidence.statements)
    return bool(own) and not stated and all(None not in one.numbers.values() for one in own)


def _is_overridden(view: CaseView) -> bool:
    decision = None if view.evidence is None else view.evidence.decision
    return decision is not None and "override" in decision.flags


@router.post("/tinjau/perkara/{case_id}/lihat")
async def look(request: Request, case_id: RowId, principal: Reviewer) -> Response:
    """Take the picture of a case, and show it."""
    try:
        require_reading(principal)
        async with request.app.state.sessions.begin() as session:
            await begin_look(
                session,
                case_id=case_id,
                account_id=principal.account_id,
                lease_seconds=request.app.state.settings.lease_seconds,
            )
    except RunutError as error:
        if isinstance(error, NotFoundError):
            raise
        return await _show_case(request, case_id, principal, error=error)
    return _lead(request, f"/tinjau/perkara/{case_id}/gambar")


@router.get("/tinjau/perkara/{case_id}/gambar")
async def show_picture(request: Request, case_id: RowId, principal: Reviewer) -> Response:
    """Show the picture of a case with empty boxes."""
    try:
        async with request.app.state.sessions.begin() as session:
            task_id = await require_own_look(session, case_id=case_id, account_id=principal.account_id)
            task = await get_task(session, task_id=task_id, account_id=principal.account_id)
    except RunutError as error:
        if isinstance(error, NotFoundError):
            raise
        return _lead(request, f"/tinjau/perkara/{case_id}")
    return render_task(request, task, base=f"/tinjau/perkara/{case_id}/gambar")


@router.post("/tinjau/perkara/{case_id}/gambar")
async def send_look(request: Request, case_id: RowId, principal: Reviewer) -> Response:
    """Take what he read; ask once more where something is missing or the sums do not close; open the case to him."""
    form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    who, base = principal.account_id, f"/tinjau/perkara/{case_id}/gambar"
    try:
        async with request.app.state.sessions.begin() as session:
            task_id = await require_own_look(session, case_id=case_id, account_id=who)
            task = await get_task(session, task_id=task_id, account_id=who)
            entries = read_entries(task, form)
            if (asking := ask_once_more(request, task, entries, form, base=base)) is not None:
                return asking
            numbers = {name: entry.number() for name, entry in entries.items()}
            await answer_task(session, task_id=task_id, account_id=who, numbers=numbers)
            await finish_look(session, case_id=case_id, account_id=who)
    except RunutError as error:
        if isinstance(error, NotFoundError):
            raise
        return await _show_case(request, case_id, principal, error=error)
    return _lead(request, f"/tinjau/perkara/{case_id}")


@router.post("/tinjau/perkara/{case_id}/gambar/lewati")
async def skip_look(request: Request, case_id: RowId, principal: Reviewer) -> Response:
    """Take his word that he cannot read it."""
    reason = str((await request.form()).get("alasan", ""))
    who = principal.account_id
    try:
        async with request.app.state.sessions.begin() as session:
            task_id = await require_own_look(session, case_id=case_id, account_id=who)
            await skip_task(session, task_id=task_id, account_id=who, reason=reason)
            if reason != "later":
                await finish_look(session, case_id=case_id, account_id=who)
    except RunutError as error:
        if isinstance(error, NotFoundError):
            raise
        return await _show_case(request, case_id, principal, error=error)
    return _lead(request, f"/tinjau/perkara/{case_id}")


@router.post("/tinjau/perkara/{case_id}/foto/{photo_id}/{deed}")
async def act_on_photo(
    request: Request, case_id: RowId, photo_id: RowId, deed: PhotoDeed, principal: Reviewer
) -> Response:
    """Let a photograph no longer count, count again, or stand at another TPS."""
    form: Mapping[str, object] = await request.form()
    words, tps = str(form.get("kata", "")), str(form.get("tps", "")).strip()
    order = {"case_id": case_id, "photo_id": photo_id, "account_id": principal.account_id}
    try:
        async with request.app.state.sessions.begin() as session:
            if deed == "pindah":
                await move_in_case(session, **order, reason=words, tps=tps)
            else:
                act_on = reject_in_case if deed == "tolak" else restore_in_case
                await act_on(session, **order, reason=words)
    except RunutError as error:
        return await _show_case(request, case_id, principal, error=error)
    return _lead(request, f"/tinjau/perkara/{case_id}")


@router.post("/tinjau/perkara/{case_id}/{deed}")
async def act(request: Request, case_id: RowId, deed: Deed, principal: Reviewer) -> Response:
    """Do what the button says; where that is refused, show the case once more with why, and what was typed."""
    form: Mapping[str, object] = await request.form()
    words = str(form.get("kata", ""))
    try:
        if deed == "usul":
            require_reading(principal)
        async with request.app.state.sessions.begin() as session:
            await _act(session, deed, case_id, principal.account_id, words)
    except RunutError as error:
        if isinstance(error, NotFoundError):
            raise
        return await _show_case(request, case_id, principal, error=error, typed={deed: words})
    return _lead(request, f"/tinjau/perkara/{case_id}")


async def _act(session: AsyncSession, deed: Deed, case_id: int, who: int, words: str) -> None:
    """Do one thing with a case."""
    if deed in {"ambil", "lepas"}:
        await assign_case(session, case_id=case_id, by=who, take=deed == "ambil")
    elif deed == "catat":
        await require_may_judge(session, case_id=case_id, account_id=who)
        await note_case(session, case_id=case_id, by=who, note=words)
    elif deed == "usul":
        await state_override(session, case_id=case_id, account_id=who, reason=words)
    elif deed == "batal":
        await end_override(session, case_id=case_id, account_id=who, reason=words)
    elif deed == "buka":
        await ask_again(session, case_id=case_id, account_id=who, note=words)
    else:
        state: Literal["resolved", "rejected"] = "resolved" if deed == "selesai" else "rejected"
        await judge_case(session, case_id=case_id, account_id=who, state=state, answer=words)


def _lead(request: Request, path: str) -> RedirectResponse:
    """Lead to a page anew, so that reloading it sends nothing twice."""
    query = f"?{urlencode({'bahasa': 'en'})}" if choose_language(request) == "en" else ""
    return RedirectResponse(f"{path}{query}", status_code=303)
