"""Pages: sign in, make an account where that is open, sign out."""

import re

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from app.accounts.cookie import clear_session_cookie, set_session_cookie
from app.accounts.routes import close_session, open_session
from app.accounts.service import make_account
from app.core.access import Principal, Role, public
from app.core.errors import ForbiddenError, RunutError
from app.web.rendering import render

router = APIRouter(include_in_schema=False)

START = "/unggah"
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


@router.post("/masuk", dependencies=[public()])
async def post_sign_in(request: Request) -> Response:
    """Sign in and go on, or show the form again with what was wrong."""
    name, password, target = await _read_form(request)
    try:
        return await _enter(request, name, password, target)
    except RunutError as error:
        return _show(request, target=target, name=name, error=error, status=error.status)


@router.post("/daftar", dependencies=[public()])
async def post_registration(request: Request) -> Response:
    """Make a volunteer account and go on, where the installation allows it."""
    if not request.app.state.settings.open_registration:
        message = "Pendaftaran di sini ditutup. (Registration is closed here.)"
        raise ForbiddenError(message, "Minta akun kepada pengelola. (Ask an operator for an account.)")
    name, password, target = await _read_form(request)
    try:
        async with request.app.state.sessions.begin() as session:
            await make_account(session, name=name, password=password, role=Role.VOLUNTEER)
        return await _enter(request, name, password, target)
    except RunutError as error:
        return _show(request, target=target, new_name=name, new_error=error, status=error.status)


@router.post("/keluar", dependencies=[public()])
async def post_sign_out(request: Request) -> Response:
    """Sign out and go to the front page."""
    await close_session(request)
    response = RedirectResponse("/?bahasa=en" if request.query_params.get("bahasa") == "en" else "/", status_code=303)
    clear_session_cookie(response, request.app.state.settings)
    return response


async def _enter(request: Request, name: str, password: str, target: str) -> Response:
    token, _ = await open_session(request, name=name, password=password)
    response = RedirectResponse(target, status_code=303)
    set_session_cookie(response, token, request.app.state.settings)
    return response


async def _read_form(request: Request) -> tuple[str, str, str]:
    """Return name, password and where to go; a missing part is empty and refused like a wrong one."""
    async with request.form(max_files=0, max_fields=8, max_part_size=_TEXT_MAX) as form:
        name, password, target = (str(form.get(key, ""))[:_TEXT_MAX] for key in ("name", "password", "lanjut"))
    return name, password, safe_target(target)


def _show(
    request: Request,
    *,
    target: str,
    name: str = "",
    error: RunutError | None = None,
    new_name: str = "",
    new_error: RunutError | None = None,
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
        open_registration=request.app.state.settings.open_registration,
    )
