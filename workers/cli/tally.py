"""`./runut tally`: add everything up again, check the sums in another way, show them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.service import find_account_by_name
from app.core.config import get_settings
from app.core.database import open_sessions
from app.pemilu.definition import Contest
from app.pemilu.service import get_contest, list_contests
from app.tally.service import Drift, TallyView, get_tally, list_results, list_tally, open_round, rebuild, verify
from app.wilayah.codes import NATION
from workers.database import open_database

app = typer.Typer(help="Add the results up again, or check that the sums are right.", no_args_is_help=True)
console = Console()

LISTED = 40
KELURAHAN_DIGITS = 10

_Found = TypeVar("_Found")

ForContest = Annotated[str | None, typer.Option("--pemilihan", help="Only this contest, e.g. ppwp-2024.")]


@app.command("rebuild")
def rebuild_command(*, pemilihan: ForContest = None) -> None:
    """Compute every tally again from the results; says how many rows were missing or wrong."""
    for contest, changed in run(pemilihan, lambda session, contest: rebuild(session, contest=contest)):
        words = "all rows were right." if changed == 0 else f"{changed:,} rows were missing or wrong and are right now."
        console.print(f"{contest.kode}: {words}", highlight=False)


@app.command("verify")
def verify_command(*, pemilihan: ForContest = None) -> None:
    """Add all results up once more, in another way than the service does, and compare every region; changes nothing.

    Ends with 1 when a sum is not right.
    """
    drifted = False
    for contest, found in run(pemilihan, lambda session, contest: verify(session, contest=contest)):
        drifted = drifted or bool(found)
        print_drift(contest, found)
    raise typer.Exit(int(drifted))


def print_drift(contest: Contest, found: Sequence[Drift]) -> None:
    """Say that all sums are right, or which are not."""
    if not found:
        console.print(f"{contest.kode}: every region is the sum of its results.", highlight=False)
        return
    title = f"{contest.kode}: {len(found):,} sums are not right"
    table = Table("region", "what", "stored", "should be", title=title, title_justify="left")
    for one in found[:LISTED]:
        table.add_row(one.kode, one.column, str(one.stored), str(one.right))
    console.print(table)
    if len(found) > LISTED:
        console.print(f"... and {len(found) - LISTED:,} more.")
    console.print("Mend them with:  ./runut tally rebuild")


@app.command("show")
def show_command(
    kode: Annotated[str, typer.Argument(help="Region; 0 is the nation.")] = NATION, *, pemilihan: ForContest = None
) -> None:
    """Show the sums over a region and over the regions in it, with how much of it they cover."""

    async def look(session: AsyncSession, contest: Contest) -> Table:
        own = await get_tally(session, contest=contest, kode=kode)
        if len(own.kode) == KELURAHAN_DIGITS:
            return await make_results_table(session, contest, own)
        return make_table(contest, own, await list_tally(session, contest=contest, induk=own.kode))

    for _, table in run(pemilihan, look):
        console.print(table)


def make_table(contest: Contest, own: TallyView, children: Sequence[TallyView]) -> Table:
    """Return the table of a region and what lies in it."""
    names = [f"{choice.nomor_urut}. {choice.nama}" for choice in contest.choices]
    table = Table("code", "region", "TPS accepted", *names, title=contest.nama, title_justify="left")
    for one in (*children, own):
        covered = f"{one.tps_accepted:,} / {one.tps_expected:,} ({one.coverage:.1%})"
        style = "bold" if one is own else None
        table.add_row(one.kode, one.nama, covered, *(f"{votes:,}" for votes in one.votes(contest)), style=style)
    return table


async def make_results_table(session: AsyncSession, contest: Contest, own: TallyView) -> Table:
    """Return the table of a kelurahan's TPS."""
    names = [f"{choice.nomor_urut}. {choice.nama}" for choice in contest.choices]
    table = Table("TPS", "state", *names, title=f"{contest.nama}: {own.nama}", title_justify="left")
    for one in await list_results(session, contest=contest, kelurahan=own.kode):
        votes = (one.numbers[choice.field] for choice in contest.choices)
        table.add_row(str(one.nomor), one.state, *("" if number is None else f"{number:,}" for number in votes))
    table.add_row("all", f"{own.tps_accepted} accepted", *(f"{votes:,}" for votes in own.votes(contest)), style="bold")
    return table


@app.command("revote")
def revote_command(
    tps: Annotated[str, typer.Argument(help="Code of the TPS, 13 digits.")],
    *,
    pemilihan: Annotated[str, typer.Option("--pemilihan", help="The contest that is voted on again.")],
    by: Annotated[str, typer.Option(help="Sign-in name of the account in whose name it is.")],
    reason: Annotated[str, typer.Option(help="The decision that orders the revote; it stands in the log.")],
) -> None:
    """Begin a new round of a TPS that votes again (PSU): what was accepted no longer counts, and stays readable."""

    async def begin(session: AsyncSession, contest: Contest) -> int:
        account = await find_account_by_name(session, name=by)
        return await open_round(session, contest=contest, tps_kode=tps, reason=reason, account_id=account.id)

    for contest, number in run(pemilihan, begin):
        console.print(f"{contest.kode}: TPS {tps} is in round {number}; send its new photographs.", highlight=False)


def run(
    pemilihan: str | None, compute: Callable[[AsyncSession, Contest], Awaitable[_Found]]
) -> list[tuple[Contest, _Found]]:
    """Run ``compute`` for one contest or for all, each in its own transaction."""
    with open_database(get_settings()) as url, console.status("Adding up ..."):
        found = asyncio.run(_run(url, pemilihan, compute))
    if not found:
        console.print("No election was imported yet. Begin with:  ./runut pemilu import ppwp_2024")
    return found


async def _run(
    url: str, pemilihan: str | None, compute: Callable[[AsyncSession, Contest], Awaitable[_Found]]
) -> list[tuple[Contest, _Found]]:
    async with open_sessions(url) as sessions:
        async with sessions.begin() as session:
            wanted = await list_contests(session) if pemilihan is None else [await get_contest(session, kode=pemilihan)]
        found = []
        for contest in wanted:
            async with sessions.begin() as session:
                found.append((contest, await compute(session, contest)))
        return found
