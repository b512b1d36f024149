"""Reports from anybody, and adopted TPS."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.lapor.guard import HISTORY_STATEMENTS

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lapor_case",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("tps_kode", sa.String(), nullable=False),
        sa.Column("photo_id", sa.BigInteger(), nullable=True),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("state", sa.String(), server_default="open", nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("merged_into", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('open', 'looked_at', 'resolved', 'rejected')", name=op.f("ck_lapor_case_state")),
        sa.CheckConstraint(
            "(state IN ('resolved', 'rejected')) = (answer IS NOT NULL)", name=op.f("ck_lapor_case_answered")
        ),
        sa.CheckConstraint("merged_into IS NULL OR merged_into <> id", name=op.f("ck_lapor_case_merged")),
        sa.ForeignKeyConstraint(["merged_into"], ["lapor_case.id"], name=op.f("fk_lapor_case_merged_into_lapor_case")),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name=op.f("fk_lapor_case_photo_id_photo")),
        sa.ForeignKeyConstraint(["tps_kode"], ["tps.kode"], name=op.f("fk_lapor_case_tps_kode_tps")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lapor_case")),
    )
    op.create_index(
        "uq_lapor_case_open",
        "lapor_case",
        ["subject", "category"],
        unique=True,
        postgresql_where=sa.text("state IN ('open', 'looked_at') AND merged_into IS NULL"),
    )
    op.create_index(
        "ix_lapor_case_state", "lapor_case", ["state", "id"], postgresql_where=sa.text("merged_into IS NULL")
    )
    op.create_index("ix_lapor_case_tps_kode", "lapor_case", ["tps_kode"])
    op.create_index(
        "ix_lapor_case_merged_into", "lapor_case", ["merged_into"], postgresql_where=sa.text("merged_into IS NOT NULL")
    )
    op.create_table(
        "lapor_report",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("token_sha256", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(withdrawn_at IS NULL) = (note IS NOT NULL)", name=op.f("ck_lapor_report_withdrawn")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_lapor_report_account_id_account")),
        sa.ForeignKeyConstraint(["case_id"], ["lapor_case.id"], name=op.f("fk_lapor_report_case_id_lapor_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lapor_report")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_lapor_report_token_sha256")),
    )
    op.create_index("ix_lapor_report_case_id", "lapor_report", ["case_id"])
    op.create_index(
        "ix_lapor_report_account_id",
        "lapor_report",
        ["account_id", "id"],
        postgresql_where=sa.text("account_id IS NOT NULL"),
    )
    op.create_table(
        "lapor_history",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "facts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("log_entry_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "action IN ('opened', 'joined', 'withdrawn', 'looked_at', 'resolved', 'rejected', 'reopened', 'merged', 'took_in')",
            name=op.f("ck_lapor_history_action"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_lapor_history_account_id_account")),
        sa.ForeignKeyConstraint(["case_id"], ["lapor_case.id"], name=op.f("fk_lapor_history_case_id_lapor_case")),
        sa.ForeignKeyConstraint(
            ["log_entry_id"], ["log_entry.id"], name=op.f("fk_lapor_history_log_entry_id_log_entry")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lapor_history")),
    )
    op.create_index("ix_lapor_history_case_id", "lapor_history", ["case_id", "id"])
    for statement in HISTORY_STATEMENTS:
        op.execute(statement)
    _make_jaga()


def _make_jaga() -> None:
    current = sa.text("ended_at IS NULL")
    op.create_table(
        "jaga_adoption",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("pemilu_kode", sa.String(), nullable=False),
        sa.Column("tps_kode", sa.String(), nullable=False),
        sa.Column("kelurahan", sa.String(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= at", name=op.f("ck_jaga_adoption_ended")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_jaga_adoption_account_id_account")),
        sa.ForeignKeyConstraint(["kelurahan"], ["wilayah.kode"], name=op.f("fk_jaga_adoption_kelurahan_wilayah")),
        sa.ForeignKeyConstraint(["pemilu_kode"], ["pemilu.kode"], name=op.f("fk_jaga_adoption_pemilu_kode_pemilu")),
        sa.ForeignKeyConstraint(["tps_kode"], ["tps.kode"], name=op.f("fk_jaga_adoption_tps_kode_tps")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jaga_adoption")),
    )
    op.create_index(
        "uq_jaga_adoption_current",
        "jaga_adoption",
        ["pemilu_kode", "tps_kode", "account_id"],
        unique=True,
        postgresql_where=current,
    )
    op.create_index(
        "ix_jaga_adoption_account", "jaga_adoption", ["account_id", "pemilu_kode"], postgresql_where=current
    )
    op.create_index("ix_jaga_adoption_walk", "jaga_adoption", ["pemilu_kode", "id"], postgresql_where=current)
    op.create_index(
        "ix_jaga_adoption_kelurahan", "jaga_adoption", ["pemilu_kode", "kelurahan"], postgresql_where=current
    )
    op.create_table(
        "jaga_kelurahan",
        sa.Column("pemilu_kode", sa.String(), nullable=False),
        sa.Column("kelurahan", sa.String(), nullable=False),
        sa.Column("tps_guarded", sa.BigInteger(), nullable=False),
        sa.Column("guardians", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["kelurahan"], ["wilayah.kode"], name=op.f("fk_jaga_kelurahan_kelurahan_wilayah")),
        sa.ForeignKeyConstraint(["pemilu_kode"], ["pemilu.kode"], name=op.f("fk_jaga_kelurahan_pemilu_kode_pemilu")),
        sa.PrimaryKeyConstraint("pemilu_kode", "kelurahan", name=op.f("pk_jaga_kelurahan")),
    )


def downgrade() -> None:
    op.drop_table("jaga_kelurahan")
    op.drop_table("jaga_adoption")
    op.drop_table("lapor_history")
    op.drop_table("lapor_report")
    op.drop_table("lapor_case")
