"""The fast way through a CSV of figures: whole columns at a time, for files that are exactly as they should be.

It refuses nothing and names no line: at the least doubt it gives up, and ``sirekap_csv.py`` reads the file again, row
by row, and says what is wrong with which line. What it does take, it takes exactly as that reader does; a property test
holds the two against each other. Cells are checked as bytes, because "digits only" of a whole column is one comparison
of its bytes, and the rows go to PostgreSQL as they were published, every figure in its own digits.
"""

import csv
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from gzip import BadGzipFile
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from app.official.incoming import TIMES
from app.official.sirekap_csv import KEY, LINE_MAX, check_header
from app.official.sources import READ_MAX, BoundedReader, Source
from app.pemilu.definition import Contest

UNPACKED_FAST = 768 * 1024 * 1024
"""Bytes of text that are held in memory at once; a nation's file has about 100 MB. More is read row by row."""
FIGURE_DIGITS = 6
"""More may be above ``FIGURE_MAX``: the careful reader looks."""
COLUMNS_FAST, OTHERS_FAST = 400, 90
"""More are read row by row: remarks are counted up to a bound, and a function takes 100 values."""
TPS_DIGITS = 13
PRINTED, NEWLINE = 0x20, 0x0A
BLOCK = 8 * 1024 * 1024
PIECE = 1024 * 1024
"""Bytes, and then to the end of the line, that go to PostgreSQL at a time."""
TIME = b"0000-00-00 00:00:00"

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class FastCsv:
    """A whole file, checked, in the order of its codes. ``remarks``: as ``TpsFigures.remarks``, with the number of TPS.

    ``body``: the rows as COPY reads text with commas between its cells, without the line of names.
    """

    read: int
    empty: int
    remarks: dict[str, int]
    header: tuple[str, ...]
    body: bytes

    def copy_lines(self) -> Iterator[tuple[int, memoryview]]:
        """Yield (rows, their lines), some at a time."""
        whole, start = memoryview(self.body), 0
        while start < len(self.body):
            end = (self.body.find(b"\n", start + PIECE) + 1) or len(self.body)
            yield self.body.count(b"\n", start, end), whole[start:end]
            start = end


class _DoubtError(Exception):
    """Something is not exactly as expected; the careful reader is to look."""


def read_fast_csv(source: Source, contest: Contest) -> FastCsv | None:
    """Return the figures of a CSV in which nothing is odd; null when in doubt, whatever the doubt."""
    try:
        data = _unpack(source)
        header, body = _read_header(data, contest)
        table = _split(data, header)
        order = _find_order(table)
        return _check(table, header, contest, body if order is None else _join(table.take(order)))
    except (_DoubtError, EOFError, zlib.error, BadGzipFile, UnicodeDecodeError, pa.ArrowException):
        return None


def _unpack(source: Source) -> bytes:
    reader = BoundedReader(source.data)
    parts: list[bytes] = []
    size = 0
    while part := reader.read(READ_MAX):
        parts.append(part)
        size += len(part)
        _require(size <= UNPACKED_FAST)
    data = b"".join(parts).removeprefix(b"\xef\xbb\xbf")
    _require(data.count(b"\r") == data.count(b"\r\n"))
    data = data.replace(b"\r\n", b"\n")
    if not data.isascii():
        data.decode()  # raises for what is no UTF-8, as the careful reader would
    return data


def _read_header(data: bytes, contest: Contest) -> tuple[list[str], bytes]:
    """Look at the bytes as a whole, and return the names of the columns and the lines below them.

    Quotes, backslashes and control characters have rules of their own: not here.
    """
    _require(not any(mark in data for mark in (b'"', b"\\")))
    view = np.frombuffer(data, np.uint8)
    _require(int((view < PRINTED).sum()) == data.count(b"\n"))
    ends = np.flatnonzero(view == NEWLINE)
    lengths = np.diff(np.concatenate(([-1], ends, [len(data)])))
    _require(len(ends) > 0 and int(lengths.max()) <= LINE_MAX)
    header = next(csv.reader([data[: ends[0]].decode()], strict=True), [])
    _require(check_header(header, contest) is None)
    return header, data[ends[0] + 1 :] + (b"" if data.endswith(b"\n") else b"\n")


def _split(data: bytes, header: Sequence[str]) -> pa.Table:
    """Return the cells as text, column by column; an empty one is null."""
    return arrow_csv.read_csv(
        pa.BufferReader(data),
        read_options=arrow_csv.ReadOptions(column_names=header, skip_rows=1, block_size=BLOCK),
        parse_options=arrow_csv.ParseOptions(quote_char=False, ignore_empty_lines=False),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(header, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            check_utf8=False,
        ),
    )


def _find_order(table: pa.Table) -> pa.Array | None:
    """Return the places of the rows in the order of their codes, as PostgreSQL's indexes want them.

    Null when they are in order. No code is there twice.
    """
    for chunk in table.column(KEY).chunks:
        _check_digits(chunk, shortest=TPS_DIGITS, longest=TPS_DIGITS)
        _require(chunk.null_count == 0)
    _require(len(table) > 0)
    codes = table.column(KEY).cast(pa.int64()).to_numpy()
    if bool((np.diff(codes) > 0).all()):
        return None
    order = np.argsort(codes, kind="stable")
    _require(bool((np.diff(codes[order]) > 0).all()))
    return pa.array(order)


def _join(table: pa.Table) -> bytes:
    """Return the rows as lines again."""
    parts = []
    for batch in table.to_batches():
        lines = pc.binary_join_element_wise(*batch.columns, ",", null_handling="replace", null_replacement="")
        parts.append(bytes(_bytes_of(pc.binary_join_element_wise(lines, "", "\n"))))
    return b"".join(parts)


def _check(table: pa.Table, header: Sequence[str], contest: Contest, body: bytes) -> FastCsv:
    given = [field for field in contest.fields if field in header]
    others = [name for name in header if name not in {KEY, TIMES, *given}]
    _require(len(given) + len(others) <= COLUMNS_FAST and len(others) <= OTHERS_FAST)
    remarks = {f"null {field}": table.column(field).null_count for field in given}
    remarks |= {f"unknown {name}": len(table) - table.column(name).null_count for name in others}
    empty = 0
    for batch in table.to_batches():
        for field in given:
            _check_digits(batch.column(field), shortest=1, longest=FIGURE_DIGITS)
        if TIMES in header:
            _check_times(batch.column(TIMES))
        without = (batch.column(field).is_null().to_numpy(zero_copy_only=False) for field in given)
        empty += int(np.logical_and.reduce(list(without)).sum())
    noted = {remark: count for remark, count in remarks.items() if count}
    return FastCsv(read=len(table), empty=empty, remarks=noted, header=tuple(header), body=body)


def _check_times(times: pa.Array) -> None:
    _require(bool(np.isin(_lengths(times), (0, len(TIME))).all()))
    shown = np.frombuffer(_bytes_of(times), np.uint8).reshape(-1, len(TIME))
    shape = np.frombuffer(TIME, np.uint8)
    digit = shape == ord("0")
    _require(_are_digits(shown[:, digit]) and bool((shown[:, ~digit] == shape[~digit]).all()))
    _require(bool((shown[:, 0] >= ord("2")).all()))  # the year 2000 or later
    times.cast(pa.timestamp("s"))  # raises for the 30th of February


def _check_digits(column: pa.Array, *, shortest: int, longest: int) -> None:
    lengths = _lengths(column)
    there = lengths[lengths > 0]
    _require(len(there) == 0 or (int(there.min()) >= shortest and int(there.max()) <= longest))
    _require(_are_digits(np.frombuffer(_bytes_of(column), np.uint8)))


def _are_digits(values: Bytes) -> bool:
    # Below "0" the difference wraps around and is large.
    return bool(((values - np.uint8(ord("0"))) <= 9).all())  # noqa: PLR2004 - the ten digits


def _lengths(column: pa.Array) -> npt.NDArray[np.int32]:
    """Return the number of bytes of each cell; 0 for null."""
    found: Any = pc.fill_null(pc.binary_length(column), 0).to_numpy(zero_copy_only=False)
    return np.asarray(found, np.int32)


def _bytes_of(column: pa.Array) -> memoryview:
    """Return the bytes of all cells one after another: how Arrow keeps text. Null cells have none."""
    offsets = np.frombuffer(column.buffers()[1], np.int32)[column.offset : column.offset + len(column) + 1]
    return memoryview(column.buffers()[2] or b"")[int(offsets[0]) : int(offsets[-1])]


def _require(condition: bool) -> None:  # noqa: FBT001 - as assert takes it
    if not condition:
        raise _DoubtError
