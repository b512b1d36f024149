"""KPU's region codes. The only place that takes one apart.

A code is text of decimal digits; each level appends to its parent's code: provinsi 2, kabupaten_kota 4, kecamatan 6,
kelurahan 10 and tps 13 digits. The nation, which KPU gives no code, is ``0``; what begins with ``99`` is overseas.
Source: KPU's hierarchy of 2024 (the digits above the TPS are the Ministry of Home Affairs' region codes).
"""

import re
from dataclasses import dataclass

from app.core.errors import InvalidInputError

NATION = "0"
"""Code of the whole country."""

TPS_NUMBER_MAX = 999
"""A TPS number has three digits in the code."""

LEVELS = ("nasional", "provinsi", "kabupaten_kota", "kecamatan", "kelurahan", "tps")
"""From the top down."""

_LENGTHS = {1: "nasional", 2: "provinsi", 4: "kabupaten_kota", 6: "kecamatan", 10: "kelurahan", 13: "tps"}
_PARENT_LENGTH = {2: 0, 4: 2, 6: 4, 10: 6, 13: 10}
_DIGITS = re.compile(r"[0-9]+")
_SEPARATORS = str.maketrans("", "", ". \t")
_SHOWN = 40


class KodeError(InvalidInputError):
    """The text is no region code."""

    code = "bad_kode"


@dataclass(frozen=True)
class Kode:
    """A well-formed code: its digits, its level, and the code one level up (``None`` above the nation)."""

    text: str
    tingkat: str
    induk: str | None


def parse_kode(text: str) -> Kode:
    """Return the code written as ``text``; dots and blanks between the digits are allowed (``11.01.01.2001``).

    Well-formed does not mean known: ask ``wilayah.service.resolve``.

    Raises:
        KodeError: not decimal digits, or not 1 (only ``0``), 2, 4, 6, 10 or 13 of them, or TPS number 000.
    """
    digits = text.translate(_SEPARATORS)
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    if not _DIGITS.fullmatch(digits):
        raise KodeError(f"{shown!r} bukan kode wilayah. ({shown!r} is no region code: write decimal digits.)", _REMEDY)
    tingkat = _LENGTHS.get(len(digits))
    if tingkat is None or (tingkat == "nasional" and digits != NATION):
        count = len(digits)
        raise KodeError(
            f"{shown!r} bukan kode wilayah: {count} angka. ({shown!r} is no region code: {count} digits.)", _REMEDY
        )
    if tingkat == "tps" and digits.endswith("000"):
        raise KodeError(
            f"{shown!r} bukan kode TPS. ({shown!r} is no TPS code: TPS numbers begin with 001.)",
            "Periksa tiga angka terakhir. (Check the last three digits.)",
        )
    return Kode(digits, tingkat, parent_of(digits))


_REMEDY = (
    "Tulis 0 (nasional), 2 angka (provinsi), 4 (kabupaten/kota), 6 (kecamatan), 10 (kelurahan) atau 13 (TPS). "
    "(Write 0 for the nation, or 2, 4, 6, 10 or 13 digits.)"
)


def parent_of(kode: str) -> str | None:
    """Return the code one level above the well-formed ``kode``; ``None`` above the nation."""
    if kode == NATION:
        return None
    return kode[: _PARENT_LENGTH[len(kode)]] or NATION


def digits_below(kode: str) -> int | None:
    """Return how many digits the codes one level below the well-formed ``kode`` have; ``None`` below a TPS.

    >>> digits_below("110101")
    10
    """
    length = 0 if kode == NATION else len(kode)
    return next((below for below, above in _PARENT_LENGTH.items() if above == length), None)


def ancestors(kode: str) -> tuple[str, ...]:
    """Return the codes above ``kode``, nearest first, up to and with the nation.

    >>> ancestors("110101")
    ('1101', '11', '0')
    """
    found: list[str] = []
    above = parent_of(kode)
    while above is not None:
        found.append(above)
        above = parent_of(above)
    return tuple(found)


def tps_kode(kelurahan: str, nomor: int) -> str:
    """Return the 13-digit code of TPS ``nomor`` (1..999) of a kelurahan.

    Raises:
        KodeError: ``kelurahan`` is no kelurahan's code or ``nomor`` is out of range.
    """
    if parse_kode(kelurahan).tingkat != "kelurahan":
        raise KodeError(f"{kelurahan!r} is no kelurahan's code.", "Write its 10 digits.")
    if not 1 <= nomor <= TPS_NUMBER_MAX:
        raise KodeError(f"TPS number {nomor} is out of range.", f"Write 1 to {TPS_NUMBER_MAX}.")
    return f"{kelurahan}{nomor:03d}"


def is_within(kode: str, region: str) -> bool:
    """Tell whether ``kode`` is ``region`` or lies in it."""
    return region == NATION or kode.startswith(region)
