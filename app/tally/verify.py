"""Add every result up once more, in another way than the roller does, and compare with the stored tallies.

The roller sums in SQL, level by level, over rows marked current. Here every TPS is taken at its highest round, streamed
out, and added in numpy; the levels above by what the codes say. What both agree on is not one piece of code's word.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.pemilu.definition import Contest
from app.tally.copied_rows import Rows, make_row_type, stream_rows
from app.tally.counts import TPS_COUNTS
from app.tally.rebuild import lock_tally
from app.tally.scope import votes_in
from app.tally.views import Drift
from app.wilayah.codes import parent_of

DRIFTS_MAX = 10_000
"""So many are named; where everything is wrong, more would say no more."""

_Matrix = NDArray[np.int64]

# What is known of a TPS, in one number: bits 0-7 the state's first letter, 8-9 the source class, then one bit each.
_FACTS = """ascii(r.state)
    + 256 * coalesce(array_position(ARRAY['one_uploader', 'two_uploaders', 'official_photo'], r.source_class), 0)
    + 1024 * ('paper' = ANY(r.flags))::int + 2048 * r.has_photo::int + 4096 * r.has_official::int
    + 8192 * (r.flagged > 0)::int"""
_RESULTS = f"""
    SELECT r.kelurahan, array_replace(r.numbers, NULL, 0), {_FACTS} FROM result r LEFT JOIN (
      SELECT tps_kode, max(round) AS highest FROM result WHERE pemilihan_id = $1 AND round > 1 GROUP BY tps_kode
    ) revote USING (tps_kode)
    WHERE r.pemilihan_id = $1 AND r.round = coalesce(revote.highest, 1) AND cardinality(r.numbers) = $2"""  # noqa: S608 - put together from constants
_OF_OTHER_WIDTH = text(
    """SELECT min(kelurahan) AS kode, min(cardinality(numbers)) AS width FROM result
       WHERE pemilihan_id = :pemilihan AND cardinality(numbers) <> :width GROUP BY kelurahan ORDER BY 1"""
)
_KELURAHAN = text("SELECT kode, edisi_akhir IS NULL AS lives FROM wilayah WHERE tingkat = 'kelurahan' ORDER BY kode")
_EXPECTED = text("SELECT kelurahan, count(*) AS number FROM tps WHERE edisi_akhir IS NULL GROUP BY kelurahan")
_PENDING = text("SELECT DISTINCT kelurahan FROM tally_change WHERE pemilihan_id = :pemilihan")
_STORED = f"""
    SELECT rpad(kode, 10), sums || ARRAY[{", ".join(TPS_COUNTS)}] FROM tally
    WHERE pemilihan_id = $1 AND cardinality(sums) = $2 ORDER BY 1"""  # noqa: S608 - put together from constants


@dataclass
class Summed:
    """Sums of regions: ``kodes`` ascending, a line of ``lines`` each: the contest's fields, then the counts of TPS."""

    kodes: list[str]
    lines: _Matrix


@dataclass
class _Adder:
    """Adds rows of results to the line of their kelurahan. Owned by one call of :func:`verify`."""

    kelurahan: NDArray[np.bytes_]
    lines: _Matrix
    met: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        self.met = np.zeros(len(self.kelurahan), bool)

    def take(self, rows: Rows) -> None:
        if not len(rows):
            return
        places = np.searchsorted(self.kelurahan, rows["kelurahan"])
        order = np.argsort(places, kind="stable")
        places = places[order]
        begins = np.flatnonzero(np.r_[True, places[1:] != places[:-1]])
        numbers = rows["numbers"]["value"][order].astype(np.int32)
        facts = _count(rows["facts"][order].astype(np.int32))
        for part, columns in ((numbers, slice(0, numbers.shape[1])), (facts, slice(numbers.shape[1] + 1, None))):
            self.lines[places[begins], columns] += np.add.reduceat(part, begins, axis=0, dtype=np.int64)
        self.met[places[begins]] = True


def _count(facts: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return one line a TPS: what it adds to the counts after ``tps_expected``, in the order of ``TPS_COUNTS``."""
    state, source = facts & 255, facts >> 8 & 3
    accepted = state == ord("a")
    paper, photo, official, flagged = (facts >> bit & 1 == 1 for bit in (10, 11, 12, 13))
    columns = (
        photo, accepted, state == ord("d"), accepted & paper, official, flagged,
        source == 1, source == 2, source == 3,  # noqa: PLR2004 - places in the array of _FACTS
    )  # fmt: skip
    return np.column_stack(columns).astype(np.int32)


async def verify(session: AsyncSession, *, contest: Contest, still: bool = False) -> list[Drift]:
    """Return where the stored tallies of a contest are not the sums of its results; empty: all is right.

    A kelurahan that is still on the change list is taken as it is stored, so that a count in full swing can be checked;
    everything above it is compared all the same. At most ``DRIFTS_MAX`` are named. ``still``: the transaction sees one
    moment only (REPEATABLE READ), and the roller need not be kept waiting.
    """
    if not still:
        await lock_tally(session, contest.id)
    # The order matters. The lock keeps the tallies still, not the writers: whoever commits before the results are read
    # has his row on the list that is read after them.
    leaves = await _add_results(session, contest)
    pending = (await session.execute(_PENDING, {"pemilihan": contest.id})).scalars().all()
    stored = await _load_stored(session, contest)
    right = _add_upwards(_put_stored(leaves, stored, pending))
    drifts = _compare((*contest.fields, *TPS_COUNTS), stored, right)
    return [*await _find_other_widths(session, contest), *islice(drifts, DRIFTS_MAX)]


async def _find_other_widths(session: AsyncSession, contest: Contest) -> list[Drift]:
    """Name kelurahan in which a result has another number of fields than the contest; they are added up without it."""
    width = len(contest.fields)
    rows = await session.execute(_OF_OTHER_WIDTH, {"pemilihan": contest.id, "width": width})
    return [Drift(row.kode, "width", row.width, width) for row in rows]


async def _add_results(session: AsyncSession, contest: Contest) -> Summed:
    """Return what the TPS of each kelurahan add up to: of those that exist, and of ended ones with results."""
    width = len(contest.fields)
    regions = (await session.execute(_KELURAHAN)).all()
    lines = np.zeros((len(regions), width + len(TPS_COUNTS)), np.int64)
    adder = _Adder(np.array([one.kode for one in regions], "S10"), lines)
    kind = make_row_type(("kelurahan", "S10", 0), ("numbers", ">i4", width), ("facts", ">i4", 0))
    await stream_rows(session, _RESULTS, contest.id, width, kind=kind, take=adder.take)
    expected = {row.kelurahan: int(row.number) for row in await session.execute(_EXPECTED)}
    lines[:, width] = [expected.get(one.kode, 0) if one.lives else 0 for one in regions]
    kept = [
        place
        for place, one in enumerate(regions)
        if (one.lives or adder.met[place]) and votes_in(contest, one.kode)
    ]  # fmt: skip
    return Summed([regions[place].kode for place in kept], lines[kept])


async def _load_stored(session: AsyncSession, contest: Contest) -> Summed:
    width = len(contest.fields)
    kind = make_row_type(("kode", "S10", 0), ("lines", ">i8", width + len(TPS_COUNTS)))
    found: list[Rows] = []
    await stream_rows(session, _STORED, contest.id, width, kind=kind, take=found.append)
    kodes = [kode.rstrip() for rows in found for kode in rows["kode"].astype("U10").tolist()]
    return Summed(kodes, np.vstack([rows["lines"]["value"].astype(np.int64) for rows in found]))


def _put_stored(leaves: Summed, stored: Summed, pending: Sequence[str]) -> Summed:
    """Return the kelurahan with those that wait for the roller as they are stored, or absent where they are not."""
    waiting = set(pending)
    kept = [place for place, kode in enumerate(leaves.kodes) if kode not in waiting]
    taken = [place for place, kode in enumerate(stored.kodes) if kode in waiting]
    kodes = [*(leaves.kodes[place] for place in kept), *(stored.kodes[place] for place in taken)]
    lines = np.vstack([leaves.lines[kept], stored.lines[taken]])
    order = sorted(range(len(kodes)), key=kodes.__getitem__)
    return Summed([kodes[place] for place in order], lines[order])


def _add_upwards(below: Summed) -> Summed:
    """Return the kelurahan and every region above them, by what their codes say."""
    levels = [below]
    while levels[-1].kodes:
        parents = [parent_of(kode) for kode in levels[-1].kodes]
        if None in parents:
            break
        # Sorted by code, the children of a region stand together.
        begins = [0, *(place for place, (one, next_) in enumerate(pairwise(parents), start=1) if one != next_)]
        lines = np.add.reduceat(levels[-1].lines, begins, axis=0)
        levels.append(Summed([str(parents[place]) for place in begins], lines))
    kodes = [kode for level in levels for kode in level.kodes]
    order = sorted(range(len(kodes)), key=kodes.__getitem__)
    return Summed([kodes[place] for place in order], np.vstack([level.lines for level in levels])[order])


def _compare(columns: Sequence[str], stored: Summed, right: Summed) -> Iterator[Drift]:
    places = {kode: place for place, kode in enumerate(stored.kodes)}
    for kode in sorted(places.keys() ^ set(right.kodes)):
        yield Drift(kode, "row", int(kode in places), int(kode not in places))
    both = [(places[kode], place) for place, kode in enumerate(right.kodes) if kode in places]
    ours = stored.lines[[one for one, _ in both]]
    theirs = right.lines[[one for _, one in both]]
    for line, column in zip(*np.nonzero(ours != theirs), strict=True):
        kode = right.kodes[both[line][1]]
        yield Drift(kode, columns[column], int(ours[line, column]), int(theirs[line, column]))
