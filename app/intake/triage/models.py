"""Tables of copies, of what people and machines did to photographs, and of appeals."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Stamped


class PhotoCluster(Stamped, Base):
    """Photographs that are copies of one picture. ``open``: a person is to look; one decision for all, later ones too.

    ``keep``: the head stands, the others are its copies. ``reject``: none is used. ``apart``: they are no copies.
    """

    __tablename__ = "photo_cluster"
    __table_args__ = (
        CheckConstraint("state IN ('quiet', 'open', 'decided', 'merged')", name="state"),
        CheckConstraint("decision IN ('keep', 'reject', 'apart')", name="decision"),
        CheckConstraint(
            "(state = 'decided') = (decision IS NOT NULL) AND (decision IS NULL) = (reason IS NULL)", name="decided"
        ),
        CheckConstraint("(state = 'merged') = (merged_into IS NOT NULL)", name="merged"),
        Index("ix_photo_cluster_open", "id", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    head_id: Mapped[int] = mapped_column(ForeignKey("photo.id"))
    """The one that is read and counts; at first the one that came first."""
    state: Mapped[str] = mapped_column(server_default="quiet")
    decision: Mapped[str | None]
    reason: Mapped[str | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime | None]
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("photo_cluster.id"))


class PhotoHash(Base):
    """What copies of a photograph are found by. Not shown to anybody."""

    __tablename__ = "photo_hash"
    __table_args__ = (
        Index("ix_photo_hash_keys", "keys", postgresql_using="gin"),
        Index("ix_photo_hash_cluster_id", "cluster_id", "photo_id", postgresql_where=text("cluster_id IS NOT NULL")),
    )

    photo_id: Mapped[int] = mapped_column(ForeignKey("photo.id"), primary_key=True)
    hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Of the whole picture, see ocr/picture_hash.py; null: the same bytes as another photograph's."""
    keys: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default="{}")
    """Bands of the hash, and pairs of numbers that were read: what shares one is looked at."""
    named: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    """{field: number} that the machine named with confidence: a picture that shows another number is no copy."""
    cluster_id: Mapped[int | None] = mapped_column(ForeignKey("photo_cluster.id"))
    alone: Mapped[bool] = mapped_column(server_default=false())
    """A person said that it stands by itself: no machine makes it a copy again."""


class PhotoEvent(Stamped, Base):
    """What was done to a photograph after it came in, by whom (null: the machine) and why. Insert-only."""

    __tablename__ = "photo_event"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('copy', 'altered', 'moved', 'rejected', 'restored', 'chosen', 'appealed', 'answered', 'placed', "
            "'unplaced')",
            name="kind",
        ),
        Index("ix_photo_event_photo_id", "photo_id", "id"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    photo_id: Mapped[int] = mapped_column(ForeignKey("photo.id"))
    kind: Mapped[str]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    state_before: Mapped[str]
    state_after: Mapped[str]
    other_id: Mapped[int | None] = mapped_column(ForeignKey("photo.id"))
    """The photograph it is a copy of, or that stands at the other TPS."""
    reason: Mapped[str]


class PhotoAppeal(Stamped, Base):
    """An uploader asks people to look at what a machine turned away; once a photograph."""

    __tablename__ = "photo_appeal"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'granted', 'denied')", name="state"),
        CheckConstraint("(state = 'open') = (answer IS NULL)", name="answered"),
        Index("ix_photo_appeal_open", "account_id", "id", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    photo_id: Mapped[int] = mapped_column(ForeignKey("photo.id"), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    note: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="open")
    answer: Mapped[str | None]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    answered_at: Mapped[datetime | None]


class HandPlacement(Stamped, Base):
    """A reviewer's word on a photograph that no machine could read: which page it shows, and how it is to be shown.

    Insert-only; which one stands is ``photo.placement_id``, so that a picture's key never means another picture.
    """

    __tablename__ = "hand_placement"
    __table_args__ = (
        CheckConstraint("quarter_turns BETWEEN 0 AND 3", name="quarter_turns"),
        CheckConstraint("array_length(cut, 1) = 4 AND 0 <= ALL (cut) AND 45 >= ALL (cut)", name="cut"),
        Index("ix_hand_placement_photo_id", "photo_id"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    photo_id: Mapped[int] = mapped_column(ForeignKey("photo.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    form: Mapped[str]
    page: Mapped[int] = mapped_column(SmallInteger)
    quarter_turns: Mapped[int] = mapped_column(SmallInteger)
    """Clockwise, after the turn that the camera noted, until it stands upright."""
    cut: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    """Hundredths left away at the top, right, bottom and left of the upright picture."""
