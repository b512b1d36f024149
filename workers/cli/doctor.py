"""`./runut doctor`: what is missing here, why it matters, and the exact remedy."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from workers.doctor.examine import examine
from workers.doctor.finding import Finding, Level

app = typer.Typer()

COLOURS = {Level.OK: "green", Level.WARNING: "yellow", Level.MISSING: "bold red"}


@app.command()
def doctor(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")] = False,
) -> None:
    """Look at this machine and installation: what is missing, why it matters, the exact remedy.

    Works before anything is set up and when half of it is broken; changes nothing but for a small object in a bucket.
    The exit code is 1 only when something that Runut needs is missing; warnings leave it at 0.
    """
    errors = Console(stderr=True)
    with errors.status("looking") as status:
        findings = list(examine(lambda subject: status.update(f"looking at: {subject}")))
    if as_json:
        for finding in findings:
            typer.echo(json.dumps(finding.as_json(), ensure_ascii=False))
    else:
        show(findings)
    raise typer.Exit(int(any(finding.level is Level.MISSING for finding in findings)))


def show(findings: list[Finding]) -> None:
    """Print the table, and below it what is to be done."""
    console = Console()
    table = Table("", "", "found", box=None, pad_edge=False)
    for finding in findings:
        table.add_row(
            Text(finding.level, COLOURS[finding.level]), finding.subject, Text(finding.found, overflow="fold")
        )
    console.print(table)
    for finding in (finding for finding in findings if finding.level is not Level.OK):
        console.print(Text(f"\n{finding.subject}: ", COLOURS[finding.level]) + Text(finding.found, "default"))
        console.print(Text(f"  why:    {finding.why}"))
        console.print(Text(f"  remedy: {finding.remedy}"), soft_wrap=True)  # one line, to be copied
    missing = sum(finding.level is Level.MISSING for finding in findings)
    warnings = sum(finding.level is Level.WARNING for finding in findings)
    console.print(f"\n{missing} missing, {warnings} warnings, {len(findings) - missing - warnings} well.")
