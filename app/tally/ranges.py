"""Post-stratified ranges of contests that ask for them: computed by a worker, kept for nation and provinces.

Off unless the election file says ``poststratified_range = true``; never computed or told while numbers are held.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.pemilu.definition import Contest
from app.tally.holding import is_held
from app.tally.models import TallyRange
from app.tally.poststratify import ShareRange, Stratum, estimate_shares
from app.wilayah.codes import NATION, parent_of

_SPACE = 0x52414E  # "RAN"

_ASKING = text("SELECT id FROM pemilihan WHERE definisi ->> 'poststratified_range' = 'true' ORDER BY id")
_EXPECTED = text(
    """SELECT t.kode, t.tps_expected FROM tally t JOIN wilayah w ON w.kode = t.kode
       WHERE t.pemilihan_id = :pemilihan AND w.tingkat = 'kabupaten_kota' AND t.tps_expected > 0"""
)
_FORGET = text("DELETE FROM tally_range WHERE pemilihan_id = :pemilihan")
_WRITE = text(
    """INSERT INTO tally_range (pemilihan_id, kode, low, share, high, computed_at)
       SELECT :pemilihan, said.*, now()
       FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS said (kode text, low float8[], share float8[], high float8[])"""
)


@dataclass(frozen=True)
class RangeView:
    """A range for each choice, in the contest's order."""

    choices: tuple[ShareRange, ...]
    computed_at: datetime


async def get_range(session: AsyncSession, *, contest: Contest, kode: str) -> RangeView | None:
    """Return the ranges of the nation or a province; null where none is asked for, computed or to be seen."""
    if not contest.poststratified_range or is_held(contest):
        return None
    row = await session.get(TallyRange, (contest.id, kode), populate_existing=True)
    if row is None:
        return None
    choices = tuple(ShareRange(*one) for one in zip(row.low, row.share, row.high, strict=True))
    return RangeView(choices, row.computed_at)


async def list_asking(session: AsyncSession) -> list[int]:
    """Return the contests that ask for ranges, and keep other workers away until this ends; none while one is at it."""
    turn = text("SELECT pg_try_advisory_xact_lock(:space, 0)")
    if not (await session.execute(turn, {"space": _SPACE})).scalar_one():
        return []
    return list((await session.execute(_ASKING)).scalars())


async def measure_ranges(session: AsyncSession, *, contest: Contest) -> int:
    """Compute the ranges of nation and provinces anew; return of how many regions there is one."""
    await session.execute(_FORGET, {"pemilihan": contest.id})
    if not contest.poststratified_range or is_held(contest):
        return 0
    strata = await _load_strata(session, contest)
    regions: dict[str, list[Stratum]] = {NATION: list(strata.values())}
    for kabupaten, stratum in strata.items():
        regions.setdefault(parent_of(kabupaten) or NATION, []).append(stratum)
    found = {kode: ranges for kode, inside in regions.items() if (ranges := estimate_shares(inside))}
    rows = [
        {"kode": kode, **{name: [getattr(one, name) for one in ranges] for name in ("low", "share", "high")}}
        for kode, ranges in sorted(found.items())
    ]
    await session.execute(_WRITE, {"pemilihan": contest.id, "rows": orjson.dumps(rows).decode()})
    return len(found)


async def _load_strata(session: AsyncSession, contest: Contest) -> dict[str, Stratum]:
    """Return what is covered of each kabupaten, of those without any as well."""
    expected = {row.kode: row.tps_expected for row in await session.execute(_EXPECTED, {"pemilihan": contest.id})}
    width = len(contest.choices)
    sums: dict[str, list[int]] = defaultdict(lambda: [0] * (2 + 3 * width))
    for row in await session.execute(text(_sum_by_kecamatan(contest)), {"pemilihan": contest.id}):
        kabupaten = parent_of(row.kode) or NATION
        sums[kabupaten] = [one + int(more) for one, more in zip(sums[kabupaten], row.sums, strict=True)]
    return {kode: _make_stratum(expected[kode], sums[kode], width) for kode in sorted(expected)}


def _make_stratum(expected: int, sums: Sequence[int], width: int) -> Stratum:
    votes, squares, products = (tuple(sums[2 + width * part : 2 + width * (part + 1)]) for part in range(3))
    return Stratum(expected, sums[0], votes, squares, products, sums[1])


def _sum_by_kecamatan(contest: Contest) -> str:
    places = [contest.places[choice.field] + 1 for choice in contest.choices]
    votes = [f"r.numbers[{place}]::bigint" for place in places]
    sums = [
        "count(*)",
        "sum(a.total * a.total)",
        *(f"sum({one})" for one in votes),
        *(f"sum({one} * {one})" for one in votes),
        *(f"sum({one} * a.total)" for one in votes),
    ]
    complete = " AND ".join(f"r.numbers[{place}] IS NOT NULL" for place in places)
    return f"""
        SELECT w.induk AS kode, ARRAY[{", ".join(f"CAST({one} AS numeric)" for one in sums)}] AS sums
        FROM result r JOIN wilayah w ON w.kode = r.kelurahan
        CROSS JOIN LATERAL (SELECT {" + ".join(votes)} AS total) a
        WHERE r.pemilihan_id = :pemilihan AND r.current AND r.state = 'accepted' AND {complete}
        GROUP BY 1"""  # noqa: S608 - our own words and places in an array
