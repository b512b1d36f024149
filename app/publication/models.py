"""What is published now. The files themselves lie in the object store; these rows say which of them are current."""

from datetime import datetime

from sqlalchemy import ForeignKey, Identity, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Stamped


class Publication(Base):
    """The newest publication of a contest. Owner: the publisher; only its successor replaces it."""

    __tablename__ = "publication"

    pemilihan_id: Mapped[int] = mapped_column(ForeignKey("pemilihan.id"), primary_key=True)
    serial: Mapped[int]
    """1, 2, 3 ...: how often the contest was published."""
    version: Mapped[int]
    """Every tally row of the contest up to this version is in the files."""
    basis: Mapped[str]
    """What every file rests on: hash of the contest's definition and number of the hierarchy's edition."""
    pointer: Mapped[str]
    """The signed pointer, as the store has it or is about to have it."""
    published_at: Mapped[datetime] = mapped_column(server_default=func.now())


class PublicationVolume(Stamped, Base):
    """An object of the store that holds files. Its row is there before the object, so that a crash leaves no stray."""

    __tablename__ = "publication_volume"
    __table_args__ = (
        Index("ix_publication_volume_retired", "retired_at", postgresql_where=text("retired_at IS NOT NULL")),
        Index("ix_publication_volume_pemilihan_id", "pemilihan_id"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    pemilihan_id: Mapped[int] = mapped_column(ForeignKey("pemilihan.id"))
    sha256: Mapped[str] = mapped_column(unique=True)
    byte_count: Mapped[int]
    retired_at: Mapped[datetime | None]
    """Since when no current file lies in it; null while one does. New volumes are retired until they are published."""


class PublicationFile(Base):
    """The current file of a region, or of the contest itself (``kode`` is then ``pemilihan``)."""

    __tablename__ = "publication_file"
    __table_args__ = (Index("ix_publication_file_volume_id", "volume_id"),)

    pemilihan_id: Mapped[int] = mapped_column(ForeignKey("pemilihan.id"), primary_key=True)
    kode: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str]
    body_sha256: Mapped[str]
    """Of the file without its time and predecessor: a region that comes out the same again is not written again."""
    volume_id: Mapped[int] = mapped_column(ForeignKey("publication_volume.id"))
