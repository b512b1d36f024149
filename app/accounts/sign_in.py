"""Signing in and out. A session is a row; the browser holds a random token and the database only its hash."""

import secrets
from datetime import timedelta
from hashlib import sha256

from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Account, AccountSession, SignInAttempt
from app.accounts.passwords import is_password_right
from app.core.access import Principal, Role
from app.core.errors import SignInRequiredError, TooManyRequestsError
from app.core.statements import Statements

ATTEMPTS_MAX = 10
ATTEMPT_WINDOW = timedelta(minutes=10)
USER_AGENT_MAX = 200
TOKEN_BYTES = 32


class WrongCredentialsError(SignInRequiredError):
    """Name and password do not belong together. Never says which of the two is wrong."""

    code = "wrong_credentials"


def normalise_name(name: str) -> str:
    """Return the spelling under which a sign-in name is kept."""
    return name.replace("\0", "\ufffd").strip().lower()


async def note_attempt(session: AsyncSession, *, name: str) -> None:
    """Count an attempt before the password is looked at; :func:`sign_in` wipes the count when it was right.

    To be committed by the caller before :func:`sign_in`: otherwise the refusal would roll the count back, and guesses
    made at the same moment would not see each other.

    Raises:
        TooManyRequestsError: the name was tried too often of late. Whoever is signed in stays so.
    """
    name = normalise_name(name)[:USER_AGENT_MAX]
    # Without this lock guesses sent at once would all see the count from before the others.
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('sign_in/' || :name, 0))"), {"name": name}
    )
    await session.execute(delete(SignInAttempt).where(SignInAttempt.at < func.now() - ATTEMPT_WINDOW))
    count = await session.scalar(select(func.count()).select_from(SignInAttempt).where(SignInAttempt.name == name))
    if (count or 0) >= ATTEMPTS_MAX:
        minutes = int(ATTEMPT_WINDOW.total_seconds() // 60)
        raise TooManyRequestsError(
            "Terlalu banyak percobaan masuk dengan nama ini. (Too many attempts to sign in with this name.)",
            f"Tunggu {minutes} menit, lalu coba lagi. (Wait {minutes} minutes, then try again.)",
        )
    session.add(SignInAttempt(name=name))
    await session.flush()


async def sign_in(
    session: AsyncSession, *, name: str, password: str, user_agent: str, session_seconds: int = 7 * 24 * 3600
) -> tuple[str, Principal]:
    """Open a session; return its token, which is kept nowhere, and whose it is.

    Raises:
        WrongCredentialsError: unknown name, wrong password or suspended account, in the same words and time.
    """
    name = normalise_name(name)
    account = await session.scalar(select(Account).where(Account.name == name))
    right = await is_password_right(password, account.password_hash if account else None)
    if account is None or not right or account.state != "active":
        raise WrongCredentialsError(
            "Nama atau kata sandi tidak cocok. (Name and password do not match.)",
            "Periksa ejaannya, lalu coba lagi. (Check the spelling, then try again.)",
        )
    await session.execute(delete(SignInAttempt).where(SignInAttempt.name == name))
    await session.execute(delete(AccountSession).where(AccountSession.expires_at <= func.now()))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    opened = AccountSession(
        token_sha256=hash_token(token), account_id=account.id, user_agent=user_agent[:USER_AGENT_MAX]
    )
    opened.expires_at = func.now() + timedelta(seconds=session_seconds)
    session.add(opened)
    await session.flush()
    return token, _principal_of(account.id, account.name, account.role, account.reading)


async def sign_out(session: AsyncSession, *, token: str) -> None:
    """End the session of ``token``; one that is unknown or over is no error."""
    await session.execute(delete(AccountSession).where(AccountSession.token_sha256 == hash_token(token)))


_PRINCIPAL = """SELECT account.id, account.name, account.role, account.reading
FROM account_session JOIN account ON account.id = account_session.account_id
WHERE account_session.token_sha256 = $1 AND account_session.expires_at > now() AND account.state = 'active'"""
"""Every request with a token asks it."""


async def find_principal(statements: Statements, *, token: str) -> Principal | None:
    """Return whose live session ``token`` opens; null when unknown, over, or the account is suspended."""
    row = await statements.row(_PRINCIPAL, hash_token(token))
    return None if row is None else _principal_of(row["id"], row["name"], row["role"], row["reading"])


def hash_token(token: str) -> str:
    """Return the form in which a token is kept. A fast hash will do: the token has 256 random bits."""
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def _principal_of(account_id: int, name: str, role: str, reading: str) -> Principal:
    return Principal(account_id=account_id, name=name, role=Role(role), reading=reading)
