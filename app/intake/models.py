"""Tables of the photographs."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Stamped


class Photo(Stamped, Base):
    """One photograph of one TPS's form, as uploaded by one account. The bytes lie in the store under ``sha256``."""

    __tablename__ = "photo"
    __table_args__ = (
        CheckConstraint(
            "state IN ('received', 'read', 'refused', 'moved', 'duplicate', 'rejected', 'split')", name="state"
        ),
        CheckConstraint("source IN ('volunteer', 'official')", name="source"),
        # One person sends one picture for one TPS once; sending it again answers with the first receipt.
        Index("uq_photo_upload", "uploader_id", "pemilihan_id", "tps_kode", "sha256", unique=True),
        Index("ix_photo_tps", "pemilihan_id", "tps_kode"),
        Index("ix_photo_sha256", "sha256"),
        # A page of a document becomes a photograph once, however often the job that takes it apart is run.
        Index("uq_photo_page", "parent_id", "parent_page", unique=True, postgresql_where=text("parent_id IS NOT NULL")),
        # Rows of one picture's moves form a line: each is made once, from the one made last before it.
        Index("uq_photo_moved_from", "moved_from", unique=True, postgresql_where=text("moved_from IS NOT NULL")),
        Index("ix_photo_received", "id", postgresql_where=text("state = 'received'")),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    sha256: Mapped[str]
    byte_count: Mapped[int]
    content_type: Mapped[str]
    """image/jpeg, image/heic, application/pdf and their like: by the header, never by what the client says."""
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
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("photo.id"))
    """The document (PDF, TIFF) that this is a page of. The document itself ends in the state ``split``."""
    parent_page: Mapped[int | None] = mapped_column(SmallInteger)
    """Which page of the document, from 1; not the page of the form."""
    moved_from: Mapped[int | None] = mapped_column(ForeignKey("photo.id"))
    """The photograph of another TPS that this one was until somebody saw where it belongs; that one is ``moved``.

    If it had come back to where it was before and left again: the row that its moves had made last. Where it came from
    stands in the log."""
    form: Mapped[str | None]
    page: Mapped[int | None] = mapped_column(SmallInteger)
    quality: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    placement_id: Mapped[int | None] = mapped_column(ForeignKey("hand_placement.id", use_alter=True))
    """Set while a person's word says which form and page it shows, because no machine could read it."""
    log_entry_id: Mapped[int | None] = mapped_column(ForeignKey("log_entry.id"))


class DirectUpload(Stamped, Base):
    """An upload that goes straight to the object store; it becomes a photograph when it is completed."""

    __tablename__ = "direct_upload"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'completed', 'expired')", name="state"),
        CheckConstraint("(state = 'completed') = (photo_id IS NOT NULL)", name="completed"),
        Index("ix_direct_upload_open", "expires_at", postgresql_where=text("state = 'open'")),
        Index("ix_direct_upload_account", "account_id", "id"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    pemilihan_id: Mapped[int] = mapped_column(ForeignKey("pemilihan.id"))
    tps_kode: Mapped[str] = mapped_column(ForeignKey("tps.kode"))
    sha256: Mapped[str]
    """What the sender says it is; completing compares it with what the store holds."""
    byte_count: Mapped[int]
    object_key: Mapped[str] = mapped_column(unique=True)
    """The original's own key, given away once (the store compares what comes), or a place under ``incoming/``."""
    multipart_id: Mapped[str | None]
    """The store's name of a multipart upload; null when the bytes come in one piece."""
    part_bytes: Mapped[int | None]
    state: Mapped[str] = mapped_column(server_default="open")
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("photo.id"))
    expires_at: Mapped[datetime]
