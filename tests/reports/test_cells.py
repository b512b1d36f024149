"""What a spreadsheet gets to see."""

import csv
import io
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from app.reports.cells import FORMULA_STARTS, write_rows


def test_numbers_stay_numbers_and_nothing_is_an_empty_cell() -> None:
    assert write_rows([(0, -5, None, "a,b", 'say "x"')]) == '0,-5,,"a,b","say ""x"""\r\n'


def test_a_time_is_written_in_utc() -> None:
    jakarta = datetime(2024, 2, 15, 0, 46, 45, tzinfo=timezone(timedelta(hours=7)))
    assert write_rows([(jakarta, datetime(2024, 1, 1, tzinfo=UTC))]) == "2024-02-14T17:46:45Z,2024-01-01T00:00:00Z\r\n"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_no_text_is_ever_taken_for_a_formula_and_harmless_text_is_left_alone(text: str) -> None:
    (row,) = csv.reader(io.StringIO(write_rows([(text, "x")]), newline=""))
    assert not row[0].startswith(FORMULA_STARTS)
    assert row[0] == (f"'{text}" if text.startswith(FORMULA_STARTS) else text)
