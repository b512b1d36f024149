"""Tables of sections, readings, tasks and decisions."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Float,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Stamped


class TpsSection(Base):
    """One section of one TPS: what the queue deals and the rule decides. Owner of ``wanted``: ``service.settle``."""

    __tablename__ = "tps_section"
    __table_args__ = (
        # One array each: PostgreSQL reads a check's text for every statement, and a list of casts takes it long.
        CheckConstraint("state = ANY ('{waiting,accepted,disputed}'::text[])", name="state"),
        CheckConstraint("wanted = ANY ('{blind,confirm,review}'::text[])", name="wanted"),
        Index("uq_tps_section", "pemilihan_id", "tps_kode", "round", "section", unique=True),
        Index("ix_tps_section_turn", "wanted", "turn", postgresql_where=text("wanted IS NOT NULL")),
        Index("ix_tps_section_unsettled", "unsettled_since", postgresql_where=text("unsettled_since IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    pemilihan_id: Mapped[int] = mapped_column(ForeignKey("pemilihan.id"))
    tps_kode: Mapped[str] = mapped_column(ForeignKey("tps.kode"))
    round: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    section: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="waiting")
    wanted: Mapped[str | None]
    """Kind of reading the rule asks for next; null: none, or the rule has yet to look at what was answered last."""
    unsettled_since: Mapped[datetime | None]
    """Since when something was answered that the rule has not looked at: the settle list. Null: it has seen all."""
    why: Mapped[str] = mapped_column(server_default="")
    """The rule's own word for ``wanted`` or for the dispute; ``sentences.py`` has it in two languages."""
    photo_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default="{}")
    """The photographs to be read next, one a page; empty where nothing is wanted."""
    ready_at: Mapped[datetime] = mapped_column(server_default=func.now())
    """Not dealt before: a form whose other page may still be on its way would be read twice."""
    dice: Mapped[float] = mapped_column(server_default=func.random())
    """The draw that sends a sure section to blind entry."""
    turn: Mapped[float] = mapped_column(server_default=text("'infinity'"))
    """Place in the queue, a time in seconds since 1970: the smallest is dealt first. See ``urgency``."""
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class QueueWindow(Base):
    """Where sections stand that are due first: a hint, never the truth. Owner: the workers, see ``queue_window``."""

    __tablename__ = "queue_window"

    wanted: Mapped[str] = mapped_column(primary_key=True)
    turns: Mapped[list[float]] = mapped_column(ARRAY(Float), server_default="{}")
    """Places of some of them, evenly by rank, in order."""
    at: Mapped[datetime] = mapped_column(server_default=func.now())


class Task(Stamped, Base):
    """A section dealt to one person. He never gets the same section twice."""

    __tablename__ = "task"
    __table_args__ = (
        CheckConstraint("mode = ANY ('{blind,confirm,review}'::text[])", name="mode"),
        CheckConstraint("state = ANY ('{leased,answered,skipped,expired}'::text[])", name="state"),
        Index("uq_task_section_account", "section_id", "account_id", unique=True),
        # One lease a section: the database forbids dealing it to two people at once.
        Index("uq_task_one_lease", "section_id", unique=True, postgresql_where=text("state = 'leased'")),
        Index("uq_task_one_lease_account", "account_id", unique=True, postgresql_where=text("state = 'leased'")),
        Index("ix_task_account", "account_id", "answered_at", postgresql_where=text("answered_at IS NOT NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=text("new_task_id()"))
    """Milliseconds first, then 74 bits of chance: new tasks stand together in their indexes, nobody can guess one."""
    section_id: Mapped[int] = mapped_column(ForeignKey("tps_section.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    mode: Mapped[str]
    plant_id: Mapped[int | None] = mapped_column(ForeignKey("planted_item.id"))
    """The planted item that this is; null for a section that is to be read."""
    photo_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    """The photographs on the screen, one a page of the section."""
    leased_until: Mapped[datetime]
    state: Mapped[str] = mapped_column(server_default="leased")
    skip_reason: Mapped[str | None]
    shown: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """Values that were on the screen (confirm mode); null in blind mode."""
    answered_at: Mapped[datetime | None]


class Reading(Stamped, Base):
    """One reader's claim of what one photo's fields show. Insert-only; see :class:`ReadingWithdrawal`."""

    __tablename__ = "reading"
    __table_args__ = (
        CheckConstraint("mode = ANY ('{machine,blind,confirm,review}'::text[])", name="mode"),
        CheckConstraint("(mode = 'machine') = (account_id IS NULL)", name="machine_has_no_account"),
        CheckConstraint("(mode = 'machine') = (task_id IS NULL)", name="machine_has_no_task"),
        # A double submit of a task meets this, not a Python check.
        Index(
            "uq_reading_task_photo", "task_id", "photo_id", unique=True, postgresql_where=text("task_id IS NOT NULL")
        ),
        CheckConstraint("(mode = 'machine') = (machine IS NOT NULL)", name="machine_has_fingerprint"),
        # A job that runs again, with the same model on the same pages, adds nothing.
        Index(
            "uq_reading_machine",
            "section_id",
            "photo_id",
            "machine",
            unique=True,
            postgresql_where=text("machine IS NOT NULL"),
        ),
        Index("ix_reading_section", "section_id"),
        Index("ix_reading_photo", "photo_id"),
        Index("ix_reading_account", "account_id"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("tps_section.id"))
    photo_id: Mapped[int] = mapped_column(ForeignKey("photo.id"))
    mode: Mapped[str]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    task_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("task.id"))
    machine: Mapped[str | None]
    """SHA-256 of what the machine said and of the model and layout it said it with; null for people."""
    numbers: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """{field: number or null}; null: the reader cannot tell."""
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Machine: "fields" (confidence, sure, digits ... of each), model and layout hashes, checks. People: "shown", the
    values that were on the screen, or null."""
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    commitment: Mapped[str]
    """SHA-256 of salt and canonical numbers: public at once, opened with the decision."""
    log_entry_id: Mapped[int | None]
    """Its entry in the log, written by the same statement. Not looked up once more: entries are never deleted."""


class ReadingWithdrawal(Stamped, Base):
    """A reading that no longer counts, by whom and why. The reading itself stays."""

    __tablename__ = "reading_withdrawal"

    reading_id: Mapped[int] = mapped_column(ForeignKey("reading.id"), primary_key=True)
    by_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    reason: Mapped[str]


class Decision(Stamped, Base):
    """The rule's verdict on one section. Insert-only but for ``state`` and ``ended_at``."""

    __tablename__ = "decision"
    __table_args__ = (
        CheckConstraint("outcome IN ('accept', 'dispute')", name="outcome"),
        CheckConstraint("state IN ('current', 'superseded', 'withdrawn')", name="state"),
        Index("uq_decision_current", "section_id", unique=True, postgresql_where=text("state = 'current'")),
        Index("ix_decision_section", "section_id"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("tps_section.id"))
    outcome: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="current")
    numbers: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """{field: number}; empty for a dispute."""
    inputs: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Readings by id with their error rates, checks, policy: enough to compute the decision again."""
    explanation: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Posterior probability of being wrong per field, the rule's sentences."""
    rule_version: Mapped[str]
    flags: Mapped[list[str]] = mapped_column(ARRAY(TEXT), server_default="{}")
    source_class: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    log_entry_id: Mapped[int | None] = mapped_column(ForeignKey("log_entry.id"))
