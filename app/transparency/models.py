"""Tables of the log."""

from typing import Any

from sqlalchemy import Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Stamped


class LogEntry(Stamped, Base):
    """One fact. Insert-only: a trigger refuses updates of the fact and every deletion.

    ``id`` is the receipt number; ``position`` is the place in the signed log and owned by the sequencer.
    """

    __tablename__ = "log_entry"
    __table_args__ = (
        Index("ix_log_entry_unsequenced", "id", postgresql_where=text("position IS NULL")),
        Index("ix_log_entry_subject", "subject"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    kind: Mapped[str]
    """photo, reading, decision, withdrawal, official, discrepancy ..."""
    subject: Mapped[str]
    """What it is about, e.g. ``photo/17`` or ``tps/1101012001001/ppwp-2024``."""
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    payload_sha256: Mapped[str]
    """SHA-256 of the canonical JSON (sorted keys, no spaces, UTF-8), 64 hexadecimal digits."""
    position: Mapped[int | None]
