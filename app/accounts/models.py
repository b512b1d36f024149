"""Tables of the accounts."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Stamped


class Account(Stamped, Base):
    """A person who may sign in."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("role IN ('volunteer', 'reviewer', 'monitor', 'admin')", name="role"),
        CheckConstraint("state IN ('active', 'suspended')", name="state"),
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
