"""Tables as Excel workbooks. Text is written as text, so that nothing is ever run as a formula.

XlsxWriter makes the workbook with its headers; the rows below them are put in by :mod:`app.reports.writing.sheet_rows`,
which takes a fifth of the time that XlsxWriter takes for cell after cell (ADR 0028).
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

import xlsxwriter

from app.reports.columns import Kind, Table
from app.reports.writing.sheet_rows import RowSpeller

ROWS_MAX = 1_048_575
"""Rows of a sheet below its header: Excel's own limit. What is more goes on in further sheets."""

COMPRESSION = 3
"""zlib's level: less than half the time of the usual 6, for a twelfth more bytes."""

_SHEET = "xl/worksheets/sheet"
_END_OF_ROWS = b"</sheetData>"
_CELL_BYTES = 48  # of XML around what stands in a cell, about


def write_xlsx(table: Table, rows: Path, target: Path, rows_max: int = ROWS_MAX) -> None:
    """Write the workbook ``target`` out of ``rows`` (CSV without a header). Memory stays small.

    ``rows_max``: rows of a sheet below its header.
    """
    names = [column.name for column in table.columns]
    speller = RowSpeller([column.kind is Kind.INTEGER for column in table.columns])
    with rows.open(encoding="utf-8", newline="") as file:
        count = sum(1 for _ in csv.reader(file))
        file.seek(0)
        reader = csv.reader(file)
        lengths = [min(rows_max, count - start) for start in range(0, max(1, count), rows_max)]
        blocks = (speller.spell_blocks(islice(reader, length), first=2) for length in lengths)
        size = 2 * rows.stat().st_size + max(lengths) * len(names) * _CELL_BYTES
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION) as book:
            _write_book(book, _make_frame(names, lengths), blocks, size)


def _make_frame(names: Sequence[str], lengths: Sequence[int]) -> io.BytesIO:
    """Return a workbook in which each sheet has its header, and a filter and bounds as if its rows were there."""
    frame = io.BytesIO()
    with xlsxwriter.Workbook(frame, {"in_memory": True}) as workbook:
        bold = workbook.add_format({"bold": True})
        for length in lengths:
            sheet = workbook.add_worksheet()
            sheet.freeze_panes(1, 0)
            sheet.write_row(0, 0, names, bold)
            sheet.autofilter(0, 0, max(1, length), len(names) - 1)
            sheet.dim_rowmax = length
    return frame


def _write_book(book: zipfile.ZipFile, frame: io.BytesIO, blocks: Iterable[Iterable[bytes]], size: int) -> None:
    """Copy ``frame`` part by part, the next ``blocks`` into each sheet. ``size``: bytes of a sheet, about.

    Only a sheet that wants it is written as ZIP64: Excel may offer to repair such a file.
    """
    sheets = iter(blocks)
    with zipfile.ZipFile(frame) as parts:
        for name in parts.namelist():  # sheets stand there in their order
            is_sheet = name.startswith(_SHEET)
            with book.open(name, "w", force_zip64=is_sheet and size > zipfile.ZIP64_LIMIT) as file:
                head, end, tail = parts.read(name).partition(_END_OF_ROWS)
                file.write(head)
                if is_sheet:
                    file.writelines(next(sheets))
                file.write(end + tail)
