"""An edition of the hierarchy, checked as a whole before any of it reaches the database. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from app.wilayah.codes import NATION, TPS_NUMBER_MAX, KodeError, ancestors, parse_kode
from app.wilayah.edition_text import Complaints, Row, WilayahFileError, decode_lines, hash_edition, split_rows

NATION_NAME = "INDONESIA"
_NUMBER = re.compile(r"-?[0-9]{1,6}")
_TPS_COLUMNS = ("tps_terakhir", "tps_tambahan_awal", "tps_tambahan_akhir")


class TpsRange(NamedTuple):
    """TPS numbers ``first``..``last`` (both in it) of a kelurahan."""

    kelurahan: str
    first: int
    last: int


@dataclass(frozen=True)
class RegionRow:
    """One region of an edition. ``line`` is where the file names it (0: the nation, which no file names)."""

    kode: str
    tingkat: str
    nama: str
    induk: str | None
    line: int
    tps_count: int
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True)
class Edition:
    """A whole checked file: regions with the nation first, and the TPS as ranges of numbers."""

    sha256: str
    regions: tuple[RegionRow, ...]
    ranges: tuple[TpsRange, ...]

    @property
    def tps_count(self) -> int:
        """TPS of the whole edition."""
        return self.regions[0].tps_count


def parse_edition(data: bytes, name: str) -> Edition:
    """Check the unpacked bytes of a file and return the edition in them.

    Raises:
        WilayahFileError: the first 20 errors, each with its line and what to do.
    """
    complaints = Complaints()
    lines = decode_lines(data, complaints)
    regions: dict[str, RegionRow] = {}
    ranges: list[TpsRange] = []
    for row in split_rows(lines, name, complaints):
        region = _parse_region(row, complaints)
        if region is None:
            continue
        if region.kode in regions:
            complaints.add(
                row.line, f"code {region.kode} stands in line {regions[region.kode].line} already; keep one."
            )
            continue
        own = _parse_ranges(row, region, complaints)
        ranges.extend(own)
        regions[region.kode] = replace(region, tps_count=sum(part.last - part.first + 1 for part in own))
    _check_parents(regions, complaints)
    _check_replaced(regions, complaints)
    complaints.raise_if_any(name)
    if not regions:
        raise WilayahFileError(f"{name} holds no region.", "It must have lines below its heading.")
    return Edition(hash_edition(data), _with_sums(regions), tuple(ranges))


def _parse_region(row: Row, complaints: Complaints) -> RegionRow | None:
    written = row.cells
    try:
        kode = parse_kode(written["kode"])
    except KodeError as error:
        complaints.add(row.line, f"{error.message} {error.remedy}")
        return None
    if kode.tingkat in {"nasional", "tps"}:
        complaints.add(row.line, f"code {kode.text} is a {kode.tingkat}; list provinsi to kelurahan only.")
        return None
    if written["tingkat"] != kode.tingkat:
        complaints.add(
            row.line, f"tingkat is {written['tingkat']!r}, but code {kode.text} is a {kode.tingkat}; mend one of them."
        )
    if not written["nama"]:
        complaints.add(row.line, f"code {kode.text} has no name; fill in nama.")
    elif not written["nama"].isprintable():
        complaints.add(row.line, f"the name {written['nama']!r} holds control characters; remove them.")
    replaces = tuple(dict.fromkeys(re.split(r"[;\s]+", written.get("kode_lama", "").strip()))) if _has_old(row) else ()
    return RegionRow(kode.text, kode.tingkat, written["nama"], kode.induk, row.line, 0, replaces)


def _has_old(row: Row) -> bool:
    return bool(row.cells.get("kode_lama"))


def _parse_ranges(row: Row, region: RegionRow, complaints: Complaints) -> list[TpsRange]:
    if region.tingkat != "kelurahan":
        filled = [column for column in _TPS_COLUMNS if row.cells[column]]
        if filled:
            complaints.add(row.line, f"a {region.tingkat} has no TPS of its own; empty {', '.join(filled)}.")
        return []
    numbers = {column: _parse_number(row, column, complaints) for column in _TPS_COLUMNS}
    main = _main_range(region.kode, numbers["tps_terakhir"])
    extra = _extra_range(row, region.kode, numbers, complaints)
    if main and extra and main.first <= extra.last and extra.first <= main.last:
        complaints.add(row.line, f"the additional TPS {extra.first}-{extra.last} overlap {main.first}-{main.last}.")
    return [part for part in (main, extra) if part]


def _parse_number(row: Row, column: str, complaints: Complaints) -> int | None:
    text = row.cells[column]
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        complaints.add(row.line, f"{column} is {text!r}; write a whole number in digits 0-9.")
        return None
    number = int(text)
    if abs(number) > TPS_NUMBER_MAX:
        complaints.add(row.line, f"{column} is {number}; TPS numbers end at {TPS_NUMBER_MAX}.")
        return None
    return number


def _main_range(kelurahan: str, last: int | None) -> TpsRange | None:
    """``last`` > 0 means 1..last; negative (used overseas) means that number only; 0 and empty mean none."""
    if not last:
        return None
    return TpsRange(kelurahan, 1, last) if last > 0 else TpsRange(kelurahan, -last, -last)


def _extra_range(row: Row, kelurahan: str, numbers: dict[str, int | None], complaints: Complaints) -> TpsRange | None:
    first, last = numbers["tps_tambahan_awal"], numbers["tps_tambahan_akhir"]
    if bool(row.cells["tps_tambahan_awal"]) != bool(row.cells["tps_tambahan_akhir"]):
        complaints.add(row.line, "only one end of the additional TPS is given; fill in both or none.")
        return None
    if first is None or last is None:
        return None
    if not 1 <= first <= last:
        complaints.add(row.line, f"the additional TPS {first}-{last} are no range; write first <= last, from 1 on.")
        return None
    return TpsRange(kelurahan, first, last)


def _check_parents(regions: dict[str, RegionRow], complaints: Complaints) -> None:
    for region in regions.values():
        if region.induk != NATION and region.induk not in regions:
            complaints.add(
                region.line, f"code {region.kode} lies in {region.induk}, which the file does not list; add or mend it."
            )


def _check_replaced(regions: dict[str, RegionRow], complaints: Complaints) -> None:
    for region in regions.values():
        for old in region.replaces:
            if old in regions:
                complaints.add(
                    region.line,
                    f"kode_lama {old} is still listed in line {regions[old].line}; only an ended code can be replaced.",
                )
            elif _level_of(old) != region.tingkat:
                complaints.add(
                    region.line,
                    f"kode_lama {old!r} is no {region.tingkat} as {region.kode} is; name codes of one level.",
                )


def _level_of(text: str) -> str | None:
    try:
        return parse_kode(text).tingkat
    except KodeError:
        return None


def _with_sums(regions: dict[str, RegionRow]) -> tuple[RegionRow, ...]:
    """Give every region the number of TPS in and below it and put the nation first."""
    counts = dict.fromkeys([NATION, *regions], 0)
    for region in regions.values():
        for kode in (region.kode, *ancestors(region.kode)) if region.tps_count else ():
            counts[kode] += region.tps_count
    nation = RegionRow(NATION, "nasional", NATION_NAME, None, 0, 0)
    return tuple(replace(region, tps_count=counts[region.kode]) for region in (nation, *regions.values()))


def edition_lines(lines: Iterable[str]) -> bytes:
    """Return lines of text, as a caller in memory has them, as the bytes of a file."""
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines).encode()
