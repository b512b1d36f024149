"""Pages: sign in, make an account where that is open, sign out."""

import re

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from app.accounts.cookie import clear_session_cookie
from app.accounts.invites import take_invite
from app.accounts.routes import close_session, limit_registrations, open_session
from app.accounts.service import make_account
from app.core.access import Principal, Role, public
from app.core.errors import ForbiddenError, RunutError
from app.web.rendering import render

router = APIRouter(include_in_schema=False)

START = "/unggah"
TRAINING = "/latihan"
_CODE_MAX = 100
_TEXT_MAX = 1000
_LOCAL = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")


def safe_target(target: str) -> str:
    """Return where to go after signing in: a page of this site, whatever the address asked for."""
    # What begins with one slash and holds no backslash has neither scheme nor host; anything else is not even taken
    # apart, for that fails on half of the nonsense that people send.
    own = _LOCAL.fullmatch(target) is not None and not target.startswith(("/masuk", "/keluar", "/api/"))
    return target if own else START


@router.get("/masuk")
async def show_sign_in(request: Request, lanjut: str = START, principal: Principal | None = public()) -> Response:
    """Show the form; who is signed in already goes on."""
    if principal is not None:
        return RedirectResponse(safe_target(lanjut), status_code=303)
    return _show(request, target=safe_target(lanjut))


@router.get("/undangan/{code}", dependencies=[public()])
async def show_invite(request: Request, code: str) -> Response:
    """Show the form for whoever was invited; whether the invitation is still valid is seen when it is used."""
    return _show(request, target=TRAINING, invite=code[:_CODE_MAX])


@router.post("/masuk", dependencies=[public()])
async def post_sign_in(request: Request) -> Response:
    """Sign in and go on, or show the form again with what was wrong."""
    name, password, target, _ = await _read_form(request)
    try:
        return await _enter(request, name, password, target)
    except RunutError as error:
        return _show(request, target=target, name=name, error=error, status=error.status)


@router.post("/daftar", dependencies=[public()])
async def post_registration(request: Request) -> Response:
    """Make a volunteer account and go on, with an invitation or where the installation allows it."""
    name, password, target, invite = await _read_form(request)
    if not (invite or request.app.state.settings.open_registration):
        message = "Pendaftaran di sini ditutup. (Registration is closed here.)"
        raise ForbiddenError(message, "Minta akun kepada pengelola. (Ask an operator for an account.)")
    try:
        await limit_registrations(request)
        async with request.app.state.sessions.begin() as session:
            by = await take_invite(session, code=invite) if invite else None
            await make_account(
                session, name=name, password=password, role=Role.VOLUNTEER, invited_by=by, registered=True
            )
        return await _enter(request, name, password, target)
    except RunutError as error:
        return _show(request, target=target, new_name=name, new_error=error, invite=invite, status=error.status)


@router.post("/keluar", dependencies=[public()])
async def post_sign_out(request: Request) -> Response:
    """Sign out and go to the front page."""
    await close_session(request)
    response = RedirectResponse("/?bahasa=en" if request.query_params.get("bahasa") == "en" else "/", status_code=303)
    clear_session_cookie(response, request.app.state.settings)
    return response


async def _enter(request: Request, name: str, password: str, target: str) -> Response:
    response = RedirectResponse(target, status_code=303)
    await open_session(request, response, name=name, password=password)
    return response


async def _read_form(request: Request) -> tuple[str, str, str, str]:
    """Return name, password, where to go, the invitation; a missing part is empty and refused like a wrong one."""
    async with request.form(max_files=0, max_fields=8, max_part_size=_TEXT_MAX) as form:
        keys = ("name", "password", "lanjut", "undangan")
        name, password, target, invite = (str(form.get(key, ""))[:_TEXT_MAX] for key in keys)
    return name, password, safe_target(target), invite[:_CODE_MAX]


def _show(
    request: Request,
    *,
    target: str,
    name: str = "",
    error: RunutError | None = None,
    new_name: str = "",
    new_error: RunutError | None = None,
    invite: str = "",
    status: int = 200,
) -> Response:
    return render(
        request,
        "sign_in.html",
        status=status,
        target=target,
        name=name,
        error=error,
        new_name=new_name,
        new_error=new_error,
        invite=invite,
        open_registration=request.app.state.settings.open_registration,
    )
