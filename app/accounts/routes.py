"""Sign in and out; make accounts."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from app.accounts import service
from app.accounts.address_limits import require_seldom_from_address
from app.accounts.cookie import clear_session_cookie, find_token, set_session_cookie
from app.accounts.invites import make_invite, take_invite
from app.accounts.schemas import (
    AccountAnswer,
    Credentials,
    InviteAnswer,
    NewAccount,
    NewInvite,
    PrincipalAnswer,
    SessionAnswer,
)
from app.accounts.signals import find_sender, note_signals, set_device_cookie
from app.core.access import Principal, Role, public, signed_in
from app.core.errors import ErrorAnswer, ForbiddenError, SignInRequiredError

router = APIRouter(prefix="/api/v1", tags=["accounts"])


@router.post(
    "/session",
    status_code=201,
    summary="Sign in",
    responses={401: {"model": ErrorAnswer}, 429: {"model": ErrorAnswer}},
    dependencies=[public()],
)
async def post_session(request: Request, response: Response, credentials: Credentials) -> SessionAnswer:
    """Open a session. Browsers get it as a cookie, programs use the token in the answer."""
    token, principal = await open_session(request, response, name=credentials.name, password=credentials.password)
    return SessionAnswer(token=token, account_id=principal.account_id, name=principal.name, role=principal.role)


async def open_session(request: Request, response: Response, *, name: str, password: str) -> tuple[str, Principal]:
    """Count the attempt, then sign in: two transactions, so that a refusal cannot undo the counting.

    ``response`` gets the cookies; whoever signs in leaves the hashes of device and address, see ``signals``.
    """
    state = request.app.state
    await require_seldom_from_address(request, name="sign in", most=state.settings.sign_ins_an_hour)
    sender = find_sender(request, state.signer)
    async with state.sessions.begin() as session:
        await service.note_attempt(session, name=name)
    async with state.sessions.begin() as session:
        token, principal = await service.sign_in(
            session,
            name=name,
            password=password,
            user_agent=request.headers.get("user-agent", ""),
            session_seconds=state.settings.session_seconds,
        )
        await note_signals(session, account_id=principal.account_id, sender=sender)
    set_session_cookie(response, token, state.settings)
    set_device_cookie(response, sender, state.settings)
    return token, principal


@router.get("/session", summary="Who am I", responses={401: {"model": ErrorAnswer}})
async def get_session(principal: Principal = signed_in()) -> PrincipalAnswer:
    """Return the signed-in account."""
    return PrincipalAnswer(account_id=principal.account_id, name=principal.name, role=principal.role)


@router.delete("/session", status_code=204, summary="Sign out", dependencies=[public()])
async def delete_session(request: Request, response: Response) -> None:
    """End the session; without one nothing happens."""
    await close_session(request)
    clear_session_cookie(response, request.app.state.settings)


async def close_session(request: Request) -> None:
    """End the session whose token the request carries."""
    token = find_token(request)
    if token:
        async with request.app.state.sessions.begin() as session:
            await service.sign_out(session, token=token)


@router.post(
    "/accounts",
    status_code=201,
    summary="Make an account",
    responses={status: {"model": ErrorAnswer} for status in (401, 403, 409, 429)},
)
async def post_account(request: Request, account: NewAccount, principal: Principal | None = public()) -> AccountAnswer:
    """Make an account. Admins make any; others a volunteer account, if invited or where registration is open."""
    open_registration = request.app.state.settings.open_registration or account.invite is not None
    _check_may_make(principal, account.role, open_registration=open_registration)
    if principal is None or principal.role is not Role.ADMIN:
        await limit_registrations(request)
    async with request.app.state.sessions.begin() as session:
        invited_by = principal.account_id if principal else None
        if account.invite is not None:
            invited_by = await take_invite(session, code=account.invite)
        made = await service.make_account(
            session,
            name=account.name,
            password=account.password,
            role=account.role,
            display_name=account.display_name,
            invited_by=invited_by,
            registered=principal is None or principal.role is not Role.ADMIN,
            trained=account.trained and principal is not None and principal.role is Role.ADMIN,
        )
    return AccountAnswer.model_validate(made)


@router.post(
    "/invites",
    status_code=201,
    summary="Invite somebody",
    responses={401: {"model": ErrorAnswer}, 422: {"model": ErrorAnswer}, 429: {"model": ErrorAnswer}},
)
async def post_invite(
    request: Request, invite: NewInvite, principal: Annotated[Principal, signed_in(Role.VOLUNTEER, Role.REVIEWER)]
) -> InviteAnswer:
    """Make an invitation to a volunteer account. Whom a volunteer invites does not read what he has read."""
    async with request.app.state.sessions.begin() as session:
        made = await make_invite(session, by=principal.account_id, role=principal.role, uses=invite.uses)
    address = f"{request.app.state.settings.base_url}/undangan/{made.code}"
    return InviteAnswer(code=made.code, address=address, uses=made.uses, expires_at=made.expires_at)


@router.get(
    "/accounts",
    summary="List accounts",
    responses={403: {"model": ErrorAnswer}},
    dependencies=[signed_in(Role.ADMIN)],
)
async def list_accounts(request: Request) -> list[AccountAnswer]:
    """Return all accounts, oldest first. Admins only."""
    async with request.app.state.sessions.begin() as session:
        return [AccountAnswer.model_validate(account) for account in await service.list_accounts(session)]


async def limit_registrations(request: Request) -> None:
    """Count an account that is about to be made from this address. Raises TooManyRequestsError."""
    most = request.app.state.settings.registrations_an_hour
    await require_seldom_from_address(request, name="register", most=most)


def _check_may_make(principal: Principal | None, role: Role, *, open_registration: bool) -> None:
    if principal is not None and principal.role is Role.ADMIN:
        return
    if open_registration and role is Role.VOLUNTEER:
        return
    if principal is None and not open_registration:
        message = "Pendaftaran dibuka oleh admin saja. (Accounts are made by an admin here.)"
        raise SignInRequiredError(message, "Minta akun kepada admin. (Ask an admin for one.)")
    message = f"Akun dengan peran {role} dibuat oleh admin saja. (Only an admin makes a {role} account.)"
    raise ForbiddenError(message, "Mintalah kepada admin. (Ask an admin.)")
