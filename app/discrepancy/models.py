"""Tables of the discrepancies, of what people do with them, and of monitors' own rules."""

from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Stamped

Life = Literal["open", "confirmed", "reported", "explained", "corrected"]
"""What people, or later figures, have made of a difference. Apart from ``state``, which tells whether it stands."""
LIVES: tuple[Life, ...] = get_args(Life)

ClosedBy = Literal["official_changed", "official_withdrawn", "result_changed", "result_withdrawn", "rules_changed"]
CLOSED_REASONS: tuple[ClosedBy, ...] = get_args(ClosedBy)

Severity = Literal["none", "small", "medium", "large"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)


def _one_of(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


class Discrepancy(Base):
    """One difference of one field of one TPS. Kept for ever; ``state`` tells whether it still stands."""

    __tablename__ = "discrepancy"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'closed')", name="state"),
        CheckConstraint("kind ~ '^[a-z_]+$'", name="kind"),
        CheckConstraint(_one_of("side", ("both", "ours", "official")), name="side"),
        CheckConstraint(_one_of("life", LIVES), name="life"),
        CheckConstraint(_one_of("severity", SEVERITIES), name="severity"),
        CheckConstraint(_one_of("closed_reason", CLOSED_REASONS), name="closed_reason"),
        CheckConstraint(
            "(state = 'closed') = (closed_reason IS NOT NULL) AND (state = 'closed') = (closed_at IS NOT NULL)",
            name="closed_has_reason",
        ),
        # One open discrepancy a kind, side and field; comparing again finds it instead of opening a second.
        Index(
            "uq_discrepancy_open",
            "pemilihan_id",
            "tps_kode",
            "kind",
            "side",
            "field",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_discrepancy_tps", "pemilihan_id", "tps_kode"),
        Index("ix_discrepancy_assigned", "assigned_to", postgresql_where=text("assigned_to IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    pemilihan_id: Mapped[int] = mapped_column(ForeignKey("pemilihan.id"))
    tps_kode: Mapped[str]
    """The TPS; for the kinds of the ladder, the region (10, 6, 4 or 2 digits, or ``0``)."""
    kind: Mapped[str]
    """Code of the rule that found it, see ``discrepancy.kinds``."""
    side: Mapped[str] = mapped_column(server_default="both")
    """Whose figures it speaks of: ``ours``, ``official``, or ``both``."""
    field: Mapped[str]
    """Field, or the key of the identity or bound."""
    ours: Mapped[int | None]
    official: Mapped[int | None]
    difference: Mapped[int]
    """official - ours; of one side alone: the written total minus its terms, or by how much it is above the bound."""
    votes: Mapped[int] = mapped_column(server_default="0")
    """Votes moved, without the sign; 0 where no votes are concerned."""
    severity: Mapped[str] = mapped_column(server_default="small")
    """By ``votes`` and the contest's thresholds at the time of opening."""
    state: Mapped[str] = mapped_column(server_default="open")
    life: Mapped[str] = mapped_column(server_default="open")
    assigned_to: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    opened_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    closed_at: Mapped[datetime | None]
    closed_reason: Mapped[str | None]
    official_row_id: Mapped[int | None] = mapped_column(ForeignKey("official_row.id"))
    """What the authority had published when it was opened; null where it had nothing."""
    closed_row_id: Mapped[int | None] = mapped_column(ForeignKey("official_row.id"))
    """What the authority had published when it was closed."""
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("discrepancy.id"))
    """The difference of the same kind, side and field that was closed when this one was opened."""
    opened_entry_id: Mapped[int] = mapped_column(ForeignKey("log_entry.id"))
    """Its own log entry, or that of the comparison of a whole contest, which holds the hash of all it opened."""
    closed_entry_id: Mapped[int | None] = mapped_column(ForeignKey("log_entry.id"))


class DiscrepancyEvent(Stamped, Base):
    """Something that was done with a difference: what, by whom (null: by the machine), in what words. Insert-only."""

    __tablename__ = "discrepancy_event"
    __table_args__ = (
        CheckConstraint(
            "event IN ('looked', 'confirmed', 'reported', 'explained', 'corrected', 'reopened', 'noted', 'assigned', "
            "'released', 'undone')",
            name="event",
        ),
        Index("ix_discrepancy_event_discrepancy", "discrepancy_id", "id"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    discrepancy_id: Mapped[int] = mapped_column(ForeignKey("discrepancy.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    event: Mapped[str]
    note: Mapped[str] = mapped_column(server_default="")
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    """``from`` and ``to`` of the life, the snapshot that corrected, the event that was undone."""
    log_entry_id: Mapped[int | None] = mapped_column(ForeignKey("log_entry.id"))


class MonitorRule(Stamped, Base):
    """A monitor's own rule, in the language of ``rules.expression``. Its findings are computed when asked for."""

    __tablename__ = "monitor_rule"
    __table_args__ = (UniqueConstraint("owner_id", "pemilihan_id", "nama"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    pemilihan_id: Mapped[int] = mapped_column(ForeignKey("pemilihan.id"))
    nama: Mapped[str]
    expression: Mapped[str]
    is_on: Mapped[bool] = mapped_column(server_default="true")
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
