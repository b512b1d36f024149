"""Overrides, and what a reviewer is called for."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.verification.review.guard import REVIEW_STATEMENTS

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "review_case",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("section_id", sa.BigInteger(), nullable=True),
        sa.Column("photo_id", sa.BigInteger(), nullable=True),
        sa.Column("pemilihan_id", sa.BigInteger(), nullable=True),
        sa.Column("tps_kode", sa.String(), nullable=True),
        sa.Column("state", sa.String(), server_default="open", nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("assigned_to", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("closed_by", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("log_entry_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(state IN ('resolved', 'rejected')) = (closed_at IS NOT NULL)", name=op.f("ck_review_case_closed")
        ),
        sa.CheckConstraint(
            "kind IN ('dispute', 'far_from_official', 'far_from_neighbours', 'altered_copy', 'override', 'cluster', 'appeal', "
            "'lapor')",
            name=op.f("ck_review_case_kind"),
        ),
        sa.CheckConstraint("state IN ('open', 'looked_at', 'resolved', 'rejected')", name=op.f("ck_review_case_state")),
        sa.ForeignKeyConstraint(["assigned_to"], ["account.id"], name=op.f("fk_review_case_assigned_to_account")),
        sa.ForeignKeyConstraint(["closed_by"], ["account.id"], name=op.f("fk_review_case_closed_by_account")),
        sa.ForeignKeyConstraint(["log_entry_id"], ["log_entry.id"], name=op.f("fk_review_case_log_entry_id_log_entry")),
        sa.ForeignKeyConstraint(["pemilihan_id"], ["pemilihan.id"], name=op.f("fk_review_case_pemilihan_id_pemilihan")),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name=op.f("fk_review_case_photo_id_photo")),
        sa.ForeignKeyConstraint(["section_id"], ["tps_section.id"], name=op.f("fk_review_case_section_id_tps_section")),
        sa.ForeignKeyConstraint(["tps_kode"], ["tps.kode"], name=op.f("fk_review_case_tps_kode_tps")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_case")),
    )
    op.create_index(
        "ix_review_case_open",
        "review_case",
        ["id"],
        postgresql_where=sa.text("state IN ('open', 'looked_at')"),
    )
    op.create_index("ix_review_case_section", "review_case", ["section_id"])
    op.create_index("ix_review_case_tps", "review_case", ["pemilihan_id", "tps_kode"])
    op.create_index(
        "uq_review_case_open",
        "review_case",
        ["kind", "subject"],
        unique=True,
        postgresql_where=sa.text("state IN ('open', 'looked_at')"),
    )
    op.create_table(
        "review_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("note", sa.String(), server_default="", nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_review_event_account_id_account")),
        sa.ForeignKeyConstraint(["case_id"], ["review_case.id"], name=op.f("fk_review_event_case_id_review_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_event")),
    )
    op.create_index("ix_review_event_case", "review_event", ["case_id", "id"])
    op.create_table(
        "override_statement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("section_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("commitment", sa.String(), nullable=False),
        sa.Column("log_entry_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_override_statement_account_id_account")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["review_case.id"], name=op.f("fk_override_statement_case_id_review_case")
        ),
        sa.ForeignKeyConstraint(
            ["log_entry_id"], ["log_entry.id"], name=op.f("fk_override_statement_log_entry_id_log_entry")
        ),
        sa.ForeignKeyConstraint(
            ["section_id"], ["tps_section.id"], name=op.f("fk_override_statement_section_id_tps_section")
        ),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_override_statement_task_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_override_statement")),
    )
    op.create_index("ix_override_statement_section", "override_statement", ["section_id"])
    op.create_index("uq_override_statement_task", "override_statement", ["task_id"], unique=True)
    op.create_table(
        "override_end",
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        sa.Column("by_account_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("log_entry_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["by_account_id"], ["account.id"], name=op.f("fk_override_end_by_account_id_account")),
        sa.ForeignKeyConstraint(
            ["log_entry_id"], ["log_entry.id"], name=op.f("fk_override_end_log_entry_id_log_entry")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["override_statement.id"], name=op.f("fk_override_end_statement_id_override_statement")
        ),
        sa.PrimaryKeyConstraint("statement_id", name=op.f("pk_override_end")),
    )
    for statement in REVIEW_STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for table in ("override_end", "override_statement", "review_event", "review_case"):
        op.drop_table(table)
