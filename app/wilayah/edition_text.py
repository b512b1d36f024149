"""From a file to numbered rows of text: gzip, encoding, columns. Knows nothing of codes and levels."""

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from app.core.errors import InvalidInputError

COLUMNS = ("kode", "tingkat", "nama", "tps_terakhir", "tps_tambahan_awal", "tps_tambahan_akhir")
OPTIONAL_COLUMNS = ("kode_lama",)
BYTES_MAX = 256 * 1024 * 1024
"""Of the unpacked file; the one of 2024 has 3 MB."""

_SHOWN = 20
_GZIP = b"\x1f\x8b"


class WilayahFileError(InvalidInputError):
    """The file of regions cannot be imported; nothing of it was."""

    code = "bad_wilayah_file"


@dataclass(frozen=True)
class Row:
    """One line of the file: its number (the heading is 1) and its cells, stripped, by column."""

    line: int
    cells: dict[str, str]


@dataclass
class Complaints:
    """What is wrong with a file, by line. All errors are gathered; the first 20 are shown."""

    found: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int, words: str) -> None:
        """Note that ``line`` is wrong; ``words`` say what and what to do."""
        self.found.append((line, words))

    def raise_if_any(self, name: str) -> None:
        """Raise with the first 20 complaints.

        Raises:
            WilayahFileError: there is at least one.
        """
        if not self.found:
            return
        shown = [f"line {line}: {words}" for line, words in sorted(self.found)[:_SHOWN]]
        more = len(self.found) - len(shown)
        lines = "\n  ".join([*shown, f"... and {more} more."] if more else shown)
        raise WilayahFileError(
            f"{name}: {len(self.found)} error(s), nothing was imported.\n  {lines}\n",
            "Mend these lines and import the file again.",
        )


def read_bytes(path: Path) -> bytes:
    """Return the unpacked bytes of a ``.csv`` or gzip file (told by its first bytes, not by its name).

    Raises:
        WilayahFileError: absent, unreadable, empty, truncated or damaged gzip, or more than ``BYTES_MAX`` unpacked.
    """
    try:
        with path.open("rb") as plain:
            packed = plain.read(2) == _GZIP
            plain.seek(0)
            # Reading one byte past the bound tells "too large" without unpacking a bomb to its end.
            data = gzip.GzipFile(fileobj=plain).read(BYTES_MAX + 1) if packed else plain.read(BYTES_MAX + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise WilayahFileError(
            f"{path.name} is a truncated or damaged gzip file ({error}).", "Fetch it again; `gzip -t` must be silent."
        ) from error
    except OSError as error:
        raise WilayahFileError(
            f"{path} cannot be read: {error.strerror}.", "Check the path and its permissions."
        ) from error
    if len(data) > BYTES_MAX:
        raise WilayahFileError(f"{path.name} has more than {BYTES_MAX:,} bytes unpacked.", "Is it the right file?")
    return data


def hash_edition(data: bytes) -> str:
    """Return the SHA-256 of the unpacked bytes: the same edition is the same, packed or not."""
    return hashlib.sha256(data).hexdigest()


def decode_lines(data: bytes, complaints: Complaints) -> list[str]:
    """Return the lines of ``data`` as text, complaining of each that is not UTF-8 (files of mixed encodings exist)."""
    try:
        # Not str.splitlines: it also breaks at U+2028 and its like, and line numbers would drift.
        return list(io.StringIO(data.decode("utf-8-sig"), newline=""))
    except UnicodeDecodeError:
        return list(_decode_each(data, complaints))


def _decode_each(data: bytes, complaints: Complaints) -> Iterator[str]:
    for number, raw in enumerate(data.splitlines(keepends=True), start=1):
        try:
            yield raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            byte = raw[error.start]
            complaints.add(
                number, f"byte 0x{byte:02X} at place {error.start + 1} is not UTF-8; save the file as UTF-8."
            )
            yield raw.decode("utf-8", errors="replace")


def split_rows(lines: Iterable[str], name: str, complaints: Complaints) -> Iterator[Row]:
    """Yield the rows of a comma-separated file whose heading holds ``COLUMNS`` in any order.

    Raises:
        WilayahFileError: empty, or the heading lacks a column, names one twice or one that is not known.
    """
    reader = csv.reader(lines, strict=True)
    try:
        heading = [cell.strip().lower() for cell in next(reader, [])]
        _check_heading(heading, name)
        for cells in reader:
            if len(cells) != len(heading):
                if cells:
                    complaints.add(reader.line_num, _wrong_width(len(cells), len(heading)))
                continue
            yield Row(reader.line_num, dict(zip(heading, map(str.strip, cells), strict=True)))
    except csv.Error as error:
        complaints.add(reader.line_num, f"is not comma-separated text ({error}); check its quotes.")


def _wrong_width(found: int, wanted: int) -> str:
    return f"has {found} cells, the heading has {wanted}; put names that hold a comma in quotes."


def _check_heading(heading: list[str], name: str) -> None:
    missing = [column for column in COLUMNS if column not in heading]
    unknown = [column for column in heading if column not in COLUMNS + OPTIONAL_COLUMNS]
    twice = sorted({column for column in heading if heading.count(column) > 1})
    if not missing and not unknown and not twice:
        return
    parts = [
        f"{word} {', '.join(map(repr, columns))}"
        for word, columns in (("lacks", missing), ("has the unknown", unknown), ("names twice", twice))
        if columns
    ]
    raise WilayahFileError(
        f"{name}: the heading {' and '.join(parts)}.",
        f"Its first line must be {','.join(COLUMNS)} (and kode_lama, if old codes are named).",
    )
