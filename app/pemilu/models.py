"""Tables of the elections."""

from datetime import date
from typing import Any

from sqlalchemy import Computed, ForeignKey, Identity, SmallInteger
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Stamped


class Pemilu(Stamped, Base):
    """An election day with its contests."""

    __tablename__ = "pemilu"

    kode: Mapped[str] = mapped_column(primary_key=True)
    nama: Mapped[str]
    tanggal: Mapped[date]
    sha256: Mapped[str]
    """Of the election file as imported last."""


class Pemilihan(Base):
    """One contest. ``definisi`` is the checked definition that ``pemilu.definition.Contest`` is built from."""

    __tablename__ = "pemilihan"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    pemilu_kode: Mapped[str] = mapped_column(ForeignKey("pemilu.kode"))
    kode: Mapped[str] = mapped_column(unique=True)
    """e.g. ``ppwp-2024``; part of public addresses."""
    jenis: Mapped[str]
    """ppwp, dpr, dpd, dprd_prov, dprd_kabkota, gubernur, bupati."""
    nama: Mapped[str]
    wilayah: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    """Regions whose TPS vote in it; ``{0}`` is the nation, a dapil lists its regions."""
    definisi: Mapped[dict[str, Any]] = mapped_column(JSONB)
    definisi_md5: Mapped[str] = mapped_column(Computed("md5((definisi)::text)", persisted=True))
    """Made by the database: whoever holds a contest of this number and hash need not load it again."""


class Pilihan(Base):
    """A choice: paslon, partai or caleg; its votes stand in one field."""

    __tablename__ = "pilihan"

    pemilihan_id: Mapped[int] = mapped_column(ForeignKey("pemilihan.id"), primary_key=True)
    field: Mapped[str] = mapped_column(primary_key=True)
    nomor_urut: Mapped[int] = mapped_column(SmallInteger)
    nama: Mapped[str]
    partai: Mapped[str | None]
    kunci_resmi: Mapped[str | None]
    """Key of this choice in the official system's JSON."""
