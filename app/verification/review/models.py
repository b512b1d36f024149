"""Tables of the reviewers: their cases, the history of each, and statements that override the rule."""

import uuid
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, LargeBinary, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Stamped

Kind = Literal[
    "dispute",
    "far_from_official",
    "far_from_neighbours",
    "altered_copy",
    "override",
    "cluster",
    "appeal",
    "lapor",
]
"""What a reviewer may be called for."""
KINDS: tuple[Kind, ...] = get_args(Kind)
_OPEN = "state IN ('open', 'looked_at')"


class ReviewCase(Stamped, Base):
    """One thing that a reviewer is to look at. Its history is in :class:`ReviewEvent`."""

    __tablename__ = "review_case"
    __table_args__ = (
        CheckConstraint(f"kind IN ({', '.join(repr(kind) for kind in KINDS)})", name="kind"),
        CheckConstraint("state IN ('open', 'looked_at', 'resolved', 'rejected')", name="state"),
        CheckConstraint("(state IN ('resolved', 'rejected')) = (closed_at IS NOT NULL)", name="closed"),
        # The same finding, found again while somebody still has to look at it, is the same case.
        Index("uq_review_case_open", "kind", "subject", unique=True, postgresql_where=text(_OPEN)),
        Index("ix_review_case_open", "id", postgresql_where=text(_OPEN)),
        Index("ix_review_case_section", "section_id"),
        Index("ix_review_case_tps", "pemilihan_id", "tps_kode"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    kind: Mapped[str]
    subject: Mapped[str]
    """What it is about: ``section/12``, ``photo/5``, ``cluster/3``, ``lapor/9``."""
    section_id: Mapped[int | None] = mapped_column(ForeignKey("tps_section.id"))
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("photo.id"))
    pemilihan_id: Mapped[int | None] = mapped_column(ForeignKey("pemilihan.id"))
    tps_kode: Mapped[str | None] = mapped_column(ForeignKey("tps.kode"))
    state: Mapped[str] = mapped_column(server_default="open")
    reason: Mapped[str]
    """Why it was opened, as a code of ``review.sentences``."""
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """What was found. It may name values: shown to nobody who has not looked at the picture first."""
    assigned_to: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    answer: Mapped[str | None]
    """What the reviewer said when he closed it."""
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    """Null too when the rule itself closed it."""
    closed_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    log_entry_id: Mapped[int | None] = mapped_column(ForeignKey("log_entry.id"))


class ReviewEvent(Stamped, Base):
    """Something that was done with a case: what, by whom (null: by the rule), in what words. Insert-only."""

    __tablename__ = "review_event"
    __table_args__ = (Index("ix_review_event_case", "case_id", "id"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("review_case.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    event: Mapped[str]
    note: Mapped[str] = mapped_column(server_default="")
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")


class OverrideStatement(Stamped, Base):
    """A reviewer's word that what he read with empty boxes is to stand. Insert-only; see :class:`OverrideEnd`.

    Two of different, unlinked reviewers who read the same numbers override the rule.
    """

    __tablename__ = "override_statement"
    __table_args__ = (
        Index("ix_override_statement_section", "section_id"),
        # He states what he read in this task, and reads a section once.
        Index("uq_override_statement_task", "task_id", unique=True),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("tps_section.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("review_case.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    task_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("task.id"))
    """The review task whose readings he states."""
    reason: Mapped[str]
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    commitment: Mapped[str]
    """SHA-256 of salt and reason: in the log at once, opened when the override stands."""
    log_entry_id: Mapped[int | None] = mapped_column(ForeignKey("log_entry.id"))


class OverrideEnd(Stamped, Base):
    """A statement that no longer counts, by whom and why. Insert-only."""

    __tablename__ = "override_end"

    statement_id: Mapped[int] = mapped_column(ForeignKey("override_statement.id"), primary_key=True)
    by_account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    reason: Mapped[str]
    log_entry_id: Mapped[int | None] = mapped_column(ForeignKey("log_entry.id"))
