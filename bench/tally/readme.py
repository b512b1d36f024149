"""What was measured, as rows of a table: goal, seen, ratio to the yardstick of the same run."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

README = Path(__file__).with_name("README.md")
_BETWEEN = re.compile(r"(<!-- figures -->\n).*?(<!-- /figures -->)", re.DOTALL)


@dataclass(frozen=True)
class Line:
    """One measure. ``reached``: None where there is no goal."""

    measure: str
    goal: str
    seen: str
    ratio: str = ""
    reached: bool | None = None


def as_text(lines: Sequence[Line]) -> str:
    """Return the table as plain text."""
    said = {True: "yes", False: "NO", None: ""}
    rows = [("measure", "goal", "seen", "ratio", "reached")]
    rows += [(one.measure, one.goal, one.seen, one.ratio, said[one.reached]) for one in lines]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def write_readme(lines: Sequence[Line], *, command: str) -> None:
    """Put the figures of this run into the README, between its marks."""
    now = f"{datetime.now(UTC):%d %B %Y}".lstrip("0")
    head = f"{now}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, `{command}`:\n"
    table = ["| measure | goal | seen | ratio | reached |", "|---|---|---|---|---|"]
    said = {True: "yes", False: "**no**", None: ""}
    table += [f"| {one.measure} | {one.goal} | {one.seen} | {one.ratio} | {said[one.reached]} |" for one in lines]
    figures = "\n".join([head, *table]) + "\n"
    before = README.read_text(encoding="utf-8")
    README.write_text(_BETWEEN.sub(lambda found: found[1] + figures + found[2], before), encoding="utf-8")
