"""The four formats of a table: CSV and JSON Lines flow from the database, XLSX and Parquet are made of its rows."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from app.reports.cells import EXCEL_MARK
from app.reports.columns import Spelling, Table
from app.reports.writing.copying import Downloads
from app.reports.writing.parquet import write_parquet
from app.reports.writing.xlsx import write_xlsx

BLOCK = 256 * 1024

Maker = Callable[[Table, Path, Path], None]
"""Makes the file of the second path out of rows in the first: CSV without a header, text as it is. Runs in a thread."""


class Suffix(StrEnum):
    """A format, as a file name ends with it."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON_LINES = "jsonl"
    PARQUET = "parquet"


@dataclass(frozen=True)
class Format:
    """What a file of this kind is called on the way, and what makes it; null: it flows as the database writes it."""

    media_type: str
    spelling: Spelling
    make: Maker | None = None


FORMATS = {
    Suffix.CSV: Format("text/csv; charset=utf-8", Spelling.SHEET),
    Suffix.JSON_LINES: Format("application/jsonl; charset=utf-8", Spelling.JSON),
    Suffix.XLSX: Format(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Spelling.PLAIN, write_xlsx
    ),
    Suffix.PARQUET: Format("application/vnd.apache.parquet", Spelling.PLAIN, write_parquet),
}


def write_header(table: Table) -> bytes:
    """Return the first line of the CSV: the names of the columns."""
    return (",".join(column.name for column in table.columns) + "\n").encode()


async def write_table(
    downloads: Downloads, table: Table, suffix: Suffix, *, excel: bool = False
) -> AsyncGenerator[bytes, None]:
    """Yield ``table`` as a file of this format. ``excel``: a CSV begins with the mark that makes Excel read UTF-8.

    Memory does not grow with the table. The header of a CSV comes at once, before the database has answered.

    Raises:
        TooManyRequestsError: too many downloads are running.
    """
    chosen = FORMATS[suffix]
    if chosen.make is None:
        if suffix is Suffix.CSV:
            yield (EXCEL_MARK.encode() if excel else b"") + write_header(table)
        blocks = downloads.copy_rows(table, chosen.spelling)
    else:
        blocks = _make_file(downloads, table, chosen.make)
    async with aclosing(blocks) as flowing:
        async for block in flowing:
            yield block


async def _make_file(downloads: Downloads, table: Table, make: Maker) -> AsyncGenerator[bytes, None]:
    with tempfile.TemporaryDirectory(prefix="runut-report-") as folder:
        rows, made = Path(folder) / "rows", Path(folder) / "made"
        await save_rows(downloads, table, Spelling.PLAIN, rows)
        await asyncio.to_thread(make, table, rows, made)
        await asyncio.to_thread(rows.unlink)
        async with aclosing(read_file(made)) as blocks:
            async for block in blocks:
                yield block


async def save_rows(downloads: Downloads, table: Table, spelling: Spelling, path: Path) -> None:
    """Write the rows into a file, without a header."""
    with path.open("wb") as file:
        async with aclosing(downloads.copy_rows(table, spelling)) as blocks:
            async for block in blocks:
                file.write(block)


async def read_file(path: Path) -> AsyncGenerator[bytes, None]:
    """Yield a file in blocks."""
    with path.open("rb") as file:
        while block := await asyncio.to_thread(file.read, BLOCK):
            yield block
