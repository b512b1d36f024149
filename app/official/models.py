"""Tables of official figures."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Integer, SmallInteger

from app.core.database import Base, Stamped
from app.core.insert_only import guard_model


class OfficialSnapshot(Stamped, Base):
    """One import, kept whole under its hash."""

    __tablename__ = "official_snapshot"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    pemilihan_id: Mapped[int] = mapped_column(ForeignKey("pemilihan.id"))
    kind: Mapped[str]
    """sirekap_json, ..."""
    name: Mapped[str]
    sha256: Mapped[str]
    tps_count: Mapped[int]
    changed_count: Mapped[int]
    notes: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Unknown keys with their counts, TPS that only the authority knows, figures that were null."""
    log_entry_id: Mapped[int | None] = mapped_column(ForeignKey("log_entry.id"))


class OfficialRow(Base):
    """What one snapshot says of one TPS; written only where it differs from the row before. Insert-only.

    ``change`` and ``previous_id`` make it the diff feed as well. No foreign key to ``tps``: a TPS that only the
    authority knows is kept, counted and listed. None to snapshot and contest either, nor from :class:`OfficialCurrent`:
    PostgreSQL looks at foreign keys row by row, which takes longer than writing a nation's rows. The one writer,
    ``staging.write_changed``, takes both numbers from the snapshot that it has written in the same transaction.
    """

    __tablename__ = "official_row"
    __table_args__ = (
        CheckConstraint(
            "change IN ('first', 'numbers', 'numbers_same_image', 'image', 'withdrawn', 'restored')", name="change"
        ),
        # A row is followed once. Of a TPS's rows all but the current one are found here, see history.py; a nation's
        # first rows cost nothing.
        Index(
            "uq_official_row_followed",
            "pemilihan_id",
            "tps_kode",
            "previous_id",
            unique=True,
            postgresql_where=text("previous_id IS NOT NULL"),
        ),
        Index("ix_official_row_change", "pemilihan_id", "id", postgresql_where=text("change <> 'first'")),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    snapshot_id: Mapped[int]
    pemilihan_id: Mapped[int]
    tps_kode: Mapped[str]
    numbers: Mapped[list[int | None]] = mapped_column(ARRAY(Integer))
    """In the order of the contest's fields; null: not published."""
    images: Mapped[list[str]] = mapped_column(ARRAY(TEXT), server_default="{}")
    """Addresses of the authority's own photographs, page by page; "" for a page without one."""
    published_at: Mapped[datetime | None]
    """The authority's own time stamp (its ``ts``, taken as WIB)."""
    extra: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """psu, status_suara, status_adm and whatever else came with it."""
    change: Mapped[str | None]
    """What is new since the row before, see ``changes.ChangeKind``; null: neither figures nor photographs."""
    previous_id: Mapped[int | None]
    """The row of this TPS before; null for its first."""


class OfficialCurrent(Base):
    """Which row is the latest of a TPS. Written with the row; see there for the absent foreign keys."""

    __tablename__ = "official_current"

    pemilihan_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tps_kode: Mapped[str] = mapped_column(primary_key=True)
    row_id: Mapped[int]


class OfficialAlarm(Stamped, Base):
    """Something in an import that wants a person's eye: a rule of ``alarm_rules.py`` found it. Closed with a reason."""

    __tablename__ = "official_alarm"
    __table_args__ = (
        CheckConstraint("kind IN ('votes_fall', 'gain', 'chart')", name="kind"),
        CheckConstraint("severity BETWEEN 1 AND 3", name="severity"),
        CheckConstraint(
            "(closed_at IS NULL) = (closed_by IS NULL) AND (closed_at IS NULL) = (reason IS NULL)", name="closed"
        ),
        Index("uq_official_alarm_once", "snapshot_id", "kind", "kode", "field", unique=True),
        Index("ix_official_alarm_contest", "pemilihan_id", "id"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    snapshot_id: Mapped[int] = mapped_column(ForeignKey("official_snapshot.id"))
    pemilihan_id: Mapped[int] = mapped_column(ForeignKey("pemilihan.id"))
    kind: Mapped[str]
    kode: Mapped[str]
    """The region; ``0`` is the nation. No foreign key: it may be one that only the authority knows."""
    field: Mapped[str]
    """The choice, or the sum that is not one."""
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """The numbers that the rule looked at."""
    severity: Mapped[int] = mapped_column(SmallInteger)
    """1 small, 2 middling, 3 large."""
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    reason: Mapped[str | None]


class OfficialRecap(Stamped, Base):
    """What a recap sheet, a decree or a page of totals says of one region. Numbers never change once they are here."""

    __tablename__ = "official_recap"
    __table_args__ = (
        CheckConstraint("source_kind IN ('d_hasil', 'decree', 'sirekap_recap')", name="source_kind"),
        Index(
            "uq_official_recap_current",
            "pemilihan_id",
            "source_kind",
            "kode",
            unique=True,
            postgresql_where=text("NOT superseded"),
        ),
        Index("ix_official_recap_kode", "pemilihan_id", "kode", "id"),
        Index("ix_official_recap_snapshot_id", "snapshot_id"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    snapshot_id: Mapped[int] = mapped_column(ForeignKey("official_snapshot.id"))
    pemilihan_id: Mapped[int] = mapped_column(ForeignKey("pemilihan.id"))
    kode: Mapped[str]
    """2, 4, 6 or 10 digits, or ``0`` for the nation."""
    source_kind: Mapped[str]
    tps: Mapped[int | None]
    """How many TPS it adds up, where it says so."""
    numbers: Mapped[list[int | None]] = mapped_column(ARRAY(Integer))
    """In the order of the contest's fields; null: not on the sheet."""
    superseded: Mapped[bool] = mapped_column(server_default="false")
    """A later sheet of the same kind says something else of this region."""


class OfficialFetch(Stamped, Base):
    """One answer of an authority's server, kept whole under its hash, with what asks for less next time."""

    __tablename__ = "official_fetch"
    __table_args__ = (Index("ix_official_fetch_url", "url", "id"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    url: Mapped[str]
    final_url: Mapped[str]
    """Where redirects ended."""
    status: Mapped[int] = mapped_column(SmallInteger)
    sha256: Mapped[str]
    """Of the bytes; after "not modified" of those that were here before."""
    byte_count: Mapped[int]
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]


ROW_STATEMENTS = guard_model(OfficialRow)
SNAPSHOT_STATEMENTS = guard_model(OfficialSnapshot)
FETCH_STATEMENTS = guard_model(OfficialFetch)
