"""Copies of pictures, limits, moves, appeals."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.intake.triage.guard import EVENT_STATEMENTS

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rate_limit",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rate_limit")),
        prefixes=["UNLOGGED"],
    )
    op.create_index("ix_rate_limit_ends_at", "rate_limit", ["ends_at"])
    op.add_column("photo", sa.Column("moved_from", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_photo_moved_from_photo"), "photo", "photo", ["moved_from"], ["id"])
    op.create_index(
        "uq_photo_moved_from", "photo", ["moved_from"], unique=True, postgresql_where=sa.text("moved_from IS NOT NULL")
    )
    op.create_table(
        "photo_cluster",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("head_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), server_default="quiet", nullable=False),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("merged_into", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('quiet', 'open', 'decided', 'merged')", name=op.f("ck_photo_cluster_state")),
        sa.CheckConstraint("decision IN ('keep', 'reject', 'apart')", name=op.f("ck_photo_cluster_decision")),
        sa.CheckConstraint(
            "(state = 'decided') = (decision IS NOT NULL) AND (decision IS NULL) = (reason IS NULL)",
            name=op.f("ck_photo_cluster_decided"),
        ),
        sa.CheckConstraint("(state = 'merged') = (merged_into IS NOT NULL)", name=op.f("ck_photo_cluster_merged")),
        sa.ForeignKeyConstraint(["head_id"], ["photo.id"], name=op.f("fk_photo_cluster_head_id_photo")),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_photo_cluster_decided_by_account")),
        sa.ForeignKeyConstraint(
            ["merged_into"], ["photo_cluster.id"], name=op.f("fk_photo_cluster_merged_into_photo_cluster")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo_cluster")),
    )
    op.create_index("ix_photo_cluster_open", "photo_cluster", ["id"], postgresql_where=sa.text("state = 'open'"))
    op.create_table(
        "photo_hash",
        sa.Column("photo_id", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=True),
        sa.Column("keys", postgresql.ARRAY(sa.BigInteger()), server_default="{}", nullable=False),
        sa.Column("named", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("cluster_id", sa.BigInteger(), nullable=True),
        sa.Column("alone", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name=op.f("fk_photo_hash_photo_id_photo")),
        sa.ForeignKeyConstraint(
            ["cluster_id"], ["photo_cluster.id"], name=op.f("fk_photo_hash_cluster_id_photo_cluster")
        ),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_photo_hash")),
    )
    op.create_index("ix_photo_hash_keys", "photo_hash", ["keys"], postgresql_using="gin")
    op.create_index(
        "ix_photo_hash_cluster_id",
        "photo_hash",
        ["cluster_id", "photo_id"],
        postgresql_where=sa.text("cluster_id IS NOT NULL"),
    )
    op.create_table(
        "photo_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("photo_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("state_before", sa.String(), nullable=False),
        sa.Column("state_after", sa.String(), nullable=False),
        sa.Column("other_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('copy', 'altered', 'moved', 'rejected', 'restored', 'chosen', 'appealed', 'answered')",
            name=op.f("ck_photo_event_kind"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_photo_event_account_id_account")),
        sa.ForeignKeyConstraint(["other_id"], ["photo.id"], name=op.f("fk_photo_event_other_id_photo")),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name=op.f("fk_photo_event_photo_id_photo")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo_event")),
    )
    op.create_index("ix_photo_event_photo_id", "photo_event", ["photo_id", "id"])
    for statement in EVENT_STATEMENTS:
        op.execute(statement)
    op.create_table(
        "photo_appeal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("photo_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("state", sa.String(), server_default="open", nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answered_by", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('open', 'granted', 'denied')", name=op.f("ck_photo_appeal_state")),
        sa.CheckConstraint("(state = 'open') = (answer IS NULL)", name=op.f("ck_photo_appeal_answered")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_photo_appeal_account_id_account")),
        sa.ForeignKeyConstraint(["answered_by"], ["account.id"], name=op.f("fk_photo_appeal_answered_by_account")),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name=op.f("fk_photo_appeal_photo_id_photo")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo_appeal")),
        sa.UniqueConstraint("photo_id", name=op.f("uq_photo_appeal_photo_id")),
    )
    op.create_index(
        "ix_photo_appeal_open", "photo_appeal", ["account_id", "id"], postgresql_where=sa.text("state = 'open'")
    )


def downgrade() -> None:
    op.drop_table("photo_appeal")
    op.drop_table("photo_event")
    op.execute("DROP FUNCTION refuse_change()")
    op.drop_table("photo_hash")
    op.drop_table("photo_cluster")
    op.drop_index("uq_photo_moved_from", table_name="photo", postgresql_where=sa.text("moved_from IS NOT NULL"))
    op.drop_constraint(op.f("fk_photo_moved_from_photo"), "photo", type_="foreignkey")
    op.drop_column("photo", "moved_from")
    op.drop_table("rate_limit")
