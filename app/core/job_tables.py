"""What we keep about jobs beside pgqueuer's own tables: how often each was picked, and which were set aside."""

from datetime import datetime
from typing import Any

from sqlalchemy import Identity, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Stamped


class JobPick(Base):
    """A job that was picked and has not finished. Owned by the workers' runner; gone when the job is.

    pgqueuer leaves its own ``attempts`` at 0 when the job of a killed worker is picked again, hence this count.
    """

    __tablename__ = "job_pick"

    job_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    job: Mapped[str]
    crashes: Mapped[int] = mapped_column(server_default="0")
    """Picks that neither finished nor failed: the worker died, or the reader's process, which counts twice."""
    failures: Mapped[int] = mapped_column(server_default="0")
    """Picks that ended with an exception."""
    picked_at: Mapped[datetime] = mapped_column(server_default=func.now())


class JobSetAside(Stamped, Base):
    """A job that was given up. The row goes when a person puts the job back into the queue (``runut jobs retry``)."""

    __tablename__ = "job_set_aside"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    job_id: Mapped[int] = mapped_column(unique=True)
    job: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    reason: Mapped[str]
    """``crashed`` or ``failed``."""
    message: Mapped[str]
    """The last error's own words."""
