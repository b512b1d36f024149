"""Tables of the photographs."""

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Stamped


class Photo(Stamped, Base):
    """One photograph of one TPS's form, as uploaded by one account. The bytes lie in the store under ``sha256``."""

    __tablename__ = "photo"
    __table_args__ = (
        CheckConstraint("state IN ('received', 'read', 'refused', 'moved', 'duplicate', 'rejected')", name="state"),
        CheckConstraint("source IN ('volunteer', 'official')", name="source"),
        # One person sends one picture for one TPS once; sending it again answers with the first receipt.
        Index("uq_photo_upload", "uploader_id", "pemilihan_id", "tps_kode", "sha256", unique=True),
        Index("ix_photo_tps", "pemilihan_id", "tps_kode"),
        Index("ix_photo_sha256", "sha256"),
        Index("ix_photo_received", "id", postgresql_where=text("state = 'received'")),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    sha256: Mapped[str]
    byte_count: Mapped[int]
    content_type: Mapped[str]
    """image/jpeg, image/png, image/webp: by the header, never by what the client says."""
    pemilihan_id: Mapped[int] = mapped_column(ForeignKey("pemilihan.id"))
    tps_kode: Mapped[str] = mapped_column(ForeignKey("tps.kode"))
    round: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    uploader_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    source: Mapped[str] = mapped_column(server_default="volunteer")
    state: Mapped[str] = mapped_column(server_default="received")
    state_code: Mapped[str | None]
    """Why it was refused, moved or rejected: a stable code of the reader or of a person."""
    state_reason: Mapped[str | None]
    """The same in words for the uploader."""
    duplicate_of: Mapped[int | None] = mapped_column(ForeignKey("photo.id"))
    form: Mapped[str | None]
    page: Mapped[int | None] = mapped_column(SmallInteger)
    quality: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    log_entry_id: Mapped[int | None] = mapped_column(ForeignKey("log_entry.id"))
