"""In what order are sections dealt? By chance, weighted by urgency, and nobody waits for ever.

A section's place in the queue is a time: ``turn = when it became wanted + wait``, and the smallest is dealt first. The
wait is drawn from the exponential distribution with mean ``SPREAD / weight``. Of two sections that become wanted at
once, one of weight *w* goes before one of weight *v* with probability *w / (w + v)* (sampling keys of Efraimidis and
Spirakis, "Weighted random sampling with a reservoir", 2006; here with exponential variates). Since the time it became
wanted counts too, whatever has waited long goes first whatever its weight.

The weight is the product of what holds:

* :data:`OF_DISPUTED` where readers or photographs differ, or a reviewer is asked: few are left to settle it;
* :data:`OF_BEHIND` where the share of its kabupaten/kota's TPS that have a result is less than :data:`BEHIND` of the
  nation's: no region is to stay empty while others are counted twice.

Each time the rule asks for a reading of a section that still waits, it is drawn again and the better of both places
counts: what was begun is finished first. One that was decided and is open again gets a new place.
"""

import random
from datetime import timedelta

from app.wilayah.codes import NATION, parent_of

SPREAD = timedelta(hours=24)
"""Mean wait of weight 1: the time in which four fifths of an election's photographs arrive."""

OF_DISPUTED = 4.0
OF_BEHIND = 4.0
BEHIND = 0.5

DISPUTED = frozenset(
    {"differing", "still_differing", "unreadable", "copy_differs", "newcomers_alone", "skipped", "paper"}
)
"""The rule's words for a section on which people or photographs do not agree, see ``sentences``."""

_LEVELS_UP = 3

# Of the section ``s`` and what is said of it: its tally's row beside the nation's.
TURN = f"""
    extract(epoch FROM now()) + said.wait / coalesce((
      SELECT CASE WHEN own.tps_accepted * whole.tps_expected < {BEHIND} * whole.tps_accepted * own.tps_expected
                  THEN {OF_BEHIND} ELSE 1.0 END
      FROM tally own JOIN tally whole ON whole.pemilihan_id = own.pemilihan_id AND whole.kode = '{NATION}'
      WHERE own.pemilihan_id = s.pemilihan_id AND own.kode = said.region), 1.0)"""  # noqa: S608 - our own constants
"""Expression for the place of section ``s``, for whom ``said.wait`` was drawn and ``said.region`` named."""


def draw_wait(mode: str, why: str, chance: random.Random | None = None) -> float:
    """Return the wait in seconds, drawn by ``chance``, of a section that wants ``mode`` for the reason ``why``."""
    weight = OF_DISPUTED if mode == "review" or why in DISPUTED else 1.0
    draw = random.expovariate if chance is None else chance.expovariate
    return draw(weight / SPREAD.total_seconds())


def name_region(tps_kode: str) -> str:
    """Return the region of a TPS whose coverage counts: its kabupaten or kota."""
    kode = tps_kode
    for _ in range(_LEVELS_UP):
        kode = parent_of(kode) or NATION
    return kode
