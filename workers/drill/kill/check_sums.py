"""Are the sums right at every level? Added up three ways: in numpy, in SQL, by the service's oracle."""

from collections.abc import Mapping

import asyncpg
import numpy as np
import numpy.typing as npt

from app.core.database import open_sessions
from app.pemilu.definition import Contest
from app.tally.service import verify
from workers.drill.kill.findings import WRONG, WRONG_SUM, Findings

DIGITS = {"provinsi": 2, "kabupaten_kota": 4, "kecamatan": 6, "kelurahan": 10}
NATION = "0"

_DECIDED = """
SELECT s.tps_kode, d.numbers FROM decision d JOIN tps_section s ON s.id = d.section_id
WHERE d.state = 'current' AND d.outcome = 'accept' AND s.pemilihan_id = $1
"""
_RESULTS = "SELECT tps_kode, numbers, state FROM result WHERE pemilihan_id = $1 AND current"
_TALLIES = "SELECT kode, sums, tps_accepted FROM tally WHERE pemilihan_id = $1"
_SQL_SUMS = """
SELECT region, place, sum(number)::bigint AS total FROM result r
CROSS JOIN LATERAL unnest(r.numbers) WITH ORDINALITY AS field (number, place)
CROSS JOIN LATERAL unnest(ARRAY['0', left(tps_kode, 2), left(tps_kode, 4), left(tps_kode, 6), left(tps_kode, 10)])
  AS region
WHERE r.pemilihan_id = $1 AND r.current AND number IS NOT NULL GROUP BY 1, 2
"""

Sums = dict[str, npt.NDArray[np.int64]]


async def check_sums(connection: asyncpg.Connection, url: str, contest: Contest, findings: Findings) -> None:
    """Results are what was decided, and every region's sums are those of its results."""
    await _check_results(connection, contest, await _load_decided(connection, contest), findings)
    await check_tallies(connection, url, contest, findings)


async def check_tallies(connection: asyncpg.Connection, url: str, contest: Contest, findings: Findings) -> None:
    """Every region's sums are those of its results: in numpy, in SQL, and by the service's oracle."""
    stored = {row["kode"]: row for row in await connection.fetch(_TALLIES, contest.id)}
    results = {row["tps_kode"]: list(row["numbers"]) for row in await connection.fetch(_RESULTS, contest.id)}
    right = add_up(results, len(contest.fields))
    for kode, row in stored.items():
        wanted = right.get(kode, np.zeros(len(contest.fields), dtype=np.int64)).tolist()
        findings.looked_at[f"sums of {_level(kode)}"] += 1
        findings.add(WRONG_SUM, [f"{kode}: {row['sums']}, added up {wanted}"] if row["sums"] != wanted else [])
    findings.add(WRONG_SUM, [f"{kode}: no row" for kode in right.keys() - stored.keys()])
    await _check_in_sql(connection, contest, stored, findings)
    async with open_sessions(url) as sessions, sessions.begin() as session:
        drifts = await verify(session, contest=contest)
    findings.add(WRONG_SUM, [f"oracle: {drift}" for drift in drifts])


async def _load_decided(connection: asyncpg.Connection, contest: Contest) -> dict[str, list[int | None]]:
    """Return TPS -> its decided numbers in the order of the contest's fields."""
    decided: dict[str, list[int | None]] = {}
    for row in await connection.fetch(_DECIDED, contest.id):
        numbers = decided.setdefault(row["tps_kode"], [None] * len(contest.fields))
        for name, number in row["numbers"].items():
            numbers[contest.fields.index(name)] = number
    return decided


async def _check_results(
    connection: asyncpg.Connection, contest: Contest, decided: Mapping[str, list[int | None]], findings: Findings
) -> None:
    nothing: list[int | None] = [None] * len(contest.fields)
    results = {row["tps_kode"]: list(row["numbers"]) for row in await connection.fetch(_RESULTS, contest.id)}
    findings.looked_at["accepted results"] += len(decided)
    for tps, numbers in results.items():
        wanted = decided.get(tps, nothing)
        findings.add(WRONG, [f"result of {tps}: {numbers}, decided {wanted}"] if numbers != wanted else [])
    findings.add(WRONG, [f"{tps} is decided and has no result" for tps in decided.keys() - results.keys()])


def add_up(numbers: Mapping[str, list[int | None]], width: int) -> Sums:
    """Add TPS to every region that their codes lie in."""
    sums: Sums = {}
    for tps, own in numbers.items():
        line = np.array([number or 0 for number in own], dtype=np.int64)
        for kode in (NATION, *(tps[:digits] for digits in DIGITS.values())):
            sums[kode] = sums.get(kode, np.zeros(width, dtype=np.int64)) + line
    return sums


async def _check_in_sql(
    connection: asyncpg.Connection, contest: Contest, stored: Mapping[str, asyncpg.Record], findings: Findings
) -> None:
    totals = {(row["region"], row["place"]): row["total"] for row in await connection.fetch(_SQL_SUMS, contest.id)}
    for kode, row in stored.items():
        wanted = [totals.get((kode, place), 0) for place in range(1, len(contest.fields) + 1)]
        findings.add(WRONG_SUM, [f"{kode}: {row['sums']}, in SQL {wanted}"] if row["sums"] != wanted else [])


def _level(kode: str) -> str:
    if kode == NATION:
        return "nasional"
    return next(name for name, digits in DIGITS.items() if len(kode) == digits)
