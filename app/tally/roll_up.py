"""Sums over regions, by recomputation: a kelurahan from its results, everything above from its children.

Nothing is ever added to a sum or taken from it: a delta inherits every earlier error. What changed is computed here,
region by region; ``rebuild`` computes everything, with the same expressions.
"""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.statements import share
from app.pemilu.definition import Contest
from app.pemilu.service import get_contest
from app.tally.counts import COUNTED, add_up
from app.tally.counts import TPS_COUNTS as TPS_COUNTS
from app.tally.rebuild import lock_tally, rebuild_locked
from app.tally.scope import regions_above, votes_in
from app.wilayah.codes import parse_kode

_COUNTED_RESULTS = f"CASE WHEN w.edisi_akhir IS NULL THEN w.tps_count ELSE 0 END, {COUNTED}"
_COUNTED_CHILDREN = ", ".join(f"coalesce(sum(r.{column}), 0)" for column in TPS_COUNTS)

REBUILT_FROM = 20_000
"""From so many waiting changes of a contest on (an import of official figures), everything is rebuilt in one go."""

_TAKE_CHANGES = text(
    """DELETE FROM tally_change WHERE id IN (
         SELECT id FROM tally_change WHERE pemilihan_id = :pemilihan ORDER BY id LIMIT :limit)
       RETURNING kelurahan"""
)
_CHANGED_CONTESTS = text("SELECT DISTINCT pemilihan_id FROM tally_change ORDER BY pemilihan_id")
_LOOK = text(
    """SELECT (SELECT last_value FROM tally_version) AS version,
              (SELECT count(*) FROM tally_change WHERE pemilihan_id = :pemilihan) AS waiting,
              EXISTS (SELECT FROM tally WHERE pemilihan_id = :pemilihan) AS laid"""
)
_MARK = text(
    """UPDATE tally SET version = nextval('tally_version')
       WHERE pemilihan_id = :pemilihan AND kode = ANY(:kodes) AND version <= :before"""
)


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
    found = (await session.execute(_LOOK, {"pemilihan": contest.id})).one()
    whole = found.waiting >= REBUILT_FROM or not found.laid
    if found.waiting >= REBUILT_FROM:
        limit = found.waiting
    # The rows taken are exactly the rows deleted. A writer who commits later leaves his own row, and the region is done
    # again; whoever's row is seen here has committed his result with it, so the sums below see it too.
    taken = (await session.execute(_TAKE_CHANGES, {"pemilihan": contest.id, "limit": limit})).scalars().all()
    named = sorted({kode for kode in taken if votes_in(contest, kode)})
    if whole:
        await rebuild_locked(session, contest)
        await session.execute(_MARK, {"pemilihan": contest.id, "kodes": named, "before": found.version})
    elif named:
        # One round trip for all levels: while results pour in, the roller waits for its turn at each.
        await (await share(session)).run(";\n".join(_spell_levels(contest, named)))
    return len(taken)


def _spell_levels(contest: Contest, kelurahan: Sequence[str]) -> list[str]:
    """Return the statements that recompute these kelurahan, then level by level what lies above, in this order."""
    spelled = [_recompute(contest, kelurahan, from_results=True)]
    return spelled + [_recompute(contest, level, from_results=False) for level in regions_above(kelurahan)]


def _recompute(contest: Contest, kodes: Sequence[str], *, from_results: bool) -> str:
    """Return the statement that recomputes regions: one sum for each of the contest's fields, and the counts.

    A null number adds nothing. Regions that are right already are not written again, kelurahan are. Number and codes
    stand in the text, for a script takes no parameters.
    """
    below, place, numbers = ("result", "kelurahan", "r.numbers") if from_results else ("tally", "induk", "r.sums")
    counts = _COUNTED_RESULTS if from_results else _COUNTED_CHILDREN
    of_now = "AND r.current" if from_results else ""
    columns = ("induk", "sums", *TPS_COUNTS)
    taken = ", ".join(f"{column} = excluded.{column}" for column in columns)
    ours, theirs = (", ".join(f"{table}.{column}" for column in columns) for table in ("tally", "excluded"))
    unless_right = "" if from_results else f"WHERE ({ours}) IS DISTINCT FROM ({theirs})"
    these = ", ".join(f"'{parse_kode(kode).text}'" for kode in kodes)
    return f"""
        INSERT INTO tally (pemilihan_id, kode, {", ".join(columns)})
        SELECT {int(contest.id)}, w.kode, w.induk, {add_up(numbers, len(contest.fields))}, {counts}
        FROM wilayah w LEFT JOIN {below} r ON r.{place} = w.kode AND r.pemilihan_id = {int(contest.id)} {of_now}
        WHERE w.kode IN ({these})
        GROUP BY w.kode
        ON CONFLICT (pemilihan_id, kode) DO UPDATE SET {taken}, version = nextval('tally_version'), rolled_at = now()
        {unless_right}"""  # noqa: S608 - made of this file's own names, of counted places, a number and codes of digits
