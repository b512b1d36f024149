"""Read totals of regions: D.Hasil recap sheets, the decree per province, Sirekap's own page of totals. All as CSV.

One region a row. The code stands in ``kode`` (or ``kode_prov``): 2 digits a provinsi, 4 a kabupaten/kota, 6 a
kecamatan, 10 a kelurahan, ``0`` the nation. Numbers stand in columns named as the contest's fields; ``p1``, ``p2``, ...
are the votes of the choices with these numbers. ``tps`` is of how many TPS the row tells. Other columns (names of
regions) are passed over. See docs/official.md.
"""

import csv
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from gzip import BadGzipFile
from itertools import islice

from app.official.errors import SHOWN, BrokenArchiveError, OfficialFileError, Problem
from app.official.figures import WrongFigureError
from app.official.sirekap_csv import limit_lines
from app.official.sources import Source, open_text
from app.pemilu.definition import Contest
from app.wilayah.codes import NATION

KEYS = ("kode", "kode_prov")
TPS = "tps"
NUMBER_MAX = 2_000_000_000
ROWS_MAX = 100_000
_KODE = re.compile(r"0|[0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{10}")
_NUMBER = re.compile(r"[0-9]{1,10}")
_CHOICE = re.compile(r"p([1-9][0-9]{0,2})")


@dataclass(frozen=True)
class RecapRow:
    """Totals of one region, ``numbers`` in the order of the contest's fields; ``tps``: of how many TPS."""

    kode: str
    tps: int | None
    numbers: tuple[int | None, ...]


def read_recap(source: Source, contest: Contest) -> list[RecapRow]:
    """Return the rows of a file of totals, by code.

    Raises:
        OfficialFileError: rows that cannot be taken, with their lines, or none at all; nothing of the file is used.
        BrokenArchiveError: the file is damaged or no UTF-8 text.
    """
    problems: list[Problem] = []
    rows: dict[str, RecapRow] = {}
    try:
        for place, found in _read_rows(source, contest):
            if isinstance(found, RecapRow) and found.kode in rows:
                found = Problem(place, f"region {found.kode} stands there twice")  # noqa: PLW2901 - it is one now
            if isinstance(found, Problem):
                problems.append(found)
                if len(problems) >= SHOWN:
                    break
            else:
                rows[found.kode] = found
    except (EOFError, zlib.error, BadGzipFile, csv.Error, UnicodeDecodeError) as error:
        raise BrokenArchiveError(source.name, str(error)) from error
    if not rows and not problems:
        problems.append(Problem(source.name, "there is no region in it"))
    if problems:
        raise OfficialFileError(source.name, problems)
    return [rows[kode] for kode in sorted(rows)]


def _read_rows(source: Source, contest: Contest) -> Iterator[tuple[str, RecapRow | Problem]]:
    with open_text(source) as text:
        lines = csv.reader(limit_lines(text), strict=True)
        header = next(lines, [])
        columns = _find_columns(header, contest)
        if isinstance(columns, Problem):
            yield "line 1", columns
            return
        for row in islice(lines, ROWS_MAX + 1):
            place = f"{source.name}, line {lines.line_num}"
            if lines.line_num > ROWS_MAX:
                yield place, Problem(place, f"a file of totals has at most {ROWS_MAX:,} rows")
                return
            yield place, _read_row(place, header, row, columns, contest)


def _find_columns(header: Sequence[str], contest: Contest) -> Mapping[str, str] | Problem:
    """Return field -> column, with ``kode`` among the fields, or what is wrong with the header."""
    key = next((name for name in KEYS if name in header), None)
    if key is None:
        return Problem("line 1", f"there is no column {' or '.join(KEYS)}")
    if len(set(header)) != len(header):
        return Problem("line 1", "two columns have the same name")
    found = {"kode": key}
    for name in header:
        field = _name_field(name, contest)
        if field is not None:
            if field in found:
                return Problem("line 1", f"columns {found[field]} and {name} both are {field}")
            found[field] = name
    if len(found) == 1:
        return Problem("line 1", f"no column is a field of {contest.kode} ({', '.join(contest.fields[:3])}, ...)")
    return found


def _name_field(column: str, contest: Contest) -> str | None:
    if column in contest.places:
        return column
    numbered = _CHOICE.fullmatch(column)
    fitting = [choice.field for choice in contest.choices if numbered and choice.nomor_urut == int(numbered[1])]
    return fitting[0] if len(fitting) == 1 else None


def _read_row(
    place: str, header: Sequence[str], row: Sequence[str], columns: Mapping[str, str], contest: Contest
) -> RecapRow | Problem:
    if len(row) != len(header):
        return Problem(place, f"{len(row)} cells under {len(header)} columns")
    cells = dict(zip(header, row, strict=True))
    kode = cells[columns["kode"]]
    if not _KODE.fullmatch(kode) or (kode != NATION and kode.startswith("0")):
        return Problem(place, f"{columns['kode']} is {kode[:40]!r}; a region's code has 2, 4, 6 or 10 digits, or is 0")
    try:
        numbers = tuple(
            _read_number(columns[field], cells[columns[field]]) if field in columns else None
            for field in contest.fields
        )
        return RecapRow(kode, _read_number(TPS, cells.get(TPS, "")), numbers)
    except WrongFigureError as error:
        return Problem(place, str(error))


def _read_number(name: str, cell: str) -> int | None:
    if not cell:
        return None
    if not _NUMBER.fullmatch(cell) or int(cell) > NUMBER_MAX:
        raise WrongFigureError(f"{name} is {cell[:40]!r}, not a whole number of 0 to {NUMBER_MAX:,} or empty")
    return int(cell)
