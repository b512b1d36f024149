"""Every tally of a contest, computed again in one go: into a temporary table first, then only what differs is written.

The kelurahan are summed by a statement that makes the table, because PostgreSQL shares such a one among processors, and
an insertion into a table that is there never. The levels above are few rows.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.statements import open_driver
from app.pemilu.definition import Contest
from app.pemilu.service import list_contests
from app.tally.counts import COUNTED_BY, TPS_COUNTS, add_up
from app.wilayah.codes import LEVELS, NATION, parse_kode

_LOCK_SPACE = 0x54414C  # "TAL"

_ROOM = "256MB"
"""For a hash table of all kelurahan: without it PostgreSQL walks the results in the order of an index, or writes parts
of the table to disk. Freed with the statement. The presidential contest needs 60 MB in each of three processes."""

_GIVE_ROOM = text("SELECT set_config('work_mem', :room, true)")
_LEADER = text("SELECT set_config('parallel_leader_participation', :leads, true)")
"""Whether the process that gathers also sums: it would hold back the helpers' sums, by kelurahan, that they send."""

_SUMMED_WITH_ROOM = 64
"""Contests of more numbers are walked: a hash table of 136 sums would take 220 MB three times over."""

_COLUMNS = ("kode", "induk", "sums", *TPS_COUNTS)


def _list_columns(table: str) -> str:
    return ", ".join(f"{table}.{column}" for column in _COLUMNS[1:])


# What is right already is not written again: most rebuilds find nothing to do. All that is written gets one version.
_WRITE = f"""
    MERGE INTO tally t USING tally_new n ON t.pemilihan_id = $1 AND t.kode = n.kode
    WHEN MATCHED AND ({_list_columns("t")}) IS DISTINCT FROM ({_list_columns("n")}) THEN UPDATE
      SET {", ".join(f"{column} = n.{column}" for column in _COLUMNS[1:])}, version = $2, rolled_at = now()
    WHEN NOT MATCHED THEN INSERT (pemilihan_id, {", ".join(_COLUMNS)}, version)
      VALUES ($1, n.kode, {_list_columns("n")}, $2)"""  # noqa: S608 - put together from constants
_COUNT_OTHERS = """
    SELECT (SELECT count(*) FROM tally WHERE pemilihan_id = $1) - (SELECT count(*) FROM tally_new)"""
_DROP_OTHERS = """
    DELETE FROM tally t WHERE t.pemilihan_id = $1 AND NOT EXISTS (SELECT FROM tally_new n WHERE n.kode = t.kode)"""


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
    await session.execute(text("DROP TABLE IF EXISTS tally_new"))
    before = (await session.execute(text("SHOW work_mem"))).scalar_one()
    if width <= _SUMMED_WITH_ROOM:
        await session.execute(_GIVE_ROOM, {"room": _ROOM})
    await session.execute(_LEADER, {"leads": "off"})
    await session.execute(text(_sum_results(contest)))
    await session.execute(_LEADER, {"leads": "on"})
    await session.execute(_GIVE_ROOM, {"room": _ROOM})
    for level in reversed(LEVELS[:-2]):
        await session.execute(text(_sum_children(width, level)))
    changed = await _write_tally(session, contest)
    await session.execute(_GIVE_ROOM, {"room": before})
    await session.execute(text("DROP TABLE tally_new"))
    return changed


async def _write_tally(session: AsyncSession, contest: Contest) -> int:
    """Make the stored rows those of ``tally_new``; return how many were not."""
    driver = await open_driver(session)  # the driver tells how many rows a MERGE wrote
    version = await driver.fetchval("SELECT nextval('tally_version')")
    changed = _count_written(await driver.execute(_WRITE, contest.id, version))
    # Every region of the new table has its row now: what is more than that is superfluous.
    if await driver.fetchval(_COUNT_OTHERS, contest.id):
        changed += _count_written(await driver.execute(_DROP_OTHERS, contest.id))
    return changed


def _count_written(tag: str) -> int:
    """Return the number of rows in the server's word on a statement, such as ``MERGE 92090``."""
    return int(tag.rpartition(" ")[2])


def _sum_results(contest: Contest) -> str:
    """Return the statement that makes the temporary table ``tally_new`` with a row for each kelurahan.

    One that a later edition ended stays as long as results stand in it: no vote falls out of a sum. Such a statement
    takes no parameters: numbers and codes, of digits only, are part of it.
    """
    width, number = len(contest.fields), int(contest.id)
    counts = ", ".join(f"count(*) FILTER (WHERE {condition}) AS {column}" for column, condition in COUNTED_BY.items())
    counted = ", ".join(f"coalesce(s.{column}, 0) AS {column}" for column in COUNTED_BY)
    return f"""CREATE TEMPORARY TABLE tally_new ON COMMIT DROP AS
        SELECT w.kode, w.induk, coalesce(s.sums, array_fill(0::bigint, ARRAY[{width}])) AS sums,
               CASE WHEN w.edisi_akhir IS NULL THEN w.tps_count ELSE 0 END::bigint AS tps_expected, {counted}
        FROM wilayah w LEFT JOIN (
          SELECT r.kelurahan AS kode, {add_up("r.numbers", width)} AS sums, {counts}
          FROM result r WHERE r.pemilihan_id = {number} AND r.current GROUP BY r.kelurahan) s ON s.kode = w.kode
        WHERE w.tingkat = 'kelurahan' AND (w.edisi_akhir IS NULL OR s.kode IS NOT NULL) AND {_within(contest)}"""  # noqa: S608 - our own words, numbers and codes


def _within(contest: Contest) -> str:
    """Return the condition that a region ``w`` lies in the contest's regions."""
    regions = [parse_kode(region).text for region in contest.wilayah]
    if NATION in regions:
        return "true"
    return "(" + " OR ".join(f"starts_with(w.kode, '{region}')" for region in regions) + ")"


def _sum_children(width: int, level: str) -> str:
    """Return the statement that sums the regions of a level from those below, which are in the table already."""
    counts = ", ".join(f"sum(r.{column})" for column in TPS_COUNTS)
    return f"""INSERT INTO tally_new ({", ".join(_COLUMNS)})
        SELECT w.kode, w.induk, {add_up("r.sums", width)}, {counts}
        FROM tally_new r JOIN wilayah w ON w.kode = r.induk WHERE w.tingkat = '{level}' GROUP BY w.kode"""  # noqa: S608 - put together from constants
