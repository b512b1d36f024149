"""`./runut account`: make accounts and see which there are."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.passwords import check_password_rules, generate_password
from app.accounts.service import AccountView, list_accounts, make_account
from app.core.access import Role
from app.core.config import get_settings
from app.core.database import open_sessions
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
) -> None:
    """Make an account. The password is asked for, read from a pipe, or made with --generate; never an argument."""
    password = generate_password() if generate else ask_password()
    check_password_rules(password)

    async def make(session: AsyncSession) -> AccountView:
        return await make_account(session, name=name, password=password, role=role, display_name=display_name)

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
