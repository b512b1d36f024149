"""The fast way through a CSV of figures: whole columns at a time, for files that are exactly as they should be.

It refuses nothing and names no line: at the least doubt it gives up, and ``sirekap_csv.py`` reads the file again, row
by row, and says what is wrong with which line. What it does take, it takes exactly as that reader does; a property test
holds the two against each other. Cells are checked as bytes, because "digits only" of a whole column is one comparison
of its bytes, and figures go to PostgreSQL in the digits in which they were published.
"""

import csv
import json
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

from app.official.sirekap_csv import KEY, LINE_MAX, check_header
from app.official.sources import READ_MAX, BoundedReader, Source
from app.pemilu.definition import Contest

UNPACKED_FAST = 768 * 1024 * 1024
"""Bytes of text that are held in memory at once; a nation's file has about 100 MB. More is read row by row."""
FIGURE_DIGITS = 6
"""More may be above ``FIGURE_MAX``: the careful reader looks."""
REMARKS_FAST = 400
TPS_DIGITS = 13
PRINTED, NEWLINE, RETURN = 0x20, 0x0A, 0x0D
BLOCK = 8 * 1024 * 1024
TIME = b"0000-00-00 00:00:00"
ZONE = "+07"
"""WIB, see ``figures.WIB``."""

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class FastCsv:
    """A whole file, checked. ``remarks``: as ``TpsFigures.remarks``, with the number of TPS."""

    read: int
    empty: int
    remarks: dict[str, int]
    blocks: tuple[pa.RecordBatch, ...]
    """Columns ``numbers``, ``tps_kode``, ``published_at``, ``extra``, spelt for COPY."""

    def copy_lines(self) -> Iterator[tuple[int, memoryview]]:
        """Yield (rows, their lines as PostgreSQL's COPY reads text), in the order of ``staging.COLUMNS``."""
        for block in self.blocks:
            line = pc.binary_join_element_wise(
                *(block.column(name) for name in ("tps_kode", "numbers")),
                "{}",
                *(block.column(name) for name in ("published_at", "extra")),
                "\t",
            )
            yield len(block), _bytes_of(pc.binary_join_element_wise(line, "", "\n"))


class _DoubtError(Exception):
    """Something is not exactly as expected; the careful reader is to look."""


def read_fast_csv(source: Source, contest: Contest) -> FastCsv | None:
    """Return the figures of a CSV in which nothing is odd; null when in doubt, whatever the doubt."""
    try:
        data = _unpack(source)
        header = _read_header(data, contest)
        return _spell(_sort(_split(data, header)), header, contest)
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
    if not data.isascii():
        data.decode()  # raises for what is no UTF-8, as the careful reader would
    return data


def _read_header(data: bytes, contest: Contest) -> list[str]:
    """Look at the bytes as a whole, and return the names of the columns.

    Quotes, backslashes, lone carriage returns and control characters have rules of their own: not here.
    """
    _require(not any(mark in data for mark in (b'"', b"\\")) and data.count(b"\r") == data.count(b"\r\n"))
    view = np.frombuffer(data, np.uint8)
    _require(not bool(((view < PRINTED) & (view != NEWLINE) & (view != RETURN)).any()))
    ends = np.flatnonzero(view == NEWLINE)
    lengths = np.diff(np.concatenate(([-1], ends, [len(data)])))
    _require(len(ends) > 0 and int(lengths.max()) <= LINE_MAX)
    header = next(csv.reader([data[: ends[0]].decode()], strict=True), [])
    _require(check_header(header, contest) is None)
    return header


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


def _sort(table: pa.Table) -> pa.Table:
    """Return the rows in the order of their codes, as PostgreSQL's indexes want them. No code is there twice."""
    for chunk in table.column(KEY).chunks:
        _check_digits(chunk, shortest=TPS_DIGITS, longest=TPS_DIGITS)
        _require(chunk.null_count == 0)
    _require(len(table) > 0)
    codes = table.column(KEY).cast(pa.int64()).to_numpy()
    steps = np.diff(codes)
    if not bool((steps > 0).all()):
        order = np.argsort(codes, kind="stable")
        _require(bool((np.diff(codes[order]) > 0).all()))
        table = table.take(pa.array(order))
    return table


def _spell(table: pa.Table, header: Sequence[str], contest: Contest) -> FastCsv:
    given = [field for field in contest.fields if field in header]
    others = [name for name in header if name not in {KEY, "ts", *given}]
    remarks = {f"null {field}": table.column(field).null_count for field in given}
    remarks |= {f"unknown {name}": len(table) - table.column(name).null_count for name in others}
    _require(len(remarks) <= REMARKS_FAST)
    empty = 0
    blocks = []
    for batch in table.to_batches():
        for field in given:
            _check_digits(batch.column(field), shortest=1, longest=FIGURE_DIGITS)
        numbers = _spell_numbers(batch, given, contest)
        nothing = "{" + ",".join(["NULL"] * len(contest.fields)) + "}"
        empty += int(pc.sum(pc.equal(numbers, nothing)).as_py() or 0)
        columns = [batch.column(KEY), numbers, _spell_times(batch), _spell_extra(batch, others)]
        blocks.append(pa.RecordBatch.from_arrays(columns, names=["tps_kode", "numbers", "published_at", "extra"]))
    noted = {remark: count for remark, count in remarks.items() if count}
    return FastCsv(read=len(table), empty=empty, remarks=noted, blocks=tuple(blocks))


def _spell_numbers(batch: pa.RecordBatch, given: Sequence[str], contest: Contest) -> pa.Array:
    """Return ``{1,2,NULL}`` for each row, one place a field of the contest."""
    none = pa.nulls(len(batch), pa.string())
    columns = [batch.column(field) if field in given else none for field in contest.fields]
    inside = pc.binary_join_element_wise(*columns, ",", null_handling="replace", null_replacement="NULL")
    return pc.binary_join_element_wise("{", inside, "}", "")


def _spell_times(batch: pa.RecordBatch) -> pa.Array:
    r"""Return the times with their zone, ``\N`` where there is none."""
    if "ts" not in batch.schema.names:
        return pa.array(["\\N"] * len(batch), pa.string())
    times = batch.column("ts")
    _require(bool(np.isin(_lengths(times), (0, len(TIME))).all()))
    shown = np.frombuffer(_bytes_of(times), np.uint8).reshape(-1, len(TIME))
    shape = np.frombuffer(TIME, np.uint8)
    digit = shape == ord("0")
    _require(_are_digits(shown[:, digit]) and bool((shown[:, ~digit] == shape[~digit]).all()))
    _require(bool((shown[:, 0] >= ord("2")).all()))  # the year 2000 or later
    times.cast(pa.timestamp("s"))  # raises for the 30th of February
    return pc.fill_null(pc.binary_join_element_wise(times, ZONE, ""), "\\N")


def _spell_extra(batch: pa.RecordBatch, names: Sequence[str]) -> pa.Array:
    """Return the cells of unknown columns as a JSON object; empty ones are left out."""
    if not names:
        return pa.array(["{}"] * len(batch), pa.string())
    cells = [
        pc.fill_null(
            pc.binary_join_element_wise("," + json.dumps(name, ensure_ascii=False) + ':"', batch.column(name), '"', ""),
            "",
        )
        for name in names
    ]
    # Not Arrow's own skipping of nulls while it joins: where all are null it leaves the row out.
    spelt = pc.binary_join_element_wise("{", *cells, "}", "")
    return pc.replace_substring(spelt, pattern="{,", replacement="{", max_replacements=1)


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
