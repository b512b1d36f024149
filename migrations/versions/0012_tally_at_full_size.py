"""Tally at full size: discrepancies counted per region, versions of tally rows, the oracle's word, coverage beside official votes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("result", sa.Column("flagged", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("tally", sa.Column("tps_flagged", sa.BigInteger(), server_default="0", nullable=False))
    op.execute("CREATE SEQUENCE tally_version")
    # Every row that is there gets a number: whoever follows versions begins with all of them.
    op.add_column(
        "tally",
        sa.Column("version", sa.BigInteger(), server_default=sa.text("nextval('tally_version')"), nullable=False),
    )
    op.create_index("ix_tally_version", "tally", ["pemilihan_id", "version"])
    # A tally row is computed from the very rows that these keys point to, by one statement; nobody else writes any.
    # Looking each of 92,000 rows up twice again took longer than summing 823,366 results.
    op.drop_constraint("fk_tally_kode_wilayah", "tally", type_="foreignkey")
    op.drop_constraint("fk_tally_pemilihan_id_pemilihan", "tally", type_="foreignkey")
    op.create_table(
        "tally_check",
        sa.Column("pemilihan_id", sa.BigInteger(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("drifts", sa.BigInteger(), nullable=False),
        sa.Column("first_kode", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["pemilihan_id"], ["pemilihan.id"], name=op.f("fk_tally_check_pemilihan_id_pemilihan")),
        sa.PrimaryKeyConstraint("pemilihan_id", name=op.f("pk_tally_check")),
    )
    op.create_table(
        "tally_bias",
        sa.Column("pemilihan_id", sa.BigInteger(), nullable=False),
        sa.Column("kode", sa.String(), nullable=False),
        sa.Column("covered_tps", sa.BigInteger(), nullable=False),
        sa.Column("uncovered_tps", sa.BigInteger(), nullable=False),
        sa.Column("covered", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("uncovered", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["pemilihan_id"], ["pemilihan.id"], name=op.f("fk_tally_bias_pemilihan_id_pemilihan")),
        sa.PrimaryKeyConstraint("pemilihan_id", "kode", name=op.f("pk_tally_bias")),
    )
    op.create_table(
        "tally_range",
        sa.Column("pemilihan_id", sa.BigInteger(), nullable=False),
        sa.Column("kode", sa.String(), nullable=False),
        sa.Column("low", postgresql.ARRAY(sa.Float()), nullable=False),
        sa.Column("share", postgresql.ARRAY(sa.Float()), nullable=False),
        sa.Column("high", postgresql.ARRAY(sa.Float()), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["pemilihan_id"], ["pemilihan.id"], name=op.f("fk_tally_range_pemilihan_id_pemilihan")),
        sa.PrimaryKeyConstraint("pemilihan_id", "kode", name=op.f("pk_tally_range")),
    )


def downgrade() -> None:
    op.drop_table("tally_range")
    op.drop_table("tally_bias")
    op.drop_table("tally_check")
    op.create_foreign_key("fk_tally_pemilihan_id_pemilihan", "tally", "pemilihan", ["pemilihan_id"], ["id"])
    op.create_foreign_key("fk_tally_kode_wilayah", "tally", "wilayah", ["kode"], ["kode"])
    op.drop_index("ix_tally_version", table_name="tally")
    op.drop_column("tally", "version")
    op.execute("DROP SEQUENCE tally_version")
    op.drop_column("tally", "tps_flagged")
    op.drop_column("result", "flagged")
