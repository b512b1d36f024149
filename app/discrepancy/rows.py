"""A difference as pages and downloads see it, and how it is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import ColumnElement, Row, Select, select

from app.discrepancy.kinds import Group, Kind, group_of
from app.discrepancy.models import Discrepancy, Life, Severity
from app.official.models import OfficialRow, OfficialSnapshot
from app.pemilu.models import Pemilihan
from app.tally.models import Result

Direction = Literal["more", "less", "same"]

Found = tuple[Discrepancy, str, datetime | None, str | None, str | None]
"""A row of the query: the difference, its contest's code, the official figure's time and its snapshot's hash, and the
source class of the TPS's result."""


@dataclass(frozen=True)
class DiscrepancyRow:
    """One difference; ``difference`` = official - ours (or written total - sum). Times carry their zone.

    ``kind`` is the code of the rule, ``side`` whose figures it speaks of (``ours``, ``official``, ``both``).
    ``tps_kode``: the TPS; of a kind of the ladder, the region. ``votes``: moved, without the sign. ``source_class``:
    who carries our result now; null while none is accepted. ``follows_id``: the difference it took the place of.
    """

    id: int
    pemilihan_id: int
    pemilihan: str
    tps_kode: str
    kind: Kind
    side: str
    field: str
    ours: int | None
    official: int | None
    difference: int
    votes: int
    severity: Severity
    state: str
    life: Life
    assigned_to: int | None
    opened_at: datetime
    closed_at: datetime | None
    closed_reason: str | None
    published_at: datetime | None
    snapshot_sha256: str | None
    opened_entry_id: int
    closed_entry_id: int | None
    source_class: str | None
    official_row_id: int | None
    closed_row_id: int | None
    follows_id: int | None

    @property
    def direction(self) -> Direction:
        """Return whether the official figure (or the written total) is more or less than what it is held against."""
        return "same" if not self.difference else "more" if self.difference > 0 else "less"

    @property
    def group(self) -> Group:
        """Return the list that tells it."""
        return group_of(self.kind, self.side)


# Looked up for the rows that are shown, by the results' unique index; a join could be planned to read all results.
_SOURCE_CLASS = (
    select(Result.source_class)
    .where(Result.pemilihan_id == Discrepancy.pemilihan_id, Result.tps_kode == Discrepancy.tps_kode, Result.current)
    .scalar_subquery()
)


def select_rows(conditions: Sequence[ColumnElement[bool]]) -> Select[*Found]:
    """Return the query of the differences that fulfil all conditions. A difference of our side may have no snapshot."""
    return (
        select(Discrepancy, Pemilihan.kode, OfficialRow.published_at, OfficialSnapshot.sha256, _SOURCE_CLASS)
        .join(Pemilihan, Pemilihan.id == Discrepancy.pemilihan_id)
        .outerjoin(OfficialRow, OfficialRow.id == Discrepancy.official_row_id)
        .outerjoin(OfficialSnapshot, OfficialSnapshot.id == OfficialRow.snapshot_id)
        .where(*conditions)
        # Written by plain SQL: what this session has seen before may be stale in its memory.
        .execution_options(populate_existing=True)
    )


def view_row(row: Row[*Found]) -> DiscrepancyRow:
    """Return a row of :func:`select_rows` as it is shown."""
    found, pemilihan, published_at, sha256, source_class = row
    return DiscrepancyRow(
        id=found.id,
        pemilihan_id=found.pemilihan_id,
        pemilihan=pemilihan,
        tps_kode=found.tps_kode,
        kind=Kind(found.kind),
        side=found.side,
        field=found.field,
        ours=found.ours,
        official=found.official,
        difference=found.difference,
        votes=found.votes,
        severity=cast("Severity", found.severity),
        state=found.state,
        life=cast("Life", found.life),
        assigned_to=found.assigned_to,
        opened_at=found.opened_at,
        closed_at=found.closed_at,
        closed_reason=found.closed_reason,
        published_at=published_at,
        snapshot_sha256=sha256,
        opened_entry_id=found.opened_entry_id,
        closed_entry_id=found.closed_entry_id,
        source_class=source_class,
        official_row_id=found.official_row_id,
        closed_row_id=found.closed_row_id,
        follows_id=found.follows_id,
    )
