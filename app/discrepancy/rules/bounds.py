"""What the law bounds: no more votes than voters, no more than ballots, no more than a polling station may have."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app.discrepancy.rules.figures import UNKNOWN, Figures
from app.discrepancy.rules.finding import SIDES, Finding, Rule, Stated, make_finding
from app.pemilu.definition import Contest


@dataclass(frozen=True)
class Bound:
    """``field`` is at most the sum of ``terms`` plus ``constant``."""

    key: str
    field: str
    terms: tuple[str, ...] = ()
    constant: int = 0


VOTERS = Bound("pemilih", "suara_total", ("pemilih_dpt_j", "pengguna_dptb_j", "pengguna_dpk_j"))
BALLOTS = Bound("surat_suara", "suara_total", ("surat_suara_diterima",))


def find_above(figures: Figures, bound: Bound, rule: Rule) -> Iterator[Finding]:
    """Every TPS that, on one side, states more than the bound allows. ``difference``: by how many.

    A bound of which the contest lacks a field says nothing; so does one with an unknown number.
    """
    names: Sequence[str] = (bound.field, *bound.terms)
    if not set(names) <= set(figures.fields):
        return
    places = [figures.fields.index(name) for name in names]
    for side in SIDES:
        columns = figures.side(side)[:, places]
        excess = columns[:, 0] - columns[:, 1:].sum(axis=1) - bound.constant
        for tps in np.flatnonzero((columns != UNKNOWN).all(axis=1) & (excess > 0)).tolist():
            yield make_finding(figures, rule, bound.key, Stated(tps, side, int(columns[tps, 0])), int(excess[tps]))


def find_above_voters(figures: Figures, contest: Contest) -> list[Finding]:
    """More votes than DPT, DPTb and DPK together."""
    del contest
    return list(find_above(figures, VOTERS, ABOVE_VOTERS))


def find_above_ballots(figures: Figures, contest: Contest) -> list[Finding]:
    """More votes than ballots received."""
    del contest
    return list(find_above(figures, BALLOTS, ABOVE_BALLOTS))


def find_above_station(figures: Figures, contest: Contest) -> list[Finding]:
    """More votes than a polling station may have voters; how many that are, the contest's policy says.

    The law says 500 (7/2017, article 350 (1)); the regulation of 2024 planned for 300.
    """
    station = Bound("tps", "suara_total", (), contest.discrepancies.station_votes_max)
    return list(find_above(figures, station, ABOVE_STATION))


ABOVE_VOTERS = Rule(
    "above_voters",
    (
        "UU 7/2017 Pasal 348: yang memilih terdaftar dalam DPT, DPTb, atau DPK di TPS itu.",
        "Law 7/2017, article 348: those who vote are in the DPT, the DPTb or the DPK of the polling station.",
    ),
    ("Jumlah suara lebih besar daripada DPT + DPTb + DPK.", "More votes than DPT, DPTb and DPK together."),
    find_above_voters,
)
ABOVE_BALLOTS = Rule(
    "above_ballots",
    (
        "Formulir C.HASIL: setiap suara adalah satu dari surat suara yang diterima.",
        "The form C.HASIL: every vote is one of the ballots received.",
    ),
    ("Jumlah suara lebih besar daripada surat suara yang diterima.", "More votes than ballots received."),
    find_above_ballots,
)
ABOVE_STATION = Rule(
    "above_station",
    (
        "UU 7/2017 Pasal 350 ayat (1): satu TPS melayani paling banyak 500 pemilih.",
        "Law 7/2017, article 350 (1): a polling station serves at most 500 voters.",
    ),
    ("Jumlah suara lebih besar daripada batas pemilih satu TPS.", "More votes than a polling station may have voters."),
    find_above_station,
)
