"""Sums over regions, by recomputation: a kelurahan from its results, everything above from its children.

Nothing is ever added to a sum or taken from it: a delta inherits every earlier error. What changed is computed here,
region by region; ``rebuild`` computes everything, with the same expressions.
"""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.pemilu.definition import Contest
from app.pemilu.service import get_contest
from app.tally.counts import COUNTED, add_up
from app.tally.counts import TPS_COUNTS as TPS_COUNTS
from app.tally.rebuild import lock_tally, rebuild_locked
from app.tally.scope import regions_above, votes_in

REBUILT_FROM = 20_000
"""From so many waiting changes of a contest on (an import of official figures), everything is rebuilt in one go."""

_FROM_RESULTS = f"CASE WHEN w.edisi_akhir IS NULL THEN w.tps_count ELSE 0 END, {COUNTED}"
_RESULTS = "LEFT JOIN result r ON r.kelurahan = w.kode AND r.pemilihan_id = :pemilihan AND r.current"
_CHILDREN = "LEFT JOIN tally r ON r.induk = w.kode AND r.pemilihan_id = :pemilihan"

_TAKE_CHANGES = text(
    """DELETE FROM tally_change WHERE id IN (
         SELECT id FROM tally_change WHERE pemilihan_id = :pemilihan ORDER BY id LIMIT :limit)
       RETURNING kelurahan"""
)
_CHANGED_CONTESTS = text("SELECT DISTINCT pemilihan_id FROM tally_change ORDER BY pemilihan_id")
_IS_LAID = text("SELECT EXISTS (SELECT FROM tally WHERE pemilihan_id = :pemilihan)")
_LAST_VERSION = text("SELECT last_value FROM tally_version")
_MARK = text(
    """UPDATE tally SET version = nextval('tally_version')
       WHERE pemilihan_id = :pemilihan AND kode = ANY(:kodes) AND version <= :before"""
)
_COUNT_CHANGES = text("SELECT count(*) FROM tally_change WHERE pemilihan_id = :pemilihan")


async def roll_up(session: AsyncSession, *, limit: int = 5000) -> int:
    """Compute again what at most ``limit`` rows a contest of the change list name; return how many rows were done.

    0 means that the list was empty. Stands or falls with the caller's transaction: a crash leaves the list as it was.
    """
    done = 0
    for pemilihan_id in (await session.execute(_CHANGED_CONTESTS)).scalars().all():
        done += await roll_contest(session, contest=await get_contest(session, id=pemilihan_id), limit=limit)
    return done


async def roll_contest(session: AsyncSession, *, contest: Contest, limit: int = 5000) -> int:
    """Do the same for one contest; its tally stays locked until the transaction ends.

    A kelurahan that was named gets a new version even if its sums are what they were: two of its TPS may have changed
    so that they come to the same, and whoever follows versions shows the TPS too.
    """
    await lock_tally(session, contest.id)
    before = (await session.execute(_LAST_VERSION)).scalar_one()
    whole, limit = await _decide_extent(session, contest, limit)
    # The rows taken are exactly the rows deleted. A writer who commits later leaves his own row, and the region is done
    # again; whoever's row is seen here has committed his result with it, so the sums below see it too.
    taken = (await session.execute(_TAKE_CHANGES, {"pemilihan": contest.id, "limit": limit})).scalars().all()
    named = sorted({kode for kode in taken if votes_in(contest, kode)})
    if whole:
        await rebuild_locked(session, contest)
    else:
        await _compute(session, contest, named)
    await session.execute(_MARK, {"pemilihan": contest.id, "kodes": named, "before": before})
    return len(taken)


async def _decide_extent(session: AsyncSession, contest: Contest, limit: int) -> tuple[bool, int]:
    """Return whether everything is to be rebuilt, and how many rows of the change list that does."""
    waiting = (await session.execute(_COUNT_CHANGES, {"pemilihan": contest.id})).scalar_one()
    if waiting >= REBUILT_FROM:
        return True, waiting
    return not (await session.execute(_IS_LAID, {"pemilihan": contest.id})).scalar_one(), limit


async def _compute(session: AsyncSession, contest: Contest, kelurahan: Sequence[str]) -> int:
    """Recompute these kelurahan, then level by level what lies above; return how many rows changed."""
    width = len(contest.fields)
    changed = await _run(session, _statement(width, "r.numbers", _FROM_RESULTS, _RESULTS), contest, kelurahan)
    sums = ", ".join(f"coalesce(sum(r.{column}), 0)" for column in TPS_COUNTS)
    from_children = _statement(width, "r.sums", sums, _CHILDREN)
    for level in regions_above(kelurahan):
        changed += await _run(session, from_children, contest, level)
    return changed


async def _run(session: AsyncSession, statement: str, contest: Contest, kodes: Sequence[str]) -> int:
    if not kodes:
        return 0
    values = {"pemilihan": contest.id, "kodes": list(kodes)}
    return len((await session.execute(text(statement), values)).all())


def _statement(width: int, numbers: str, counts: str, join: str) -> str:
    """Return the statement that recomputes regions: one sum for each of ``width`` fields, and the counts.

    A null number adds nothing. Rows that are right already are not written again.
    """
    columns = ", ".join(("sums", *TPS_COUNTS))
    taken = ", ".join(f"{column} = excluded.{column}" for column in ("induk", "sums", *TPS_COUNTS))
    ours = ", ".join(f"tally.{column}" for column in ("induk", "sums", *TPS_COUNTS))
    theirs = ", ".join(f"excluded.{column}" for column in ("induk", "sums", *TPS_COUNTS))
    return f"""
        INSERT INTO tally (pemilihan_id, kode, induk, {columns})
        SELECT :pemilihan, w.kode, w.induk, {add_up(numbers, width)}, {counts}
        FROM wilayah w {join}
        WHERE w.kode = ANY(:kodes)
        GROUP BY w.kode
        ON CONFLICT (pemilihan_id, kode) DO UPDATE SET {taken}, version = nextval('tally_version'), rolled_at = now()
        WHERE ({ours}) IS DISTINCT FROM ({theirs})
        RETURNING kode"""  # noqa: S608 - made of this file's own names and of counted places, nothing from outside
