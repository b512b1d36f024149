"""The sums that the form itself prints, on either side."""

from collections.abc import Iterator, Sequence

import numpy as np

from app.discrepancy.rules.figures import UNKNOWN, Figures
from app.discrepancy.rules.finding import SIDES, Finding, Rule, Side, Stated, make_finding
from app.pemilu.definition import Contest, Identity


def find_open_sums(figures: Figures, contest: Contest, side: Side, rule: Rule) -> Iterator[Finding]:
    """Every identity of the contest that ``side`` states whole and that does not close.

    ``difference``: the written total minus the sum of its terms. An identity with an unknown number is passed over.
    """
    numbers = figures.side(side)
    for identity in contest.identities:
        if not set(identity.fields) <= set(figures.fields):
            continue
        columns = numbers[:, [figures.fields.index(name) for name in identity.fields]]
        gaps = columns[:, 0] - columns[:, 1:].sum(axis=1)
        for tps in np.flatnonzero((columns != UNKNOWN).all(axis=1) & (gaps != 0)).tolist():
            written = Stated(tps, side, int(columns[tps, 0]))
            yield make_finding(figures, rule, identity.key, written, int(gaps[tps]))


def find_official_sums(figures: Figures, contest: Contest) -> list[Finding]:
    """Published figures that do not add up."""
    return list(find_open_sums(figures, contest, "official", OFFICIAL_SUM))


def find_form_sums(figures: Figures, contest: Contest) -> list[Finding]:
    """Accepted numbers, as written on the sheet, that do not add up."""
    return list(find_open_sums(figures, contest, "ours", FORM_SUM))


def find_unequal_totals(figures: Figures, contest: Contest) -> list[Finding]:
    """Totals that the form makes equal to one and the same third number, and that are not equal to one another.

    For the presidential form: votes and voters who came, both equal to the ballots used. Told only where the third
    number is not stated; where it is, the identities themselves say it. ``field``: both names; ``difference``: first
    minus second.
    """
    return [
        finding
        for side in SIDES
        for first, second, third in _find_twins(contest.identities)
        for finding in _compare_twins(figures, side, first, second, third)
    ]


def _find_twins(identities: Sequence[Identity]) -> Iterator[tuple[str, str, str]]:
    single = [one for one in identities if len(one.terms) == 1]
    for place, one in enumerate(single):
        yield from ((other.total, one.total, one.terms[0]) for other in single[place + 1 :] if other.terms == one.terms)


def _compare_twins(figures: Figures, side: Side, first: str, second: str, third: str) -> Iterator[Finding]:
    if not {first, second, third} <= set(figures.fields):
        return
    numbers = figures.side(side)
    left, right, both = (numbers[:, figures.fields.index(name)] for name in (first, second, third))
    unequal = (left != right) & (left != UNKNOWN) & (right != UNKNOWN) & (both == UNKNOWN)
    for tps in np.flatnonzero(unequal).tolist():
        stated = Stated(tps, side, int(left[tps]))
        yield make_finding(figures, UNEQUAL_TOTALS, f"{first}={second}", stated, int(left[tps] - right[tps]))


OFFICIAL_SUM = Rule(
    "official_sum",
    (
        "Penjumlahan yang tercetak pada formulir C.HASIL pemilihan itu, seperti dalam berkas tata letaknya.",
        "The identities printed on the contest's form C.HASIL, as its layout file holds them.",
    ),
    ("Angka resmi tidak cocok dengan jumlahnya sendiri.", "The official numbers do not add up."),
    find_official_sums,
)
FORM_SUM = Rule(
    "form_sum",
    (
        "Penjumlahan yang tercetak pada formulir C.HASIL; 3 % sampai 15 % formulir nyata tidak memenuhi salah satunya.",
        "The identities printed on the contest's form C.HASIL; 3 % to 15 % of real sheets do not obey one of them.",
    ),
    ("Angka pada formulir tidak cocok dengan jumlahnya sendiri.", "The sheet's own numbers do not add up."),
    find_form_sums,
)
UNEQUAL_TOTALS = Rule(
    "unequal_totals",
    (
        "Formulir C.HASIL: suara dan pengguna sama-sama sebanyak surat suara yang digunakan, jadi keduanya sama.",
        "The form C.HASIL: votes and voters who came both equal the ballots used, so they equal one another.",
    ),
    ("Jumlah suara tidak sama dengan jumlah pengguna hak pilih.", "The votes are not as many as the voters who came."),
    find_unequal_totals,
)
