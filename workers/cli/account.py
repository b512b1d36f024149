"""`./runut account`: make accounts and see which there are."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.invites import USES_MAX, InviteView, make_invite
from app.accounts.link_accounts import list_linked
from app.accounts.passwords import check_password_rules, generate_password
from app.accounts.service import AccountView, find_account_by_name, list_accounts, make_account
from app.accounts.sign_in import normalise_name
from app.core.access import Role
from app.core.config import get_settings
from app.core.database import open_sessions
from app.core.errors import ForbiddenError
from app.verification.service import Withdrawal, withdraw_readers
from app.verification.trust.list_skills import list_skills
from workers.database import open_database

app = typer.Typer(no_args_is_help=True, help="Accounts: who may sign in, and as what.")

T = TypeVar("T")
Work = Callable[[AsyncSession], Awaitable[T]]


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Sign-in name: 2 to 40 of a-z, 0-9, dot, dash, underscore.")],
    *,
    role: Annotated[Role, typer.Option(help="What the account may do.")] = Role.VOLUNTEER,
    display_name: Annotated[str, typer.Option(help="Name that people see; the sign-in name without it.")] = "",
    generate: Annotated[bool, typer.Option("--generate", help="Make a password and print it.")] = False,
    trained: Annotated[bool, typer.Option("--trained", help="A volunteer who needs no exercises.")] = False,
) -> None:
    """Make an account. The password is asked for, read from a pipe, or made with --generate; never an argument."""
    password = generate_password() if generate else ask_password()
    check_password_rules(password)

    async def make(session: AsyncSession) -> AccountView:
        return await make_account(
            session, name=name, password=password, role=role, display_name=display_name, trained=trained
        )

    made = run_in_database(make)
    typer.echo(f"Account {made.name} ({made.role}) is ready.")
    if generate:
        typer.echo(f"Password: {password}   (shown once; it is kept nowhere in plain)")


@app.command("list")
def show() -> None:
    """List the accounts in the order they were made."""
    table = Table("no.", "name", "shown as", "role", "state", "made")
    for account in run_in_database(list_accounts):
        made = account.at.strftime("%Y-%m-%d %H:%M UTC")
        table.add_row(str(account.id), account.name, account.display_name, account.role, account.state, made)
    Console().print(table)


@app.command()
def invite(
    by: Annotated[str, typer.Argument(help="Sign-in name of the admin or reviewer in whose name it is.")],
    *,
    uses: Annotated[int, typer.Option(min=1, max=USES_MAX, help="How many accounts may be made with it.")] = 1,
) -> None:
    """Make an invitation to volunteer accounts and print its address, this once."""

    async def make(session: AsyncSession) -> InviteView:
        inviter = await find_account_by_name(session, name=by)
        return await make_invite(session, by=inviter.id, role=inviter.role, uses=uses)

    made = run_in_database(make)
    typer.echo(f"{get_settings().base_url}/undangan/{made.code}")
    typer.echo(f"For {made.uses} volunteer account(s), until {made.expires_at:%Y-%m-%d %H:%M UTC}.")


@app.command()
def links() -> None:
    """List the accounts that count as one person, group by group, and what links them."""
    found = run_in_database(list_linked)
    if not found:
        typer.echo("No accounts are linked.")
        return
    table = Table("group", "account", "name", "state", "linked by")
    for one in found:
        why = ", ".join(f"{tie['kind']} with {tie['with']}" for tie in one.why)
        table.add_row(str(one.group_id), str(one.account_id), one.name, one.state, why)
    Console().print(table)


@app.command()
def skill(
    name: Annotated[str, typer.Argument(help="Sign-in name; without it, the hundred who read most.")] = "",
) -> None:
    """Show what is known of readers: accuracy and attention with their 95 % intervals, and pauses.

    Of blind fields: how many were wrong. Of altered values shown: how many were found. Of right ones: how many changed.
    """
    found = run_in_database(lambda session: list_skills(session, name=normalise_name(name)))
    if not found:
        typer.echo("Nothing is known of any reader yet." if not name else f"Nothing is known of {name}.")
        return
    table = Table("no.", "name", "reading", "blind wrong", "error rate", "found", "catch rate", "changed", "version")
    for one in found:
        table.add_row(
            str(one.account_id),
            one.name,
            one.reading,
            f"{one.blind_wrong} of {one.blind_fields}",
            f"{one.error_rate:.4f} ({one.error_low:.4f} to {one.error_high:.4f})",
            f"{one.plants_caught} of {one.plants_shown}",
            f"{one.catch_rate:.2f} ({one.catch_low:.2f} to {one.catch_high:.2f})",
            f"{one.good_changed} of {one.good_shown}",
            str(one.version),
        )
    Console().print(table)


@app.command()
def withdraw(
    names: Annotated[list[str], typer.Argument(help="Sign-in names of the readers.")],
    *,
    by: Annotated[str, typer.Option(help="Sign-in name of the admin in whose name it is.")],
    reason: Annotated[str, typer.Option(help="Why; it stands in the log.")],
) -> None:
    """Close readers' accounts and take their readings out of every decision; all of them or none.

    Workers decide what they touched again, a hundred sections at a time.
    """

    async def take_out(session: AsyncSession) -> Withdrawal:
        admin = await find_account_by_name(session, name=by)
        if admin.role is not Role.ADMIN:
            message = f"Akun {admin.name} bukan admin. (The account {admin.name} is no admin.)"
            raise ForbiddenError(message, "Sebutkan akun admin. (Name an admin's account.)")
        gone = [(await find_account_by_name(session, name=name)).id for name in names]
        return await withdraw_readers(session, account_ids=gone, by=admin.id, reason=reason)

    done = run_in_database(take_out)
    typer.echo(f"{done.readings:,} readings no longer count; {done.sections:,} sections are decided again.")


def ask_password() -> str:
    """Return the password typed twice at a terminal, or the first line of a pipe."""
    if sys.stdin.isatty():
        typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        return typed
    return sys.stdin.readline().rstrip("\r\n")


def run_in_database(work: Work[T]) -> T:
    """Return what ``work`` gives in one transaction on this installation's database."""
    with open_database(get_settings()) as url:
        return asyncio.run(_run(url, work))


async def _run(url: str, work: Work[T]) -> T:
    async with open_sessions(url) as sessions, sessions.begin() as session:
        return await work(session)
