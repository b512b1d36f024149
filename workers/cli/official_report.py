"""What `./runut official import` and `fetch` print of an import."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from app.official.service import ImportReport

console = Console()

LISTED = 20


def print_report(report: ImportReport) -> None:
    """Print what an import did and what was odd about the publication."""
    notes = report.notes
    known = " (this very publication was here before)" if report.repeated else ""
    console.print(f"[bold]{report.name}[/]  sha256 {report.sha256}{known}", highlight=False)
    table = Table(show_header=False)
    rows: Sequence[tuple[str, int]] = (
        ("TPS read", report.tps_read),
        ("TPS changed", report.tps_changed),
        ("TPS without any figure", notes["tps_without_figures"]),
        ("TPS that we do not know (kept)", report.tps_unknown),
        ("TPS older than what we have (not taken)", notes["older_than_current"]),
        ("files that stood there twice", notes["repeated_files"]),
        ("other files (ignored)", notes["other_files"]["count"]),
        *((f"changes: {kind.replace('_', ' ')}", count) for kind, count in notes["changes"].items()),
        ("alarms raised", notes["alarms"]),
    )
    for words, count in rows:
        table.add_row(words, f"{count:,}")
    console.print(table)
    print_remarks(notes)


def print_remarks(notes: Mapping[str, Any]) -> None:
    """Print the counted oddities and the first names of what is not known."""
    if notes["remarks"]:
        table = Table("odd", "TPS", title="Noticed in the figures", title_justify="left")
        for remark, count in sorted(notes["remarks"].items(), key=lambda item: -item[1])[:LISTED]:
            table.add_row(remark, f"{count:,}")
        console.print(table)
    for words, part in (("Unknown TPS", notes["unknown_tps"]), ("Other files", notes["other_files"])):
        if part["count"]:
            more = ", ..." if part["count"] > LISTED else ""
            console.print(f"{words}: {', '.join(part['first'][:LISTED])}{more}", markup=False)
