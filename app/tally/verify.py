"""Add every result up once more, in another way than the roller does, and compare with the stored tallies.

The roller sums in SQL, level by level, over rows marked current. Here every TPS is taken at its highest round and its
numbers are added in Python to each region that its code lies in. What both agree on is not one piece of code's word.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.pemilu.definition import Contest
from app.tally.counts import TPS_COUNTS
from app.tally.rebuild import lock_tally
from app.tally.scope import votes_in
from app.tally.views import Drift
from app.wilayah.codes import ancestors

_Sums = dict[str, npt.NDArray[np.int64]]

_BATCH = 5000

_RESULTS = text(
    """SELECT DISTINCT ON (tps_kode) kelurahan, numbers, state, source_class, flags, has_photo, has_official, flagged
       FROM result WHERE pemilihan_id = :pemilihan ORDER BY tps_kode, round DESC"""
)
_EXPECTED = text("SELECT kelurahan, count(*) FROM tps WHERE edisi_akhir IS NULL GROUP BY kelurahan")
_EMPTY = text("SELECT kode FROM wilayah WHERE tingkat = 'kelurahan' AND edisi_akhir IS NULL")
_PENDING = text("SELECT DISTINCT kelurahan FROM tally_change WHERE pemilihan_id = :pemilihan")
_STORED = text(f"SELECT kode, sums, {', '.join(TPS_COUNTS)} FROM tally WHERE pemilihan_id = :pemilihan")  # noqa: S608 - this package's own column names


async def verify(session: AsyncSession, *, contest: Contest) -> list[Drift]:
    """Return where the stored tallies of a contest are not the sums of its results; empty: all is right.

    A kelurahan that is still on the change list is taken as it is stored, so that a count in full swing can be checked;
    everything above it is compared all the same.
    """
    await lock_tally(session, contest.id)
    # The order matters. The lock keeps the tallies still, not the writers: whoever commits before the results are read
    # has his row on the list that is read after them.
    right = await _add_results(session, contest)
    pending = (await session.execute(_PENDING, {"pemilihan": contest.id})).scalars().all()
    stored = await _load_stored(session, contest)
    for kode in pending:
        right.pop(kode, None)
        if kode in stored:
            right[kode] = stored[kode]
    _add_upwards(right)
    columns = (*contest.fields, *TPS_COUNTS)
    return [drift for kode in sorted(right.keys() | stored.keys()) for drift in _compare(kode, columns, stored, right)]


def _zeros(contest: Contest) -> npt.NDArray[np.int64]:
    return np.zeros(len(contest.fields) + len(TPS_COUNTS), dtype=np.int64)


async def _add_results(session: AsyncSession, contest: Contest) -> _Sums:
    """Return per kelurahan (length: fields, then the ten counts) what its TPS add up to."""
    sums = await _count_expected(session, contest)
    rows = await session.stream(_RESULTS, {"pemilihan": contest.id}, execution_options={"yield_per": _BATCH})
    async for batch in rows.partitions(_BATCH):
        inside = [row for row in batch if votes_in(contest, row.kelurahan)]
        for row, numbers in zip(inside, _as_matrix(inside, len(contest.fields)), strict=True):
            sums.setdefault(row.kelurahan, _zeros(contest))
            sums[row.kelurahan] += numbers
    return sums


async def _count_expected(session: AsyncSession, contest: Contest) -> _Sums:
    found = (await session.execute(_EMPTY)).scalars()
    sums: _Sums = {kode: _zeros(contest) for kode in found if votes_in(contest, kode)}
    for kode, count in await session.execute(_EXPECTED):
        if kode in sums:
            sums[kode][len(contest.fields)] = count
    return sums


def _as_matrix(rows: Sequence[Any], width: int) -> npt.NDArray[np.int64]:
    """Return one line a TPS: its numbers (null adds nothing), then what it adds to the ten counts."""
    # Null becomes NaN, at the speed of numpy; numbers of 31 bits are exact in float64.
    numbers = np.array([row.numbers for row in rows], dtype=np.float64).reshape(len(rows), width)
    counts = np.array([_counts_of(row) for row in rows], dtype=np.int64).reshape(len(rows), len(TPS_COUNTS))
    return np.hstack([np.nan_to_num(numbers).astype(np.int64), counts])


def _counts_of(row: Any) -> tuple[int, ...]:  # noqa: ANN401 - a row of _RESULTS
    return (
        0,  # tps_expected is not the results' matter
        row.has_photo,
        row.state == "accepted",
        row.state == "disputed",
        row.state == "accepted" and "paper" in row.flags,
        row.has_official,
        row.flagged > 0,
        row.source_class == "one_uploader",
        row.source_class == "two_uploaders",
        row.source_class == "official_photo",
    )


async def _load_stored(session: AsyncSession, contest: Contest) -> _Sums:
    rows = await session.execute(_STORED, {"pemilihan": contest.id})
    return {row[0]: np.array([*row[1], *row[2:]], dtype=np.int64) for row in rows}


def _add_upwards(sums: _Sums) -> None:
    for kode in list(sums):
        for above in ancestors(kode):
            sums.setdefault(above, np.zeros_like(sums[kode]))
            sums[above] += sums[kode]


def _compare(kode: str, columns: Sequence[str], stored: _Sums, right: _Sums) -> Iterator[Drift]:
    if kode not in stored or kode not in right:
        yield Drift(kode, "row", int(kode in stored), int(kode in right))
        return
    if stored[kode].shape != right[kode].shape:
        yield Drift(kode, "width", len(stored[kode]), len(right[kode]))
        return
    for column, ours, theirs in zip(columns, stored[kode].tolist(), right[kode].tolist(), strict=True):
        if ours != theirs:
            yield Drift(kode, column, ours, theirs)
