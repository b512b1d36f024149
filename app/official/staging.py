"""The set-based half of an import: all figures go into a temporary table, and only what differs is written."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.statements import open_driver
from app.official.figures import TpsFigures
from app.official.incoming import Incoming, list_cells
from app.pemilu.definition import Contest
from app.wilayah.codes import NATION

# Dropped first: two imports in one transaction (as tests do) would otherwise meet each other's table. The memory is for
# sorting and joining a nation's rows; it is given back with the transaction.
_CREATE = """
DROP TABLE IF EXISTS official_incoming, official_changed;
SET LOCAL work_mem = '128MB';
CREATE TEMPORARY TABLE official_incoming ({columns}) ON COMMIT DROP
"""
# Where all rows are new, each gets its number while it is copied: two plain insertions are faster than one that tells
# the other its numbers.
_NUMBERED = ", id bigint NOT NULL DEFAULT nextval('official_row_id_seq')"

# A row that is older than the one we have (by the authority's own time) never becomes the current one: importing the
# snapshots of a week in the wrong order must end with the same figures. What a source cannot say (a column that its
# file does not have) stays as it was: that is no withdrawal.
_COMPARE = """
CREATE TEMPORARY TABLE official_changed ON COMMIT DROP AS
SELECT x.tps_kode, x.numbers, x.images, x.published_at, x.extra, x.previous_id, x.older,
       x.previous_numbers IS DISTINCT FROM x.numbers AS new_numbers,
       array_remove(x.numbers, NULL) <> '{{}}' AS published, {change} AS change
FROM (
    SELECT i.tps_kode, {numbers} AS numbers, {images} AS images, {published_at} AS published_at, {extra} AS extra,
           r.id AS previous_id, r.numbers AS previous_numbers, r.images AS previous_images,
           r.published_at AS previous_published_at, r.extra AS previous_extra, r.change AS previous_change,
           {differ} AS differ, {withdrawn} AS withdrawn,
           coalesce({published_at} < r.published_at, false) AS older
    FROM official_incoming i
    LEFT JOIN official_current c ON c.pemilihan_id = :pemilihan_id AND c.tps_kode = i.tps_kode
    LEFT JOIN official_row r ON r.id = c.row_id
) x
WHERE x.previous_id IS NULL OR x.differ
   OR x.previous_images IS DISTINCT FROM x.images OR x.previous_published_at IS DISTINCT FROM x.published_at
   OR x.previous_extra IS DISTINCT FROM x.extra
"""

# The kinds of app/official/changes.py. Whether figures were ever published is asked only where there are none before;
# the rows before that one are those that another row of the TPS follows.
_CHANGE = """
CASE WHEN x.previous_id IS NULL THEN 'first'
     WHEN x.previous_numbers = x.numbers THEN CASE WHEN x.previous_images <> x.images THEN 'image' END
     WHEN array_remove(x.previous_numbers, NULL) = '{}' AND NOT EXISTS (
         SELECT FROM official_row f JOIN official_row e ON e.id = f.previous_id
         WHERE f.pemilihan_id = :pemilihan_id AND f.tps_kode = x.tps_kode AND f.previous_id IS NOT NULL
         AND array_remove(e.numbers, NULL) <> '{}') THEN 'first'
     WHEN x.withdrawn THEN 'withdrawn'
     WHEN array_remove(x.previous_numbers, NULL) = '{}' OR (x.previous_change = 'withdrawn' AND (
         SELECT bool_or(n.old IS NULL AND n.new IS NOT NULL)
         FROM unnest(x.numbers, x.previous_numbers) AS n (new, old))) THEN 'restored'
     WHEN x.previous_images = x.images AND x.images <> '{}' THEN 'numbers_same_image'
     ELSE 'numbers' END
"""

# Where nothing is known yet, all of it is new: a nation's rows need not be copied once more to say so.
_ALL_NEW = """
(SELECT i.id, i.tps_kode, {figures} {numbers} AS numbers, {images} AS images, {published_at} AS published_at,
        {extra} AS extra, NULL::bigint AS previous_id, false AS older, true AS new_numbers, {published} AS published,
        'first' AS change
 FROM official_incoming i)
"""
_IS_FIRST = "SELECT NOT EXISTS (SELECT FROM official_current WHERE pemilihan_id = :pemilihan_id)"

_COUNT = """
SELECT older, change, new_numbers AND NOT older AND (published OR previous_id IS NOT NULL) AS to_compare, count(*)
FROM {changed} x GROUP BY 1, 2, 3 ORDER BY change
"""

_KNOWN = "EXISTS (SELECT FROM tps t WHERE t.kode = x.tps_kode)"
_IN_SCOPE = " AND EXISTS (SELECT FROM unnest(CAST(:scope AS text[])) w WHERE starts_with(x.tps_kode, w))"

_UNKNOWN = "SELECT tps_kode FROM official_incoming x WHERE NOT ({known}) ORDER BY tps_kode"

# A TPS new to us and without any figure has nothing to compare; one whose figures were taken away has.
_NEW_NUMBERS = """
SELECT tps_kode, published FROM {changed} x
WHERE new_numbers AND NOT older AND (published OR previous_id IS NOT NULL) AND {known} ORDER BY tps_kode
"""

_INSERT_NEW = """
INSERT INTO official_row
    (id, snapshot_id, pemilihan_id, tps_kode, numbers, images, published_at, extra, previous_id, change)
OVERRIDING SYSTEM VALUE
SELECT id, :snapshot_id, :pemilihan_id, tps_kode, numbers, images, published_at, extra, previous_id, change
FROM {changed} x
"""
_POINT_NEW = """
INSERT INTO official_current (pemilihan_id, tps_kode, row_id)
SELECT :pemilihan_id, tps_kode, id FROM official_incoming
"""

# Ordered, so that two writers of the same rows take their locks in the same order and cannot wait for each other.
_INSERT = """
WITH written AS (
    INSERT INTO official_row
        (snapshot_id, pemilihan_id, tps_kode, numbers, images, published_at, extra, previous_id, change)
    SELECT :snapshot_id, :pemilihan_id, tps_kode, numbers, images, published_at, extra, previous_id, change
    FROM {changed} x WHERE NOT older
    RETURNING id, tps_kode
)
INSERT INTO official_current (pemilihan_id, tps_kode, row_id)
SELECT :pemilihan_id, tps_kode, id FROM written ORDER BY tps_kode
ON CONFLICT (pemilihan_id, tps_kode) DO UPDATE SET row_id = excluded.row_id
"""


@dataclass(frozen=True)
class Comparison:
    """How the incoming figures stand to what is known."""

    changed: int
    older: int
    to_compare: int
    """TPS with new numbers, those that we do not know included."""
    changes: dict[str, int]
    """How many changes of each kind, see ``changes.ChangeKind``."""
    first: bool
    """Nothing of the contest was known before."""

    relation: str
    """What a statement selects the changed rows from, as ``x``."""
    binds: Mapping[str, str]
    """Values that ``relation`` names."""

    def number(self, place: int) -> str:
        """Return how a statement reads the figure of the field at ``place``, from 0, of a changed row ``x``."""
        return f"x.n{place}" if self.first else f"x.numbers[{place + 1}]"


async def lock_import(session: AsyncSession, contest: Contest) -> None:
    """Let one import of a contest in at a time, until the transaction ends.

    Two at once would both compare with the same current rows and both write what only one of them changed.
    """
    key = f"official/{contest.kode}"
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})


async def create_staging(session: AsyncSession, contest: Contest, incoming: Incoming) -> None:
    """Make the empty temporary table; it goes with the transaction."""
    columns = ", ".join(f"{name} {kind}" for name, kind in incoming.columns.items())
    if await _is_first(session, contest):
        columns += _NUMBERED
    for statement in _CREATE.format(columns=columns).split(";"):
        await session.execute(text(statement))


async def stage_figures(session: AsyncSession, incoming: Incoming, figures: Sequence[TpsFigures]) -> None:
    """Copy figures into the table that ``describe_figures`` described."""
    records = [list_cells(one, incoming) for one in figures]
    driver = await open_driver(session)
    await driver.copy_records_to_table("official_incoming", records=records, columns=list(incoming.columns))


async def stage_lines(session: AsyncSession, incoming: Incoming, blocks: AsyncIterator[memoryview]) -> None:
    """Copy lines of cells with commas between them; an empty cell is null."""
    driver = await open_driver(session)
    await driver.copy_to_table(
        "official_incoming", source=blocks, columns=list(incoming.columns), format="text", delimiter=",", null=""
    )


async def list_unknown(session: AsyncSession, contest: Contest) -> list[str]:
    """Return the staged TPS that we do not know, or that do not vote in the contest, by code."""
    known, scope = _spell_known(contest)
    return list((await session.scalars(text(_UNKNOWN.format(known=known)), scope)).all())


async def compare_staged(session: AsyncSession, contest: Contest, incoming: Incoming) -> Comparison:
    """Find the staged rows that differ from the current ones and count them."""
    await session.execute(text("ANALYZE official_incoming (tps_kode)"))
    first = await _is_first(session, contest)
    if not first:
        await _find_changed(session, contest, incoming)
    relation, binds = (_spell_all_new(contest, incoming), incoming.binds) if first else ("official_changed", {})
    counted = await session.execute(text(_COUNT.format(changed=relation)), dict(binds))
    counts = [(older, change, to_compare, count) for older, change, to_compare, count in counted]
    changes: Counter[str] = Counter()
    for older, change, _, count in counts:
        changes[change] += count if change and not older else 0
    return Comparison(
        changed=sum(count for older, _, _, count in counts if not older),
        older=sum(count for older, _, _, count in counts if older),
        to_compare=sum(count for _, _, to_compare, count in counts if to_compare),
        changes={change: count for change, count in changes.items() if count},
        first=first,
        relation=relation,
        binds=binds,
    )


async def write_changed(session: AsyncSession, contest: Contest, comparison: Comparison, *, snapshot_id: int) -> None:
    """Insert the changed rows under ``snapshot_id`` and make them the current ones."""
    values = {"snapshot_id": snapshot_id, "pemilihan_id": contest.id, **comparison.binds}
    if not comparison.first:
        await session.execute(text(_INSERT.format(changed=comparison.relation)), values)
        return
    await session.execute(text(_INSERT_NEW.format(changed=comparison.relation)), values)
    await session.execute(text(_POINT_NEW), {"pemilihan_id": contest.id})


async def list_new_numbers(session: AsyncSession, contest: Contest, comparison: Comparison) -> list[tuple[str, bool]]:
    """Return (TPS, whether it has figures now) where numbers changed, by code; only TPS that vote in the contest."""
    known, scope = _spell_known(contest)
    statement = _NEW_NUMBERS.format(changed=comparison.relation, known=known)
    values = {**scope, **comparison.binds}
    return [(row.tps_kode, row.published) for row in await session.execute(text(statement), values)]


async def _is_first(session: AsyncSession, contest: Contest) -> bool:
    return bool((await session.execute(text(_IS_FIRST), {"pemilihan_id": contest.id})).scalar_one())


async def _find_changed(session: AsyncSession, contest: Contest, incoming: Incoming) -> None:
    """Make the temporary table ``official_changed`` of what differs from the current rows."""
    compare = _COMPARE.format(
        change=_CHANGE,
        numbers=incoming.array(contest, "r.numbers"),
        differ=incoming.differ(contest, "r.numbers"),
        withdrawn=incoming.withdrawn("r.numbers"),
        images=incoming.pictures("r.images"),
        published_at=incoming.published_at,
        extra=incoming.extra,
    )
    await session.execute(text(compare), {"pemilihan_id": contest.id, **incoming.binds})
    await session.execute(text("ANALYZE official_changed (tps_kode, previous_id)"))


def _spell_all_new(contest: Contest, incoming: Incoming) -> str:
    figures = [f"{incoming.number(place)} AS n{place}," for place in range(len(contest.fields))]
    return _ALL_NEW.format(
        figures=" ".join(figures),
        numbers=incoming.array(contest),
        images=incoming.pictures(),
        published_at=incoming.published_at,
        extra=incoming.extra,
        published=incoming.published,
    )


def _spell_known(contest: Contest) -> tuple[str, dict[str, list[str]]]:
    """Return the condition that a TPS votes in the contest, and its values; a national one asks for no region."""
    if NATION in contest.wilayah:
        return _KNOWN, {}
    return _KNOWN + _IN_SCOPE, {"scope": list(contest.wilayah)}
