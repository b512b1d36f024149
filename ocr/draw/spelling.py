"""Numbers in Indonesian words, as the form wants them beside the digits."""

from __future__ import annotations

_UNITS = ("NOL", "SATU", "DUA", "TIGA", "EMPAT", "LIMA", "ENAM", "TUJUH", "DELAPAN", "SEMBILAN")
_TEN, _TWENTY, _HUNDRED, _THOUSAND = 10, 20, 100, 1000


def spell(number: int) -> str:
    """`number` 0..999 in capitals: 0 NOL, 11 SEBELAS, 123 SERATUS DUA PULUH TIGA."""
    if not 0 <= number < _THOUSAND:
        raise ValueError(f"{number} does not fit the form's three boxes; give 0 to 999")
    hundreds, rest = divmod(number, _HUNDRED)
    words = [_prefixed(hundreds, "RATUS")] if hundreds else []
    if rest or not hundreds:
        words.append(_below_hundred(rest))
    return " ".join(words)


def _prefixed(count: int, unit: str) -> str:
    """One of a unit is SE-."""
    return f"SE{unit}" if count == 1 else f"{_UNITS[count]} {unit}"


def _below_hundred(number: int) -> str:
    tens, units = divmod(number, _TEN)
    if number < _TEN:
        return _UNITS[number]
    if number == _TEN:
        return "SEPULUH"
    if number < _TWENTY:
        return "SEBELAS" if units == 1 else f"{_UNITS[units]} BELAS"
    return f"{_UNITS[tens]} PULUH" + (f" {_UNITS[units]}" if units else "")
