"""Tables of official figures."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Identity, Index
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Integer

from app.core.database import Base, Stamped


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

    No foreign key to ``tps``: a TPS that only the authority knows is kept, counted and listed.
    """

    __tablename__ = "official_row"
    __table_args__ = (
        Index("ix_official_row_tps", "pemilihan_id", "tps_kode", "id"),
        Index("uq_official_row_snapshot_tps", "snapshot_id", "tps_kode", unique=True),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    snapshot_id: Mapped[int] = mapped_column(ForeignKey("official_snapshot.id"))
    pemilihan_id: Mapped[int] = mapped_column(ForeignKey("pemilihan.id"))
    tps_kode: Mapped[str]
    numbers: Mapped[list[int | None]] = mapped_column(ARRAY(Integer))
    """In the order of the contest's fields; null: not published."""
    images: Mapped[list[str]] = mapped_column(ARRAY(TEXT), server_default="{}")
    """Addresses of the authority's own photographs, page by page; "" for a page without one."""
    published_at: Mapped[datetime | None]
    """The authority's own time stamp (its ``ts``, taken as WIB)."""
    extra: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """psu, status_suara, status_adm and whatever else came with it."""


class OfficialCurrent(Base):
    """Which row is the latest of a TPS."""

    __tablename__ = "official_current"

    pemilihan_id: Mapped[int] = mapped_column(ForeignKey("pemilihan.id"), primary_key=True)
    tps_kode: Mapped[str] = mapped_column(primary_key=True)
    row_id: Mapped[int] = mapped_column(ForeignKey("official_row.id"))
