"""Every tally of a contest, computed again in one go: into a temporary table first, then only what differs is written.

The kelurahan are summed by a statement that makes a table of its own, because PostgreSQL shares such a one among
processors, and an insertion into a table that is there never. The levels above are few rows.
"""

from sqlalchemy import CursorResult, TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.pemilu.definition import Contest
from app.pemilu.service import list_contests
from app.tally.counts import COUNTED_BY, TPS_COUNTS, add_up
from app.wilayah.codes import LEVELS

_LOCK_SPACE = 0x54414C  # "TAL"

_SUMMING = "256MB"
"""Room for a hash table of all kelurahan: without it PostgreSQL walks the results in the order of an index, which takes
twice as long. Freed with the statement. The presidential contest needs 60 MB in each of three processes."""

_SUMMED_WITH_ROOM = 64
"""Contests of more numbers are walked: a hash table of 136 sums would take 220 MB three times over."""

_COLUMNS = ("kode", "induk", "sums", *TPS_COUNTS)


def _list_columns(table: str) -> str:
    return ", ".join(f"{table}.{column}" for column in _COLUMNS[1:])


# A kelurahan that a later edition ended stays as long as results stand in it: no vote falls out of a sum.
_LAY_KELURAHAN = text(
    f"""INSERT INTO tally_new ({", ".join(_COLUMNS)})
        SELECT w.kode, w.induk, coalesce(s.sums, array_fill(0::bigint, ARRAY[CAST(:width AS int)])),
               CASE WHEN w.edisi_akhir IS NULL THEN w.tps_count ELSE 0 END,
               {", ".join(f"coalesce(s.{column}, 0)" for column in COUNTED_BY)}
        FROM wilayah w LEFT JOIN tally_summed s ON s.kode = w.kode
        WHERE w.tingkat = 'kelurahan' AND (w.edisi_akhir IS NULL OR s.kode IS NOT NULL)
          AND ('0' = ANY(CAST(:scope AS text[]))
               OR EXISTS (SELECT FROM unnest(CAST(:scope AS text[])) inside WHERE starts_with(w.kode, inside)))"""  # noqa: S608 - put together from constants
)
_DROP_OTHERS = text(
    """DELETE FROM tally t WHERE t.pemilihan_id = :pemilihan
         AND NOT EXISTS (SELECT FROM tally_new n WHERE n.kode = t.kode)"""
)
# What is right already is not written again: most rebuilds find nothing to do.
_WRITE = text(
    f"""INSERT INTO tally (pemilihan_id, {", ".join(_COLUMNS)})
        SELECT :pemilihan, n.kode, {_list_columns("n")} FROM tally_new n
        LEFT JOIN tally t ON t.pemilihan_id = :pemilihan AND t.kode = n.kode
        WHERE t.kode IS NULL OR ({_list_columns("t")}) IS DISTINCT FROM ({_list_columns("n")})
        ORDER BY n.kode
        ON CONFLICT (pemilihan_id, kode) DO UPDATE
        SET {", ".join(f"{column} = excluded.{column}" for column in _COLUMNS[1:])},
            version = nextval('tally_version'), rolled_at = now()"""  # noqa: S608 - put together from constants
)


async def lock_tally(session: AsyncSession, pemilihan_id: int) -> None:
    """Let one transaction at a time compute tallies of a contest, until it ends.

    The danger: two rollers with changes in different kelurahan of one kecamatan would each sum the kecamatan without
    seeing the other's kelurahan, and the later commit would lose the earlier one's votes. Row locks happen to hide this
    (rollers meet at the head of the change list), but nothing promises it. The isolation level must be READ COMMITTED
    (the default), so that each statement after the lock sees what the roller before has committed.
    """
    await session.execute(
        text("SELECT pg_advisory_xact_lock(:space, CAST(:pemilihan AS int))"),
        {"space": _LOCK_SPACE, "pemilihan": pemilihan_id},
    )


async def rebuild(session: AsyncSession, *, contest: Contest) -> int:
    """Compute every region of the contest again; return how many rows were missing, wrong or superfluous.

    Also lays the rows of a contest that has no result yet, and follows a new edition of the hierarchy.
    """
    await lock_tally(session, contest.id)
    return await rebuild_locked(session, contest)


async def rebuild_all(session: AsyncSession) -> int:
    """Rebuild every contest; return how many rows were not right."""
    return sum([await rebuild(session, contest=contest) for contest in await list_contests(session)])


async def rebuild_locked(session: AsyncSession, contest: Contest) -> int:
    """As :func:`rebuild`, for who holds the contest's lock.

    Results that others commit while this runs are seen or not, by whole kelurahan or not at all: the levels above are
    summed from the kelurahan in the table, so every level tells of the same moment. Their rows of the change list wait.
    """
    width = len(contest.fields)
    await _sum_results(session, contest)
    await session.execute(_LAY_KELURAHAN, {"width": width, "scope": list(contest.wilayah)})
    for level in reversed(LEVELS[:-2]):
        await session.execute(text(_sum_children(width, level)))
    await session.execute(text("ANALYZE tally_new (kode, induk)"))
    changed = [await _count_written(session, contest, statement) for statement in (_DROP_OTHERS, _WRITE)]
    await session.execute(text("DROP TABLE tally_summed, tally_new"))
    return sum(changed)


async def _count_written(session: AsyncSession, contest: Contest, statement: TextClause) -> int:
    written = await session.execute(statement, {"pemilihan": contest.id})
    assert isinstance(written, CursorResult)
    return written.rowcount


async def _sum_results(session: AsyncSession, contest: Contest) -> None:
    """Sum the results of each kelurahan into the temporary table ``tally_summed``, and make ``tally_new``, empty."""
    counts = ", ".join(f"count(*) FILTER (WHERE {condition}) AS {column}" for column, condition in COUNTED_BY.items())
    # Such a statement takes no parameters; the contest's number is one.
    summed = f"""CREATE TEMPORARY TABLE tally_summed ON COMMIT DROP AS
        SELECT r.kelurahan AS kode, {add_up("r.numbers", len(contest.fields))} AS sums, {counts}
        FROM result r WHERE r.pemilihan_id = {int(contest.id)} AND r.current GROUP BY r.kelurahan"""  # noqa: S608 - our own words and a number
    made = f"CREATE TEMPORARY TABLE tally_new ON COMMIT DROP AS SELECT {', '.join(_COLUMNS)} FROM tally WHERE false"  # noqa: S608 - put together from constants
    before = (await session.execute(text("SHOW work_mem"))).scalar_one()
    await session.execute(text("DROP TABLE IF EXISTS tally_summed, tally_new"))
    if len(contest.fields) <= _SUMMED_WITH_ROOM:
        await session.execute(text(f"SET LOCAL work_mem = '{_SUMMING}'"))
    await session.execute(text(summed))
    await session.execute(text(f"SET LOCAL work_mem = '{before}'"))
    await session.execute(text("ANALYZE tally_summed (kode)"))
    await session.execute(text(made))


def _sum_children(width: int, level: str) -> str:
    """Return the statement that sums the regions of a level from those below, which are in the table already."""
    counts = ", ".join(f"sum(r.{column})" for column in TPS_COUNTS)
    return f"""INSERT INTO tally_new ({", ".join(_COLUMNS)})
        SELECT w.kode, w.induk, {add_up("r.sums", width)}, {counts}
        FROM tally_new r JOIN wilayah w ON w.kode = r.induk WHERE w.tingkat = '{level}' GROUP BY w.kode"""  # noqa: S608 - our own words and a number
