"""Copies of one picture: look up what a photograph may be a copy of, and write down what was proved.

Decided apart from the proving: the pictures are laid over each other by a worker, in the reader, with no transaction
open. Whoever notes a photograph holds the lock of its keys, so that of two copies noted at once the second sees the
first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.statements import share, take_lock
from app.intake.models import Photo
from app.intake.triage.clusters import Membership, find_membership, join_cluster
from app.intake.triage.events import note_event
from app.intake.triage.keys import Mark, differ
from app.intake.triage.models import PhotoHash
from app.intake.views import PhotoView

DISTANCE_MAX = 48
"""Of 256 bits: a copy's hash differs by 35 at most in nine of ten, two pictures of forms seldom by less."""
COMPARED_MAX, OF_A_GROUP_MAX = 6, 2
_LOOKED_AT = 300


@dataclass(frozen=True)
class Candidate:
    """A photograph that another may be a copy of."""

    photo_id: int
    hash: bytes
    named: Mapping[str, int]
    group: int
    """The same for known copies of one picture: one of them is enough to compare with."""


# Heads first, then by age. A picture that was refused is no reason not to read this one.
_FIND = text(
    """SELECT h.photo_id, h.hash, h.named, coalesce(h.cluster_id, -h.photo_id) AS family FROM photo_hash h
       JOIN photo p ON p.id = h.photo_id LEFT JOIN photo_cluster c ON c.id = h.cluster_id
       WHERE h.keys && CAST(:keys AS bigint[]) AND h.photo_id <> :photo AND NOT h.alone
         AND p.state = ANY(CAST(:states AS text[])) AND c.decision IS DISTINCT FROM 'apart'
       ORDER BY c.head_id = h.photo_id DESC NULLS LAST, h.photo_id LIMIT :limit"""
)
_READABLE = ["read", "duplicate", "rejected"]


async def find_candidates(session: AsyncSession, *, photo_id: int, mark: Mark, readable: bool) -> tuple[Candidate, ...]:
    """Return what the photograph may be a copy of, the likeliest first; empty for one that stands by itself.

    Takes the locks of its keys, before any other of the transaction. ``readable``: the machine could read it.
    """
    if mark.locks:
        await (await share(session)).run("; ".join(take_lock(name) for name in mark.locks))
    own = await session.get(PhotoHash, photo_id)
    if own is not None and own.alone:
        return ()
    states = _READABLE if readable else [*_READABLE, "refused"]
    values = {"keys": list(mark.look_for), "photo": photo_id, "states": states, "limit": _LOOKED_AT}
    rows = (await session.execute(_FIND, values)).all()
    found = [Candidate(row.photo_id, bytes(row.hash), row.named, row.family) for row in rows]
    return tuple(_keep_few(found if mark.named else _keep_near(found, mark)))


def _keep_few(found: Sequence[Candidate]) -> list[Candidate]:
    """Return the first of each group and one more, if that cannot be compared or was spoilt; few in all."""
    kept: list[Candidate] = []
    for one in found:
        if sum(other.group == one.group for other in kept) < OF_A_GROUP_MAX:
            kept.append(one)
    return kept[:COMPARED_MAX]


def _keep_near(found: Sequence[Candidate], mark: Mark) -> list[Candidate]:
    """Return those whose hash is near, the nearest first: a shared band alone says little."""
    own = [int.from_bytes(one) for one in (mark.hash, *mark.nearby)]

    def distance(one: Candidate) -> int:
        theirs = int.from_bytes(one.hash)
        return min((theirs ^ hashed).bit_count() for hashed in own)

    near = sorted((distance(one), one.photo_id, one) for one in found)
    return [one for far, _, one in near if far <= DISTANCE_MAX]


async def note_picture(
    session: AsyncSession, *, photo: PhotoView, mark: Mark, copies: Sequence[Candidate], readable: bool
) -> Membership | None:
    """Keep what the photograph is found by, and put it with its copies; return what becomes of it, null: nothing.

    ``copies``: those that were proved to show the same picture. One that shows another number is none: that two
    pictures agree in all but a number is written into the history, and both are read.
    """
    kept = {"hash": mark.hash, "keys": list(mark.keys), "named": dict(mark.named)}
    adding = insert(PhotoHash).values(photo_id=photo.id, **kept)
    await session.execute(adding.on_conflict_do_update(index_elements=["photo_id"], set_=kept))
    altered = [one for one in copies if differ(mark.named, one.named)]
    if altered:
        await _note_altered(session, photo.id, altered[0], differ(mark.named, altered[0].named))
    same = [one.photo_id for one in copies if one not in altered]
    if same:
        await join_cluster(session, photo_id=photo.id, copies=same)
    return await find_membership(session, photo=photo) if readable else None


async def _note_altered(session: AsyncSession, photo_id: int, other: Candidate, fields: Sequence[str]) -> None:
    photo = (await session.execute(select(Photo).where(Photo.id == photo_id))).scalar_one()
    reason = f"Same picture as photo/{other.photo_id}, other number: {', '.join(fields)}."
    note_event(session, photo, kind="altered", before=photo.state, by=None, reason=reason, other_id=other.photo_id)
    await session.flush()
