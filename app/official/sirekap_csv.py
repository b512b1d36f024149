"""Read a CSV with one TPS a row: ``kode_tps``, the contest's own field names, ``ts``, anything else.

The shape of public collections of Sirekap's figures. An empty cell means: not published.
"""

import csv
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from gzip import BadGzipFile

from app.official.errors import BrokenArchiveError, Problem
from app.official.figures import FIGURE_MAX, Silence, TpsFigures, WrongFigureError, check_figure, read_time
from app.official.sources import Source, open_text
from app.pemilu.definition import Contest

KEY = "kode_tps"
LINE_MAX = 10_000
_COUNT = re.compile(r"[0-9]{1,9}")
_TPS = re.compile(r"[0-9]{13}")


def read_csv_figures(source: Source, contest: Contest) -> Iterator[TpsFigures | Problem]:
    """Yield the figures of each row, or what is wrong with it; the place of a problem is its line.

    Raises:
        BrokenArchiveError: the compressed file ends early or is no UTF-8 text.
    """
    try:
        with open_text(source) as text:
            rows = csv.reader(limit_lines(text), strict=True)
            header = next(rows, [])
            if problem := check_header(header, contest):
                yield problem
                return
            for row in rows:
                place = f"{source.name}, line {rows.line_num}"
                yield _read_row(place, header, row, contest)
    except (EOFError, zlib.error, BadGzipFile, csv.Error, UnicodeDecodeError) as error:
        raise BrokenArchiveError(source.name, str(error)) from error


def find_silence(source: Source, contest: Contest) -> Silence:
    """Return what the file has no column for; of a file that cannot be read, everything: reading it will tell why."""
    try:
        with open_text(source) as text:
            header = next(csv.reader(limit_lines(text), strict=True), [])
    except (EOFError, zlib.error, BadGzipFile, csv.Error, UnicodeDecodeError):
        header = []
    return Silence(frozenset(contest.places[field] for field in contest.fields if field not in header), images=True)


def limit_lines(lines: Iterator[str]) -> Iterator[str]:
    """Yield the lines; a file without line ends would otherwise become one row as large as the file."""
    for line in lines:
        if len(line) > LINE_MAX:
            raise csv.Error(f"a line has more than {LINE_MAX} characters")
        yield line


def check_header(header: Sequence[str], contest: Contest) -> Problem | None:
    """Return what is wrong with the names of the columns, or null."""
    if KEY not in header:
        return Problem("line 1", f"there is no column {KEY}")
    if len(set(header)) != len(header):
        return Problem("line 1", "two columns have the same name")
    if any("\0" in name for name in header):
        return Problem("line 1", "a column's name contains a null character")
    if not set(header) & set(contest.fields):
        return Problem("line 1", f"no column is a field of {contest.kode} ({', '.join(contest.fields[:3])}, ...)")
    return None


def _read_row(place: str, header: Sequence[str], row: Sequence[str], contest: Contest) -> TpsFigures | Problem:
    if len(row) != len(header):
        return Problem(place, f"{len(row)} cells under {len(header)} columns")
    cells = dict(zip(header, row, strict=True))
    if not _TPS.fullmatch(cells[KEY]):
        return Problem(place, f"{KEY} is {cells[KEY]!r}, not 13 digits")
    try:
        numbers = tuple(_read_cell(field, cells.get(field, "")) for field in contest.fields)
    except WrongFigureError as error:
        return Problem(place, str(error))
    known = {KEY, "ts", *contest.fields}
    extra = {name: cell for name, cell in cells.items() if name not in known and cell}
    published_at = read_time(cells.get("ts"))
    if published_at is None and cells.get("ts"):
        extra["ts"] = cells["ts"]
    if any("\0" in cell for cell in extra.values()):
        return Problem(place, "contains a null character")
    return TpsFigures(
        tps_kode=cells[KEY],
        numbers=numbers,
        published_at=published_at,
        extra=extra,
        remarks=tuple(_remark(cells, extra, contest)),
    )


def _read_cell(field: str, cell: str) -> int | None:
    if not cell:
        return None
    if not _COUNT.fullmatch(cell):
        raise WrongFigureError(f"{field} is {cell[:40]!r}, not a whole number of 0 to {FIGURE_MAX:,} or empty")
    return check_figure(field, int(cell))


def _remark(cells: Mapping[str, str], extra: Mapping[str, str], contest: Contest) -> Iterator[str]:
    yield from (f"unknown {name}" for name in extra if name != "ts")
    yield from (f"null {field}" for field in contest.fields if field in cells and not cells[field])
    if "ts" in extra:
        yield "unreadable ts"
