"""Tables of the discrepancies."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Discrepancy(Base):
    """One difference of one field of one TPS. Kept for ever; ``state`` tells whether it still stands."""

    __tablename__ = "discrepancy"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'closed')", name="state"),
        CheckConstraint("kind IN ('number', 'official_sum')", name="kind"),
        CheckConstraint(
            "closed_reason IN ('official_changed', 'result_changed', 'result_withdrawn')", name="closed_reason"
        ),
        CheckConstraint(
            "(state = 'closed') = (closed_reason IS NOT NULL) AND (state = 'closed') = (closed_at IS NOT NULL)",
            name="closed_has_reason",
        ),
        # One open discrepancy a kind and field; comparing again finds it instead of opening a second.
        Index(
            "uq_discrepancy_open",
            "pemilihan_id",
            "tps_kode",
            "kind",
            "field",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_discrepancy_tps", "pemilihan_id", "tps_kode"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    pemilihan_id: Mapped[int] = mapped_column(ForeignKey("pemilihan.id"))
    tps_kode: Mapped[str]
    kind: Mapped[str]
    """A code of ``discrepancy.diff``: ``number`` (ours and official differ), ``official_sum`` (official figures do
    not add up) ..."""
    field: Mapped[str]
    """Field, or the key of the identity."""
    ours: Mapped[int | None]
    official: Mapped[int | None]
    difference: Mapped[int]
    """official - ours; for ``official_sum`` the written total minus the sum of its terms."""
    state: Mapped[str] = mapped_column(server_default="open")
    opened_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    closed_at: Mapped[datetime | None]
    closed_reason: Mapped[str | None]
    """official_changed, result_changed, result_withdrawn."""
    official_row_id: Mapped[int] = mapped_column(ForeignKey("official_row.id"))
    """What the authority had published when it was opened."""
    opened_entry_id: Mapped[int] = mapped_column(ForeignKey("log_entry.id"))
    closed_entry_id: Mapped[int | None] = mapped_column(ForeignKey("log_entry.id"))
