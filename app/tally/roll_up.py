"""Sums over regions, by recomputation: a kelurahan from its results, everything above from its children.

Nothing is ever added to a sum or taken from it: a delta inherits every earlier error. Rolling up what changed and
rebuilding everything run the same two statements, over a few regions or over all.
"""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.pemilu.definition import Contest
from app.pemilu.service import get_contest, list_contests
from app.tally.scope import list_kelurahan, regions_above, votes_in

_LOCK_SPACE = 0x54414C  # "TAL"

TPS_COUNTS = (
    "tps_expected",
    "tps_photo",
    "tps_accepted",
    "tps_disputed",
    "tps_paper",
    "tps_official",
    "tps_flagged",
    "source_one",
    "source_two",
    "source_official",
)
"""Columns of a tally row that count TPS, in the order of both statements below."""

_FROM_RESULTS = """
    CASE WHEN w.edisi_akhir IS NULL THEN w.tps_count ELSE 0 END,
    count(*) FILTER (WHERE r.has_photo),
    count(*) FILTER (WHERE r.state = 'accepted'),
    count(*) FILTER (WHERE r.state = 'disputed'),
    count(*) FILTER (WHERE r.state = 'accepted' AND 'paper' = ANY(r.flags)),
    count(*) FILTER (WHERE r.has_official),
    count(*) FILTER (WHERE r.flagged > 0),
    count(*) FILTER (WHERE r.source_class = 'one_uploader'),
    count(*) FILTER (WHERE r.source_class = 'two_uploaders'),
    count(*) FILTER (WHERE r.source_class = 'official_photo')"""

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
_DROP_OTHERS = text("DELETE FROM tally WHERE pemilihan_id = :pemilihan AND NOT (kode = ANY(:kodes)) RETURNING kode")


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
    # The rows taken are exactly the rows deleted. A writer who commits later leaves his own row, and the region is done
    # again; whoever's row is seen here has committed his result with it, so the sums below see it too.
    taken = (await session.execute(_TAKE_CHANGES, {"pemilihan": contest.id, "limit": limit})).scalars().all()
    if (await session.execute(_IS_LAID, {"pemilihan": contest.id})).scalar_one():
        named = sorted({kode for kode in taken if votes_in(contest, kode)})
        await _compute(session, contest, named)
        await session.execute(_MARK, {"pemilihan": contest.id, "kodes": named, "before": before})
    else:
        await _rebuild_locked(session, contest)
    return len(taken)


async def rebuild(session: AsyncSession, *, contest: Contest) -> int:
    """Compute every region of the contest again; return how many rows were missing, wrong or superfluous.

    Also lays the rows of a contest that has no result yet, and follows a new edition of the hierarchy.
    """
    await lock_tally(session, contest.id)
    return await _rebuild_locked(session, contest)


async def rebuild_all(session: AsyncSession) -> int:
    """Rebuild every contest; return how many rows were not right."""
    return sum([await rebuild(session, contest=contest) for contest in await list_contests(session)])


async def _rebuild_locked(session: AsyncSession, contest: Contest) -> int:
    kelurahan = await list_kelurahan(session, contest=contest)
    everything = [*kelurahan, *(kode for level in regions_above(kelurahan) for kode in level)]
    dropped = await session.execute(_DROP_OTHERS, {"pemilihan": contest.id, "kodes": everything})
    return len(dropped.all()) + await _compute(session, contest, kelurahan)


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
    sums = ", ".join(f"coalesce(sum({numbers}[{place}]), 0)" for place in range(1, width + 1))
    columns = ", ".join(("sums", *TPS_COUNTS))
    taken = ", ".join(f"{column} = excluded.{column}" for column in ("induk", "sums", *TPS_COUNTS))
    ours = ", ".join(f"tally.{column}" for column in ("induk", "sums", *TPS_COUNTS))
    theirs = ", ".join(f"excluded.{column}" for column in ("induk", "sums", *TPS_COUNTS))
    return f"""
        INSERT INTO tally (pemilihan_id, kode, induk, {columns})
        SELECT :pemilihan, w.kode, w.induk, CAST(ARRAY[{sums}] AS bigint[]), {counts}
        FROM wilayah w {join}
        WHERE w.kode = ANY(:kodes)
        GROUP BY w.kode
        ON CONFLICT (pemilihan_id, kode) DO UPDATE SET {taken}, version = nextval('tally_version'), rolled_at = now()
        WHERE ({ours}) IS DISTINCT FROM ({theirs})
        RETURNING kode"""  # noqa: S608 - made of this file's own names and of counted places, nothing from outside
