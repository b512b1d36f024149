"""A polling station unlike its kelurahan. It describes; unusual is not wrong.

What is unlike is said in one place, `app.verification.review.far_from`, for a reviewer's cases and for this rule: votes
divided so that a beta-binomial with the kelurahan's own spread gives them less than 1 in 10,000. That takes a while for
a nation, so a quick look at all of them goes first. It loses none: whatever is so unlikely with a spread lies more than
three standard deviations off without one, and :data:`WORTH_A_LOOK` is less.

Papua's provinces are a stratum of their own, where none is named (`app.wilayah.noken`).

There is no test of Benford's law here. It describes numbers that span several orders of magnitude; the votes of polling
stations of about 300 voters do not, and honest ones fail it.
"""

from collections.abc import Iterator, Mapping
from itertools import groupby

import numpy as np

from app.discrepancy.rules.figures import UNKNOWN, Figures, Numbers
from app.discrepancy.rules.finding import SIDES, Finding, Rule, Side, Stated, make_finding
from app.pemilu.definition import Contest
from app.verification.review.far_from import NEIGHBOURS_MIN, VOTES_MIN, stand_apart
from app.wilayah.codes import parent_of
from app.wilayah.noken import may_use_noken

WORTH_A_LOOK = 2.5
"""Standard deviations of a plain binomial from the kelurahan's median share."""


def find_outliers(figures: Figures, contest: Contest) -> list[Finding]:
    """TPS whose votes are divided unlike their kelurahan's; on each side by itself.

    The finding names the choice that is least like it. ``difference``: votes above or below the usual share.
    """
    names = [one.field for one in contest.choices if one.field in figures.fields]
    places = [figures.fields.index(name) for name in names]
    found: list[Finding] = []
    for _, group in groupby(enumerate(figures.tps_kodes), key=lambda one: parent_of(one[1])):
        rows = [place for place, _ in group]
        if len(rows) > NEIGHBOURS_MIN and not may_use_noken(figures.tps_kodes[rows[0]]):
            for side in SIDES:
                votes = figures.side(side)[np.ix_(rows, places)]
                found.extend(_name_outliers(figures, side, rows, _by_row(votes, names)))
    return found


def _by_row(votes: Numbers, names: list[str]) -> tuple[list[int], list[Mapping[str, int]]]:
    """Return which rows are worth a look, as places in the second part: the votes of all that say something."""
    telling = (votes != UNKNOWN).all(axis=1) & (votes.sum(axis=1) >= VOTES_MIN)
    counted = votes[telling].astype(np.float64)
    if len(counted) <= NEIGHBOURS_MIN:
        return [], []
    valid = counted.sum(axis=1, keepdims=True)
    share = np.clip(np.median(counted / valid, axis=0), 0.5 / valid, 1.0 - 0.5 / valid)
    far = np.abs(counted - valid * share) > WORTH_A_LOOK * np.sqrt(valid * share * (1.0 - share))
    kept = np.flatnonzero(telling).tolist()
    named: list[Mapping[str, int]] = [{} for _ in range(len(votes))]
    for row in kept:
        named[row] = dict(zip(names, votes[row].tolist(), strict=True))
    return [kept[place] for place in np.flatnonzero(far.any(axis=1)).tolist()], named


def _name_outliers(
    figures: Figures, side: Side, rows: list[int], looked: tuple[list[int], list[Mapping[str, int]]]
) -> Iterator[Finding]:
    worth, votes = looked
    for own in worth:
        near = [one for place, one in enumerate(votes) if place != own and one]
        far = stand_apart(votes[own], near)
        if far is not None:
            (name,) = far.fields
            stated = Stated(rows[own], side, votes[own][name])
            yield make_finding(figures, OUTLIER, name, stated, far.above)


OUTLIER = Rule(
    "outlier",
    (
        "Statistika: beta-binomial di dalam kelurahan dengan sebaran yang kebal pencilan; hanya menggambarkan.",
        "Statistics: beta-binomial within the kelurahan with a robust spread; descriptive only.",
    ),
    (
        "Berbeda jauh dari TPS lain di kelurahan ini. Tidak biasa belum tentu keliru.",
        "Far from the other polling stations of this village. Unusual is not wrong.",
    ),
    find_outliers,
    scope="kelurahan",
    descriptive=True,
)
