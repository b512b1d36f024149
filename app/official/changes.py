"""The diff feed: what the authority published anew of a TPS, from what to what, and when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.official.history import select_row_ids
from app.official.models import OfficialRow, OfficialSnapshot
from app.wilayah.codes import NATION


class ChangeKind(StrEnum):
    """What is new in a row of official figures since the TPS's row before: the first kind that fits."""

    FIRST = "first"
    """The TPS's first row, or its first figures at all."""
    WITHDRAWN = "withdrawn"
    """A number that was published no longer is; others may have changed as well."""
    RESTORED = "restored"
    """Numbers that were withdrawn are back, as they were or not."""
    NUMBERS_SAME_IMAGE = "numbers_same_image"
    """Numbers changed and the photographs did not."""
    NUMBERS = "numbers"
    """Numbers changed; photographs changed too, or none are known."""
    IMAGE = "image"
    """A photograph came, went or was replaced, and the numbers stayed."""


AFTER_THE_FIRST = tuple(kind for kind in ChangeKind if kind is not ChangeKind.FIRST)


@dataclass(frozen=True)
class Change:
    """One row of the diff feed. ``id`` grows in the order of imports; numbers in the order of the contest's fields.

    ``before`` and ``images_before`` are null where there was no row before. ``published_at`` is the authority's own
    time, ``at`` the import's.
    """

    id: int
    kind: ChangeKind
    tps_kode: str
    before: tuple[int | None, ...] | None
    after: tuple[int | None, ...]
    images_before: tuple[str, ...] | None
    images_after: tuple[str, ...]
    published_at: datetime | None
    at: datetime
    snapshot_id: int
    snapshot_name: str
    snapshot_sha256: str


async def list_changes(
    session: AsyncSession,
    *,
    pemilihan_id: int,
    after: int = 0,
    limit: int = 100,
    wilayah: str | None = None,
    kinds: Collection[ChangeKind] = AFTER_THE_FIRST,
    newest: bool = False,
    before: int | None = None,
) -> list[Change]:
    """Return changes with an id above ``after`` (and below ``before``), the oldest first, or the newest first.

    ``wilayah``: only TPS whose code begins so. First publications are left out unless ``kinds`` names them.
    """
    statement = _select().where(OfficialRow.pemilihan_id == pemilihan_id, OfficialRow.id > after)
    if before is not None:
        statement = statement.where(OfficialRow.id < before)
    statement = statement.where(*_narrow(kinds, wilayah))
    statement = statement.order_by(OfficialRow.id.desc() if newest else OfficialRow.id).limit(limit)
    return [_view(*row) for row in await session.execute(statement)]


async def list_tps_changes(session: AsyncSession, *, pemilihan_id: int, tps_kode: str) -> list[Change]:
    """Return every row of one TPS in which figures or photographs changed, the oldest first."""
    statement = _select().where(
        OfficialRow.id.in_(select_row_ids(pemilihan_id, tps_kode)), OfficialRow.change.is_not(None)
    )
    return [_view(*row) for row in await session.execute(statement.order_by(OfficialRow.id))]


_Previous = aliased(OfficialRow)


def _select() -> Select[OfficialRow, OfficialRow, OfficialSnapshot]:
    return (
        select(OfficialRow, _Previous, OfficialSnapshot)
        .join(OfficialSnapshot, OfficialSnapshot.id == OfficialRow.snapshot_id)
        .outerjoin(_Previous, _Previous.id == OfficialRow.previous_id)
    )


def _narrow(kinds: Collection[ChangeKind], wilayah: str | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [OfficialRow.change.in_([str(kind) for kind in kinds])]
    if ChangeKind.FIRST not in kinds:
        # Said in the words of the partial index, which holds a few thousand rows and not a nation's.
        conditions.append(OfficialRow.change != "first")
    if wilayah is not None and wilayah != NATION:
        conditions.append(OfficialRow.tps_kode.startswith(wilayah, autoescape=True))
    return conditions


def _view(row: OfficialRow, previous: OfficialRow | None, snapshot: OfficialSnapshot) -> Change:
    return Change(
        id=row.id,
        kind=ChangeKind(row.change or ChangeKind.NUMBERS),
        tps_kode=row.tps_kode,
        before=tuple(previous.numbers) if previous else None,
        after=tuple(row.numbers),
        images_before=tuple(previous.images) if previous else None,
        images_after=tuple(row.images),
        published_at=row.published_at,
        at=snapshot.at,
        snapshot_id=snapshot.id,
        snapshot_name=snapshot.name,
        snapshot_sha256=snapshot.sha256,
    )
