"""Page ``/periksa``: read the numbers of a form, one task after another. Works without scripts."""

import uuid
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from app.core.access import Principal, Role, signed_in
from app.core.errors import RunutError
from app.verification import queue
from app.web.rendering import render
from app.web.task_page import ask_again, read_entries, render_task
from app.web.translation import choose_language

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Reader = Annotated[Principal, signed_in(Role.VOLUNTEER, Role.REVIEWER)]


@router.get("/periksa")
async def show_task(
    request: Request, principal: Reader, selesai: uuid.UUID | None = None, kosong: str = ""
) -> Response:
    """Show the task this person holds, or the button to take one.

    ``selesai``: the task just answered; ``kosong``: there was nothing to deal. Whoever has exercises to do, or whose
    reading is paused, is led to the page that says so.
    """
    if (elsewhere := _find_other_page(principal)) is not None:
        return _lead(request, elsewhere)
    async with request.app.state.sessions.begin() as session:
        task = await queue.find_task(session, account_id=principal.account_id)
    if task is None:
        return render(request, "verify_start.html", done=selesai, empty=bool(kosong), error=None)
    return render_task(request, task, done=selesai)


@router.post("/periksa")
async def take_task(request: Request, principal: Reader) -> Response:
    """Take the next task and show it."""
    if (elsewhere := _find_other_page(principal)) is not None:
        return _lead(request, elsewhere)
    return await _lead_to_next(request, principal)


@router.post("/periksa/{task_id}")
async def send_answer(request: Request, task_id: uuid.UUID, principal: Reader) -> Response:
    """Take the numbers; ask once more, neutrally, where the form's sums do not close; go on to the next task."""
    form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    try:
        async with request.app.state.sessions.begin() as session:
            task = await queue.get_task(session, task_id=task_id, account_id=principal.account_id)
            entries = read_entries(task, form)
            if (asking := ask_again(request, task, entries, form)) is not None:
                return asking
            numbers = {name: entry.number() for name, entry in entries.items()}
            await queue.answer_task(session, task_id=task_id, account_id=principal.account_id, numbers=numbers)
    except RunutError as error:
        return render(request, "verify_start.html", status=error.status, done=None, empty=False, error=error)
    return await _lead_to_next(request, principal, selesai=str(task_id))


@router.post("/periksa/{task_id}/lewati")
async def skip(request: Request, task_id: uuid.UUID, principal: Reader) -> Response:
    """Skip the task for the reason of the button that was pressed; go on to the next."""
    reason = str((await request.form()).get("alasan", ""))
    try:
        async with request.app.state.sessions.begin() as session:
            await queue.skip_task(session, task_id=task_id, account_id=principal.account_id, reason=reason)
    except RunutError as error:
        return render(request, "verify_start.html", status=error.status, done=None, empty=False, error=error)
    return await _lead_to_next(request, principal)


@router.post("/periksa/{task_id}/batal")
async def take_back(request: Request, task_id: uuid.UUID, principal: Reader) -> Response:
    """Take the last answer back."""
    try:
        async with request.app.state.sessions.begin() as session:
            await queue.undo_answer(session, task_id=task_id, account_id=principal.account_id)
    except RunutError as error:
        return render(request, "verify_start.html", status=error.status, done=None, empty=False, error=error)
    return _lead(request, "/periksa")


def _find_other_page(principal: Principal) -> str | None:
    """Return where to go instead, if no form is dealt to this person now."""
    return {"training": "/latihan", "paused": "/saya"}.get(principal.reading)


async def _lead_to_next(request: Request, principal: Principal, **query: str) -> Response:
    if principal.reading != "open":
        return _lead(request, "/periksa", **query)
    async with request.app.state.sessions.begin() as session:
        task = await queue.deal_task(
            session,
            account_id=principal.account_id,
            role=principal.role,
            lease_seconds=request.app.state.settings.lease_seconds,
        )
    empty = {} if task is not None else {"kosong": "1"}
    return _lead(request, "/periksa", **empty, **query)


def _lead(request: Request, path: str, **query: str) -> RedirectResponse:
    """Lead to a page anew, so that reloading it sends nothing twice."""
    if choose_language(request) == "en":
        query["bahasa"] = "en"
    return RedirectResponse(f"{path}?{urlencode(query)}" if query else path, status_code=303)
