"""Tables of the geography."""

from sqlalchemy import ForeignKey, Identity, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Stamped


class WilayahEdisi(Stamped, Base):
    """One imported edition of the hierarchy; a later one (pemekaran) ends codes and begins others.

    The row with the highest ``id`` is the current one. Going back to an earlier file is a new edition with its hash.
    """

    __tablename__ = "wilayah_edisi"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    nama: Mapped[str]
    sha256: Mapped[str]
    """Of the unpacked file."""
    wilayah_count: Mapped[int]
    tps_count: Mapped[int]


class Wilayah(Base):
    """A region above the TPS. ``kode`` has 2/4/6/10 digits; the nation is ``0``."""

    __tablename__ = "wilayah"
    __table_args__ = (Index("ix_wilayah_induk", "induk"),)

    kode: Mapped[str] = mapped_column(primary_key=True)
    tingkat: Mapped[str]
    """nasional, provinsi, kabupaten_kota, kecamatan, kelurahan."""
    nama: Mapped[str]
    induk: Mapped[str | None] = mapped_column(ForeignKey("wilayah.kode"))
    tps_count: Mapped[int]
    """TPS in and below it, in the current edition."""
    edisi_awal: Mapped[int] = mapped_column(ForeignKey("wilayah_edisi.id"))
    edisi_akhir: Mapped[int | None] = mapped_column(ForeignKey("wilayah_edisi.id"))
    """The first edition that no longer knows it; null while it exists. Ended codes stay resolvable."""


class WilayahPengganti(Base):
    """Which code follows which ended one."""

    __tablename__ = "wilayah_pengganti"

    kode_lama: Mapped[str] = mapped_column(ForeignKey("wilayah.kode"), primary_key=True)
    kode_baru: Mapped[str] = mapped_column(ForeignKey("wilayah.kode"), primary_key=True)


class Tps(Base):
    """A polling station: 10 digits of its kelurahan and its number in 3."""

    __tablename__ = "tps"
    __table_args__ = (Index("ix_tps_kelurahan", "kelurahan", postgresql_where=text("edisi_akhir IS NULL")),)

    kode: Mapped[str] = mapped_column(primary_key=True)
    kelurahan: Mapped[str] = mapped_column(ForeignKey("wilayah.kode"))
    nomor: Mapped[int] = mapped_column(SmallInteger)
    edisi_awal: Mapped[int] = mapped_column(ForeignKey("wilayah_edisi.id"))
    edisi_akhir: Mapped[int | None] = mapped_column(ForeignKey("wilayah_edisi.id"))
