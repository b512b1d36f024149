"""What a reviewer says of a cluster holds for all its members, and for those that come later."""

from datetime import UTC, datetime
from typing import Literal, TypeAlias

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.intake.models import Photo
from app.intake.triage.clusters import REJECTED, become_copy
from app.intake.triage.events import change_photo, require_reason
from app.intake.triage.models import PhotoCluster, PhotoHash
from app.intake.triage.place import restore_photo

Decision: TypeAlias = Literal["keep", "reject", "apart"]


async def decide_cluster(
    session: AsyncSession,
    *,
    cluster_id: int,
    decision: Decision,
    by: int,
    reason: str,
    head_id: int | None = None,
) -> None:
    """Decide a cluster: ``keep`` its head (or ``head_id`` instead), ``reject`` all, or they are no copies, ``apart``.

    Raises:
        NotFoundError: there is none; InvalidInputError: no reason, or ``head_id`` is no member.
        ConflictError: it is decided already, or one of the photographs is the reviewer's own.
    """
    said = require_reason(reason)
    cluster = await _lock_cluster(session, cluster_id)
    if cluster.state == "decided":
        message = f"Kelompok {cluster_id} sudah diputuskan. (Cluster {cluster_id} is decided already.)"
        raise ConflictError(message, "Buka lagi dahulu bila perlu. (Open it again first.)", code="decided")
    members = await lock_members(session, cluster_id)
    _require_stranger(members, by)
    if decision == "keep" and head_id not in {None, cluster.head_id}:
        await _choose_head(session, cluster, members, head_id, (by, said))
    elif decision == "reject":
        for photo in members:
            if photo.state in {"received", "read", "duplicate"}:
                await change_photo(
                    session,
                    photo,
                    kind="rejected",
                    state="rejected",
                    code="copy_of_rejected",
                    words=REJECTED,
                    by=by,
                    reason=said,
                )
    elif decision == "apart":
        for photo in members:
            if photo.state == "duplicate" and photo.duplicate_of is not None and _is_similar(photo):
                await restore_photo(session, photo_id=photo.id, by=by, reason=said)
    cluster.state, cluster.decision, cluster.reason = "decided", decision, said
    cluster.decided_by, cluster.decided_at = by, datetime.now(UTC)
    await session.flush()


def _require_stranger(members: list[Photo], by: int) -> None:
    """Nobody decides about a picture that he sent himself."""
    if any(photo.uploader_id == by for photo in members):
        message = "Salah satu foto ini Anda kirim sendiri. (One of these photographs was sent by you.)"
        raise ConflictError(
            message, "Biarkan peninjau lain memutuskan. (Leave it to another reviewer.)", code="own_photo"
        )


async def _choose_head(
    session: AsyncSession, cluster: PhotoCluster, members: list[Photo], head_id: int | None, said: tuple[int, str]
) -> None:
    """Let another member stand instead of the head. ``said``: by whom, and why."""
    by_id = {photo.id: photo for photo in members}
    chosen, before = by_id.get(head_id or 0), by_id.get(cluster.head_id)
    if chosen is None or chosen.state not in {"duplicate", "rejected"}:
        message = f"Foto {head_id} bukan salinan di kelompok {cluster.id}. (It is no copy in cluster {cluster.id}.)"
        raise InvalidInputError(message, "Pilih salah satu anggotanya. (Choose one of its members.)", code="no_member")
    cluster.head_id = chosen.id
    await restore_photo(session, photo_id=chosen.id, by=said[0], reason=said[1], alone=False)
    if before is not None and before.state == "read":
        await become_copy(session, before, of=chosen)


async def reopen_cluster(session: AsyncSession, *, cluster_id: int, by: int, reason: str) -> None:
    """Take a decision back: what was rejected with it is again what it was, and the cluster waits for a person.

    Raises:
        NotFoundError: there is none; InvalidInputError: no reason.
        ConflictError: it is not decided, or its members were taken apart.
    """
    said = require_reason(reason)
    cluster = await _lock_cluster(session, cluster_id)
    if cluster.state != "decided" or cluster.decision == "apart":
        message = f"Kelompok {cluster_id} tidak dapat dibuka lagi. (Cluster {cluster_id} cannot be opened again.)"
        raise ConflictError(message, "Periksa fotonya satu per satu. (Look at its photographs one by one.)")
    members = await lock_members(session, cluster_id)
    if cluster.decision == "reject":
        head = next((photo for photo in members if photo.id == cluster.head_id), None)
        for photo in members:
            if photo.state == "rejected" and photo.state_code == "copy_of_rejected":
                await restore_photo(session, photo_id=photo.id, by=by, reason=said, alone=False)
                if head is not None and photo.id != head.id and photo.state == "read":
                    await become_copy(session, photo, of=head)
    cluster.state, cluster.decision, cluster.reason = "open", None, None
    cluster.decided_by = cluster.decided_at = None
    await session.flush()


async def lock_members(session: AsyncSession, cluster_id: int) -> list[Photo]:
    """Return the photographs of a cluster, locked, in the order they came."""
    query = select(Photo).join(PhotoHash, PhotoHash.photo_id == Photo.id).where(PhotoHash.cluster_id == cluster_id)
    locked = query.order_by(Photo.id).with_for_update(key_share=True, of=Photo)
    return list(await session.scalars(locked.execution_options(populate_existing=True)))


async def _lock_cluster(session: AsyncSession, cluster_id: int) -> PhotoCluster:
    cluster = await session.get(PhotoCluster, cluster_id, with_for_update=True, populate_existing=True)
    if cluster is None or cluster.state == "merged":
        message = f"Tidak ada kelompok nomor {cluster_id}. (There is no cluster {cluster_id}.)"
        raise NotFoundError(message, "Muat ulang daftarnya. (Load the list again.)")
    return cluster


def _is_similar(photo: Photo) -> bool:
    """Tell whether it was called a copy by its looks, not by its very bytes."""
    return photo.state_code in {"similar_picture", "similar_picture_other_tps"}
