"""Tables of the adopted TPS."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Stamped


class JagaAdoption(Stamped, Base):
    """One volunteer's promise to photograph one TPS's forms on one election day."""

    __tablename__ = "jaga_adoption"
    __table_args__ = (
        CheckConstraint("ended_at IS NULL OR ended_at >= at", name="ended"),
        # Twice the same promise is one promise: two taps on the button must not take two of the person's places.
        Index(
            "uq_jaga_adoption_current",
            "pemilu_kode",
            "tps_kode",
            "account_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "ix_jaga_adoption_account",
            "account_id",
            "pemilu_kode",
            postgresql_where=text("ended_at IS NULL"),
        ),
        # The notifier walks through a day's promises by number.
        Index("ix_jaga_adoption_walk", "pemilu_kode", "id", postgresql_where=text("ended_at IS NULL")),
        Index("ix_jaga_adoption_kelurahan", "pemilu_kode", "kelurahan", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    pemilu_kode: Mapped[str] = mapped_column(ForeignKey("pemilu.kode"))
    tps_kode: Mapped[str] = mapped_column(ForeignKey("tps.kode"))
    kelurahan: Mapped[str] = mapped_column(ForeignKey("wilayah.kode"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    ended_at: Mapped[datetime | None]


class JagaKelurahan(Base):
    """How many TPS of a kelurahan have a guardian. Recomputed whole, under its lock, by whoever adopts or gives back.

    The counts of regions are sums of these rows (84,000 in 2024) and are kept nowhere: a row for the nation would make
    every volunteer wait for every other.
    """

    __tablename__ = "jaga_kelurahan"

    pemilu_kode: Mapped[str] = mapped_column(ForeignKey("pemilu.kode"), primary_key=True)
    kelurahan: Mapped[str] = mapped_column(ForeignKey("wilayah.kode"), primary_key=True)
    tps_guarded: Mapped[int]
    """TPS with one guardian or more."""
    guardians: Mapped[int]
    """Promises, counted once for each TPS."""
