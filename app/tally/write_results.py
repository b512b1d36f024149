"""The only writers of ``result``. Every write leaves a row in the change list in the same transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError, InvalidInputError
from app.core.jobs import enqueue
from app.pemilu.definition import Contest
from app.pemilu.service import get_contest
from app.tally.scope import check_within
from app.transparency.service import append_entry
from app.wilayah.codes import parse_kode
from app.wilayah.service import get_tps

NUMBER_MAX = 2_147_483_647
"""What the column holds; whether a number is plausible was decided before it came here."""

# Only the highest round of a TPS is counted: a row for an older round is written as not current. A round that was not
# opened writes nothing.
_SET = text(
    """WITH said AS (
         SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS row (
           tps text, round int, numbers int[], state text, source_class text, flags text[])),
       placed AS MATERIALIZED (
         SELECT said.*, t.kelurahan, COALESCE((
                  SELECT max(r.round) FROM result r
                  WHERE r.pemilihan_id = CAST(:pemilihan AS bigint) AND r.tps_kode = said.tps), 1) AS highest
         FROM said JOIN tps t ON t.kode = said.tps),
       written AS (
         INSERT INTO result (pemilihan_id, tps_kode, round, kelurahan, current, numbers, state, source_class, flags)
         SELECT CAST(:pemilihan AS bigint), tps, round, kelurahan, round = highest, numbers, state, source_class, flags
         FROM placed WHERE round BETWEEN 1 AND highest ORDER BY tps
         ON CONFLICT (pemilihan_id, tps_kode, round) DO UPDATE
         SET numbers = excluded.numbers, state = excluded.state, source_class = excluded.source_class,
             flags = excluded.flags, updated_at = now()
         RETURNING kelurahan),
       changed AS (
         INSERT INTO tally_change (pemilihan_id, kelurahan)
         SELECT DISTINCT CAST(:pemilihan AS bigint), kelurahan FROM written)
       SELECT tps, highest FROM placed"""
)
_NOTE_PHOTO = text(
    """INSERT INTO result (pemilihan_id, tps_kode, round, kelurahan, current, numbers, has_photo)
       VALUES (:pemilihan, :tps, :round, :kelurahan, :current, :numbers, true)
       ON CONFLICT (pemilihan_id, tps_kode, round) DO UPDATE SET has_photo = true, updated_at = now()
       WHERE NOT result.has_photo RETURNING 1"""
)
# TPS that only the authority knows are not in `tps` and are left out; `official` keeps and lists them. The bounds keep
# PostgreSQL from looking at all results of the contest for every piece of a nation: of a table that has just grown from
# nothing it does not know better.
_NOTE_OFFICIAL = text(
    """WITH known AS (
         SELECT t.kode, t.kelurahan FROM tps t WHERE t.kode = ANY(CAST(:tps AS text[]))
           AND ('0' = ANY(CAST(:scope AS text[]))
                OR EXISTS (SELECT FROM unnest(CAST(:scope AS text[])) s WHERE starts_with(t.kode, s)))),
       marked AS (
         UPDATE result r SET has_official = true, updated_at = now() FROM known k
         WHERE r.pemilihan_id = :pemilihan AND r.tps_kode = k.kode AND r.current AND NOT r.has_official
           AND r.tps_kode BETWEEN CAST(:low AS text) AND CAST(:high AS text)
         RETURNING r.kelurahan),
       begun AS (
         INSERT INTO result (pemilihan_id, tps_kode, kelurahan, numbers, has_official)
         SELECT :pemilihan, k.kode, k.kelurahan, array_fill(NULL::int, ARRAY[CAST(:width AS int)]), true FROM known k
         WHERE NOT EXISTS (SELECT FROM result r WHERE r.pemilihan_id = :pemilihan AND r.tps_kode = k.kode
                           AND r.tps_kode BETWEEN CAST(:low AS text) AND CAST(:high AS text))
         ON CONFLICT (pemilihan_id, tps_kode, round) DO UPDATE SET has_official = true
         RETURNING kelurahan),
       changed AS (
         INSERT INTO tally_change (pemilihan_id, kelurahan)
         SELECT DISTINCT CAST(:pemilihan AS bigint), kelurahan FROM (TABLE marked UNION ALL TABLE begun) both_kinds)
       SELECT count(*) FROM (TABLE marked UNION ALL TABLE begun) both_kinds"""
)
_END_ROUND = text(
    """UPDATE result SET current = false, updated_at = now()
       WHERE pemilihan_id = :pemilihan AND tps_kode = :tps AND current RETURNING has_official"""
)
_BEGIN_ROUND = text(
    """INSERT INTO result (pemilihan_id, tps_kode, round, kelurahan, numbers, has_official)
       VALUES (:pemilihan, :tps, :round, :kelurahan, :numbers, :official)"""
)
_CHANGE = text("INSERT INTO tally_change (pemilihan_id, kelurahan) VALUES (:pemilihan, :kelurahan)")

_HIGHEST = text("SELECT max(round) FROM result WHERE pemilihan_id = :pemilihan AND tps_kode = :tps")

# One revote at a time and no noting of official figures meanwhile: the note would go to the round that just ended.
_NOTE_ROUNDS = text("SELECT pg_advisory_xact_lock_shared(hashtextextended('rounds/' || :pemilihan, 0))")
_HOLD_ROUNDS = text("SELECT pg_advisory_xact_lock(hashtextextended('rounds/' || :pemilihan, 0))")
_LOCK_TPS = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
_LOCK_MANY = text(
    """SELECT count(pg_advisory_xact_lock(hashtextextended(name, 0)))
       FROM unnest(CAST(:names AS text[])) name"""
)


@dataclass(frozen=True)
class TpsResult:
    """What is accepted of one TPS in one round: what is not in ``numbers`` (or ``None``) is not accepted.

    ``state`` is of the required sections together; numbers of other accepted sections count while they wait.
    """

    tps_kode: str
    round: int
    numbers: Mapping[str, int | None]
    state: str
    source_class: str | None
    flags: Sequence[str] = ()


async def set_result(
    session: AsyncSession,
    *,
    contest: Contest,
    tps_kode: str,
    round: int = 1,  # noqa: A002 - the word of the vocabulary and of the column
    numbers: Mapping[str, int | None],
    state: str,
    source_class: str | None,
    flags: Sequence[str] = (),
) -> None:
    """Make ``numbers`` the accepted numbers of a TPS; see :class:`TpsResult`.

    Raises:
        NotFoundError: unknown TPS; OutsideContestError: it does not vote in this contest.
        InvalidInputError: a field the contest lacks, or a number below 0 or above what is stored.
        ConflictError: the round was not opened.
    """
    result = TpsResult(tps_kode, round, numbers, state, source_class, tuple(flags))
    await set_results(session, contest=contest, results=[result])


async def set_results(session: AsyncSession, *, contest: Contest, results: Sequence[TpsResult]) -> None:
    """Write the results of several TPS with two statements, as :func:`set_result` does one; each TPS stands here once.

    Raises:
        As :func:`set_result`; the caller's transaction is to be rolled back.
    """
    rows = [_make_row(contest, one) for one in sorted(results, key=lambda one: one.tps_kode)]
    # One writer at a time at a TPS, see _lock_place; in the order of the TPS, or two batches could wait in a circle.
    await session.execute(_LOCK_MANY, {"names": [_name_lock(contest, row["tps"]) for row in rows]})
    values = {"pemilihan": contest.id, "rows": orjson.dumps(rows).decode()}
    highest = {row.tps: row.highest for row in await session.execute(_SET, values)}
    for row in rows:
        if row["tps"] not in highest:
            await get_tps(session, kode=row["tps"])  # says that there is none
        _check_round(contest, row["tps"], row["round"], highest[row["tps"]])


def _make_row(contest: Contest, result: TpsResult) -> dict[str, Any]:
    tps = parse_kode(result.tps_kode).text
    check_within(contest, tps)
    return {
        "tps": tps,
        "round": result.round,
        "numbers": _arrange(contest, result.numbers),
        "state": result.state,
        "source_class": result.source_class if result.state == "accepted" else None,
        "flags": list(result.flags),
    }


async def clear_result(
    session: AsyncSession,
    *,
    contest: Contest,
    tps_kode: str,
    round: int = 1,  # noqa: A002 - see set_result
    state: str = "waiting",
) -> None:
    """Take back what was accepted of a TPS; that photographs and official figures exist stays known."""
    await set_result(
        session, contest=contest, tps_kode=tps_kode, round=round, numbers={}, state=state, source_class=None
    )


async def note_photo(
    session: AsyncSession,
    *,
    contest: Contest,
    tps_kode: str,
    round: int = 1,  # noqa: A002 - see set_result
) -> None:
    """Note that a photograph of this TPS has arrived; again changes nothing.

    Raises:
        NotFoundError, OutsideContestError, ConflictError: as :func:`set_result`.
    """
    place = await _lock_place(session, contest, tps_kode, round)
    if (await session.execute(_NOTE_PHOTO, {**place, "numbers": _arrange(contest, {})})).first() is not None:
        await session.execute(_CHANGE, place)


async def note_official(session: AsyncSession, *, pemilihan_id: int, tps_kodes: Sequence[str]) -> int:
    """Note that official figures of these TPS exist; return of how many it was news. Unknown TPS are passed over."""
    codes = sorted(set(tps_kodes))
    if not codes:
        return 0
    contest = await get_contest(session, id=pemilihan_id)
    values = {
        "pemilihan": pemilihan_id,
        "tps": codes,
        "low": codes[0],
        "high": codes[-1],
        "scope": list(contest.wilayah),
        "width": len(contest.fields),
    }
    await hold_rounds_shared(session, pemilihan_id)
    noted: int = (await session.execute(_NOTE_OFFICIAL, values)).scalar_one()
    return noted


async def hold_rounds_shared(session: AsyncSession, pemilihan_id: int) -> None:
    """Keep revotes from being opened in a contest until the transaction ends; others may hold it so too."""
    await session.execute(_NOTE_ROUNDS, {"pemilihan": str(pemilihan_id)})


async def open_round(
    session: AsyncSession, *, contest: Contest, tps_kode: str, reason: str, account_id: int | None = None
) -> int:
    """Begin a new round of a TPS (PSU, a revote) and return its number: what was accepted before no longer counts.

    The old round stays readable. Official figures stay noted and are compared again: what the old round opened is to
    close. Photographs are to be sent anew. Who, when and why go into the log.
    """
    if not reason.strip():
        raise InvalidInputError("A new round has no reason.", "Name the decision that orders the revote.")
    await session.execute(_HOLD_ROUNDS, {"pemilihan": str(contest.id)})
    place = await _lock_place(session, contest, tps_kode, 1)
    number = int((await session.execute(_HIGHEST, place)).scalar_one() or 1) + 1
    official = bool((await session.execute(_END_ROUND, place)).scalar())
    begun = {**place, "round": number, "numbers": _arrange(contest, {}), "official": official}
    await session.execute(_BEGIN_ROUND, begun)
    await session.execute(_CHANGE, place)
    payload = {"contest": contest.kode, "tps": tps_kode, "round": number, "reason": reason, "account_id": account_id}
    await append_entry(session, kind="round", subject=f"tps/{tps_kode}/{contest.kode}", payload=payload)
    await enqueue(session, "compare", {"pemilihan_id": contest.id, "tps_kode": place["tps"]})
    return number


async def _lock_place(session: AsyncSession, contest: Contest, tps_kode: str, round_: int) -> dict[str, Any]:
    """Check the place, let one writer at a time at this TPS, and return the columns that say where and whether current.

    Without the lock a result of round 1 and the opening of round 2, written at once, would not see each other and both
    be inserted as current; the unique index would then fail one of them for no fault of its own.
    """
    place = await get_tps(session, kode=tps_kode)
    check_within(contest, place.kode)
    await session.execute(_LOCK_TPS, {"name": _name_lock(contest, place.kode)})
    highest = (await session.execute(_HIGHEST, {"pemilihan": contest.id, "tps": place.kode})).scalar_one() or 1
    _check_round(contest, place.kode, round_, highest)
    return {
        "pemilihan": contest.id,
        "tps": place.kode,
        "round": round_,
        "kelurahan": place.kelurahan,
        "current": round_ == highest,
    }


def _name_lock(contest: Contest, tps_kode: str) -> str:
    return f"result/{contest.id}/{tps_kode}"


def _check_round(contest: Contest, tps_kode: str, round_: int, highest: int) -> None:
    if not 1 <= round_ <= highest:
        raise ConflictError(
            f"TPS {tps_kode} belum punya putaran {round_} dalam {contest.kode}. (It has no round {round_} yet.)",
            f"Putaran sekarang (the round now): {highest}.",
            code="no_such_round",
        )


def _arrange(contest: Contest, numbers: Mapping[str, int | None]) -> list[int | None]:
    unknown = sorted(set(numbers) - set(contest.fields))
    if unknown:
        raise InvalidInputError(
            f"Contest {contest.kode} has no field {unknown[0]!r}.", "Name the contest's fields only."
        )
    for field, number in numbers.items():
        if number is not None and not 0 <= number <= NUMBER_MAX:
            raise InvalidInputError(f"{field} is {number}.", f"A number is 0 to {NUMBER_MAX:,}.")
    return [numbers.get(field) for field in contest.fields]
