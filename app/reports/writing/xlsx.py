"""Tables as Excel workbooks. Text is written as text, so that nothing is ever run as a formula."""

import csv
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

import xlsxwriter
from xlsxwriter.workbook import Workbook

from app.reports.columns import Kind, Table

ROWS_MAX = 1_048_575
"""Rows of a sheet below its header: Excel's own limit. What is more goes on in further sheets."""

_OPTIONS = {
    "constant_memory": True,
    "strings_to_numbers": False,
    "strings_to_formulas": False,
    "strings_to_urls": False,
}


def write_xlsx(table: Table, rows: Path, target: Path) -> None:
    """Write the workbook ``target`` out of ``rows`` (CSV without a header). Memory stays small."""
    numeric = [column.kind is Kind.INTEGER for column in table.columns]
    names = [column.name for column in table.columns]
    with (
        xlsxwriter.Workbook(target, {**_OPTIONS, "tmpdir": str(target.parent)}) as workbook,
        rows.open(encoding="utf-8", newline="") as file,
    ):
        reader = csv.reader(file)
        _write_sheet(workbook, names, numeric, islice(reader, ROWS_MAX))
        for first in reader:
            _write_sheet(workbook, names, numeric, chain([first], islice(reader, ROWS_MAX - 1)))


def _write_sheet(
    workbook: Workbook, names: Sequence[str], numeric: Sequence[bool], rows: Iterator[Sequence[str]]
) -> None:
    sheet = workbook.add_worksheet()
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, names, workbook.add_format({"bold": True}))
    write_string, write_number = sheet.write_string, sheet.write_number
    for place, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            if cell:
                if numeric[column]:
                    write_number(place, column, int(cell))
                else:
                    write_string(place, column, cell)
    sheet.autofilter(0, 0, max(1, sheet.dim_rowmax or 0), len(names) - 1)
