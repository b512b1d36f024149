"""Tables of planted items and of what people answered to them."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, SmallInteger, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Stamped


class PlantedItem(Stamped, Base):
    """A decided section that is dealt as if it were open. Made by the job ``plant``, counted up where it is dealt."""

    __tablename__ = "planted_item"
    __table_args__ = (
        CheckConstraint("mode IN ('blind', 'confirm')", name="mode"),
        CheckConstraint("(mode = 'confirm') = (shown IS NOT NULL)", name="shown"),
        CheckConstraint("state IN ('making', 'ready', 'retired')", name="state"),
        Index("uq_planted_item_section_mode", "section_id", "mode", unique=True),
        Index("ix_planted_item_ready", "dice", postgresql_where=text("state = 'ready'")),
        Index("ix_planted_item_making", "at", postgresql_where=text("state = 'making'")),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("tps_section.id"))
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"))
    mode: Mapped[str]
    photo_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    truth: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """{field: number} as decided."""
    shown: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """{field: number} on the screen in confirm mode; where it differs from ``truth`` it was altered on purpose."""
    state: Mapped[str] = mapped_column(server_default="making")
    """``making`` until its own pictures are in the store, ``retired`` when enough people have seen it."""
    times: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """How many people it was dealt to."""
    dice: Mapped[float] = mapped_column(server_default=func.random())


class PlantAnswer(Stamped, Base):
    """What a person answered to a planted item. It is no reading and reaches no decision."""

    __tablename__ = "plant_answer"
    __table_args__ = (Index("ix_plant_answer_account", "account_id", "at"),)

    task_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("task.id"), primary_key=True)
    plant_id: Mapped[int] = mapped_column(ForeignKey("planted_item.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    numbers: Mapped[dict[str, Any]] = mapped_column(JSONB)
    reading_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    """Numbers of the readings that this never became: he is told them as he is told those of a reading."""
    undone_at: Mapped[datetime | None]
    """He took it back within the half minute; it counts for nothing."""
