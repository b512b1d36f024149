"""Clusters of copies: one picture, however often it was sent. One look by a person decides all, later copies too."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.statements import Statements
from app.intake.models import Photo
from app.intake.triage.events import change_photo
from app.intake.triage.models import PhotoCluster, PhotoHash
from app.intake.views import PhotoView

SAME_PLACE = (
    "Foto ini salinan dari foto yang sudah ada untuk TPS ini; disimpan, tidak dihitung dua kali. "
    "(This is a copy of a photograph that is here already for this TPS; it is kept and not counted twice.)"
)
OTHER_PLACE = (
    "Foto ini salinan dari foto yang dikirim untuk TPS lain; perlu dicek oleh peninjau. "
    "(This is a copy of a photograph that was sent for another TPS; a reviewer is to look at it.)"
)
REJECTED = (
    "Foto yang sama sudah diperiksa peninjau dan tidak dipakai. "
    "(Reviewers have looked at the same picture and it is not used.)"
)


@dataclass(frozen=True)
class Membership:
    """What becomes of a photograph among its copies: state, code, and words for its uploader; of which it is one."""

    state: str
    code: str
    words: str
    of: int


_OPEN = text(
    """UPDATE photo_cluster c SET state = 'open' WHERE c.id = :cluster AND c.state = 'quiet'
       AND NOT EXISTS (SELECT FROM photo head WHERE head.id = c.head_id AND head.state = 'refused') AND 1 < (
         SELECT count(DISTINCT (p.pemilihan_id, p.tps_kode)) FROM photo_hash h JOIN photo p ON p.id = h.photo_id
         WHERE h.cluster_id = c.id AND p.state NOT IN ('refused', 'moved'))"""
)


async def join_cluster(session: AsyncSession, *, photo_id: int, copies: Sequence[int]) -> None:
    """Put a photograph with its proved copies. Clusters that it joins become one: all show the same picture."""
    hashes = list(await session.scalars(select(PhotoHash).where(PhotoHash.photo_id.in_([photo_id, *copies]))))
    ids = sorted({one.cluster_id for one in hashes if one.cluster_id is not None})
    clusters = await _lock_clusters(session, ids)
    if clusters:
        target = next((one for one in clusters if one.state == "decided"), clusters[0])
    else:
        target = PhotoCluster(head_id=min(copies))
        session.add(target)
        await session.flush()
    for other in clusters:
        if other is not target and other.state != "decided":  # what a person decided stays as it was decided
            await _merge(session, other, target)
    for one in hashes:
        one.cluster_id = one.cluster_id or target.id
    await session.flush()
    await session.execute(_OPEN, {"cluster": target.id})


async def _lock_clusters(session: AsyncSession, ids: Sequence[int]) -> list[PhotoCluster]:
    """Return the clusters of these numbers that still stand, locked, by number."""
    query = select(PhotoCluster).where(PhotoCluster.id.in_(ids), PhotoCluster.state != "merged")
    locked = query.order_by(PhotoCluster.id).with_for_update().execution_options(populate_existing=True)
    return list(await session.scalars(locked))


async def _merge(session: AsyncSession, cluster: PhotoCluster, target: PhotoCluster) -> None:
    """Put all members of ``cluster`` into ``target``; its head, if it is read, becomes a copy of the other's."""
    cluster.state, cluster.merged_into = "merged", target.id
    await session.execute(update(PhotoHash).where(PhotoHash.cluster_id == cluster.id).values(cluster_id=target.id))
    photos = select(Photo).where(Photo.id.in_([cluster.head_id, target.head_id])).with_for_update(key_share=True)
    both = {photo.id: photo for photo in await session.scalars(photos.order_by(Photo.id))}
    head, first = both[cluster.head_id], both[target.head_id]
    if head.state == "read" and first.state == "read" and head.source == "volunteer":
        await become_copy(session, head, of=first)


async def become_copy(session: AsyncSession, photo: Photo, *, of: Photo) -> None:
    """Make a photograph that was read a copy of another one: it no longer counts."""
    code, words = _name_copy(photo.pemilihan_id, photo.tps_kode, of)
    photo.duplicate_of = of.id
    await change_photo(
        session, photo, kind="copy", state="duplicate", code=code, words=words, by=None, reason=code, other_id=of.id
    )


async def find_membership(session: AsyncSession, *, photo: PhotoView) -> Membership | None:
    """Return what becomes of a photograph that the machine could read; null: it is read like any other.

    An official photograph is never set aside; a volunteer's copy of it is.
    """
    if photo.source != "volunteer":
        return None
    cluster = await session.scalar(
        select(PhotoCluster)
        .join(PhotoHash, PhotoHash.cluster_id == PhotoCluster.id)
        .where(PhotoHash.photo_id == photo.id, ~PhotoHash.alone)
    )
    if cluster is None or cluster.decision == "apart" or cluster.head_id == photo.id:
        return None
    if cluster.decision == "reject":
        return Membership("rejected", "copy_of_rejected", REJECTED, cluster.head_id)
    head = await session.get_one(Photo, cluster.head_id)
    chosen = cluster.decision == "keep" and head.state == "received"  # by a person, and to be read any moment
    if head.state != "read" and not chosen:  # it was moved, turned away or never readable: this one takes its place
        cluster.head_id = photo.id
        await session.flush()
        return None
    code, words = _name_copy(photo.pemilihan_id, photo.tps_kode, head)
    return Membership("duplicate", code, words, head.id)


def _name_copy(pemilihan_id: int, tps_kode: str, head: Photo) -> tuple[str, str]:
    here = (pemilihan_id, tps_kode) == (head.pemilihan_id, head.tps_kode)
    return ("similar_picture", SAME_PLACE) if here else ("similar_picture_other_tps", OTHER_PLACE)


_KNOW = """INSERT INTO photo_hash (photo_id) VALUES ($1), ($2) ON CONFLICT (photo_id) DO NOTHING"""
_BEGIN = """
WITH first AS (SELECT photo_id, cluster_id FROM photo_hash WHERE photo_id = $1 FOR UPDATE),
made AS (INSERT INTO photo_cluster (head_id) SELECT photo_id FROM first WHERE cluster_id IS NULL RETURNING id)
UPDATE photo_hash SET cluster_id = coalesce((SELECT id FROM made), (SELECT cluster_id FROM first))
WHERE photo_id IN ($1, $2) RETURNING cluster_id"""
_OPEN_ONE = str(_OPEN.text).replace(":cluster", "$1")


async def join_same_bytes(statements: Statements, *, photo_id: int, first_id: int) -> None:
    """Put a photograph with the one whose very bytes it has; neither needs to have been read."""
    await statements.row(_KNOW, first_id, photo_id)
    row = await statements.row(_BEGIN, first_id, photo_id)
    assert row is not None, "both rows are there"
    await statements.row(_OPEN_ONE, row["cluster_id"])


async def count_open(session: AsyncSession) -> int:
    """Return how many clusters wait for a person."""
    query = select(func.count()).select_from(PhotoCluster).where(PhotoCluster.state == "open")
    return int((await session.execute(query)).scalar_one())
