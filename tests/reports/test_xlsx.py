"""Workbooks hold what the rows say, whatever it is: read back by another library."""

import csv
import io
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from app.reports.columns import Column, Kind, Source, Table
from app.reports.writing.sheet_rows import CELL_MAX
from app.reports.writing.xlsx import ROWS_MAX, write_xlsx

Row = tuple[str, int | None, str]

COLUMNS = tuple(
    Column(name, kind, "", "", "") for name, kind in (("a", Kind.TEXT), ("n", Kind.INTEGER), ("z", Kind.CODE))
)
TABLE = Table("t", "", "", "", "", COLUMNS, ("a",), lambda _piece, _spelling: Source(""))
SPREADSHEET_MAX = 2**53
"""Whole numbers beyond it are not exact in a spreadsheet."""

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))  # neither comes out of PostgreSQL
hostile = st.sampled_from(["=1+1", "+1", "-1", "@a", " a", "a\n", "\r", "_x0041_", "a&<b>", "%s", "|", "1101012001001"])
numbers = st.none() | st.integers(-SPREADSHEET_MAX, SPREADSHEET_MAX)


def make_book(rows: Sequence[Row], rows_max: int = ROWS_MAX) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "rows", Path(folder) / "book"
        with source.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, quoting=csv.QUOTE_NONNUMERIC).writerows(rows)
        write_xlsx(TABLE, source, target, rows_max)
        return target.read_bytes()


def read_rows(sheet: openpyxl.worksheet.worksheet.Worksheet) -> list[Row]:
    """Return the rows below the header; the reader leaves the format's escapes in text as they are."""
    rows = []
    for cells in sheet.iter_rows(min_row=2, max_col=len(COLUMNS)):
        assert all(cell.data_type == "s" for cell in cells if isinstance(cell.value, str))
        first, number, last = (cell.value for cell in cells)
        rows.append((unescape(first or ""), number, unescape(last or "")))
    return rows


@given(st.lists(st.tuples(texts | hostile, numbers, texts | hostile), min_size=1, max_size=30))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example([(" =1", 1, "\ufffe_x000D_\x0b"), ("", None, "x|"), ("😀\r\n", -SPREADSHEET_MAX, "")])
def test_every_text_stays_text_and_every_number_a_number(rows: list[Row]) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(make_book(rows))).worksheets[0]
    found = read_rows(sheet)
    found += [("", None, "")] * (len(rows) - len(found))  # a reader ends at the last cell that holds something
    assert found == rows
    assert all(type(number) is int for _, number, _ in found if number is not None)


def test_header_filter_and_further_sheets() -> None:
    rows: list[Row] = [(f"a{number}", number, "z") for number in range(5)]
    data = make_book(rows, rows_max=2)
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert [read_rows(sheet) for sheet in book.worksheets] == [rows[:2], rows[2:4], rows[4:]]
    assert [sheet.auto_filter.ref for sheet in book.worksheets] == ["A1:C3", "A1:C3", "A1:C2"]
    for sheet in book.worksheets:
        assert [(cell.value, cell.font.b) for cell in sheet[1]] == [("a", True), ("n", True), ("z", True)]
        assert sheet.freeze_panes == "A2"
    lazy = openpyxl.load_workbook(io.BytesIO(data), read_only=True)  # believes the bounds that the sheet tells
    assert [(sheet.max_row, sheet.max_column) for sheet in lazy.worksheets] == [(3, 3), (3, 3), (2, 3)]
    zip64 = 45
    assert all(part.extract_version < zip64 for part in zipfile.ZipFile(io.BytesIO(data)).infolist())


def test_no_rows_are_a_header() -> None:
    (sheet,) = openpyxl.load_workbook(io.BytesIO(make_book([]))).worksheets
    assert [cell.value for row in sheet.iter_rows() for cell in row] == ["a", "n", "z"]


def test_blanks_at_the_edge_of_a_cell_are_kept_by_excel_too() -> None:
    sheet = zipfile.ZipFile(io.BytesIO(make_book([("a", 1, " z")]))).read("xl/worksheets/sheet1.xml").decode()
    assert '<c r="C2" t="inlineStr"><is><t xml:space="preserve"> z</t></is></c>' in sheet


def test_a_text_longer_than_a_cell_is_cut_where_one_sees_it() -> None:
    fits, wide = "x" * CELL_MAX, "😀" * (CELL_MAX // 2)  # of two units each
    rows: list[Row] = [(fits, 1, wide), (fits + "x", 2, wide + "😀")]
    sheet = openpyxl.load_workbook(io.BytesIO(make_book(rows))).worksheets[0]
    cut = [("x" * (CELL_MAX - 1) + "…", 2, "😀" * (CELL_MAX // 2) + "…")]
    assert read_rows(sheet) == rows[:1] + cut
