"""Tables of results and tallies. Numbers are arrays in the order of the contest's fields."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Float, ForeignKey, Identity, Index, Sequence, SmallInteger, func, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import BigInteger, Integer

from app.core.database import Base, Stamped


class Result(Base):
    """What is known of one TPS in one contest: the accepted numbers, and whether photo and official figures exist.

    Written only through ``tally.service``; every write adds a :class:`TallyChange` in the same transaction.
    A revote (PSU) raises ``round``; only the highest round of a TPS is ``current``.

    Its one foreign key is the TPS. The kelurahan is copied from the row of that TPS, which has the key, by the
    statement that writes; the contest is one that was loaded in the same transaction, and contests are never removed.
    Looking both up again for every row took a third of the time in which a nation's results are begun.
    """

    __tablename__ = "result"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'accepted', 'disputed')", name="state"),
        CheckConstraint(
            "source_class IS NULL OR source_class IN ('one_uploader', 'two_uploaders', 'official_photo')",
            name="source_class",
        ),
        CheckConstraint("(state = 'accepted') = (source_class IS NOT NULL)", name="accepted_has_source"),
        Index("ix_result_kelurahan", "pemilihan_id", "kelurahan"),
        # Two current rounds of one TPS would be counted twice: the database forbids it.
        Index("uq_result_current", "pemilihan_id", "tps_kode", unique=True, postgresql_where=text("current")),
        # Few rows at the end of a count, and many on its way: what only one side has, without reading what both have.
        Index(
            "ix_result_one_sided",
            "pemilihan_id",
            "has_official",
            "tps_kode",
            postgresql_where=text(
                "current AND (has_official AND state <> 'accepted' OR state = 'accepted' AND NOT has_official)"
            ),
        ),
    )

    pemilihan_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tps_kode: Mapped[str] = mapped_column(ForeignKey("tps.kode"), primary_key=True)
    round: Mapped[int] = mapped_column(SmallInteger, primary_key=True, server_default="1")
    kelurahan: Mapped[str]
    current: Mapped[bool] = mapped_column(server_default="true")
    numbers: Mapped[list[int | None]] = mapped_column(ARRAY(Integer))
    """Accepted numbers, one place a field; null where the field's section is not accepted."""
    state: Mapped[str] = mapped_column(server_default="waiting")
    """Of the contest's required sections together."""
    source_class: Mapped[str | None]
    flags: Mapped[list[str]] = mapped_column(ARRAY(TEXT), server_default="{}")
    """``paper``: the form's own sums do not close."""
    has_photo: Mapped[bool] = mapped_column(server_default="false")
    has_official: Mapped[bool] = mapped_column(server_default="false")
    flagged: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """Discrepancies that stand at this TPS."""
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class TallyChange(Stamped, Base):
    """The change list: a region whose tally must be computed again. Owned by the roller, which deletes what it did."""

    __tablename__ = "tally_change"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    pemilihan_id: Mapped[int] = mapped_column(ForeignKey("pemilihan.id"))
    kelurahan: Mapped[str] = mapped_column(ForeignKey("wilayah.kode"))


TALLY_VERSION = Sequence("tally_version", metadata=Base.metadata)


class Tally(Base):
    """Sums over one region. Recomputed from its children, never adjusted.

    Without foreign keys: a rebuild writes 92,000 rows, each made from the row of its region by the same statement.
    """

    __tablename__ = "tally"
    __table_args__ = (
        Index("ix_tally_induk", "pemilihan_id", "induk"),
        Index("ix_tally_version", "pemilihan_id", "version"),
    )

    pemilihan_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kode: Mapped[str] = mapped_column(primary_key=True)
    induk: Mapped[str | None]
    sums: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    """One place a field of the contest."""
    tps_expected: Mapped[int]
    tps_photo: Mapped[int]
    tps_accepted: Mapped[int]
    tps_disputed: Mapped[int]
    tps_paper: Mapped[int]
    tps_official: Mapped[int]
    tps_flagged: Mapped[int] = mapped_column(server_default="0")
    source_one: Mapped[int]
    source_two: Mapped[int]
    source_official: Mapped[int]
    version: Mapped[int] = mapped_column(server_default=text("nextval('tally_version')"))
    """Drawn anew whenever the row is written, under the contest's lock: within a contest, whoever has seen all rows up
    to a version misses none that commits later. Numbers are left out."""
    rolled_at: Mapped[datetime] = mapped_column(server_default=func.now())


class TallyCheck(Base):
    """What the oracle last said of a contest. Owned by the worker that checks."""

    __tablename__ = "tally_check"

    pemilihan_id: Mapped[int] = mapped_column(ForeignKey("pemilihan.id"), primary_key=True)
    checked_at: Mapped[datetime]
    seconds: Mapped[float]
    drifts: Mapped[int]
    """Sums that were not right."""
    first_kode: Mapped[str | None]


class TallyBias(Base):
    """Official votes of TPS with and without an accepted result, in a region from kecamatan up; see ``tally.bias``."""

    __tablename__ = "tally_bias"

    pemilihan_id: Mapped[int] = mapped_column(ForeignKey("pemilihan.id"), primary_key=True)
    kode: Mapped[str] = mapped_column(primary_key=True)
    covered_tps: Mapped[int]
    uncovered_tps: Mapped[int]
    covered: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    """Votes of each choice, in the contest's order."""
    uncovered: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    version: Mapped[int]
    """Of the newest tally row that was seen."""
    computed_at: Mapped[datetime]


class TallyRange(Base):
    """Post-stratified range of each choice's share, in the nation or a province; see ``tally.poststratify``."""

    __tablename__ = "tally_range"

    pemilihan_id: Mapped[int] = mapped_column(ForeignKey("pemilihan.id"), primary_key=True)
    kode: Mapped[str] = mapped_column(primary_key=True)
    low: Mapped[list[float]] = mapped_column(ARRAY(Float))
    share: Mapped[list[float]] = mapped_column(ARRAY(Float))
    high: Mapped[list[float]] = mapped_column(ARRAY(Float))
    computed_at: Mapped[datetime]
