"""Tables of the accounts."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, LargeBinary, SmallInteger, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Stamped


class Account(Stamped, Base):
    """A person who may sign in."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("role IN ('volunteer', 'reviewer', 'monitor', 'admin')", name="role"),
        CheckConstraint("state IN ('active', 'suspended')", name="state"),
        CheckConstraint("reading IN ('training', 'open', 'paused')", name="reading"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    """Sign-in name, lower case."""
    display_name: Mapped[str]
    password_hash: Mapped[str]
    """argon2id."""
    role: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="active")
    invited_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    own_source_from: Mapped[datetime] = mapped_column(server_default=func.now())
    """What it sent before this is one source together with all other newcomers, whose accounts anybody may make."""
    reading: Mapped[str] = mapped_column(server_default="open")
    """Whether forms are dealt to it: not before the exercises (``training``), nor while its reading is ``paused``."""


class AccountSession(Stamped, Base):
    """A signed-in browser. Only the hash of the cookie is kept."""

    __tablename__ = "account_session"
    __table_args__ = (Index("ix_account_session_expires_at", "expires_at"),)

    token_sha256: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime]
    user_agent: Mapped[str] = mapped_column(server_default="")


class SignInAttempt(Base):
    """A failed sign-in; too many in a short time close the name for a while."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index("ix_sign_in_attempt_name_at", "name", "at"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=func.now())


class Invite(Stamped, Base):
    """A link that lets so many people make a volunteer account. Only the hash of its code is kept."""

    __tablename__ = "invite"
    __table_args__ = (
        CheckConstraint("uses_left >= 0", name="uses_left"),
        Index("ix_invite_made_by", "made_by"),
    )

    code_sha256: Mapped[str] = mapped_column(primary_key=True)
    made_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    uses_left: Mapped[int] = mapped_column(SmallInteger)
    expires_at: Mapped[datetime]


class AccountSignal(Base):
    """That an account was used from a device or an address: keyed hashes, forgotten after 30 days."""

    __tablename__ = "account_signal"
    __table_args__ = (
        CheckConstraint("kind IN ('device', 'address', 'place')", name="kind"),
        Index("ix_account_signal_kind_hash", "kind", "hash"),
        Index("ix_account_signal_last_at", "last_at"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    """``device``: a random number that the browser keeps; ``place``: address and kind of browser together."""
    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    first_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_at: Mapped[datetime] = mapped_column(server_default=func.now())


class LinkedAccount(Base):
    """An account that is treated as one person with others of its group. Owner: ``accounts.link_accounts``."""

    __tablename__ = "linked_account"
    __table_args__ = (Index("ix_linked_account_group_id", "group_id"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[int]
    """The smallest account number of the group."""
    why: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """What links it: [{"kind": "device", "with": 17}, ...]."""
    at: Mapped[datetime] = mapped_column(server_default=func.now())
