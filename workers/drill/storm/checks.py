"""After the storm: is everything as a calm hour would have left it? Each check names what it found, or nothing."""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Sessions
from app.pemilu.definition import Contest
from app.tally.service import verify
from app.verification.service import settle_many
from app.verification.withdraw import BATCH
from workers.drill.storm.ground import Ground
from workers.drill.storm.waves import Tally

LEVELS = (2, 4, 6, 10)
SHOWN = 5
_RESULTS = text(
    "SELECT tps_kode, numbers FROM result WHERE pemilihan_id = :contest AND current ORDER BY tps_kode"
)  # fmt: skip
_TALLIES = text("SELECT kode, sums FROM tally WHERE pemilihan_id = :contest")
# A result is what the current decisions of its highest round say, nothing else.
_UNLIKE_DECISION = text(
    """SELECT r.tps_kode FROM result r
       LEFT JOIN tps_section s ON s.tps_kode = r.tps_kode AND s.pemilihan_id = r.pemilihan_id AND s.round = r.round
       LEFT JOIN decision d ON d.section_id = s.id AND d.state = 'current' AND d.outcome = 'accept'
       WHERE r.pemilihan_id = :contest AND r.current
         AND r.numbers IS DISTINCT FROM ARRAY(
           SELECT (d.numbers ->> f.name)::int FROM unnest(CAST(:fields AS text[])) WITH ORDINALITY f (name, place)
           ORDER BY f.place)"""
)
_STILL_COUNTED = text(
    """SELECT count(*) FROM reading r WHERE r.account_id = ANY(CAST(:readers AS bigint[]))
         AND NOT EXISTS (SELECT FROM reading_withdrawal w WHERE w.reading_id = r.id)"""
)
_STILL_DECIDING = text(
    """SELECT count(*) FROM decision d
       CROSS JOIN LATERAL jsonb_array_elements(d.inputs -> 'readings') reading
       WHERE d.state = 'current' AND reading ->> 'reader' = ANY(CAST(:names AS text[]))"""
)
_TROUBLE = text(
    """SELECT (SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()),
              (SELECT count(*) FROM job_set_aside), (SELECT count(*) FROM pgqueuer),
              (SELECT count(*) FROM tally_change),
              (SELECT coalesce(last_value, 0) FROM pg_sequences WHERE sequencename = 'tally_change_id_seq')"""
)


async def check_everything(sessions: Sessions, ground: Ground, tally: Tally, *, calm_sample: int) -> list[str]:
    """Return what is wrong, in words; an empty list when all is well."""
    async with sessions.begin() as session:
        found = [*await _check_trouble(session, tally), *await check_sums(session, ground.contest)]
        found += [f"oracle: {drift}" for drift in (await verify(session, contest=ground.contest))[:SHOWN]]
        found += await check_decisions(session, ground)
    return [*found, *await _check_calm(sessions, calm_sample)]


async def _check_trouble(session: AsyncSession, tally: Tally) -> Iterator[str]:
    deadlocks, aside, jobs, changes, noted = (await session.execute(_TROUBLE)).one()
    counts = {"deadlocks": deadlocks, "jobs set aside": aside, "jobs left": jobs, "changes left": changes}
    wrong = [f"{count} {name}" for name, count in counts.items() if count]
    if noted < tally.changes:
        wrong.append(f"{tally.corrected} corrections, but only {noted} rows of {tally.changes} came to the change list")
    return iter(wrong)


async def check_sums(session: AsyncSession, contest: Contest) -> Iterator[str]:
    """Add the results up in numpy, by the digits of their codes, and compare every region's sums."""
    rows = (await session.execute(_RESULTS, {"contest": contest.id})).all()
    right = add_up([row.tps_kode for row in rows], [row.numbers for row in rows])
    stored = {row.kode: list(row.sums) for row in await session.execute(_TALLIES, {"contest": contest.id})}
    nothing = [0] * len(contest.fields)
    wrong = [
        f"{kode}: {stored.get(kode)}, added up {right.get(kode, nothing)}"
        for kode in sorted(stored.keys() | right.keys())
        if stored.get(kode) != right.get(kode, nothing)
    ]
    return iter(wrong[:SHOWN])


def add_up(kodes: Sequence[str], numbers: Sequence[Sequence[int | None]]) -> Mapping[str, list[int]]:
    """Return region -> sums of its TPS, for the nation (``0``) and every level; a null adds nothing."""
    matrix = np.nan_to_num(np.array(numbers, dtype=np.float64)).astype(np.int64)
    sums: dict[str, npt.NDArray[np.int64]] = {"0": matrix.sum(axis=0)}
    for digits in LEVELS:
        places = defaultdict[str, list[int]](list)
        for place, kode in enumerate(kodes):
            places[kode[:digits]].append(place)
        sums |= {kode: matrix[own].sum(axis=0) for kode, own in places.items()}
    return {kode: total.tolist() for kode, total in sums.items()}


async def check_decisions(session: AsyncSession, ground: Ground) -> Iterator[str]:
    """No result is unlike its decision, and no decision rests on a withdrawn reader."""
    readers = [ground.reader_of_all, ground.reader_of_some]
    values = {"contest": ground.contest.id, "fields": list(ground.contest.fields)}
    unlike = (await session.execute(_UNLIKE_DECISION, values)).scalars().all()
    counted = (await session.execute(_STILL_COUNTED, {"readers": readers})).scalar_one()
    names = [f"account/{reader}" for reader in readers]
    deciding = (await session.execute(_STILL_DECIDING, {"names": names})).scalar_one()
    return iter(
        [f"result of {kode} is not what was decided" for kode in unlike[:SHOWN]]
        + ([f"{counted} readings of withdrawn readers still count"] if counted else [])
        + ([f"{deciding} readings of withdrawn readers still decide something"] if deciding else [])
    )


async def _check_calm(sessions: Sessions, sample: int) -> list[str]:
    """Let the rule look at ``sample`` sections once more, one batch at a time: nothing may change."""
    async with sessions.begin() as session:
        ids = list((await session.execute(text("SELECT id FROM tps_section ORDER BY id"))).scalars())
    chosen = random.Random(1).sample(ids, min(sample, len(ids)))
    wrong: list[str] = []
    for start in range(0, len(chosen), BATCH):
        async with sessions.begin() as session:
            settled = await settle_many(session, section_ids=chosen[start : start + BATCH])
        wrong += [f"section {one.section_id}: a calm look says {one.outcome}" for one in settled if one.changed]
    return wrong[:SHOWN]
