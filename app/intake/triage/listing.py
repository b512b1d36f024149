"""What reviewers are asked to look at: clusters of copies and appeals. Frozen views, no ORM objects."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFoundError
from app.intake.models import Photo
from app.intake.triage.appeals import AppealView, view_appeal
from app.intake.triage.models import HandPlacement, PhotoAppeal, PhotoCluster, PhotoEvent, PhotoHash
from app.intake.views import PhotoView, view_photo

PAGE = 20
SHOWN = 12
"""Members of a cluster that are shown; the others are counted."""


@dataclass(frozen=True)
class ClusterView:
    """Copies of one picture: the head, some of the others; how many there are, of how many people, for how many TPS."""

    id: int
    state: str
    decision: str | None
    reason: str | None
    head_id: int
    members: tuple[PhotoView, ...]
    count: int
    people: int
    places: int
    at: datetime


@dataclass(frozen=True)
class AppealItem:
    """An appeal with its photograph and, if it is one of several copies, their cluster."""

    appeal: AppealView
    photo: PhotoView
    cluster_id: int | None


@dataclass(frozen=True)
class EventView:
    """What was done to a photograph. ``account_id`` is null for the machine."""

    kind: str
    account_id: int | None
    state_before: str
    state_after: str
    other_id: int | None
    reason: str
    at: datetime


async def list_clusters(
    session: AsyncSession, *, state: str = "open", after: int | None = None, limit: int = PAGE
) -> tuple[ClusterView, ...]:
    """Return clusters in this state, oldest first; ``after`` is the id that the last page ended with."""
    query = select(PhotoCluster).where(PhotoCluster.state == state, PhotoCluster.id > (after or 0))
    clusters = list(await session.scalars(query.order_by(PhotoCluster.id).limit(limit)))
    return tuple([await _view_cluster(session, cluster) for cluster in clusters])


async def _view_cluster(session: AsyncSession, cluster: PhotoCluster) -> ClusterView:
    within = select(Photo).join(PhotoHash, PhotoHash.photo_id == Photo.id).where(PhotoHash.cluster_id == cluster.id)
    first = within.order_by((Photo.id == cluster.head_id).desc(), Photo.id).limit(SHOWN)
    members = tuple(view_photo(photo) for photo in await session.scalars(first))
    place = func.count(func.distinct(func.concat(Photo.pemilihan_id, "/", Photo.tps_kode)))
    counts = select(func.count(), func.count(func.distinct(Photo.uploader_id)), place)
    joined = counts.join(PhotoHash, PhotoHash.photo_id == Photo.id).where(PhotoHash.cluster_id == cluster.id)
    count, people, places = (await session.execute(joined)).one()
    return ClusterView(
        id=cluster.id,
        state=cluster.state,
        decision=cluster.decision,
        reason=cluster.reason,
        head_id=cluster.head_id,
        members=members,
        count=count,
        people=people,
        places=places,
        at=cluster.at,
    )


async def list_appeals(session: AsyncSession, *, after: int | None = None, limit: int = PAGE) -> tuple[AppealItem, ...]:
    """Return open appeals, oldest first."""
    query = (
        select(PhotoAppeal, Photo, PhotoHash.cluster_id)
        .join(Photo, Photo.id == PhotoAppeal.photo_id)
        .outerjoin(PhotoHash, PhotoHash.photo_id == Photo.id)
        .where(PhotoAppeal.state == "open", PhotoAppeal.id > (after or 0))
    )
    rows = await session.execute(query.order_by(PhotoAppeal.id).limit(limit))
    return tuple(AppealItem(view_appeal(appeal), view_photo(photo), cluster) for appeal, photo, cluster in rows)


async def count_waiting(session: AsyncSession) -> tuple[int, int]:
    """Return how many clusters and how many appeals wait for a reviewer."""
    clusters = select(func.count()).select_from(PhotoCluster).where(PhotoCluster.state == "open")
    appeals = select(func.count()).select_from(PhotoAppeal).where(PhotoAppeal.state == "open")
    return (await session.execute(clusters)).scalar_one(), (await session.execute(appeals)).scalar_one()


async def list_events(session: AsyncSession, *, photo_ids: Sequence[int]) -> dict[int, tuple[EventView, ...]]:
    """Return what was done to these photographs, by photograph, oldest first."""
    query = select(PhotoEvent).where(PhotoEvent.photo_id.in_(photo_ids)).order_by(PhotoEvent.id)
    found: dict[int, list[EventView]] = {}
    for one in await session.scalars(query):
        view = EventView(one.kind, one.account_id, one.state_before, one.state_after, one.other_id, one.reason, one.at)
        found.setdefault(one.photo_id, []).append(view)
    return {photo: tuple(events) for photo, events in found.items()}


async def require_to_look_at(session: AsyncSession, *, photo_id: int) -> PhotoView:
    """Return a photograph that a reviewer may look at: of a cluster that people see, appealed, or placed by hand.

    Raises:
        NotFoundError: it is none of these, or there is none; the same words for both.
    """
    photo = await session.get(Photo, photo_id)
    cluster = select(PhotoCluster.id).join(PhotoHash, PhotoHash.cluster_id == PhotoCluster.id)
    shown = cluster.where(PhotoHash.photo_id == photo_id, PhotoCluster.state.in_(["open", "decided"])).exists()
    appealed = select(PhotoAppeal.id).where(PhotoAppeal.photo_id == photo_id).exists()
    placed = select(HandPlacement.id).where(HandPlacement.photo_id == photo_id).exists()
    if photo is None or not (await session.execute(select(shown | appealed | placed))).scalar_one():
        message = f"Tidak ada foto nomor {photo_id} untuk ditinjau. (There is no photograph {photo_id} to look at.)"
        raise NotFoundError(message, "Muat ulang daftarnya. (Load the list again.)")
    return view_photo(photo)
