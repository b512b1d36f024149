"""Reports: daily dumps, webhooks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dump",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("pemilihan_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), server_default="making", nullable=False),
        sa.Column("parts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("byte_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("facts", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('making', 'ready', 'failed', 'removed')", name=op.f("ck_dump_state")),
        sa.CheckConstraint("(state = 'ready') <= (sha256 IS NOT NULL)", name=op.f("ck_dump_ready_has_hash")),
        sa.ForeignKeyConstraint(["pemilihan_id"], ["pemilihan.id"], name=op.f("fk_dump_pemilihan_id_pemilihan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dump")),
    )
    op.create_index(
        "uq_dump_day",
        "dump",
        ["pemilihan_id", "day"],
        unique=True,
        postgresql_where=sa.text("state IN ('making', 'ready')"),
    )
    op.create_table(
        "webhook",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("pemilihan_id", sa.BigInteger(), nullable=False),
        sa.Column("wilayah", sa.String(), nullable=False),
        sa.Column("topics", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("state", sa.String(), server_default="active", nullable=False),
        sa.Column("cursors", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_error", sa.String(), server_default="", nullable=False),
        sa.Column("last_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('active', 'disabled', 'removed')", name=op.f("ck_webhook_state")),
        sa.CheckConstraint(
            "topics <@ ARRAY['discrepancy', 'snapshot', 'alarm'] AND topics <> '{}'", name=op.f("ck_webhook_topics")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name=op.f("fk_webhook_owner_id_account")),
        sa.ForeignKeyConstraint(["pemilihan_id"], ["pemilihan.id"], name=op.f("fk_webhook_pemilihan_id_pemilihan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
    )
    op.create_index("ix_webhook_due", "webhook", ["next_at"], postgresql_where=sa.text("state = 'active'"))
    op.create_index("ix_webhook_owner", "webhook", ["owner_id"])


def downgrade() -> None:
    op.drop_table("webhook")
    op.drop_table("dump")
