"""Table of the evidence packs. The packs themselves lie in the object store, under their own hash."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Stamped


class EvidencePack(Stamped, Base):
    """A pack that somebody asked for. One that is ready never changes; asked for again, it is found by its state."""

    __tablename__ = "evidence_pack"
    __table_args__ = (
        CheckConstraint("state IN ('asked', 'making', 'ready', 'failed')", name="state"),
        CheckConstraint(
            "(state = 'ready') = (sha256 IS NOT NULL) AND (state = 'ready') = (state_sha256 IS NOT NULL)",
            name="ready_has_hashes",
        ),
        # Whoever asks while a pack of the same place is being made waits for that one.
        Index(
            "uq_evidence_pack_open",
            "pemilihan_id",
            "kode",
            unique=True,
            postgresql_where=text("state IN ('asked', 'making')"),
        ),
        # The same state of things is packed once.
        Index(
            "uq_evidence_pack_state_sha256",
            "pemilihan_id",
            "kode",
            "state_sha256",
            unique=True,
            postgresql_where=text("state = 'ready'"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    pemilihan_id: Mapped[int] = mapped_column(ForeignKey("pemilihan.id"))
    kode: Mapped[str]
    """Of the TPS or the region; no foreign key, since it is one or the other."""
    state: Mapped[str] = mapped_column(server_default="asked")
    done: Mapped[int] = mapped_column(server_default="0")
    """TPS gathered so far, of ``total``."""
    total: Mapped[int] = mapped_column(server_default="0")
    left_out: Mapped[int] = mapped_column(server_default="0")
    state_sha256: Mapped[str | None]
    """Of all facts in it and of the format."""
    sha256: Mapped[str | None]
    byte_count: Mapped[int] = mapped_column(server_default="0")
    photo_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default="{}")
    """Photographs shown in it: once one of them is no longer open to everybody, neither is the pack."""
    as_of: Mapped[datetime | None]
    """When the newest fact in it came to be."""
    ready_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    """When it was last asked for and found to be the present state."""
