"""Pages of documents become photographs; uploads may go straight to the object store."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATES = ("received", "read", "refused", "moved", "duplicate", "rejected")


def set_photo_states(*states: str) -> None:
    """Allow these states of a photograph and no others."""
    op.drop_constraint(op.f("ck_photo_state"), "photo", type_="check")
    named = ", ".join(f"'{state}'" for state in states)
    op.create_check_constraint(op.f("ck_photo_state"), "photo", f"state IN ({named})")


def upgrade() -> None:
    op.add_column("photo", sa.Column("parent_id", sa.BigInteger(), nullable=True))
    op.add_column("photo", sa.Column("parent_page", sa.SmallInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_photo_parent_id_photo"), "photo", "photo", ["parent_id"], ["id"])
    op.create_index(
        "uq_photo_page",
        "photo",
        ["parent_id", "parent_page"],
        unique=True,
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    set_photo_states(*STATES, "split")
    op.create_table(
        "direct_upload",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("pemilihan_id", sa.BigInteger(), nullable=False),
        sa.Column("tps_kode", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.Column("object_key", sa.String(), nullable=False),
        sa.Column("multipart_id", sa.String(), nullable=True),
        sa.Column("part_bytes", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(), server_default="open", nullable=False),
        sa.Column("photo_id", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(state = 'completed') = (photo_id IS NOT NULL)", name=op.f("ck_direct_upload_completed")),
        sa.CheckConstraint("state IN ('open', 'completed', 'expired')", name=op.f("ck_direct_upload_state")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_direct_upload_account_id_account")),
        sa.ForeignKeyConstraint(
            ["pemilihan_id"], ["pemilihan.id"], name=op.f("fk_direct_upload_pemilihan_id_pemilihan")
        ),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name=op.f("fk_direct_upload_photo_id_photo")),
        sa.ForeignKeyConstraint(["tps_kode"], ["tps.kode"], name=op.f("fk_direct_upload_tps_kode_tps")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_direct_upload")),
        sa.UniqueConstraint("object_key", name=op.f("uq_direct_upload_object_key")),
    )
    op.create_index("ix_direct_upload_account", "direct_upload", ["account_id", "id"])
    op.create_index(
        "ix_direct_upload_open", "direct_upload", ["expires_at"], postgresql_where=sa.text("state = 'open'")
    )


def downgrade() -> None:
    op.drop_table("direct_upload")
    op.execute("UPDATE photo SET state = 'refused' WHERE state = 'split'")
    set_photo_states(*STATES)
    op.drop_index("uq_photo_page", table_name="photo")
    op.drop_constraint(op.f("fk_photo_parent_id_photo"), "photo", type_="foreignkey")
    op.drop_column("photo", "parent_page")
    op.drop_column("photo", "parent_id")
