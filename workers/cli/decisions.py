"""`./runut decisions`: compute stored decisions again, and see which digits readers take for one another."""

import asyncio
from collections import Counter
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.core.config import get_settings
from app.core.database import open_sessions
from app.verification.confusion import LIKE_DIGITS
from app.verification.digit_confusions import Confusions, estimate_confusions
from app.verification.digit_labels import load_digit_labels
from app.verification.recompute import BATCH, Recomputed, recompute_decisions
from workers.database import open_database

app = typer.Typer(help="Compute stored decisions again; see what readers take for what.", no_args_is_help=True)
console = Console()

LISTED = 40
PAIRS = 10
NEWEST = 5000


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


@app.command("confusions")
def confusions_command(
    *, limit: Annotated[int, typer.Option(min=1, help="So many of the newest standing decisions.")] = NEWEST
) -> None:
    """Estimate from what readers wrote into the same boxes which digits they take for one another.

    The rule counts the pairs of its own table as alike, whatever comes out: this tells whether the table still holds.
    """
    with open_database(get_settings()) as url, console.status("Comparing readers ..."):
        found = asyncio.run(_estimate(url, limit))
    if not found.boxes:
        console.print("No box was read by two people or by one and the machine yet.")
        return
    print_confusions(found)


async def _estimate(url: str, limit: int) -> Confusions:
    async with open_sessions(url) as sessions, sessions.begin() as session:
        labels = await load_digit_labels(session, limit=limit)
    return estimate_confusions(labels)


def print_confusions(found: Confusions) -> None:
    """Show the pairs of digits that are most often taken for one another, and how often readers err in a box."""
    title = f"{len(found.boxes):,} boxes, {len(found.readers):,} readers"
    table = Table("digits", "taken for one another", "in the rule's table", title=title, title_justify="left")
    for one, other, share in found.likest(PAIRS):
        known = f"{one}{other}" in LIKE_DIGITS or f"{other}{one}" in LIKE_DIGITS
        table.add_row(f"{one} {other}", f"{share:.4%}", "yes" if known else "no")
    console.print(table)
    rates = sorted(one.error_rate for name, one in found.readers.items() if name != "machine")
    if rates:
        console.print(f"People err in {rates[len(rates) // 2]:.2%} of boxes (the middle one of {len(rates):,}).")
