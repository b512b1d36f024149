"""Table of the subscriptions."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Stamped


class Webhook(Stamped, Base):
    """Who is told of what at which address, and how far he was told. Owner of all below ``state``: the sender.

    No secret is kept: deliveries are signed with the key that signs receipts.
    """

    __tablename__ = "webhook"
    __table_args__ = (
        CheckConstraint("state IN ('active', 'disabled', 'removed')", name="state"),
        CheckConstraint("topics <@ ARRAY['discrepancy', 'snapshot', 'alarm'] AND topics <> '{}'", name="topics"),
        Index("ix_webhook_due", "next_at", postgresql_where=text("state = 'active'")),
        Index("ix_webhook_owner", "owner_id"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    url: Mapped[str]
    pemilihan_id: Mapped[int] = mapped_column(ForeignKey("pemilihan.id"))
    wilayah: Mapped[str]
    """Region whose differences and alarms are told; ``0`` for all."""
    topics: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    state: Mapped[str] = mapped_column(server_default="active")
    cursors: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    """{topic: [time, id]} of the last row that was taken; the same delivery is made again until then."""
    failures: Mapped[int] = mapped_column(server_default="0")
    """In a row."""
    last_error: Mapped[str] = mapped_column(server_default="")
    last_sent_at: Mapped[datetime | None]
    next_at: Mapped[datetime] = mapped_column(server_default=func.now())
    """Not tried before; while one is being sent it lies in the future, so that no other worker sends it too."""
