"""Tables of what is known of readers, and of pauses."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Stamped


class ReaderSkill(Base):
    """Counts and estimates of one reader. Owner: the job ``trust``, which computes them anew from the evidence."""

    __tablename__ = "reader_skill"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    blind_fields: Mapped[int] = mapped_column(server_default="0")
    blind_wrong: Mapped[int] = mapped_column(server_default="0")
    plants_shown: Mapped[int] = mapped_column(server_default="0")
    """Altered values shown to him for confirmation, one an item."""
    plants_caught: Mapped[int] = mapped_column(server_default="0")
    good_shown: Mapped[int] = mapped_column(server_default="0")
    """Right values shown to him in planted items, one a field."""
    good_changed: Mapped[int] = mapped_column(server_default="0")
    error_rate: Mapped[float]
    error_low: Mapped[float]
    error_high: Mapped[float]
    catch_rate: Mapped[float]
    catch_low: Mapped[float]
    catch_high: Mapped[float]
    alarm_rate: Mapped[float]
    alarm_low: Mapped[float]
    alarm_high: Mapped[float]
    version: Mapped[int] = mapped_column(server_default="1")
    """Grows by one whenever a rate changes; his readings carry it."""
    counted_from: Mapped[datetime | None]
    """Evidence before this no longer counts: a pause was lifted then."""
    counted_at: Mapped[datetime] = mapped_column(server_default=func.now())
    told: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """What his own page says, some time behind the counts so that no single task can be recognised by it."""
    told_at: Mapped[datetime | None]


class ReaderPause(Stamped, Base):
    """A time in which nothing is dealt to a reader: why, what he says to it, who ended it and why."""

    __tablename__ = "reader_pause"
    __table_args__ = (
        CheckConstraint("ended_at IS NULL OR answer IS NOT NULL", name="answer"),
        Index("uq_reader_pause_open", "account_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_reader_pause_account", "account_id"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    reason: Mapped[str]
    """The rule's own word, see ``skill.is_below_bound``."""
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """The counts and estimates it rests on."""
    objection: Mapped[str | None]
    objected_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    answer: Mapped[str | None]
    """What an admin says to the reader: why it ended, or why it stays."""
