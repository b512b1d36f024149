"""Sums over a region against the sheet that states them: TPS against D.Hasil, D.Hasil against what it adds up.

Source: Peraturan KPU 5/2024 on recapitulation: votes go from C.HASIL of each TPS to D.HASIL of the kecamatan, and from
there by the kabupaten and the province to the nation; each step copies and adds. A sum that is not whole proves nothing
by being less. It does by being more: more votes counted in some TPS than the sheet gives to all of them. So the rules
err towards silence.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.discrepancy.kinds import Kind
from app.discrepancy.rules.finding import Finding

Numbers = Sequence[int | None]
"""In the order of the contest's fields; None: not stated."""


@dataclass(frozen=True)
class Sheet:
    """What one paper states of a region. ``kind``: ``d_hasil``, ``decree`` or ``sirekap_recap``."""

    kode: str
    kind: str
    numbers: Numbers


@dataclass(frozen=True)
class Sum:
    """What was added up below a region, field by field; ``whole``: nothing is missing in any of them."""

    numbers: Numbers
    whole: bool


def compare_sheet(sheet: Sheet, below: Sum, fields: Sequence[str], code: Kind, name: str = "") -> Iterator[Finding]:
    """Yield every field in which a sheet is not the sum below it; ``name`` tells sums of one code apart.

    ``ours`` of the finding is the sum, ``official`` the sheet, whoever stated the parts.
    """
    for field, stated, added in zip(fields, sheet.numbers, below.numbers, strict=True):
        if stated is None or added is None or stated == added:
            continue
        if below.whole or added > stated:
            yield Finding(sheet.kode, code, f"{field}@{sheet.kind}{name}", added, stated, stated - added)


def add_children(sheets: Sequence[Sheet], children: Sequence[str]) -> Sum | None:
    """Return the sum of the sheets of these regions; whole where each of them has one that states the field.

    None when none has. A field that one of them does not state is unknown.
    """
    by_kode: Mapping[str, Sheet] = {sheet.kode: sheet for sheet in sheets}
    found = [by_kode[kode] for kode in children if kode in by_kode]
    if not found:
        return None
    columns = zip(*(sheet.numbers for sheet in found), strict=True)
    return Sum([_add(column) for column in columns], whole=len(found) == len(children))


def _add(column: Sequence[int | None]) -> int | None:
    known = [number for number in column if number is not None]
    return sum(known) if len(known) == len(column) else None
