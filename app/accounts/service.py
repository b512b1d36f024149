"""Accounts: making, listing, suspending them. Signing in is in ``sign_in`` and offered from here too."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Account, AccountSession
from app.accounts.passwords import check_password_rules, hash_password
from app.accounts.sign_in import find_principal, normalise_name, note_attempt, sign_in, sign_out
from app.core.access import Role
from app.core.errors import ConflictError, InvalidInputError, NotFoundError

__all__ = [
    "AccountView",
    "find_account",
    "find_account_by_name",
    "find_principal",
    "hold_account",
    "list_accounts",
    "make_account",
    "note_attempt",
    "sign_in",
    "sign_out",
    "suspend_account",
]

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
DISPLAY_NAME_MAX = 80
NEWCOMER_FOR = timedelta(days=3)
"""Longer than an election night and the day after it: accounts made for the occasion do not confirm one another."""


@dataclass(frozen=True)
class AccountView:
    """An account without its secrets."""

    id: int
    name: str
    display_name: str
    role: Role
    state: str
    at: datetime


async def make_account(
    session: AsyncSession,
    *,
    name: str,
    password: str,
    role: Role,
    display_name: str = "",
    invited_by: int | None = None,
    trained: bool = False,
    registered: bool = False,
) -> AccountView:
    """Make an account that can sign in at once.

    Forms are dealt to a volunteer after his exercises; ``trained``: he needs none. ``registered``: he made it
    himself; unless a reviewer or an admin invited him, his photographs are for :data:`NEWCOMER_FOR` one source with
    those of all other newcomers.

    Raises:
        InvalidInputError: the name or the password breaks its rule.
        ConflictError: the name is taken.
    """
    name = _check_name(name)
    check_password_rules(password)
    values = {
        "name": name,
        "display_name": " ".join(display_name.split())[:DISPLAY_NAME_MAX] or name,
        "password_hash": await hash_password(password),
        "role": role.value,
        "invited_by": invited_by,
        "own_source_from": _begin_own_source(invited_by, registered=registered),
        "reading": "training" if role is Role.VOLUNTEER and not trained else "open",
    }
    # The unique name decides, not a look beforehand: two may ask at once.
    statement = insert(Account).values(values).on_conflict_do_nothing(index_elements=[Account.name]).returning(Account)
    account = await session.scalar(statement)
    if account is None:
        message = f"Nama {name!r} sudah dipakai. (The name {name!r} is taken.)"
        raise ConflictError(message, "Pilih nama lain. (Choose another name.)", code="name_taken")
    return _view(account)


def _begin_own_source(invited_by: int | None, *, registered: bool) -> ColumnElement[datetime]:
    """Return from when on an account made now is a source of its own; who was invited by staff is vouched for."""
    if not registered:
        return func.now()
    staff = select(Account.id).where(Account.id == invited_by, Account.role.in_((Role.REVIEWER, Role.ADMIN)))
    return case((staff.exists(), func.now()), else_=func.now() + NEWCOMER_FOR)


async def list_accounts(session: AsyncSession) -> tuple[AccountView, ...]:
    """Return all accounts in the order they were made."""
    return tuple(_view(account) for account in await session.scalars(select(Account).order_by(Account.id)))


async def find_account(session: AsyncSession, *, account_id: int) -> AccountView:
    """Return one account.

    Raises:
        NotFoundError: there is none of this number.
    """
    return _view(await _get(session, account_id))


async def find_account_by_name(session: AsyncSession, *, name: str) -> AccountView:
    """Return the account that signs in under ``name``.

    Raises:
        NotFoundError: nobody does.
    """
    account = await session.scalar(select(Account).where(Account.name == normalise_name(name)))
    if account is None:
        message = f"Tidak ada akun bernama {name[:60]!r}. (There is no account of the name {name[:60]}.)"
        raise NotFoundError(message, "Lihat daftar akun. (See the list of accounts.)")
    return _view(account)


async def suspend_account(session: AsyncSession, *, account_id: int) -> AccountView:
    """Close an account: it cannot sign in and its open sessions end now. What it did stays.

    Raises:
        NotFoundError: there is none of this number.
    """
    account = await _get(session, account_id)
    account.state = "suspended"
    await session.execute(delete(AccountSession).where(AccountSession.account_id == account_id))
    await session.flush()
    return _view(account)


async def hold_account(session: AsyncSession, *, account_id: int) -> None:
    """Let nothing be written in this account's name until the transaction ends; waits for what is being written.

    Whatever refers to an account keeps its row from being locked so, hence after everything else of its own.
    """
    await session.execute(select(Account.id).where(Account.id == account_id).with_for_update())


async def _get(session: AsyncSession, account_id: int) -> Account:
    account = await session.get(Account, account_id)
    if account is None:
        message = f"Tidak ada akun nomor {account_id}. (There is no account {account_id}.)"
        raise NotFoundError(message, "Lihat daftar akun. (See the list of accounts.)")
    return account


def _check_name(name: str) -> str:
    name = normalise_name(name)
    if not _NAME.fullmatch(name):
        message = f"Nama masuk {name[:60]!r} tidak dapat dipakai. (The sign-in name {name[:60]} cannot be used.)"
        remedy = (
            "Pakai 2-40 huruf a-z, angka, titik, garis; awali dengan huruf atau angka. "
            "(Use 2 to 40 of a-z, 0-9, . _ -; begin with a letter or digit.)"
        )
        raise InvalidInputError(message, remedy, code="bad_name")
    return name


def _view(account: Account) -> AccountView:
    return AccountView(
        id=account.id,
        name=account.name,
        display_name=account.display_name,
        role=Role(account.role),
        state=account.state,
        at=account.at,
    )
