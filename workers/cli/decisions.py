"""`./runut decisions`: compute stored decisions again, and see which digits readers take for one another."""

import asyncio
from collections import Counter
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.core.config import get_settings
from app.core.database import open_sessions
from app.verification.recompute import BATCH, Recomputed, recompute_decisions
from workers.database import open_database

app = typer.Typer(help="Compute stored decisions again from their inputs.", no_args_is_help=True)
console = Console()

LISTED = 40


@app.callback()
def keep_group() -> None:
    """Compute stored decisions again from their inputs."""


@app.command("check")
def check_command(
    *, limit: Annotated[int | None, typer.Option(min=1, help="Only so many of the newest; without it, all.")] = None
) -> None:
    """Compute every stored decision again, by the rule's version that made it, and name each difference.

    Looks at nothing but what is stored with the decision; changes nothing. Ends with 1 when one comes out otherwise.
    """
    with open_database(get_settings()) as url, console.status("Deciding again ..."):
        counts, differing = asyncio.run(_check(url, limit))
    if not counts:
        console.print("Nothing was decided yet.")
        return
    for version, count in sorted(counts.items()):
        console.print(f"{count:,} decisions of rule version {version} were computed again.", highlight=False)
    print_differing(differing)
    raise typer.Exit(int(bool(differing)))


async def _check(url: str, limit: int | None) -> tuple[Counter[str], list[Recomputed]]:
    """Go through the decisions, newest first, each batch in a transaction of its own: no table is held up for long."""
    counts: Counter[str] = Counter()
    differing: list[Recomputed] = []
    before: int | None = None
    async with open_sessions(url) as sessions:
        while limit is None or counts.total() < limit:
            batch = BATCH if limit is None else min(BATCH, limit - counts.total())
            async with sessions.begin() as session:
                found = await recompute_decisions(session, before=before, batch=batch)
            if not found:
                break
            before = found[-1].decision_id
            counts.update(one.rule_version for one in found)
            differing.extend(one for one in found if one.differing)
    return counts, differing


def print_differing(differing: list[Recomputed]) -> None:
    """Say that every decision came out as it stands, or which did not, and in what."""
    if not differing:
        console.print("Every one came out as it stands.")
        return
    title = f"{len(differing):,} decisions come out otherwise than they stand"
    table = Table(
        "decision", "TPS", "section", "state", "rule", "stored -> computed", title=title, title_justify="left"
    )
    for one in differing[:LISTED]:
        words = "\n".join(one.differing)
        table.add_row(str(one.decision_id), one.tps_kode, one.section, one.state, one.rule_version, words)
    console.print(table)
    if len(differing) > LISTED:
        console.print(f"... and {len(differing) - LISTED:,} more.")
    console.print(
        "Settle those sections again: what the rule says now is decided anew, the old decision stays on record."
    )
