"""A reader's own page ``/saya``, privacy, and for admins the pauses and linked accounts."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from app.accounts.invites import InviteView, make_invite
from app.accounts.link_accounts import list_linked
from app.accounts.signals import KEPT
from app.core.access import Principal, Role, public, signed_in
from app.core.errors import RunutError
from app.core.parameters import RowId
from app.verification.trust.own_record import find_own_record
from app.verification.trust.pauses import end_pause, list_pauses, object_to_pause, uphold_pause
from app.web.rendering import render
from app.web.translation import choose_language

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Reader = Annotated[Principal, signed_in(Role.VOLUNTEER, Role.REVIEWER)]
Admin = Annotated[Principal, signed_in(Role.ADMIN)]


@router.get("/saya")
async def show_own_page(request: Request, principal: Reader) -> Response:
    """Show what is known of this reader, whether he is paused, and how to invite others."""
    return await _show_own_page(request, principal)


@router.post("/saya/keberatan")
async def send_objection(request: Request, principal: Reader) -> Response:
    """Take an objection to a pause."""
    words = str((await request.form()).get("alasan", ""))
    try:
        async with request.app.state.sessions.begin() as session:
            await object_to_pause(session, account_id=principal.account_id, words=words)
    except RunutError as error:
        return await _show_own_page(request, principal, error=error)
    return _lead(request, "/saya")


@router.post("/saya/undangan")
async def send_invite(request: Request, principal: Reader) -> Response:
    """Make an invitation and show its address, this once."""
    try:
        async with request.app.state.sessions.begin() as session:
            made = await make_invite(session, by=principal.account_id, role=principal.role)
    except RunutError as error:
        return await _show_own_page(request, principal, error=error)
    return await _show_own_page(request, principal, invite=made)


@router.get("/privasi", dependencies=[public()])
async def show_privacy(request: Request) -> Response:
    """Say what is kept of people, why, and for how long."""
    return render(request, "privacy.html", days=KEPT.days)


@router.get("/jeda")
async def show_pauses(request: Request, _principal: Admin) -> Response:
    """Show who is paused, what they say to it, and which accounts are linked."""
    return await _show_pauses(request)


@router.post("/jeda/{account_id}")
async def decide_pause(request: Request, account_id: RowId, principal: Admin) -> Response:
    """End a pause or let it stand, with words for the reader."""
    form = await request.form()
    decide = end_pause if form.get("aksi") == "lanjut" else uphold_pause
    try:
        async with request.app.state.sessions.begin() as session:
            words = str(form.get("jawaban", ""))
            await decide(session, account_id=account_id, by=principal.account_id, answer=words)
    except RunutError as error:
        return await _show_pauses(request, error)
    return _lead(request, "/jeda")


async def _show_own_page(
    request: Request, principal: Principal, *, error: RunutError | None = None, invite: InviteView | None = None
) -> Response:
    async with request.app.state.sessions.begin() as session:
        record = await find_own_record(session, account_id=principal.account_id)
    address = "" if invite is None else f"{request.app.state.settings.base_url}/undangan/{invite.code}"
    headers = {"cache-control": "no-store"}
    status = 200 if error is None else error.status
    own = {"record": record, "error": error, "invite": invite, "address": address}
    return render(request, "own_page.html", status=status, headers=headers, **own)


async def _show_pauses(request: Request, error: RunutError | None = None) -> Response:
    async with request.app.state.sessions.begin() as session:
        pauses = await list_pauses(session)
        linked = await list_linked(session)
    status = 200 if error is None else error.status
    return render(request, "pauses.html", status=status, pauses=pauses, linked=linked, error=error)


def _lead(request: Request, path: str) -> RedirectResponse:
    language = "?bahasa=en" if choose_language(request) == "en" else ""
    return RedirectResponse(f"{path}{language}", status_code=303)
