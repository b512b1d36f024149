"""TPS beside one another in a kelurahan that state exactly the same votes."""

from itertools import pairwise

import numpy as np

from app.discrepancy.rules.figures import UNKNOWN, Figures, Numbers
from app.discrepancy.rules.finding import SIDES, Finding, Rule, Stated, make_finding
from app.pemilu.definition import Contest
from app.wilayah.codes import parent_of

CHOICES_WITH_VOTES_MIN = 2
"""Where one choice has every vote, as in a noken, equal numbers say little."""


def find_identical(figures: Figures, contest: Contest) -> list[Finding]:
    """Every TPS whose next in the kelurahan (by number) states the same votes of every choice.

    The finding stands at the later of the two; ``difference`` is 0, and the side that has no such pair is None. Below
    the contest's ``identical_votes_min`` two stations agree by chance too often to be worth a look.
    """
    places = [figures.fields.index(one.field) for one in contest.choices if one.field in figures.fields]
    if not places:
        return []
    return [
        make_finding(figures, IDENTICAL, "suara", Stated(tps, side, int(votes[tps].sum())), 0)
        for side in SIDES
        for votes in [figures.side(side)[:, places]]
        for tps in _find_repeated(votes, figures.tps_kodes, contest.discrepancies.identical_votes_min)
    ]


def _find_repeated(votes: Numbers, kodes: tuple[str, ...], votes_min: int) -> list[int]:
    """Return the rows that repeat the row before, of the same kelurahan."""
    if len(kodes) <= 1:
        return []
    known = (votes != UNKNOWN).all(axis=1)
    telling = known & (votes.sum(axis=1) >= votes_min) & ((votes > 0).sum(axis=1) >= CHOICES_WITH_VOTES_MIN)
    same = (votes[1:] == votes[:-1]).all(axis=1) & telling[1:]
    together = np.array([parent_of(a) == parent_of(b) for a, b in pairwise(kodes)])
    found: list[int] = (np.flatnonzero(same & together) + 1).tolist()
    return found


IDENTICAL = Rule(
    "identical_neighbours",
    (
        "Hitungan: dua TPS bersebelahan jarang sama di semua pilihan; bisa jadi satu formulir dimasukkan dua kali.",
        "Arithmetic: TPS beside one another are rarely equal in every choice; a sheet may have been entered twice.",
    ),
    (
        "Sama persis dengan TPS sebelumnya di kelurahan ini.",
        "Exactly the same votes as at the polling station before it in this village.",
    ),
    find_identical,
    scope="kelurahan",
    descriptive=True,
)
