"""Table of the dumps."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Stamped


class Dump(Stamped, Base):
    """One dump of one contest. Its bytes lie in the object store, in parts under :func:`part_key`."""

    __tablename__ = "dump"
    __table_args__ = (
        CheckConstraint("state IN ('making', 'ready', 'failed', 'removed')", name="state"),
        CheckConstraint("(state = 'ready') <= (sha256 IS NOT NULL)", name="ready_has_hash"),
        # Two workers that begin at once: the second one's row is refused.
        Index(
            "uq_dump_day",
            "pemilihan_id",
            "day",
            unique=True,
            postgresql_where=text("state IN ('making', 'ready')"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    pemilihan_id: Mapped[int] = mapped_column(ForeignKey("pemilihan.id"))
    day: Mapped[date]
    """By UTC."""
    state: Mapped[str] = mapped_column(server_default="making")
    """``failed``: whoever made it never finished; ``removed``: it was kept for as long as dumps are kept."""
    parts: Mapped[int] = mapped_column(server_default="0")
    """Parts that were kept so far; all but the last have :data:`PART_BYTES`."""
    byte_count: Mapped[int] = mapped_column(server_default="0")
    sha256: Mapped[str | None]
    """Of the whole ZIP."""
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    """Rows of each table, the log entry that it goes up to."""
    ready_at: Mapped[datetime | None]


PART_BYTES = 8 * 1024 * 1024


def part_key(dump_id: int, number: int) -> str:
    """Return the key of a part, counted from 0."""
    return f"dump/{dump_id}/{number:06}"
