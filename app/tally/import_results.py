"""Take in a whole collection that others counted, as our results: copied into a temporary table, written as one set.

For collections without photographs in our store, such as KawalPemilu's of 2019: their numbers, not our decisions. What
was decided here is never overwritten.
"""

from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError, InvalidInputError
from app.pemilu.definition import Contest
from app.tally.write_results import NUMBER_MAX
from app.transparency.service import append_entry

BATCH = 20_000
"""TPS copied at a time."""

_STAGE = (
    "DROP TABLE IF EXISTS result_incoming",
    """CREATE TEMPORARY TABLE result_incoming (
         tps text NOT NULL, numbers integer[] NOT NULL, complete boolean NOT NULL, flags text[] NOT NULL)
       ON COMMIT DROP""",
)
_COLUMNS = ["tps", "numbers", "complete", "flags"]

# Alone: a round that somebody opens meanwhile would leave two current rows of one TPS.
_HOLD_ROUNDS = text("SELECT pg_advisory_xact_lock(hashtextextended('rounds/' || :pemilihan, 0))")
_UNFIT = text(
    """SELECT i.tps, count(*) OVER () AS rows FROM result_incoming i LEFT JOIN tps t ON t.kode = i.tps
       WHERE t.kode IS NULL
          OR NOT ('0' = ANY(CAST(:scope AS text[]))
                  OR EXISTS (SELECT FROM unnest(CAST(:scope AS text[])) s WHERE starts_with(i.tps, s)))
          OR cardinality(i.numbers) <> :width
          OR 0 > ANY(i.numbers)
       ORDER BY i.tps LIMIT 1"""
)
_TWICE = text("SELECT tps FROM result_incoming GROUP BY tps HAVING count(*) > 1 ORDER BY tps LIMIT 1")
_DECIDED = text(
    """SELECT r.tps_kode FROM result r JOIN result_incoming i ON i.tps = r.tps_kode
       WHERE r.pemilihan_id = :pemilihan AND (r.state <> 'waiting' OR r.round > 1) ORDER BY r.tps_kode LIMIT 1"""
)
_WRITE = text(
    """WITH written AS (
         INSERT INTO result (pemilihan_id, tps_kode, round, kelurahan, numbers, state, source_class, flags)
         SELECT :pemilihan, t.kode, 1, t.kelurahan, i.numbers, CASE WHEN i.complete THEN 'accepted' ELSE 'waiting' END,
           CASE WHEN i.complete THEN 'one_uploader' END, i.flags
         FROM result_incoming i JOIN tps t ON t.kode = i.tps ORDER BY t.kode
         ON CONFLICT (pemilihan_id, tps_kode, round) DO UPDATE
         SET numbers = excluded.numbers, state = excluded.state, source_class = excluded.source_class,
             flags = excluded.flags, updated_at = now()
         RETURNING kelurahan),
       changed AS (
         INSERT INTO tally_change (pemilihan_id, kelurahan)
         SELECT DISTINCT CAST(:pemilihan AS bigint), kelurahan FROM written)
       SELECT count(*) FROM written"""
)


class CountedTps(NamedTuple):
    """One TPS of a collection: ``numbers`` in the order of the contest's fields, ``flags`` as of a result.

    ``complete``: whether all required sections are among the numbers; the result is accepted then, and waits otherwise.
    """

    tps_kode: str
    numbers: tuple[int | None, ...]
    complete: bool
    flags: tuple[str, ...] = ()


async def import_results(session: AsyncSession, *, contest: Contest, counted: Iterable[CountedTps], name: str) -> int:
    """Make the numbers of a collection our accepted results (source class ``one_uploader``); return of how many TPS.

    All or nothing. ``name`` says in the log where they come from. The comparison with official figures is the caller's.

    Raises:
        InvalidInputError: an unknown TPS, one twice, or numbers that do not fit the contest's fields.
        ConflictError: of one of these TPS something was decided here, or a revote was opened.
    """
    for statement in _STAGE:
        await session.execute(text(statement))
    await _copy(session, counted)
    await session.execute(text("ANALYZE result_incoming"))
    await session.execute(_HOLD_ROUNDS, {"pemilihan": str(contest.id)})
    await _check(session, contest)
    written: int = (await session.execute(_WRITE, {"pemilihan": contest.id})).scalar_one()
    facts = {"contest": contest.kode, "name": name, "tps": written}
    await session.execute(text("ANALYZE result"))
    await append_entry(session, kind="results", subject=f"results/{contest.kode}", payload=facts)
    return written


async def _copy(session: AsyncSession, counted: Iterable[CountedTps]) -> None:
    # The statements before have opened the transaction; a COPY through the raw connection alone would commit by itself.
    raw = (await (await session.connection()).get_raw_connection()).driver_connection
    assert raw is not None
    rows = iter(counted)
    while batch := [(one.tps_kode, one.numbers, one.complete, one.flags) for one in islice(rows, BATCH)]:
        if any(number is not None and number > NUMBER_MAX for _, numbers, _, _ in batch for number in numbers):
            raise InvalidInputError("A number is too large.", f"A number is 0 to {NUMBER_MAX:,}.")
        await raw.copy_records_to_table("result_incoming", records=batch, columns=_COLUMNS)


async def _check(session: AsyncSession, contest: Contest) -> None:
    values = {"scope": list(contest.wilayah), "width": len(contest.fields)}
    unfit = (await session.execute(_UNFIT, values)).first()
    if unfit is not None:
        raise InvalidInputError(
            f"{unfit.rows} TPS do not fit {contest.kode}, the first is {unfit.tps}.",
            "Each must be a known TPS that votes in the contest, with one number or none (>= 0) for each field.",
        )
    twice = (await session.execute(_TWICE)).scalar()
    if twice is not None:
        raise InvalidInputError(f"TPS {twice} stands there twice.", "Keep one of the two.")
    decided = (await session.execute(_DECIDED, {"pemilihan": contest.id})).scalar()
    if decided is not None:
        raise ConflictError(
            f"TPS {decided} has results of our own, or a second round.",
            "Leave it out: a decision is never overwritten.",
        )
