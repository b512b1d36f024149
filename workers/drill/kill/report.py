"""How the drill goes and what came of it, for people and for programs."""

import time
from dataclasses import asdict
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from workers.drill.kill.findings import KINDS
from workers.drill.kill.run import Outcome

LISTED = 20
SAY_EVERY = 30.0


class Bars:
    """A bar for each kind of work, with its rate."""

    def __init__(self, console: Console) -> None:
        """Draw on ``console``."""
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            console=console,
        )
        self._bars: dict[str, TaskID] = {}
        self._said = time.monotonic()

    def tell(self, what: str, done: float, total: float) -> None:
        """Move the bar of ``what``."""
        if what not in self._bars:
            self._bars[what] = self._progress.add_task(what, total=total, rate="")
        bar = self._bars[what]
        elapsed = self._progress.tasks[bar].elapsed or 0.0
        rate = f"{done / elapsed:.1f}/s" if elapsed else ""
        self._progress.update(bar, completed=min(done, total), rate=rate)
        self._say_now_and_then()

    def _say_now_and_then(self) -> None:
        """Print a line where no bar can be drawn, such as in a file."""
        if self._progress.console.is_terminal or time.monotonic() - self._said < SAY_EVERY:
            return
        self._said = time.monotonic()
        bars = [
            f"{bar.description} {bar.completed:,.0f}/{bar.total:,.0f} ({bar.fields['rate']})"
            for bar in self._progress.tasks
        ]
        self._progress.console.print(", ".join(bars), highlight=False)

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End drawing."""
        self._progress.stop()


def as_json(outcome: Outcome) -> dict[str, Any]:
    """Return everything about the outcome."""
    return {
        "passed": outcome.passed,
        "size": asdict(outcome.size),
        "found": {kind: outcome.findings.count(kind) for kind in KINDS},
        "findings": [asdict(finding) for finding in outcome.findings.found[: LISTED * 10]],
        "looked_at": dict(outcome.findings.looked_at),
        "kills": outcome.kills,
        "starts": outcome.starts,
        "set_aside": outcome.set_aside,
        "seconds": {name: round(seconds, 1) for name, seconds in outcome.seconds.items()},
        "controls": outcome.controls,
        **outcome.counts,
    }


def print_outcome(console: Console, outcome: Outcome) -> None:
    """Print what was done and what was found."""
    table = Table(title=f"Drill kill, seed {outcome.size.seed}", title_justify="left", show_header=False)
    table.add_column("what")
    table.add_column("how many", overflow="fold")
    for name, value in _lines(outcome):
        table.add_row(name, value)
    console.print(table)
    for finding in outcome.findings.found[:LISTED]:
        console.print(f"[red]{finding.kind}[/red]: {finding.words}", highlight=False)
    for words in outcome.set_aside:
        console.print(f"set aside, as its reader was killed under it twice: {words}", highlight=False)
    for control in outcome.controls:
        verdict = "the drill sees it" if control["seen"] else "[red]THE DRILL DOES NOT SEE IT[/red]"
        console.print(f"control {control['name']}: {control['words']} – {verdict}", highlight=False)


def _lines(outcome: Outcome) -> list[tuple[str, str]]:
    lines = [(name.replace("_", " "), _show(value)) for name, value in outcome.counts.items()]
    lines += [("kills", _show(outcome.kills)), ("starts", _show(outcome.starts))]
    lines += [("seconds", _show({name: round(value, 1) for name, value in outcome.seconds.items()}))]
    lines += [("looked at", _show(dict(outcome.findings.looked_at)))]
    return [*lines, *((kind, str(outcome.findings.count(kind))) for kind in KINDS)]


def _show(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {number:,}" for name, number in value.items()) or "none"
    return f"{value:,}" if isinstance(value, int) else str(value)
