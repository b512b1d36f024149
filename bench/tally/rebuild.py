"""A whole contest added up: from nothing, again when all is right, by numpy in memory, and by the oracle."""

from dataclasses import dataclass
from time import perf_counter

from sqlalchemy import text

from app.core.database import Sessions
from app.pemilu.definition import Contest
from app.tally.service import get_tally, rebuild, verify
from bench.tally.nation import Numbers, find_beginnings
from bench.tally.yardstick import add_in_memory

_FORGET = text("DELETE FROM tally WHERE pemilihan_id = :contest")


@dataclass(frozen=True)
class Rebuilt:
    """Seconds of each way, the best of the rounds; ``drift``: sums that were not right, by the oracle and by numpy."""

    width: int
    from_nothing: float
    again: float
    in_memory: float
    verified: float
    drift: int


async def measure_rebuild(sessions: Sessions, numbers: Numbers, *, rounds: int) -> Rebuilt:
    """Rebuild and verify a contest so many times."""
    contest = numbers.contest
    begins = find_beginnings(numbers.kodes)
    seen: list[tuple[float, float, float]] = []
    for _ in range(rounds):
        async with sessions.begin() as session:
            await session.execute(_FORGET, {"contest": contest.id})
        in_memory = add_in_memory(numbers.lines, begins)
        seen.append((await _time_rebuild(sessions, contest), await _time_rebuild(sessions, contest), in_memory))
    began = perf_counter()
    async with sessions.begin() as session:
        drift = len(await verify(session, contest=contest))
    verified = perf_counter() - began
    drift += await _compare_top(sessions, numbers)
    best = [min(column) for column in zip(*seen, strict=True)]
    return Rebuilt(len(contest.fields), best[0], best[1], best[2], verified, drift)


async def _time_rebuild(sessions: Sessions, contest: Contest) -> float:
    """Return the seconds of a rebuild with its commit."""
    began = perf_counter()
    async with sessions.begin() as session:
        await rebuild(session, contest=contest)
    return perf_counter() - began


async def _compare_top(sessions: Sessions, numbers: Numbers) -> int:
    """Count fields of the nation's row that are not the sum of the numbers that were laid."""
    async with sessions.begin() as session:
        top = await get_tally(session, contest=numbers.contest, kode="0")
    right = numbers.lines.sum(axis=0, dtype="int64").tolist()
    return sum(ours != theirs for ours, theirs in zip(top.sums.values(), right, strict=True))
