"""CSV that a spreadsheet cannot mistake for a program.

UTF-8, comma, CRLF (RFC 4180). Without a byte-order mark, which many programs take for part of the first column's name;
``EXCEL_MARK`` in front makes Excel see UTF-8, and is sent only when asked for.
"""

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime

EXCEL_MARK = "\ufeff"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A text cell that begins so is run as a formula by spreadsheets (OWASP, "CSV Injection")."""

Cell = str | int | datetime | None


def write_rows(rows: Iterable[Iterable[Cell]]) -> str:
    """Return the rows as CSV text. Numbers stay numbers, also negative ones; None is an empty cell."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows([_spell(cell) for cell in row] for row in rows)
    return buffer.getvalue()


def disarm(text: str) -> str:
    """Return ``text`` with an apostrophe in front when a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _spell(cell: Cell) -> str | int:
    if cell is None:
        return ""
    if isinstance(cell, int):
        return cell
    if isinstance(cell, datetime):
        return spell_time(cell)
    return disarm(cell)


def spell_time(moment: datetime) -> str:
    """Return a moment as ISO 8601 in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
