"""A polling station unlike its kelurahan. It describes; unusual is not wrong.

Model. Within a kelurahan the share of a choice varies from TPS to TPS more than chance alone would have it. The votes
of a choice at a TPS, given its valid votes n, are taken as beta-binomial: mean m, the share of the *other* TPS
together, and a spread rho (intra-class correlation) that is estimated robustly from all TPS of the kelurahan, never
below :data:`RHO_MIN`. The variance is n m (1 - m) (1 + (n - 1) rho). A TPS is named where its votes lie more than
:data:`SPREADS` such standard deviations from n m.

Papua's six provinces vote in places by *noken*: a community's votes are given together (Constitutional Court decision
47-81/PHPU.A-VII/2009). There a share of 0 or 1 is the custom, so they are a stratum of their own, where none is named.

There is no test of Benford's law here. It describes numbers that span several orders of magnitude; the votes of polling
stations of about 300 voters do not, and honest ones fail it.
"""

from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from app.discrepancy.rules.figures import UNKNOWN, Figures
from app.discrepancy.rules.finding import SIDES, Finding, Rule, Stated, make_finding
from app.pemilu.definition import Contest

SPREADS = 6.0
TPS_MIN = 5
"""Fewer TPS than this say nothing of what is usual in a kelurahan."""

VALID_MIN = 30
RHO_MIN = 0.01
"""Even where a kelurahan's TPS happen to be all alike, so much variation counts as usual."""

MAD_TO_SIGMA = 1.4826
"""Median absolute deviation of a normal distribution to its standard deviation."""

NOKEN_PROVINSI = frozenset({"91", "92", "93", "94", "95", "96"})
"""Papua, Papua Barat, Papua Selatan, Papua Tengah, Papua Pegunungan, Papua Barat Daya."""

KELURAHAN_DIGITS = 10

Floats = NDArray[np.float64]


def find_outliers(figures: Figures, contest: Contest) -> list[Finding]:
    """TPS whose votes of a choice lie far from their kelurahan's; on each side by itself.

    ``difference``: votes above or below what the other TPS of the kelurahan would have led one to expect.
    """
    names = [one.field for one in contest.choices if one.field in figures.fields]
    places = [figures.fields.index(name) for name in names]
    found: list[Finding] = []
    for _, group in groupby(enumerate(figures.tps_kodes), key=lambda one: one[1][:KELURAHAN_DIGITS]):
        rows = [place for place, _ in group]
        if figures.tps_kodes[rows[0]][:2] in NOKEN_PROVINSI or len(rows) < TPS_MIN:
            continue
        for side in SIDES:
            votes = figures.side(side)[np.ix_(rows, places)]
            found.extend(
                make_finding(figures, OUTLIER, names[choice], Stated(rows[row], side, int(votes[row, choice])), above)
                for row, choice, above in _measure(votes)
            )
    return found


def _measure(votes: NDArray[np.int32]) -> list[tuple[int, int, int]]:
    """Return (row, choice, votes above the expected) of what lies outside."""
    known = np.flatnonzero((votes != UNKNOWN).all(axis=1) & (votes.sum(axis=1) >= VALID_MIN))
    if len(known) < TPS_MIN:
        return []
    counted = votes[known].astype(np.float64)
    valid = counted.sum(axis=1, keepdims=True)
    others = counted.sum(axis=0) - counted
    mean = np.clip(others / others.sum(axis=1, keepdims=True), 1e-3, 1.0 - 1e-3)
    binomial = np.sqrt(valid * mean * (1.0 - mean))
    z = (counted - valid * mean) / binomial
    # Of z, chance explains 1; what is beyond is the spread between the TPS.
    sigma = MAD_TO_SIGMA * np.median(np.abs(z - np.median(z, axis=0)), axis=0)
    rho = np.maximum((sigma**2 - 1.0) / max(float(np.median(valid)) - 1.0, 1.0), RHO_MIN)
    far = np.abs(z) > SPREADS * np.sqrt(1.0 + (valid - 1.0) * rho)
    above = np.rint(counted - valid * mean).astype(int)
    return [(int(known[row]), choice, int(above[row, choice])) for row, choice in np.argwhere(far).tolist()]


OUTLIER = Rule(
    "outlier",
    "Statistics: beta-binomial within the kelurahan with a robust spread; descriptive only.",
    (
        "Berbeda jauh dari TPS lain di kelurahan ini. Tidak biasa belum tentu keliru.",
        "Far from the other polling stations of this village. Unusual is not wrong.",
    ),
    find_outliers,
    scope="kelurahan",
    descriptive=True,
)
