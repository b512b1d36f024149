"""Tables of the reports."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Stamped

OPEN_STATES = "state IN ('open', 'looked_at') AND merged_into IS NULL"
"""A case that takes further reports: nobody has answered it, and it is not part of another one."""


class LaporCase(Stamped, Base):
    """What people report of one TPS, or of one photograph, under one category. Reviewers answer it once for all."""

    __tablename__ = "lapor_case"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'looked_at', 'resolved', 'rejected')", name="state"),
        CheckConstraint("(state IN ('resolved', 'rejected')) = (answer IS NOT NULL)", name="answered"),
        CheckConstraint("merged_into IS NULL OR merged_into <> id", name="merged"),
        # The same thing told twice is one case for as long as it waits; whoever comes second joins it.
        Index("uq_lapor_case_open", "subject", "category", unique=True, postgresql_where=text(OPEN_STATES)),
        Index("ix_lapor_case_state", "state", "id", postgresql_where=text("merged_into IS NULL")),
        Index("ix_lapor_case_tps_kode", "tps_kode"),
        Index("ix_lapor_case_merged_into", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    subject: Mapped[str]
    """``tps/KODE`` or ``photo/ID``."""
    tps_kode: Mapped[str] = mapped_column(ForeignKey("tps.kode"))
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("photo.id"))
    category: Mapped[str]
    """A code of ``data/categories.json``."""
    state: Mapped[str] = mapped_column(server_default="open")
    answer: Mapped[str | None]
    """What the reviewer tells the reporters; public with the case's state, so no name stands in it."""
    version: Mapped[int] = mapped_column(server_default="1")
    """Grows with every change; who answers names the one he saw."""
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("lapor_case.id"))
    changed_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class LaporReport(Stamped, Base):
    """One person's report. The secret address of its answer is kept as a hash only; no network address is kept."""

    __tablename__ = "lapor_report"
    __table_args__ = (
        CheckConstraint("(withdrawn_at IS NULL) = (note IS NOT NULL)", name="withdrawn"),
        Index("ix_lapor_report_case_id", "case_id"),
        Index("ix_lapor_report_account_id", "account_id", "id", postgresql_where=text("account_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("lapor_case.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    token_sha256: Mapped[str] = mapped_column(unique=True)
    note: Mapped[str | None]
    """Plain text for reviewers' eyes; gone when the reporter takes the report back."""
    withdrawn_at: Mapped[datetime | None]


class LaporHistory(Stamped, Base):
    """What happened to a case, by whom. Insert-only, see ``guard``; the public log has the states too."""

    __tablename__ = "lapor_history"
    __table_args__ = (
        CheckConstraint(
            "action IN ('opened', 'joined', 'withdrawn', 'looked_at', 'resolved', 'rejected', 'reopened', 'merged', "
            "'took_in')",
            name="action",
        ),
        Index("ix_lapor_history_case_id", "case_id", "id"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("lapor_case.id"))
    action: Mapped[str]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    """The reviewer; null for what reporters did."""
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    log_entry_id: Mapped[int | None] = mapped_column(ForeignKey("log_entry.id"))
