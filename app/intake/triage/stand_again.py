"""A photograph is moved to a TPS where its sender has a row of the same bytes already: that row counts again.

One person has one row for one picture of one TPS. So what is moved from A to B and back ends in the row of A that it
began in, with what was read of it there; a second row would be a second source. The same for a row that was refused or
called a copy there before the picture was moved to it.
"""

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError
from app.core.statements import share
from app.intake.add_photo import Place, judge_same
from app.intake.models import Photo
from app.intake.triage.clusters import SAME_PLACE, Membership, find_membership, join_same_bytes
from app.intake.triage.events import change_photo, read_again
from app.intake.triage.models import PhotoCluster, PhotoEvent, PhotoHash
from app.intake.views import view_photo

_COUNTS = frozenset({"received", "read"})

# Copies of other bytes only where they would speak for this TPS a second time; the same bytes wherever they count.
_COUNTED_COPY = text(
    """SELECT o.id, o.sha256 = p.sha256 AS same, place.here
       FROM photo p JOIN photo o ON o.id <> p.id AND o.state IN ('received', 'read')
         AND (o.sha256 = p.sha256 OR o.id IN (
           SELECT b.photo_id FROM photo_hash a JOIN photo_hash b USING (cluster_id)
           JOIN photo_cluster c ON c.id = cluster_id
           WHERE a.photo_id = p.id AND NOT a.alone AND c.decision IS DISTINCT FROM 'apart')),
       LATERAL (SELECT (o.pemilihan_id, o.tps_kode, o.round) = (p.pemilihan_id, p.tps_kode, p.round) AS here) AS place
       WHERE p.id = :photo AND (place.here OR o.sha256 = p.sha256)
       ORDER BY place.here DESC, o.id LIMIT 1"""
)
_LAST_OF_CHAIN = text(
    """WITH RECURSIVE chain AS (
         SELECT id, 0 AS step FROM photo WHERE id = :photo
         UNION ALL SELECT p.id, step + 1 FROM photo p JOIN chain ON p.moved_from = chain.id)
       SELECT id FROM chain ORDER BY step DESC LIMIT 1"""
)


async def lock_places(session: AsyncSession, *, photo: Photo, place: Place) -> Photo | None:
    """Lock a photograph and its sender's row of the same bytes at ``place``, and return that row; null: there is none.

    The caller holds the bytes. Clusters come before photographs, as for whoever decides a cluster.
    """
    there = await session.scalar(
        select(Photo.id).where(
            Photo.uploader_id == place.account_id,
            Photo.pemilihan_id == place.pemilihan_id,
            Photo.tps_kode == place.tps_kode,
            Photo.sha256 == photo.sha256,
        )
    )
    ids = sorted({photo.id, there or photo.id})
    clusters = select(PhotoHash.cluster_id).where(PhotoHash.photo_id.in_(ids))
    locked = select(PhotoCluster.id).where(PhotoCluster.id.in_(clusters)).order_by(PhotoCluster.id).with_for_update()
    await session.execute(locked)
    rows = select(Photo).where(Photo.id.in_(ids)).order_by(Photo.id).with_for_update(key_share=True)
    both = {row.id: row for row in await session.scalars(rows.execution_options(populate_existing=True))}
    return both[there] if there is not None else None


def require_not_rejected(there: Photo) -> None:
    """Check that the row at the other TPS was not rejected: a move is not the way around what a reviewer said.

    Raises:
        ConflictError: it was.
    """
    if there.state == "rejected":
        message = f"Foto yang sama sudah ditolak di sana: foto {there.id}. "
        message += f"(The same picture was rejected there: photograph {there.id}.)"
        remedy = "Minta peninjau memulihkan foto itu. (Ask a reviewer to restore that one.)"
        raise ConflictError(message, remedy, code="rejected_there")


async def find_last_of_chain(session: AsyncSession, *, photo_id: int) -> int:
    """Return the newest row that a photograph's moves have made; itself, if none was made from it.

    Rows of moves form a line (``photo.moved_from`` is unique). Who came back and is moved on is not at its end.
    """
    return int((await session.execute(_LAST_OF_CHAIN, {"photo": photo_id})).scalar_one())


async def stand_again(session: AsyncSession, photo: Photo, *, instead_of: Photo, by: int, reason: str) -> None:
    """Let a row count to which a picture was moved, ``instead_of`` the one that is ``moved`` now; both are locked.

    As it was read before, or by being read now. One that counts stays as it is; so does a copy of one that counts.
    Where a person placed it before no longer holds: what was said of the other one goes along, or nothing.
    """
    if photo.state in _COUNTS or await _is_copy_of_counted(session, photo):
        return
    known = photo.page is not None and photo.quality is not None and await _was_readable(session, photo)
    photo.placement_id = None
    await session.flush()
    copy = await _find_counted_copy(session, photo) or (
        await find_membership(session, photo=view_photo(photo)) if known else None
    )
    if copy is not None:
        photo.duplicate_of = copy.of
        await change_photo(
            session,
            photo,
            kind="copy",
            state=copy.state,
            code=copy.code,
            words=copy.words,
            by=by,
            reason=reason,
            other_id=copy.of,
        )
        return
    photo.duplicate_of = None
    state = "read" if known else "received"
    await change_photo(session, photo, kind="restored", state=state, by=by, reason=reason, other_id=instead_of.id)
    if not known:
        await read_again(session, photo)


async def _is_copy_of_counted(session: AsyncSession, photo: Photo) -> bool:
    """Tell whether the one that this is a copy of is read, or will be; a copy of a copy would be read by nobody."""
    first = await session.get(Photo, photo.duplicate_of or 0) if photo.state == "duplicate" else None
    return first is not None and first.state in _COUNTS


async def _was_readable(session: AsyncSession, photo: Photo) -> bool:
    """Tell whether the machine had not refused it when it was moved away; what was refused may have a page, too."""
    left = select(PhotoEvent.state_before).where(PhotoEvent.photo_id == photo.id, PhotoEvent.kind == "moved")
    state = await session.scalar(left.order_by(PhotoEvent.id.desc()).limit(1)) if photo.state == "moved" else None
    return (state or photo.state) not in {"refused", "received"}


async def _find_counted_copy(session: AsyncSession, photo: Photo) -> Membership | None:
    """Return as whose copy it does not count: of the same bytes, or of a proved copy at the same TPS."""
    found = (await session.execute(_COUNTED_COPY, {"photo": photo.id})).one_or_none()
    if found is None:
        return None
    if not found.same:
        return Membership("duplicate", "similar_picture", SAME_PLACE, found.id)
    await join_same_bytes(await share(session), photo_id=photo.id, first_id=found.id)
    same = judge_same(found.id, here=found.here)
    return Membership("duplicate", same.code, same.reason, found.id)
